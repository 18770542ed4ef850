"""What a document is in a BMAD project: kind, identifier, status. `recognise`; the first rule that matches wins.

Rules are data, in the order framework, content of data files, exact names, identity, names, front matter, folders: a
story called "4-2-validation" is a story, so identity comes before name suffixes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from documents.parsing.model import Section
from documents.parsing.status import canonical, find


@dataclass(frozen=True, slots=True)
class Recognition:
    """`kind` from the API's closed list; `artifact_id` as the project writes it ("4.2", "epic-4", "SPEC-x").

    `status` is canonical, `status_raw` the words in the document (of a QA gate its decision, which is no status).
    """

    kind: str
    artifact_id: str | None = None
    status: str | None = None
    status_raw: str | None = None
    is_framework: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class _Document:
    """What rules look at: lower-case path parts, and the content's shape."""

    path: str
    folders: tuple[str, ...]
    name: str
    stem: str
    extension: str
    title: str
    values: dict[str, Any]
    headings: tuple[str, ...]
    text: str

    def has(self, *words: str) -> bool:
        """Whether a heading contains one of the words."""
        return any(word in heading for heading in self.headings for word in words)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    applies: Callable[[_Document], bool]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOOL_FOLDERS = _words("""
    .claude .cursor .gemini .codex .agents .agent .opencode .windsurf .roo .clinerules .kiro .trae .qwen .crush
    .iflow .augment .kilocode .junie .continue .rovodev node_modules dist test-results fixtures __fixtures__
""")
_TOOL_PATHS = re.compile(r"(?:^|/)\.github/(?:skills|agents|prompts|chatmodes|instructions)/")
_FRAMEWORK_FOLDER = re.compile(r"\.bmad-.+|\.?bmad|_bmad")
_ARCHIVE_FOLDER = re.compile(r"archived?(?:[-_].*)?|obsolete|old|backups?(?:[-_].*)?|.+\.old")
_ARCHIVE_NAME = re.compile(r"-(?:ARCHIVED|OLD|SUPERSEDED|DEPRECATED)\b")
_CONFIG_NAME = re.compile(r"(?:core-config|config(?:\.user)?)\.(?:ya?ml|toml)")
_YAML = ("yaml", "yml")
_PROSE = ("md", "markdown", "mdx", "txt")
_SPRINT = re.compile(r"^development_status[ \t]*:", re.M)
_WORKFLOW = re.compile(r"^workflow_status[ \t]*:", re.M)
_GATE = re.compile(r"^gate[ \t]*:", re.M)
_GATE_OWNER = re.compile(r"^(?:story|schema)[ \t]*:", re.M)
_DECISION = re.compile(r"^(?:decision|gate[_-]decision)[ \t]*:", re.M)
_ID_ITEM = re.compile(r"^[ \t]*-[ \t]+id[ \t]*:", re.M)
_STORY_TITLE = re.compile(r"(?:user )?story:?\s+#?([a-z]?\d+(?:[.\-]\d+)*[a-z]?)", re.I)
_STORY_STEM = re.compile(r"(?:story[-_.])?(\d+[.\-_]\d+(?:\.\d+)*[a-z]?)(?=$|[-_.])", re.I)
_EPIC_STEM = re.compile(r"epic[-_ .]?(\d+(?:[.-]\d+)?[a-z]?)(?=$|[-_. ])", re.I)
_STORY_HEADINGS = (
    "acceptance criteria",
    "tasks",
    "dev agent record",
    "dev notes",
    "critères d'acceptation",
    "验收标准",
)
_DERIVED = re.compile(
    r"\b(?:review|report|summary|guide|test results|checklist|hand-?off|retrospective|validation report|qa results"
    r"|completion)\b",
    re.I,
)
_DERIVED_STEM = re.compile(r"-(?:REVIEW|SUMMARY|REPORT|CHECKLIST|GUIDE|NOTES|COMPLETE|COMPLETION)\b")
_EPIC_TITLE = re.compile(r"epics?\b|.*\bepic breakdown", re.I)
_ASSESSMENT = re.compile(r"\d+[.-]\d+.*-(?:risk|nfr|trace|test-design)(?:-\d{8})?")
_SPEC_TYPES = frozenset({"feature", "bugfix", "refactor", "chore"})
_BMAD_ROOTS = frozenset(
    {
        "_bmad-output",
        "bmad-output",
        "planning-artifacts",
        "implementation-artifacts",
        "test-artifacts",
        "sprint-artifacts",
    }
)


def _folder(*names: str) -> Callable[[_Document], bool]:
    return lambda document: any(name in document.folders for name in names)


def _named(pattern: str) -> Callable[[_Document], bool]:
    compiled = re.compile(pattern)
    return lambda document: document.extension in _PROSE and compiled.fullmatch(document.stem) is not None


def _titled(pattern: str) -> Callable[[_Document], bool]:
    compiled = re.compile(pattern, re.I)
    return lambda document: document.extension in _PROSE and compiled.search(document.title) is not None


def _exactly(name: str) -> Callable[[_Document], bool]:
    return lambda document: document.name == name


def _states(key: str, *values: str) -> Callable[[_Document], bool]:
    return lambda document: (
        document.extension in _PROSE
        and (
            str(document.values[key]).lower().startswith(values)
            if values and key in document.values
            else not values and key in document.values
        )
    )


def _is_gate(document: _Document) -> bool:
    if document.extension not in _YAML:
        return False
    owned = _GATE.search(document.text) and _GATE_OWNER.search(document.text)
    return bool(owned) or ("gates" in document.folders and bool(_DECISION.search(document.text)))


def _is_sharded_epic(document: _Document) -> bool:
    inside = any(folder in ("prd", "epics", "epic") for folder in document.folders)
    return inside and document.extension in _PROSE and _EPIC_STEM.match(document.stem) is not None


def _is_derived(document: _Document) -> bool:
    own_name = PurePosixPath(document.path).stem
    return _DERIVED.search(document.title) is not None or _DERIVED_STEM.search(own_name) is not None


def _is_titled_story(document: _Document) -> bool:
    titled = document.extension in _PROSE and _STORY_TITLE.match(document.title) is not None
    return titled and document.has(*_STORY_HEADINGS) and not _is_derived(document)


def _is_placed_story(document: _Document) -> bool:
    if document.extension not in _PROSE or _is_derived(document):
        return False
    if document.stem.endswith(".story") or re.match(r"story[-_.]", document.stem):
        return True
    placed = any(
        "stor" in each or each in ("implementation-artifacts", "sprint-artifacts") for each in document.folders
    )
    shaped = document.has("story", *_STORY_HEADINGS) or find(document.values, document.text) is not None
    return placed and shaped and _STORY_STEM.match(document.stem) is not None


def _is_epics(document: _Document) -> bool:
    return (
        document.extension in _PROSE
        and document.stem.startswith("epic")
        and not _is_derived(document)
        and (_EPIC_TITLE.match(document.title) is not None or document.has("epic ", "story "))
    )


_RULES = (
    _Rule("sprint_status", lambda d: d.extension in _YAML and _SPRINT.search(d.text) is not None),
    _Rule("workflow_status", lambda d: d.extension in _YAML and _WORKFLOW.search(d.text) is not None),
    _Rule("qa_gate", _is_gate),
    _Rule("stories_manifest", lambda d: d.stem == "stories" and d.extension in _YAML and bool(_ID_ITEM.search(d.text))),
    _Rule("story_context", lambda d: d.extension == "xml" and "<story-context" in d.text[:2_000]),
    _Rule("config", lambda d: d.name == "core-config.yaml"),
    _Rule("spec", _exactly("spec.md")),
    _Rule("architecture", _exactly("architecture-spine.md")),
    _Rule("ux", lambda d: d.name == "experience.md" or (d.name == "design.md" and "ux" in d.path.lower())),
    _Rule("retrospective", _exactly("retrospective.md")),
    _Rule("memlog", lambda d: d.name in (".memlog.md", ".decision-log.md")),
    _Rule("deferred_work", _exactly("deferred-work.md")),
    _Rule("project_context", _exactly("project-context.md")),
    _Rule("story", lambda d: "specs" in d.folders and "stories" in d.folders and d.extension in _PROSE),
    _Rule("epic", _is_sharded_epic),
    _Rule("tech_spec", _named(r"tech-spec.*")),
    _Rule("build_spec", _states("type", *_SPEC_TYPES)),
    _Rule("story", _is_titled_story),
    _Rule("change_proposal", _named(r"(?:sprint-)?change-proposal.*|correct-course.*")),
    _Rule("readiness", _named(r"(?:implementation-)?readiness.*")),
    _Rule("retrospective", _named(r"epic-.*retro.*|retro(?:spective)?-.*")),
    _Rule("qa_assessment", lambda d: "assessments" in d.folders or bool(_ASSESSMENT.fullmatch(d.stem))),
    _Rule("review", _named(r"(?:.*-)?validation-report.*|review-.*|reconcile-.*|.*-code-review|code-review-.*")),
    _Rule("prd", _states("workflowType", "prd")),
    _Rule("architecture", _states("workflowType", "architecture")),
    _Rule("ux", _states("workflowType", "ux", "create-ux")),
    _Rule("brief", _states("workflowType", "product-brief", "brief")),
    _Rule("architecture", _states("type", "architecture")),
    _Rule("research", _states("research_type")),
    _Rule("brainstorming", _states("session_topic")),
    _Rule("tech_spec", _states("tech_stack")),
    _Rule("story", _is_placed_story),
    _Rule("epic", _is_epics),
    _Rule("prd", _named(r"(?:.+[-_])?prd(?:[-_].*)?|product-requirements.*")),
    _Rule("architecture", _named(r"(?:.+[-_])?architecture(?:[-_].*)?")),
    _Rule("ux", _named(r"front-end-spec.*|ux-(?:design|spec).*|.*ui-ux-spec.*")),
    _Rule("brief", _named(r"(?:project-|product-)?brief(?:-.*)?|prfaq-.*")),
    _Rule("build_spec", lambda d: d.extension in _PROSE and d.stem.startswith("spec-") and bool(d.values)),
    _Rule("brainstorming", _named(r"brainstorming.*")),
    _Rule("research", _named(r"(?:.+-)?research(?:-.*)?|competitor-analysis.*|market-.*")),
    _Rule("prd", _titled(r"product requirements document|\(prd\)")),
    _Rule("architecture", _titled(r"architecture document$")),
    _Rule("ux", _titled(r"ui/ux specification")),
    _Rule("brief", _titled(r"^(?:project|product) brief")),
    _Rule("research", _folder("research")),
    _Rule("brainstorming", _folder("brainstorming")),
    _Rule("prd", lambda d: d.extension in _PROSE and any(re.match(r"prds?$|prd-", each) for each in d.folders)),
    _Rule("architecture", lambda d: d.extension in _PROSE and "architecture" in d.folders),
    _Rule("ux", lambda d: d.extension in _PROSE and any(re.match(r"ux(?:-|$)", each) for each in d.folders)),
    _Rule("epic", lambda d: d.extension in _PROSE and "epics" in d.folders),
    _Rule("bmad_other", lambda d: any(each in _BMAD_ROOTS for each in d.folders)),
)


def recognise(
    path: str,
    title: str | None,
    values: dict[str, Any] | None,
    text: str,
    sections: Sequence[Section],
) -> Recognition:
    """Recognise one document by itself. `values` are its front matter, or the mapping that a data file holds."""
    document = _document(path, title or "", values or {}, text, sections)
    archived = is_archived(path)
    if _is_framework(document):
        kept = _CONFIG_NAME.fullmatch(document.name) and not _folder("fixtures", "node_modules")(document)
        return Recognition("config" if kept else "framework", is_framework=True, archived=archived)
    kind = next((rule.kind for rule in _RULES if rule.applies(document)), None)
    if kind is None:
        return Recognition("data" if document.extension not in (*_PROSE, "rst") else "doc", archived=archived)
    raw = _status_words(kind, document)
    status = None if kind == "qa_gate" else canonical(raw)
    return Recognition(kind, _identifier(kind, document), status, raw, archived=archived)


def is_archived(path: str) -> bool:
    """Whether a file is kept for the record only, by its folders or its name."""
    folders = PurePosixPath(path.lower()).parts[:-1]
    return any(map(_ARCHIVE_FOLDER.fullmatch, folders)) or bool(_ARCHIVE_NAME.search(path))


def _document(path: str, title: str, values: dict[str, Any], text: str, sections: Sequence[Section]) -> _Document:
    pure = PurePosixPath(path.lower())
    extension = pure.suffix[1:]
    headings = tuple(section.heading.lower() for section in sections)
    return _Document(path, pure.parts[:-1], pure.name, pure.stem, extension, title, values, headings, text)


def _is_framework(document: _Document) -> bool:
    lower = document.path.lower()
    return (
        any(each in _TOOL_FOLDERS or _FRAMEWORK_FOLDER.fullmatch(each) for each in document.folders)
        or _TOOL_PATHS.search(lower) is not None
    )


def _status_words(kind: str, document: _Document) -> str | None:
    if kind == "qa_gate":
        gate = re.search(r"^(?:gate|decision|gate[_-]decision)[ \t]*:[ \t]*['\"]?(\w+)", document.text, re.M)
        return gate.group(1) if gate else None
    if kind in ("sprint_status", "workflow_status", "stories_manifest", "config", "story_context"):
        return None
    return find(document.values, document.text)


def _identifier(kind: str, document: _Document) -> str | None:
    if kind in ("qa_gate", "story_context"):
        stated = document.values.get("story") or document.values.get("storyId")
        match = _STORY_STEM.search(document.stem)
        return str(stated) if isinstance(stated, str | int) else _dotted(match)
    if kind in ("story", "qa_assessment"):
        return _dotted(_STORY_STEM.match(document.stem) or _STORY_TITLE.match(document.title)) or document.stem
    if kind in ("epic", "retrospective"):
        match = _EPIC_STEM.search(document.stem) or re.match(r"epic\s+(\d+[a-z]?)", document.title, re.I)
        return f"epic-{match.group(1)}" if match else None
    if kind == "spec":
        stated = document.values.get("id")
        return str(stated) if stated else None
    return None


def _dotted(match: re.Match[str] | None) -> str | None:
    return match.group(1).replace("-", ".").replace("_", ".").upper() if match else None
