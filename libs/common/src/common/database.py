"""One engine and one session factory per service; one transaction per request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def service_metadata(schema: str) -> MetaData:
    """The metadata of one service: its own schema, predictable constraint names."""
    return MetaData(schema=schema, naming_convention=NAMING)


class Database:
    """The connection pool of a service, bound to the service's schema."""

    def __init__(self, url: str, schema: str, pool_size: int = 5) -> None:
        self.url = url
        self.schema = schema
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={"server_settings": {"search_path": f"{schema},public", "application_name": schema}},
        )
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session whose transaction commits when the block ends well and rolls back when it doesn't."""
        return self.sessions.begin()

    async def close(self) -> None:
        await self.engine.dispose()


def database_check(database: Database) -> Callable[[], Awaitable[None]]:
    """A check that asks the database for a trivial answer."""

    async def check() -> None:
        async with database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    return check


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's one transaction, committed before the answer is sent."""
    database: Database = request.app.state.database
    async with database.transaction() as session:
        yield session


# scope="function": with the default scope the commit comes after the answer, so a failed one would look like a success.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
