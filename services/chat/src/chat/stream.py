"""A turn as server-sent events."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from chat.answering import Turn
from chat.schemas import MessageStarted
from common.problems import Problem, ProblemDetails
from common.request_context import current_request_id

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_KEEP_ALIVE_SECONDS = 15.0
_REFUSED = re.compile(r"q\s*=\s*0(\.0{0,3})?")


def wants_stream(request: Request) -> bool:
    """Whether the caller names the media type; `*/*` means JSON."""
    for media_range in ",".join(request.headers.getlist("accept")).split(","):
        name, *parameters = (part.strip().lower() for part in media_range.split(";"))
        if name == MEDIA_TYPE:
            return not any(_REFUSED.fullmatch(parameter) for parameter in parameters)
    return False


async def event_stream(turn: Turn, instance: str) -> AsyncIterator[str]:
    """The turn's events until its end, with a comment now and then so that nobody takes silence for an end.

    Whoever stops reading doesn't stop the turn: it ends and is stored by itself.
    """
    yield _line("message.started", MessageStarted(user_message=turn.user_message, message_id=turn.message_id))
    while True:
        try:
            async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                event = await turn.events.get()
        except TimeoutError:
            yield ": still working\n\n"
            continue
        if event is None:
            break
        yield _line(event.name, event.data)
    outcome = await turn.end()
    if isinstance(outcome, Problem):
        yield _line("message.failed", _details(outcome, instance))
    else:
        yield _line("message.completed", outcome)


def _line(name: str, data: BaseModel) -> str:
    # JSON has no raw line breaks, so that one data line holds it all.
    payload: Any = data.model_dump(mode="json")
    return f"event: {name}\ndata: {json.dumps(payload)}\n\n"


def _details(problem: Problem, instance: str) -> ProblemDetails:
    return ProblemDetails(
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=instance,
        error_code=problem.error_code,
        request_id=current_request_id(),
    )
