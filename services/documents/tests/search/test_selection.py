"""Which passages become hits: pure, so any order of ranking is tried."""

from hypothesis import given
from hypothesis import strategies as st

from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.search.selection import LONGEST_JOINED, Hit, select_hits
from documents.search.twins import Distinct


def passage(position: int, line_start: int, line_end: int, *, document_id: int = 1, heading: str = "A") -> Distinct:
    candidate = Candidate(
        chunk_id=1000 * document_id + position,
        document_id=document_id,
        position=position,
        heading_path=[heading],
        line_start=line_start,
        line_end=line_end,
        text="\n".join([f"{position}: " + "x" * 80] * (line_end - line_start + 1)),
        content_hash="",
        kind="doc",
        path="a.md",
        title="",
        artifact_id=None,
        ranks=[],
        cosine=None,
    )
    return Distinct(Ranked(candidate, 0.5))


def lines(hits: list[Hit]) -> list[tuple[int, int]]:
    return [(hit.line_start, hit.line_end) for hit in hits]


def test_neighbours_of_one_section_are_one_hit() -> None:
    assert lines(select_hits([passage(2, 5, 6), passage(1, 3, 4), passage(3, 7, 8)], 10)) == [(3, 8)]
    assert lines(select_hits([passage(1, 3, 4), passage(2, 5, 6, heading="B")], 10)) == [(3, 4), (5, 6)]


def test_a_hit_never_grows_into_another() -> None:
    ranked = [passage(1, 3, 4), passage(3, 6, 7), passage(2, 5, 6)]
    assert lines(select_hits(ranked, 10)) == [(3, 4), (5, 7)]


def test_what_begins_on_a_shown_line_goes_on_behind_it() -> None:
    first, second = passage(1, 3, 5), passage(2, 5, 8, heading="B")
    kept = select_hits([first, second], 10)
    assert lines(kept) == [(3, 5), (6, 8)]
    assert kept[1].text(kept[1].first.text) == "\n".join(["2: " + "x" * 80] * 3)
    assert lines(select_hits([second, first], 10)) == [(5, 8), (3, 4)]
    assert lines(select_hits([first, passage(2, 5, 5, heading="B")], 10)) == [(3, 5)]


def test_of_a_long_line_each_hit_shows_its_own_part() -> None:
    parts = [passage(position, 1, 1) for position in (1, 3)]
    line = " ".join(f"{position}: " + "x" * 80 for position in range(5))
    hits = select_hits(parts, 10)
    assert [hit.text(line) for hit in hits] == [part.ranked.candidate.text for part in parts]


def test_lines_are_shown_whole_unless_they_are_much_longer() -> None:
    (hit,) = select_hits([passage(1, 1, 1), passage(2, 1, 1)], 10)
    own = "1: " + "x" * 80 + " " + "2: " + "x" * 80
    assert hit.text(f"Before. {own} Behind.") == f"Before. {own} Behind."
    assert hit.text("a" * LONGEST_JOINED + own + " Behind.") == own
    assert hit.text("b" * 10 * LONGEST_JOINED) == hit.best.candidate.text, "indexed anew since"


@st.composite
def rankings(draw: st.DrawFn) -> list[Distinct]:
    """Passages of two documents in any order; the next one begins on the last line of the one before, or behind it."""
    found: list[Distinct] = []
    for document_id in (1, 2):
        line = 1
        for position in range(draw(st.integers(0, 8))):
            start = line + draw(st.integers(0, 2))
            line = start + draw(st.integers(0, 3))
            heading = draw(st.sampled_from("AAAB"))
            found.append(passage(position, start, line, document_id=document_id, heading=heading))
    return draw(st.permutations(found))


@given(rankings(), st.integers(1, 20))
def test_no_character_is_shown_twice(ranked: list[Distinct], limit: int) -> None:
    hits = select_hits(ranked, limit)
    whole = [hit for hit in hits if not hit.is_part]
    shown = [(hit.best.candidate.document_id, n) for hit in whole for n in range(hit.line_start, hit.line_end + 1)]
    assert len(shown) == len(set(shown))
    parts = [(hit.best.candidate.document_id, hit.line_start) for hit in hits if hit.is_part]
    assert not set(parts) & set(shown)
    assert all(parts.count(part) > 1 for part in parts)
    assert len(hits) <= limit
    assert all(hit.size <= LONGEST_JOINED for hit in hits)
    order = [each.ranked.candidate.chunk_id for each in ranked]
    chosen = [hit.best.candidate.chunk_id for hit in hits]
    assert chosen == sorted(chosen, key=order.index)
