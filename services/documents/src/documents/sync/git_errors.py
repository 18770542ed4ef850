"""What git and ssh say when they can't reach or read a repository, in words for the user."""

import re

import structlog

from documents.sync.errors import SyncError, SyncErrorCode
from documents.sync.git_program import GitFailed
from documents.sync.network import Remote

log = structlog.get_logger(__name__)

_SAID_SHOWN = 300

_Cause = tuple[SyncErrorCode, str]

_LOCKED: _Cause = (
    "AUTHENTICATION_REQUIRED",
    "The server asks for a password or a key: the repository is private, or it doesn't exist. Check the URL; for a"
    " private repository, enter a credential in the source's settings.",
)
_REFUSED: _Cause = (
    "CREDENTIAL_REFUSED",
    "The server refuses the source's credential: it is wrong, it has expired, or it may not read this repository. Enter"
    " a new one in the source's settings.",
)
_MISSING: _Cause = ("REPOSITORY_NOT_FOUND", "There is no git repository at this address. Check the URL.")
_HIDDEN: _Cause = (
    "REPOSITORY_NOT_FOUND",
    "There is no git repository at this address, or the source's credential may not see it. Check both.",
)
_OTHER_HOST_KEY: _Cause = (
    "HOST_KEY_CHANGED",
    "The ssh server shows another key than it did before: it was set up anew, or somebody pretends to be it. Ask who"
    " runs it; if the new key is right, an operator removes the server's line from the file “known_hosts” in the folder"
    " “git” of the data folder.",
)
_TOO_LARGE: _Cause = ("REPOSITORY_TOO_LARGE", "The repository is larger than this installation allows.")
_TOO_SLOW: _Cause = ("FETCH_TIMEOUT", "Fetching the repository took too long. Sync again later.")
# A child of git that hit a limit is named by its signal; git itself, by the status that it ended with.
_TOO_LARGE_PATTERN = (
    r"file too large|(?:signal |status -)25\b|file size limit|more than \d+ bytes|out of memory|cannot allocate"
    r"|mmap failed"
)
_LOCKED_PATTERN = r"could not read (username|password)|authentication failed|error: 40[13]|permission denied"
_MISSING_PATTERN = (
    r"not found|does not appear to be a git repository|not a git repository|error: 404|valid: is this"
    r"|does not exist"
)

# Most telling first: a pattern, its cause, and another one where we sent a credential.
_PATTERNS: tuple[tuple[str, _Cause, _Cause | None], ...] = (
    (r"remote host identification has changed|host key verification failed", _OTHER_HOST_KEY, None),
    (
        r"error: 407|response 407|407 from proxy",
        ("PROXY_REFUSED", "The proxy asks for a password. Ask the operator to correct the setting of the proxy."),
        None,
    ),
    (_LOCKED_PATTERN, _LOCKED, _REFUSED),
    (
        r"error: 30\d",
        ("REPOSITORY_MOVED", "The server sends us to another address. Enter the repository's new URL."),
        None,
    ),
    (
        r"certificate|self.signed|unable to get local issuer",
        (
            "CERTIFICATE_NOT_TRUSTED",
            "The server's certificate isn't trusted here. Check the URL; for a server of your own authority,"
            " ask the operator to set DOCUMENTS_GIT_CA_FILE.",
        ),
        None,
    ),
    (_MISSING_PATTERN, _MISSING, _HIDDEN),
    (
        r"transport '.*' not allowed",
        ("ADDRESS_NOT_ALLOWED", "This kind of address is not allowed here. Use an https URL."),
        None,
    ),
    (
        _TOO_LARGE_PATTERN,
        _TOO_LARGE,
        None,
    ),
    (r"(?:signal |status -)24\b|cpu time limit", _TOO_SLOW, None),
    (r"no space left", ("DISK_FULL", "The disk of this installation is full. Make room, then sync again."), None),
    (
        r"fsck|bad tree|bad object",
        ("REPOSITORY_DAMAGED", "The repository holds damaged objects; see `git fsck`."),
        None,
    ),
    (
        r"could not resolve|refused|timed out|failed to connect|couldn't connect|unreachable|reset by peer|ssl|tls"
        r"|too slow|early eof|hung up|empty reply|error: (429|5\d\d)|unexpected disconnect|unable to connect"
        r"|connection closed|proxy",
        ("REPOSITORY_UNREACHABLE", "The server can't be reached or broke off. Check the URL, then sync again."),
        None,
    ),
)
_CAUSES = tuple(
    (re.compile(pattern, re.IGNORECASE), cause, with_credential or cause)
    for pattern, cause, with_credential in _PATTERNS
)

# What the servers in use say to a request for objects by their ids, or for a depth: git's, JGit's, and gateways' that
# let no such request through.
_REFUSAL = re.compile(
    r"not our ref|unadvertised object|want [0-9a-f]{40,64} not valid|remote error: [^\n]*(?:upload-pack: |filter)"
    r"|couldn't find remote ref|server does not support|does not support shallow"
    r"|returned error: (?:400|403|404|405|406|413|414|415|422|501)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(_TOO_LARGE_PATTERN, re.IGNORECASE)
_DAMAGE = re.compile(
    r"corrupt|bad object|bad tree|bad revision|bad shallow|invalid object|not a valid object|not a tree object"
    r"|unable to read (?:tree|[0-9a-f]{7})|could not (?:read|parse|get object info)\b(?! user| pass)"
    r"|missing (?:blob|tree|commit|object)|failed to (?:read object|traverse parents|parse commit)"
    r"|not a git repository:|unknown revision|packfile .* (?:cannot|does not)|inflate",
    re.IGNORECASE,
)


def explained(error: GitFailed, remote: Remote) -> SyncError:
    """The error for the user of a command that talked to `remote`."""
    if error.is_timeout:
        return SyncError(*_TOO_SLOW)
    said = re.sub(r"//[^/@\s]+@", "//", error.said).replace("\0", "")[-_SAID_SHOWN:]
    log.info("git.failed", said=said)
    for pattern, cause, with_credential in _CAUSES:
        if pattern.search(error.said):
            return SyncError(*(with_credential if remote.has_credential else cause))
    return SyncError("FETCH_FAILED", f"The repository couldn't be fetched. Git says: {said}")


def is_refusal(error: GitFailed) -> bool:
    """Whether the server said that it can't or won't do what was asked, having let us in a moment before."""
    return not error.is_timeout and _REFUSAL.search(error.said) is not None


def is_damage(error: GitFailed) -> bool:
    """Whether git found objects of the copy itself missing or broken: a new copy helps.

    What didn't fit a limit isn't that, though git may then say that it couldn't read or inflate something.
    """
    own = "\n".join(line for line in error.said.splitlines() if not line.startswith("remote:"))
    return not error.is_timeout and _DAMAGE.search(own) is not None and _LIMIT.search(own) is None


def repository_too_large() -> SyncError:
    return SyncError(*_TOO_LARGE)
