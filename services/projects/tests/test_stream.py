"""The event stream, through a real server."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from common.database import Database
from common.events import EventMeta
from projects.consumers import DocumentRemoved, document_removed
from projects.models import ProjectEvent
from projects.repository import ProjectEventRepository
from projects.stream import COMMENT, EventFeed

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
META = EventMeta(uuid4(), "documents.document.removed.v1", "document/1", 1, datetime.now(UTC), None)
EVENTS = "/api/projects/1/events"


@asynccontextmanager
async def watching(url: str, headers: dict[str, str]) -> AsyncGenerator[AsyncIterator[str]]:
    """The lines of a stream that is open."""
    async with (
        asyncio.timeout(15),
        httpx.AsyncClient(timeout=None) as client,
        client.stream("GET", f"{url}{EVENTS}", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        lines = answer.aiter_lines()
        assert await anext(lines) == COMMENT.decode().strip()
        yield lines


async def next_event(lines: AsyncIterator[str]) -> dict[str, str]:
    """The fields of the next event; comments are passed over."""
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            break
        else:
            fields.clear()
    return fields


async def append(database: Database, *paths: str) -> None:
    async with database.transaction() as session:
        for path in paths:
            await ProjectEventRepository(session).append(1, "document.changed", {"path": path})


async def test_what_happens_arrives_as_it_happens(
    live_url: str, client: httpx.AsyncClient, create_project: CreateProject, admin_headers: dict[str, str]
) -> None:
    await create_project()
    async with watching(live_url, admin_headers) as lines:
        run = (await client.post("/api/projects/1/sync")).json()["syncs"][0]
        received = await next_event(lines)
    assert (received["event"], json.loads(received["data"])) == ("sync.queued", run)
    assert received["id"].isdigit()


async def test_a_watcher_resumes_after_what_it_has_seen(
    live_url: str, database: Database, create_project: CreateProject, admin_headers: dict[str, str]
) -> None:
    await create_project()
    await append(database, "before.md")
    async with watching(live_url, admin_headers) as lines:
        await append(database, "a.md")
        seen = await next_event(lines)
    assert json.loads(seen["data"]) == {"path": "a.md"}
    # More than one batch, noted while nobody watched.
    missed = [f"{number}.md" for number in range(210)]
    await append(database, *missed)
    async with watching(live_url, admin_headers | {"Last-Event-ID": seen["id"]}) as lines:
        received = [await next_event(lines) for _ in missed]
    assert [json.loads(event["data"])["path"] for event in received] == missed
    ids = [int(event["id"]) for event in received]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("last_event_id", ["x", "-1", "", "9" * 30, "999999", "1.5", "²"])
async def test_a_bad_last_event_id_starts_at_now(
    last_event_id: str,
    live_url: str,
    database: Database,
    create_project: CreateProject,
    admin_headers: dict[str, str],
) -> None:
    await create_project()
    await append(database, "before.md")
    headers = {name: value.encode() for name, value in admin_headers.items()}
    headers["Last-Event-ID"] = last_event_id.encode("utf-8")
    async with watching(live_url, headers) as lines:  # pyright: ignore[reportArgumentType] - bytes carry what str may not
        await append(database, "after.md")
        assert json.loads((await next_event(lines))["data"]) == {"path": "after.md"}


async def test_the_stream_ends_with_the_project(
    live_url: str, client: httpx.AsyncClient, create_project: CreateProject, admin_headers: dict[str, str]
) -> None:
    await create_project()
    async with watching(live_url, admin_headers) as lines:
        await client.delete("/api/projects/1")
        assert [line async for line in lines if line] == []


@pytest.mark.parametrize("ends_by", ["deletion", "departure"])
async def test_a_stream_that_ended_leaves_nothing_behind(
    ends_by: str, live_url: str, client: httpx.AsyncClient, create_project: CreateProject, admin_headers: dict[str, str]
) -> None:
    await create_project()
    before, watchers = asyncio.all_tasks(), watching_now()
    async with watching(live_url, admin_headers) as lines:
        assert watching_now() == watchers + 1
        if ends_by == "deletion":
            await client.delete("/api/projects/1")
            assert [line async for line in lines if line] == []
    async with asyncio.timeout(10):
        while asyncio.all_tasks() - before or watching_now() != watchers:
            await asyncio.sleep(0.01)


async def test_a_project_that_went_before_its_watcher_came_ends_the_stream(database: Database) -> None:
    feed = EventFeed(database, poll_seconds=0.01)
    polling = asyncio.create_task(feed.poll())
    async with asyncio.timeout(10):
        assert [frame async for frame in feed.follow(1, 0)] == [COMMENT]
    polling.cancel()


def watching_now() -> float:
    return REGISTRY.get_sample_value("projects_event_watchers") or 0.0


async def test_another_projects_events_stay_there(
    live_url: str, client: httpx.AsyncClient, create_project: CreateProject, admin_headers: dict[str, str]
) -> None:
    await create_project("one")
    await create_project("two")
    async with watching(live_url, admin_headers) as lines:
        await client.post("/api/projects/2/sync")
        await client.post("/api/projects/1/sync")
        assert json.loads((await next_event(lines))["data"])["project_id"] == 1


async def test_an_unknown_project_has_no_stream(live_url: str, admin_headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(f"{live_url}{EVENTS}", headers=admin_headers)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


async def test_watchers_hold_no_connection(
    live_url: str, live_app: FastAPI, create_project: CreateProject, admin_headers: dict[str, str], database: Database
) -> None:
    await create_project()
    pool: Any = live_app.state.database.engine.pool
    streams = [watching(live_url, admin_headers) for _ in range(pool.size() * 3)]
    lines = await asyncio.gather(*(stream.__aenter__() for stream in streams))
    await append(database, "a.md")
    received = await asyncio.gather(*(next_event(each) for each in lines))
    assert {event["event"] for event in received} == {"document.changed"}
    for stream in streams:
        await stream.__aexit__(None, None, None)


async def first(feed: EventFeed, count: int) -> list[bytes]:
    stream = feed.follow(1, 0)
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


async def test_without_notifications_the_poll_finds_what_happened(
    database: Database, create_project: CreateProject
) -> None:
    await create_project()
    feed = EventFeed(database, poll_seconds=0.02, comment_seconds=60)
    polling = asyncio.create_task(feed.poll())
    received = asyncio.create_task(first(feed, 2))
    await asyncio.sleep(0)
    await append(database, "a.md")
    comment, event = await received
    polling.cancel()
    assert comment == COMMENT
    assert b'data: {"path": "a.md"}' in event


async def test_comments_keep_a_silent_stream_open(database: Database, create_project: CreateProject) -> None:
    await create_project()
    feed = EventFeed(database, comment_seconds=0.01)
    assert await first(feed, 4) == [COMMENT] * 4


async def test_a_committed_event_is_never_passed_over(database: Database, create_project: CreateProject) -> None:
    """Two writers at once: whoever notes first commits first, so no id shows up below one that was read."""
    await create_project()
    feed = EventFeed(database, poll_seconds=0.01)
    polling = asyncio.create_task(feed.poll())
    received = asyncio.create_task(first(feed, 41))

    async def write(writer: int) -> None:
        for number in range(10):
            removed = DocumentRemoved(document_id=1, project_id=1, source_id=1, path=f"{writer}-{number}.md")
            async with database.transaction() as session:
                await document_removed(session, removed, META)

    await asyncio.gather(*(write(writer) for writer in range(4)))
    frames = (await received)[1:]
    polling.cancel()
    assert len({frame.split(b"data: ")[1] for frame in frames}) == 40


async def test_what_is_older_than_a_day_is_forgotten(database: Database, create_project: CreateProject) -> None:
    await create_project()
    await append(database, "old.md", "new.md")
    async with database.transaction() as session:
        await session.execute(
            update(ProjectEvent)
            .where(ProjectEvent.data["path"].astext == "old.md")
            .values(created_at=datetime.now(UTC) - timedelta(hours=25))
        )
        await ProjectEventRepository(session).prune(24)
        left = await session.scalars(select(ProjectEvent.data["path"].astext))
        assert left.all() == ["new.md"]
