"""Images that documents refer to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "documents"


def upgrade() -> None:
    op.create_table(
        "asset",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("blob_sha", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_asset"),
        sa.UniqueConstraint("source_id", "path", name="uq_asset_source_id_path"),
        sa.CheckConstraint("(data IS NULL) = (problem IS NOT NULL)", name="ck_asset_data"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("asset", schema=SCHEMA)
