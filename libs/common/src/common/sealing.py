"""Secrets at rest: AES-256-GCM, bound to the place where they are kept, with keys that can be rotated.

A sealed text is `v1.<key id>.<nonce and ciphertext>`. The place (`projects.source.credential:12`) is authenticated with
it, so that a text copied to another row doesn't open. Services that share keys can prove it to each other (`proof`).
A proof is `<seconds since 1970>.<signature>`.
"""

import hmac
import os
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"
PROOF_SECONDS = 120
"""How long a proof holds, and how far the clocks of two services may be apart."""

_SECONDS = re.compile(r"[0-9]{1,12}")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SealBroken(Exception):
    """The text was not sealed for this place by a key that we hold; the message says which, never what."""


@dataclass(frozen=True, slots=True, repr=False)
class SealingKeys:
    """Keys by id; the first one seals, all of them open."""

    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `id:base64,id:base64 …`, the newest first, each of 32 bytes. Raises ValueError."""
        keys: dict[str, bytes] = {}
        for part in text.replace(",", " ").split():
            key_id, _, encoded = part.partition(":")
            if not _KEY_ID.fullmatch(key_id) or key_id in keys:
                # Not what stands there: without a ':' that is the key.
                raise ValueError("a sealing key needs an id of its own before its ':'")
            keys[key_id] = _decode(encoded)
            if len(keys[key_id]) != _KEY_BYTES:
                raise ValueError(f"the sealing key {key_id} is not 32 bytes in base64")
        if not keys:
            raise ValueError("there is no sealing key")
        return cls(keys)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, secret: str, place: str) -> str:
        """The secret, sealed for `place` by the current key."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, secret.encode(), _bound_to(self.current, place))
        return f"{_VERSION}.{self.current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The secret that was sealed for `place`. Raises SealBroken."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        if version != _VERSION or key_id not in self.keys:
            raise SealBroken(f"{place} is sealed by the key {key_id[:32]!r}, which isn't among the keys given")
        try:
            data = urlsafe_b64decode(encoded)
            secret = AESGCM(self.keys[key_id]).decrypt(
                data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound_to(key_id, place)
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{place} can't be opened: it is damaged or belongs elsewhere") from error
        return secret.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this."""
        return sealed.startswith(f"{_VERSION}.{self.current}.")

    def proof(self, request: str) -> str:
        """What shows a service with the same keys that we hold them now, for this request and no other."""
        return self._proof(self.current, request, str(int(time.time())))

    def accepts(self, request: str, proof: str) -> bool:
        """Whether a holder of one of our keys made this proof for this request, at most PROOF_SECONDS from now."""
        made_at, _, _ = proof.partition(".")
        if not _SECONDS.fullmatch(made_at) or abs(time.time() - int(made_at)) > PROOF_SECONDS:
            return False
        return any(
            hmac.compare_digest(self._proof(key_id, request, made_at).encode(), proof.encode()) for key_id in self.keys
        )

    def _proof(self, key_id: str, request: str, made_at: str) -> str:
        # A key of its own, so that no proof says anything about what is sealed.
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"bmadflow proof").derive(self.keys[key_id])
        return f"{made_at}.{hmac.new(derived, f'{made_at} {request}'.encode(), sha256).hexdigest()}"


def generate_key() -> str:
    """A new key as `id:base64`; the id is random."""
    return f"{os.urandom(4).hex()}:{urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()}"


def _decode(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded.replace("+", "-").replace("/", "_"))
    except ValueError:
        return b""


def _bound_to(key_id: str, place: str) -> bytes:
    return f"{_VERSION}.{key_id}.{place}".encode()
