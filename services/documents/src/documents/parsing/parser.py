"""A file's bytes to a `ParsedDocument`: decoding, the parser of its type, recognition, what is worth embedding."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from documents.parsing import data_files, markdown, plain_text, tables
from documents.parsing.model import Content, ParsedDocument
from documents.parsing.recognition import recognise
from documents.parsing.render import plain
from documents.parsing.sections import split
from documents.parsing.text import LFS_POINTER, LineIndex, decode, looks_binary, storable

MAX_TEXT = 2_000_000
"""Longer texts (characters) are listed with a warning, neither parsed nor embedded."""

_SHOWN_OF_HUGE = 100_000
_MAX_EMBEDDED_DATA = 500_000
_MAX_PARAGRAPH = 50_000
_MINIFIED_LINE = 5_000
_LONGEST_POINTER = 1024
_IN_LFS = "The file is kept in Git LFS, which isn't read: it is listed, but not searchable."
_BEGINS_BLOCK = re.compile(r"[ \t]*(?:[-*+|>#]|\d{1,9}[.)])")
_LOCK_FILES = frozenset({"npm-shrinkwrap.json", "packages.lock.json", "project.assets.json", "deno.lock.json"})
_LOCK_SUFFIXES = ("-lock.json", "-lock.yaml", "-lock.yml", ".lock.json", ".min.json")
_PROSE = frozenset({"md", "mdx", "rst", "txt"})

_PARSERS: dict[str, Callable[[str], Content]] = {
    "md": markdown.parse,
    "mdx": markdown.parse,
    "rst": plain_text.parse_rst,
    "csv": lambda text: tables.parse(text, ","),
    "tsv": lambda text: tables.parse(text, "\t"),
    **{name: lambda text, name=name: data_files.parse(text, name) for name in data_files.FILE_TYPES},
}

FILE_TYPES = frozenset({*_PARSERS, "markdown", "txt"})
"""File name extensions that are text documents."""


def file_type_of(path: str) -> str:
    """The lower-case extension, `md` for `markdown`."""
    extension = PurePosixPath(path).suffix[1:].lower()
    return "md" if extension == "markdown" else extension


def parse(path: str, data: bytes) -> ParsedDocument:
    """Parse one file of a repository. Never raises for its content: what is wrong with it is said in `warnings`."""
    text, warnings = decode(data)
    file_type = file_type_of(path)
    content, sound = _content(text, file_type)
    recognition = recognise(path, content.title, content.front_matter or content.data, text, content.sections)
    return ParsedDocument(
        path=path,
        title=_title(path, content),
        file_type=file_type,
        kind=recognition.kind,
        is_framework=recognition.is_framework,
        artifact_id=recognition.artifact_id,
        status=recognition.status,
        status_raw=recognition.status_raw,
        archived=recognition.archived,
        front_matter=content.front_matter,
        front_matter_span=content.front_matter_span,
        text=text,
        html=content.html,
        toc=content.toc,
        sections=content.sections,
        links=content.links,
        embed=sound and _worth_embedding(path, file_type, text),
        warnings=[storable(each) for each in warnings + content.warnings],
    )


def _content(text: str, file_type: str) -> tuple[Content, bool]:
    """The parsed content, and whether it could be parsed."""
    if len(text) > MAX_TEXT:
        warning = f"The text is longer than {MAX_TEXT:,} characters: it is listed, but not searchable."
        return _as_plain(text, warning, shown=_SHOWN_OF_HUGE), False
    if text.startswith(LFS_POINTER) and len(text) < _LONGEST_POINTER:
        return _as_plain(text, _IN_LFS), False
    if looks_binary(text):
        return _as_plain(text, "This doesn't look like text: it is listed, but not searchable."), False
    if file_type in ("md", "mdx") and _longest_paragraph(text) > _MAX_PARAGRAPH:
        return _as_plain(text, "A paragraph is too long to be rendered; the file is shown as plain text."), True
    try:
        return _PARSERS.get(file_type, plain_text.parse)(text), True
    except Exception as error:  # noqa: BLE001 - one odd file of a stranger's must not end the sync of all others
        warning = f"This file couldn't be parsed ({type(error).__name__}); it is shown as plain text."
        return _as_plain(text, warning), True


def _as_plain(text: str, warning: str, shown: int | None = None) -> Content:
    return Content(plain(text[:shown]), split(text, LineIndex(text), []), warnings=[warning])


def _longest_paragraph(text: str) -> int:
    """The characters of the longest run of lines that one paragraph might be; parsing one takes quadratic time."""
    longest = current = 0
    for line in text.split("\n"):
        current = 0 if not line.strip() else len(line) if _BEGINS_BLOCK.match(line) else current + len(line)
        longest = max(longest, current)
    return longest


def _title(path: str, content: Content) -> str:
    stated = (content.front_matter or {}).get("title")
    name = PurePosixPath(path)
    title = content.title or (stated if isinstance(stated, str) else None) or name.stem or name.name
    return " ".join(storable(title).split())[:500] or name.name


def _worth_embedding(path: str, file_type: str, text: str) -> bool:
    name = PurePosixPath(path).name.lower()
    if name in _LOCK_FILES or name.endswith(_LOCK_SUFFIXES):
        return False
    if file_type in _PROSE:
        return True
    return len(text) <= _MAX_EMBEDDED_DATA and len(text) <= _MINIFIED_LINE * (text.count("\n") + 1)
