"""Asking for syncs and cancelling them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from common.database import Database

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]


async def set_status(database: Database, sync_id: str, status: str) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE sync_run SET status = :status, finished_at = now() WHERE id = :id"),
            {"status": status, "id": UUID(sync_id)},
        )


async def test_a_run_has_the_promised_fields(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    await published()
    run = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
    assert UUID(run["id"]).version == 7
    counts = ("files_total", "files_done", "files_changed", "files_removed", "files_failed")
    assert run == dict.fromkeys((*counts, "chunks_total", "chunks_embedded"), 0) | {
        "id": run["id"],
        "project_id": 1,
        "source_id": 1,
        "kind": "sync",
        "trigger": "user",
        "status": "queued",
        "phase": "queued",
        "commit_sha": None,
        "warnings": [],
        "error_code": None,
        "error_detail": None,
        "requested_at": run["requested_at"],
        "started_at": None,
        "finished_at": None,
    }
    assert (await client.get(f"/api/syncs/{run['id']}")).json() == run
    assert (await client.get("/api/projects/1/syncs")).json() == {"items": [run], "next_cursor": None}
    assert (await client.get("/api/projects/1")).json()["sync_status"] == "queued"
    [(kind, subject, data)] = await published()
    assert (kind, subject) == ("projects.sync.requested.v1", "source/1")
    assert data == {
        "sync_id": run["id"],
        "source_id": 1,
        "project_id": 1,
        "requested_at": run["requested_at"],
        "kind": "sync",
    }


async def test_a_request_joins_the_run_that_waits_and_asks_again(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    await published()
    answers = await asyncio.gather(*(client.post(path) for path in ("/api/projects/1/sync", "/api/sources/1/sync") * 3))
    ids = {run["id"] for answer in answers for run in answer.json()["syncs"]}
    assert len(ids) == 1
    events = await published()
    assert [kind for kind, _, _ in events] == ["projects.sync.requested.v1"] * 6
    assert {data["sync_id"] for _, _, data in events} == ids


async def test_the_dashboard_shows_the_newest_ten_runs_of_all_projects(
    client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    assert (await client.get("/api/stats/projects")).json() == {"projects": 0, "recent_syncs": []}
    runs: list[Any] = []
    for number in range(1, 13):
        await create_project(f"Project {number}")
        runs += (await client.post(f"/api/projects/{number}/sync")).json()["syncs"]
    assert (await client.get("/api/stats/projects")).json() == {"projects": 12, "recent_syncs": runs[:1:-1]}


@pytest.mark.parametrize("status", ["running", "succeeded", "failed", "cancelled"])
async def test_a_run_that_does_not_wait_is_not_joined(
    status: str, client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    first = (await client.post("/api/sources/1/sync")).json()["syncs"][0]
    await set_status(database, first["id"], status)
    second = (await client.post("/api/sources/1/sync")).json()["syncs"][0]
    assert second["id"] != first["id"]
    runs = (await client.get("/api/projects/1/syncs", params={"limit": 1})).json()
    assert [run["id"] for run in runs["items"]] == [second["id"]]
    rest = (await client.get("/api/projects/1/syncs", params={"cursor": runs["next_cursor"]})).json()
    assert [run["id"] for run in rest["items"]] == [first["id"]]


async def test_a_project_sync_asks_for_each_source(client: httpx.AsyncClient, create_project: CreateProject) -> None:
    await create_project()
    await client.post("/api/projects/1/sources", json={"name": "second", "repo_url": "/srv/second"})
    waiting = (await client.post("/api/sources/2/sync")).json()["syncs"][0]
    runs = (await client.post("/api/projects/1/sync")).json()["syncs"]
    assert [run["source_id"] for run in runs] == [1, 2]
    assert runs[1]["id"] == waiting["id"]


async def test_cancelling_asks_documents(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    run = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
    await published()
    answer = await client.post(f"/api/syncs/{run['id']}/cancel")
    assert (answer.status_code, answer.json()) == (202, run)
    assert await published() == [
        (
            "projects.sync.cancel_requested.v1",
            "source/1",
            {"sync_id": run["id"], "source_id": 1, "project_id": 1},
        )
    ]


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_a_run_that_has_ended_cannot_be_cancelled(
    status: str, client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    run = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
    await set_status(database, run["id"], status)
    answer = await client.post(f"/api/syncs/{run['id']}/cancel")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "SYNC_NOT_RUNNING")


async def test_unknown_runs_are_not_found(client: httpx.AsyncClient) -> None:
    unknown = "0199f3a0-7c00-7000-8000-000000000001"
    for answer in (await client.get(f"/api/syncs/{unknown}"), await client.post(f"/api/syncs/{unknown}/cancel")):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "SYNC_NOT_FOUND")
    assert (await client.get("/api/syncs/x")).status_code == 422
    cursor = await client.get("/api/projects/1/syncs", params={"cursor": "WyJ4Il0"})
    assert (cursor.status_code, cursor.json()["error_code"]) == (422, "CURSOR_INVALID")


async def test_the_weightiest_source_speaks_for_the_project(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await client.post("/api/projects/1/sources", json={"name": "second", "repo_url": "/srv/second"})
    seen: list[str] = []
    for status in ("succeeded", "cancelled", "failed", "queued", "running"):
        # The second source never syncs; the first one's newer run outweighs its older ones.
        run = (await client.post("/api/sources/1/sync")).json()["syncs"][0]
        if status != "queued":
            await set_status(database, run["id"], status)
        seen.append((await client.get("/api/projects/1")).json()["sync_status"])
    assert seen == ["succeeded", "cancelled", "failed", "queued", "running"]
    await client.post("/api/sources/1/sync")
    assert (await client.get("/api/sources/1")).json()["sync_status"] == "running"
