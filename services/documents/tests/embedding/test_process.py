"""The embedding process: real children, real crashes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from documents.embedding import EmbeddingUnavailable, frames
from documents.embedding.frames import Kind
from documents.embedding.process import EmbeddingProcess

DEADLINE = 60.0

# Crashes in its first life and answers in its second.
CRASHES_ONCE = """
import os, sys
from documents.embedding import frames
import numpy as np
head = sys.stdin.buffer.read(frames.HEAD.size)
_, number, _, size = frames.HEAD.unpack(head)
texts = frames.to_texts(sys.stdin.buffer.read(size))
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1], "w").close()
    os._exit(9)
vectors = np.ones((len(texts), 384), dtype=np.float32)
sys.stdout.buffer.write(frames.packed(frames.Kind.VECTORS, number, frames.from_floats(vectors)))
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""
SAYS_UNAVAILABLE = """
import sys
from documents.embedding import frames
sys.stdout.buffer.write(frames.packed(frames.Kind.UNAVAILABLE, 0, b"The weights are missing."))
"""
PARENT = """
import asyncio, sys
from documents.embedding.process import EmbeddingProcess
async def main():
    process = EmbeddingProcess()
    await process.embed(["hello"])
    print(process.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def is_running(pid: int) -> bool:
    """Whether the process does anything any more; a dead one may stay listed until someone takes note of it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module")
async def process() -> AsyncGenerator[EmbeddingProcess]:
    async with EmbeddingProcess() as running:
        yield running


async def test_requests_at_once_get_their_own_vectors(process: EmbeddingProcess) -> None:
    texts = [f"text number {n} " * (n % 7 + 1) for n in range(300)]
    together, *singles = await asyncio.gather(process.embed(texts), *(process.embed([text]) for text in texts[:10]))
    assert together.shape == (300, 384)
    for index, single in enumerate(singles):
        assert float(single[0] @ together[index]) > 0.999


async def test_of_passages_the_one_that_says_it_is_most_like_the_question(process: EmbeddingProcess) -> None:
    padding = "The berth is painted in spring. " * 25
    answer = f"{padding}Vessels that are too long get no berth. {padding}"
    question = "Which ships are turned away?"
    likenesses, embedded = await asyncio.gather(
        process.compare(question, [padding, answer, "ships"]), process.embed([padding])
    )
    assert likenesses.shape == (3,)
    assert likenesses[1] > likenesses[0] + 0.05
    alone = [float((await process.compare(question, [each]))[0]) for each in (padding, answer, "ships")]
    assert np.allclose(likenesses, alone, atol=0.02), "what a passage is like depends on no other"
    assert embedded.shape == (1, 384)


async def test_what_is_the_same_is_like_itself(process: EmbeddingProcess) -> None:
    text = "Sightings are kept for two years."
    assert (await process.compare(text, [text]))[0] > 0.99


async def test_no_texts_need_no_child() -> None:
    async with EmbeddingProcess() as unused:
        assert (await unused.embed([])).shape == (0, 384)
        assert unused.pid is None


async def test_a_killed_child_is_replaced(process: EmbeddingProcess) -> None:
    await process.embed(["hello"])
    first = process.pid
    assert first is not None
    working = asyncio.create_task(process.embed(["some words " * 60] * 40))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    assert (await working).shape == (40, 384)
    assert process.pid not in (None, first)


async def test_an_idle_child_is_ended_and_comes_back() -> None:
    async with EmbeddingProcess(idle_seconds=0.05) as process:
        await process.embed(["hello"])
        await until(lambda: process.pid is None)
        assert (await process.embed(["hello"])).shape == (1, 384)


async def test_closing_leaves_no_process() -> None:
    process = EmbeddingProcess()
    await process.embed(["hello"])
    pid = process.pid
    assert pid is not None
    await process.close()
    assert not is_running(pid)


async def test_one_crash_is_retried(tmp_path: Path) -> None:
    async with EmbeddingProcess(command=python(CRASHES_ONCE, str(tmp_path / "crashed"))) as process:
        assert np.array_equal(await process.embed(["a", "b"]), np.ones((2, 384)))


async def test_two_crashes_are_an_error_and_the_next_request_tries_again() -> None:
    async with EmbeddingProcess(command=python("import sys; sys.exit(7)")) as process:
        for _ in range(2):
            with pytest.raises(EmbeddingUnavailable, match=r"ended twice .*exit code 7"):
                await process.embed(["a"])


async def test_a_child_that_gives_no_sign_of_life_is_killed() -> None:
    hangs = python("import time; time.sleep(600)")
    async with EmbeddingProcess(command=hangs, stall_seconds=0.2) as process:
        with pytest.raises(EmbeddingUnavailable, match="ended twice"):
            await process.embed(["a"])


async def test_what_the_child_says_reaches_the_caller() -> None:
    async with EmbeddingProcess(command=python(SAYS_UNAVAILABLE)) as process:
        with pytest.raises(EmbeddingUnavailable, match="The weights are missing"):
            await process.embed(["a"])


async def test_a_command_that_is_missing_is_an_error() -> None:
    async with EmbeddingProcess(command=["/nonexistent/python"]) as process:
        with pytest.raises(EmbeddingUnavailable, match="can't be started"):
            await process.embed(["a"])


async def test_the_child_dies_with_a_killed_parent() -> None:
    parent = subprocess.Popen(python(PARENT), stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        parent.kill()
        await asyncio.to_thread(parent.wait)
        await until(lambda: not is_running(pid))
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout:
            parent.stdout.close()


async def test_a_search_does_not_wait_for_a_sync(process: EmbeddingProcess) -> None:
    bulk = asyncio.create_task(process.embed(["some words of a document " * 30] * 96))
    await asyncio.sleep(0)
    await process.embed(["a question"])
    assert not bulk.done()
    await bulk


def test_frames_hold_any_text_and_vector() -> None:
    texts = ["", "é字\0", "x" * 100_000]
    assert frames.to_texts(frames.from_texts(texts)) == texts
    vectors = np.arange(768, dtype=np.float32).reshape(2, 384)
    assert np.array_equal(frames.to_vectors(frames.from_floats(vectors)), vectors)
    assert frames.HEAD.unpack(frames.packed(Kind.EMBED, 7, b"abc", 5)[: frames.HEAD.size]) == (Kind.EMBED, 7, 5, 3)
