"""The hostile corpus: what strangers may put into an address, a repository or a file. Counted, and told at the end.

`BMADFLOW_HOSTILE=full` makes it larger.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.documents.tests.hostile.canary import Canary
from services.documents.tests.hostile.tally import Tally
from services.documents.tests.sync.conftest import database, server, stack, sync_database_url

__all__ = ["database", "server", "stack", "sync_database_url"]

_TOTALS = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


@pytest.fixture
def tally(request: pytest.FixtureRequest, canary: Canary) -> Iterator[Tally]:
    """What this test tried; the test fails if anything escaped, crashed or reached the canary."""
    before = len(canary.hits())
    tried = Tally()
    yield tried
    hits = canary.hits()[before:]
    tried.hits += len(hits)
    request.config.stash.setdefault(_TOTALS, Tally()).add(tried)
    assert tried.inputs > 0
    assert (tried.escapes, tried.crashes, hits) == ([], [], [])


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder whose repositories the fixture `server` serves at `/open/…`."""
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture
def sentinel(tmp_path: Path) -> Path:
    """A file that commands in hostile inputs try to make."""
    return tmp_path / "sentinel"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    totals = config.stash.get(_TOTALS, None)
    if totals is not None:
        terminalreporter.write_line(f"hostile corpus: {totals}")
