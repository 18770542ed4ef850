"""Search as you type: the documents and headings whose words begin with the words typed.

Both sides are compared as the database's function `plain_words` makes them: lower case, without accents, letters apart
from digits. So "fr12", "FR-12" and "Fr 12" are one spelling.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.search.query import Query
from documents.search.schemas import Correction, Suggestion, Suggestions
from documents.search.spelling import completed
from documents.search.vocabulary import Vocabularies
from documents.text_search import fold

# As in searching, plans are made for the values at hand: projects differ too much in size for a common one.
_PLAIN = text("""
    SELECT ARRAY(SELECT plain_words(w.word) FROM unnest(CAST(:typed AS text[])) WITH ORDINALITY w(word, n) ORDER BY n),
        set_config('plan_cache_mode', 'force_custom_plan', true)
""")

# `fit`, the lower the better: 0 identifier, 1 title, 2 its beginning, 3 its words, 4 name of the file, 5 heading,
# 6 elsewhere in the path. A gate (`is_about`) comes after the story that it is about. A heading that is the document's
# title would only repeat the document; where documents fill the answer, no heading is looked at. The index finds
# headings by `prefixes`, `patterns` decide.
_SUGGESTIONS = text("""
WITH visible AS (
    SELECT d.id AS document_id, d.project_id, d.source_id, d.path, d.title, d.kind, d.artifact_id, d.status,
        d.is_framework, d.title_words, d.suggest_words,
        d.kind IN ('qa_gate', 'qa_assessment', 'story_context') AS is_about
    FROM document d
    WHERE (CAST(:projects AS bigint[]) IS NULL OR d.project_id = ANY(CAST(:projects AS bigint[])))
        AND NOT EXISTS (SELECT FROM source s WHERE s.id = d.source_id AND s.is_deleted)
), named AS (
    SELECT 'document' AS type, d.*, CAST(NULL AS text) AS heading, CAST(NULL AS text) AS anchor, 1 AS line,
        length(d.title) AS length,
        CASE
            WHEN CAST(:identifier AS text) IS NOT NULL AND (d.title_words ~ CAST(:identifier AS text)
                OR plain_words(d.artifact_id) = ANY(CAST(:artifacts AS text[]))) THEN 0
            WHEN d.title_words = :words THEN 1
            WHEN starts_with(d.title_words, :words) THEN 2
            WHEN ' ' || d.title_words LIKE ALL(CAST(:patterns AS text[])) THEN 3
            WHEN ' ' || plain_words(substring(d.path, '[^/]*$')) LIKE ALL(CAST(:patterns AS text[])) THEN 4
            ELSE 6
        END AS fit
    FROM visible d
    WHERE ' ' || d.suggest_words LIKE ALL(CAST(:patterns AS text[]))
        OR CAST(:identifier AS text) IS NOT NULL AND plain_words(d.artifact_id) = ANY(CAST(:artifacts AS text[]))
    ORDER BY d.is_framework, fit, d.is_about, length, d.path, d.document_id
    LIMIT :limit
), headed AS (
    SELECT 'heading' AS type, d.*, s.heading, s.anchor, s.line_start AS line, length(s.heading) AS length,
        CASE WHEN s.heading_words ~ CAST(:identifier AS text) THEN 0 ELSE 5 END AS fit
    FROM visible d JOIN section s ON s.document_id = d.document_id
    WHERE (CAST(:prefixes AS text) IS NULL
            OR to_tsvector('simple', s.heading_words) @@ to_tsquery('simple', CAST(:prefixes AS text)))
        AND ' ' || s.heading_words LIKE ALL(CAST(:patterns AS text[])) AND s.anchor IS NOT NULL AND s.heading <> d.title
        AND (CAST(:identifier AS text) IS NOT NULL
            OR (SELECT count(*) FROM named WHERE fit < 5 AND NOT is_framework) < :limit)
    ORDER BY d.is_framework, fit, d.is_about, length, d.path, s.id
    LIMIT :limit
)
SELECT * FROM (TABLE named UNION ALL TABLE headed) found
ORDER BY is_framework, fit, is_about, type, length, path, document_id, line
LIMIT :limit
""")

_IDENTIFIER = re.compile(r"[^\W\d]+ \d+(?: \d+)*|\d+(?: \d+)+")


async def suggest_or_correct(
    session: AsyncSession, vocabularies: Vocabularies, typed: str, projects: Sequence[int] | None, limit: int
) -> Suggestions:
    """As `suggest`; where nothing fits, with the words that were probably meant."""
    items = await suggest(session, typed, projects, limit)
    words = re.findall(r"[^\W\d_]+", fold(typed))
    if items or not words:
        return Suggestions(items=items)
    meant = completed(words, await vocabularies.of(session, projects))
    if not meant:
        return Suggestions(items=[])
    items = await suggest(session, Query(typed).corrected(meant).text, projects, limit)
    made = [Correction.model_validate({"from": word, "to": to}) for word, to in meant.items()] if items else []
    return Suggestions(items=items, corrections=made)


async def suggest(session: AsyncSession, typed: str, projects: Sequence[int] | None, limit: int) -> list[Suggestion]:
    """What fits `typed` best, best first, in these projects (None: all). Framework files come last.

    Every word typed begins a word of what is found; only where there is nothing like that, it may be inside of one.
    """
    plain: Sequence[str] = (await session.execute(_PLAIN, {"typed": typed.split()})).one()[0]
    words = [word for word in plain if word]
    if not words:
        return []
    parameters = {"projects": projects, "limit": limit, **_asked(" ".join(words))}
    prefixes = " & ".join(f"{part}:*" for word in words for part in word.split())
    for beginning, indexed in ((" ", prefixes), ("", None)):
        patterns = [f"%{beginning}{word}%" for word in words]
        values = {**parameters, "patterns": patterns, "prefixes": indexed}
        rows = (await session.execute(_SUGGESTIONS, values)).mappings().all()
        if rows:
            return [Suggestion.model_validate(row) for row in rows]
    return []


def _asked(words: str) -> dict[str, Any]:
    """Plain words as parameters; with an identifier's (fr 12, 3 2), what artifacts and headings are known by."""
    if not _IDENTIFIER.fullmatch(words):
        return {"words": words, "artifacts": [], "identifier": None}
    before = "(?<![0-9] )" if words[0].isdigit() else ""
    artifacts = [words, words.removeprefix("story ")]
    return {"words": words, "artifacts": artifacts, "identifier": rf"\m{before}{words}\M(?! [0-9])"}
