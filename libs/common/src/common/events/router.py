"""The dead letters of a service over HTTP, for administrators."""

import json
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel, ConfigDict

from common.database import SessionDep
from common.events.inbox import DeadLetter, dead_letters, discard, replay
from common.fields import Cursor, Limit, UtcDatetime
from common.identity import IdentityDep
from common.pages import Page, decode_cursor, encode_cursor
from common.problems import CursorInvalid, Forbidden, IdentityRequired, Problem, problems

_BEFORE_ALL = UUID(int=0)


class DeadLetterNotFound(Problem):
    status = 404
    error_code = "DEAD_LETTER_NOT_FOUND"
    title = "No such dead letter"


class DeadLetterResponse(BaseModel):
    """An event that this service gave up; `event` is the envelope as it was received."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    type: str
    stream: str
    sequence: int
    attempts: int
    last_error: str | None
    received_at: UtcDatetime
    died_at: UtcDatetime
    event: dict[str, Any]


def _require_admin(identity: IdentityDep) -> None:
    identity.require_admin()


def dead_letter_router(service: str) -> APIRouter:
    """`/api/events/{service}/dead`: list, replay and discard. Needs `app.state.database` and an administrator."""
    router = APIRouter(
        prefix=f"/api/events/{service}/dead",
        tags=[service],
        dependencies=[Depends(_require_admin)],
        responses=problems(IdentityRequired, Forbidden),
    )

    @router.get("", responses=problems(CursorInvalid))
    async def list_dead_letters(
        session: SessionDep, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[DeadLetterResponse]:
        """Events that this service gave up, oldest first."""
        found = await dead_letters(session, service, after=_after(cursor), limit=limit + 1)
        items = [_response(letter) for letter in found[:limit]]
        return Page(items=items, next_cursor=encode_cursor(str(items[-1].event_id)) if len(found) > limit else None)

    @router.post("/{event_id}/replay", status_code=status.HTTP_202_ACCEPTED, responses=problems(DeadLetterNotFound))
    async def replay_dead_letter(event_id: UUID, session: SessionDep) -> dict[str, UUID]:
        """Handle the event again, from its first attempt, under the same id."""
        if not await replay(session, service, event_id):
            raise DeadLetterNotFound(f"Dead letter {event_id} not found")
        return {"event_id": event_id}

    @router.delete("/{event_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(DeadLetterNotFound))
    async def discard_dead_letter(event_id: UUID, session: SessionDep) -> None:
        """Delete the event for good."""
        if not await discard(session, service, event_id):
            raise DeadLetterNotFound(f"Dead letter {event_id} not found")

    return router


def _after(cursor: str | None) -> UUID:
    key = decode_cursor(cursor, str)
    if key is None:
        return _BEFORE_ALL
    try:
        return UUID(str(key[0]))
    except ValueError as error:
        raise CursorInvalid("The cursor is damaged: start again without one.") from error


def _response(letter: DeadLetter) -> DeadLetterResponse:
    fields = {name: getattr(letter, name) for name in DeadLetterResponse.model_fields if name != "event"}
    return DeadLetterResponse(**fields, event=json.loads(letter.body))
