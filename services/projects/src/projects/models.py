"""The projects service's tables."""

import uuid
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Select,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

from common.database import service_metadata
from common.events import messaging_tables

SCHEMA = "projects"
RunKind = Literal["sync", "reindex"]
RunTrigger = Literal["user", "schedule", "webhook"]
CredentialKind = Literal["token", "password", "ssh_key"]
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
SyncStatus = Literal["never", "queued", "running", "succeeded", "failed", "cancelled"]
_BY_WEIGHT = ["running", "queued", "failed", "cancelled", "succeeded", "never"]  # a project shows its weightiest source
_NEVER: ColumnElement[Any] = literal("never", Text)


class Model(DeclarativeBase):
    metadata = service_metadata(SCHEMA)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        int: BigInteger,
        str: Text,
        RunStatus: Text,
        RunKind: Text,
        RunTrigger: Text,
        CredentialKind: Text,
        uuid.UUID: Uuid,
    }


messaging_tables(Model.metadata)


class SyncRun(Model):
    """What a user sees of one sync of one source; the work itself is a job of documents under the same id."""

    __tablename__ = "sync_run"
    __table_args__ = (
        Index("ix_sync_run_project", "project_id", "id"),
        Index("ix_sync_run_open", "source_id", "status", postgresql_where=text("status IN ('queued', 'running')")),
        Index("uq_sync_run_queued", "source_id", "kind", unique=True, postgresql_where=text("status = 'queued'")),
        Index("ix_sync_run_finished", "source_id", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    kind: Mapped[RunKind] = mapped_column(server_default=text("'sync'"))
    trigger: Mapped[RunTrigger] = mapped_column(server_default=text("'user'"))
    status: Mapped[RunStatus] = mapped_column(server_default=text("'queued'"))
    phase: Mapped[str] = mapped_column(server_default=text("'queued'"))
    commit_sha: Mapped[str | None]
    files_total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    files_done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    files_changed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    files_removed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    files_failed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    chunks_total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    chunks_embedded: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(server_default=text("0"))  # of the newest event applied


def _source_status(source_id: ColumnElement[int]) -> ColumnElement[SyncStatus]:
    """The status of a source's open run, else of the sync that ended last, else `never`.

    How a re-index ended isn't told: the documents are those of the last sync either way.
    """
    run = SyncRun.__table__.c
    of_source = select(run.status).where(run.source_id == source_id).correlate_except(SyncRun.__table__).limit(1)
    # "running" sorts after "queued": a source with both is running.
    is_open = of_source.where(run.status.in_(["queued", "running"])).order_by(run.status.desc())
    last = of_source.where(run.kind == "sync", run.finished_at.is_not(None)).order_by(run.finished_at.desc())
    return func.coalesce(is_open.scalar_subquery(), last.scalar_subquery(), _NEVER)


class Source(Model):
    """A git repository, a branch of it and a folder in that: where documents of a project come from."""

    __tablename__ = "source"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        Index("ix_source_next_sync", "next_sync_at", postgresql_where=text("next_sync_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    name: Mapped[str]
    repo_url: Mapped[str]
    branch: Mapped[str | None]
    default_branch: Mapped[str | None]  # found by a sync, never by guessing; used where the user named none
    docs_path: Mapped[str | None]
    credential_kind: Mapped[CredentialKind | None]
    credential_sealed: Mapped[str | None] = mapped_column(deferred=True)
    webhook_secret_sealed: Mapped[str | None] = mapped_column(deferred=True)
    has_webhook: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    schedule: Mapped[str | None]  # cron syntax, in UTC
    next_sync_at: Mapped[datetime | None]  # by the schedule
    # What documents saw when it last asked the remote, and why it could not.
    remote_commit_sha: Mapped[str | None]
    remote_checked_at: Mapped[datetime | None]
    remote_error_code: Mapped[str | None]
    remote_error_detail: Mapped[str | None]
    remote_since: Mapped[datetime | None]  # when it became this remote; what was seen before is another one's
    remote_sequence: Mapped[int] = mapped_column(server_default=text("0"))  # of the newest such event applied
    last_commit_sha: Mapped[str | None]
    last_commit_at: Mapped[datetime | None]
    last_synced_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sync_status: Mapped[SyncStatus] = column_property(_source_status(id.column))  # noqa: A003 - the column above

    @property
    def has_credential(self) -> bool:
        return self.credential_kind is not None

    @property
    def is_behind(self) -> bool:
        """Whether the remote is known to have another commit than the one that was synced last."""
        return None not in (self.remote_commit_sha, self.last_commit_sha) and (
            self.remote_commit_sha != self.last_commit_sha
        )

    @property
    def effective_branch(self) -> str | None:
        """The branch the user named, else the repository's default one, once known."""
        return self.branch or self.default_branch


_SOURCE = Source.__table__.c


def _of_sources(what: ColumnElement[Any], project_id: ColumnElement[int]) -> Select[Any]:
    """`what` of the sources of the project in the row at hand."""
    return select(what).where(_SOURCE.project_id == project_id).correlate_except(Source.__table__)


def _project_status(project_id: ColumnElement[int]) -> ColumnElement[SyncStatus]:
    """The weightiest status of the project's sources; `never` without any."""
    status = _source_status(_SOURCE.id)
    weight = func.array_position(literal(_BY_WEIGHT, ARRAY(Text)), status)
    return func.coalesce(_of_sources(status, project_id).order_by(weight).limit(1).scalar_subquery(), _NEVER)


class Project(Model):
    """A project; what is said of its repository and its syncs is read from its sources."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # `id` is the column above, not the builtin.
    repo_url: Mapped[str | None] = column_property(
        _of_sources(_SOURCE.repo_url, id.column).order_by(_SOURCE.id).limit(1).scalar_subquery()  # noqa: A003 - see above
    )
    last_synced_at: Mapped[datetime | None] = column_property(
        _of_sources(func.max(_SOURCE.last_synced_at), id.column).scalar_subquery()  # noqa: A003 - see above
    )
    source_count: Mapped[int] = column_property(
        _of_sources(func.count(), id.column).scalar_subquery()  # noqa: A003 - see above
    )
    sync_status: Mapped[SyncStatus] = column_property(_project_status(id.column))  # noqa: A003 - see above


class WebhookDelivery(Model):
    """A push that a git host told us of a short while ago, so that the same message has no effect twice."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("ix_webhook_delivery_age", "received_at"),)

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProjectEvent(Model):
    """What happened in a project, kept for a day for those who watch it.

    Written under the project's lock, so that ids become visible in their order.
    """

    __tablename__ = "project_event"
    __table_args__ = (
        Index("ix_project_event_project", "project_id", "id"),
        Index("ix_project_event_age", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
