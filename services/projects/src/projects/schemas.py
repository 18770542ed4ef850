"""What this service takes and answers."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from common.fields import Name, Text, UtcDatetime
from projects.credentials import WriteOnlyCredential
from projects.locations import Branch, DocsPath, RepoUrl
from projects.models import CredentialKind, RunKind, RunStatus, RunTrigger, SyncRun, SyncStatus
from projects.schedules import Schedule

_NOT_BLANK: JsonDict = {"pattern": r"\S"}  # Name sees to it; this tells callers
ProjectName = Annotated[Name, Field(min_length=1, max_length=255, json_schema_extra=_NOT_BLANK, examples=["Shop"])]
SourceName = Annotated[Name, Field(min_length=1, max_length=255, json_schema_extra=_NOT_BLANK, examples=["shop-docs"])]
Description = Annotated[Text, Field(max_length=10_000)] | None


class ProjectCreate(BaseModel):
    """A project and the repository that is its first source."""

    name: ProjectName
    repo_url: RepoUrl
    description: Description = None
    branch: Branch = None
    docs_path: DocsPath = None
    credential: WriteOnlyCredential = None


class ProjectPatch(BaseModel):
    """What is given is changed. Address, branch and folder are those of the first source."""

    # A factory says "may be left out" without allowing null; only fields that were given are read.
    name: ProjectName = Field(default_factory=str)
    repo_url: RepoUrl = Field(default_factory=str)
    description: Description = None
    branch: Branch = None
    docs_path: DocsPath = None


class ProjectResponse(BaseModel):
    """A project; `repo_url` is its first source's (null without sources), the rest of sync facts is of all of them."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    repo_url: str | None
    description: str | None
    created_at: UtcDatetime
    updated_at: UtcDatetime
    last_synced_at: UtcDatetime | None
    sync_status: SyncStatus
    source_count: int


class SourceCreate(BaseModel):
    """A git repository, optionally a branch or tag and a folder of it."""

    name: SourceName
    repo_url: RepoUrl
    branch: Branch = None
    docs_path: DocsPath = None
    credential: WriteOnlyCredential = None
    schedule: Schedule = None


class SourcePatch(BaseModel):
    """What is given is changed; the next sync works with it. A credential stays unless the address leads elsewhere."""

    name: SourceName = Field(default_factory=str)
    repo_url: RepoUrl = Field(default_factory=str)
    branch: Branch = None
    docs_path: DocsPath = None
    credential: WriteOnlyCredential = None
    schedule: Schedule = None


class SourceResponse(BaseModel):
    """A source; `branch` is the repository's default one where none was named (null until a sync has found it)."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    project_id: int
    name: str
    repo_url: str
    branch: str | None = Field(validation_alias="effective_branch")
    docs_path: str | None
    schedule: str | None = Field(description="Cron syntax, in UTC.")
    next_sync_at: UtcDatetime | None = Field(description="When the schedule asks for the next sync.")
    has_credential: bool
    credential_kind: CredentialKind | None
    has_webhook: bool
    last_synced_at: UtcDatetime | None
    last_commit_sha: str | None
    last_commit_at: UtcDatetime | None
    remote_commit_sha: str | None = Field(description="The branch's newest commit, when the remote was last asked.")
    remote_checked_at: UtcDatetime | None
    remote_error_code: str | None = Field(description="Why the remote could not be asked.")
    remote_error_detail: str | None
    is_behind: bool = Field(description="Whether the remote is known to have another commit than was synced.")
    sync_status: SyncStatus
    created_at: UtcDatetime
    updated_at: UtcDatetime


class SyncWarning(BaseModel):
    """What is wrong with one file; the sync went on."""

    path: str
    message: str


class SyncRunResponse(BaseModel):
    """One sync or re-index of one source. Totals describe the source after the run."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: int
    source_id: int
    kind: RunKind
    trigger: RunTrigger = Field(description="Who asked for it first.")
    status: RunStatus
    phase: str = Field(description="What the sync is doing, or did last.")
    commit_sha: str | None
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
    requested_at: UtcDatetime
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None


class ProjectStatistics(BaseModel):
    """Figures for the dashboard, of the projects that the caller may see."""

    projects: int
    recent_syncs: list[SyncRunResponse] = Field(description="The newest ten, newest first.")


class SyncStarted(BaseModel):
    """The runs that now stand in the queue; one that was waiting already is joined."""

    message: str
    project_id: int
    syncs: list[SyncRunResponse]

    @classmethod
    def of(cls, project_id: int, runs: Sequence[SyncRun]) -> Self:
        """Of runs of one kind; there is at least one."""
        syncs = [SyncRunResponse.model_validate(run) for run in runs]
        message = "Sync started" if runs[0].kind == "sync" else "Re-index started"
        return cls(message=message, project_id=project_id, syncs=syncs)


class CheckStarted(BaseModel):
    """The remote is being asked; the answer is event `source.checked`, and in the source."""

    message: str
    source_id: int


class Webhook(BaseModel):
    """What to tell the git host. The secret is shown this once."""

    path: str = Field(description="The address to call, on the host of this API.")
    secret: str


class DeliveryTaken(BaseModel):
    """What a delivery led to; `sync_id` is null where nothing had to be done."""

    message: str
    sync_id: UUID | None = None
