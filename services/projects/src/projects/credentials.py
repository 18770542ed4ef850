"""What opens a repository: its forms on the wire, its checking, and what of it is stored.

Secrets are SecretStr until the moment they are sealed, and no message names what was given.
"""

import asyncio
import json
import re
from binascii import a2b_base64
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from pydantic import AfterValidator, BaseModel, Discriminator, Field, SecretStr, Tag

from projects.errors import CredentialInvalid
from projects.models import CredentialKind

# GitHub, GitLab and Gitea take any name beside a token; Bitbucket wants this one.
TOKEN_USERNAME: Final = "x-token-auth"  # noqa: S105 - a name, not a secret
MAX_SECRET = 4096
MAX_KEY = 8000  # an RSA key of 8192 bits needs 6,400
_MAX_KDF_ROUNDS = 500  # of bcrypt, at 5 ms each; ssh-keygen takes 16 or 24 by itself
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNUSABLE_IN_KEY = re.compile("[^\t\n\r\x20-\x7e]")
_OPENSSH_HEAD = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_OPENSSH_MAGIC = b"openssh-key-v1\0"


def _one_line(secret: SecretStr) -> SecretStr:
    # Git's credential protocol is made of lines, so a line break would be an instruction to it.
    if _UNUSABLE.search(secret.get_secret_value()):
        raise ValueError("must not contain line breaks or other control characters")
    return secret


def _stripped(secret: SecretStr) -> SecretStr:
    stripped = secret.get_secret_value().strip()
    if not stripped:
        raise ValueError("must not be blank")
    return _one_line(SecretStr(stripped))


def _basic_username(value: str) -> str:
    if _UNUSABLE.search(value) or ":" in value:
        raise ValueError("must not contain colons, line breaks or other control characters")
    return value


def _key_text(secret: SecretStr) -> SecretStr:
    if _UNUSABLE_IN_KEY.search(secret.get_secret_value()):
        raise ValueError("is not a private key in text form")
    return secret


TokenText = Annotated[SecretStr, Field(min_length=1, max_length=MAX_SECRET), AfterValidator(_stripped)]
PasswordText = Annotated[SecretStr, Field(min_length=1, max_length=MAX_SECRET), AfterValidator(_one_line)]
KeyText = Annotated[SecretStr, Field(min_length=1, max_length=MAX_KEY), AfterValidator(_key_text)]
Username = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_basic_username)]


class Token(BaseModel):
    """An access token, for http(s) addresses."""

    kind: Literal["token"]
    token: TokenText
    username: Username | None = Field(default=None, description=f"`{TOKEN_USERNAME}` where none is given.")


class Password(BaseModel):
    """A user's name and password, for http(s) addresses."""

    kind: Literal["password"]
    username: Username
    password: PasswordText


class SshKey(BaseModel):
    """A private key (RSA, ECDSA or Ed25519; OpenSSH or PEM), for ssh addresses; it is kept without its passphrase."""

    kind: Literal["ssh_key"]
    private_key: KeyText
    passphrase: PasswordText | None = None


def _form(value: Any) -> str | None:
    """Which form it is; None for none of them."""
    if isinstance(value, str | SecretStr):
        return "text"
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if kind in ("token", "password", "ssh_key") else None


Credential = Annotated[
    Annotated[TokenText, Tag("text")]
    | Annotated[Token, Tag("token")]
    | Annotated[Password, Tag("password")]
    | Annotated[SshKey, Tag("ssh_key")],
    Discriminator(
        _form,
        # Pydantic's own sentence would name what was given.
        custom_error_type="credential_form",
        custom_error_message="must be a token, or an object whose 'kind' is token, password or ssh_key",
    ),
]
"""What a caller may give; a plain string is a token."""

WriteOnlyCredential = Annotated[
    Credential | None,
    Field(
        description="What opens the repository: a token, or one of the other forms; it is never answered.",
        json_schema_extra={"writeOnly": True},
    ),
]


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A credential that was checked, as the text that is sealed (JSON; the fields of its form, a key in OpenSSH's)."""

    kind: CredentialKind
    content: str


async def prepare(given: SecretStr | Token | Password | SshKey) -> Prepared:
    """Check and normalise. Raises CredentialInvalid. Takes seconds for a large key: don't hold a lock meanwhile."""
    match given:
        case SecretStr():
            return _prepared("token", username=TOKEN_USERNAME, token=given.get_secret_value())
        case Token():
            username = given.username or TOKEN_USERNAME
            return _prepared("token", username=username, token=given.token.get_secret_value())
        case Password():
            return _prepared("password", username=given.username, password=given.password.get_secret_value())
        case SshKey():
            return _prepared("ssh_key", private_key=await asyncio.to_thread(_plain_key, given))


def fits(kind: CredentialKind, repo_url: str) -> bool:
    """Whether a git program could use such a credential for this address."""
    scheme = origin(repo_url)[0]
    return scheme == "ssh" if kind == "ssh_key" else scheme in ("http", "https")


def origin(repo_url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a checked address: whom a credential is shown to. A path has no host."""
    found = re.match(r"(?:(https?|ssh)://)?(?:[^/@:]+@)?(\[[^\]]*\]|[^/:\[]+)(?::(\d+)(?=/|$))?", repo_url)
    if repo_url.startswith(("/", "file:")) or found is None:
        return ("file", "", 0)
    scheme = found[1] or "ssh"  # the form git@host:path
    port = found[3] if found[1] else None
    return (scheme, found[2].lower(), int(port or {"http": 80, "https": 443, "ssh": 22}[scheme]))


def _prepared(kind: CredentialKind, **fields: str) -> Prepared:
    return Prepared(kind, json.dumps({"kind": kind, **fields}))


def _plain_key(given: SshKey) -> str:
    text = given.private_key.get_secret_value().replace("\r\n", "\n").strip().encode() + b"\n"
    passphrase = given.passphrase.get_secret_value().encode() if given.passphrase else None
    try:
        _limit_work(text)
        load = load_ssh_private_key if text.startswith(_OPENSSH_HEAD) else load_pem_private_key
        key = load(text, passphrase)
        if isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
            return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    except TypeError as error:
        raise CredentialInvalid(_passphrase_fault(passphrase)) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "The private key can't be read" + (", or its passphrase is wrong." if passphrase else ".")
        raise CredentialInvalid(wrong) from error
    raise CredentialInvalid("The private key is of a kind that ssh doesn't use: give an RSA, ECDSA or Ed25519 key.")


def _limit_work(text: bytes) -> None:
    """Raises CredentialInvalid where the key itself asks for too much work to be opened, ValueError for no key."""
    if text.count(b"-----BEGIN ") != 1:
        raise ValueError("one key, and nothing else")
    # How often PKCS#8 wants its passphrase hashed stands deep inside, so that form isn't opened at all.
    is_pkcs8 = b"BEGIN ENCRYPTED PRIVATE KEY" in text
    if is_pkcs8 or (text.startswith(_OPENSSH_HEAD) and _kdf_rounds(text) > _MAX_KDF_ROUNDS):
        raise CredentialInvalid("The key's encryption isn't supported: rewrite the key with 'ssh-keygen -p -f FILE'.")


def _kdf_rounds(text: bytes) -> int:
    """How often an OpenSSH key wants its passphrase hashed (PROTOCOL.key of OpenSSH). Raises ValueError."""
    data = a2b_base64(text.removeprefix(_OPENSSH_HEAD).partition(b"-----END")[0])
    rest = data.removeprefix(_OPENSSH_MAGIC)
    for _ in ("cipher", "name of the function"):
        _, rest = _ssh_string(rest)
    options, _ = _ssh_string(rest)
    if not options:
        return 0
    _, rounds = _ssh_string(options)
    return int.from_bytes(rounds[:4], "big")


def _ssh_string(data: bytes) -> tuple[bytes, bytes]:
    """A string with its length before it, and what follows it."""
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < end:
        raise ValueError("the key is cut off")
    return data[4:end], data[end:]


def _passphrase_fault(passphrase: bytes | None) -> str:
    if passphrase is None:
        return "The private key is encrypted: give its passphrase."
    return "The private key isn't encrypted: leave the passphrase out."
