"""Hubs that are started at the same moment don't get each other's ports."""

import subprocess
import sys

from tests.e2e.hub import ROOT, free_ports

_ASK = "from tests.e2e.hub import free_ports; print(free_ports(5))"


def test_ports_are_given_once_although_nobody_listens_yet() -> None:
    first, second = free_ports(5), free_ports(3)
    asked = subprocess.run([sys.executable, "-c", _ASK], cwd=ROOT, check=True, capture_output=True, text=True)
    blocks = [set(range(start, start + 5)) for start in (first, second, int(asked.stdout))]
    assert len(set.union(*blocks)) == 15
