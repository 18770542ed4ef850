"""Things put aside on disk, in order, to be read again once: more of them than memory should hold."""

import pickle
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

_HEAD = 8


class Spool(Generic[T]):
    """A file without a name in `folder`: gone with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed on the way out of the block

    def put(self, thing: T) -> None:
        """Add one thing; it is pickled."""
        frame = zlib.compress(pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL), level=1)
        self._file.write(len(frame).to_bytes(_HEAD) + frame)

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        while head := self._file.read(_HEAD):
            yield pickle.loads(zlib.decompress(self._file.read(int.from_bytes(head))))  # noqa: S301 - written above, seen by nobody

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
