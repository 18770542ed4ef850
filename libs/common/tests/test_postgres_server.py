import asyncio
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from common.postgres_home import check_version
from common.postgres_install import Account, Installation, PostgresUnusable, may_enter
from common.postgres_server import PostgresServer

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that other accounts may pass through (pytest's own is closed to them)."""
    path = Path(tempfile.mkdtemp(prefix="bmf-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def make_server(folder: Path, data_dir: Path | None = None) -> PostgresServer:
    return PostgresServer(data_dir or folder / "pg", options={"fsync": "off"}, system_dir=folder / "system")


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[PostgresServer]:
    server = make_server(folder)
    await server.start()
    yield server
    await server.stop()


async def execute(server: PostgresServer, *statements: str) -> object:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def is_alive(pid: int) -> bool:
    """A zombie, which its parent hasn't asked after yet, counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until_busy(server: PostgresServer, backend: int) -> None:
    async with asyncio.timeout(15):
        while await execute(server, f"SELECT state FROM pg_stat_activity WHERE pid = {backend}") != "active":
            await asyncio.sleep(0.01)


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(15):
        while is_alive(pid):
            await asyncio.sleep(0.01)


async def test_data_survives_a_stop_and_a_new_start(folder: Path) -> None:
    first = make_server(folder)
    await first.start()
    await execute(first, "CREATE TABLE kept AS SELECT 7 AS n", "SELECT 1")
    await first.stop()
    assert first.pid is None

    second = make_server(folder)
    await second.start()
    assert await execute(second, "SELECT n FROM kept") == 7
    await second.stop()


async def test_it_listens_on_a_private_socket_only(server: PostgresServer) -> None:
    assert await execute(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600


async def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host=str(server.socket_dir), user="postgres", password="guess", database="postgres")


async def test_the_url_is_one_sqlalchemy_understands(server: PostgresServer) -> None:
    await execute(server, "CREATE ROLE reader LOGIN PASSWORD 'p@ss/w:rd'", "SELECT 1")
    engine = create_async_engine(server.url("reader", "p@ss/w:rd", "postgres"))
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT current_user")).scalar_one() == "reader"
    await engine.dispose()


async def test_pgvector_is_there_and_words_of_every_language_are_folded(server: PostgresServer) -> None:
    assert await execute(server, "CREATE EXTENSION vector", "SELECT '[1,2]'::vector <-> '[1,4]'::vector") == 2
    assert await execute(server, "SELECT to_tsvector('simple', 'ÉCOLE')::text") == "'école':1"


async def test_it_recovers_from_a_killed_postmaster_with_busy_backends(server: PostgresServer) -> None:
    await execute(server, "CREATE TABLE kept AS SELECT 7 AS n", "SELECT 1")
    busy = await asyncpg.connect(server.admin_dsn)
    backend = await busy.fetchval("SELECT pg_backend_pid()")
    # Counting never looks whether the postmaster is there: this backend has to be ended.
    query = asyncio.create_task(busy.execute("SELECT count(*) FROM generate_series(1, 100000000000)"))
    await until_busy(server, backend)
    server.kill()
    assert await server.wait() == -signal.SIGKILL

    await server.start()
    assert await execute(server, "SELECT n FROM kept") == 7
    assert not is_alive(backend)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await query


async def test_a_server_in_use_is_left_alone_whichever_folder_leads_to_it(server: PostgresServer, folder: Path) -> None:
    copy = folder / "copy"
    copy.mkdir()
    (copy / "location").write_text(f"{server.home}\n")
    in_use = rf"^The database in {server.home} is in use by another BMADFlow \(process {os.getpid()}\): stop that one"
    with pytest.raises(PostgresUnusable, match=rf"{in_use}, or remove {copy}/location to begin with an empty database"):
        await make_server(folder, copy).start()
    with pytest.raises(PostgresUnusable, match=rf"{in_use}\.$"):
        await make_server(folder).start()
    assert server.pid
    assert is_alive(server.pid)


async def test_a_killed_server_keeps_its_folder_until_it_is_stopped(server: PostgresServer, folder: Path) -> None:
    server.kill()
    await server.wait()
    successor = make_server(folder)
    with pytest.raises(PostgresUnusable, match="in use"):
        await successor.start()
    await server.start()
    await server.stop()
    await successor.start()
    await successor.stop()


async def test_a_pid_file_that_names_another_program_is_no_orphan(folder: Path) -> None:
    server = make_server(folder)
    await server.start()
    server.kill()
    await server.wait()
    bystander = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    pid_file = server.cluster / "postmaster.pid"
    pid_file.write_text("\n".join([str(bystander.pid), *pid_file.read_text().split("\n")[1:]]))

    await server.start()
    assert bystander.returncode is None
    await server.stop()
    await bystander.communicate(b"\n")


STARTER = """
import asyncio, sys
from pathlib import Path
from common.postgres_server import PostgresServer

async def main():
    folder = Path(sys.argv[1])
    server = PostgresServer(folder / "pg", options={"fsync": "off"}, system_dir=folder / "system")
    await server.start()
    print(server.pid, flush=True)
    await server.wait()

asyncio.run(main())
"""
# As where the kernel knows no such signal, so that a killed starter leaves its Postgres behind.
CARELESS_STARTER = f"""
import common.postgres_server
common.postgres_server.die_with_parent = lambda signum: None
{STARTER}
"""


async def start_elsewhere(source: str, folder: Path) -> tuple[asyncio.subprocess.Process, int]:
    """A process of its own that runs the server, and the postmaster's id."""
    command = (sys.executable, "-c", source, str(folder))
    starter = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert starter.stdout
    async with asyncio.timeout(60):
        return starter, int(await starter.stdout.readline())


async def test_an_orphan_on_the_same_folder_is_stopped_first(folder: Path) -> None:
    starter, orphan = await start_elsewhere(CARELESS_STARTER, folder)
    starter.kill()
    await starter.wait()
    assert is_alive(orphan)
    successor = make_server(folder)
    await successor.start()
    assert not is_alive(orphan)
    await successor.stop()


async def test_it_ends_when_its_starter_is_killed(folder: Path) -> None:
    starter, postmaster = await start_elsewhere(STARTER, folder)
    assert is_alive(postmaster)
    starter.kill()
    await starter.wait()
    await until_gone(postmaster)


async def test_a_closed_folder_of_roots_is_no_obstacle(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make_server(folder, closed / "pg")
    await server.start()
    await execute(server, "CREATE TABLE kept AS SELECT 7 AS n", "SELECT 1")
    await server.stop()

    moved = folder / "moved"
    closed.rename(moved)  # as root the data isn't in it, and must be found again all the same
    again = make_server(folder, moved / "pg")
    await again.start()
    assert await execute(again, "SELECT n FROM kept") == 7
    assert (again.home.parent == folder / "system") is AS_ROOT
    assert stat.S_IMODE(moved.stat().st_mode) == 0o700
    await again.stop()


async def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    server = make_server(folder, folder / ("x" * 120))
    await server.start()
    assert await execute(server, "SELECT 1") == 1
    assert not server.socket_dir.is_relative_to(folder)
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    await server.stop()
    server.socket_dir.rmdir()


async def test_what_an_interrupted_initdb_left_is_cleared(folder: Path) -> None:
    (folder / "pg" / "initdb-half").mkdir(parents=True)
    server = make_server(folder)
    await server.start()
    assert not (folder / "pg" / "initdb-half").exists()
    await server.stop()


async def test_a_setting_that_postgres_refuses_is_told_in_one_sentence(folder: Path) -> None:
    server = PostgresServer(folder / "pg", options={"fsync": "off", "shared_buffers": "many"}, system_dir=folder / "s")
    with pytest.raises(PostgresUnusable, match=r"ended while starting; its log .*postgres\.log ends: .*shared_buffers"):
        await server.start()


def test_another_major_version_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresUnusable, match=r"made by PostgreSQL 16, but this BMADFlow runs 18\.4"):
        check_version(tmp_path, Installation(Path("/nowhere"), "18.4"))


def test_may_enter_asks_for_the_account(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert may_enter(Account(), tmp_path)
    nobody = Account(65534, 65534) if AS_ROOT else Account()
    assert may_enter(nobody, tmp_path) is not AS_ROOT
