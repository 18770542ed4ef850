"""Alembic for one service: its own role, its own schema, its own version table."""

import asyncio
import os
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

DIRECTORY_VARIABLE = "BMADFLOW_MIGRATIONS_ROOT"


def alembic_config(service: str, url: str) -> Config:
    """The configuration of a service's migrations.

    They lie in `services/<service>/migrations` of the checkout, or below the folder BMADFLOW_MIGRATIONS_ROOT names.
    """
    root = os.environ.get(DIRECTORY_VARIABLE)
    home = Path(root) if root else Path(__file__).resolve().parents[4] / "services"
    config = Config()
    config.set_main_option("script_location", str(home / service / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(service: str, url: str) -> None:
    """Bring a service's schema to the newest version. `url` is an asyncpg URL of the service's own role."""
    command.upgrade(alembic_config(service, url), "head")


def run_env(metadata: MetaData) -> None:
    """The whole of a service's `migrations/env.py`."""
    url = context.config.attributes["url"]
    asyncio.run(_migrate(url, metadata))


async def _migrate(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run, metadata)
        await connection.commit()
    await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=metadata.schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == metadata.schema,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
