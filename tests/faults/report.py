"""What a run of trials has shown, as text."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.faults.trial import Trial


def say(line: str) -> None:
    """A line, at once: a run takes long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_report(trials: Sequence[Trial]) -> None:
    """A table of what was done to each transport, and of what came of it."""
    for transport in dict.fromkeys(trial.transport for trial in trials):
        own = [trial for trial in trials if trial.transport == transport]
        say(f"\n{transport}")
        for name, value in _rows(own):
            say(f"  {name:<32} {value}")
    violations = sum(len(trial.violations) for trial in trials)
    say(f"\n{len(trials)} trials, {_kills(trials)} kills, {violations} violations")


def _rows(trials: Sequence[Trial]) -> list[tuple[str, str]]:
    kills = sum((trial.kills for trial in trials), Counter[str]())
    hindrances = sum((trial.hindrances for trial in trials), Counter[str]())
    runs = sum((trial.runs for trial in trials), Counter[str]())
    relays = sum(count for name, count in kills.items() if name.startswith("relay of "))
    caught = _sum(trial.relays_caught for trial in trials)
    return [
        ("trials", str(len(trials))),
        ("pushes, syncs asked for", f"{_sum(t.pushes for t in trials)}, {_sum(t.syncs for t in trials)}"),
        ("kill -9", str(kills.total())),
        *((f"  {name}", str(count)) for name, count in sorted(kills.items())),
        ("relays with events to send, idle", f"{caught}, {relays - caught}"),
        ("network and database faults", str(hindrances.total())),
        *((f"  {name}", str(count)) for name, count in sorted(hindrances.items())),
        ("runs", str(runs.total())),
        *((f"  {name}", str(count)) for name, count in sorted(runs.items())),
        ("events sent twice, sent late", f"{_sum(t.copies for t in trials)}, {_sum(t.late for t in trials)}"),
        ("all well again after", _spread([trial.well_seconds for trial in trials])),
        ("in step with git again after", _spread([trial.synced_seconds for trial in trials])),
        ("every event handled after", _spread([trial.settled_seconds for trial in trials])),
        ("seconds for each kill", f"{sum(t.seconds for t in trials) / max(1, kills.total()):.1f}"),
        ("violations", str(_sum(len(trial.violations) for trial in trials))),
    ]


def _kills(trials: Sequence[Trial]) -> int:
    return sum(trial.kills.total() for trial in trials)


def _sum(values: Iterable[int]) -> int:
    return sum(values)


def _spread(seconds: Sequence[float | None]) -> str:
    """Of the trials that got that far."""
    ordered = sorted(each for each in seconds if each is not None)
    if not ordered:
        return "never"
    p50, p95 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.95))
    return f"p50 {p50:.1f} s, p95 {p95:.1f} s, max {ordered[-1]:.1f} s"
