"""The migrations make what the models say, and can be undone."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from common.migrations import alembic_config, upgrade
from common.testing.plugin import NewDatabase
from projects.models import Model


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "schema" or name == "projects"


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "include_name": _is_ours,
            "version_table_schema": "projects",
            "compare_type": True,
            "compare_server_default": True,
        },
    )
    return list(compare_metadata(context, Model.metadata))


async def test_migrating_up_and_down(new_database: NewDatabase) -> None:
    url = (await new_database()).url("projects")
    await asyncio.to_thread(upgrade, "projects", url)
    # The role's own search path would make the schema look like the default one, which the models don't call it.
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "public"}})
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await asyncio.to_thread(command.downgrade, alembic_config("projects", url), "base")
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names(schema="projects"))
    await engine.dispose()
    assert tables == ["alembic_version"]
