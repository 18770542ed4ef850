"""What facts of other services do here, in any order, any number of times."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from chat_stage import Document, Scene

from chat.consumers import (
    DocumentChanged,
    DocumentRemoved,
    ProjectDeleted,
    consumers,
    document_changed,
    document_removed,
    project_deleted,
)
from common.events import EventMeta
from common.testing.contracts import assert_consumer_accepts

SERVICES = Path(__file__).parents[2]
LATER = timedelta(minutes=5)


def _meta(sequence: int, *, after: timedelta = LATER) -> EventMeta:
    return EventMeta(uuid4(), "a.b.c.v1", "document/1", sequence, datetime.now(UTC) + after, None)


async def _change(scene: Scene, document: Document, sequence: int, *, after: timedelta = LATER, **fields: Any) -> None:
    values: dict[str, Any] = {"path": document.path, "blob_sha": "d" * 40, "changed_anchors": ["storage"]} | fields
    event = DocumentChanged(document_id=document.id, **values)
    async with scene.stage.database.transaction() as session:
        await document_changed(session, event, _meta(sequence, after=after))


async def _remove(scene: Scene, document: Document, sequence: int, *, after: timedelta = LATER) -> None:
    async with scene.stage.database.transaction() as session:
        await document_removed(session, DocumentRemoved(document_id=document.id), _meta(sequence, after=after))


async def _cited(scene: Scene) -> tuple[Document, int]:
    """A document whose section Storage is cited, and the conversation with the citation."""
    document = scene.document()
    scene.script.hits = [document.hit("Storage")]
    message = await scene.answer("Where are documents stored?")
    assert [source["anchor"] for source in message["sources"]] == ["storage"]
    return document, message["conversation_id"]


async def _source(scene: Scene, conversation_id: int) -> dict[str, Any]:
    return (await scene.messages(conversation_id))[1]["sources"][0]


@pytest.mark.parametrize(
    ("anchors", "is_current"),
    [(["storage"], False), (["login", "storage"], False), (None, False), (["login"], True), ([""], True), ([], True)],
)
async def test_a_change_marks_citations_of_the_sections_it_names(
    scene: Scene, anchors: list[str] | None, *, is_current: bool
) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1, changed_anchors=anchors)
    assert (await _source(scene, conversation_id))["is_current"] is is_current


async def test_a_later_change_elsewhere_makes_nothing_current_again(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1)
    await _change(scene, document, 2, blob_sha="e" * 40, changed_anchors=["login"])
    assert (await _source(scene, conversation_id))["is_current"] is False


async def test_the_cited_text_coming_back_is_current_again(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1)
    await _change(scene, document, 2, blob_sha=document.blob_sha)
    assert (await _source(scene, conversation_id))["is_current"] is True


async def test_an_older_event_that_comes_late_has_no_effect(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 5, blob_sha=document.blob_sha)
    await _change(scene, document, 4, path="docs/old.md")
    await _remove(scene, document, 3)
    source = await _source(scene, conversation_id)
    assert (source["is_current"], source["path"]) == (True, "docs/prd.md")


async def test_the_event_of_what_was_cited_leaves_it_current(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1, blob_sha=document.blob_sha)
    assert (await _source(scene, conversation_id))["is_current"] is True


async def test_an_event_from_before_the_citation_leaves_it_current(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1, after=-LATER)
    assert (await _source(scene, conversation_id))["is_current"] is True


async def test_a_change_that_was_told_before_the_citation_was_stored_counts(scene: Scene) -> None:
    document = scene.document()
    await _change(scene, document, 1, path="docs/moved.md")
    scene.script.hits = [document.hit("Storage")]
    message = await scene.answer("Where are documents stored?")
    assert (message["sources"][0]["is_current"], message["sources"][0]["path"]) == (False, "docs/moved.md")


async def test_a_rename_is_followed(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _change(scene, document, 1, path="docs/new.md", blob_sha=document.blob_sha, changed_anchors=[])
    source = await _source(scene, conversation_id)
    assert (source["path"], source["is_current"]) == ("docs/new.md", True)


async def test_a_removed_document_has_no_current_citation(scene: Scene) -> None:
    document, conversation_id = await _cited(scene)
    await _remove(scene, document, 1)
    assert (await _source(scene, conversation_id))["is_current"] is False


async def test_other_documents_are_left_alone(scene: Scene) -> None:
    _, conversation_id = await _cited(scene)
    await _remove(scene, scene.document(), 1)
    assert (await _source(scene, conversation_id))["is_current"] is True


async def test_a_deleted_project_takes_its_conversations_along_for_good(scene: Scene) -> None:
    _, conversation_id = await _cited(scene)
    for _ in range(2):
        async with scene.stage.database.transaction() as session:
            await project_deleted(session, ProjectDeleted(project_id=scene.project_id), _meta(1))
    assert (await scene.send("GET", f"/api/conversations/{conversation_id}")).status_code == 404
    # The documents service may not have heard of it yet.
    again = await scene.send("POST", f"/api/projects/{scene.project_id}/conversations", body={})
    assert (again.status_code, again.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


@pytest.mark.parametrize("consumer", consumers.all(), ids=lambda consumer: consumer.event_type)
def test_our_models_take_what_the_producers_promise(consumer: Any) -> None:
    producer = consumer.event_type.split(".")[0]
    assert_consumer_accepts(consumer.model, SERVICES / producer / "contracts" / f"{consumer.event_type}.json")
