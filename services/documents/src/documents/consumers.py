"""Facts of projects that this service listens to, with its own models of them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import Consumers, EventMeta
from documents.models import SCHEMA
from documents.sync import deletion, heads, jobs

consumers = Consumers(SCHEMA)

_SAME_PLACE = "(s.repo_url, s.branch) IS NOT DISTINCT FROM (excluded.repo_url, excluded.branch)"
# A source's events share one sequence: what is older than the newest one applied has no effect, also after a deletion.
# What is known of a remote is of its address and branch, and what of its history, of a folder; a remote is asked anew
# where its answer may be another one.
_SAVE_SOURCE = text(f"""
    INSERT INTO source AS s (id, project_id, name, repo_url, branch, docs_path, has_credential, sequence)
    VALUES (:source_id, :project_id, :name, :repo_url, :branch, :docs_path, :has_credential, :sequence)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, repo_url = excluded.repo_url, branch = excluded.branch,
        docs_path = excluded.docs_path, has_credential = excluded.has_credential, sequence = excluded.sequence,
        history_sha = CASE WHEN s.docs_path IS NOT DISTINCT FROM excluded.docs_path THEN s.history_sha END,
        remote_commit_sha = CASE WHEN {_SAME_PLACE} THEN s.remote_commit_sha END,
        remote_checked_at = CASE WHEN {_SAME_PLACE} THEN s.remote_checked_at END,
        remote_error_code = CASE WHEN {_SAME_PLACE} THEN s.remote_error_code END,
        remote_error_detail = CASE WHEN {_SAME_PLACE} THEN s.remote_error_detail END,
        check_requested_at = CASE
            WHEN {_SAME_PLACE} AND s.has_credential = excluded.has_credential AND s.remote_error_code IS NULL
            THEN s.check_requested_at ELSE now() END
    WHERE s.sequence < excluded.sequence AND NOT s.is_deleted
""")  # noqa: S608 - put together from constants; values are bound
# The row stays as a tombstone, so that no late request brings the source back.
_BURY_SOURCE = text("""
    INSERT INTO source AS s (id, project_id, name, repo_url, sequence, is_deleted)
    VALUES (:source_id, :project_id, '', '', :sequence, true)
    ON CONFLICT (id) DO UPDATE SET is_deleted = true, sequence = greatest(s.sequence, excluded.sequence)
""")
_SOURCES_OF_PROJECT = text("SELECT id FROM source WHERE project_id = :project_id ORDER BY id")


class SourceSaved(BaseModel):
    source_id: int
    project_id: int
    name: str
    repo_url: str
    branch: str | None = None
    docs_path: str | None = None
    has_credential: bool = False


class SourceDeleted(BaseModel):
    source_id: int
    project_id: int


class ProjectDeleted(BaseModel):
    project_id: int


class SourceCheckRequested(BaseModel):
    source_id: int


class SyncRequested(BaseModel):
    sync_id: UUID
    source_id: int
    requested_at: datetime
    kind: jobs.Kind = "sync"


class SyncCancelRequested(BaseModel):
    sync_id: UUID


@consumers.on("projects.source.created.v1")
async def source_created(session: AsyncSession, event: SourceSaved, meta: EventMeta) -> None:
    await session.execute(_SAVE_SOURCE, event.model_dump() | {"sequence": meta.sequence})


@consumers.on("projects.source.updated.v1")
async def source_updated(session: AsyncSession, event: SourceSaved, meta: EventMeta) -> None:
    await session.execute(_SAVE_SOURCE, event.model_dump() | {"sequence": meta.sequence})
    await heads.announce(session)


@consumers.on("projects.source.check_requested.v1")
async def source_check_requested(session: AsyncSession, event: SourceCheckRequested, meta: EventMeta) -> None:
    await heads.request(session, event.source_id)


@consumers.on("projects.source.deleted.v1")
async def source_deleted(session: AsyncSession, event: SourceDeleted, meta: EventMeta) -> None:
    await _delete_source(session, event.source_id, event.project_id, meta.sequence)


@consumers.on("projects.project.deleted.v1")
async def project_deleted(session: AsyncSession, event: ProjectDeleted, meta: EventMeta) -> None:
    """Its sources' own events do the same; whichever comes first."""
    sources = await session.scalars(_SOURCES_OF_PROJECT, {"project_id": event.project_id})
    for source_id in sources.all():
        await _delete_source(session, source_id, event.project_id, 0)


@consumers.on("projects.sync.requested.v1")
async def sync_requested(session: AsyncSession, event: SyncRequested, meta: EventMeta) -> None:
    await jobs.request(session, event.sync_id, event.source_id, event.requested_at, event.kind)


@consumers.on("projects.sync.cancel_requested.v1")
async def sync_cancel_requested(session: AsyncSession, event: SyncCancelRequested, meta: EventMeta) -> None:
    await jobs.request_cancel(session, event.sync_id)


async def _delete_source(session: AsyncSession, source_id: int, project_id: int, sequence: int) -> None:
    """Bury the source; workers remove its documents, of which there may be more than one transaction should hold.

    Jobs first: that fences their workers out, and everyone locks jobs, source and documents in this order.
    """
    values = {"source_id": source_id, "project_id": project_id, "sequence": sequence}
    await jobs.drop_all(session, source_id)
    await session.execute(_BURY_SOURCE, values)
    await deletion.announce(session)
