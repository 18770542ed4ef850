"""Mistyped words: which word was meant, and which words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.search.near_words import Vocabulary, distance
from documents.search.query import Query
from documents.search.spelling import completed, corrections

WORDS = Vocabulary({"retention": 3, "architecture": 9, "navigation": 2, "glossary": 1, "exigences": 1, "tree": 4})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("story", "story", 0),
        ("sotry", "story", 1),
        ("stroy", "story", 1),
        ("stry", "story", 1),
        ("storry", "story", 1),
        ("stary", "story", 1),
        ("starey", "story", 2),
        ("tosry", "story", 2),
        ("epic", "story", 3),
    ],
)
def test_mistakes_are_counted(one: str, other: str, expected: int) -> None:
    assert distance(one, other, 2) == expected


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_distances_are_symmetric_and_zero_for_equals_only(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)
    assert distance(one, other, 1) == min(distance(one, other, 9), 2)


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        (["retenton"], {"retenton": "retention"}),
        (["architetcure"], {"architetcure": "architecture"}),
        (["naviagtoin"], {"naviagtoin": "navigation"}),
        (["arhcitecutre"], {"arhcitecutre": "architecture"}),
        (["stroy"], {"stroy": "story"}),
        (["sotry3.2"], {"sotry": "story"}),
        (["rf12"], {"rf": "fr"}),
        (["epci"], {"epci": "epic"}),
        (["fr13"], {}),
        (["rf"], {}),
        (["free"], {}),
        (["tee"], {}),
        (["kubernetes"], {}),
        (["项目"], {}),
        (["retention"], {}),
    ],
)
def test_corrections(unknown: list[str], expected: dict[str, str]) -> None:
    assert corrections(unknown, WORDS) == expected


def test_the_more_frequent_word_was_meant() -> None:
    assert Vocabulary({"logging": 1, "lodging": 5}).nearest("lofging") == "lodging"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["retnet"], {"retnet": "retention"}),
        (["archti"], {"archti": "architecture"}),
        (["glosary", "arch"], {"glosary": "glossary"}),
        (["arch"], {}),
        (["xyzzy"], {}),
    ],
)
def test_the_last_word_may_be_half(typed: list[str], expected: dict[str, str]) -> None:
    assert completed(typed, WORDS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stroy 3.2", "story 3.2"),
        ("what does RF-12 say?", "what does fr-12 say?"),
        ("destroy it", "destroy it"),
    ],
)
def test_a_query_is_corrected_by_whole_words(text: str, expected: str) -> None:
    assert Query(text).corrected({"stroy": "story", "rf": "fr"}).text == expected
