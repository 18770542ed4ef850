"""The Postgres bus trusts session_user and nothing else."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from common.testing.event_world import World

CALLS = {
    "publish": "SELECT bus.publish(ARRAY[gen_random_uuid()], ARRAY['{other}.thing.happened.v1'], ARRAY['x'])",
    "subscribe": "SELECT bus.subscribe('{other}', ARRAY['#'], 7)",
    "receive": "SELECT bus.receive('{other}', 10)",
    "acknowledge": "SELECT bus.acknowledge('{other}', ARRAY[1]::bigint[])",
    "reject": "SELECT bus.reject('{other}', 1, 'x')",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_service_can_not_act_as_another(world: World, call: str) -> None:
    attacker, other = await world.probe("attacker"), await world.probe("other")
    with pytest.raises(DBAPIError, match="is not service"):
        await attacker.execute(call.format(other=other.service))


@pytest.mark.parametrize("table", ["subscription", "event", "delivery", "dead"])
@pytest.mark.parametrize("statement", ["SELECT * FROM bus.{}", "DELETE FROM bus.{}"])
async def test_no_service_has_rights_on_the_tables(world: World, statement: str, table: str) -> None:
    probe = await world.probe("attacker")
    with pytest.raises(DBAPIError, match="permission denied"):
        await probe.execute(statement.format(table))


async def test_a_service_can_not_create_in_the_schema(world: World) -> None:
    probe = await world.probe("attacker")
    with pytest.raises(DBAPIError, match="permission denied"):
        await probe.execute("CREATE TABLE bus.mine (id int)")


async def test_a_malformed_pattern_is_refused(world: World) -> None:
    probe = await world.probe("listener")
    with pytest.raises(DBAPIError, match="malformed pattern"):
        await probe.execute(f"SELECT bus.subscribe('{probe.service}', ARRAY['(.*)'], 7)")


async def test_installing_again_keeps_what_is_there(world: World) -> None:
    probe = await world.probe("listener")
    await probe.execute(f"SELECT bus.subscribe('{probe.service}', ARRAY['a.b.c.*'], 7)")
    await world.probe("another")  # which installs the bus for its role too
    async with world.admin() as admin:
        assert await subscriptions(admin) == [(probe.service, "a.b.c.*")]


async def test_a_subscription_is_replaced_and_what_is_past_retention_goes(world: World) -> None:
    probe = await world.probe("listener")
    await probe.publish("t", 1)
    kind = f"{probe.service}.thing.happened.v1"
    await probe.execute(f"SELECT bus.publish(ARRAY[gen_random_uuid()], ARRAY['{kind}'], ARRAY['old'])")
    async with world.admin() as admin:
        await admin.execute("UPDATE bus.event SET published_at = now() - interval '8 days'")
        await probe.execute(f"SELECT bus.subscribe('{probe.service}', ARRAY['a.b.c.*'], 7)")
        assert await admin.fetchval("SELECT count(*) FROM bus.event") == 0
        await probe.execute(f"SELECT bus.subscribe('{probe.service}', ARRAY['d.e.f.*'], 7)")
        assert await subscriptions(admin) == [(probe.service, "d.e.f.*")]


async def subscriptions(admin: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await admin.fetch("SELECT service, pattern FROM bus.subscription")
    return [(row["service"], row["pattern"]) for row in rows]
