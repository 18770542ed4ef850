"""Answers as server-sent events."""

import asyncio
from typing import Any

import pytest
from chat_stage import Scene, eventually

SSE = {"Accept": "text/event-stream"}


async def _all(scene: Scene, question: str, search_status: int = 200) -> list[tuple[str, Any]]:
    conversation = await scene.conversation()
    scene.script.search_status = search_status
    async with scene.stream(conversation["id"], question) as events:
        return [event async for event in events]


async def test_the_events_come_in_their_order_and_add_up_to_the_message(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Login"), document.hit("Storage", 0.3)]
    events = await _all(scene, "How do users log in with a password?")
    names = [name for name, _ in events]
    assert names == [
        "message.started",
        "retrieval",
        *["token"] * names.count("token"),
        *["citation"] * names.count("citation"),
        "message.completed",
    ]
    message = events[-1][1]
    assert events[0][1]["message_id"] == message["id"]
    assert events[0][1]["user_message"]["content"] == "How do users log in with a password?"
    assert events[1][1] == {"hits": 2}
    assert "".join(data["text"] for name, data in events if name == "token") == message["content"]
    assert [data for name, data in events if name == "citation"] == message["sources"]
    assert message["sources"]
    assert (await scene.messages(message["conversation_id"]))[1] == message


async def test_a_failure_ends_the_stream_with_a_problem(scene: Scene) -> None:
    events = await _all(scene, "Where?", search_status=503)
    assert [name for name, _ in events] == ["message.started", "message.failed"]
    problem = events[-1][1]
    assert (problem["status"], problem["error_code"]) == (503, "DOCUMENTS_UNAVAILABLE")
    assert problem["request_id"]


async def test_a_stop_ends_the_stream_with_the_stopped_message(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    async with scene.stream(conversation["id"], "Where?") as events:
        _, started = await anext(events)
        await scene.script.arrived.wait()
        await scene.send("POST", f"/api/messages/{started['message_id']}/stop")
        rest = [event async for event in events]
    scene.script.gate.set()
    assert [name for name, _ in rest] == ["message.completed"]
    assert rest[0][1]["status"] == "stopped"


async def test_a_caller_who_leaves_finds_the_answer_later(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    scene.script.gate.clear()
    conversation = await scene.conversation()
    async with scene.stream(conversation["id"], "Where are documents stored?") as events:
        assert (await anext(events))[0] == "message.started"
        await scene.script.arrived.wait()
    scene.script.gate.set()

    async def is_complete() -> bool:
        return (await scene.messages(conversation["id"]))[1]["status"] == "complete"

    await eventually(is_complete)
    assert (await scene.messages(conversation["id"]))[1]["answered"] is True


async def test_errors_before_the_turn_are_plain_problems(scene: Scene) -> None:
    path = "/api/conversations/999999999/messages"
    answer = await scene.send("POST", path, body={"content": "Where?"}, **SSE)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "CONVERSATION_NOT_FOUND")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("*/*", False),
        ("application/json", False),
        ("text/*", False),
        ("text/event-stream;q=0", False),
        ("text/event-stream; q=0.0", False),
        ("text/event-stream", True),
        ("Text/Event-Stream; q=0.9", True),
        ("application/json, text/event-stream", True),
    ],
)
async def test_only_who_names_the_type_gets_a_stream(scene: Scene, accept: str, *, streams: bool) -> None:
    conversation = await scene.conversation()
    path = f"/api/conversations/{conversation['id']}/messages"
    answer = await scene.send("POST", path, body={"content": "Where?"}, Accept=accept)
    if streams:
        assert answer.status_code == 200
        assert answer.text.endswith("\n\n")
        assert answer.text.count("event: message.completed") == 1
    else:
        assert answer.status_code == 201
        assert set(answer.json()) == {"user_message", "assistant_message"}


async def test_two_conversations_stream_side_by_side(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    both = await asyncio.gather(*(_all(scene, "Where are documents stored?") for _ in range(2)))
    assert [events[-1][0] for events in both] == ["message.completed"] * 2
    assert both[0][-1][1]["id"] != both[1][-1][1]["id"]
