"""Git commands that talk to a repository's server: only to the addresses that were checked, with its credential.

Nothing secret is an argument, part of a URL or written to a copy's configuration: a password travels in git's
environment, an ssh key in a file that only we can read and that is gone when the command has ended.
"""

import fcntl
import os
import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from documents.sync.errors import SyncError
from documents.sync.git_program import Answer, GitProgram
from documents.sync.network import Remote

_KEY_FOLDER = "keys"


class Transport:
    """Runs such commands. `ca_file` replaces the system's certificates; `proxy` is an HTTP proxy's URL."""

    def __init__(self, git: GitProgram, *, ca_file: Path | None = None, proxy: str | None = None) -> None:
        self._git = git
        options = {"http.sslCAInfo": str(ca_file) if ca_file else None, "http.proxy": proxy}
        self._options = {key: value for key, value in options.items() if value}

    async def run(
        self, remote: Remote, *arguments: str, config: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Answer:
        """Run the command with `data` as its input. Raises GitFailed; see `git_errors` for what that means.

        Raises SyncError for an ssh server whose addresses weren't checked.
        """
        with _key_file(remote, self._git.home) as key_file:
            pins = _ssh(remote, self._git.home, key_file) if remote.protocol == "ssh" else _http(remote)
            return await self._git.execute(*arguments, config={**self._options, **pins, **(config or {})}, data=data)


def clear_key_files(home: Path) -> None:
    """Remove the key files that workers left behind when they were killed. Raises OSError.

    A lock tells who lives: workers in several containers on one data folder don't know each other's process ids.
    """
    folder = home / _KEY_FOLDER
    if not folder.is_dir():
        return
    with _locked(folder, fcntl.LOCK_EX):
        for path in folder.iterdir():
            with suppress(BlockingIOError), _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
                path.unlink()


@contextmanager
def _locked(path: Path, kind: int) -> Generator[None]:
    """Raises BlockingIOError where somebody else holds the lock and `kind` says not to wait."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _key_file(remote: Remote, home: Path) -> Generator[Path | None]:
    if remote.ssh_key is None:
        yield None
        return
    folder = home / _KEY_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / token_hex(16)
    try:
        with _new_file(path) as file:
            file.write(remote.ssh_key.rstrip("\n") + "\n")  # ssh reads no key without its last line's end
            file.flush()
            yield path
    finally:
        path.unlink(missing_ok=True)


def _new_file(path: Path) -> TextIO:
    """A new file that is locked while it is open. A worker that starts can't see it before."""
    with _locked(path.parent, fcntl.LOCK_SH):
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _ssh(remote: Remote, home: Path, key_file: Path | None) -> dict[str, str]:
    if not remote.addresses:
        raise SyncError("ADDRESS_NOT_ALLOWED", f"No address of {remote.host} was checked, so ssh isn't started.")
    options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new"]
    options += [f"UserKnownHostsFile={_quoted(home / 'known_hosts')}"]
    options += [f"HostName={remote.addresses[0]}", f"HostKeyAlias={_key_alias(remote)}"]
    if key_file:
        options += [f"IdentityFile={_quoted(key_file)}", "IdentitiesOnly=yes", "IdentityAgent=none"]
    words = ["ssh", "-F", "/dev/null", *(word for option in options for word in ("-o", option))]
    return {"core.sshCommand": shlex.join(words)}


def _quoted(path: Path) -> str:
    """As ssh's options want it: they are lists of words, in which percent signs stand for something."""
    return '"' + str(path).replace("%", "%%") + '"'


def _key_alias(remote: Remote) -> str:
    """As ssh itself would write it into its list of known hosts: two servers on a host have two keys."""
    return remote.host if remote.port == 22 else f"[{remote.host}]:{remote.port}"


def _http(remote: Remote) -> dict[str, str]:
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
