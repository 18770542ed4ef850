"""Reading the contents of files: brought here in batches where the copy doesn't hold them yet, and by their ids."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

# The first documents should be searchable soon; after that, each round trip should be worth its while.
_BATCHES = (40, 400, 4_000)


class CopyDamaged(Exception):
    """The local copy doesn't hold what it should; a new one helps."""


class BlobTooLarge(Exception):
    """The blob is larger than what was to be read; `size` is in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"a blob of {size} bytes")
        self.size = size


class Arrivals:
    """Batches of blobs that are under way, one after the other."""

    def __init__(self, missing: Sequence[str], fetch: Callable[[Sequence[str]], Awaitable[None]]) -> None:
        self._fetch = fetch
        self._batches: dict[str, asyncio.Task[None]] = {}
        self.tasks: list[asyncio.Task[None]] = []
        start = 0
        while start < len(missing):
            batch = missing[start : start + _BATCHES[min(len(self.tasks), len(_BATCHES) - 1)]]
            task = asyncio.create_task(self._bring(batch, self.tasks[-1] if self.tasks else None))
            self._batches |= dict.fromkeys(batch, task)
            self.tasks.append(task)
            start += len(batch)

    async def _bring(self, batch: Sequence[str], after: asyncio.Task[None] | None) -> None:
        if after:
            await asyncio.shield(after)
        await self._fetch(batch)

    async def wait_for(self, blob_id: str) -> None:
        """Until the blob is here. Raises what fetching it raised."""
        if task := self._batches.get(blob_id):
            await asyncio.shield(task)

    def is_expected(self, blob_id: str) -> bool:
        """Whether the blob was asked for, so that it must be here now."""
        return blob_id in self._batches


@asynccontextmanager
async def arriving(
    missing: Sequence[str], fetch: Callable[[Sequence[str]], Awaitable[None]]
) -> AsyncGenerator[Arrivals]:
    """Fetch these while the caller goes on; nothing of it goes on after the caller."""
    arrivals = Arrivals(missing, fetch)
    try:
        yield arrivals
    finally:
        for task in arrivals.tasks:
            task.cancel()
        await asyncio.gather(*arrivals.tasks, return_exceptions=True)


async def blob_size(process: asyncio.subprocess.Process, blob_id: str) -> int:
    """The size of a blob in bytes, from `cat-file --batch-check`. Raises CopyDamaged."""
    return await _header(process, blob_id)


async def blob_content(process: asyncio.subprocess.Process, blob_id: str) -> bytes:
    """A blob from `cat-file --batch`. Raises CopyDamaged."""
    size = await _header(process, blob_id)
    try:
        assert process.stdout is not None
        content = await process.stdout.readexactly(size + 1)
    except asyncio.IncompleteReadError as error:
        raise CopyDamaged(f"blob {blob_id}: {error}") from error
    return content[:-1]


async def _header(process: asyncio.subprocess.Process, blob_id: str) -> int:
    if process.stdin is None or process.stdout is None:
        raise CopyDamaged("cat-file has no pipes")
    try:
        process.stdin.write(f"{blob_id}\n".encode())
        await process.stdin.drain()
        header = (await process.stdout.readline()).split()
    except ConnectionError as error:
        raise CopyDamaged(f"blob {blob_id}: {error}") from error
    if len(header) != 3 or header[1] != b"blob":
        raise CopyDamaged(f"blob {blob_id}: {header!r}")
    return int(header[2])
