"""Searching in the client: filters, copies of a passage, mistyped words, operators, ways out of finding nothing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.hub import Hub
from tests.web.accessibility import axe
from tests.web.browser import settle
from tests.web.seeding import Seeded, seed

pytestmark = pytest.mark.web

RETENTION = """## Retention

Lantern oil receipts are kept for ninety days in the keeper's ledger, and audit entries for a whole year; a nightly job
removes what is older and reports how many lines it removed to the keeper on duty.
"""
STORY = """# Story {number}: Refill the {thing}

Status: {status}

## Story

As a keeper I want to refill the {thing}, so that the lantern burns until the morning.
"""
FILES = {
    "docs/prd.md": f"# Lighthouse requirements\n\nWhat the lighthouse must do.\n\n{RETENTION}",
    "docs/prd/retention.md": f"# Retention\n\n{RETENTION}",
    "docs/archive/prd.md": f"# Lighthouse requirements\n\nWhat the lighthouse must do.\n\n{RETENTION}",
    "docs/epics/epic-3.md": "# Epic 3: Refilling\n\nThe keeper refills what the lantern burns.\n",
    "docs/stories/3.1.story.md": STORY.format(number="3.1", thing="reservoir", status="Done"),
    "docs/stories/3.2.story.md": STORY.format(number="3.2", thing="wick", status="Draft"),
    "docs/stories/4.1.story.md": STORY.format(number="4.1", thing="canister", status="Draft"),
    "docs/用語.md": "# 灯台の用語\n\n灯台は夜間に船舶を誘導します。燃料の補給は毎日行われます。\n",
    "docs/exigences.md": (
        "# Exigences du phare\n\nLes exigences de la veille sont dans ce document, et le gardien est sur le quai pour"
        " les vérifications des lampes.\n"
    ),
}


@pytest.fixture(scope="module")
def lighthouse(hub: Hub) -> Seeded:
    return seed(hub, FILES, "Lighthouse", [])


def opened(page: Page, project: Seeded, query: str) -> Locator:
    """The results of a search in the project."""
    page.goto(f"/projects/{project.id}/search?{query}")
    settle(page)
    return page.get_by_role("region", name="Results")


def paths(results: Locator) -> list[str]:
    """The documents found, best first."""
    return [re.sub(r".*?(docs/.*)", r"\1", text) for text in results.locator("h2 + p").all_inner_texts()]


def test_copies_of_a_passage_are_one_hit_that_names_the_others(page: Page, lighthouse: Seeded) -> None:
    results = opened(page, lighthouse, "q=oil+receipts+ledger&mode=keyword")
    assert paths(results) == ["docs/prd/retention.md"]
    copies = results.get_by_role("list", name="Also in").get_by_role("link")
    expect(copies).to_have_text([re.compile("^docs/prd.md:"), re.compile("^docs/archive/prd.md:")])
    axe(page)
    copies.last.click()
    expect(page).to_have_url(re.compile(r"/docs/\d+/docs/archive/prd\.md\?lines=\d+-\d+"))
    expect(page.get_by_role("heading", name="Retention", exact=True)).to_be_visible()


def test_filters_are_chosen_shared_and_dropped(page: Page, lighthouse: Seeded) -> None:
    results = opened(page, lighthouse, "q=refill&mode=keyword")
    assert len(paths(results)) == 4
    page.get_by_label("Status").select_option("draft")
    expect(page).to_have_url(re.compile("status=draft"))
    expect(results.locator("h2")).to_have_count(2)
    assert set(paths(results)) == {"docs/stories/3.2.story.md", "docs/stories/4.1.story.md"}
    page.get_by_label("Epic").fill("three")
    expect(page.get_by_text("An epic is a number, such as 3.")).to_be_visible()
    page.get_by_label("Epic").fill("3")
    expect(page).to_have_url(re.compile("epic=3"))
    expect(results.locator("h2")).to_have_text(["Story 3.2: Refill the wick"])
    axe(page)
    page.reload()
    expect(results.locator("h2")).to_have_text(["Story 3.2: Refill the wick"])
    page.get_by_label("Status").select_option("blocked")
    expect(results.get_by_text("Nothing found for “refill”")).to_be_visible()
    results.get_by_role("button", name="Drop the filters").click()
    expect(results.locator("h2")).to_have_count(4)


def test_a_mistyped_word_is_corrected_and_the_screen_says_so(page: Page, lighthouse: Seeded) -> None:
    results = opened(page, lighthouse, "q=Stroy+3.2&mode=keyword")
    expect(results.get_by_text("Nothing has “stroy”: searched for “story”.")).to_be_visible()
    expect(results.locator("h2").first).to_have_text("Story 3.2: Refill the wick")
    expect(results.locator("mark").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("requirmen")
    expect(page.get_by_role("option", name=re.compile("Lighthouse requirements")).first).to_be_visible()


def test_phrases_and_excluded_words(page: Page, lighthouse: Seeded) -> None:
    results = opened(page, lighthouse, "mode=keyword&q=refill+-wick+-canister")
    assert set(paths(results)) == {"docs/epics/epic-3.md", "docs/stories/3.1.story.md"}
    field = page.get_by_role("searchbox", name="Words to search for")
    field.fill('"refill the wick"')
    expect(results.locator("h2")).to_have_text(["Story 3.2: Refill the wick"])
    field.fill('"wick refill"')
    expect(results.get_by_text("No passage has “wick refill” word for word")).to_be_visible()
    field.fill("refill -refill")
    expect(results.get_by_text("Nothing found for")).to_be_visible()
    axe(page)
    results.get_by_role("button", name="Search without leaving words out").click()
    expect(field).to_have_value("refill")
    expect(results.locator("h2")).to_have_count(4)


def test_japanese_and_french_are_found_and_marked(page: Page, lighthouse: Seeded) -> None:
    results = opened(page, lighthouse, "mode=keyword&q=燃料の補給")
    assert paths(results) == ["docs/用語.md"]
    expect(results.locator("mark")).to_have_text(["燃料の補給"])
    results = opened(page, lighthouse, "mode=keyword&q=exigence+vérification")
    assert paths(results) == ["docs/exigences.md"]
    expect(results.locator("mark")).to_have_text(["exigences", "vérifications"])
