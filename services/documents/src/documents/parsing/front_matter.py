"""The `---` block at a document's start: `read` finds it, reads it as YAML and, where that fails, line by line."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from documents.parsing.text import TooLarge, clean_json
from documents.parsing.yaml_reader import YamlRefused, load

_BLOCK = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PAIR = re.compile(r"([A-Za-z_][\w .-]{0,60}?)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)$")
_MAX_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`values` are JSON-safe; `end` is the offset behind the block (0: there is none)."""

    values: dict[str, Any] | None = None
    end: int = 0
    warnings: list[str] = field(default_factory=list[str])


def read(text: str) -> FrontMatter:
    """Read the document's front matter. Never raises: invalid YAML is read line by line, with a warning."""
    match = _BLOCK.match(text, 0, _MAX_CHARS) if text.startswith("---") else None
    if match is None:
        return FrontMatter()
    block = match.group(1)
    try:
        values = clean_json(load(block))
    except (YamlRefused, TooLarge) as error:
        return _fallback(block, match.end(), str(error))
    if values is None:
        return FrontMatter({}, match.end())
    if isinstance(values, dict):
        return FrontMatter(cast("dict[str, Any]", values), match.end())
    # Two thematic breaks with prose between them look the same; only a mapping is front matter.
    return FrontMatter()


def _fallback(block: str, end: int, reason: str) -> FrontMatter:
    values = _by_line(block)
    if not values:
        return FrontMatter()
    return FrontMatter(values, end, [f"The front matter isn't valid YAML ({reason}); it was read line by line."])


def _by_line(block: str) -> dict[str, Any]:
    values: dict[str, str | list[str]] = {}
    key = ""
    for line in block.split("\n"):
        item = _ITEM.match(line)
        pair = None if line[:1].isspace() else _PAIR.match(line)
        if pair:
            key = pair.group(1)
            values[key] = _unquoted(pair.group(2))
        elif item and key:
            above = values[key]
            if isinstance(above, list):
                above.append(_unquoted(item.group(1)))
            elif not above:
                values[key] = [_unquoted(item.group(1))]
    return cast("dict[str, Any]", clean_json(values, max_nodes=2 * _MAX_CHARS))


def _unquoted(value: str | None) -> str:
    return (value or "").strip().strip("'\"")
