"""Alembic's environment of the chat service."""

from chat.models import Model
from common.migrations import run_env

run_env(Model.metadata)
