"""Deleted sources: out of sight at once, and cleared away a part at a time."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.sync.deletion import DeletedSources
from documents.sync.jobs import FencedOut
from documents.sync.store import DocumentStore
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack, until

SEARCH = {"query": "retention of logs", "mode": "keyword"}


async def test_nobody_sees_the_documents_of_a_deleted_source(stack: Stack, hub: httpx.AsyncClient) -> None:
    hidden = await stack.fill(1_000)
    (shown,) = await stack.fill(1, source_id=2)
    await stack.fill(1, source_id=3, project_id=2)
    await stack.delete_source()
    assert await stack.count("document") == 1_002  # so the deletion itself is quick, however many there are
    for path, sources in (("/api/projects/1/search", {2}), ("/api/search", {2, 3})):
        hits = (await hub.post(path, json=SEARCH | {"limit": 50})).json()["results"]
        assert {hit["source_id"] for hit in hits} == sources
    listed = (await hub.get("/api/projects/1/documents")).json()["items"]
    assert [each["id"] for each in listed] == [shown]
    assert [each["source_id"] for each in (await hub.get("/api/projects/1/tree")).json()["sources"]] == [2]
    assert (await hub.get("/api/projects/1/llms.txt")).text.count("docs/") == 1
    statistics = (await hub.get("/api/stats/documents")).json()
    assert (statistics["documents"], statistics["chunks"]) == (2, 2)
    assert statistics["by_project"] == [{"project_id": each, "documents": 1, "chunks": 1} for each in (1, 2)]
    for path in (f"/api/documents/{hidden[0]}", f"/api/documents/{hidden[0]}/raw"):
        answer = await hub.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "DOCUMENT_NOT_FOUND")
    assert (await hub.get(f"/api/documents/{shown}")).status_code == 200


async def test_a_deleted_project_is_found_no_more(stack: Stack, hub: httpx.AsyncClient) -> None:
    await stack.fill(3)
    await stack.fill(2, source_id=2)
    await stack.delete_project()
    assert (await hub.post("/api/search", json=SEARCH)).json()["results"] == []
    await DeletedSources(stack.database, stack.git).clear()
    assert await stack.count("document") == 0


async def test_deleted_source_stays_deleted(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.sync(f"{server.url}/open/repository")
    await stack.request()
    claimed = await stack.claim()
    await stack.delete_source()
    await DeletedSources(stack.database, stack.git).clear()
    assert not await stack.blobs()
    assert [event["path"] for event in await stack.events("documents.document.removed")] == ["a.md"]
    await stack.runner().run(*claimed)
    await stack.request()
    stack.sequence = 0
    await stack.save_source(f"{server.url}/open/repository")
    assert await stack.jobs.claim() is None
    assert not await stack.blobs()


async def test_several_workers_clear_the_same_source(stack: Stack) -> None:
    ids = await stack.fill(1_000)
    (other,) = await stack.fill(1, source_id=2)
    await stack.delete_source()
    await asyncio.gather(*(DeletedSources(stack.database, stack.git).clear() for _ in range(3)))
    removed = await stack.events("documents.document.removed")
    assert sorted(event["document_id"] for event in removed) == ids
    assert await stack.rows("SELECT id FROM document") == [{"id": other}]


async def test_a_removal_waits_for_its_job_before_it_touches_documents(stack: Stack) -> None:
    """Else it and the deletion of the source would wait for each other."""
    ids = await stack.fill(1)
    await stack.request()
    job, progress = await stack.claim()
    store = DocumentStore(stack.database, job, stack.embedder.model)
    async with stack.database.transaction() as session:
        await session.execute(text("UPDATE sync_job SET fence = fence + 1"))
        removal = asyncio.create_task(store.remove(ids, progress))
        await until(stack.waits_for_lock)
        await _lock_now(session, "document")
    with pytest.raises(FencedOut):
        await removal
    assert (await stack.count("document"), progress.files_removed) == (1, 0)


async def test_a_deletion_waits_for_jobs_before_it_touches_the_source(stack: Stack) -> None:
    """Else it and a worker that ends its job would wait for each other."""
    await stack.fill(1)
    await stack.request()
    await stack.claim()
    async with stack.database.transaction() as session:
        await session.execute(text("UPDATE sync_job SET progress = '{}'"))
        deletion = asyncio.create_task(stack.delete_source())
        await until(stack.waits_for_lock)
        await _lock_now(session, "source")
    await deletion
    assert await stack.rows("SELECT is_deleted FROM source") == [{"is_deleted": True}]


async def _lock_now(session: AsyncSession, table: str) -> None:
    """Raises if anybody holds a row of the table."""
    await session.execute(text(f"SELECT id FROM {table} FOR UPDATE NOWAIT"))
