"""The stage of the chat tests: a real Postgres, the service on a port, a documents service that follows a script."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

# Test modules are imported by file (importlib mode), so their neighbours aren't found without this.
sys.path.insert(0, str(Path(__file__).parent))

from chat_stage import Scene, Stage

from common.testing.plugin import IdentityKeys, NewDatabase


@pytest_asyncio.fixture(scope="session")
async def stage(new_database: NewDatabase, identity_keys: IdentityKeys) -> AsyncIterator[Stage]:
    """Shared by all tests; each has a project and users of its own."""
    made = await Stage.open(await new_database(), identity_keys)
    yield made
    await made.close()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """A project nobody else uses, with no documents yet, and a user who may see it."""
    return stage.scene()
