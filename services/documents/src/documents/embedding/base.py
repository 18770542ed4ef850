"""What all embedding has in common: the interface, the bundled model, the form of vectors, the error."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

Kind = Literal["document", "query"]
"""What a text is: some models embed a question otherwise than what answers it."""

MODEL = "all-MiniLM-L6-v2"
DIMENSIONS = 384
"""The bundled model's."""


class EmbeddingUnavailable(RuntimeError):
    """The model can't be loaded or run; the message says why in a sentence for the operator."""


class Embedder(Protocol):
    """A model that embeds texts. All methods raise EmbeddingUnavailable."""

    async def identify(self) -> str:
        """The name under which vectors are stored: those of one name can be compared and are of one length."""
        ...

    async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: Kind = "document") -> Vectors:
        """L2-normalised vectors, shape (len(texts), dimensions). Texts of several streams take turns."""
        ...

    async def close(self) -> None:
        """End what runs for it."""
        ...
