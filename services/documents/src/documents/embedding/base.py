"""What all embedding has in common: the model, the form of its vectors, the error."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

MODEL = "all-MiniLM-L6-v2"
DIMENSIONS = 384


class EmbeddingUnavailable(RuntimeError):  # noqa: N818 - named by its condition, as every error of ours
    """The model can't be loaded or run; the message says why in a sentence for the operator."""
