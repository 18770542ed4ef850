"""Alembic's environment of the documents service."""

from common.migrations import run_env
from documents.models import Model

run_env(Model.metadata)
