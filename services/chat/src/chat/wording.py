"""The words around the quotes: answers as Markdown that shows a document's text and lets it do nothing else."""

import re
import textwrap
from collections.abc import Sequence
from itertools import groupby

from chat.evidence import CheckedCitation

EXCERPTS = "These excerpts from the project's documents match the question best:"
UNANSWERED = "The documents of this project don't seem to answer this."
NEAREST = "The nearest sections are:"
TITLE_LENGTH = 80

# Markdown is inert within code spans of one line; elsewhere "[" begins links, images and marks, "<" begins HTML.
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ACTIVE = re.compile(r"(?<!\\)((?:\\\\)*)([\[<])")
_BLOCK_START = re.compile(r"\s*(#{1,6}(\s|$)|`{3,}|~{3,})")
_BACKTICKS = re.compile(r"`+")


def answer_pieces(citations: Sequence[CheckedCitation], *, answered: bool) -> list[str]:
    """The answer in the pieces in which it is streamed; together they are the whole content.

    Citations of one section that follow each other share a title.
    """
    sections = [list(group) for _, group in groupby(citations, key=lambda citation: citation.section)]
    if answered:
        return [EXCERPTS, *("\n\n" + "\n\n".join((_place(each[0]), *map(_excerpt, each))) for each in sections)]
    if not sections:
        return [UNANSWERED]
    nearest = (f"\n- {_place(each[0])} {' '.join(f'[{c.n}]' for c in each)}" for each in sections)
    return [UNANSWERED, f"\n\n{NEAREST}\n", *nearest]


def title_of(question: str) -> str:
    """A conversation's title made from its first question: one line of at most TITLE_LENGTH characters."""
    text = " ".join(question.split())
    if len(text) <= TITLE_LENGTH:
        return text
    head, space, _ = text[:TITLE_LENGTH].rpartition(" ")
    return (head if space else text[: TITLE_LENGTH - 1]) + "…"


def inert(text: str) -> str:
    """Markdown that shows `text` with its emphasis and code, but without links, images, HTML or citation marks."""
    parts: list[str] = []
    last = 0
    for span in _CODE_SPAN.finditer(text):
        parts += [_ACTIVE.sub(r"\1\\\2", text[last : span.start()]), span[0]]
        last = span.end()
    return "".join((*parts, _ACTIVE.sub(r"\1\\\2", text[last:])))


def one_line(text: str) -> str:
    """`text` on one line with all Markdown escaped, fit for use inside emphasis."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))


def _place(citation: CheckedCitation) -> str:
    headings = citation.heading_path or (citation.passage.hit.title,)
    return f"**{one_line(' › '.join(headings))}** ({one_line(citation.document.path)})"


def _excerpt(citation: CheckedCitation) -> str:
    passage = citation.passage
    mark = f"[{citation.n}]"
    if passage.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(passage.quote)), default=0))
        shown = f"{fence}\n{textwrap.dedent(passage.quote)}\n{fence}\n\n{mark}"
    elif passage.kind == "table":
        shown = f"{inert(textwrap.dedent(passage.quote))}\n\n{mark}"  # within the row it would be one cell too many
    else:
        shown = f"{inert(_flush(passage.quote))} {mark}"
    return textwrap.indent(shown, "> ", lambda _: True)


def _flush(quote: str) -> str:
    """Without the indentation that would make it code, and without lines that begin a heading or a fence."""
    lines = textwrap.dedent(quote).split("\n")
    return "\n".join(f"\\{line.lstrip()}" if _BLOCK_START.match(line) else line for line in lines)
