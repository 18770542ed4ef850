"""The JSON Schemas that a service commits for what it publishes."""

from typing import Any

from common.events.event import Event


def event_schema(event: type[Event]) -> dict[str, Any]:
    """The schema of the event's data. Raises ValueError when the event gives no example that fits it."""
    schema = event.model_json_schema(mode="serialization")
    examples = schema.get("examples")
    if not examples:
        raise ValueError(f"{event.__name__} gives no example in model_config's json_schema_extra")
    for example in examples:
        event.model_validate(example)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{event.type}.json"} | schema
