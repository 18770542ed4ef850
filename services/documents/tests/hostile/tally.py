"""What the hostile corpus tried and what came of it."""

import os
from dataclasses import dataclass, field

from services.documents.tests.sync.stack import Run

IS_FULL = os.environ.get("BMADFLOW_HOSTILE") == "full"
"""The nightly form: more and larger inputs."""


def sized(normal: int, full: int) -> int:
    """A number for this form of the corpus."""
    return full if IS_FULL else normal


@dataclass(slots=True)
class Tally:
    """Escapes are effects outside of where a sync may have any, crashes are ends that no user could make sense of."""

    inputs: int = 0
    escapes: list[str] = field(default_factory=list[str])
    crashes: list[str] = field(default_factory=list[str])
    hits: int = 0

    def add(self, other: "Tally") -> None:
        self.inputs += other.inputs
        self.hits += other.hits
        self.escapes += other.escapes
        self.crashes += other.crashes

    def judge(self, name: str, run: Run) -> None:
        """Count the run of one input: it must have succeeded, or failed with a code and a readable sentence."""
        self.inputs += 1
        code, detail = run.error_code or "", run.error_detail or ""
        is_told = bool(code and detail) and detail.replace("\n", "").isprintable() and len(detail) < 1000
        if run.state == "succeeded" or (run.state == "failed" and is_told and code != "SYNC_INTERRUPTED"):
            return
        self.crashes.append(f"{name}: {run.state} {code} {detail!r}")

    def __str__(self) -> str:
        return (
            f"{self.inputs:,} inputs, {len(self.escapes)} escapes, {len(self.crashes)} crashes, "
            f"{self.hits} hits on the canary"
        )
