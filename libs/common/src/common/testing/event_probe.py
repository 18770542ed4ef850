"""A minimal service for testing event delivery: it publishes one fact and records the effect of every event it handles.

`python -m common.testing.event_probe` runs it as a process of its own, which a test may kill.
"""

import asyncio
import os
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import (
    Backoff,
    Consumers,
    Event,
    EventMeta,
    EventRuntime,
    PostgresTransport,
    RabbitTransport,
    Timing,
    Transport,
    create_messaging_tables,
    publish,
)

FAST = Timing(
    restart=Backoff(base=0.05, cap=0.3),
    relay=Backoff(base=0.02, cap=0.2),
    retry=Backoff(base=0.02, cap=0.1),
    attempts=3,
    lease=1.5,
    poll=0.2,
)


class ThingHappened(BaseModel):
    """The consumer's own model of the fact."""

    thing: str
    number: int
    poison: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """One line in the consumer's book; the table has no constraint that could hide a second one."""

    event_id: UUID
    subject: str
    sequence: int


def fact_of(service: str) -> type[Event]:
    """The event class of a probe; every probe has a name, and so event types, of its own."""

    class Happened(Event):
        model_config = ConfigDict(json_schema_extra={"examples": [{"thing": "a", "number": 1, "poison": False}]})
        type: ClassVar[str] = f"{service}.thing.happened.v1"
        aggregate: ClassVar[str] = "thing"
        thing: str
        number: int
        poison: bool = False

        @property
        def subject(self) -> str:
            return self.thing

    return Happened


def consumers_of(service: str, source: str) -> Consumers:
    """A registry whose one handler records the effect, and fails on poison until there is a cure."""
    consumers = Consumers(service)
    if not source:
        return consumers

    @consumers.on(f"{source}.thing.happened.v1")
    async def record(session: AsyncSession, event: ThingHappened, meta: EventMeta) -> None:
        row = {"event_id": meta.id, "subject": meta.subject, "sequence": meta.sequence}
        await session.execute(
            text("INSERT INTO effect (event_id, subject, sequence) VALUES (:event_id, :subject, :sequence)"), row
        )
        if event.poison and not (await session.execute(text("SELECT EXISTS (SELECT FROM cure)"))).scalar_one():
            raise RuntimeError("poison\x00 without a cure")

    return consumers


@dataclass(frozen=True, slots=True)
class Probe:
    """A service of the test with its database and the service it listens to (empty: to nobody)."""

    service: str
    source: str
    database: Database

    async def migrate(self) -> None:
        """Create the messaging tables and the book of effects in the service's schema, with its own role."""
        async with self.database.engine.begin() as connection:
            await connection.run_sync(self._create_tables)

    def _create_tables(self, connection: Connection) -> None:
        create_messaging_tables(Operations(MigrationContext.configure(connection)), self.service)
        connection.execute(text("CREATE TABLE cure (given boolean)"))
        connection.execute(text("CREATE TABLE effect (id serial, event_id uuid, subject text, sequence bigint)"))

    async def publish(self, thing: str, number: int, *, poison: bool = False) -> UUID:
        """One event in a transaction of its own."""
        async with self.database.transaction() as session:
            fact = fact_of(self.service).model_validate({"thing": thing, "number": number, "poison": poison})
            return await publish(session, fact)

    async def effects(self) -> list[Effect]:
        """All effects in the order in which they were made."""
        async with self.database.engine.connect() as connection:
            rows = await connection.execute(text("SELECT event_id, subject, sequence FROM effect ORDER BY id"))
            return [Effect(*row) for row in rows]

    async def count(self, table: str, condition: str = "true") -> int:
        """Rows of one of the service's tables."""
        async with self.database.engine.connect() as connection:
            statement = text(f"SELECT count(*) FROM {table} WHERE {condition}")
            return (await connection.execute(statement)).scalar_one()

    async def execute(self, statement: str) -> None:
        async with self.database.engine.begin() as connection:
            await connection.execute(text(statement))

    def transport(self, rabbitmq_url: str | None) -> Transport:
        """RabbitMQ if there is an address, else the Postgres bus."""
        if rabbitmq_url:
            return RabbitTransport(rabbitmq_url, watch_seconds=1.0, deaf_seconds=5.0)
        return PostgresTransport(self.database, poll_seconds=FAST.poll)

    def runtime(self, transport: Transport) -> EventRuntime:
        return EventRuntime(
            self.database, self.service, transport, consumers_of(self.service, self.source), timing=FAST
        )


async def _main() -> None:
    environment = os.environ
    service = environment["PROBE_SERVICE"]
    database = Database(environment["PROBE_DATABASE_URL"], service)
    probe = Probe(service, environment["PROBE_SOURCE"], database)
    await probe.runtime(probe.transport(environment.get("PROBE_RABBITMQ_URL"))).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
