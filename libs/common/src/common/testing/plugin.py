"""Fixtures for the tests of every service: a real Postgres, fresh databases, identities.

Loaded for the whole repository by `-p common.testing.plugin`.
"""

import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from common.bootstrap import bootstrap
from common.identity import HEADER, Identity, TokenSigner, generate_key_pair
from common.postgres_server import PostgresServer
from common.testing.rabbit_fixtures import rabbitmq, rabbitmq_url

__all__ = ["rabbitmq", "rabbitmq_url"]

SERVICES = ("projects", "documents", "chat", "gateway")
PASSWORDS = {service: f"test-{service}" for service in SERVICES}
LOCAL_ADMIN = Identity(user_id="local", name="Local administrator", is_admin=True, projects=None)


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A fresh database with the roles and schemas of all services, and the bus."""

    __test__ = False

    server: PostgresServer
    name: str

    def url(self, service: str) -> str:
        """The address a service uses: its own role."""
        return self.server.url(f"bmadflow_{service}", PASSWORDS[service], self.name)

    @property
    def admin_dsn(self) -> str:
        """The superuser's address, in libpq's form."""
        return self.server.admin_dsn.replace("/postgres?", f"/{self.name}?")


NewDatabase = Callable[[], Awaitable[TestDatabase]]


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """One server for all tests of the run."""
    # Not below pytest's own folder: as root, the account that runs Postgres couldn't reach it there.
    with tempfile.TemporaryDirectory(prefix="bmadflow-test-") as folder:
        Path(folder).chmod(0o755)
        options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
        server = PostgresServer(Path(folder) / "postgres", options=options)
        await server.start()
        yield server
        await server.stop()


@pytest.fixture(scope="session")
def new_database(postgres: PostgresServer) -> NewDatabase:
    """Makes a database with all roles, schemas and the bus; the caller runs its service's migrations."""

    async def make() -> TestDatabase:
        name = f"test_{uuid.uuid4().hex[:12]}"
        await bootstrap(postgres.admin_dsn, name, PASSWORDS)
        return TestDatabase(postgres, name)

    return make


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """The pair that the gateway and the services of a test share."""

    private: str
    public: str

    def headers(self, identity: Identity, *audiences: str) -> dict[str, str]:
        """What the gateway adds to a request of this identity."""
        return {HEADER: TokenSigner(self.private).sign(identity, list(audiences or SERVICES))}


@pytest.fixture(scope="session")
def identity_keys() -> IdentityKeys:
    return IdentityKeys(*generate_key_pair())


@pytest.fixture(scope="session")
def headers_of(identity_keys: IdentityKeys) -> Callable[[Identity], dict[str, str]]:
    """`headers_of(identity)`: the identity header for any service."""
    return partial(IdentityKeys.headers, identity_keys)


@pytest.fixture
def admin_headers(identity_keys: IdentityKeys) -> dict[str, str]:
    """The identity header of the local administrator, who sees everything."""
    return identity_keys.headers(LOCAL_ADMIN)
