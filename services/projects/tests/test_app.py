"""The service as a process runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from common.database import Database
from projects.app import create_app_from_env
from projects.events import PUBLISHED
from projects.settings import Settings

CreateProject = Callable[..., Awaitable[dict[str, Any]]]


async def test_it_is_ready_and_sends_what_it_publishes(
    live_url: str, database: Database, create_project: CreateProject
) -> None:
    await create_project()
    async with httpx.AsyncClient(base_url=live_url, timeout=30) as client:
        for path in ("/api/health/live", "/api/health/ready"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["service"]) == (200, "projects")
        assert "projects_event_watchers" in (await client.get("/metrics")).text
    async with asyncio.timeout(15):
        while await waiting(database):
            await asyncio.sleep(0.02)


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        return (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one()


def test_settings_come_from_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROJECTS_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("PROJECTS_IDENTITY_PUBLIC_KEY", settings.identity_public_key)
    assert create_app_from_env().state.database.schema == "projects"


def test_every_published_type_is_this_services_and_named_once() -> None:
    types = [fact.type for fact in PUBLISHED]
    assert len(set(types)) == len(types) == 9
    assert all(name.startswith("projects.") for name in types)
