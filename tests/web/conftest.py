"""Fixtures of the web tests: one hub with two projects for all, one browser, a fresh watched page for each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from common.testing.git_server import GitServer
from tests.e2e.hub import Hub, start_embedded
from tests.web.browser import Watch, chromium, watched
from tests.web.guarded import make_guarded, seed_guarded
from tests.web.hostile import DESCRIPTION, NAME, hostile_files, questions
from tests.web.seeding import Seeded, seed, seed_failure, seed_fixture
from tests.web.site import Site, serve


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The embedded hub. It is shared: a test that changes a project makes one of its own."""
    folder = tmp_path_factory.mktemp("web")
    repositories = folder / "repositories"
    repositories.mkdir()
    # No project of its own: the tests say what there is, and nothing is embedded beside them.
    (folder / "data").mkdir()
    (folder / "data" / "first_run").touch()
    with ExitStack() as stack:
        yield start_embedded(stack, folder, repositories)


@pytest.fixture(scope="session")
def tidewater(hub: Hub) -> Seeded:
    """A project in the form of BMAD v4, synced, with a conversation."""
    return seed_fixture(hub, "tidewater", "Tidewater", "Which vessels are refused a berth?")


@pytest.fixture(scope="session")
def lantern(hub: Hub) -> Seeded:
    """A project in the form of BMAD v6, synced, with a conversation."""
    return seed_fixture(hub, "lantern", "Lantern", "How long may a member keep a book?")


@pytest.fixture(scope="session")
def unsynced(hub: Hub) -> Seeded:
    """A project without documents, whose only sync failed."""
    return seed_failure(hub, "Lost at sea")


@pytest.fixture(scope="session")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """A server of repositories that want a credential."""
    server = GitServer(tmp_path_factory.mktemp("guarded"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def guarded(hub: Hub, git_server: GitServer, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A project with a credential, a schedule, a webhook and versions, which is behind its remote."""
    return seed_guarded(hub, make_guarded(git_server, tmp_path_factory.mktemp("gate"), "gate"), "Gate")


@pytest.fixture(scope="session")
def canary() -> Iterator[Site]:
    """The server that payloads ask for; `canary.hits` must stay empty."""
    with serve({}, {}) as running:
        yield running


@pytest.fixture(scope="session")
def hostile(hub: Hub, canary: Site) -> Seeded:
    """A project made of attacks: its name and description, its files' names and content, a conversation on them."""
    return seed(hub, hostile_files(canary.url), NAME, questions(), DESCRIPTION)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser while tests of this folder run.

    Not one for the session: Playwright's loop counts as running in this thread until it is closed, and pytest couldn't
    run the other folders' async tests. Tests here are plain functions for the same reason.
    """
    with chromium() as running:
        yield running


@pytest.fixture
def watched_context(browser: Browser, hub: Hub) -> Iterator[tuple[BrowserContext, Watch]]:
    with watched(browser, hub.url) as pair:
        yield pair


@pytest.fixture
def context(watched_context: tuple[BrowserContext, Watch]) -> BrowserContext:
    """A fresh browser profile whose relative URLs are the hub's."""
    return watched_context[0]


@pytest.fixture
def watch(watched_context: tuple[BrowserContext, Watch]) -> Watch:
    """The faults of this test's pages. None may be left at its end; see `Watch.allow` and `expect`."""
    return watched_context[1]


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A fresh page: `page.goto("/projects/1")`."""
    return context.new_page()
