"""What is read from a query's words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.search.query import MAX_WORDS, Identifier, Query
from documents.text_search import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FR12", [("fr", "12")]),
        ("what does nfr-3 require?", [("nfr", "3")]),
        ("Story 3.2", [("story", "3.2")]),
        ("gate of story 3-2 and Epic 4", [("story", "3-2"), ("epic", "4")]),
        ("AD-4 or PROD-001", [("ad", "4"), ("prod", "001")]),
        ("3.2", [("story", "3.2")]),
        ("3 connection errors within 5 minutes", []),
        ("how are logs kept?", []),
        ("", []),
    ],
)
def test_identifiers(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.label, each.number) for each in Query(text).identifiers] == expected


@pytest.mark.parametrize("text", ["FR12", "FR-12:", "**FR12:** x", "see fr 12.", "| FR_12 |"])
def test_a_pattern_finds_every_spelling(text: str) -> None:
    assert re.search(Identifier("fr", "12").pattern, fold(text))


@pytest.mark.parametrize("text", ["NFR12", "FR123", "FR1", "FR12.1", "FR-120"])
def test_a_pattern_finds_nothing_else(text: str) -> None:
    assert not re.search(Identifier("fr", "12").pattern, fold(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- **FR12:** Answers", True),
        ("| FR12 | Answers |", True),
        ('  - id: "FR12"', True),
        ("## FR-12 Answers", True),
        ("As FR12 says", False),
    ],
)
def test_a_definition_begins_its_line(text: str, expected: bool) -> None:
    assert bool(re.search(Identifier("fr", "12").definition, fold(f"before\n{text}"))) is expected


def test_artifact_ids_are_recognitions_own() -> None:
    assert Identifier("story", "3-2").artifact_id == "3.2"
    assert Identifier("epic", "4").artifact_id == "epic-4"
    assert Identifier("fr", "12").artifact_id is None


def test_words_are_folded_unique_and_bounded() -> None:
    assert Query("Été ÉTÉ été, logs!").words == ("ete", "logs")
    assert len(Query(" ".join(f"w{'x' * (n % 7)}{n}" for n in range(300))).words) == MAX_WORDS


def test_kinds_that_a_query_names() -> None:
    assert Query("Gate of the retrospective").kinds == {"qa_gate", "retrospective"}
    assert Query("gate of story 3.2").kinds == {"qa_gate"}


@pytest.mark.parametrize(
    ("text", "plain", "phrases", "excluded"),
    [
        ('keep "Application logs" -audit', "keep  Application logs", ("application logs",), ("audit",)),
        ("“ninety days” «trois mois»", "ninety days   trois mois", ("ninety days", "trois mois"), ()),
        ('logs -"audit trail" −archive', "logs", (), ("audit trail", "archive")),
        ("logs -FR-12", "logs", (), ("fr12",)),
        ('an inch is 1" long', 'an inch is 1" long', (), ()),
        ("real-time sync - fast -v -1 --force", "real-time sync - fast -v -1 --force", (), ()),
        ('"" "?!" logs', '?!  logs', (), ()),
        ('"项目管理"', "项目管理", ("项目 目管 管理",), ()),
        ("-logs", "", (), ("logs",)),
    ],
)  # fmt: skip
def test_operators(text: str, plain: str, phrases: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    query = Query(text)
    assert (query.plain, query.phrases, query.excluded) == (plain, phrases, excluded)


def test_words_of_scripts_without_spaces_are_pairs() -> None:
    assert Query("FR12の要件").words == ("fr12", "の要", "要件")


@pytest.mark.parametrize("text", ["FR 12", "fr 12", "BR 7"])
def test_a_space_may_stand_before_the_number(text: str) -> None:
    label, number = text.lower().split()
    assert Query(text).identifiers == (Identifier(label, number),)


@given(st.text(max_size=1000))
def test_any_text_is_a_query(text: str) -> None:
    query = Query(text)
    assert len(query.words) <= MAX_WORDS
    for identifier in query.identifiers:
        assert re.compile(identifier.definition)
