import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.merging import Json, merge_asyncapi, merge_openapi

INFO = {"title": "All", "version": "1"}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _service(tag: str, schemas: Json, path: str | None = None, operation: str | None = None) -> Json:
    answer = {"content": {"application/json": {"schema": _ref(next(iter(schemas)))}}}
    get = {"operationId": operation or f"{tag}-get", "tags": [tag], "responses": {"default": answer}}
    return {
        "openapi": "3.1.0",
        "tags": [{"name": tag, "description": f"About {tag}"}],
        "paths": {path or f"/api/{tag}": {"get": get}},
        "components": {"schemas": schemas},
    }


def _merge(**documents: Json) -> Json:
    return merge_openapi(documents, info=INFO, keep_path=lambda _service, _path: True)


def _pointers(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key == "mapping":
                yield from value.values()
            else:
                yield from _pointers(value)
    elif isinstance(node, list):
        for item in node:
            yield from _pointers(item)


def _dangling(document: Json) -> set[str]:
    known = {f"#/components/{s}/{n}" for s, entries in document["components"].items() for n in entries}
    return set(_pointers(document)) - known


def _answer_schema(document: Json, path: str) -> str:
    schema = document["paths"][path]["get"]["responses"]["default"]["content"]["application/json"]["schema"]
    return schema["$ref"].rpartition("/")[2]


def test_equal_components_keep_their_name() -> None:
    problem = {"type": "object", "properties": {"detail": {"type": "string"}}}
    merged = _merge(projects=_service("projects", {"Problem": problem}), chat=_service("chat", {"Problem": problem}))
    assert list(merged["components"]["schemas"]) == ["Problem"]
    assert merged["servers"] == [{"url": "/"}]
    assert [tag["description"] for tag in merged["tags"]] == ["About projects", "About chat"]
    assert _dangling(merged) == set()


def test_different_components_get_the_services_name() -> None:
    merged = _merge(
        projects=_service("projects", {"Item": {"type": "string"}}), chat=_service("chat", {"Item": {"type": "null"}})
    )
    schemas = merged["components"]["schemas"]
    assert schemas == {"ProjectsItem": {"type": "string"}, "ChatItem": {"type": "null"}}
    assert _answer_schema(merged, "/api/projects") == "ProjectsItem"
    assert _answer_schema(merged, "/api/chat") == "ChatItem"


def test_equal_text_that_refers_to_different_things_is_different() -> None:
    page = {"type": "array", "items": _ref("Item")}
    book = {"type": "array", "items": _ref("Page")}
    merged = _merge(
        projects=_service("projects", {"Book": book, "Page": page, "Item": {"type": "string"}}),
        chat=_service("chat", {"Book": book, "Page": page, "Item": {"type": "null"}}),
    )
    schemas = merged["components"]["schemas"]
    assert schemas["ChatBook"]["items"] == _ref("ChatPage")
    assert schemas["ChatPage"]["items"] == _ref("ChatItem")
    assert schemas["ProjectsPage"]["items"] == _ref("ProjectsItem")
    assert len(schemas) == 6
    assert _dangling(merged) == set()


def test_components_that_refer_to_themselves() -> None:
    node = {"type": "object", "properties": {"children": {"type": "array", "items": _ref("Node")}}}
    same = _merge(documents=_service("documents", {"Node": node}), chat=_service("chat", {"Node": node}))
    assert list(same["components"]["schemas"]) == ["Node"]
    other = _merge(
        documents=_service("documents", {"Node": node}), chat=_service("chat", {"Node": {**node, "title": "N"}})
    )
    assert set(other["components"]["schemas"]) == {"DocumentsNode", "ChatNode"}
    assert _dangling(other) == set()


def test_discriminators_follow() -> None:
    def event(kind: str) -> Json:
        mapping = {"a": "#/components/schemas/A", "b": "B"}
        union = {"oneOf": [_ref("A"), _ref("B")], "discriminator": {"propertyName": "kind", "mapping": mapping}}
        return {"Event": union, "A": {"const": kind}, "B": {"const": kind * 2}}

    merged = _merge(projects=_service("projects", event("p")), chat=_service("chat", event("c")))
    union = merged["components"]["schemas"]["ChatEvent"]
    assert union["oneOf"] == [_ref("ChatA"), _ref("ChatB")]
    assert union["discriminator"]["mapping"] == {"a": "#/components/schemas/ChatA", "b": "ChatB"}


def test_new_name_is_never_one_that_is_taken() -> None:
    merged = _merge(
        projects=_service("projects", {"Item": {"type": "string"}, "ChatItem": {"type": "number"}}),
        chat=_service("chat", {"Item": {"type": "null"}}),
    )
    schemas = merged["components"]["schemas"]
    assert schemas["ChatItem"] == {"type": "number"}
    assert schemas["ChatItem_"] == {"type": "null"}
    assert _answer_schema(merged, "/api/chat") == "ChatItem_"


def test_properties_with_the_names_of_keywords() -> None:
    odd = {"properties": {"default": _ref("Item"), "$ref": {"type": "string"}, "example": _ref("Item")}}
    merged = _merge(
        projects=_service("projects", {"Odd": odd, "Item": {"type": "string"}}),
        chat=_service("chat", {"Item": {"type": "null"}}),
    )
    properties = merged["components"]["schemas"]["Odd"]["properties"]
    assert properties["default"] == properties["example"] == _ref("ProjectsItem")


def test_operation_ids_are_unique_and_links_follow() -> None:
    linked = _service("projects", {"A": {}}, operation="get")
    linked["paths"]["/api/projects"]["get"]["responses"]["default"]["links"] = {"self": {"operationId": "get"}}
    merged = _merge(projects=linked, chat=_service("chat", {"A": {}}, operation="get"))
    get = merged["paths"]["/api/projects"]["get"]
    assert get["operationId"] == "projects-get"
    assert get["responses"]["default"]["links"]["self"]["operationId"] == "projects-get"
    assert merged["paths"]["/api/chat"]["get"]["operationId"] == "chat-get"


def test_paths_that_are_not_public_are_left_out() -> None:
    document = _service("projects", {"A": {}}, path="/api/stats/projects")
    merged = merge_openapi({"projects": document}, info=INFO, keep_path=lambda _, path: "stats" not in path)
    assert merged["paths"] == {}


def test_sources_stay_as_they_are() -> None:
    documents = {
        "projects": _service("projects", {"Item": {"type": "string"}}, operation="get"),
        "chat": _service("chat", {"Item": {"type": "null"}}, operation="get"),
    }
    before = json.dumps(documents)
    _merge(**documents)
    assert json.dumps(documents) == before


def test_nothing_merged_is_a_document_too() -> None:
    merged = _merge()
    assert (merged["openapi"], merged["paths"], merged["components"]) == ("3.1.0", {}, {})


def test_asyncapi_documents_merge() -> None:
    def service(name: str, payload: Json) -> Json:
        channel = f"{name}.thing.done.v1"
        message = {"payload": _ref("Thing")}
        return {
            "asyncapi": "3.0.0",
            "channels": {channel: {"messages": {"done": {"$ref": "#/components/messages/Done"}}}},
            "operations": {f"{name}-done": {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}}},
            "components": {"messages": {"Done": message}, "schemas": {"Thing": payload}},
        }

    merged = merge_asyncapi(
        {"projects": service("projects", {"type": "string"}), "chat": service("chat", {})}, info=INFO
    )
    assert set(merged["channels"]) == {"projects.thing.done.v1", "chat.thing.done.v1"}
    assert len(merged["operations"]) == 2
    assert merged["channels"]["chat.thing.done.v1"]["messages"]["done"]["$ref"] == "#/components/messages/ChatDone"
    assert merged["components"]["messages"]["ChatDone"]["payload"] == _ref("ChatThing")


NAMES = st.sampled_from(["A", "B", "C", "ChatA", "ProjectsB"])
SCHEMAS = st.dictionaries(NAMES, st.fixed_dictionaries({"type": st.sampled_from(["string", "null"])}), min_size=1)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for service in ("projects", "documents", "chat"):
        schemas: Json = dict(draw(SCHEMAS))
        for name in schemas:
            if draw(st.booleans()):
                schemas[name] = {"items": _ref(draw(st.sampled_from(sorted(schemas))))}
        found[service] = _service(service, schemas)
    return found


def _meaning(document: Json, schema: Json, depth: int = 6) -> Any:
    """The schema with its references followed, as far as `depth`."""
    if "items" not in schema or depth == 0:
        return schema.get("type")
    target = document["components"]["schemas"][schema["items"]["$ref"].rpartition("/")[2]]
    return [_meaning(document, target, depth - 1)]


@given(documents())
def test_every_operation_means_what_it_meant(found: dict[str, Json]) -> None:
    merged = _merge(**found)
    assert _dangling(merged) == set()
    for service, document in found.items():
        path = f"/api/{service}"
        before = document["components"]["schemas"][_answer_schema(document, path)]
        after = merged["components"]["schemas"][_answer_schema(merged, path)]
        assert _meaning(document, before) == _meaning(merged, after)
