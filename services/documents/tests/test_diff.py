"""Differences by line: applying the hunks to the old text gives the new one, whatever the texts."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.diff import CONTEXT_LINES, MOST_LINES, Diff, Hunk, Line, compare

# Few different lines, so that many are common to both texts; line ends of all kinds, and none.
LINES = st.lists(st.sampled_from(["a", "b", "c", "", "é", "c\r", "\u2028", "d\x0b"]), max_size=30)
TEXTS = st.tuples(LINES, st.sampled_from(["", "\n"])).map(lambda parts: "\n".join(parts[0]) + parts[1])


def applied(text: str, diff: Diff) -> str:
    """The text after the hunks: what they say about the old text must be so."""
    old = text.split("\n")
    parts: list[str] = []
    at = 0  # lines of the old text that are dealt with
    for hunk in diff.hunks:
        start = hunk.old_start - (hunk.old_lines > 0)
        assert start >= at
        parts += [f"{line}\n" for line in old[at:start]]
        at = start
        assert_counts(hunk)
        for line in hunk.lines:
            if line.kind != "added":
                assert line.old_line == at + 1
                assert line.text == old[at]
                assert line.is_unterminated == (at == len(old) - 1)
                at += 1
            if line.kind != "removed":
                parts.append(line.text + ("" if line.is_unterminated else "\n"))
                assert line.new_line == len(parts)
    rest = "\n".join(old[at:])
    return "".join(parts) + rest


def assert_counts(hunk: Hunk) -> None:
    old = [line.old_line for line in hunk.lines if line.kind != "added"]
    new = [line.new_line for line in hunk.lines if line.kind != "removed"]
    assert (len(old), len(new)) == (hunk.old_lines, hunk.new_lines)
    assert old == list(range(hunk.old_start, hunk.old_start + len(old)))
    assert new == list(range(hunk.new_start, hunk.new_start + len(new)))


def kinds(diff: Diff) -> list[str]:
    signs = {"context": " ", "added": "+", "removed": "-"}
    return [signs[line.kind] + line.text for hunk in diff.hunks for line in hunk.lines]


def numbered(count: int, **changed: str) -> str:
    return "".join(f"{changed.get(f'l{number}', f'line {number}')}\n" for number in range(1, count + 1))


@given(TEXTS, TEXTS)
def test_the_hunks_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    diff = compare(old, new)
    assert applied(old, diff) == new
    assert applied(new, compare(new, old)) == old
    lines = [line.kind for hunk in diff.hunks for line in hunk.lines]
    assert (lines.count("added"), lines.count("removed")) == (diff.added_lines, diff.removed_lines)
    assert not diff.is_truncated


@given(TEXTS)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert compare(text, text) == Diff(0, 0, [], is_truncated=False)


@given(LINES, LINES)
def test_no_shorter_way_exists(old: list[str], new: list[str]) -> None:
    """The common lines are a longest common subsequence, here found by the textbook's table."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for x, left in enumerate(old):
        for y, right in enumerate(new):
            table[x + 1][y + 1] = table[x][y] + 1 if left == right else max(table[x][y + 1], table[x + 1][y])
    diff = compare("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))
    assert len(old) - diff.removed_lines == len(new) - diff.added_lines == table[-1][-1]


def test_a_changed_line_comes_with_three_around_it() -> None:
    (hunk,) = compare(numbered(20), numbered(20, l10="ten")).hunks
    assert (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines) == (7, 7, 7, 7)
    assert hunk.lines[3:5] == [
        Line("removed", 10, None, "line 10", is_unterminated=False),
        Line("added", None, 10, "ten", is_unterminated=False),
    ]
    assert {line.kind for line in hunk.lines[:3] + hunk.lines[5:]} == {"context"}


@pytest.mark.parametrize(("second", "hunks"), [(17, 1), (18, 2)])
def test_changes_are_one_hunk_while_their_surroundings_meet(second: int, hunks: int) -> None:
    old, new = numbered(30), numbered(30, l10="ten", **{f"l{second}": "other"})
    found = compare(old, new).hunks
    assert len(found) == hunks
    assert second - 10 - 1 == 2 * CONTEXT_LINES + hunks - 1


@pytest.mark.parametrize(
    ("old", "new", "starts"),
    [("", "a\n", (0, 0, 1, 1)), ("a\n", "", (1, 1, 0, 0)), ("a\n", "a\nb\n", (1, 1, 1, 2))],
)
def test_an_empty_side_begins_at_the_line_before(old: str, new: str, starts: tuple[int, ...]) -> None:
    (hunk,) = compare(old, new).hunks
    assert (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines) == starts


def test_a_missing_last_line_break_is_a_difference() -> None:
    (hunk,) = compare("a\nb", "a\nb\n").hunks
    assert [(line.kind, line.text, line.is_unterminated) for line in hunk.lines] == [
        ("context", "a", False),
        ("removed", "b", True),
        ("added", "b", False),
    ]


def test_other_line_ends_are_a_difference() -> None:
    assert kinds(compare("a\r\nb\n", "a\nb\n")) == ["-a\r", "+a", " b"]


def test_what_is_cut_is_counted_all_the_same() -> None:
    old, new = numbered(9_000), "".join(f"other {number}\n" for number in range(9_000))
    diff = compare(old, new)
    assert diff.is_truncated
    assert (diff.added_lines, diff.removed_lines) == (9_000, 9_000)
    assert sum(len(hunk.lines) for hunk in diff.hunks) == MOST_LINES
    for hunk in diff.hunks:
        assert_counts(hunk)
    assert applied(old, compare(old, new, most_lines=18_000)) == new


@pytest.mark.parametrize("size", [1_000_001, 2_000_000])
def test_a_line_that_is_too_long_is_counted_only(size: int) -> None:
    assert compare("short\n", "x" * size) == Diff(1, 1, [compare("short\n", "").hunks[0]], is_truncated=True)


def test_texts_of_very_many_lines_are_counted_only() -> None:
    assert compare("a\n" * 100_001, "b\n" * 3 + "c") == Diff(4, 100_001, [], is_truncated=True)


@pytest.mark.parametrize("alphabet", [2, 40, 3_000, 10**9])
def test_long_texts_without_likeness_take_no_longer_than_a_moment(alphabet: int) -> None:
    shuffled = random.Random(7)
    old, new = ("".join(f"{shuffled.randrange(alphabet)}\n" for _ in range(20_000)) for _ in range(2))
    began = time.process_time()
    diff = compare(old, new, most_lines=50_000)
    assert time.process_time() - began < 2
    assert applied(old, diff) == new
