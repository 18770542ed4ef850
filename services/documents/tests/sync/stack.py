"""What the tests of syncing drive: events in, jobs run, documents and outbox out."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from common.database import Database
from common.events import EventMeta
from documents import consumers
from documents.consumers import (
    ProjectDeleted,
    SourceCheckRequested,
    SourceDeleted,
    SourceSaved,
    SyncCancelRequested,
    SyncRequested,
)
from documents.embedding.process import EmbeddingProcess
from documents.sync.credentials import Credentials
from documents.sync.git_program import GitLimits, GitProgram
from documents.sync.jobs import Job, Jobs, Kind
from documents.sync.network import NetworkPolicy
from documents.sync.progress import Progress
from documents.sync.runner import Runner, RunnerOptions

LOCAL = NetworkPolicy(allow_local_sources=True)


_FILL_DOCUMENTS = """
    INSERT INTO document (project_id, source_id, path, title, file_type, size_bytes, kind, is_framework, is_failed,
        blob_sha, commit_sha, parser_version, content, html, toc, warnings)
    SELECT :project_id, :source_id, 'docs/' || n || '.md', 'Document ' || n, 'md', 19, 'doc', false, false,
        'blob', 'commit', 1, 'Retention of logs ' || CAST(:source_id AS bigint), '', '[]', '{}'
    FROM generate_series(1, :count) n RETURNING id
"""
_FILL_CHUNKS = """
    INSERT INTO chunk (project_id, source_id, document_id, position, section_position, heading_path, char_start,
        char_end, line_start, line_end, text, content_hash, kind, is_framework, words)
    SELECT project_id, source_id, id, 0, 0, '{}', 0, 19, 1, 1, content, md5(CAST(id AS text)), kind, false,
        array_to_tsvector(ARRAY['@p' || project_id, '@s' || source_id, '@k' || kind])
            || to_tsvector('english', content)
    FROM document WHERE source_id = :source_id RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A sync job's row as it ended."""

    id: uuid.UUID
    state: str
    error_code: str | None
    error_detail: str | None
    progress: dict[str, Any]

    @property
    def warnings(self) -> dict[str, str]:
        return {each["path"]: each["message"] for each in self.progress["warnings"]}


@dataclass
class Stack:
    """A database, a data folder and a runner; `options` may be replaced before the first sync."""

    database: Database
    embedder: EmbeddingProcess
    data: Path
    options: RunnerOptions = field(default_factory=lambda: RunnerOptions(policy=LOCAL, look_seconds=0.05))
    sequence: int = 0
    credentials: Credentials | None = None

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.database)
        self.git = GitProgram(self.data / "git", GitLimits(seconds=60))
        self.git.prepare()

    def runner(self) -> Runner:
        return Runner(self.database, self.jobs, self.git, self.embedder, self.options, credentials=self.credentials)

    def _meta(self, kind: str) -> EventMeta:
        self.sequence += 1
        return EventMeta(uuid.uuid4(), kind, "source/1", self.sequence, datetime.now(UTC), None)

    async def save_source(self, repo_url: str, source_id: int = 1, project_id: int = 1, **fields: Any) -> None:
        """projects.source.created or .updated arrives."""
        event = SourceSaved(source_id=source_id, project_id=project_id, name="docs", repo_url=repo_url, **fields)
        async with self.database.transaction() as session:
            await consumers.source_created(session, event, self._meta("projects.source.created.v1"))

    async def update_source(self, repo_url: str, source_id: int = 1, project_id: int = 1, **fields: Any) -> None:
        """projects.source.updated arrives."""
        event = SourceSaved(source_id=source_id, project_id=project_id, name="docs", repo_url=repo_url, **fields)
        async with self.database.transaction() as session:
            await consumers.source_updated(session, event, self._meta("projects.source.updated.v1"))

    async def request_check(self, source_id: int = 1) -> None:
        """projects.source.check_requested arrives."""
        event = SourceCheckRequested(source_id=source_id)
        async with self.database.transaction() as session:
            await consumers.source_check_requested(session, event, self._meta("projects.source.check_requested.v1"))

    async def delete_source(self, source_id: int = 1, project_id: int = 1) -> None:
        event = SourceDeleted(source_id=source_id, project_id=project_id)
        async with self.database.transaction() as session:
            await consumers.source_deleted(session, event, self._meta("projects.source.deleted.v1"))

    async def delete_project(self, project_id: int = 1) -> None:
        async with self.database.transaction() as session:
            event = ProjectDeleted(project_id=project_id)
            await consumers.project_deleted(session, event, self._meta("projects.project.deleted.v1"))

    async def request(self, source_id: int = 1, sync_id: uuid.UUID | None = None, kind: Kind = "sync") -> uuid.UUID:
        """projects.sync.requested arrives."""
        now = datetime.now(UTC)
        event = SyncRequested(sync_id=sync_id or uuid.uuid4(), source_id=source_id, requested_at=now, kind=kind)
        async with self.database.transaction() as session:
            await consumers.sync_requested(session, event, self._meta("projects.sync.requested.v1"))
        return event.sync_id

    async def cancel(self, sync_id: uuid.UUID) -> None:
        async with self.database.transaction() as session:
            event = SyncCancelRequested(sync_id=sync_id)
            await consumers.sync_cancel_requested(session, event, self._meta("projects.sync.cancel_requested.v1"))

    async def claim(self) -> tuple[Job, Progress]:
        claimed = await self.jobs.claim()
        assert claimed is not None
        return claimed

    async def sync(self, repo_url: str | None = None, **fields: Any) -> Run:
        """Save the source if a URL is given, ask for a sync and run it to its end."""
        if repo_url is not None:
            await self.save_source(repo_url, **fields)
        sync_id = await self.request(fields.get("source_id", 1))
        await self.runner().run(*await self.claim())
        return await self.run_of(sync_id)

    async def reindex(self, source_id: int = 1) -> Run:
        """Ask for a re-index and run it to its end."""
        sync_id = await self.request(source_id, kind="reindex")
        await self.runner().run(*await self.claim())
        return await self.run_of(sync_id)

    async def run_of(self, sync_id: uuid.UUID) -> Run:
        row = (await self.rows("SELECT id, state, error_code, error_detail, progress FROM sync_job WHERE id = :id",
                               id=sync_id))[0]  # fmt: skip
        return Run(**row)

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            return [dict(row) for row in (await session.execute(text(sql), values)).mappings()]

    async def fill(self, count: int, source_id: int = 1, project_id: int = 1) -> list[int]:
        """Store a source of so many documents of one chunk each, faster than a sync does; their ids."""
        await self.save_source("/nowhere", source_id=source_id, project_id=project_id)
        values = {"count": count, "source_id": source_id, "project_id": project_id}
        rows = await self.rows(_FILL_DOCUMENTS, **values)
        await self.rows(_FILL_CHUNKS, source_id=source_id)
        return [row["id"] for row in rows]

    async def count(self, table: str) -> int:
        return (await self.rows(f"SELECT count(*) AS rows FROM {table}"))[0]["rows"]

    async def waits_for_lock(self) -> bool:
        """Whether anybody waits for a row that somebody else has locked."""
        return bool(await self.rows("SELECT pid FROM pg_locks WHERE NOT granted"))

    async def blobs(self, source_id: int = 1) -> dict[str, str]:
        """Blob ids by path of the stored documents."""
        rows = await self.rows("SELECT path, blob_sha FROM document WHERE source_id = :id", id=source_id)
        return {row["path"]: row["blob_sha"] for row in rows}

    async def events(self, prefix: str = "") -> list[dict[str, Any]]:
        """`data` of the events in the outbox, in order, with their `type`."""
        found = "SELECT type, body FROM outbox WHERE starts_with(type, :prefix) ORDER BY id"
        rows = await self.rows(found, prefix=prefix)
        return [{"type": row["type"], **json.loads(row["body"])["data"]} for row in rows]

    async def assert_sound(self) -> None:
        """Every chunk has its vector, and nothing belongs to a document that is gone."""
        row = (await self.rows("""
            SELECT (SELECT count(*) FROM chunk) AS chunks, (SELECT count(*) FROM chunk_vector) AS vectors,
                (SELECT count(*) FROM chunk c JOIN chunk_vector v ON v.chunk_id = c.id
                    AND v.content_hash = c.content_hash) AS pairs
        """))[0]  # fmt: skip
        assert row["chunks"] == row["vectors"] == row["pairs"]


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 60.0) -> None:
    """Wait for the condition, looking often."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.02)


def many(count: int) -> dict[str, str | bytes]:
    """Documents that take a while: sections of their own words."""
    return {
        f"docs/{number:03}.md": f"# Document {number}\n\n"
        + "".join(f"## Part {part}\n\n{f'Word{number}x{part} means something else. ' * 30}\n\n" for part in range(4))
        for number in range(count)
    }
