"""Schedules: what is a time, and who is asked for when it comes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from common.database import Database
from projects.scheduler import Scheduler
from projects.schedules import check_schedule, next_time

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]
NOW = datetime(2026, 2, 28, 23, 59, 30, tzinfo=UTC)
_FIELD = st.text("0123456789*/,-LW#", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", "2026-03-01T00:00"),
        ("*/15 * * * *", "2026-03-01T00:00"),
        ("30 4 * * MON-FRI", "2026-03-02T04:30"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("59 23 * * *", "2026-03-01T23:59"),
    ],
)
def test_the_next_time_is_after_now_in_utc(schedule: str, expected: str) -> None:
    assert next_time(schedule, NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "word"),
    [
        ("* * * *", "five fields"),
        ("0 * * * * *", "five fields"),
        ("@daily  now or never", "five fields"),
        ("61 * * * *", "bad minute"),
        ("* * * * FOO", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 1 1 1#", "bad day-of-week"),
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(schedule: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        check_schedule(schedule)


@given(st.lists(_FIELD, min_size=5, max_size=5).map(" ".join))
def test_whatever_is_written_is_taken_or_refused(schedule: str) -> None:
    try:
        found = next_time(schedule, NOW)
    except ValueError:
        return
    assert found is None or (found > NOW and found.second == 0)


async def due(database: Database, *source_ids: int) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE source SET next_sync_at = now() - interval '3 days' WHERE id = ANY(:ids)"),
            {"ids": list(source_ids)},
        )


async def runs(client: httpx.AsyncClient, project_id: int = 1) -> list[tuple[int, str, str]]:
    items = (await client.get(f"/api/projects/{project_id}/syncs")).json()["items"]
    return [(run["source_id"], run["kind"], run["trigger"]) for run in items]


async def test_a_source_tells_its_schedule_and_next_time(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    payload = {"name": "second", "repo_url": "/srv/x", "schedule": "  0   4 * * * "}
    source = (await client.post("/api/projects/1/sources", json=payload)).json()
    assert (source["schedule"], source["next_sync_at"][10:]) == ("0 4 * * *", "T04:00:00.000Z")
    await published()
    assert (await client.patch("/api/sources/2", json={"schedule": "0 4 * * *"})).json() == source
    changed = (await client.patch("/api/sources/2", json={"schedule": "30 5 * * *"})).json()
    assert changed["next_sync_at"][10:] == "T05:30:00.000Z"
    ended = (await client.patch("/api/sources/2", json={"schedule": None})).json()
    assert (ended["schedule"], ended["next_sync_at"]) == (None, None)
    assert await published() == [], "schedules are nobody else's business"


@pytest.mark.parametrize(
    "schedule", ["* * * *", "@hourly", "0 0 30 2 *", "0 0 31 2,4 *", 300, "x" * 300, "* * * * \x00"]
)
async def test_a_bad_schedule_changes_nothing(
    schedule: Any, client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    await create_project()
    before = (await client.get("/api/sources/1")).json()
    for verb, path in (("POST", "/api/projects/1/sources"), ("PATCH", "/api/sources/1")):
        payload = {"name": "x", "repo_url": "/srv/x", "schedule": schedule}
        answer = await client.request(verb, path, json=payload)
        assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
        assert answer.json()["errors"][0]["loc"] == ["body", "schedule"]
    assert (await client.get("/api/projects/1/sources")).json()["items"] == [before]


async def test_what_is_due_is_asked_for_once_and_has_a_next_time(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, published: ReadPublished
) -> None:
    await create_project()
    await client.patch("/api/sources/1", json={"schedule": "* * * * *"})
    scheduler = Scheduler(database)
    assert await scheduler.step() is False, "its time is still to come"
    await due(database, 1)
    await published()
    assert await scheduler.step() is True
    assert await runs(client) == [(1, "sync", "schedule")]
    assert [(kind, data["kind"]) for kind, _, data in await published()] == [("projects.sync.requested.v1", "sync")]
    assert datetime.fromisoformat((await client.get("/api/sources/1")).json()["next_sync_at"]) > datetime.now(UTC)
    assert await scheduler.step() is False, "missed times are made up for once"


async def test_a_time_joins_a_sync_that_waits_already(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await client.patch("/api/sources/1", json={"schedule": "* * * * *"})
    await client.post("/api/sources/1/sync")
    await due(database, 1)
    assert await Scheduler(database).step() is True
    assert await runs(client) == [(1, "sync", "user")]


async def test_several_schedulers_share_the_work(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, published: ReadPublished
) -> None:
    for number in range(1, 7):
        await create_project(f"Project {number}")
        await client.patch(f"/api/sources/{number}", json={"schedule": "0 0 1 1 *"})
    await due(database, 1, 2, 3, 4, 5, 6)
    await published()

    async def work() -> int:
        scheduler = Scheduler(database)
        return [await scheduler.step() for _ in range(6)].count(True)

    assert sum(await asyncio.gather(*(work() for _ in range(3)))) >= 6
    assert [await runs(client, number) for number in range(1, 7)] == [
        [(number, "sync", "schedule")] for number in range(1, 7)
    ]
    asked = [(kind, data["source_id"]) for kind, _, data in await published()]
    assert sorted(asked) == [("projects.sync.requested.v1", number) for number in range(1, 7)]


async def test_a_project_that_is_being_written_to_holds_up_no_other(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    for number in (1, 2):
        await create_project(f"Project {number}")
        await client.patch(f"/api/sources/{number}", json={"schedule": "0 0 1 1 *"})
    await due(database, 1, 2)
    scheduler = Scheduler(database)
    async with database.transaction() as session:
        await session.execute(text("SELECT id FROM project WHERE id = 1 FOR NO KEY UPDATE"))
        async with asyncio.timeout(10):
            assert [await scheduler.step(), await scheduler.step()] == [True, False]
        assert (await runs(client, 1), len(await runs(client, 2))) == ([], 1)
    assert await scheduler.step() is True
    assert len(await runs(client, 1)) == 1


async def test_a_schedule_that_cannot_be_read_any_more_is_left_alone(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    async with database.transaction() as session:
        await session.execute(text("UPDATE source SET schedule = 'whenever', next_sync_at = now()"))
    scheduler = Scheduler(database)
    assert [await scheduler.step(), await scheduler.step()] == [True, False]
    assert (await client.get("/api/sources/1")).json()["next_sync_at"] is None


async def test_the_service_asks_by_itself(
    live_url: str, client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    assert live_url
    await create_project()
    await client.patch("/api/sources/1", json={"schedule": "0 0 1 1 *"})
    await due(database, 1)
    async with asyncio.timeout(15):
        while not await runs(client):
            await asyncio.sleep(0.05)
    assert await runs(client) == [(1, "sync", "schedule")]
