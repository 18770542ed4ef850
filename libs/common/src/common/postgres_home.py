"""The folders and files of an embedded Postgres: where they can live, and who owns them."""

import fcntl
import os
import secrets
from hashlib import sha256
from pathlib import Path

from common.postgres_install import Account, Installation, PostgresUnusable, may_enter, may_write, public_folder

_SOCKET_PATH_BYTES = 103  # what macOS allows; Linux allows 107


def find_home(data_dir: Path, account: Account, system_dir: Path) -> Path:
    """Where the files live: `data_dir`, or a folder of `system_dir` where the account can't reach `data_dir`.

    In the second case `data_dir/location` names the place, so that moving `data_dir` doesn't lose the data.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    pointer = data_dir / "location"
    if pointer.exists():
        home = Path(pointer.read_text().strip())
        if not home.is_dir():
            raise PostgresUnusable(
                f"The database should be in {home}, as {pointer} says, but that folder is missing: put it back, "
                f"or remove {pointer} to begin with an empty database."
            )
        return home
    if _claim(data_dir, account):
        return data_dir
    if account.uid is None:
        raise PostgresUnusable(f"The folder {data_dir} is not writable.")
    home = public_folder(system_dir) / f"data-{sha256(str(data_dir).encode()).hexdigest()[:16]}"
    home.mkdir(mode=0o700, exist_ok=True)
    if not _claim(home, account):
        raise PostgresUnusable(f"The account that runs Postgres can write neither {data_dir} nor {home}.")
    pointer.write_text(f"{home}\n")
    return home


def _claim(folder: Path, account: Account) -> bool:
    """Give `folder` to the account, closed to everybody else. False where the account can't reach or own it."""
    if not may_enter(account, folder.parent):
        return False
    try:
        account.take(folder)
        folder.chmod(0o700)
    except OSError:  # a file system without owners
        return False
    return may_write(account, folder)


def hold_home(home: Path, data_dir: Path) -> int:
    """Keep every other server out of `home` until the descriptor returned is closed, also by the end of this process.

    The lock lies where the files really are: a copied `data_dir` with its `location` leads to the same ones.
    """
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 20, 0).decode().strip() or "unknown"
        os.close(lock)
        pointer = data_dir / "location"
        way_out = f", or remove {pointer} to begin with an empty database" if home != data_dir else ""
        raise PostgresUnusable(
            f"The database in {home} is in use by another BMADFlow (process {holder}): stop that one{way_out}."
        ) from error
    os.truncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def read_or_create_password(path: Path, account: Account) -> str:
    """The superuser's password, made once. It is on disk before any database depends on it."""
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        account.take(draft)
        draft.rename(path)
    return path.read_text().strip()


def check_version(cluster: Path, installation: Installation) -> None:
    """Refuse a data folder of another major version: Postgres can't read it."""
    made_by = (cluster / "PG_VERSION").read_text().strip()
    if made_by != str(installation.major):
        raise PostgresUnusable(
            f"The database in {cluster} was made by PostgreSQL {made_by}, but this BMADFlow runs "
            f"{installation.version}: go back to the BMADFlow that made it, or move {cluster} away and sync anew."
        )


def choose_socket_dir(home: Path) -> Path:
    """`home/run`, or a short folder where that path is too long for a socket."""
    inside = home / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432.lock")) <= _SOCKET_PATH_BYTES:
        return inside
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - `own_folder` refuses another's folder
    base = runtime if os.geteuid() != 0 else Path("/tmp")  # noqa: S108 - as above; root's runtime folder is closed to others
    return base / f"bmadflow-{os.geteuid()}-{sha256(str(home).encode()).hexdigest()[:12]}"


def own_folder(folder: Path, account: Account) -> None:
    """Create `folder`, or take it over if it is the account's own already; 0700 in either case."""
    try:
        folder.mkdir(mode=0o700, parents=True)
        account.take(folder)
    except FileExistsError:
        ours = not folder.is_symlink() and folder.lstat().st_uid in {os.geteuid(), account.uid}
        if not ours:
            raise PostgresUnusable(f"The folder {folder} for Postgres's socket belongs to somebody else.") from None
        account.take(folder)
    folder.chmod(0o700)
