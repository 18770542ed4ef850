"""What syncs cost by size: `make bench ARGS="--only sync --sizes 100,1000,10000,50000"`.

Repositories of short Markdown files, one chunk each, made by rule; their texts differ from size to size, so that every
first sync embeds everything.
"""

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.memory import family, pss
from bench.sync import SUBJECTS, embed_all
from bench.table import Row
from documents.chunking import chunk
from documents.embedding.tokenizer import Tokenizer
from documents.parsing import parse
from tests.e2e.hub import Hub

_SMALL = 50
_REPEATS = 3
_SAMPLE = 1_000
_LONGEST_SECONDS = 7_200.0
_POLL_SECONDS = 0.02  # the resolution of what is measured


@dataclass(slots=True)
class Peak:
    """The most memory that the worker and its children had at one time, in MB."""

    rss: float = 0.0
    pss: float = 0.0


@dataclass(frozen=True, slots=True)
class Timed:
    """A run as it ended; seconds since it was asked for."""

    run: dict[str, Any]
    seconds: float
    first_searchable: float


class Notes:
    """A bare repository of `count` files; `seed` makes its texts its own."""

    def __init__(self, folder: Path, seed: str, count: int) -> None:
        self.folder = folder / f"{seed}.git"
        self._seed = seed
        self._at = 1_767_225_600
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.folder)], check=True)
        self._commit({self._path(number): self._text(number, 0) for number in range(count)})

    def change_one(self, times: int) -> None:
        """Another text for one file."""
        self._commit({self._path(7): self._text(7, times)}, parent="from refs/heads/main^0\n")

    def texts(self, count: int) -> list[str]:
        """The texts of the first files as they are embedded."""
        tokenizer = Tokenizer()
        files = ((self._path(number), self._text(number, 0).encode()) for number in range(count))
        return [each.embedded_text for path, data in files for each in chunk(parse(path, data), tokenizer)]

    def _path(self, number: int) -> str:
        return f"docs/{number // 100:04}/note-{number}.md"

    def _text(self, number: int, times: int) -> str:
        words = [f"{SUBJECTS[(number * 7 + w * w) % len(SUBJECTS)]} {number * 31 + w}" for w in range(20)]
        return f"# Note {number}\n\nOf {self._seed}, {times}: the {' and the '.join(words)}.\n"

    def _commit(self, files: dict[str, str], parent: str = "") -> None:
        self._at += 60
        lines = [
            f"commit refs/heads/main\ncommitter Bench <bench@example.org> {self._at} +0000\ndata 5\nnotes\n{parent}"
        ]
        lines += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()]
        command = ["git", f"--git-dir={self.folder}", "fast-import", "--quiet"]
        subprocess.run(command, check=True, input="".join(lines).encode())


def measure(hub: Hub, folder: Path, sizes: list[int]) -> Iterator[Row]:
    """Rows for each size, and for a small sync beside a large one."""
    for size in sizes:
        yield from _size(hub, Notes(folder, f"curve-{size}", size), size)
    yield from _neighbours(hub, folder, max(sizes))


def _size(hub: Hub, notes: Notes, size: int) -> Iterator[Row]:
    raw = asyncio.run(embed_all(notes.texts(min(size, _SAMPLE))))
    project = hub.create_project(f"curve {size}", str(notes.folder))
    with _worker_memory(hub) as peak:
        full = timed_sync(hub, project)
    unchanged = min(timed_sync(hub, project).seconds for _ in range(_REPEATS))
    one = min(_changed(hub, project, notes, times) for times in range(1, _REPEATS + 1))
    rate = full.run["chunks_embedded"] / full.seconds
    yield Row(f"{size:,} files: first sync", f"{full.seconds:.1f} s")
    yield Row(f"{size:,} files: files/s", f"{size / full.seconds:.1f}")
    yield Row(f"{size:,} files: chunks/s, share of the embedder alone", f"{rate:.1f}, {rate / raw:.0%}", "≥ 80%")
    yield Row(f"{size:,} files: first document searchable", f"{full.first_searchable:.2f} s")
    yield Row(f"{size:,} files: unchanged", f"{unchanged:.3f} s, {unchanged / full.seconds:.2%}", "≤ 0.2% at 10,000")
    yield Row(f"{size:,} files: one file changed", f"{one:.3f} s, {one / full.seconds:.2%}", "≤ 0.5% at 10,000")
    yield Row(f"{size:,} files: worker's peak, RSS and PSS", f"{peak.rss:.0f} MB, {peak.pss:.0f} MB", "≤ 500 MB")


def _changed(hub: Hub, project: int, notes: Notes, times: int) -> float:
    notes.change_one(times)
    timed = timed_sync(hub, project)
    assert timed.run["files_changed"] == 1, timed.run
    return timed.seconds


def _neighbours(hub: Hub, folder: Path, large: int) -> Iterator[Row]:
    """One project's small sync, alone and while another's large one is indexing."""
    alone = _small(hub, folder, "alone")
    other = hub.create_project("large", str(Notes(folder, "large", large).folder))
    started = _start(hub, other)
    _until(hub, started, lambda run: run["files_done"] > 0)
    beside = _small(hub, folder, "beside")
    was_busy = hub.call("GET", f"/api/syncs/{started}")["status"] == "running"
    if was_busy:
        hub.call("POST", f"/api/syncs/{started}/cancel", expect=202)
    _until(hub, started, _has_ended)
    share = f"{beside:.1f} s, {beside / alone:.1f} times" if was_busy else "the large one was too quick"
    yield Row(f"{_SMALL} files alone", f"{alone:.1f} s")
    yield Row(f"{_SMALL} files beside {large:,}", share, "≤ 2 times")


def _small(hub: Hub, folder: Path, name: str) -> float:
    project = hub.create_project(f"small, {name}", str(Notes(folder, f"small-{name}", _SMALL).folder))
    return timed_sync(hub, project).seconds


def timed_sync(hub: Hub, project: int) -> Timed:
    """Sync a project that has one source, watching closely."""
    began = time.perf_counter()
    started = _start(hub, project)
    _until(hub, started, lambda run: run["files_done"] > 0 or _has_ended(run))
    first_searchable = time.perf_counter() - began
    run = _until(hub, started, _has_ended)
    seconds = time.perf_counter() - began
    assert run["status"] == "succeeded", run
    return Timed(run, seconds, first_searchable)


def _start(hub: Hub, project: int) -> str:
    return hub.call("POST", f"/api/projects/{project}/sync", expect=202)["syncs"][0]["id"]


def _has_ended(run: dict[str, Any]) -> bool:
    return run["status"] not in ("queued", "running")


def _until(hub: Hub, sync_id: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not done(run := hub.call("GET", f"/api/syncs/{sync_id}")):
        assert time.monotonic() < deadline, run
        time.sleep(_POLL_SECONDS)  # the resolution of what is measured
    return run


@contextmanager
def _worker_memory(hub: Hub) -> Generator[Peak]:
    """Watches the worker's memory, with that of its children, during the block."""
    assert hub.process is not None
    worker = next(pid for pid in family(hub.process.pid) if b"documents.worker" in _command(pid))
    peak, is_over = Peak(), threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            pids = family(worker)
            peak.rss = max(peak.rss, sum(map(_rss, pids)))
            peak.pss = max(peak.pss, sum(map(pss, pids)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _rss(pid: int) -> float:
    """Resident set size in MB; 0 for a process that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")), 0.0)
