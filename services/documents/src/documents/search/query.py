"""What a query asks for, read from its words alone: words to look up, identifiers, kinds of document. No I/O.

Two operators are read as everywhere: "exact phrase" and -word (or -"exact phrase") for what must not be there.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from documents.text_search import fold, in_pairs

MAX_WORDS = 48
"""Further words of a query are read by the vectors only."""

_WORD = re.compile(r"[^\W_]+(?:[.\-'’/_][^\W_]+)*")
_CODE = re.compile(r"(?<![\w.\-])([a-z]{1,12})[-_ ]?(\d{1,5}(?:[.\-]\d{1,4})*)(?![\w\-]|\.\d)")
_LABELS = frozenset(
    {"story", "epic", "task", "decision", "phase", "sprint", "milestone", "ac", "adr", "fr", "nfr", "requirement"}
)
_ABBREVIATION = re.compile(r"(?<!\w)[A-Z]{2,5}[ ]\d{1,4}(?!\w|[.\-]\d)")
_QUOTED = r'"([^"]*)"|“([^”]*)”|«([^»]*)»'
_PHRASE = re.compile(_QUOTED)
_EXCLUDED = re.compile(rf"(?<!\S)[-−](?:{_QUOTED}|([^\W\d_][^\s\"“”«»]+))")
_LETTERS = re.compile(r"[^\W\d_]+")
_MOST_OPERATORS = 10
_BARE_NUMBER = re.compile(r"\s*(\d+(?:[.\-]\d+)+)\s*")
_ARTIFACT_LABELS = {"story": "{}", "epic": "epic-{}"}

# Words that name a kind of document, in the languages that projects are written in. A hint only: it breaks ties.
_KIND_WORDS = {
    "gate": "qa_gate",
    "gates": "qa_gate",
    "prd": "prd",
    "requirement": "prd",
    "requirements": "prd",
    "exigence": "prd",
    "exigences": "prd",
    "architecture": "architecture",
    "retrospective": "retrospective",
    "retro": "retrospective",
    "brief": "brief",
    "story": "story",
    "stories": "story",
    "epic": "epic",
    "epics": "epic",
    "ux": "ux",
    "wireframe": "ux",
    "persona": "ux",
    "sprint": "sprint_status",
    "research": "research",
    "brainstorming": "brainstorming",
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier such as FR12, NFR-3, Story 3.2, Epic 4 or PROD-001; `label` and `number` are in lower case."""

    label: str
    number: str

    @property
    def pattern(self) -> str:
        """A regular expression (Postgres and Python alike, for folded text) that finds the identifier as a whole."""
        number = r"[.\-]".join(re.split(r"[.\-]", self.number))
        return rf"(?<![a-z0-9]){self.label}[-_ :#]*{number}(?![0-9]|[.\-][0-9])"

    @property
    def word(self) -> str:
        """The identifier as one word of the index, whatever its spelling was."""
        return self.label + self.number.replace("-", ".")

    @property
    def definition(self) -> str:
        """The same at the beginning of a line, where identifiers are defined: a heading, list item, row or value."""
        return rf"(?:^|\n)[\s\-*+#|>\"'`\[\]_]*(?:\d+\.\s+)?(?:id:\s*)?[\"'*_`]*{self.pattern}"

    @property
    def artifact_id(self) -> str | None:
        """How recognition names the artifact itself, for stories and epics."""
        form = _ARTIFACT_LABELS.get(self.label)
        return form.format(self.number.replace("-", ".").upper()) if form else None


@dataclass(frozen=True)
class Query:
    """A query, understood."""

    text: str

    @cached_property
    def plain(self) -> str:
        """The words that are asked for, without operators: what is looked up and what the model reads."""
        return _PHRASE.sub(lambda match: f" {_inside(match)} ", _EXCLUDED.sub(" ", self.text)).strip()

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """What stands in quotation marks, folded: words that must follow each other."""
        found = (_phrase(_inside(match)) for match in _PHRASE.finditer(_EXCLUDED.sub(" ", self.text)))
        return tuple(dict.fromkeys(each for each in found if each))[:_MOST_OPERATORS]

    @cached_property
    def excluded(self) -> tuple[str, ...]:
        """Words and phrases that must not be there, folded."""
        found = (_excluded(_inside(match)) for match in _EXCLUDED.finditer(self.text))
        return tuple(dict.fromkeys(each for each in found if each))[:_MOST_OPERATORS]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Folded, identifiers as one word too, Chinese, Japanese and Korean by pairs; unique, in order."""
        words = [*_WORD.findall(in_pairs(fold(self.plain))), *(each.word for each in self.identifiers)]
        return tuple(dict.fromkeys(words))[:MAX_WORDS]

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """At most five, in order: a label directly before its number, or a number alone, which is a story's."""
        number = _BARE_NUMBER.fullmatch(self.plain)
        if number:
            return (Identifier("story", number.group(1)),)
        abbreviations = {fold(match.group()) for match in _ABBREVIATION.finditer(self.plain)}
        found = (_identifier(match, abbreviations) for match in _CODE.finditer(fold(self.plain)))
        return tuple(dict.fromkeys(each for each in found if each))[:5]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of document that the query names, other than by an identifier ("Story 3.2")."""
        labels = {each.label for each in self.identifiers}
        return frozenset(_KIND_WORDS[word] for word in self.words if word in _KIND_WORDS and word not in labels)

    @cached_property
    def names(self) -> frozenset[str]:
        """Words written as names are, folded: a capital within the sentence, or letters mixed with capitals or digits.

        None where most words are written like this (titles, German nouns): then it says nothing.
        """
        found = list(_WORD.finditer(self.plain))
        names = {fold(each.group()) for each in found if _is_name(each)}
        return frozenset(names) if len(names) * 2 <= len(found) else frozenset()

    def corrected(self, corrections: Mapping[str, str]) -> "Query":
        """The query with these words (folded letters) in the place of those."""
        return Query(_LETTERS.sub(lambda run: corrections.get(fold(run.group()), run.group()), self.text))


def _identifier(match: re.Match[str], abbreviations: Collection[str]) -> Identifier | None:
    """A label apart from its number must be one that we know, or be written in capitals (BR 7)."""
    label, number = match.groups()
    is_known = " " not in match.group() or label in _LABELS or match.group() in abbreviations
    return Identifier(label, number) if is_known else None


def _is_name(word: re.Match[str]) -> bool:
    before = word.string[: word.start()].rstrip()
    is_first = not before or before[-1] in ".?!:¿¡"
    written = word.group()
    rest = written[1:]
    is_mixed = any(char.isupper() for char in rest) or (written[0].isalpha() and any(char.isdigit() for char in rest))
    return is_mixed or (written[0].isupper() and not is_first)


def _inside(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "")


def _phrase(text: str) -> str:
    return " ".join(in_pairs(fold(text)).split()) if _WORD.search(text) else ""


def _excluded(text: str) -> str:
    """An identifier in the spelling that is always found; else as a phrase."""
    code = _CODE.fullmatch(fold(text))
    return Identifier(*code.groups()).word if code else _phrase(text)
