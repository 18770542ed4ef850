"""What can be wrong with a request to this service."""

from common.problems import Problem


class ProjectNotFound(Problem):
    status = 404
    error_code = "PROJECT_NOT_FOUND"
    title = "Project not found"

    def __init__(self, project_id: int) -> None:
        super().__init__(f"Project {project_id} not found")


class DocumentNotFound(Problem):
    status = 404
    error_code = "DOCUMENT_NOT_FOUND"
    title = "Document not found"

    def __init__(self, document_id: int) -> None:
        super().__init__(f"Document {document_id} not found")


class DocumentNotStored(Problem):
    status = 404
    error_code = "DOCUMENT_NOT_STORED"
    title = "Document not stored"

    def __init__(self, path: str, size_bytes: int) -> None:
        super().__init__(
            f"{path} ({size_bytes:,} bytes) is larger than this installation reads: only its name is kept here. Read it"
            " in its repository."
        )


class VersionNotFound(Problem):
    status = 404
    error_code = "VERSION_NOT_FOUND"
    title = "Version not found"

    def __init__(self, document_id: int, commit_sha: str | None = None) -> None:
        if commit_sha is None:
            detail = f"Document {document_id} has no version before that one: nothing to compare it with is kept here."
        else:
            detail = (
                f"Document {document_id} has no version of commit {commit_sha[:12]}. The list of its versions says"
                " which there are."
            )
        super().__init__(detail)


class AssetNotFound(Problem):
    status = 404
    error_code = "ASSET_NOT_FOUND"
    title = "Image not found"

    def __init__(self, path: str, problem: str | None = None) -> None:
        reason = problem or "No document of this source refers to such an image, or it isn't in the repository."
        super().__init__(f"There is no image “{path}” to show. {reason}")


class ProjectsUnavailable(Problem):
    status = 503
    error_code = "PROJECTS_UNAVAILABLE"
    title = "The projects service is unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Whether this project exists can't be told right now: try again.", headers={"Retry-After": "5"}
        )


class SemanticSearchUnavailable(Problem):
    status = 503
    error_code = "SEMANTIC_SEARCH_UNAVAILABLE"
    title = "Semantic search is unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The embedding model doesn't answer. Search by keyword works; the service's log says what is wrong.",
            headers={"Retry-After": "10"},
        )
