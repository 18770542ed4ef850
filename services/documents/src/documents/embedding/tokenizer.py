"""The model's word pieces, without the model: `Tokenizer` loads in some 20 ms and 20 MB."""

import os
from collections.abc import Sequence
from functools import cached_property

from documents.embedding.bundled import model_folder

# The Rust pool would compete with the model for the same cores, and warns after a fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from tokenizers import Encoding
from tokenizers import Tokenizer as RustTokenizer

MAX_TOKENS = 256
"""The model reads no more word pieces than this, its two markers included."""

_SLICE = 200_000


class Tokenizer:
    """Counts and locates word pieces; text is never cut off. Loaded at first use; safe to share between threads."""

    @cached_property
    def _whole(self) -> RustTokenizer:
        tokenizer = RustTokenizer.from_file(str(model_folder() / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model_input(self) -> RustTokenizer:
        tokenizer = RustTokenizer.from_file(str(model_folder() / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the two markers that the model adds."""
        encodings = self._whole.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def starts(self, text: str) -> list[int]:
        """Offset of each word piece's first character, ascending.

        At whitespace counts add up: the pieces of a span between two spaces are those that start in it.
        """
        found: list[int] = []
        begin = 0
        while begin < len(text):
            end = _slice_end(text, begin)
            encoding = self._whole.encode(text[begin:end], add_special_tokens=False)
            found.extend(begin + offset[0] for offset in encoding.offsets)
            begin = end
        return found

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """What the model is given: markers added, cut at MAX_TOKENS, not padded."""
        return self._model_input.encode_batch_fast(list(texts))


def _slice_end(text: str, begin: int) -> int:
    """A line end some way on, since one very long text takes far more memory than its parts."""
    if len(text) - begin <= _SLICE:
        return len(text)
    line_end = text.rfind("\n", begin, begin + _SLICE)
    return line_end + 1 if line_end > begin else begin + _SLICE
