"""A parsed file to the rows that are stored of it."""

import hashlib
import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from documents.chunking import Chunk
from documents.events import Change, DocumentChanged
from documents.parsing import ParsedDocument
from documents.sync.tree import Work
from documents.text_search import indexable, is_french

Vector = NDArray[np.float32]

_MAX_ANCHORS = 200


@dataclass(slots=True)
class Prepared:
    """A file that was read: all that will be stored of it. `vectors` are by content hash.

    `data` is what the file holds: kept where it isn't simply the text in UTF-8. None if it was not read.
    """

    work: Work
    document: ParsedDocument
    chunks: list[Chunk]
    data: bytes | None = None
    is_failed: bool = False
    vectors: Mapping[str, Vector] = field(default_factory=dict[str, Vector])

    @property
    def change(self) -> Change:
        if self.work.old_path is not None:
            return "renamed"
        return "added" if self.work.document_id is None else "modified"


def changed_anchors(each: Prepared, old: Mapping[str, set[str]]) -> list[str] | None:
    """The anchors whose text changed or vanished, `old` being text hashes by anchor; None where they are too many."""
    new: dict[str, set[str]] = defaultdict(set)
    for row in section_rows(each, 0):
        new[row["anchor"] or ""].add(row["text_hash"])
    changed = sorted(anchor for anchor, hashes in old.items() if new.get(anchor) != hashes)
    return changed if len(changed) <= _MAX_ANCHORS else None


def change_of(
    each: Prepared, scope: Mapping[str, int], document_id: int, commit_sha: str, old: Mapping[str, set[str]]
) -> DocumentChanged:
    """What is told of the file's new state; `old` as for `changed_anchors`, `scope` as a job's."""
    return DocumentChanged(
        document_id=document_id,
        project_id=scope["project_id"],
        source_id=scope["source_id"],
        path=each.document.path,
        title=each.document.title,
        kind=each.document.kind,
        change=each.change,
        blob_sha=each.work.entry.blob_sha,
        commit_sha=commit_sha,
        changed_anchors=changed_anchors(each, old),
    )


def as_json(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter `rows` of a statement that takes rows as JSON."""
    return {"rows": json.dumps(list(rows), ensure_ascii=False, default=str)}


def document_row(each: Prepared) -> dict[str, Any]:
    """What the table `document` keeps of a file; `raw` in base64."""
    document = each.document
    return {
        "path": document.path,
        "title": document.title,
        "file_type": document.file_type,
        "size_bytes": each.work.entry.size,
        "kind": document.kind,
        "artifact_id": document.artifact_id,
        "status": document.status,
        "is_framework": document.is_framework,
        "is_failed": each.is_failed,
        "blob_sha": each.work.entry.blob_sha,
        "front_matter": document.front_matter,
        "content": document.text,
        "raw": _raw(each),
        "html": document.html,
        "toc": [
            {"level": entry.level, "text": entry.text, "anchor": entry.anchor, "line": entry.line}
            for entry in document.toc
        ],
        "warnings": document.warnings,
    }


def version_row(each: Prepared) -> dict[str, Any]:
    """What tells whether a file is another version of its document."""
    entry = each.work.entry
    return {"document_id": each.work.document_id, "path": entry.path, "blob_sha": entry.blob_sha}


def section_rows(each: Prepared, document_id: int) -> list[dict[str, Any]]:
    """What the table `section` keeps of a file."""
    return [
        {
            "document_id": document_id,
            "position": section.position,
            "level": section.level,
            "heading": section.heading,
            "anchor": section.anchor,
            "heading_path": section.heading_path,
            **_span(section),
            "text_hash": _hash(each.document.text[section.char_start : section.char_end]),
        }
        for section in each.document.sections
    ]


def chunk_rows(each: Prepared, document_id: int) -> list[dict[str, Any]]:
    """What the table `chunk` keeps of a file."""
    title = indexable(each.document.title)
    french = is_french(each.document.text)
    return [
        {
            "document_id": document_id,
            "position": chunk.position,
            "section_position": chunk.section_position,
            "heading_path": chunk.heading_path,
            "anchor": chunk.anchor,
            **_span(chunk),
            "text": chunk.text,
            "content_hash": chunk.content_hash,
            "kind": each.document.kind,
            "is_framework": each.document.is_framework,
            "is_french": french,
            "title": title,
            "headings": indexable("\n".join(chunk.heading_path)),
            "body": indexable(chunk.text),
        }
        for chunk in each.chunks
    ]


def link_rows(each: Prepared, document_id: int) -> list[dict[str, Any]]:
    """What the table `link` keeps of a file."""
    return [
        {"document_id": document_id, "href": link.href, "text": link.text, "line": link.line}
        for link in each.document.links
    ]


def _raw(each: Prepared) -> str | None:
    if each.data is None or each.data == each.document.text.encode():
        return None
    return b64encode(each.data).decode()


def _span(of: Any) -> dict[str, int]:
    return {
        "char_start": of.char_start,
        "char_end": of.char_end,
        "line_start": of.line_start,
        "line_end": of.line_end,
    }


def _hash(passage: str) -> str:
    return hashlib.sha256(passage.encode(errors="replace")).hexdigest()
