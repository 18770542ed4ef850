"""The last commits of documents: read from the history once everything else of a sync is done.

The history only adds to what the index holds, so whatever is wrong with it is a warning, and the sync succeeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import TextClause, text

from common.database import Database
from documents.sync import jobs
from documents.sync.blobs import CopyDamaged
from documents.sync.errors import SyncError
from documents.sync.git import LocalCopy
from documents.sync.history import LastCommit, deepen, last_commits
from documents.sync.jobs import CancelRequested, FencedOut, Job, Jobs
from documents.sync.network import Remote
from documents.sync.progress import Progress
from documents.sync.rows import as_json

log = structlog.get_logger(__name__)

_SAVED_AT_ONCE = 1_000

_READ_UP_TO = text("SELECT history_sha FROM source WHERE id = :source_id")
_DOCUMENTS = text("""
    SELECT path, blob_sha, last_commit_sha IS NULL AND commit_sha = :tip FROM document WHERE source_id = :source_id
""")
_SAVE = text("""
    UPDATE document d SET last_commit_sha = r.sha, last_commit_at = r.committed_at, last_commit_author = r.author,
        last_commit_subject = r.subject
    FROM json_to_recordset(CAST(:rows AS json)) AS r(path text, sha text, committed_at timestamptz, author text,
        subject text)
    WHERE d.source_id = :source_id AND d.path = r.path AND d.last_commit_sha IS DISTINCT FROM r.sha
""")
_FORGET = text("UPDATE source SET history_sha = NULL WHERE id = :source_id")
_SAVE_READ_UP_TO = text("UPDATE source SET history_sha = :tip WHERE id = :source_id")


@dataclass(frozen=True, slots=True)
class _Files:
    """Blob ids by path: of all documents, and of those that this sync stored and of which no commit is known."""

    all: dict[str, str]
    unknown: dict[str, str]


class CommitFacts:
    """Keeps the last commits of one source's documents, `most_commits` back (0: of none), for one job."""

    def __init__(self, database: Database, reporter: Jobs, job: Job, most_commits: int) -> None:
        self._database = database
        self._jobs = reporter
        self._job = job
        self._most_commits = most_commits

    async def update(self, copy: LocalCopy, remote: Remote, tip: str, progress: Progress) -> None:
        """Store what the history says now that the index is at `tip`; add a warning if it can't be read.

        Only commits since the last time are read where `tip` descends from there. Raises FencedOut, CancelRequested.
        """
        if self._most_commits <= 0 or copy.is_full:
            return
        try:
            await self._update(copy, remote, tip, progress)
        except (FencedOut, CancelRequested):
            raise
        except Exception as error:  # noqa: BLE001 - see above: a sync doesn't fail by its history
            log.warning("sync.history_failed", sync_id=str(self._job.id), error=repr(error))
            if isinstance(error, CopyDamaged):
                await copy.delete()  # the next sync makes a new one
            reason = error.detail if isinstance(error, SyncError) else "the worker's log says why. Sync again."
            progress.warn("", f"The history could not be read: {reason}")

    async def _update(self, copy: LocalCopy, remote: Remote, tip: str, progress: Progress) -> None:
        since = await self._read_up_to()
        if since == tip and not progress.files_changed:
            return
        progress.phase = "history"
        await self._jobs.report(self._job, progress)
        if progress.files_changed:  # until this is done, nothing speaks for what was stored
            await self._write(_FORGET, {}, progress)
        if not await deepen(copy, remote, tip, self._most_commits):
            return
        files = await self._files(tip)
        found = await last_commits(copy, tip, since, files.all)
        # What came in by another folder or a new kind of document is older than `since`, and yet not known.
        older = {path: blob_sha for path, blob_sha in files.unknown.items() if path not in found}
        if since is not None and older:
            found |= await last_commits(copy, tip, None, older)
        await self._save(found, tip, progress)

    async def _read_up_to(self) -> str | None:
        async with self._database.transaction() as session:
            return await session.scalar(_READ_UP_TO, {"source_id": self._job.source_id})

    async def _files(self, tip: str) -> _Files:
        async with self._database.transaction() as session:
            rows = (await session.execute(_DOCUMENTS, {"source_id": self._job.source_id, "tip": tip})).all()
        unknown = {path: blob_sha for path, blob_sha, is_unknown in rows if is_unknown}
        return _Files({path: blob_sha for path, blob_sha, _ in rows}, unknown)

    async def _save(self, found: Mapping[str, LastCommit | None], tip: str, progress: Progress) -> None:
        rows = [_row(path, commit) for path, commit in found.items()]
        for start in range(0, len(rows), _SAVED_AT_ONCE):
            await self._write(_SAVE, as_json(rows[start : start + _SAVED_AT_ONCE]), progress)
        await self._write(_SAVE_READ_UP_TO, {"tip": tip}, progress)

    async def _write(self, statement: TextClause, values: Mapping[str, str], progress: Progress) -> None:
        async with self._database.transaction() as session:
            await jobs.record(session, self._job, progress)
            await session.execute(statement, {**values, "source_id": self._job.source_id})


def _row(path: str, commit: LastCommit | None) -> dict[str, Any]:
    if commit is None:
        return {"path": path}
    return {
        "path": path,
        "sha": commit.sha,
        "committed_at": commit.committed_at,
        "author": commit.author,
        "subject": commit.subject,
    }
