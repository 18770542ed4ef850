"""What people do so that a project stays as its repository is: credentials, checks, schedules, webhooks, versions."""

import hmac
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from common.testing.git_server import GitServer
from tests.e2e.hub import Hub
from tests.web.accessibility import axe
from tests.web.browser import Watch, settle
from tests.web.guarded import TOKEN, Guarded, make_guarded
from tests.web.seeding import Seeded

pytestmark = pytest.mark.web

SYNC_MS = 60_000


@pytest.fixture(scope="module")
def quay(git_server: GitServer, tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """A repository that is read only with the token."""
    return make_guarded(git_server, tmp_path_factory.mktemp("quay"), "quay")


def badge(page: Page, name: str) -> Locator:
    """Of the sources, not of the runs or of the project."""
    return page.get_by_role("region", name="Sources").get_by_text(name, exact=True)


def choose(page: Page, source: str, action: str) -> None:
    page.get_by_role("button", name=f"More actions for {source}").click()
    page.get_by_role("menuitem", name=action).click()


def test_a_private_repository_is_opened_checked_and_scheduled(page: Page, watch: Watch, quay: Guarded) -> None:
    watch.expect(r"console error: Failed to load resource: .*\b422\b")  # a schedule that is none
    page.goto("/projects/new")
    page.get_by_label("Repository address").fill(quay.url)
    page.get_by_role("button", name="Create and sync").click()
    main = page.get_by_role("main")
    expect(main.get_by_text("AUTHENTICATION_REQUIRED")).to_be_visible(timeout=SYNC_MS)
    expect(main.get_by_text("give a credential that may read the repository")).to_be_visible()

    main.get_by_role("button", name="Edit source", exact=True).click()
    give_the_token(page)
    expect(badge(page, "Synced")).to_be_visible(timeout=SYNC_MS)
    expect(page.get_by_role("region", name="Sources").get_by_text("Token", exact=True)).to_be_visible()

    see_the_push(page, quay)
    schedule_it(page)


def give_the_token(page: Page) -> None:
    dialog = page.get_by_role("dialog", name="Edit source")
    access = dialog.get_by_label("Access")
    access.select_option("ssh_key")
    expect(dialog.get_by_text("an SSH key doesn’t fit it")).to_be_visible()
    access.select_option("token")
    dialog.get_by_label("Token").fill(TOKEN)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def see_the_push(page: Page, quay: Guarded) -> None:
    """Live: the page isn't loaded again between the push and the sync."""
    expect(badge(page, "Behind the remote")).to_have_count(0)
    quay.repository.write({"docs/tides.md": "# Tides\n\nThey come and go.\n"})
    commit = quay.repository.push("Describe the tides")
    page.get_by_role("button", name="Check now the remote of quay").click()
    expect(badge(page, "Behind the remote")).to_be_visible()
    expect(page.get_by_role("main").get_by_text(commit[:7])).to_be_visible()
    page.get_by_role("button", name="Sync this source").click()
    expect(badge(page, "Behind the remote")).to_have_count(0, timeout=SYNC_MS)
    expect(page.get_by_role("link", name="Tides")).to_be_visible()


def schedule_it(page: Page) -> None:
    page.get_by_role("button", name="Edit source quay").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Stored, encrypted")).to_be_visible()
    assert TOKEN not in page.content()
    dialog.get_by_label("Sync by itself").select_option("custom")
    dialog.get_by_label("Cron expression").fill("61 2 * * *")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Cron expression")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Cron expression")).to_be_focused()
    dialog.get_by_label("Sync by itself").select_option("Every night")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(re.compile(r"Every night · next \w+ 02:00 UTC"))).to_be_visible()


def test_a_push_that_the_host_tells_of_is_synced(page: Page, hub: Hub, git_server: GitServer, tmp_path: Path) -> None:
    pier = make_guarded(git_server, tmp_path, "pier")
    body = {"name": "Pier", "repo_url": pier.url, "credential": TOKEN}
    project = hub.call("POST", "/api/projects", expect=201, body=body)["id"]
    hub.sync(project)
    page.goto(f"/projects/{project}")
    choose(page, "pier", "Webhook")
    expect(page.get_by_text("git hosts elsewhere can’t reach it")).to_be_visible()
    page.get_by_role("button", name="Create the secret").click()
    shown = page.get_by_role("main").get_by_role("status")
    expect(shown).to_contain_text("shown only this once")
    secret = shown.get_by_role("code").inner_text()
    page.get_by_role("link", name="GitLab").click()
    expect(page.get_by_text("Secret token")).to_be_visible()
    axe(page)
    address = page.get_by_role("region", name="Address").get_by_role("code").inner_text()

    page.get_by_role("link", name="Project overview").click()
    pier.repository.write({"docs/ropes.md": "# Ropes\n\nMade of hemp.\n"})
    assert deliver(page, address, secret, pier.repository.push()) == 202
    row = page.get_by_role("row").filter(has_text="by webhook")
    expect(row.get_by_text("Synced", exact=True)).to_be_visible(timeout=SYNC_MS)
    expect(page.get_by_role("link", name="Ropes")).to_be_visible()

    page.get_by_role("region", name="Sources").get_by_role("link", name="on").click()
    expect(page.get_by_text("isn’t shown again")).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Remove the webhook").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the webhook").click()
    expect(page.get_by_role("button", name="Create the secret")).to_be_visible()
    assert deliver(page, address, secret, "0" * 40) == 401


def deliver(page: Page, address: str, secret: str, commit: str) -> int:
    """What the hub answers to GitHub's message of a push, signed with the secret."""
    body = json.dumps({"ref": "refs/heads/main", "after": commit, "repository": {"default_branch": "main"}}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": commit,
        "X-Hub-Signature-256": signature,
    }
    return page.request.post(address, data=body, headers=headers).status


def test_what_a_push_changed_in_a_document(page: Page, guarded: Seeded) -> None:
    page.goto(guarded.document_url("docs/gate.md"))
    settle(page)
    expect(page.get_by_text("Last changed by Test")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Open the gate by the clock")).to_be_visible()
    page.keyboard.press("h")
    expect(page).to_have_url(re.compile(r"docs/gate\.md\?view=history$"))
    expect(page.get_by_role("heading", level=1, name="Versions of Gate rules")).to_be_focused()
    expect(
        page.get_by_role("main").get_by_role("listitem").filter(has_text="Write the gate rules down")
    ).to_be_visible()

    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("2 lines added, 2 lines removed")).to_be_visible()
    removed = page.get_by_role("row").filter(has_text="removed").first
    expect(removed).to_contain_text("The gate opens at half tide.")
    expect(removed.locator("mark")).to_have_text("at half tide")
    expect(page.get_by_role("row").filter(has_text="added").first).to_contain_text("two hours before high water")

    page.get_by_role("button", name="Side by side").click()
    expect(page).to_have_url(re.compile("layout=split"))
    both = page.get_by_role("row").filter(has_text="at half tide")
    expect(both).to_contain_text("two hours before high water")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Versions of Gate rules")).to_be_visible()
    page.keyboard.press("h")
    expect(page.get_by_role("heading", level=1, name="Gate rules", exact=True)).to_be_visible()


def test_the_index_is_built_anew(page: Page, hub: Hub, git_server: GitServer, tmp_path: Path) -> None:
    dock = make_guarded(git_server, tmp_path, "dock")
    body = {"name": "Dock", "repo_url": dock.url, "credential": TOKEN}
    project = hub.call("POST", "/api/projects", expect=201, body=body)["id"]
    hub.sync(project)
    page.goto(f"/projects/{project}")
    settle(page)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("> re-index")
    page.get_by_role("option", name="Re-index this project").click()
    dialog = page.get_by_role("dialog", name="Re-index “Dock”?")
    expect(dialog.get_by_text("The git server isn’t asked")).to_be_visible()
    dialog.get_by_role("button", name="Re-index").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="Re-indexed")
    expect(row).to_be_visible(timeout=SYNC_MS)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Re-index of dock")).to_be_visible()
    expect(page.get_by_text("New index of what is stored")).to_be_visible()
