"""Who is asking, and the token that tells the services."""

import time
from collections.abc import Callable

from common.identity import LIFETIME_SECONDS, Identity, TokenSigner

LOCAL_ADMIN = Identity(user_id="local", name="Local administrator", is_admin=True, projects=None)
"""Without login, everyone who gets past the guard."""

_REUSE_SECONDS = LIFETIME_SECONDS / 2
_MAX_TOKENS = 10_000


class Tokens:
    """Signed tokens by identity and audiences, each used again for half of its life: signing is the dear part."""

    def __init__(self, signer: TokenSigner, clock: Callable[[], float] = time.monotonic) -> None:
        self._signer = signer
        self._clock = clock
        self._tokens: dict[tuple[Identity, tuple[str, ...]], tuple[str, float]] = {}

    def token(self, identity: Identity, audiences: tuple[str, ...]) -> str:
        """A token that is valid for half a minute at least."""
        now = self._clock()
        token, expires = self._tokens.get((identity, audiences), ("", 0.0))
        if now >= expires:
            if len(self._tokens) >= _MAX_TOKENS:
                self._tokens.clear()
            token = self._signer.sign(identity, list(audiences))
            self._tokens[identity, audiences] = (token, now + _REUSE_SECONDS)
        return token
