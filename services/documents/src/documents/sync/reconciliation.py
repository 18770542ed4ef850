"""Whether the index holds what the tree holds, and how that is counted."""

from documents.sync.errors import SyncError
from documents.sync.progress import Progress
from documents.sync.store import PARSER_VERSION, DocumentStore
from documents.sync.tree import Difference, Listing, compare

_TREE_WARNINGS = 20


async def difference_to(store: DocumentStore, listing: Listing) -> Difference:
    """What to do so that the index holds what the tree holds. Where it does already, no list of it is read."""
    if await store.fingerprint() == (listing.fingerprint, True):
        return Difference([], [], len(listing.entries))
    return compare(listing.entries, await store.stored(), PARSER_VERSION)


async def reconcile(store: DocumentStore, listing: Listing, progress: Progress, *, is_same: bool = False) -> None:
    """Compare what is stored with the tree, and take the warnings from what is stored. Raises SyncError.

    `is_same` says that this was just done: they were equal, and nothing was written since.
    """
    if not is_same and (await store.fingerprint())[0] != listing.fingerprint:
        raise _mismatch({path: each.blob_sha for path, each in (await store.stored()).items()}, listing)
    progress.warnings = list(listing.warnings[:_TREE_WARNINGS])
    await warn_of_documents(store, progress)


def _mismatch(stored: dict[str, str], listing: Listing) -> SyncError:
    tree = {entry.path: entry.blob_sha for entry in listing.entries}
    differing = sorted(path for path in stored.keys() | tree.keys() if stored.get(path) != tree.get(path))
    first = f", the first is {differing[0]}" if differing else ""
    return SyncError(
        "INDEX_MISMATCH", f"{len(differing)} files differ between index and repository{first}. Sync again."
    )


async def warn_of_documents(store: DocumentStore, progress: Progress) -> None:
    """Add the stored documents' own warnings to the run's."""
    for path, message in await store.warnings():
        progress.warn(path, message)


async def count(store: DocumentStore, progress: Progress) -> None:
    """However the run ended, its totals describe what the source holds now."""
    totals = await store.totals()
    progress.files_total = progress.files_done = totals.files
    progress.files_failed = totals.files_failed
    progress.chunks_total = totals.chunks
