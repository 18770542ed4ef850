"""The web client in Chromium: size of the first load, a 325 kB document, a tree of 5,000 files.

A long task is what the browser's own Long Tasks API reports: the main thread busy for more than 50 ms without a pause.
"""

import gzip
import os
import random
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request

from bench.table import Row
from tests.e2e.hub import Hub
from tests.web.browser import chromium, settle

_BUILD = Path(os.environ.get("GATEWAY_WEB_DIR") or Path(__file__).parents[1] / "frontend" / "dist")
_WORDS = ("story", "user", "export", "import", "sync", "document", "hub", "review", "epic", "event", "queue", "search")
_EPICS = "docs/epics.md"
_EPICS_BYTES = 325_000
_AREAS, _PARTS, _STORIES = 25, 10, 20

_COUNT_LONG_TASKS = """
window.longTasks = [];
window.lastLongTask = 0;
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    longTasks.push(duration);
    lastLongTask = startTime + duration;
  }
}).observe({ type: "longtask", buffered: true });
"""
_SECONDS_SINCE_LONG_TASK = "() => (performance.now() - lastLongTask) / 1000"
_CALM_SECONDS, _CALM_DEADLINE_SECONDS = 0.3, 60
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
        calm = _Calm(page)
        rows = _first_load(page)
        rows += _document(page, calm, f"/projects/{project}/docs/{source}/")
        rows += _tree(page, calm, project, source)
    return rows


class _Calm:
    """Knows when a page has done what it had to: 300 ms without a long task and without a request.

    What is measured afterwards is then its own work, however slow the machine. Event streams stay open and don't count.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: set[Request] = set()
        self._last_request = 0.0
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def wait(self) -> None:
        deadline = time.monotonic() + _CALM_DEADLINE_SECONDS
        while self._seconds() < _CALM_SECONDS:
            assert time.monotonic() < deadline, f"{self._page.url} doesn't come to rest: {self._open}"
            self._page.wait_for_timeout(50)  # between two looks at the condition

    def _seconds(self) -> float:
        since_task = self._page.evaluate(_SECONDS_SINCE_LONG_TASK)
        return 0 if self._open else min(since_task, time.monotonic() - self._last_request)

    def _begun(self, request: Request) -> None:
        if request.resource_type != "eventsource":
            self._open.add(request)

    def _ended(self, request: Request) -> None:
        self._open.discard(request)
        self._last_request = time.monotonic()


def _first_load(page: Page) -> list[Row]:
    """All scripts that the dashboard has asked for once it stands, compressed as a browser without Brotli gets them."""
    page.goto("/")
    settle(page)
    scripts = page.evaluate("performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)")
    files = [_BUILD / script.removeprefix("/") for script in set(scripts) if script.endswith(".js")]
    size = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    return [Row("web: JavaScript of the first load, gzip", f"{size / 1000:.0f} kB", "≤ 200 kB")]


def _document(page: Page, calm: _Calm, base: str) -> list[Row]:
    page.goto(f"{base}docs/README.md")
    page.wait_for_selector(".markdown[data-complete]")
    calm.wait()  # the rest of the client is loaded meanwhile, and isn't what is measured
    page.evaluate(_TAKE_LONGEST)
    page.get_by_role("treeitem", name=re.compile("epics.md")).click()
    page.wait_for_selector('.markdown[data-complete] [data-heading^="epic-1-"]')
    calm.wait()
    opened = page.evaluate(_TAKE_LONGEST)
    frame = page.evaluate(_SCROLL, {"selector": _DOCUMENT, "step": 120, "seconds": 5})
    scrolled = page.evaluate(_TAKE_LONGEST)
    return [
        Row(f"web: open a document of {_EPICS_BYTES / 1000:.0f} kB, longest task", f"{opened} ms", "≤ 200 ms"),
        Row("web: scroll it, frame p95 / longest task", f"{frame} / {scrolled} ms"),
    ]


def _tree(page: Page, calm: _Calm, project: int, source: int) -> list[Row]:
    areas = [f"many/area-{area:02}" for area in range(_AREAS)]
    folders = ["many", *areas, *(f"{area}/part-{part:02}" for area in areas for part in range(_PARTS))]
    keys: dict[str, Any] = {"project": project, "keys": [f"{source}:{each}" for each in folders]}
    page.evaluate("({project, keys}) => sessionStorage.setItem(`bmadflow.tree.${project}`, JSON.stringify(keys))", keys)
    page.reload()
    page.wait_for_selector("[role=treeitem]")
    calm.wait()  # as above
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
