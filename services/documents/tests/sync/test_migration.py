"""The migrations make exactly the tables that the models describe."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from common.migrations import upgrade
from common.testing.plugin import NewDatabase
from documents.models import SCHEMA, Model


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


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "schema" or name == SCHEMA


def _differences(connection: Connection) -> list[object]:
    options = {"include_schemas": True, "include_name": _is_ours, "version_table_schema": SCHEMA}
    context = MigrationContext.configure(connection, opts=options)
    return [each for each in compare_metadata(context, Model.metadata) if "alembic_version" not in str(each)]
