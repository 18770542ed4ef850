"""Jobs: claimed once, fenced, cancelled, wanted again, taken over, fair between projects."""

import asyncio
import time

import pytest
from prometheus_client import REGISTRY

from documents.sync.jobs import MAX_ATTEMPTS, FencedOut
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack, many, until


async def _types(stack: Stack) -> list[str]:
    return [event["type"].split(".")[2] for event in await stack.events("documents.sync")]


async def test_request_twice_is_one_job(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    sync_id = await stack.request()
    await stack.request(sync_id=sync_id)
    await stack.claim()
    assert await stack.jobs.claim() is None


async def test_running_and_queued_job_of_one_source_go_one_after_the_other(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    job, progress = await stack.claim()
    await stack.request()
    assert await stack.jobs.claim() is None
    await stack.jobs.finish(job, "succeeded", progress)
    assert (await stack.claim())[0].id != job.id


async def test_claims_at_the_same_time_get_different_jobs(stack: Stack) -> None:
    for source_id in range(1, 6):
        await stack.save_source("/nowhere", source_id=source_id, project_id=source_id)
        await stack.request(source_id)
    claimed = await asyncio.gather(*(stack.jobs.claim() for _ in range(8)))
    sources = [each[0].source_id for each in claimed if each]
    assert sorted(sources) == [1, 2, 3, 4, 5]


async def test_a_project_with_much_to_do_leaves_room_for_others(stack: Stack) -> None:
    for source_id, project_id in ((1, 1), (2, 1), (3, 2)):
        await stack.save_source("/nowhere", source_id=source_id, project_id=project_id)
        await stack.request(source_id)
    assert [(await stack.claim())[0].source_id for _ in range(2)] == [1, 3]
    assert await stack.jobs.claim() is None


async def test_wanted_again_runs_once_more_before_it_ends(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    server.released.clear()
    running = asyncio.create_task(stack.runner().run(*await stack.claim()))
    await until(lambda: _is_asked(server))
    repository.commit({"b.md": "# B\n\nText.\n"})
    await stack.request(sync_id=sync_id)
    finished = _finished("succeeded")
    server.released.set()
    await running
    assert _finished("succeeded") == finished + 1
    assert await stack.blobs() == repository.blobs()
    ended = [each for each in await _types(stack) if each != "progressed"]
    assert ended == ["started", "succeeded"]


def _finished(outcome: str) -> float:
    return REGISTRY.get_sample_value("bmadflow_syncs_finished_total", {"outcome": outcome}) or 0.0


async def _is_asked(server: GitHttpServer) -> bool:
    return any("info/refs" in request for request in server.requests)


async def test_a_request_after_a_cancellation_counts(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    server.released.clear()
    job, progress = await stack.claim()
    running = asyncio.create_task(stack.runner().run(job, progress))
    await until(lambda: _is_asked(server))
    await stack.cancel(sync_id)
    await stack.request(sync_id=sync_id)
    await stack.jobs.look(job)  # nobody wants it to stop any more
    server.released.set()
    await running
    assert (await stack.run_of(sync_id)).state == "succeeded"
    assert await stack.blobs() == repository.blobs()


async def test_a_job_that_has_stopped_for_a_cancellation_runs_once_more_if_wanted(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    sync_id = await stack.request()
    job, progress = await stack.claim()
    await stack.cancel(sync_id)
    await stack.request(sync_id=sync_id)
    assert not await stack.jobs.finish(job, "cancelled", progress)
    assert (await stack.run_of(sync_id)).state == "running"
    await stack.cancel(sync_id)
    await stack.request(sync_id=sync_id)
    await stack.cancel(sync_id)
    assert await stack.jobs.finish(job, "cancelled", progress)  # the last word counts
    assert await _types(stack) == ["started", "cancelled"]


async def test_finished_job_that_is_asked_for_again_starts_anew(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    sync_id = await stack.request()
    job, progress = await stack.claim()
    await stack.jobs.finish(job, "cancelled", progress)
    await stack.request(sync_id=sync_id)
    again, _ = await stack.claim()
    assert (again.id, again.attempt) == (sync_id, 1)
    assert await _types(stack) == ["started", "cancelled", "started"]


async def test_queued_job_is_cancelled_at_once(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    sync_id = await stack.request()
    await stack.cancel(sync_id)
    assert (await stack.run_of(sync_id)).state == "cancelled"
    assert await _types(stack) == ["cancelled"]
    assert await stack.jobs.claim() is None


async def test_cancel_during_the_fetch_kills_git(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    server.released.clear()
    running = asyncio.create_task(stack.runner().run(*await stack.claim()))
    await until(lambda: _is_asked(server))
    cancelled_at = time.monotonic()
    await stack.cancel(sync_id)
    await running
    assert time.monotonic() - cancelled_at < 2
    assert (await stack.run_of(sync_id)).state == "cancelled"


async def test_cancel_keeps_the_documents_that_are_done(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit(many(60))
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    running = asyncio.create_task(stack.runner().run(*await stack.claim()))
    await until(stack.blobs)
    await stack.cancel(sync_id)
    await running
    assert (await stack.run_of(sync_id)).state == "cancelled"
    blobs = await stack.blobs()
    assert 0 < len(blobs) < 60
    assert blobs.items() <= repository.blobs().items()
    await stack.assert_sound()
    counted = (await stack.run_of(sync_id)).progress
    stored = {"files_total": len(blobs), "files_changed": len(blobs), "chunks_total": await stack.count("chunk")}
    assert {name: counted[name] for name in stored} == stored
    assert (await stack.sync()).state == "succeeded"
    assert await stack.blobs() == repository.blobs()
    changed = await stack.events("documents.document.changed")
    assert len(changed) == 60  # none was done twice


async def test_worker_that_lost_its_job_stores_nothing(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.save_source(f"{server.url}/open/repository")
    sync_id = await stack.request()
    old = await stack.claim()
    await stack.rows("UPDATE sync_job SET lease_until = now() - interval '1 s' RETURNING id")
    new = await stack.claim()
    await stack.runner().run(*old)
    assert not await stack.blobs()
    with pytest.raises(FencedOut):
        await stack.jobs.finish(old[0], "succeeded", old[1])
    await stack.runner().run(*new)
    assert (await stack.run_of(sync_id)).state == "succeeded"
    assert [each for each in await _types(stack) if each != "progressed"] == ["started", "succeeded"]


async def test_job_that_never_gets_on_fails_after_a_few_attempts(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    sync_id = await stack.request()
    for _ in range(MAX_ATTEMPTS):
        await stack.claim()
        await stack.rows("UPDATE sync_job SET lease_until = now() - interval '1 s' RETURNING id")
    await stack.runner().run(*await stack.claim())
    run = await stack.run_of(sync_id)
    assert (run.state, run.error_code) == ("failed", "SYNC_INTERRUPTED")


async def test_stopping_worker_gives_the_job_back(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.save_source(f"{server.url}/open/repository")
    await stack.request()
    server.released.clear()
    running = asyncio.create_task(stack.runner().run(*await stack.claim()))
    await until(lambda: _is_asked(server))
    running.cancel()
    await asyncio.wait([running])
    server.released.set()
    job, progress = await stack.claim()
    assert job.attempt == 1
    await stack.runner().run(job, progress)
    assert await stack.blobs() == repository.blobs()


async def test_older_source_event_has_no_effect(stack: Stack) -> None:
    await stack.save_source("https://example.org/new", branch="b")
    stack.sequence = 0
    await stack.save_source("https://example.org/old")
    assert await stack.rows("SELECT repo_url, branch FROM source") == [
        {"repo_url": "https://example.org/new", "branch": "b"}
    ]
