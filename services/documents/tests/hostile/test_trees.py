"""Repositories whose contents mean harm, from a real server: each ends clearly, and the next sync is well again."""

import dataclasses
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from services.documents.tests.hostile.git_objects import (
    FILE,
    FOLDER,
    LINK,
    MODULE,
    NOBODY,
    PERSON,
    GitObject,
    RawRepository,
    commit,
)
from services.documents.tests.hostile.syncing import MOST_MEMORY, sync_all, watched_memory
from services.documents.tests.hostile.tally import IS_FULL, Tally, sized
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.stack import Run, Stack

Build = Callable[[RawRepository], object]
_HARMLESS = b"# Sound\n\nText of a sound document.\n"


def _names(*names: bytes, mode: bytes = FILE, content: bytes = _HARMLESS, is_sorted: bool = True) -> Build:
    """A tree with one entry for each name."""

    def build(repository: RawRepository) -> None:
        blob = repository.blob(content)
        repository.commit_entries(*((mode, name, blob) for name in names), is_sorted=is_sorted)

    return build


def _folder(name: bytes, *files: tuple[bytes, bytes]) -> Build:
    """A folder of this name with files (name and content)."""

    def build(repository: RawRepository) -> None:
        inner = repository.tree(*((FILE, each, repository.blob(content)) for each, content in files))
        repository.commit_entries((FOLDER, name, inner))

    return build


def _files(files: dict[bytes, bytes]) -> Build:
    def build(repository: RawRepository) -> None:
        repository.commit_entries(*((FILE, name, repository.blob(content)) for name, content in files.items()))

    return build


def _nested(depth: int) -> Build:
    def build(repository: RawRepository) -> None:
        inner = repository.tree((FILE, b"deep.md", repository.blob(_HARMLESS)))
        for _ in range(depth):
            inner = repository.tree((FOLDER, b"d", inner))
        repository.commit_entries((FOLDER, b"d", inner), (FILE, b"sound.md", repository.blob(_HARMLESS)))

    return build


def _bomb(width: int, depth: int) -> Build:
    def build(repository: RawRepository) -> None:
        inner = repository.tree(*((FILE, b"%d.md" % n, repository.blob(_HARMLESS)) for n in range(width)))
        for _ in range(depth):
            inner = repository.tree(*((FOLDER, b"%d" % n, inner) for n in range(width)))
        repository.commit_tree(inner)

    return build


def _commit(author: bytes = PERSON, message: bytes = b"m\n", more: bytes = b"") -> Build:
    def build(repository: RawRepository) -> None:
        tree_id = repository.tree((FILE, b"program", repository.blob(_HARMLESS)))
        repository.point(repository.add(commit(tree_id, message, author=author, more=more)))

    return build


def _commit_bytes(content: bytes) -> Build:
    def build(repository: RawRepository) -> None:
        tree_id = repository.tree((FILE, b"program", repository.blob(_HARMLESS)))
        repository.point(repository.add(GitObject("commit", content.replace(b"TREE", tree_id.encode()))))

    return build


def _head(text: str) -> Build:
    def build(repository: RawRepository) -> None:
        repository.make_good()
        (repository.folder / "HEAD").write_text(text)

    return build


def _tag(kind: str, levels: int = 1) -> Build:
    """main names a tag object, of another one and so on, of an object of the kind at last."""

    def build(repository: RawRepository) -> None:
        tree_id = repository.tree((FILE, b"program", repository.blob(_HARMLESS)))
        ids = {"commit": repository.add(commit(tree_id)), "tree": tree_id, "blob": repository.blob(_HARMLESS)}
        target, of = ids[kind], kind
        for _ in range(levels):
            head = f"object {target}\ntype {of}\ntag t\ntagger ".encode()
            target, of = repository.add(GitObject("tag", head + PERSON + b"\n\nm\n")), "tag"
        repository.point(target)

    return build


def _missing(mode: bytes) -> Build:
    return lambda repository: repository.commit_entries((mode, b"gone.md", NOBODY))


def _branch_named(name: str) -> Build:
    def build(repository: RawRepository) -> None:
        repository.make_good()
        repository.point((repository.folder / "refs/heads/main").read_text().strip(), f"refs/heads/{name}")
        (repository.folder / "HEAD").write_text(f"ref: refs/heads/{name}\n")

    return build


_NFC, _NFD = (unicodedata.normalize(form, "é.md").encode() for form in ("NFC", "NFD"))
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n" % (b"a" * 64)
_MODULES = b'[submodule "x"]\n\tpath = x\n\turl = ext::touch SENTINEL\n\tupdate = !touch SENTINEL\n'
_ATTRIBUTES = b"*.md filter=x diff=x merge=x ident export-subst working-tree-encoding=UTF-16\n"

# Names that git's check lets through: all together in one tree. What is listed is what a file of that name may be.
ODD_DOCUMENTS = [
    *(b"README.md", b"readme.md", b"ReadMe.md", b"README.MD"),
    *(_NFC, _NFD),
    *(b"new\nline.md", b"tab\t.md", b'"q".md', b"back\\slash.md", b"esc\x1b[31m.md", b"\x7f.md"),
    *(b" .md", b"  a  .md", "\u00a0.md".encode()),
    *("\u202ednuora.md".encode(), "\u200b\u200d.md".encode(), "\ufeff.md".encode()),
    *(b"--upload-pack=touch SENTINEL.md", b"-rf.md", b"$(touch SENTINEL).md", b"`touch SENTINEL`.md"),
    *(b":(glob)**.md", b":!x.md", b"*.md", b"[a].md"),
    *(b"..\\..\\outside.md", b"C:\\outside.md", b"con.md", b"x.md:stream.md", b"m" * 995 + b".md"),
]
LEFT_OUT = [b"n" * 3990 + b".md", b"caf\xe9.md", b"\xff\xfe.md", b"\xed\xa0\x80.md", b"\xc0\xaf.md"]
LINKS = {
    b"passwd.md": b"/etc/passwd",
    b"etc": b"/etc",
    b"other.md": b"README.md",
    b"up.md": b"../../../../etc/passwd",
    b"self.md": b"self.md",
    b"picture.png": b"/etc/passwd",
}
OTHERS = {
    b".gitattributes": _ATTRIBUTES,
    b".gitconfig": b'[filter "x"]\n\tsmudge = touch SENTINEL\n\tclean = touch SENTINEL\n',
    b".lfsconfig": b"[lfs]\n\turl = http://CANARY/\n",
    b".mailmap": b"<a> <b>\n" * 1000,
}

DAMAGED: dict[str, Build] = {
    "link as git's own file": _names(b".gitmodules", b".gitattributes", mode=LINK, content=b"/etc/passwd"),
    "git's folder": _folder(b".git", (b"config", b'[core]\n\tsshCommand = "touch SENTINEL"\n')),
    "git's folder in capitals": _folder(b".GIT", (b"config", b"[core]\n\tfsmonitor = touch SENTINEL\n")),
    "git's folder, short": _folder(b"git~1", (b"config", b"[core]\n\tpager = touch SENTINEL\n")),
    "git's folder, invisible": _folder(".g\u200cit".encode(), (b"config", b"[core]\n")),
    "parent folder": _folder(b"..", (b"outside.md", _HARMLESS)),
    "this folder": _folder(b".", (b"inside.md", _HARMLESS)),
    "path upwards as a name": _names(b"../../outside.md"),
    "path from the root as a name": _names(b"/tmp/outside.md"),
    "path as a name": _names(b"a/b.md"),
    "no name": _names(b""),
    "the same name twice": _names(b"a.md", b"a.md"),
    "the same name, apart": _names(b"a.md", b"b.md", b"a.md", is_sorted=False),
    "wrong order": _names(b"z.md", b"a.md", is_sorted=False),
    "no mode": _names(b"x.md", mode=b"0"),
    "mode with zeros": _names(b"x.md", mode=b"00100644"),
    "file as a folder": _names(b"folder", mode=FOLDER),
    "file and folder": lambda repository: repository.commit_entries(
        (FILE, b"x.md", repository.blob(_HARMLESS)),
        (FOLDER, b"x.md", repository.tree((FILE, b"y.md", repository.blob(_HARMLESS)))),
    ),
    "cut tree": lambda repository: repository.commit_tree(repository.add(GitObject("tree", b"100644 a.md\0abc"))),
    "missing file": _missing(FILE),
    "missing folder": _missing(FOLDER),
    "missing tree": lambda repository: repository.commit_tree(NOBODY),
}
HARMLESS: dict[str, Build] = {
    "modules with commands": _files({b".gitmodules": _MODULES}),
    "empty tree": lambda repository: repository.commit_entries(),
    "modules with options": _files({b".gitmodules": b'[submodule "../x"]\n\tpath = -x\n\turl = -u./x\n'}),
    "impossible modes": _names(b"x.md", mode=b"777777"),
    "hooks": _folder(b"hooks", (b"post-checkout", b"#!/bin/sh\ntouch SENTINEL\n")),
    "attributes without end": _files({b".gitattributes": b"a" * 3_000_000 + b" text\n" + b"*.md text\n" * 200_000}),
}
SHAPES: dict[str, Build] = {
    "nested 2,000 deep": _nested(2_000),
    "tree of 10^10 paths": _bomb(10, 9),
    "200,000 entries": lambda repository: repository.commit_entries(
        *((FILE, b"%06d.md" % n, repository.blob(_HARMLESS)) for n in (0,)),
        *((FILE, b"%06d.md" % n, GitObject("blob", _HARMLESS).id) for n in range(1, 200_000)),
    ),
    "100 MB of zeros": _files({b"zeros.md": bytes(100 * 2**20), b"sound.md": _HARMLESS}),
    "bombs below the limit": _files({b"%d.md" % n: bytes([97 + n]) * (9 * 2**20) for n in range(sized(4, 20))}),
    "image of zeros": _files({b"zeros.png": bytes(40 * 2**20), b"zeros.svg": b" " * (40 * 2**20)}),
}
COMMITS: dict[str, Build] = {
    "date far away": _commit(b"Ada <a@example.org> 9223372036854775807 +0000"),
    "date beyond 64 bits": _commit(b"Ada <a@example.org> 99999999999999999999999 +0000"),
    "date before time": _commit(b"Ada <a@example.org> -99999999999 +0000"),
    "no date": _commit(b"Ada <a@example.org>"),
    "odd zone": _commit(b"Ada <a@example.org> 1767000000 +999999"),
    "no address": _commit(b"Ada 1767000000 +0000"),
    "nobody": _commit(b""),
    "author of 1 MB": _commit(b"A" * 2**20 + b" <a@example.org> 1767000000 +0000"),
    "author with controls": _commit(b"\x1b[31mA\xff\xfe\x01 <a@example.org> 1767000000 +0000"),
    "message of 10 MB": _commit(message=b"x" * (10 * 2**20)),
    "message with NUL": _commit(message=b"a\0b\n\xff\xfe\n"),
    "no message": _commit(message=b""),
    "unknown encoding": _commit(message=b"\xff\xfe\n", more=b"encoding no-such-thing\n"),
    "signature": _commit(more=b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n"),
    "parents that are missing": _commit_bytes(
        b"tree TREE\n" + b"parent %s\n" % NOBODY.encode() + b"author %s\ncommitter %s\n\nm\n" % (PERSON, PERSON)
    ),
    "no author": _commit_bytes(b"tree TREE\ncommitter %s\n\nm\n" % PERSON),
    "no tree": _commit_bytes(b"author %s\ncommitter %s\n\nm\n" % (PERSON, PERSON)),
    "nothing": _commit_bytes(b""),
    "garbage": _commit_bytes(b"\0\xff" * 50),
}
REFS: dict[str, Build] = {
    "empty repository": lambda _: None,
    "no HEAD": lambda repository: (repository.make_good(), (repository.folder / "HEAD").unlink()),
    "detached HEAD": lambda repository: (
        repository.make_good(),
        (repository.folder / "HEAD").write_text((repository.folder / "refs/heads/main").read_text()),
    ),
    "HEAD on a missing branch": _head("ref: refs/heads/gone\n"),
    "HEAD outside": _head("ref: refs/heads/../../../../etc/passwd\n"),
    "HEAD of nothing": _head(f"{NOBODY}\n"),
    "HEAD of itself": _head("ref: HEAD\n"),
    "HEAD of garbage": _head("\0\xff garbage"),
    "branch to a missing commit": lambda repository: repository.point(NOBODY),
    "branch to a file": lambda repository: repository.point(repository.blob(_HARMLESS)),
    "branch to a tree": lambda repository: repository.point(repository.tree()),
    "branch to a tag": _tag("commit"),
    "branch to tags of tags": _tag("commit", 50),
    "branch to a tag of a file": _tag("blob"),
    "branch to a tag of a tree": _tag("tree"),
    "branch like an option": _branch_named("--upload-pack=touch"),
    "branch like a command": _branch_named("$(touch${IFS}SENTINEL)"),
    "branch of odd letters": _branch_named("q'`\"&|;é\u202e%0a"),
    "very long branch": _branch_named("/".join(["b" * 200] * 5)),
}


SOUND_REFS = {
    "detached HEAD",
    "branch like an option",
    "branch like a command",
    "branch of odd letters",
    "very long branch",
}


async def _attack(
    stack: Stack,
    server: GitHttpServer,
    served: Path,
    builds: dict[str, Build],
    tally: Tally,
    *,
    recovers: bool = IS_FULL,
) -> dict[str, Run]:
    """Sync one repository for each and judge it; then, if asked to, sync it again with sound contents."""
    repositories = {name: RawRepository(served / str(number)) for number, name in enumerate(builds)}
    for name, build in builds.items():
        build(repositories[name])
    urls = {name: f"{server.url}/open/{repository.folder.name}" for name, repository in repositories.items()}
    with watched_memory(stack) as peak:
        runs = await sync_all(stack, urls)
    for name, run in runs.items():
        tally.judge(name, run)
    assert peak.size < MOST_MEMORY, peak
    if not recovers:
        return runs
    good = {name: repository.make_good() for name, repository in repositories.items()}
    for name, run in (await sync_all(stack, urls, step=sized(5, 1))).items():
        if (run.state, run.progress["commit_sha"]) != ("succeeded", good[name]):
            tally.crashes.append(f"{name}: no good sync afterwards, {run.error_code} {run.error_detail}")
    return runs


async def _assert_kept_inside(stack: Stack, tmp_path: Path, sentinel: Path) -> None:
    """Nothing ran, nothing was written beside the copies, and no text came from outside the repositories."""
    assert not sentinel.exists()
    assert {each.name for each in tmp_path.iterdir()} <= {"data", "served"}
    assert {each.name for each in stack.data.iterdir()} == {"git"}
    kept = list(stack.data.rglob("*"))
    assert not [each for each in kept if each.name.endswith((".md", "post-checkout", "SENTINEL")) or each.is_symlink()]
    assert not await stack.rows("SELECT path FROM document WHERE content LIKE '%root:%'")


@pytest.mark.parametrize("filters", [True, False], ids=["sparing server", "server that sends all"])
async def test_odd_names(
    stack: Stack, server: GitHttpServer, served: Path, tmp_path: Path, sentinel: Path, tally: Tally, *, filters: bool
) -> None:
    server.filters = filters
    repository = RawRepository(served / "odd")
    content = _HARMLESS.replace(b"SENTINEL", bytes(sentinel))
    documents = [(FILE, name.replace(b"SENTINEL", b"sentinel"), repository.blob(content)) for name in ODD_DOCUMENTS]
    others = [(FILE, name, repository.blob(content)) for name in LEFT_OUT]
    others += [(LINK, name, repository.blob(target)) for name, target in LINKS.items()]
    others += [
        (FILE, name, repository.blob(text.replace(b"SENTINEL", bytes(sentinel)))) for name, text in OTHERS.items()
    ]
    others += [(MODULE, b"module.md", NOBODY), (FILE, b"lfs.md", repository.blob(_POINTER))]
    repository.commit_entries(*documents, *others)
    run = (await sync_all(stack, {"odd": f"{server.url}/open/odd"}))["odd"]
    tally.judge("odd names", run)
    tally.inputs += len(documents) + len(others) - 1
    expected = {name.decode() for _, name, _ in documents} | {"lfs.md"}
    assert (run.state, set(await stack.blobs())) == ("succeeded", expected)
    assert sum("not valid UTF-8" in each or "longer than" in each for each in run.warnings.values()) == len(LEFT_OUT)
    assert not await stack.rows("SELECT path FROM asset")
    await _assert_kept_inside(stack, tmp_path, sentinel)


async def test_damaged_trees(
    stack: Stack, server: GitHttpServer, served: Path, tmp_path: Path, sentinel: Path, tally: Tally
) -> None:
    runs = await _attack(stack, server, served, DAMAGED, tally, recovers=True)
    assert {name: run.state for name, run in runs.items()} == dict.fromkeys(DAMAGED, "failed")
    await _assert_kept_inside(stack, tmp_path, sentinel)


async def test_hostile_shapes(stack: Stack, server: GitHttpServer, served: Path, tally: Tally) -> None:
    stack.options = dataclasses.replace(stack.options, history_commits=0)
    runs = await _attack(stack, server, served, SHAPES, tally, recovers=True)
    codes = {name: run.error_code for name, run in runs.items() if run.state == "failed"}
    assert codes == dict.fromkeys(("tree of 10^10 paths", "200,000 entries"), "REPOSITORY_TOO_LARGE")
    assert all(len(run.warnings) > 0 for run in runs.values() if run.state == "succeeded")


@pytest.mark.parametrize("builds", [HARMLESS, COMMITS], ids=["contents", "commits"])
async def test_hostile_commits(
    stack: Stack,
    server: GitHttpServer,
    served: Path,
    tmp_path: Path,
    sentinel: Path,
    tally: Tally,
    builds: dict[str, Build],
) -> None:
    runs = await _attack(stack, server, served, builds, tally)
    codes = {run.error_code for run in runs.values()}
    assert codes <= {None, "REPOSITORY_DAMAGED", "FETCH_FAILED"}
    await _assert_kept_inside(stack, tmp_path, sentinel)


async def test_hostile_refs(
    stack: Stack, server: GitHttpServer, served: Path, tmp_path: Path, sentinel: Path, tally: Tally
) -> None:
    stack.options = dataclasses.replace(stack.options, history_commits=0)
    runs = await _attack(stack, server, served, REFS, tally)
    odd_but_sound = {name for name, run in runs.items() if run.state == "succeeded"}
    assert odd_but_sound == {name for name in REFS if name.endswith((" a tag", "of tags")) or name in SOUND_REFS}
    await _assert_kept_inside(stack, tmp_path, sentinel)
