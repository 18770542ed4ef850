"""Models behind HTTP: each protocol against a real server, and every way in which one can fail."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from pydantic import ValidationError

from common.events.backoff import Backoff
from documents.embedding import EmbeddingUnavailable
from documents.embedding.answers import TryAgain, refusal
from documents.embedding.base import MODEL
from documents.embedding.configured import configured_embedder
from documents.embedding.prefixes import Prefixes, known_prefixes
from documents.embedding.process import EmbeddingProcess
from documents.embedding.remote import HURRIED, Patience, RemoteEmbedder
from documents.settings import Settings
from services.documents.tests.embedding.embedding_server import (
    Answer,
    EmbeddingServer,
    answer,
    bag,
    dropped,
    serving,
    silence,
)

KEY = "sk-very-secret-0123"
QUICK = Patience(4, 10.0, Backoff(base=0.01, cap=0.02))
PATHS = {"ollama": "/api/embed", "openai": "/embeddings", "gemini": "/models/m1:batchEmbedContents"}


@pytest_asyncio.fixture
async def server() -> AsyncGenerator[EmbeddingServer]:
    async with serving() as running:
        yield running


def settings(**values: Any) -> Settings:
    base = {"database_url": "x", "identity_public_key": "{}", "projects_url": "http://127.0.0.1:9", "data_dir": Path()}
    return Settings.model_validate(base | {f"embedding_{name}": value for name, value in values.items()})


def embedder(server: EmbeddingServer, provider: str = "ollama", patience: Patience = QUICK, **more: Any) -> Any:
    values = {"provider": provider, "model": "m1", "url": server.url, "api_key": KEY, **more}
    made = configured_embedder(settings(**values), patience)
    assert isinstance(made, RemoteEmbedder)
    return made


def says(status: int, body: Any, **headers: str) -> Answer:
    return lambda _: answer(status, body, **headers)


async def unavailable(server: EmbeddingServer, *script: Answer, provider: str = "ollama", **more: Any) -> str:
    """The sentence in which embedding fails after these answers, which aren't made up for by asking again."""
    server.script += script
    with pytest.raises(EmbeddingUnavailable) as failure:
        await embedder(server, provider, **more).embed(["some text"])
    assert not server.script
    assert KEY not in repr(failure.value)
    return str(failure.value)


@pytest.mark.parametrize("provider", PATHS)
async def test_texts_become_vectors_in_their_order(server: EmbeddingServer, provider: str) -> None:
    texts = [f"text number {number}" for number in range(10)]
    vectors = await embedder(server, provider, batch=4).embed(texts)
    expected = np.array([bag(text, 8) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.dtype == np.float32
    assert sorted(len(request.texts) for request in server.requests) == [2, 4, 4]
    assert {request.path for request in server.requests} == {PATHS[provider]}
    shown = {request.headers.get("x-goog-api-key") or request.headers["authorization"] for request in server.requests}
    assert shown == {KEY if provider == "gemini" else f"Bearer {KEY}"}


async def test_nothing_is_asked_for_nothing(server: EmbeddingServer) -> None:
    assert (await embedder(server).embed([])).shape == (0, 0)
    assert server.requests == []


async def test_what_each_protocol_is_told(server: EmbeddingServer) -> None:
    for provider in PATHS:
        await embedder(server, provider, dimensions=5).embed(["a"])
        await embedder(server, provider).embed(["a"], kind="query")
    bodies = [request.body for request in server.requests]
    content = {"content": {"parts": [{"text": "a"}]}, "model": "models/m1"}
    assert bodies == [
        {"model": "m1", "input": ["a"], "truncate": False, "dimensions": 5},
        {"model": "m1", "input": ["a"], "truncate": False},
        {"model": "m1", "input": ["a"], "encoding_format": "float", "dimensions": 5},
        {"model": "m1", "input": ["a"], "encoding_format": "float"},
        {"requests": [content | {"taskType": "RETRIEVAL_DOCUMENT", "outputDimensionality": 5}]},
        {"requests": [content | {"taskType": "RETRIEVAL_QUERY"}]},
    ]


async def test_gemini_takes_a_hundred_texts_at_once(server: EmbeddingServer) -> None:
    await embedder(server, "gemini", batch=2000).embed(["a"] * 250)
    assert sorted(len(request.texts) for request in server.requests) == [50, 100, 100]


async def test_a_model_gets_the_prefixes_that_it_wants(server: EmbeddingServer) -> None:
    known = embedder(server, model="nomic-embed-text:v1.5")
    await known.embed(["a"])
    await known.embed(["a"], kind="query")
    own = embedder(server, "gemini", query_prefix="Q: ", document_prefix="D: ")
    await own.embed(["a"])
    await own.embed(["a"], kind="query")
    assert server.texts == ["search_document: a", "search_query: a", "D: a", "Q: a"]
    assert "taskType" not in server.requests[-1].body["requests"][0]


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("intfloat/multilingual-e5-base", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: Given a question", ""),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence", ""),
        ("bge-m3", "", ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("snowflake-arctic-embed:22m", "Represent this sentence", ""),
        ("embeddinggemma:300m", "task: search result | query: ", "title: none | text: "),
        ("gemini-embedding-001", "", ""),
        ("Qwen/Qwen3-Embedding-0.6B", "Instruct: ", ""),
        ("text-embedding-3-small", "", ""),
    ],
)
def test_known_prefixes(model: str, query: str, document: str) -> None:
    found = known_prefixes(model)
    assert found.query.startswith(query) if query else found == Prefixes()
    assert found.document == document


async def test_the_name_tells_what_can_be_compared(server: EmbeddingServer) -> None:
    asked = embedder(server)
    names = await asyncio.gather(*(asked.identify() for _ in range(3)))
    assert names == ["ollama/m1@8"] * 3
    assert len(server.requests) == 1
    assert await embedder(server, "openai", dimensions=5).identify() == "openai/m1@5"
    assert len(server.requests) == 1
    prefixed = await embedder(server, document_prefix="x: ").identify()
    assert prefixed.startswith("ollama/m1@8+")
    assert prefixed != await embedder(server, document_prefix="y: ").identify()
    assert await EmbeddingProcess().identify() == MODEL


async def test_a_full_quota_is_waited_for_by_all(server: EmbeddingServer) -> None:
    server.script += [says(429, {"error": "slow down"}, Retry_After="1")] * 4
    vectors = await embedder(server, batch=1).embed([f"text {number}" for number in range(8)])
    assert len(vectors) == 8
    times = [request.arrived for request in server.requests]
    assert len(times) == 12
    assert all(later - times[0] >= 1.0 for later in times[4:])


def test_how_long_to_wait() -> None:
    def told(headers: dict[str, str], body: object = None) -> float:
        failure = refusal("It", "m", "", (429, headers, json.dumps(body).encode()))
        assert isinstance(failure, TryAgain)
        return failure.after

    assert told({"retry-after": "7"}) == 7
    assert told({"retry-after": "1.5"}) == 1.5
    assert 55 < told({"retry-after": format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)}) <= 60
    assert told({"retry-after": "Fri, 01 Jan 2021 00:00:00 GMT"}) == 0
    assert told({"retry-after": "soon"}) == 0
    google = {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}]}}
    assert told({}, google) == 36
    assert told({}, ["odd"]) == 0


async def test_a_search_does_not_wait_for_a_quota(server: EmbeddingServer) -> None:
    server.script.append(says(429, {"error": "slow down"}, Retry_After="60"))
    asked = embedder(server, patience=HURRIED)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(EmbeddingUnavailable):
            await asked.embed(["a"], kind="query")
    assert time.monotonic() - began < 2
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        says(500, {"error": "model runner has stopped"}),
        says(503, b"<html>starting</html>"),
        says(200, b'{"embeddings": [[1, 2'),
        dropped({"embeddings": [[1.0] * 8]}, 1000),
        dropped({"embeddings": [[1.0] * 8]}, 9),
        dropped({"embeddings": [[1.0] * 8]}, 90),
    ],
    ids=["500", "503", "truncated JSON", "dropped", "dropped in the body", "dropped in the head"],
)
async def test_what_may_pass_is_tried_again(server: EmbeddingServer, fault: Answer) -> None:
    server.script += [fault, fault]
    assert (await embedder(server).embed(["a"])).shape == (1, 8)
    assert len(server.requests) == 3


async def test_what_does_not_pass_is_given_up(server: EmbeddingServer) -> None:
    said = await unavailable(server, *[says(500, {"error": f"out of memory, {KEY}"})] * 4)
    assert said == "Ollama answers 500: out of memory, (the key)."


async def test_a_server_that_is_silent(server: EmbeddingServer) -> None:
    said = await unavailable(server, *[silence] * 4, timeout=0.1)
    assert said == "Ollama gave no answer within 0.1 seconds."


async def test_a_server_that_is_not_there() -> None:
    async with serving() as gone:
        pass
    said = await unavailable(gone)
    assert "can't be reached" in said


async def test_a_server_that_fails_is_given_a_rest(server: EmbeddingServer) -> None:
    asked = embedder(server, patience=Patience(1, 1.0, Backoff(base=0.01, cap=0.01)))
    server.script += [says(500, {})] * 5
    for _ in range(5):
        with pytest.raises(EmbeddingUnavailable, match="answers 500"):
            await asked.embed(["a"])
    with pytest.raises(EmbeddingUnavailable, match="rest"):
        await asked.embed(["a"])
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "DOCUMENTS_EMBEDDING_API_KEY"),
        (404, {"error": 'model "m1" not found, try pulling it first'}, "DOCUMENTS_EMBEDDING_MODEL"),
        (400, {"error": {"message": "dimensions isn't supported"}}, "dimensions isn't supported"),
        (307, {}, "answers 307"),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    server: EmbeddingServer, status: int, body: object, expected: str
) -> None:
    said = await unavailable(server, says(status, body, Location=f"{server.url}/elsewhere"), provider="openai")
    assert expected in said
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        ([[1.0] * 7], "answers vectors of 7 dimensions for the model m1, not of 8"),
        ([[1.0] * 8, [1.0] * 8], "2 vectors for 1 texts"),
        ([[0.0] * 8], "without a direction"),
        ([[float("nan")] * 8], "without a direction"),
        ([["one"]], "not what its protocol promises"),
        ([[1.0], [1.0, 2.0]], "not what its protocol promises"),
        ([], "no vectors"),
        ([[1.0] * 5000], "more than can be indexed"),
    ],
)
async def test_strange_vectors_are_refused(server: EmbeddingServer, vectors: object, expected: str) -> None:
    said = await unavailable(server, says(200, {"embeddings": vectors}), dimensions=8)
    assert expected in said


async def test_a_model_that_changes_under_its_name(server: EmbeddingServer) -> None:
    asked = embedder(server)
    await asked.identify()
    server.dimensions = 16
    with pytest.raises(EmbeddingUnavailable, match="vectors of 16 dimensions for the model m1, not of 8"):
        await asked.embed(["a"])


async def test_an_answer_of_another_protocol(server: EmbeddingServer) -> None:
    said = await unavailable(server, says(200, {"data": []}))
    assert "DOCUMENTS_EMBEDDING_PROVIDER" in said


async def test_nothing_of_a_long_text_is_lost(server: EmbeddingServer) -> None:
    server.most_words = 30
    long = " ".join(f"word{number}" for number in range(100))
    vectors = await embedder(server).embed(["short", long, "another"])
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    short = np.array(bag("short", 8)) / np.linalg.norm(bag("short", 8))
    np.testing.assert_allclose(vectors[0], short, atol=1e-6)
    read = {word for text in server.texts if len(text.split()) <= 30 for word in text.split()}
    assert set(long.split()) <= read


async def test_a_text_that_is_refused_at_any_length(server: EmbeddingServer) -> None:
    server.most_words = 0
    with pytest.raises(EmbeddingUnavailable, match="DOCUMENTS_EMBEDDING_BUDGET"):
        await embedder(server).embed(["word " * 30])


def test_settings_that_can_not_work() -> None:
    wrong: list[dict[str, Any]] = [
        {"provider": "ollama"},
        {"provider": "gemini", "model": "m"},
        {"provider": "openai", "model": "m'; DROP TABLE"},
        {"provider": "openai", "model": "m", "url": "ftp://x/"},
        {"provider": "openai", "model": "m", "url": "https://user:word@host/v1"},
        {"provider": "openai", "model": "m", "dimensions": 5000},
        {"provider": "word2vec", "model": "m"},
    ]
    for values in wrong:
        with pytest.raises(ValidationError) as failure:
            settings(**values)
        assert "user:word" not in str(failure.value)


def test_empty_variables_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROVIDER", "MODEL", "URL", "API_KEY", "DIMENSIONS", "BATCH"):
        monkeypatch.setenv(f"DOCUMENTS_EMBEDDING_{name}", "")
    assert isinstance(configured_embedder(settings(), HURRIED), EmbeddingProcess)


def test_the_key_is_in_no_description() -> None:
    made: Callable[..., Any] = configured_embedder
    found = made(settings(provider="gemini", model="m", api_key=KEY), HURRIED)
    assert KEY not in repr(vars(found))
