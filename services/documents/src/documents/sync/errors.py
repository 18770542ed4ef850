"""Why a sync failed, as the user reads it."""


class SyncError(Exception):
    """The tree can't be indexed. `code` is stable, `detail` says in plain words what is wrong and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
