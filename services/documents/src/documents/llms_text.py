"""`llms.txt`: a project's documents for agents, as a Markdown list (see llmstxt.org)."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from documents.models import Document

_MARKDOWN = re.compile(r"([\\\[\]*_`<>])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def llms_text(project_id: int, source_names: Mapping[int, str], documents: Iterable[Document]) -> str:
    """One section per kind, one line per document: its title, where to read it, its path."""
    names = ", ".join(map(_inline, source_names.values())) or "none yet"
    lines = [f"# Documents of project {project_id}", "", f"> Sources: {names}. Each link gives a document's text."]
    ordered = sorted(documents, key=lambda document: (document.kind, document.path, document.id))
    for kind, group in groupby(ordered, key=lambda document: document.kind):
        lines += ["", f"## {kind}", ""]
        lines += [f"- [{_inline(d.title)}](/api/documents/{d.id}/raw): {_inline(d.path)}" for d in group]
    return "\n".join(lines) + "\n"


def _inline(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _CONTROL.sub(" ", text))
