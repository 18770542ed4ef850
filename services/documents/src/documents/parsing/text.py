"""Bytes to text, and positions in it: `decode`, `LineIndex`, `clean_json`."""

import codecs
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, cast

_SURROGATES = dict.fromkeys(range(55296, 57344), "�")
_STORABLE = {0: None, **_SURROGATES}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


LFS_POINTER = "version https://git-lfs.github.com/spec/"
"""How a file begins that stands for one which is kept elsewhere, in Git LFS."""


def decode(data: bytes) -> tuple[str, list[str]]:
    """Decode a file as UTF-8 (UTF-16 with a byte order mark); return the text and warnings for the user.

    The text has no byte order mark, no NUL, and "\\n" at line ends ("\\r\\n" and a lone "\\r" are one line end each, as
    in CommonMark), so that line numbers are the file's own.
    """
    warnings: list[str] = []
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    text = data.decode(encoding, errors="replace")
    replaced = text.count("\ufffd") - _genuine_replacements(data, encoding)
    if replaced > 0:
        name = encoding.removesuffix("-sig").upper()
        warnings.append(f"The file isn't valid {name}: {replaced} unreadable places were replaced.")
    if "\0" in text:
        warnings.append(f"{text.count(chr(0))} NUL characters were left out.")
        text = text.replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n"), warnings


def _genuine_replacements(data: bytes, encoding: str) -> int:
    return data.count("\ufffd".encode()) if encoding == "utf-8-sig" else 0


def looks_binary(text: str) -> bool:
    """Whether so much of the beginning is unreadable that this can't be a text document."""
    sample = text[:4096]
    return sample.count("\ufffd") * 5 > len(sample)


class LineIndex:
    """Line numbers (from 1) and character offsets of a text, both ways."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def line_of(self, char: int) -> int:
        """The line that holds the character."""
        return bisect_right(self._starts, char)

    def start_of(self, line: int) -> int:
        """The offset of the line's first character; the text's end for lines past the last."""
        return self._starts[line - 1] if line <= len(self._starts) else self.length

    def end_of(self, line: int) -> int:
        """The offset of the line's end, its line break excluded."""
        return self._starts[line] - 1 if line < len(self._starts) else self.length

    def last_line_of(self, char_start: int, char_end: int) -> int:
        """The line of the last character of a non-empty half-open span."""
        return self.line_of(max(char_start, char_end - 1))

    @property
    def count(self) -> int:
        return len(self._starts)


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which neither JSON columns nor UTF-8 can hold."""
    return text.translate(_STORABLE)


class TooLarge(ValueError):
    """A parsed value has more nodes than may be stored."""


def clean_json(value: Any, max_nodes: int = 10_000, max_depth: int = 50) -> Any:
    """The value as JSON can store it: string keys, no NUL, no NaN, other types as their text.

    Counts a node each time that it is reached, so shared (aliased) nodes can't multiply. Raises TooLarge.
    """
    left = max_nodes

    def convert(node: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > max_depth:
            raise TooLarge("too many or too deeply nested values")
        if isinstance(node, str):
            return storable(node)
        if node is None or isinstance(node, bool | int):
            return node
        if isinstance(node, Mapping):
            items = cast("Mapping[Any, Any]", node).items()
            return {storable(str(key)): convert(item, depth + 1) for key, item in items}
        if isinstance(node, Sequence) and not isinstance(node, bytes | bytearray):
            return [convert(item, depth + 1) for item in cast("Sequence[Any]", node)]
        if isinstance(node, float) and node - node == 0:
            return node
        return storable(str(node))

    return convert(value, 0)
