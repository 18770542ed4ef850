"""Jobs that a process does beside answering requests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from common.events.tasks import end_tasks

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]
_RESTART_SECONDS = 1.0


class Background:
    """Start and stop it in the lifespan; each job runs until it returns, whatever it raises meanwhile."""

    def __init__(self, *jobs: Job) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(keep_running(job)) for job in self._jobs]

    async def stop(self) -> None:
        """What a job was doing is rolled back."""
        await end_tasks(self._tasks)
        self._tasks = []


async def keep_running(job: Job) -> None:
    """Run `job` again after every failure: a database that is down for a while comes back."""
    while True:
        try:
            return await job()
        except Exception as error:  # noqa: BLE001 - any fault of a job must be survived
            log.warning("background.job_failed", job=getattr(job, "__qualname__", ""), error=repr(error))
            await asyncio.sleep(_RESTART_SECONDS)
