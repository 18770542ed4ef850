"""A database with a few indexed projects, and the API over it. Tests only read this corpus, or make their own."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.database import Database
from common.identity import HEADER, TokenVerifier
from common.migrations import upgrade
from common.testing.http_server import HttpServer
from common.testing.plugin import IdentityKeys, NewDatabase
from documents.app import create_app
from documents.chunking import chunk
from documents.embedding.process import EmbeddingProcess
from documents.models import SCHEMA, Source, SyncJob
from documents.parsing import parse
from documents.settings import Settings
from documents.sync.jobs import Job
from documents.sync.progress import Progress
from documents.sync.rows import Prepared
from documents.sync.store import DocumentStore
from documents.sync.tree import Entry, Work

COMMIT = "c0ffee" + "0" * 34

PRD = """# Product requirements

See [the story](stories/3.2-tree.md#tasks), [moved](old/glossary.md), [gone](gone.md), [site](https://example.org/x),
[bad anchor](stories/3.2-tree.md#nothing) and [picture](img/a.png). [A folder](qa/), [two of them](x/prd.md),
[odd](a%00b.md), [no folder](qa/gate/).

## Functional requirements

- **FR1:** Users register a project with the address of its repository.
- **FR12:** Answers are generated from retrieved passages, filtered by project.

## Retention

Application logs are kept for ninety days; audit logs for a year. Tom & Jerry <script>alert(1)</script> agree.
"""
STORY = """# Story 3.2: File tree navigation

Status: Done

## Story

As a developer I want to browse the documents in a tree, so that I find them without knowing their names.

## Tasks

- [x] Render folders before files (FR1)
- [x] Remember which folders are open
"""
GATE = 'schema: 1\nstory: "3.2"\ngate: CONCERNS\nstatus_reason: "Two end-to-end tests are missing."\n'
FILES = {
    "docs/prd.md": PRD,
    "docs/stories/3.2-tree.md": STORY,
    "docs/qa/gates/3.2-tree.yml": GATE,
    "docs/reference/glossary.md": "# Glossary\n\nEmbedding: a list of numbers that stands for the meaning of a text.\n",
    "docs/notes.txt": "Les journaux d'application sont conservés pendant trois mois.\n",
    'docs/Ünïcode "quote".md': "# Odd name\n\nA file whose name needs care in headers.\n",
    ".bmad-core/agents/dev.md": "# Developer agent\n\nRetention of logs is explained to the developer agent here.\n",
    "docs/copy/prd.md": PRD,
}
OTHER_FILES = {
    "secret.md": "# Secret plan\n\nApplication logs of the other project are never deleted. FR12 is theirs.\n"
}
SECOND_SOURCE_FILES = {"README.md": "# Second source\n\nKubernetes deployment notes of the second source.\n"}


@asynccontextmanager
async def migrated(new_database: NewDatabase) -> AsyncGenerator[tuple[str, Database]]:
    """A new database at the newest version: its address with the service's own role, and a pool on it."""
    url = (await new_database()).url(SCHEMA)
    await asyncio.to_thread(upgrade, SCHEMA, url)
    database = Database(url, SCHEMA)
    try:
        yield url, database
    finally:
        await database.close()


async def add_source(
    database: Database,
    project_id: int,
    source_id: int,
    *,
    repo_url: str = "https://example.org/repository.git",
    branch: str | None = None,
    docs_path: str | None = None,
    is_deleted: bool = False,
) -> None:
    """What the event of a new source leaves behind."""
    async with database.transaction() as session:
        session.add(
            Source(
                id=source_id,
                project_id=project_id,
                name=f"source {source_id}",
                repo_url=repo_url,
                branch=branch,
                docs_path=docs_path,
                sequence=1,
                is_deleted=is_deleted,
                commit_sha=COMMIT,
                synced_at=None,
            )
        )


async def index(database: Database, embedder: EmbeddingProcess, source_id: int, files: Mapping[str, str]) -> None:
    """Store files as a sync does: parsed, cut, embedded and saved by the service's own functions."""
    job = await _running_job(database, source_id)
    batch: list[Prepared] = []
    for path, text in files.items():
        data = text.encode()
        entry = Entry(path, hashlib.sha1(data).hexdigest(), len(data))
        document = parse(path, data)
        chunks = chunk(document, embedder.tokenizer)
        vectors = await embedder.embed([each.embedded_text for each in chunks])
        known = {each.content_hash: vector for each, vector in zip(chunks, vectors, strict=True)}
        batch.append(Prepared(Work(entry), document, chunks, data, vectors=known))
    await DocumentStore(database, job, embedder.model).save(batch, COMMIT, Progress(), publishes=False)


async def _running_job(database: Database, source_id: int) -> Job:
    now = datetime.now(UTC)
    async with database.transaction() as session:
        project_id = (await session.scalars(select(Source.project_id).where(Source.id == source_id))).one()
        row = SyncJob(
            id=uuid.uuid4(),
            project_id=project_id,
            source_id=source_id,
            state="running",
            fence=1,
            requested_at=now,
            started_at=now,
            lease_until=now,
            cancel_requested_at=None,
            finished_at=None,
            error_code=None,
            error_detail=None,
        )
        session.add(row)
    return Job(row.id, project_id, source_id, 1, 1, now)


@pytest_asyncio.fixture(scope="session")
async def embedder() -> AsyncGenerator[EmbeddingProcess]:
    async with EmbeddingProcess() as process:
        yield process


@pytest_asyncio.fixture(scope="session")
async def corpus(new_database: NewDatabase, embedder: EmbeddingProcess) -> AsyncGenerator[tuple[str, Database]]:
    """Project 1 has sources 10 and 11, project 2 has source 20, 3 has no document yet, 4 only a deleted source."""
    async with migrated(new_database) as (url, database):
        for project_id, source_id in ((1, 10), (1, 11), (2, 20), (3, 30)):
            await add_source(database, project_id, source_id)
        await add_source(database, 4, 40, is_deleted=True)
        await index(database, embedder, 10, FILES)
        await index(database, embedder, 11, SECOND_SOURCE_FILES)
        await index(database, embedder, 20, OTHER_FILES)
        yield url, database


YOUNG_PROJECT = 5  # it exists, and no event of it has arrived


@pytest_asyncio.fixture(scope="session")
async def projects_service(identity_keys: IdentityKeys) -> AsyncGenerator[HttpServer]:
    """The one question that we ask projects, answered as it does: by the caller's identity.

    Projects 300–599 are answered with their number as the status.
    """
    verifier = TokenVerifier(identity_keys.public, "projects")

    async def get_project(request: Request) -> Response:
        project_id = int(request.path_params["project_id"])
        exists = verifier.verify(request.headers[HEADER]).may_see(project_id) and project_id == YOUNG_PROJECT
        status = project_id if 300 <= project_id < 600 else 200 if exists else 404
        return JSONResponse({"id": project_id}, status)

    async with HttpServer(Starlette(routes=[Route("/api/projects/{project_id:int}", get_project)])) as server:
        yield server


@pytest.fixture(scope="session")
def settings(
    corpus: tuple[str, Database],
    identity_keys: IdentityKeys,
    projects_service: HttpServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    data_dir: Path = tmp_path_factory.mktemp("documents")
    return Settings.model_validate(
        {
            "database_url": corpus[0],
            "identity_public_key": identity_keys.public,
            "projects_url": f"http://127.0.0.1:{projects_service.port}",
            "data_dir": data_dir,
        }
    )


@pytest_asyncio.fixture(scope="session")
async def app(settings: Settings) -> AsyncGenerator[FastAPI]:
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest_asyncio.fixture(scope="session")
async def anonymous(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """The API without an identity."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://documents") as client:
        yield client


@pytest_asyncio.fixture
async def api(app: FastAPI, admin_headers: dict[str, str]) -> AsyncGenerator[httpx.AsyncClient]:
    """The API as the local administrator sees it."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://documents", headers=admin_headers) as client:
        yield client
