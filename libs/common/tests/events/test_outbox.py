"""Sequences, the order of commits, and the relay's handling of what can't be sent."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text

from common.events import Backoff, Envelope, Event, PostgresTransport
from common.events.relay import Relay
from common.events.tasks import end_tasks
from common.events.transport import Receiver
from common.testing.event_probe import Probe
from common.testing.event_world import World, eventually


class PickyTransport:
    """Confirms everything except one subject; remembers what it was given."""

    def __init__(self, refused: str) -> None:
        self.refused = refused
        self.given: list[Envelope] = []

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        self.given += envelopes
        return {envelope.id for envelope in envelopes if envelope.subject != self.refused}

    async def consume(self, service: str, patterns: Sequence[str], receiver: Receiver, wake: asyncio.Event) -> None:
        raise NotImplementedError

    def wake_channel(self, service: str) -> str | None:
        return None

    async def close(self) -> None: ...


async def test_concurrent_writers_leave_no_gap_and_no_double(world: World) -> None:
    probe = await world.probe("writer")
    await asyncio.gather(*(probe.publish(f"t{number % 3}", number) for number in range(60)))
    async with probe.database.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT aggregate_id, sequence FROM outbox ORDER BY id"))).all()
    for thing in ("t0", "t1", "t2"):
        # The id order, which the relay follows, is the sequence order: both are given out under the same row lock.
        assert [row.sequence for row in rows if row.aggregate_id == thing] == list(range(1, 21))


async def test_one_aggregate_that_can_not_be_sent_holds_up_only_itself(world: World) -> None:
    probe = await world.probe("writer")
    for number in range(250):  # more than a batch of the stuck one
        await probe.publish("stuck", number)
    await probe.publish("free", 1)
    transport = PickyTransport("thing/stuck")
    running = asyncio.create_task(relay_of(probe, transport).run())

    async def only_the_stuck_are_left() -> bool:
        return await probe.count("outbox") == 250 and await probe.count("outbox", "aggregate_id = 'stuck'") == 250

    await eventually(only_the_stuck_are_left)
    transport.refused = "nothing"

    async def all_sent() -> bool:
        return await probe.count("outbox") == 0

    await eventually(all_sent)
    await end_tasks([running])


async def test_one_of_two_relays_works_and_the_other_takes_over(world: World) -> None:
    probe = await world.probe("writer")
    transports = [PickyTransport("none"), PickyTransport("none")]
    running = [asyncio.create_task(relay_of(probe, transport).run()) for transport in transports]
    await send_all(probe, 30)
    standby, active = sorted(transports, key=lambda transport: len(transport.given))
    assert [len(standby.given), len(active.given)] == [0, 30]
    await end_tasks([running[transports.index(active)]])
    await send_all(probe, 30)
    assert [len(standby.given), len(active.given)] == [30, 30]
    await end_tasks([running[transports.index(standby)]])


async def test_an_event_that_the_bus_refuses_holds_up_no_other(world: World) -> None:
    probe, victim = await world.probe("forger"), await world.probe("victim")
    await world.run(victim)
    transport = PostgresTransport(probe.database)
    forged = Envelope(f"{victim.service}.thing.happened.v1", "/forged", "thing/1", 1, {"thing": "1", "number": 1})
    honest = Envelope(f"{probe.service}.thing.happened.v1", "/honest", "thing/1", 1, {"thing": "1", "number": 1})
    assert await transport.publish([forged, honest]) == {honest.id}
    own = await victim.publish("t", 1)

    async def handled() -> bool:
        return [effect.event_id for effect in await victim.effects()] == [own]

    await eventually(handled)


async def test_a_malformed_type_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"not of the form"):

        class Wrong(Event):  # pyright: ignore[reportUnusedClass] - defining it is the test
            type: ClassVar[str] = "wrong"


async def test_the_sequence_survives_its_events(world: World) -> None:
    probe = await world.probe("writer")
    await probe.publish("t", 1)
    await probe.execute("DELETE FROM outbox")
    await probe.publish("t", 2)
    assert await last_sequence(probe) == 2


def relay_of(probe: Probe, transport: PickyTransport) -> Relay:
    wake = asyncio.Event()
    return Relay(probe.database, probe.service, transport, wake, backoff=Backoff(0.01, 0.05), poll_seconds=0.05)


async def send_all(probe: Probe, count: int) -> None:
    """Publish `count` events, each in its own transaction, and wait until they are sent."""
    for number in range(count):
        await probe.publish("t", number)

    async def sent() -> bool:
        return await probe.count("outbox") == 0

    await eventually(sent)


async def last_sequence(probe: Probe) -> int:
    async with probe.database.engine.connect() as connection:
        return (await connection.execute(text("SELECT max(sequence) FROM outbox"))).scalar_one()
