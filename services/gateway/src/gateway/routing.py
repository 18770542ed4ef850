"""Which service answers a path. Pure, and decided on the bytes of the request line alone."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from gateway.errors import PathInvalid

_PATH = re.compile(rb"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
MAX_BODY_BYTES = 1024 * 1024
# What two readers of one path could read differently: control characters, backslashes, empty and dot segments.
_AMBIGUOUS = re.compile(r"[\x00-\x1f\x7f\\]|//|/\.\.?(?:/|$)")


@dataclass(frozen=True, slots=True)
class Route:
    """One class of requests: who answers, who else may see its identity token, how long and large it may be."""

    service: str
    path: str
    """The class as a label for measurements; it starts with `/`."""
    audiences: tuple[str, ...]
    answer_seconds: float
    max_body_bytes: int = MAX_BODY_BYTES


# Whoever passes the token on to another service needs it to be meant for that one too.
_AUDIENCES = {
    "projects": ("projects",),
    "documents": ("documents", "projects"),
    "chat": ("chat", "documents", "projects"),
}
_ANSWER_SECONDS = {"projects": 30, "documents": 30, "chat": 120}


def _route(service: str, path: str) -> Route:
    return Route(service, path, _AUDIENCES[service], _ANSWER_SECONDS[service])


_PROJECTS = _route("projects", "/api/projects")
_PROJECT = _route("projects", "/api/projects/{id}")
_MCP = _route("chat", "/mcp")
_OWNERS_OF_PROJECT_PARTS = {
    "projects": ("sync", "syncs", "reindex", "events", "sources"),
    "documents": (
        "tree",
        "documents",
        "search",
        "suggest",
        "artifacts",
        "board",
        "traceability",
        "findings",
        "changes",
        "llms.txt",
    ),
    "chat": ("conversations",),
}
_OWNERS = {
    "projects": ("sources", "syncs", "webhooks"),
    "documents": ("documents", "search", "suggest"),
    "chat": ("conversations", "messages", "llm-providers"),
}
_PARTS = {
    part: _route(service, f"/api/projects/{{id}}/{part}")
    for service, parts in _OWNERS_OF_PROJECT_PARTS.items()
    for part in parts
}
_TOP = {part: _route(service, f"/api/{part}") for service, parts in _OWNERS.items() for part in parts}
# A git host tells of each commit of a push.
_TOP["webhooks"] = replace(_TOP["webhooks"], max_body_bytes=5 * MAX_BODY_BYTES)
_EVENTS = {service: _route(service, f"/api/events/{service}") for service in _AUDIENCES}


@lru_cache(maxsize=4096)
def route_request(raw_path: bytes) -> Route | None:
    """The route of a request's undecoded path; None where the gateway itself answers. Raises PathInvalid."""
    return find_route(checked_path(raw_path))


def checked_path(raw_path: bytes) -> str:
    """The decoded path, if every reader must read it alike; raises PathInvalid else."""
    if not _PATH.fullmatch(raw_path):
        raise PathInvalid("The path holds characters that don't belong in one.")
    text = raw_path.decode("ascii")
    try:
        path = unquote(text, errors="strict") if "%" in text else text
    except UnicodeDecodeError as error:
        raise PathInvalid("The path is not UTF-8.") from error
    if path.count("/") != text.count("/") or _AMBIGUOUS.search(path):
        raise PathInvalid("The path holds encoded slashes, dot or empty segments, backslashes or control characters.")
    return path


def find_route(path: str) -> Route | None:
    """The route of a decoded path or of a path template of an OpenAPI document."""
    route: Route | None = None
    match path.removesuffix("/").split("/")[1:]:
        case ["api", "projects"]:
            route = _PROJECTS
        case ["api", "projects", _]:
            route = _PROJECT
        case ["api", "projects", _, part, *_]:
            route = _PARTS.get(part)
        case ["api", "events", service, *_]:
            route = _EVENTS.get(service)
        case ["api", part, *_]:
            route = _TOP.get(part)
        case ["mcp", *_]:
            route = _MCP
        case _:
            pass
    return route
