"""all-MiniLM-L6-v2 in this process: `MiniLm`. Loading takes about a second and 300 MB; see `process` for a child's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from documents.embedding import backends, graph
from documents.embedding.backends import Backend, Done, Integers, Output
from documents.embedding.base import DIMENSIONS, Vectors
from documents.embedding.bundled import model_folder
from documents.embedding.tokenizer import Tokenizer

_BATCH: dict[Output, int] = {"embedding": 8, "words": 2}
"""Texts computed together. Somebody waits for words: small batches leave neither of two streams idle at the end."""

_WIDTH_STEP = 16
"""Word pieces by which batches differ in width: the backend keeps memory for every width that it has met."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of like length: which of the caller's they are, what the model reads of them, and what is wanted of it."""

    indices: list[int]
    ids: Integers
    mask: Integers
    output: Output = "embedding"


class MiniLm:
    """The bundled model on the fastest backend of this processor. To be used by one thread.

    Raises EmbeddingUnavailable if its files are missing or aren't the published ones.
    """

    def __init__(self, backend: type[backends.OpenVino] | type[backends.OnnxRuntime] | None = None) -> None:
        self._tokenizer = Tokenizer()
        self._backend: Backend = (backend or backends.choose())(_model())

    @property
    def backend(self) -> str:
        """Which library computes, and in which precision."""
        return self._backend.name

    def embed(self, texts: list[str]) -> Vectors:
        """L2-normalised vectors, shape (len(texts), 384); the model reads the first 256 word pieces of each text."""
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for batch in self.batches(texts):
            self.start(batch, partial(vectors.__setitem__, batch.indices))
        self.wait()
        return vectors

    def batches(self, texts: Sequence[str], output: Output = "embedding") -> list[Batch]:
        """The texts in groups of like length, so that little padding is computed.

        The longest come first: then the last ones, while which not every stream has work, are short.
        """
        pieces = [encoding.ids for encoding in self._tokenizer.encode(texts)]
        order = sorted(range(len(texts)), key=lambda index: -len(pieces[index]))
        size = _BATCH[output]
        groups = (order[begin : begin + size] for begin in range(0, len(order), size))
        return [_padded(group, [pieces[index] for index in group], output) for group in groups]

    def start(self, batch: Batch, done: Done) -> None:
        """Begin a batch; `done` gets its output in the order of its indices, perhaps in another thread."""
        self._backend.start(batch.ids, batch.mask, batch.output, done)

    def wait(self) -> None:
        """Return when all batches are done."""
        self._backend.wait()


def _model() -> bytes:
    # A function of its own, so that the weights' pages are given back before the backend makes its copies.
    return graph.build(graph.load_weights(model_folder() / "model.safetensors")).SerializeToString()


def _padded(indices: list[int], pieces: Sequence[Sequence[int]], output: Output) -> Batch:
    width = -(-max(map(len, pieces)) // _WIDTH_STEP) * _WIDTH_STEP
    ids = np.zeros((len(pieces), width), dtype=np.int64)
    mask = np.zeros((len(pieces), width), dtype=np.int64)
    for row, each in enumerate(pieces):
        ids[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return Batch(indices, ids, mask, output)
