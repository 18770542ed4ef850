"""Chunks: what holds for every document, and where the cuts are."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.chunking import Chunk, chunk
from documents.embedding import Tokenizer
from documents.parsing import ParsedDocument, parse

TOKENIZER = Tokenizer()


def chunks(text: str, path: str = "docs/a.md", budget: int = 220) -> list[Chunk]:
    return chunk(parse(path, text.encode()), TOKENIZER, budget)


def sentences(count: int, word: str = "service") -> str:
    return " ".join(f"The {word} number {n} keeps what it was given." for n in range(count))


def check_everything_is_covered_once(document: ParsedDocument, found: list[Chunk], budget: int) -> None:
    text = document.text
    rules_end = document.front_matter_span[1] if document.front_matter_span else 0
    end = 0
    for position, each in enumerate(found):
        assert each.position == position
        check_is_left_out(text, end, each.char_start, rules_end)
        assert end <= each.char_start < each.char_end
        assert each.text == text[each.char_start : each.char_end] == each.text.strip()
        assert each.line_start == text.count("\n", 0, each.char_start) + 1
        assert each.line_end == text.count("\n", 0, each.char_end) + 1
        assert each.content_hash == hashlib.sha256(each.embedded_text.encode()).hexdigest()
        end = each.char_end
    check_is_left_out(text, end, len(text), rules_end)
    assert max(TOKENIZER.count([each.embedded_text for each in found]), default=0) <= budget


def check_is_left_out(text: str, start: int, end: int, rules_end: int) -> None:
    """Only blanks may be in no chunk, and the lines that fence the front matter."""
    assert text[start : min(end, rules_end)].split() in ([], ["---"], ["---", "---"], ["---", "..."])
    assert not text[max(start, rules_end) : end].strip()


LINES = st.sampled_from(
    [
        "",
        "# Title",
        "## Story 1.2: Log in",
        "### " + "long heading " * 30,
        "- **FR1**: The system shall keep every word of it, whoever asks for it and for however long.",
        "- item",
        "  continued",
        "| a | b |",
        "|---|---|",
        "| " + "cell " * 40 + "| 2 |",
        "```",
        "    code",
        "---",
        "key: value",
        sentences(12),
        "文档服务把仓库同步到索引。" * 20,
        "x" * 5_000,
        "Ab3/" * 700,
        "\x1c\u2028\x85 odd \u00a0 blanks",
        "é\u0301\ufb03 ﷺ ½",
    ]
)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(LINES, max_size=25).map("\n".join),
    st.sampled_from(["md", "txt", "yaml", "csv", "rst", "json"]),
    st.sampled_from([40, 100, 220, 254]),
)
def test_chunks_cover_the_text_once_within_the_budget(text: str, extension: str, budget: int) -> None:
    document = parse(f"a.{extension}", text.encode())
    document.embed = True
    check_everything_is_covered_once(document, chunk(document, TOKENIZER, budget), budget)


def test_a_long_heading_without_spaces_or_a_body_can_be_found() -> None:
    heading = "文档服务把仓库同步到索引。" * 20
    (only,) = chunks(f"# {heading}")
    assert only.text == f"# {heading}"
    assert len(only.embedded_text) > 40
    assert heading.startswith(only.embedded_text)


def test_a_section_is_a_chunk_and_its_path_is_embedded_without_the_files() -> None:
    found = chunks(f"# Guide\n\n{sentences(8)}\n\n## Start\n\n{sentences(9)}\n")
    assert [each.heading_path for each in found] == [("Guide",), ("Guide", "Start")]
    assert [each.anchor for each in found] == ["guide", "start"]
    assert found[1].text == f"## Start\n\n{sentences(9)}"
    assert found[1].embedded_text == f"Guide > Start\n{sentences(9)}"
    moved = chunks(f"# Guide\n\n{sentences(8)}\n\n## Start\n\n{sentences(9)}\n", path="elsewhere/b.md")
    assert [each.content_hash for each in moved] == [each.content_hash for each in found]


def test_small_neighbours_merge_under_their_parent() -> None:
    found = chunks("# Guide\n\n## A\n\nOne.\n\n## B\n\nTwo.\n\n## C\n\n" + sentences(10))
    assert [each.heading_path for each in found] == [("Guide",), ("Guide", "C")]
    assert found[0].embedded_text == "Guide\n## A\n\nOne.\n\n## B\n\nTwo."
    assert (found[0].line_start, found[0].line_end) == (1, 9)


def test_a_story_and_a_requirement_keep_their_own_chunk() -> None:
    shall = "The system shall keep every word of a document, whoever asks for it, and say where it stands."
    found = chunks(
        f"# Epics\n\n## Requirements\n\n- **FR1:** {shall}\n- **FR2:** {shall}\n  - even after a rename\n\n"
        "## Epic 1: Search\n\n### Story 1.1: Find\n\nAs a user.\n\n### Story 1.2: Open\n\nAs a user.\n"
    )
    assert [each.text.split("\n")[0] for each in found] == [
        "# Epics",
        "- **FR2:** " + shall,
        "## Epic 1: Search",
        "### Story 1.2: Open",
    ]
    assert found[1].text.endswith("even after a rename")
    assert found[2].heading_path == ("Epics", "Epic 1: Search", "Story 1.1: Find")


def test_mentions_of_requirements_are_not_torn_apart() -> None:
    coverage = "\n".join(f"- FR{n}: Epic {n}" for n in range(1, 9))
    assert len(chunks(f"# Coverage\n\n{coverage}\n")) == 1


def test_a_tables_later_rows_are_embedded_with_its_header() -> None:
    rows = "\n".join(f"| name {n} | {sentences(2)} |" for n in range(20))
    found = chunks(f"# T\n\n| name | meaning |\n|---|---|\n{rows}\n")
    assert len(found) > 2
    assert all(each.embedded_text.count("| name | meaning |\n|---|---|") == 1 for each in found)
    assert found[1].text.startswith("| name")
    assert "meaning" not in found[1].text


def test_later_rows_of_a_csv_file_are_embedded_with_the_header() -> None:
    found = chunks("name,value\n" + "".join(f"row {n},{sentences(1)}\n" for n in range(40)), path="a.csv")
    assert len(found) > 2
    assert all(each.embedded_text.count("name,value") == 1 for each in found)


def test_a_long_code_block_is_cut_between_lines() -> None:
    code = "\n".join(f"value_{n} = compute(value_{n - 1}, {n})" for n in range(60))
    found = chunks(f"# C\n\n```python\n{code}\n\nlast = 1\n```\n")
    assert len(found) > 2
    lines = set(code.split("\n"))
    assert all(each.text.split("\n")[-1] in lines or each is found[-1] for each in found)


def test_prose_is_cut_between_sentences_into_even_parts() -> None:
    found = chunks(f"# P\n\n{sentences(40)}\n")
    sizes = TOKENIZER.count([each.embedded_text for each in found])
    assert all(each.text.endswith(".") for each in found)
    assert min(sizes) * 2 > max(sizes)


def test_the_front_matter_is_a_chunk_of_its_own() -> None:
    found = chunks("---\ntitle: A\nstatus: done\n---\n\n# A\n\nText.\n")
    assert [each.embedded_text for each in found] == ["title: A\nstatus: done", "A\nText."]
    assert (found[0].line_start, found[0].line_end) == (2, 3)


@pytest.mark.parametrize("text", ["", "\n \n", "---\n---\n"])
def test_nothing_gives_no_chunk(text: str) -> None:
    assert chunks(text) == []


def test_a_document_that_is_not_to_be_embedded_has_none() -> None:
    assert chunks('{"a": 1}', path="package-lock.json") == []
