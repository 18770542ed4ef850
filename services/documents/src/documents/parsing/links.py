"""References as written in a document: Markdown links and images, HTML ones, and BMAD's `[Source: file#part]`."""

import re
from collections.abc import Iterator, Sequence
from html import unescape

from markdown_it.token import Token

from documents.parsing.model import Link
from documents.parsing.text import LineIndex

_MAX_LINKS = 5_000
_SOURCE = re.compile(r"\[Source:\s*([^\]\n]{1,400})\](?!\()", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[,;]\s+|\s+and\s+")
_FILE = re.compile(r"[\w@./\\ -]+\.(?:md|mdx|markdown|ya?ml|json|toml|xml|csv|tsv|txt|rst)(?:#\S.*)?", re.IGNORECASE)
_HTML = re.compile(
    r"""<(?:a|img)\s[^>]{0,500}?(?<![\w-])(?:href|src)\s*=\s*(?:["']([^"'\n]{1,2000})["']|([^\s"'<>=`]{1,2000}))""",
    re.IGNORECASE,
)


def from_tokens(tokens: Sequence[Token]) -> list[Link]:
    """Links, images and HTML references of a parsed Markdown document, in its order."""
    links: list[Link] = []
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        if token.type == "html_block":
            links.extend(_in_html(token.content, line))
        elif token.type == "inline":
            links.extend(_in_line(token.children or [], line))
        if len(links) > _MAX_LINKS:
            break
    return links[:_MAX_LINKS]


def citations(text: str, lines: LineIndex) -> list[Link]:
    """`[Source: docs/a.md#Part, docs/b.md]` as one link a file."""
    found: list[Link] = []
    for match in _SOURCE.finditer(text):
        line = lines.line_of(match.start())
        parts = (part.strip().strip("`") for part in _SEPARATOR.split(match.group(1)))
        found.extend(Link(part, match.group(0), line) for part in parts if _FILE.fullmatch(part))
        if len(found) > _MAX_LINKS:
            break
    return found[:_MAX_LINKS]


def _in_line(children: Sequence[Token], line: int) -> Iterator[Link]:
    """Links of one block; a soft or hard break within it is a line further down."""
    href, words = "", list[str]()
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            href, words = str(child.attrGet("href") or ""), []
        elif child.type == "link_close":
            yield Link(href, "".join(words).strip(), line)
        elif child.type == "image":
            words.append(child.content)
            yield Link(str(child.attrGet("src") or ""), child.content, line)
        elif child.type == "html_inline":
            yield from _in_html(child.content, line)
        else:
            words.append(child.content)


def _in_html(html: str, line: int) -> Iterator[Link]:
    for match in _HTML.finditer(html):
        yield Link(unescape(match.group(1) or match.group(2)), "", line + html.count("\n", 0, match.start()))
