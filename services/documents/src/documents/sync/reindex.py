"""A re-index: everything derived from a source's stored documents is made anew, without git, beside the index in use.

First all documents are parsed and what isn't known is embedded (`staging`), then one transaction puts the new rows in
the place of the old ones: a reader sees either. That transaction is long, so it locks the job only at its end: a
cancellation, a deletion of the source and the heartbeat go on meanwhile, and the fence, asserted last, still lets no
worker commit that has lost its job.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from documents.embedding import Embedder
from documents.sync import jobs
from documents.sync.derived import replace_derived
from documents.sync.jobs import Job, Jobs
from documents.sync.parsers import Parsers
from documents.sync.pipeline import PROGRESS_SECONDS, Limits, Pipeline
from documents.sync.progress import Progress
from documents.sync.reconciliation import warn_of_documents
from documents.sync.spool import Spool
from documents.sync.staging import Rebuilt, Staging
from documents.sync.store import PARSER_VERSION, DocumentStore
from documents.sync.tree import Entry, Work

# A re-index is at the commit of the last sync; its branch and date are known only by that one.
_COMMIT = text("""
    SELECT s.commit_sha, coalesce(j.progress ->> 'branch', s.branch) AS branch,
        CAST(j.progress ->> 'commit_at' AS timestamptz) AS commit_at
    FROM source s LEFT JOIN LATERAL (
        SELECT progress FROM sync_job WHERE source_id = s.id AND state = 'succeeded' AND kind = 'sync'
        ORDER BY finished_at DESC LIMIT 1
    ) j ON true WHERE s.id = :source_id
""")
# Of a file that was too large to be read there is nothing to parse.
_READABLE = text("""
    SELECT id, path, blob_sha, size_bytes FROM document
    WHERE source_id = :source_id AND NOT (is_failed AND content = '' AND size_bytes > 0) ORDER BY id
""")
_BYTES = text("SELECT content, raw FROM document WHERE id = :id")
_UPDATE_DOCUMENTS = text("""
    UPDATE document d SET title = r.title, kind = r.kind, artifact_id = r.artifact_id, status = r.status,
        is_framework = r.is_framework, is_failed = r.is_failed, front_matter = r.front_matter, html = r.html,
        toc = r.toc, warnings = r.warnings, content = coalesce(r.content, d.content),
        raw = CASE WHEN r.content IS NULL THEN d.raw ELSE decode(r.raw, 'base64') END
    FROM json_to_recordset(CAST(:rows AS json)) AS r(id bigint, title text, kind text, artifact_id text, status text,
        is_framework boolean, is_failed boolean, front_matter jsonb, content text, raw text, html text, toc jsonb,
        warnings text[])
    WHERE d.id = r.id AND d.source_id = :source_id
""")
_GIVE_VECTORS = text("""
    INSERT INTO chunk_vector (chunk_id, project_id, model, content_hash, vector)
    SELECT c.id, c.project_id, s.model, c.content_hash, s.vector FROM chunk c
    JOIN staged_vector s ON s.source_id = c.source_id AND s.model = :model AND s.content_hash = c.content_hash
    WHERE c.id = ANY(:ids) RETURNING chunk_id
""")
_MARK = text("UPDATE document SET parser_version = :now WHERE source_id = :source_id AND parser_version <> :now")
_NOTE_MODEL = text("UPDATE source SET models = ARRAY[CAST(:model AS text)] WHERE id = :source_id")
_UNSTAGE = text("DELETE FROM staged_vector WHERE source_id = :source_id")


@dataclass(frozen=True, slots=True)
class ReindexOptions:
    """What a re-index works with. `folder` is on a disk that has room for the rows of a whole source."""

    limits: Limits
    parsers: Parsers
    folder: Path


class Reindex:
    """Re-indexes the source of one job."""

    def __init__(
        self, database: Database, claims: Jobs, job: Job, embedder: Embedder, *, options: ReindexOptions
    ) -> None:
        self._database = database
        self._jobs = claims
        self._job = job
        self._embedder = embedder
        self._options = options
        self._store = DocumentStore(database, job)
        self._model = ""
        self._reported_at = 0.0

    async def run(self, progress: Progress) -> None:
        """Raises FencedOut, CancelRequested, EmbeddingUnavailable; then the index is as it was."""
        work = await self._begin(progress)
        self._model = await self._embedder.identify()
        with Spool[Rebuilt](self._options.folder) as spool:
            staging = Staging(self._database, self._job, self._model, spool)
            pipeline = Pipeline(
                read=self._reader(work),
                embedder=self._embedder,
                store=staging,
                commit_sha=progress.commit_sha or "",
                progress=progress,
                limits=self._options.limits,
                parsers=self._options.parsers,
            )
            await pipeline.run(work)
            await self._switch(spool, progress)
        progress.warnings = []
        await warn_of_documents(self._store, progress)

    async def _begin(self, progress: Progress) -> list[Work]:
        async with self._database.transaction() as session:
            row = (await session.execute(_COMMIT, {"source_id": self._job.source_id})).one()
            rows = await session.execute(_READABLE, {"source_id": self._job.source_id})
            work = [Work(Entry(path, blob_sha, size), document_id) for document_id, path, blob_sha, size in rows]
        totals = await self._store.totals()
        progress.phase = "indexing"
        progress.commit_sha, progress.branch, progress.commit_at = row
        progress.files_total = totals.files
        progress.files_done = progress.files_failed = totals.files - len(work)
        progress.chunks_total = 0
        progress.warnings = []
        await self._jobs.report(self._job, progress)
        return work

    def _reader(self, work: list[Work]) -> Any:
        """A function from blob ids to what the files held."""
        documents = {each.entry.blob_sha: each.document_id for each in work}

        async def read(blob_sha: str) -> bytes:
            async with self._database.transaction() as session:
                row = (await session.execute(_BYTES, {"id": documents[blob_sha]})).one()
            return row.content.encode() if row.raw is None else row.raw

        return read

    async def _switch(self, spool: Spool[Rebuilt], progress: Progress) -> None:
        progress.phase = "switching"
        progress.files_changed = progress.files_done = 0
        await self._jobs.report(self._job, progress)
        async with self._database.transaction() as session:
            for rebuilt in spool:
                await self._replace(session, rebuilt)
                await self._report(progress, len(rebuilt.derived.ids))
            await session.execute(_MARK, {"now": PARSER_VERSION, "source_id": self._job.source_id})
            await session.execute(_UNSTAGE, {"source_id": self._job.source_id})
            await jobs.record(session, self._job, progress)
            # After the job, as everyone locks them.
            await session.execute(_NOTE_MODEL, {"model": self._model, "source_id": self._job.source_id})

    async def _replace(self, session: AsyncSession, rebuilt: Rebuilt) -> None:
        await session.execute(_UPDATE_DOCUMENTS, self._job.scope | rebuilt.documents)
        chunks = await replace_derived(session, self._job.scope, rebuilt.derived)
        values = {"model": self._model, "ids": [chunk_id for chunk_id, _ in chunks]}
        given = (await session.execute(_GIVE_VECTORS, values)).all()
        if len(given) != len(chunks):
            raise RuntimeError(f"{len(chunks) - len(given)} chunks have no staged vector")
        for event in rebuilt.changed:
            await publish(session, event)

    async def _report(self, progress: Progress, documents: int) -> None:
        """Tell how far the switch is, in a transaction beside it."""
        progress.files_done += documents
        if time.monotonic() - self._reported_at >= PROGRESS_SECONDS:
            self._reported_at = time.monotonic()
            await self._jobs.report(self._job, progress)
