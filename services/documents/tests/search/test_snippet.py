"""Snippets are safe, short and to the point."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from documents.search.snippet import snippet

HOSTILE = st.text(st.sampled_from("<>&\"' /abmrk=\n") | st.characters(exclude_categories=["Cs"]), max_size=600)


@given(HOSTILE, st.lists(st.sampled_from(["mark", "a", "b", "script", "amp", "lt"]), max_size=4))
def test_the_only_tag_is_mark(text: str, words: list[str]) -> None:
    html = snippet(text, words)
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert not re.search(r"[<>\"']", bare)
    assert not re.search(r"&(?!(amp|lt|gt|quot|#x27);)", bare)
    assert re.fullmatch(r"(?:[^<]|<mark>[^<]*</mark>)*", html)


@given(HOSTILE, st.lists(st.sampled_from(["mark", "a", "b"]), max_size=3))
def test_a_snippet_is_part_of_the_text(text: str, words: list[str]) -> None:
    shown = unescape(snippet(text, words).replace("<mark>", "").replace("</mark>", ""))
    assert " ".join(shown.removeprefix("… ").removesuffix(" …").split()) in " ".join(text.split())


def test_words_are_marked_whatever_their_accents_case_and_ending() -> None:
    html = snippet("Étés, retained logs & Logging", ["etes", "retain", "logs"])
    assert html == "<mark>Étés</mark>, <mark>retained</mark> <mark>logs</mark> &amp; Logging"


def test_the_window_holds_most_words() -> None:
    text = "logs " + "filler " * 100 + "retention of audit logs" + " filler" * 100
    html = snippet(text, ["retention", "audit", "logs"])
    assert "<mark>retention</mark> of <mark>audit</mark> <mark>logs</mark>" in html
    assert html.startswith("… ")
    assert html.endswith(" …")
    assert len(html) < 500


def test_markup_in_a_document_stays_text() -> None:
    assert snippet("<script>alert(1)</script>", ["alert"]) == "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt;"


@given(st.lists(st.text("abcé-", min_size=1, max_size=18), min_size=1, max_size=120), st.integers(0, 119))
def test_a_snippet_begins_and_ends_with_whole_words(words: list[str], wanted: int) -> None:
    words[wanted % len(words)] = "wanted"
    html = snippet(" ".join(words), ["wanted"])
    assert "<mark>wanted</mark>" in html
    shown = html.replace("<mark>", "").replace("</mark>", "").removeprefix("… ").removesuffix(" …").split()
    assert any(words[at : at + len(shown)] == shown for at in range(len(words)))


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("filler " * 20 + "logs", ["logs"]) == "filler " * 20 + "<mark>logs</mark>"


def test_a_text_without_spaces_is_cut_somewhere() -> None:
    assert snippet("语" * 1000, ["none"]) == "语" * 280 + " …"
