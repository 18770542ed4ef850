"""Makes one OpenAPI or AsyncAPI document of several. Pure.

A component keeps its name where every service that has one of that name means the same by it, including all that it
refers to; else each service's own gets the service's name as a prefix. References follow, also in
`discriminator.mapping`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

Json = dict[str, Any]
Documents = Mapping[str, Json]
"""By service name, in the order in which they are merged."""

Names = dict[str, str]
"""New pointer by old pointer (`#/components/schemas/Item`)."""


def merge_openapi(documents: Documents, *, info: Json, keep_path: Callable[[str, str], bool]) -> Json:
    """One OpenAPI 3.1 document; of the paths those for which `keep_path(service, path)` holds."""
    renamed = {service: _with_unique_operations(service, doc, documents) for service, doc in documents.items()}
    components = _merge_components(renamed)
    paths: Json = {}
    tags: dict[str, Json] = {}
    for service, document in components.documents.items():
        for path, item in document.get("paths", {}).items():
            if keep_path(service, path):
                paths.setdefault(path, item)
        for tag in document.get("tags", []):
            tags.setdefault(tag["name"], tag)
    return {
        "openapi": max((doc.get("openapi", "3.1.0") for doc in documents.values()), default="3.1.0"),
        "info": info,
        "servers": [{"url": "/"}],
        "tags": list(tags.values()),
        "paths": paths,
        "components": components.merged,
    }


def merge_asyncapi(documents: Documents, *, info: Json) -> Json:
    """One AsyncAPI 3 document: channels and operations of all services."""
    components = _merge_components(documents)
    merged: Json = {"asyncapi": "3.0.0", "info": info, "channels": {}, "operations": {}}
    for document in components.documents.values():
        for section in ("channels", "operations"):
            for name, value in document.get(section, {}).items():
                merged[section].setdefault(name, value)
    return {**merged, "components": components.merged}


class _Components:
    """The documents with their new names in place, and their components in one."""

    def __init__(self, documents: dict[str, Json]) -> None:
        self.documents = documents
        self.merged: Json = {}
        for document in documents.values():
            for section, entries in _sections(document):
                self.merged.setdefault(section, {}).update(entries)


def _merge_components(documents: Documents) -> _Components:
    disputed = _disputed(documents)
    taken = {pointer for document in documents.values() for pointer, _ in _components(document)}
    result: dict[str, Json] = {}
    for service, document in documents.items():
        names: Names = {}
        for pointer, _ in _components(document):
            if pointer in disputed:
                names[pointer] = _free_name(service, pointer, taken)
                taken.add(names[pointer])
        result[service] = _rename(document, names)
    return _Components(result)


def _sections(document: Json) -> Iterator[tuple[str, Json]]:
    for section, entries in document.get("components", {}).items():
        # How one proves who one is towards the gateway is for the gateway to say.
        if section != "securitySchemes":
            yield section, entries


def _components(document: Json) -> Iterator[tuple[str, Any]]:
    for section, entries in _sections(document):
        for name, definition in entries.items():
            yield f"#/components/{section}/{_escape(name)}", definition


def _disputed(documents: Documents) -> set[str]:
    """Pointers under which two services mean different things."""
    definitions: dict[str, list[Any]] = {}
    for document in documents.values():
        for pointer, definition in _components(document):
            definitions.setdefault(pointer, []).append(definition)
    shared = {pointer: found for pointer, found in definitions.items() if len(found) > 1}
    disputed = {pointer for pointer, found in shared.items() if len({_canonical(one) for one in found}) > 1}
    # Equal texts that refer to something disputed mean different things after all.
    while grown := {
        pointer for pointer, found in shared.items() if pointer not in disputed and _references(found[0]) & disputed
    }:
        disputed |= grown
    return disputed


def _canonical(definition: Any) -> str:
    return json.dumps(definition, sort_keys=True)


def _references(node: Any) -> set[str]:
    found: set[str] = set()

    def note(pointer: str) -> str:
        found.add(pointer)
        return pointer

    _walk(node, note)
    return found


def _free_name(service: str, pointer: str, taken: set[str]) -> str:
    start, _, name = pointer.rpartition("/")
    candidate = f"{start}/{service.capitalize()}{name}"
    while candidate in taken:
        candidate += "_"
    return candidate


def _rename(document: Json, names: Names) -> Json:
    renamed = deepcopy(document)
    _walk(renamed, lambda pointer: names.get(pointer, pointer))
    for section, entries in _sections(renamed):
        for name in list(entries):
            new = names.get(f"#/components/{section}/{_escape(name)}")
            if new is not None:
                entries[_unescape(new.rpartition("/")[2])] = entries.pop(name)
    return renamed


def _walk(node: Any, change: Callable[[str], str]) -> None:
    """Put every reference to a component through `change`, in place."""
    if isinstance(node, list):
        for item in node:
            _walk(item, change)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            node[key] = _changed_reference(value, change)
        elif key == "discriminator" and isinstance(value, dict) and isinstance(value.get("mapping"), dict):
            mapping = value["mapping"]
            value["mapping"] = {name: _changed_mapping(target, change) for name, target in mapping.items()}
        else:
            _walk(value, change)


def _changed_reference(reference: str, change: Callable[[str], str]) -> str:
    parts = reference.split("/")
    if parts[:2] != ["#", "components"] or len(parts) < 4:
        return reference
    return "/".join([change("/".join(parts[:4])), *parts[4:]])


def _changed_mapping(target: str, change: Callable[[str], str]) -> str:
    # A mapping may name a schema without a pointer.
    if "/" in target or "." in target:
        return _changed_reference(target, change)
    return change(f"#/components/schemas/{target}").rpartition("/")[2]


def _with_unique_operations(service: str, document: Json, documents: Documents) -> Json:
    others = {name for other, doc in documents.items() if other != service for name in _operation_ids(doc)}
    twice = others.intersection(_operation_ids(document))
    return _rename_operations(deepcopy(document), {name: f"{service}-{name}" for name in twice})


def _operation_ids(node: Any) -> Iterator[str]:
    for item in node.get("paths", {}).values():
        for operation in item.values():
            if isinstance(operation, dict) and "operationId" in operation:
                yield operation["operationId"]


def _rename_operations(node: Any, names: Mapping[str, str]) -> Any:
    """Operations and the links that name them, in place."""
    if isinstance(node, list):
        for item in node:
            _rename_operations(item, names)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "operationId" and isinstance(value, str):
                node[key] = names.get(value, value)
            else:
                _rename_operations(value, names)
    return node


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescape(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
