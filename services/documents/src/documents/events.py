"""Facts that the documents service publishes."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.events import Event
from common.fields import UtcDatetime

Phase = Literal["queued", "fetching", "comparing", "indexing", "switching", "reconciling", "history", "done"]
Change = Literal["added", "modified", "renamed"]

_SYNC_EXAMPLE: dict[str, Any] = {
    "sync_id": "0199f3a0-7c00-7000-8000-000000000001",
    "project_id": 1,
    "source_id": 2,
    "phase": "indexing",
    "branch": "main",
    "commit_sha": "8d2c1f0e5b7a4c3d2e1f0a9b8c7d6e5f4a3b2c1d",
    "commit_at": "2026-05-04T09:30:00.000Z",
    "files_total": 240,
    "files_done": 120,
    "files_changed": 118,
    "files_removed": 0,
    "files_failed": 1,
    "chunks_total": 4100,
    "chunks_embedded": 4090,
    "warnings": [{"path": "docs/old.md", "message": "The file isn't valid UTF-8."}],
    "error_code": None,
    "error_detail": None,
    "started_at": "2026-05-04T09:31:00.000Z",
    "finished_at": None,
}


class SyncWarning(BaseModel):
    """Something about one file that a person should look at; `path` is "" for the repository as a whole."""

    path: str
    message: str


class _SyncEvent(Event):
    """The state of a sync run at that moment. Counts describe the source, `chunks_embedded` the run."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_SYNC_EXAMPLE]})

    aggregate: ClassVar[str] = "sync"

    sync_id: UUID
    project_id: int
    source_id: int
    phase: Phase
    branch: str | None
    commit_sha: str | None
    commit_at: UtcDatetime | None
    files_total: int
    files_done: int
    files_changed: int
    files_removed: int
    files_failed: int
    chunks_total: int
    chunks_embedded: int
    warnings: list[SyncWarning]
    error_code: str | None
    error_detail: str | None
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None

    @property
    def subject(self) -> str:
        return str(self.sync_id)


class SyncStarted(_SyncEvent):
    """A worker has begun the sync."""

    type: ClassVar[str] = "documents.sync.started.v1"


class SyncProgressed(_SyncEvent):
    """The sync is on its way; at most two a second."""

    type: ClassVar[str] = "documents.sync.progressed.v1"


class SyncSucceeded(_SyncEvent):
    """The index holds what the repository holds; faults of single files are among the warnings."""

    type: ClassVar[str] = "documents.sync.succeeded.v1"

    remote_checked_at: UtcDatetime | None = None
    """When the remote had `commit_sha` as its newest; null where more is known of it meanwhile."""


class SyncFailed(_SyncEvent):
    """The tree was not indexed; `error_detail` says what to do. What was indexed before is still there."""

    type: ClassVar[str] = "documents.sync.failed.v1"


class SyncCancelled(_SyncEvent):
    """The sync was cancelled; the documents that it finished stay."""

    type: ClassVar[str] = "documents.sync.cancelled.v1"


class DocumentChanged(Event):
    """A document came, has another text or another path.

    `changed_anchors` are the anchors of sections whose text changed or vanished ("" is the text before the first
    heading); null means that any may have.
    """

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "document_id": 7,
                    "project_id": 1,
                    "source_id": 2,
                    "path": "docs/prd.md",
                    "title": "Product requirements",
                    "kind": "prd",
                    "change": "modified",
                    "blob_sha": "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
                    "commit_sha": "8d2c1f0e5b7a4c3d2e1f0a9b8c7d6e5f4a3b2c1d",
                    "changed_anchors": ["functional-requirements"],
                }
            ]
        },
    )

    type: ClassVar[str] = "documents.document.changed.v1"
    aggregate: ClassVar[str] = "document"

    document_id: int
    project_id: int
    source_id: int
    path: str
    title: str
    kind: str
    change: Change
    blob_sha: str
    commit_sha: str
    changed_anchors: list[str] | None

    @property
    def subject(self) -> str:
        return str(self.document_id)


class DocumentRemoved(Event):
    """A document is gone, with everything derived from it."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"document_id": 7, "project_id": 1, "source_id": 2, "path": "docs/prd.md"}]},
    )

    type: ClassVar[str] = "documents.document.removed.v1"
    aggregate: ClassVar[str] = "document"

    document_id: int
    project_id: int
    source_id: int
    path: str

    @property
    def subject(self) -> str:
        return str(self.document_id)


class SourceChecked(Event):
    """A remote was asked for its branch's newest commit: it has another than before, or can't be asked any more.

    `remote_commit_sha` is the last one seen; `error_code` and `error_detail` say why the remote could not be asked.
    """

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "source_id": 2,
                    "project_id": 1,
                    "remote_commit_sha": "8d2c1f0e5b7a4c3d2e1f0a9b8c7d6e5f4a3b2c1d",
                    "checked_at": "2026-05-04T09:31:00.000Z",
                    "error_code": None,
                    "error_detail": None,
                }
            ]
        },
    )

    type: ClassVar[str] = "documents.source.checked.v1"
    aggregate: ClassVar[str] = "source"

    source_id: int
    project_id: int
    remote_commit_sha: str | None
    checked_at: UtcDatetime
    error_code: str | None
    error_detail: str | None

    @property
    def subject(self) -> str:
        return str(self.source_id)


PUBLISHED: list[type[Event]] = [
    SyncStarted,
    SyncProgressed,
    SyncSucceeded,
    SyncFailed,
    SyncCancelled,
    SourceChecked,
    DocumentChanged,
    DocumentRemoved,
]
