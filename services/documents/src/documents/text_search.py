"""How text becomes words to search: the same for what is stored and for what is asked.

Postgres' parser reads words between spaces and stems them. What it can't do is prepared here: accents are folded,
identifiers get every spelling, and Chinese, Japanese and Korean, which write words without spaces, become pairs of
characters ("项目管理": 项目 目管 管理), so that any part of a text is found.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

# FR-12, FR12, NFR 3, Story 3.2, AD_4: letters, at most one separator, a number of any depth.
_IDENTIFIER = re.compile(r"(?<![a-z0-9])([a-z]{1,8})[-_ ]?(\d{1,6}(?:\.\d{1,6}){0,3})(?![a-z0-9])")

# Han, kana and Hangul with the signs that stand within words (々 〇 ー). Folding leaves no half-width forms.
CJK = (
    r"\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
"""The characters that are searched by pairs, as they stand in a regular expression's brackets."""

_CJK_RUN = re.compile(f"[{CJK}]+")
_KANA_MARKS = "\u3099\u309a"  # what makes か a が: another letter, no accent

# Words that French uses all the time and English doesn't, and the other way round; folded.
_FRENCH = re.compile(
    r"\b(?:le|la|les|des|du|une|un|est|et|sont|dans|pour|par|avec|sur|qui|que|pas|ne|ce|cette|ces|au|aux|ou|il|elle|nous"
    r"|vous|leurs?|etre|doit|peut|sans|mais|donc)\b"
)
_ENGLISH = re.compile(
    r"\b(?:the|of|and|to|is|are|in|for|that|with|on|be|by|this|from|it|as|at|or|not|an|must|should|can|has|have|will|if"
    r"|when|which)\b"
)
_SAMPLE = 20_000


def fold(text: str) -> str:
    """The text in lower case without accents: Postgres' own dictionaries keep accents apart."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if char in _KANA_MARKS or not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).lower()  # NFC: Korean syllables were taken apart too


def in_pairs(folded: str) -> str:
    """The text with Chinese, Japanese and Korean as pairs of characters; a character that stands alone stays."""
    return folded if folded.isascii() else _CJK_RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", folded)


def indexable(text: str) -> str:
    """Folded text, with every identifier in it added in the spellings that the text doesn't use.

    Postgres reads "fr-12" as a word and the number -12, and "fr12" as one word: neither query would find the other.
    Single characters of Chinese, Japanese and Korean are words too. The additions stand at the end, so that phrases
    keep their word order.
    """
    folded = fold(text)
    found = dict.fromkeys((match[1], match[2]) for match in _IDENTIFIER.finditer(folded))
    spellings = (f"{label}{number} {label}-{number} {label} {number}" for label, number in found)
    characters = "" if folded.isascii() else " ".join(dict.fromkeys("".join(_CJK_RUN.findall(folded))))
    return "\n".join([in_pairs(folded), *spellings, *([characters] if characters else [])])


def is_french(text: str) -> bool:
    """Whether a text's everyday words are French rather than English; of a few words, no."""
    folded = fold(text[:_SAMPLE])
    french, english = len(_FRENCH.findall(folded)), len(_ENGLISH.findall(folded))
    return french >= 3 and french > 2 * english


def french_stems(expression: str, function: str = "to_tsvector") -> str:
    """SQL: an SQL text's French stems as a `tsvector`, or with `plainto_tsquery` as a `tsquery`.

    Each is marked with a `~`: the stem of "notes" must not be found where a text says "not".
    """
    kind = function.rpartition("_")[2]
    return rf"CAST(regexp_replace(CAST({function}('french', {expression}) AS text), '(^| )''', '\1''~', 'g') AS {kind})"


def _pairs(run: str) -> Iterator[str]:
    return map("".join, pairwise(run)) if len(run) > 1 else iter([run])


def marked_spans(run: str, wanted: Iterable[str]) -> list[tuple[int, int]]:
    """Where pairs or characters of `wanted` stand in a run of Chinese, Japanese or Korean; what touches is one span."""
    pairs = {word for word in wanted if _CJK_RUN.fullmatch(word)}
    spans: list[tuple[int, int]] = []
    for start in range(len(run)):
        length = max((len(pair) for pair in pairs if run.startswith(pair, start)), default=0)
        if length and spans and spans[-1][1] >= start:
            spans[-1] = (spans[-1][0], max(spans[-1][1], start + length))
        elif length:
            spans.append((start, start + length))
    return spans
