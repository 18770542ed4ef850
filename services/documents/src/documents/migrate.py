"""`python -m documents.migrate`: bring the service's schema up to date, with the service's own role."""

import os

from common.migrations import upgrade
from documents.models import SCHEMA

if __name__ == "__main__":
    # Read directly: migrating needs nothing else of the service's settings.
    upgrade(SCHEMA, os.environ["DOCUMENTS_DATABASE_URL"])
