"""A re-index: all that is derived made anew from what is stored, seen by readers at once or not at all."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from documents.embedding.base import Kind, Vectors
from documents.embedding.process import EmbeddingProcess
from documents.sync.deletion import DeletedSources
from documents.sync.jobs import Jobs
from documents.sync.pipeline import Limits
from documents.sync.runner import Runner, RunnerOptions
from documents.sync.staging import clear_unwanted
from documents.sync.store import PARSER_VERSION
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack, until

KEPT = (
    "SELECT id, path, blob_sha, commit_sha, content, raw, size_bytes, is_failed, updated_at FROM document ORDER BY id"
)
STATE = """
    SELECT (SELECT count(*) FROM chunk WHERE text = 'stale') AS old, (SELECT count(*) FROM chunk) AS chunks,
        (SELECT count(*) FROM chunk_vector) AS vectors, (SELECT count(*) FROM document WHERE title = 'stale') AS titles
"""


@dataclass
class OtherModel:
    """Another model by name; it stops answering after `patience` texts."""

    inner: EmbeddingProcess
    patience: int = 1_000_000
    embedded: list[str] = field(default_factory=list[str])
    model: str = "another-model"

    async def identify(self) -> str:
        return self.model

    async def close(self) -> None:
        """Its process is the tests' own."""

    async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: Kind = "document") -> Vectors:
        if len(self.embedded) >= self.patience:
            await asyncio.Event().wait()
        self.embedded += texts
        return await self.inner.embed(texts, stream)


async def _synced(stack: Stack, repository: GitRepository, server: GitHttpServer, count: int = 30) -> str:
    files: dict[str, str | bytes] = {
        f"docs/{n}.md": f"# Document {n}\n\nIts words are {n * 7}.\n" for n in range(count)
    }
    files |= {
        "windows.md": b"# One\r\n\r\nTwo lines.\r\n",
        "empty.md": b"",
        "lock/package-lock.json": "{}",
    }
    commit = repository.commit(files)
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_detail) == ("succeeded", None)
    return commit


async def _make_stale(stack: Stack) -> None:
    """As if an older parser had read everything."""
    await stack.rows("UPDATE document SET parser_version = 1, title = 'stale', html = '', toc = '[]' RETURNING id")
    await stack.rows("UPDATE chunk SET text = 'stale' RETURNING id")
    await stack.rows("DELETE FROM link RETURNING id")


async def test_everything_derived_is_made_anew_without_git(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    commit = await _synced(stack, repository, server)
    derived = (
        "SELECT document_id, position, text, content_hash, anchor, words FROM chunk ORDER BY document_id, position"
    )
    kept, chunks = await stack.rows(KEPT), await stack.rows(derived)
    synced = await stack.rows("SELECT commit_sha, synced_at FROM source")
    await _make_stale(stack)
    asked, changed = list(server.requests), await stack.events("documents.document")
    run = await stack.reindex()
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert await stack.rows(KEPT) == kept
    assert await stack.rows(derived) == chunks
    assert await stack.rows("SELECT DISTINCT parser_version FROM document") == [{"parser_version": PARSER_VERSION}]
    assert not await stack.rows("SELECT id FROM document WHERE title = 'stale'")
    assert await stack.rows("SELECT commit_sha, synced_at FROM source") == synced
    await stack.assert_sound()
    assert server.requests == asked
    assert await stack.events("documents.document") == changed
    assert await stack.count("staged_vector") == 0
    assert await stack.count("document_version") == 0
    said = (await stack.events("documents.sync"))[-1]
    expected = {"commit_sha": commit, "branch": "main", "commit_at": "2026-05-04T09:30:00.000Z", "files_changed": 0}
    expected |= {"files_total": 33, "files_done": 33, "chunks_embedded": 0, "chunks_total": len(chunks)}
    assert {name: said[name] for name in expected} == expected
    phases = [event["phase"] for event in await stack.events("documents.sync.progressed")]
    assert phases.index("switching") > phases.index("indexing")


async def test_readers_see_the_old_index_or_the_new_one(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server, count=60)
    await _make_stale(stack)
    old = (await stack.rows(STATE))[0]
    assert old["old"] == old["chunks"] == old["vectors"]
    seen = [old]
    run = asyncio.create_task(stack.reindex())
    while not run.done():
        seen += await stack.rows(STATE)
        await asyncio.wait([run], timeout=0.02)  # the machine's time is for the re-index
    assert (await run).state == "succeeded"
    new = (await stack.rows(STATE))[0]
    assert new == old | {"old": 0, "titles": 0}
    assert all(state in (old, new) for state in seen)
    assert sum(state == old for state in seen) > 3


async def test_what_a_killed_worker_staged_is_not_embedded_again(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server, count=60)
    await stack.request(kind="reindex")
    first = OtherModel(stack.embedder, patience=8)
    stopped = asyncio.create_task(_run(stack, stack.jobs, first))
    await until(lambda: _is_staged(stack, 8))
    stopped.cancel()
    await asyncio.wait([stopped])
    staged = await stack.count("staged_vector")
    assert await stack.rows("SELECT DISTINCT model FROM chunk_vector") == [{"model": "all-MiniLM-L6-v2"}]
    second = OtherModel(stack.embedder)
    await _run(stack, stack.jobs, second)
    hashes = (await stack.rows("SELECT count(DISTINCT content_hash) AS number FROM chunk"))[0]["number"]
    assert len(second.embedded) == len(set(second.embedded)) == hashes - staged
    assert await stack.rows("SELECT DISTINCT model FROM chunk_vector") == [{"model": "another-model"}]
    assert (await stack.rows("SELECT state FROM sync_job WHERE kind = 'reindex'")) == [{"state": "succeeded"}]
    await stack.assert_sound()
    assert await stack.count("staged_vector") == 0


async def test_a_cancelled_one_leaves_the_old_index(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server)
    before = await stack.rows("SELECT id, text FROM chunk ORDER BY id")
    sync_id = await stack.request(kind="reindex")
    running = asyncio.create_task(_run(stack, stack.jobs, OtherModel(stack.embedder, patience=8)))
    await until(lambda: _is_staged(stack, 1))
    for source_id in (2, 7):
        await stack.rows(
            "INSERT INTO staged_vector SELECT :id, model, content_hash, vector FROM staged_vector WHERE source_id = 1"
            " RETURNING source_id",
            id=source_id,
        )
    await clear_unwanted(stack.database)
    assert await stack.rows("SELECT DISTINCT source_id FROM staged_vector") == [{"source_id": 1}]
    await stack.cancel(sync_id)
    await running
    assert (await stack.run_of(sync_id)).state == "cancelled"
    assert await stack.rows("SELECT id, text FROM chunk ORDER BY id") == before
    await clear_unwanted(stack.database)
    assert await stack.count("staged_vector") == 0


async def test_the_switch_holds_up_neither_a_cancellation_nor_a_deletion(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server, count=5)
    before = await stack.rows("SELECT id, text FROM chunk ORDER BY id")
    for end in ("cancel", "delete"):
        sync_id = await stack.request(kind="reindex")
        async with stack.database.sessions() as session:
            await session.execute(text("SELECT id FROM document ORDER BY id LIMIT 1 FOR UPDATE"))
            running = asyncio.create_task(stack.runner().run(*await stack.claim()))
            await until(stack.waits_for_lock)
            began = time.monotonic()
            await (stack.cancel(sync_id) if end == "cancel" else stack.delete_source())
            await running
            assert time.monotonic() - began < 2
            await session.rollback()
        assert await stack.rows("SELECT id, text FROM chunk ORDER BY id") == before
    await DeletedSources(stack.database, stack.git).clear()
    assert await stack.count("chunk") == 0


async def test_a_worker_that_lost_its_job_switches_nothing(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server, count=5)
    await _make_stale(stack)
    await stack.request(kind="reindex")
    stack.options = RunnerOptions(policy=LOCAL, look_seconds=60)  # so that only the fence can tell
    async with stack.database.sessions() as session:
        await session.execute(text("SELECT id FROM document ORDER BY id LIMIT 1 FOR UPDATE"))
        running = asyncio.create_task(stack.runner().run(*await stack.claim()))
        await until(stack.waits_for_lock)
        await stack.rows("UPDATE sync_job SET fence = fence + 1 WHERE kind = 'reindex' RETURNING id")
        await session.rollback()
    await running
    state = (await stack.rows(STATE))[0]
    assert state["old"] == state["chunks"] == state["vectors"]


async def test_sections_that_are_cut_otherwise_are_told(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n\n## Goals\n\nMore.\n", "b.md": "# B\n\nText.\n"})
    await stack.sync(f"{server.url}/open/repository")
    await stack.rows("UPDATE section SET anchor = 'the-goals' WHERE anchor = 'goals' RETURNING id")
    await stack.reindex()
    changed = await stack.events("documents.document.changed")
    assert [(each["path"], each["change"], each["changed_anchors"]) for each in changed[2:]] == [
        ("a.md", "modified", ["the-goals"])
    ]
    assert await stack.rows("SELECT id FROM section WHERE anchor = 'goals'")


async def test_a_file_that_was_not_read_stays_as_it_is(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    stack.options = RunnerOptions(policy=LOCAL, limits=Limits(max_file_bytes=1000), look_seconds=0.05)
    repository.commit({"huge.md": "# Huge\n\n" + "word " * 1000, "a.md": "# A\n\nText.\n"})
    await stack.sync(f"{server.url}/open/repository")
    kept = await stack.rows(KEPT)
    run = await stack.reindex()
    assert (run.state, run.progress["files_failed"], run.progress["files_total"]) == ("succeeded", 1, 2)
    assert "larger than" in run.warnings["huge.md"]
    assert await stack.rows(KEPT) == kept


async def test_a_sync_waits_for_a_reindex_of_its_source(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request(kind="reindex")
    job, progress = await stack.claim()
    assert job.kind == "reindex"
    await stack.request()
    assert await stack.jobs.claim() is None
    await stack.jobs.finish(job, "succeeded", progress)
    assert (await stack.claim())[0].kind == "sync"


async def test_a_source_that_was_never_synced_has_nothing_to_reindex(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    run = await stack.reindex()
    assert (run.state, run.progress["files_total"], run.progress["commit_sha"]) == ("succeeded", 0, None)


async def test_a_sync_uses_what_an_unfinished_reindex_staged(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _synced(stack, repository, server, count=3)
    await stack.rows("""
        INSERT INTO staged_vector SELECT DISTINCT ON (content_hash) 1, model, content_hash, vector FROM chunk_vector
        ORDER BY content_hash RETURNING source_id
    """)
    await stack.rows("DELETE FROM document RETURNING id")
    run = await stack.sync()
    assert (run.state, run.progress["files_changed"], run.progress["chunks_embedded"]) == ("succeeded", 6, 0)


async def _run(stack: Stack, jobs: Jobs, embedder: OtherModel) -> None:
    claimed = await jobs.claim()
    assert claimed is not None
    await Runner(stack.database, jobs, stack.git, embedder, stack.options).run(*claimed)


async def _is_staged(stack: Stack, count: int) -> bool:
    return await stack.count("staged_vector") >= count
