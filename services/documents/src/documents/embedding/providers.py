"""How each kind of server is asked for vectors, and how it answers: `PROVIDERS`. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from documents.embedding.base import Kind


class BadAnswer(Exception):
    """The answer isn't of the form that the protocol promises."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Texts to embed. `dimensions` None leaves their number to the model; `has_prefix`: the texts begin with one."""

    model: str
    texts: Sequence[str]
    kind: Kind
    dimensions: int | None
    has_prefix: bool


class Provider(Protocol):
    """One kind of server. `most_texts` is how many it takes in one request."""

    title: str
    url: str
    most_texts: int

    def headers(self, key: str) -> dict[str, str]:
        """What proves who asks."""
        ...

    def request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        """Path behind the configured address, and the JSON body."""
        ...

    def vectors(self, answer: Any) -> list[Any]:
        """The vectors of an answer, in the texts' order. Raises BadAnswer, LookupError, TypeError."""
        ...


class Ollama:
    """Ollama's own interface. It is told not to cut texts off, which it does by default."""

    title = "Ollama"
    url = "http://127.0.0.1:11434"
    most_texts = 512

    def headers(self, key: str) -> dict[str, str]:
        return _bearer(key)

    def request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"model": asked.model, "input": list(asked.texts), "truncate": False}
        return "/api/embed", body | _given("dimensions", asked.dimensions)

    def vectors(self, answer: Any) -> list[Any]:
        return list(answer["embeddings"])


class OpenAi:
    """OpenAI's interface, which many servers speak; the address ends in `/v1` for most of them."""

    title = "The embeddings endpoint"
    url = "https://api.openai.com/v1"
    most_texts = 2048

    def headers(self, key: str) -> dict[str, str]:
        return _bearer(key)

    def request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"model": asked.model, "input": list(asked.texts), "encoding_format": "float"}
        return "/embeddings", body | _given("dimensions", asked.dimensions)

    def vectors(self, answer: Any) -> list[Any]:
        items = {int(item["index"]): item["embedding"] for item in answer["data"]}
        if sorted(items) != list(range(len(answer["data"]))):
            raise BadAnswer("its vectors aren't numbered from 0")
        return [items[index] for index in range(len(items))]


class Gemini:
    """Google's Gemini. Models that are told the task by a prefix aren't told it a second time."""

    title = "Gemini"
    url = "https://generativelanguage.googleapis.com/v1beta"
    most_texts = 100

    def headers(self, key: str) -> dict[str, str]:
        return {"x-goog-api-key": key} if key else {}

    def request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        model = f"models/{asked.model.removeprefix('models/')}"
        task = None if asked.has_prefix else "RETRIEVAL_QUERY" if asked.kind == "query" else "RETRIEVAL_DOCUMENT"
        common = {"model": model} | _given("taskType", task) | _given("outputDimensionality", asked.dimensions)
        requests = [common | {"content": {"parts": [{"text": text}]}} for text in asked.texts]
        return f"/{model}:batchEmbedContents", {"requests": requests}

    def vectors(self, answer: Any) -> list[Any]:
        return [item["values"] for item in answer["embeddings"]]


PROVIDERS: dict[str, type[Provider]] = {"ollama": Ollama, "openai": OpenAi, "gemini": Gemini}
"""By the name that the settings give them."""


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _given(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: value}
