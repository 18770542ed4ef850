"""What the log of a service shows, and what it doesn't."""

import subprocess
import sys

import pytest

PROGRAM = """
import structlog
from common.logging import configure_logging

configure_logging("shop", json_lines={json_lines}, level="INFO")
secret = "canary"[::-1]
try:
    raise ValueError("it broke")
except ValueError:
    structlog.get_logger().exception("request.failed")
"""


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_traceback_shows_no_local_variables(json_lines: bool) -> None:
    command = [sys.executable, "-c", PROGRAM.format(json_lines=json_lines)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "it broke" in done.stderr
    assert "Traceback" in done.stderr
    assert "yranac" not in done.stderr
