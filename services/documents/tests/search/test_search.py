"""Search through the API, over a real index."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from common.database import Database
from common.identity import Identity
from documents.embedding import Embedder, EmbeddingUnavailable
from documents.embedding.base import MODEL, Kind, Vectors
from documents.embedding.process import EmbeddingProcess
from documents.search.reranking import Reranker
from documents.search.service import Searcher

Json = dict[str, Any]
HIT_FIELDS = (
    "rank score project_id document_id source_id path title heading_path anchor line_start line_end text snippet kind"
    " artifact_id commit_sha also_in"
)


async def search(api: httpx.AsyncClient, query: str, project_id: int | None = 1, **options: Any) -> Json:
    path = "/api/search" if project_id is None else f"/api/projects/{project_id}/search"
    answer = await api.post(path, json={"query": query, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def paths(api: httpx.AsyncClient, query: str, project_id: int | None = 1, **options: Any) -> list[str]:
    return [hit["path"] for hit in (await search(api, query, project_id, **options))["results"]]


@pytest.mark.parametrize(
    ("query", "mode", "path"),
    [
        ("How long are application logs kept?", "hybrid", "docs/prd.md"),
        ("How long are application logs kept?", "keyword", "docs/prd.md"),
        ("how many months must records of the running program stay available", "semantic", "docs/prd.md"),
        ("vector that represents what words mean", "hybrid", "docs/reference/glossary.md"),
        ("FR12", "hybrid", "docs/prd.md"),
        ("what does fr-12 say", "keyword", "docs/prd.md"),
        ("Story 3.2", "hybrid", "docs/stories/3.2-tree.md"),
        ("gate of story 3.2", "hybrid", "docs/qa/gates/3.2-tree.yml"),
        ("journaux conserves", "keyword", "docs/notes.txt"),
    ],
)
async def test_the_first_hit_is_the_right_one(api: httpx.AsyncClient, query: str, mode: str, path: str) -> None:
    found = await paths(api, query, mode=mode)
    assert found[0] == path


async def test_a_hit_says_where_it_stands(api: httpx.AsyncClient) -> None:
    body = await search(api, "answers generated from retrieved passages", limit=5)
    assert set(body) == {"query", "mode", "took_ms", "results", "warnings", "corrections"}
    assert (body["mode"], body["warnings"]) == ("hybrid", [])
    assert [hit["rank"] for hit in body["results"]] == list(range(1, len(body["results"]) + 1))
    scores = [hit["score"] for hit in body["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    first = body["results"][0]
    assert set(first) == set(HIT_FIELDS.split())
    assert (first["project_id"], first["path"], first["kind"]) == (1, "docs/prd.md", "prd")
    assert "<mark>" in first["snippet"]


async def test_snippets_of_markdown_read_as_text(api: httpx.AsyncClient) -> None:
    snippets = {hit["path"]: hit["snippet"] for hit in (await search(api, "FR12 passages", limit=50))["results"]}
    assert "<mark>FR12</mark>: Answers are generated from retrieved <mark>passages</mark>" in snippets["docs/prd.md"]
    assert snippets["docs/qa/gates/3.2-tree.yml"].startswith("schema: 1 story: &quot;3.2&quot; gate")


async def test_a_heading_is_in_the_snippet_where_only_it_has_the_words(api: httpx.AsyncClient) -> None:
    found = (await search(api, "glossary", path_prefix="docs/reference/"))["results"]
    assert found[0]["snippet"] == (
        "<mark>Glossary</mark> · Embedding: a list of numbers that stands for the meaning of a text."
    )
    found = (await search(api, "meaning", path_prefix="docs/reference/"))["results"]
    assert found[0]["snippet"].startswith("Embedding: a list")
    found = (await search(api, "zzzqqxx", path_prefix="docs/reference/"))["results"]
    assert found[0]["snippet"].startswith("Embedding: a list")


@pytest.mark.parametrize(
    ("query", "options", "warns"),
    [
        ("zzzqqxx", {}, True),
        ("zzzqqxx yyyvvw FR99", {}, True),
        ("zzzqqxx logs", {}, False),
        ("Kubernetes", {"source_ids": [10]}, True),
        ("Kubernetes", {"source_ids": [11]}, False),
        ("the and of", {}, False),
        ("3.2", {"path_prefix": "docs/stories"}, False),
        ("zzzqqxx", {"mode": "semantic"}, False),
        ("zzzqqxx", {"path_prefix": "nowhere/"}, False),
    ],
)
async def test_an_answer_says_when_no_passage_has_the_words(
    api: httpx.AsyncClient, query: str, options: Json, warns: bool
) -> None:
    warnings = (await search(api, query, **options))["warnings"]
    assert ["nearest in meaning" in each for each in warnings] == [True] * warns


@pytest.mark.parametrize("query", ["logs", "requirements", "story tasks folders", "Product requirements"])
async def test_text_is_exactly_those_lines_and_hits_dont_overlap(api: httpx.AsyncClient, query: str) -> None:
    covered: set[tuple[int, int]] = set()
    for hit in (await search(api, query, limit=50))["results"]:
        content = (await api.get(f"/api/documents/{hit['document_id']}")).json()["content"]
        assert "\n".join(content.split("\n")[hit["line_start"] - 1 : hit["line_end"]]) == hit["text"]
        lines = {(hit["document_id"], line) for line in range(hit["line_start"], hit["line_end"] + 1)}
        assert not lines & covered
        covered |= lines


async def test_the_same_passage_in_two_files_is_found_once(api: httpx.AsyncClient) -> None:
    found = (await search(api, "application logs are kept for ninety days", limit=50))["results"]
    (hit,) = (hit for hit in found if "ninety days" in hit["text"])
    assert hit["path"] == "docs/prd.md"
    (copy,) = hit["also_in"]
    assert (copy["path"], copy["anchor"], copy["line_start"], copy["line_end"]) == (
        "docs/copy/prd.md",
        hit["anchor"],
        hit["line_start"],
        hit["line_end"],
    )
    assert await paths(api, "ninety days", path_prefix="docs/copy/", limit=1) == ["docs/copy/prd.md"]


async def test_filters(api: httpx.AsyncClient) -> None:
    query = "logs of the developer agent"
    assert ".bmad-core/agents/dev.md" not in await paths(api, query, limit=50)
    assert (await paths(api, query, include_framework=True))[0] == ".bmad-core/agents/dev.md"
    assert set(await paths(api, query, kinds=["story"], limit=50)) == {"docs/stories/3.2-tree.md"}
    assert set(await paths(api, query, source_ids=[11], limit=50)) == {"README.md"}
    assert set(await paths(api, query, path_prefix="docs/ref", limit=50)) == {"docs/reference/glossary.md"}
    assert await paths(api, query, path_prefix="docs/%") == []
    assert len(await paths(api, query, limit=1)) == 1
    assert await paths(api, query, 3) == []


async def test_search_never_leaves_what_one_may_see(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, headers_of: Callable[[Identity], dict[str, str]]
) -> None:
    assert "secret.md" not in await paths(api, "Secret plan", 1, limit=50)
    assert await paths(api, "Secret plan", 1, source_ids=[20]) == []
    everywhere = (await search(api, "Secret plan", None))["results"]
    assert (everywhere[0]["path"], everywhere[0]["project_id"]) == ("secret.md", 2)
    headers = headers_of(Identity(user_id="u1", name="One", projects=frozenset({1})))
    for mode in ("hybrid", "keyword", "semantic"):
        payload = {"query": "Secret plan FR12", "mode": mode, "limit": 50}
        answer = await anonymous.post("/api/search", json=payload, headers=headers)
        assert answer.json()["results"]
        assert "secret.md" not in [hit["path"] for hit in answer.json()["results"]]
    nobody = headers_of(Identity(user_id="u0", name="Nobody", projects=frozenset()))
    assert (await anonymous.post("/api/search", json={"query": "logs"}, headers=nobody)).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "🦄🎉",
        "the and of",
        "   ",
        "'; DROP TABLE chunk; --",
        "a & | ! <-> :* ( ) 'b",
        'quote " backslash \\ % _',
        "x" * 1000,
        "wort " * 200,
        "项目管理 日本語",
        "<script>alert(1)</script>",
        "FR12 " * 100,
        "story 3.2.1.4.5.6-7",
        "\ufeff\u202e\u0301",
    ],
)
@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
async def test_odd_queries_are_answered(api: httpx.AsyncClient, query: str, mode: str) -> None:
    body = await search(api, query, mode=mode)
    assert body["query"] == query
    assert all(0 <= hit["score"] <= 1 for hit in body["results"])


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"query": ""},
        {"query": "x" * 1001},
        {"query": "a\0b"},
        {"query": "logs", "limit": 0},
        {"query": "logs", "limit": 51},
        {"query": "logs", "limit": "5"},
        {"query": "logs", "mode": "magic"},
        {"query": "logs", "kinds": ["poem"]},
        {"query": "logs", "statuses": ["finished"]},
        {"query": "logs", "epics": ["3; DROP"]},
        {"query": "logs", "source_ids": [0]},
        {"query": "logs", "path_prefix": "a\0"},
        {"query": "logs", "include_framework": "yes"},
    ],
)
async def test_bad_payloads(api: httpx.AsyncClient, payload: Json) -> None:
    answer = await api.post("/api/projects/1/search", json=payload)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")


class BrokenEmbedder:
    """An embedder whose model can't be loaded."""

    async def identify(self) -> str:
        return MODEL

    async def close(self) -> None:
        pass

    async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: Kind = "document") -> Vectors:
        raise EmbeddingUnavailable(f"no model for {len(texts)} texts")


@contextmanager
def embedding_by(app: FastAPI, embedder: Embedder) -> Generator[None]:
    """The app with another embedder meanwhile."""
    usual: Searcher = app.state.searcher
    app.state.searcher = Searcher(app.state.database, embedder)
    try:
        yield
    finally:
        app.state.searcher = usual


async def test_without_the_model_words_still_work_and_the_answer_says_so(api: httpx.AsyncClient, app: FastAPI) -> None:
    with embedding_by(app, BrokenEmbedder()):
        await check_words_only(api)


async def check_words_only(api: httpx.AsyncClient) -> None:
    body = await search(api, "ninety days of logs")
    assert body["results"]
    assert "words alone" in body["warnings"][0]
    assert (await search(api, "logs", mode="keyword"))["warnings"] == []
    answer = await api.post("/api/projects/1/search", json={"query": "logs", "mode": "semantic"})
    assert (answer.status_code, answer.json()["error_code"]) == (503, "SEMANTIC_SEARCH_UNAVAILABLE")


async def test_no_transaction_is_open_while_the_model_works(api: httpx.AsyncClient, app: FastAPI) -> None:
    database: Database = app.state.database
    in_use: list[int] = []

    class Watching(BrokenEmbedder):
        async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: Kind = "document") -> Vectors:
            in_use.append(database.engine.pool.checkedout())  # pyright: ignore[reportAttributeAccessIssue] - a QueuePool
            return await super().embed(texts)

    with embedding_by(app, Watching()):
        await search(api, "logs")
    assert in_use == [0]


async def test_no_transaction_is_open_while_passages_are_read(
    api: httpx.AsyncClient, app: FastAPI, embedder: EmbeddingProcess
) -> None:
    usual: Searcher = app.state.searcher
    database: Database = app.state.database
    in_use: list[int] = []

    class Watching:
        async def compare(self, query: str, passages: Sequence[str]) -> Vectors:
            in_use.append(database.engine.pool.checkedout())  # pyright: ignore[reportAttributeAccessIssue] - a QueuePool
            return np.zeros(len(passages), dtype=np.float32)

    app.state.searcher = Searcher(database, embedder, reranker=Reranker(Watching(), 20))
    try:
        assert (await search(api, "How long are the logs kept?"))["results"]
    finally:
        app.state.searcher = usual
    assert in_use == [0]
