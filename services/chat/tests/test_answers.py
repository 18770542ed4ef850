"""Questions answered as JSON: what is quoted, what is stored, and how a turn ends when something goes wrong."""

import asyncio
from typing import Any

import httpx
import pytest
from chat_stage import Scene, eventually
from sqlalchemy import func, select, text, update

from chat.models import Message
from chat.settings import Settings
from common.identity import HEADER


async def test_the_answer_quotes_the_section_and_cites_its_lines(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage"), document.hit("Login", 0.3)]
    conversation = await scene.conversation()

    answer = await scene.ask(conversation["id"], "Where are documents stored?")

    assert answer.status_code == 201
    asked, message = answer.json()["user_message"], answer.json()["assistant_message"]
    assert (asked["role"], asked["content"], asked["status"]) == ("user", "Where are documents stored?", "complete")
    assert (message["role"], message["status"], message["answered"]) == ("assistant", "complete", True)
    assert message["model"] == "extractive"
    assert message["usage"] == {"input_tokens": 0, "output_tokens": 0}
    citation = message["sources"][0]
    assert citation == {
        "n": 1,
        "document_id": document.id,
        "source_id": 7,
        "path": "docs/prd.md",
        "heading_path": ["Product", "Storage"],
        "anchor": "storage",
        "line_start": 7,
        "line_end": 7,
        "commit_sha": "c" * 40,
        "quote": "Documents are stored in Postgres with full text search.",
        "is_current": True,
    }
    assert f"> {citation['quote']} [1]" in message["content"]
    assert await scene.messages(conversation["id"]) == [asked, message]


async def test_the_identity_and_the_request_id_go_along_to_documents(scene: Scene) -> None:
    conversation = await scene.conversation()
    headers = scene.headers
    await scene.stage.client.post(
        f"/api/conversations/{conversation['id']}/messages",
        json={"content": "Where?"},
        headers=headers | {"X-Request-ID": "trace-me"},
    )
    (seen,) = scene.script.headers
    assert seen[HEADER.lower()] == headers[HEADER]
    assert seen["x-request-id"] == "trace-me"


async def test_each_document_is_read_once(scene: Scene) -> None:
    document = scene.document("# Product\n\n## Red\n\nThe red button stops.\n\n## Blue\n\nThe blue button starts.\n")
    scene.script.hits = [document.hit("Red"), document.hit("Blue")]
    message = await scene.answer("What does the button do?")
    assert [source["anchor"] for source in message["sources"]] == ["red", "blue"]
    assert scene.stage.documents.reads.count(document.id) == 1


async def test_a_quote_that_does_not_hold_is_dropped_with_its_mark(scene: Scene) -> None:
    lying = scene.document("# Product\n\n## Storage\n\nSomething else is written here.\n", "docs/lying.md")
    honest = scene.document()
    false_hit = lying.hit("Storage", 0.95) | {"text": "## Storage\n\nDocuments are stored on the moon."}
    scene.script.hits = [false_hit, honest.hit("Storage")]
    message = await scene.answer("Where are documents stored?")
    assert [(s["n"], s["document_id"]) for s in message["sources"]] == [(1, honest.id)]
    assert "moon" not in message["content"]
    assert "[1]" in message["content"]
    assert "[2]" not in message["content"]


@pytest.mark.parametrize("fault", ["gone", "wrong lines", "no such section"])
async def test_without_any_quote_that_holds_nothing_is_claimed(scene: Scene, fault: str) -> None:
    document = scene.document()
    hit = document.hit("Storage")
    if fault == "gone":
        del scene.stage.documents.documents[document.id]
    elif fault == "wrong lines":
        hit["line_start"] += 3
    else:
        hit["anchor"] = "cellar"
    scene.script.hits = [hit]
    message = await scene.answer("Where are documents stored?")
    assert (message["status"], message["answered"], message["sources"]) == ("complete", False, [])
    assert message["content"] == "The documents of this project don't seem to answer this."


async def test_a_question_beside_the_documents_names_the_nearest_sections(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage", 0.2), document.hit("Login", 0.1)]
    message = await scene.answer("Who won the football championship?")
    assert message["answered"] is False
    assert message["content"].startswith("The documents of this project don't seem to answer this.")
    assert [source["n"] for source in message["sources"]] == [1, 2]
    assert "**Product › Storage** (docs/prd.md) [1]" in message["content"]


async def test_what_was_answered_is_published_with_it(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    conversation = await scene.conversation()
    async with scene.stage.database.engine.connect() as connection:
        # The relay takes rows out of the outbox; the sequence stays and tells how many there were.
        query = text("SELECT value FROM outbox_sequence WHERE aggregate_type = 'conversation' AND aggregate_id = :id")
        where = {"id": str(conversation["id"])}
        await scene.ask(conversation["id"], "Where are documents stored?")
        assert await connection.scalar(query, where) == 1
        await connection.rollback()
        await scene.ask(conversation["id"], "Who won the football championship?")
        assert await connection.scalar(query, where) == 3


async def test_a_short_follow_up_searches_with_the_words_before(scene: Scene) -> None:
    conversation = await scene.conversation()
    await scene.ask(conversation["id"], "What is the status of story 3.2?")
    await scene.ask(conversation["id"], "And story 3.3?")
    queries = [search["query"] for search in scene.script.searches]
    assert queries == ["What is the status of story 3.2?", "And story 3.3? status"]


async def test_the_first_question_becomes_the_title(scene: Scene) -> None:
    conversation = await scene.conversation()
    assert conversation["title"] is None
    await scene.ask(conversation["id"], "How   is the\nindex built? " + "very " * 40)
    await scene.ask(conversation["id"], "And then?")
    found = (await scene.send("GET", f"/api/conversations/{conversation['id']}")).json()
    assert found["title"].startswith("How is the index built? very very")
    assert found["title"].endswith("…")
    assert len(found["title"]) <= 80
    assert found["message_count"] == 4


async def test_a_long_question_is_asked(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    question = ("Where are documents stored? " * 300)[:8_000].strip()
    assert (await scene.answer(question))["answered"] is True
    assert len(scene.script.searches[0]["query"]) == 1_000


@pytest.mark.parametrize("content", ["", "   ", "x" * 8_001, "nul \x00 here", None, 7])
async def test_content_out_of_bounds_is_refused(scene: Scene, content: object) -> None:
    conversation = await scene.conversation()
    answer = await scene.send("POST", f"/api/conversations/{conversation['id']}/messages", body={"content": content})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
    assert await scene.messages(conversation["id"]) == []


async def _failed(scene: Scene) -> tuple[httpx.Response, list[dict[str, Any]]]:
    conversation = await scene.conversation()
    scene.script.search_status = 503
    answer = await scene.ask(conversation["id"], "Where?")
    return answer, await scene.messages(conversation["id"])


async def test_documents_down_fails_the_answer_and_keeps_the_question(scene: Scene) -> None:
    answer, messages = await _failed(scene)
    assert (answer.status_code, answer.json()["error_code"]) == (503, "DOCUMENTS_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "5"
    assert len(scene.script.searches) == 2  # a search changes nothing, so it was tried once more
    assert [(m["role"], m["status"], m["error_code"]) for m in messages] == [
        ("user", "complete", None),
        ("assistant", "failed", "DOCUMENTS_UNAVAILABLE"),
    ]


async def test_a_failed_turn_does_not_block_the_next(scene: Scene) -> None:
    _, messages = await _failed(scene)
    scene.script.search_status = 200
    again = await scene.ask(messages[0]["conversation_id"], "Where?")
    assert again.status_code == 201


@pytest.mark.parametrize("body", [{}, {"results": [{"document_id": "?"}]}])
async def test_an_answer_of_documents_that_is_none_fails_the_turn(scene: Scene, body: dict[str, Any]) -> None:
    scene.script.search_body = body
    answer = await scene.ask((await scene.conversation())["id"], "Where?")
    assert (answer.status_code, answer.json()["error_code"]) == (503, "DOCUMENTS_UNAVAILABLE")


async def test_a_project_that_is_gone_fails_the_turn(scene: Scene) -> None:
    conversation = await scene.conversation()
    scene.script.is_known = False
    answer = await scene.ask(conversation["id"], "Where?")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")
    assert (await scene.messages(conversation["id"]))[1]["status"] == "failed"


async def test_a_turn_that_takes_too_long_fails(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    answer = await scene.ask(conversation["id"], "Where?")
    scene.script.gate.set()
    assert (answer.status_code, answer.json()["error_code"]) == (504, "ANSWER_TIMED_OUT")
    assert (await scene.messages(conversation["id"]))[1]["error_code"] == "ANSWER_TIMED_OUT"


async def test_one_turn_at_a_time(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    first = asyncio.create_task(scene.ask(conversation["id"], "Where?"))
    await scene.script.arrived.wait()
    second = await scene.ask(conversation["id"], "And when?")
    scene.script.gate.set()
    assert (second.status_code, second.json()["error_code"]) == (409, "TURN_IN_PROGRESS")
    assert (await first).status_code == 201
    assert len(await scene.messages(conversation["id"])) == 2


async def test_of_many_at_once_one_wins(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    asking = [asyncio.create_task(scene.ask(conversation["id"], f"Where {i}?")) for i in range(6)]

    async def five_refused() -> bool:
        return sum(task.done() for task in asking) == 5

    await eventually(five_refused)
    scene.script.gate.set()
    assert sorted([answer.status_code for answer in await asyncio.gather(*asking)]) == [201, 409, 409, 409, 409, 409]


async def test_a_stopped_answer_ends_at_once_as_stopped(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    asking = asyncio.create_task(scene.ask(conversation["id"], "Where?"))
    await scene.script.arrived.wait()
    running = (await scene.messages(conversation["id"]))[1]
    assert running["status"] == "streaming"

    stopped = await scene.send("POST", f"/api/messages/{running['id']}/stop")
    answer = await asking  # the documents service still hasn't answered
    scene.script.gate.set()

    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    assert (answer.status_code, answer.json()["assistant_message"]["status"]) == (201, "stopped")
    again = await scene.send("POST", f"/api/messages/{running['id']}/stop")
    assert again.json() == stopped.json()


async def test_stopping_what_has_ended_changes_nothing(scene: Scene) -> None:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    message = await scene.answer("Where are documents stored?")
    assert (await scene.send("POST", f"/api/messages/{message['id']}/stop")).json() == message


async def test_a_conversation_deleted_in_mid_turn_ends_the_turn(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    asking = asyncio.create_task(scene.ask(conversation["id"], "Where?"))
    await scene.script.arrived.wait()
    assert (await scene.send("DELETE", f"/api/conversations/{conversation['id']}")).status_code == 204
    scene.script.gate.set()
    assert (await asking).json()["error_code"] == "CONVERSATION_NOT_FOUND"


async def test_the_turn_of_a_dead_process_is_swept_up(scene: Scene) -> None:
    conversation = await scene.conversation()
    async with scene.stage.database.transaction() as session:
        session.add(
            Message(
                conversation_id=conversation["id"],
                role="assistant",
                content="",
                status="streaming",
                lease_until=func.now() + text("interval '1 hour'"),
            )
        )
    assert (await scene.ask(conversation["id"], "Where?")).status_code == 409
    async with scene.stage.database.transaction() as session:
        await session.execute(
            update(Message).where(Message.conversation_id == conversation["id"]).values(lease_until=func.now())
        )

    async def is_failed() -> bool:
        return (await scene.messages(conversation["id"]))[0]["status"] == "failed"

    await eventually(is_failed)
    (message,) = await scene.messages(conversation["id"])
    assert message["error_code"] == "ANSWER_INTERRUPTED"
    assert message["error_detail"] == "The service was restarted while it was answering. Ask again."


async def test_no_connection_is_held_while_documents_is_asked(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    asking = asyncio.create_task(scene.ask(conversation["id"], "Where?"))
    await scene.script.arrived.wait()
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'chat'"
        " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
    )

    async def none_open() -> bool:
        async with scene.stage.database.engine.connect() as connection:
            return await connection.scalar(query) == 0

    await eventually(none_open, 1.0)
    scene.script.gate.set()
    await asking


async def test_the_lease_outlives_the_turn(scene: Scene) -> None:
    scene.script.gate.clear()
    conversation = await scene.conversation()
    asking = asyncio.create_task(scene.ask(conversation["id"], "Where?"))
    await scene.script.arrived.wait()
    settings: Settings = scene.stage.settings
    async with scene.stage.database.transaction() as session:
        query = select(Message.lease_until - func.now()).where(
            Message.conversation_id == conversation["id"], Message.status == "streaming"
        )
        left = await session.scalar(query)
    scene.script.gate.set()
    await asking
    assert left is not None
    assert left.total_seconds() > settings.turn_timeout
