"""Serves real repositories over real HTTP by `git http-backend`.

`/open/…` is public, `/private/…` asks for a password, `/moved/…` redirects to `/open/…`. Requests are recorded.
"""

import os
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

USER, PASSWORD = "reader", "open sesame"
_EXPECTED = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class GitHttpServer(ThreadingHTTPServer):
    """`root` holds the repositories; while `released` is cleared, answers to fetches wait for it to be set.

    `filters`: whether it leaves contents out when asked; `is_old`: whether it speaks the protocol of 2017 and before,
    in which only what is advertised may be asked for. `sent` counts bytes of answers.
    """

    daemon_threads = True

    def __init__(self, root: Path, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        super().__init__(address, _Handler)
        self.root = root
        self.requests: list[str] = []
        self.sent = 0
        self.filters = True
        self.is_old = False
        self.scheme = "http"
        self.released = Event()
        self.released.set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def fetches(self) -> int:
        """How often something was fetched or listed so far."""
        return sum(request.startswith('"POST') for request in self.requests)


@contextmanager
def serve(root: Path, tls: ssl.SSLContext | None = None) -> Generator[GitHttpServer]:
    """A running server, over TLS where a context with its certificate is given."""
    server = GitHttpServer(root)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: GitHttpServer  # pyright: ignore[reportIncompatibleVariableOverride] - only ever made by that server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        self.server.requests.append(format % args)

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        area, _, rest = parts.path.lstrip("/").partition("/")
        if area == "moved":
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/open/{rest}?{parts.query}")
            self.end_headers()
        elif area == "private" and self.headers.get("Authorization") != _EXPECTED:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
        else:
            self._serve_git(rest, parts.query)

    def _serve_git(self, path: str, query: str) -> None:
        if self.command == "POST":
            self.server.released.wait(30)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        done = subprocess.run(
            ["git", "http-backend"], env=self._environment(path, query), input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.sent += len(content)

    def _chunks(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return b""
        parts: list[bytes] = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _environment(self, path: str, query: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "uploadpack.allowFilter",
            "GIT_CONFIG_VALUE_1": str(self.server.filters).lower(),
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": "" if self.server.is_old else self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
