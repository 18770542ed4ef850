"""What a second reading of the best passages changes, and when there is none."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from documents.embedding import EmbeddingUnavailable
from documents.embedding.base import Vectors
from documents.embedding.process import EmbeddingProcess
from documents.search.query import Query
from documents.search.ranking import Ranked
from documents.search.repository import Candidate, Term
from documents.search.reranking import Reranker
from documents.search.twins import Distinct

QUESTION = Query("Which ships are turned away?")
TERMS = [Term(word, f"'{word}'", 3, 5.0) for word in ("ships", "turned", "away")]


def found(*texts: str) -> list[Distinct]:
    """Passages in this order, each a little worse than the one before."""
    blank = Candidate(0, 1, 0, ["Rules"], 1, 2, "", "", "doc", "docs/rules.md", "Rules", None, [], 0.4)
    return [
        Distinct(Ranked(replace(blank, chunk_id=index, text=text), 0.5 - index / 100))
        for index, text in enumerate(texts)
    ]


def texts(passages: Sequence[Distinct]) -> list[str]:
    return [each.ranked.candidate.text for each in passages]


class Told:
    """A reader that says what it was told, once it may."""

    def __init__(self, *likenesses: float) -> None:
        self._likenesses = likenesses
        self.read: list[list[str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def compare(self, query: str, passages: Sequence[str]) -> Vectors:
        self.read.append(list(passages))
        await self.may_answer.wait()
        if not self._likenesses:
            raise EmbeddingUnavailable("The weights are missing.")
        return np.array(self._likenesses, dtype=np.float32)


async def test_a_passage_that_says_it_in_other_words_comes_first(embedder: EmbeddingProcess) -> None:
    passages = found("The quay is painted in spring, before the season.", "Vessels that are too long get no berth.")
    assert texts(await Reranker(embedder, 20).rerank(QUESTION, TERMS, passages))[0].startswith("Vessels")


async def test_only_the_first_are_read_and_stay_before_the_others() -> None:
    reader = Told(0.1, 0.3)
    best = await Reranker(reader, 2).rerank(QUESTION, TERMS, found("a", "b", "c", "d"))
    assert texts(best) == ["b", "a", "c", "d"]
    evidence = [each.ranked.evidence for each in best]
    assert evidence == sorted(evidence, reverse=True)
    assert reader.read == [["Rules\na", "Rules\nb"]]


async def test_headings_are_read_once() -> None:
    reader = Told(0.1, 0.3)
    await Reranker(reader, 2).rerank(QUESTION, TERMS, found("## Rules\n\nNone.", "# Rules"))
    assert reader.read == [["Rules\nNone.", "Rules"]]


@pytest.mark.parametrize(("terms", "passages"), [(TERMS[:2], ["a", "b"]), (TERMS, ["a"]), (TERMS, [])])
async def test_nothing_is_read_for_a_look_up_or_without_a_choice(terms: list[Term], passages: list[str]) -> None:
    reader = Told()
    assert texts(await Reranker(reader, 20).rerank(QUESTION, terms, found(*passages))) == passages
    assert reader.read == []


async def test_a_reader_that_fails_leaves_the_order() -> None:
    assert texts(await Reranker(Told(), 20).rerank(QUESTION, TERMS, found("a", "b"))) == ["a", "b"]


async def test_a_fifth_search_at_once_isnt_kept_waiting() -> None:
    reader = Told(0.1, 0.3)
    reader.may_answer.clear()
    reranker = Reranker(reader, 20)
    waiting = [asyncio.create_task(reranker.rerank(QUESTION, TERMS, found("a", "b"))) for _ in range(4)]
    await asyncio.sleep(0)
    assert texts(await reranker.rerank(QUESTION, TERMS, found("a", "b"))) == ["a", "b"]
    reader.may_answer.set()
    assert [texts(each) for each in await asyncio.gather(*waiting)] == [["b", "a"]] * 4
    assert texts(await reranker.rerank(QUESTION, TERMS, found("a", "b"))) == ["b", "a"]
