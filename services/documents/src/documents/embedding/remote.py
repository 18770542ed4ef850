"""A model behind HTTP: `RemoteEmbedder`. Batches, bounded retries, waiting when told to, and answers that are checked.

Nothing is cut off in silence: servers are told not to, and a text that one refuses as too long is embedded in parts,
whose mean stands for it. No message holds the key.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np
import structlog

from common.events.backoff import Backoff
from common.http_client import CircuitBreaker
from documents.embedding.answers import TooLong, TryAgain, read_vectors, refusal
from documents.embedding.base import EmbeddingUnavailable, Kind, Vectors
from documents.embedding.prefixes import Prefixes
from documents.embedding.providers import Asked, Provider

log = structlog.get_logger(__name__)

MOST_DIMENSIONS = 4000
"""Postgres can index no more of them in half precision."""

_OK = 200
_AT_ONCE = 4
_CONNECT_SECONDS = 5.0
_MOST_BYTES = 128 * 2**20
_SHORTEST_PART = 64  # characters; what is refused at this length isn't refused for its length
_PROBE = "How many dimensions has a vector?"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller waits: attempts for one batch, and seconds for all of them together."""

    attempts: int
    seconds: float
    backoff: Backoff


PATIENT = Patience(8, 300.0, Backoff(base=0.5, cap=30.0))
"""A sync's: servers restart, and free quotas refill within a minute."""

HURRIED = Patience(2, 10.0, Backoff(base=0.2, cap=0.5))
"""A search's: it goes on by words alone."""


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """Which model to ask for, and how. `dimensions` None takes what the model gives."""

    provider: str
    name: str
    url: str
    key: str = field(default="", repr=False)
    dimensions: int | None = None
    prefixes: Prefixes = field(default_factory=Prefixes)
    batch: int = 64
    timeout: float = 60.0


class RemoteEmbedder:
    """Embeds by asking a server. For any number of tasks of one event loop."""

    def __init__(self, provider: Provider, model: RemoteModel, patience: Patience) -> None:
        self._provider = provider
        self._model = model
        self._patience = patience
        self._dimensions = model.dimensions
        self._batch = min(model.batch, provider.most_texts)
        self._timeout = min(model.timeout, patience.seconds)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._learning = asyncio.Lock()
        self._breaker = CircuitBreaker()
        self._resume_at = 0.0
        # No proxy and no credentials from the environment, no redirects: texts and key go to this address alone.
        self._http = httpx.AsyncClient(
            trust_env=False, timeout=httpx.Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout))
        )

    async def identify(self) -> str:
        """Provider, model and dimensions; the latter are asked for once where they aren't set."""
        async with self._learning:
            if self._dimensions is None:
                await self.embed([_PROBE], kind="query")
        model = self._model
        name = f"{model.provider}/{model.name}@{self._dimensions}"
        before = model.prefixes.document
        return f"{name}+{hashlib.sha256(before.encode()).hexdigest()[:8]}" if before else name

    async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: Kind = "document") -> Vectors:
        """See `Embedder`. Of several batches some are under way at once."""
        batches = [texts[at : at + self._batch] for at in range(0, len(texts), self._batch)]
        if not batches:
            return np.empty((0, self._dimensions or 0), dtype=np.float32)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._embed_batch(each, kind)) for each in batches]
        except* EmbeddingUnavailable as errors:
            raise EmbeddingUnavailable(*errors.exceptions[0].args) from None
        return np.concatenate([task.result() for task in tasks])

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _embed_batch(self, texts: Sequence[str], kind: Kind) -> Vectors:
        try:
            async with self._at_once:
                return await self._ask(texts, kind)
        except TooLong as error:
            middle = len(texts) // 2
            if middle:
                halves = [await self._embed_batch(half, kind) for half in (texts[:middle], texts[middle:])]
                return np.concatenate(halves)
            return await self._embed_in_parts(texts[0], kind, error)

    async def _embed_in_parts(self, text: str, kind: Kind, refused: TooLong) -> Vectors:
        """One vector for a text that the model reads only in parts: their mean."""
        if len(text) < _SHORTEST_PART:
            raise EmbeddingUnavailable(str(refused))
        log.warning("embedding.text_in_parts", model=self._model.name, characters=len(text))
        middle = len(text) // 2
        cut = text.rfind(" ", middle // 2, middle) + 1 or middle
        parts = np.concatenate([await self._embed_batch([part], kind) for part in (text[:cut], text[cut:])])
        mean = parts.mean(axis=0, keepdims=True)
        length = np.linalg.norm(mean)
        return (mean / length if length else parts[:1]).astype(np.float32)

    async def _ask(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Ask until there is an answer or the patience is at its end. Raises TooLong, EmbeddingUnavailable."""
        if not self._breaker.allows():
            raise EmbeddingUnavailable(f"{self._provider.title} is given a rest after failing repeatedly.")
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience.seconds
        failures = 0
        while True:
            if self._resume_at >= deadline:
                raise EmbeddingUnavailable(f"{self._provider.title} asks to be left alone for a while.")
            try:
                async with asyncio.timeout(max(0.0, deadline - clock())):
                    await asyncio.sleep(max(0.0, self._resume_at - clock()))
                    answer = await self._once(texts, kind)
            except TimeoutError:
                failed = TryAgain(f"{self._provider.title} gave no answer within {self._patience.seconds:g} seconds.")
            except TryAgain as error:
                failed = error
            else:
                self._breaker.succeeded()
                return answer
            failures += 1
            delay = failed.after + self._patience.backoff.delay(failures)
            if failed.after:
                # It is told to this request, but meant for whoever asks with this key.
                self._resume_at = max(self._resume_at, clock() + failed.after)
            if failures >= self._patience.attempts or clock() + delay >= deadline:
                self._breaker.failed()
                raise EmbeddingUnavailable(str(failed)) from failed
            log.info("embedding.retried", model=self._model.name, reason=str(failed), seconds=round(delay, 1))
            await asyncio.sleep(delay)

    async def _once(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """One request. Raises TryAgain, TooLong, EmbeddingUnavailable."""
        model, prefixes = self._model, self._model.prefixes
        prefixed = [prefixes.of(kind) + each for each in texts]
        has_prefix = bool(prefixes.query or prefixes.document)
        path, body = self._provider.request(Asked(model.name, prefixed, kind, model.dimensions, has_prefix))
        headers = self._provider.headers(model.key)
        title = self._provider.title
        try:
            async with asyncio.timeout(self._timeout):
                status, told, content = await self._post(model.url + path, body, headers)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TryAgain(f"{title} gave no answer within {self._timeout:g} seconds.") from error
        except httpx.HTTPError as error:
            raise TryAgain(f"{title} can't be reached or broke off ({type(error).__name__}).") from error
        if status != _OK:
            raise refusal(title, model.name, model.key, (status, told, content))
        vectors = read_vectors(self._provider, content, len(texts))
        self._check_dimensions(vectors.shape[1])
        return vectors

    async def _post(self, url: str, body: object, headers: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        content = bytearray()
        async with self._http.stream("POST", url, json=body, headers=headers) as response:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > _MOST_BYTES:
                    raise EmbeddingUnavailable(f"{self._provider.title} answers more than {_MOST_BYTES >> 20} MB.")
        self._http.cookies.clear()
        return response.status_code, response.headers, bytes(content)

    def _check_dimensions(self, found: int) -> None:
        title, name = self._provider.title, self._model.name
        if found > MOST_DIMENSIONS:
            raise EmbeddingUnavailable(
                f"{title} answers vectors of {found} dimensions, more than can be indexed ({MOST_DIMENSIONS}): ask for"
                " fewer with DOCUMENTS_EMBEDDING_DIMENSIONS, or take another model."
            )
        if self._dimensions is None:
            self._dimensions = found
        elif found != self._dimensions:
            advice = "Restart the hub: everything is then embedded anew."
            if self._model.dimensions is not None:
                advice = f"Set DOCUMENTS_EMBEDDING_DIMENSIONS to {found}, or leave it out."
            raise EmbeddingUnavailable(
                f"{title} answers vectors of {found} dimensions for the model {name}, not of {self._dimensions}."
                f" {advice}"
            )
