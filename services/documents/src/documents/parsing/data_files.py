"""YAML, JSON, JSON Lines, TOML and XML: highlighted source, sections by key path. `parse`.

A file that isn't valid is shown and indexed as plain text, with a warning. `Content.data` holds the value of a YAML or
JSON file where it is a mapping, for recognition.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, cast
from xml.parsers import expat

from documents.parsing import json_reader, yaml_reader
from documents.parsing.anchors import Slugger
from documents.parsing.model import Content, TocEntry
from documents.parsing.render import code_block, plain
from documents.parsing.sections import Heading, split
from documents.parsing.text import LineIndex, storable
from documents.parsing.yaml_reader import Key

# A key's own sub-sections are worth having from this many lines on.
_LARGE = 40
_MAX_SECTIONS = 2_000
_LINES_IN_A_GROUP = 50
_MAX_DOTS = 500
_DOT = re.compile(r"[\w\"'-][ \t]*\.(?=[ \t]*[\w\"'-])")
_TOML_TABLE = re.compile(r"^[ \t]*\[\[?[ \t]*([^\[\]\n]+?)[ \t]*\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)


class _Refused(ValueError):
    """The file can't be read as its type; the message is for the user."""


def parse(text: str, file_type: str) -> Content:
    """Parse a data file (`yaml`, `yml`, `json`, `jsonl`, `toml` or `xml`)."""
    lines = LineIndex(text)
    name, read = _READERS[file_type]
    try:
        keys, data = read(text, lines)
    except (_Refused, yaml_reader.YamlRefused, json_reader.JsonRefused) as error:
        warning = f"This isn't valid {name} ({error}); it is treated as plain text."
        return Content(plain(text), split(text, lines, []), warnings=[warning])
    headings = _headings(keys, lines)
    content = Content(code_block(text, file_type, {each.line: each.anchor for each in headings}), [], data=data)
    content.sections = split(text, lines, headings)
    content.toc = [TocEntry(each.level, each.text, each.anchor, each.line) for each in headings]
    return content


def _headings(keys: Sequence[Key], lines: LineIndex) -> list[Heading]:
    """Top-level keys, and second-level ones where the value is long; at most one a line."""
    slugger = Slugger()
    tops = [key.line for key in keys if key.depth == 0]
    ends = dict(zip(tops, [*tops[1:], lines.count + 1], strict=False))
    found: list[Heading] = []
    size = taken = 0
    for key in keys:
        if key.depth == 0:
            size = ends[key.line] - key.line
        if key.line <= taken or (key.depth and size < _LARGE) or len(found) >= _MAX_SECTIONS:
            continue
        taken = key.line
        shown = storable(key.path[-1])[:200]
        found.append(Heading(key.depth + 1, shown, slugger.anchor(storable(".".join(key.path))[:200]), key.line))
    return found


def _mapping(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _yaml(text: str, _lines: LineIndex) -> tuple[list[Key], dict[str, Any] | None]:
    return yaml_reader.outline(text), _mapping(yaml_reader.load(text))


def _json(text: str, lines: LineIndex) -> tuple[list[Key], dict[str, Any] | None]:
    data = json_reader.load(text)
    return json_reader.outline(text, lines), _mapping(data)


def _json_lines(text: str, lines: LineIndex) -> tuple[list[Key], dict[str, Any] | None]:
    if lines.count <= _LINES_IN_A_GROUP:
        return [], None
    starts = range(1, lines.count + 1, _LINES_IN_A_GROUP)
    return [Key(0, (f"Lines {at}–{min(at + _LINES_IN_A_GROUP - 1, lines.count)}",), at) for at in starts], None


def _toml(text: str, lines: LineIndex) -> tuple[list[Key], dict[str, Any] | None]:
    # Tomllib needs the square of a dotted key's length, in time and in memory.
    if any(line.count(".") > _MAX_DOTS and len(_DOT.findall(line)) > _MAX_DOTS for line in text.split("\n")):
        raise _Refused("its keys are nested too deeply")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise _Refused(str(error)[:200]) from error
    tables = ((match.group(1), lines.line_of(match.start(1))) for match in _TOML_TABLE.finditer(text))
    return [Key(0, (name,), line) for name, line in tables], data


def _xml(text: str, _lines: LineIndex) -> tuple[list[Key], dict[str, Any] | None]:
    parser = expat.ParserCreate()
    keys: list[Key] = []
    path: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name)
        if 2 <= len(path) <= 3:
            keys.append(Key(len(path) - 2, tuple(path[1:]), parser.CurrentLineNumber))

    def end(_name: str) -> None:
        path.pop()

    def refuse(*_: Any) -> None:
        raise _Refused("it declares entities")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise _Refused(str(error)) from error
    return keys, None


_Reader = Callable[[str, LineIndex], tuple[list[Key], dict[str, Any] | None]]
_READERS: dict[str, tuple[str, _Reader]] = {
    "yaml": ("YAML", _yaml),
    "yml": ("YAML", _yaml),
    "json": ("JSON", _json),
    "jsonl": ("JSON Lines", _json_lines),
    "toml": ("TOML", _toml),
    "xml": ("XML", _xml),
}

FILE_TYPES = frozenset(_READERS)
"""The file types that `parse` takes."""
