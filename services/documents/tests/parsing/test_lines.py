"""Rendered Markdown says which lines of the file each block comes from."""

import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from documents.parsing import parse
from documents.parsing.render import sanitise

_VOID = {"br", "hr", "img", "input"}
_WORD = re.compile(r"w\d+")


class _Blocks(HTMLParser):
    """Collects (lines, text) of the elements that have lines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, int, int, list[str]]] = []
        self._open: list[list[str] | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        lines = dict(attrs).get("data-lines")
        text = list[str]()
        if lines:
            first, last = map(int, lines.split("-"))
            self.found.append((tag, first, last, text))
        if tag not in _VOID:
            self._open.append(text if lines else None)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for text in self._open:
            if text is not None:
                text.append(data)


def _blocks(text: str) -> list[tuple[str, int, int, str]]:
    found = _Blocks(parse("docs/a.md", text.encode()).html).found
    return [(tag, first, last, "".join(parts)) for tag, first, last, parts in found]


def _ranges(text: str) -> list[tuple[str, str]]:
    return [(tag, f"{first}-{last}") for tag, first, last, _ in _blocks(text)]


def test_lines_are_those_of_the_file_whatever_the_front_matter_holds() -> None:
    text = "---\ntitle: X\n---\n\n# One\n\ntwo\nlines\n\nSetext\n======\n"
    assert _ranges(text) == [("h1", "5-5"), ("p", "7-8"), ("h1", "10-11")]
    assert _ranges(text.replace("\n", "\r\n")) == _ranges(text)


def test_lists_end_with_their_last_words() -> None:
    text = "- a\n\n  b\n\n\n- c\n  1. d\n\n\n\nend\n"
    assert _ranges(text) == [
        ("ul", "1-7"),
        ("li", "1-3"),
        ("p", "1-1"),
        ("p", "3-3"),
        ("li", "6-7"),
        ("p", "6-6"),
        ("ol", "7-7"),
        ("li", "7-7"),
        ("p", "11-11"),
    ]


def test_every_kind_of_block_has_its_lines() -> None:
    text = (
        "> [!NOTE]\n> hi\n\n> quote\n\n| a |\n|---|\n| b |\n\n```py\nx\n```\n\n```mermaid\ng\n```\n\n    code\n\n"
        "---\n\n$$\nx\n$$\n\n```math\ny\n```\n\nnote[^1]\n\n[^1]: foot\n\n```\nopen\n\n"
    )
    assert _ranges(text) == [
        ("div", "1-2"),
        ("p", "2-2"),
        ("blockquote", "4-4"),
        ("p", "4-4"),
        ("table", "6-8"),
        ("thead", "6-6"),
        ("tr", "6-6"),
        ("tbody", "8-8"),
        ("tr", "8-8"),
        ("pre", "10-12"),
        ("pre", "14-16"),
        ("pre", "18-18"),
        ("hr", "20-20"),
        ("div", "22-24"),
        ("div", "26-28"),
        ("p", "30-30"),
        ("pre", "34-35"),
        ("p", "32-32"),
    ]


def test_html_of_a_document_can_say_no_other_lines_than_numbers() -> None:
    for value in ("1", "1-", "a-b", "1-2-3", "1-2 ", "-1-2", "12345678-1", "&#x661;-2", "1-2;x", "javascript:1-2"):
        assert sanitise(f'<p data-lines="{value}">x</p>') == "<p>x</p>", value
    assert sanitise('<p data-lines="1-2">x</p>') == '<p data-lines="1-2">x</p>'


_SHAPES = (
    "{} {}\n{}",
    "## {}",
    "{}\n---",
    "- {}\n- {}\n\n  {}",
    "1. {}\n   - {}\n     {}\n2. {}",
    "> {}\n> {}\n>\n> - {}",
    "> [!TIP]\n> {}",
    "```py\n{}\n\n{}\n```",
    "```mermaid\n{}\n```",
    "    {}",
    "| {} | {} |\n|---|---|\n| {} | {} |\n| {} | |",
    "$$\n{}\n{}\n$$",
    "```math\n{}\n```",
    "{} $x_{{}}$ {}",
    "***",
)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """Blocks whose words are all different, apart by one to four empty lines."""
    parts = ["---\nkey: w0\n---\n"] if draw(st.booleans()) else []
    count = 0
    for shape in draw(st.lists(st.sampled_from(_SHAPES), min_size=1, max_size=8)):
        places = shape.replace("{{}}", "").count("{}")
        parts.append(shape.format(*(f"w{number}" for number in range(count + 1, count + 1 + places))))
        parts.append("\n" + draw(st.sampled_from(["\n", "\n\n", "  \n\n", "\n\n\n\n"])))
        count += places
    return "".join(parts)


@settings(deadline=None)
@given(_documents())
def test_a_block_holds_exactly_the_words_of_its_lines(text: str) -> None:
    lines = text.split("\n")
    blocks = _blocks(text)
    for tag, first, last, shown in blocks:
        within = lines[first - 1 : last]
        assert within
        assert within[0].strip()
        assert within[-1].strip()
        words = _WORD.findall("\n".join(within))
        # An item's first paragraph begins on the line of the item, and so on: nothing else is on these lines.
        assert _WORD.findall(shown) == words, (tag, first, last)
    assert blocks


@settings(deadline=None)
@given(st.text(alphabet="ab \n-*>#`|$[]!^:1.\t=~_", max_size=120))
def test_lines_are_within_the_file_and_the_last_is_not_blank(text: str) -> None:
    lines = text.split("\n")
    for _, first, last, _ in _blocks(text):
        assert 1 <= first <= last <= len(lines)
        assert lines[last - 1].strip(" \t")
