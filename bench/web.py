"""The web client in Chromium: size of the first load, a 325 kB document, a tree of 5,000 files.

A long task is what the browser's own Long Tasks API reports: the main thread busy for more than 50 ms without a pause.
"""

import gzip
import random
import re
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.table import Row
from tests.e2e.hub import Hub
from tests.web.browser import chromium, settle

_BUILD = Path(__file__).parents[1] / "frontend" / "dist"
_WORDS = ("story", "user", "export", "import", "sync", "document", "hub", "review", "epic", "event", "queue", "search")
_EPICS = "docs/epics.md"
_EPICS_BYTES = 325_000
_AREAS, _PARTS, _STORIES = 25, 10, 20

_COUNT_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((each) => each.duration)))
  .observe({ type: "longtask", buffered: true });
"""
_TAKE_LONGEST = "() => Math.round(Math.max(0, ...longTasks.splice(0)))"
_SCROLL = """async ({ selector, step, seconds }) => {
  const pane = document.querySelector(selector);
  const frames = [];
  const end = performance.now() + seconds * 1000;
  for (let last = performance.now(); last < end; ) {
    pane.scrollTop += step;
    if (pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 2) pane.scrollTop = 0;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  frames.sort((a, b) => a - b);
  return Math.round(frames[Math.floor(frames.length * 0.95)]);
}"""
_DOCUMENT = "[data-scroll-restoration-id=document]"
_TREE = "[role=tree]"


def measure(hub: Hub, folder: Path) -> list[Row]:
    """Rows for the built client (`make web-build`) over a project of its own."""
    project = hub.create_project("web bench", str(generated_repository(folder / "web")))
    source = hub.sync(project, 900)["source_id"]
    with chromium() as browser:
        page = browser.new_context(base_url=hub.url, viewport={"width": 1280, "height": 900}).new_page()
        page.add_init_script(_COUNT_LONG_TASKS)
        rows = _first_load(page)
        rows += _document(page, f"/projects/{project}/docs/{source}/")
        rows += _tree(page, project, source)
    return rows


def _first_load(page: Page) -> list[Row]:
    """All scripts that the dashboard has asked for once it stands, compressed as a browser without Brotli gets them."""
    page.goto("/")
    settle(page)
    scripts = page.evaluate("performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)")
    files = [_BUILD / script.removeprefix("/") for script in set(scripts) if script.endswith(".js")]
    size = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    return [Row("web: JavaScript of the first load, gzip", f"{size / 1000:.0f} kB", "≤ 200 kB")]


def _document(page: Page, base: str) -> list[Row]:
    page.goto(f"{base}docs/README.md")
    page.wait_for_selector(".markdown[data-complete]")
    page.wait_for_timeout(1_000)  # the rest of the client is loaded meanwhile, and isn't what is measured
    page.evaluate(_TAKE_LONGEST)
    page.get_by_role("treeitem", name=re.compile("epics.md")).click()
    page.wait_for_selector('.markdown[data-complete] [data-heading="demo-epic-breakdown"]')
    page.wait_for_timeout(500)
    opened = page.evaluate(_TAKE_LONGEST)
    frame = page.evaluate(_SCROLL, {"selector": _DOCUMENT, "step": 120, "seconds": 5})
    scrolled = page.evaluate(_TAKE_LONGEST)
    return [
        Row(f"web: open a document of {_EPICS_BYTES / 1000:.0f} kB, longest task", f"{opened} ms", "≤ 200 ms"),
        Row("web: scroll it, frame p95 / longest task", f"{frame} / {scrolled} ms"),
    ]


def _tree(page: Page, project: int, source: int) -> list[Row]:
    areas = [f"many/area-{area:02}" for area in range(_AREAS)]
    folders = ["many", *areas, *(f"{area}/part-{part:02}" for area in areas for part in range(_PARTS))]
    keys: dict[str, Any] = {"project": project, "keys": [f"{source}:{each}" for each in folders]}
    page.evaluate("({project, keys}) => sessionStorage.setItem(`bmadflow.tree.${project}`, JSON.stringify(keys))", keys)
    page.reload()
    page.wait_for_selector("[role=treeitem]")
    page.wait_for_timeout(1_500)  # as above
    rows = page.evaluate("(selector) => document.querySelector(selector).scrollHeight / 28", _TREE)
    page.evaluate(_TAKE_LONGEST)
    frame = page.evaluate(_SCROLL, {"selector": _TREE, "step": 200, "seconds": 5})
    scrolled = page.evaluate(_TAKE_LONGEST)
    return [Row(f"web: scroll a tree of {rows:.0f} rows, frame p95 / longest task", f"{frame} / {scrolled} ms")]


def generated_repository(folder: Path) -> Path:
    """A git repository with one large epics file and 5,000 small stories, the same every time."""
    chance = random.Random(4)
    files = {_EPICS: _epics(chance), "docs/README.md": "# Read me first\n\nWords.\n"}
    for area in range(_AREAS):
        for part in range(_PARTS):
            for story in range(_STORIES):
                name = f"many/area-{area:02}/part-{part:02}/story-{area}.{part}.{story}-{chance.choice(_WORDS)}.md"
                files[name] = "# Story\n\nA body that is the same everywhere.\n"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Everything"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def _epics(chance: random.Random) -> str:
    def text(count: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(count)).capitalize()

    parts = [f"# Demo - Epic Breakdown\n\n{text(80)}.\n"]
    epic = size = 0
    while size < _EPICS_BYTES:
        epic += 1
        parts.append(f"\n## Epic {epic}: {text(4)}\n\n{text(60)}.\n")
        for story in range(1, 9):
            criteria = "".join(
                f"- **Given** {text(14)}\n  **When** {text(12)}\n  **Then** {text(14)}\n" for _ in range(5)
            )
            table = f"| FR | Covered | Note |\n|---|---|---|\n| FR{epic} | yes | {text(8)} |\n"
            tasks = f"- [ ] {text(8)}\n- [x] {text(8)}, see `{chance.choice(_WORDS)}`\n"
            parts.append(f"\n### Story {epic}.{story}: {text(5)}\n\n{criteria}\n{table}\n{tasks}")
        size = sum(map(len, parts))
    return "".join(parts)
