"""The embedded database as the supervisor runs it, and what the bootstrap makes of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from bmadflow.stack import EmbeddedPostgres
from bmadflow.supervisor import RestartPolicy, Supervisor
from common.bootstrap import bootstrap

SERVICES = ("projects", "documents", "chat", "gateway")
PASSWORDS = {service: f"pässword'{service}" for service in SERVICES}
Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """In a folder closed to everybody but its owner, as a home is."""
    (folder / "home").mkdir(mode=0o700)
    server = EmbeddedPostgres(folder / "home" / "postgres", options={"fsync": "off"}, system_dir=folder / "system")
    await server.start()
    yield server
    await server.stop()


async def connect(server: EmbeddedPostgres, service: str, name: str = "bmadflow") -> asyncpg.Connection:
    return await asyncpg.connect(server.url(f"bmadflow_{service}", PASSWORDS[service], name).replace("+asyncpg", ""))


async def test_services_own_their_schema_and_reach_no_other(database: EmbeddedPostgres) -> None:
    await bootstrap(database.admin_dsn, "bmadflow", PASSWORDS)
    projects, chat = await connect(database, "projects"), await connect(database, "chat")
    await projects.execute("CREATE TABLE project (id int, embedding vector(2))")
    assert await projects.fetchval("SELECT count(*) FROM projects.project") == 0
    for statement in (
        "SELECT * FROM projects.project",
        "CREATE TABLE projects.intruder (id int)",
        "CREATE TABLE public.intruder (id int)",
        "CREATE SCHEMA intruder",
        "CREATE ROLE intruder",
        "SET ROLE bmadflow_projects",
        "CREATE TEMPORARY TABLE intruder (id int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await chat.execute(statement)
    await projects.close()
    await chat.close()


async def test_bootstrap_may_be_repeated_and_run_side_by_side(database: EmbeddedPostgres) -> None:
    await asyncio.gather(*(bootstrap(database.admin_dsn, name, PASSWORDS) for name in ("one", "two", "one")))
    projects = await connect(database, "projects", "one")
    await projects.execute("CREATE TABLE kept AS SELECT 7 AS n")
    await bootstrap(database.admin_dsn, "one", PASSWORDS | {"projects": "another"})
    assert await projects.fetchval("SELECT n FROM kept") == 7
    await projects.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(database, "projects", "one")


async def test_the_supervisor_brings_a_killed_database_back(folder: Path, until: Until) -> None:
    (folder / "home").mkdir(mode=0o700)
    server = EmbeddedPostgres(folder / "home" / "pg", options={"fsync": "off"}, system_dir=folder / "system")
    said: list[str] = []
    supervisor = Supervisor(said.append, RestartPolicy(first_pause=0.01))
    await supervisor.start(server, stage=0)
    await bootstrap(server.admin_dsn, "bmadflow", PASSWORDS)
    first = server.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await until(lambda: server.pid not in {first, None} and (server.socket_dir / ".s.PGSQL.5432").exists())
    await reconnect(server)
    assert said == [f"postgres ended (SIGKILL) and is started again; its log is {server.log_file}."]
    await supervisor.stop_all()
    assert server.pid is None


async def reconnect(server: EmbeddedPostgres) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                connection = await connect(server, "chat")
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.02)
                continue
            return await connection.close()
