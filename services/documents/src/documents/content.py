"""Where the links of a document lead, and the headers under which its text may be shown.

Links are resolved when the document is read, so a target that came, went or moved since the last sync is seen.
"""

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import quote, unquote

from documents.parsing.anchors import slug
from documents.schemas import LinkState

_SCHEME = re.compile(r"[a-z][a-z0-9+\-]+:|//", re.IGNORECASE)  # no dot: `notes.md:12` is a file and a line
_LINE_SUFFIX = re.compile(r":\d+(-\d+)?$")
_LINE_FRAGMENT = re.compile(r"L\d+(C\d+)?(-L?\d+(C\d+)?)?")
_INDEX_FILES = ("README.md", "readme.md", "index.md")
_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link leads before its fragment is checked; `fragment` is "" when the link names none."""

    state: LinkState
    document_id: int | None = None
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Where links may lead, to be looked up among the documents of a source."""

    paths: frozenset[str]
    folders: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """Of the places asked for: the ids of documents by path, the folders, the ids of documents with a unique name."""

    documents: Mapping[str, int]
    folders: Collection[str]
    names: Mapping[str, int]


def places_of(document_path: str, hrefs: Iterable[str]) -> Places:
    """All places that the links of a document may mean. None holds a NUL, which no path has and Postgres refuses."""
    candidates: set[str] = set()
    names: set[str] = set()
    for href in hrefs:
        path, _ = _split(href)
        if path:
            candidates.update(_candidates(document_path, path))
            names.add(_name(path))
    return Places(
        frozenset({document_path, *_files_of(candidates)}),
        frozenset(each for each in candidates if each and "\0" not in each),
        frozenset(name for name in names if name and "\0" not in name),
    )


class LinkResolver:
    """Resolves the links of one document, given what is known of their `places_of`.

    `docs_path` is the folder that the source is limited to ("" for the whole repository), `suffixes` are those of files
    kept as documents (".md" …).
    """

    def __init__(self, document_path: str, known: KnownPlaces, *, docs_path: str, suffixes: Iterable[str]) -> None:
        self._path = document_path
        self._known = known
        self._docs_path = docs_path.strip("/")
        self._suffixes = frozenset(suffixes)

    def paths_elsewhere(self, hrefs: Iterable[str]) -> frozenset[str]:
        """Documents that the links not found here may mean in other sources of the repository; none holds a NUL."""
        split = (_split(href)[0] for href in hrefs)
        missing = [path for path in split if path and self._look_up(path) is None]
        return frozenset(_files_of(each for path in missing for each in self._beyond(path)))

    def resolve(self, href: str, elsewhere: Mapping[str, int] = _NOTHING) -> Destination:
        """The destination of a link as written: relative to the file, else from the root, else by a unique name.

        `elsewhere` are the ids of documents that other sources have of `paths_elsewhere`, by path. They come before the
        guess by name.
        """
        path, fragment = _split(href)
        if path is None:
            return Destination("external")
        if not path:
            return Destination("ok", self._known.documents.get(self._path), fragment)
        here = self._look_up(path)
        if here is not None:
            return replace(here, fragment=fragment)
        there = next((elsewhere[each] for each in _files_of(self._beyond(path)) if each in elsewhere), None)
        if there is not None:
            return Destination("ok", there, fragment)
        moved = self._known.names.get(_name(path))
        if moved is not None:
            return Destination("moved", moved, fragment)
        candidates = _candidates(self._path, path) or [path]
        return Destination("broken" if any(map(self._would_be_held, candidates)) else "external")

    def _beyond(self, path: str) -> list[str]:
        """What a link may mean outside the folder held: of what is inside, this source itself knows best."""
        return [each for each in _candidates(self._path, path) if not _is_below(each, self._docs_path)]

    def _look_up(self, path: str) -> Destination | None:
        """The document or folder of this source that a link means; of a folder, the document to show for it."""
        known = self._known
        for candidate in _candidates(self._path, path):
            file = next((each for each in _files(candidate) if each in known.documents), None)
            if file is not None:
                return Destination("ok", known.documents[file])
            if not candidate or candidate in known.folders:
                index = next((each for each in _index_files(candidate) if each in known.documents), None)
                return Destination("ok", known.documents[index] if index else None)
        return None

    def _would_be_held(self, candidate: str) -> bool:
        """Whether such a file, if it existed, would be among the documents: only then its absence is known."""
        suffix = posixpath.splitext(candidate)[1].lower()
        return _is_below(candidate, self._docs_path) and (not suffix or suffix in self._suffixes)


def _split(href: str) -> tuple[str | None, str]:
    """Path and fragment of a link; no path where it leads to another site, "" where it stays in the document."""
    href = href.strip()
    if _SCHEME.match(href):
        return None, ""
    path, _, fragment = href.partition("#")
    return _LINE_SUFFIX.sub("", unquote(path.partition("?")[0]).replace("\\", "/")), unquote(fragment)


def _name(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))


def _files(candidate: str) -> tuple[str, str]:
    return candidate, f"{candidate}.md"


def _files_of(candidates: Iterable[str]) -> Iterator[str]:
    """The documents that candidates may be, the likelier first; none with a NUL."""
    for each in candidates:
        if "\0" not in each:
            yield from (*_files(each), *_index_files(each))


def _index_files(folder: str) -> list[str]:
    return [posixpath.join(folder, name) for name in _INDEX_FILES]


def _candidates(document_path: str, path: str) -> list[str]:
    """The paths from the root that a link may mean, the likelier first; none that climbs out of the repository."""
    if path.startswith("/"):
        tried = [path.lstrip("/")]
    else:
        tried = [posixpath.join(posixpath.dirname(document_path), path), path]
    normal = (posixpath.normpath(each) for each in tried)
    return ["" if each == "." else each for each in normal if each != ".." and not each.startswith("../")]


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def is_line_fragment(fragment: str) -> bool:
    """Whether a fragment names lines (`L10-L20`) or the top rather than a heading."""
    return fragment in {"", "top"} or _LINE_FRAGMENT.fullmatch(fragment) is not None


def find_anchor(fragment: str, anchors: Iterable[str]) -> str | None:
    """The document's anchor that a fragment means: as written, in lower case, or given as the heading's text."""
    held = set(anchors)
    plain = fragment.removeprefix("user-content-")
    return next((each for each in (plain, plain.lower(), slug(plain)) if each in held), None)


def raw_headers(path: str, blob_sha: str) -> dict[str, str]:
    """Headers under which a browser shows a foreign file's text and does nothing else with it."""
    return {
        **_file_headers(path, blob_sha),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }


def asset_headers(path: str, blob_sha: str) -> dict[str, str]:
    """Headers under which a browser draws a foreign image: an SVG may style itself, and can neither run nor load."""
    return {
        **_file_headers(path, blob_sha),
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=60, must-revalidate",
    }


def _file_headers(path: str, blob_sha: str) -> dict[str, str]:
    name = posixpath.basename(path)
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return {
        "Content-Disposition": f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{blob_sha}"',
    }


def is_unchanged(if_none_match: str | None, blob_sha: str) -> bool:
    """Whether the caller already holds this blob (RFC 9110, weak comparison)."""
    if if_none_match is None:
        return False
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in held or f'"{blob_sha}"' in held
