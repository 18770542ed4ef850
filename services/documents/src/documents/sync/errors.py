"""Why a sync failed, as the user reads it."""

_LONGEST_DETAIL = 900  # characters


class SyncError(Exception):
    """The tree can't be indexed. `code` is stable, `detail` says in plain words what is wrong and what to do.

    What a detail quotes may be a stranger's: it is cut, and what can't be shown (or stored, as NUL) is replaced.
    """

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in detail)[
            :_LONGEST_DETAIL
        ]
        super().__init__(self.detail)
