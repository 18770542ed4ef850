"""The process that holds the model: `python -m documents.embedding.child`, started by `documents.embedding.process`.

Requests come in on standard input and are cut into batches, which keep the model busy without a pause from one request
to the next; a request of few texts (a search) goes before long ones, and of several streams (syncs) each has its turn.
It ends with its parent, however that ends.
"""

import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from pathlib import Path
from typing import BinaryIO

import numpy as np

from documents.embedding import frames
from documents.embedding.base import DIMENSIONS, EmbeddingUnavailable, Vectors
from documents.embedding.frames import Kind
from documents.embedding.late_interaction import likeness
from documents.embedding.minilm import Batch, MiniLm

_URGENT = 4

Send = Callable[[Kind, int, bytes], None]


class Request(ABC):
    """One request's answer, filled in batch by batch, from any thread."""

    def __init__(self, number: int, batches: int, send: Send) -> None:
        self._number = number
        self._left = batches
        self._send = send
        self._lock = threading.Lock()

    def fill(self, batch: Batch, values: Vectors) -> None:
        """Take what came of a batch; answers once all are there."""
        with self._lock:
            self._take(batch, values)
            self._left -= 1
            if self._left:
                return
        kind, answer = self._answer()
        self._send(kind, self._number, frames.from_floats(answer))

    @abstractmethod
    def _take(self, batch: Batch, values: Vectors) -> None: ...

    @abstractmethod
    def _answer(self) -> tuple[Kind, Vectors]: ...


class Embedding(Request):
    """The texts' vectors."""

    def __init__(self, number: int, texts: int, batches: int, send: Send) -> None:
        super().__init__(number, batches, send)
        self._vectors: Vectors = np.empty((texts, DIMENSIONS), dtype=np.float32)

    def _take(self, batch: Batch, values: Vectors) -> None:
        self._vectors[batch.indices] = values

    def _answer(self) -> tuple[Kind, Vectors]:
        return Kind.VECTORS, self._vectors


class Comparison(Request):
    """How well each of the other texts answers the first."""

    def __init__(self, number: int, batches: int, send: Send) -> None:
        super().__init__(number, batches, send)
        self._words: dict[int, Vectors] = {}

    def _take(self, batch: Batch, values: Vectors) -> None:
        for row, index in enumerate(batch.indices):
            # Without the marks of beginning and end, and without padding.
            self._words[index] = values[row, 1 : batch.mask[row].sum() - 1]

    def _answer(self) -> tuple[Kind, Vectors]:
        query = self._words[0]
        scores = [likeness(query, self._words[index]) for index in range(1, len(self._words))]
        return Kind.SCORES, np.array(scores, dtype=np.float32)


class Agenda:
    """Batches that wait for the model: urgent ones first, else one of each stream in turn, in order of arrival.

    Each batch belongs to a round. A stream has one batch in a round, and joins in the one that is under way (start-time
    fair queueing, Goyal et al. 1996, with batches of one size).
    """

    def __init__(self) -> None:
        self._heap: list[tuple[bool, int, int, Request, Batch]] = []
        self._arrived = 0
        self._round = 0
        self._last_round: dict[int, int] = {}
        self._changed = threading.Condition()

    def add(self, request: Request, batches: list[Batch], *, stream: int, urgent: bool) -> None:
        """Put a request's batches on the agenda."""
        with self._changed:
            self._last_round = {key: last for key, last in self._last_round.items() if last >= self._round}
            for batch in batches:
                self._arrived += 1
                turn = max(self._last_round.get(stream, 0) + 1, self._round)
                self._last_round[stream] = turn
                heappush(self._heap, (not urgent, turn, self._arrived, request, batch))
            self._changed.notify()

    def next(self) -> tuple[Request, Batch]:
        """The next batch; waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: self._heap)
            is_patient, turn, _, request, batch = heappop(self._heap)
            if is_patient:
                self._round = turn
            return request, batch


def main() -> None:
    """Serve requests until standard input ends."""
    _let_others_go_first()
    output = _claimed_output()
    lock = threading.Lock()

    def send(kind: Kind, number: int, body: bytes) -> None:
        with lock:
            output.write(frames.packed(kind, number, body))
            output.flush()

    try:
        model = MiniLm()
    except EmbeddingUnavailable as error:
        send(Kind.UNAVAILABLE, 0, str(error).encode())
        return
    send(Kind.READY, 0, model.backend.encode())
    _serve(model, send)


def _serve(model: MiniLm, send: Send) -> None:
    agenda = Agenda()
    threading.Thread(target=_read, args=(sys.stdin.buffer, model, agenda, send), daemon=True).start()
    while True:
        request, batch = agenda.next()
        model.start(batch, lambda values, request=request, batch=batch: request.fill(batch, values))


def _read(source: BinaryIO, model: MiniLm, agenda: Agenda, send: Send) -> None:
    """Tokenise requests while the model computes; the end of the input is the end of the process."""
    while head := source.read(frames.HEAD.size):
        kind, number, stream, size = frames.HEAD.unpack(head)
        texts = frames.to_texts(source.read(size))
        if kind == Kind.COMPARE:
            batches = model.batches(texts, "words")
            request = Comparison(number, len(batches), send)
        else:
            batches = model.batches(texts)
            request = Embedding(number, len(texts), len(batches), send)
        agenda.add(request, batches, stream=stream, urgent=len(texts) <= _URGENT)
    # Other threads are inside native code that can't be asked to stop.
    os._exit(0)


def _let_others_go_first() -> None:
    """End by the parent's hand alone, but before it when memory runs out (Linux): this process loses only time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500")


def _claimed_output() -> BinaryIO:
    """Standard output for frames alone: what a library prints goes to standard error."""
    own = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(own, "wb")


if __name__ == "__main__":
    main()
