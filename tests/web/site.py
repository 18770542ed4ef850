"""A small HTTP server on loopback that remembers what it was asked for: test pages, and the canary."""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Whoever loads the canary as a script, a style sheet or a frame shows it.
_BAIT = b"alert('canary')//"


@dataclass
class Site:
    """Where it is, and the paths that were asked for so far."""

    url: str  # "http://127.0.0.1:port"
    hits: list[str] = field(default_factory=list[str])


@contextmanager
def serve(pages: Mapping[str, str], headers: Mapping[str, str]) -> Generator[Site]:
    """Serve the pages (path → HTML) with these headers, and anything else as a script that raises a dialog."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.hits.append(self.path)
            page = pages.get(self.path)
            body = _BAIT if page is None else page.encode()
            self.send_response(200)
            kind = "text/javascript" if page is None else "text/html; charset=utf-8"
            sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Access-Control-Allow-Origin": "*"}
            for name, value in (sent | dict(headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: a test's output is for its failures."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()
