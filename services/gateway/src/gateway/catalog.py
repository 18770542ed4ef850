"""The API documents of the services: fetched now and then, the last good copy kept, merged on demand."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import structlog

from common.problems import problems
from common.version import VERSION
from gateway.errors import AT_THE_DOOR
from gateway.merging import Documents, Json, merge_asyncapi, merge_openapi
from gateway.routing import find_route
from gateway.services import Services, json_object, parse_object

log = structlog.get_logger(__name__)

TITLE = "BMADFlow API"
DESCRIPTION = "Documentation hub with RAG chatbot for BMAD Method projects"
REFRESH_SECONDS = 15.0
_GAP_SECONDS = 1.0
_INFO = {"title": TITLE, "description": DESCRIPTION, "version": VERSION}

Kind = Literal["openapi", "asyncapi"]
KINDS: tuple[Kind, ...] = ("openapi", "asyncapi")
Status = Literal["live", "stale", "absent"]


@dataclass(slots=True)
class _Copy:
    document: Json
    digest: bytes
    is_stale: bool = False


@dataclass(slots=True)
class Catalog:
    """Documents by kind and service. A service that is down keeps its last one."""

    services: Services
    own_document: Callable[[], Json]
    """The gateway's own OpenAPI document."""
    directory: Path | None = None
    clock: Callable[[], float] = time.monotonic
    _copies: dict[tuple[Kind, str], _Copy] = field(default_factory=dict[tuple[Kind, str], _Copy], init=False)
    _merged: dict[Kind, bytes] = field(default_factory=dict[Kind, bytes], init=False)
    _refreshed: float = field(default=float("-inf"), init=False)
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def run(self) -> None:
        """Fetch all documents for ever; sooner again while a service has never been seen."""
        await asyncio.to_thread(self._load)
        while True:
            await self.refresh()
            await asyncio.sleep(_GAP_SECONDS if self._has_gaps() else REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Fetch all documents once."""
        async with self._refreshing:
            for kind in KINDS:
                answers = await self.services.get_all(f"/api/{kind}.json")
                for service, answer in answers.items():
                    self._store(kind, service, json_object(answer))
            self._refreshed = self.clock()

    async def merged(self, kind: Kind) -> bytes:
        """One document of all services, as JSON text."""
        await self._fill_gaps()
        if kind not in self._merged:
            self._merged[kind] = json.dumps(self._merge(kind)).encode()
        return self._merged[kind]

    async def single(self, kind: Kind, service: str) -> Json | None:
        """The document of one service (or of the gateway itself); None where there never was one."""
        if service == "gateway":
            return self.own_document() if kind == "openapi" else None
        await self._fill_gaps()
        copy = self._copies.get((kind, service))
        return None if copy is None else copy.document

    def status(self, kind: Kind) -> dict[str, Status]:
        """What each service's document is: as it serves it, a copy from before, or missing."""
        found = {service: self._copies.get((kind, service)) for service in self.services.names}
        return {
            service: "absent" if copy is None else "stale" if copy.is_stale else "live"
            for service, copy in found.items()
        }

    def _merge(self, kind: Kind) -> Json:
        services = self.services.names
        documents = {s: self._copies[kind, s].document for s in services if (kind, s) in self._copies}
        if kind == "asyncapi":
            merged = merge_asyncapi(documents, info=_INFO)
        else:
            merged = merged_openapi({**documents, "gateway": self.own_document()})
        return {**merged, "x-service-status": self.status(kind)}

    def _store(self, kind: Kind, service: str, document: Json | None) -> None:
        known = self._copies.get((kind, service))
        if document is None or not _is_sane(kind, document):
            if known is not None and not known.is_stale:
                known.is_stale = True
                self._merged.pop(kind, None)
            return
        digest = hashlib.sha256(json.dumps(document).encode()).digest()
        if known is not None and known.digest == digest and not known.is_stale:
            return
        self._copies[kind, service] = _Copy(document, digest)
        self._merged.pop(kind, None)
        if known is None or known.digest != digest:
            self._save(kind, service, document)

    def _has_gaps(self) -> bool:
        return any(("openapi", service) not in self._copies for service in self.services.names)

    async def _fill_gaps(self) -> None:
        if self._has_gaps() and self.clock() - self._refreshed > _GAP_SECONDS:
            await self.refresh()

    def _load(self) -> None:
        if self.directory is None:
            return
        for kind in KINDS:
            for service in self.services.names:
                file = self.directory / f"{service}.{kind}.json"
                document = parse_object(file.read_bytes()) if file.is_file() else None
                if document is not None and _is_sane(kind, document):
                    self._copies[kind, service] = _Copy(document, b"", is_stale=True)

    def _save(self, kind: Kind, service: str, document: Json) -> None:
        if self.directory is None:
            return
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            draft = self.directory / f"{service}.{kind}.draft"
            draft.write_text(json.dumps(document))
            draft.replace(self.directory / f"{service}.{kind}.json")
        except OSError as error:
            log.warning("catalog.not_saved", directory=str(self.directory), error=repr(error))


def merged_openapi(documents: Documents) -> Json:
    """One OpenAPI document of all that clients may ask for, from those of the services and the gateway's own."""
    merged = merge_openapi(documents, info=_INFO, keep_path=_is_public)
    _add_what_the_door_says(merged)
    return merged


def _is_public(service: str, path: str) -> bool:
    route = find_route(path)
    return service == (route.service if route else "gateway")


def _is_sane(kind: Kind, document: Json) -> bool:
    """Whether it can be merged; a service's nonsense must not take the others' documents with it."""
    parts = (document.get("paths" if kind == "openapi" else "channels"), document.get("components", {}))
    return kind in document and all(isinstance(part, dict) for part in parts)


def _add_what_the_door_says(document: Json) -> None:
    """Every operation may be answered by the gateway itself; what the service says of a status stays."""
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                for status, response in problems(*AT_THE_DOOR).items():
                    operation["responses"].setdefault(str(status), response)
