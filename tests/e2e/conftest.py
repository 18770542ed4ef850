"""Fixtures of the journeys: the hub in both forms, and a repository that it can fetch from."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.hub import Hub, Repository, start_compose, start_embedded


@pytest.fixture(
    scope="session",
    params=["embedded", pytest.param("compose", marks=pytest.mark.compose)],
    ids=["embedded", "compose"],
)
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    repositories = folder / "repositories"
    repositories.mkdir()
    with ExitStack() as stack:
        start = start_embedded if request.param == "embedded" else start_compose
        yield start(stack, folder, repositories)


@pytest.fixture
def repository(hub: Hub) -> Repository:
    name = f"r{secrets.token_hex(4)}"
    return Repository(hub.repositories.parent / name, hub.repositories / f"{name}.git")


@pytest.fixture
def repository_url(hub: Hub, repository: Repository) -> str:
    return f"{hub.git_url}/{repository.bare.name}"
