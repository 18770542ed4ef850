"""Servers that lie, stall or never stop, and packs that are bombs: each ends in time, within memory, clearly."""

import dataclasses
import itertools
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import BinaryIO

import pytest

from documents.sync.git_program import GitLimits, GitProgram
from services.documents.tests.hostile.git_objects import (
    FILE,
    NOBODY,
    GitObject,
    commit,
    delta_number,
    pack,
    pack_entry,
    pack_of,
    tree,
    zipped_zeros,
)
from services.documents.tests.hostile.scripted_server import Answer, ScriptedServer, pkt, running
from services.documents.tests.hostile.syncing import MOST_MEMORY, sync_all, watched_memory
from services.documents.tests.hostile.tally import Tally
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Run, Stack

_ADVERTISEMENT, _RESULT = "application/x-git-upload-pack-advertisement", "application/x-git-upload-pack-result"
_MEGABYTE = 2**20

_BLOB = GitObject("blob", b"# Sound\n\nText.\n")
_TREE = tree([(FILE, b"program", _BLOB.id)])
_COMMIT = commit(_TREE.id)
_OBJECTS = (_COMMIT, _TREE, _BLOB)


def _answer(body: bytes, kind: str, *, length: int | None = None, status: str = "200 OK", more: str = "") -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\n{more}\r\n"
    return head.encode() + body


def _listing(*lines: bytes, capabilities: bytes = b"shallow symref=HEAD:refs/heads/main agent=x") -> bytes:
    """A server's first answer: its refs, in the first version of the protocol."""
    first, *rest = lines or (_COMMIT.id.encode() + b" HEAD", _COMMIT.id.encode() + b" refs/heads/main")
    body = pkt(b"# service=git-upload-pack\n") + b"0000" + pkt(first + b"\0" + capabilities + b"\n")
    return body + b"".join(pkt(line + b"\n") for line in rest) + b"0000"


def _refs(*lines: bytes, capabilities: bytes = b"shallow symref=HEAD:refs/heads/main agent=x") -> bytes:
    return _answer(_listing(*lines, capabilities=capabilities), _ADVERTISEMENT)


_SHALLOW = pkt(b"shallow " + _COMMIT.id.encode()) + b"0000"
_BANDED = b"shallow side-band-64k symref=HEAD:refs/heads/main"


def _answers(last: Answer, capabilities: bytes | None = None) -> list[Answer]:
    """A server's answers to a listing and to a shallow fetch, up to the one with the pack."""
    refs = _refs(capabilities=capabilities) if capabilities else _refs()
    return [refs, refs, _answer(_SHALLOW, _RESULT), last]


def _served(content: bytes) -> list[Answer]:
    return _answers(_answer(_SHALLOW + pkt(b"NAK\n") + content, _RESULT))


def _endless(head: bytes, parts: Iterable[bytes], pause: float = 0.0) -> Callable[[BinaryIO, Event], None]:
    def write(file: BinaryIO, stopped: Event) -> None:
        file.write(head)
        for part in parts:
            if stopped.wait(pause) if pause else stopped.is_set():
                return
            file.write(part)
        stopped.wait(30)  # and then says nothing more, but doesn't hang up

    return write


def _head(kind: str) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 10737418240\r\nConnection: close\r\n\r\n".encode()
    )


def _many_refs() -> Iterable[bytes]:
    yield pkt(b"# service=git-upload-pack\n") + b"0000" + pkt(_COMMIT.id.encode() + b" HEAD\0shallow\n")
    for number in itertools.count():
        yield b"".join(pkt(b"%s refs/heads/%d-%d\n" % (_COMMIT.id.encode(), number, inner)) for inner in range(1000))


def _band(number: int, text: bytes) -> bytes:
    return pkt(bytes([number]) + text)


def _listings() -> dict[str, bytes]:
    """First answers, each of a server of its own."""
    return {
        "nothing at all": b"",
        "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
        "half a header": b"HTTP/1.1 200 OK\r\nContent-Ty",
        "a web page": _answer(b"<html>Sign in</html>", "text/html"),
        "garbage": _answer(b"\xff\0" * 5000, _ADVERTISEMENT),
        "an empty answer": _answer(b"", _ADVERTISEMENT),
        "a cut line": _answer(b"001e# service=git-upl", _ADVERTISEMENT),
        "a line of impossible length": _answer(b"ffff" + b"x" * 70_000, _ADVERTISEMENT),
        "a length that is no number": _answer(b"zzzz# service", _ADVERTISEMENT),
        "less than was promised": _answer(_listing(), _ADVERTISEMENT, length=10 * 2**30),
        "more than was promised": _answer(_listing(), _ADVERTISEMENT, length=20),
        "another service": _answer(pkt(b"# service=git-receive-pack\n") + b"0000", _ADVERTISEMENT),
        "an error": _answer(
            pkt(b"# service=git-upload-pack\n") + b"0000" + pkt(b"ERR \x1b[31mno\0 \xff\n"), _ADVERTISEMENT
        ),
        "a version of the future": _answer(pkt(b"version 9\n") + b"0000", _ADVERTISEMENT),
        "ids that are none": _refs(b"z" * 40 + b" HEAD", b"z" * 40 + b" refs/heads/main"),
        "ids that are too long": _refs(b"1" * 400 + b" HEAD"),
        "ids of another kind": _refs(b"1" * 64 + b" HEAD", capabilities=b"object-format=sha256"),
        "ids of an unknown kind": _refs(capabilities=b"shallow object-format=md5"),
        "names that lead outside": _refs(
            _COMMIT.id.encode() + b" HEAD", _COMMIT.id.encode() + b" refs/heads/../../../x"
        ),
        "names of controls": _refs(_COMMIT.id.encode() + b" HEAD", _COMMIT.id.encode() + b" refs/heads/\x1b[31m\r"),
        "HEAD like an option": _refs(capabilities=b"shallow symref=HEAD:--upload-pack=touch"),
        "HEAD of controls": _refs(capabilities=b"shallow symref=HEAD:refs/heads/\x1b[31m"),
        "long capabilities": _refs(capabilities=b"x=" + b"y" * 60_000),
        "a bomb of gzip": _answer(zipped_zeros(800 * _MEGABYTE, 31), _ADVERTISEMENT, more="Content-Encoding: gzip\r\n"),
        "forbidden": _answer(b"", "text/plain", status="403 No"),
        "too many requests": _answer(b"", "text/plain", status="429 Later", more="Retry-After: 86400\r\n"),
        "an error of its own": _answer(b"\x1b[31m", "text/plain", status="500 \x1b[31m"),
        "headers of 1 MB": _answer(b"", "text/plain", more=f"X-A: {'a' * 60_000}\r\n" * 16),
    }


def _delta(*, source: int, result: int, body: bytes) -> bytes:
    """A change to the blob, told to be of such sizes."""
    content = delta_number(source) + delta_number(result) + body
    size = len(content)
    entry = pack_entry(7, size, content)
    head = len(delta_number(size >> 4)) if size >= 16 else 0
    return entry[: 1 + head] + bytes.fromhex(_BLOB.id) + entry[1 + head :]


def _plain(*extra: bytes, count: int | None = None) -> bytes:
    entries = [
        pack_entry({"commit": 1, "tree": 2, "blob": 3}[each.kind], len(each.content), each.content) for each in _OBJECTS
    ]
    return pack([*entries, *extra], count=count)


_SOUND = pack_of(_OBJECTS)
_COPY_ALL = b"\x90" + bytes([len(_BLOB.content)])


def _packs() -> dict[str, bytes]:
    """What servers send for packs."""
    return {
        "no pack": b"",
        "garbage": b"\xff\0" * 5000,
        "a cut pack": _SOUND[:-30],
        "half a header": b"PACK\0\0",
        "wrong checksum": _SOUND[:-1] + bytes([_SOUND[-1] ^ 1]),
        "a flipped bit": _SOUND[:40] + bytes([_SOUND[40] ^ 4]) + _SOUND[41:],
        "more behind it": _SOUND + b"x" * 1000,
        "a version of the future": b"PACK\0\0\0\x09" + _SOUND[8:],
        "four billion objects": _plain(count=2**32 - 1),
        "fewer than it says": _plain(count=9),
        "more than it says": _plain(count=2),
        "none of what was asked": pack_of([GitObject("blob", b"other")]),
        "no tree": pack_of([_COMMIT, _BLOB]),
        "no objects": pack([]),
        "an object of 2^60 bytes": _plain(pack_entry(3, 2**60, b"x")),
        "an object of 3 GB that is small": _plain(pack_entry(3, 3 * 2**30, b"x")),
        "a small object that is 200 MB": _plain(pack_entry(3, 10, zipped=zipped_zeros(200 * _MEGABYTE))),
        "a tree of 600 MB": _plain(pack_entry(2, 600 * _MEGABYTE, zipped=zipped_zeros(600 * _MEGABYTE))),
        "a blob of 600 MB": _plain(pack_entry(3, 600 * _MEGABYTE, zipped=zipped_zeros(600 * _MEGABYTE))),
        "an object of no kind": _plain(pack_entry(5, 4, b"abcd")),
        "a change of 4 GB": _plain(_delta(source=len(_BLOB.content), result=2**32 - 1, body=_COPY_ALL * 10)),
        "a change of 700 MB": _plain(_delta(source=len(_BLOB.content), result=700 * _MEGABYTE, body=_COPY_ALL * 1000)),
        "a change of something else": _plain(_delta(source=10**6, result=10, body=_COPY_ALL)),
        "a change that reaches too far": _plain(
            _delta(source=len(_BLOB.content), result=100, body=b"\xff" + b"\xff" * 7)
        ),
        "a change of nothing": _plain(
            pack_entry(7, 4, b"abcd")[:1] + bytes.fromhex(NOBODY) + pack_entry(7, 4, b"abcd")[1:]
        ),
        "a change of what lies before": _plain(b"\x64\xff\xff\xff\x7f" + pack_entry(6, 4, b"abcd")[1:]),
    }


def _spoken(*bands: bytes) -> list[Answer]:
    return _answers(_answer(_SHALLOW + pkt(b"NAK\n") + b"".join(bands), _RESULT), _BANDED)


TALKS: dict[str, list[Answer]] = {
    "an error of controls": _spoken(_band(3, b"\x1b[31m\x07no\0\xff" + b"x" * 2000 + b"\n")),
    "much talk, no pack": _spoken(*[_band(2, b"\x1b]0;title\x07%d\r" % n) for n in range(20_000)], b"0000"),
    "an unknown channel": _spoken(_band(9, b"x"), b"0000"),
    "talk of passwords": _spoken(_band(2, b"fatal: Authentication failed\n"), _band(1, _SOUND), b"0000"),
}

_PACK_HEAD = _head(_RESULT) + _SHALLOW + pkt(b"NAK\n")

STALLS: dict[str, list[Answer]] = {
    "says nothing": [_endless(b"", ())],
    "says nothing after the header": [_endless(_head(_ADVERTISEMENT), ())],
    "1 byte a time": [_endless(_head(_ADVERTISEMENT), (bytes([each]) for each in _listing()), 0.1)],
    "refs without end": [_endless(_head(_ADVERTISEMENT), _many_refs())],
    "headers without end": [_endless(b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X-A: " + b"a" * 1000 + b"\r\n"))],
    "pack of 1 byte a time": _answers(_endless(_PACK_HEAD, (bytes([each]) for each in _SOUND), 0.1)),
    "pack without end": _answers(
        _endless(
            _PACK_HEAD + b"PACK\0\0\0\2\0\x10\0\0",
            (pack_entry(3, 60_000, random.Random(number).randbytes(60_000)) for number in itertools.count()),
        ),
    ),
    "talk without end": _answers(_endless(_PACK_HEAD, itertools.repeat(_band(2, b"still counting\r") * 500)), _BANDED),
    "commits without end": [
        _refs(),
        _refs(),
        _endless(_head(_RESULT), (pkt(b"shallow %040x" % number) * 100 for number in itertools.count())),
    ],
}


async def _attack(stack: Stack, scripts: dict[str, list[Answer]], tally: Tally, at_once: int = 3) -> dict[str, Run]:
    with running(ScriptedServer({str(n): each for n, each in enumerate(scripts.values())})) as server:
        urls = {name: f"{server.url}/{number}/r" for number, name in enumerate(scripts)}
        with watched_memory(stack) as peak:
            runs = await sync_all(stack, urls, at_once=at_once)
    for name, run in runs.items():
        tally.judge(name, run)
    assert peak.size < MOST_MEMORY, peak
    return runs


@pytest.fixture(autouse=True)
def limits(stack: Stack) -> None:
    """Small ones: what takes hours in earnest takes seconds here."""
    stack.options = dataclasses.replace(stack.options, history_commits=0)
    stack.git = GitProgram(stack.data / "git", GitLimits(seconds=20, file_bytes=8 * _MEGABYTE))


async def test_first_answers(stack: Stack, tally: Tally) -> None:
    await _attack(stack, {name: [answer] for name, answer in _listings().items()}, tally)


async def test_packs(stack: Stack, tally: Tally) -> None:
    """The sound pack, which shows that the server is otherwise believed, and those that are not."""
    runs = await _attack(
        stack, {"sound": _served(_SOUND)} | {name: _served(each) for name, each in _packs().items()}, tally
    )
    assert runs["sound"].state == "succeeded", runs["sound"].error_detail


async def test_talking_servers(stack: Stack, tally: Tally) -> None:
    await _attack(stack, TALKS, tally)


async def test_stalling_servers(stack: Stack, tally: Tally) -> None:
    stack.git = GitProgram(stack.data / "git", GitLimits(seconds=2, file_bytes=8 * _MEGABYTE))
    began = time.monotonic()
    runs = await _attack(stack, STALLS, tally, at_once=len(STALLS))
    assert {run.state for run in runs.values()} == {"failed"}
    assert time.monotonic() - began < 30
    with running(ScriptedServer({"well": _served(_SOUND) + _served(_SOUND)[1:]})) as server:
        number = list(STALLS).index("pack of 1 byte a time") + 1
        again = await stack.sync(f"{server.url}/well", source_id=number, project_id=number)
    assert again.state == "succeeded", again.error_detail
    assert not list((stack.git.home / f"{number}.git").rglob("tmp_*")), "what a killed fetch left is gone"


class _ChangingServer(GitHttpServer):
    """Calls `change` before its n-th connection (from 1)."""

    def __init__(self, root: Path, number: int, change: Callable[[], None]) -> None:
        super().__init__(root)
        self.countdown = number
        self._change = change

    def finish_request(self, request: object, client_address: object) -> None:
        self.countdown -= 1
        if self.countdown == 0:
            self._change()
        super().finish_request(request, client_address)  # pyright: ignore[reportArgumentType] - passed on as it came


@pytest.mark.parametrize("change", ["pushed by force", "deleted"])
async def test_a_branch_that_changes_meanwhile(stack: Stack, served: Path, tally: Tally, change: str) -> None:
    """Whenever it happens, the sync tells of the old state or of the new one, and the next one of the new one."""
    for number in range(1, 6):
        repository = GitRepository(served / str(number))
        old = repository.commit({"program": "old\n"})
        repository.git("checkout", "--quiet", "--orphan", "other")
        new = repository.commit({"program": "new\n"})

        def act(repository: GitRepository = repository, new: str = new) -> None:
            if change == "pushed by force":
                repository.git("update-ref", "refs/heads/main", new)
            else:
                repository.git("update-ref", "-d", "refs/heads/main")

        with running(_ChangingServer(served, number, act)) as server:
            run = await stack.sync(f"{server.url}/open/{number}", source_id=number, branch="main")
            tally.judge(f"{change} before connection {number}", run)
            if run.state == "succeeded":
                assert run.progress["commit_sha"] in (old, new)
            server.countdown = 0
            repository.git("update-ref", "refs/heads/main", new)
            again = await stack.sync(source_id=number)
            assert (again.state, again.progress["commit_sha"]) == ("succeeded", new), again.error_detail
