"""Status words of BMAD documents: `find` the raw words, `canonical` maps them to the closed list of the API."""

import re
import unicodedata
from typing import Any

_CANONICAL = {
    "backlog": "backlog todo to-do open planned not-started pending contexted optional a-faire 待办 未开始",
    "draft": "draft drafted proposed wip brouillon 草稿",
    "ready": "ready ready-for-dev ready-for-development approved validated accepted pret prete approuve approuvee"
    " valide validee 已批准 就绪",
    "in_progress": "in-progress inprogress started doing in-development en-cours 进行中 开发中",
    "review": "review in-review ready-for-review ready-for-qa qa en-revue a-valider 评审中 待评审",
    "done": "done complete completed final finished closed implemented implementation-complete shipped released"
    " termine terminee fait faite livre livree acheve achevee 已完成 已实现 完成",
    "blocked": "blocked on-hold awaiting-operator waiting bloque bloquee 阻塞",
    "dropped": "dropped cancelled canceled rejected superseded obsolete deprecated wont-do abandoned skipped"
    " abandonne abandonnee annule annulee remplace remplacee 已取消",
}
_WORDS = {word: status for status, words in _CANONICAL.items() for word in words.split()}
_LONGEST_FIRST = sorted(_WORDS, key=len, reverse=True)

_LABEL = r"(?:status|statut|état|状态)"
_PATTERNS = [
    re.compile(rf"^[ \t>]*(?:#{{1,6}}[ \t]+)?[*_]*{_LABEL}[*_]*[ \t]*[:：][*_]*[ \t]*(\S.*)$", re.I | re.M),
    re.compile(rf"^\|[ \t]*[*_]*{_LABEL}[*_]*[ \t]*\|[ \t]*([^|\n]+?)[ \t]*\|", re.I | re.M),
    re.compile(rf"^#{{1,6}}[ \t]+{_LABEL}[ \t]*#*\n+[ \t]*(?:[-*][ \t]+)?([^\n#|].*)$", re.I | re.M),
]
_EARLY = 6_000
_DECORATION = re.compile(r"[*`~\[\]]+")
_CUT = re.compile(r"[(（—–|,;.]| - ")


def find(front_matter: dict[str, Any] | None, text: str) -> str | None:
    """The status as written: front matter, then `Status: x`, a table row, the line below a Status heading."""
    stated = next((value for key, value in (front_matter or {}).items() if key.lower() in ("status", "statut")), None)
    if isinstance(stated, str) and stated.strip():
        return stated.strip()[:200]
    early = text[:_EARLY]
    matches = (pattern.search(early) for pattern in _PATTERNS)
    raw = next((match.group(1).strip() for match in matches if match), None)
    return raw[:200] if raw else None


def canonical(raw: str | None) -> str | None:
    """The canonical status of raw words; `unknown` for words that we don't know, None for none."""
    if raw is None:
        return None
    words = _normalised(raw)
    if words in _WORDS:
        return _WORDS[words]
    known = next((word for word in _LONGEST_FIRST if _begins(words, word)), None)
    return _WORDS[known] if known else "unknown"


def _begins(words: str, word: str) -> bool:
    return words.startswith(word) and (not word.isascii() or words[len(word) : len(word) + 1] in ("", "-"))


def _normalised(raw: str) -> str:
    bare = _DECORATION.sub("", _CUT.split(_DECORATION.sub("", raw).strip() + " ", maxsplit=1)[0])
    folded = unicodedata.normalize("NFKD", bare.lower())
    letters = "".join(char if char.isalnum() else " " for char in folded if not unicodedata.combining(char))
    return "-".join(letters.split())
