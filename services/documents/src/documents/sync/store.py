"""Storing documents: a document becomes visible with everything derived from it, in one transaction.

Each transaction first asserts the job's fence, so a worker that lost its job can't write. Rows travel as one JSON
parameter a table: the fastest way in that still lets Postgres compute the words.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from documents.events import DocumentChanged
from documents.sync import jobs
from documents.sync.deletion import REMOVED_AT_ONCE, publish_removed
from documents.sync.jobs import Job
from documents.sync.progress import MAX_WARNINGS, Progress
from documents.sync.rows import (
    Prepared,
    Vector,
    as_json,
    changed_anchors,
    chunk_rows,
    document_row,
    link_rows,
    section_rows,
)
from documents.sync.tree import Stored

PARSER_VERSION = 2
"""Raise it when parsing, recognition or chunking yields something else: stored documents are then read again."""

_STORED = text("SELECT path, id, blob_sha, parser_version FROM document WHERE source_id = :source_id")
_VECTORS = text("""
    SELECT DISTINCT ON (content_hash) content_hash, CAST(vector AS real[]) FROM chunk_vector
    WHERE model = :model AND content_hash = ANY(CAST(:hashes AS text[]))
""")
_RENAME = text("UPDATE document SET path = :path, updated_at = now() WHERE id = :id AND source_id = :source_id")
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
        updated_at = CASE WHEN document.blob_sha = excluded.blob_sha THEN document.updated_at ELSE now() END
    RETURNING id, path
""")
_OLD_SECTIONS = text("SELECT document_id, anchor, text_hash FROM section WHERE document_id = ANY(:ids)")
_CLEAR = [text(f"DELETE FROM {table} WHERE document_id = ANY(:ids)") for table in ("section", "chunk", "link")]  # noqa: S608 - constants
_SAVE_SECTIONS = text("""
    INSERT INTO section (document_id, position, level, heading, anchor, heading_path, char_start, char_end, line_start,
        line_end, text_hash)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, position int, level int, heading text,
        anchor text, heading_path text[], char_start int, char_end int, line_start int, line_end int, text_hash text)
""")
_SAVE_CHUNKS = text("""
    INSERT INTO chunk (project_id, source_id, document_id, position, section_position, heading_path, anchor, char_start,
        char_end, line_start, line_end, text, content_hash, kind, is_framework, words)
    SELECT :project_id, :source_id, r.document_id, r.position, r.section_position, r.heading_path, r.anchor,
        r.char_start, r.char_end, r.line_start, r.line_end, r.text, r.content_hash, r.kind, r.is_framework,
        setweight(to_tsvector('simple', r.title) || to_tsvector('english', r.title), 'A')
        || setweight(to_tsvector('simple', r.headings) || to_tsvector('english', r.headings), 'B')
        || setweight(to_tsvector('simple', r.body) || to_tsvector('english', r.body), 'C')
    FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, position int, section_position int,
        heading_path text[], anchor text, char_start int, char_end int, line_start int, line_end int, text text,
        content_hash text, kind text, is_framework boolean, title text, headings text, body text)
    RETURNING id, content_hash
""")
# An array of floats travels in binary; the vector's own text form takes five times as long to write.
_SAVE_VECTORS = text("""
    INSERT INTO chunk_vector (chunk_id, project_id, model, content_hash, vector)
    VALUES (:chunk_id, :project_id, :model, :content_hash, CAST(CAST(:vector AS real[]) AS halfvec))
""")
_SAVE_LINKS = text("""
    INSERT INTO link (document_id, href, text, line)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, href text, text text, line int)
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
    """The documents of one source, written by one job at one commit."""

    def __init__(self, database: Database, job: Job, model: str) -> None:
        self._database = database
        self._job = job
        self._model = model

    @property
    def _scope(self) -> dict[str, Any]:
        return {"project_id": self._job.project_id, "source_id": self._job.source_id}

    async def stored(self) -> dict[str, Stored]:
        """The source's documents by path."""
        async with self._database.transaction() as session:
            rows = await session.execute(_STORED, {"source_id": self._job.source_id})
            return {path: Stored(*rest) for path, *rest in rows}

    async def known_vectors(self, hashes: Iterable[str]) -> dict[str, Vector]:
        """Vectors of these content hashes that any document already has."""
        async with self._database.transaction() as session:
            rows = await session.execute(_VECTORS, {"model": self._model, "hashes": list(hashes)})
            return {content_hash: np.asarray(values, dtype=np.float32) for content_hash, values in rows}

    async def save(self, batch: Sequence[Prepared], commit_sha: str, progress: Progress, *, publishes: bool) -> None:
        """Replace these documents with their new state, and save the progress, in one transaction.

        `publishes` the progress, too. Raises FencedOut, CancelRequested; then nothing is saved.
        """
        async with self._database.transaction() as session:
            await jobs.record(session, self._job, progress)
            await self._save(session, batch, commit_sha)
            if publishes:
                await jobs.publish_progress(session, self._job, progress)

    async def _save(self, session: AsyncSession, batch: Sequence[Prepared], commit_sha: str) -> None:
        for each in batch:
            if each.work.old_path is not None:
                values = {"id": each.work.document_id, "path": each.work.entry.path}
                await session.execute(_RENAME, values | {"source_id": self._job.source_id})
        ids = await self._save_documents(session, batch, commit_sha)
        old_sections = await _old_sections(session, list(ids.values()))
        for statement in _CLEAR:
            await session.execute(statement, {"ids": list(ids.values())})
        sections = [row for each in batch for row in section_rows(each, ids[each.work.entry.path])]
        await session.execute(_SAVE_SECTIONS, as_json(sections))
        await self._save_chunks(session, batch, ids)
        links = [row for each in batch for row in link_rows(each, ids[each.work.entry.path])]
        await session.execute(_SAVE_LINKS, as_json(links))
        for each in batch:
            document_id = ids[each.work.entry.path]
            await publish(session, self._changed(each, document_id, commit_sha, old_sections[document_id]))

    async def _save_documents(
        self, session: AsyncSession, batch: Sequence[Prepared], commit_sha: str
    ) -> dict[str, int]:
        values = {"commit_sha": commit_sha, "parser_version": PARSER_VERSION}
        rows = as_json(document_row(each) for each in batch)
        saved = await session.execute(_SAVE_DOCUMENTS, self._scope | values | rows)
        return {path: document_id for document_id, path in saved}

    async def _save_chunks(self, session: AsyncSession, batch: Sequence[Prepared], ids: Mapping[str, int]) -> None:
        rows = [row for each in batch for row in chunk_rows(each, ids[each.work.entry.path])]
        if not rows:
            return
        vectors = {content_hash: vector for each in batch for content_hash, vector in each.vectors.items()}
        saved = await session.execute(_SAVE_CHUNKS, self._scope | as_json(rows))
        common = {"project_id": self._job.project_id, "model": self._model}
        values = [
            {**common, "chunk_id": chunk_id, "content_hash": content_hash, "vector": vectors[content_hash].tolist()}
            for chunk_id, content_hash in saved
        ]
        await session.execute(_SAVE_VECTORS, values)

    def _changed(
        self, each: Prepared, document_id: int, commit_sha: str, old: Mapping[str, set[str]]
    ) -> DocumentChanged:
        return DocumentChanged(
            document_id=document_id,
            project_id=self._job.project_id,
            source_id=self._job.source_id,
            path=each.document.path,
            title=each.document.title,
            kind=each.document.kind,
            change=each.change,
            blob_sha=each.work.entry.blob_sha,
            commit_sha=commit_sha,
            changed_anchors=changed_anchors(each, old),
        )

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


async def _old_sections(session: AsyncSession, ids: Sequence[int]) -> Mapping[int, Mapping[str, set[str]]]:
    """The text hashes of the stored sections, by document and anchor ("" where a section has none)."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for document_id, anchor, text_hash in await session.execute(_OLD_SECTIONS, {"ids": ids}):
        found[document_id][anchor or ""].add(text_hash)
    return found
