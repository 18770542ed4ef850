"""The stage that the event tests share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from common.postgres_server import PostgresServer
from common.testing.event_world import World


@pytest_asyncio.fixture
async def world(postgres: PostgresServer) -> AsyncIterator[World]:
    """A world whose events go through Postgres."""
    made = World(postgres, None)
    yield made
    await made.close()
