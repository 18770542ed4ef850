"""Latency of search through the gateway, one client."""

import time

from bench.table import Row, percentile
from tests.e2e.hub import Hub

QUERIES = (
    "which berth is assigned to a vessel",
    "tide table",
    "Story 1.2",
    "FR3",
    "how is the ledger kept",
    "what happens when the pilot is late",
    "crane and customs",
    "database schema",
    "acceptance criteria",
    "where are errors handled",
)


def measure(hub: Hub, project: int) -> list[Row]:
    """Rows for the three modes; the first query, which loads the model, apart."""
    began = time.perf_counter()
    hub.search(project, QUERIES[0])
    rows = [Row("search, first query (loads the model)", f"{(time.perf_counter() - began) * 1000:.0f} ms")]
    for mode in ("hybrid", "semantic", "keyword"):
        times = [timed(hub, project, query, mode) for _ in range(10) for query in QUERIES]
        value = f"{percentile(times, 0.5):.1f} / {percentile(times, 0.95):.1f} ms"
        rows.append(Row(f"search, {mode}, p50 / p95", value))
    return rows


def timed(hub: Hub, project: int, query: str, mode: str) -> float:
    began = time.perf_counter()
    hub.search(project, query, mode=mode)
    return (time.perf_counter() - began) * 1000
