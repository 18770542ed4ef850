"""A first sync against the embedder's raw rate in the same run, and an unchanged one against the first."""

import asyncio
import subprocess
import time
from pathlib import Path

from bench.table import Row
from documents.chunking import Chunk, chunk
from documents.embedding.process import EmbeddingProcess
from documents.embedding.tokenizer import Tokenizer
from documents.parsing import parse
from tests.e2e.hub import Hub, Repository

_TOKENIZER = Tokenizer()
SUBJECTS = ("berth", "vessel", "tide", "pilot", "crane", "customs", "ledger", "invoice", "route", "signal")


def generated_repository(folder: Path, files: int = 200) -> Path:
    """A repository of Markdown files whose texts all differ."""
    folder.mkdir()
    repository = Repository(folder / "work", folder / "bare.git")
    repository.write({f"docs/{n // 20}/note-{n}.md": note(n) for n in range(files)})
    repository.push()
    return repository.bare


def note(number: int) -> str:
    def paragraph(index: int) -> str:
        words = [f"{SUBJECTS[(number * 7 + index * 3 + w * w) % len(SUBJECTS)]} {number * 100 + w}" for w in range(40)]
        return "The " + " and the ".join(words) + "."

    return "\n\n".join([f"# Note {number}", *(f"## Part {i}\n\n{paragraph(i)}" for i in range(12))])


def raw_rate(folder: Path, repo: str) -> float:
    """Chunks per second that the embedder alone reaches on this repository's own texts."""
    work = folder / "raw"
    subprocess.run(["git", "clone", "-q", "--depth", "1", repo, str(work)], check=True)
    texts = list(
        {c.content_hash: c.embedded_text for path in sorted(work.rglob("*")) for c in chunks_of(path, work)}.values()
    )
    return asyncio.run(embed_all(texts))


def chunks_of(path: Path, work: Path) -> list[Chunk]:
    if (
        not path.is_file()
        or ".git" in path.relative_to(work).parts
        or path.suffix not in (".md", ".yml", ".yaml", ".csv")
    ):
        return []
    document = parse(str(path.relative_to(work)), path.read_bytes())
    return chunk(document, _TOKENIZER) if document.embed else []


async def embed_all(texts: list[str]) -> float:
    process = EmbeddingProcess()
    try:
        await process.embed(texts[:8])  # started and warm
        began = time.perf_counter()
        await process.embed(texts)
        return len(texts) / (time.perf_counter() - began)
    finally:
        await process.close()


def measure(hub: Hub, project: int, raw: float) -> list[Row]:
    """Rows of the first sync and of one that finds nothing changed."""
    began = time.perf_counter()
    started = hub.call("POST", f"/api/projects/{project}/sync", expect=202)["syncs"][0]["id"]
    first_searchable = 0.0
    while True:
        run = hub.call("GET", f"/api/syncs/{started}")
        if not first_searchable and run["files_done"] > 0:
            first_searchable = time.perf_counter() - began
        if run["status"] not in ("queued", "running"):
            break
        time.sleep(0.05)  # the resolution of what is measured
    first = time.perf_counter() - began
    assert run["status"] == "succeeded", run
    began = time.perf_counter()
    again = hub.sync(project)
    unchanged = time.perf_counter() - began
    rate = run["chunks_embedded"] / first
    return [
        Row("files synced", f"{run['files_total']}"),
        Row("chunks embedded", f"{run['chunks_embedded']} of {run['chunks_total']}"),
        Row("first document searchable", f"{first_searchable:.1f} s"),
        Row("first sync", f"{first:.1f} s"),
        Row("sync, files/s", f"{run['files_total'] / first:.1f}"),
        Row("sync, chunks/s", f"{rate:.1f}"),
        Row("embedder alone, chunks/s", f"{raw:.1f}"),
        Row("sync as a share of the embedder alone", f"{rate / raw:.0%}", "≥ 80%"),
        Row("unchanged re-sync", f"{unchanged:.2f} s, {again['chunks_embedded']} embedded"),
        Row("unchanged re-sync as a share of the first", f"{unchanged / first:.1%}", "≤ 2%"),
    ]
