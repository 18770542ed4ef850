"""Retrieval quality: index a commit into a Postgres of its own, ask a question set, print the scores.

    python -m bench.retrieval --repo PATH --questions FILE.jsonl [--mode hybrid|semantic|keyword] [--each]

The folder of the questions must hold `score.py` with `load`, `line_offsets` and `Scorer`; the first line of the file
names the commit. Nothing is kept.
"""

import argparse
import asyncio
import importlib.util
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.table import Row, percentile, print_table
from common.bootstrap import bootstrap
from common.database import Database
from common.identity import Identity
from common.migrations import upgrade
from common.postgres_server import PostgresServer
from documents.chunking import chunk
from documents.embedding.process import EmbeddingProcess
from documents.models import SCHEMA, Source, SyncJob
from documents.parsing import FILE_TYPES, file_type_of, parse
from documents.search.reranking import Reranker
from documents.search.schemas import Mode, SearchHit, SearchRequest
from documents.search.service import Searcher
from documents.sync.jobs import Job
from documents.sync.progress import Progress
from documents.sync.rows import Prepared
from documents.sync.store import DocumentStore
from documents.sync.tree import Entry, Work

PROJECT, SOURCE = 1, 1
EVERYTHING = Identity(user_id="bench", name="Bench", is_admin=True, projects=None)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repo", type=Path, required=True, help="a git repository that has the commit, bare or not")
    arguments.add_argument("--questions", type=Path, required=True)
    arguments.add_argument("--mode", choices=["hybrid", "semantic", "keyword"], help="one mode alone")
    arguments.add_argument("--reranked", type=int, default=20, help="passages that are read once more (0 for none)")
    arguments.add_argument("--each", action="store_true", help="print each question's rank and score, too")
    asyncio.run(run(arguments.parse_args()))


async def run(chosen: argparse.Namespace) -> None:
    scoring = load_scoring(chosen.questions.parent)
    about, questions = scoring.load(chosen.questions)
    texts: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bmadflow-retrieval-") as folder:
        server = PostgresServer(Path(folder), options={"fsync": "off", "synchronous_commit": "off"})
        await server.start()
        try:
            async with EmbeddingProcess() as embedder:
                database = await new_database(server)
                rows = await index(database, embedder, chosen.repo, about["commit"], texts)
                modes: list[Mode] = [chosen.mode] if chosen.mode else ["hybrid", "keyword", "semantic"]
                # An answer may also stand in a file that is no document; that one is never found.
                scorer = scoring.Scorer(questions, defaultdict(str, texts).__getitem__)
                searcher = Searcher(database, embedder, reranker=Reranker(embedder, chosen.reranked))
                for mode in modes:
                    rows += await ask(searcher, scoring, scorer, texts, mode, each=chosen.each)
                await database.close()
        finally:
            await server.stop()
    print_table(rows)


def load_scoring(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


async def new_database(server: PostgresServer) -> Database:
    await bootstrap(server.admin_dsn, "bmadflow", {SCHEMA: "bench"})
    url = server.url(f"bmadflow_{SCHEMA}", "bench", "bmadflow")
    await asyncio.to_thread(upgrade, SCHEMA, url)
    return Database(url, SCHEMA)


def files_of(repo: Path, commit: str) -> Iterator[tuple[Entry, bytes]]:
    """The commit's documents with their bytes."""
    for record in git(repo, "ls-tree", "-rz", "--long", commit).split(b"\0")[:-1]:
        meta, path = record.split(b"\t", 1)
        _, kind, blob_sha, size = meta.split()
        if kind == b"blob" and file_type_of(path.decode()) in FILE_TYPES:
            yield Entry(path.decode(), blob_sha.decode(), int(size)), git(repo, "cat-file", "blob", blob_sha.decode())


def git(repo: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repo), *arguments], check=True, capture_output=True).stdout


async def index(
    database: Database, embedder: EmbeddingProcess, repo: Path, commit: str, texts: dict[str, str]
) -> list[Row]:
    """Parse, cut, embed and store as a sync does. Fills `texts` by path."""
    began = time.perf_counter()
    batch: list[Prepared] = []
    for entry, data in files_of(repo, commit):
        document = parse(entry.path, data)
        texts[entry.path] = document.text
        batch.append(Prepared(Work(entry), document, chunk(document, embedder.tokenizer)))
    new = {each.content_hash: each.embedded_text for prepared in batch for each in prepared.chunks}
    vectors = dict(zip(new, await embedder.embed(list(new.values())), strict=True))
    for prepared in batch:
        prepared.vectors = vectors
    store = DocumentStore(database, await running_job(database), embedder.model)
    for at in range(0, len(batch), 25):
        await store.save(batch[at : at + 25], commit, Progress(), publishes=False)
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.exec_driver_sql("VACUUM ANALYZE documents.chunk, documents.chunk_vector, documents.document")
    seconds = time.perf_counter() - began
    return [Row("documents", f"{len(batch)}"), Row("passages", f"{len(new)}"), Row("indexed in", f"{seconds:.0f} s")]


async def running_job(database: Database) -> Job:
    now = datetime.now(UTC)
    origin = {"name": "bench", "repo_url": "bench", "branch": None, "docs_path": None, "sequence": 1}
    times = {"requested_at": now, "started_at": now, "lease_until": now, "finished_at": None}
    rest = {"cancel_requested_at": None, "error_code": None, "error_detail": None}
    async with database.transaction() as session:
        session.add(Source(id=SOURCE, project_id=PROJECT, **origin, commit_sha=None, synced_at=None))
        job = SyncJob(id=uuid.uuid4(), project_id=PROJECT, source_id=SOURCE, state="running", fence=1, **times, **rest)
        session.add(job)
    return Job(job.id, PROJECT, SOURCE, 1, 1, now)


async def ask(
    searcher: Searcher, scoring: ModuleType, scorer: Any, texts: dict[str, str], mode: Mode, *, each: bool
) -> list[Row]:
    """Ask all questions in one mode; rows of the scores."""
    results: dict[str, list[tuple[str, int, int]]] = {}
    scores: dict[str, float] = {}
    times: list[float] = []
    for question in scorer.questions:
        answer = await searcher.search(EVERYTHING, SearchRequest(query=question["question"], mode=mode), PROJECT)
        results[question["id"]] = [passage(scoring, texts, hit) for hit in answer.results]
        scores[question["id"]] = answer.results[0].score if answer.results else 0.0
        times.append(answer.took_ms)
        if each:
            found = scorer.rank(question, results[question["id"]])
            print(mode, question["id"], question["type"], found, scores[question["id"]], question["question"])
    report: dict[str, Any] = scorer.report(results, scores)
    rows = [Row(f"{mode}, {kind}", figures(values)) for kind, values in report.items() if isinstance(values, dict)]
    return [
        *rows,
        Row(f"{mode}, AUC of the top score", f"{report['auc']:.2f}"),
        Row(f"{mode}, characters in the first 5", f"{report['chars@5']:.0f}"),
        Row(f"{mode}, p50 / p95", f"{percentile(times, 0.5):.0f} / {percentile(times, 0.95):.0f} ms"),
    ]


def figures(values: dict[str, float]) -> str:
    names = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
    return "  ".join(f"{name} {values[name]:.2f}" for name in names) + f"  n={values['n']:<3}"


def passage(scoring: ModuleType, texts: dict[str, str], hit: SearchHit) -> tuple[str, int, int]:
    """A hit as characters of its file; its text must be those lines."""
    start = int(scoring.line_offsets(texts[hit.path])[hit.line_start - 1])
    assert texts[hit.path][start : start + len(hit.text)] == hit.text, f"{hit.path}:{hit.line_start}"
    return hit.path, start, start + len(hit.text)


if __name__ == "__main__":
    main()
