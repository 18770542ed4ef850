"""The `git` program as a child process: controlled environment, limits, killed with its whole group.

Nothing of the machine's or the user's git configuration is read, no hook or credential helper can run, and only the
protocols named here exist.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from common.child_process import die_with_parent

# A file, not the environment: git keeps its environment from the upload-pack that serves a local repository, which
# would then refuse one that belongs to another user. `uploadpack` is for that program, too.
_CONFIGURATION = """\
[safe]
    directory = *
[protocol]
    allow = never
[protocol "https"]
    allow = always
[protocol "http"]
    allow = always
[protocol "ssh"]
    allow = always
[protocol "file"]
    allow = always
[core]
    hooksPath = /dev/null
    fsmonitor = false
    askPass =
    bigFileThreshold = 16m
    packedGitWindowSize = 16m
    packedGitLimit = 64m
    deltaBaseCacheLimit = 32m
[pack]
    threads = 1
[credential]
    helper =
[http]
    followRedirects = false
    lowSpeedLimit = 1000
    lowSpeedTime = 30
    userAgent = git/bmadflow
[fetch]
    fsckObjects = true
    recurseSubmodules = false
[fetch "fsck"]
    badTimezone = ignore
    missingSpaceBeforeDate = ignore
    missingEmail = ignore
    zeroPaddedFilemode = ignore
[gc]
    autoDetach = false
    pruneExpire = now
[init]
    defaultBranch = main
[uploadpack]
    allowFilter = true
    allowAnySHA1InWant = true
"""

# The shell sets limits and becomes git: they hold for git's own children too, from their first instruction on.
# (No such limit on memory exists on macOS, so a failure to set that one is let pass.)
_LIMITED = 'ulimit -f "$1" && ulimit -t "$2" && { ulimit -v "$3" || :; } && shift 3 && exec git "$@"'
_KEPT_STDERR = 8_000
_KEPT_RECORD = 2**16
_MAX_OUTPUT = 64 * 2**20


class GitFailed(Exception):
    """Git ended with an error; `said` is the end of what it wrote, in English."""

    def __init__(self, command: str, said: str, *, is_timeout: bool = False) -> None:
        super().__init__(f"git {command}: {said}")
        self.said = said
        self.is_timeout = is_timeout


@dataclass(frozen=True, slots=True)
class GitLimits:
    """What one git command may use."""

    seconds: float = 600.0
    file_bytes: int = 2 * 2**30
    memory_bytes: int = 512 * 2**20
    """Of each process. Enough for packs of some gigabytes, as they are read in small windows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command wrote: to its standard output, and the end of what it wrote to its standard error."""

    output: bytes
    said: str


class GitProgram:
    """Runs git commands. `home` is a folder of ours; it gets the file `gitconfig`."""

    def __init__(self, home: Path, limits: GitLimits) -> None:
        self.home = home
        self.limits = limits
        self._configuration = home / "gitconfig"

    def prepare(self) -> None:
        """Make the folder and the configuration file. Raises OSError."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(_CONFIGURATION)

    async def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What the command writes to its standard output. Raises GitFailed; a cancelled caller leaves no process."""
        return (await self.execute(*arguments, data=data)).output

    async def execute(self, *arguments: str, config: Mapping[str, str] | None = None, data: bytes = b"") -> Answer:
        """Run the command to its end with `data` as its input. Raises GitFailed as `run` does."""
        async with self.start(*arguments, config=config) as process:
            try:
                async with asyncio.timeout(self.limits.seconds):
                    output, said, _ = await asyncio.gather(
                        _read(process.stdout, _MAX_OUTPUT), _read_end(process.stderr), _write(process.stdin, data)
                    )
                    status = await process.wait()
            except TimeoutError as error:
                raise GitFailed(arguments[0], "it took too long", is_timeout=True) from error
            if status != 0:
                raise GitFailed(arguments[0], said or f"ended with status {status}")
            return Answer(output, said)

    async def records(self, separator: bytes, *arguments: str) -> AsyncGenerator[bytes]:
        """The command's output in parts, each without its separator, as they come. Raises GitFailed.

        Of a giant part, some is left out. Whoever stops early closes the generator: that kills the command.
        """
        async with self.start(*arguments) as process:
            complaint = asyncio.create_task(_read_end(process.stderr))
            try:
                async with asyncio.timeout(self.limits.seconds):
                    while process.stdout and (record := await _record(process.stdout, separator)):
                        yield record.removesuffix(separator)
                    status = await process.wait()
                    if status != 0:
                        raise GitFailed(arguments[0], await complaint or f"ended with status {status}")
            except TimeoutError as error:
                raise GitFailed(arguments[0], "it took too long", is_timeout=True) from error
            finally:
                complaint.cancel()

    @asynccontextmanager
    async def start(
        self, *arguments: str, config: Mapping[str, str] | None = None, is_mute: bool = False
    ) -> AsyncGenerator[asyncio.subprocess.Process]:
        """A running command with pipes; on the way out it is killed, with all its children, if it still runs.

        `is_mute` drops its complaints: where nobody reads them, a full pipe would stop it.
        """
        starting = asyncio.create_task(self._started(arguments, config or {}, is_mute=is_mute))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A start that is itself cancelled leaves pipes open, and children of a child that is killed alone.
            await _end(await starting)
            raise
        try:
            yield process
        finally:
            await _end(process)

    async def _started(
        self, arguments: Sequence[str], config: Mapping[str, str], *, is_mute: bool
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _LIMITED,
            "git",
            str(self.limits.file_bytes // 512),
            str(int(self.limits.seconds) + 1),
            str(self.limits.memory_bytes // 1024),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if is_mute else asyncio.subprocess.PIPE,
            env=self._environment(config),
            cwd=self.home,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            limit=2**20,
        )

    def _environment(self, config: Mapping[str, str]) -> dict[str, str]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self._configuration),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_CONFIG_COUNT": str(len(config)),
        }
        for number, (key, value) in enumerate(config.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return environment


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """All of the stream. Raises GitFailed when that is more than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    while stream and (part := await stream.read(2**16)):
        size += len(part)
        if size > most:
            raise GitFailed("output", f"more than {most} bytes of output")
        parts.append(part)
    return b"".join(parts)


async def _write(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    """Write it all and close the stream. A command that doesn't want to hear it says so by its status."""
    if stream is None:
        return
    with suppress(ConnectionError):
        stream.write(data)
        await stream.drain()
    stream.close()


async def _record(stream: asyncio.StreamReader, separator: bytes) -> bytes:
    """The next part with its separator; the last one may lack it, and after that comes an empty one."""
    kept = b""
    while True:
        try:
            return kept + await stream.readuntil(separator)
        except asyncio.IncompleteReadError as error:
            return kept + error.partial
        except asyncio.LimitOverrunError as error:
            kept = (kept + await stream.readexactly(error.consumed))[:_KEPT_RECORD]


async def _read_end(stream: asyncio.StreamReader | None) -> str:
    end = b""
    while stream and (part := await stream.read(2**12)):
        end = (end + part)[-_KEPT_STDERR:]
    return end.decode(errors="replace").strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())
    if process.stdin:
        process.stdin.close()
