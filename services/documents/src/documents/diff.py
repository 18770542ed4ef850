"""The difference of two texts by lines, in hunks as of a unified diff; the work and the answer are bounded.

What both texts begin and end with is set aside, and so are lines that only one of them has. The rest is compared by
E. W. Myers, “An O(ND) Difference Algorithm and Its Variations” (1986), greedily and up to a limit; beyond it all of
the rest counts as replaced, which is longer than need be, and still leads from the one text to the other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

CONTEXT_LINES = 3
MOST_LINES = 5_000
"""Lines that a difference shows at most."""

_MOST_CHARACTERS = 1_000_000
_MOST_COMPARED = 100_000  # lines of a text: beyond it, to split the texts is too much already
_MOST_EDITS = 500
_MOST_STEPS = 300_000  # about a tenth of a second
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

LineKind = Literal["context", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one text or of both; `text` is without its line break, which `is_unterminated` says isn't there."""

    kind: LineKind
    old_line: int | None
    new_line: int | None
    text: str
    is_unterminated: bool


@dataclass(frozen=True, slots=True)
class Hunk:
    """A place that differs, with its surroundings. An empty side begins at the line before, 0 at the top."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Diff:
    """`added_lines` and `removed_lines` count all; when `is_truncated`, the hunks end before they are all shown."""

    added_lines: int
    removed_lines: int
    hunks: list[Hunk]
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of the old text that those of the new one replace: half-open ranges, either may be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def compare(old: str, new: str, most_lines: int = MOST_LINES) -> Diff:
    """What leads from `old` to `new`. Texts of very many lines are only counted: their difference has no hunks."""
    if old == new:
        return Diff(0, 0, [], is_truncated=False)
    if max(old.count("\n"), new.count("\n")) > _MOST_COMPARED:
        return Diff(_count(new), _count(old), [], is_truncated=True)
    old_lines, new_lines = _LINE.findall(old), _LINE.findall(new)
    blocks = _blocks(old_lines, new_lines)
    hunks, is_truncated = _hunks(blocks, old_lines, new_lines, most_lines)
    return Diff(
        added_lines=sum(block.new_end - block.new_start for block in blocks),
        removed_lines=sum(block.old_end - block.old_start for block in blocks),
        hunks=hunks,
        is_truncated=is_truncated,
    )


def _count(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n") and text != "")


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[_Block]:
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    old_end, new_end = len(old) - tail, len(new) - tail
    matches = _matches(old[head:old_end], new[head:new_end])
    fixed = [(head - 1, head - 1), *((head + x, head + y) for x, y in matches), (old_end, new_end)]
    return [
        _Block(before[0] + 1, after[0], before[1] + 1, after[1])
        for before, after in pairwise(fixed)
        if after[0] - before[0] > 1 or after[1] - before[1] > 1
    ]


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of lines that stay, ascending in both texts."""
    numbers = {line: number for number, line in enumerate(set(old) & set(new))}
    kept_old = [at for at, line in enumerate(old) if line in numbers]
    kept_new = [at for at, line in enumerate(new) if line in numbers]
    found = _common([numbers[old[at]] for at in kept_old], [numbers[new[at]] for at in kept_new])
    return [(kept_old[x], kept_new[y]) for x, y in found]


def _common(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Positions of a longest common subsequence; none where to find it would take too long."""
    most = min(len(old) + len(new), _MOST_EDITS)
    reached = [0] * (2 * most + 2)  # by diagonal, how far in `old` so many edits lead; negative ones are at the end
    trail: list[list[int]] = []
    steps = 0
    for edits in range(most + 1):
        trail.append(reached.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = start = _next(reached, diagonal, edits)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reached[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _walked(trail, len(old), len(new))
            steps += x - start + 1
        if steps > _MOST_STEPS:
            break
    return []


def _next(reached: Sequence[int], diagonal: int, edits: int) -> int:
    """Where one more edit leads on a diagonal: an added line from the one above, or a removed one from below."""
    if _is_from_above(reached, diagonal, edits):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def _is_from_above(reached: Sequence[int], diagonal: int, edits: int) -> bool:
    return diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])


def _walked(trail: Sequence[Sequence[int]], x: int, y: int) -> list[tuple[int, int]]:
    """The matches on the way to (x, y), `trail` being how far each number of edits had led before."""
    found: list[tuple[int, int]] = []
    for edits in range(len(trail) - 1, -1, -1):
        reached, diagonal = trail[edits], x - y
        before = diagonal + (1 if _is_from_above(reached, diagonal, edits) else -1)
        before_x = reached[before]
        before_y = before_x - before
        while x > before_x and y > before_y:
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = before_x, before_y
    return found[::-1]


def _groups(blocks: Iterable[_Block]) -> Iterator[list[_Block]]:
    """Blocks whose surroundings meet."""
    group: list[_Block] = []
    for block in blocks:
        if group and block.old_start - group[-1].old_end > 2 * CONTEXT_LINES:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _lines_of(group: Sequence[_Block], old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    first, last = group[0], group[-1]
    lead = min(first.old_start, CONTEXT_LINES)
    x, y = first.old_start - lead, first.new_start - lead
    trail = min(len(old) - last.old_end, CONTEXT_LINES)
    end = _Block(last.old_end + trail, last.old_end + trail, last.new_end + trail, last.new_end + trail)
    for block in (*group, end):
        for offset in range(block.old_start - x):
            yield _line("context", x + offset, y + offset, old[x + offset])
        for at in range(block.old_start, block.old_end):
            yield _line("removed", at, None, old[at])
        for at in range(block.new_start, block.new_end):
            yield _line("added", None, at, new[at])
        x, y = block.old_end, block.new_end


def _line(kind: LineKind, x: int | None, y: int | None, line: str) -> Line:
    old_line, new_line = None if x is None else x + 1, None if y is None else y + 1
    return Line(kind, old_line, new_line, line.removesuffix("\n"), is_unterminated=not line.endswith("\n"))


def _hunks(
    blocks: Iterable[_Block], old: Sequence[str], new: Sequence[str], most_lines: int
) -> tuple[list[Hunk], bool]:
    """As many whole lines as may be shown, and whether there are more."""
    shown: list[Hunk] = []
    lines_left, characters_left = most_lines, _MOST_CHARACTERS
    for group in _groups(blocks):
        lines: list[Line] = []
        for line in _lines_of(group, old, new):
            lines_left, characters_left = lines_left - 1, characters_left - len(line.text)
            if min(lines_left, characters_left) < 0:
                return [*shown, *_hunk(group[0], lines)], True
            lines.append(line)
        shown += _hunk(group[0], lines)
    return shown, False


def _hunk(first: _Block, lines: list[Line]) -> list[Hunk]:
    """The hunk that begins in front of a block; none without lines."""
    if not lines:
        return []
    lead = min(first.old_start, CONTEXT_LINES)
    old_lines = sum(line.kind != "added" for line in lines)
    new_lines = sum(line.kind != "removed" for line in lines)
    old_start, new_start = first.old_start - lead + (old_lines > 0), first.new_start - lead + (new_lines > 0)
    return [Hunk(old_start, old_lines, new_start, new_lines, lines)]
