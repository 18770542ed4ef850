"""Git commands that talk to a repository's server: only to the addresses that were checked, with its credential.

Nothing secret is an argument, part of a URL or written to a copy's configuration: a password travels in git's
environment, an ssh key in a file that only we can read and that is gone when the command has ended.
"""

import os
import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex

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
        """Run the command with `data` as its input. Raises GitFailed; see `git_errors` for what that means."""
        with _key_file(remote, self._git.home) as key_file:
            pins = _ssh(remote, self._git.home, key_file) if remote.protocol == "ssh" else _http(remote)
            return await self._git.execute(*arguments, config={**self._options, **pins, **(config or {})}, data=data)


def clear_key_files(home: Path) -> None:
    """Remove the key files that workers left behind when they were killed. Raises OSError."""
    for path in (home / _KEY_FOLDER).glob("*-*"):
        pid = path.name.partition("-")[0]
        if pid == str(os.getpid()) or not _is_running(pid):
            path.unlink(missing_ok=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _key_file(remote: Remote, home: Path) -> Generator[Path | None]:
    if remote.ssh_key is None:
        yield None
        return
    folder = home / _KEY_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{os.getpid()}-{token_hex(8)}"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(remote.ssh_key.rstrip("\n") + "\n")  # ssh reads no key without its last line's end
        yield path
    finally:
        path.unlink(missing_ok=True)


def _ssh(remote: Remote, home: Path, key_file: Path | None) -> dict[str, str]:
    options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={home / 'known_hosts'}"]
    options += [f"HostName={remote.addresses[0]}", f"HostKeyAlias={_key_alias(remote)}"] if remote.addresses else []
    if key_file:
        options += [f"IdentityFile={key_file}", "IdentitiesOnly=yes", "IdentityAgent=none"]
    words = ["ssh", "-F", "/dev/null", *(word for option in options for word in ("-o", option))]
    return {"core.sshCommand": shlex.join(words)}


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
