"""Search in large installations: markers among the words, counts kept beside them, vectors of any length."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "documents"
MARKERS = r"'^@[psk]'"


def upgrade() -> None:
    _mark_words()
    for table in ("chunk_vector", "staged_vector"):
        op.alter_column(table, "vector", type_=HALFVEC(), schema=SCHEMA)
    op.drop_index("ix_chunk_vector_project", "chunk_vector", schema=SCHEMA)
    op.create_index("ix_chunk_vector_project", "chunk_vector", ["project_id", "model"], schema=SCHEMA)
    op.drop_index("ix_chunk_project", "chunk", schema=SCHEMA)
    op.create_index("ix_chunk_project", "chunk", ["project_id", "is_framework"], schema=SCHEMA)
    op.create_index(
        "ix_document_artifact",
        "document",
        ["artifact_id", "project_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("artifact_id IS NOT NULL"),
    )
    _create_statistics()


def downgrade() -> None:
    op.drop_table("frequent_word", schema=SCHEMA)
    op.drop_table("project_statistics", schema=SCHEMA)
    op.drop_index("ix_document_artifact", "document", schema=SCHEMA)
    op.drop_index("ix_chunk_project", "chunk", schema=SCHEMA)
    op.create_index("ix_chunk_project", "chunk", ["project_id"], schema=SCHEMA)
    op.drop_index("ix_chunk_vector_project", "chunk_vector", schema=SCHEMA)
    op.create_index("ix_chunk_vector_project", "chunk_vector", ["project_id"], schema=SCHEMA)
    for table in ("chunk_vector", "staged_vector"):
        op.alter_column(table, "vector", type_=HALFVEC(384), schema=SCHEMA)
    op.drop_index("ix_chunk_words", "chunk", schema=SCHEMA)
    op.execute(f"""
        UPDATE {SCHEMA}.chunk SET words = ts_delete(words, ARRAY(
            SELECT w FROM unnest(tsvector_to_array(words)) w WHERE w ~ {MARKERS}))
    """)
    op.execute(f"ALTER TABLE {SCHEMA}.chunk ALTER words SET STORAGE EXTENDED, RESET (toast_tuple_target)")
    op.create_index("ix_chunk_words", "chunk", ["words"], postgresql_using="gin", schema=SCHEMA)


def _mark_words() -> None:
    """Words stay in their row uncompressed: ranking reads them of thousands of rows.

    Without a list of pending entries, which every search would read through while a sync writes.
    """
    op.drop_index("ix_chunk_words", "chunk", schema=SCHEMA)
    op.execute(f"ALTER TABLE {SCHEMA}.chunk ALTER words SET STORAGE MAIN, SET (toast_tuple_target = 4080)")
    op.execute(f"""
        UPDATE {SCHEMA}.chunk SET words = array_to_tsvector(
            ARRAY['@p' || project_id, '@s' || source_id, '@k' || kind]) || words
    """)
    op.create_index(
        "ix_chunk_words",
        "chunk",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        schema=SCHEMA,
    )


def _create_statistics() -> None:
    op.create_table(
        "project_statistics",
        sa.Column("project_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("chunks", sa.BigInteger, nullable=False),
        sa.Column("chunks_counted", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_statistics"),
        schema=SCHEMA,
    )
    op.create_table(
        "frequent_word",
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("lexeme", sa.Text(collation="C"), nullable=False),
        sa.Column("chunks", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "lexeme", name="pk_frequent_word"),
        schema=SCHEMA,
    )
