"""Repositories that can't be synced, or only in part: a clear state, and nothing half-written."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from documents.sync import network
from documents.sync.git_errors import explained, is_damage
from documents.sync.git_program import GitFailed
from documents.sync.network import NetworkPolicy
from services.documents.tests.sync.git_http import PASSWORD, USER, GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack


async def _failure(stack: Stack, url: str, **fields: str) -> tuple[str | None, str]:
    """The error code and sentence of a sync that must fail and publish so."""
    run = await stack.sync(url, **fields)
    assert run.state == "failed"
    event = (await stack.events("documents.sync"))[-1]
    assert event["type"] == "documents.sync.failed.v1"
    assert (event["error_code"], event["error_detail"]) == (run.error_code, run.error_detail)
    return run.error_code, run.error_detail or ""


async def test_missing_repository(stack: Stack, server: GitHttpServer) -> None:
    code, detail = await _failure(stack, f"{server.url}/open/nothing")
    assert code == "REPOSITORY_NOT_FOUND"
    assert "Check the URL" in detail


async def test_repository_without_commits(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    assert (await _failure(stack, f"{server.url}/open/{repository.folder.name}"))[0] == "REPOSITORY_EMPTY"


async def test_missing_branch_names_those_there_are(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    code, detail = await _failure(stack, f"{server.url}/open/repository", branch="develop")
    assert code == "BRANCH_NOT_FOUND"
    assert "develop" in detail
    assert "main" in detail


async def test_missing_folder(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n"})
    url = f"{server.url}/open/repository"
    for folder in ("docs", "a.md", "../etc", "-x"):
        assert (await _failure(stack, url, docs_path=folder))[0] == "DOCS_PATH_NOT_FOUND", folder


async def test_password_needed_and_given(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    url = f"{server.url}/private/repository"
    code, detail = await _failure(stack, url)
    assert code == "AUTHENTICATION_REQUIRED"
    assert "private, or it doesn't exist" in detail
    assert "enter a credential" in detail
    with_password = url.replace("http://", f"http://{USER}:{PASSWORD.replace(' ', '%20')}@")
    assert (await stack.sync(with_password)).state == "succeeded"


async def test_redirects_are_not_followed(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n"})
    assert (await _failure(stack, f"{server.url}/moved/repository"))[0] == "REPOSITORY_MOVED"
    assert not [request for request in server.requests if "/open/" in request]


async def test_server_that_is_down(stack: Stack) -> None:
    # An address can't resolve to another, and git would refuse to be told that an IPv6 one resolves to itself.
    assert (await _failure(stack, "http://[::1]:1/repository"))[0] == "REPOSITORY_UNREACHABLE"
    assert (await _failure(stack, "http://127.0.0.1:1/repository"))[0] == "REPOSITORY_UNREACHABLE"


async def test_no_documents_is_a_warning(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"main.py": "pass\n"})
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.progress["files_total"]) == ("succeeded", 0)
    assert run.warnings == {"": "There are no documents in the repository."}


async def test_local_repository_by_permission(stack: Stack, repository: GitRepository) -> None:
    commit = repository.commit({"a.md": "# A\n\nText.\n"})
    repository.write({"a.md": "# Not committed\n", "b.md": "# Nor this\n"})
    run = await stack.sync(str(repository.folder))
    assert (run.state, run.progress["commit_sha"], await stack.blobs()) == ("succeeded", commit, repository.blobs())
    assert (await stack.sync(f"file://{repository.folder}")).state == "succeeded"
    assert (await _failure(stack, f"{repository.folder}-missing"))[0] == "REPOSITORY_NOT_FOUND"
    stack.options = dataclasses.replace(stack.options, policy=NetworkPolicy())
    for url in (str(repository.folder), f"file://{repository.folder}"):
        assert (await _failure(stack, url))[0] == "LOCAL_SOURCES_NOT_ALLOWED"
    assert await stack.blobs() == repository.blobs()


async def test_local_repository_of_another_user(stack: Stack, repository: GitRepository) -> None:
    repository.commit({"a.md": "# A\n"})
    stranger = 65534 if os.geteuid() == 0 else os.geteuid()  # only root can give a folder to somebody else
    for path in [repository.folder, *repository.folder.rglob("*")]:
        shutil.chown(path, stranger)
    assert (await stack.sync(str(repository.folder))).state == "succeeded"


async def test_huge_file_is_listed_with_a_warning(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    with (repository.folder / "huge.md").open("wb") as file:
        file.truncate(200_000_000)
    repository.git("config", "core.compression", "1")
    repository.commit({"a.md": "# A\n\nText.\n"})
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.progress["files_total"], run.progress["files_failed"]) == ("succeeded", 2, 1)
    assert "larger than 10 MB" in run.warnings["huge.md"]
    (huge,) = await stack.rows("SELECT size_bytes, content, is_failed FROM document WHERE path = 'huge.md'")
    assert huge == {"size_bytes": 200_000_000, "content": "", "is_failed": True}
    assert await stack.blobs() == repository.blobs()


async def test_odd_files_are_listed_with_warnings(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit(
        {
            "latin.md": "# Caf\u00e9\n\nText.\n".encode("latin-1"),
            "nul.md": b"# Nul\n\nA\0B\n",
            "broken.yaml": "a: [1, 2\nb: {",
            "aliases.yaml": "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)),
            "front.md": "---\ntitle: [unclosed\n---\n# Front\n\nText.\n",
            "empty.md": "",
            "sound.md": "# Sound\n\nText.\n",
        }
    )
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert set(run.warnings) == {"latin.md", "nul.md", "broken.yaml", "aliases.yaml", "front.md"}
    assert await stack.blobs() == repository.blobs()
    await stack.assert_sound()


async def test_a_file_that_parses_too_long_fails_alone(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    """With hardly any time for a file, the first one fails; the child is then started again for the next."""
    limits = dataclasses.replace(stack.options.limits, parse_seconds=-29.9999)  # the start alone takes longer
    stack.options = dataclasses.replace(stack.options, limits=limits)
    repository.commit({"a.md": "# A\n\nText.\n", "b.md": "# B\n\nText.\n"})
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.progress["files_failed"]) == ("succeeded", 2)
    assert "couldn't be parsed" in run.warnings["a.md"]
    contents = await stack.rows("SELECT content, html FROM document ORDER BY path")
    assert [each["content"] for each in contents] == ["# A\n\nText.\n", "# B\n\nText.\n"]


async def test_hostile_entries_are_not_followed(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n\nText.\n", "--upload-pack=touch x.md": "# Option\n", "-rf.md": "# Rf\n"})
    (repository.folder / "passwd.md").symlink_to("/etc/passwd")
    (repository.folder / "folder").symlink_to("/etc")
    repository.git("add", "--all")
    blob = repository.git("rev-parse", "HEAD:a.md")
    repository.add_raw("100644", b"caf\xe9.md", blob)
    repository.add_raw("160000", b"module.md", repository.git("rev-parse", "HEAD"))
    repository.add_raw("100644", b"new\nline \xc3\xa9.md", blob)
    repository.git("commit", "--quiet", "--message=hostile")
    run = await stack.sync(f"{server.url}/open/repository")
    assert run.state == "succeeded"
    assert set(await stack.blobs()) == {"a.md", "--upload-pack=touch x.md", "-rf.md", "new\nline é.md"}
    assert "not valid UTF-8" in run.warnings["caf\\xe9.md"]
    assert not await stack.rows("SELECT id FROM document WHERE content LIKE '%root:%'")


async def test_option_like_branch_and_url_run_nothing(
    stack: Stack, repository: GitRepository, server: GitHttpServer, tmp_path: Path
) -> None:
    repository.commit({"a.md": "# A\n"})
    sentinel = tmp_path / "sentinel"
    for url in (f"--upload-pack=touch {sentinel}", f"ext::touch% {sentinel}", f"-oProxyCommand=touch {sentinel}:x"):
        assert (await _failure(stack, url))[0] == "ADDRESS_NOT_ALLOWED", url
    command = f"--upload-pack=touch {sentinel}"
    assert (await _failure(stack, f"{server.url}/open/repository", branch=command))[0] == "BRANCH_NOT_FOUND"
    assert not sentinel.exists()


async def test_too_many_files(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    stack.options = dataclasses.replace(stack.options, max_files=2)
    repository.commit({f"{number}.md": "# A\n" for number in range(3)})
    assert (await _failure(stack, f"{server.url}/open/repository"))[0] == "REPOSITORY_TOO_LARGE"


def _breaking_git(folder: Path, times: int) -> str:
    """A PATH on which git can't read a tree so many times, as with a bad disk."""
    folder.mkdir()
    script = folder / "git"
    script.write_text(
        f"""#!/bin/sh
case " $* " in *" ls-tree "*)
    echo >> {folder}/asked
    if [ $(wc -l < {folder}/asked) -le {times} ]; then echo "fatal: not a tree object" >&2; exit 128; fi ;;
esac
exec {shutil.which("git")} "$@"
"""
    )
    script.chmod(0o700)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(("times", "expected"), [(2, ("succeeded", None)), (99, ("failed", "REPOSITORY_DAMAGED"))])
async def test_a_copy_that_is_damaged_again_and_again(
    stack: Stack,
    repository: GitRepository,
    server: GitHttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    expected: tuple[str, str | None],
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    monkeypatch.setenv("PATH", _breaking_git(tmp_path / "bin", times))
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_code) == expected
    assert "`git fsck`" in (run.error_detail or "`git fsck`")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("error: index-pack died of signal 25\nfatal: fetch-pack: invalid index-pack output", "REPOSITORY_TOO_LARGE"),
        ("ended with status -25", "REPOSITORY_TOO_LARGE"),
        ("fatal: inflate: out of memory\nfatal: fetch-pack: invalid index-pack output", "REPOSITORY_TOO_LARGE"),
        ("fatal: packfile x.pack cannot be mapped: Cannot allocate memory", "REPOSITORY_TOO_LARGE"),
        ("error: index-pack died of signal 24", "FETCH_TIMEOUT"),
        ("ended with status -24", "FETCH_TIMEOUT"),
        ("ended with status -255", "FETCH_FAILED"),
    ],
)
async def test_a_limit_that_was_hit_is_no_damage(said: str, code: str) -> None:
    error = GitFailed("fetch", said)
    assert not is_damage(error)
    assert explained(error, await network.check("http://127.0.0.1:1/repository", LOCAL)).code == code


async def test_failure_keeps_what_was_indexed(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    await stack.sync(f"{server.url}/open/repository")
    (repository.folder / ".git").rename(repository.folder / "gone")
    assert (await _failure(stack, f"{server.url}/open/repository"))[0] == "REPOSITORY_NOT_FOUND"
    assert set(await stack.blobs()) == {"a.md"}
    event = (await stack.events("documents.sync.failed"))[-1]
    totals = {"files_total": 1, "files_done": 1, "files_changed": 0, "chunks_total": 1}
    assert {name: event[name] for name in totals} == totals


async def test_commit_from_a_year_that_we_cannot_write(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    tree = repository.git("rev-parse", "HEAD^{tree}")
    person = "Ada <ada@example.org> 300000000000 +0000"
    commit = f"tree {tree}\nauthor {person}\ncommitter {person}\n\nfrom the year 11476\n"
    sha = repository.git("hash-object", "-t", "commit", "-w", "--stdin", data=commit.encode())
    repository.git("update-ref", "refs/heads/main", sha)
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert (run.progress["commit_sha"], run.progress["commit_at"]) == (sha, None)
