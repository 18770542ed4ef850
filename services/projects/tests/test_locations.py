"""The forms of addresses, branches and folders."""

import re
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from projects.locations import Branch, DocsPath, RepoUrl, repository_name

repo_urls: TypeAdapter[str] = TypeAdapter(RepoUrl)
branches: TypeAdapter[str | None] = TypeAdapter(Branch)
docs_paths: TypeAdapter[str | None] = TypeAdapter(DocsPath)

GOOD_URLS = [
    "https://github.com/acme/shop-docs.git",
    "https://git.example.org:8443/a/b",
    "https://host/with%20blank",
    "http://127.0.0.1:9000/repo.git",
    "http://[::1]:9000/repo.git",
    "ssh://git@host.example/acme/docs.git",
    "ssh://host:2222/~me/docs",
    "git@github.com:acme/docs.git",
    "deploy@host:/srv/git/docs.git",
    "file:///srv/git/docs",
    "/srv/git/docs",
    "/srv/größe/docs",
]
BAD_URLS = [
    "",
    "docs",
    "../docs",
    "./docs",
    "-oProxyCommand=x",
    "--upload-pack=x",
    "ext::sh -c true",
    "ext::true",
    "fd::17",
    "git://host/repo",
    "ftp://host/repo",
    "javascript:alert(1)",
    "C:\\repo",
    "https://",
    "https:///path",
    "https://host:0/x",
    "https://host:65536/x",
    "https://host:port/x",
    "https://-host/x",
    "https://host/x?private_token=y",
    "https://host/x#y",
    "https://host\\@other/x",
    "https://host/a b",
    " https://host/a",
    "https://host/a\n",
    "https://host/a\x00",
    "https://host/%0a",
    "https://host/%00",
    "ssh://-oProxyCommand=x/y",
    "ssh://-u@host/y",
    "ssh://host",
    "git@-host:path",
    "git@host:-path",
    "git@host::path",
    "-git@host:path",
    "file://host/path",
    "file://",
    "/",
    "/a b",
    "/a\tb",
]
CREDENTIAL_URLS = [
    "https://user:secret@host/x",
    "https://token@host/x",
    "HTTPS://token@host/x",
    "http://:secret@host/x",
    "ssh://git:secret@host/x",
    "git:secret@host:x",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_addresses_of_every_form_are_taken_as_they_are(url: str) -> None:
    assert repo_urls.validate_python(url) == url


@pytest.mark.parametrize("url", BAD_URLS)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        repo_urls.validate_python(url)


@pytest.mark.parametrize("url", CREDENTIAL_URLS)
def test_credentials_in_an_address_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ValidationError, match="credentials don't belong into the URL") as caught:
        repo_urls.validate_python(url)
    assert "secret" not in caught.value.errors()[0]["msg"]


def test_a_long_address_is_refused_at_once() -> None:
    with pytest.raises(ValidationError, match="2000"):
        repo_urls.validate_python("https://" + "a." * 100_000)


@given(st.text(max_size=60) | st.from_regex(r"(https?|ssh|file)://[a-z@:/.%?#\\-]{0,40}", fullmatch=True))
def test_an_accepted_address_can_be_no_option_and_holds_no_secret(url: str) -> None:
    try:
        accepted = repo_urls.validate_python(url)
    except ValidationError:
        return
    assert accepted == url
    assert not accepted.startswith("-")
    assert not any(character.isspace() or ord(character) < 32 for character in accepted)
    assert "::" not in accepted.split("[", maxsplit=1)[0].split("/", maxsplit=1)[0]
    assert not re.match(r"\w+://[^/]*:[^/]*@", accepted)


NAMES = st.text(alphabet="abz09-_./@{}~^:?*[\\ \t\x7fäHEADlock", max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
@example("main")
@example("feature/a-b")
@example("a.lock")
@example("a.lock/b")
@example("a/.b")
@example("a..b")
@example("a@{b")
@example("@")
@example("HEAD")
@example("-a")
@example("a/")
@example("a.")
@example("ä")
def test_branches_are_what_git_takes(name: str) -> None:
    if not name:
        assert branches.validate_python(name) is None
        return
    command = ["git", "check-ref-format", f"refs/heads/{name}"]
    git_takes = subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        branches.validate_python(name)
        accepted = True
    except ValidationError:
        accepted = False
    # `git branch` itself refuses these three; a plain `refs/heads/…` would be well-formed.
    assert accepted == (git_takes and not name.startswith("-") and name not in ("@", "HEAD"))


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "b" * 251])
def test_branches_that_no_command_line_can_hold_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        branches.validate_python(name)


@pytest.mark.parametrize(
    ("given_path", "stored"),
    [
        (None, None),
        ("", None),
        (".", None),
        ("/", None),
        ("docs", "docs"),
        ("/docs/", "docs"),
        ("./docs//prd/.", "docs/prd"),
        ("docs/..x", "docs/..x"),
    ],
)
def test_folders_are_normalised(given_path: str | None, stored: str | None) -> None:
    assert docs_paths.validate_python(given_path) == stored


@pytest.mark.parametrize("path", ["..", "../x", "docs/../../x", "docs/..", "a\\b", "a\x00b", "a\nb", "x" * 1001])
def test_folders_outside_are_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        docs_paths.validate_python(path)


@given(st.text(alphabet="ab./\\ ", max_size=20))
def test_a_folder_never_leaves_the_repository_and_normalising_it_again_changes_nothing(path: str) -> None:
    try:
        stored = docs_paths.validate_python(path)
    except ValidationError:
        return
    assert docs_paths.validate_python(stored) == stored
    if stored is not None:
        assert not stored.startswith("/")
        assert ".." not in PurePosixPath(stored).parts
        assert str(PurePosixPath(stored)) == stored


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/shop-docs.git", "shop-docs"),
        ("git@host:docs.git", "docs"),
        ("/srv/git/docs/", "docs"),
        ("/srv/.git", "documents"),
    ],
)
def test_a_source_is_named_after_its_repository(url: str, name: str) -> None:
    assert repository_name(url) == name
