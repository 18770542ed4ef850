"""Markdown as text to read in a line or two: `without_markup`. No I/O.

A passage is a piece of a document, so markup in it may have lost its beginning or its end, which a parser would show as
text. Hence patterns, some of which need one side only. Code is set apart first: its signs are text. What a pattern may
reach over is bounded, so that no document can make it slow.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

_FENCE = re.compile(r"[ \t>]*(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[^`\n]*)")
_LITERAL = re.compile(
    r"(?<!`)(?P<ticks>`{1,3})(?!`) ?(?P<code>[^\n]{1,500}?) ?(?<!`)(?P=ticks)(?!`)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|<(?P<address>(?:https?://|mailto:)[^<>\s]{1,500})>"
)
_COMMENT = re.compile(r"<!--.{0,500}?-->|<!--|-->", re.S)
_INLINE_TAGS = "a|abbr|b|code|del|em|font|i|ins|kbd|mark|s|small|span|strong|sub|sup|u"
_BLOCK_TAGS = (
    "article|aside|blockquote|br|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|iframe|img|input"
    "|li|main|nav|ol|p|picture|pre|script|section|source|style|summary|svg|table|tbody|td|th|thead|tr|ul|video"
)
_TAG = re.compile(rf"</?(?:(?P<inline>{_INLINE_TAGS})|{_BLOCK_TAGS})(?:\s[^<>]{{0,500}}|/)?>", re.I)

_QUOTE = re.compile(r"^(?:[ \t]{0,3}>)+[ \t]?(?:\[!(?P<alert>\w+)\])?")
_TABLE_RULE = re.compile(r"(?=[^|\n]*\|)(?=[^-\n]*-)[|:\s-]+")
_CELL_END = re.compile(r"\s*\|\s*")
_DEFINITION = re.compile(r"[ \t]{0,3}\[(?:\^[^\[\]\s]{1,100}\]:|[^\[\]]{1,200}\]:[ \t]*\S+.*)")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t])#+[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|(?P<number>\d{1,9}[.)]))(?:[ \t]+|$)(?:\[(?P<box>[ xX])\](?:\s|$))?")
_BOXES = {" ": "☐ ", "x": "☑ ", "X": "☑ "}

_TARGET = r"\([^()\s]{0,500}(?:\([^()\s]{0,100}\)[^()\s]{0,100})?(?:\s{1,3}(?:\"[^\"]{0,200}\"|'[^']{0,200}'))?\)"
_INLINE = [
    (re.compile(rf"!?\[([^\[\]]{{0,500}})\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])"), r"\1"),
    (re.compile(rf"!?\[([^\[\]]{{0,500}})\]{_TARGET}"), r"\1"),  # the link around an image
    (re.compile(rf"\]{_TARGET}|\[\^[^\[\]\s]{{1,100}}\]"), ""),  # a link whose text stands before the passage, a note
    (re.compile(r"\*\*(?=\S)(.{1,500}?)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<![\w/*])\*\*(?=[^\s/*])|(?<=[^\s/*])\*\*(?![\w/*])"), ""),  # the other one is out of the passage
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,500})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])(.{1,500}?)(?<=[^\s_])\1(?!\w)"), r"\2"),
    (re.compile(r"~~(?=\S)(.{1,500}?)~~"), r"\1"),
    (re.compile(r"`+"), ""),
]
_KEPT = re.compile(r"\0(\d+)\0")
_STOPS = tuple(":;,.!?…–—·。：")


@dataclass(slots=True)
class _Block:
    """A heading, list item, row, paragraph or block of code."""

    text: str
    is_heading: bool = False


def without_markup(text: str, headings: Collection[str] = ()) -> str:
    """The text of Markdown on one line: neither marks, tags nor the targets of links; blocks are parted by " · ".

    `headings` are left out where the text begins with them: they are shown elsewhere.
    """
    kept: list[str] = []
    source = _set_code_apart(text.replace("\0", ""), kept)
    plain = _TAG.sub(lambda tag: "" if tag["inline"] else " ", _COMMENT.sub(" ", source))
    blocks = [_Block(_inline(block.text, kept), block.is_heading) for block in _blocks(plain)]
    blocks = [block for block in blocks if block.text]
    while blocks and blocks[0].is_heading and blocks[0].text in headings:
        del blocks[0]
    return _joined(block.text for block in blocks)


def _set_code_apart(text: str, kept: list[str]) -> str:
    """The text with a number between NULs for each piece of code, escaped sign and address, which go to `kept`."""

    def keep(literal: str) -> str:
        kept.append(literal)
        return f"\0{len(kept) - 1}\0"

    lines = text.split("\n")
    fence = _open_fence(lines)
    out: list[str] = []
    for line in lines:
        match = _FENCE.fullmatch(line)
        if fence is None:
            fence = match["ticks"] if match else None
            out.append("" if match else _LITERAL.sub(lambda span: keep(_literal(span)), line))
        elif match and match["ticks"].startswith(fence) and not match["language"].strip():
            fence = None
            out.append("")
        else:
            out.append(keep(line.strip()))
    return "\n".join(out)


def _open_fence(lines: Sequence[str]) -> str | None:
    """The fence of the block of code that the lines begin in: only the beginning of one names a language."""
    fences = [match for line in lines if (match := _FENCE.fullmatch(line))]
    is_cut = len(fences) % 2 == 1 and not fences[0]["language"].strip() and not _FENCE.fullmatch(lines[0])
    return fences[0]["ticks"] if is_cut else None


def _literal(match: re.Match[str]) -> str:
    return match["code"] or match["escaped"] or match["address"]


def _blocks(text: str) -> Iterator[_Block]:
    lines = [_QUOTE.sub(_alert, line, count=1) for line in text.split("\n")]
    has_table = any(map(_TABLE_RULE.fullmatch, lines))
    block = _Block("")
    for line in lines:
        started = _started(line, has_table=has_table)
        if started is None and not block.is_heading:
            block.text += " " + line
            continue
        yield block
        block = started or _Block(line)
    yield block


def _started(line: str, *, has_table: bool) -> _Block | None:
    """The block that begins with the line, if one must."""
    if heading := _HEADING.match(line):
        return _Block(_HEADING_END.sub("", line[heading.end() :]), is_heading=True)
    if _is_rule(line) or _TABLE_RULE.fullmatch(line):
        return _Block("")
    if item := _ITEM.match(line):
        return _Block(f"{item['number'] or ''} {_BOXES.get(item['box'], '')}{line[item.end() :]}")
    if line.lstrip().startswith("|") or (has_table and " | " in line):
        return _Block(_joined(cell for cell in _CELL_END.split(line.strip()) if cell))
    if definition := _DEFINITION.match(line):
        return _Block(line[definition.end() :])
    return None


def _is_rule(line: str) -> bool:
    """Whether the line parts or underlines; a blank one parts, too."""
    signs = "".join(line.split())
    return not signs or (len(signs) > 1 and signs[0] in "-*_=" and not signs.strip(signs[0]))


def _alert(quote: re.Match[str]) -> str:
    return f"{quote['alert']}: " if quote["alert"] else ""


def _inline(text: str, kept: list[str]) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    restored = _KEPT.sub(lambda match: kept[int(match[1])], unescape(text))
    return " ".join(restored.split())


def _joined(texts: Iterable[str]) -> str:
    whole = ""
    for text in texts:
        parting = "" if not whole else " " if whole.endswith(_STOPS) else " · "
        whole += parting + text
    return whole
