"""Who is asking: a short-lived token that the gateway signs and every service verifies."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from common.problems import Forbidden, IdentityRequired

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

HEADER = "X-BMADFlow-Identity"
LIFETIME_SECONDS = 60
_CLOCK_SKEW_SECONDS = 5
_ISSUER = "bmadflow-gateway"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and the projects that they may see; `projects` None means all of them."""

    user_id: str
    name: str
    is_admin: bool = False
    projects: frozenset[int] | None = frozenset()

    def may_see(self, project_id: int) -> bool:
        return self.projects is None or project_id in self.projects

    def visible(self, column: "InstrumentedAttribute[int]") -> "ColumnElement[bool]":
        """The condition that keeps a query to what this identity may see."""
        # Imported here: the gateway and the launcher have no database and shouldn't load its library.
        from sqlalchemy import true  # noqa: PLC0415

        return true() if self.projects is None else column.in_(self.projects)

    def require_admin(self) -> None:
        """Raises Forbidden for anybody but an administrator."""
        if not self.is_admin:
            raise Forbidden("This needs an administrator.")


def generate_key_pair() -> tuple[str, str]:
    """A new Ed25519 pair as JWK JSON texts: (private, public)."""
    key = OKPKey.generate_key("Ed25519")
    return json.dumps(key.as_dict(private=True)), json.dumps(key.as_dict(private=False))


class TokenSigner:
    """Held by the gateway alone."""

    def __init__(self, private_jwk: str) -> None:
        self._key = OKPKey.import_key(json.loads(private_jwk))

    def sign(self, identity: Identity, audiences: list[str]) -> str:
        """A token for the named services, valid for LIFETIME_SECONDS."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "aud": audiences,
            "sub": identity.user_id,
            "name": identity.name,
            "admin": identity.is_admin,
            "projects": None if identity.projects is None else sorted(identity.projects),
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        }
        return jwt.encode({"alg": "Ed25519"}, claims, self._key, algorithms=["Ed25519"])


class TokenVerifier:
    """Checks signature, issuer, audience and age of a token."""

    def __init__(self, public_jwk: str, audience: str) -> None:
        self._key = OKPKey.import_key(json.loads(public_jwk))
        self._audience = audience

    def verify(self, token: str) -> Identity:
        """Raises IdentityRequired when the token is absent, forged, expired or meant for another service."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["Ed25519"]).claims
            self._check(claims)
            projects = claims["projects"]
            return Identity(
                user_id=str(claims["sub"]),
                name=str(claims["name"]),
                is_admin=claims["admin"] is True,
                projects=None if projects is None else frozenset(projects),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise IdentityRequired("The identity token is missing or not valid: ask through the gateway.") from error

    def _check(self, claims: dict[str, Any]) -> None:
        now = time.time()
        if claims["iss"] != _ISSUER or self._audience not in claims["aud"]:
            raise ValueError("issued by or for somebody else")
        if not claims["iat"] - _CLOCK_SKEW_SECONDS <= now <= claims["exp"] + _CLOCK_SKEW_SECONDS:
            raise ValueError("outside its time")


def get_identity(request: Request) -> Identity:
    """The verified identity of the request; every route but health and documentation depends on it."""
    verifier: TokenVerifier = request.app.state.token_verifier
    return verifier.verify(request.headers.get(HEADER, ""))


IdentityDep = Annotated[Identity, Depends(get_identity)]
