"""Which passages are copies of each other, and which of them is shown."""

from dataclasses import replace

import pytest

from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.search.selection import copied_lines, select_hits
from documents.search.twins import without_twins

BODY = (
    "Application logs are kept for ninety days, audit logs for a year; both are deleted by a nightly job that reports"
    " how many lines it removed, and an administrator is told when it fails. FR12 says which fields they hold."
)


def passage(path: str, text: str = BODY, **changes: object) -> Ranked:
    candidate = Candidate(
        chunk_id=hash(path) % 1000,
        document_id=sum(path.encode()),
        position=0,
        heading_path=["PRD", "Retention"],
        line_start=1,
        line_end=4,
        text=text,
        content_hash="",
        kind="prd",
        path=path,
        title="",
        artifact_id=None,
        ranks=[],
        cosine=None,
    )
    return Ranked(replace(candidate, **changes), 0.5)  # pyright: ignore[reportArgumentType] - fields by name


def shown(*ranked: Ranked) -> dict[str, list[str]]:
    return {each.ranked.candidate.path: [copy.path for copy in each.copies] for each in without_twins(ranked)}


def test_copies_are_one_and_the_best_ranked_is_shown() -> None:
    assert shown(passage("a.md"), passage("b.md"), passage("c.md", "Something else entirely.")) == {
        "a.md": ["b.md"],
        "c.md": [],
    }


def test_a_word_more_is_still_a_copy() -> None:
    assert shown(passage("a.md"), passage("b.md", BODY.replace("nightly", "small nightly"))) == {"a.md": ["b.md"]}
    assert shown(passage("a.md"), passage("b.md", f"**{BODY.upper()}**")) == {"a.md": ["b.md"]}


def test_a_passage_within_another_of_about_its_length_is_a_copy() -> None:
    longer = f"## Retention of what is written\n\nThis is what the operators of the hub asked for. {BODY}"
    assert shown(passage("a.md"), passage("b.md", longer)) == {"a.md": ["b.md"]}
    assert len(shown(passage("a.md"), passage("b.md", f"{longer} {longer.replace('logs', 'records')}"))) == 2


@pytest.mark.parametrize(
    "text",
    [
        BODY.replace("FR12", "FR13"),
        BODY.replace("FR12", "NFR12"),
        BODY.replace("are kept", "are not kept"),
        BODY[:90],
        BODY + " " + BODY.replace("logs", "records").replace("days", "weeks"),
    ],
)
def test_what_differs_in_a_number_an_identifier_or_a_negation_is_no_copy(text: str) -> None:
    assert shown(passage("a.md"), passage("b.md", text)) == {"a.md": [], "b.md": []}


def test_the_heading_may_hold_the_identifier() -> None:
    one = passage("a.md", heading_path=["PRD", "FR12"])
    assert len(shown(one, passage("b.md", heading_path=["PRD", "FR13"]))) == 2
    assert len(shown(one, passage("b.md", heading_path=["FR12"]))) == 1


def test_two_stories_are_never_one() -> None:
    assert len(shown(passage("a.md", artifact_id="3.1"), passage("b.md", artifact_id="3.2"))) == 2
    assert len(shown(passage("a.md", artifact_id="3.1"), passage("old/b.md", artifact_id="3.1"))) == 1


def test_within_a_document_only_what_is_equal_is_one() -> None:
    near = BODY.replace("nightly", "small nightly")
    assert [len(each.copies) for each in without_twins([passage("a.md"), passage("a.md", near, position=1)])] == [0, 0]
    assert [len(each.copies) for each in without_twins([passage("a.md"), passage("a.md", position=1)])] == [1]


def test_what_is_archived_is_not_shown() -> None:
    assert shown(passage("docs/archive/prd.md"), passage("docs/prd.md")) == {"docs/prd.md": ["docs/archive/prd.md"]}
    assert shown(passage("docs/prd-OLD.md"), passage("docs/prd.md")) == {"docs/prd.md": ["docs/prd-OLD.md"]}


def test_a_shard_is_shown_and_not_the_whole() -> None:
    whole, shard = passage("docs/prd.md"), passage("docs/prd/2-retention.md")
    for ranked in ((whole, shard), (shard, whole)):
        assert shown(*ranked) == {"docs/prd/2-retention.md": ["docs/prd.md"]}
    archived = passage("docs/prd/old/2-retention.md")
    assert shown(archived, whole) == {"docs/prd.md": ["docs/prd/old/2-retention.md"]}


def test_a_hit_of_two_passages_names_the_lines_of_both_copies() -> None:
    ranked = [
        passage("a.md", position=0, line_start=1, line_end=3),
        passage("b.md", position=0, line_start=11, line_end=13),
        passage("a.md", "Another body. " * 9, position=1, line_start=4, line_end=6),
        passage("b.md", "Another body. " * 9, position=1, line_start=14, line_end=16),
    ]
    (hit,) = select_hits(without_twins(ranked), 10)
    assert (hit.line_start, hit.line_end) == (1, 6)
    assert [(each.first.path, each.line_start, each.line_end) for each in copied_lines(hit, 5)] == [("b.md", 11, 16)]
    assert copied_lines(hit, 0) == []
