"""Where documents are: repository address, branch and folder, checked by their form alone (no network, no disk).

The patterns are also published in the OpenAPI document, so they are the truth; the sentences only explain them.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from common.fields import Text

MAX_URL = 2000
MAX_BRANCH = 250  # git keeps a branch in a file of that name plus `.lock`, and file names end at 255 bytes
MAX_PATH = 1000

# Encoded control characters and backslashes would come back when git decodes the address.
_NOT_ENCODED = r"(?!.*%(?:[01][0-9A-Fa-f]|7[Ff]|5[Cc]))"
_PATH_CHAR = r"[^\s\x00-\x20\x7f\\?#]"
_HOST_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_HOST_NAME}|\[[0-9A-Fa-f:.]+\])"
_PORT = r"(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_USER = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_REPO_URL_FORMS = (
    rf"https?://{_HOST}{_PORT}(?:/{_PATH_CHAR}*)?",
    rf"ssh://(?:{_USER}@)?{_HOST}{_PORT}/{_PATH_CHAR}+",
    rf"{_USER}@{_HOST_NAME}:(?![:-]){_PATH_CHAR}+",
    rf"file:///{_PATH_CHAR}+",
    rf"/{_PATH_CHAR}+",
)
REPO_URL_PATTERN = rf"^{_NOT_ENCODED}(?:{'|'.join(_REPO_URL_FORMS)})$"

# The rules of git-check-ref-format for `refs/heads/…`, and git-branch's own: no leading dash, not `HEAD`.
_NOT_IN_BRANCH = r"\x00-\x20\x7f~^:?*\[\\"
_BRANCH_FORBIDDEN = r"\.\.|@\{|//|/\.|\.lock/|\.lock$"
_BRANCH_REST = rf"(?:[^{_NOT_IN_BRANCH}]*[^{_NOT_IN_BRANCH}./])?"
BRANCH_PATTERN = rf"^(?:(?!-|@$|HEAD$|.*(?:{_BRANCH_FORBIDDEN}))[^{_NOT_IN_BRANCH}./]{_BRANCH_REST})?$"

DOCS_PATH_PATTERN = r"^(?!(?:.*/)?\.\.(?:/|$))[^\x00-\x1f\x7f\\]*$"

_CREDENTIALS = re.compile(r"https?://[^/]*@|[a-z]+://[^/@]*:[^/]*@|[^/@]*:[^/@]*@", re.IGNORECASE)


def check_repo_url(value: str) -> str:
    """The address itself. Raises ValueError with a sentence for the user."""
    if _CREDENTIALS.match(value):
        raise ValueError("credentials don't belong into the URL: leave out the part before the '@'")
    if not re.fullmatch(REPO_URL_PATTERN, value):
        raise ValueError(
            "must be a git address: https://host/path, ssh://user@host/path, user@host:path, http://host/path, "
            "file:///path or an absolute path, without white space, query and fragment"
        )
    return value


def check_branch(value: str) -> str:
    """The branch name itself. Raises ValueError where git would refuse to create such a branch."""
    if not re.fullmatch(BRANCH_PATTERN, value):
        raise ValueError("is not a name that git allows for a branch")
    return value


def normalise_docs_path(value: str) -> str:
    """The folder relative to the repository's root, "" for the root. Raises ValueError if it leaves that."""
    if not re.fullmatch(DOCS_PATH_PATTERN, value):
        raise ValueError("must be a folder of the repository, written with '/' and without '..'")
    return "/".join(part for part in value.split("/") if part not in ("", "."))


def repository_name(repo_url: str) -> str:
    """What the repository is called: the last part of its address without `.git`; "documents" where there is none."""
    last = re.split(r"[/:]", repo_url.rstrip("/"))[-1].removesuffix(".git")
    return last[:255] or "documents"


def _none_if_empty(value: str | None) -> str | None:
    return value or None


RepoUrl = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=MAX_URL,
        description="https, ssh or `git@host:path`; http, `file://` and absolute paths where the operator allows them.",
        json_schema_extra={"pattern": REPO_URL_PATTERN, "examples": ["https://github.com/acme/shop-docs.git"]},
    ),
    AfterValidator(check_repo_url),
]
_BranchText = Annotated[
    Text,
    Field(max_length=MAX_BRANCH, json_schema_extra={"pattern": BRANCH_PATTERN, "examples": ["main"]}),
    AfterValidator(check_branch),
]
Branch = Annotated[_BranchText | None, AfterValidator(_none_if_empty)]
"""A branch; null (or nothing) means the repository's default branch."""

_DocsPathText = Annotated[
    Text,
    Field(max_length=MAX_PATH, json_schema_extra={"pattern": DOCS_PATH_PATTERN, "examples": ["docs"]}),
    AfterValidator(normalise_docs_path),
]
DocsPath = Annotated[_DocsPathText | None, AfterValidator(_none_if_empty)]
"""A folder of the repository; null (or nothing, `.` and `/`) means all of it."""
