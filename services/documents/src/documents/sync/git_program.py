"""The `git` program as a child process: controlled environment, limits, killed with its whole group.

Nothing of the machine's or the user's git configuration is read, no hook or credential helper can run, and only the
protocols named here exist.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from common.child_process import die_with_parent

# A file, not the environment: git keeps its environment from the upload-pack that serves a local repository, which
# would then refuse one that belongs to another user.
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
"""

# The shell sets limits and becomes git: they hold for git's own children too, from their first instruction on.
_LIMITED = 'ulimit -f "$1" && ulimit -t "$2" && shift 2 && exec git "$@"'
_KEPT_STDERR = 8_000
_MAX_OUTPUT = 64 * 2**20


class GitFailed(Exception):  # noqa: N818 - names the condition
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


class GitProgram:
    """Runs git commands. `home` is a folder of ours; it gets the file `gitconfig`."""

    def __init__(self, home: Path, limits: GitLimits) -> None:
        self.home = home
        self._limits = limits
        self._configuration = home / "gitconfig"

    def prepare(self) -> None:
        """Make the folder and the configuration file. Raises OSError."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(_CONFIGURATION)

    async def run(self, *arguments: str, config: Mapping[str, str] | None = None) -> bytes:
        """What the command writes to its standard output. Raises GitFailed; a cancelled caller leaves no process."""
        async with self.start(*arguments, config=config) as process:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    output, said = await asyncio.gather(_read(process.stdout, _MAX_OUTPUT), _read_end(process.stderr))
                    status = await process.wait()
            except TimeoutError as error:
                raise GitFailed(arguments[0], "it took too long", is_timeout=True) from error
            if status != 0:
                raise GitFailed(arguments[0], said or f"ended with status {status}")
            return output

    @asynccontextmanager
    async def start(
        self, *arguments: str, config: Mapping[str, str] | None = None
    ) -> AsyncGenerator[asyncio.subprocess.Process]:
        """A running command with pipes; on the way out it is killed, with all its children, if it still runs."""
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _LIMITED,
            "git",
            str(self._limits.file_bytes // 512),
            str(int(self._limits.seconds) + 1),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(config or {}),
            cwd=self.home,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            limit=2**20,
        )
        try:
            yield process
        finally:
            await _end(process)

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
