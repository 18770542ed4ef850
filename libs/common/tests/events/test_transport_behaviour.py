"""What every transport must do, whatever dies: nothing lost, no effect twice, order kept within an aggregate."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from common.events import Envelope, publish
from common.events.envelope import decode, source_of
from common.events.inbox import Inbox, dead_letters, replay
from common.events.tasks import end_tasks
from common.postgres_server import PostgresServer
from common.request_context import following_trace
from common.testing.event_probe import Probe, fact_of
from common.testing.event_world import World, eventually
from common.testing.rabbit_fixtures import RabbitBroker

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class TransportBehaviour:
    """Inherited once for each transport; the fixture `world` says which."""

    async def test_every_event_has_one_effect_in_order(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(consumer)
        sent = [await producer.publish(f"t{number % 4}", number) for number in range(40)]
        await assert_effects(consumer, sent)

    async def test_what_is_rolled_back_is_not_sent(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(consumer)
        async with producer.database.sessions() as session:
            await publish(session, fact_of(producer.service).model_validate({"thing": "t", "number": 0}))
            await session.rollback()
        sent = await producer.publish("t", 1)
        await assert_effects(consumer, [sent])
        assert [effect.sequence for effect in await consumer.effects()] == [1]

    async def test_copies_have_one_effect(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(consumer)
        envelopes = envelopes_of(producer, 10)
        transport = world.transport(producer)
        for copies in (envelopes, envelopes, [*envelopes, *envelopes]):
            assert await transport.publish(copies) == {envelope.id for envelope in envelopes}
        last = await marker(world, producer)
        await transport.close()
        await assert_effects(consumer, [*(envelope.id for envelope in envelopes), last])

    async def test_a_late_copy_of_a_handled_event_has_no_effect(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(consumer)
        [envelope] = envelopes_of(producer, 1)
        transport = world.transport(producer)
        await transport.publish([envelope])
        await assert_effects(consumer, [envelope.id])
        # As if the transport had forgotten that it delivered the event.
        raw = await stored_body(consumer, envelope.id)
        await Inbox(consumer.database, consumer.service).store(raw)
        await transport.publish([envelope])
        last = await marker(world, producer)
        await transport.close()
        await assert_effects(consumer, [envelope.id, last])

    async def test_what_waits_is_handled_in_sequence_whatever_the_order_of_arrival(self, world: World) -> None:
        producer, consumer = await pair(world)
        envelopes = envelopes_of(producer, 20)
        shuffled = random.Random(7).sample(envelopes, len(envelopes))
        transport = world.transport(producer)
        await transport.publish(shuffled)
        await transport.close()
        await receive_only(world, consumer, len(envelopes))
        assert await consumer.effects() == []
        await world.run(consumer)
        await assert_effects(consumer, [envelope.id for envelope in envelopes])

    async def test_poison_dies_after_its_attempts_and_can_be_replayed(self, world: World) -> None:
        producer, consumer = await pair(world)
        poison = await producer.publish("bad", 1, poison=True)
        after = [await producer.publish("bad", 2), await producer.publish("good", 1)]
        await world.run(producer)
        await world.run(consumer)
        await assert_effects(consumer, after)
        async with consumer.database.transaction() as session:
            [letter] = await dead_letters(session, consumer.service, after=UUID(int=0), limit=10)
        assert (letter.event_id, letter.attempts) == (poison, 3)
        assert "poison" in (letter.last_error or "")
        await consumer.execute("INSERT INTO cure VALUES (true)")
        async with consumer.database.transaction() as session:
            assert await replay(session, consumer.service, poison)
        await eventually_effects(consumer, 3)
        assert await consumer.count("inbox", f"event_id = '{poison}' AND state = 'processed' AND attempts = 1") == 1

    async def test_what_is_no_event_is_put_aside_and_stops_nothing(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(consumer)
        first = await marker(world, producer)
        await assert_effects(consumer, [first])
        broken = [f"{{not json {producer.service}".encode(), f'{{"specversion": "{producer.service}"}}'.encode()]
        for raw in broken:
            await world.inject(producer, raw)
        last = await marker(world, producer)
        await assert_effects(consumer, [first, last])
        found: list[bytes] = []

        async def put_aside() -> bool:
            found.extend(await world.undeliverable())
            return set(broken) <= set(found)

        await eventually(put_aside)
        assert await consumer.count("inbox", "state <> 'processed'") == 0

    async def test_an_unknown_version_and_misfitting_data_die_at_once(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(consumer)
        unknown = envelope_of(producer, "t", 1, version=2)
        misfit = envelope_of(producer, "u", 1, data={"thing": "u", "number": "many"})
        good = envelope_of(producer, "v", 1)
        transport = world.transport(producer)
        await transport.publish([unknown, misfit, good])
        await transport.close()
        await assert_effects(consumer, [good.id])

        async def both_dead() -> bool:
            return await consumer.count("inbox", "state = 'dead' AND attempts = 1") == 2

        await eventually(both_dead)

    async def test_services_start_in_any_order(self, world: World) -> None:
        producer, early = await pair(world)
        await world.run(producer)
        sent = [await producer.publish(f"t{number % 3}", number) for number in range(15)]

        async def sent_off() -> bool:
            return await producer.count("outbox") == 0

        await eventually(sent_off)  # nobody listens yet, and nothing waits for them
        await world.run(early)
        await assert_effects(early, sent)
        sent += [await producer.publish(f"t{number % 3}", number) for number in range(15)]
        await assert_effects(early, sent)
        late = await world.probe("late", producer.service)
        await world.run(late)
        sent += [await producer.publish(f"t{number % 3}", number) for number in range(15)]
        await assert_effects(late, sent)
        await assert_effects(early, sent)

    async def test_a_service_that_was_away_misses_nothing(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        away = await world.run(consumer)
        sent = [await producer.publish("t", 0)]
        await assert_effects(consumer, sent)
        await world.stop(away)
        sent += [await producer.publish("t", number) for number in range(1, 10)]
        await world.run(consumer)
        await assert_effects(consumer, sent)

    async def test_a_relay_killed_between_publish_and_delete(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(consumer)
        sent = [await producer.publish(f"t{number % 2}", number) for number in range(10)]
        await world.run_and_die(producer, "relay.published")
        assert await producer.count("outbox") == 10
        await assert_effects(consumer, sent)  # they were sent
        await world.run(producer)
        sent.append(await producer.publish("t0", 10))
        await assert_effects(consumer, sent)
        assert await producer.count("outbox") == 0

    async def test_a_consumer_killed_between_effect_and_commit(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        sent = [await producer.publish("t", number) for number in range(3)]
        await world.run_and_die(consumer, "inbox.handled")
        assert await consumer.effects() == []
        assert await consumer.count("inbox", "state = 'processing' AND attempts = 1") == 1
        await world.run(consumer)
        await assert_effects(consumer, sent)
        assert await consumer.count("inbox", "attempts = 2") == 1

    async def test_a_receiver_killed_between_store_and_acknowledgement(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        before = await world.run(consumer)
        sent = [await producer.publish("t", number) for number in range(2)]
        await assert_effects(consumer, sent)
        await world.stop(before)
        sent += [await producer.publish("t", number) for number in range(5)]
        await world.run_and_die(consumer, "receiver.stored")
        assert await consumer.count("inbox") == 3
        await world.run(consumer)
        await assert_effects(consumer, sent)

    async def test_two_relays_keep_the_order_also_when_the_active_one_is_cut_off(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(producer)
        await world.run(consumer)
        sent: list[UUID] = []
        for number in range(120):
            sent.append(await producer.publish(f"t{number % 5}", number))
            if number % 40 == 20:
                await cut_relay(world)
        await assert_effects(consumer, sent)

    async def test_the_transport_is_killed_in_mid_publish(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(consumer)
        sent = [await producer.publish("t0", 0)]
        await assert_effects(consumer, sent)
        await world.settle()
        crash = asyncio.create_task(world.crash_transport())
        number = 0
        while number < 100 or (number < 300 and not crash.done()):
            number += 1
            sent += await publish_if_up(producer, f"t{number % 5}", number)
        await crash
        sent += await publish_if_up(producer, "t0", number)
        await assert_effects(consumer, sent)

    async def test_the_trace_goes_along(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        with following_trace(TRACE):
            sent = await producer.publish("t", 1)
        await world.run(consumer)
        await assert_effects(consumer, [sent])
        assert decode(await stored_body(consumer, sent)).traceparent == TRACE


class TestPostgresTransport(TransportBehaviour):
    """The fixture of conftest.py is this one's."""


class TestRabbitTransport(TransportBehaviour):
    @pytest_asyncio.fixture
    async def world(self, postgres: PostgresServer, rabbitmq: RabbitBroker) -> AsyncIterator[World]:
        made = World(postgres, rabbitmq)
        yield made
        await made.close()

    async def test_the_network_is_cut_in_mid_publish(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(consumer)
        sent: list[UUID] = []
        for number in range(90):
            sent.append(await producer.publish(f"t{number % 5}", number))
            if number % 30 == 10:
                await world.rabbit.proxy.stop()
            if number % 30 == 20:
                await world.rabbit.proxy.start()
        await assert_effects(consumer, sent)

    async def test_the_database_is_killed_while_the_broker_is_up(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        await world.run(consumer)
        sent = [await producer.publish(f"t{number % 5}", number) for number in range(60)]
        await world.crash_database()
        sent += await publish_if_up(producer, "t0", 60)
        await assert_effects(consumer, sent)

    async def test_a_queue_that_somebody_deletes_comes_back_with_what_was_in_it(self, world: World) -> None:
        producer, consumer = await pair(world)
        await world.run(producer)
        running = await world.run(consumer)
        sent = [await producer.publish("t", 0)]
        await assert_effects(consumer, sent)
        await world.delete_queue(consumer)  # the broker tells the consumer nothing that it has to act upon
        sent.append(await producer.publish("t", 1))
        await assert_effects(consumer, sent)
        await world.stop(running)
        sent.append(await producer.publish("t", 2))

        async def in_the_queue() -> bool:
            return await producer.count("outbox") == 0

        await eventually(in_the_queue)
        await world.delete_queue(consumer)
        await world.run(consumer)
        await assert_effects(consumer, sent)


async def pair(world: World) -> tuple[Probe, Probe]:
    producer = await world.probe("producer", source="")
    return producer, await world.probe("consumer", producer.service)


def envelope_of(
    producer: Probe, thing: str, sequence: int, *, version: int = 1, data: dict[str, object] | None = None
) -> Envelope:
    event_type = f"{producer.service}.thing.happened.v{version}"
    return Envelope(
        type=event_type,
        source=source_of(event_type),
        subject=f"thing/{thing}",
        sequence=sequence,
        data=data or {"thing": thing, "number": sequence},
    )


def envelopes_of(producer: Probe, count: int) -> list[Envelope]:
    return [envelope_of(producer, "t", sequence) for sequence in range(1, count + 1)]


async def marker(world: World, producer: Probe) -> UUID:
    """One more event on a subject of its own: when it was handled, all before it was received."""
    envelope = envelope_of(producer, f"marker-{random.random()}", 1)
    transport = world.transport(producer)
    await transport.publish([envelope])
    await transport.close()
    return envelope.id


async def stored_body(consumer: Probe, event_id: UUID) -> bytes:
    async with consumer.database.engine.connect() as connection:
        statement = text("SELECT body FROM inbox WHERE event_id = :event_id")
        return (await connection.execute(statement, {"event_id": event_id})).scalar_one().encode()


async def receive_only(world: World, consumer: Probe, expected: int) -> None:
    """Receive `expected` events into the inbox while no worker runs."""
    transport = world.transport(consumer)
    inbox = Inbox(consumer.database, consumer.service)
    receiving = asyncio.create_task(
        transport.consume(consumer.service, [f"{consumer.source}.thing.happened.*"], inbox, asyncio.Event())
    )

    async def received() -> bool:
        return await consumer.count("inbox") == expected

    await eventually(received)
    await end_tasks([receiving])
    await transport.close()


async def cut_relay(world: World) -> None:
    """End the database connection of whoever holds the relay's lock."""
    async with world.admin() as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND granted AND d.datname = current_database()"
        )


async def publish_if_up(producer: Probe, thing: str, number: int) -> list[UUID]:
    """What was committed; nothing while the database is away (then the caller of a service sees an error, too)."""
    try:
        return [await producer.publish(thing, number)]
    except (OSError, DBAPIError):
        await asyncio.sleep(0)
        return []


async def eventually_effects(consumer: Probe, count: int) -> None:
    async def enough() -> bool:
        try:
            return len(await consumer.effects()) >= count
        except (OSError, DBAPIError):
            return False  # the database is on its way back

    await eventually(enough)


async def assert_effects(consumer: Probe, sent: Sequence[UUID]) -> None:
    """Each of `sent` has its effect, nothing else has one, none has two, and sequences grow within each subject."""
    await eventually_effects(consumer, len(sent))
    effects = await consumer.effects()
    assert len(effects) == len(sent)
    assert {effect.event_id for effect in effects} == set(sent)
    by_subject: dict[str, list[int]] = defaultdict(list)
    for effect in effects:
        by_subject[effect.subject].append(effect.sequence)
    for subject, sequences in by_subject.items():
        assert sequences == sorted(set(sequences)), subject
