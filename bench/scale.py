"""What hybrid search costs in large installations: time in the database by size of project, recall, sizes, builds.

    python -m bench.scale [--chunks 1000000] [--projects 200] [--folder DIR] [--buffers 64MB]

Fills a Postgres of its own with a synthetic corpus (`bench.corpus`), lets the worker's upkeep make what it makes, and
searches: alone, then while somebody writes as a sync does. With --folder, the filled database is kept and used again.

Times are of the repository's statements for one hybrid search, driver included; the time that Postgres itself was on a
processor stands beside it, as a busy machine makes the former meaningless. Cutting out the hits' lines counts, too.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.corpus import CHUNKS_OF_DOCUMENT, MODEL, Corpus, load
from bench.table import Row, percentile, print_table
from common.bootstrap import bootstrap
from common.database import Database
from common.migrations import upgrade
from common.postgres_server import PostgresServer
from documents.models import SCHEMA
from documents.search.nearest import Nearest, Vector, literal
from documents.search.query import Query
from documents.search.repository import CANDIDATES, Scope, SearchRepository
from documents.search.scope import view
from documents.search.upkeep import SearchUpkeep

_CLASSES = (
    (100_000, "100,000 chunks and more"),
    (25_000, "25,000 to 100,000"),
    (5_000, "5,000 to 25,000"),
    (0, "fewer"),
)
_PROJECTS_OF_CLASS, _QUERIES, _WARM_UP = 4, 40, 5
_GOALS = {25_000: "p95 ≤ 50 ms", 0: "p95 ≤ 10 ms"}
_HITS = 10
_WRITTEN_AT_ONCE = 60

_NEAREST = text("""
    SELECT v.chunk_id FROM chunk_vector v JOIN chunk c ON c.id = v.chunk_id
    WHERE v.project_id = :project AND v.model = :model AND NOT c.is_framework
    ORDER BY v.vector <=> CAST(CAST(:vector AS text) AS halfvec) LIMIT :limit
""")
_COUNTS = text("SELECT project_id, count(*) AS chunks FROM chunk GROUP BY project_id ORDER BY 2 DESC")
_SIZES = """
    SELECT (SELECT pg_total_relation_size('documents.chunk')), pg_relation_size('documents.ix_chunk_words'),
        pg_table_size('documents.chunk_vector'),
        (SELECT sum(pg_relation_size(oid))::bigint FROM pg_class WHERE relname LIKE 'near\\_%'),
        (SELECT count(*) FROM pg_class WHERE relname LIKE 'near\\_%'), pg_database_size(current_database())
"""


@dataclass(slots=True)
class Measured:
    """Searches of one class of projects: milliseconds by the clock and on a processor, and what they found."""

    clock: list[float] = field(default_factory=list[float])
    processor: list[float] = field(default_factory=list[float])
    nearest_wanted: int = 0
    nearest_found: int = 0
    short: int = 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--chunks", type=int, default=1_000_000)
    arguments.add_argument("--projects", type=int, default=200)
    arguments.add_argument("--folder", type=Path, help="keep the database here")
    arguments.add_argument("--buffers", default="64MB", help="Postgres' shared_buffers; the hub's own has 64MB")
    asyncio.run(run(arguments.parse_args()))


async def run(chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="bmadflow-scale-") as temporary:
        options = {"fsync": "off", "synchronous_commit": "off", "max_wal_size": "4GB", "shared_buffers": chosen.buffers}
        server = PostgresServer(chosen.folder or Path(temporary), options=options)
        await server.start()
        database = Database(server.url(f"bmadflow_{SCHEMA}", "bench", "bmadflow"), SCHEMA)
        try:
            corpus = Corpus()
            rows = await fill(server, database, corpus, chosen.chunks, chosen.projects)
            rows += await keep_up(server, database)
            rows += await measure(database, corpus, "alone")
            with writing(server):
                rows += await measure(database, corpus, "while somebody writes")
            print_table(rows)
        finally:
            await database.close()
            await server.stop()


def sizes(chunks: int, projects: int) -> list[int]:
    """Very unequal ones by a power law: of 1,000,000 chunks over 200 projects the first has 260,000, the last 450."""
    shares = np.arange(1, projects + 1) ** -1.2
    documents = chunks * shares / shares.sum() / CHUNKS_OF_DOCUMENT
    return [max(1, round(each)) * CHUNKS_OF_DOCUMENT for each in documents.tolist()]


async def fill(server: PostgresServer, database: Database, corpus: Corpus, chunks: int, projects: int) -> list[Row]:
    """Store the corpus unless it is there already."""
    if (server.data_dir / "filled").exists():
        return []
    await bootstrap(server.admin_dsn, "bmadflow", {SCHEMA: "bench"})
    await asyncio.to_thread(upgrade, SCHEMA, database.url)
    connection = await connect(server.admin_dsn)
    await corpus.read_lexemes(connection)
    await connection.execute("DROP INDEX documents.ix_chunk_words")
    began, first = time.perf_counter(), 1
    for project_id, count in enumerate(sizes(chunks, projects), 1):
        source = "INSERT INTO documents.source (id, project_id, name, repo_url, sequence) VALUES ($1, $1, '', '', 1)"
        await connection.execute(source, project_id)
        await load(connection, corpus, project_id, first, count)
        first += count
    rows = [Row("chunks stored", f"{first - 1:,} in {time.perf_counter() - began:.0f} s")]
    began = time.perf_counter()
    await connection.execute("SET maintenance_work_mem = '512MB'; SET ROLE bmadflow_documents")
    await connection.execute("CREATE INDEX ix_chunk_words ON documents.chunk USING gin (words) WITH (fastupdate = off)")
    rows.append(Row("index of words built in", f"{time.perf_counter() - began:.0f} s"))
    await connection.execute("RESET ROLE")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    (server.data_dir / "filled").touch()
    return rows


async def connect(dsn: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(dsn.replace("/postgres?", "/bmadflow?"))
    # No foreign keys are checked while rows are copied in.
    await connection.execute("SET session_replication_role = replica")
    return connection


async def keep_up(server: PostgresServer, database: Database) -> list[Row]:
    """What the worker does after a sync; sizes of what there is then."""
    began = time.perf_counter()
    await SearchUpkeep(database).run()
    seconds = time.perf_counter() - began
    connection = await connect(server.admin_dsn)
    sizes_of = await connection.fetchrow(_SIZES)
    assert sizes_of is not None
    chunks, words, vectors, near, count, total = sizes_of
    await connection.execute("VACUUM ANALYZE documents.chunk, documents.chunk_vector, documents.frequent_word")
    await connection.close()
    return [
        Row("words counted and vector indexes built in", f"{seconds:.0f} s"),
        Row("chunks with their indexes", megabytes(chunks)),
        Row("  of which the index of words", megabytes(words)),
        Row("vectors", megabytes(vectors)),
        Row(f"vector indexes ({count})", megabytes(near or 0)),
        Row("database", megabytes(total)),
    ]


async def measure(database: Database, corpus: Corpus, when: str) -> list[Row]:
    async with database.transaction() as session:
        counts = [(row.project_id, row.chunks) for row in await session.execute(_COUNTS)]
    random = np.random.default_rng(7)
    by_class: defaultdict[int, list[int]] = defaultdict(list)
    for project_id, chunks in counts:
        by_class[next(least for least, _ in _CLASSES if chunks >= least)].append(project_id)
    rows: list[Row] = []
    for least, name in _CLASSES:
        members = by_class[least]
        found = Measured()
        for project_id in random.permutation(members)[:_PROJECTS_OF_CLASS].tolist():
            await search(database, corpus, project_id, found)
        if members:
            goal = _GOALS[25_000 if least >= 25_000 else 0]
            rows += report(f"{when}, {name} ({len(members)} projects)", found, goal)
    return rows


async def search(database: Database, corpus: Corpus, project_id: int, found: Measured) -> None:
    """Ask one project for various things. The plan, the numbers and the answers of the exact search aren't timed."""
    random = np.random.default_rng(project_id)
    for number in range(_WARM_UP + _QUERIES):
        query, vector = question(corpus, random, project_id)
        async with database.transaction() as session:
            pid = (await session.scalars(text("SELECT pg_backend_pid()"))).one()
            spent, began = processor_time(pid), time.perf_counter()
            await hybrid(session, project_id, query, vector)
            clock, spent = time.perf_counter() - began, processor_time(pid) - spent
            if number >= _WARM_UP:
                found.clock.append(clock * 1000)
                found.processor.append(spent * 1000)
                await compare(session, project_id, vector, found)


def question(corpus: Corpus, random: np.random.Generator, project_id: int) -> tuple[Query, Vector]:
    """Frequent and rarer words in turn, each with some stop words; one in eight names a requirement or a story."""
    kind = int(random.integers(8))
    if kind == 0:
        return Query(f"FR{random.integers(400)}"), corpus.vectors(project_id, 1)[0]
    ranks = random.integers(0, 300, 2) if kind < 5 else random.integers(0, 3_000, 2)
    rarer = random.integers(300, 30_000, 0 if kind == 1 else 3)
    words = [corpus.vocabulary[int(rank)] for rank in [*ranks, *rarer]]
    return Query("what is the " + " of ".join(words)), corpus.vectors(project_id, 1)[0]


async def hybrid(session: AsyncSession, project_id: int, query: Query, vector: Vector) -> None:
    """The statements of one search, without the ranking in between."""
    repository = SearchRepository(session, Scope([project_id]))
    await repository.prepare()
    terms = await repository.list_terms(query.words)
    candidates = await repository.list_candidates(terms, query, {MODEL: vector}, by_words=True)
    await repository.list_passages([(each.chunk_id, each.line_start, each.line_end) for each in candidates[:_HITS]])


async def compare(session: AsyncSession, project_id: int, vector: Vector, found: Measured) -> None:
    """The nearest as the search finds them with those that an exact search finds."""
    values = {"project": project_id, "model": MODEL, "vector": literal(vector), "limit": CANDIDATES}
    exact = list(await session.scalars(_NEAREST, values))
    near = await Nearest(session, await view(session, Scope([project_id])), MODEL, vector, CANDIDATES).list_ids()
    found.nearest_wanted += len(exact[:_HITS])
    found.nearest_found += len(set(exact[:_HITS]) & set(near[:_HITS]))
    found.short += len(near) < len(exact)


def processor_time(pid: int) -> float:
    """Seconds that a process has been on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def report(what: str, found: Measured, goal: str) -> list[Row]:
    value = f"{percentile(found.clock, 0.5):.1f} / {percentile(found.clock, 0.95):.1f} ms"
    processor = f"{percentile(found.processor, 0.5):.1f} / {percentile(found.processor, 0.95):.1f} ms"
    return [
        Row(f"{what}, p50 / p95", value, goal),
        Row("  Postgres on a processor", processor),
        Row("  recall@10 of the nearest", f"{found.nearest_found / found.nearest_wanted:.4f}", "≥ 0.98"),
        Row("  searches with too few hits", f"{found.short}", "0"),
    ]


@contextmanager
def writing(server: PostgresServer) -> Generator[None]:
    """A sync of the largest project beside, in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=write, args=(server.admin_dsn,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def write(dsn: str) -> None:
    """Replace documents as fast as the bundled model embeds (150 chunks/s), until killed."""
    asyncio.run(_write(dsn))


async def _write(dsn: str) -> None:
    connection = await connect(dsn)
    corpus = Corpus()
    await corpus.read_lexemes(connection)
    last: int = await connection.fetchval("SELECT coalesce(max(id), 0) FROM documents.chunk") or 0
    first = -(-last // CHUNKS_OF_DOCUMENT) * CHUNKS_OF_DOCUMENT + 1
    while True:
        began = time.perf_counter()
        async with connection.transaction():
            await load(connection, corpus, 1, first, _WRITTEN_AT_ONCE)
            oldest = (first - 10 * _WRITTEN_AT_ONCE, first - 9 * _WRITTEN_AT_ONCE - 1)
            await connection.execute("DELETE FROM documents.chunk_vector WHERE chunk_id BETWEEN $1 AND $2", *oldest)
            await connection.execute("DELETE FROM documents.chunk WHERE id BETWEEN $1 AND $2", *oldest)
        first += _WRITTEN_AT_ONCE
        await asyncio.sleep(max(0.0, _WRITTEN_AT_ONCE / 150 - (time.perf_counter() - began)))


def megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


if __name__ == "__main__":
    main()
