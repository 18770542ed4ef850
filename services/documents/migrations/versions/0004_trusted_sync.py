"""What makes a sync trustworthy: remote heads, last commits, versions of documents, re-indexing."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "documents"
TIME = sa.DateTime(timezone=True)
LAST_COMMIT = {
    "last_commit_sha": sa.Text,
    "last_commit_at": TIME,
    "last_commit_author": sa.Text,
    "last_commit_subject": sa.Text,
}
OF_SOURCE = {
    "history_sha": sa.Text,
    "remote_commit_sha": sa.Text,
    "remote_checked_at": TIME,
    "remote_error_code": sa.Text,
    "remote_error_detail": sa.Text,
    "check_requested_at": TIME,
    "check_lease_until": TIME,
}


def upgrade() -> None:
    has_credential = sa.Column("has_credential", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("source", has_credential, schema=SCHEMA)
    for name, kind in OF_SOURCE.items():
        op.add_column("source", sa.Column(name, kind), schema=SCHEMA)
    kind = sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'sync'"))
    op.add_column("sync_job", kind, schema=SCHEMA)
    op.add_column("sync_job", sa.Column("holder", sa.BigInteger), schema=SCHEMA)
    for name, kind in LAST_COMMIT.items():
        op.add_column("document", sa.Column(name, kind), schema=SCHEMA)
    _create_document_version()
    _create_staged_vector()


def downgrade() -> None:
    for table in ("staged_vector", "document_version"):
        op.drop_table(table, schema=SCHEMA)
    for name in LAST_COMMIT:
        op.drop_column("document", name, schema=SCHEMA)
    for name in ("holder", "kind"):
        op.drop_column("sync_job", name, schema=SCHEMA)
    for name in ("has_credential", *OF_SOURCE):
        op.drop_column("source", name, schema=SCHEMA)


def _create_document_version() -> None:
    op.create_table(
        "document_version",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("document_id", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("is_failed", sa.Boolean, nullable=False),
        sa.Column("blob_sha", sa.Text, nullable=False),
        sa.Column("commit_sha", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("synced_at", TIME, nullable=False),
        sa.Column("replaced_at", TIME, nullable=False, server_default=sa.func.now()),
        *(sa.Column(name, kind) for name, kind in LAST_COMMIT.items()),
        sa.PrimaryKeyConstraint("id", name="pk_document_version"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            [f"{SCHEMA}.document.id"],
            name="fk_document_version_document_id_document",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_document_version_document", "document_version", ["document_id", "id"], schema=SCHEMA)


def _create_staged_vector() -> None:
    op.create_table(
        "staged_vector",
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("vector", HALFVEC(384), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "model", "content_hash", name="pk_staged_vector"),
        schema=SCHEMA,
    )
