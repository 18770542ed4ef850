"""A real HTTP server that speaks the three embedding protocols, and misbehaves as it is told to."""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Request"], bytes | None]
"""Bytes to send before the connection is closed; None answers nothing at all."""


@dataclass(frozen=True, slots=True)
class Request:
    """One that arrived: `texts` as they came, in whichever protocol."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    arrived: float

    @property
    def texts(self) -> list[str]:
        if "requests" in self.body:
            return [each["content"]["parts"][0]["text"] for each in self.body["requests"]]
        return self.body["input"]


@dataclass
class EmbeddingServer:
    """Answers as it should, but for the next requests as `script` says, the first element first.

    Once it has been asked `most_requests` times, it fails.
    """

    dimensions: int = 8
    most_words: int = 1000
    most_requests: int = 1_000_000
    script: list[Answer] = field(default_factory=list[Answer])
    requests: list[Request] = field(default_factory=list[Request])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        """All that it was asked to embed."""
        return [text for request in self.requests for text in request.texts]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.requests.append(request)
            answer = self.script.pop(0)(request) if self.script else self.usual(request)
            if answer is None:
                await reader.read()  # until the client has had enough
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    def usual(self, request: Request) -> bytes:
        """Bags of words as vectors: texts with words in common are alike."""
        if len(self.requests) > self.most_requests:
            return answer(500, {"error": "no memory"})
        if any(len(text.split()) > self.most_words for text in request.texts):
            return answer(400, {"error": "the input length exceeds the context length"})
        dimensions = self.dimensions
        if "dimensions" in request.body:
            dimensions = request.body["dimensions"]
        elif "requests" in request.body:
            dimensions = request.body["requests"][0].get("outputDimensionality", dimensions)
        vectors = [bag(text, dimensions) for text in request.texts]
        if request.path.endswith("/api/embed"):
            return answer(200, {"embeddings": vectors})
        if request.path.endswith(":batchEmbedContents"):
            return answer(200, {"embeddings": [{"values": vector} for vector in vectors]})
        items = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return answer(200, {"data": items[::-1]})


@asynccontextmanager
async def serving(**options: Any) -> AsyncGenerator[EmbeddingServer]:
    """A server on a free port of this machine."""
    served = EmbeddingServer(**options)
    listening = await asyncio.start_server(served.handle, "127.0.0.1", 0)
    served.port = listening.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        listening.close()


def answer(status: int, body: Any, **headers: str) -> bytes:
    """A whole answer; header names are given with underscores."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def silence(_: Request) -> None:
    """No answer."""


def dropped(body: object, missing: int) -> Answer:
    """An answer whose last bytes never come."""
    return lambda _: answer(200, body)[:-missing]


def bag(text: str, dimensions: int) -> list[float]:
    """Not of length 1."""
    vector = [0.01] * dimensions
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % dimensions] += 1.0
    return vector


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")[:-2]
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    return Request(first.split()[1], headers, body, time.monotonic())
