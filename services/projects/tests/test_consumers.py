"""What documents reports: taken over once, in its order, and told to those who watch."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from common.database import Database
from common.events import EventMeta
from common.testing.contracts import assert_consumer_accepts
from projects.consumers import consumers

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
CONTRACTS = Path(__file__).parents[2] / "documents" / "contracts"
SYNC_KINDS = [f"sync.{word}" for word in ("started", "progressed", "succeeded", "failed", "cancelled")]
KINDS = [*SYNC_KINDS, "document.changed", "document.removed", "source.checked"]
COMMIT = "8d2c1f0e5b7a4c3d2e1f0a9b8c7d6e5f4a3b2c1d"


def snapshot(run: dict[str, Any], **fields: Any) -> dict[str, Any]:
    counts = ("files_total", "files_done", "files_changed", "files_removed", "files_failed")
    return (
        dict.fromkeys((*counts, "chunks_total", "chunks_embedded"), 0)
        | dict.fromkeys(("branch", "commit_sha", "commit_at", "error_code", "error_detail", "finished_at"))
        | {"sync_id": run["id"], "project_id": run["project_id"], "source_id": run["source_id"]}
        | {"phase": "indexing", "warnings": [], "started_at": "2026-05-04T09:31:00.000Z"}
        | fields
    )


async def deliver(database: Database, kind: str, sequence: int, data: dict[str, Any]) -> None:
    """Handle one event as the inbox worker does: validated, in a transaction of its own."""
    consumer = consumers.find(f"documents.{kind}.v1")
    assert consumer is not None
    meta = EventMeta(uuid4(), f"documents.{kind}.v1", "sync/x", sequence, datetime(2026, 5, 4, 12, tzinfo=UTC), None)
    async with database.transaction() as session:
        await consumer.handler(session, consumer.model.model_validate(data), meta)


async def noted(database: Database) -> list[tuple[str, dict[str, Any]]]:
    async with database.transaction() as session:
        rows = await session.execute(text("SELECT type, data FROM project_event ORDER BY id"))
        return [(row.type, row.data) for row in rows]


@pytest.fixture
async def run(client: httpx.AsyncClient, create_project: CreateProject) -> dict[str, Any]:
    await create_project()
    return (await client.post("/api/projects/1/sync")).json()["syncs"][0]


DONE = {
    "phase": "done",
    "branch": "trunk",
    "commit_sha": COMMIT,
    "commit_at": "2026-05-04T09:30:00.000Z",
    "files_total": 7,
    "files_done": 7,
    "files_failed": 1,
    "chunks_total": 20,
    "warnings": [{"path": "a.md", "message": "The file isn't valid UTF-8."}],
    "finished_at": "2026-05-04T09:32:00.000Z",
}


async def test_a_sync_is_followed_to_its_end(
    client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    await deliver(database, "sync.started", 1, snapshot(run, phase="fetching"))
    assert (await client.get("/api/projects/1")).json()["sync_status"] == "running"
    await deliver(database, "sync.progressed", 2, snapshot(run, files_total=7, files_done=3))
    assert (await client.get(f"/api/syncs/{run['id']}")).json()["files_done"] == 3
    await deliver(database, "sync.succeeded", 3, snapshot(run, **DONE))
    ended = (await client.get(f"/api/syncs/{run['id']}")).json()
    assert ended == run | {name: value for name, value in DONE.items() if name in run} | {
        "status": "succeeded",
        "started_at": "2026-05-04T09:31:00.000Z",
    }
    source = (await client.get("/api/sources/1")).json()
    assert (source["last_commit_sha"], source["last_commit_at"]) == (COMMIT, DONE["commit_at"])
    assert (source["last_synced_at"], source["sync_status"], source["branch"]) == (
        DONE["finished_at"],
        "succeeded",
        "trunk",
    )
    project = (await client.get("/api/projects/1")).json()
    assert (project["last_synced_at"], project["sync_status"]) == (DONE["finished_at"], "succeeded")
    events = await noted(database)
    assert [kind for kind, _ in events] == ["sync.queued", "sync.started", "sync.progressed", "sync.succeeded"]
    assert events[-1][1] == ended


async def test_a_failed_sync_says_why_and_leaves_what_was_synced(
    client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    await deliver(database, "sync.succeeded", 1, snapshot(run, **DONE))
    later = (await client.post("/api/sources/1/sync")).json()["syncs"][0]
    failure = {"error_code": "BRANCH_NOT_FOUND", "error_detail": "There is no branch 'x'.", "commit_sha": None}
    await deliver(database, "sync.failed", 1, snapshot(later, **failure))
    failed = (await client.get(f"/api/syncs/{later['id']}")).json()
    assert (failed["status"], failed["error_code"]) == ("failed", "BRANCH_NOT_FOUND")
    assert failed["finished_at"] == "2026-05-04T12:00:00.000Z", "the event's own time where the report has none"
    source = (await client.get("/api/sources/1")).json()
    assert (source["sync_status"], source["last_commit_sha"], source["last_synced_at"]) == (
        "failed",
        COMMIT,
        DONE["finished_at"],
    )


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1, 2])))
async def test_reports_in_any_order_and_twice_end_alike(
    order: tuple[int, ...], client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    reports = [
        ("sync.started", 1, snapshot(run)),
        ("sync.progressed", 2, snapshot(run, files_done=3)),
        ("sync.succeeded", 3, snapshot(run, **DONE)),
    ]
    for index in (*order, *order):
        await deliver(database, *reports[index])
    ended = (await client.get(f"/api/syncs/{run['id']}")).json()
    assert (ended["status"], ended["files_done"]) == ("succeeded", 7)
    kinds = [kind for kind, _ in await noted(database)]
    assert kinds.count("sync.succeeded") == 1
    assert kinds[-1] == "sync.succeeded"


async def test_of_two_runs_the_one_that_ended_last_tells_the_commit(
    client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    await deliver(database, "sync.started", 1, snapshot(run))
    second = (await client.post("/api/sources/1/sync")).json()["syncs"][0]
    newer = DONE | {"commit_sha": "b" * 40, "finished_at": "2026-05-04T09:40:00.000Z"}
    await deliver(database, "sync.succeeded", 1, snapshot(second, **newer))
    await deliver(database, "sync.succeeded", 2, snapshot(run, **DONE))
    source = (await client.get("/api/sources/1")).json()
    assert (source["last_commit_sha"], source["last_synced_at"]) == ("b" * 40, newer["finished_at"])


async def test_a_run_that_is_wanted_again_runs_again(
    client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    await deliver(database, "sync.cancelled", 1, snapshot(run, finished_at="2026-05-04T09:32:00.000Z"))
    await deliver(database, "sync.started", 2, snapshot(run))
    again = (await client.get(f"/api/syncs/{run['id']}")).json()
    assert (again["status"], again["finished_at"]) == ("running", None)


async def test_the_users_branch_is_not_overwritten(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/api/projects", json={"name": "Shop", "repo_url": "/srv/x", "branch": "main"})
    run = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
    await deliver(database, "sync.succeeded", 1, snapshot(run, **DONE))
    assert (await client.get("/api/sources/1")).json()["branch"] == "main"
    await client.patch("/api/sources/1", json={"branch": None})
    assert (await client.get("/api/sources/1")).json()["branch"] is None


async def test_reports_about_what_is_deleted_have_no_effect(
    client: httpx.AsyncClient, database: Database, run: dict[str, Any]
) -> None:
    await deliver(database, "sync.started", 1, snapshot(run) | {"sync_id": str(UUID(int=7))})
    await client.delete("/api/sources/1")
    await deliver(database, "sync.succeeded", 2, snapshot(run, **DONE))
    assert (await client.get("/api/projects/1")).json()["sync_status"] == "never"
    await client.delete("/api/projects/1")
    await deliver(database, "sync.succeeded", 3, snapshot(run, **DONE))
    await deliver(database, "document.removed", 1, {"document_id": 1, "project_id": 1, "source_id": 1, "path": "a.md"})
    assert await noted(database) == []


async def test_documents_are_told_to_those_who_watch(database: Database, create_project: CreateProject) -> None:
    await create_project()
    removed = {"document_id": 7, "project_id": 1, "source_id": 1, "path": "docs/a.md"}
    changed = removed | {"title": "A", "kind": "doc", "change": "added"}
    await deliver(database, "document.changed", 1, changed | {"blob_sha": "x"})
    await deliver(database, "document.removed", 2, removed)
    assert await noted(database) == [("document.changed", changed), ("document.removed", removed)]


@pytest.mark.parametrize("kind", KINDS)
def test_our_models_fit_what_documents_promises(kind: str) -> None:
    consumer = consumers.find(f"documents.{kind}.v1")
    assert consumer is not None
    assert_consumer_accepts(consumer.model, CONTRACTS / f"documents.{kind}.v1.json")


def test_nothing_else_is_listened_to() -> None:
    assert consumers.patterns() == sorted(f"documents.{kind}.*" for kind in KINDS)
