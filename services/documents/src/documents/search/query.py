"""What a query asks for, read from its words alone: words to look up, identifiers, kinds of document. No I/O."""

import re
from dataclasses import dataclass
from functools import cached_property

from documents.text_search import fold

MAX_WORDS = 48
"""Further words of a query are read by the vectors only."""

_WORD = re.compile(r"[^\W_]+(?:[.\-'’/_][^\W_]+)*")
_CODE = re.compile(r"(?<![\w.\-])([a-z]{1,12})[-_ ]?(\d{1,5}(?:[.\-]\d{1,4})*)(?![\w\-]|\.\d)")
_LABELS = frozenset({"story", "epic", "task", "decision", "phase", "sprint", "milestone", "ac", "adr", "requirement"})
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
    def words(self) -> tuple[str, ...]:
        """Folded, identifiers as one word too; unique, in order."""
        words = [*_WORD.findall(fold(self.text)), *(each.word for each in self.identifiers)]
        return tuple(dict.fromkeys(words))[:MAX_WORDS]

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """At most five, in order: a label directly before its number, or a number alone, which is a story's."""
        number = _BARE_NUMBER.fullmatch(self.text)
        if number:
            return (Identifier("story", number.group(1)),)
        found = (_identifier(match) for match in _CODE.finditer(fold(self.text)))
        return tuple(dict.fromkeys(each for each in found if each))[:5]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of document that the query names, other than by an identifier ("Story 3.2")."""
        labels = {each.label for each in self.identifiers}
        return frozenset(_KIND_WORDS[word] for word in self.words if word in _KIND_WORDS and word not in labels)


def _identifier(match: re.Match[str]) -> Identifier | None:
    label, number = match.groups()
    is_spaced = " " in match.group(0)
    return None if is_spaced and label not in _LABELS else Identifier(label, number)
