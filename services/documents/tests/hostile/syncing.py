"""Many sources synced side by side, and what their processes needed."""

import asyncio
import os
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from services.documents.tests.sync.stack import Run, Stack

MOST_MEMORY = 512 * 2**20
MOST_SECONDS = 30.0
_CHILD_OF_PARSING = b"documents.sync.parsing_child"


async def sync_all(stack: Stack, urls: Mapping[str, str], *, at_once: int = 3, step: int = 1) -> dict[str, Run]:
    """Sync each of these (names to URLs) as a source and project of its own, numbered from 1 in their order.

    With a `step`, only each so many of them; the numbers stay the same.
    """
    slots = asyncio.Semaphore(at_once)

    async def run_one() -> None:
        async with slots:
            began = time.monotonic()
            await stack.runner().run(*await stack.claim())
            assert time.monotonic() - began < MOST_SECONDS

    sync_ids: dict[str, uuid.UUID] = {}
    for number, (name, url) in list(enumerate(urls.items(), start=1))[::step]:
        await stack.save_source(url, source_id=number, project_id=number)
        sync_ids[name] = await stack.request(number)
    await asyncio.gather(*(run_one() for _ in sync_ids))
    return {name: await stack.run_of(sync_id) for name, sync_id in sync_ids.items()}


@dataclass(slots=True)
class Peak:
    """The most memory (bytes) that one process was seen to have used, and which."""

    size: int = 0
    command: str = ""


@contextmanager
def watched_memory(stack: Stack) -> Generator[Peak]:
    """Look again and again at the processes of this stack: git's (they run in its folder) and the parser's."""
    peak, stop = Peak(), Event()

    def watch() -> None:
        while not stop.wait(0.1):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    with suppress(OSError, ValueError):
                        _look(process, stack.git.home, peak)

    thread = Thread(target=watch, name="memory")
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _look(process: Path, home: Path, peak: Peak) -> None:
    # A process that was just forked still has our size until it becomes git.
    is_git = (process / "exe").readlink().name.startswith("git") and (process / "cwd").readlink().is_relative_to(home)
    if not is_git:
        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        if parent != os.getpid() or _CHILD_OF_PARSING not in (process / "cmdline").read_bytes():
            return
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmHWM:") and (size := int(line.split()[1]) * 1024) > peak.size:
            peak.size = size
            peak.command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
