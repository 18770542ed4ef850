"""Moves a service's outbox to the transport: in order, at least once, by one relay at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import Database
from common.events import failpoints
from common.events.backoff import Backoff, woken
from common.events.envelope import decode
from common.events.metrics import PUBLISHED
from common.events.transport import Transport

log = structlog.get_logger()

_BATCH = 200
_ANSWER_SECONDS = 15.0

_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('bmadflow.relay.' || current_schema(), 0))")

# No cursor: ids are given out before the commit, so one that remembers the last id skips what commits late.
_NEXT = text("""
    SELECT id, event_id, aggregate_type, aggregate_id, type, body FROM outbox
    WHERE (aggregate_type, aggregate_id) NOT IN (
        SELECT * FROM unnest(CAST(:blocked_types AS text[]), CAST(:blocked_ids AS text[]))
    )
    ORDER BY id LIMIT :batch
""")
_DELETE = text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))")

Aggregate = tuple[str, str]


@dataclass(slots=True)
class _Blocked:
    failures: int
    until: float  # monotonic seconds


class Relay:
    """One candidate; the one that holds the service's session lock works, the others stand by."""

    def __init__(
        self,
        database: Database,
        service: str,
        transport: Transport,
        wake: asyncio.Event,
        *,
        backoff: Backoff = Backoff(base=0.2, cap=30.0),  # noqa: B008 - immutable
        poll_seconds: float = 2.0,
    ) -> None:
        self._database = database
        self._service = service
        self._transport = transport
        self._wake = wake
        self._backoff = backoff
        self._poll_seconds = poll_seconds
        self._blocked: dict[Aggregate, _Blocked] = {}

    async def run(self) -> None:
        """Relay until cancelled. Raises when the database or the whole transport is down: call it again later.

        The lock lives and dies with the connection that also reads and deletes: who lost it can't go on.
        """
        async with self._database.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            try:
                await self._become_active(connection)
                log.info("relay.active", relay=self._service)
                while True:
                    if not await self.relay_once(connection):
                        await woken(self._wake, self._pause())
            finally:
                # The pool must not hand on a connection that holds the lock.
                await connection.invalidate()

    async def _become_active(self, connection: AsyncConnection) -> None:
        while not (await connection.execute(_TRY_LOCK)).scalar_one():  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(self._poll_seconds / 2)

    async def relay_once(self, connection: AsyncConnection) -> bool:
        """Send one batch. False when there was nothing that may be sent now."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            rows = (await connection.execute(_NEXT, self._blocked_parameters() | {"batch": _BATCH})).all()
        if not rows:
            return False
        confirmed = await self._transport.publish([decode(row.body.encode()) for row in rows])
        failpoints.reach("relay.published")
        await self._delete(connection, [row for row in rows if row.event_id in confirmed])
        self._block([row for row in rows if row.event_id not in confirmed])
        return True

    async def _delete(self, connection: AsyncConnection, sent: Sequence[Row[tuple[object, ...]]]) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await connection.execute(_DELETE, {"ids": [row.id for row in sent]})
        for row in sent:
            self._blocked.pop((row.aggregate_type, row.aggregate_id), None)
            PUBLISHED.labels(self._service, row.type).inc()
            log.info("event.published", event_id=str(row.event_id), type=row.type)

    def _block(self, failed: Sequence[Row[tuple[object, ...]]]) -> None:
        """Hold the aggregates of the failed events back, later events of theirs included; the others go on."""
        for row in {(row.aggregate_type, row.aggregate_id): row for row in reversed(failed)}.values():
            key = (row.aggregate_type, row.aggregate_id)
            failures = self._blocked[key].failures + 1 if key in self._blocked else 1
            self._blocked[key] = _Blocked(failures, monotonic() + self._backoff.delay(failures))
            log.warning("event.unconfirmed", event_id=str(row.event_id), type=row.type, failures=failures)

    def _blocked_parameters(self) -> dict[str, list[str]]:
        held = [key for key, blocked in self._blocked.items() if blocked.until > monotonic()]
        return {"blocked_types": [key[0] for key in held], "blocked_ids": [key[1] for key in held]}

    def _pause(self) -> float:
        """Until the next poll, or earlier if a held-back aggregate is due."""
        due = [max(0.0, blocked.until - monotonic()) for blocked in self._blocked.values()]
        return min([self._poll_seconds, *due])
