"""The worker as a process: events in, syncs done; killed and taken over; ended in peace."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from common.database import Database
from common.events.envelope import Envelope
from common.events.postgres import PostgresTransport
from common.testing.plugin import IdentityKeys
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack, many, until

DERIVED = ("document", "section", "chunk", "chunk_vector", "link", "asset", "document_version", "staged_vector")

StartWorker = Callable[[], AbstractContextManager["subprocess.Popen[bytes]"]]


@pytest.fixture
def start_worker(
    sync_database_url: str, identity_keys: IdentityKeys, tmp_path: Path, unused_tcp_port: int
) -> StartWorker:
    """Starts a worker process, and kills it if it still runs at the end of the block."""
    environment = {
        "PATH": os.environ["PATH"],
        "DOCUMENTS_DATABASE_URL": sync_database_url,
        "DOCUMENTS_IDENTITY_PUBLIC_KEY": identity_keys.public,
        "DOCUMENTS_PROJECTS_URL": "http://127.0.0.1:9",
        "DOCUMENTS_DATA_DIR": str(tmp_path / "data"),
        "DOCUMENTS_WORKER_PORT": str(unused_tcp_port),
        "BMADFLOW_ALLOW_LOCAL_SOURCES": "true",
    }

    @contextmanager
    def start() -> Generator["subprocess.Popen[bytes]"]:
        process = subprocess.Popen([sys.executable, "-m", "documents.worker"], env=environment)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    return start


@pytest_asyncio.fixture
async def client(unused_tcp_port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client:
        yield client


async def test_killed_worker_is_replaced_and_nothing_is_done_twice(
    stack: Stack, repository: GitRepository, server: GitHttpServer, start_worker: StartWorker
) -> None:
    repository.commit(many(60))
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    with start_worker() as worker:
        await until(stack.blobs)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    done = await stack.rows("SELECT id, path, updated_at FROM document")
    assert 0 < len(done) < 60
    await stack.assert_sound()
    # Only the lock that went with the worker tells that the job is left alone.
    await stack.rows("UPDATE sync_job SET lease_until = now() + interval '1 h' RETURNING id")
    with start_worker():
        await until(lambda: _was_claimed(stack, times=2), seconds=20)
        await until(lambda: _has_ended(stack), seconds=180)
    run = await stack.run_of(sync_id)
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert await stack.blobs() == repository.blobs()
    await stack.assert_sound()
    after = await stack.rows("SELECT id, path, updated_at FROM document")
    assert all(each in after for each in done)
    assert run.progress["files_changed"] == 60


async def test_two_workers_share_the_work(
    stack: Stack, repository: GitRepository, server: GitHttpServer, start_worker: StartWorker
) -> None:
    repository.commit(many(6))
    ids = []
    for source_id in range(1, 5):
        await stack.save_source(f"{server.url}/open/repository", source_id=source_id, project_id=source_id)
        ids.append(await stack.request(source_id))
    with start_worker(), start_worker():
        await until(lambda: _has_ended(stack))
    for source_id, sync_id in enumerate(ids, start=1):
        run = await stack.run_of(sync_id)
        assert (run.state, run.progress["files_changed"]) == ("succeeded", 6)
        assert await stack.blobs(source_id) == repository.blobs()
    assert await stack.rows("SELECT DISTINCT fence FROM sync_job") == [{"fence": 1}]


async def test_worker_ends_in_peace_and_gives_its_job_back(
    stack: Stack, repository: GitRepository, server: GitHttpServer, start_worker: StartWorker, client: httpx.AsyncClient
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.save_source(f"{server.url}/open/repository")
    await stack.request()
    server.released.clear()
    with start_worker() as worker:
        await until(lambda: _answers(client, "/api/health/ready"))
        await until(lambda: _is_running(client))
        worker.send_signal(signal.SIGTERM)
        await until(lambda: _is_over(worker))
        assert worker.returncode == 0
    assert (await stack.claim())[0].attempt == 1


async def test_local_copy_of_a_deleted_source_is_removed(
    stack: Stack, repository: GitRepository, server: GitHttpServer, start_worker: StartWorker
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.sync(f"{server.url}/open/repository")
    copy = stack.data / "git" / "1.git"
    assert copy.exists()
    await stack.delete_source()
    with start_worker():
        await until(lambda: _is_gone(copy))


async def test_killed_while_it_clears_a_deleted_source(stack: Stack, start_worker: StartWorker) -> None:
    ids = await stack.fill(1_000)
    await stack.delete_source()
    async with stack.database.sessions() as session:
        # The worker can't publish the removal of the 701st document while this transaction is open.
        blocked = "INSERT INTO outbox_sequence (aggregate_type, aggregate_id, value) VALUES ('document', :id, 1)"
        await session.execute(text(blocked), {"id": str(ids[700])})
        with start_worker() as worker:
            await until(lambda: _holds(stack, 400))
            await until(stack.waits_for_lock)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        await session.rollback()
    await until(lambda: _is_unlocked(stack, 400))
    with start_worker():
        await until(lambda: _holds(stack, 0))
    # Every removal was published once.
    published = await stack.rows("SELECT aggregate_id, value FROM outbox_sequence WHERE aggregate_type = 'document'")
    assert {row["aggregate_id"]: row["value"] for row in published} == {str(each): 1 for each in ids}
    assert await stack.count("chunk") == 0


async def test_running_worker_hears_of_a_deleted_source(
    stack: Stack, start_worker: StartWorker, client: httpx.AsyncClient
) -> None:
    with start_worker():
        await until(lambda: _answers(client, "/api/health/ready"))
        await stack.fill(3)
        await stack.delete_source()
        await until(lambda: _holds(stack, 0), seconds=20)  # without being told, it looks once a minute


async def test_running_worker_hears_that_a_remote_is_to_be_asked(
    stack: Stack, repository: GitRepository, server: GitHttpServer, start_worker: StartWorker, client: httpx.AsyncClient
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    with start_worker():
        await until(lambda: _answers(client, "/api/health/ready"))
        await stack.save_source(f"{server.url}/open/repository")
        await stack.request_check()
        await until(lambda: _knows_remote(stack, tip), seconds=20)  # without being told, it looks every half minute
        await until(lambda: _is_counted(client))


async def _knows_remote(stack: Stack, commit_sha: str) -> bool:
    return bool(await stack.rows("SELECT id FROM source WHERE remote_commit_sha = :sha", sha=commit_sha))


async def _is_counted(client: httpx.AsyncClient) -> bool:
    return 'bmadflow_head_checks_total{outcome="new"} 1.0' in (await client.get("/metrics")).text


async def _holds(stack: Stack, documents: int) -> bool:
    return await stack.count("document") == documents


async def _is_unlocked(stack: Stack, documents: int) -> bool:
    """Whether nobody is removing any of the documents; a killed worker's transaction ends a moment after it."""
    return len(await stack.rows("SELECT id FROM document FOR UPDATE SKIP LOCKED")) == documents


async def test_deletions_that_came_while_nobody_worked_leave_nothing(
    stack: Stack,
    repository: GitRepository,
    server: GitHttpServer,
    start_worker: StartWorker,
    sync_database_url: str,
) -> None:
    repository.commit({"a.md": "# A\n\n![Picture](a.svg), [b](b.md).\n", "a.svg": "<svg></svg>"})
    for source_id, project_id in ((1, 1), (2, 2)):
        await stack.sync(f"{server.url}/open/repository", source_id=source_id, project_id=project_id)
        repository.commit({"a.md": f"# A\n\n![Picture](a.svg), [b](b.md), {source_id}.\n"})
        await stack.sync(source_id=source_id)
        await stack.request(source_id, kind="reindex")
    await stack.rows("""
        INSERT INTO staged_vector SELECT c.source_id, v.model, v.content_hash, v.vector
        FROM chunk_vector v JOIN chunk c ON c.id = v.chunk_id RETURNING source_id
    """)
    filled = {table: await stack.count(table) for table in DERIVED}
    assert all(filled.values()), filled
    # What projects says meanwhile waits in the bus: the password of a test's role is like its name.
    projects = Database(sync_database_url.replace("documents", "projects"), "projects")
    told = (("source", "projects.source.deleted.v1", {"source_id": 1}), ("project", "projects.project.deleted.v1", {}))
    events = [
        Envelope(kind, "/projects", f"{aggregate}/{number}", 9, {"project_id": number, **data})
        for number, (aggregate, kind, data) in enumerate(told, start=1)
    ]
    await PostgresTransport(projects).publish(events)
    await projects.close()
    with start_worker():
        await until(lambda: _is_empty(stack))
        for source_id in (1, 2):
            await until(lambda source_id=source_id: _is_gone(stack.data / "git" / f"{source_id}.git"))
    assert not await stack.rows("SELECT id FROM sync_job WHERE state IN ('queued', 'running')")


async def _is_empty(stack: Stack) -> bool:
    return not any([await stack.count(table) for table in DERIVED])


async def _was_claimed(stack: Stack, times: int) -> bool:
    return bool(await stack.rows("SELECT id FROM sync_job WHERE fence = :times", times=times))


async def _has_ended(stack: Stack) -> bool:
    return not await stack.rows("SELECT id FROM sync_job WHERE state IN ('queued', 'running')")


async def _answers(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).status_code == 200
    except httpx.TransportError:
        return False


async def _is_running(client: httpx.AsyncClient) -> bool:
    return "bmadflow_syncs_running 1.0" in (await client.get("/metrics")).text


async def _is_over(worker: "subprocess.Popen[bytes]") -> bool:
    return worker.poll() is not None


async def _is_gone(folder: Path) -> bool:
    return not folder.exists()
