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


def _webhook(project: Seeded) -> str:
    return f"/projects/{project.id}/sources/{project.source_id}/webhook"


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def _find_with_the_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("berth")
    expect(page.get_by_role("option", name=re.compile("Assign a berth", re.IGNORECASE)).first).to_be_visible()


def _rename_a_conversation(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Actions for")).first.click()
    page.get_by_role("menuitem", name="Rename").click()


def _fill_in_a_key(page: Page) -> None:
    page.get_by_role("button", name="Edit source gate").click()
    page.get_by_role("button", name="Replace").click()
    page.get_by_label("Access").select_option("ssh_key")
    page.get_by_label("Sync by itself").select_option("custom")


def _lead_elsewhere(page: Page) -> None:
    page.get_by_role("button", name="Edit source gate").click()
    page.get_by_label("Repository address").fill("https://github.com/acme/gate.git")


_DIALOG = "[role=dialog]"
_MENU = "[role=menu]"
_VERSIONS = _document("docs/gate.md", "?view=history")
_DIFF = _document("docs/gate.md", "?view=diff")
_SPLIT = _document("docs/gate.md", "?view=diff&layout=split")

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
    "corrected search": Screen(_in_project("/search?q=breth&mode=keyword&status=done"), "searched for “berth”"),
    "nothing but what is left out": Screen(
        _in_project("/search?q=berth%20-berth&mode=keyword"), "Search without leaving words out"
    ),
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
    "project menu": Screen(_in_project(""), "New project", opens=_press("Project Tidewater: switch"), within=_MENU),
    "new source": Screen(_in_project(""), "Repository address", opens=_press("Add source"), within=_DIALOG),
    "delete project": Screen(
        _in_project("/edit"), "Type the project’s name", opens=_press("Delete project"), within=_DIALOG
    ),
    "project that is behind": Screen(_in_project(""), "Behind the remote", project="guarded"),
    "source with a credential": Screen(
        _in_project(""), "isn’t sent there", project="guarded", opens=_lead_elsewhere, within=_DIALOG
    ),
    "source with a key": Screen(
        _in_project(""), "Private key", project="guarded", opens=_fill_in_a_key, within=_DIALOG
    ),
    "source menu": Screen(
        _in_project(""), "Webhook", project="guarded", opens=_press("More actions for gate"), within=_MENU
    ),
    "webhook": Screen(_webhook, "isn’t shown again", project="guarded"),
    "new webhook secret": Screen(
        _webhook, "Deliveries with the old secret", project="guarded", opens=_press("New secret"), within=_DIALOG
    ),
    "re-index": Screen(_in_project("?ask=reindex"), "The git server isn’t asked", project="guarded", within=_DIALOG),
    "last change": Screen(_document("docs/gate.md"), "Last changed by Test", project="guarded"),
    "versions": Screen(_VERSIONS, "Write the gate rules down", project="guarded"),
    "only version": Screen(_document("README.md", "?view=history"), "Only this version is known", project="guarded"),
    "difference": Screen(_DIFF, "2 lines added, 2 lines removed", project="guarded"),
    "difference side by side": Screen(_SPLIT, "two hours before high water", project="guarded"),
    "rename conversation": Screen(_in_project("/chat"), "Title", opens=_rename_a_conversation, within=_DIALOG),
}
