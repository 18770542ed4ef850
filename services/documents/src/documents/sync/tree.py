"""What a commit holds, and how that differs from what is stored."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from documents.events import SyncWarning
from documents.parsing import FILE_TYPES
from documents.sync.errors import SyncError
from documents.sync.git import CopyDamaged, LocalCopy
from documents.sync.git_program import GitFailed
from documents.sync.images import MEDIA_TYPES, file_extension

_REGULAR = (b"100644", b"100755", b"100664")
_LONGEST_PATH = 1000  # bytes; what a database index can hold, with a margin


@dataclass(frozen=True, slots=True)
class Entry:
    """A document or an image of the tree: its path from the repository's root and its blob.

    `size` is in bytes; a tree doesn't tell it, so it is 0 until the blob was read.
    """

    path: str
    blob_sha: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is stored."""

    document_id: int
    blob_sha: str
    parser_version: int


@dataclass(frozen=True, slots=True)
class Work:
    """A file to read. `document_id` is of the document that it becomes; `old_path` is set if that is renamed."""

    entry: Entry
    document_id: int | None = None
    old_path: str | None = None

    def sized(self, size: int) -> Self:
        """The same, now that the file's size is known."""
        return replace(self, entry=replace(self.entry, size=size))


@dataclass(slots=True)
class Listing:
    """The documents (`entries`) and the images of a tree, and what about it a person should know.

    `fingerprint` is that of the documents: see the function.
    """

    entries: list[Entry] = field(default_factory=list[Entry])
    images: list[Entry] = field(default_factory=list[Entry])
    warnings: list[SyncWarning] = field(default_factory=list[SyncWarning])
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the tree differs from what is stored: what to read, and which documents (ids) are gone."""

    work: list[Work]
    removed: list[int]
    unchanged: int


async def list_tree(copy: LocalCopy, commit_sha: str, docs_path: str | None, max_files: int) -> Listing:
    """The documents below `docs_path` (None: everywhere). Raises SyncError, CopyDamaged."""
    folder = _normalised(docs_path)
    try:
        below = ["--", f"{folder}/"] if folder else []
        listing = await copy.read("ls-tree", "-r", "-z", commit_sha, *below)
        if folder and not listing:
            await _require_folder(copy, commit_sha, folder)
    except GitFailed as error:
        if "bytes of output" in error.said:
            raise _too_many(max_files) from error
        raise CopyDamaged(error.said) from error
    records = listing.split(b"\0")[:-1]
    if len(records) > max_files:
        raise _too_many(max_files)
    return _listing(records, folder)


async def _require_folder(copy: LocalCopy, commit_sha: str, folder: str) -> None:
    found = await copy.read("ls-tree", "-z", commit_sha, "--", folder)
    kind = found.split(b" ")[1:2]
    if kind != [b"tree"]:
        what = "is a file, not a folder" if kind == [b"blob"] else "doesn't exist in this branch"
        raise SyncError("DOCS_PATH_NOT_FOUND", f"The folder “{folder}” {what}. Correct the source's folder.")


def _normalised(docs_path: str | None) -> str:
    parts = [part for part in (docs_path or "").split("/") if part not in ("", ".")]
    if ".." in parts or any(char == "\0" or 0xD800 <= ord(char) < 0xE000 for part in parts for char in part):
        raise SyncError("DOCS_PATH_NOT_FOUND", "The source's folder must be inside the repository.")
    return "/".join(parts)


def _too_many(max_files: int) -> SyncError:
    return SyncError(
        "REPOSITORY_TOO_LARGE", f"The tree has more than {max_files:,} files. Limit the source to a folder."
    )


def _listing(records: Iterable[bytes], folder: str) -> Listing:
    found = Listing()
    for record in records:
        head, _, raw_path = record.partition(b"\t")
        mode, _, blob_sha = head.split()
        if mode not in _REGULAR:  # a symbolic link or a submodule: never followed
            continue
        suffix = file_extension(raw_path.decode(errors="replace"))
        if suffix not in FILE_TYPES and suffix not in MEDIA_TYPES:
            continue
        problem = _path_problem(raw_path)
        if suffix in MEDIA_TYPES:
            # No link can be written to a path that isn't valid, so nobody misses the image.
            found.images += [] if problem else [Entry(raw_path.decode(), blob_sha.decode())]
            continue
        if problem:
            shown = raw_path.decode(errors="backslashreplace")[:_LONGEST_PATH]
            found.warnings.append(SyncWarning(path=shown, message=problem))
            continue
        found.entries.append(Entry(raw_path.decode(), blob_sha.decode()))
    if not found.entries:
        where = f"in the folder “{folder}”" if folder else "in the repository"
        found.warnings.append(SyncWarning(path=folder, message=f"There are no documents {where}."))
    found.warnings += _case_clashes(found.entries)
    found.fingerprint = fingerprint(found.entries)
    return found


def _case_clashes(entries: Iterable[Entry]) -> Iterator[SyncWarning]:
    """Both are indexed, but on a disk that doesn't tell them apart a checkout has only one of them."""
    first: dict[str, str] = {}
    for entry in entries:
        other = first.setdefault(entry.path.lower(), entry.path)
        if other != entry.path:
            message = f"Its path differs from “{other}” only by upper and lower case. Rename one of them."
            yield SyncWarning(path=entry.path, message=message)


def _path_problem(raw_path: bytes) -> str | None:
    if len(raw_path) > _LONGEST_PATH:
        return f"The path is longer than {_LONGEST_PATH} bytes: the file was left out."
    try:
        raw_path.decode()
    except UnicodeDecodeError:
        return "The file's name is not valid UTF-8: the file was left out. Rename it."
    return None


def fingerprint(entries: Iterable[Entry]) -> str:
    """A SHA-256 of all paths and blobs: equal for equal trees, whatever their order, and for no others."""
    ordered = sorted(entries, key=lambda entry: entry.path)
    parts = (f"{len(entry.path.encode())}:{entry.path} {entry.blob_sha}" for entry in ordered)
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def compare(entries: Iterable[Entry], stored: Mapping[str, Stored], parser_version: int) -> Difference:
    """What to do so that `stored` (by path) equals the tree. A vanished blob at a new path is a renamed document."""
    tree = {entry.path: entry for entry in entries}
    vanished: dict[str, list[str]] = defaultdict(list)
    for path in sorted(stored.keys() - tree.keys(), reverse=True):
        vanished[stored[path].blob_sha].append(path)
    work: list[Work] = []
    for path, entry in tree.items():
        known = stored.get(path)
        if known is None:
            work.append(_arrival(entry, vanished, stored))
        elif (known.blob_sha, known.parser_version) != (entry.blob_sha, parser_version):
            work.append(Work(entry, known.document_id))
    removed = [stored[path].document_id for paths in vanished.values() for path in paths]
    return Difference(sorted(work, key=_urgency), removed, len(tree) - len(work))


def _arrival(entry: Entry, vanished: dict[str, list[str]], stored: Mapping[str, Stored]) -> Work:
    origins = vanished.get(entry.blob_sha)
    if not origins:
        return Work(entry)
    old_path = origins.pop()
    return Work(entry, stored[old_path].document_id, old_path)


def _urgency(work: Work) -> tuple[bool, bool, str]:
    """People wait for their own prose; tools' folders and data come last."""
    path = work.entry.path
    is_tooling = path.startswith((".", "_bmad/", "bmad/"))
    is_data = not path.lower().endswith((".md", ".markdown", ".mdx", ".rst", ".txt"))
    return is_tooling, is_data, path
