"""Embedding of texts: by the bundled model, offline on the CPU, or by a server (`remote`).

`Embedder` is what both are. `Tokenizer` counts word pieces (light, in any process); `MiniLm` runs the bundled model in
this process, `documents.embedding.process.EmbeddingProcess` in a child process that comes and goes with the work.
"""

from documents.embedding.base import Embedder, EmbeddingUnavailable
from documents.embedding.tokenizer import Tokenizer

__all__ = ["Embedder", "EmbeddingUnavailable", "Tokenizer"]
