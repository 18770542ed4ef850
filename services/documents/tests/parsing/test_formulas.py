"""Formulas in Markdown, and dollars that are none."""

import time

import pytest

from documents.parsing import ParsedDocument, parse


def markdown(text: str) -> ParsedDocument:
    return parse("docs/a.md", text.encode())


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("$x$", "x"),
        (r"so $\alpha_1 + \beta$, then", r"\alpha_1 + \beta"),
        ("($a<b$)", "a&lt;b"),
        ("**$x*y*z$**", "x*y*z"),
        ("$`a_b`$", "a_b"),
        ("inline $$ x^2 $$ too", "x^2"),
        (r"$5\$ + x$", r"5\$ + x"),
        ("- $[x](y)$", "[x](y)"),
        ("| a |\n|---|\n| $x_1$ |", "x_1"),
        ("[$x$](other.md)", "x"),
    ],
)
def test_inline_formulas(text: str, tex: str) -> None:
    html = markdown(text).html
    assert html.count("math-inline") == 1
    assert f'<span class="math-inline">{tex}</span>' in html


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10",
        "US$5 and CA$6",
        "($5) or ($6)",
        "$1,000-$2,000",
        "$HOME/bin:$PATH",
        "$A=$B and $C",
        "${A}/x-${B}/y",
        "$(pwd)/a:$(pwd)/b",
        r"\$x\$",
        "`$x$`",
        "a $ b $ c",
        "$x\ny$",
        "$$ $$",
        "$",
        "$$$$",
        "x$y$z",
    ],
)
def test_dollars_that_are_text(text: str) -> None:
    assert "math-" not in markdown(text).html


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("$$\nx\n$$", "x"),
        ("$$ x $$", "x"),
        ("text\n$$x\n+ y$$\nmore", "x\n+ y"),
        ("> $$\n> x\n> $$", "x"),
        ("- item\n\n  $$\n  x\n    y\n  $$", "x\n  y"),
        ("```math\n\\frac{a}{b} <script>\n```", "\\frac{a}{b} &lt;script&gt;"),
    ],
)
def test_displayed_formulas(text: str, tex: str) -> None:
    html = markdown(text).html
    assert html.count("math-block") == 1
    assert f">{tex}</div>" in html


@pytest.mark.parametrize("text", ["$$\nx\n\ny\n$$", "$$\nx", "    $$\n    x\n    $$", "$$ a $$ b $$", "> $$\nx\n$$"])
def test_what_only_begins_like_a_displayed_formula(text: str) -> None:
    assert "math-block" not in markdown(text).html


def test_a_formula_leaves_anchors_sections_and_links_as_they_are() -> None:
    document = markdown("# The $E=mc^2$ law\n\n[a $x$](b.md)\n$$\nx\n$$\n![c $y$](d.png)\n\n## $`a_b`$ next\n")
    assert [(each.text, each.anchor, each.line) for each in document.toc] == [
        ("The $E=mc^2$ law", "the-emc2-law", 1),
        ("$`a_b`$ next", "a_b-next", 9),
    ]
    assert [(each.href, each.line) for each in document.links] == [("b.md", 3), ("d.png", 7)]
    assert 'alt="c $y$"' in document.html
    assert "".join(document.text[each.char_start : each.char_end] for each in document.sections) == document.text


@pytest.mark.parametrize("unit", ["$$ a\n", "$a ", "$$a ", "$` ", r"\$", "$", "a$$\n", "$\\"])
def test_many_dollars_take_no_time(unit: str) -> None:
    text = (unit * 50_000)[:49_000]
    began = time.monotonic()
    markdown(text)
    assert time.monotonic() - began < 5
