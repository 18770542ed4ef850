"""What an answer is made from: sections found, passages quoted from them, the documents they stand in."""

from dataclasses import dataclass
from typing import Literal

PassageKind = Literal["prose", "list", "table", "code"]
Section = tuple[int, tuple[str, ...], str | None]
"""Which section of which document: the document's id, heading path and anchor."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that the search found; `text` is those lines of the file, `score` lies in 0–1."""

    document_id: int
    source_id: int
    path: str
    title: str
    heading_path: tuple[str, ...]
    anchor: str | None
    line_start: int
    line_end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a hit, verbatim, with the lines of the file that hold them."""

    hit: Hit
    quote: str
    line_start: int
    line_end: int
    kind: PassageKind
    score: float


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of a document's table of contents."""

    level: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the hub holds it at one commit; `lines` is its text cut at each line feed."""

    id: int
    source_id: int
    path: str
    commit_sha: str
    blob_sha: str
    lines: tuple[str, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A numbered passage whose words stand where it says, in the section that it names."""

    n: int
    passage: Passage
    document: StoredDocument
    heading_path: tuple[str, ...]
    anchor: str | None

    @property
    def section(self) -> Section:
        return self.document.id, self.heading_path, self.anchor
