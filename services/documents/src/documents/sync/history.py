"""Which commit changed a file last, read from a history that is fetched without contents and only so far back.

Nothing here fetches a blob: a commit's changes follow from its trees, which a blobless copy holds.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from documents.sync.errors import SyncError
from documents.sync.git import CopyDamaged, LocalCopy, time_of
from documents.sync.git_errors import is_damage
from documents.sync.git_program import GitFailed
from documents.sync.network import Remote

_LONGEST_SUBJECT = 200
_LONGEST_AUTHOR = 200
_FORMAT = "--format=%H%n%ct%n%an%n%s"
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# The newest first, and no commit before its descendants, whatever their clocks said. A merge is shown against all of
# its parents at once: only with what differs from every one of them.
_LOG = ("log", "-z", "--raw", "--no-abbrev", "--no-renames", "-c", "--topo-order", "--no-show-signature", "--no-notes")


@dataclass(frozen=True, slots=True)
class LastCommit:
    """The commit that gave a file its present content. `committed_at` is None where its date is none we can write."""

    sha: str
    committed_at: datetime | None
    author: str
    subject: str


async def deepen(copy: LocalCopy, remote: Remote, tip: str, commits: int) -> bool:
    """Have the newest `commits` commits up to `tip` in the copy; whether they (or all that there are) now are.

    Costs a fetch the first time; afterwards each sync's fetch keeps the copy that deep. False where the server can't
    leave contents out, or refuses: the history is then not worth its price. Raises SyncError where the server can't be
    reached or takes too long.
    """
    return commits > 0 and await copy.deepen(remote, tip, commits)


async def last_commits(
    copy: LocalCopy, tip: str, since: str | None, wanted: Mapping[str, str]
) -> dict[str, LastCommit | None]:
    """The last commits of the files `wanted` (blob ids by path from the repository's root, as they are in `tip`).

    `since` is the commit up to which they are known already: where `tip` descends from it, only what came after is
    read, and a file that is absent in the answer keeps the commit that it has. In any other case everything is read,
    and every wanted file is in the answer, with None where its last commit is older than the history that is here.

    A merge is a file's last commit only if it made the content itself, so that it differs from that in every parent. A
    commit whose change didn't last (a side of a merge that was dropped) isn't credited either.

    Raises CopyDamaged where objects are missing or broken, else SyncError or GitFailed: what took too long or too much
    would do so again, and `deepen` answers False until there is another tip.
    """
    is_known = since is not None and await _descends(copy, tip, since)
    edge = copy.edge()  # at the edge of a shallow history every file looks added
    missing = dict(wanted)
    found: dict[str, LastCommit | None] = {}
    arguments = [*_LOG, _FORMAT, tip, *([f"^{since}"] if is_known else []), "--"]
    try:
        async with aclosing(copy.records(b"\0", *arguments)) as records:
            async for commit, path, blob_sha in _changes(records):
                if commit.sha in edge and is_known:  # a merged line that is older than what is here
                    return await last_commits(copy, tip, None, wanted)
                if commit.sha not in edge and missing.get(path) == blob_sha:
                    found[path] = commit
                    del missing[path]
                if not missing:
                    break
    except GitFailed as error:
        if is_damage(error):
            raise CopyDamaged(error.said) from error
        copy.give_up_history(tip)
        if error.is_timeout:
            raise SyncError("FETCH_TIMEOUT", "It took too long; it is tried again after the next commit.") from error
        raise
    return found if is_known else dict.fromkeys(missing) | found


async def _descends(copy: LocalCopy, tip: str, commit: str) -> bool:
    if not _SHA.fullmatch(commit):
        return False
    try:
        await copy.read("merge-base", "--is-ancestor", commit, tip)
    except GitFailed:
        return False
    return True


async def _changes(records: AsyncIterator[bytes]) -> AsyncIterator[tuple[LastCommit, str, str]]:
    """(commit, path, new blob id) for each changed file, from the output of `git log -z --raw`."""
    commit: LastCommit | None = None
    async for record in records:
        head = record.lstrip(b"\n")
        if head.startswith(b":"):
            path = await anext(records)
            # `:modes… ids… letters`: after one colon for each parent come that many modes and the new one, then ids.
            parents = len(head) - len(head.lstrip(b":"))
            if commit:
                yield commit, path.decode(errors="replace"), head.split()[2 * parents + 1].decode()
        elif head:
            commit = _commit(head)


def _commit(head: bytes) -> LastCommit:
    sha, seconds, author, subject = [*head.decode(errors="replace").split("\n", 3), "", "", ""][:4]
    return LastCommit(sha, time_of(seconds), author[:_LONGEST_AUTHOR], " ".join(subject.split())[:_LONGEST_SUBJECT])
