"""What the reader is shown: quotes that can do nothing, titles that fit."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat.evidence import CheckedCitation, Hit, Passage, StoredDocument
from chat.wording import answer_pieces, inert, title_of


def _citation(quote: str, n: int = 1, **fields: Any) -> CheckedCitation:
    lines = tuple(quote.split("\n"))
    hit = Hit(1, 1, "a.md", "A", ("A", "B"), None, 1, len(lines), quote, 0.5)
    passage = Passage(hit, quote, 1, len(lines), fields.get("kind", "prose"), 1.0)
    return CheckedCitation(n, passage, StoredDocument(1, 1, "a.md", "c", "b", lines, ()), ("A", "B"), None)


def _rendered(*citations: CheckedCitation) -> str:
    return MarkdownIt("commonmark").enable("table").render("".join(answer_pieces(citations, answered=True)))


@pytest.mark.parametrize(
    "quote",
    [
        "![spy](http://evil.example/x.png)",
        "![spy][ref]\n\n[ref]: http://evil.example/x.png",
        "<img src=http://evil.example/x.png>",
        "[click](javascript:alert(1))",
        "\\\\![spy](http://evil.example/x.png)",
        "\\`![spy](http://evil.example/x.png)\\`",
        "``![spy](http://evil.example/x.png)`",
        "<a title='`'>![spy](http://evil.example/x.png)</a>`",
        "<http://evil.example>",
    ],
)
@pytest.mark.parametrize("kind", ["prose", "list", "table", "code"])
def test_a_quote_makes_no_link_no_image_and_no_html(quote: str, kind: str) -> None:
    html = _rendered(_citation(quote, kind=kind))
    assert re.findall(r"<(?:img|a|script)\b", html) == []


@given(st.text(alphabet="![]()<>`\\ax:/\n -#|", max_size=60), st.sampled_from(["prose", "list", "table", "code"]))
def test_no_quote_does(quote: str, kind: str) -> None:
    html = _rendered(_citation(quote or "x", kind=kind))
    assert re.findall(r"<(?:img|a|script)\b", html) == []


def test_a_number_in_brackets_in_a_quote_is_no_mark() -> None:
    content = "".join(answer_pieces([_citation("As said in [2], it works.")], answered=True))
    assert re.findall(r"(?<!\\)\[(\d+)\]", content) == ["1"]


@pytest.mark.parametrize("kind", ["prose", "list", "table", "code"])
def test_the_mark_is_visible_after_each_kind_of_quote(kind: str) -> None:
    quotes = {"prose": "Words.", "list": "- one\n- two", "table": "| a |\n|---|\n| b |", "code": "x = '```'"}
    html = _rendered(_citation(quotes[kind], kind=kind))
    assert re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL).count("[1]") == 1


def test_quotes_of_one_section_share_a_title() -> None:
    other = replace(_citation("Three.", 3), heading_path=("C",), anchor="c")
    citations = [_citation("One.", 1), _citation("Two.", 2), other]
    assert "".join(answer_pieces(citations, answered=True)).split("\n\n")[1:] == [
        "**A › B** (a.md)",
        "> One. [1]",
        "> Two. [2]",
        "**C** (a.md)",
        "> Three. [3]",
    ]
    nearest = "".join(answer_pieces(citations, answered=False))
    assert nearest.endswith("\n- **A › B** (a.md) [1] [2]\n- **C** (a.md) [3]")


def test_code_spans_stay_as_they_are() -> None:
    assert inert("call `a[0]` or a[0]") == "call `a[0]` or a\\[0]"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Where is it?", "Where is it?"),
        ("  Where\n is it? ", "Where is it?"),
        ("word " * 30, ("word " * 16).strip() + "…"),
        ("x" * 90, "x" * 79 + "…"),
        ("x" * 90 + " y", "x" * 79 + "…"),
    ],
)
def test_titles(question: str, title: str) -> None:
    assert title_of(question) == title
