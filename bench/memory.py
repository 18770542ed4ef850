"""Memory of all the hub's processes: PSS, so that shared pages are counted once."""

import time
from pathlib import Path

from bench.table import Row
from tests.e2e.hub import Hub

IDLE_SECONDS = 90  # longer than the embedding process stays when nobody embeds


def idle(hub: Hub) -> list[Row]:
    """Rows per process and in total, after the first project's sync and a quiet while."""
    assert hub.process is not None
    time.sleep(IDLE_SECONDS)  # measuring what is left when nothing happens
    sizes = {pid: pss(pid) for pid in family(hub.process.pid)}
    groups: dict[str, float] = {}
    for pid, size in sizes.items():
        name = label(pid)
        groups[name] = groups.get(name, 0) + size
    rows = [Row(f"idle memory, {name}", f"{size:.0f} MB") for name, size in sorted(groups.items())]
    return [*rows, Row("idle memory, all processes", f"{sum(sizes.values()):.0f} MB", "≤ 700 MB")]


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [pid], [pid]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


def pss(pid: int) -> float:
    """Proportional set size in MB; 0 for a process that has just ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


def label(pid: int) -> str:
    """A short name for a process: its service, or Postgres."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "ended"
    for word in ("gateway", "projects", "documents.worker", "documents", "chat", "postgres", "bmadflow"):
        if word in command.split("--data")[0]:
            return {"bmadflow": "launcher"}.get(word, word)
    return command.split(" ")[0].rsplit("/", 1)[-1]
