"""Which service listens to which facts."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from common.events.envelope import TYPE_PATTERN, family_of
from common.events.event import EventMeta

HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[None]])


@dataclass(frozen=True, slots=True)
class Consumer:
    """A handler and the consumer's own model of the event's data."""

    event_type: str
    model: type[BaseModel]
    handler: Callable[[AsyncSession, Any, EventMeta], Awaitable[None]]


class Consumers:
    """The registry of one service: at most one handler per event type."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_type: dict[str, Consumer] = {}

    def on(self, event_type: str) -> Callable[[HandlerT], HandlerT]:
        """Register `async def handler(session, event: OwnModel, meta: EventMeta) -> None` for one event type.

        The handler works in the session's transaction only; it is called again if that fails. Raises TypeError when the
        type is malformed or taken, or the second parameter isn't annotated with a pydantic model.
        """
        if TYPE_PATTERN.fullmatch(event_type) is None:
            raise TypeError(f"{event_type!r} is not of the form service.noun.fact.v1")
        if event_type in self._by_type:
            raise TypeError(f"{self.service} has a handler for {event_type} already")

        def register(handler: HandlerT) -> HandlerT:
            self._by_type[event_type] = Consumer(event_type, _model(handler), handler)
            return handler

        return register

    def find(self, event_type: str) -> Consumer | None:
        return self._by_type.get(event_type)

    def all(self) -> list[Consumer]:
        return list(self._by_type.values())

    def patterns(self) -> list[str]:
        """What to subscribe to: every major version of the known types, so that an unknown one is noticed."""
        return sorted({f"{family_of(event_type)}.*" for event_type in self._by_type})


def _model(handler: Callable[..., Awaitable[None]]) -> type[BaseModel]:
    parameters = list(inspect.signature(handler).parameters)
    model = get_type_hints(handler).get(parameters[1]) if len(parameters) == 3 else None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{handler!r} must take (session, event: a pydantic model, meta)")
    return model
