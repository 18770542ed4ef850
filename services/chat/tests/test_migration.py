"""The migrations make exactly the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chat.models import SCHEMA, Model
from chat_stage import Stage
from sqlalchemy import Connection, text


async def test_migrated_schema_equals_models(stage: Stage) -> None:
    async with stage.database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_constraints_bear_the_names_of_the_models(stage: Stage) -> None:
    """Autogenerate doesn't compare check constraints."""
    query = text("SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'chat'::regnamespace")
    async with stage.database.engine.connect() as connection:
        names = set(await connection.scalars(query))
    assert {"ck_message_status", "ck_message_lease", "ck_feedback_rating"} <= names


def _differences(connection: Connection) -> list[object]:
    options = {"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA}
    context = MigrationContext.configure(connection, opts={**options, "version_table_schema": SCHEMA})
    return [each for each in compare_metadata(context, Model.metadata) if "alembic_version" not in str(each)]
