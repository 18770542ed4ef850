"""`python -m projects.migrate`: bring the service's schema up to date, with the service's own role."""

import os

from common.migrations import upgrade
from projects.models import SCHEMA

if __name__ == "__main__":
    # Read directly: migrating needs nothing else of the service's settings.
    upgrade(SCHEMA, os.environ["PROJECTS_DATABASE_URL"])
