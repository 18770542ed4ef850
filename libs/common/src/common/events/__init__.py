"""Events between services: never lost, never applied twice."""

from common.events.asyncapi import asyncapi_document
from common.events.backoff import Backoff
from common.events.consumers import Consumers
from common.events.contracts import event_schema
from common.events.envelope import Envelope, UndecodableEvent
from common.events.event import Event, EventMeta, EventRejected
from common.events.migration import create_messaging_tables
from common.events.outbox import publish
from common.events.postgres import PostgresTransport
from common.events.rabbitmq import RabbitTransport
from common.events.router import dead_letter_router
from common.events.runtime import EventRuntime, Timing, transport_from
from common.events.tables import messaging_tables
from common.events.transport import Transport

__all__ = [
    "Backoff",
    "Consumers",
    "Envelope",
    "Event",
    "EventMeta",
    "EventRejected",
    "EventRuntime",
    "PostgresTransport",
    "RabbitTransport",
    "Timing",
    "Transport",
    "UndecodableEvent",
    "asyncapi_document",
    "create_messaging_tables",
    "dead_letter_router",
    "event_schema",
    "messaging_tables",
    "publish",
    "transport_from",
]
