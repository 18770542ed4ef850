#!/usr/bin/env python3
"""A new, empty migration of one service, numbered after the last: scripts/revision.py SERVICE "what it does"."""

import re
import sys
from pathlib import Path

TEMPLATE = '''"""{message}."""

revision = "{number:04d}"
down_revision = "{before:04d}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write the change with alembic's operations (`from alembic import op`)."""


def downgrade() -> None:
    """Undo it."""
'''


def main() -> int:
    if len(sys.argv) != 3 or not sys.argv[1] or not sys.argv[2]:
        print(__doc__)  # noqa: T201 - a command's output
        return 2
    _, service, message = sys.argv
    versions = Path(__file__).resolve().parent.parent / "services" / service / "migrations" / "versions"
    before = max(int(path.name[:4]) for path in versions.glob("[0-9]*.py"))
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")
    path = versions / f"{before + 1:04d}_{slug}.py"
    path.write_text(TEMPLATE.format(message=message, number=before + 1, before=before))
    print(path)  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
