"""What the remote has: asking for it, taking it over, and what another address makes of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from common.database import Database
from common.events import EventMeta
from projects.consumers import consumers

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]
OLD, NEW = "a" * 40, "b" * 40
REMOTE = ("remote_commit_sha", "remote_checked_at", "remote_error_code", "remote_error_detail", "is_behind")
UNKNOWN = dict(zip(REMOTE, (None, None, None, None, False), strict=True))


async def deliver(database: Database, kind: str, sequence: int, data: dict[str, Any]) -> None:
    consumer = consumers.find(f"documents.{kind}.v1")
    assert consumer is not None
    meta = EventMeta(uuid4(), f"documents.{kind}.v1", "source/1", sequence, datetime.now(UTC), None)
    async with database.transaction() as session:
        await consumer.handler(session, consumer.model.model_validate(data), meta)


async def checked(database: Database, sequence: int, sha: str | None, minute: int, **fields: Any) -> None:
    at = f"2026-05-04T09:{minute:02}:00.000Z"
    data = {"source_id": 1, "project_id": 1, "remote_commit_sha": sha, "checked_at": at}
    await deliver(database, "source.checked", sequence, data | {"error_code": None, "error_detail": None} | fields)


async def synced(
    client: httpx.AsyncClient, database: Database, sha: str, minute: int, path: str = "sync", *, asked: str | None = ""
) -> None:
    """One run of source 1 that succeeds; the remote was asked at its end, at `asked`, or is known better (None)."""
    run = (await client.post(f"/api/sources/1/{path}")).json()["syncs"][0]
    counts = ("files_total", "files_done", "files_changed", "files_removed", "files_failed", "chunks_total")
    report = dict.fromkeys((*counts, "chunks_embedded"), 0) | {
        **{"sync_id": run["id"], "project_id": 1, "source_id": 1, "phase": "done", "branch": "main"},
        **{"commit_sha": sha, "commit_at": "2026-05-04T09:00:00Z", "warnings": [], "error_code": None},
        **{"error_detail": None, "started_at": "2026-05-04T09:00:00Z"},
        "finished_at": f"2026-05-04T09:{minute:02}:00.000Z",
        "remote_checked_at": f"2026-05-04T09:{minute:02}:00.000Z" if asked == "" else asked,
    }
    await deliver(database, "sync.succeeded", 1, report)


async def remote(client: httpx.AsyncClient) -> dict[str, Any]:
    source = (await client.get("/api/sources/1")).json()
    return {name: source[name] for name in REMOTE}


async def noted(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        query = text("SELECT data FROM project_event WHERE type = 'source.checked' ORDER BY id")
        return list((await session.scalars(query)).all())


async def test_a_check_is_asked_for(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    await published()
    answer = await client.post("/api/sources/1/check")
    assert (answer.status_code, answer.json()) == (202, {"message": "Check started", "source_id": 1})
    asked = ("projects.source.check_requested.v1", "source/1", {"source_id": 1, "project_id": 1})
    assert await published() == [asked]
    assert (await client.post("/api/sources/9/check")).status_code == 404
    assert await published() == []


async def test_what_a_check_found_is_told(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await checked(database, 1, NEW, 1)
    assert (await remote(client))["is_behind"] is False, "nothing was synced that could be behind"
    await synced(client, database, OLD, 2)
    found = await remote(client)
    assert (found["remote_commit_sha"], found["is_behind"]) == (OLD, False)
    await checked(database, 2, NEW, 3)
    found = await remote(client)
    assert found == UNKNOWN | {
        "remote_commit_sha": NEW,
        "remote_checked_at": "2026-05-04T09:03:00.000Z",
        "is_behind": True,
    }
    events = await noted(database)
    assert len(events) == 2
    assert events[-1] == (await client.get("/api/sources/1")).json()


async def test_a_check_that_failed_says_why_until_one_succeeds(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await checked(database, 1, OLD, 1)
    failure = {"error_code": "AUTHENTICATION_FAILED", "error_detail": "The server wants a credential."}
    await checked(database, 2, OLD, 2, **failure)
    found = await remote(client)
    assert (found["remote_commit_sha"], found["remote_error_code"]) == (OLD, failure["error_code"])
    assert found["remote_error_detail"] == failure["error_detail"]
    await synced(client, database, NEW, 3)
    found = await remote(client)
    assert found == UNKNOWN | {"remote_commit_sha": NEW, "remote_checked_at": "2026-05-04T09:03:00.000Z"}


async def test_older_reports_have_no_effect(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await checked(database, 2, NEW, 2)
    before = await remote(client)
    await checked(database, 1, OLD, 1)
    await checked(database, 2, OLD, 2)
    assert await remote(client) == before
    await synced(client, database, NEW, 5)
    await checked(database, 3, OLD, 4)
    assert (await remote(client))["remote_commit_sha"] == NEW, "the sync was later than the check"
    assert len(await noted(database)) == 1


@pytest.mark.parametrize("asked", [None, "2026-05-04T09:01:59.000Z"])
async def test_a_sync_does_not_hide_what_a_check_saw_meanwhile(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, asked: str | None
) -> None:
    await create_project()
    await checked(database, 1, NEW, 2)
    await synced(client, database, OLD, 5, asked=asked)
    found = await remote(client)
    assert (found["remote_commit_sha"], found["is_behind"]) == (NEW, True)


async def test_what_was_seen_of_another_remote_is_not_taken(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await client.patch("/api/sources/1", json={"branch": "next"})
    await synced(client, database, OLD, 5)
    await checked(database, 1, NEW, 6)
    assert await remote(client) == UNKNOWN
    await synced(client, database, OLD, 7, asked="2126-05-04T09:00:00.000Z")
    assert (await remote(client))["remote_commit_sha"] == OLD


async def test_a_check_of_what_is_deleted_has_no_effect(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await client.delete("/api/sources/1")
    await checked(database, 1, NEW, 1)
    await client.delete("/api/projects/1")
    await checked(database, 2, NEW, 2)
    assert await noted(database) == []


@pytest.mark.parametrize(
    ("payload", "is_another"),
    [
        ({"repo_url": "https://github.com/acme/other.git"}, True),
        ({"branch": "next"}, True),
        ({"credential": "token"}, True),
        ({"name": "handbook", "docs_path": "docs", "schedule": "0 4 * * *"}, False),
    ],
)
async def test_of_another_remote_nothing_is_known(
    payload: dict[str, Any],
    is_another: bool,
    client: httpx.AsyncClient,
    create_project: CreateProject,
    database: Database,
    published: ReadPublished,
) -> None:
    await create_project()
    await synced(client, database, OLD, 1)
    await checked(database, 1, NEW, 2)
    before = await remote(client)
    await published()
    changed = (await client.patch("/api/sources/1", json=payload)).json()
    assert await remote(client) == (UNKNOWN if is_another else before)
    kinds = [kind for kind, _, _ in await published()]
    assert kinds[0] == "projects.source.updated.v1"
    assert ("projects.source.check_requested.v1" in kinds) is is_another
    expected = {"repo_url": None, "branch": "next"}.get(next(iter(payload)), "main")
    assert changed["branch"] == expected, "another repository may have another default branch"


async def test_a_re_index_runs_beside_a_sync_and_says_nothing_of_the_remote(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, published: ReadPublished
) -> None:
    await create_project()
    await synced(client, database, OLD, 1)
    await checked(database, 1, NEW, 2)
    before = (await client.get("/api/sources/1")).json()
    await published()
    answer = await client.post("/api/sources/1/reindex")
    assert (answer.status_code, answer.json()["message"]) == (202, "Re-index started")
    [run] = answer.json()["syncs"]
    assert (run["kind"], run["trigger"]) == ("reindex", "user")
    whole = (await client.post("/api/projects/1/reindex")).json()
    assert [one["id"] for one in whole["syncs"]] == [run["id"]], "joined"
    sync = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
    assert (sync["kind"], sync["id"] != run["id"]) == ("sync", True)
    requested = [(data["sync_id"], data["kind"]) for _, _, data in await published()]
    assert requested == [(run["id"], "reindex"), (run["id"], "reindex"), (sync["id"], "sync")]
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM sync_run WHERE kind = 'sync' AND status = 'queued'"))
    await synced(client, database, OLD, 9, "reindex")
    assert (await client.get("/api/sources/1")).json() == before


async def test_how_a_re_index_ended_is_told_by_its_run_alone(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await synced(client, database, OLD, 1)
    await client.post("/api/sources/1/reindex")
    assert (await client.get("/api/sources/1")).json()["sync_status"] == "queued"
    async with database.transaction() as session:
        await session.execute(text("UPDATE sync_run SET status = 'failed', finished_at = now() WHERE kind = 'reindex'"))
    assert (await client.get("/api/sources/1")).json()["sync_status"] == "succeeded"
    assert (await client.get("/api/projects/1/syncs")).json()["items"][0]["status"] == "failed"


async def test_a_project_without_sources_cannot_be_re_indexed(
    client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    await create_project()
    await client.delete("/api/sources/1")
    answer = await client.post("/api/projects/1/reindex")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "PROJECT_HAS_NO_SOURCE")
