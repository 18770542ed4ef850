"""Why a sync failed, as the user reads it."""

from typing import Literal

SyncErrorCode = Literal[
    "ADDRESS_NOT_ALLOWED",
    "AUTHENTICATION_REQUIRED",
    "BRANCH_NOT_FOUND",
    "CERTIFICATE_NOT_TRUSTED",
    "CREDENTIAL_REFUSED",
    "CREDENTIAL_UNAVAILABLE",
    "CREDENTIAL_UNREADABLE",
    "DISK_FULL",
    "DOCS_PATH_NOT_FOUND",
    "EMBEDDING_UNAVAILABLE",
    "FETCH_FAILED",
    "FETCH_TIMEOUT",
    "HOST_KEY_CHANGED",
    "INDEX_MISMATCH",
    "LOCAL_SOURCES_NOT_ALLOWED",
    "PROXY_REFUSED",
    "REPOSITORY_DAMAGED",
    "REPOSITORY_EMPTY",
    "REPOSITORY_MOVED",
    "REPOSITORY_NOT_FOUND",
    "REPOSITORY_TOO_LARGE",
    "REPOSITORY_UNREACHABLE",
    "SYNC_INTERRUPTED",
]
"""All codes. Each has a line in the operator's guide and an advice in the web client; a test compares them."""

_LONGEST_DETAIL = 900  # characters


class SyncError(Exception):
    """The tree can't be indexed. `code` is stable, `detail` says in plain words what is wrong and what to do.

    What a detail quotes may be a stranger's: it is cut, and what can't be shown (or stored, as NUL) is replaced.
    """

    def __init__(self, code: SyncErrorCode, detail: str) -> None:
        self.code = code
        self.detail = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in detail)[
            :_LONGEST_DETAIL
        ]
        super().__init__(self.detail)
