"""Asks the documents service, in the name of the user whose identity token is passed on."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from chat.errors import DocumentsUnavailable, ProjectNotFound
from chat.evidence import Heading, Hit, StoredDocument
from common.http_client import ServiceClient, ServiceUnavailable
from common.identity import HEADER

_MAX_QUERY = 1_000  # characters that the search takes

ModelT = TypeVar("ModelT", bound=BaseModel)


class _SearchHit(BaseModel):
    document_id: int
    source_id: int
    path: str
    title: str
    heading_path: list[str]
    anchor: str | None
    line_start: int
    line_end: int
    text: str
    score: float


class _SearchResponse(BaseModel):
    results: list[_SearchHit]


class _TocEntry(BaseModel):
    level: int
    text: str
    anchor: str
    line: int


class _Document(BaseModel):
    id: int
    source_id: int
    path: str
    commit_sha: str
    blob_sha: str
    content: str
    toc: list[_TocEntry]


class DocumentsClient:
    """Every method raises DocumentsUnavailable when documents doesn't answer, or not as agreed."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def require_project(self, project_id: int, token: str) -> None:
        """Raises ProjectNotFound."""
        answer = await self._ask("GET", f"/api/projects/{project_id}/documents", token, params={"limit": 1})
        if answer.status_code == 404:
            raise ProjectNotFound(project_id)
        _require_success(answer)

    async def search(self, project_id: int, query: str, limit: int, token: str) -> list[Hit]:
        """The sections of the project nearest to the query, best first. Raises ProjectNotFound."""
        body = {"query": query[:_MAX_QUERY], "limit": limit, "mode": "hybrid"}
        answer = await self._ask("POST", f"/api/projects/{project_id}/search", token, json=body)
        if answer.status_code == 404:
            raise ProjectNotFound(project_id)
        return [_hit(found) for found in _parsed(answer, _SearchResponse).results]

    async def read(self, document_ids: Iterable[int], token: str) -> dict[int, StoredDocument | None]:
        """The stored texts, each asked for once; None for a document that is gone."""
        wanted = sorted(set(document_ids))
        found = await asyncio.gather(*(self._read(document_id, token) for document_id in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _read(self, document_id: int, token: str) -> StoredDocument | None:
        answer = await self._ask("GET", f"/api/documents/{document_id}", token)
        if answer.status_code == 404:
            return None
        found = _parsed(answer, _Document)
        return StoredDocument(
            id=found.id,
            source_id=found.source_id,
            path=found.path,
            commit_sha=found.commit_sha,
            blob_sha=found.blob_sha,
            lines=tuple(found.content.split("\n")),
            headings=tuple(Heading(entry.level, entry.text, entry.anchor, entry.line) for entry in found.toc),
        )

    async def _ask(
        self,
        method: str,
        path: str,
        token: str,
        *,
        json: Mapping[str, object] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        try:
            # A search changes nothing, though it is a POST.
            return await self._client.request(
                method, path, json=json, params=params, headers={HEADER: token}, idempotent=True
            )
        except ServiceUnavailable as error:
            raise DocumentsUnavailable from error


def _require_success(answer: httpx.Response) -> None:
    if answer.status_code != 200:
        raise DocumentsUnavailable


def _parsed(answer: httpx.Response, model: type[ModelT]) -> ModelT:
    _require_success(answer)
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise DocumentsUnavailable from error


def _hit(found: _SearchHit) -> Hit:
    return Hit(
        document_id=found.document_id,
        source_id=found.source_id,
        path=found.path,
        title=found.title,
        heading_path=tuple(found.heading_path),
        anchor=found.anchor,
        line_start=found.line_start,
        line_end=found.line_end,
        text=found.text,
        score=found.score,
    )
