"""PostgreSQL as a child of this process, from the wheel's binaries.

The wheel's own life cycle leaks servers after a kill, so only its programs are used. The folder given holds `cluster/`
(the data), `password` (the superuser's, 0600), `postgres.log`, `lock` and `run/` (the socket, 0700). There is no TCP
port.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import asyncpg

from common.child_process import die_with_parent
from common.postgres_home import (
    check_version,
    choose_socket_dir,
    find_home,
    hold_home,
    own_folder,
    read_or_create_password,
)
from common.postgres_install import (
    Account,
    Installation,
    PostgresUnusable,
    database_account,
    environment,
    find_installation,
    run_as,
)
from common.postgres_orphans import stop_orphans

SYSTEM_DIR = Path("/var/lib/bmadflow")
SUPERUSER = "postgres"
_PORT = 5432
_START_SECONDS = 300.0  # recovery after a crash may replay a lot
_STOP_SECONDS = 30.0
_LOG_BYTES = 10_000_000

# Small when idle: no I/O workers, no replication, no JIT; enough for one machine's team.
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "64MB",
    "max_parallel_maintenance_workers": "0",
    "io_method": "sync",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "512MB",
    "autovacuum_max_workers": "2",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class PostgresServer:
    """One Postgres, watched by this process; it ends when this process ends.

    `options` are server settings (`{"fsync": "off"}` for tests). `system_dir` is used by root only: it takes the data
    when the unprivileged account that runs Postgres can't reach `data_dir`, which then holds the file `location`.
    Create, start and stop it in the main thread's event loop. From `start` to `stop` no other server may use the files.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        socket_dir: Path | None = None,
        options: dict[str, str] | None = None,
        system_dir: Path = SYSTEM_DIR,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.home = self.data_dir  # where the files really are; `start` may move it below `system_dir`
        self._wanted_socket_dir = socket_dir
        self.socket_dir = socket_dir or self.home / "run"
        self._options = _OPTIONS | (options or {})
        self._system_dir = system_dir
        self._password = ""
        self._process: asyncio.subprocess.Process | None = None
        self._lock: int | None = None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log_file(self) -> Path:
        return self.home / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    @property
    def admin_dsn(self) -> str:
        """The superuser's address in libpq's form, for asyncpg and psql. Known once `start` has returned."""
        return f"postgresql://{self._address(SUPERUSER, self._password, 'postgres')}"

    def url(self, user: str, password: str, database: str) -> str:
        """An address for SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://{self._address(user, password, database)}"

    def _address(self, user: str, password: str, database: str) -> str:
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"{credentials}@/{quote(database, safe='')}?host={quote(str(self.socket_dir), safe='/')}"

    async def start(self) -> None:
        """Create the cluster if there is none, start it and wait until it answers.

        Recovers from a killed predecessor. Raises PostgresUnusable with one sentence.
        """
        if self.pid is not None:
            return
        try:
            await self._start()
        except BaseException:
            self._let_go()
            raise

    async def _start(self) -> None:
        try:
            account, installation = await asyncio.to_thread(self._prepare)
        except OSError as error:
            place = error.filename or self.home
            raise PostgresUnusable(f"Can't prepare the database in {place}: {error.strerror}.") from error
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while not await self._answers(account, installation, deadline):
            reason = _last_line(self.log_file)
            # Backends of a killed postmaster need a moment to notice; they can't always be seen (see `stop_orphans`).
            if "still in use" not in reason or asyncio.get_running_loop().time() > deadline:
                raise PostgresUnusable(f"Postgres ended while starting; its log {self.log_file} ends: {reason}")
            await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was committed is on disk."""
        try:
            await self._shut_down()
        finally:
            self._let_go()

    async def _shut_down(self) -> None:
        for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process is None or self._process.returncode is not None:
                return
            self._process.send_signal(signum)
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
            except TimeoutError:
                continue

    def kill(self) -> None:
        """Kill the postmaster at once, as a crash would; its backends notice and end."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> int:
        """Wait until the running server ends, by whatever cause; its exit status (negative: the signal)."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return await self._process.wait()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepare(self) -> tuple[Account, Installation]:
        account = database_account()
        self.home = find_home(self.data_dir, account, self._system_dir)
        if self._lock is None:  # a killed server is started again under the same one
            self._lock = hold_home(self.home, self.data_dir)
        installation = find_installation(account, self._system_dir)
        self._password = read_or_create_password(self.home / "password", account)
        if self.cluster.is_dir():
            check_version(self.cluster, installation)
            stop_orphans(self.cluster)
        else:
            self._initialise(account, installation)
        self.socket_dir = self._wanted_socket_dir or choose_socket_dir(self.home)
        own_folder(self.socket_dir, account)
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".1.log"))
        return account, installation

    def _initialise(self, account: Account, installation: Installation) -> None:
        """Run initdb beside the final place and rename, so that an interrupted one leaves nothing half-made."""
        for leftover in self.home.glob("initdb-*"):
            shutil.rmtree(leftover)
        building = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.home))
        account.take(building)
        # The builtin provider sorts the same on every system: an upgrade of the C library can't corrupt an index.
        ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        command = [installation.program("initdb"), "-D", str(building), "-U", SUPERUSER, "-E", "UTF8"]
        command += ["--auth=scram-sha-256", f"--pwfile={self.home / 'password'}", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={ctype}"]
        command += ["--no-sync"] if self._options.get("fsync") == "off" else []
        answer = run_as(account, command)
        if answer.returncode != 0:
            reason = " ".join(answer.stderr.split()) or f"status {answer.returncode}"
            raise PostgresUnusable(f"Can't create the database in {self.home}: {reason}")
        building.rename(self.cluster)

    async def _spawn(self, account: Account, installation: Installation) -> asyncio.subprocess.Process:
        options = self._options | {"unix_socket_directories": str(self.socket_dir), "port": str(_PORT)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log_file.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                installation.program("postgres"),
                *("-D", str(self.cluster), *settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,  # a Ctrl-C at the terminal is for us; we stop Postgres last
                preexec_fn=die_with_parent(signal.SIGINT),  # fast and clean shutdown
                user=account.uid,
                group=account.gid,
                extra_groups=account.extra_groups,
            )

    async def _answers(self, account: Account, installation: Installation, deadline: float) -> bool:
        """Start the process and wait for its first answer. False if it ended instead."""
        self._process = process = await self._spawn(account, installation)
        try:
            while process.returncode is None and not await self._accepts():
                if asyncio.get_running_loop().time() > deadline:
                    raise PostgresUnusable(f"Postgres doesn't answer; its log is {self.log_file}.")
                await asyncio.sleep(0.02)
        except BaseException:
            self.kill()
            await process.wait()
            raise
        return process.returncode is None

    async def _accepts(self) -> bool:
        try:
            connection = await asyncpg.connect(self.admin_dsn, timeout=10)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.InvalidPasswordError as error:
            raise PostgresUnusable(f"The password in {self.home / 'password'} isn't this database's.") from error
        await connection.close()
        return True


def _last_line(log_file: Path) -> str:
    lines = log_file.read_text(errors="replace").splitlines()
    return lines[-1] if lines else ""
