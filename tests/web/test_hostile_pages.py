"""Hostile documents in the browser: nothing of them runs, loads or leaves, wherever the client shows them."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hub import Hub
from tests.web import payloads
from tests.web.browser import Watch, flush, settle
from tests.web.seeding import Seeded
from tests.web.site import Site

pytestmark = pytest.mark.web

FOLDERS = (
    "docs/",
    "docs/rendered/",
    "docs/swallowing/",
    "docs/names/",
    "docs/data/",
    "docs/names/<script>alert(1)<folder>/",
)
# Which of the document's links lead to a place within the client; one for each place.
LINKS_INSIDE = """(links) => {
  const inside = (each) => each.origin === location.origin && !each.pathname.startsWith("/api/") && !each.target;
  const places = links.map((each) => (inside(each) ? each.pathname : null));
  return places.flatMap((place, index) => (place !== null && places.indexOf(place) === index ? [index] : []));
}"""
SHOW_ALL = """async () => {
  for (const each of document.querySelectorAll("main details")) each.open = true;
  for (const each of document.querySelectorAll("main :is(h2:nth-of-type(4n), figure, pre, tr:nth-child(20n))")) {
    each.scrollIntoView();
    await new Promise(requestAnimationFrame);
  }
}"""


@pytest.fixture
def page(page: Page, watch: Watch, canary: Site) -> Iterator[Page]:
    """A page whose documents refer to images that aren't there or can't be, which Chromium writes to the console."""
    watch.allow(r"console error: Failed to load resource: .*\b40[04]\b.*/assets/")
    yield page
    assert canary.hits == []


def visit(page: Page, watch: Watch, url: str) -> None:
    """Open, show every part of it once, and see that nothing happened."""
    page.goto(url)
    settle(page)
    page.evaluate(SHOW_ALL)
    settle(page)
    flush(page)
    watch.check_so_far(url)


def follow_links(page: Page, watch: Watch, url: str) -> int:
    """Click every link of the document that stays in the client; how many there were."""
    visit(page, watch, url)
    start = page.url
    links = page.locator("main article a[href]")
    inside: list[int] = links.evaluate_all(LINKS_INSIDE)
    for index in inside:
        links.nth(index).click()
        settle(page)
        watch.check_so_far(f"link {index} of {url}")
        if page.url != start:
            page.go_back()
            settle(page)
    return len(inside)


@pytest.mark.parametrize("folder", FOLDERS)
def test_documents(page: Page, watch: Watch, hostile: Seeded, folder: str) -> None:
    paths = [path for path in hostile.documents if path.rpartition("/")[0] + "/" == folder]
    assert paths
    for path in paths:
        visit(page, watch, hostile.document_url(path))
        assert page.locator("main article").inner_text().strip(), path


def test_source_views(page: Page, watch: Watch, hostile: Seeded) -> None:
    for name in ("breakouts.md", "rendered/diagrams.md", "data/cells.csv", "data/values.json", "data/values.yaml"):
        visit(page, watch, hostile.document_url(f"docs/{name}") + "?view=source")


def test_links_within_documents(page: Page, watch: Watch, hostile: Seeded) -> None:
    # A link to a document that isn't there asks the server for it in vain.
    watch.allow(r"console error: Failed to load resource: .*\b404\b")
    documents = [hostile.document_url(f"docs/{group}.md") for group in ("script-urls", "markdown-links", "clobbering")]
    assert sum(follow_links(page, watch, url) for url in documents) >= 5


@pytest.mark.parametrize("scope", ["/search?", "/projects/{}/search?"])
def test_search_results(page: Page, watch: Watch, hostile: Seeded, scope: str) -> None:
    for query in ("marzipan gauge calm day", "strange file", *payloads.SHORT[:6]):
        visit(page, watch, scope.format(hostile.id) + f"q={quote(query)}")


def test_search_as_you_type(page: Page, watch: Watch, hostile: Seeded) -> None:
    page.goto(f"/projects/{hostile.id}")
    settle(page)
    for query in ("marzipan", "alert", *payloads.SHORT[:4]):
        page.keyboard.press("Control+k")
        page.get_by_role("dialog").get_by_role("combobox").fill(query)
        settle(page)
        watch.check_so_far(f"typing {query}")
        page.keyboard.press("Escape")


def test_conversation_and_its_citations(page: Page, watch: Watch, hub: Hub, hostile: Seeded) -> None:
    conversation = f"/projects/{hostile.id}/chat/{hostile.conversation_id}"
    visit(page, watch, conversation)
    messages = hub.call("GET", f"/api/conversations/{hostile.conversation_id}")["messages"]
    cited = [(message["id"], message["sources"][0]["n"]) for message in messages if message["sources"]]
    assert len(cited) >= len(payloads.GROUPS)
    for message, number in cited:
        visit(page, watch, f"{conversation}?cite={message}.{number}")


def test_an_answer_as_it_streams(page: Page, watch: Watch, hostile: Seeded) -> None:
    page.goto(f"/projects/{hostile.id}/chat")
    settle(page)
    field = page.locator("main").get_by_role("textbox")
    for question in ("What does the marzipan gauge 1 of the breakouts read?", payloads.SHORT[0]):
        field.fill(question)
        field.press("Enter")
        expect(page.get_by_text(question).last).to_be_visible()
        expect(page.get_by_role("button", name="Stop")).to_be_hidden()
        settle(page)
        watch.check_so_far(question)


def test_the_project_everywhere_else(page: Page, watch: Watch, hostile: Seeded) -> None:
    project = f"/projects/{hostile.id}"
    versions = hostile.document_url(next(path for path in hostile.documents if "<img" in path)) + "?view=history"
    sync, webhook = f"syncs/{hostile.sync_id}", f"sources/{hostile.source_id}/webhook"
    for url in ("/", project, *(f"{project}/{part}" for part in ("edit", "docs", sync, webhook)), versions):
        visit(page, watch, url)
