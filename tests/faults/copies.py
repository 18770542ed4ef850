"""Events that come twice, and some that come after newer ones of their stream: both may happen at any time."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
from uuid6 import uuid7

from common.database import Database
from common.events import Envelope, PostgresTransport, RabbitTransport, Transport
from common.events.envelope import decode
from tests.faults.audit import SERVICES
from tests.faults.stack import Stack

_SOME = """
    SELECT body FROM {service}.inbox WHERE state = 'processed' AND type = ANY($1) ORDER BY random() LIMIT $2
"""
_DELIVER_AGAIN = """
    INSERT INTO bus.delivery (service, event) SELECT s.service, e.id
    FROM bus.event e JOIN bus.subscription s ON bus.matches(e.type, s.pattern) WHERE e.event_id = ANY($1)
    ON CONFLICT DO NOTHING
"""
_NOTE = "INSERT INTO audit.published VALUES ($1, $2, 'forged', 1, $3, $4)"
_COPIES = 8

# What an event of that type would do if it were applied: the invariants would see it.
_NOWHERE = {"repo_url": "https://nowhere.example/x.git", "branch": "nowhere"}
_LIES: dict[str, dict[str, Any]] = {
    "projects.source.created.v1": _NOWHERE,
    "projects.source.updated.v1": _NOWHERE,
    "documents.sync.progressed.v1": {"files_total": 424242, "phase": "fetching"},
    "documents.document.changed.v1": {"path": "nowhere.md", "blob_sha": "0" * 40},
}


async def send_again(stack: Stack, admin: asyncpg.Connection, chance: random.Random) -> tuple[int, int]:
    """Publish some handled events once more and some lies with old sequences; how many (copies, old ones)."""
    copies = late = 0
    for service in SERVICES:
        listens = [
            row["type"] for row in await admin.fetch("SELECT type FROM audit.listens WHERE service = $1", service)
        ]
        bodies = await admin.fetch(_SOME.format(service=service), listens, _COPIES)
        envelopes = [decode(row["body"].encode()) for row in bodies]
        chance.shuffle(envelopes)
        old = [_lie(envelope) for envelope in envelopes if envelope.type in _LIES]
        notes = [(each.id, each.type, each.data["project_id"], each.data.get("document_id")) for each in old]
        await admin.executemany(_NOTE, notes)
        await _publish(stack, [*envelopes, *envelopes, *old])
        if stack.transport == "postgres":
            await admin.execute(_DELIVER_AGAIN, [envelope.id for envelope in envelopes])
        copies, late = copies + 2 * len(envelopes), late + len(old)
    return copies, late


def _lie(envelope: Envelope) -> Envelope:
    """Another event with the same sequence: at most as new as the newest of its stream, which was applied."""
    return replace(envelope, id=UUID(int=uuid7().int), data=envelope.data | _LIES[envelope.type])


async def _publish(stack: Stack, envelopes: list[Envelope]) -> None:
    """As the service that each one comes from."""
    for source in {envelope.source for envelope in envelopes}:
        async with _transport(stack, source.strip("/")) as transport:
            own = [envelope for envelope in envelopes if envelope.source == source]
            assert await transport.publish(own) == {envelope.id for envelope in own}


@asynccontextmanager
async def _transport(stack: Stack, service: str) -> AsyncGenerator[Transport]:
    database = Database(stack.service_url(service), service)
    transport = RabbitTransport(stack.broker.url) if stack.broker else PostgresTransport(database)
    try:
        yield transport
    finally:
        await transport.close()
        await database.close()
