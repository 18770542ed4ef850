"""Sources, sync jobs, documents, sections, chunks, vectors, links; outbox and inbox."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql as pg

from common.events import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "documents"
TIME = sa.DateTime(timezone=True)
FALSE = sa.text("false")


def upgrade() -> None:
    create_messaging_tables(op, SCHEMA)
    _create_source()
    _create_sync_job()
    _create_document()
    _create_section()
    _create_chunk()
    _create_chunk_vector()
    _create_link()


def downgrade() -> None:
    for table in ("link", "chunk_vector", "chunk", "section", "document", "sync_job", "source"):
        op.drop_table(table, schema=SCHEMA)
    for table in ("inbox_subscription", "inbox", "outbox_sequence", "outbox"):
        op.drop_table(table, schema=SCHEMA)


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("repo_url", sa.Text, nullable=False),
        sa.Column("branch", sa.Text),
        sa.Column("docs_path", sa.Text),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("is_deleted", sa.Boolean, server_default=FALSE, nullable=False),
        sa.Column("commit_sha", sa.Text),
        sa.Column("synced_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        schema=SCHEMA,
    )
    op.create_index("ix_source_project_id", "source", ["project_id"], schema=SCHEMA)


def _create_sync_job() -> None:
    op.create_table(
        "sync_job",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_wanted_again", sa.Boolean, server_default=FALSE, nullable=False),
        sa.Column("attempt", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", TIME),
        sa.Column("cancel_requested_at", TIME),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("progress", pg.JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("error_detail", sa.Text),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="ck_sync_job_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_job"),
        schema=SCHEMA,
    )
    op.create_index("ix_sync_job_source_id", "sync_job", ["source_id"], schema=SCHEMA)
    op.create_index(
        "uq_sync_job_running",
        "sync_job",
        ["source_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_sync_job_open",
        "sync_job",
        ["state", "requested_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _create_document() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("file_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("artifact_id", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("is_framework", sa.Boolean, nullable=False),
        sa.Column("is_failed", sa.Boolean, nullable=False),
        sa.Column("blob_sha", sa.Text, nullable=False),
        sa.Column("commit_sha", sa.Text, nullable=False),
        sa.Column("parser_version", sa.Integer, nullable=False),
        sa.Column("front_matter", pg.JSONB),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("toc", pg.JSONB, nullable=False),
        sa.Column("warnings", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("source_id", "path", name="uq_document_source_id_path"),
        schema=SCHEMA,
    )
    op.create_index("ix_document_project", "document", ["project_id", "path"], schema=SCHEMA)
    op.create_index("ix_document_name", "document", ["source_id", sa.text("substring(path, '[^/]*$')")], schema=SCHEMA)


def _create_section() -> None:
    op.create_table(
        "section",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("heading", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text),
        sa.Column("heading_path", pg.ARRAY(sa.Text), nullable=False),
        *_span(),
        sa.Column("text_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_section"),
        _belongs_to_document("section"),
        sa.UniqueConstraint("document_id", "position", name="uq_section_document_id_position"),
        schema=SCHEMA,
    )


def _create_chunk() -> None:
    op.create_table(
        "chunk",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section_position", sa.Integer, nullable=False),
        sa.Column("heading_path", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("anchor", sa.Text),
        *_span(),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("is_framework", sa.Boolean, nullable=False),
        sa.Column("words", pg.TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chunk"),
        _belongs_to_document("chunk"),
        sa.UniqueConstraint("document_id", "position", name="uq_chunk_document_id_position"),
        schema=SCHEMA,
    )
    op.create_index("ix_chunk_words", "chunk", ["words"], postgresql_using="gin", schema=SCHEMA)
    op.create_index("ix_chunk_source", "chunk", ["source_id"], schema=SCHEMA)
    op.create_index("ix_chunk_project", "chunk", ["project_id"], schema=SCHEMA)


def _create_chunk_vector() -> None:
    op.create_table(
        "chunk_vector",
        sa.Column("chunk_id", sa.BigInteger, nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("vector", HALFVEC(384), nullable=False),
        sa.PrimaryKeyConstraint("chunk_id", name="pk_chunk_vector"),
        sa.ForeignKeyConstraint(
            ["chunk_id"], [f"{SCHEMA}.chunk.id"], name="fk_chunk_vector_chunk_id_chunk", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_chunk_vector_project", "chunk_vector", ["project_id"], schema=SCHEMA)
    op.create_index("ix_chunk_vector_content", "chunk_vector", ["content_hash", "model"], schema=SCHEMA)


def _create_link() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("href", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        _belongs_to_document("link"),
        schema=SCHEMA,
    )
    op.create_index("ix_link_document", "link", ["document_id"], schema=SCHEMA)


def _span() -> list[sa.Column[int]]:
    names = ("char_start", "char_end", "line_start", "line_end")
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _belongs_to_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["document_id"], [f"{SCHEMA}.document.id"], name=f"fk_{table}_document_id_document", ondelete="CASCADE"
    )
