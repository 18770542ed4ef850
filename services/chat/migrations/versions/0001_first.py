"""Providers, conversations, messages, citations, feedback; outbox and inbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from common.events import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "chat"
TIME = sa.DateTime(timezone=True)
NOW = sa.func.now()
FALSE = sa.text("false")


def upgrade() -> None:
    create_messaging_tables(op, SCHEMA)
    _create_llm_provider()
    _create_conversation()
    _create_message()
    _create_citation()
    _create_feedback()
    _create_read_models()


def downgrade() -> None:
    for table in (
        "deleted_project", "document_version", "feedback", "citation", "message", "conversation", "llm_provider",
        "inbox_subscription", "inbox", "outbox_sequence", "outbox",
    ):
        op.drop_table(table, schema=SCHEMA)


def _create_llm_provider() -> None:
    provider = op.create_table(
        "llm_provider",
        _id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text),
        sa.Column("settings", pg.JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("is_default", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_llm_provider"),
        sa.UniqueConstraint("name", name="uq_llm_provider_name"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_llm_provider_default", "llm_provider", ["is_default"], unique=True, schema=SCHEMA,
        postgresql_where=sa.text("is_default"),
    )
    op.bulk_insert(
        provider, [{"name": "Excerpts", "kind": "extractive", "model": "extractive", "is_default": True}]
    )


def _create_conversation() -> None:
    op.create_table(
        "conversation",
        _id(),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("llm_provider_id", sa.BigInteger),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.ForeignKeyConstraint(
            ["llm_provider_id"], [f"{SCHEMA}.llm_provider.id"],
            name="fk_conversation_llm_provider_id_llm_provider", ondelete="SET NULL",
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_conversation_owner", "conversation", ["user_id", "project_id", "updated_at", "id"], schema=SCHEMA
    )
    op.create_index("ix_conversation_project", "conversation", ["project_id"], schema=SCHEMA)


def _create_message() -> None:
    op.create_table(
        "message",
        _id(),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("model", sa.Text),
        sa.Column("input_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("output_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("error_code", sa.Text),
        sa.Column("error_detail", sa.Text),
        sa.Column("lease_until", TIME),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        _belongs_to("message", "conversation"),
        sa.CheckConstraint("status IN ('streaming', 'complete', 'stopped', 'failed')", name=op.f("ck_message_status")),
        sa.CheckConstraint("(status = 'streaming') = (lease_until IS NOT NULL)", name=op.f("ck_message_lease")),
        schema=SCHEMA,
    )
    op.create_index("ix_message_conversation", "message", ["conversation_id", "id"], schema=SCHEMA)
    op.create_index(
        "uq_message_turn", "message", ["conversation_id"], unique=True, schema=SCHEMA,
        postgresql_where=sa.text("status = 'streaming'"),
    )


def _create_citation() -> None:
    op.create_table(
        "citation",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("heading_path", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("anchor", sa.Text),
        sa.Column("line_start", sa.Integer, nullable=False),
        sa.Column("line_end", sa.Integer, nullable=False),
        sa.Column("commit_sha", sa.Text, nullable=False),
        sa.Column("blob_sha", sa.Text, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "n", name="pk_citation"),
        _belongs_to("citation", "message"),
        schema=SCHEMA,
    )
    op.create_index("ix_citation_document", "citation", ["document_id"], schema=SCHEMA)


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("rating", sa.Text, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("message_id", name="pk_feedback"),
        _belongs_to("feedback", "message"),
        sa.CheckConstraint("rating IN ('up', 'down')", name=op.f("ck_feedback_rating")),
        schema=SCHEMA,
    )


def _create_read_models() -> None:
    op.create_table(
        "document_version",
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("happened_at", TIME),
        sa.Column("path", sa.Text),
        sa.Column("blob_sha", sa.Text),
        sa.Column("changed_anchors", pg.ARRAY(sa.Text)),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_version"),
        schema=SCHEMA,
    )
    op.create_table(
        "deleted_project",
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_deleted_project"),
        schema=SCHEMA,
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _belongs_to(table: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{owner}_id"], [f"{SCHEMA}.{owner}.id"], name=f"fk_{table}_{owner}_id_{owner}", ondelete="CASCADE"
    )
