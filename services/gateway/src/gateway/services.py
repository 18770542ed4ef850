"""What the gateway itself asks the services: small JSON answers, within two seconds."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession

from common.identity import HEADER, Identity
from common.request_context import current_request_id, current_traceparent
from gateway.identity import Tokens
from gateway.upstream import Upstream

ANSWER_SECONDS = 2.0
_MAX_ANSWER_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A service's answer."""

    status: int
    body: bytes


class Services:
    """Asks services by name over the forwarder's session, past its breaker: these questions are what finds out."""

    def __init__(self, session: ClientSession, upstreams: Mapping[str, Upstream], tokens: Tokens) -> None:
        self._session = session
        self._upstreams = upstreams
        self._tokens = tokens

    @property
    def names(self) -> list[str]:
        return list(self._upstreams)

    async def get(self, service: str, path: str, identity: Identity | None = None) -> Answer | None:
        """The answer, whatever its status; None where there is none in time."""
        headers = {"X-Request-ID": current_request_id() or "gateway", "traceparent": current_traceparent() or ""}
        if identity is not None:
            headers[HEADER] = self._tokens.token(identity, (service,))
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self._session.get(
                    self._upstreams[service].url + path, headers=headers, allow_redirects=False
                ) as response,
            ):
                body = await response.content.read(_MAX_ANSWER_BYTES)
                while chunk := await response.content.read(_MAX_ANSWER_BYTES - len(body)):
                    body += chunk
                return Answer(response.status, body) if response.content.at_eof() else None
        except (ClientError, OSError):
            return None

    async def get_all(self, path: str, identity: Identity | None = None) -> dict[str, Answer | None]:
        """The same question to every service at once; `{service}` in the path is its name."""
        answers = await asyncio.gather(
            *(self.get(service, path.format(service=service), identity) for service in self._upstreams)
        )
        return dict(zip(self._upstreams, answers, strict=True))


def json_object(answer: Answer | None) -> dict[str, Any] | None:
    """The JSON object of a 200 answer; None for all else."""
    if answer is None or answer.status != 200:
        return None
    return parse_object(answer.body)


def parse_object(text: bytes) -> dict[str, Any] | None:
    """The JSON object that the text is; None where it isn't one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
