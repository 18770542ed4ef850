"""Without a browser: what the API gives out of hostile documents can neither run nor load anything."""

from collections.abc import Iterator

import pytest

from tests.e2e.hub import Hub
from tests.web import payloads
from tests.web.harmless import dangers
from tests.web.hostile import gauges, hostile_files
from tests.web.seeding import Seeded
from tests.web.site import Site

pytestmark = pytest.mark.web

QUESTIONS = ("Which marzipan gauge reads what on a calm day?", *payloads.SHORT)


def documents(hub: Hub, project: Seeded) -> Iterator[tuple[str, dict[str, str]]]:
    for path, number in project.documents.items():
        yield path, hub.call("GET", f"/api/documents/{number}")


def test_dangers_are_recognised() -> None:
    found = {payload: dangers(payload) for payload in (*payloads.EVENT_HANDLERS, *payloads.FOREIGN_ELEMENTS)}
    assert [payload for payload, what in found.items() if not what] == []
    assert dangers('<a href=" java\tscript:alert(1)">x</a>')
    assert dangers("<img src='\\\\elsewhere/x'>")
    assert dangers('<p id="x" title="javascript:"><a href="docs/a.md#b">x</a><img src="a b.png" alt=""></p>') == []


def test_no_document_is_lost(hostile: Seeded, canary: Site) -> None:
    assert set(hostile.documents) == set(hostile_files(canary.url))


def test_rendered_documents_are_harmless(hub: Hub, hostile: Seeded) -> None:
    found = {path: dangers(document["html"]) for path, document in documents(hub, hostile)}
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize("group", payloads.GROUPS)
def test_no_payload_hides_the_next(hub: Hub, hostile: Seeded, group: str) -> None:
    html = hub.call("GET", f"/api/documents/{hostile.documents[f'docs/{group}.md']}")["html"]
    assert [sentence for sentence in gauges(group) if sentence not in html] == []


def test_raw_files_are_never_pages(hub: Hub, hostile: Seeded) -> None:
    for path, number in hostile.documents.items():
        answer = hub.client.get(f"/api/documents/{number}/raw")
        assert answer.headers["content-type"].split(";")[0] not in ("text/html", "image/svg+xml", "text/xml"), path
        assert answer.headers["x-content-type-options"] == "nosniff", path


def test_snippets_hold_nothing_but_marks(hub: Hub, hostile: Seeded) -> None:
    for query in QUESTIONS:
        hits = hub.search(hostile.id, query, limit=50)
        assert hits, query
        for hit in hits:
            left = hit["snippet"].replace("<mark>", "").replace("</mark>", "")
            assert not set(left) & {"<", ">"}, hit


def test_answers_quote_payloads_as_they_are(hub: Hub, hostile: Seeded) -> None:
    """What the browser tests of the chat rely on: their conversation holds what a browser could run."""
    messages = hub.call("GET", f"/api/conversations/{hostile.conversation_id}")["messages"]
    answers = [message["content"] for message in messages if message["role"] == "assistant"]
    assert len(answers) == len(hostile.message_ids)
    assert sum("alert(1)" in answer or "CANARY" in answer for answer in answers) >= len(payloads.GROUPS) - 1
    assert any("<img src=x" in answer for answer in answers)
