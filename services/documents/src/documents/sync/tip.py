"""Which commit a branch or tag of a repository is at, by asking its server and nothing else."""

import re
from dataclasses import dataclass

from documents.sync.errors import SyncError
from documents.sync.git_errors import explained
from documents.sync.git_program import GitFailed
from documents.sync.network import Remote
from documents.sync.transport import Transport

_BRANCHES = "refs/heads/"
_TAGS = "refs/tags/"
# What git takes for a branch's name. The server says where HEAD is, and that becomes part of a refspec.
_BRANCH_NAME = re.compile(
    r"(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)))(?![/.-])[^\x00-\x20\x7f~^:?*\[\\\ufffd]+(?<![/.])", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Tip:
    """The commit `sha` that `ref` leads to. `name` is the branch's or tag's; None where HEAD is on no branch."""

    sha: str
    ref: str
    name: str | None


async def remote_tip(transport: Transport, remote: Remote, branch: str | None) -> Tip:
    """The newest commit of the branch, else of the tag, of that name; of the default branch for None.

    Costs one `ls-remote`. Raises SyncError: BRANCH_NOT_FOUND, REPOSITORY_EMPTY or whatever keeps us from asking.
    """
    if branch and any(ord(char) < 33 or 0xD800 <= ord(char) < 0xE000 for char in branch):
        # No ref may hold these, and some of them not even an argument of a program.
        raise SyncError("BRANCH_NOT_FOUND", f"“{branch}” can't be the name of a branch. Correct the source's branch.")
    candidates = _candidates(branch)
    symbolic, refs = await _ask(transport, remote, candidates)
    for ref in candidates:
        sha = refs.get(f"{ref}^{{}}") or refs.get(ref)
        if sha:
            name = symbolic if ref == "HEAD" else ref.removeprefix(_BRANCHES).removeprefix(_TAGS)
            return Tip(sha, f"{_BRANCHES}{name}" if name and ref == "HEAD" else ref, name)
    raise await _missing(transport, remote, branch)


def _candidates(branch: str | None) -> list[str]:
    if not branch:
        return ["HEAD"]
    if branch.startswith((_BRANCHES, _TAGS)):
        return [branch]
    return [f"{_BRANCHES}{branch}", f"{_TAGS}{branch}"]


async def _ask(transport: Transport, remote: Remote, wanted: list[str]) -> tuple[str | None, dict[str, str]]:
    """The branch that HEAD is on, and the ids by ref name, also of what tags lead to (`…^{}`)."""
    # With --heads and --tags the server needn't list what else it has, which may be a ref for each pull request.
    options = ["--symref"] if wanted == ["HEAD"] else ["--heads", "--tags"]
    patterns = [pattern for ref in wanted for pattern in ([ref, f"{ref}^{{}}"] if ref.startswith(_TAGS) else [ref])]
    try:
        answer = await transport.run(remote, "ls-remote", *options, "--", remote.url, *patterns)
    except GitFailed as error:
        raise explained(error, remote) from error
    return _references(answer.output.decode(errors="replace"))


def _references(listing: str) -> tuple[str | None, dict[str, str]]:
    symbolic: str | None = None
    refs: dict[str, str] = {}
    for line in listing.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            symbolic = _branch_name(value.removeprefix("ref: "))
        elif not value.startswith("ref: "):
            refs[name] = value
    return symbolic, refs


def _branch_name(ref: str) -> str | None:
    name = ref.removeprefix(_BRANCHES)
    return name if name != ref and _BRANCH_NAME.fullmatch(name) else None


async def _missing(transport: Transport, remote: Remote, branch: str | None) -> SyncError:
    _, refs = await _ask(transport, remote, [])
    if not refs:
        # An HTTP answer that ends within its head looks to git like a server that has nothing.
        return SyncError(
            "REPOSITORY_EMPTY",
            "The server names no commits: the repository is empty, or the answer was cut off. Push something to it or"
            " check the network, then sync again.",
        )
    known = sorted(ref.removeprefix(_BRANCHES) for ref in refs if ref.startswith(_BRANCHES))
    shown = ", ".join(known[:10]) + (" …" if len(known) > 10 else "")
    if not branch:
        return SyncError("BRANCH_NOT_FOUND", f"The server names no default branch. Choose one of: {shown}.")
    return SyncError(
        "BRANCH_NOT_FOUND", f"There is no branch or tag “{branch}” in the repository. Its branches are: {shown}."
    )
