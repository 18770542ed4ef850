"""What services write down about themselves: facts, and what a handler is told beside the fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.events.envelope import TYPE_PATTERN


class Event(BaseModel):
    """A fact in the past tense. Subclasses set `type` and `aggregate`, define `subject` and give an example.

    The example stands in `model_config = ConfigDict(json_schema_extra={"examples": [{…}]})`: consumers test against it.
    """

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]
    aggregate: ClassVar[str]

    @property
    def subject(self) -> str:
        """The id of the aggregate that the fact is about; order is kept within (`aggregate`, `subject`)."""
        raise NotImplementedError

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        declared = getattr(cls, "type", None)
        if declared is not None and TYPE_PATTERN.fullmatch(declared) is None:
            raise TypeError(f"{cls.__name__}.type {declared!r} is not of the form service.noun.fact.v1")


@dataclass(frozen=True, slots=True)
class EventMeta:
    """The envelope of an event without its data. `sequence` grows within `subject` (`aggregate/id`) of one service."""

    id: UUID
    type: str
    subject: str
    sequence: int
    time: datetime
    traceparent: str | None


class EventRejected(Exception):
    """A handler raises it when no retry can help: the event becomes a dead letter at once."""
