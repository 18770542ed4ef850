"""The application of the projects service."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from common.app import create_service_app
from common.database import Database, database_check
from common.events import EventRuntime, dead_letter_router, transport_from
from common.sealing import SealingKeys
from projects import internal_router, router, source_router, sync_router, webhook_router
from projects.background import Background, Job
from projects.consumers import consumers
from projects.events import PUBLISHED
from projects.housekeeping import RunHistory
from projects.models import SCHEMA
from projects.resealing import Resealing
from projects.scheduler import Scheduler
from projects.settings import Settings
from projects.stream import EventFeed

DESCRIPTION = "Projects, the git repositories that hold their documents, and their syncs."
TAGS = [{"name": "projects", "description": "Projects, their sources and their sync runs"}]


def create_app(settings: Settings) -> FastAPI:
    """The service; it starts although the database or the broker is down, and is ready once the database answers."""
    keys = SealingKeys.parse(settings.sealing_keys.get_secret_value()) if settings.sealing_keys else None
    database = Database(settings.database_url.get_secret_value(), SCHEMA, settings.database_pool_size)
    events = EventRuntime(database, SCHEMA, transport_from(settings, database), consumers)
    feed = EventFeed(database)
    jobs: list[Job] = [Scheduler(database).run, RunHistory(database).run]
    if keys is not None:
        jobs.append(Resealing(database, keys).run)
    background = Background(*jobs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await events.start()
        await feed.start()
        await background.start()
        yield
        await background.stop()
        await feed.stop()
        await events.stop()
        await database.close()

    app = create_service_app(
        settings,
        service=SCHEMA,
        title="BMADFlow projects API",
        description=DESCRIPTION,
        tags=TAGS,
        routers=[
            router.router,
            source_router.router,
            sync_router.router,
            webhook_router.router,
            internal_router.router,
            dead_letter_router(SCHEMA),
        ],
        lifespan=lifespan,
        ready_checks={"database": database_check(database)},
        published=PUBLISHED,
        consumers=consumers,
    )
    app.state.database = database
    app.state.event_feed = feed
    app.state.sealing_keys = keys
    return app


def create_app_from_env() -> FastAPI:
    """For `uvicorn --factory`: settings from the environment."""
    # pydantic-settings reads the required fields from the environment, which a type checker can't see.
    return create_app(Settings())  # pyright: ignore[reportCallIssue]
