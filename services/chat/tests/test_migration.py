"""The migrations make exactly the tables that the models describe."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chat_stage import Stage
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chat.models import SCHEMA, Model


async def test_migrated_schema_equals_models(stage: Stage) -> None:
    # On the search path the schema would be the nameless default one, which the models' isn't.
    settings = {"server_settings": {"search_path": "public"}}
    engine = create_async_engine(stage.database.url, connect_args=settings)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


async def test_constraints_bear_the_names_of_the_models(stage: Stage) -> None:
    """Autogenerate doesn't compare check constraints."""
    query = text("SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'chat'::regnamespace")
    async with stage.database.engine.connect() as connection:
        names = set(await connection.scalars(query))
    assert {"ck_message_status", "ck_message_lease", "ck_feedback_rating"} <= names


def _differences(connection: Connection) -> list[object]:
    options = {"include_schemas": True, "include_name": _is_ours, "version_table_schema": SCHEMA}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Model.metadata))


def _is_ours(name: str | None, kind: str, _: Any) -> bool:
    return kind != "schema" or name == SCHEMA
