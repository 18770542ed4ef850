"""What suggestions compare: the plain words of titles, paths and headings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "documents"
# Lower case without accents and ligatures; whatever is neither letter nor digit is a space; so is each change from
# letters to digits and back. "FR-12: Résumé_2a" becomes "fr 12 resume 2 a".
PLAIN_WORDS = rf"""
    CREATE FUNCTION {SCHEMA}.plain_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT btrim(regexp_replace(regexp_replace(
            replace(replace(lower(regexp_replace(normalize(value, NFKD), U&'[\0300-\036F]', '', 'g')),
                'œ', 'oe'), 'æ', 'ae'),
            '(?:\W|_)+', ' ', 'g'),
            '([^ 0-9])(?=[0-9])|([0-9])(?=[^ 0-9])', '\1\2 ', 'g'))
    $$
"""
COLUMNS = (
    ("document", "title_words", "title"),
    ("document", "suggest_words", "title || ' ' || path || ' ' || coalesce(artifact_id, '')"),
    ("section", "heading_words", "heading"),
)


def upgrade() -> None:
    op.execute(PLAIN_WORDS)
    for table, name, source in COLUMNS:
        words = sa.Computed(f"{SCHEMA}.plain_words({source})", persisted=True)
        op.add_column(table, sa.Column(name, sa.Text, words, nullable=False), schema=SCHEMA)
    op.create_index(
        "ix_section_heading_words",
        "section",
        [sa.text("to_tsvector('simple', heading_words)")],
        schema=SCHEMA,
        postgresql_using="gin",
    )


def downgrade() -> None:
    op.drop_index("ix_section_heading_words", "section", schema=SCHEMA)
    for table, name, _ in COLUMNS:
        op.drop_column(table, name, schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.plain_words(text)")
