import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PathInvalid
from gateway.routing import checked_path, find_route, route_request


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/projects", "projects"),
        ("/api/projects/", "projects"),
        ("/api/projects/1", "projects"),
        ("/api/projects/1/sync", "projects"),
        ("/api/projects/1/syncs", "projects"),
        ("/api/projects/1/events", "projects"),
        ("/api/projects/1/reindex", "projects"),
        ("/api/projects/1/sources", "projects"),
        ("/api/sources/3/sync", "projects"),
        ("/api/syncs/0190/cancel", "projects"),
        ("/api/webhooks/git/3", "projects"),
        ("/api/events/projects/dead", "projects"),
        ("/api/projects/1/tree", "documents"),
        ("/api/projects/1/documents", "documents"),
        ("/api/projects/1/search", "documents"),
        ("/api/projects/1/suggest", "documents"),
        ("/api/projects/1/artifacts/4", "documents"),
        ("/api/projects/1/board", "documents"),
        ("/api/projects/1/traceability", "documents"),
        ("/api/projects/1/findings", "documents"),
        ("/api/projects/1/changes", "documents"),
        ("/api/projects/1/llms.txt", "documents"),
        ("/api/documents/5/raw", "documents"),
        ("/api/search", "documents"),
        ("/api/suggest", "documents"),
        ("/api/events/documents/dead", "documents"),
        ("/api/projects/1/conversations", "chat"),
        ("/api/conversations/1/messages", "chat"),
        ("/api/messages/1/stop", "chat"),
        ("/api/llm-providers", "chat"),
        ("/mcp", "chat"),
        ("/api/events/chat/dead", "chat"),
        ("/", None),
        ("/api", None),
        ("/api/health", None),
        ("/api/health/ready", None),
        ("/api/openapi.json", None),
        ("/api/dashboard", None),
        ("/api/auth/me", None),
        ("/api/stats/projects", None),
        ("/api/projects/1/members", None),
        ("/api/projectsx", None),
        ("/apix/projects", None),
        ("/API/projects", None),
        ("/metrics", None),
        ("/internal/sources/1/credential", None),
        ("/mcpx", None),
    ],
)
def test_path_belongs_to_service(path: str, service: str | None) -> None:
    route = route_request(path.encode())
    assert (route.service if route else None) == service


@pytest.mark.parametrize(
    ("path", "audiences"),
    [
        ("/api/projects", ("projects",)),
        ("/api/search", ("documents", "projects")),
        ("/api/conversations/1/messages", ("chat", "documents", "projects")),
    ],
)
def test_a_token_is_for_the_service_and_those_that_it_asks(path: str, audiences: tuple[str, ...]) -> None:
    route = find_route(path)
    assert route is not None
    assert route.audiences == audiences


@pytest.mark.parametrize(
    "path",
    [
        b"/api/%2e%2e/metrics",
        b"/api/%2E%2E%2Fmetrics",
        b"/api/../metrics",
        b"/api/./projects",
        b"/api/projects/..",
        b"/api//projects",
        b"//evil.example/api/projects",
        b"/api/projects%2f1",
        b"/api/projects%5c1",
        b"/api/projects\\1",
        b"/api/projects/%00",
        b"/api/projects/1%0d%0aX-Evil:1",
        b"/api/projects/%zz",
        b"/api/projects/%c3%28",
        b"/api/projects/\xc3\xa9",
        b"/api/projects/a b",
        b"/api/projects/%7f",
        b"api/projects",
        b"*",
        b"",
    ],
)
def test_path_that_two_readers_could_read_differently_is_refused(path: bytes) -> None:
    with pytest.raises(PathInvalid):
        route_request(path)


def test_double_encoding_is_decoded_once() -> None:
    assert checked_path(b"/api/documents/%252e%252e") == "/api/documents/%2e%2e"


def test_encoded_words_are_decoded() -> None:
    assert checked_path(b"/api/projects/1/artifacts/caf%C3%A9%20one") == "/api/projects/1/artifacts/café one"


@given(st.binary(max_size=40).map(lambda tail: b"/" + tail))
def test_accepted_paths_have_no_second_reading(raw_path: bytes) -> None:
    try:
        path = checked_path(raw_path)
    except PathInvalid:
        return
    segments = path.split("/")[1:]
    assert not {".", ".."} & set(segments)
    assert "" not in segments[:-1]
    assert path.count("/") == raw_path.count(b"/")
    assert path.isprintable() or all(ord(char) >= 32 for char in path)
