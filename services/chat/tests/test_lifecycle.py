"""What starting and stopping the service does to turns, and what its process answers besides the API."""

import asyncio

import pytest_asyncio
from chat_stage import Scene, Server, Stage, eventually
from sqlalchemy import text

from chat.app import create_app
from chat.events import PUBLISHED
from common.events.contracts import event_schema


@pytest_asyncio.fixture
async def second(stage: Stage) -> Server:
    """Another process of the service, as far as one process can tell."""
    server = Server(create_app(stage.settings.model_copy(update={"turn_timeout": 60.0})), patience=0)
    await server.open()
    return server


async def test_a_shutdown_interrupts_the_turn_and_says_so(scene: Scene, second: Server) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    path = f"{second.url}/api/conversations/{conversation['id']}/messages"
    asking = asyncio.create_task(scene.send("POST", path, body={"content": "Where?"}))
    await scene.script.arrived.wait()
    await second.close()
    scene.script.gate.set()
    await asyncio.gather(asking, return_exceptions=True)
    message = (await scene.messages(conversation["id"]))[1]
    assert message["status"] == "failed"
    assert message["error_code"] == "ANSWER_INTERRUPTED"


async def test_a_stop_reaches_a_turn_of_another_process(scene: Scene, second: Server) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    path = f"{second.url}/api/conversations/{conversation['id']}/messages"
    asking = asyncio.create_task(scene.send("POST", path, body={"content": "Where?"}))
    await scene.script.arrived.wait()
    message = (await scene.messages(conversation["id"]))[1]
    stopped = await scene.send("POST", f"/api/messages/{message['id']}/stop")
    scene.script.gate.set()
    answer = await asking
    await second.close()
    assert stopped.json()["status"] == "stopped"
    assert answer.json()["assistant_message"] == stopped.json()


async def test_health_metrics_and_documentation(stage: Stage) -> None:
    ready = await stage.client.get("/api/health/ready")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok"})
    assert "chat_turns_total" in (await stage.client.get("/metrics")).text
    document = (await stage.client.get("/api/openapi.json")).json()
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations))
    assert all(name.startswith("chat-") for name in operations)


async def test_published_events_leave_the_outbox(scene: Scene) -> None:
    await scene.answer("Where?")

    async def is_empty() -> bool:
        async with scene.stage.database.engine.connect() as connection:
            return await connection.scalar(text("SELECT count(*) FROM outbox")) == 0

    await eventually(is_empty)


def test_every_fact_has_an_example_that_fits_its_schema() -> None:
    for event in PUBLISHED:
        assert event_schema(event)["examples"]
