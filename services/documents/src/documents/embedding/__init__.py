"""Embedding of texts offline on the CPU.

`Tokenizer` counts word pieces (light, in any process); `MiniLm` runs the bundled model in this process;
`documents.embedding.process.EmbeddingProcess` runs it in a child process that comes and goes with the work.
"""

from documents.embedding.base import EmbeddingUnavailable
from documents.embedding.tokenizer import Tokenizer

__all__ = ["EmbeddingUnavailable", "Tokenizer"]
