"""Keeps children running: one that ends is started again, with growing pauses while it keeps failing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bmadflow.child import Supervised, describe_status
from bmadflow.logs import bound_logs
from bmadflow.refusal import Refused
from common.postgres_install import PostgresUnusable


@dataclass(frozen=True)
class RestartPolicy:
    """Seconds. A child that ran for `healthy` starts with the first pause again."""

    first_pause: float = 0.2
    longest_pause: float = 5.0
    healthy: float = 10.0
    failures_at_start: int = 4  # a child that fails so often in a row before all is ready ends the start


@dataclass(frozen=True)
class _Watched:
    child: Supervised
    stage: int
    task: asyncio.Task[None]


class Supervisor:
    """Starts children, watches them, and stops them stage by stage."""

    def __init__(self, say: Callable[[str], None], policy: RestartPolicy | None = None) -> None:
        self._say = say
        self._policy = policy or RestartPolicy()
        self._watched: list[_Watched] = []
        self._failing: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self, child: Supervised, *, stage: int) -> None:
        """Start a child and keep it running until `stop_all`, which begins with the highest stage."""
        await child.start()
        task = asyncio.create_task(self._keep_running(child), name=child.name)
        self._watched.append(_Watched(child, stage, task))

    async def until_failing(self) -> None:
        """Wait until a child fails again and again; raises Refused, naming its log."""
        raise Refused(await asyncio.shield(self._failing))

    async def stop_all(self) -> None:
        """End every child; those of a stage side by side, before those of the next lower one."""
        for stage in sorted({watched.stage for watched in self._watched}, reverse=True):
            await asyncio.gather(*(self._stop(watched) for watched in self._watched if watched.stage == stage))

    def kill_all(self) -> None:
        """End every child at once."""
        for watched in self._watched:
            watched.task.cancel()
            watched.child.kill()

    async def bound_logs(self, every: float = 60.0) -> None:
        """Keep the log files bounded, for ever."""
        while True:
            await asyncio.sleep(every)
            bound_logs([watched.child.log_file for watched in self._watched])

    async def _stop(self, watched: _Watched) -> None:
        watched.task.cancel()
        with suppress(asyncio.CancelledError):
            await watched.task
        await watched.child.stop()

    async def _keep_running(self, child: Supervised) -> None:
        loop, policy = asyncio.get_running_loop(), self._policy
        pause, failures = policy.first_pause, 0
        while True:
            started = loop.time()
            ending = describe_status(await child.wait())
            if loop.time() - started >= policy.healthy:
                pause, failures = policy.first_pause, 0
            failures += 1
            self._say(f"{child.name} ended ({ending}) and is started again; its log is {child.log_file}.")
            if failures >= policy.failures_at_start and not self._failing.done():
                self._failing.set_result(f"{child.name} keeps failing ({ending}); its log is {child.log_file}.")
            while not await self._started(child, pause):
                pause = min(pause * 2, policy.longest_pause)
            pause = min(pause * 2, policy.longest_pause)

    async def _started(self, child: Supervised, pause: float) -> bool:
        """Start a child after a pause. A full disk, say, may pass: it is told and tried again."""
        await asyncio.sleep(pause)
        try:
            await child.start()
        except (Refused, PostgresUnusable, OSError) as error:
            self._say(str(error))
            return False
        return True
