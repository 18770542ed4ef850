"""The documents service's API. Relay, consumers and sync jobs run in `documents.worker`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from common.app import create_service_app
from common.database import Database, database_check
from common.events import dead_letter_router
from common.http_client import ServiceClient
from documents.consumers import consumers
from documents.embedding.configured import configured_embedder
from documents.embedding.process import EmbeddingProcess
from documents.embedding.remote import HURRIED
from documents.events import PUBLISHED
from documents.models import SCHEMA
from documents.router import router as documents_router
from documents.search.reranking import Reranker
from documents.search.router import router as search_router
from documents.search.service import Searcher
from documents.settings import Settings

_TAGS = [{"name": "documents", "description": "Documents of a project: the tree, their text and HTML, and search."}]


def create_app(settings: Settings) -> FastAPI:
    """The application; it opens no connection before it starts."""
    database = Database(settings.database_url.get_secret_value(), SCHEMA, settings.database_pool_size)

    projects = ServiceClient("projects", settings.projects_url, deadline=5.0)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # The model's process starts with the first query that needs it and ends when idle.
        embedder = configured_embedder(settings, HURRIED)
        # What was embedded before another model was configured is found by the bundled one until it is embedded anew.
        former = None if settings.embedding_provider == "bundled" else EmbeddingProcess()
        app.state.database = database
        app.state.projects = projects
        # The bundled model reads the best passages once more; what another one thinks of them it needn't know better.
        reranker = Reranker(embedder, settings.search_reranked) if isinstance(embedder, EmbeddingProcess) else None
        app.state.searcher = Searcher(database, embedder, former, reranker=reranker)
        yield
        await embedder.close()
        if former:
            await former.close()
        await projects.close()
        await database.close()

    return create_service_app(
        settings,
        service=SCHEMA,
        title="BMADFlow documents API",
        description="The documents of BMAD Method projects: browse, read, search.",
        tags=_TAGS,
        routers=[documents_router, search_router, dead_letter_router(SCHEMA)],
        lifespan=lifespan,
        published=PUBLISHED,
        consumers=consumers,
        ready_checks={"database": database_check(database)},
    )


def create_app_from_env() -> FastAPI:
    """For `uvicorn --factory`: settings from `DOCUMENTS_…`."""
    return create_app(Settings())  # pyright: ignore[reportCallIssue] - read from the environment
