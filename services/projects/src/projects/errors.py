"""What can be wrong with a request to this service."""

from uuid import UUID

from common.problems import InvalidRequest, Problem


class ProjectNotFound(Problem):
    status = 404
    error_code = "PROJECT_NOT_FOUND"
    title = "No such project"

    def __init__(self, project_id: int) -> None:
        super().__init__(f"Project {project_id} not found")


class SourceNotFound(Problem):
    status = 404
    error_code = "SOURCE_NOT_FOUND"
    title = "No such source"

    def __init__(self, source_id: int) -> None:
        super().__init__(f"Source {source_id} not found")


class SyncNotFound(Problem):
    status = 404
    error_code = "SYNC_NOT_FOUND"
    title = "No such sync run"

    def __init__(self, sync_id: UUID) -> None:
        super().__init__(f"Sync run {sync_id} not found")


class ProjectNameTaken(Problem):
    status = 409
    error_code = "PROJECT_NAME_TAKEN"
    title = "The project's name is taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a project named '{name}' already.")


class SourceNameTaken(Problem):
    status = 409
    error_code = "SOURCE_NAME_TAKEN"
    title = "The source's name is taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"The project has a source named '{name}' already.")


class ProjectHasNoSource(Problem):
    status = 409
    error_code = "PROJECT_HAS_NO_SOURCE"
    title = "The project has no source"

    def __init__(self, project_id: int) -> None:
        super().__init__(f"Project {project_id} has no source: add a git repository to it first.")


class SyncNotRunning(Problem):
    status = 409
    error_code = "SYNC_NOT_RUNNING"
    title = "The sync has ended"

    def __init__(self, sync_id: UUID, status: str) -> None:
        super().__init__(f"Sync run {sync_id} can't be cancelled: it is {status} already.")


class CredentialsNotSupported(InvalidRequest):
    error_code = "CREDENTIALS_NOT_SUPPORTED"
    title = "Credentials are not supported"
    loc = ("body", "credential")

    def __init__(self) -> None:
        super().__init__("Credentials of a source can't be stored yet: leave 'credential' out.")


class SchedulesNotSupported(InvalidRequest):
    error_code = "SCHEDULES_NOT_SUPPORTED"
    title = "Schedules are not supported"
    loc = ("body", "schedule")

    def __init__(self) -> None:
        super().__init__("A source can't be synced by a schedule yet: leave 'schedule' out and ask for each sync.")
