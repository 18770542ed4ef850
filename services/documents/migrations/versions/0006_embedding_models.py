"""Which embedding models a source's vectors are of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "documents"


def upgrade() -> None:
    models = sa.Column("models", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]"))
    op.add_column("source", models, schema=SCHEMA)
    op.execute(f"""
        UPDATE {SCHEMA}.source s SET models = v.models FROM (
            SELECT c.source_id, array_agg(DISTINCT v.model) AS models
            FROM {SCHEMA}.chunk c JOIN {SCHEMA}.chunk_vector v ON v.chunk_id = c.id GROUP BY c.source_id
        ) v WHERE v.source_id = s.id
    """)


def downgrade() -> None:
    op.drop_column("source", "models", schema=SCHEMA)
