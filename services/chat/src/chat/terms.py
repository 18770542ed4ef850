"""Words as the extractive provider compares them: folded, identifiers in one piece, endings forgiven."""

import re
import unicodedata
from collections.abc import Collection

# FR12, NFR-3, AD-4, 3.2 and v1.2 are one word each; all else is cut at everything that is no letter or digit.
_WORD = re.compile(r"[^\W\d_]{1,8}-?\d+(?:\.\d+)*(?![^\W_])|\d+(?:\.\d+)+|[^\W_]+")
_ACRONYM = re.compile(r"\b[A-Z]{2,}\b")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDINGS = frozenset({"", "s", "es", "e", "ed", "er", "ers", "ing", "y", "ies", "ion", "ions", "ly", "ment", "ments"})
_ENGLISH = (
    "a about after all also am an and any are as at be because been before being between both but by can could "
    "describe did do does doing each else ever explain find for from get give had has have having her here his "
    "how i if in into is it its itself just know let like list many may me might mine more most much must my need "
    "no nor not of off on one only or other our out over own please same say see shall she should show so some "
    "such tell than that the their them then there these they this those through to too under up us use used uses "
    "using very was we were what when where which while who whom whose why will with would yes you your "
)
_FRENCH = (
    "au aux avec ce ces cette comment dans de des du elle en est et eux il ils je la le les leur lui ma mais me "
    "mes moi mon ne nos notre nous on ou par pas pour pourquoi qu quand que quel quelle quelles quels qui quoi sa "
    "se ses son sont sur ta te tes toi ton tu un une vos votre vous "
)
_STOP_WORDS = frozenset((_ENGLISH + _FRENCH).split())


def words(text: str) -> list[str]:
    """The comparable words of a text in order."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    found: list[str] = []
    for match in _WORD.finditer(plain):
        word = match[0]
        if _UNSPACED.search(word) and len(word) > 2:
            found += [word[i : i + 2] for i in range(len(word) - 1)]
        else:
            found.append(word.replace("-", ""))
    return found


def content_words(text: str) -> list[str]:
    """The words of a question that say what it is about, each once; all of its words where none does."""
    every = list(dict.fromkeys(words(text)))
    return [word for word in every if word not in _STOP_WORDS and (len(word) > 1 or word.isdigit())] or every


def acronyms(text: str) -> set[str]:
    """The words written in capitals, such as RRF, in the form of `words`."""
    return {match[0].lower() for match in _ACRONYM.finditer(text)}


def is_identifier(word: str) -> bool:
    """Whether the word names one thing, such as FR12 or story 3.2."""
    return any(char.isdigit() for char in word)


def variants(word: str, vocabulary: Collection[str]) -> set[str]:
    """The words of the vocabulary that are the same word but for a common ending; identifiers only equal themselves."""
    if is_identifier(word) or len(word) < 3:
        return {word} & set(vocabulary)
    return {other for other in vocabulary if word == other or _same_stem(word, other)}


def _same_stem(word: str, other: str) -> bool:
    shared = 0
    for a, b in zip(word, other, strict=False):
        if a != b:
            break
        shared += 1
    if shared < 3 or is_identifier(other):
        return False
    endings = {word[shared:], other[shared:]}
    return endings <= ({"", "s", "d", "e"} if shared == 3 else _ENDINGS)
