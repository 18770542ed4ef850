"""Credentials, schedules, webhooks and what is known of the remote; kinds and triggers of runs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "projects"
TIME = sa.DateTime(timezone=True)
OF_SOURCE = {
    "credential_kind": sa.Text,
    "credential_sealed": sa.Text,
    "webhook_secret_sealed": sa.Text,
    "schedule": sa.Text,
    "next_sync_at": TIME,
    "remote_commit_sha": sa.Text,
    "remote_checked_at": TIME,
    "remote_error_code": sa.Text,
    "remote_error_detail": sa.Text,
    "remote_since": TIME,
}
OF_RUN = {"kind": "sync", "trigger": "user"}


def upgrade() -> None:
    for name, kind in OF_SOURCE.items():
        op.add_column("source", sa.Column(name, kind), schema=SCHEMA)
    has_webhook = sa.Column("has_webhook", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("source", has_webhook, schema=SCHEMA)
    remote_sequence = sa.Column("remote_sequence", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    op.add_column("source", remote_sequence, schema=SCHEMA)
    is_due = sa.text("next_sync_at IS NOT NULL")
    op.create_index("ix_source_next_sync", "source", ["next_sync_at"], schema=SCHEMA, postgresql_where=is_due)
    for name, default in OF_RUN.items():
        column = sa.Column(name, sa.Text, nullable=False, server_default=sa.text(f"'{default}'"))
        op.add_column("sync_run", column, schema=SCHEMA)
    op.create_table(
        "webhook_delivery",
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("received_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("source_id", "delivery_id", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(
            ["source_id"],
            [f"{SCHEMA}.source.id"],
            name="fk_webhook_delivery_source_id_source",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_webhook_delivery_age", "webhook_delivery", ["received_at"], schema=SCHEMA)
    op.drop_index("uq_sync_run_queued", "sync_run", schema=SCHEMA)
    _one_queued_run_per("source_id", "kind")


def downgrade() -> None:
    op.drop_table("webhook_delivery", schema=SCHEMA)
    op.drop_index("uq_sync_run_queued", "sync_run", schema=SCHEMA)
    op.execute(f"DELETE FROM {SCHEMA}.sync_run WHERE kind <> 'sync'")
    _one_queued_run_per("source_id")
    for name in OF_RUN:
        op.drop_column("sync_run", name, schema=SCHEMA)
    op.drop_index("ix_source_next_sync", "source", schema=SCHEMA)
    for name in ("remote_sequence", "has_webhook", *OF_SOURCE):
        op.drop_column("source", name, schema=SCHEMA)


def _one_queued_run_per(*columns: str) -> None:
    is_queued = sa.text("status = 'queued'")
    op.create_index(
        "uq_sync_run_queued", "sync_run", list(columns), unique=True, schema=SCHEMA, postgresql_where=is_queued
    )
