"""Which index queries find the passages that are ranked by words."""

from documents.search.rungs import rungs
from documents.search.terms import Term


def term(word: str, frequency: int, weight: float) -> Term:
    return Term(word, f"'{word}'", frequency, weight)


def test_few_matches_are_found_by_one_query_of_the_four_rarest_words() -> None:
    terms = [term(word, 10, weight) for word, weight in zip("abcde", (1.0, 5.0, 4.0, 3.0, 2.0), strict=True)]
    assert rungs([*terms, term("nowhere", 0, 9.0)]) == ["('b') | ('c') | ('d') | ('e')"]


def test_of_many_matches_those_with_all_words_come_first_and_none_twice() -> None:
    terms = [term("often", 50_000, 1.0), term("rare", 40, 7.0), term("some", 4_000, 3.0), term("always", 90_000, 0.1)]
    assert rungs(terms) == [
        "('rare') & ('some') & ('often')",
        "('rare') & ('some') & !('often')",
        "('rare') & !('some') & ('often')",
        "('rare') & !('some') & !('often')",
        "!('rare') & ('some') & ('often')",
        "!('rare') & ('some') & !('often')",
        "!('rare') & !('some') & ('often')",
    ]


def test_without_a_word_that_occurs_there_is_no_query() -> None:
    assert rungs([]) == []
    assert rungs([term("nowhere", 0, 9.0)]) == []
