"""The messaging tables that every service has in its own schema."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

_OPEN = text("state IN ('pending', 'processing')")


def messaging_tables(metadata: MetaData) -> None:
    """Add outbox, outbox_sequence, inbox and inbox_subscription to a service's metadata (which names its schema)."""
    _outbox(metadata)
    _outbox_sequence(metadata)
    _inbox(metadata)
    _inbox_subscription(metadata)


def _outbox(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("aggregate_type", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        # Text, not jsonb: what leaves is byte for byte what was written (jsonb also refuses an escaped NUL).
        Column("body", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        UniqueConstraint("aggregate_type", "aggregate_id", "sequence"),
        # Every row is deleted soon after it came; the default waits for a fifth of the table to be dead.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.01},
    )


def _outbox_sequence(metadata: MetaData) -> None:
    Table(
        "outbox_sequence",
        metadata,
        Column("aggregate_type", Text, primary_key=True),
        Column("aggregate_id", Text, primary_key=True),
        Column("value", BigInteger, nullable=False),
    )


def _inbox(metadata: MetaData) -> None:
    moment = DateTime(timezone=True)
    Table(
        "inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("stream", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("state", Text, nullable=False, server_default="pending"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("next_attempt_at", moment, nullable=False, server_default=func.now()),
        Column("lease_until", moment),
        Column("fence", BigInteger, nullable=False, server_default="0"),
        Column("last_error", Text),
        Column("received_at", moment, nullable=False, server_default=func.now()),
        Column("processed_at", moment),
        CheckConstraint("state IN ('pending', 'processing', 'processed', 'dead')", name="state"),
        # Without the consumer, which is the same in every row: with it the planner takes the one for the other.
        Index("ix_inbox_open", "received_at", "sequence", postgresql_where=_OPEN),
        Index("ix_inbox_open_stream", "stream", "sequence", postgresql_where=_OPEN),
        Index("ix_inbox_dead", "consumer", "event_id", postgresql_where=text("state = 'dead'")),
        Index("ix_inbox_processed_at", "processed_at", postgresql_where=text("state = 'processed'")),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.05},
    )


def _inbox_subscription(metadata: MetaData) -> None:
    """The patterns whose events from before the subscription were taken over."""
    Table(
        "inbox_subscription",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("pattern", Text, primary_key=True),
        Column("caught_up_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
