"""Storing documents: a document becomes visible with everything derived from it, in one transaction.

Each transaction first asserts the job's fence, so a worker that lost its job can't write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from documents.sync import jobs
from documents.sync.deletion import REMOVED_AT_ONCE, publish_removed
from documents.sync.derived import derived_rows, replace_derived, section_hashes
from documents.sync.jobs import Job
from documents.sync.progress import MAX_WARNINGS, Progress
from documents.sync.rows import (
    Prepared,
    Vector,
    as_json,
    change_of,
    document_row,
    version_row,
)
from documents.sync.tree import Stored

PARSER_VERSION = 4
"""Raise it when parsing, recognition or chunking yields something else: stored documents are then read again."""

MOST_VERSIONS = 100
"""Former states that are kept of a document."""

MOST_VERSION_BYTES = 20 * 2**20
"""Text that is kept of them all; the newest stays in any case."""

# One row of arrays: four times as fast to read as a row for each document.
_STORED = text("""
    SELECT array_agg(path), array_agg(id), array_agg(blob_sha), array_agg(parser_version)
    FROM document WHERE source_id = :source_id HAVING count(*) > 0
""")
# As `tree.fingerprint` makes it; the column's collation sorts by code points, as Python does.
_FINGERPRINT = text("""
    SELECT encode(sha256(convert_to(
        coalesce(string_agg(octet_length(path) || ':' || path || ' ' || blob_sha, ' ' ORDER BY path), ''), 'UTF8'
    )), 'hex') AS fingerprint, coalesce(bool_and(parser_version = :parser_version), true) AS is_current
    FROM document WHERE source_id = :source_id
""")
_VECTORS = text("""
    SELECT DISTINCT ON (content_hash) content_hash, CAST(vector AS real[]) FROM (
        SELECT content_hash, vector FROM chunk_vector
        WHERE model = :model AND content_hash = ANY(CAST(:hashes AS text[]))
        UNION ALL SELECT content_hash, vector FROM staged_vector
        WHERE source_id = :source_id AND model = :model AND content_hash = ANY(CAST(:hashes AS text[]))
    ) v
""")
# What is about to be replaced by another text or path. The newest versions stay with the one that comes.
_KEEP_VERSIONS = text(f"""
    WITH replaced AS (
        SELECT d.* FROM document d
        JOIN json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, path text, blob_sha text)
            ON d.id = r.document_id
        WHERE d.source_id = :source_id AND (d.blob_sha <> r.blob_sha OR d.path <> r.path)
    ), too_old AS (
        DELETE FROM document_version WHERE id IN (
            SELECT id FROM (
                SELECT v.id, row_number() OVER newest_first AS age,
                    sum(octet_length(v.content)) OVER newest_first + octet_length(r.content) AS bytes
                FROM document_version v JOIN replaced r ON r.id = v.document_id
                WINDOW newest_first AS (PARTITION BY v.document_id ORDER BY v.id DESC)
            ) v WHERE age >= {MOST_VERSIONS} OR bytes > {MOST_VERSION_BYTES}
        )
    )
    INSERT INTO document_version (document_id, path, title, size_bytes, is_failed, blob_sha, commit_sha, content,
        synced_at, last_commit_sha, last_commit_at, last_commit_author, last_commit_subject)
    SELECT id, path, title, size_bytes, is_failed, blob_sha, commit_sha, content,
        updated_at, last_commit_sha, last_commit_at, last_commit_author, last_commit_subject FROM replaced
""")  # noqa: S608 - put together from constants; values are bound
# Which commit made the new text or path isn't known before the history was read.
_RENAME = text("""
    UPDATE document SET path = :path, updated_at = now(), last_commit_sha = NULL, last_commit_at = NULL,
        last_commit_author = NULL, last_commit_subject = NULL
    WHERE id = :id AND source_id = :source_id
""")
_SAVE_DOCUMENTS = text("""
    INSERT INTO document (project_id, source_id, path, title, file_type, size_bytes, kind, artifact_id, status,
        is_framework, is_failed, blob_sha, commit_sha, parser_version, front_matter, content, raw, html, toc,
        warnings)
    SELECT :project_id, :source_id, r.path, r.title, r.file_type, r.size_bytes, r.kind, r.artifact_id, r.status,
        r.is_framework, r.is_failed, r.blob_sha, :commit_sha, :parser_version, r.front_matter, r.content,
        decode(r.raw, 'base64'), r.html, r.toc, r.warnings
    FROM json_to_recordset(CAST(:rows AS json)) AS r(path text, title text, file_type text, size_bytes bigint,
        kind text, artifact_id text, status text, is_framework boolean, is_failed boolean, blob_sha text,
        front_matter jsonb, content text, raw text, html text, toc jsonb, warnings text[])
    ON CONFLICT (source_id, path) DO UPDATE SET title = excluded.title, file_type = excluded.file_type,
        size_bytes = excluded.size_bytes, kind = excluded.kind, artifact_id = excluded.artifact_id,
        status = excluded.status, is_framework = excluded.is_framework, is_failed = excluded.is_failed,
        blob_sha = excluded.blob_sha, commit_sha = excluded.commit_sha, parser_version = excluded.parser_version,
        front_matter = excluded.front_matter, content = excluded.content, raw = excluded.raw, html = excluded.html,
        toc = excluded.toc, warnings = excluded.warnings,
        updated_at = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.updated_at ELSE now() END,
        last_commit_sha = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.last_commit_sha END,
        last_commit_at = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.last_commit_at END,
        last_commit_author = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.last_commit_author END,
        last_commit_subject = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.last_commit_subject END
    RETURNING id, path
""")
# An array of floats travels in binary; the vector's own text form takes five times as long to write.
_SAVE_VECTORS = text("""
    INSERT INTO chunk_vector (chunk_id, project_id, model, content_hash, vector)
    VALUES (:chunk_id, :project_id, :model, :content_hash, CAST(CAST(:vector AS real[]) AS halfvec))
""")
# Hardly ever a change: a row that says so already isn't even locked.
_NOTE_MODEL = text("""
    UPDATE source SET models = array_append(models, :model) WHERE id = :source_id AND NOT :model = ANY(models)
""")
_REMOVE = text("DELETE FROM document WHERE id = ANY(:ids) AND source_id = :source_id RETURNING id, project_id, path")
_TOTALS = text("""
    SELECT (SELECT count(*) FROM chunk WHERE source_id = :source_id),
        (SELECT count(*) FROM document WHERE source_id = :source_id),
        (SELECT count(*) FROM document WHERE source_id = :source_id AND is_failed)
""")
_WARNINGS = text("""
    SELECT d.path, w.message FROM document d, unnest(d.warnings) AS w(message)
    WHERE d.source_id = :source_id ORDER BY d.is_failed DESC, d.path LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Totals:
    """What is stored of a source."""

    chunks: int
    files: int
    files_failed: int


class DocumentStore:
    """The documents of one source, written by one job at one commit; without a model, only what isn't embedded."""

    def __init__(self, database: Database, job: Job, model: str = "") -> None:
        self._database = database
        self._job = job
        self._model = model

    async def stored(self) -> dict[str, Stored]:
        """The source's documents by path."""
        async with self._database.transaction() as session:
            row = (await session.execute(_STORED, {"source_id": self._job.source_id})).first()
        return {path: Stored(*rest) for path, *rest in zip(*row, strict=True)} if row else {}

    async def fingerprint(self) -> tuple[str, bool]:
        """The stored paths and blobs as `tree.fingerprint` sums them up, and whether today's parser read them all."""
        async with self._database.transaction() as session:
            values = {"source_id": self._job.source_id, "parser_version": PARSER_VERSION}
            row = (await session.execute(_FINGERPRINT, values)).one()
            return row.fingerprint, row.is_current

    async def known_vectors(self, hashes: Iterable[str]) -> dict[str, Vector]:
        """Vectors of these content hashes that any document already has, or that a re-index has made ahead."""
        async with self._database.transaction() as session:
            values = {"source_id": self._job.source_id, "model": self._model, "hashes": list(hashes)}
            rows = await session.execute(_VECTORS, values)
            return {content_hash: np.asarray(values, dtype=np.float32) for content_hash, values in rows}

    async def save(self, batch: Sequence[Prepared], commit_sha: str, progress: Progress, *, publishes: bool) -> None:
        """Replace these documents with their new state, and save the progress, in one transaction.

        `publishes` the progress, too. Raises FencedOut, CancelRequested; then nothing is saved.
        """
        async with self._database.transaction() as session:
            await jobs.record(session, self._job, progress)
            await session.execute(_NOTE_MODEL, {"model": self._model, "source_id": self._job.source_id})
            await self._save(session, batch, commit_sha)
            if publishes:
                await jobs.publish_progress(session, self._job, progress)

    async def _save(self, session: AsyncSession, batch: Sequence[Prepared], commit_sha: str) -> None:
        known = [version_row(each) for each in batch if each.work.document_id is not None]
        if known:
            await session.execute(_KEEP_VERSIONS, as_json(known) | {"source_id": self._job.source_id})
        for each in batch:
            if each.work.old_path is not None:
                values = {"id": each.work.document_id, "path": each.work.entry.path}
                await session.execute(_RENAME, values | {"source_id": self._job.source_id})
        ids = await self._save_documents(session, batch, commit_sha)
        old_sections = await section_hashes(session, list(ids.values()))
        chunks = await replace_derived(session, self._job.scope, derived_rows(batch, ids))
        await self._save_vectors(session, batch, chunks)
        for each in batch:
            document_id = ids[each.work.entry.path]
            await publish(session, change_of(each, self._job.scope, document_id, commit_sha, old_sections[document_id]))

    async def _save_documents(
        self, session: AsyncSession, batch: Sequence[Prepared], commit_sha: str
    ) -> dict[str, int]:
        values = {"commit_sha": commit_sha, "parser_version": PARSER_VERSION}
        rows = as_json(document_row(each) for each in batch)
        saved = await session.execute(_SAVE_DOCUMENTS, self._job.scope | values | rows)
        return {path: document_id for document_id, path in saved}

    async def _save_vectors(
        self, session: AsyncSession, batch: Sequence[Prepared], chunks: Sequence[tuple[int, str]]
    ) -> None:
        if not chunks:
            return
        vectors = {content_hash: vector for each in batch for content_hash, vector in each.vectors.items()}
        common = {"project_id": self._job.project_id, "model": self._model}
        values = [
            {**common, "chunk_id": chunk_id, "content_hash": content_hash, "vector": vectors[content_hash].tolist()}
            for chunk_id, content_hash in chunks
        ]
        await session.execute(_SAVE_VECTORS, values)

    async def remove(self, ids: Sequence[int], progress: Progress) -> None:
        """Remove these documents with everything derived from them. Raises FencedOut, CancelRequested."""
        for start in range(0, len(ids), REMOVED_AT_ONCE):
            some = list(ids[start : start + REMOVED_AT_ONCE])
            removed = progress.files_removed + len(some)
            async with self._database.transaction() as session:
                await jobs.record(session, self._job, progress.model_copy(update={"files_removed": removed}))
                rows = await session.execute(_REMOVE, {"ids": some, "source_id": self._job.source_id})
                await publish_removed(session, self._job.source_id, rows)
            progress.files_removed = removed

    async def totals(self) -> Totals:
        """What is stored of the source now."""
        async with self._database.transaction() as session:
            row = (await session.execute(_TOTALS, {"source_id": self._job.source_id})).one()
            return Totals(*row)

    async def warnings(self) -> list[tuple[str, str]]:
        """(path, message) of the source's documents, those that failed first."""
        async with self._database.transaction() as session:
            rows = await session.execute(_WARNINGS, {"source_id": self._job.source_id, "limit": MAX_WARNINGS})
            return [(path, message) for path, message in rows]
