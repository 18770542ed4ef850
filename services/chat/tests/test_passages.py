"""Cutting text into quotable units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.passages import MAX_UNIT, split_units


def _units(text: str, *, by_line: bool = False) -> list[tuple[str, str]]:
    return [(unit.kind, text[unit.start : unit.end]) for unit in split_units(text, by_line=by_line)]


def test_sentences() -> None:
    text = 'One ends. "Two?" asks e.g. Bob. Version 1.2 is out! Wrapped\nhere. Tail'
    assert [quote for _, quote in _units(text)] == [
        "One ends.",
        '"Two?" asks e.g. Bob.',
        "Version 1.2 is out!",
        "Wrapped\nhere.",
        "Tail",
    ]


def test_blocks_of_markdown() -> None:
    text = (
        "# Heading\n\nIntro:\n- one\n  goes on\n- two. Still two.\n\n1. three\n\n| a |\n|---|\n| b |\n\n"
        "```py\nx = 1\n\n---\n```\nAfter.\n\nUnderlined\n===\n<!-- hidden -->\n***\nEnd."
    )
    assert _units(text) == [
        ("prose", "Intro:"),
        ("list", "- one\n  goes on"),
        ("list", "- two. Still two."),
        ("list", "1. three"),
        ("table", "| a |"),
        ("table", "| b |"),
        ("code", "x = 1"),
        ("prose", "After."),
        ("prose", "End."),
    ]


def test_blocks_are_told_apart() -> None:
    text = "Prose.\n- item\n- item\n\nMore.\n\n| row |"
    assert [unit.block for unit in split_units(text)] == sorted(unit.block for unit in split_units(text))
    prose, first, second, more, row = split_units(text)
    assert first.block == second.block
    assert len({prose.block, first.block, more.block, row.block}) == 4


def test_front_matter_and_data_go_by_line() -> None:
    assert _units("---\ntitle: X\nstatus: done\n---\n") == [("code", "title: X"), ("code", "status: done")]
    assert _units("a: 1\n\nb: One. Two.", by_line=True) == [("code", "a: 1"), ("code", "b: One. Two.")]


@pytest.mark.parametrize("text", ["x" * 5_000, "- " + "y" * 5_000, "```\n" + "z" * 5_000, "." * 20_000, "[" * 20_000])
def test_endless_lines_are_cut(text: str) -> None:
    assert all(unit.end - unit.start <= MAX_UNIT for unit in split_units(text))


@given(st.text(alphabet=" \n#-*`|<!>=.?A1a。\"'[]", max_size=200))
def test_units_are_in_order_apart_and_not_blank(text: str) -> None:
    position = 0
    for unit in split_units(text):
        assert position <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip()
        position = unit.end
