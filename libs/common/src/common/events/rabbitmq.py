"""The transport over RabbitMQ: one topic exchange, one quorum queue for each consuming service."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage, AbstractQueue

from common.events import failpoints
from common.events.envelope import MEDIA_TYPE, Envelope, UndecodableEvent, encode
from common.events.rabbitmq_topology import RETAINED_QUEUE, declare_inbox, declare_topology, inbox_queue, matches
from common.events.transport import Receiver

log = structlog.get_logger()

_PREFETCH = 64
_IN_FLIGHT = 200
_CONNECT_SECONDS = 10.0
_PUBLISH_SECONDS = 15.0
_STALLED_SECONDS = 10.0
_HEARTBEAT_SECONDS = 15


class RabbitTransport:
    """Two plain connections, one to publish and one to consume, each rebuilt from nothing after any fault.

    A reconnecting client would hide what was lost; here the relay and the receiver start again, which is what they do
    after every fault, and a broker that isn't there yet is a fault like any other.
    """

    def __init__(self, url: str, *, watch_seconds: float = 10.0, deaf_seconds: float = 60.0) -> None:
        self._url = url
        self._watch_seconds = watch_seconds
        self._deaf_seconds = deaf_seconds
        self._publishing: tuple[AbstractConnection, AbstractChannel, AbstractExchange] | None = None

    def wake_channel(self, service: str) -> str | None:
        return None

    async def _connect(self, name: str) -> AbstractConnection:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await aio_pika.connect(
                self._url, heartbeat=_HEARTBEAT_SECONDS, client_properties={"connection_name": f"bmadflow {name}"}
            )

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Pipelined: up to 200 wait for the broker's confirmation together."""
        confirmed: set[UUID] = set()
        for start in range(0, len(envelopes), _IN_FLIGHT):
            part = envelopes[start : start + _IN_FLIGHT]
            answers = await self._publish_pipelined(part)
            failures = [answer for answer in answers if isinstance(answer, BaseException)]
            confirmed |= {
                e.id for e, answer in zip(part, answers, strict=True) if not isinstance(answer, BaseException)
            }
            if failures:
                await self._drop_publisher()
                log.warning("broker.unconfirmed", count=len(failures), error=repr(failures[0]))
                if not confirmed:
                    raise failures[0]
                break
        return confirmed

    async def _publish_pipelined(self, envelopes: Sequence[Envelope]) -> list[object | BaseException]:
        """One answer for each envelope, in order; an exception where the broker didn't confirm in time."""
        try:
            # The library doesn't bound every wait of its own (for a blocked connection, for instance).
            async with asyncio.timeout(_PUBLISH_SECONDS):
                exchange = await self._exchange()
                return await asyncio.gather(*(_send(exchange, e) for e in envelopes), return_exceptions=True)
        except TimeoutError:
            # Not confirmed isn't not published: they are sent again with the same ids.
            await self._drop_publisher()
            raise

    async def _exchange(self) -> AbstractExchange:
        if self._publishing is None or self._publishing[0].is_closed or self._publishing[1].is_closed:
            await self._drop_publisher()
            connection = await self._connect("publisher")
            try:
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                exchange = await declare_topology(channel)
            except BaseException:
                await _close(connection)
                raise
            self._publishing = (connection, channel, exchange)
        return self._publishing[2]

    async def _drop_publisher(self) -> None:
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            await _close(publishing[0])

    async def consume(self, service: str, patterns: Sequence[str], receiver: Receiver, wake: asyncio.Event) -> None:
        """Receive until cancelled. Raises when the connection or the queue is lost, or the consumer is deaf."""
        connection = await self._connect(f"{service} receiver")
        try:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=_PREFETCH)
            await declare_topology(channel)
            if not await _exists(connection, inbox_queue(service)):
                # New, or deleted with all that was in it: what was lost is among the retained events.
                await receiver.forget_patterns()
            queue = await declare_inbox(channel, service, patterns)
            await self._catch_up(connection, patterns, receiver)
            consumption = _Consumption(receiver)
            # Before the group: a cancelled call may return all the same (wait_for), and its task would never end.
            await queue.consume(consumption.deliveries.put)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(consumption.run())
                tasks.create_task(_until_closed(channel))
                tasks.create_task(self._watch(channel, queue.name, consumption))
        finally:
            await _close(connection)

    async def _catch_up(self, connection: AbstractConnection, patterns: Sequence[str], receiver: Receiver) -> None:
        """Store what was published before this service first subscribed.

        The inbox queue is bound already: what comes later than the marker, and some of what came before, is in it too.
        """
        new = await receiver.unknown_patterns(patterns)
        if not new:
            return
        async with connection.channel() as channel:
            retained = await channel.declare_queue(RETAINED_QUEUE, passive=True)
            marker = uuid4().hex
            await channel.default_exchange.publish(aio_pika.Message(b"", message_id=marker), RETAINED_QUEUE)
            await _store_retained(retained, marker, new, receiver)
        await receiver.remember_patterns(new)
        log.info("broker.caught_up", patterns=new)

    async def _watch(self, channel: AbstractChannel, queue_name: str, consumption: "_Consumption") -> None:
        """A consumer can be cancelled by the broker and never know: compare what waits with what arrives."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._watch_seconds)
            async with asyncio.timeout(_CONNECT_SECONDS):
                state = (await channel.declare_queue(queue_name, passive=True)).declaration_result
            quiet = loop.time() - consumption.last_delivery
            if not state.consumer_count or (state.message_count and quiet > self._deaf_seconds):
                raise ConnectionError(f"{queue_name} has messages and this consumer gets none")

    async def close(self) -> None:
        await self._drop_publisher()


class _Consumption:
    """Deliveries of one queue, stored one after the other in the order of arrival."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.deliveries: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self.last_delivery = asyncio.get_running_loop().time()

    async def run(self) -> None:
        while True:
            message = await self.deliveries.get()
            self.last_delivery = asyncio.get_running_loop().time()
            try:
                await self._receiver.store(message.body)
            except UndecodableEvent as error:
                await message.reject(requeue=False)
                log.error("event.undecodable", message_id=message.message_id, error=str(error))
                continue
            failpoints.reach("receiver.stored")
            await message.ack()


async def _send(exchange: AbstractExchange, envelope: Envelope) -> object:
    message = aio_pika.Message(
        encode(envelope),
        content_type=MEDIA_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(envelope.id),
        type=envelope.type,
    )
    return await exchange.publish(message, envelope.type, mandatory=True)


async def _store_retained(retained: AbstractQueue, marker: str, patterns: Sequence[str], receiver: Receiver) -> None:
    """Store what matches of the retained events up to the marker; when the channel closes they are all back in place.

    Raises when another service is reading (nobody else sees them meanwhile) and TimeoutError when nothing comes.
    """
    deliveries: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    await retained.consume(deliveries.put, exclusive=True)
    while True:
        async with asyncio.timeout(_STALLED_SECONDS):
            message = await deliveries.get()
        if message.message_id == marker:
            await message.ack()
            return
        if any(matches(message.routing_key or "", pattern) for pattern in patterns):
            await _store_one(message, receiver)


async def _store_one(message: AbstractIncomingMessage, receiver: Receiver) -> None:
    try:
        await receiver.store(message.body)
    except UndecodableEvent as error:
        # It stays where it is until its time is over.
        log.error("event.undecodable", message_id=message.message_id, error=str(error))


async def _exists(connection: AbstractConnection, queue: str) -> bool:
    channel = await connection.channel()
    try:
        await channel.declare_queue(queue, passive=True)
    except aio_pika.exceptions.ChannelNotFoundEntity:
        return False  # and the broker has closed the channel
    await channel.close()
    return True


async def _until_closed(channel: AbstractChannel) -> None:
    await channel.closed()
    raise ConnectionError("the broker closed the channel")


async def _close(connection: AbstractConnection) -> None:
    """Close what may be half dead already; nothing of it is used again."""
    try:
        async with asyncio.timeout(2):
            await connection.close()
    except Exception as error:  # noqa: BLE001 - a connection that is being thrown away may fail in any way
        log.debug("broker.close_failed", error=repr(error))
