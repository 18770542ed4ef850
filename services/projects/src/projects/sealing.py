"""The keys that keep secrets, and the places where those are kept."""

from typing import Annotated

from fastapi import Depends, Request

from common.sealing import SealingKeys


def credential_place(source_id: int) -> str:
    return f"projects.source.credential:{source_id}"


def webhook_place(source_id: int) -> str:
    return f"projects.source.webhook:{source_id}"


def get_sealing_keys(request: Request) -> SealingKeys | None:
    """The keys of the application; None where the operator gave none."""
    keys: SealingKeys | None = request.app.state.sealing_keys
    return keys


Keys = Annotated[SealingKeys | None, Depends(get_sealing_keys)]
