"""Facts of projects that this service listens to, with its own models of them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import Consumers, EventMeta
from documents.models import SCHEMA
from documents.sync import deletion, jobs

consumers = Consumers(SCHEMA)

# A source's events share one sequence: what is older than the newest one applied has no effect, also after a deletion.
_SAVE_SOURCE = text("""
    INSERT INTO source AS s (id, project_id, name, repo_url, branch, docs_path, sequence)
    VALUES (:source_id, :project_id, :name, :repo_url, :branch, :docs_path, :sequence)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, repo_url = excluded.repo_url, branch = excluded.branch,
        docs_path = excluded.docs_path, sequence = excluded.sequence
    WHERE s.sequence < excluded.sequence AND NOT s.is_deleted
""")
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


class SourceDeleted(BaseModel):
    source_id: int
    project_id: int


class ProjectDeleted(BaseModel):
    project_id: int


class SyncRequested(BaseModel):
    sync_id: UUID
    source_id: int
    requested_at: datetime


class SyncCancelRequested(BaseModel):
    sync_id: UUID


@consumers.on("projects.source.created.v1")
async def source_created(session: AsyncSession, event: SourceSaved, meta: EventMeta) -> None:
    await session.execute(_SAVE_SOURCE, event.model_dump() | {"sequence": meta.sequence})


@consumers.on("projects.source.updated.v1")
async def source_updated(session: AsyncSession, event: SourceSaved, meta: EventMeta) -> None:
    await session.execute(_SAVE_SOURCE, event.model_dump() | {"sequence": meta.sequence})


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
    await jobs.request(session, event.sync_id, event.source_id, event.requested_at)


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
