"""Files to stored documents: reading and parsing, embedding and storing go on at the same time.

The embedder is the slowest by far, so it is asked for whole groups of documents and always has the next group waiting;
bounded queues keep the others from running ahead.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from documents.embedding import Embedder
from documents.events import SyncWarning
from documents.parsing import ParsedDocument, parse
from documents.parsing.render import plain
from documents.parsing.text import decode
from documents.sync.blobs import BlobTooLarge
from documents.sync.parsers import Parsers
from documents.sync.parsing_process import ParsingFailed, ParsingProcess
from documents.sync.progress import MAX_WARNINGS, Progress
from documents.sync.rows import Prepared, Vector
from documents.sync.tree import Work

ReadBlob = Callable[[str], Awaitable[bytes]]
"""From a blob's id to its content. It raises BlobTooLarge for more than `Limits.max_file_bytes`."""

# A group is passed on when it is worth a transaction, or when its first document has waited long enough to be searched.
_GROUP_CHUNKS = 96
_FIRST_GROUP_CHUNKS = 8
_GROUP_DOCUMENTS = 100
_GROUP_BYTES = 4 * 2**20
_GROUP_SECONDS = 0.7
_TEXTS_AT_ONCE = 128
_EMBEDDING_AT_ONCE = 2
_GIANT_BYTES = 200_000
PROGRESS_SECONDS = 0.5

_streams = itertools.count(1)
"""Each run's texts are a stream of their own to the embedder, which takes from all streams in turn."""


class Store(Protocol):
    """Where prepared documents go, and where their vectors may be already."""

    async def known_vectors(self, hashes: Iterable[str]) -> dict[str, Vector]: ...

    async def save(
        self, batch: Sequence[Prepared], commit_sha: str, progress: Progress, *, publishes: bool
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    max_file_bytes: int = 10 * 2**20
    max_asset_bytes: int = 10 * 2**20
    parse_seconds: float = 10.0


class Pipeline:
    """Indexes the files of one sync run. `progress` is kept up to date as documents are stored."""

    def __init__(
        self,
        *,
        read: ReadBlob,
        embedder: Embedder,
        store: Store,
        commit_sha: str,
        progress: Progress,
        limits: Limits,
        parsers: Parsers,
    ) -> None:
        self._read = read
        self._embedder = embedder
        self._store = store
        self._commit_sha = commit_sha
        self._progress = progress
        self._limits = limits
        self._parsers = parsers
        self._stream = next(_streams)
        self._unstored: dict[str, Vector] = {}  # embedded here; dropped once the database has them
        self._published_at = 0.0

    async def run(self, work: Sequence[Work]) -> None:
        """Index these files in order. Raises what storing and reading raise; then the other stages stop too."""
        parsed: asyncio.Queue[list[Prepared] | None] = asyncio.Queue(2)
        embedded: asyncio.Queue[list[Prepared] | None] = asyncio.Queue(2)
        async with self._parsers.one() as parser:
            stages = [self._parse_all(work, parser, parsed), self._embed_all(parsed, embedded)]
            tasks = [asyncio.create_task(stage) for stage in (*stages, self._store_all(embedded))]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _parse_all(
        self, work: Sequence[Work], parser: ParsingProcess, parsed: asyncio.Queue[list[Prepared] | None]
    ) -> None:
        most = _FIRST_GROUP_CHUNKS
        group: list[Prepared] = []
        began = time.monotonic()
        async for prepared in self._prepared(work, parser):
            group.append(prepared)
            if _is_full(group, most) or time.monotonic() - began > _GROUP_SECONDS:
                await parsed.put(group)
                group, most, began = [], _GROUP_CHUNKS, time.monotonic()
        if group:
            await parsed.put(group)
        await parsed.put(None)

    async def _prepared(self, work: Sequence[Work], parser: ParsingProcess) -> AsyncIterator[Prepared]:
        """These files in order, but giants at the end: how large a file is shows when it is read."""
        giants: list[Work] = []
        for each in work:
            data = await self._content(each)
            if isinstance(data, bytes) and len(data) <= _GIANT_BYTES:
                yield await self._prepare(each, data, parser)
            else:
                giants.append(each)
        for each in giants:
            yield await self._prepare(each, await self._content(each), parser)

    async def _content(self, work: Work) -> bytes | BlobTooLarge:
        try:
            return await self._read(work.entry.blob_sha)
        except BlobTooLarge as error:
            return error

    async def _prepare(self, work: Work, data: bytes | BlobTooLarge, parser: ParsingProcess) -> Prepared:
        work = work.sized(data.size if isinstance(data, BlobTooLarge) else len(data))
        entry = work.entry
        if isinstance(data, BlobTooLarge):
            megabytes = self._limits.max_file_bytes / 2**20
            message = f"The file is larger than {megabytes:.0f} MB: it is listed, but its content was not read."
            return Prepared(work, _listed_only(entry.path, b"", message), [], is_failed=True)
        try:
            parsed = await parser.parse(entry.path, data)
        except ParsingFailed as error:
            message = f"The file couldn't be parsed: {error}. It is shown as plain text and can't be searched."
            return Prepared(work, _listed_only(entry.path, data, message), [], data, is_failed=True)
        return Prepared(work, parsed.document, parsed.chunks, data)

    async def _embed_all(
        self, parsed: asyncio.Queue[list[Prepared] | None], embedded: asyncio.Queue[list[Prepared] | None]
    ) -> None:
        async def embed_groups() -> None:
            while (group := await parsed.get()) is not None:
                await self._embed(group)
                await embedded.put(group)
            await parsed.put(None)  # for the other one

        await asyncio.gather(*(embed_groups() for _ in range(_EMBEDDING_AT_ONCE)))
        await embedded.put(None)

    async def _embed(self, group: Sequence[Prepared]) -> None:
        """Give every chunk of the group its vector; only texts that no document ever had are embedded."""
        texts = {chunk.content_hash: chunk.embedded_text for each in group for chunk in each.chunks}
        vectors = {content_hash: self._unstored[content_hash] for content_hash in texts.keys() & self._unstored.keys()}
        vectors |= await self._store.known_vectors(texts.keys() - vectors.keys()) if texts else {}
        new = [content_hash for content_hash in texts if content_hash not in vectors]
        for start in range(0, len(new), _TEXTS_AT_ONCE):
            some = new[start : start + _TEXTS_AT_ONCE]
            found = await self._embedder.embed([texts[content_hash] for content_hash in some], self._stream)
            vectors |= zip(some, found, strict=True)
        self._progress.chunks_embedded += len(new)
        self._unstored |= {content_hash: vectors[content_hash] for content_hash in new}
        for each in group:
            each.vectors = {chunk.content_hash: vectors[chunk.content_hash] for chunk in each.chunks}

    async def _store_all(self, embedded: asyncio.Queue[list[Prepared] | None]) -> None:
        while (group := await embedded.get()) is not None:
            counts = self._counts_with(group)
            now = time.monotonic()
            publishes = now - self._published_at >= PROGRESS_SECONDS
            progress = self._progress.model_copy(update=counts)
            await self._store.save(group, self._commit_sha, progress, publishes=publishes)
            for name, value in counts.items():  # only now: what isn't stored doesn't count
                setattr(self._progress, name, value)
            for content_hash in {content_hash for each in group for content_hash in each.vectors}:
                self._unstored.pop(content_hash, None)
            if publishes:
                self._published_at = now

    def _counts_with(self, group: Sequence[Prepared]) -> dict[str, Any]:
        """The fields of the progress that change once this group is stored."""
        progress = self._progress
        warnings = [(each.work.entry.path, message) for each in group for message in each.document.warnings]
        found = [SyncWarning(path=path, message=message) for path, message in warnings]
        return {
            "files_done": progress.files_done + len(group),
            "files_changed": progress.files_changed + len(group),
            "files_failed": progress.files_failed + sum(each.is_failed for each in group),
            "chunks_total": progress.chunks_total + sum(len(each.chunks) for each in group),
            "warnings": (progress.warnings + found)[:MAX_WARNINGS],
        }


def _is_full(group: Sequence[Prepared], most_chunks: int) -> bool:
    return (
        sum(len(each.chunks) for each in group) >= most_chunks
        or len(group) >= _GROUP_DOCUMENTS
        or sum(each.work.entry.size for each in group) >= _GROUP_BYTES
    )


def _listed_only(path: str, data: bytes, message: str) -> ParsedDocument:
    """The document of a file whose content can't be used: recognised by its path, shown as plain text."""
    document = parse(path, b"")
    document.text, _ = decode(data)
    document.html = plain(document.text) if document.text else ""
    document.warnings = [message]
    document.sections, document.links, document.toc = [], [], []
    return document
