"""The transport without a broker: functions in the schema `bus` of the one database (`bus.sql`)."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import Database
from common.events import failpoints
from common.events.backoff import woken
from common.events.envelope import Envelope, UndecodableEvent, encode
from common.events.transport import RETENTION_DAYS, Receiver

log = structlog.get_logger()

_BATCH = 64
_RENEW_SECONDS = 3600.0
_PUBLISH_SECONDS = 15.0

_PUBLISH = text("SELECT bus.publish(CAST(:ids AS uuid[]), CAST(:types AS text[]), CAST(:bodies AS text[]))")
_SUBSCRIBE = text("SELECT bus.subscribe(:service, CAST(:patterns AS text[]), :retention_days)")
_FETCH = text("SELECT id, body FROM bus.receive(:service, :batch)")
_ACKNOWLEDGE = text("SELECT bus.acknowledge(:service, CAST(:ids AS bigint[]))")
_REJECT = text("SELECT bus.reject(:service, :id, :error)")


class PostgresTransport:
    """Uses the service's own role, which the bus takes as the proof of who is publishing or receiving."""

    def __init__(self, database: Database, *, poll_seconds: float = 2.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds

    def wake_channel(self, service: str) -> str | None:
        return f"bus_{service}"

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """All in one transaction; where the bus refuses something, one by one, so that only that stays behind."""
        try:
            await self._publish(envelopes)
        except DBAPIError as error:
            if error.connection_invalidated or len(envelopes) == 1:
                raise
            return await self._publish_singly(envelopes)
        return {envelope.id for envelope in envelopes}

    async def _publish_singly(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        confirmed: set[UUID] = set()
        refused: set[str] = set()
        for envelope in envelopes:
            if envelope.stream in refused:
                continue
            try:
                await self._publish([envelope])
            except DBAPIError as error:
                if error.connection_invalidated:
                    break
                refused.add(envelope.stream)
                log.error("event.refused", event_id=str(envelope.id), type=envelope.type, error=str(error.orig))
            else:
                confirmed.add(envelope.id)
        return confirmed

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        rows = {
            "ids": [envelope.id for envelope in envelopes],
            "types": [envelope.type for envelope in envelopes],
            "bodies": [encode(envelope).decode() for envelope in envelopes],
        }
        async with asyncio.timeout(_PUBLISH_SECONDS), self._database.engine.begin() as connection:
            await connection.execute(_PUBLISH, rows)

    async def consume(self, service: str, patterns: Sequence[str], receiver: Receiver, wake: asyncio.Event) -> None:
        """Receive until cancelled; the subscription is renewed now and then, which also drops events past retention."""
        loop = asyncio.get_running_loop()
        while True:
            await self._subscribe(service, patterns)
            renewal = loop.time() + _RENEW_SECONDS
            while loop.time() < renewal:
                if not await self._receive(service, receiver):
                    await woken(wake, self._poll_seconds)

    async def _subscribe(self, service: str, patterns: Sequence[str]) -> None:
        parameters = {"service": service, "patterns": list(patterns), "retention_days": RETENTION_DAYS}
        async with self._database.engine.begin() as connection:
            await connection.execute(_SUBSCRIBE, parameters)

    async def _receive(self, service: str, receiver: Receiver) -> bool:
        """Store one batch, then acknowledge it. False when there was nothing."""
        async with self._database.engine.begin() as connection:
            rows = (await connection.execute(_FETCH, {"service": service, "batch": _BATCH})).all()
            for row in rows:
                await self._store(connection, service, row.id, row.body, receiver)
            await connection.execute(_ACKNOWLEDGE, {"service": service, "ids": [row.id for row in rows]})
        return bool(rows)

    async def _store(
        self, connection: AsyncConnection, service: str, delivery: int, body: str, receiver: Receiver
    ) -> None:
        try:
            await receiver.store(body.encode())
        except UndecodableEvent as error:
            await connection.execute(_REJECT, {"service": service, "id": delivery, "error": str(error)})
            log.error("event.undecodable", delivery=delivery, error=str(error))
        failpoints.reach("receiver.stored")

    async def close(self) -> None:
        """The database belongs to the caller."""
