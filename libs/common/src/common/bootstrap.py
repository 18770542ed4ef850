"""What an administrator does once to a database server: the database, one role and schema per service, the bus.

Idempotent, so it runs at every start. Each service then migrates its own schema with its own role.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import asyncpg

# Read as a file: importing common.events would load a broker's client and a web framework, seconds of every start.
_BUS = Path(__file__).parent / "events" / "bus.sql"
# Named, because a server's own defaults may be anything: with SQL_ASCII, JSON with a “ in it is an error.
_CREATE_DATABASE = "CREATE DATABASE %I TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE %L"
_BUILTIN_LOCALE = (
    " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"  # as the embedded server has it; since Postgres 17
)
_LOCK = int.from_bytes(sha256(b"bmadflow bootstrap").digest()[:7])


def role_of(service: str) -> str:
    """The login role of a service; its schema bears the service's own name."""
    return f"bmadflow_{service}"


async def bootstrap(admin_dsn: str, database: str, passwords: Mapping[str, str]) -> None:
    """Create or complete `database` for the services that are the keys of `passwords`.

    The database is UTF-8, whatever the server's default. `admin_dsn` (libpq form) may create databases and roles.
    Existing data is left alone; a role's password becomes the given one. Raises asyncpg.PostgresError and OSError as
    they come.
    """
    server = await asyncpg.connect(admin_dsn)
    try:
        # One at a time for the whole server: roles belong to all of its databases.
        await server.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for service, password in passwords.items():
            await _ensure_role(server, role_of(service), password)
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await _create_database(server, database)
        inside = await asyncpg.connect(admin_dsn, database=database)
        try:
            async with inside.transaction():
                await _furnish(inside, database, list(passwords))
        finally:
            await inside.close()
    finally:
        await server.close()  # releases the lock


async def _create_database(server: asyncpg.Connection, database: str) -> None:
    own = str(await server.fetchval("SELECT datctype FROM pg_database WHERE datname = 'template0'"))
    # The server's own character classes where they are those of UTF-8: their names differ between systems.
    ctype = own if "utf" in own.lower() else "C.UTF-8"
    provider = _BUILTIN_LOCALE if server.get_server_version().major >= 17 else ""
    await server.execute(await _sql(server, _CREATE_DATABASE, database, ctype) + provider)


async def _ensure_role(server: asyncpg.Connection, role: str, password: str) -> None:
    exists = await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if exists else "CREATE"
    await server.execute(await _sql(server, f"{verb} ROLE %I LOGIN PASSWORD %L", role, password))


async def _furnish(inside: asyncpg.Connection, database: str, services: list[str]) -> None:
    await inside.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
    await inside.execute(await _sql(inside, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database))
    await inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for service in services:
        role = role_of(service)
        for template, *names in (
            ("GRANT CONNECT ON DATABASE %I TO %I", database, role),
            # To give a schema to a role one must be a member of it, unless one is a superuser.
            ("GRANT %I TO CURRENT_USER", role),
            ("CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, role),
            ("ALTER ROLE %I IN DATABASE %I SET search_path = %I, public", role, database, service),
        ):
            await inside.execute(await _sql(inside, template, *names))
    await inside.execute(_BUS.read_text())


async def _sql(connection: asyncpg.Connection, template: str, *values: str) -> str:
    """Fill %I (names) and %L (literals) by the server's own quoting: such statements take no parameters."""
    places = ", ".join(f"${number}::text" for number in range(2, len(values) + 2))
    return str(await connection.fetchval(f"SELECT format($1::text, {places})", template, *values))
