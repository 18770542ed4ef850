"""Conversations: their shape, who sees them, pages, export, feedback."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from chat_stage import Scene

from common.identity import Identity


async def test_the_built_in_provider_is_there_and_the_default(scene: Scene) -> None:
    page = (await scene.send("GET", "/api/llm-providers")).json()
    assert page["next_cursor"] is None
    (provider,) = page["items"]
    assert provider.pop("created_at").endswith("Z")
    assert isinstance(provider.pop("id"), int)
    assert provider == {
        "name": "Excerpts",
        "kind": "extractive",
        "model": "extractive",
        "base_url": None,
        "has_api_key": False,
        "settings": {},
        "is_default": True,
    }


async def test_create_read_rename_delete(scene: Scene) -> None:
    created = await scene.send("POST", f"/api/projects/{scene.project_id}/conversations", body={"title": " Storage "})
    assert created.status_code == 201
    made = created.json()
    assert set(made) == {
        "id",
        "project_id",
        "title",
        "llm_provider_id",
        "created_at",
        "updated_at",
        "message_count",
    }
    assert (made["project_id"], made["title"], made["message_count"]) == (scene.project_id, "Storage", 0)
    where = created.headers["Location"]
    assert where == f"/api/conversations/{made['id']}"
    assert (await scene.send("GET", where)).json() == made | {"messages": []}

    renamed = await scene.send("PATCH", where, body={"title": "Disks"})
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Disks")
    assert renamed.json()["updated_at"] > made["updated_at"]

    assert (await scene.send("DELETE", where)).status_code == 204
    gone = await scene.send("GET", where)
    assert (gone.status_code, gone.json()["error_code"]) == (404, "CONVERSATION_NOT_FOUND")
    assert gone.json()["detail"] == f"Conversation {made['id']} not found"


async def test_the_provider_can_be_chosen_and_unchosen(scene: Scene) -> None:
    provider = (await scene.send("GET", "/api/llm-providers")).json()["items"][0]["id"]
    made = await scene.conversation(llm_provider_id=provider)
    assert made["llm_provider_id"] == provider
    where = f"/api/conversations/{made['id']}"
    assert (await scene.send("PATCH", where, body={"title": "x"})).json()["llm_provider_id"] == provider
    assert (await scene.send("PATCH", where, body={"llm_provider_id": None})).json()["llm_provider_id"] is None
    unknown = await scene.send("PATCH", where, body={"llm_provider_id": 424242})
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "LLM_PROVIDER_NOT_FOUND")


@pytest.mark.parametrize("title", ["", "  ", "x" * 256, "nul \x00", 7])
async def test_titles_out_of_bounds_are_refused(scene: Scene, title: object) -> None:
    answer = await scene.send("POST", f"/api/projects/{scene.project_id}/conversations", body={"title": title})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_project_that_documents_does_not_know(scene: Scene, method: str) -> None:
    scene.script.is_known = False
    answer = await scene.send(method, f"/api/projects/{scene.project_id}/conversations", body={})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_whether_a_project_exists_is_not_guessed_while_documents_is_down(scene: Scene, method: str) -> None:
    scene.script.search_status = 503
    answer = await scene.send(method, f"/api/projects/{scene.project_id}/conversations", body={})
    assert (answer.status_code, answer.json()["error_code"]) == (503, "DOCUMENTS_UNAVAILABLE")


async def test_pages_hold_each_conversation_once_newest_use_first(scene: Scene) -> None:
    made = [(await scene.conversation(title=str(number)))["id"] for number in range(5)]
    await scene.send("PATCH", f"/api/conversations/{made[1]}", body={"title": "used again"})
    path = f"/api/projects/{scene.project_id}/conversations?limit=2"
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await scene.send("GET", path + cursor)).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [made[1], made[4], made[3], made[2], made[0]]


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwxXQ", "WzkyMjMzNzIwMzY4NTQ3NzU4MDcsMV0"])
async def test_a_damaged_cursor_is_said_to_be_one(scene: Scene, cursor: str) -> None:
    answer = await scene.send("GET", f"/api/projects/{scene.project_id}/conversations?cursor={cursor}")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "CURSOR_INVALID")


async def test_conversations_are_private_even_from_administrators(scene: Scene) -> None:
    made = await scene.conversation(title="mine")
    admin = Identity(user_id="boss", name="Boss", is_admin=True, projects=None)
    for other in (admin, replace(scene.identity, user_id="colleague")):
        theirs = replace(scene, identity=other)
        listed = (await theirs.send("GET", f"/api/projects/{scene.project_id}/conversations")).json()
        assert listed["items"] == []
        assert (await theirs.send("GET", f"/api/conversations/{made['id']}")).status_code == 404


async def test_who_lost_the_project_lost_its_conversations(scene: Scene) -> None:
    made = await scene.conversation()
    outside = replace(scene, identity=replace(scene.identity, projects=frozenset()))
    assert (await outside.send("GET", f"/api/conversations/{made['id']}")).status_code == 404
    assert (await outside.send("GET", f"/api/projects/{scene.project_id}/conversations")).status_code == 404
    assert (await outside.send("GET", "/api/stats/chat")).json() == {"conversations": 0}


async def test_statistics_count_ones_own(scene: Scene) -> None:
    for _ in range(3):
        await scene.conversation()
    assert (await scene.send("GET", "/api/stats/chat")).json() == {"conversations": 3}


async def _asked(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    conversation = await scene.conversation()
    answer = await scene.ask(conversation["id"], "Where are documents stored?")
    return answer.json()["user_message"], answer.json()["assistant_message"]


async def test_feedback_is_kept_and_replaced(scene: Scene) -> None:
    asked, message = await _asked(scene)
    path = f"/api/messages/{message['id']}/feedback"
    first = (await scene.send("POST", path, body={"rating": "up"})).json()
    second = (await scene.send("POST", path, body={"rating": "down", "comment": "Too short"})).json()
    assert (first["rating"], first["comment"]) == ("up", None)
    assert (second["message_id"], second["rating"], second["comment"]) == (message["id"], "down", "Too short")
    assert (await scene.send("POST", path, body={"rating": "meh"})).status_code == 422
    question = await scene.send("POST", f"/api/messages/{asked['id']}/feedback", body={"rating": "up"})
    assert (question.status_code, question.json()["error_code"]) == (409, "MESSAGE_NOT_AN_ANSWER")
    unknown = await scene.send("POST", "/api/messages/999999999/feedback", body={"rating": "up"})
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "MESSAGE_NOT_FOUND")


async def test_two_ratings_at_once_are_one(scene: Scene) -> None:
    _, message = await _asked(scene)
    path = f"/api/messages/{message['id']}/feedback"
    answers = await asyncio.gather(*(scene.send("POST", path, body={"rating": "up"}) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}


async def test_the_export_holds_questions_answers_and_sources(scene: Scene) -> None:
    _, message = await _asked(scene)
    answer = await scene.send("GET", f"/api/conversations/{message['conversation_id']}/export?format=md")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.startswith("# Where are documents stored?\n")
    assert "> Where are documents stored?\n" in answer.text
    assert message["content"] in answer.text
    assert "1. docs/prd.md#storage, lines 7–7 at cccccccccccc" in answer.text
    other = await scene.send("GET", f"/api/conversations/{message['conversation_id']}/export?format=pdf")
    assert other.status_code == 422
