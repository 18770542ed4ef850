"""The table that the measurements print."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `goal` is what the project wants of it, if anything."""

    what: str
    value: str
    goal: str = ""


def print_table(rows: list[Row]) -> None:
    widths = [max(len(getattr(row, column)) for row in rows) for column in ("what", "value", "goal")]
    for row in rows:
        print(f"{row.what:<{widths[0]}}  {row.value:>{widths[1]}}  {row.goal}", flush=True)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0–1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
