"""Every code by which a sync may fail is known to those who read it."""

import re
from pathlib import Path
from typing import get_args

from documents.sync.errors import SyncErrorCode

ROOT = Path(__file__).resolve().parents[1]
CODES = set(get_args(SyncErrorCode))


def test_the_web_client_has_an_advice_for_each() -> None:
    source = (ROOT / "frontend/src/screens/project/runs.ts").read_text()
    table = source.split("const ADVICE", 1)[1].split("};", 1)[0]
    assert set(re.findall(r"^  ([A-Z_]+): ", table, re.MULTILINE)) == CODES


def test_the_guide_has_a_line_for_each() -> None:
    guide = (ROOT / "docs/guides/operations.md").read_text()
    table = guide.split("| error_code |", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == CODES
