"""JSON with positions: `load` a bounded value, `outline` its keys' lines, without recursion of our own."""

import json
import re
from collections.abc import Iterator
from typing import Any

from documents.parsing.text import LineIndex
from documents.parsing.yaml_reader import Key

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\],:]')
_MAX_DEPTH = 200


class JsonRefused(ValueError):
    """The text isn't valid JSON, or is nested too deeply; the message is for the user."""


def load(text: str) -> Any:
    """The document's value. Raises JsonRefused."""
    depth = 0
    for match in _TOKEN.finditer(text):
        mark = match.group()
        depth += (mark in "{[") - (mark in "}]")
        if depth > _MAX_DEPTH:
            raise JsonRefused("it is nested too deeply")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise JsonRefused(f"line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise JsonRefused("a number is too long to read") from error


def outline(text: str, lines: LineIndex, max_depth: int = 1) -> list[Key]:
    """Keys of objects and indices of lists down to `max_depth` of a valid JSON text, in order."""
    return list(_keys(text, lines, max_depth))


def _keys(text: str, lines: LineIndex, max_depth: int) -> Iterator[Key]:
    # One entry a level: the key that we are below, or the index of the list item.
    path: list[str | int] = []
    previous: tuple[str, int] | None = None
    for match in _TOKEN.finditer(text):
        mark = match.group()
        if mark in "{[":
            if path and isinstance(path[-1], int) and len(path) - 1 <= max_depth:
                yield Key(len(path) - 1, tuple(map(_shown, path)), lines.line_of(match.start()))
            path.append(0 if mark == "[" else "")
        elif mark in "}]":
            path.pop()
        elif mark == "," and path and isinstance(path[-1], int):
            path[-1] += 1
        elif mark == ":" and path and previous:
            path[-1] = str(json.loads(previous[0]))
            if len(path) - 1 <= max_depth:
                yield Key(len(path) - 1, tuple(map(_shown, path)), lines.line_of(previous[1]))
        previous = (mark, match.start()) if mark.startswith('"') else None


def _shown(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else step
