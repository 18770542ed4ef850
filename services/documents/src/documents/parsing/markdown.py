"""Markdown to sections, table of contents, links and safe HTML, in one CommonMark parse. `parse`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.gfm import gfm_plugin

from documents.parsing import formulas, front_matter, links, render
from documents.parsing.anchors import Slugger
from documents.parsing.model import Content, TocEntry
from documents.parsing.sections import MAX_ANCHOR, MAX_HEADING, Heading, bounded, split
from documents.parsing.text import LineIndex

# Each list level costs two; a block nested deeper than this is left out by the parser. Python's stack allows far more.
_MAX_NESTING = 60
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_FORMATTING = frozenset(("a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"))
_MAX_OPEN = 2_000
_MAX_OPEN_FORMATTING = 100


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING})
    gfm_plugin(markdown)
    render.add_rules(markdown)
    return markdown


_MARKDOWN = _markdown()


def parse(text: str) -> Content:
    """Parse a Markdown document with optional front matter."""
    matter = front_matter.read(text)
    lines = LineIndex(text)
    # Blank lines in the front matter's place keep every token's line number right.
    source = "\n" * text.count("\n", 0, matter.end) + text[matter.end :]
    env: dict[str, Any] = {}
    tokens = _MARKDOWN.parse(source, env)
    _mark_lines(tokens, source)
    headings, warnings = bounded(list(_headings(tokens)))
    warnings += matter.warnings
    if too_tangled := _is_tangled(tokens):
        warnings.append("It leaves too many HTML tags open to be rendered; it is shown as plain text.")
    return Content(
        html=render.plain(text) if too_tangled else _html(tokens, env),
        sections=split(text, lines, headings, matter.end),
        title=next((each.text for each in headings if each.level == 1 and each.text), None),
        toc=[TocEntry(each.level, each.text, each.anchor, each.line) for each in headings],
        links=links.from_tokens(tokens) + links.citations(text, lines),
        front_matter=matter.values,
        front_matter_span=(0, matter.end) if matter.end else None,
        warnings=warnings,
    )


def _html(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    return render.sanitise(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env))


def _mark_lines(tokens: Sequence[Token], source: str) -> None:
    """Give every block element the lines of the file that it comes from, as `data-lines`; none ends in a blank line."""
    filled: list[int] = []
    for number, line in enumerate(source.split("\n")):
        filled.append(number if line.strip(" \t") or not filled else filled[-1])
    for token in tokens:
        if token.map and token.nesting >= 0:
            first, end = token.map
            last = filled[min(max(first, end - 1), len(filled) - 1)]
            token.attrSet("data-lines", f"{first + 1}-{max(first, last) + 1}")


def _is_tangled(tokens: Sequence[Token]) -> bool:
    """Whether raw HTML leaves so many elements open that a browser's rules for repairing it multiply them."""
    flow = formatting = 0
    for token in tokens:
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline"):
                for closing, name in _TAG.findall(part.content):
                    step = -1 if closing else 1
                    if name.lower() in _FORMATTING:
                        formatting += step
                    else:
                        flow += step
    return flow > _MAX_OPEN or formatting > _MAX_OPEN_FORMATTING


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Top-level headings; every heading, nested ones too, gets its anchor as `id`."""
    slugger = Slugger()
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        children = tokens[index + 1].children or []
        raw = _text(children)
        anchor = slugger.anchor(raw[:MAX_ANCHOR])
        if anchor:
            token.attrSet("id", anchor)
        if token.level == 0 and token.map:
            shown = " ".join(raw.split()) or " ".join(_text(children, images=True).split())
            yield Heading(int(token.tag[1]), shown[:MAX_HEADING], anchor, token.map[0] + 1, token.map[1] - token.map[0])


def _text(children: Sequence[Token], *, images: bool = False) -> str:
    """What a reader sees of inline tokens, as GitHub takes it for anchors: code without ticks, no HTML, no images."""
    parts: list[str] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == formulas.INLINE:
            parts.append(child.info)
        elif child.type in ("text", "code_inline", "text_special") or (images and child.type == "image"):
            parts.append(child.content)
    return "".join(parts)
