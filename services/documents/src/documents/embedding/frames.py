"""What passes between an `EmbeddingProcess` and its child: frames of a head and a body.

A head is the kind, a request's number, its stream, and the body's size. Requests hold texts as a JSON list, in one to
COMPARE the first is the query; answers hold little-endian float32 (VECTORS rows of 384, SCORES one for each passage),
or a message as UTF-8. Requests of one stream are answered in their order, those of several streams by turns.
"""

import json
import struct
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from documents.embedding.base import DIMENSIONS, Vectors

HEAD = struct.Struct("<BIIQ")


class Kind(IntEnum):
    """What a frame is. READY is the child's first; UNAVAILABLE its last: the model can't be used, and why."""

    EMBED = 1
    VECTORS = 2
    READY = 3
    UNAVAILABLE = 4
    COMPARE = 5
    SCORES = 6


def packed(kind: Kind, number: int, body: bytes, stream: int = 0) -> bytes:
    """A whole frame."""
    return HEAD.pack(kind, number, stream, len(body)) + body


def from_texts(texts: Sequence[str]) -> bytes:
    """A request's body."""
    return json.dumps(texts).encode()


def to_texts(body: bytes) -> list[str]:
    """The texts of a request's body."""
    return json.loads(body)


def from_floats(values: Vectors) -> bytes:
    """An answer's body."""
    return values.astype("<f4", copy=False).tobytes()


def to_vectors(body: bytes) -> Vectors:
    """The vectors of an answer's body, shape (texts, 384)."""
    return to_scores(body).reshape(-1, DIMENSIONS)


def to_scores(body: bytes) -> Vectors:
    """The scores of an answer's body, shape (passages,)."""
    return np.frombuffer(body, dtype="<f4")
