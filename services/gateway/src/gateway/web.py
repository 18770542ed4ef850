"""The built web client: two pages with a fresh nonce in every answer, and the files that they load."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from gateway.errors import FileUnknown

log = structlog.get_logger(__name__)

NONCE_PLACEHOLDER = "__CSP_NONCE__"
_NOT_PAGES = frozenset({"api", "mcp", "metrics"})
_READING = frozenset({"GET", "HEAD"})
# Not the machine's own table, which differs from one to the next: with nosniff a wrong type stops a script.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""File suffix by content coding, the better one first."""
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")

_CLIENT_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}';"
    " img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
# Mermaid writes style elements of its own, so this page may have them: it holds nothing but one diagram. In a sandbox
# it is of no origin, so it reaches nothing of the client, and a browser gives it a process of its own, which may hang.
_DIAGRAM_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic';"
    " style-src 'unsafe-inline'; font-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_PERMISSIONS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_COMMON_HEADERS = {"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin"}
_FILE_HEADERS = {**_COMMON_HEADERS, "Cache-Control": "public, max-age=3600"}
# Vite names the files in assets/ after their content, so what was loaded once never changes. The sandboxed page asks
# for scripts too, and its origin is "null"; they are the same for everybody.
_ASSET_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "same-origin",
}
_PAGE_HEADERS = {
    **_COMMON_HEADERS,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _PERMISSIONS),
}


@dataclass(frozen=True, slots=True)
class WebRoute:
    """A class of requests to the client, as a label for measurements."""

    path: str


_PAGES = WebRoute("/{page}")
_FILES = WebRoute("/{file}")


class _Page:
    """An HTML file whose placeholders become a nonce that its policy names."""

    def __init__(self, file: Path, policy: str, framing: str) -> None:
        self._parts = file.read_text("utf-8").split(NONCE_PLACEHOLDER)
        self._policy = policy
        self._framing = framing

    def answer(self) -> Response:
        nonce = secrets.token_urlsafe(16)
        policy = self._policy.format(nonce=nonce)
        headers = {**_PAGE_HEADERS, "Content-Security-Policy": policy, "X-Frame-Options": self._framing}
        return HTMLResponse(nonce.join(self._parts), headers=headers)


class _Build:
    """What one build put into the folder: its two pages, and the names of its files."""

    def __init__(self, folder: Path) -> None:
        self.stamp = _stamp(folder)  # taken first: what changes while the rest is read is read again
        self.index = _Page(folder / "index.html", _CLIENT_POLICY, "DENY")
        self.diagram = _Page(folder / "diagram.html", _DIAGRAM_POLICY, "SAMEORIGIN")
        self.names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if _is_served(file)}


class WebClient:
    """The folder of a build (`index.html`, `diagram.html`, `assets/`, a few files beside them) as an ASGI application.

    The folder is read at the start, and anew after another build was put there; while that one is incomplete, the one
    before stays. Every path that isn't a file of it is a page of the client, which does its own routing; only what is
    missing in `assets/` is said to be missing. Raises OSError when one of the two pages can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._build = _Build(folder)
        self._files = StaticFiles(directory=folder)

    def answers(self, method: str, path: str) -> bool:
        """Whether a request that no service answers is for the client and not for the gateway's own API."""
        return method in _READING and path.split("/", 2)[1] not in _NOT_PAGES

    def is_public(self, method: str, path: str) -> bool:
        """Whether pages of any origin may read the answer: the code of the client is no secret."""
        return method in _READING and path.startswith("/assets/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET or HEAD request. Raises FileUnknown."""
        build = self._newest()
        name = scope["path"].removeprefix("/")
        is_asset = name.startswith("assets/")
        if is_asset or _is_file(name, build.names):
            scope["route"] = _FILES
            answer = await self._file(name, build.names, scope)
            answer.headers.update(_ASSET_HEADERS if is_asset else _FILE_HEADERS)
        else:
            scope["route"] = _PAGES
            answer = (build.diagram if name == "diagram" else build.index).answer()
        await answer(scope, receive, send)

    def _newest(self) -> _Build:
        try:
            if _stamp(self._folder) != self._build.stamp:
                self._build = _Build(self._folder)
        except (OSError, UnicodeDecodeError):  # being built just now
            pass
        return self._build

    async def _file(self, name: str, names: set[str], scope: Scope) -> Response:
        if not _is_file(name, names):
            raise FileUnknown("The web client has no such file. After an update of BMADFlow: reload the page.")
        there = [coding for coding, suffix in _ENCODINGS.items() if name + suffix in names]
        accepted = _accepted_codings(Headers(scope=scope).get("accept-encoding", ""))
        coding = next((coding for coding in there if coding in accepted), None)
        try:
            answer = await self._files.get_response(name + _ENCODINGS.get(coding or "", ""), scope)
        except HTTPException as error:  # gone since the folder was read
            raise FileUnknown("The web client no longer has that file: reload the page.") from error
        if there:
            answer.headers["Vary"] = "Accept-Encoding"
        if not isinstance(answer, NotModifiedResponse):
            answer.headers["Content-Type"] = _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
            if coding:
                answer.headers["Content-Encoding"] = coding
        return answer


def load_web_client(folder: Path | None) -> WebClient | None:
    """The client built in `folder`; None, with a warning in the log, where there is none."""
    if folder is None:
        return None
    try:
        return WebClient(folder)
    except (OSError, UnicodeDecodeError) as error:
        log.warning("web.not_built", folder=str(folder), error=str(error))
        return None


def _stamp(folder: Path) -> list[tuple[int, int, int]]:
    """Another one for another build: pages are written anew, and a folder changes with the names in it."""
    places = [folder, folder / "assets", folder / "index.html", folder / "diagram.html"]
    return [(seen.st_mtime_ns, seen.st_ino, seen.st_size) for seen in (place.stat() for place in places)]


def _is_served(file: Path) -> bool:
    return file.is_file() and file.suffix != ".html" and not file.name.startswith(".")


def _is_file(name: str, names: set[str]) -> bool:
    """Whether a file has this name; compressed copies are had through the name of the original only."""
    return name in names and not name.endswith(tuple(_ENCODINGS.values()))


def _accepted_codings(header: str) -> set[str]:
    codings = (part.strip().lower() for part in header.split(","))
    return {coding.partition(";")[0].strip() for coding in codings if not _REFUSED.search(coding)}
