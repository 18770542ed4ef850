"""Two versions of a document side by side."""

import asyncio
from collections.abc import Sequence

from documents.diff import compare
from documents.errors import VersionNotFound
from documents.repository import DocumentRepository, Version
from documents.schemas import DiffHunk, DocumentDiff, DocumentVersionResponse


async def compare_versions(
    documents: DocumentRepository, document_id: int, from_sha: str | None, to_sha: str | None
) -> DocumentDiff:
    """What changed from the version of one commit (the one before `to_sha`'s) to that of another (the current one).

    Raises DocumentNotFound, VersionNotFound, DocumentNotStored.
    """
    versions = await documents.list_versions(document_id)
    to = 0 if to_sha is None else _position(versions, document_id, to_sha)
    start = to + 1 if from_sha is None else _position(versions, document_id, from_sha)
    if start == len(versions):
        raise VersionNotFound(document_id)
    old, new = versions[start], versions[to]
    # Lines are compared for a tenth of a second at most, which other requests needn't wait for.
    diff = await asyncio.to_thread(
        compare, await documents.get_version_text(old), await documents.get_version_text(new)
    )
    return DocumentDiff(
        document_id=document_id,
        from_version=DocumentVersionResponse.model_validate(old),
        to=DocumentVersionResponse.model_validate(new),
        added_lines=diff.added_lines,
        removed_lines=diff.removed_lines,
        hunks=[DiffHunk.model_validate(hunk) for hunk in diff.hunks],
        is_truncated=diff.is_truncated,
    )


def _position(versions: Sequence[Version], document_id: int, commit_sha: str) -> int:
    """Of several versions of a commit, which a repository that went back and forth has, the newest: all are equal."""
    for position, version in enumerate(versions):
        if version.commit_sha == commit_sha:
            return position
    raise VersionNotFound(document_id, commit_sha)
