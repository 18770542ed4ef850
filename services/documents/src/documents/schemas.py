"""What the document routes answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.fields import UtcDatetime

Kind = Literal[
    "config",
    "brief",
    "prd",
    "architecture",
    "ux",
    "epic",
    "story",
    "story_context",
    "qa_gate",
    "qa_assessment",
    "sprint_status",
    "workflow_status",
    "tech_spec",
    "build_spec",
    "spec",
    "stories_manifest",
    "retrospective",
    "change_proposal",
    "readiness",
    "research",
    "brainstorming",
    "review",
    "project_context",
    "deferred_work",
    "memlog",
    "bmad_other",
    "framework",
    "doc",
    "data",
    "asset",
]

DocumentOrder = Literal["path", "updated"]

LinkState = Literal["ok", "moved", "broken", "external"]


class FolderNode(BaseModel):
    type: Literal["folder"] = "folder"
    name: str
    path: str = Field(description="From the repository's root.")
    children: list["Node"]


class FileNode(BaseModel):
    type: Literal["file"] = "file"
    name: str
    path: str = Field(description="From the repository's root.")
    document_id: int
    file_type: str
    size_bytes: int
    kind: Kind
    status: str | None


Node = Annotated[FolderNode | FileNode, Field(discriminator="type")]


class SourceTree(BaseModel):
    source_id: int
    name: str
    commit_sha: str | None = Field(description="The commit of the last sync that succeeded; null before it.")
    tree: list[Node] = Field(description="Folders first, then files, each by name.")


class ProjectTree(BaseModel):
    project_id: int
    sources: list[SourceTree]


class DocumentSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    project_id: int
    source_id: int
    path: str
    title: str
    file_type: str
    size_bytes: int
    kind: Kind
    artifact_id: str | None
    status: str | None
    is_framework: bool
    blob_sha: str
    commit_sha: str
    updated_at: UtcDatetime


class TocEntry(BaseModel):
    level: int
    text: str
    anchor: str
    line: int


class LinkResponse(BaseModel):
    href: str = Field(description="As written in the document.")
    text: str
    line: int
    target_document_id: int | None
    target_anchor: str | None = Field(description="Only an anchor that the target document has.")
    state: LinkState = Field(
        description="`moved`: not where the link says, but one document of that name exists. `external`: leads out of "
        "the documents held here, unchecked."
    )


class DocumentResponse(DocumentSummary):
    front_matter: dict[str, Any] | None
    content: str
    html: str = Field(description="Sanitized; heading ids equal the anchors in `toc`.")
    toc: list[TocEntry]
    links: list[LinkResponse]
    warnings: list[str]


class ProjectStatistics(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    project_id: int
    documents: int
    chunks: int


class DocumentStatistics(BaseModel):
    documents: int
    chunks: int
    by_project: list[ProjectStatistics] = Field(description="By project id; a project without documents isn't listed.")
