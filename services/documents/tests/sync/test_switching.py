"""Another embedding model: re-indexes are queued, searches go on with both, and what fails leaves the old index."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio

from common.identity import Identity
from common.testing.plugin import IdentityKeys
from documents.app import create_app
from documents.embedding.base import MODEL, Embedder
from documents.embedding.configured import configured_embedder
from documents.embedding.remote import Patience
from documents.errors import SemanticSearchUnavailable
from documents.search.meaning import PARTLY_BY_WORDS, SWITCHING, WORDS_ONLY
from documents.search.schemas import SearchRequest, SearchResponse
from documents.search.service import Searcher
from documents.settings import Settings
from documents.sync.jobs import Jobs
from documents.sync.parsers import Parsers
from documents.sync.runner import Runner
from documents.sync.staging import clear_unwanted
from documents.sync.switching import queue_reindexes
from documents.worker import Worker
from services.documents.tests.embedding.embedding_server import EmbeddingServer, serving
from services.documents.tests.embedding.test_remote import QUICK, settings
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Run, Stack, until

ADMIN = Identity("1", "Ada", is_admin=True, projects=None)
REMOTE = "ollama/m1@64"
TOPICS = ("retention of audit logs", "onboarding of new users", "payment by invoice", "colour of buttons")


@pytest_asyncio.fixture
async def ollama() -> AsyncGenerator[EmbeddingServer]:
    async with serving(dimensions=64) as running:
        yield running


@pytest_asyncio.fixture
async def remote(ollama: EmbeddingServer) -> AsyncGenerator[Embedder]:
    embedder = _remote(ollama)
    yield embedder
    await embedder.close()


def _remote(server: EmbeddingServer, patience: Patience = QUICK, **more: object) -> Embedder:
    return configured_embedder(settings(provider="ollama", model="m1", url=server.url, **more), patience)


@pytest_asyncio.fixture
async def synced(stack: Stack, repository: GitRepository, server: GitHttpServer) -> Stack:
    """One source, embedded by the bundled model."""
    files: dict[str, str | bytes] = {
        f"{n}.md": f"# {topic}\n\nIt is about {topic}.\n" for n, topic in enumerate(TOPICS)
    }
    repository.commit(files | {f"more/{n}.md": f"# More {n}\n\nSome words {n}.\n" for n in range(20)})
    run = await stack.sync(f"{server.url}/open/repository")
    assert run.error_detail is None
    return stack


async def search(stack: Stack, *embedders: Embedder, mode: str = "semantic", query: str = TOPICS[0]) -> SearchResponse:
    request = SearchRequest.model_validate({"query": query, "mode": mode})
    return await Searcher(stack.database, *embedders).search(ADMIN, request, 1)


async def run_next(stack: Stack, embedder: Embedder) -> Run:
    job, progress = await stack.claim()
    await Runner(stack.database, stack.jobs, stack.git, embedder, stack.options).run(job, progress)
    return await stack.run_of(job.id)


async def models(stack: Stack) -> tuple[list[str], list[str]]:
    """What the source says its vectors are of, and what they are of."""
    said = (await stack.rows("SELECT models FROM source WHERE id = 1"))[0]["models"]
    rows = await stack.rows("SELECT DISTINCT model FROM chunk_vector ORDER BY model")
    return sorted(said), [row["model"] for row in rows]


async def test_searches_go_on_while_everything_is_embedded_anew(
    synced: Stack, ollama: EmbeddingServer, remote: Embedder
) -> None:
    assert await models(synced) == ([MODEL], [MODEL])
    assert await queue_reindexes(synced.database, await remote.identify()) == [1]
    ollama.requests.clear()
    running = asyncio.create_task(run_next(synced, remote))
    found: list[SearchResponse] = []
    while not running.done():
        found.append(await search(synced, remote, synced.embedder))
        await asyncio.wait([running], timeout=0.02)
    assert (await running).state == "succeeded"
    assert len(found) > 1
    assert all(each.results[0].path == "0.md" and not each.warnings for each in found)
    assert await models(synced) == ([REMOTE], [REMOTE])
    await synced.assert_sound()
    assert await synced.count("staged_vector") == 0
    ollama.requests.clear()
    after = await search(synced, remote, synced.embedder)
    assert (after.results[0].path, after.warnings) == ("0.md", [])
    assert ollama.texts == [TOPICS[0]]
    assert await queue_reindexes(synced.database, REMOTE) == []


async def test_the_new_server_is_not_asked_before_it_is_in_use(
    synced: Stack, ollama: EmbeddingServer, remote: Embedder
) -> None:
    assert (await search(synced, remote, synced.embedder)).results[0].path == "0.md"
    assert ollama.requests == []


async def test_a_sync_in_between_makes_a_source_of_two_models(
    synced: Stack, repository: GitRepository, remote: Embedder
) -> None:
    repository.commit({"1.md": "# delivery by drone\n\nIt is about delivery by drone.\n"})
    await synced.request()
    assert (await run_next(synced, remote)).state == "succeeded"
    assert await models(synced) == ([MODEL, REMOTE], [MODEL, REMOTE])
    for query, path in ((TOPICS[0], "0.md"), ("delivery by drone", "1.md")):
        found = await search(synced, remote, synced.embedder, query=query)
        assert (found.results[0].path, found.warnings) == (path, [])
    for model in (MODEL, REMOTE):  # whichever is wanted now: back is as well possible as on
        assert await queue_reindexes(synced.database, model) == [1]
        await synced.rows("DELETE FROM sync_job WHERE kind = 'reindex' RETURNING id")
    assert await queue_reindexes(synced.database, MODEL) == [1]
    assert (await run_next(synced, synced.embedder)).state == "succeeded"
    assert await models(synced) == ([MODEL], [MODEL])


async def test_back_from_a_server_that_is_gone(synced: Stack, ollama: EmbeddingServer, remote: Embedder) -> None:
    await queue_reindexes(synced.database, REMOTE)
    await run_next(synced, remote)
    found = await search(synced, synced.embedder, mode="hybrid")
    assert (found.results[0].path, found.warnings) == ("0.md", [SWITCHING])
    asked = len(ollama.requests)
    await queue_reindexes(synced.database, MODEL)
    assert (await run_next(synced, synced.embedder)).state == "succeeded"
    assert await models(synced) == ([MODEL], [MODEL])
    assert len(ollama.requests) == asked


async def test_a_server_that_fails_leaves_the_old_index(synced: Stack, ollama: EmbeddingServer) -> None:
    remote = _remote(ollama, batch=8, dimensions=64)
    await queue_reindexes(synced.database, await remote.identify())
    ollama.most_requests = 1
    run = await run_next(synced, remote)
    assert (run.state, run.error_code) == ("failed", "EMBEDDING_UNAVAILABLE")
    assert run.error_detail == "Ollama answers 500: no memory."
    assert await models(synced) == ([MODEL], [MODEL])
    assert (await search(synced, remote, synced.embedder)).results[0].path == "0.md"
    await clear_unwanted(synced.database)
    staged = await synced.count("staged_vector")
    assert staged > 0
    assert await queue_reindexes(synced.database, REMOTE) == []  # not at once
    assert await queue_reindexes(synced.database, REMOTE, pause_seconds=0) == [1]
    ollama.most_requests = 1_000_000
    ollama.requests.clear()
    assert (await run_next(synced, remote)).state == "succeeded"
    hashes = (await synced.rows("SELECT count(DISTINCT content_hash) AS number FROM chunk"))[0]["number"]
    assert len(ollama.texts) == hashes - staged
    await remote.close()


async def test_vectors_of_another_length_fail_the_sync(
    synced: Stack, repository: GitRepository, ollama: EmbeddingServer, remote: Embedder
) -> None:
    await remote.identify()
    ollama.dimensions = 32
    repository.commit({"new.md": "# New\n\nText.\n"})
    await synced.request()
    run = await run_next(synced, remote)
    assert (run.state, run.error_code) == ("failed", "EMBEDDING_UNAVAILABLE")
    assert "32 dimensions for the model m1, not of 64" in str(run.error_detail)


async def test_an_unchanged_source_needs_no_server(synced: Stack) -> None:
    async with serving() as gone:
        pass
    remote = _remote(gone)
    await synced.request()
    assert (await run_next(synced, remote)).state == "succeeded"
    await remote.close()


async def test_a_search_says_what_was_found_by_words_alone(
    synced: Stack, repository: GitRepository, ollama: EmbeddingServer, remote: Embedder
) -> None:
    repository.commit({"1.md": "# delivery by drone\n\nIt is about delivery by drone.\n"})
    await synced.request()
    await run_next(synced, remote)
    ollama.most_requests = 0
    found = await search(synced, remote, synced.embedder, mode="hybrid", query="delivery by drone")
    assert (found.results[0].path, found.warnings) == ("1.md", [PARTLY_BY_WORDS])
    found = await search(synced, remote, mode="hybrid", query="delivery by drone")
    assert (found.results[0].path, found.warnings) == ("1.md", [WORDS_ONLY])
    with pytest.raises(SemanticSearchUnavailable):
        await search(synced, remote)


async def test_several_workers_queue_one_reindex(synced: Stack) -> None:
    await asyncio.gather(*(queue_reindexes(synced.database, REMOTE) for _ in range(4)))
    assert len(await synced.rows("SELECT id FROM sync_job WHERE kind = 'reindex'")) == 1


async def test_sources_without_documents_are_left_alone(stack: Stack, server: GitHttpServer) -> None:
    await stack.save_source(f"{server.url}/open/repository")
    assert await queue_reindexes(stack.database, REMOTE) == []


async def test_a_budget_of_word_pieces_is_kept(
    stack: Stack, repository: GitRepository, server: GitHttpServer, ollama: EmbeddingServer
) -> None:
    repository.commit({"long.md": "# Long\n\n" + " ".join(f"Sentence {n} has six plain words." for n in range(60))})
    await stack.save_source(f"{server.url}/open/repository")
    await stack.request()
    jobs = Jobs(stack.database)
    claimed = await jobs.claim()
    assert claimed is not None
    parsers = Parsers(10.0, budget=50)
    remote = _remote(ollama, dimensions=64)
    await Runner(stack.database, jobs, stack.git, remote, stack.options, parsers=parsers).run(*claimed)
    await remote.close()
    assert sum(text.count("six") for text in ollama.texts) >= 60
    assert max(stack.embedder.tokenizer.count(ollama.texts)) <= 50


async def test_the_settings_are_all_it_takes(
    synced: Stack,
    ollama: EmbeddingServer,
    sync_database_url: str,
    identity_keys: IdentityKeys,
    admin_headers: dict[str, str],
) -> None:
    values = {
        "database_url": sync_database_url,
        "identity_public_key": identity_keys.public,
        "projects_url": "http://127.0.0.1:9",
        "data_dir": synced.data,
        "embedding_provider": "ollama",
        "embedding_model": "m1",
        "embedding_url": ollama.url,
    }
    configured = Settings.model_validate(values)
    worker = asyncio.create_task(Worker(configured).run())
    try:
        await until(lambda: _has_switched(synced))
    finally:
        worker.cancel()
        await asyncio.wait([worker])
    ollama.requests.clear()
    app = create_app(configured)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://documents", headers=admin_headers)
    async with app.router.lifespan_context(app), client:
        found = await client.post("/api/projects/1/search", json={"query": TOPICS[0], "mode": "semantic"})
    assert [found.json()["results"][0]["path"], found.json()["warnings"]] == ["0.md", []]
    assert TOPICS[0] in ollama.texts


async def _has_switched(stack: Stack) -> bool:
    return (await models(stack))[0] == [REMOTE]
