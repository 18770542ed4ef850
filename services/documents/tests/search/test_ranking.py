"""What comes first, and when the scores say that nothing answers."""

import pytest

from documents.search.query import Query
from documents.search.ranking import WORDS_SHARE, Ranked, rank, trust
from documents.search.repository import Candidate, Term


def passage(text: str, heading: str = "Requirements", *, kind: str = "doc", **changes: object) -> Candidate:
    fields: dict[str, object] = {
        "chunk_id": len(text),
        "document_id": 1,
        "position": 3,
        "heading_path": [heading],
        "line_start": 1,
        "line_end": 2,
        "text": text,
        "content_hash": text,
        "kind": kind,
        "path": "docs/notes.md",
        "title": "Notes",
        "artifact_id": None,
        "ranks": [],
        "cosine": 0.4,
    }
    return Candidate(**(fields | changes))  # pyright: ignore[reportArgumentType] - fields by name


def ranked(query: str, *candidates: Candidate, terms: tuple[Term, ...] = ()) -> list[Ranked]:
    return rank(candidates, terms, Query(query), words_share=WORDS_SHARE)


def scores(query: str, *candidates: Candidate, terms: tuple[Term, ...] = ()) -> list[float]:
    best = ranked(query, *candidates, terms=terms)
    confidence = trust([each.candidate for each in best], candidates, terms, Query(query))
    return [each.score(confidence) for each in best]


def term(word: str) -> Term:
    return Term(word, f"'{word}'", 3, 5.0)


def test_what_begins_with_an_identifier_comes_before_lists_and_mentions() -> None:
    definition = passage("- **FR12:** Answers name their sources.", kind="prd")
    listed = passage("Functional requirements:\n- FR12: Answers name their sources.")
    mention = passage("Covered by this epic: FR10, FR12.")
    found = ranked("FR12", mention, listed, definition)
    assert [each.candidate for each in found] == [definition, listed, mention]


def test_a_sections_later_passage_comes_behind_the_one_that_has_its_heading() -> None:
    heading = "US016 - Filter of the list"
    later = passage("Rules: a menu must be there.", heading)
    first = passage(f"# {heading}\n\nAs an agent I want a filter.", heading, cosine=0.3)
    assert [each.candidate for each in ranked("What is US016 about?", later, first)] == [first, later]


def test_a_document_asked_for_by_kind_and_number_comes_before_the_story() -> None:
    gate = passage("gate: PASS", kind="qa_gate", artifact_id="3.2")
    story = passage("# Story 3.2: Sources", "Story 3.2: Sources", kind="story", artifact_id="3.2")
    assert ranked("gate of story 3.2", story, gate)[0].candidate == gate


@pytest.mark.parametrize("name", ["Kubernetes", "i18n", "OAuth"])
def test_a_name_that_no_good_passage_has_lowers_all_scores_alike(name: str) -> None:
    query = f"How do I deploy with {name} here?"
    terms = (term("deploy"), term(name.lower()))
    without = [passage("Deploy it.", ranks=[0.6, 0.0]), passage("Deploy again.", ranks=[0.5, 0.0])]
    within = [passage("Deploy it.", ranks=[0.6, 0.0]), passage("Deploy with it.", ranks=[0.5, 0.1])]
    doubted, trusted = scores(query, *without, terms=terms), scores(query, *within, terms=terms)
    assert doubted[0] < 0.2 * trusted[0]
    assert doubted[0] > doubted[1]


def test_a_retrospective_that_isnt_there_lowers_the_scores() -> None:
    of_epic_5 = passage("Lessons.", kind="retrospective", path="docs/epic-5-retrospective.md", artifact_id="epic-5")
    asked_5, asked_6 = (scores(f"lessons of the epic {number} retrospective", of_epic_5) for number in (5, 6))
    assert asked_6[0] < 0.2 * asked_5[0]


def test_a_document_of_no_epic_is_not_taken_for_the_one_that_is_asked_for() -> None:
    of_none = passage("Lessons on FR12.", kind="retrospective", path="docs/retrospective.md")
    doubted = scores("FR12 in the retrospective of epic 6", of_none)
    trusted = scores("FR12 in the retrospective", of_none)
    assert doubted[0] < 0.2 * trusted[0]


def test_a_word_in_the_passage_right_before_or_behind_counts_in_part() -> None:
    alone = passage("Rules.", position=9, ranks=[0.6, 0.0])
    beside = passage("Rules!!", position=3, ranks=[0.6, 0.0])
    neighbour = passage("Their exceptions.", position=4, ranks=[0.0, 0.6])
    elsewhere = passage("Other exceptions..", position=10, document_id=2, ranks=[0.0, 0.6])
    found = ranked("rules exceptions", alone, beside, neighbour, elsewhere, terms=(term("rules"), term("exceptions")))
    evidence = {each.candidate.text: each.evidence for each in found}
    assert evidence["Rules!!"] > evidence["Rules."]
    assert evidence["Their exceptions."] > evidence["Other exceptions.."]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Where is the Helm chart?", {"helm"}),
        ("Which i18n library is used?", {"i18n"}),
        ("Where? There: what is it", set[str]()),
        ("Kubernetes", set[str]()),
        ("Wie lange werden Anwendungsprotokolle aufbewahrt", {"anwendungsprotokolle"}),
        ("How To Deploy On Kubernetes", set[str]()),
    ],
)
def test_names_are_words_written_as_names(text: str, names: set[str]) -> None:
    assert Query(text).names == names
