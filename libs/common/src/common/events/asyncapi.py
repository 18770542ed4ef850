"""The AsyncAPI 3.0 document of a service: what it publishes and what it listens to."""

from collections.abc import Sequence
from typing import Any

from common.events.consumers import Consumers
from common.events.contracts import event_schema
from common.events.envelope import MEDIA_TYPE
from common.events.event import Event

_ENVELOPE: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "type", "source", "subject", "time", "sequence", "datacontenttype", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUIDv7; the same in every copy."},
        "type": {"type": "string"},
        "source": {"type": "string", "description": "The publishing service, `/projects`."},
        "subject": {"type": "string", "description": "`aggregate/id`."},
        "time": {"type": "string", "format": "date-time"},
        "sequence": {"type": "string", "pattern": "^[0-9]{19}$", "description": "Counts within source and subject."},
        "traceparent": {"type": "string"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    },
}


def asyncapi_document(
    title: str, version: str, *, published: Sequence[type[Event]], consumers: Consumers
) -> dict[str, Any]:
    """Sends and receives as operations, one channel for each event type, payloads in the CloudEvents envelope."""
    payloads = {event.type: event_schema(event) for event in published}
    payloads |= {consumer.event_type: consumer.model.model_json_schema() for consumer in consumers.all()}
    sent = {event.type for event in published}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "defaultContentType": MEDIA_TYPE,
        "channels": {kind: _channel(kind) for kind in sorted(payloads)},
        "operations": {
            f"{'send' if kind in sent else 'receive'}.{kind}": {
                "action": "send" if kind in sent else "receive",
                "channel": {"$ref": f"#/channels/{kind}"},
            }
            for kind in sorted(payloads)
        },
        "components": {
            "schemas": {"envelope": _ENVELOPE},
            "messages": {kind: _message(kind, payloads[kind]) for kind in sorted(payloads)},
        },
    }


def _channel(kind: str) -> dict[str, Any]:
    return {"address": kind, "messages": {kind: {"$ref": f"#/components/messages/{kind}"}}}


def _message(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    parts = [{"$ref": "#/components/schemas/envelope"}, {"properties": {"type": {"const": kind}, "data": data}}]
    return {"name": kind, "contentType": MEDIA_TYPE, "payload": {"allOf": parts}}
