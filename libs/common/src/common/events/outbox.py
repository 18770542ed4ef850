"""Publishing: a row in the business transaction. The relay takes it from there."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.events.envelope import Envelope, encode, source_of
from common.events.event import Event
from common.request_context import current_traceparent

# The row lock that this takes is held until the commit, so the order of commits is the order of sequences.
_NEXT_SEQUENCE = text("""
    INSERT INTO outbox_sequence AS s (aggregate_type, aggregate_id, value) VALUES (:aggregate_type, :aggregate_id, 1)
    ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET value = s.value + 1
    RETURNING value
""")

# Postgres sends equal notifications of one transaction once.
_STORE = text("""
    WITH stored AS (
        INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, body)
        VALUES (:event_id, :aggregate_type, :aggregate_id, :sequence, :type, :body)
        RETURNING id
    )
    SELECT pg_notify('outbox_' || current_schema(), '') FROM stored
""")


def outbox_channel(schema: str) -> str:
    """The channel on which a commit with events wakes the service's relay."""
    return f"outbox_{schema}"


async def publish(session: AsyncSession, event: Event) -> UUID:
    """Record `event` in the session's transaction: it is sent if, and only if, that commits. Returns its id."""
    aggregate = {"aggregate_type": event.aggregate, "aggregate_id": event.subject}
    sequence = (await session.execute(_NEXT_SEQUENCE, aggregate)).scalar_one()
    envelope = Envelope(
        type=event.type,
        source=source_of(event.type),
        subject=f"{event.aggregate}/{event.subject}",
        sequence=sequence,
        data=event.model_dump(mode="json"),
        traceparent=current_traceparent(),
    )
    row = aggregate | {"event_id": envelope.id, "sequence": sequence, "type": event.type}
    await session.execute(_STORE, row | {"body": encode(envelope).decode()})
    return envelope.id
