"""One program that the supervisor starts: a process group of its own that never outlives the supervisor."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bmadflow.refusal import Refused
from common.child_process import die_with_parent

_STOP_SECONDS = 10.0


class Supervised(Protocol):
    """What the supervisor can keep running: our own programs and Postgres."""

    @property
    def name(self) -> str: ...
    @property
    def log_file(self) -> Path: ...
    async def start(self) -> None: ...
    async def wait(self) -> int: ...
    async def stop(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Child:
    """A command with its environment; output goes to the end of `log_file`."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_file: Path
    stop_seconds: float = _STOP_SECONDS
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Raises Refused when the program can't be started at all."""
        with self.log_file.open("ab") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self.environment,
                    start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor, which stops in order
                    preexec_fn=die_with_parent(signal.SIGKILL),
                )
            except OSError as error:
                raise Refused(f"Can't start {self.name} ({self.command[0]}): {error.strerror}.") from error

    async def wait(self) -> int:
        """The exit status (negative: the signal). What the program left running of its own is ended as well."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        status = await self._process.wait()
        self._signal_group(signal.SIGKILL)
        return status

    async def stop(self) -> None:
        """Ask it to end; insist after `stop_seconds`."""
        if self.pid is None or self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), self.stop_seconds)
        except TimeoutError:
            self.kill()
        await self.wait()

    def kill(self) -> None:
        if self.pid is not None:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, signum: signal.Signals) -> None:
        if self._process:
            try:
                os.killpg(self._process.pid, signum)
            except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
                return


async def run_once(child: Child) -> None:
    """Run a command that ends by itself. Raises Refused, naming its log, when it fails; ended when cancelled."""
    await child.start()
    try:
        status = await child.wait()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if status != 0:
        raise Refused(f"{child.name} failed ({describe_status(status)}); its log is {child.log_file}.")


async def run_side_by_side(children: Sequence[Child]) -> None:
    """Run commands that end by themselves; the first that fails ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(run_once(child))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def describe_status(status: int) -> str:
    """Words for an exit status as `wait` gives it."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
