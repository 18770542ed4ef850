"""The children's log files: a fresh one at each start, none without bounds."""

import shutil
from collections.abc import Iterable
from pathlib import Path

MAX_BYTES = 10_000_000


def begin_log(path: Path) -> None:
    """Keep the last run's log as `<name>.1.log` and begin an empty one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        path.replace(previous(path))
    path.touch(mode=0o600)


def previous(path: Path) -> Path:
    return path.with_suffix(".1.log")


def bound_logs(paths: Iterable[Path]) -> None:
    """Move what a too long log holds into its predecessor.

    Emptied in place: the child has the file open, for appending, so it goes on at the new end. A line written
    between copy and emptying is lost, which a log can bear.
    """
    for path in paths:
        if path.exists() and path.stat().st_size > MAX_BYTES:
            shutil.copyfile(path, previous(path))
            with path.open("r+b") as log:
                log.truncate(0)
