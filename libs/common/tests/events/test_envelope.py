"""The wire format: what we write we read, and nothing else gets past the decoder."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events import Envelope, UndecodableEvent
from common.events.envelope import decode, encode, family_of

NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, categories=("L", "N", "P")), min_size=1, max_size=60
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "type": "projects.project.created.v1",
    "source": "/projects",
    "subject": "project/7",
    "time": "2026-01-02T03:04:05.678901Z",
    "sequence": "0000000000000000012",
    "datacontenttype": "application/json",
    "data": {"project_id": 7},
}


@given(subject=NAMES, sequence=st.integers(1, 2**63 - 1), data=st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_is_read(subject: str, sequence: int, data: dict[str, Any]) -> None:
    envelope = Envelope("projects.project.created.v1", "/projects", subject, sequence, data)
    assert decode(encode(envelope)) == envelope


@given(st.binary(max_size=200))
def test_bytes_are_an_event_or_undecodable(raw: bytes) -> None:
    with pytest.raises(UndecodableEvent):
        decode(raw)


@given(st.sampled_from(sorted(GOOD)), VALUES)
def test_a_damaged_member_is_read_or_undecodable(member: str, value: object) -> None:
    raw = json.dumps(GOOD | {member: value}).encode()
    try:
        read = decode(raw)
    except UndecodableEvent:
        return
    assert read.subject.isprintable()
    assert read.sequence >= 1


def test_the_form_is_that_of_cloudevents() -> None:
    envelope = Envelope(
        id=UUID(GOOD["id"]),
        type=GOOD["type"],
        source=GOOD["source"],
        subject=GOOD["subject"],
        sequence=12,
        time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        data=GOOD["data"],
    )
    assert json.loads(encode(envelope)) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"id": "7"},
        {"type": "projects.created"},
        {"type": "projects.project.created"},
        {"source": ""},
        {"subject": "a\x00b"},
        {"subject": "\ud800"},
        {"subject": "x" * 501},
        {"time": "2026-01-02T03:04:05"},
        {"time": "yesterday"},
        {"sequence": "0"},
        {"sequence": "-1"},
        {"sequence": "9223372036854775808"},
        {"sequence": 12},
        {"data": []},
        {"data": None},
    ],
    ids=str,
)
def test_what_can_not_be_stored_is_undecodable(change: dict[str, Any]) -> None:
    with pytest.raises(UndecodableEvent):
        decode(json.dumps(GOOD | change).encode())


HOSTILE = {"utf8": b"\xff\xfe", "deep": b"[" * 100_000, "long": b"7" * 10_000, "nul": b'{"a": \x00}'}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_undecodable(raw: bytes) -> None:
    with pytest.raises(UndecodableEvent):
        decode(raw)


def test_unknown_members_are_ignored_and_a_damaged_trace_is_dropped() -> None:
    assert decode(json.dumps(GOOD | {"causationid": "x", "traceparent": "nonsense"}).encode()).traceparent is None


def test_a_family_is_the_type_without_its_version() -> None:
    assert family_of("projects.project.created.v12") == "projects.project.created"
