"""Cutting and searching on a public benchmark: how much of the passages that answer a question is returned.

    python -m bench.chunking_benchmark --corpora PATH [--only control|product] [--each FILE]

PATH is a checkout of brandonstarxel/chunking_evaluation, or its folder with `questions_df.csv` and `corpora/`.
Scored as there, over characters: recall is the share of the reference spans that the five returned passages hold,
precision the share of the returned text that is reference, IoU the reference text returned over all that was returned
or missed. Tokens are word pieces of the bundled model (on these texts 0.97 of cl100k's, which that repository counts
in). The control is its recursive splitter of 200 tokens without overlap, found by vectors alone. Nothing is kept.
"""

import argparse
import asyncio
import csv
import json
import math
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from bench.retrieval import EVERYTHING, PROJECT, index, new_database
from bench.table import Row, percentile, print_table
from common.postgres_server import PostgresServer
from documents.embedding.process import EmbeddingProcess
from documents.embedding.tokenizer import Tokenizer
from documents.search.reranking import Reranker
from documents.search.schemas import Mode, SearchHit, SearchRequest
from documents.search.service import Searcher

PASSAGES = 5
CONTROL_SIZE = 194
"""Word pieces; 200 of cl100k's tokens."""
_SEPARATORS = ("\n\n", "\n", ".", "?", "!", " ", "")
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@localhost")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the spans, in characters of one corpus, that answer it."""

    text: str
    corpus: str
    references: list[Span]


@dataclass(frozen=True, slots=True)
class Returned:
    """A passage of a corpus, in characters."""

    corpus: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Score:
    """Of one question; tokens of all passages together."""

    recall: float
    precision: float
    iou: float
    tokens: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpora", type=Path, required=True, help="a checkout of the benchmark")
    arguments.add_argument("--only", choices=["control", "product"], help="one part alone")
    arguments.add_argument("--each", type=Path, help="file for each question's figures, as CSV")
    asyncio.run(run(arguments.parse_args()))


async def run(chosen: argparse.Namespace) -> None:
    folder = next(path.parent for path in sorted(chosen.corpora.rglob("questions_df.csv")))
    corpora = {path.stem: path.read_text("utf-8") for path in sorted((folder / "corpora").glob("*.md"))}
    questions = load_questions(folder / "questions_df.csv")
    rows = [Row("questions", f"{len(questions)}")]
    scores: dict[str, list[Score]] = {}
    async with EmbeddingProcess() as embedder:
        if chosen.only != "product":
            scores["control"] = await control(embedder, corpora, questions)
            rows += figures("recursive 200/0, vectors alone", questions, scores["control"])
        if chosen.only != "control":
            rows += await product(embedder, folder / "corpora", corpora, questions, scores)
    if chosen.each:
        write_each(chosen.each, questions, scores)
    print_table(rows)


def load_questions(path: Path) -> list[Question]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return [_question(row) for row in csv.DictReader(file)]


def _question(row: Mapping[str, str]) -> Question:
    references = [(int(each["start_index"]), int(each["end_index"])) for each in json.loads(row["references"])]
    return Question(row["question"], row["corpus_id"], references)


async def control(embedder: EmbeddingProcess, corpora: Mapping[str, str], questions: Sequence[Question]) -> list[Score]:
    splitter = RecursiveSplitter(embedder.tokenizer, CONTROL_SIZE)
    pieces: list[Returned] = []
    texts: list[str] = []
    for name, text in corpora.items():
        for piece in splitter.split(text):
            # As there: the first place of the text, without its last full stop; repeated texts stay repeated.
            start = text.index(piece.removesuffix("."))
            pieces.append(Returned(name, start, start + len(piece.removesuffix("."))))
            texts.append(piece)
    vectors = await embedder.embed(texts)
    asked = await embedder.embed([question.text for question in questions])
    best = np.argsort(-(asked @ vectors.T), axis=1)[:, :PASSAGES]
    return [
        score(question, [pieces[at] for at in order], corpora, embedder.tokenizer)
        for question, order in zip(questions, best.tolist(), strict=True)
    ]


class RecursiveSplitter:
    """Cuts at the coarsest separator there is, what is too long at the next finer one; fills pieces from the left."""

    def __init__(self, tokenizer: Tokenizer, size: int) -> None:
        self._tokenizer = tokenizer
        self._size = size

    def split(self, text: str, separators: Sequence[str] = _SEPARATORS) -> Iterator[str]:
        at = next(at for at, each in enumerate(separators) if each in text)
        parts = _parts(text, separators[at])
        gathered: list[tuple[str, int]] = []
        for part, cost in zip(parts, self._tokenizer.count(parts), strict=True):
            if cost < self._size:
                gathered.append((part, cost))
                continue
            yield from self._filled(gathered)
            gathered = []
            yield from self.split(part, separators[at + 1 :]) if separators[at + 1 :] else (part,)
        yield from self._filled(gathered)

    def _filled(self, parts: Sequence[tuple[str, int]]) -> Iterator[str]:
        piece, total = "", 0
        for part, cost in parts:
            if piece and total + cost > self._size:
                yield from filter(None, (piece.strip(),))
                piece, total = "", 0
            piece, total = piece + part, total + cost
        yield from filter(None, (piece.strip(),))


def _parts(text: str, separator: str) -> list[str]:
    """The text cut before each separator."""
    if not separator:
        return list(text)
    first, *others = text.split(separator)
    return [part for part in (first, *(separator + other for other in others)) if part]


async def product(
    embedder: EmbeddingProcess,
    folder: Path,
    corpora: Mapping[str, str],
    questions: Sequence[Question],
    scores: dict[str, list[Score]],
) -> list[Row]:
    """Rows of a sync and of every mode's search; fills `scores` by mode."""
    with tempfile.TemporaryDirectory(prefix="bmadflow-chunking-") as name:
        repo, commit = committed(folder, Path(name) / "repo")
        server = PostgresServer(Path(name) / "postgres", options={"fsync": "off", "synchronous_commit": "off"})
        await server.start()
        try:
            database = await new_database(server)
            texts: dict[str, str] = {}
            rows = await index(database, embedder, repo, commit, texts)
            assert {path.removesuffix(".md"): text for path, text in texts.items()} == corpora
            modes: list[Mode] = ["hybrid", "keyword", "semantic"]
            for mode in modes:
                searcher = Searcher(database, embedder, reranker=Reranker(embedder, 20))
                scores[mode], times = await ask(searcher, corpora, questions, mode, embedder)
                rows += figures(f"product, {mode}", questions, scores[mode])
                median, slow = percentile(times, 0.5), percentile(times, 0.95)
                rows.append(Row(f"product, {mode}, p50 / p95", f"{median:.0f} / {slow:.0f} ms"))
            await database.close()
        finally:
            await server.stop()
    return rows


def committed(folder: Path, repo: Path) -> tuple[Path, str]:
    """The corpora as a git repository, so that they are read, cut and stored as a project's files are."""
    subprocess.run([*_GIT, "init", "-q", str(repo)], check=True)
    for path in sorted(folder.glob("*.md")):
        (repo / path.name).write_bytes(path.read_bytes())
    subprocess.run([*_GIT, "-C", str(repo), "add", "."], check=True)
    subprocess.run([*_GIT, "-C", str(repo), "commit", "-q", "-m", "corpora"], check=True)
    return repo, "HEAD"


async def ask(
    searcher: Searcher,
    corpora: Mapping[str, str],
    questions: Sequence[Question],
    mode: Mode,
    embedder: EmbeddingProcess,
) -> tuple[list[Score], list[float]]:
    """A score and milliseconds for each question."""
    scores: list[Score] = []
    times: list[float] = []
    for question in questions:
        request = SearchRequest(query=question.text, mode=mode, limit=PASSAGES)
        answer = await searcher.search(EVERYTHING, request, PROJECT)
        passages = [returned(corpora, hit) for hit in answer.results]
        scores.append(score(question, passages, corpora, embedder.tokenizer))
        times.append(answer.took_ms)
    return scores, times


def returned(corpora: Mapping[str, str], hit: SearchHit) -> Returned:
    """A hit as characters of its corpus: exactly the text that it returns, in the lines that it names."""
    corpus = hit.path.removesuffix(".md")
    text = corpora[corpus]
    first_line = sum(len(line) + 1 for line in text.split("\n")[: hit.line_start - 1])
    start = text.index(hit.text, first_line)
    return Returned(corpus, start, start + len(hit.text))


def score(question: Question, passages: Sequence[Returned], corpora: Mapping[str, str], tokenizer: Tokenizer) -> Score:
    mine = _union([(each.start, each.end) for each in passages if each.corpus == question.corpus])
    references = _union(question.references)
    found = sum(max(0, min(end, to) - max(start, begin)) for start, end in mine for begin, to in references)
    characters = sum(each.end - each.start for each in passages)
    missed = _length(references) - found
    return Score(
        recall=found / _length(question.references),
        precision=found / characters if characters else 0.0,
        iou=found / (characters + missed),
        tokens=sum(tokenizer.count([corpora[each.corpus][each.start : each.end] for each in passages])),
    )


def _union(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def figures(name: str, questions: Sequence[Question], scores: Sequence[Score]) -> list[Row]:
    """Means over all questions (recall with its standard error), and recall of each corpus."""
    recalls = [each.recall * 100 for each in scores]
    error = stdev(recalls) / math.sqrt(len(recalls))
    precision, iou = (fmean(values) * 100 for values in ([e.precision for e in scores], [e.iou for e in scores]))
    tokens = [each.tokens for each in scores]
    total = f"recall {fmean(recalls):.1f} ± {error:.1f}  precision {precision:.1f}  IoU {iou:.1f}"
    by_corpus: dict[str, list[float]] = {}
    for question, recall in zip(questions, recalls, strict=True):
        by_corpus.setdefault(question.corpus, []).append(recall)
    parts = "  ".join(f"{corpus} {fmean(values):.1f}" for corpus, values in sorted(by_corpus.items()))
    return [
        Row(name, f"{total}  tokens {fmean(tokens):.0f}, at most {max(tokens)}"),
        Row(f"{name}, recall by corpus", parts),
    ]


def write_each(path: Path, questions: Sequence[Question], scores: Mapping[str, Sequence[Score]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["way", "corpus", "recall", "precision", "iou", "tokens", "question"])
        for way, each in scores.items():
            for question, s in zip(questions, each, strict=True):
                figures = (f"{s.recall:.4f}", f"{s.precision:.4f}", f"{s.iou:.4f}", s.tokens)
                writer.writerow([way, question.corpus, *figures, question.text])


if __name__ == "__main__":
    main()
