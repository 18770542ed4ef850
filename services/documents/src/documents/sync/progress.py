"""How far a sync is: what its job row keeps and its events say."""

from datetime import datetime

from pydantic import BaseModel

from documents.events import Phase, SyncWarning

MAX_WARNINGS = 100


class Progress(BaseModel):
    """Counts as in the API's SyncRun: they describe the source, except what this run embedded, changed and removed."""

    phase: Phase = "queued"
    branch: str | None = None
    commit_sha: str | None = None
    commit_at: datetime | None = None
    files_total: int = 0
    files_done: int = 0
    files_changed: int = 0
    files_removed: int = 0
    files_failed: int = 0
    chunks_total: int = 0
    chunks_embedded: int = 0
    warnings: list[SyncWarning] = []

    def warn(self, path: str, message: str) -> None:
        """Add a warning as long as there is room."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(SyncWarning(path=path, message=message))
