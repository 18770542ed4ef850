"""What a worker asks of the projects service: the sealed credential of a source."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from common.sealing import SealingKeys


class ProjectsService(ThreadingHTTPServer):
    """Seals with `keys` whatever is put into `credentials`, for the server of `repo_url`; `asked` counts requests."""

    daemon_threads = True

    def __init__(self, keys: SealingKeys) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys = keys
        self.credentials: dict[int, Mapping[str, str]] = {}
        self.repo_url = ""
        self.status = 200
        self.asked = 0
        self.is_down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, str]]:
        source_id = int(path.removeprefix("/internal/sources/").removesuffix("/credential"))
        if self.is_down:
            return 503, {}
        if self.status != 200:
            return self.status, {}
        if not self.keys.accepts(f"credential:{source_id}", authorization.removeprefix("Bearer ")):
            return 401, {}
        if source_id not in self.credentials:
            return 404, {}
        secret = json.dumps(self.credentials[source_id])
        sealed = self.keys.seal(secret, f"projects.source.credential:{source_id}")
        return 200, {"sealed": sealed, "repo_url": self.repo_url}


@contextmanager
def serve_credentials(keys: SealingKeys) -> Generator[ProjectsService]:
    """A running service."""
    server = ProjectsService(keys)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ProjectsService  # pyright: ignore[reportIncompatibleVariableOverride] - only ever made by that server

    def do_GET(self) -> None:
        self.server.asked += 1
        status, body = self.server.answer(self.path, self.headers.get("Authorization", ""))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Quiet."""
