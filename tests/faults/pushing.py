"""A repository of small documents that people keep pushing to: edits, renames, removals, new files, force-pushes."""

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.e2e.hub import Repository

_WORD = re.compile(r"\bzq[0-9a-f]{10}\b")
_PLAIN = (
    "harbour",
    "crane",
    "berth",
    "tide",
    "vessel",
    "ledger",
    "invoice",
    "pilot",
    "storm",
    "anchor",
    "rope",
    "lamp",
    "signal",
    "chart",
    "depth",
    "channel",
    "quay",
    "manifest",
    "cargo",
    "engine",
    "captain",
    "clerk",
    "winter",
    "schedule",
    "permit",
    "weather",
)
_FOLDERS = ("docs", "docs/deep/er", "notes", "")
_NOT_DOCUMENTS = "src/main.py"


class BusyRepository:
    """The repository `name` in `folder`, served from `served`. Every text has a word that no other text has."""

    def __init__(self, name: str, folder: Path, served: Path, seed: str) -> None:
        self.name = name
        self._repository = Repository(folder / name, served / f"{name}.git")
        self._random = random.Random(seed)
        self._words: set[str] = set()
        self.pushes = 0

    def fill(self, count: int) -> None:
        """The first commit: `count` documents, and a file that is none."""
        self._repository.write({self._new_path(): self._text() for _ in range(count)})
        self._repository.write({_NOT_DOCUMENTS: "print('hello')\n"})
        self._push()

    def change(self) -> None:
        """Push one commit of a few changes; now and then over history that others have seen."""
        if self._random.random() < 0.12:
            # Former resets may have left few commits.
            commits = int(self._repository.git("rev-list", "--count", "HEAD"))
            undone = min(self._random.randint(1, 3), commits - 1)
            self._repository.git("reset", "-q", "--hard", f"HEAD~{undone}")
        for _ in range(self._random.randint(1, 6)):
            self._change_one(self._paths())
        self._push()

    def tree(self) -> dict[str, str]:
        """{path: blob id} of the branch's tip, as git says."""
        return self._repository.tree()

    def tip(self) -> str:
        return self._repository.git("rev-parse", "HEAD").strip()

    def dead_words(self) -> list[str]:
        """Words that no document has any more."""
        alive = _WORD.findall(self._repository.git("grep", "-hoE", "zq[0-9a-f]{10}", "HEAD"))
        return sorted(self._words - set(alive))

    def content(self, path: str) -> bytes:
        """A file of the tip; nothing is ever left uncommitted."""
        return (self._repository.work / path).read_bytes()

    def _paths(self) -> list[str]:
        work = self._repository.work
        return sorted(
            str(path.relative_to(work)) for path in work.rglob("*.*") if path.is_file() and ".git" not in path.parts
        )

    def _change_one(self, paths: list[str]) -> None:
        chosen = self._random.choice(paths)
        action = self._random.choices(("edit", "add", "rename", "remove"), (4, 3, 2, 2))[0]
        if chosen == _NOT_DOCUMENTS or (action == "remove" and len(paths) < 40):
            action = "add"
        if action in ("add", "edit"):
            self._repository.write({self._new_path() if action == "add" else chosen: self._text()})
        elif action == "rename":
            target = self._repository.work / self._new_path()
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._repository.work / chosen).rename(target)
        else:
            (self._repository.work / chosen).unlink()

    def _push(self) -> None:
        self._repository.push(f"Change {self.pushes}")
        self.pushes += 1

    def _new_path(self) -> str:
        folder = self._random.choice(_FOLDERS)
        suffix = self._random.choices(("md", "txt", "json", "yaml", "csv"), (12, 2, 1, 1, 1))[0]
        name = f"{self._random.choice(_PLAIN)}-{self._random.getrandbits(24):06x}.{suffix}"
        return f"{folder}/{name}" if folder else name

    def _text(self) -> str:
        """Markdown, which is a text, too, to whatever a file's name says (then with a warning)."""
        word = f"zq{self._random.getrandbits(40):010x}"
        self._words.add(word)
        paragraphs = [" ".join(self._random.choices(_PLAIN, k=25)) for _ in range(self._random.randint(2, 4))]
        sections = "\n\n".join(f"## Part {number}\n\n{text}." for number, text in enumerate(paragraphs, 1))
        return f"# Note {word}\n\nSee [another]({word}.md) and {word}.\n\n{sections}\n"


@asynccontextmanager
async def pushed_to(repository: BusyRepository, seed: str) -> AsyncGenerator[None]:
    """Somebody pushes to the repository for as long as the block runs."""
    leaving = asyncio.Event()

    async def push() -> None:
        moments = random.Random(seed)
        while not leaving.is_set():
            await asyncio.to_thread(repository.change)
            with suppress(TimeoutError):
                async with asyncio.timeout(moments.uniform(0.05, 0.6)):
                    await leaving.wait()

    task = asyncio.create_task(push())
    try:
        yield
    finally:
        leaving.set()
        await task
