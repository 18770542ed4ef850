"""Where links lead, and headers of raw text: tables of cases."""

import posixpath
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.content import (
    Destination,
    KnownPlaces,
    LinkResolver,
    Places,
    find_anchor,
    is_line_fragment,
    is_unchanged,
    places_of,
    raw_headers,
)

PATHS = {
    "README.md": 1,
    "docs/prd.md": 2,
    "docs/README.md": 3,
    "docs/epics/epic-1.md": 4,
    "docs/epics/with space.md": 5,
    "docs/a/same.md": 6,
    "docs/b/same.md": 7,
    "docs/stories/1.1.story.md": 8,
}


def known(places: Places) -> KnownPlaces:
    """What a source with PATHS has of these places, and no more: so that what isn't asked for isn't known."""
    counts = Counter(posixpath.basename(path) for path in PATHS)
    unique = {name for name, count in counts.items() if count == 1}
    return KnownPlaces(
        documents={path: PATHS[path] for path in places.paths & PATHS.keys()},
        folders={folder for folder in places.folders if any(path.startswith(f"{folder}/") for path in PATHS)},
        names={name: PATHS[path] for path in PATHS if (name := posixpath.basename(path)) in unique & places.names},
    )


def resolve(href: str, path: str = "docs/epics/epic-1.md", docs_path: str = "") -> Destination:
    places = places_of(path, [href])
    return LinkResolver(path, known(places), docs_path=docs_path, suffixes=(".md", ".yaml")).resolve(href)


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("../prd.md", Destination("ok", 2)),
        ("../prd.md#goals", Destination("ok", 2, "goals")),
        ("../prd.md?plain=1#goals", Destination("ok", 2, "goals")),
        ("with%20space.md", Destination("ok", 5)),
        ("..\\prd.md", Destination("ok", 2)),
        ("/docs/prd.md", Destination("ok", 2)),
        ("docs/prd.md#goals", Destination("ok", 2, "goals")),
        ("docs/prd.md:12-14", Destination("ok", 2)),
        ("../prd", Destination("ok", 2)),
        ("../stories/1.1.story", Destination("ok", 8)),
        ("..", Destination("ok", 3)),
        ("../epics/", Destination("ok", None)),
        ("/", Destination("ok", 1)),
        ("#part", Destination("ok", 4, "part")),
        ("", Destination("ok", 4)),
        ("old/place/prd.md#goals", Destination("moved", 2, "goals")),
        ("../../../../prd.md", Destination("moved", 2)),
        ("old/same.md", Destination("broken")),
        ("nowhere.md", Destination("broken")),
        ("nowhere/", Destination("broken")),
        ("../../../nowhere.md", Destination("broken")),
        ("../src/main.py", Destination("external")),
        ("https://example.org/docs/prd.md", Destination("external")),
        ("//example.org/x", Destination("external")),
        ("mailto:a@example.org", Destination("external")),
        ("javascript:alert(1)", Destination("external")),
    ],
)
def test_links_lead_where_a_reader_expects(href: str, expected: Destination) -> None:
    assert resolve(href) == expected


def test_a_link_out_of_the_folder_held_is_external_not_broken() -> None:
    assert resolve("../../CONTRIBUTING.md", docs_path="docs").state == "external"
    assert resolve("missing.md", docs_path="docs").state == "broken"


ELSEWHERE = {
    "specs/b.md": 20,
    "specs/README.md": 21,
    "specs/prd.md": 22,
    "specs/v1.md": 23,
    "docs/gone.md": 24,
    "README.md": 25,
}


def resolve_across(href: str, docs_path: str = "docs") -> Destination:
    """The same where other sources have ELSEWHERE, of which only what is asked for is told."""
    path = "docs/epics/epic-1.md"
    places = known(places_of(path, [href]))
    here = {each: document_id for each, document_id in places.documents.items() if each.startswith(docs_path)}
    places = KnownPlaces(here, places.folders, places.names)
    resolver = LinkResolver(path, places, docs_path=docs_path, suffixes=(".md", ".yaml"))
    asked = resolver.paths_elsewhere([href])
    return resolver.resolve(href, {each: ELSEWHERE[each] for each in asked & ELSEWHERE.keys()})


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("../../specs/b.md#part", Destination("ok", 20, "part")),
        ("/specs/b.md", Destination("ok", 20)),
        ("specs/b", Destination("ok", 20)),
        ("../../specs/b.md:12", Destination("ok", 20)),
        ("../../specs/", Destination("ok", 21)),
        ("/specs/v1", Destination("ok", 23)),
        ("/README.md", Destination("ok", 25)),
        ("../../specs/prd.md", Destination("ok", 22)),  # rather than the document here that has its name
        ("../../specs/nothing.md", Destination("external")),
        ("../../other/", Destination("external")),
        ("../gone.md", Destination("broken")),  # the folder held is this source's alone
        ("../../../specs/b.md", Destination("external")),  # it climbs out of the repository
        ("https://example.org/specs/b.md", Destination("external")),
    ],
)
def test_links_lead_to_other_sources_of_the_repository(href: str, expected: Destination) -> None:
    assert resolve_across(href) == expected


@pytest.mark.parametrize(
    ("href", "docs_path"), [("../prd.md", "docs"), ("../gone.md", "docs"), ("#x", "docs"), ("/specs/b.md", "")]
)
def test_nothing_is_asked_of_other_sources_that_this_one_knows(href: str, docs_path: str) -> None:
    path = "docs/epics/epic-1.md"
    resolver = LinkResolver(path, known(places_of(path, [href])), docs_path=docs_path, suffixes=(".md",))
    assert resolver.paths_elsewhere([href]) == frozenset()


@given(st.one_of(st.text(max_size=60), st.text("ab./%0#:?\\", max_size=30)))
def test_any_href_has_a_destination_and_asks_for_what_may_exist(href: str) -> None:
    assert resolve(href).state in {"ok", "moved", "broken", "external"}
    places = places_of("docs/a.md", [href])
    assert not [each for each in (*places.paths, *places.folders, *places.names) if "\0" in each]
    assert "" not in places.folders | places.names
    nothing = KnownPlaces({}, set(), {})
    elsewhere = LinkResolver("docs/a.md", nothing, docs_path="docs", suffixes=()).paths_elsewhere([href])
    assert not [each for each in elsewhere if "\0" in each or each.startswith(("../", "/", "docs/"))]


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [("tasks", "tasks"), ("Tasks", "tasks"), ("user-content-tasks", "tasks"), ("My Part!", "my-part"), ("x", None)],
)
def test_anchors_are_found_as_people_write_them(fragment: str, expected: str | None) -> None:
    assert find_anchor(fragment, ["tasks", "my-part"]) == expected


@pytest.mark.parametrize(("fragment", "expected"), [("L10", True), ("L1-L3", True), ("", True), ("Loop", False)])
def test_line_fragments(fragment: str, expected: bool) -> None:
    assert is_line_fragment(fragment) is expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_header_values_are_plain_ascii_on_one_line(path: str) -> None:
    for value in raw_headers(path, "0" * 40).values():
        assert value.isascii()
        assert value.isprintable()
    assert raw_headers(path, "0" * 40)["Content-Disposition"].count('"') == 2


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ("a", False)],
)
def test_if_none_match(header: str | None, expected: bool) -> None:
    assert is_unchanged(header, "a") is expected
