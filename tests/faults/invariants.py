"""What must hold once the faults are over, asked of the database and of git."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

import asyncpg

from documents.chunking import chunk
from documents.embedding.tokenizer import Tokenizer
from documents.parsing import FILE_TYPES, parse
from tests.faults import audit
from tests.faults.pushing import BusyRepository

_OPEN = {
    "runs are open": "SELECT count(*) FROM projects.sync_run WHERE status IN ('queued', 'running')",
    "jobs are open": "SELECT count(*) FROM documents.sync_job WHERE state IN ('queued', 'running')",
    "documents of deleted sources are there": """
        SELECT count(*) FROM documents.document d JOIN documents.source s ON s.id = d.source_id WHERE s.is_deleted""",
    "deliveries are on the bus": "SELECT count(*) FROM bus.delivery",
}
_NONE = {
    "documents without a source": """
        SELECT count(*) FROM documents.document d LEFT JOIN documents.source s ON s.id = d.source_id
        WHERE s.id IS NULL""",
    "sections without a document": """
        SELECT count(*) FROM documents.section c LEFT JOIN documents.document d ON d.id = c.document_id
        WHERE d.id IS NULL""",
    "links without a document": """
        SELECT count(*) FROM documents.link c LEFT JOIN documents.document d ON d.id = c.document_id
        WHERE d.id IS NULL""",
    "chunks without their document": """
        SELECT count(*) FROM documents.chunk c LEFT JOIN documents.document d ON d.id = c.document_id
            AND d.source_id = c.source_id AND d.project_id = c.project_id WHERE d.id IS NULL""",
    "chunks without their vector": """
        SELECT count(*) FROM documents.chunk c LEFT JOIN documents.chunk_vector v ON v.chunk_id = c.id
            AND v.content_hash = c.content_hash AND v.project_id = c.project_id WHERE v.chunk_id IS NULL""",
    "vectors without a chunk": """
        SELECT count(*) FROM documents.chunk_vector v LEFT JOIN documents.chunk c ON c.id = v.chunk_id
        WHERE c.id IS NULL""",
    "vectors staged by no re-index": "SELECT count(*) FROM documents.staged_vector",
    "chunks twice": """
        SELECT count(*) - count(DISTINCT (document_id, position)) FROM documents.chunk""",
    "sections twice": "SELECT count(*) - count(DISTINCT (document_id, position)) FROM documents.section",
    "runs without a job": """
        SELECT count(*) FROM projects.sync_run r LEFT JOIN documents.sync_job j ON j.id = r.id WHERE j.id IS NULL""",
    "jobs of living sources without a run": """
        SELECT count(*) FROM documents.sync_job j JOIN projects.source s ON s.id = j.source_id
        LEFT JOIN projects.sync_run r ON r.id = j.id WHERE r.id IS NULL
            -- Old runs are forgotten before old jobs.
            AND j.requested_at >= (SELECT min(requested_at) FROM projects.sync_run WHERE source_id = s.id)""",
    "sources that documents doesn't know as projects does": """
        SELECT count(*) FROM projects.source p FULL JOIN (SELECT * FROM documents.source WHERE NOT is_deleted) d
            ON d.id = p.id AND d.project_id = p.project_id AND d.repo_url = p.repo_url AND d.name = p.name
        WHERE d.id IS NULL OR p.id IS NULL""",
    "sources whose last commit the services disagree about": """
        SELECT count(*) FROM projects.source p JOIN documents.source d ON d.id = p.id
        WHERE p.last_commit_sha IS DISTINCT FROM d.commit_sha""",
    "documents that chat knows otherwise": """
        SELECT count(*) FROM documents.document d LEFT JOIN chat.document_version v
            ON v.document_id = d.id AND v.path = d.path AND v.blob_sha = d.blob_sha WHERE v.document_id IS NULL""",
    "removed documents that chat believes in": """
        SELECT count(*) FROM chat.document_version v LEFT JOIN documents.document d ON d.id = v.document_id
        WHERE d.id IS NULL AND v.blob_sha IS NOT NULL""",
    "notes about documents that watchers weren't given, or twice": """
        SELECT count(*) FROM (
            SELECT type, (data ->> 'document_id')::bigint AS document_id, count(*) AS times
            FROM projects.project_event WHERE type LIKE 'document.%' GROUP BY 1, 2) noted
        FULL JOIN (
            SELECT split_part(type, '.', 2) || '.' || split_part(type, '.', 3) AS type, document_id, count(*) AS times
            FROM audit.published WHERE type LIKE 'documents.document.%'
                AND project_id IN (SELECT id FROM projects.project) GROUP BY 1, 2) published USING (type, document_id)
        WHERE noted.times IS DISTINCT FROM published.times""",
}
_COUNTS = (
    "files_total",
    "files_done",
    "files_changed",
    "files_removed",
    "files_failed",
    "chunks_total",
    "chunks_embedded",
)
_OF_RUN = ", ".join(f"r.{name}" for name in _COUNTS)
_OF_JOB = ", ".join(f"coalesce((j.progress ->> '{name}')::int, 0)" for name in _COUNTS)
_DISAGREEING = f"""
    SELECT r.id, (r.status, r.error_code, {_OF_RUN})::text, (j.state, j.error_code, {_OF_JOB})::text
    FROM projects.sync_run r JOIN documents.sync_job j ON j.id = r.id
    WHERE (r.status, r.error_code, {_OF_RUN}) IS DISTINCT FROM (j.state, j.error_code, {_OF_JOB})
"""


async def unfinished(admin: asyncpg.Connection) -> list[str]:
    """What is still on its way; empty when everybody is done."""
    found = await audit.under_way(admin)
    for words, query in _OPEN.items():
        count = await admin.fetchval(query)
        found += [f"{count} {words}"] if count else []
    return found


async def violations(admin: asyncpg.Connection, source_id: int, repository: BusyRepository) -> list[str]:
    """Every sentence is a violation; `source_id` is the source that was synced from the repository's tip."""
    found = await audit.violations(admin)
    for words, query in _NONE.items():
        count = await admin.fetchval(query)
        found += [f"{count} {words}"] if count else []
    found += [
        f"run {run}: {mine} in projects, {theirs} in documents" for run, mine, theirs in await admin.fetch(_DISAGREEING)
    ]
    return found + await _index(admin, source_id, repository)


async def _index(admin: asyncpg.Connection, source_id: int, repository: BusyRepository) -> list[str]:
    """The index is the branch's tip, and what is stored of each document is what its file yields."""
    tip = await admin.fetchval("SELECT commit_sha FROM documents.source WHERE id = $1", source_id)
    if tip != repository.tip():
        return [f"the index is at {tip}, the branch at {repository.tip()}"]
    rows = await admin.fetch("SELECT * FROM documents.document WHERE source_id = $1", source_id)
    tree = {path: sha for path, sha in repository.tree().items() if path.rsplit(".", 1)[-1] in FILE_TYPES}
    index = {row["path"]: row["blob_sha"] for row in rows}
    if index != tree:
        differing = sorted(path for path in index.keys() | tree.keys() if index.get(path) != tree.get(path))
        return [f"{path}: index {index.get(path)}, git {tree.get(path)}" for path in differing]
    found: list[str] = []
    for row in rows:
        found += await _document(admin, row, repository.content(row["path"]))
    return found


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer()


async def _document(admin: asyncpg.Connection, row: asyncpg.Record, data: bytes) -> list[str]:
    sha = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    found = [] if sha == row["blob_sha"] else [f"{row['path']} is not blob {row['blob_sha']}"]
    found += [] if (row["raw"] or row["content"].encode()) == data else [f"{row['path']} has another text"]
    parsed = parse(row["path"], data)
    chunks = chunk(parsed, _tokenizer())
    expected: dict[str, Iterable[tuple[Any, ...]]] = {
        "position, heading, char_start, char_end FROM documents.section": (
            (s.position, s.heading, s.char_start, s.char_end) for s in parsed.sections
        ),
        "href, text, line FROM documents.link": ((link.href, link.text, link.line) for link in parsed.links),
        "position, text, content_hash FROM documents.chunk": ((c.position, c.text, c.content_hash) for c in chunks),
    }
    for what, rows in expected.items():
        stored = await admin.fetch(f"SELECT {what} WHERE document_id = $1", row["id"])
        if Counter(tuple(each) for each in stored) != Counter(rows):
            found.append(f"{row['path']}: {what.rsplit('.', 1)[1]}s aren't what the file yields")
    return found
