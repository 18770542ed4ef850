"""The migrations make exactly the tables that the models describe."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from common.migrations import alembic_config, upgrade
from common.testing.plugin import NewDatabase
from documents.models import SCHEMA, Model

_INDEXED = (
    "INSERT INTO source (id, project_id, name, repo_url, sequence) VALUES (1, 1, 'a', 'x', 1), (2, 1, 'b', 'x', 1)",
    """
    WITH d AS (
        INSERT INTO document (project_id, source_id, path, title, file_type, size_bytes, kind, is_framework, is_failed,
            blob_sha, commit_sha, parser_version, content, html, toc, warnings)
        VALUES (1, 1, 'a.md', 'A', 'md', 1, 'doc', false, false, 'x', 'y', 3, 'text', '', '[]', '{}') RETURNING id
    ), c AS (
        INSERT INTO chunk (project_id, source_id, document_id, position, section_position, heading_path, char_start,
            char_end, line_start, line_end, text, content_hash, kind, is_framework, words)
        SELECT 1, 1, id, n, 0, '{}', 0, 4, 1, 1, 'text', 'hash', 'doc', false, '' FROM d, generate_series(0, 1) n
        RETURNING id
    )
    INSERT INTO chunk_vector (chunk_id, project_id, model, content_hash, vector)
    SELECT id, 1, 'all-MiniLM-L6-v2', 'hash', '[1, 0]' FROM c
    """,
)


async def test_migrated_schema_equals_models(new_database: NewDatabase) -> None:
    database = await new_database()
    url = database.url(SCHEMA)
    await asyncio.to_thread(upgrade, SCHEMA, url)
    # Alembic takes the schema that is first in the search path for a nameless one.
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "public"}})
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


async def test_sources_know_their_models_after_the_update(new_database: NewDatabase) -> None:
    database = await new_database()
    url = database.url(SCHEMA)
    await asyncio.to_thread(command.upgrade, alembic_config(SCHEMA, url), "0005")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("SET search_path = documents, public"))
        for statement in _INDEXED:
            await connection.execute(text(statement))
    await asyncio.to_thread(upgrade, SCHEMA, url)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT models FROM documents.source ORDER BY id"))
        assert list(rows.scalars()) == [["all-MiniLM-L6-v2"], []]
    await engine.dispose()


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "schema" or name == SCHEMA


def _differences(connection: Connection) -> list[object]:
    options = {"include_schemas": True, "include_name": _is_ours, "version_table_schema": SCHEMA}
    context = MigrationContext.configure(connection, opts=options)
    return [each for each in compare_metadata(context, Model.metadata) if "alembic_version" not in str(each)]
