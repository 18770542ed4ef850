"""Markdown as text: every word that is read stays, and no markup does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.search.plain_markdown import without_markup

WORD = st.text("abcdeéfgh", min_size=2, max_size=7)
MARKS = [
    "**{}**",
    "*{}*",
    "_{}_",
    "__{}__",
    "***{}***",
    "~~{}~~",
    "`{}`",
    "``{}``",
    "[{}](https://example.org/x_1?y=(2))",
    '![{}](../img.png "1")',
    "[![{}](1.svg)](#1)",
    "[{}][1]",
    "{}[^1]",
    "<sub>{}</sub>",
    '<a href="#1">{}</a>',
    "<!-- 1 -->{}",
    "{}",
]
BLOCKS = [
    "# {}",
    "###### {} ##",
    "{}\n===",
    "{}\n---",
    "- {}",
    "  * {}",
    "+ [x] {}",
    "- [ ] {}",
    "> {}",
    "> > - {}",
    "| {} | {} |\n| :-- | --: |\n| {} | {} |",
    "{} | {}\n--- | ---\n{} | {}",
    "```python\n{}\n```",
    "~~~\n{}\n{}\n~~~",
    "***\n{}",
    "<details>\n<summary>{}</summary>\n\n{}\n</details>",
    "{}<br>{}",
    "{}\n\n[1]: https://example.org",
    "{}:\n- {}",
]


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Markdown and the words to read in it, in order."""
    words: list[str] = []

    def inline() -> str:
        word = draw(WORD)
        words.append(word)
        return draw(st.sampled_from(MARKS)).format(word)

    def filled(block: str) -> str:
        if block.startswith(("```", "~~~")):
            code = draw(st.lists(WORD, min_size=block.count("{}"), max_size=block.count("{}")))
            words.extend(code)
            return block.format(*code)
        return re.sub(r"\{\}", lambda _: inline() + " " + inline(), block)

    blocks = [filled(block) for block in draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6))]
    return "\n\n".join(blocks), words


@given(documents())
def test_no_markup_is_left_and_every_word_is(document: tuple[str, list[str]]) -> None:
    text, words = document
    plain = without_markup(text)
    assert re.findall(r"\w+", plain) == words
    assert not re.search(r"[^\w\s·:☐☑]", plain)


@given(st.text(st.sampled_from("`*_~[]()<>!#|-=\\\0\n &a1;") | st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_is_one_line(text: str) -> None:
    plain = without_markup(text)
    assert plain == " ".join(plain.split())
    assert "\0" not in plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Call `a_b(*args)` or \\*that\\*", "Call a_b(*args) or *that*"),
        ("snake_case_name, 3 * 4, src/**/*.py, a[0], List<T>, <name>", None),
        ("```\ndef f(*a): # **x**\n\n```", "def f(*a): # **x**"),
        ("return **kwargs\n```\nThen **on**", "return **kwargs · Then on"),
        ("H<sub>2</sub>O &amp; &lt;b&gt;", "H2O & <b>"),
        ("of the link](../a_b_c.md) and **bold", "of the link and bold"),
        ("**Steps:**\n1. One\n2. Two\n   more", "Steps: 1. One · 2. Two more"),
        ("- [x] Done\n- [ ] Open", "☑ Done · ☐ Open"),
        ("> [!NOTE]\n> Mind **this**", "NOTE: Mind this"),
        ("two\nlines\n\nnext", "two lines · next"),
        ("See <https://example.org/a_b_>.", "See https://example.org/a_b_."),
        ("[^1]: A note", "A note"),
        ("---\n***\n", ""),
    ],
)
def test_what_is_text_and_what_is_markup(text: str, plain: str | None) -> None:
    assert without_markup(text) == (text if plain is None else plain)


def test_leading_headings_that_are_known_are_left_out() -> None:
    text = "# A **title**\n## Part\nBody\n## Part\nMore"
    assert without_markup(text, ["A title", "Part"]) == "Body · Part · More"
    assert without_markup(text) == "A title · Part · Body · Part · More"
