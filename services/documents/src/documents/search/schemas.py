"""What the search routes take and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from common.fields import PayloadId, Text, Whole
from documents.schemas import Kind

Mode = Literal["hybrid", "semantic", "keyword"]


class SearchRequest(BaseModel):
    query: Annotated[Text, Field(min_length=1, max_length=1000)]
    limit: Annotated[int, Field(strict=True, ge=1, le=50), Whole] = 10
    mode: Mode = "hybrid"
    kinds: Annotated[list[Kind] | None, Field(max_length=50)] = None
    source_ids: Annotated[list[PayloadId] | None, Field(max_length=100)] = None
    path_prefix: Annotated[Text | None, Field(max_length=1024)] = None
    include_framework: Annotated[bool, Field(strict=True)] = False


class SearchHit(BaseModel):
    rank: int
    score: float = Field(
        ge=0, le=1, description="How likely this passage answers the query; comparable across queries."
    )
    project_id: int
    document_id: int
    source_id: int
    path: str
    title: str
    heading_path: list[str]
    anchor: str | None
    line_start: int = Field(description="1-based.")
    line_end: int = Field(description="Inclusive.")
    text: str = Field(description="Those lines of the file. Hits of one answer don't overlap.")
    snippet: str = Field(description="HTML; the only tag in it is `<mark>`. Without Markdown's markup.")
    kind: Kind
    artifact_id: str | None
    commit_sha: str


class SearchResponse(BaseModel):
    query: str
    mode: Mode
    took_ms: float
    results: list[SearchHit]
    warnings: list[str] = Field(
        default=[],
        description="What to know of this answer: the model is down, or no passage contains any of the words.",
    )


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
