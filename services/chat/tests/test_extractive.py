"""Choosing passages: pure, so all of it is tried here without a service."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.citations import check_citations
from chat.evidence import Heading, Hit, StoredDocument
from chat.extractive import MAX_PASSAGES, Question, select_passages
from chat.wording import answer_pieces


def _hit(text: str, *headings: str, score: float = 0.6, **fields: Any) -> Hit:
    values: dict[str, Any] = {
        "document_id": 1,
        "source_id": 1,
        "path": "docs/a.md",
        "title": "Architecture",
        "heading_path": headings,
        "anchor": None,
        "line_start": 11,
        "line_end": 11 + text.count("\n"),
        "text": text,
        "score": score,
    }
    return Hit(**values | fields)


def _quotes(question: str, *hits: Hit) -> list[str]:
    selection = select_passages(Question.of(question), hits)
    assert selection.answered
    return [passage.quote for passage in selection.passages]


def test_the_sentence_with_the_words_wins_and_knows_its_lines() -> None:
    hit = _hit("## Storage\n\nMuch is said here. Vectors live in Postgres\nas half floats. More follows.", "Storage")
    (passage, *_) = select_passages(Question.of("Where do vectors live?"), [hit]).passages
    assert passage.quote == "Vectors live in Postgres\nas half floats."
    assert (passage.line_start, passage.line_end) == (13, 14)


def test_an_identifier_finds_its_item_and_no_other() -> None:
    hit = _hit("- FR1: Users log in.\n- FR12: Users export data.\n- FR2: Sessions end.", "Requirements")
    assert _quotes("What does FR12 say?", hit)[0] == "- FR12: Users export data."
    assert _quotes("What does FR-2 say?", hit)[0] == "- FR2: Sessions end."


def test_a_section_named_by_the_question_is_quoted_at_length() -> None:
    hit = _hit("## Goals\n\n- Be fast.\n- Be small.\n- Be right.", "Product", "Goals")
    assert _quotes("What are the goals?", hit) == ["- Be fast.\n- Be small.\n- Be right."]


def test_a_table_row_stays_whole() -> None:
    hit = _hit("| port | service |\n|---|---|\n| 8001 | projects |\n| 8002 | documents |", "Ports")
    assert "| 8002 | documents |" in _quotes("Which service has port 8002?", hit)[0]


def test_a_line_of_code_stays_whole() -> None:
    hit = _hit("Run this:\n\n```sh\nmake setup\nmake migrate SERVICE=chat\n```\n", "Commands")
    assert _quotes("How do I migrate?", hit)[0] == "make migrate SERVICE=chat"


def test_an_acronym_weighs_more_than_a_common_word() -> None:
    hits = [_hit("The client library was chosen by trial."), _hit("RRF lost to weighted scores.")]
    assert _quotes("Why was RRF not chosen?", *hits)[0] == "RRF lost to weighted scores."


def test_endings_are_forgiven() -> None:
    assert _quotes("How are the categories searched?", _hit("A search looks into each category at once."))


def test_accents_and_case_are_forgiven() -> None:
    assert _quotes("Où est la SECURITE décrite ?", _hit("La sécurité est decrite ici."))


def test_chinese_is_compared_by_pairs_of_signs() -> None:
    assert _quotes("数据库是什么?", _hit("我们的数据库是Postgres。其他的话。"))[0] == "我们的数据库是Postgres。"


def test_data_files_are_quoted_by_the_line() -> None:
    hit = _hit("stories:\n  1-1-login: done\n  1-2-logout: backlog", path="docs/sprint-status.yaml")
    assert _quotes("What is the state of logout?", hit) == ["  1-2-logout: backlog"]


@pytest.mark.parametrize(
    "question", ["Who won the football championship?", "What is the airspeed of a swallow?", "???", "le la les"]
)
def test_a_question_beside_the_documents_is_not_answered(question: str) -> None:
    selection = select_passages(Question.of(question), [_hit("Postgres stores documents."), _hit("Users log in.")])
    assert not selection.answered
    assert [passage.quote for passage in selection.passages] == ["Postgres stores documents.", "Users log in."]


def test_one_common_word_of_many_is_no_answer() -> None:
    hits = [_hit(f"The plan of part {number} is ready.") for number in range(6)]
    assert not select_passages(Question.of("What does the enterprise plan cost per seat yearly?"), hits).answered


def test_what_the_search_holds_for_nothing_is_no_answer() -> None:
    assert not select_passages(Question.of("Where do users log in?"), [_hit("Users log in.", score=0.01)]).answered


def test_the_same_words_in_two_places_are_quoted_once() -> None:
    twins = [_hit("Postgres stores documents."), _hit("Postgres stores\ndocuments.", document_id=2)]
    assert len(_quotes("Who stores documents?", *twins)) == 1


def test_a_follow_up_takes_words_over_but_not_another_identifier() -> None:
    assert Question.of("And story 3.3?", "What is the status of story 3.2?").query == "And story 3.3? status"
    assert Question.of("Why?", "Where do vectors live?").query == "Why? vectors live"
    assert Question.of("Where do all users log in again?", "Where do vectors live?").query.endswith("again?")


# Text that looks like Markdown now and then, so that every kind of block comes up.
_LINES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "## Storage", "```", "| a | b |", "|---|---|", "- item one. Two.", "1. vectors", "---", "<!-- x"]
    ),
    st.lists(st.sampled_from(["vectors", "live", "in", "Postgres.", "FR1", "e.g.", "[3]", "`x"]), max_size=12).map(
        " ".join
    ),
)
_TEXTS = st.lists(_LINES, max_size=12).map("\n".join)
_HITS = st.lists(
    st.builds(
        _hit,
        _TEXTS,
        st.text(max_size=20),
        score=st.floats(),
        document_id=st.integers(1, 3),
        path=st.sampled_from(["a.md", "b.csv"]),
    ),
    max_size=5,
)


@given(
    question=st.one_of(st.text(max_size=60), st.just("Where do vectors live?")), earlier=st.none() | _TEXTS, hits=_HITS
)
def test_quotes_are_verbatim_whatever_is_asked(question: str, earlier: str | None, hits: list[Hit]) -> None:
    selection = select_passages(Question.of(question, earlier), hits)
    assert len(selection.passages) <= MAX_PASSAGES
    for passage in selection.passages:
        assert passage.quote.strip()
        first = passage.line_start - passage.hit.line_start
        last = passage.line_end - passage.hit.line_start
        assert passage.quote in "\n".join(passage.hit.text.split("\n")[first : last + 1])


@given(hits=_HITS)
def test_marks_are_dense_and_each_stands_in_the_answer(hits: list[Hit]) -> None:
    selection = select_passages(Question.of("Where do vectors live?"), hits)
    # The first hit of each document is its text; the others' quotes mostly don't hold, and are dropped.
    stored: dict[int, StoredDocument | None] = {}
    for hit in hits:
        lines = ("",) * 10 + tuple(hit.text.split("\n"))
        heading = (Heading(1, "Top", "top", 1),)
        stored.setdefault(hit.document_id, StoredDocument(hit.document_id, 1, hit.path, "c", "b", lines, heading))
    citations = check_citations(selection.passages, hits, stored)
    assert [citation.n for citation in citations] == list(range(1, len(citations) + 1))
    content = "".join(answer_pieces(citations, answered=selection.answered and bool(citations)))
    for citation in citations:
        document = stored[citation.passage.hit.document_id]
        assert document is not None
        span = document.lines[citation.passage.line_start - 1 : citation.passage.line_end]
        assert citation.passage.quote in "\n".join(span)
        assert f"[{citation.n}]" in content
