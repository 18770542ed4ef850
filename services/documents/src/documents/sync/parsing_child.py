"""The child process that parses and chunks files: `python -m documents.sync.parsing_child`.

A file that exhausts time or memory ends this process and not the worker. Frames both ways are a length (8 bytes, big
endian) and a pickle: (path, bytes) in, (document, chunks) or the text of an error out. Its only peer is the worker. An
argument says how many word pieces a chunk may have, if not as many as usual.
"""

import os
import pickle
import resource
import sys
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from documents.chunking import Chunk, chunk
from documents.embedding.tokenizer import Tokenizer
from documents.parsing import ParsedDocument, parse

LENGTH_BYTES = 8
_MEMORY = 2 * 2**30


def main() -> None:
    """Answer frames until the worker closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the answers
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cut = partial(chunk, tokenizer=Tokenizer(), **({"budget": int(sys.argv[1])} if sys.argv[1:] else {}))
    while frame := _receive(sys.stdin.buffer):
        path, data = pickle.loads(frame)  # noqa: S301 - from the worker that started this process
        answer = pickle.dumps(_parse(path, data, cut), protocol=pickle.HIGHEST_PROTOCOL)
        answers.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        answers.flush()


def _parse(
    path: str, data: bytes, cut: Callable[[ParsedDocument], list[Chunk]]
) -> tuple[ParsedDocument, list[Chunk]] | str:
    try:
        document = parse(path, data)
        return document, cut(document)
    except Exception as error:  # noqa: BLE001 - one file's fault, told to the worker
        return f"{type(error).__name__}: {error}"


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(head)) if len(head) == LENGTH_BYTES else None


if __name__ == "__main__":
    main()
