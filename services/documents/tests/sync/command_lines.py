"""Who on this machine can read what a process was started with: everybody. So tests look."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def watched_command_lines() -> Generator[set[bytes]]:
    """All command lines that were seen meanwhile, read again and again."""
    seen: set[bytes] = set()
    done = threading.Event()
    thread = threading.Thread(target=_watch, args=(seen, done))
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _watch(seen: set[bytes], done: threading.Event) -> None:
    while not done.wait(0.002):
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue  # ended meanwhile
