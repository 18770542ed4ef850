"""Creating the messaging tables from a service's migration."""

from alembic.operations import Operations
from sqlalchemy import MetaData

from common.database import service_metadata
from common.events.tables import messaging_tables


def create_messaging_tables(op: Operations, schema: str) -> None:
    """Create the messaging tables in `schema`. For a service's first migration only.

    They are created as they are defined today; a change to them comes as a function that looks at what exists.
    """
    metadata: MetaData = service_metadata(schema)
    messaging_tables(metadata)
    metadata.create_all(op.get_bind())
