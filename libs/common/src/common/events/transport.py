"""What carries events between services: a pipe from one outbox to the inboxes of others, and nothing more."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from common.events.envelope import Envelope

RETENTION_DAYS = 7
"""How long a transport keeps events for subscribers that are yet to come (services start in any order)."""


class Receiver(Protocol):
    """The consuming service's side of a transport."""

    async def store(self, raw: bytes) -> None:
        """Keep the event for good; a second copy is ignored. Raises UndecodableEvent when there is nothing to keep."""
        ...

    async def unknown_patterns(self, patterns: Sequence[str]) -> list[str]:
        """Those of `patterns` whose past events this service hasn't been given yet."""
        ...

    async def forget_patterns(self) -> None:
        """Past events may be missing again: all patterns are unknown from now on."""
        ...

    async def remember_patterns(self, patterns: Sequence[str]) -> None:
        """The past events of these patterns are stored."""
        ...


class Transport(Protocol):
    """Delivers at least once; the inbox makes that once."""

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Send in this order. Returns the ids that the other side holds safely; raises when none can be sent."""
        ...

    async def consume(self, service: str, patterns: Sequence[str], receiver: Receiver, wake: asyncio.Event) -> None:
        """Hand every event that matches a pattern (topic style: `*` one word, `#` any) to `receiver`, until cancelled.

        Acknowledges after `store` returned. Events published before the first subscription are handed over too.
        Raises when the connection is lost: call it again.
        """
        ...

    def wake_channel(self, service: str) -> str | None:
        """The Postgres channel that says when to look (sets `wake`), if the transport needs one."""
        ...

    async def close(self) -> None: ...
