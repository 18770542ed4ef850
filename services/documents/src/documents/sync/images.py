"""Images of a repository: which of them a document refers to, and whether their bytes are what their names say."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import unquote

from documents.parsing.text import LFS_POINTER, decode

MEDIA_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
"""What we keep, by lower-case file name extension."""

REFERENCE_PATTERN = rf"\.({'|'.join(MEDIA_TYPES)})([?#]|$)"
"""What a reference to an image looks like, as a regular expression for Python and Postgres; case doesn't matter."""

NOT_AS_NAMED = "The file's content isn't the kind of image that its name says: it isn't shown."
IN_LFS = "The image is kept in Git LFS, which isn't read: it isn't shown."

_SVG = re.compile(r"<(?:[\w.-]+:)?svg[\s/>]")


def file_extension(path: str) -> str:
    """The lower-case extension without its dot; "" where there is none."""
    return posixpath.splitext(path)[1][1:].lower()


def target_of(document_path: str, href: str) -> str:
    """The path from the repository's root that a reference means; one that leads elsewhere is no path of a tree."""
    path = unquote(re.split("[?#]", href.strip(), maxsplit=1)[0]).replace("\\", "/")
    folder = "" if path.startswith("/") else posixpath.dirname(document_path)
    return posixpath.normpath(posixpath.join(folder, path.lstrip("/")))


def problem_with(path: str, data: bytes) -> str | None:
    """Why the image can't be shown, in a sentence for the user; None if its bytes are of the type that it claims."""
    if data.startswith(LFS_POINTER.encode()):
        return IN_LFS
    return None if _IS_OF_TYPE[MEDIA_TYPES[file_extension(path)]](data) else NOT_AS_NAMED


def _begins_with(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(beginnings)


def _is_svg(data: bytes) -> bool:
    text, _ = decode(data)
    return text.lstrip().startswith("<") and _SVG.search(text) is not None


_IS_OF_TYPE: dict[str, Callable[[bytes], bool]] = {
    "image/avif": lambda data: data[4:8] == b"ftyp" and (b"avif" in data[8:64] or b"avis" in data[8:64]),
    "image/bmp": _begins_with(b"BM"),
    "image/gif": _begins_with(b"GIF87a", b"GIF89a"),
    "image/jpeg": _begins_with(b"\xff\xd8\xff"),
    "image/png": _begins_with(b"\x89PNG\r\n\x1a\n"),
    "image/svg+xml": _is_svg,
    "image/webp": lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    "image/x-icon": _begins_with(b"\0\0\x01\0"),
}
