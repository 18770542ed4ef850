"""A migrated documents database, a runner with the real embedder, and repositories over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from common.database import Database
from common.migrations import upgrade
from common.testing.plugin import IdentityKeys, NewDatabase
from documents.app import create_app
from documents.embedding.process import EmbeddingProcess
from documents.models import SCHEMA, Model
from documents.settings import Settings
from services.documents.tests.sync.git_http import GitHttpServer, serve
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack


@pytest_asyncio.fixture(scope="session")
async def sync_database_url(new_database: NewDatabase) -> str:
    """One database for all tests of syncing; each test begins with empty tables."""
    url = (await new_database()).url(SCHEMA)
    await asyncio.to_thread(upgrade, SCHEMA, url)
    return url


@pytest_asyncio.fixture
async def database(sync_database_url: str) -> AsyncIterator[Database]:
    database = Database(sync_database_url, SCHEMA, pool_size=10)
    async with database.transaction() as session:
        tables = ", ".join(table.fullname for table in Model.metadata.sorted_tables)
        await session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    await database.close()


@pytest.fixture
def stack(database: Database, embedder: EmbeddingProcess, tmp_path: Path) -> Stack:
    return Stack(database, embedder, tmp_path / "data")


@pytest_asyncio.fixture
async def hub(
    sync_database_url: str, identity_keys: IdentityKeys, admin_headers: dict[str, str], tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The service's API over what the stack stores, as the administrator sees it."""
    values = {
        "database_url": sync_database_url,
        "identity_public_key": identity_keys.public,
        "projects_url": "http://127.0.0.1:9",
        "data_dir": tmp_path,
    }
    app = create_app(Settings.model_validate(values))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://documents", headers=admin_headers)
    async with app.router.lifespan_context(app), client:
        yield client


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """A repository that the fixture `server` serves as `repository`."""
    return GitRepository(tmp_path / "served" / "repository")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with serve(tmp_path / "served") as running:
        yield running
