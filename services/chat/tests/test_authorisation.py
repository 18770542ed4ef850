"""No route answers without an identity, with somebody else's, or for a project that one may not see."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from chat_stage import Scene
from pydantic import SecretStr

from chat.app import create_app
from chat.settings import Settings
from common.identity import generate_key_pair
from common.testing.plugin import IdentityKeys

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/projects/{project_id}/conversations"): {},
    ("patch", "/api/conversations/{conversation_id}"): {"title": "stolen"},
    ("post", "/api/conversations/{conversation_id}/messages"): {"content": "Where?"},
    ("post", "/api/messages/{message_id}/feedback"): {"rating": "up"},
}
WITHOUT_OBJECT = {"/api/llm-providers", "/api/stats/chat"}


def _routes() -> Iterator[tuple[str, str]]:
    settings = Settings(
        database_url=SecretStr("postgresql+asyncpg://nobody@127.0.0.1:1/none"),
        identity_public_key=generate_key_pair()[1],
    )
    for path, methods in create_app(settings).openapi()["paths"].items():
        for method in methods:
            yield method, path


ROUTES = sorted(_routes())


def test_every_payload_here_belongs_to_a_route() -> None:
    assert set(BODIES) <= set(ROUTES)
    assert len(ROUTES) >= 14


def _path(path: str, **ids: int) -> str:
    return path.format(**({"event_id": "0190d3c5-7d3e-7000-8000-000000000000"} | ids))


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_valid_identity(scene: Scene, method: str, path: str) -> None:
    where = _path(path, project_id=scene.project_id, conversation_id=1, message_id=1)
    strangers = IdentityKeys(*generate_key_pair()).headers(scene.identity)
    for_another_service = scene.stage.keys.headers(scene.identity, "documents")
    for headers in ({}, strangers, for_another_service):
        answer = await scene.stage.client.request(method, where, json=BODIES.get((method, path)), headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "IDENTITY_REQUIRED")


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if "/api/events/" in route[1]])
async def test_dead_letters_are_for_administrators(scene: Scene, method: str, path: str) -> None:
    answer = await scene.send(method, _path(path))
    assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("method", "path"), [r for r in ROUTES if "/api/events/" not in r[1] and r[1] not in WITHOUT_OBJECT]
)
async def test_what_one_may_not_see_is_not_found(scene: Scene, method: str, path: str) -> None:
    conversation = await scene.conversation(title="mine")
    message = (await scene.ask(conversation["id"], "Where?")).json()["assistant_message"]
    ids = {"project_id": scene.project_id, "conversation_id": conversation["id"], "message_id": message["id"]}
    expelled = replace(scene, identity=replace(scene.identity, projects=frozenset({scene.project_id + 10_000})))
    others: list[Scene] = [expelled]
    if "{project_id}" not in path:
        others.append(replace(scene, identity=replace(scene.identity, user_id="stranger")))
    for other in others:
        answer: httpx.Response = await other.send(method, _path(path, **ids), body=BODIES.get((method, path)))
        assert answer.status_code == 404, (other.identity, answer.text)
    kept = (await scene.send("GET", f"/api/conversations/{conversation['id']}")).json()
    assert (kept["title"], kept["message_count"]) == ("mine", 2)
