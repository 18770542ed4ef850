"""Anchors equal GitHub's. Expected values were measured with the github-slugger package, 2.0.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.parsing.anchors import Slugger, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain heading", "plain-heading"),
        ("Story 1.2: Été à l'ouest — `code_x`", "story-12-été-à-louest--code_x"),
        ("FR12 / NFR-3 (draft)", "fr12--nfr-3-draft"),
        ("snake_case stays", "snake_case-stays"),
        ("🚀 Quick start", "-quick-start"),
        ("文档服务 v2", "文档服务-v2"),
        ("tabs\tand\u00a0no-break", "tabsandno-break"),
        ("a\u0301 combining", "a\u0301-combining"),
        ("½ ² Ⓐ Ⅳ ٣", "--ⓐ-ⅳ-٣"),
        ("ΣΑΣ", "σας"),
        ("   ", "---"),
        ("!!!", ""),
    ],
)
def test_slug_equals_githubs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_duplicates_are_numbered_past_anchors_that_are_taken() -> None:
    slugger = Slugger()
    headings = ["Foo", "Foo", "foo", "Foo 1", "foo-1", "Foo", "constructor", "__proto__"]
    expected = ["foo", "foo-1", "foo-2", "foo-1-1", "foo-1-2", "foo-3", "constructor", "__proto__"]
    assert [slugger.anchor(each) for each in headings] == expected


@given(st.lists(st.text(max_size=8), max_size=30))
def test_anchors_of_a_document_are_unique(headings: list[str]) -> None:
    slugger = Slugger()
    anchors = [slugger.anchor(each) for each in headings]
    assert len(set(anchors)) == len(anchors)
