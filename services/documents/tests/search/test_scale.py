"""What makes searches fast in large projects: counts, markers and vector indexes, each against the plain truth."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import numpy as np
import pytest_asyncio
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.migrations import alembic_config, upgrade
from common.testing.plugin import NewDatabase
from documents.models import SCHEMA
from documents.search.nearest import Nearest, Vector, literal
from documents.search.query import Query
from documents.search.repository import Scope, SearchRepository
from documents.search.scope import view
from documents.search.upkeep import SearchUpkeep
from documents.search.vector_index import Sizes
from services.documents.tests.conftest import migrated

MODEL, DIMENSIONS = "some/model's", 16
LARGE, MIDDLE, SMALL = 1, 2, 3
COUNTS = {LARGE: 900, MIDDLE: 400, SMALL: 60}
SIZES = Sizes(most_exact=500, too_slow=5_000)

_ADD_SOURCE = text("INSERT INTO source (id, project_id, name, repo_url, sequence) VALUES (:p, :p, 'a', 'b', 1)")
_ADD_DOCUMENTS = text("""
    INSERT INTO document (project_id, source_id, path, title, file_type, size_bytes, kind, artifact_id, is_framework,
        is_failed, blob_sha, commit_sha, parser_version, content, html, toc, warnings)
    SELECT :p, :p, 'docs/' || n || '.md', 'T', 'md', 1, CASE WHEN n % 10 = 0 THEN 'story' ELSE 'other' END, NULL,
        n % 4 = 1, false, 'b', 'c', 1, 'text', '', '[]', '{}'
    FROM generate_series(1, :count) n
""")
# One chunk a document. Every chunk has "common", every third one "third"; few have "rare".
_ADD_CHUNKS = text("""
    INSERT INTO chunk (project_id, source_id, document_id, position, section_position, heading_path, char_start,
        char_end, line_start, line_end, text, content_hash, kind, is_framework, words)
    SELECT project_id, source_id, d.id, 0, 0, '{}', 0, 1, 1, 1, 'text', d.id, kind, is_framework,
        array_to_tsvector(ARRAY['@p' || project_id, '@s' || source_id, '@k' || kind])
        || to_tsvector('simple', 'common' || CASE WHEN n % 3 = 0 THEN ' third' ELSE '' END
            || CASE WHEN n % 200 = 7 THEN ' rare' ELSE '' END)
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM document WHERE project_id = :p) d
""")
_CHUNKS = text("SELECT id FROM chunk WHERE project_id = :p ORDER BY id")
_ADD_VECTOR = text("""
    INSERT INTO chunk_vector (chunk_id, project_id, model, content_hash, vector)
    VALUES (:id, :p, :model, 'h', CAST(CAST(:vector AS real[]) AS halfvec))
""")
_INDEXES = text("""
    SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname LIKE 'near%' ORDER BY 1
""")
_SCANS = text("SELECT sum(pg_stat_get_xact_numscans(c.oid)) FROM pg_class c WHERE c.relname LIKE 'near%'")
_EXACT = text("""
    SELECT v.chunk_id FROM chunk_vector v JOIN chunk c ON c.id = v.chunk_id
    WHERE v.model = :model AND v.project_id = ANY(:projects) AND NOT c.is_framework
    ORDER BY v.vector <=> CAST(CAST(:vector AS text) AS halfvec) LIMIT :limit
""")


@pytest_asyncio.fixture
async def database(new_database: NewDatabase) -> AsyncGenerator[Database]:
    async with migrated(new_database) as (_, opened):
        for project_id, count in COUNTS.items():
            await add_project(opened, project_id, count)
        yield opened


async def add_project(
    database: Database, project_id: int, count: int, model: str = MODEL, dimensions: int = DIMENSIONS
) -> None:
    vectors = np.random.default_rng(project_id).standard_normal((count, dimensions))
    async with database.transaction() as session:
        await session.execute(_ADD_SOURCE, {"p": project_id})
        await session.execute(_ADD_DOCUMENTS, {"p": project_id, "count": count})
        await session.execute(_ADD_CHUNKS, {"p": project_id})
        ids = (await session.scalars(_CHUNKS, {"p": project_id})).all()
        rows = [
            {"id": chunk_id, "p": project_id, "model": model, "vector": vector.tolist()}
            for chunk_id, vector in zip(ids, vectors, strict=True)
        ]
        await session.execute(_ADD_VECTOR, rows)


async def keep_up(database: Database, sizes: Sizes = SIZES) -> list[tuple[int, bool]]:
    """Run the upkeep; the projects that have indexes now, with whether each can be used."""
    await SearchUpkeep(database, sizes).run()
    return await indexes(database)


async def indexes(database: Database) -> list[tuple[int, bool]]:
    async with database.transaction() as session:
        return [(int(name.split("_")[1]), is_valid) for name, is_valid in await session.execute(_INDEXES)]


def a_vector(seed: int = 99) -> Vector:
    return np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)


async def found(session: AsyncSession, scope: Scope, vector: Vector, limit: int = 10) -> list[int]:
    return await Nearest(session, await view(session, scope), MODEL, vector, limit).list_ids()


async def exact(session: AsyncSession, projects: list[int], vector: Vector, limit: int = 10) -> list[int]:
    values = {"model": MODEL, "projects": projects, "vector": literal(vector), "limit": limit}
    return list(await session.scalars(_EXACT, values))


async def execute(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_only_a_large_project_gets_an_index_and_searches_use_it(database: Database) -> None:
    assert await keep_up(database) == [(LARGE, True)]
    async with database.transaction() as session:
        hits = 0
        for seed in range(30):
            nearest = await found(session, Scope([LARGE]), a_vector(seed))
            hits += len(set(nearest) & set(await exact(session, [LARGE], a_vector(seed))))
        assert await session.scalar(_SCANS) >= 30
        assert hits >= 0.98 * 300


async def test_without_an_index_the_search_is_exact(database: Database) -> None:
    await keep_up(database)
    async with database.transaction() as session:
        assert await found(session, Scope([MIDDLE]), a_vector()) == await exact(session, [MIDDLE], a_vector())
        assert await session.scalar(_SCANS) == 0


async def test_several_projects_are_searched_together_whichever_have_indexes(database: Database) -> None:
    await keep_up(database, Sizes(most_exact=300, too_slow=5_000))
    async with database.transaction() as session:
        for projects in ([LARGE, SMALL], [LARGE, MIDDLE, SMALL], [SMALL, MIDDLE]):
            nearest = await found(session, Scope(projects), a_vector(), 20)
            assert len(set(nearest) & set(await exact(session, projects, a_vector(), 20))) >= 19
        assert set(await found(session, Scope(None), a_vector())) == set(
            await found(session, Scope([LARGE, MIDDLE, SMALL]), a_vector())
        )
        assert await found(session, Scope([]), a_vector()) == []


async def test_there_are_never_fewer_than_asked_for_where_they_exist(database: Database) -> None:
    await execute(database, f"UPDATE chunk SET is_framework = true WHERE project_id = {LARGE} AND id % 9 <> 0")
    await keep_up(database)
    async with database.transaction() as session:
        everything = await exact(session, [LARGE], a_vector(), 1000)
        assert len(everything) == 75
        assert set(await found(session, Scope([LARGE]), a_vector(), 1000)) == set(everything)
        assert len(await found(session, Scope([LARGE]), a_vector(), 60)) == 60
        stories = await found(session, Scope([LARGE], kinds=["story"], include_framework=True), a_vector(), 200)
        assert len(stories) == 90
        one = await found(session, Scope([LARGE], path_prefix="docs/899", include_framework=True), a_vector())
        assert len(one) == 1


async def test_vectors_of_other_models_are_left_out(database: Database) -> None:
    await add_project(database, 4, 600, model="another", dimensions=8)
    assert await keep_up(database) == [(LARGE, True), (4, True)]
    async with database.transaction() as session:
        assert await found(session, Scope([4]), a_vector()) == []
        assert set(await found(session, Scope(None), a_vector())) == set(
            await found(session, Scope([LARGE, MIDDLE, SMALL]), a_vector())
        )


async def test_what_a_killed_build_left_is_made_anew(database: Database) -> None:
    async def is_begun() -> bool:
        return await indexes(database) == [(LARGE, False)]

    async with database.engine.connect() as other:
        await other.execute(text("UPDATE chunk_vector SET content_hash = 'x' WHERE project_id = 3"))
        build = asyncio.create_task(SearchUpkeep(database, SIZES).run())  # waits for the other's transaction
        await until(is_begun)
        async with database.transaction() as session:
            # Meanwhile nobody uses it, and a second worker leaves it alone.
            assert await found(session, Scope([LARGE]), a_vector()) == await exact(session, [LARGE], a_vector())
        await SearchUpkeep(database, SIZES).run()
        assert await is_begun()
        build.cancel()
        await asyncio.gather(build, return_exceptions=True)
        await other.rollback()
    assert await is_begun()

    async def is_made() -> bool:
        return await keep_up(database) == [(LARGE, True)]

    await until(is_made)  # as soon as the server has noticed that the former is gone


async def test_an_index_goes_when_its_project_shrinks_under_half_or_is_gone(database: Database) -> None:
    await keep_up(database)
    await execute(database, f"DELETE FROM document WHERE project_id = {LARGE} AND id % 2 = 0")
    assert await keep_up(database) == [(LARGE, True)]
    await execute(database, f"DELETE FROM document WHERE project_id = {LARGE} AND id % 4 = 1")
    assert await keep_up(database) == []


async def test_an_index_waits_for_the_end_of_a_sync_unless_the_project_is_huge(database: Database) -> None:
    await execute(
        database,
        "INSERT INTO sync_job (id, project_id, source_id, state, requested_at)"
        f" VALUES (gen_random_uuid(), {LARGE}, {LARGE}, 'running', now())",
    )
    upkeep = SearchUpkeep(database, SIZES)
    await upkeep.run()
    assert await indexes(database) == []
    await execute(database, "UPDATE sync_job SET state = 'succeeded'")
    await upkeep.run()
    assert await indexes(database) == [(LARGE, True)]
    await execute(database, "UPDATE sync_job SET state = 'running'")
    assert await keep_up(database, Sizes(most_exact=300, too_slow=350)) == [(LARGE, True), (MIDDLE, True)]


async def test_frequent_words_are_known_and_others_are_counted(database: Database) -> None:
    async def terms(scope: Scope) -> dict[str, tuple[int, float]]:
        async with database.transaction() as session:
            searching = SearchRepository(session, scope)
            await searching.prepare()
            listed = await searching.list_terms(["common", "third", "rare", "nowhere"])
            return {term.word: (term.frequency, term.weight) for term in listed}

    counted = await terms(Scope([LARGE]))
    await keep_up(database)
    async with database.transaction() as session:
        known = (await session.execute(text("SELECT * FROM frequent_word ORDER BY project_id, lexeme"))).all()
    assert [tuple(each) for each in known] == [
        (LARGE, "common", 675),
        (LARGE, "third", 225),
        (MIDDLE, "common", 300),
        (MIDDLE, "third", 100),
    ]
    assert await terms(Scope([LARGE])) == counted
    assert {word: frequency for word, (frequency, _) in counted.items()} == {
        "common": 675,
        "third": 225,
        "rare": 5,
        "nowhere": 0,
    }
    stories = await terms(Scope([LARGE], kinds=["story"]))
    assert 0 < stories["common"][0] < 100
    assert (await terms(Scope([SMALL], path_prefix="docs/1.")))["rare"][0] == 0


async def test_words_are_counted_anew_when_a_tenth_has_changed(database: Database) -> None:
    await keep_up(database)
    await execute(database, f"DELETE FROM document WHERE project_id = {LARGE} AND id % 30 = 0")
    await keep_up(database)
    common = text(f"SELECT chunks FROM frequent_word WHERE project_id = {LARGE} AND lexeme = 'common'")
    async with database.transaction() as session:
        assert await session.scalar(common) == 675
    await execute(database, f"DELETE FROM document WHERE project_id = {LARGE} AND id % 4 = 0")
    await execute(database, f"DELETE FROM document WHERE project_id = {MIDDLE}")
    await keep_up(database)
    async with database.transaction() as session:
        assert await session.scalar(common) < 600
        remaining = await session.scalars(text("SELECT project_id FROM project_statistics ORDER BY 1"))
        assert remaining.all() == [LARGE, SMALL]
        assert await session.scalar(text(f"SELECT count(*) FROM frequent_word WHERE project_id = {MIDDLE}")) == 0


async def test_candidates_are_as_many_as_there_are_however_frequent_the_words(database: Database) -> None:
    await keep_up(database)
    async with database.transaction() as session:
        searching = SearchRepository(session, Scope([LARGE]))
        await searching.prepare()
        for words, best in ((["common", "third", "rare"], 1), (["common"], 100), (["nowhere"], 0)):
            terms = await searching.list_terms(words)
            candidates = await searching.list_candidates(terms, Query(" ".join(words)), {}, by_words=True)
            assert len(candidates) >= best
            if len(words) > 1:
                complete = [each for each in candidates if all(each.ranks)]
                assert len(complete) == 2


async def test_rows_of_before_are_marked_by_the_migration(new_database: NewDatabase) -> None:
    url = (await new_database()).url(SCHEMA)
    await asyncio.to_thread(command.upgrade, alembic_config(SCHEMA, url), "0004")
    database = Database(url, SCHEMA)
    await add_project(database, 7, 10, dimensions=384)
    await execute(database, "UPDATE chunk SET words = to_tsvector('simple', 'common')")
    await asyncio.to_thread(upgrade, SCHEMA, url)
    async with database.transaction() as session:
        marked = "SELECT count(*) FROM chunk WHERE words @@ CAST('''@p7'' & ''@s7'' & ''@kother'' & common' AS tsquery)"
        assert await session.scalar(text(marked)) == 9
    await database.close()
