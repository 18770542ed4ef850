"""What every embedder offers, and the error that all of them raise."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

MODEL = "all-MiniLM-L6-v2"
DIMENSIONS = 384


class EmbeddingUnavailable(RuntimeError):  # noqa: N818 - named by its condition, as every error of ours
    """The model can't be loaded or run; the message says why in a sentence for the operator."""


class Embedder(Protocol):
    """Texts to vectors; the same text gives the same vector whatever else is in the batch, up to rounding."""

    @property
    def model(self) -> str:
        """Name of the model: vectors of different names must not be compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        ...

    def embed(self, texts: list[str]) -> Vectors:
        """L2-normalised vectors, shape (len(texts), dimensions). Raises EmbeddingUnavailable."""
        ...

    def count(self, texts: list[str]) -> list[int]:
        """Word pieces of each text, without the two that mark its ends."""
        ...
