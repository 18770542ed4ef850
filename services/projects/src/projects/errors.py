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


class CredentialInvalid(InvalidRequest):
    error_code = "CREDENTIAL_INVALID"
    title = "The credential is not valid"
    loc = ("body", "credential")


class CredentialDoesNotFit(InvalidRequest):
    error_code = "CREDENTIAL_DOES_NOT_FIT"
    title = "The credential doesn't fit the address"
    loc = ("body", "credential")

    def __init__(self) -> None:
        super().__init__(
            "Tokens and passwords are for https and http addresses, keys for ssh addresses; paths need neither."
        )


class CredentialsNotConfigured(Problem):
    status = 409
    error_code = "CREDENTIALS_NOT_CONFIGURED"
    title = "Secrets can't be kept"

    def __init__(self) -> None:
        super().__init__("The operator gave no keys to keep secrets with (PROJECTS_SEALING_KEYS).")


CREDENTIAL_FAULTS = (CredentialInvalid, CredentialDoesNotFit, CredentialsNotConfigured)


class ProofInvalid(Problem):
    status = 401
    error_code = "PROOF_INVALID"
    title = "No valid proof"

    def __init__(self) -> None:
        super().__init__("Only a service that has the same sealing keys is answered.")


class CredentialNotFound(Problem):
    status = 404
    error_code = "CREDENTIAL_NOT_FOUND"
    title = "The source has no credential"

    def __init__(self, source_id: int) -> None:
        super().__init__(f"Source {source_id} has no credential")


class WebhookSignatureInvalid(Problem):
    """Also where there is no such source or no webhook: strangers learn nothing."""

    status = 401
    error_code = "WEBHOOK_SIGNATURE_INVALID"
    title = "The delivery isn't signed with the webhook's secret"

    def __init__(self) -> None:
        super().__init__("The signature or token is missing or wrong: set the webhook's secret at your git host.")


class WebhookTooLarge(Problem):
    status = 413
    error_code = "WEBHOOK_TOO_LARGE"
    title = "The delivery is too large"


class WebhookPayloadInvalid(InvalidRequest):
    error_code = "WEBHOOK_PAYLOAD_INVALID"
    title = "The delivery can't be read"

    def __init__(self) -> None:
        super().__init__("The delivery is signed, but it doesn't say which branch was pushed.")
