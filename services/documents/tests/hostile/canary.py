"""A listener on loopback that nobody may ever reach: it stands for whatever is internal."""

import selectors
import socket
from contextlib import suppress
from threading import Condition, Thread
from types import TracebackType
from typing import Self

_PROBE = b"probe "
_HOSTS = (("127.0.0.1", socket.AF_INET), ("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
_PATIENCE = 10.0  # seconds


class Canary:
    """Accepts every connection to its ports, answers nothing, and remembers the first bytes of each."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._listeners = [_listener(host, family) for host, family in _HOSTS]
        self._seen: list[bytes] = []
        self._changed = Condition()
        self._stop, stopped = socket.socketpair()
        for each in (*self._listeners, stopped):
            self._selector.register(each, selectors.EVENT_READ)
        self._stopped = stopped
        self._thread = Thread(target=self._serve, name="canary")

    @property
    def port(self) -> int:
        """The first of its ports on 127.0.0.1."""
        return self._listeners[0].getsockname()[1]

    @property
    def ipv6_port(self) -> int:
        """Its port on ::1."""
        return self._listeners[-1].getsockname()[1]

    def hits(self) -> list[bytes]:
        """What came so far. Connections are accepted in order, so probes that arrived prove that all before did."""
        probes = [_PROBE + str(number).encode() for number in range(len(self._listeners))]
        for listener, probe in zip(self._listeners, probes, strict=True):
            with socket.create_connection(listener.getsockname()[:2], _PATIENCE) as connection:
                connection.sendall(probe)
        with self._changed:
            assert self._changed.wait_for(lambda: all(probe in self._seen for probe in probes), _PATIENCE)
            self._seen = [each for each in self._seen if each not in probes]
            return list(self._seen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.send(b"x")
        self._thread.join()
        for each in (*self._listeners, self._stop, self._stopped):
            each.close()
        self._selector.close()

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._stopped:
                    return
                assert isinstance(key.fileobj, socket.socket)
                connection, _address = key.fileobj.accept()
                with connection:
                    self._note(connection)

    def _note(self, connection: socket.socket) -> None:
        connection.settimeout(1.0)
        first = b""
        with suppress(OSError):
            first = connection.recv(200)
        with self._changed:
            self._seen.append(first)
            self._changed.notify_all()


def _listener(host: str, family: socket.AddressFamily) -> socket.socket:
    listener = socket.socket(family)
    listener.bind((host, 0))
    listener.listen(64)
    return listener
