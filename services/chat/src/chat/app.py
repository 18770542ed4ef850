"""The chat service's application."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from chat.answering import Answering
from chat.consumers import consumers
from chat.documents_client import DocumentsClient
from chat.events import PUBLISHED
from chat.models import SCHEMA
from chat.router import router
from chat.settings import Settings
from common.app import create_service_app
from common.database import Database, database_check
from common.events import EventRuntime, dead_letter_router, transport_from
from common.http_client import ServiceClient

SERVICE = "chat"


def create_app(settings: Settings) -> FastAPI:
    """The API with its relay, its consumers and the sweep of abandoned answers."""
    database = Database(settings.database_url.get_secret_value(), SCHEMA, settings.database_pool_size)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        client = ServiceClient("documents", settings.documents_url, deadline=settings.documents_timeout)
        documents = DocumentsClient(client)
        answering = Answering(database, documents, settings)
        events = EventRuntime(database, SERVICE, transport_from(settings, database), consumers)
        app.state.database = database
        app.state.documents = documents
        app.state.answering = answering
        await events.start()
        sweep = asyncio.create_task(answering.sweep(), name="sweep")
        yield
        sweep.cancel()
        with suppress(asyncio.CancelledError):
            await sweep
        await answering.close()
        await events.stop()
        await client.close()
        await database.close()

    return create_service_app(
        settings,
        service=SERVICE,
        title="BMADFlow chat",
        description="Conversations about a project's documents, answered with citations that were checked.",
        tags=[{"name": "chat", "description": "Conversations about a project's documents, answers with citations"}],
        routers=[router, dead_letter_router(SERVICE)],
        lifespan=lifespan,
        ready_checks={"database": database_check(database)},
        published=PUBLISHED,
        consumers=consumers,
    )


def create_app_from_env() -> FastAPI:
    """For uvicorn's `--factory`."""
    return create_app(Settings())  # pyright: ignore[reportCallIssue] - read from the environment
