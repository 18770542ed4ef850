"""The short form of the fault suite, which `make faults` runs for as long as you like: a kill in each trial."""

import pytest

from tests.faults.stack import Stack, TransportName
from tests.faults.trial import Trials

pytestmark = pytest.mark.e2e

VICTIMS: dict[TransportName, list[str]] = {
    "postgres": ["worker", "postmaster", "relay of projects"],
    "rabbitmq": ["broker", "relay of documents"],
}


@pytest.mark.parametrize("transport", ["postgres", "rabbitmq"])
async def test_index_and_events_survive_whatever_dies(transport: TransportName) -> None:
    stack = Stack(transport)
    try:
        trials = Trials(stack, "short", documents=(30, 40))
        await trials.begin()
        for number, victim in enumerate(VICTIMS[transport], start=1):
            trial = await trials.run(number, [victim])
            assert trial.violations == [], f"{trial.line()}; its logs are in {stack.folder}"
            assert list(trial.kills) == [victim]
        if transport == "postgres":
            await check_a_second_start(stack)
    finally:
        await stack.stop()
    stack.discard()


async def check_a_second_start(stack: Stack) -> None:
    """A stop leaves no process, and the next start finds everything again."""
    before = await shown(stack)
    await stack.stop_hub()
    assert [process.command for process in await stack.orphans()] == []
    stack.launch()
    await stack.until_launched()
    assert await shown(stack) == before


async def shown(stack: Stack) -> list[object]:
    projects = (await stack.client.get("/api/projects")).json()["items"]
    paths = [f"/api/projects/{project['id']}/documents?limit=200" for project in projects]
    return [projects, *[(await stack.client.get(path)).json() for path in paths]]
