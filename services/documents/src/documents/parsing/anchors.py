"""Heading anchors equal to GitHub's: `slug` for one text, `Slugger` for a document's headings in order.

The rule: lower-case, drop every character that is neither alphabetic, a mark, a decimal or letter number, a connector
such as "_", "-" nor a space, then turn spaces into "-". A repeated slug gets "-1", "-2" … Compared with the
github-slugger package over all code points it differs only for letters assigned after Unicode 13.
"""

import unicodedata
from functools import lru_cache

_KEPT_CATEGORIES = frozenset({"Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "Pc"})
# Circled and squared letters are symbols by category but alphabetic by property.
_ALPHABETIC_SYMBOLS = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))


@lru_cache(maxsize=4096)
def _mapped(char: str) -> str:
    if char == " ":
        return "-"
    if char == "-" or unicodedata.category(char) in _KEPT_CATEGORIES:
        return char
    code = ord(char)
    return char if any(first <= code <= last for first, last in _ALPHABETIC_SYMBOLS) else ""


def slug(text: str) -> str:
    """The anchor of a heading's text, before duplicates are told apart."""
    return "".join(map(_mapped, text.lower()))


class Slugger:
    """Gives each heading of one document its anchor; call it in document order."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        """The next anchor for this heading text, unique within the document."""
        base = slug(text)
        candidate = base
        while candidate in self._uses:
            self._uses[base] += 1
            candidate = f"{base}-{self._uses[base]}"
        self._uses[candidate] = 0
        return candidate
