"""Whether a citation still says what its document says. Pure."""

from datetime import timedelta

from chat.models import Citation, DocumentVersion

CLOCK_MARGIN = timedelta(seconds=30)
"""By how much clocks may differ, and how long a change may take from being written down to being visible."""


def still_current(citation: Citation, version: DocumentVersion) -> bool | None:
    """What a document's newest event says of a citation: True, False, or None for nothing.

    The same blob is the same text. An event from well before the document was read is already in what was read. A
    removal, or a change of the cited section, makes the citation outdated.
    """
    if version.happened_at is None:
        return None
    if version.blob_sha == citation.blob_sha:
        return True
    if version.happened_at + CLOCK_MARGIN < citation.read_at:
        return None
    changed = version.changed_anchors
    if version.blob_sha is None or changed is None or (citation.anchor or "") in changed:
        return False
    return None
