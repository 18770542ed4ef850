"""What is derived from documents, as rows: sections, chunks with their words, links. Replaced as a whole.

Rows travel as one JSON parameter a table: the fastest way in that still lets Postgres compute the words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.sync.rows import Prepared, as_json, chunk_rows, link_rows, section_rows
from documents.text_search import french_stems

_OLD_SECTIONS = text("SELECT document_id, anchor, text_hash FROM section WHERE document_id = ANY(:ids)")
_CLEAR = [text(f"DELETE FROM {table} WHERE document_id = ANY(:ids)") for table in ("section", "chunk", "link")]  # noqa: S608 - put together from constants; values are bound
_SAVE_SECTIONS = text("""
    INSERT INTO section (document_id, position, level, heading, anchor, heading_path, char_start, char_end, line_start,
        line_end, text_hash)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, position int, level int, heading text,
        anchor text, heading_path text[], char_start int, char_end int, line_start int, line_end int, text_hash text)
""")
_FRENCH = " || ".join(
    f"setweight({french_stems(f'r.{part}')}, '{weight}')"
    for part, weight in (("title", "A"), ("headings", "B"), ("body", "C"))
)
_SAVE_CHUNKS = text(f"""
    INSERT INTO chunk (project_id, source_id, document_id, position, section_position, heading_path, anchor, char_start,
        char_end, line_start, line_end, text, content_hash, kind, is_framework, words)
    SELECT :project_id, :source_id, r.document_id, r.position, r.section_position, r.heading_path, r.anchor,
        r.char_start, r.char_end, r.line_start, r.line_end, r.text, r.content_hash, r.kind, r.is_framework,
        array_to_tsvector(ARRAY[
            '@p' || CAST(:project_id AS bigint), '@s' || CAST(:source_id AS bigint), '@k' || r.kind])
        || setweight(to_tsvector('simple', r.title) || to_tsvector('english', r.title), 'A')
        || setweight(to_tsvector('simple', r.headings) || to_tsvector('english', r.headings), 'B')
        || setweight(to_tsvector('simple', r.body) || to_tsvector('english', r.body), 'C')
        || CASE WHEN r.is_french THEN {_FRENCH} ELSE '' END
    FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, position int, section_position int,
        heading_path text[], anchor text, char_start int, char_end int, line_start int, line_end int, text text,
        content_hash text, kind text, is_framework boolean, is_french boolean, title text, headings text, body text)
    RETURNING id, content_hash
""")  # noqa: S608 - put together from constants; values are bound
_SAVE_LINKS = text("""
    INSERT INTO link (document_id, href, text, line)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(document_id bigint, href text, text text, line int)
""")

Hashes = Mapping[int, Mapping[str, set[str]]]
"""Text hashes of sections, by document and anchor ("" where a section has none)."""


@dataclass(frozen=True, slots=True)
class DerivedRows:
    """Rows of some documents (`ids`), as the parameters that the statements take."""

    ids: list[int]
    sections: dict[str, str]
    chunks: dict[str, str]
    links: dict[str, str]


def derived_rows(batch: Sequence[Prepared], ids: Mapping[str, int]) -> DerivedRows:
    """The rows of these files, whose documents' ids are given by path."""
    pairs = [(each, ids[each.work.entry.path]) for each in batch]
    return DerivedRows(
        [document_id for _, document_id in pairs],
        as_json(row for pair in pairs for row in section_rows(*pair)),
        as_json(row for pair in pairs for row in chunk_rows(*pair)),
        as_json(row for pair in pairs for row in link_rows(*pair)),
    )


async def replace_derived(
    session: AsyncSession, scope: Mapping[str, int], rows: DerivedRows
) -> Sequence[tuple[int, str]]:
    """Put these rows in the place of all that was derived from the documents; (id, content hash) of the new chunks.

    `scope` gives `project_id` and `source_id`. The chunks' vectors are left to the caller.
    """
    for statement in _CLEAR:
        await session.execute(statement, {"ids": rows.ids})
    await session.execute(_SAVE_SECTIONS, rows.sections)
    await session.execute(_SAVE_LINKS, rows.links)
    saved = await session.execute(_SAVE_CHUNKS, {**scope, **rows.chunks})
    return [(chunk_id, content_hash) for chunk_id, content_hash in saved]


async def section_hashes(session: AsyncSession, ids: Sequence[int]) -> Hashes:
    """The stored ones of these documents."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows: Any = await session.execute(_OLD_SECTIONS, {"ids": ids})
    for document_id, anchor, text_hash in rows:
        found[document_id][anchor or ""].add(text_hash)
    return found
