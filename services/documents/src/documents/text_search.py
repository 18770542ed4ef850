"""How text becomes words to search: the same for what is stored and for what is asked."""

import re
import unicodedata

# FR-12, FR12, NFR 3, Story 3.2, AD_4: letters, at most one separator, a number of any depth.
_IDENTIFIER = re.compile(r"(?<![a-z0-9])([a-z]{1,8})[-_ ]?(\d{1,6}(?:\.\d{1,6}){0,3})(?![a-z0-9])")


def fold(text: str) -> str:
    """The text in lower case without accents: Postgres' own dictionaries keep accents apart."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


def indexable(text: str) -> str:
    """Folded text, with every identifier in it added in the spellings that the text doesn't use.

    Postgres reads "fr-12" as a word and the number -12, and "fr12" as one word: neither query would find the other.
    The additions stand at the end, so that phrases keep their word order.
    """
    folded = fold(text)
    found = dict.fromkeys((match[1], match[2]) for match in _IDENTIFIER.finditer(folded))
    return "\n".join([folded, *(f"{label}{number} {label}-{number} {label} {number}" for label, number in found)])
