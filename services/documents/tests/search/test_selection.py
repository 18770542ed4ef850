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
        text="x" * 300,
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
def test_no_line_is_shown_twice(ranked: list[Distinct], limit: int) -> None:
    hits = select_hits(ranked, limit)
    shown = [(hit.best.candidate.document_id, n) for hit in hits for n in range(hit.line_start, hit.line_end + 1)]
    assert len(shown) == len(set(shown))
    assert len(hits) <= limit
    assert all(hit.size <= LONGEST_JOINED for hit in hits)
    assert [hit.best for hit in hits] == sorted((hit.best for hit in hits), key=[each.ranked for each in ranked].index)
