"""The envelope of an event on the wire: CloudEvents 1.0, structured JSON."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from uuid6 import uuid7

MEDIA_TYPE = "application/cloudevents+json"
TYPE_PATTERN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,}\.v[1-9][0-9]{0,3}")
TRACEPARENT_PATTERN = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_MAX_SEQUENCE = 2**63 - 1
_MAX_NAME = 500


class UndecodableEvent(ValueError):
    """The bytes are no event of ours: there is nothing to store, let alone to handle."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event. `sequence` counts from 1 within (`source`, `subject`); `subject` is `aggregate/id`."""

    type: str
    source: str
    subject: str
    sequence: int
    data: dict[str, Any]
    id: UUID = field(default_factory=lambda: UUID(int=uuid7().int))
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    traceparent: str | None = None
    datacontenttype: str = "application/json"

    @property
    def stream(self) -> str:
        """What the sequence is unique in, and so what order is kept within."""
        return f"{self.source}/{self.subject}"


def source_of(event_type: str) -> str:
    """The CloudEvents source of a type: its first word is the publishing service."""
    return f"/{event_type.split('.', 1)[0]}"


def family_of(event_type: str) -> str:
    """The type without its major version: what a consumer subscribes to, so that it notices a version it can't read."""
    return event_type.rsplit(".", 1)[0]


def encode(envelope: Envelope) -> bytes:
    """The envelope as UTF-8 JSON."""
    members: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.subject,
        "time": envelope.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        # The sequence extension asks for a string that sorts as the numbers do.
        "sequence": f"{envelope.sequence:019d}",
        "datacontenttype": envelope.datacontenttype,
        "data": envelope.data,
    }
    if envelope.traceparent is not None:
        members["traceparent"] = envelope.traceparent
    # ASCII escapes: neither NUL nor an unpaired surrogate can reach a text column.
    return json.dumps(members, separators=(",", ":"), allow_nan=False).encode()


def decode(raw: bytes) -> Envelope:
    """The envelope in `raw`. Unknown members are ignored. Raises UndecodableEvent."""
    try:
        members = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise UndecodableEvent(f"no JSON: {type(error).__name__}") from error
    if not isinstance(members, dict):
        raise UndecodableEvent("no JSON object")
    return _envelope(cast(dict[str, Any], members))


def _envelope(members: dict[str, Any]) -> Envelope:
    if members.get("specversion") != "1.0":
        raise UndecodableEvent("specversion is not 1.0")
    data = members.get("data")
    if not isinstance(data, dict):
        raise UndecodableEvent("data is no JSON object")
    try:
        return Envelope(
            id=UUID(_name(members, "id")),
            type=_type(members),
            source=_name(members, "source"),
            subject=_name(members, "subject"),
            time=_time(members),
            sequence=_sequence(members),
            traceparent=_traceparent(members),
            data=cast(dict[str, Any], data),
        )
    except UndecodableEvent:
        raise
    except (ValueError, OverflowError) as error:
        raise UndecodableEvent(str(error)) from error


def _name(members: dict[str, Any], member: str) -> str:
    value = members.get(member)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_NAME or not value.isprintable():
        raise UndecodableEvent(f"{member} is no printable text of 1 to {_MAX_NAME} characters")
    return value


def _type(members: dict[str, Any]) -> str:
    value = _name(members, "type")
    if TYPE_PATTERN.fullmatch(value) is None:
        raise UndecodableEvent("type is not of the form service.noun.fact.v1")
    return value


def _time(members: dict[str, Any]) -> datetime:
    value = datetime.fromisoformat(_name(members, "time"))
    if value.tzinfo is None:
        raise UndecodableEvent("time has no zone")
    return value.astimezone(UTC)


def _sequence(members: dict[str, Any]) -> int:
    text = _name(members, "sequence")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_SEQUENCE):
        raise UndecodableEvent("sequence is not a positive 64-bit number")
    return int(text)


def _traceparent(members: dict[str, Any]) -> str | None:
    """A damaged trace context loses the trace, not the event."""
    value = members.get("traceparent")
    return value if isinstance(value, str) and TRACEPARENT_PATTERN.fullmatch(value) else None
