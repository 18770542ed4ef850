"""What a deleted source leaves behind: its documents and images, removed a few at a time, and its local copy.

The event of the deletion only buries the source: from then on nobody sees its documents, however many there are, and
removing them can be interrupted at any point.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from documents.events import DocumentRemoved
from documents.sync import jobs
from documents.sync.git import LocalCopy
from documents.sync.git_program import GitProgram

log = structlog.get_logger(__name__)

CHANNEL = "documents_source_deleted"
"""Notified when there is something to clear."""

REMOVED_AT_ONCE = 200
"""Documents in one transaction, with their events."""

ASSETS_AT_ONCE = 50
"""Images in one transaction."""

_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")
_BURIED = text("""
    SELECT s.id FROM source s WHERE s.is_deleted AND (
        EXISTS (SELECT FROM document d WHERE d.source_id = s.id)
        OR EXISTS (SELECT FROM asset a WHERE a.source_id = s.id)
    ) ORDER BY s.id
""")
# What another worker is removing is skipped, so that several share the work.
_REMOVE_SOME = text("""
    WITH removed AS MATERIALIZED (
        SELECT id FROM document WHERE source_id = :source_id ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    DELETE FROM document d USING removed r WHERE d.id = r.id RETURNING d.id, d.project_id, d.path
""")
_REMOVE_SOME_ASSETS = text("""
    WITH removed AS MATERIALIZED (
        SELECT id FROM asset WHERE source_id = :source_id ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    DELETE FROM asset a USING removed r WHERE a.id = r.id RETURNING a.id
""")
_DELETED = text("SELECT id FROM source WHERE is_deleted AND id = ANY(:ids)")


async def announce(session: AsyncSession) -> None:
    """Wake the workers once the session's transaction is committed."""
    await session.execute(_NOTIFY)


async def publish_removed(session: AsyncSession, source_id: int, rows: Iterable[Any]) -> int:
    """Publish the removal of documents, rows of (id, project_id, path); how many they are."""
    count = 0
    for document_id, project_id, path in rows:
        event = DocumentRemoved(document_id=document_id, project_id=project_id, source_id=source_id, path=path)
        await publish(session, event)
        count += 1
    return count


class DeletedSources:
    """Clears deleted sources away. Several workers may do so at once; each host has local copies of its own."""

    def __init__(self, database: Database, git: GitProgram) -> None:
        self._database = database
        self._git = git

    async def clear(self) -> None:
        """Remove all that there is to remove now. What is interrupted goes on with the next call."""
        async with self._database.transaction() as session:
            buried = (await session.scalars(_BURIED)).all()
        for source_id in buried:
            await self._remove_documents(source_id)
            await self._remove_assets(source_id)
        for folder in await self._copies():
            await LocalCopy(self._git, folder).delete()
            log.info("source.copy_deleted", folder=folder.name)

    async def _remove_documents(self, source_id: int) -> None:
        count = 0
        while removed := await self._remove_some(source_id):
            count += removed
        log.info("source.documents_removed", source_id=source_id, documents=count)

    async def _remove_some(self, source_id: int) -> int:
        async with self._database.transaction() as session:
            # Jobs first, as everywhere; one may have come in unseen while the source was being buried.
            await jobs.drop_all(session, source_id)
            rows = await session.execute(_REMOVE_SOME, {"source_id": source_id, "limit": REMOVED_AT_ONCE})
            return await publish_removed(session, source_id, rows)

    async def _remove_assets(self, source_id: int) -> None:
        """Documents are gone by now, and with them the source's jobs: nobody adds an image any more."""
        count = 0
        while removed := await self._remove_some_assets(source_id):
            count += removed
        log.info("source.assets_removed", source_id=source_id, assets=count)

    async def _remove_some_assets(self, source_id: int) -> int:
        async with self._database.transaction() as session:
            rows = await session.execute(_REMOVE_SOME_ASSETS, {"source_id": source_id, "limit": ASSETS_AT_ONCE})
            return len(rows.all())

    async def _copies(self) -> list[Path]:
        here = {int(folder.stem): folder for folder in self._git.home.glob("*.git") if folder.stem.isdigit()}
        async with self._database.transaction() as session:
            deleted = await session.scalars(_DELETED, {"ids": list(here)})
            return [here[source_id] for source_id in deleted]
