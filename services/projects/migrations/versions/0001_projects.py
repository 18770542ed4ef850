"""Projects, sources, sync runs, what happened lately; outbox and inbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from common.events import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "projects"
TIME = sa.DateTime(timezone=True)
NOW = sa.func.now()
ZERO = sa.text("0")


def upgrade() -> None:
    create_messaging_tables(op, SCHEMA)
    _create_project()
    _create_source()
    _create_sync_run()
    _create_project_event()


def downgrade() -> None:
    for table in ("project_event", "sync_run", "source", "project"):
        op.drop_table(table, schema=SCHEMA)
    for table in ("inbox_subscription", "inbox", "outbox_sequence", "outbox"):
        op.drop_table(table, schema=SCHEMA)


def _create_project() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("name", name="uq_project_name"),
        schema=SCHEMA,
    )


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("repo_url", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text()),
        sa.Column("default_branch", sa.Text()),
        sa.Column("docs_path", sa.Text()),
        sa.Column("last_commit_sha", sa.Text()),
        sa.Column("last_commit_at", TIME),
        sa.Column("last_synced_at", TIME),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        _of_project("source"),
        sa.UniqueConstraint("project_id", "name", name="uq_source_project_id_name"),
        schema=SCHEMA,
    )


def _create_sync_run() -> None:
    counts = ("files_total", "files_done", "files_changed", "files_removed", "files_failed")
    counts += ("chunks_total", "chunks_embedded")
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("phase", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("commit_sha", sa.Text()),
        *(sa.Column(name, sa.Integer(), server_default=ZERO, nullable=False) for name in counts),
        sa.Column("warnings", pg.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_detail", sa.Text()),
        sa.Column("requested_at", TIME, server_default=NOW, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("sequence", sa.BigInteger(), server_default=ZERO, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sync_run"),
        _of_project("sync_run"),
        sa.ForeignKeyConstraint(
            ["source_id"], [f"{SCHEMA}.source.id"], name="fk_sync_run_source_id_source", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    _index_sync_run()


def _index_sync_run() -> None:
    def index(name: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
        condition = sa.text(where) if where else None
        op.create_index(name, "sync_run", columns, unique=unique, schema=SCHEMA, postgresql_where=condition)

    index("ix_sync_run_project", ["project_id", "id"])
    index("ix_sync_run_open", ["source_id", "status"], "status IN ('queued', 'running')")
    index("uq_sync_run_queued", ["source_id"], "status = 'queued'", unique=True)
    index("ix_sync_run_finished", ["source_id", "finished_at"], "finished_at IS NOT NULL")


def _create_project_event() -> None:
    op.create_table(
        "project_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", pg.JSONB(), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_project_event"),
        _of_project("project_event"),
        schema=SCHEMA,
    )
    op.create_index("ix_project_event_project", "project_event", ["project_id", "id"], schema=SCHEMA)
    op.create_index("ix_project_event_age", "project_event", ["created_at"], schema=SCHEMA)


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id"], [f"{SCHEMA}.project.id"], name=f"fk_{table}_project_id_project", ondelete="CASCADE"
    )
