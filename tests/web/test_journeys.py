"""What people do in the client, from the first start to a checked answer; every page is watched for faults."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.hub import Hub, Repository, start_embedded
from tests.web.accessibility import axe
from tests.web.browser import Watch, settle, watched
from tests.web.seeding import Seeded, seed

pytestmark = pytest.mark.web

SYNC_MS = 60_000
FIXTURE = Path(__file__).parent / "fixtures" / "lantern"
# The text of the marked passage, and whether its beginning stands within what is seen of the panel.
_MARKED = """(panel) => {
  const ranges = [...(CSS.highlights.get("quote") ?? [])];
  const first = ranges[0]?.getClientRects()[0];
  const view = [...panel.querySelectorAll("div")].find((each) => getComputedStyle(each).overflowY === "auto");
  const seen = view.getBoundingClientRect();
  return {
    text: ranges.map((range) => range.toString()).join(" "),
    isInSight: first !== undefined && first.top >= seen.top && first.bottom <= seen.bottom && first.width > 0,
  };
}"""


def pushed(hub: Hub, name: str) -> tuple[Repository, str]:
    """A new repository with the fixture's files, and its URL."""
    repository = Repository(hub.repositories.parent / name, hub.repositories / f"{name}.git")
    files = {str(path.relative_to(FIXTURE)): path.read_bytes() for path in FIXTURE.rglob("*") if path.is_file()}
    repository.write(files)
    repository.push()
    return repository, f"{hub.git_url}/{name}.git"


def heading_is_in_sight(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_in_viewport()


@pytest.fixture
def empty_hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub of its own without any project."""
    (tmp_path / "repositories").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "first_run").touch()
    with ExitStack() as stack:
        yield start_embedded(stack, tmp_path, tmp_path / "repositories")


def test_the_first_run_leads_from_nothing_to_a_checked_answer(browser: Browser, empty_hub: Hub) -> None:
    _, url = pushed(empty_hub, "lantern")
    with watched(browser, empty_hub.url) as (context, _watch):
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", name="Three steps to your first answer")).to_be_visible()
        axe(page)
        page.get_by_role("main").get_by_role("link", name="Add a repository").click()

        add_a_project(page, url)
        read_a_document(page)
        find_by_typing(page)
        ask_and_check_the_citation(page)

        page.get_by_role("link", name="BMADFlow", exact=True).click()
        expect(page.get_by_role("link", name="Lantern library").first).to_be_visible()


def add_a_project(page: Page, url: str) -> None:
    page.get_by_label("Repository address").fill(url)
    expect(page.get_by_label("Name")).to_have_value(re.compile("lantern", re.IGNORECASE))
    page.get_by_label("Name").fill("Lantern library")
    page.get_by_role("button", name="Create and sync").click()
    expect(page.get_by_role("heading", level=1, name="Lantern library")).to_be_visible()
    # Live: nothing is reloaded between the form and the end of the sync.
    expect(page.get_by_role("progressbar", name="Progress of the sync")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Synced", exact=True).first).to_be_visible(timeout=SYNC_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0)


def read_a_document(page: Page) -> None:
    page.get_by_role("navigation", name="Project").get_by_role("link", name="Documents").click()
    tree = page.get_by_role("tree")
    tree.get_by_role("treeitem", name="_bmad-output").click()
    tree.get_by_role("treeitem", name="planning-artifacts").click()
    tree.get_by_role("treeitem", name=re.compile("prd.md")).click()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/docs/\d+/_bmad-output/planning-artifacts/prd\.md$"))
    expect(page.get_by_role("navigation", name="On this page")).to_be_visible()


def find_by_typing(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("extend a loan")
    option = page.get_by_role("option", name=re.compile("2-2-extend-a-loan"))
    expect(option.first).to_be_visible()
    option.first.click()
    expect(page).to_have_url(re.compile("2-2-extend-a-loan"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def ask_and_check_the_citation(page: Page) -> None:
    page.get_by_role("navigation", name="Project").get_by_role("link", name="Chat").click()
    expect(page.get_by_text("No language model is in use").first).to_be_visible()
    page.get_by_role("textbox", name="Your question").fill("How long may a member keep a book?")
    page.get_by_role("button", name="Ask").click()
    chip = page.get_by_role("log").get_by_role("link", name=re.compile("^Source 1")).first
    expect(chip).to_be_visible()
    chip.click()
    panel = page.get_by_role("complementary", name="Cited section")
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(r"/chat/\d+\?cite=\d+\.1$"))
    page.wait_for_function("() => CSS.highlights.get('quote')?.size > 0")
    marked = panel.evaluate(_MARKED)
    assert letters(marked["text"]) == letters(quote_of(page))
    assert marked["isInSight"], marked["text"]


def quote_of(page: Page) -> str:
    """What the citation that is open quotes, as the API tells it."""
    found = re.search(r"/chat/(\d+)\?cite=(\d+)\.(\d+)$", page.url)
    assert found, page.url
    conversation, message, number = map(int, found.groups())
    answer = page.request.get(f"/api/conversations/{conversation}").json()
    messages = {each["id"]: each for each in answer["messages"]}
    return next(each["quote"] for each in messages[message]["sources"] if each["n"] == number)


def letters(text: str) -> str:
    """What markup, white space and punctuation don't change."""
    return "".join(filter(str.isalnum, text)).lower()


def test_links_anchors_and_the_way_back(page: Page, tidewater: Seeded) -> None:
    page.goto(tidewater.document_url("README.md"))
    settle(page)
    article = page.get_by_role("main")
    expect(article.get_by_role("img", name="The harbour from above")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('main img')].every((each) => each.naturalWidth > 0)")

    article.get_by_role("link", name="requirements").click()
    expect(page).to_have_url(re.compile(r"/docs/prd\.md#requirements$"))
    heading_is_in_sight(page, "Requirements")
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Epic List").click()
    heading_is_in_sight(page, "Epic List")
    article.get_by_role("link", name="Epic 2: Pilot service").click()
    expect(page).to_have_url(re.compile("epic-2-pilot-service"))

    page.go_back()
    expect(page).to_have_url(re.compile(r"/docs/prd\.md#epic-list$"))
    heading_is_in_sight(page, "Epic List")


def test_diagrams_are_images_and_a_broken_one_says_why(page: Page, tidewater: Seeded) -> None:
    page.goto(tidewater.document_url("docs/architecture.md"))
    settle(page)
    images = page.get_by_role("img", name=re.compile("^Diagram: "))
    images.first.scroll_into_view_if_needed()
    expect(images.first).to_be_visible()
    assert images.first.evaluate("(image) => image.src").startswith("blob:")

    page.goto(tidewater.document_url("docs/notes/formulas.md"))
    settle(page)
    page.get_by_role("main").get_by_role("heading").last.scroll_into_view_if_needed()
    expect(page.get_by_text("This diagram can’t be drawn")).to_be_visible()


def test_a_table_of_data_is_sorted_and_filtered(page: Page, tidewater: Seeded) -> None:
    page.goto(tidewater.document_url("docs/data/tides.csv"))
    settle(page)
    header = page.get_by_role("columnheader").last
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    rows = page.get_by_role("table").get_by_role("row")
    before = rows.count()
    page.get_by_label("Filter the rows").fill("2025-10-01")
    expect(rows).not_to_have_count(before)
    expect(rows.nth(1)).to_contain_text("2025-10-01")


def test_what_is_open_follows_the_repository(page: Page, watch: Watch, hub: Hub) -> None:
    watch.expect(r"console error: Failed to load resource: .*\b404\b")  # the document that was removed
    repository, url = pushed(hub, "follows")
    project = hub.create_project("Follows", url)
    source = hub.sync(project)["source_id"]
    page.goto(f"/projects/{project}/docs/{source}/README.md")
    settle(page)
    repository.write({"README.md": "# Lantern\n\nThe door is blue now.\n", "docs/new.md": "# New\n"})
    repository.push()
    hub.sync(project)
    expect(page.get_by_text("The door is blue now.")).to_be_visible()
    (repository.work / "README.md").unlink()
    repository.push()
    hub.sync(project)
    expect(page.get_by_text("was removed by the last sync")).to_be_visible()


def test_a_running_sync_is_cancelled(page: Page, hub: Hub) -> None:
    repository = Repository(hub.repositories.parent / "long", hub.repositories / "long.git")
    repository.write({f"docs/chapter-{number:03}.md": long_chapter(number) for number in range(150)})
    repository.push()
    project = hub.create_project("Long", f"{hub.git_url}/long.git")
    page.goto(f"/projects/{project}")
    settle(page)
    page.keyboard.press("s")
    expect(page.get_by_text("Reading and indexing files")).to_be_visible(timeout=SYNC_MS)
    page.emulate_media(reduced_motion="reduce")  # nothing may turn then, or the page never settles
    axe(page)
    page.get_by_role("button", name=re.compile("^Cancel the sync of")).click()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=SYNC_MS)
    main = page.get_by_role("main")
    expect(main.get_by_role("table").get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(main.get_by_role("button", name="Sync now")).to_be_enabled()
    assert hub.call("GET", f"/api/projects/{project}/syncs")["items"][0]["status"] == "cancelled"
    hub.call("DELETE", f"/api/projects/{project}", expect=204)


def long_chapter(number: int) -> str:
    """Ten sections whose words no other chapter has, so that each of them has to be embedded."""
    words = [f"{stem}{number:03}{ending}" for stem in ("gale", "buoy", "reef", "mast") for ending in "abcdefgh"]
    return "\n\n".join(f"## Part {part}\n\n{' '.join(words[part:] * 3)}." for part in range(10))


def test_refusals_and_failures_say_what_to_do(page: Page, watch: Watch, hub: Hub, lantern: Seeded) -> None:
    watch.expect(r"console error: Failed to load resource: .*\b409\b")
    page.goto("/projects/new")
    page.get_by_label("Repository address").fill(f"{hub.git_url}/nothing-here.git")
    page.get_by_label("Name").fill(lantern.name)
    page.get_by_role("button", name="Create and sync").click()
    name = page.get_by_label("Name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()

    name.fill("Not to be found")
    page.get_by_role("button", name="Create and sync").click()
    expect(page.get_by_role("main").get_by_text("Failed", exact=True).first).to_be_visible(timeout=SYNC_MS)
    expect(page.get_by_role("button", name="Sync again").first).to_be_visible()

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("button", name="Delete project").first.click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Delete project")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("Not to be found")
    confirm.click()
    expect(page).to_have_url(f"{hub.url}/")
    expect(page.get_by_role("link", name="Not to be found")).to_have_count(0)


def test_a_document_opened_before_another_has_come_takes_the_focus(page: Page, tidewater: Seeded) -> None:
    introduction = tidewater.documents["README.md"]
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/api/documents/{introduction}", hold)
    page.goto(f"/projects/{tidewater.id}")
    settle(page)
    press_both(page, "g", "d")
    expect(page.get_by_role("tree")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("combobox", name="Find a file")).to_be_focused()
    page.keyboard.type("arch")
    expect(page.get_by_role("option").first).to_contain_text("architecture")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tidewater Fullstack Architecture Document")).to_be_focused()
    assert held, "the introduction was asked for by another address"


def test_by_keyboard_alone(page: Page, tidewater: Seeded) -> None:
    page.goto(f"/projects/{tidewater.id}")
    settle(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    press_both(page, "g", "d")
    expect(page.get_by_role("tree")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("combobox", name="Find a file")).to_be_focused()
    page.keyboard.type("arch")
    expect(page.get_by_role("option").first).to_contain_text("architecture")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("architecture"))
    expect(page.get_by_role("heading", name="Tidewater Fullstack Architecture Document")).to_be_focused()
    page.keyboard.press("v")
    expect(page).to_have_url(re.compile("view=source"))

    page.keyboard.press("/")
    page.keyboard.type("pilot")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(re.compile("/search\\?q=pilot"))
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("pilot", re.IGNORECASE)).first).to_be_visible()
    page.keyboard.press("Escape")

    press_both(page, "g", "c")
    expect(page).to_have_url(re.compile("/chat$"))
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    page.keyboard.press("i")
    question = page.get_by_role("textbox", name="Your question")
    expect(question).to_be_focused()
    page.keyboard.type("Which vessels are refused a berth?")
    page.keyboard.press("Enter")
    chip = page.get_by_role("log").get_by_role("link", name=re.compile("^Source 1:")).first
    expect(chip).to_be_visible()
    walk_the_citations(page, chip)


def walk_the_citations(page: Page, chip: Locator) -> None:
    press_until_focused(page, "Shift+Tab", chip)
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Cited section")
    expect(panel.get_by_role("heading", name="Source 1", exact=True)).to_be_visible()
    expect(panel).to_be_focused()
    press_until_focused(page, "Tab", panel.get_by_role("button", name="Next source"))
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="Source 2", exact=True)).to_be_visible()
    press_until_focused(page, "Shift+Tab", panel.get_by_role("button", name="Previous source"))
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="Source 1", exact=True)).to_be_visible()
    page.keyboard.press("x")
    expect(panel).to_have_count(0)
    expect(chip).to_be_focused()


def press_both(page: Page, first: str, second: str) -> None:
    page.keyboard.press(first)
    page.keyboard.press(second)


def press_until_focused(page: Page, key: str, target: Locator) -> None:
    """Go from one control to the next by `key`; more than 40 would be a long way."""
    for _ in range(40):
        page.keyboard.press(key)
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{key} doesn't lead to {target}")


def test_language_and_theme_stay_chosen(page: Page) -> None:
    page.goto("/settings/appearance")
    page.get_by_role("radio", name="Français").check()
    expect(page.get_by_role("heading", level=1, name="Réglages")).to_be_visible()
    page.get_by_role("radio", name="Sombre").check()
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Réglages")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_diagram_that_never_ends_holds_up_nobody(page: Page, hub: Hub) -> None:
    edges = "\n".join(f"    S{at} --> S{at + 1}" for at in range(1500))
    files = {"endless.md": f"# Endless\n\n```mermaid\nstateDiagram-v2\n{edges}\n```\n\n## After it\n"}
    project = seed(hub, files, "Endless", [])
    page.goto(project.document_url("endless.md"))
    settle(page)
    expect(page.get_by_text("Drawing the diagram")).to_be_visible()
    # While it is being drawn, the page answers at once.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused(timeout=1_000)
    page.keyboard.press("Escape")
    expect(page.get_by_text("This diagram can’t be drawn")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("longer than ten seconds")).to_be_visible()
