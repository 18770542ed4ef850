"""axe-core in the page: `axe(page)` fails unless it finds nothing against WCAG 2.0 and 2.1, levels A and AA."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.web.browser import settle

_AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
_RUN = """() => axe.run(document, {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
  resultTypes: ["violations"],
})"""


def axe(page: Page) -> None:
    """Check the settled page as it is shown now."""
    found = violations(page)
    assert not found, f"{page.url} is not accessible:\n" + "\n".join(found)


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line an element: rule, element, and what to change."""
    settle(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())
    report: dict[str, Any] = page.evaluate(_RUN)
    assert report["testEngine"]["name"] == "axe-core"
    return [_line(rule, node) for rule in report["violations"] for node in rule["nodes"]]


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    advice = " ".join(node["failureSummary"].split())
    return f"  {rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['html'][:200]}: {advice}"


def sideways_overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    settle(page)
    return page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
