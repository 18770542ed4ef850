"""Git objects and packs, written byte by byte: what the git program would refuse to make."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PERSON = b"Ada <ada@example.org> 1767000000 +0000"
FILE, LINK, FOLDER, MODULE = b"100644", b"120000", b"40000", b"160000"
NOBODY = "1" * 40
"""An id of nothing."""

TreeEntry = tuple[bytes, bytes, str]
"""Mode, name, id."""

_PACK_KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object; `id` is what git calls it."""

    kind: str
    content: bytes

    @property
    def framed(self) -> bytes:
        return b"%s %d\0" % (self.kind.encode(), len(self.content)) + self.content

    @property
    def id(self) -> str:
        return hashlib.sha1(self.framed).hexdigest()


def tree(entries: Iterable[TreeEntry], *, is_sorted: bool = True) -> GitObject:
    """A tree of these entries, in git's order unless told otherwise."""
    ordered = sorted(entries, key=_git_order) if is_sorted else entries
    return GitObject("tree", b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(of)) for mode, name, of in ordered))


def _git_order(entry: TreeEntry) -> bytes:
    mode, name, _ = entry
    return name + b"/" if mode == FOLDER else name


def commit(tree_id: str, message: bytes = b"change\n", *, author: bytes = PERSON, more: bytes = b"") -> GitObject:
    """A commit without parents; `more` are further header lines."""
    head = b"tree %s\nauthor %s\ncommitter %s\n%s" % (tree_id.encode(), author, author, more)
    return GitObject("commit", head + b"\n" + message)


class RawRepository:
    """A bare repository that holds whatever it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (folder / name).mkdir(parents=True)
        (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        (folder / "HEAD").write_text("ref: refs/heads/main\n")

    def add(self, item: GitObject) -> str:
        """Write the object; its id."""
        path = self.folder / "objects" / item.id[:2] / item.id[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(item.framed, 1))
        return item.id

    def blob(self, content: bytes) -> str:
        return self.add(GitObject("blob", content))

    def tree(self, *entries: TreeEntry, is_sorted: bool = True) -> str:
        return self.add(tree(entries, is_sorted=is_sorted))

    def point(self, object_id: str, ref: str = "refs/heads/main") -> None:
        """Let the ref name the object."""
        path = self.folder / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{object_id}\n")

    def commit_tree(self, tree_id: str) -> str:
        """A commit of the tree on main."""
        commit_id = self.add(commit(tree_id))
        self.point(commit_id)
        return commit_id

    def commit_entries(self, *entries: TreeEntry, is_sorted: bool = True) -> str:
        """A commit of these entries on main."""
        return self.commit_tree(self.tree(*entries, is_sorted=is_sorted))

    def make_good(self) -> str:
        """A sound HEAD, branch and commit, without documents; the commit's id."""
        (self.folder / "HEAD").write_text("ref: refs/heads/main\n")
        return self.commit_entries((FILE, b"program", self.blob(b"pass\n")))


def zipped_zeros(size: int, form: int = 15) -> bytes:
    """So many bytes of zeros, compressed (as gzip for the form 31) without ever being in memory."""
    compressor = zlib.compressobj(1, wbits=form)
    part = bytes(2**20)
    parts = [compressor.compress(part) for _ in range(size // len(part))]
    return b"".join(parts) + compressor.flush()


def pack_entry(kind: int, size: int, body: bytes = b"", *, zipped: bytes = b"") -> bytes:
    """One entry of a pack: its kind and size, then `body` compressed, or what is compressed already."""
    head, size = bytearray([kind << 4 | size & 15]), size >> 4
    while size:
        head[-1] |= 128
        head.append(size & 127)
        size >>= 7
    return bytes(head) + (zipped or zlib.compress(body, 1))


def pack(entries: Sequence[bytes], *, count: int | None = None) -> bytes:
    """A pack of these entries; it says that it holds `count`."""
    body = b"PACK" + (2).to_bytes(4) + (len(entries) if count is None else count).to_bytes(4) + b"".join(entries)
    return body + hashlib.sha1(body).digest()


def pack_of(objects: Iterable[GitObject]) -> bytes:
    """A sound pack of these objects."""
    return pack([pack_entry(_PACK_KINDS[each.kind], len(each.content), each.content) for each in objects])


def delta_number(number: int) -> bytes:
    """A number as deltas begin with: the size of what they change, and of what they make."""
    parts = bytearray([number & 127])
    while number := number >> 7:
        parts[-1] |= 128
        parts.append(number & 127)
    return bytes(parts)
