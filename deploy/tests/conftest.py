import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bmadflow.child import Child

MakeChild = Callable[[str, str], Child]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that other accounts may pass through (pytest's own is closed to them)."""
    path = Path(tempfile.mkdtemp(prefix="bmf-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def script(folder: Path) -> MakeChild:
    """Makes a child that runs a piece of Python."""

    def make(name: str, source: str) -> Child:
        return Child(name, [sys.executable, "-c", source], dict(os.environ), folder / f"{name}.log")

    return make


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits for a condition; TimeoutError when it doesn't come true."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Does the process run? A zombie, which its parent hasn't asked after yet, counts as ended."""

    def ask(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    return ask
