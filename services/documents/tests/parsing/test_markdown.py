"""Markdown: sections, table of contents, links, safe HTML."""

import pytest

from documents.parsing import ParsedDocument, parse
from documents.parsing.sections import MAX_ANCHOR, MAX_HEADING, MAX_SECTIONS

DOCUMENT = """\
---
title: Front
---

before the first heading

# Top `code` *word*

intro

```md
# not a heading
```

> ## Quoted

- ## In a list

Setext
heading
---

body

#### Deep

## Top code word
"""


def markdown(text: str) -> ParsedDocument:
    return parse("docs/a.md", text.encode())


def test_sections_follow_top_level_headings_with_their_spans() -> None:
    document = markdown(DOCUMENT)
    found = [
        (each.level, each.heading, each.heading_path, each.line_start, each.line_end) for each in document.sections
    ]
    top = "Top code word"
    assert found == [
        (0, "Front matter", (), 1, 3),
        (0, "", (), 4, 6),
        (1, top, (top,), 7, 18),
        (2, "Setext heading", (top, "Setext heading"), 19, 24),
        (4, "Deep", (top, "Setext heading", "Deep"), 25, 26),
        (2, top, (top, top), 27, 27),
    ]
    assert "".join(document.text[each.char_start : each.char_end] for each in document.sections) == document.text
    setext = document.sections[3]
    assert document.text[setext.body_start : setext.char_end].strip() == "body"


def test_anchors_are_the_same_in_sections_contents_and_html() -> None:
    document = markdown(DOCUMENT)
    anchors = [each.anchor for each in document.sections if each.anchor]
    assert anchors == ["top-code-word", "setextheading", "deep", "top-code-word-1"]
    assert [each.anchor for each in document.toc] == anchors
    assert all(f'id="{anchor}"' in document.html for anchor in [*anchors, "quoted", "in-a-list"])


def test_line_numbers_survive_windows_line_ends_and_a_byte_order_mark() -> None:
    document = parse("a.md", b"\xef\xbb\xbf# One\r\n\r\ntext\r\n\r\n## Two\r\n")
    assert [(each.heading, each.line_start, each.line_end) for each in document.sections] == [
        ("One", 1, 4),
        ("Two", 5, 5),
    ]
    assert document.text.startswith("# One\n")
    assert document.warnings == []


def test_unreadable_bytes_and_nul_are_said() -> None:
    document = parse("a.md", b"# A\xff\xfe\n\0text\n")
    assert document.text == "# A\ufffd\ufffd\ntext\n"
    assert document.warnings == [
        "The file isn't valid UTF-8: 2 unreadable places were replaced.",
        "1 NUL characters were left out.",
    ]


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<iframe src="https://evil.example"></iframe>',
        "<svg><script>alert(1)</script></svg>",
        '<p style="position:fixed;inset:0" class="fixed inset-0">x</p>',
        '<form action="https://evil.example"><input type="password" name="p"></form>',
        "![pixel](https://evil.example/p.png)",
        '<img src="//evil.example/p.png">',
        '<img src="/\\evil.example/p.png">',
        '<img src="ht&#10;tps://evil.example/p.png">',
        "<style>@import 'https://evil.example'</style>",
        '<base href="https://evil.example/">',
    ],
)
def test_nothing_in_a_document_runs_loads_or_covers_the_page(attack: str) -> None:
    html = markdown(f"before\n\n{attack}\n\nafter").html.lower()
    assert "before" in html
    assert "after" in html
    forbidden = (
        "<script",
        "onerror",
        'href="javascript:',
        'href="data:',
        "<iframe",
        "<svg",
        "<form",
        "<style",
        "<base",
        "position",
    )
    assert not any(each in html for each in forbidden)
    assert "inset-0" not in html
    assert "password" not in html
    assert 'src="//' not in html
    assert "src" not in html or "evil.example" not in html


def test_github_extensions_are_rendered() -> None:
    html = markdown(
        "- [x] done\n- [ ] open\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n~~gone~~ note[^1]\n\n[^1]: Foot.\n\n"
        "> [!WARNING]\n> Careful.\n\n```mermaid\ngraph TD; A-->B\n```\n\n```python\ndef f(): ...\n```\n"
    ).html
    assert html.count('type="checkbox"') == 2
    assert '<td style="text-align:right">2</td>' in html
    assert "<s>gone</s>" in html
    assert 'href="#fn1"' in html
    assert "markdown-alert-warning" in html
    assert '<pre class="mermaid-source" data-lines="15-17">graph TD; A--&gt;B\n</pre>' in html
    assert '<span class="k">def</span>' in html


def test_links_images_and_source_citations_have_their_lines() -> None:
    text = 'one [a](x.md#y)\ntwo ![alt](img/p.png)\n\n[Source: docs/a.md#Part 1, docs/b.md]\n\n<a href="z.md">z</a>\n'
    text += "<img data-src='no.png' src=i.png>\n"
    found = [(each.href, each.text, each.line) for each in markdown(text).links]
    citation = "[Source: docs/a.md#Part 1, docs/b.md]"
    assert found == [
        ("x.md#y", "a", 1),
        ("img/p.png", "alt", 2),
        ("z.md", "", 6),
        ("i.png", "", 7),
        ("docs/a.md#Part 1", citation, 4),
        ("docs/b.md", citation, 4),
    ]


def test_front_matter_keeps_identifiers_and_dates_as_written() -> None:
    document = markdown("---\nstory: 1.10\ncreated: 2026-02-01\nsteps: [1, 2]\n---\n# X\n")
    assert document.front_matter == {"story": "1.10", "created": "2026-02-01", "steps": [1, 2]}
    assert document.warnings == []


def test_invalid_front_matter_is_read_line_by_line() -> None:
    document = markdown("---\nstatus: done\nlocation: {project-root}/docs\n bad: [\ninputs:\n  - a.md\n---\n# X\n")
    assert document.front_matter is not None
    assert document.front_matter["status"] == "done"
    assert document.front_matter["inputs"] == ["a.md"]
    assert "line by line" in document.warnings[0]
    assert document.sections[1].line_start == 8


def test_alias_bombs_in_front_matter_are_refused() -> None:
    bomb = "\n".join(f"k{n}: &k{n} [*k{n - 1}, *k{n - 1}, *k{n - 1}]" for n in range(1, 12))
    document = markdown(f"---\nk0: &k0 [x, x]\n{bomb}\n---\n# X\n")
    assert "isn't valid YAML" in document.warnings[0]
    assert len(str(document.front_matter)) < 2_000


def test_a_thematic_break_is_not_front_matter() -> None:
    document = markdown("---\n\nSome prose: no mapping at all\nand more\n\n---\n\n# X\n")
    assert [each.heading for each in document.sections] == ["", "X"] or document.front_matter is not None
    assert parse("a.md", b"---\n\nprose\n\n---\n# X\n").front_matter is None


def test_long_headings_are_cut_since_every_section_below_repeats_them() -> None:
    document = markdown(f"# {'word ' * 9_600}\n\n" + "".join(f"## Part {n}\n\ntext\n\n" for n in range(2_000)))
    assert len(document.sections) == 2_001
    assert max(len(each) for section in document.sections for each in section.heading_path) == MAX_HEADING
    assert len(document.toc[0].anchor) <= MAX_ANCHOR
    assert f'id="{document.toc[0].anchor}"' in document.html


def test_the_sections_of_a_document_are_bounded() -> None:
    document = markdown("# Top\n\n" + "".join(f"## {n}\n\ntext {n}\n\n" for n in range(MAX_SECTIONS)) + "end\n")
    assert (len(document.sections), len(document.toc)) == (MAX_SECTIONS, MAX_SECTIONS)
    last = document.sections[-1]
    assert document.text[last.char_start : last.char_end].endswith(f"text {MAX_SECTIONS - 1}\n\nend\n")
    assert document.warnings == ["It has 5,001 headings: after the first 5,000, the rest is one section."]
