"""Committed schemas and the consumers' models that are checked against them."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import Consumers, Event, EventMeta, asyncapi_document, event_schema
from common.testing.contracts import assert_consumer_accepts


class ProjectRenamed(Event):
    model_config = ConfigDict(json_schema_extra={"examples": [{"project_id": 7, "name": "Hub", "owner": None}]})
    type: ClassVar[str] = "projects.project.renamed.v1"
    aggregate: ClassVar[str] = "project"
    project_id: int
    name: str
    owner: str | None = None

    @property
    def subject(self) -> str:
        return str(self.project_id)


class Fewer(BaseModel):
    project_id: int


class Wider(BaseModel):
    project_id: float
    owner: str | int | None = None


class Unpromised(BaseModel):
    project_id: int
    colour: str


class OptionalOfTheirs(BaseModel):
    owner: str | None


class OtherType(BaseModel):
    project_id: str


class NotNull(BaseModel):
    owner: str = ""


class Stricter(BaseModel):
    model_config = ConfigDict(extra="forbid")
    project_id: int


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "projects.project.renamed.v1.json"
    path.write_text(json.dumps(event_schema(ProjectRenamed)))
    return path


@pytest.mark.parametrize("model", [Fewer, Wider])
def test_a_tolerant_reader_is_accepted(contract: Path, model: type[BaseModel]) -> None:
    assert_consumer_accepts(model, contract)


@pytest.mark.parametrize("model", [Unpromised, OptionalOfTheirs, OtherType, NotNull])
def test_a_consumer_that_expects_more_is_refused(contract: Path, model: type[BaseModel]) -> None:
    with pytest.raises(AssertionError):
        assert_consumer_accepts(model, contract)


def test_a_consumer_that_the_examples_do_not_fit_is_refused(contract: Path) -> None:
    with pytest.raises(ValidationError):
        assert_consumer_accepts(Stricter, contract)


def test_an_event_without_an_example_is_refused() -> None:
    class Bare(ProjectRenamed):
        model_config = ConfigDict(json_schema_extra={"examples": []})

    with pytest.raises(ValueError, match="gives no example"):
        event_schema(Bare)


def test_the_registry_refuses_what_it_could_not_call() -> None:
    consumers = Consumers("documents")

    @consumers.on("projects.project.renamed.v1")
    async def renamed(session: AsyncSession, event: Fewer, meta: EventMeta) -> None: ...

    assert consumers.patterns() == ["projects.project.renamed.*"]
    with pytest.raises(TypeError, match="already"):
        consumers.on("projects.project.renamed.v1")(renamed)
    with pytest.raises(TypeError, match="form"):
        consumers.on("renamed")

    async def untyped(session: AsyncSession, event: int, meta: EventMeta) -> None: ...

    with pytest.raises(TypeError, match="pydantic"):
        consumers.on("projects.project.moved.v1")(untyped)


def test_the_asyncapi_document_names_what_is_sent_and_received() -> None:
    consumers = Consumers("projects")

    @consumers.on("documents.sync.failed.v1")
    async def failed(session: AsyncSession, event: Fewer, meta: EventMeta) -> None: ...

    document = asyncapi_document("Projects", "1", published=[ProjectRenamed], consumers=consumers)
    assert set(document["channels"]) == {"projects.project.renamed.v1", "documents.sync.failed.v1"}
    actions = {operation["action"] for operation in document["operations"].values()}
    assert actions == {"send", "receive"}
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].removeprefix("#/components/messages/") in document["components"]["messages"]
