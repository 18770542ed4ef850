"""Exchanges and queues on RabbitMQ. Every publisher and consumer declares what it needs: there is no setup step.

bmadflow.events (topic) ─ type ─▶ bmadflow.<service>.inbox (quorum, one active consumer)
     │   │                             └ rejected ▶ bmadflow.dlx ▶ bmadflow.dead
     │   └ # ▶ bmadflow.retained (read, never emptied, by services that subscribe later)
     └ unroutable ▶ bmadflow.unrouted (only when an operator removed that queue)
"""

import re
from collections.abc import Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue

from common.events.transport import RETENTION_DAYS

EVENTS_EXCHANGE = "bmadflow.events"
UNROUTED = "bmadflow.unrouted"
DEAD_EXCHANGE = "bmadflow.dlx"
DEAD_QUEUE = "bmadflow.dead"
RETAINED_QUEUE = "bmadflow.retained"

_QUORUM = {"x-queue-type": "quorum"}
# Not a stream: killed soon after its declaration it is never found again (3.10), and then nothing is confirmed
# any more. Not a quorum queue: that hands out 2,000 messages at most to a reader who takes nothing away.
_RETAINED = {
    "x-queue-type": "classic",
    "x-message-ttl": RETENTION_DAYS * 86_400_000,
    "x-max-length-bytes": 500_000_000,  # the oldest go first
}
# At least once needs reject-publish; the default strategy may lose what it moves.
_INBOX = _QUORUM | {
    "x-single-active-consumer": True,
    "x-dead-letter-exchange": DEAD_EXCHANGE,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


async def declare_topology(channel: AbstractChannel) -> AbstractExchange:
    """Declare what all services share; the exchange to publish to."""
    unrouted = await channel.declare_exchange(UNROUTED, ExchangeType.FANOUT, durable=True)
    await (await channel.declare_queue(UNROUTED, durable=True, arguments=dict(_QUORUM))).bind(unrouted)
    dead = await channel.declare_exchange(DEAD_EXCHANGE, ExchangeType.FANOUT, durable=True)
    await (await channel.declare_queue(DEAD_QUEUE, durable=True, arguments=dict(_QUORUM))).bind(dead)
    events = await channel.declare_exchange(
        EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True, arguments={"alternate-exchange": UNROUTED}
    )
    await (await channel.declare_queue(RETAINED_QUEUE, durable=True, arguments=dict(_RETAINED))).bind(events, "#")
    return events


async def declare_inbox(channel: AbstractChannel, service: str, patterns: Sequence[str]) -> AbstractQueue:
    """Declare the queue of a consuming service and bind its patterns."""
    queue = await channel.declare_queue(inbox_queue(service), durable=True, arguments=dict(_INBOX))
    for pattern in patterns:
        await queue.bind(EVENTS_EXCHANGE, pattern)
    return queue


def inbox_queue(service: str) -> str:
    return f"bmadflow.{service}.inbox"


def matches(event_type: str, pattern: str) -> bool:
    """Whether the topic exchange would route `event_type` by `pattern`."""
    expression = re.escape(pattern).replace(r"\*", "[^.]+").replace(r"\#", ".*")
    return re.fullmatch(expression, event_type) is not None
