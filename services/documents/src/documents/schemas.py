"""What the document routes answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.fields import UtcDatetime
from documents.diff import LineKind

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
Status = Literal["backlog", "draft", "ready", "in_progress", "review", "done", "blocked", "dropped", "unknown"]

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


class LastCommit(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sha: str
    committed_at: UtcDatetime | None = Field(description="Null where git's date is none that can be written.")
    author: str
    subject: str


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
    last_commit: LastCommit | None = Field(
        description="The last commit that touched the file; null where the history at hand doesn't reach back to it."
    )


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


class DocumentVersionResponse(BaseModel):
    """A document as a sync found it, until another one found another text or path."""

    model_config = ConfigDict(from_attributes=True)

    commit_sha: str = Field(description="The commit that the sync indexed.")
    blob_sha: str
    path: str
    title: str
    size_bytes: int
    synced_at: UtcDatetime = Field(description="When this became the document's state.")
    is_current: bool
    last_commit: LastCommit | None


class DiffLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: LineKind
    old_line: int | None = Field(description="Null where the line is added.")
    new_line: int | None = Field(description="Null where the line is removed.")
    text: str = Field(description="Without its line break.")
    is_unterminated: bool = Field(description="The last line of a file that doesn't end with a line break.")


class DiffHunk(BaseModel):
    """As in a unified diff: an empty side begins at the line before it."""

    model_config = ConfigDict(from_attributes=True)

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: list[DiffLine]


class DocumentDiff(BaseModel):
    document_id: int
    from_version: DocumentVersionResponse = Field(serialization_alias="from")
    to: DocumentVersionResponse
    added_lines: int
    removed_lines: int
    hunks: list[DiffHunk]
    is_truncated: bool = Field(description="There is more to show than these hunks; the counts are of all.")


class ProjectStatistics(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    project_id: int
    documents: int
    chunks: int


class DocumentStatistics(BaseModel):
    documents: int
    chunks: int
    by_project: list[ProjectStatistics] = Field(description="By project id; a project without documents isn't listed.")
