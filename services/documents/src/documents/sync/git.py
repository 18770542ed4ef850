"""The local copy of a repository: bare, one branch, one commit deep, never checked out."""

import asyncio
import re
import shlex
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from documents.sync.errors import SyncError
from documents.sync.git_program import GitFailed, GitProgram
from documents.sync.network import Remote

_HEAD = "refs/bmadflow/head"
_SAID_SHOWN = 300

_PRIVATE = (
    "AUTHENTICATION_REQUIRED",
    "The server asks for a password: the repository is private, or it doesn't exist. Check the URL. Credentials are not"
    " supported yet: use a repository that can be read without one, or a copy on this machine by its path.",
)
_MISSING = ("REPOSITORY_NOT_FOUND", "There is no git repository at this address. Check the URL.")
_TOO_LARGE = ("REPOSITORY_TOO_LARGE", "The repository is larger than this installation allows.")

# What git and curl say, most telling first.
_CAUSES: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        (r"could not read (username|password)|authentication failed|error: 40[13]|permission denied", _PRIVATE),
        (r"host key verification failed", ("REPOSITORY_UNREACHABLE", "The ssh server's key is not the known one.")),
        (
            r"error: 30\d",
            ("REPOSITORY_MOVED", "The server sends us to another address. Enter the repository's new URL."),
        ),
        (r"not found|does not appear to be a git repository|not a git repository|error: 404|valid: is this", _MISSING),
        (r"not allowed", ("ADDRESS_NOT_ALLOWED", "This kind of address is not allowed here. Use an https URL.")),
        (r"file too large|signal 25|file size limit|more than \d+ bytes", _TOO_LARGE),
        (r"no space left", ("DISK_FULL", "The disk of this installation is full. Make room, then sync again.")),
        (
            r"fsck|bad tree|bad object",
            ("REPOSITORY_DAMAGED", "The repository holds damaged objects; see `git fsck`."),
        ),
        (
            r"could not resolve|refused|timed out|failed to connect|couldn't connect|unreachable|reset by peer|ssl|tls"
            r"|certificate|too slow|early eof|hung up|empty reply|error: 5\d\d|unexpected disconnect|unable to connect",
            ("REPOSITORY_UNREACHABLE", "The server can't be reached or broke off. Check the URL, then sync again."),
        ),
    )
)


class CopyDamaged(Exception):  # noqa: N818 - names the condition
    """The local copy doesn't hold what it should; a new one helps."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that a sync indexes.

    `branch` is None where the repository's HEAD is on none, `committed_at` where its date is none that we can write.
    """

    sha: str
    branch: str | None
    committed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Tip:
    sha: str
    ref: str
    branch: str | None


class LocalCopy:
    """The copy of one source in `folder`. One process at a time may use it."""

    def __init__(self, git: GitProgram, folder: Path, *, ca_file: Path | None = None, proxy: str | None = None) -> None:
        self._git = git
        self.folder = folder
        self._options = _options(ca_file, proxy)

    async def fetch(self, remote: Remote, branch: str | None) -> Commit:
        """Bring the branch's newest commit here (the default branch for None). Raises SyncError."""
        tip = await self._tip(remote, branch)
        if not await self._holds(tip.sha):
            await self._fetch(remote, tip)
        try:
            line = await self.read("log", "-1", "--format=%H %ct", _HEAD)
        except GitFailed as error:
            raise CopyDamaged(error.said) from error
        sha, _, seconds = line.decode().strip().partition(" ")
        return Commit(sha, tip.branch, _time(seconds))

    async def read(self, *arguments: str) -> bytes:
        """The output of a command on the copy. Raises GitFailed."""
        return await self._git.run(f"--git-dir={self.folder}", *arguments)

    @asynccontextmanager
    async def blobs(self) -> AsyncGenerator[Callable[[str], Awaitable[bytes]]]:
        """A function from blob ids to bytes, served by one process. It raises CopyDamaged."""
        async with self._git.start(f"--git-dir={self.folder}", "cat-file", "--batch") as process:
            yield lambda blob_id: _read_blob(process, blob_id)

    async def delete(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _tip(self, remote: Remote, branch: str | None) -> _Tip:
        listing = await self._ask(remote, "ls-remote", "--symref", "--", remote.url, "HEAD", "refs/heads/*")
        symbolic, refs = _references(listing.decode(errors="replace"))
        if not refs:
            raise SyncError(
                "REPOSITORY_EMPTY", "The repository has no commits yet. Push something to it, then sync again."
            )
        name = branch.removeprefix("refs/heads/") if branch else symbolic
        ref = f"refs/heads/{name}" if name else "HEAD"
        if ref not in refs:
            raise _branch_missing(name, refs)
        return _Tip(refs[ref], ref, name)

    async def _holds(self, sha: str) -> bool:
        try:
            return (await self.read("rev-parse", "--verify", "--quiet", f"{_HEAD}^{{commit}}")).decode().strip() == sha
        except GitFailed:
            return False

    async def _fetch(self, remote: Remote, tip: _Tip) -> None:
        existed = self.folder.exists()
        try:
            await self._fetch_once(remote, tip)
        except GitFailed as error:
            if not existed or error.is_timeout:
                raise _explained(error) from error
            # Half-written by a killed process, or damaged: a copy is only a copy.
            await self.delete()
            try:
                await self._fetch_once(remote, tip)
            except GitFailed as again:
                raise _explained(again) from again

    async def _fetch_once(self, remote: Remote, tip: _Tip) -> None:
        if not self.folder.exists():
            kind = "sha256" if len(tip.sha) == 64 else "sha1"
            await self._git.run("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(self.folder))
        options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force")
        command = (f"--git-dir={self.folder}", "fetch", *options, "--", remote.url, f"+{tip.ref}:{_HEAD}")
        await self._git.run(*command, config=self._configuration(remote))

    async def _ask(self, remote: Remote, *arguments: str) -> bytes:
        try:
            return await self._git.run(*arguments, config=self._configuration(remote))
        except GitFailed as error:
            raise _explained(error) from error

    def _configuration(self, remote: Remote) -> dict[str, str]:
        return {**self._options, **_pins(remote, self._git.home)}


def _options(ca_file: Path | None, proxy: str | None) -> dict[str, str]:
    options = {"http.sslCAInfo": str(ca_file) if ca_file else None, "http.proxy": proxy}
    return {key: value for key, value in options.items() if value}


def _time(seconds: str) -> datetime | None:
    """Git takes any number for a date, also one far beyond the year 9999."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _pins(remote: Remote, home: Path) -> dict[str, str]:
    """Configuration that keeps git to the addresses that were checked."""
    if remote.protocol == "file":
        return {}
    if remote.protocol == "ssh":
        options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={home / 'known_hosts'}"]
        options += [f"HostName={remote.addresses[0]}", f"HostKeyAlias={remote.host}"] if remote.addresses else []
        words = ["ssh", "-F", "/dev/null", *(word for option in options for word in ("-o", option))]
        return {"core.sshCommand": shlex.join(words)}
    pins: dict[str, str] = {}
    if remote.addresses and not _is_address(remote.host):
        shown = ",".join(f"[{each}]" if each.version == 6 else str(each) for each in remote.addresses)
        pins["http.curloptResolve"] = f"{remote.host}:{remote.port}:{shown}"
    if remote.authorization:
        pins["http.extraHeader"] = remote.authorization
    return pins


def _is_address(host: str) -> bool:
    """Whether the URL names an address itself: it can't resolve to another, and git refuses to pin an IPv6 one."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _references(listing: str) -> tuple[str | None, dict[str, str]]:
    """The branch that HEAD is on, and the ids by ref name, from `ls-remote --symref`."""
    symbolic: str | None = None
    refs: dict[str, str] = {}
    for line in listing.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            symbolic = value.removeprefix("ref: refs/heads/")
        elif name == "HEAD" or name.startswith("refs/heads/"):
            refs[name] = value
    return symbolic, refs


def _branch_missing(name: str | None, refs: dict[str, str]) -> SyncError:
    known = sorted(ref.removeprefix("refs/heads/") for ref in refs if ref != "HEAD")
    shown = ", ".join(known[:10]) + (" …" if len(known) > 10 else "")
    if name is None:
        return SyncError("BRANCH_NOT_FOUND", f"The repository has no default branch. Choose one of: {shown}.")
    return SyncError("BRANCH_NOT_FOUND", f"There is no branch “{name}” in the repository. It has: {shown}.")


def _explained(error: GitFailed) -> SyncError:
    if error.is_timeout:
        return SyncError("FETCH_TIMEOUT", "Fetching the repository took too long. Sync again later.")
    for pattern, (code, detail) in _CAUSES:
        if pattern.search(error.said):
            return SyncError(code, detail)
    said = re.sub(r"//[^/@\s]+@", "//", error.said).replace("\0", "")[-_SAID_SHOWN:]
    return SyncError("FETCH_FAILED", f"The repository couldn't be fetched. Git says: {said}")


async def _read_blob(process: asyncio.subprocess.Process, blob_id: str) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise CopyDamaged("cat-file has no pipes")
    try:
        process.stdin.write(f"{blob_id}\n".encode())
        await process.stdin.drain()
        header = (await process.stdout.readline()).split()
        if len(header) != 3 or header[1] != b"blob":
            raise CopyDamaged(f"blob {blob_id}: {header!r}")
        content = await process.stdout.readexactly(int(header[2]) + 1)
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise CopyDamaged(f"blob {blob_id}: {error}") from error
    return content[:-1]
