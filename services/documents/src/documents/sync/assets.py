"""Keeping the images that a source's documents refer to, each as it is at the commit.

As with documents, each transaction first asserts the job's fence, and what is stored already is not read again. An
image that can't be shown has a row too, with the reason in place of its bytes.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from common.database import Database
from documents.sync import jobs
from documents.sync.blobs import BlobTooLarge
from documents.sync.deletion import ASSETS_AT_ONCE
from documents.sync.git import LocalCopy
from documents.sync.images import (
    IN_LFS,
    MEDIA_TYPES,
    NOT_AS_NAMED,
    REFERENCE_PATTERN,
    file_extension,
    problem_with,
    target_of,
)
from documents.sync.jobs import Job
from documents.sync.progress import Progress
from documents.sync.store import PARSER_VERSION
from documents.sync.tree import Entry

_NOTE = "images"
_BYTES_AT_ONCE = 8 * 2**20

_STORED = text("SELECT path, blob_sha, size_bytes, problem FROM asset WHERE source_id = :source_id")
_REFERENCES = text("""
    SELECT DISTINCT d.path, l.href FROM link l JOIN document d ON d.id = l.document_id
    WHERE d.source_id = :source_id AND l.href ~* :pattern
""")
_SAVE = text("""
    INSERT INTO asset (source_id, path, blob_sha, size_bytes, media_type, data, problem)
    VALUES (:source_id, :path, :blob_sha, :size_bytes, :media_type, :data, :problem)
    ON CONFLICT (source_id, path) DO UPDATE SET blob_sha = excluded.blob_sha, size_bytes = excluded.size_bytes,
        media_type = excluded.media_type, data = excluded.data, problem = excluded.problem
""")
_REMOVE = text("DELETE FROM asset WHERE source_id = :source_id AND path = ANY(:paths)")

_ReadBlob = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class _Stored:
    blob_sha: str
    size: int
    problem: str | None


class AssetStore:
    """The images of one source, written by one job."""

    def __init__(self, database: Database, job: Job, max_bytes: int) -> None:
        self._database = database
        self._job = job
        self._max_bytes = max_bytes

    async def update(
        self, copy: LocalCopy, images: Iterable[Entry], documents: str, progress: Progress
    ) -> list[tuple[str, str]]:
        """Keep those of the tree's images that stored documents refer to, and no other.

        `documents` is the fingerprint of what is stored: while it and the images stay the same, no link is looked at.

        Returns (path, sentence) of those that can't be shown. Raises FencedOut, CancelRequested, CopyDamaged.
        """
        tree = {entry.path: entry for entry in images}
        stored = await self._stored()
        state = self._state(tree, stored, documents)
        if copy.note(_NOTE) == state:
            return [(path, each.problem) for path, each in sorted(stored.items()) if each.problem]
        wanted = {path: tree[path] for path in await self._referred() if path in tree} if tree else {}
        await self._remove(sorted(stored.keys() - wanted.keys()), progress)
        new = [entry for path, entry in sorted(wanted.items()) if not self._is_current(entry, stored.get(path))]
        problems = {path: each.problem for path, each in stored.items() if path in wanted}
        if new:
            async with copy.blobs((entry.blob_sha for entry in new), self._max_bytes) as read:
                problems |= await self._save_all(new, read, progress)
        elif stored.keys() == wanted.keys():
            copy.take_note(_NOTE, state)
        return [(path, problem) for path, problem in sorted(problems.items()) if problem]

    def _state(self, tree: Mapping[str, Entry], stored: Mapping[str, _Stored], documents: str) -> str:
        """Stands for all that decides which images are kept, and for those that are."""
        images = sorted((entry.path, entry.blob_sha) for entry in tree.values())
        kept = sorted((path, each.blob_sha, each.size, each.problem) for path, each in stored.items())
        state = (documents, PARSER_VERSION, REFERENCE_PATTERN, self._max_bytes, images, kept)
        return sha256(repr(state).encode()).hexdigest()

    async def _stored(self) -> dict[str, _Stored]:
        async with self._database.transaction() as session:
            rows = await session.execute(_STORED, {"source_id": self._job.source_id})
            return {path: _Stored(*rest) for path, *rest in rows}

    async def _referred(self) -> set[str]:
        """The paths that references to images mean, whether or not there is such a file."""
        async with self._database.transaction() as session:
            values = {"source_id": self._job.source_id, "pattern": REFERENCE_PATTERN}
            return {target_of(path, href) for path, href in await session.execute(_REFERENCES, values)}

    def _is_current(self, entry: Entry, stored: _Stored | None) -> bool:
        """Whether the row says what it would say if it were written now; the limit may have changed since."""
        if stored is None or stored.blob_sha != entry.blob_sha:
            return False
        too_large = self._too_large(stored.size)
        return stored.problem == too_large if too_large else stored.problem in (None, NOT_AS_NAMED, IN_LFS)

    def _too_large(self, size: int) -> str | None:
        if size <= self._max_bytes:
            return None
        return f"The image is larger than {self._max_bytes / 2**20:.0f} MB: it isn't shown."

    async def _remove(self, paths: Sequence[str], progress: Progress) -> None:
        for start in range(0, len(paths), ASSETS_AT_ONCE):
            some = list(paths[start : start + ASSETS_AT_ONCE])
            async with self._database.transaction() as session:
                await jobs.record(session, self._job, progress)
                await session.execute(_REMOVE, {"source_id": self._job.source_id, "paths": some})

    async def _save_all(self, entries: Iterable[Entry], read: _ReadBlob, progress: Progress) -> dict[str, str | None]:
        """Save these images a few at a time; what is the matter with them, by path."""
        problems: dict[str, str | None] = {}
        batch: list[dict[str, Any]] = []
        for entry in entries:
            batch.append(await self._row(entry, read))
            problems[entry.path] = batch[-1]["problem"]
            if len(batch) == ASSETS_AT_ONCE or sum(len(row["data"] or b"") for row in batch) >= _BYTES_AT_ONCE:
                await self._save(batch, progress)
                batch = []
        if batch:
            await self._save(batch, progress)
        return problems

    async def _row(self, entry: Entry, read: _ReadBlob) -> dict[str, Any]:
        try:
            data = await read(entry.blob_sha)
            size, problem = len(data), problem_with(entry.path, data)
        except BlobTooLarge as error:
            data, size, problem = None, error.size, self._too_large(error.size)
        return {
            "source_id": self._job.source_id,
            "path": entry.path,
            "blob_sha": entry.blob_sha,
            "size_bytes": size,
            "media_type": MEDIA_TYPES[file_extension(entry.path)],
            "data": None if problem else data,
            "problem": problem,
        }

    async def _save(self, rows: Sequence[dict[str, Any]], progress: Progress) -> None:
        async with self._database.transaction() as session:
            await jobs.record(session, self._job, progress)
            await session.execute(_SAVE, rows)
