"""The check of citations against the stored text."""

from dataclasses import replace

import pytest

from chat.citations import check_citations
from chat.evidence import Heading, Hit, Passage, StoredDocument

HIT = Hit(1, 7, "a.md", "A", ("A",), "a", 1, 7, "", 0.5)
DOCUMENT = StoredDocument(
    id=1,
    source_id=7,
    path="a.md",
    commit_sha="c",
    blob_sha="b",
    lines=("intro", "# A", "one two", "three", "## B", "four", "# C", "five"),
    headings=(Heading(1, "A", "a", 2), Heading(2, "B", "b", 5), Heading(1, "C", "c", 7)),
)
GOOD = Passage(HIT, "two\nthree", 3, 4, "prose", 1.0)


def test_a_quote_that_stands_there_is_kept() -> None:
    (citation,) = check_citations([GOOD], [HIT], {1: DOCUMENT})
    assert (citation.n, citation.anchor, citation.heading_path) == (1, "a", ("A",))


@pytest.mark.parametrize(
    "passage",
    [
        replace(GOOD, quote="two three"),
        replace(GOOD, line_end=3),
        replace(GOOD, line_start=5, line_end=6),
        replace(GOOD, line_start=0),
        replace(GOOD, line_start=8, line_end=9),
        replace(GOOD, quote=" "),
        replace(GOOD, hit=replace(HIT, anchor="gone")),
        replace(GOOD, hit=replace(HIT, document_id=2)),
        replace(GOOD, hit=replace(HIT, document_id=3)),
    ],
)
def test_what_does_not_hold_is_dropped_and_the_rest_renumbered(passage: Passage) -> None:
    other = replace(DOCUMENT, id=3)  # stored, but not among the hits
    citations = check_citations([passage, GOOD], [HIT, replace(HIT, document_id=2)], {1: DOCUMENT, 2: None, 3: other})
    assert [(citation.n, citation.passage) for citation in citations] == [(1, GOOD)]


@pytest.mark.parametrize(
    ("line", "quote", "anchor", "path"),
    [(6, "four", "b", ("A", "B")), (8, "five", "c", ("C",)), (3, "one", "a", ("A",))],
)
def test_the_innermost_section_is_named(line: int, quote: str, anchor: str, path: tuple[str, ...]) -> None:
    (citation,) = check_citations([Passage(HIT, quote, line, line, "prose", 1.0)], [HIT], {1: DOCUMENT})
    assert (citation.anchor, citation.heading_path) == (anchor, path)


def test_before_the_first_heading_there_is_no_anchor() -> None:
    hit = replace(HIT, anchor=None, heading_path=())
    (citation,) = check_citations([Passage(hit, "intro", 1, 1, "prose", 1.0)], [hit], {1: DOCUMENT})
    assert (citation.anchor, citation.heading_path) == (None, ())


def test_quotes_of_one_section_stand_together_in_reading_order() -> None:
    def quoting(line: int, quote: str) -> Passage:
        return Passage(HIT, quote, line, line, "prose", 1.0)

    passages = [quoting(8, "five"), quoting(4, "three"), quoting(6, "four"), quoting(3, "two"), quoting(3, "one")]
    citations = check_citations(passages, [HIT], {1: DOCUMENT})
    assert [(citation.n, citation.passage.quote, citation.anchor) for citation in citations] == [
        (1, "five", "c"),
        (2, "one", "a"),
        (3, "two", "a"),
        (4, "three", "a"),
        (5, "four", "b"),
    ]
