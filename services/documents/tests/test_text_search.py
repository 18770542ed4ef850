"""How text becomes words: folding, pairs of characters, identifiers, languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.text_search import fold, in_pairs, indexable, is_french, marked_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Été à l'Œuvre", "ete a l'œuvre"), ("한국어", "한국어"), ("ガイド", "ガイド"), ("ｶﾞｲﾄﾞ", "ガイド"), ("İ", "i")],
)
def test_accents_are_folded_and_letters_stay(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("项目管理", "项目 目管 管理"),
        ("猫", "猫"),
        ("fr12の要件", "fr12 の要 要件"),
        ("データ同期", "デー ータ タ同 同期"),
        ("문서 검색", "문서 검색"),
        ("문서를", "문서 서를"),
        ("plain words", "plain words"),
    ],
)
def test_chinese_japanese_and_korean_become_pairs(text: str, expected: str) -> None:
    assert in_pairs(text).split() == expected.split()


def test_identifiers_and_characters_are_added_at_the_end() -> None:
    assert indexable("FR-12 says").split("\n") == ["fr-12 says", "fr12 fr-12 fr 12"]
    assert indexable("管理").split("\n") == [" 管理 ", "管 理"]


@given(st.text(max_size=200))
def test_any_text_can_be_indexed(text: str) -> None:
    assert indexable(text).startswith(in_pairs(fold(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Les journaux sont conservés pendant trois mois, et les exigences sont dans le document.", True),
        ("The logs are kept for ninety days, and the requirements are in the document.", False),
        ("Le titre", False),
        ("", False),
        ("A page about the café and the résumé of les Halles, which is in Paris.", False),
    ],
)
def test_the_language_is_told_by_everyday_words(text: str, expected: bool) -> None:
    assert is_french(text) is expected


def test_pairs_that_touch_are_marked_as_one() -> None:
    assert marked_spans("项目管理和文档管理", ["项目", "目管", "管理", "logs"]) == [(0, 4), (7, 9)]
    assert marked_spans("黑猫", ["猫"]) == [(1, 2)]
    assert marked_spans("黑猫", []) == []
