"""Alembic's environment of the projects service."""

from common.migrations import run_env
from projects.models import Model

run_env(Model.metadata)
