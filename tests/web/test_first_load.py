"""The size of the first load: the entry that `index.html` names, the dashboard, and all that either needs to start."""

import gzip
import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.web

LIMIT_BYTES = 200_000
BUILD = Path(os.environ.get("GATEWAY_WEB_DIR") or Path(__file__).parents[2] / "frontend" / "dist")
_ENTRY = re.compile(r'<script[^>]* src="/assets/([\w.-]+\.js)"')
_NEEDS = re.compile(r'\b(?:from|import)\s*"\./([\w.-]+\.js)"')
_DASHBOARD = re.compile(r"\./(Dashboard-[\w-]+\.js)")


def test_the_first_load_is_small() -> None:
    entry = _ENTRY.findall((BUILD / "index.html").read_text())
    dashboard = set(_DASHBOARD.findall(script(entry[0])))
    assert len(entry) == len(dashboard) == 1
    loaded = needed({*entry, *dashboard})
    assert "react-dom" in " ".join(loaded), "the imports were not followed"
    sizes = {name: len(gzip.compress((BUILD / "assets" / name).read_bytes(), 9)) for name in loaded}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:5]
    assert sum(sizes.values()) <= LIMIT_BYTES, f"{sum(sizes.values())} bytes, the largest: {largest}"


def needed(names: set[str]) -> set[str]:
    """The scripts and all that they import before they run."""
    found: set[str] = set()
    while names - found:
        name = (names - found).pop()
        found.add(name)
        names = names | set(_NEEDS.findall(script(name)))
    return found


def script(name: str) -> str:
    return (BUILD / "assets" / name).read_text()
