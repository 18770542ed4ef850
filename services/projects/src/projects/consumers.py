"""The facts this service listens to, with the fields that it needs of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog
from prometheus_client import Counter
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import Consumers, EventMeta
from projects.models import RunStatus, Source, SyncRun
from projects.repository import (
    EVERYTHING,
    ProjectEventRepository,
    ProjectRepository,
    SourceRepository,
    SyncRunRepository,
)
from projects.schemas import SourceResponse
from projects.sync_service import OPEN, note_run

log = structlog.get_logger(__name__)

FINISHED = Counter("projects_sync_finished", "Syncs and re-indexes that ended", ["status", "kind"])
CHECKED = Counter("projects_source_checked", "Remotes that were asked for their newest commit", ["outcome"])

consumers = Consumers("projects")

_STATUS: dict[str, RunStatus] = {
    "started": "running",
    "progressed": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
_NOT_TAKEN = {"sync_id", "project_id", "branch", "commit_at", "finished_at", "remote_checked_at"}


class FileWarning(BaseModel):
    path: str
    message: str


class SyncSnapshot(BaseModel):
    """How a sync stands, whole: a newer one replaces an older one."""

    sync_id: UUID
    project_id: int
    phase: str
    branch: str | None
    commit_sha: str | None
    commit_at: datetime | None
    files_total: int
    files_done: int
    files_changed: int
    files_removed: int
    files_failed: int
    chunks_total: int
    chunks_embedded: int
    warnings: list[FileWarning]
    error_code: str | None
    error_detail: str | None
    started_at: datetime | None
    finished_at: datetime | None
    remote_checked_at: datetime | None = None


class SourceChecked(BaseModel):
    source_id: int
    project_id: int
    remote_commit_sha: str | None
    checked_at: datetime
    error_code: str | None
    error_detail: str | None


class DocumentChanged(BaseModel):
    document_id: int
    project_id: int
    source_id: int
    path: str
    title: str
    kind: str
    change: Literal["added", "modified", "renamed"]


class DocumentRemoved(BaseModel):
    document_id: int
    project_id: int
    source_id: int
    path: str


@consumers.on("documents.sync.started.v1")
@consumers.on("documents.sync.progressed.v1")
@consumers.on("documents.sync.succeeded.v1")
@consumers.on("documents.sync.failed.v1")
@consumers.on("documents.sync.cancelled.v1")
async def sync_reported(session: AsyncSession, event: SyncSnapshot, meta: EventMeta) -> None:
    """Bring run and source up to date. An older report, or one about a deleted run, has no effect."""
    if not await ProjectRepository(session).lock(event.project_id, EVERYTHING):
        return
    run = await SyncRunRepository(session).get_by_id(event.sync_id, EVERYTHING)
    if run is None or meta.sequence <= run.sequence:
        return
    word = meta.type.split(".")[2]
    _take_over(run, event, meta, _STATUS[word])
    source = await SourceRepository(session).get_by_id(run.source_id, EVERYTHING)
    if source is not None and run.kind == "sync":  # a re-index asks no repository
        _update_source(source, run, event)
    await note_run(session, run, f"sync.{word}")
    if run.status not in OPEN:
        FINISHED.labels(run.status, run.kind).inc()
        log.info("sync.finished", sync_id=str(run.id), source_id=run.source_id, status=run.status, kind=run.kind)


@consumers.on("documents.source.checked.v1")
async def source_checked(session: AsyncSession, event: SourceChecked, meta: EventMeta) -> None:
    """Note what the remote has, and tell those who watch. What a later check or sync has overtaken has no effect."""
    if not await ProjectRepository(session).lock(event.project_id, EVERYTHING):
        return
    source = await SourceRepository(session).get_by_id(event.source_id, EVERYTHING)
    if source is None or meta.sequence <= source.remote_sequence:
        return
    source.remote_sequence = meta.sequence
    if _is_overtaken(source, event.checked_at):
        return
    for name in ("remote_commit_sha", "error_code", "error_detail", "checked_at"):
        setattr(source, name if name.startswith("remote_") else f"remote_{name}", getattr(event, name))
    CHECKED.labels(event.error_code or "ok").inc()
    log.info("source.checked", source_id=source.id, is_behind=source.is_behind, error_code=event.error_code)
    data = SourceResponse.model_validate(source).model_dump(mode="json")
    await ProjectEventRepository(session).append(source.project_id, "source.checked", data)


@consumers.on("documents.document.changed.v1")
async def document_changed(session: AsyncSession, event: DocumentChanged, _: EventMeta) -> None:
    """Tell those who watch the project."""
    await _note_document(session, event.project_id, "document.changed", event)


@consumers.on("documents.document.removed.v1")
async def document_removed(session: AsyncSession, event: DocumentRemoved, _: EventMeta) -> None:
    """Tell those who watch the project."""
    await _note_document(session, event.project_id, "document.removed", event)


async def _note_document(session: AsyncSession, project_id: int, kind: str, event: BaseModel) -> None:
    if await ProjectRepository(session).lock(project_id, EVERYTHING):
        await ProjectEventRepository(session).append(project_id, kind, event.model_dump(mode="json"))


def _take_over(run: SyncRun, event: SyncSnapshot, meta: EventMeta, status: RunStatus) -> None:
    taken: dict[str, Any] = event.model_dump(exclude=_NOT_TAKEN)
    for name, value in taken.items():
        setattr(run, name, value)
    run.status = status
    # An end without a time would never count as the source's last one.
    run.finished_at = None if status in OPEN else event.finished_at or meta.time
    run.sequence = meta.sequence


def _update_source(source: Source, run: SyncRun, event: SyncSnapshot) -> None:
    """What a sync found out about its source; runs of one source may report in any order, the last to end counts."""
    if source.branch is None and event.branch is not None:
        source.default_branch = event.branch
    if run.status != "succeeded" or run.finished_at is None:
        return
    if source.last_synced_at is None or source.last_synced_at <= run.finished_at:
        source.last_commit_sha = run.commit_sha
        source.last_commit_at = event.commit_at
        source.last_synced_at = run.finished_at
    asked_at = event.remote_checked_at
    if asked_at is not None and not _is_overtaken(source, asked_at):
        source.remote_commit_sha = run.commit_sha
        source.remote_checked_at = asked_at
        source.remote_error_code = source.remote_error_detail = None


def _is_overtaken(source: Source, asked_at: datetime) -> bool:
    """Whether more is known of the remote than what it said at that time, or it was another one then."""
    return any(later is not None and asked_at < later for later in (source.remote_checked_at, source.remote_since))
