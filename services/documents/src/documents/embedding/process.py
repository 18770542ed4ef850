"""The model in a child process that is started at the first request and ended when idle: `EmbeddingProcess`.

So the model's memory is given back to the system, its crash takes nothing else down, and computing never holds up the
event loop. Give it several requests at once (or one with many texts): then the model never waits for the next.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from common.child_process import die_with_parent
from documents.embedding import frames
from documents.embedding.base import DIMENSIONS, MODEL, EmbeddingUnavailable, Vectors
from documents.embedding.base import Kind as TextKind
from documents.embedding.frames import Kind
from documents.embedding.tokenizer import Tokenizer

_COMMAND = (sys.executable, "-m", "documents.embedding.child")
_TEXTS_IN_A_REQUEST = 128
_ATTEMPTS = 2


class _ChildEnded(Exception):
    """The child process ended before it had answered."""


class EmbeddingProcess:
    """Embeds texts in a child process. Safe for any number of tasks of one event loop.

    `idle_seconds` after the last answer the child is ended; one that gives no sign of life for `stall_seconds` while it
    has work is killed. `command` replaces the child's command line.
    """

    model = MODEL

    def __init__(
        self, *, idle_seconds: float = 60.0, stall_seconds: float = 300.0, command: Sequence[str] = _COMMAND
    ) -> None:
        self._idle_seconds = idle_seconds
        self._stall_seconds = stall_seconds
        self._command = command
        self._tokenizer = Tokenizer()
        self._child: _Child | None = None
        self._starting = asyncio.Lock()
        self._at_work = 0
        self._idle_timer: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._child.pid if self._child and not self._child.has_ended else None

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, in this process."""
        return self._tokenizer

    async def identify(self) -> str:
        """The model's name."""
        return self.model

    async def embed(self, texts: Sequence[str], stream: int = 0, *, kind: TextKind = "document") -> Vectors:
        """L2-normalised vectors, shape (len(texts), 384). Streams share the model, however much each of them asks for.

        Raises EmbeddingUnavailable if the model can't be loaded, or if the child ended twice over the same texts.
        """
        slices = [texts[at : at + _TEXTS_IN_A_REQUEST] for at in range(0, len(texts), _TEXTS_IN_A_REQUEST)]
        if not slices:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        self._begin()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask(Kind.EMBED, each, stream)) for each in slices]
        except* EmbeddingUnavailable as errors:
            raise EmbeddingUnavailable(*errors.exceptions[0].args) from None
        finally:
            self._end()
        return np.concatenate([frames.to_vectors(task.result()) for task in tasks])

    async def compare(self, query: str, passages: Sequence[str]) -> Vectors:
        """How well each passage answers the query, word by word (`late_interaction`): shape (len(passages),), -1 to 1.

        Raises EmbeddingUnavailable like `embed`.
        """
        self._begin()
        try:
            return frames.to_scores(await self._ask(Kind.COMPARE, [query, *passages]))
        finally:
            self._end()

    async def close(self) -> None:
        """End the child; requests under way fail. A later request starts a new one."""
        if self._idle_timer:
            self._idle_timer.cancel()
        if self._child:
            await self._child.end()
            self._child = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, kind: Kind, texts: Sequence[str], stream: int = 0) -> bytes:
        code: int | None = None
        for _ in range(_ATTEMPTS):
            child = await self._running_child()
            try:
                return await child.ask(kind, texts, stream)
            except _ChildEnded:
                code = await child.end()
        raise EmbeddingUnavailable(f"The embedding process ended twice over the same texts (exit code {code}).")

    async def _running_child(self) -> "_Child":
        async with self._starting:
            if self._child is None or self._child.has_ended:
                self._child = await _Child.start(self._command, self._stall_seconds)
            return self._child

    def _begin(self) -> None:
        self._at_work += 1
        if self._idle_timer:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _end(self) -> None:
        self._at_work -= 1
        if not self._at_work:
            self._idle_timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._kill_idle)

    def _kill_idle(self) -> None:
        self._idle_timer = None
        if self._child:
            self._child.kill()


class _Child:
    """One running child process and what it has been asked."""

    def __init__(self, process: asyncio.subprocess.Process, stall_seconds: float) -> None:
        self._process = process
        self._stall_seconds = stall_seconds
        self._pending: dict[int, asyncio.Future[bytes]] = {}
        self._number = 0
        self._reason: Exception = _ChildEnded()
        self.has_ended = False
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], stall_seconds: float) -> Self:
        """Start the process; it loads the model while requests may already be sent."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, preexec_fn=die_with_parent(signal.SIGKILL)
            )
        except OSError as error:
            raise EmbeddingUnavailable(f"The embedding process can't be started: {error}.") from error
        return cls(process, stall_seconds)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, kind: Kind, texts: Sequence[str], stream: int) -> bytes:
        """The answer's body. Raises _ChildEnded, or EmbeddingUnavailable if it said that it can't."""
        if self.has_ended:
            raise self._reason
        self._number += 1
        number = self._number
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            await self._send(frames.packed(kind, number, frames.from_texts(texts), stream))
            return await answer
        finally:
            self._pending.pop(number, None)

    def kill(self) -> None:
        """End the process at once; the reader notices."""
        if self._process.returncode is None:
            # Not `Process.kill`: that asks for the exit status first, and may take it from the loop that waits for it.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def end(self) -> int:
        """Kill the process if it still runs, and wait for it. Returns its exit code."""
        self.kill()
        await asyncio.wait([self._reader])
        return await self._process.wait()

    async def _send(self, frame: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        stdin.write(frame)
        # A child that has ended fails the answer; the broken pipe says nothing more.
        with suppress(ConnectionError):
            await stdin.drain()

    async def _read(self) -> None:
        try:
            while await self._read_frame():
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._finish()

    async def _read_frame(self) -> bool:
        """Take one frame; False when there will be no more of use."""
        stdout = self._process.stdout
        if stdout is None:
            return False
        head = await self._next_head(stdout)
        if head is None:
            return False
        kind, number, _, size = frames.HEAD.unpack(head)
        body = await stdout.readexactly(size)
        if kind == Kind.UNAVAILABLE:
            self._reason = EmbeddingUnavailable(body.decode())
            return False
        answer = self._pending.get(number)
        if answer and not answer.done():
            answer.set_result(body)
        return True

    async def _next_head(self, stdout: asyncio.StreamReader) -> bytes | None:
        while True:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    return await stdout.readexactly(frames.HEAD.size)
            except TimeoutError:
                if self._pending:
                    return None

    def _finish(self) -> None:
        self.has_ended = True
        self.kill()
        if self._process.stdin:
            self._process.stdin.close()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(self._reason)
