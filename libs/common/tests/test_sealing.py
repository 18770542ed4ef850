"""Secrets at rest."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sealing import SealBroken, SealingKeys, generate_key

OLD, NEW = generate_key(), generate_key()
PLACE = "projects.source.credential:12"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again_and_shows_nothing(secret: str) -> None:
    keys = SealingKeys.parse(OLD)
    sealed = keys.seal(secret, PLACE)
    assert keys.open(sealed, PLACE) == secret
    assert len(secret) < 8 or secret not in sealed
    assert sealed != keys.seal(secret, PLACE)


def test_keys_are_never_shown() -> None:
    keys = SealingKeys.parse(OLD)
    assert not any(str(key) in repr(keys) + str(keys) for key in keys.keys.values())


def test_it_opens_nowhere_else() -> None:
    keys = SealingKeys.parse(OLD)
    with pytest.raises(SealBroken, match="belongs elsewhere"):
        keys.open(keys.seal("token", PLACE), "projects.source.credential:13")


def test_a_changed_text_does_not_open() -> None:
    keys = SealingKeys.parse(OLD)
    sealed = keys.seal("token", PLACE)
    other = "A" if sealed[-3] != "A" else "B"
    for damaged in (sealed[:-3] + other + sealed[-2:], sealed[:-8], sealed.replace("v1", "v2"), "", "v1..", "v1.é.x"):
        with pytest.raises(SealBroken):
            keys.open(damaged, PLACE)


def test_keys_are_rotated() -> None:
    sealed = SealingKeys.parse(OLD).seal("token", PLACE)
    both = SealingKeys.parse(f"{NEW},{OLD}")
    assert both.open(sealed, PLACE) == "token"
    assert not both.is_current(sealed)
    again = both.seal("token", PLACE)
    assert both.is_current(again)
    assert SealingKeys.parse(NEW).open(again, PLACE) == "token"
    with pytest.raises(SealBroken, match="isn't among the keys"):
        SealingKeys.parse(NEW).open(sealed, PLACE)


def test_a_proof_holds_for_one_request_and_by_any_shared_key() -> None:
    old, both = SealingKeys.parse(OLD), SealingKeys.parse(f"{NEW} {OLD}")
    assert both.accepts("credential:12", old.proof("credential:12"))
    assert not both.accepts("credential:13", old.proof("credential:12"))
    assert not old.accepts("credential:12", both.proof("credential:12"))
    assert not both.accepts("credential:12", "é")


@pytest.mark.parametrize(("age", "is_good"), [(0, True), (110, True), (-110, True), (130, False), (-130, False)])
def test_a_proof_ends_soon(age: float, is_good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = SealingKeys.parse(OLD)
    proof, now = keys.proof("credential:12"), time.time()
    monkeypatch.setattr(time, "time", lambda: now + age)
    assert keys.accepts("credential:12", proof) is is_good
    made_at, _, signature = proof.partition(".")
    assert not keys.accepts("credential:12", f"{int(made_at) + int(age) + 1}.{signature}"), "its time is signed, too"


@pytest.mark.parametrize("proof", ["", ".", "1", "x.y", "-5.a", "\u0664.a", "9" * 5000 + ".a"])
def test_what_is_no_proof_is_refused(proof: str) -> None:
    assert not SealingKeys.parse(OLD).accepts("credential:12", proof)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no sealing key"),
        ("abc", "is not 32 bytes"),
        (":AAAA", "needs an id"),
        ("a:AAAA", "is not 32 bytes"),
        (f"{OLD},{OLD}", "an id of its own"),
    ],
)
def test_unusable_keys_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SealingKeys.parse(text)
