"""The facts this service publishes."""

from uuid import UUID

from pydantic import ConfigDict, JsonValue

from common.events import Event
from common.fields import UtcDatetime
from projects.models import RunKind


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class ProjectFact(Event):
    aggregate = "project"

    project_id: int

    @property
    def subject(self) -> str:
        return str(self.project_id)


class ProjectCreated(ProjectFact):
    type = "projects.project.created.v1"
    model_config = _example(project_id=1, name="Shop", description="The web shop")

    name: str
    description: str | None


class ProjectUpdated(ProjectFact):
    type = "projects.project.updated.v1"
    model_config = _example(project_id=1, name="Shop", description=None)

    name: str
    description: str | None


class ProjectDeleted(ProjectFact):
    """Comes after the deletion of each of its sources."""

    type = "projects.project.deleted.v1"
    model_config = _example(project_id=1)


class SourceFact(Event):
    """All facts about a source, its syncs included, are one stream, so that they arrive in order."""

    aggregate = "source"

    source_id: int
    project_id: int

    @property
    def subject(self) -> str:
        return str(self.source_id)


_SOURCE: dict[str, JsonValue] = {
    "source_id": 12,
    "project_id": 1,
    "name": "shop-docs",
    "repo_url": "https://github.com/acme/shop-docs.git",
    "branch": None,
    "docs_path": "docs",
    "has_credential": False,
}


class SourceCreated(SourceFact):
    type = "projects.source.created.v1"
    model_config = _example(**_SOURCE)

    name: str
    repo_url: str
    branch: str | None
    docs_path: str | None
    has_credential: bool = False


class SourceUpdated(SourceFact):
    type = "projects.source.updated.v1"
    model_config = _example(**_SOURCE | {"branch": "main"})

    name: str
    repo_url: str
    branch: str | None
    docs_path: str | None
    has_credential: bool = False


class SourceDeleted(SourceFact):
    type = "projects.source.deleted.v1"
    model_config = _example(source_id=12, project_id=1)


class SyncRequested(SourceFact):
    """Published again with the same id when a request joins a run that is still queued."""

    type = "projects.sync.requested.v1"
    model_config = _example(
        sync_id="01920e1c-7a3b-7c11-9d2e-4b8f6a0c3d55",
        source_id=12,
        project_id=1,
        requested_at="2026-01-15T09:30:00.000Z",
        kind="sync",
    )

    sync_id: UUID
    requested_at: UtcDatetime
    kind: RunKind = "sync"


class SyncCancelRequested(SourceFact):
    type = "projects.sync.cancel_requested.v1"
    model_config = _example(sync_id="01920e1c-7a3b-7c11-9d2e-4b8f6a0c3d55", source_id=12, project_id=1)

    sync_id: UUID


class SourceCheckRequested(SourceFact):
    """Somebody wants to know now whether the remote has something new."""

    type = "projects.source.check_requested.v1"
    model_config = _example(source_id=12, project_id=1)


PUBLISHED: list[type[Event]] = [
    ProjectCreated,
    ProjectUpdated,
    ProjectDeleted,
    SourceCreated,
    SourceUpdated,
    SourceDeleted,
    SourceCheckRequested,
    SyncRequested,
    SyncCancelRequested,
]
