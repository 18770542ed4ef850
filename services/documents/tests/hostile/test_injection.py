"""Addresses, branches and folders that try to become options or commands of git, ssh or the shell."""

import string
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from documents.sync import network
from documents.sync.blobs import CopyDamaged
from documents.sync.errors import SyncError
from documents.sync.git import Commit, LocalCopy
from documents.sync.git_program import GitLimits, GitProgram
from documents.sync.network import NetworkPolicy
from documents.sync.tree import list_tree
from services.documents.tests.hostile.tally import IS_FULL, Tally, sized
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL

# SENTINEL is a file that must not come to be, SERVER the host and port of a server that is there.
COMMANDS = [
    *(
        "--upload-pack=touch SENTINEL",
        "--upload-pack=touch${IFS}SENTINEL;",
        "-utouch SENTINEL",
        "--exec=touch SENTINEL",
    ),
    *("-oProxyCommand=touch SENTINEL", "--config=core.sshCommand=touch SENTINEL", "-c", "--", "-", "--help", "-rf"),
    *(
        "$(touch SENTINEL)",
        "`touch SENTINEL`",
        ";touch SENTINEL;",
        "|touch SENTINEL",
        "&& touch SENTINEL",
        "\ntouch SENTINEL\n",
    ),
    *(
        "'; touch SENTINEL; '",
        '"; touch SENTINEL; "',
        "\\'; touch SENTINEL #",
        "%0atouch%20SENTINEL",
        "%00",
        "\0",
        "\r\n",
    ),
    *("../../../../etc/passwd", "/etc/passwd", "..", ".", "~", "*", "?", "[", ":(glob)**", ":!x", ":/", "@{upstream}"),
    *("HEAD^{tree}", "main:program", "main..main", "^main", "+refs/*:refs/*", ":refs/heads/main", "refs/heads/main^{}"),
    *("@", "main@{1}", ".lock", "a//b", "a..b", "\x7f", "\u202e", "\ud800", "é", " ", "", "\t", "x" * 5000),
]
URLS = [
    *(
        "http://SERVER/PART",
        "http://SERVER/open/PART",
        "http://PART@SERVER/open/repository",
        "PART",
        "/PART",
        "file://PART",
    ),
    *(
        "ssh://PART",
        "ssh://PART/x",
        "ssh://PART@127.0.0.1:1/x",
        "ssh://127.0.0.1:1/PART",
        "PART@127.0.0.1:x",
        "git@127.0.0.1:PART",
    ),
    *(
        "http://SERVER/open/repository?PART",
        "http://SERVER/open/repository#PART",
        "http://PART/x",
        "ext::PART",
        "PART::x",
    ),
    *("http://127.0.0.1:PART/x", "PART:x", "[PART]:x", "PART://SERVER/open/repository", "http://SERVERPART"),
]
_PARTS = st.one_of(
    st.sampled_from(COMMANDS),
    st.builds("".join, st.lists(st.sampled_from([*COMMANDS, *"-/:@%;'\"\\ \0\n"]), min_size=1, max_size=4)),
    st.text(st.sampled_from(string.printable + "\0é\u202e\ud800"), max_size=40),
)


def _tries(most: int) -> settings:
    return settings(
        max_examples=sized(most, 2000),
        deadline=None,
        derandomize=not IS_FULL,
        # One server, one copy and one tally serve all examples: that is what they are for.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


class Target:
    """A server with one repository, and a copy to fetch it into."""

    def __init__(self, server: GitHttpServer, copy: LocalCopy, sentinel: Path, tally: Tally) -> None:
        self.url = f"{server.url}/open/repository"
        self.host = server.url.removeprefix("http://")
        self.copy = copy
        self.tally = tally
        self.commit = ""
        self._sentinel = sentinel

    def filled(self, text: str) -> str:
        return text.replace("SENTINEL", str(self._sentinel)).replace("SERVER", self.host)

    async def fetch(self, repo_url: str, branch: str | None) -> Commit:
        await self._expect_refused(repo_url)
        return await self.copy.fetch(await network.check(repo_url, LOCAL), branch)

    async def attempt(self, said: str, action: Awaitable[object]) -> None:
        """Count one attempt. Only a success, a SyncError or a damaged copy (which is fetched anew) is a proper end."""
        self.tally.inputs += 1
        try:
            await action
        except (SyncError, CopyDamaged):
            pass
        except Exception as error:  # noqa: BLE001 - any other exception is what this looks for
            self.tally.crashes.append(f"{said!r}: {error!r}")
        if self._sentinel.exists():
            self._sentinel.unlink()
            self.tally.escapes.append(repr(said))

    async def _expect_refused(self, repo_url: str) -> None:
        """None of these addresses is one of the internet, so the strict policy refuses them all."""
        try:
            await network.check(repo_url, NetworkPolicy())
        except SyncError:
            return
        self.tally.escapes.append(f"{repo_url!r} passes the strict policy")


@pytest_asyncio.fixture
async def target(
    server: GitHttpServer, served: Path, tmp_path: Path, sentinel: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Target]:
    GitRepository(served / "repository").commit({"docs/a.md": "# A\n", "program": "pass\n"})
    git = GitProgram(tmp_path / "data" / "git", GitLimits(seconds=5))
    git.prepare()
    monkeypatch.setattr("documents.sync.network._RESOLVE_SECONDS", 0.2)
    yield Target(server, LocalCopy(git, git.home / "1.git"), sentinel, tally)
    assert {each.name for each in tmp_path.iterdir()} == {"data", "served"}


@_tries(130)
@given(url=st.sampled_from(URLS), part=_PARTS)
async def test_addresses_run_nothing(target: Target, url: str, part: str) -> None:
    tried = target.filled(url.replace("PART", part))
    await target.attempt(tried, target.fetch(tried, None))


@_tries(60)
@given(branch=_PARTS)
@example(branch="a\0b")
@example(branch="\ud800")
@example(branch="refs/heads/--upload-pack=touch SENTINEL")
async def test_branches_run_nothing(target: Target, branch: str) -> None:
    await target.attempt(branch, target.fetch(target.url, target.filled(branch)))


@_tries(60)
@given(folder=_PARTS)
@example(folder="a\0b")
@example(folder="\ud800")
@example(folder="--help")
async def test_folders_run_nothing(target: Target, folder: str) -> None:
    sha = target.commit or (await target.fetch(target.url, "main")).sha
    target.commit = sha
    await target.attempt(folder, list_tree(target.copy, sha, target.filled(folder), 1000))


async def test_a_proper_address_still_works(target: Target) -> None:
    """Else the tests above would prove nothing."""
    target.tally.inputs += 1
    commit = await target.fetch(target.url, "main")
    assert [entry.path for entry in (await list_tree(target.copy, commit.sha, "docs", 1000)).entries] == ["docs/a.md"]
