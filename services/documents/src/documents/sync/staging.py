"""What a re-index prepares beside the index in use: vectors in the table `staged_vector`, rows in a file.

Vectors are committed a group at a time, so what was embedded once isn't again, whatever happens to the worker. All that
the new index needs is staged, also vectors that other documents have now: those may be gone by the time of the switch.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from documents.events import DocumentChanged
from documents.sync import jobs
from documents.sync.derived import DerivedRows, derived_rows, section_hashes
from documents.sync.jobs import Job
from documents.sync.progress import Progress
from documents.sync.rows import Prepared, Vector, as_json, change_of, document_row
from documents.sync.spool import Spool

_STAGE_KNOWN = text("""
    INSERT INTO staged_vector (source_id, model, content_hash, vector)
    SELECT DISTINCT ON (content_hash) CAST(:source_id AS bigint), model, content_hash, vector FROM chunk_vector
    WHERE model = :model AND content_hash = ANY(CAST(:hashes AS text[]))
    ON CONFLICT DO NOTHING
""")
_STAGED = text("""
    SELECT content_hash FROM staged_vector
    WHERE source_id = :source_id AND model = :model AND content_hash = ANY(CAST(:hashes AS text[]))
""")
_STAGE = text("""
    INSERT INTO staged_vector (source_id, model, content_hash, vector)
    VALUES (:source_id, :model, :content_hash, CAST(CAST(:vector AS real[]) AS halfvec))
    ON CONFLICT DO NOTHING
""")
_TEXTS = text("""
    SELECT id, commit_sha, encode(sha256(convert_to(content, 'UTF8')), 'hex') AS digest FROM document
    WHERE id = ANY(:ids)
""")
# One step in the primary key for each source: nothing is read of its vectors, of which there may be many. What a model
# made before it stopped answering is kept for the next try: it may have cost hours, or money.
_UNWANTED = text("""
    WITH RECURSIVE staged AS (
        SELECT min(source_id) AS source_id FROM staged_vector
        UNION ALL
        SELECT (SELECT min(v.source_id) FROM staged_vector v WHERE v.source_id > s.source_id) FROM staged s
        WHERE s.source_id IS NOT NULL
    )
    SELECT source_id FROM staged s WHERE source_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM sync_job j
        WHERE j.source_id = s.source_id AND j.kind = 'reindex' AND (j.state IN ('queued', 'running')
            OR j.error_code = 'EMBEDDING_UNAVAILABLE' AND j.finished_at > now() - interval '1 day')
    )
""")
_CLEAR = text("DELETE FROM staged_vector WHERE source_id = ANY(:source_ids)")

_ELSEWHERE: Vector = np.empty(0, dtype=np.float32)
"""Stands for a vector that is staged already, so nobody here needs its numbers."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Some documents as they will be after the switch. `documents` are rows for its statement, as a parameter."""

    documents: dict[str, str]
    derived: DerivedRows
    changed: list[DocumentChanged]


class Staging:
    """Takes what a pipeline prepares of one source's stored documents."""

    def __init__(self, database: Database, job: Job, model: str, spool: Spool[Rebuilt]) -> None:
        self._database = database
        self._job = job
        self._model = model
        self._spool = spool

    async def known_vectors(self, hashes: Iterable[str]) -> dict[str, Vector]:
        """Which of these content hashes needn't be embedded: they are staged now. Raises FencedOut, CancelRequested."""
        values = {"source_id": self._job.source_id, "model": self._model, "hashes": list(hashes)}
        async with self._database.transaction() as session:
            await jobs.assert_mine(session, self._job)
            await session.execute(_STAGE_KNOWN, values)
            return dict.fromkeys((await session.scalars(_STAGED, values)).all(), _ELSEWHERE)

    async def save(self, batch: Sequence[Prepared], commit_sha: str, progress: Progress, *, publishes: bool) -> None:
        """Stage these documents. Only new vectors count as getting on: all else begins again after an interruption.

        Raises FencedOut, CancelRequested.
        """
        progress = progress.model_copy(update={"files_changed": 0})
        vectors = {key: vector for each in batch for key, vector in each.vectors.items() if vector is not _ELSEWHERE}
        async with self._database.transaction() as session:
            if vectors:
                await jobs.record(session, self._job, progress)
                await session.execute(_STAGE, [self._row(key, vector) for key, vector in vectors.items()])
            else:
                await jobs.assert_mine(session, self._job)
            if publishes:
                await jobs.publish_progress(session, self._job, progress)
            rebuilt = await self._rebuilt(session, batch)
        self._spool.put(rebuilt)

    def _row(self, content_hash: str, vector: Vector) -> dict[str, Any]:
        common = {"source_id": self._job.source_id, "model": self._model}
        return {**common, "content_hash": content_hash, "vector": vector.tolist()}

    async def _rebuilt(self, session: AsyncSession, batch: Sequence[Prepared]) -> Rebuilt:
        ids = {each.work.entry.path: each.work.document_id for each in batch if each.work.document_id is not None}
        known = {row.id: row for row in await session.execute(_TEXTS, {"ids": list(ids.values())})}
        old = await section_hashes(session, list(ids.values()))
        rows: list[dict[str, Any]] = []
        changed: list[DocumentChanged] = []
        for each in batch:
            stored = known[ids[each.work.entry.path]]
            rows.append(_document_row(each, stored.id, stored.digest))
            event = change_of(each, self._job.scope, stored.id, stored.commit_sha, old[stored.id])
            # The text is what it was: nobody is told, unless sections are cut or named otherwise than before.
            changed += [event] if event.changed_anchors != [] else []
        return Rebuilt(as_json(rows), derived_rows(batch, ids), changed)


def _document_row(each: Prepared, document_id: int, digest: str) -> dict[str, Any]:
    """As for a sync, but a text that is the same as before isn't written anew."""
    row = {**document_row(each), "id": document_id}
    is_same = hashlib.sha256(each.document.text.encode()).hexdigest() == digest
    return row | {"content": None, "raw": None} if is_same else row


async def clear_unwanted(database: Database) -> None:
    """Remove what re-indexes staged that failed or were cancelled."""
    async with database.transaction() as session:
        if source_ids := (await session.scalars(_UNWANTED)).all():
            await session.execute(_CLEAR, {"source_ids": source_ids})
