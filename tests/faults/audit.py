"""The book that the database itself keeps of events: each one committed to an outbox, each one handled.

Triggers write it in the services' own transactions, so it holds exactly what was committed, whoever was killed when.
"""

import asyncpg

from chat.consumers import consumers as chat
from documents.consumers import consumers as documents
from projects.consumers import consumers as projects

SERVICES = ("projects", "documents", "chat")

_BOOK = """
    CREATE SCHEMA audit;
    CREATE TABLE audit.published (event_id uuid, type text, stream text, sequence bigint, project_id bigint,
        document_id bigint);
    CREATE INDEX ON audit.published (event_id);
    CREATE TABLE audit.handled (service text, event_id uuid, type text);
    CREATE INDEX ON audit.handled (event_id);
    CREATE TABLE audit.listens (service text, type text);
    CREATE FUNCTION audit.note_published() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO audit.published
        VALUES (NEW.event_id, NEW.type, NEW.aggregate_type || '/' || NEW.aggregate_id, NEW.sequence,
            (NEW.body::json -> 'data' ->> 'project_id')::bigint, (NEW.body::json -> 'data' ->> 'document_id')::bigint);
        RETURN NULL;
    END $$;
    CREATE FUNCTION audit.note_handled() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO audit.handled VALUES (TG_TABLE_SCHEMA, NEW.event_id, NEW.type);
        RETURN NULL;
    END $$;
"""
_TRIGGERS = """
    CREATE TRIGGER audit AFTER INSERT ON {service}.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_published();
    CREATE TRIGGER audit AFTER UPDATE ON {service}.inbox FOR EACH ROW
        WHEN (NEW.state = 'processed' AND OLD.state <> 'processed') EXECUTE FUNCTION audit.note_handled();
"""
_EXPECTED = """
    WITH expected AS (SELECT l.service, p.event_id, p.type FROM audit.published p JOIN audit.listens l USING (type)),
    handled AS (SELECT service, event_id, count(*) AS times FROM audit.handled GROUP BY service, event_id)
"""
_UNHANDLED = f"""
    {_EXPECTED}
    SELECT e.service, e.type, count(*) FROM expected e LEFT JOIN handled h USING (service, event_id)
    WHERE h.event_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
_TOO_OFTEN = f"""
    {_EXPECTED}
    SELECT h.service, h.event_id, h.times, e.type FROM handled h LEFT JOIN expected e USING (service, event_id)
    WHERE h.times > 1 OR e.event_id IS NULL
"""
_GAPS = """
    SELECT stream, count(*), max(sequence) FROM audit.published WHERE stream <> 'forged'
    GROUP BY split_part(type, '.', 1), stream
    HAVING count(*) <> max(sequence) OR count(DISTINCT sequence) <> count(*)
"""


async def install(admin: asyncpg.Connection) -> None:
    """Begin the book; before the first event."""
    await admin.execute(_BOOK)
    for service, consumers in zip(SERVICES, (projects, documents, chat), strict=True):
        await admin.execute(_TRIGGERS.format(service=service))
        rows = [(service, consumer.event_type) for consumer in consumers.all()]
        await admin.executemany("INSERT INTO audit.listens VALUES ($1, $2)", rows)


async def under_way(admin: asyncpg.Connection) -> list[str]:
    """Events that haven't reached all who listen to them, and what stands in a queue."""
    found = [f"{service} hasn't handled {count} of {kind}" for service, kind, count in await admin.fetch(_UNHANDLED)]
    for service in SERVICES:
        states = await admin.fetch(
            f"SELECT state, count(*), min(last_error) FROM {service}.inbox WHERE state <> 'processed' GROUP BY state"
        )
        found += [f"{count} events are {state} in {service}'s inbox: {error}" for state, count, error in states]
        waiting = await admin.fetchval(f"SELECT count(*) FROM {service}.outbox")
        found += [f"{waiting} events are in {service}'s outbox"] if waiting else []
    return found


async def violations(admin: asyncpg.Connection) -> list[str]:
    """Events handled twice or never published, and sequences with gaps."""
    found = [
        f"{service} handled {event_id} ({kind or 'never published'}) {times} times"
        for service, event_id, times, kind in await admin.fetch(_TOO_OFTEN)
    ]
    gaps = await admin.fetch(_GAPS)
    return found + [f"{stream} has {count} events, the last is number {last}" for stream, count, last in gaps]
