"""A migrated database, the application over it, and a client with the administrator's identity."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from common.database import Database
from common.migrations import upgrade
from common.sealing import SealingKeys, generate_key
from common.testing.plugin import IdentityKeys, NewDatabase
from projects.app import create_app
from projects.settings import Settings

_EMPTY = """
    TRUNCATE project, source, sync_run, webhook_delivery, project_event, outbox, outbox_sequence, inbox
    RESTART IDENTITY
"""
SEALING_KEYS = f"{generate_key()},{generate_key()}"
REPOSITORY = "https://github.com/acme/shop-docs.git"


CreateProject = Callable[..., Awaitable[dict[str, Any]]]
Published = tuple[str, str, dict[str, Any]]
"""Type, subject and data of an event."""


@pytest_asyncio.fixture(scope="session")
async def database_url(new_database: NewDatabase) -> str:
    url = (await new_database()).url("projects")
    await asyncio.to_thread(upgrade, "projects", url)
    return url


@pytest.fixture(scope="session")
def settings(database_url: str, identity_keys: IdentityKeys) -> Settings:
    return Settings(
        database_url=SecretStr(database_url),
        identity_public_key=identity_keys.public,
        log_json=False,
        log_level="ERROR",
        sealing_keys=SecretStr(SEALING_KEYS),
    )


@pytest_asyncio.fixture(scope="session", name="app")
async def shared_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Without its lifespan: nothing relays, so that what was published can be read in the outbox."""
    app = create_app(settings)
    yield app
    await app.state.database.close()


@pytest.fixture(scope="session")
def sealing_keys() -> SealingKeys:
    return SealingKeys.parse(SEALING_KEYS)


@pytest_asyncio.fixture
async def database(app: FastAPI) -> AsyncIterator[Database]:
    """The application's database, empty again after the test."""
    database: Database = app.state.database
    yield database
    async with database.transaction() as session:
        await session.execute(text(_EMPTY))


@pytest_asyncio.fixture
async def client(app: FastAPI, database: Database, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    assert database is app.state.database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://projects", headers=admin_headers) as client:
        yield client


@pytest.fixture
def create_project(client: httpx.AsyncClient) -> CreateProject:
    async def create(name: str = "Shop", **fields: Any) -> dict[str, Any]:
        answer = await client.post("/api/projects", json={"name": name, "repo_url": REPOSITORY} | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return create


@pytest.fixture
def published(database: Database) -> Callable[[], Awaitable[list[Published]]]:
    """`await published()`: the events published since the last call, in the order of their publication."""

    async def read() -> list[Published]:
        async with database.transaction() as session:
            rows = (await session.execute(text("DELETE FROM outbox RETURNING id, body"))).all()
        bodies = [json.loads(row.body) for row in sorted(rows, key=lambda row: row.id)]
        return [(body["type"], body["subject"], body["data"]) for body in bodies]

    return read


@pytest_asyncio.fixture
async def live_app(settings: Settings, database: Database) -> AsyncIterator[FastAPI]:
    """An application of its own, to be served."""
    assert database.schema == "projects"
    yield create_app(settings)


@pytest_asyncio.fixture
async def live_url(live_app: FastAPI) -> AsyncIterator[str]:
    """The application with its lifespan behind a real server: streams don't work through httpx's ASGI transport."""
    config = uvicorn.Config(live_app, port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    serving = asyncio.create_task(server.serve(sockets))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving
