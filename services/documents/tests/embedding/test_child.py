"""The order in which the model is given work."""

import numpy as np

from documents.embedding.child import Agenda, Embedding, Request
from documents.embedding.frames import Kind
from documents.embedding.minilm import Batch


def _request(number: int) -> Request:
    def send(kind: Kind, number: int, body: bytes) -> None:
        raise AssertionError("nothing is computed here")

    return Embedding(number, 8, 8, send)


def _add(agenda: Agenda, stream: int, batches: int, *, urgent: bool = False) -> None:
    empty = np.zeros((1, 1), dtype=np.int64)
    agenda.add(_request(stream), [Batch([stream], empty, empty)] * batches, stream=stream, urgent=urgent)


def _next(agenda: Agenda, count: int) -> list[int]:
    """The streams of the next batches."""
    return [agenda.next()[1].indices[0] for _ in range(count)]


def test_streams_take_turns_however_much_was_there_before() -> None:
    agenda = Agenda()
    _add(agenda, 1, 20)
    assert _next(agenda, 5) == [1] * 5
    _add(agenda, 2, 3)
    assert sorted(_next(agenda, 6)) == [1, 1, 1, 2, 2, 2]
    assert _next(agenda, 12) == [1] * 12


def test_a_stream_saves_up_no_turns_while_it_is_silent() -> None:
    agenda = Agenda()
    _add(agenda, 2, 1)
    _add(agenda, 1, 50)
    _next(agenda, 41)
    _add(agenda, 2, 6)
    assert _next(agenda, 12).count(2) in (5, 6)


def test_one_stream_goes_in_order_of_arrival() -> None:
    agenda = Agenda()
    for index in range(5):
        empty = np.zeros((1, 1), dtype=np.int64)
        agenda.add(_request(index), [Batch([index], empty, empty)], stream=7, urgent=False)
    assert _next(agenda, 5) == [0, 1, 2, 3, 4]


def test_an_urgent_request_goes_first() -> None:
    agenda = Agenda()
    _add(agenda, 1, 5)
    _add(agenda, 2, 5)
    _add(agenda, 0, 1, urgent=True)
    assert _next(agenda, 1) == [0]
