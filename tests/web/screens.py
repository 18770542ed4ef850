"""Every screen of the client: its address in a seeded project, and words that it shows when it is there. `SCREENS`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.web.seeding import Seeded

Url = Callable[[Seeded], str]


@dataclass(frozen=True, slots=True)
class Screen:
    """`shows` stands within `within` once the screen has loaded and `opens` was done on it.

    `project` is the fixture that the address is in; `is_missing` where the screen's questions end in 404.
    """

    url: Url
    shows: str
    is_missing: bool = False
    project: str = "tidewater"
    opens: Callable[[Page], None] | None = None
    within: str = "main"


def _in_project(path: str) -> Url:
    return lambda project: f"/projects/{project.id}{path}"


def _document(path: str, more: str = "") -> Url:
    return lambda project: project.document_url(path) + more


def _cited(project: Seeded) -> str:
    return f"/projects/{project.id}/chat/{project.conversation_id}?cite={project.message_ids[0]}.1"


def _run(project: Seeded) -> str:
    return f"/projects/{project.id}/syncs/{project.sync_id}"


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def _find_with_the_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("berth")
    expect(page.get_by_role("option", name=re.compile("Assign a berth", re.IGNORECASE)).first).to_be_visible()


def _rename_a_conversation(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Actions for")).first.click()
    page.get_by_role("menuitem", name="Rename").click()


_DIALOG = "[role=dialog]"

SCREENS = {
    "dashboard": Screen(lambda _: "/", "Tidewater"),
    "new project": Screen(lambda _: "/projects/new", "Name"),
    "project": Screen(_in_project(""), "Tidewater"),
    "sync run": Screen(_run, "Documents"),
    "project that failed": Screen(_in_project(""), "Edit source", project="unsynced"),
    "failed sync run": Screen(_run, "REPOSITORY_NOT_FOUND", project="unsynced"),
    "edit project": Screen(_in_project("/edit"), "Delete"),
    "explorer": Screen(_in_project("/docs"), "Berth planning for small"),
    "document": Screen(_document("docs/prd.md"), "A pilot sees the tide table"),
    "anchor": Screen(_document("docs/prd.md", "#non-functional"), "recomputed within four seconds"),
    "marked lines": Screen(_document("docs/architecture.md", "?lines=38-46"), "kept in PostgreSQL"),
    "source view": Screen(_document("docs/architecture.md", "?view=source"), "sequenceDiagram"),
    "diagrams": Screen(_document("docs/architecture.md"), "High Level Architecture"),
    "formulas and callouts": Screen(_document("docs/notes/formulas.md"), "A price such as $5 or $10"),
    "story": Screen(_document("docs/stories/1.2.record-the-reason.md"), "Offer recent reasons"),
    "CSV": Screen(_document("docs/data/tides.csv"), "2025-10-01"),
    "JSON": Screen(_document("docs/data/vessels.json"), "vessels"),
    "YAML": Screen(_document("docs/qa/gates/1.1-assign-a-berth.yml"), "status_reason"),
    "Japanese document": Screen(_document("docs/notes/入港手順.md"), "入港の二十四時間前"),
    "search": Screen(lambda _: "/search", "Search"),
    "search results": Screen(lambda _: "/search?q=berth", "Berth too short"),
    "nothing found": Screen(lambda _: "/search?q=zeppelin&mode=keyword", "zeppelin"),
    "project search": Screen(_in_project("/search?q=tide&mode=keyword"), "tide table"),
    "chat": Screen(_in_project("/chat"), "Which vessels are refused"),
    "conversation": Screen(
        lambda project: f"/projects/{project.id}/chat/{project.conversation_id}", "A vessel longer than the berth"
    ),
    "citation beside the chat": Screen(_cited, "A vessel longer than the berth"),
    "appearance": Screen(lambda _: "/settings/appearance", "Dark"),
    "shortcuts": Screen(lambda _: "/settings/shortcuts", "Ctrl"),
    "about": Screen(lambda _: "/settings/about", "0.1.0"),
    "unknown page": Screen(lambda _: "/no/such/page", "dashboard"),
    "unknown project": Screen(lambda _: "/projects/424242", "not found", is_missing=True),
    "unknown document": Screen(_document("docs/gone.md"), "docs/gone.md"),
    "palette": Screen(_document("docs/prd.md"), "Berth", opens=_find_with_the_palette, within=_DIALOG),
    "shortcut overlay": Screen(
        _in_project(""), "Go to the documents", opens=lambda page: page.keyboard.press("?"), within=_DIALOG
    ),
    "project menu": Screen(
        _in_project(""), "New project", opens=_press("Project Tidewater: switch"), within="[role=menu]"
    ),
    "new source": Screen(_in_project(""), "Repository address", opens=_press("Add source"), within=_DIALOG),
    "delete project": Screen(
        _in_project("/edit"), "Type the project’s name", opens=_press("Delete project"), within=_DIALOG
    ),
    "rename conversation": Screen(_in_project("/chat"), "Title", opens=_rename_a_conversation, within=_DIALOG),
}
