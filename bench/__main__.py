"""Start a hub, measure it, stop it: `make bench [ARGS="--repo PATH_OR_URL"]`."""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench import curve, gateway, memory, search, sync, web
from bench.table import Row, print_table
from tests.e2e.hub import Hub, free_ports, start_process, stop_process


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repo", help="repository to sync (default: one that is generated)")
    arguments.add_argument("--only", choices=["start", "sync", "search", "gateway", "web"], help="one part alone")
    arguments.add_argument("--sizes", default="", help="also sync repositories of so many files, e.g. 100,1000,10000")
    chosen = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bmadflow-bench-")))
        repo = chosen.repo or str(sync.generated_repository(folder / "generated"))
        print_table([*measure(folder, repo, chosen.only, [int(size) for size in chosen.sizes.split(",") if size])])


def measure(folder: Path, repo: str, only: str | None, sizes: list[int]) -> list[Row]:
    """All rows, or those of one part; with `sizes`, also what syncs of so many files cost."""
    raw = sync.raw_rate(folder, repo) if only in (None, "sync") else 0.0
    hub, cold = start(folder)
    rows = [Row("first start until ready", f"{cold:.1f} s")]
    try:
        rows += memory.idle(hub) if only in (None, "start") else []
        if only == "web":
            return [*rows, *web.measure(hub, folder)]
        project = hub.create_project("bench", repo)
        rows += sync.measure(hub, project, raw) if only in (None, "sync") else []
        rows += curve.measure(hub, folder, sizes) if sizes else []
        if only == "search":
            hub.sync(project, 600)
        rows += search.measure(hub, project) if only in (None, "search") else []
        rows += gateway.measure() if only in (None, "gateway") else []
        rows += web.measure(hub, folder) if only is None else []
        rows += [warm_start(hub)] if only in (None, "start") else []
    finally:
        assert hub.process is not None
        stop_process(hub.process)
    return rows


def start(folder: Path) -> tuple[Hub, float]:
    port = free_ports(5)
    began = time.perf_counter()
    process = start_process(folder / "data", port)
    seconds = time.perf_counter() - began
    return Hub(f"http://127.0.0.1:{port}", "", folder, folder / "data", process), seconds


def warm_start(hub: Hub) -> Row:
    assert hub.process is not None
    assert hub.data is not None
    stop_process(hub.process)
    began = time.perf_counter()
    hub.process = start_process(hub.data, int(hub.url.rsplit(":", 1)[1]))
    return Row("second start until ready", f"{time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
