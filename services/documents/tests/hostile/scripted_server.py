"""A server that says what it was told to, byte by byte, right or wrong."""

import socketserver
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import BinaryIO, TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)

Answer = bytes | Callable[[BinaryIO, Event], None]
"""The raw answer, or a function that writes it until it is done, nobody listens or the event is set."""


def pkt(line: bytes) -> bytes:
    """A line as git's protocol frames it."""
    return b"%04x" % (len(line) + 4) + line


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Answers the n-th request below `/name` with the n-th of the name's answers; after the last, with 404.

    The longest name that fits counts. With `repeats`, the last answer is given again and again.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, scripts: Mapping[str, Iterable[Answer]], *, repeats: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.stopped = Event()
        self._scripts = {name: list(answers) for name, answers in scripts.items()}
        self._repeats = repeats
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def unused(self) -> list[str]:
        """Names with answers that nobody asked for."""
        return [name for name, answers in self._scripts.items() if answers]

    def next_answer(self, path: str) -> Answer:
        names = [name for name in self._scripts if path.lstrip("/").startswith(name)]
        with self._lock:
            answers = self._scripts[max(names, key=len)] if names else []
            if answers:
                return answers[0] if self._repeats and len(answers) == 1 else answers.pop(0)
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Handler(socketserver.StreamRequestHandler):
    server: ScriptedServer  # pyright: ignore[reportIncompatibleVariableOverride] - only ever made by that server
    timeout = 30

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            head = [line for line in iter(self.rfile.readline, b"\r\n") if line]
            self._skip_body(b"".join(head[1:]).lower())
            path = head[0].split()[1].decode()
            self.server.requests.append(path)
            answer = self.server.next_answer(path)
            if callable(answer):
                answer(self.wfile, self.server.stopped)  # pyright: ignore[reportArgumentType] - a binary writer, typed as its base
            else:
                self.wfile.write(answer)

    def _skip_body(self, head: bytes) -> None:
        if b"transfer-encoding: chunked" in head:
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        elif b"content-length: " in head:
            self.rfile.read(int(head.partition(b"content-length: ")[2].split()[0]))


@contextmanager
def running(server: Server) -> Generator[Server]:
    """The server, running."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        if isinstance(server, ScriptedServer):
            server.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
