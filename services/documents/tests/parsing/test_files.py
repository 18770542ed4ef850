"""Data files, plain text, and what holds for whatever a file contains."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.parsing import FILE_TYPES, parse
from documents.parsing.sections import MAX_HEADING, MAX_LEVEL


def headings(path: str, text: str) -> list[tuple[tuple[str, ...], int, int]]:
    document = parse(path, text.encode())
    assert document.warnings == []
    return [(each.heading_path, each.line_start, each.line_end) for each in document.sections]


def test_yaml_is_cut_at_its_top_level_keys() -> None:
    text = "# a comment\nstory_location: docs\ndevelopment_status:\n  epic-1: done\n  1-1-x: done\nlist:\n- a\n"
    assert headings("x.yaml", text) == [
        ((), 1, 1),
        (("story_location",), 2, 2),
        (("development_status",), 3, 5),
        (("list",), 6, 7),
    ]


def test_a_long_value_is_cut_at_its_own_keys() -> None:
    text = "top:\n" + "".join(f"  key{n}:\n    a: 1\n" for n in range(30))
    found = headings("x.yml", text)
    assert found[0] == (("top",), 1, 1)
    assert found[1] == (("top", "key0"), 2, 3)
    assert len(found) == 31


def test_json_is_cut_at_its_keys_whatever_the_strings_hold() -> None:
    text = '{\n  "a{": "}:,[\\"",\n  "b": [1,\n    {"c": 2}],\n  "d": {"e": null}\n}\n'
    assert headings("x.json", text) == [((), 1, 1), (("a{",), 2, 2), (("b",), 3, 4), (("d",), 5, 6)]


def test_json_outline_agrees_with_the_parser() -> None:
    value = {"a": 1, 'quo"te': {"x": [1, 2]}, "é": [{"y": "}"}], "": None}
    text = json.dumps(value, indent=1)
    assert [path[-1] for path, _, _ in headings("x.json", text) if path] == list(value)


def test_toml_xml_and_rst_have_sections() -> None:
    assert headings("x.toml", "a = 1\n\n[tool.x]\nb = 2\n") == [((), 1, 2), (("tool.x",), 3, 4)]
    assert headings("x.xml", "<r>\n<a>1</a>\n<b/>\n</r>") == [((), 1, 1), (("a",), 2, 2), (("b",), 3, 4)]
    rst = "=====\nTitle\n=====\n\ntext\n\nPart\n----\nmore\n"
    assert headings("x.rst", rst) == [(("Title",), 1, 6), (("Title", "Part"), 7, 9)]


def test_long_tables_are_cut_into_groups_of_rows() -> None:
    text = "name,value\n" + "".join(f"row{n},{n}\n" for n in range(120))
    assert headings("x.csv", text) == [
        ((), 1, 1),
        (("Rows 1–50",), 2, 51),
        (("Rows 51–100",), 52, 101),
        (("Rows 101–120",), 102, 121),
    ]
    document = parse("x.csv", text.encode())
    assert "<th>name</th>" in document.html
    assert document.html.count("<tr") == 121


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.yaml", "a: [1\n"),
        ("x.json", "{"),
        ("x.toml", "a = = 1"),
        ("x.xml", "<a>"),
        ("x.xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        ("x.json", "[" * 100_000),
        ("x.yaml", "[" * 100_000),
        ("x.toml", "a = " + "[" * 50_000),
        ("x.toml", "a" + ".a" * 20_000 + " = 1"),
        ("x.json", "1" * 10_000),
    ],
)
def test_a_broken_data_file_is_plain_text_with_a_warning(path: str, text: str) -> None:
    document = parse(path, text.encode())
    assert document.text == text
    assert len(document.sections) == 1
    assert len(document.warnings) == 1
    assert "treated as plain text" in document.warnings[0]


def test_headings_of_restructured_text_are_bounded() -> None:
    marks = "!#$%&*+,-./:;<=>?@^_~"
    deep = "".join(f"{'long ' * 100}\n{mark * 600}\n\n" for mark in marks)
    document = parse("x.rst", deep.encode())
    assert len(document.sections) == len(marks)
    assert max(len(each.heading_path) for each in document.sections) == MAX_LEVEL
    assert {len(each) for section in document.sections for each in section.heading_path} == {MAX_HEADING}


def test_generated_and_huge_files_are_not_embedded() -> None:
    assert not parse("package-lock.json", b'{"a": 1}').embed
    assert not parse("a.min.json", b'{"a": 1}').embed
    assert not parse("big.json", json.dumps(["x" * 9_000] * 3).encode()).embed
    assert parse("small.json", b'{"a": 1}').embed
    huge = parse("huge.md", b"word \n" * 400_000)
    assert not huge.embed
    assert "not searchable" in huge.warnings[0]
    assert len(huge.html) < 200_000


def test_tags_left_open_cannot_multiply() -> None:
    document = parse("a.md", "".join(f"<b id=x{n}>\n\ntext\n\n" for n in range(500)).encode())
    assert len(document.html) < 100_000
    assert "too many HTML tags" in document.warnings[0]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FILE_TYPES)),
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet="#-*>`|:[]{}()<>\"'&!~=+._ \n\tab1é字\0\r", max_size=300).map(str.encode),
        st.text(alphabet="---\nab: &*[]{}\"'", max_size=200).map(lambda text: f"---\n{text}\n---\n".encode()),
    ),
)
def test_any_bytes_give_a_document_that_can_be_stored(extension: str, data: bytes) -> None:
    document = parse(f"docs/file.{extension}", data)
    assert not any("couldn't be parsed" in each for each in document.warnings)
    assert "\0" not in document.text + document.title + document.html + json.dumps(document.front_matter)
    assert "\\ud8" not in json.dumps(
        [document.title, document.front_matter, [each.heading for each in document.sections]]
    )
    end = 0
    for section in document.sections:
        assert not document.text[end : section.char_start].strip()
        assert end <= section.char_start < section.char_end
        assert section.line_start == document.text.count("\n", 0, section.char_start) + 1
        assert section.line_end == document.text.count("\n", 0, section.char_end - 1) + 1
        end = section.char_end
    assert not document.text[end:].strip()
