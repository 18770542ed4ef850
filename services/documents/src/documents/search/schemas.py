"""What the search routes take and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from common.fields import PayloadId, Text, Whole
from documents.schemas import Kind, Status

Mode = Literal["hybrid", "semantic", "keyword"]
EpicNumber = Annotated[str, Field(pattern=r"^[0-9]{1,6}([.-][0-9]{1,6})?[A-Za-z]?$")]


class SearchRequest(BaseModel):
    query: Annotated[Text, Field(min_length=1, max_length=1000)]
    limit: Annotated[int, Field(strict=True, ge=1, le=50), Whole] = 10
    mode: Mode = "hybrid"
    kinds: Annotated[list[Kind] | None, Field(max_length=50)] = None
    statuses: Annotated[
        list[Status] | None, Field(max_length=20, description="Of the document, such as a story's.")
    ] = None
    epics: Annotated[
        list[EpicNumber] | None,
        Field(max_length=50, description="An epic's number: the epic, its stories and what is about them."),
    ] = None
    source_ids: Annotated[list[PayloadId] | None, Field(max_length=100)] = None
    path_prefix: Annotated[Text | None, Field(max_length=1024)] = None
    include_framework: Annotated[bool, Field(strict=True)] = False


class Place(BaseModel):
    """Where a passage stands."""

    document_id: int
    source_id: int
    path: str
    title: str
    heading_path: list[str]
    anchor: str | None
    line_start: int = Field(description="1-based.")
    line_end: int = Field(description="Inclusive.")


class Correction(BaseModel):
    """A word of the query that occurs nowhere, and the one that was searched instead."""

    typed: str = Field(alias="from")
    used: str = Field(alias="to")


class SearchHit(Place):
    """A passage that may answer the query."""

    rank: int
    score: float = Field(
        ge=0, le=1, description="How likely this passage answers the query; comparable across queries."
    )
    project_id: int
    text: str = Field(description="Those lines of the file. Hits of one answer don't overlap.")
    snippet: str = Field(description="HTML; the only tag in it is `<mark>`. Without Markdown's markup.")
    kind: Kind
    artifact_id: str | None
    commit_sha: str
    also_in: list[Place] = Field(
        default=[],
        description="Copies of the passage elsewhere: the whole document and its shards, what was archived.",
    )


class SearchResponse(BaseModel):
    query: str
    mode: Mode
    took_ms: float
    results: list[SearchHit]
    warnings: list[str] = Field(
        default=[],
        description="What to know of this answer: the model is down, or no passage contains any of the words.",
    )
    corrections: list[Correction] = Field(default=[], description="Words that were searched in the place of others.")


class Suggestion(BaseModel):
    type: Literal["document", "heading"]
    project_id: int
    document_id: int
    source_id: int
    path: str
    title: str = Field(description="The document's.")
    heading: str | None = Field(description="Null for a document.")
    anchor: str | None
    line: int = Field(description="Of the heading, 1-based; 1 for a document.")
    kind: Kind
    artifact_id: str | None
    status: str | None


class Suggestions(BaseModel):
    items: list[Suggestion] = Field(description="Best first.")
    corrections: list[Correction] = Field(default=[], description="Words that were looked up in the place of others.")
