"""The facts that chat listens to, with its own copy of the fields that it needs."""

from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chat.models import Citation, Conversation, DeletedProject, DocumentVersion
from chat.repository import lock_project
from chat.staleness import still_current
from chat.turn_repository import lock_versions
from common.events import Consumers, EventMeta

consumers = Consumers("chat")


class ProjectDeleted(BaseModel):
    project_id: int


class DocumentChanged(BaseModel):
    document_id: int
    path: str
    blob_sha: str
    changed_anchors: list[str] | None


class DocumentRemoved(BaseModel):
    document_id: int


@consumers.on("projects.project.deleted.v1")
async def project_deleted(session: AsyncSession, event: ProjectDeleted, meta: EventMeta) -> None:
    """Forget its conversations and let no new one begin."""
    await lock_project(session, event.project_id)
    await session.execute(insert(DeletedProject).values(project_id=event.project_id).on_conflict_do_nothing())
    await session.execute(delete(Conversation).where(Conversation.project_id == event.project_id))


@consumers.on("documents.document.changed.v1")
async def document_changed(session: AsyncSession, event: DocumentChanged, meta: EventMeta) -> None:
    """Mark the citations of sections that changed; follow a rename."""
    version = await _newer_version(session, event.document_id, meta)
    if version is None:
        return
    version.path = event.path
    version.blob_sha = event.blob_sha
    version.changed_anchors = event.changed_anchors
    await session.execute(
        update(Citation)
        .where(Citation.document_id == event.document_id, Citation.path != event.path)
        .where(Citation.read_at <= meta.time)
        .values(path=event.path)
    )
    await _judge_citations(session, version)


@consumers.on("documents.document.removed.v1")
async def document_removed(session: AsyncSession, event: DocumentRemoved, meta: EventMeta) -> None:
    """Mark all citations of the document."""
    version = await _newer_version(session, event.document_id, meta)
    if version is None:
        return
    version.blob_sha = None
    version.changed_anchors = None
    await _judge_citations(session, version)


async def _newer_version(session: AsyncSession, document_id: int, meta: EventMeta) -> DocumentVersion | None:
    """The document's version, locked and moved on to this event; None when a newer one was applied already."""
    version = (await lock_versions(session, [document_id]))[document_id]
    if meta.sequence <= version.sequence:
        return None
    version.sequence = meta.sequence
    version.happened_at = meta.time
    return version


async def _judge_citations(session: AsyncSession, version: DocumentVersion) -> None:
    for citation in await session.scalars(select(Citation).where(Citation.document_id == version.document_id)):
        verdict = still_current(citation, version)
        if verdict is not None:
            citation.is_current = verdict
