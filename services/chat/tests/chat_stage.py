"""What the chat tests stand on; see conftest."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from chat.app import create_app
from chat.models import SCHEMA
from chat.settings import Settings
from common.database import Database
from common.identity import HEADER, Identity
from common.migrations import upgrade
from common.testing.plugin import IdentityKeys, TestDatabase

PRD = """# Product

The hub keeps a faithful copy of the team's documents.

## Storage

Documents are stored in Postgres with full text search. Backups run every night at two.

## Login

- FR1: Users log in with a password.
- FR2: Sessions end after thirty minutes of idleness.
"""


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait until the condition holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


@dataclass
class Document:
    """A document as the documents service has it."""

    id: int
    path: str
    content: str
    commit_sha: str = "c" * 40
    blob_sha: str = "b" * 40

    def response(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source_id": 7,
            "path": self.path,
            "title": "Product",
            "commit_sha": self.commit_sha,
            "blob_sha": self.blob_sha,
            "content": self.content,
            "toc": self.toc(),
        }

    def toc(self) -> list[dict[str, Any]]:
        lines = enumerate(self.content.split("\n"), start=1)
        found = [(number, *line.split(" ", 1)) for number, line in lines if line.startswith("#")]
        return [
            {"level": len(marks), "text": text, "anchor": text.lower().replace(" ", "-"), "line": number}
            for number, marks, text in found
        ]

    def hit(self, heading: str, score: float = 0.8) -> dict[str, Any]:
        """The section of that heading, as the search answers it."""
        lines = self.content.split("\n")
        toc = self.toc()
        index = next(i for i, entry in enumerate(toc) if entry["text"] == heading)
        start = toc[index]["line"]
        end = toc[index + 1]["line"] - 1 if index + 1 < len(toc) else len(lines)
        return {
            "rank": 1,
            "score": score,
            "document_id": self.id,
            "source_id": 7,
            "path": self.path,
            "title": "Product",
            "heading_path": ["Product", heading] if index else ["Product"],
            "anchor": toc[index]["anchor"],
            "line_start": start,
            "line_end": end,
            "text": "\n".join(lines[start - 1 : end]),
            "snippet": "",
            "kind": "prd",
            "artifact_id": None,
            "commit_sha": self.commit_sha,
        }


@dataclass
class Script:
    """How the documents service behaves for one project."""

    is_known: bool = True
    hits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    search_status: int = 200
    search_body: dict[str, Any] | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    searches: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def __post_init__(self) -> None:
        self.gate.set()


class FakeDocuments:
    """Speaks the contract of the documents service over a real socket."""

    def __init__(self) -> None:
        self.scripts: dict[int, Script] = {}
        self.documents: dict[int, Document] = {}
        self.reads: list[int] = []
        self.app = FastAPI()
        self.app.get("/api/projects/{project_id}/documents")(self.list_documents)
        self.app.post("/api/projects/{project_id}/search")(self.search)
        self.app.get("/api/documents/{document_id}")(self.get_document)

    async def list_documents(self, project_id: int) -> Response:
        script = self.scripts.get(project_id)
        if script is None or not script.is_known:
            return _not_found("PROJECT_NOT_FOUND")
        if script.search_status >= 500:
            return Response(status_code=script.search_status)
        return _json({"items": [], "next_cursor": None})

    async def search(self, project_id: int, request: Request) -> Response:
        script = self.scripts.get(project_id)
        if script is None or not script.is_known:
            return _not_found("PROJECT_NOT_FOUND")
        body = await request.json()
        if not 1 <= len(body["query"]) <= 1_000 or not 1 <= body["limit"] <= 50:
            return Response(status_code=422)
        script.searches.append(body)
        script.headers.append(dict(request.headers))
        script.arrived.set()
        await script.gate.wait()
        if script.search_status != 200:
            return Response(status_code=script.search_status)
        answer = {"query": body["query"], "mode": body["mode"], "took_ms": 1.0, "results": script.hits}
        return _json(answer if script.search_body is None else script.search_body)

    async def get_document(self, document_id: int) -> Response:
        self.reads.append(document_id)
        document = self.documents.get(document_id)
        return _json(document.response()) if document else _not_found("DOCUMENT_NOT_FOUND")


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), media_type="application/json")


def _not_found(code: str) -> Response:
    return Response(json.dumps({"error_code": code}), status_code=404, media_type="application/problem+json")


class Server(uvicorn.Server):
    """Served inside the test's own loop, on a port that the system chose."""

    def __init__(self, app: FastAPI, patience: int = 2) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=patience))
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """The test runner keeps its own signal handlers."""
        yield

    async def open(self) -> None:
        self._task = asyncio.create_task(self.serve(sockets=[self._socket]))

        async def is_started() -> bool:
            return self.started

        await eventually(is_started)

    async def close(self) -> None:
        self.should_exit = True
        if self._task:
            await self._task
        self._socket.close()


@dataclass
class Stage:
    """The running services."""

    server: Server
    documents_server: Server
    documents: FakeDocuments
    database: Database
    keys: IdentityKeys
    client: httpx.AsyncClient
    settings: Settings
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    async def open(cls, database: TestDatabase, keys: IdentityKeys) -> "Stage":
        url = database.url(SCHEMA)
        await asyncio.to_thread(upgrade, SCHEMA, url)
        documents = FakeDocuments()
        documents_server = Server(documents.app)
        await documents_server.open()
        settings = Settings(
            database_url=SecretStr(url),
            identity_public_key=keys.public,
            documents_url=documents_server.url,
            documents_timeout=5.0,
            turn_timeout=2.0,
            sweep_interval=0.05,
            log_level="WARNING",
        )
        server = Server(create_app(settings))
        await server.open()
        client = httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False)
        return cls(server, documents_server, documents, Database(url, SCHEMA), keys, client, settings)

    async def close(self) -> None:
        await self.client.aclose()
        await self.server.close()
        await self.documents_server.close()
        await self.database.close()

    def scene(self) -> "Scene":
        number = next(self.ids)
        script = self.documents.scripts[number] = Script()
        identity = Identity(user_id=f"user-{number}", name="Someone", projects=frozenset({number}))
        return Scene(self, number, script, identity)


@dataclass
class Scene:
    """One project, one user, and requests in that user's name."""

    stage: Stage
    project_id: int
    script: Script
    identity: Identity

    @property
    def headers(self) -> dict[str, str]:
        return self.stage.keys.headers(self.identity)

    @property
    def token(self) -> str:
        return self.headers[HEADER]

    def document(self, content: str = PRD, path: str = "docs/prd.md") -> Document:
        """Put a document into the documents service."""
        document = Document(1_000 + next(self.stage.ids), path, content)
        self.stage.documents.documents[document.id] = document
        return document

    async def send(self, method: str, path: str, *, body: Any = None, **headers: str) -> httpx.Response:
        return await self.stage.client.request(method, path, json=body, headers=self.headers | headers)

    async def conversation(self, **payload: Any) -> dict[str, Any]:
        answer = await self.send("POST", f"/api/projects/{self.project_id}/conversations", body=payload)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def ask(self, conversation_id: int, content: str) -> httpx.Response:
        return await self.send("POST", f"/api/conversations/{conversation_id}/messages", body={"content": content})

    async def answer(self, content: str) -> dict[str, Any]:
        """Ask in a new conversation; the assistant's message."""
        answer = await self.ask((await self.conversation())["id"], content)
        assert answer.status_code == 201, answer.text
        return answer.json()["assistant_message"]

    async def messages(self, conversation_id: int) -> list[dict[str, Any]]:
        return (await self.send("GET", f"/api/conversations/{conversation_id}")).json()["messages"]

    @asynccontextmanager
    async def stream(self, conversation_id: int, content: str) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
        """Ask with `Accept: text/event-stream`; yields the events as they come."""
        async with self.stage.client.stream(
            "POST",
            f"/api/conversations/{conversation_id}/messages",
            json={"content": content},
            headers=self.headers | {"Accept": "text/event-stream"},
        ) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
