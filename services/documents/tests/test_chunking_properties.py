"""What holds for the chunks of any document: structured texts of every kind, put together at random."""

import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from documents.chunking import MODEL_LIMIT, Chunk, chunk
from documents.embedding import Tokenizer
from documents.embedding.tokenizer import MAX_TOKENS
from documents.parsing import ParsedDocument, parse

TOKENIZER = Tokenizer()

SCRIPTS = st.sampled_from(
    [
        "The gateway forwards what it is asked.",
        "Größe, été, naïveté: señal.",
        "文档服务把仓库同步到索引。搜索很快！",
        "검색은 프로젝트 안에서만 이루어진다.",
        "ค้นหาเอกสารทั้งหมด",
        "👩‍👩‍👧‍👦 🚀 ✅ 🇫🇷",
        "e\u0301 \u200b zero width \u00ad soft \u2028 line \x0c feed \x85 next",
        "https://example.test/" + "a1B2/" * 90,
        "0" * 4_500,
        "字" * 700,
        "🚀" * 600,
        "[PAD] [CLS] [SEP] [UNK] ##ing",
    ]
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60)
WORDS = st.one_of(
    ANY_TEXT,
    st.lists(SCRIPTS, min_size=1, max_size=4).map(" ".join),
    SCRIPTS.map(lambda text: " ".join([text] * 9)),
)
ONE_LINE = WORDS.map(lambda text: " ".join(text.split()))


def lines_of(one: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(one, min_size=1, max_size=most).map("\n".join)


@st.composite
def headings(draw: st.DrawFn) -> str:
    text = draw(ONE_LINE)
    return draw(st.sampled_from([*(f"{'#' * level} {text}" for level in range(1, 7)), f"{text}\n===", f"{text}\n---"]))


@st.composite
def items(draw: st.DrawFn) -> str:
    """A list's item, at some depth; some define a requirement."""
    mark = draw(st.sampled_from(["-", "*", "1.", "- [x]", "- **FR7:**", "- **NFR-12**:"]))
    return "  " * draw(st.integers(0, 4)) + f"{mark} {draw(ONE_LINE)}"


@st.composite
def fences(draw: st.DrawFn) -> str:
    """Code; the fence may be left open."""
    begin, end = draw(st.sampled_from(["```", "~~~", "````js"])), draw(st.sampled_from(["```", "~~~", "````", ""]))
    return f"{begin}\n{draw(WORDS)}\n{end}"


@st.composite
def tables(draw: st.DrawFn) -> str:
    rows = draw(st.lists(st.lists(ONE_LINE, min_size=2, max_size=4).map(" | ".join), min_size=1, max_size=6))
    return "\n".join(f"| {row} |" for row in [rows[0], "---|---", *rows[1:]])


BLOCK = st.one_of(
    WORDS,
    headings(),
    lines_of(st.one_of(items(), items(), ONE_LINE), 8),
    tables(),
    fences(),
    st.sampled_from(["", "---", "> quote", "<div>"]),
)


@st.composite
def markdown(draw: st.DrawFn) -> str:
    front = draw(st.one_of(st.just(""), ONE_LINE.map(lambda title: f"---\ntitle: {json.dumps(title)}\n---\n")))
    return front + "\n\n".join(draw(st.lists(BLOCK, max_size=10)))


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    nested = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), ONE_LINE),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ONE_LINE, inner, max_size=4)),
        max_leaves=12,
    )
    return json.dumps(draw(nested), indent=draw(st.sampled_from([None, 2])), ensure_ascii=False)


@st.composite
def csv_texts(draw: st.DrawFn) -> str:
    mark = draw(st.sampled_from([",", ";", "\t"]))
    rows = draw(st.lists(st.lists(WORDS.map(lambda text: f'"{text}"'), min_size=1, max_size=3), max_size=8))
    return "\n".join(mark.join(row) for row in rows)


YAML = st.one_of(json_texts(), lines_of(ONE_LINE.map(lambda text: f"{text[:20]}: {json.dumps(text)}"), 8), WORDS)
DOCUMENT = st.one_of(
    st.tuples(st.sampled_from(["a.md", "docs/stories/1.2.story.md", "b.mdx"]), markdown()),
    st.tuples(st.just("a.csv"), csv_texts()),
    st.tuples(st.just("a.yaml"), YAML),
    st.tuples(st.just("a.json"), json_texts()),
    st.tuples(st.sampled_from(["a.txt", "a.rst"]), lines_of(BLOCK, 8)),
)
LINE_END = st.sampled_from(["\n", "\n", "\r\n", "\r"])
BUDGET = st.sampled_from([40, 100, 220, MODEL_LIMIT])


@settings(max_examples=80, deadline=None)
@given(DOCUMENT, LINE_END, BUDGET)
def test_what_holds_for_the_chunks_of_any_document(named: tuple[str, str], line_end: str, budget: int) -> None:
    path, text = named
    data = text.replace("\n", line_end).encode()
    document = parse(path, data)
    document.embed = True
    found = chunk(document, TOKENIZER, budget)
    check_every_character_is_in_one_chunk(document, found)
    check_lines_are_those_of_the_text(document, found)
    check_the_model_reads_all_of_it(found, budget)
    again = parse(path, data)
    again.embed = True
    assert chunk(again, Tokenizer(), budget) == found


def check_every_character_is_in_one_chunk(document: ParsedDocument, found: Sequence[Chunk]) -> None:
    """All but blanks, and the lines that fence the front matter; the chunks are in order and don't overlap."""
    holders = [0] * len(document.text)
    for position, each in enumerate(found):
        assert each.position == position
        assert each.text == document.text[each.char_start : each.char_end]
        for at in range(each.char_start, each.char_end):
            holders[at] += 1
    assert max(holders, default=0) <= 1
    assert [each.char_start for each in found] == sorted(each.char_start for each in found)
    end = document.front_matter_span[1] if document.front_matter_span else 0
    left = "".join(" " if held else char for char, held in zip(document.text, holders, strict=True))
    assert set(left[:end].split()) <= {"---", "..."}
    assert not left[end:].strip()


def check_lines_are_those_of_the_text(document: ParsedDocument, found: Sequence[Chunk]) -> None:
    """The chunk's lines begin and end with its first and last character."""
    lines = document.text.split("\n")
    for each in found:
        spanned = "\n".join(lines[each.line_start - 1 : each.line_end])
        before = len(document.text[: each.char_start].rpartition("\n")[2])
        assert spanned[before : before + len(each.text)] == each.text
        assert "\n" not in spanned[before + len(each.text) :]


def check_the_model_reads_all_of_it(found: Sequence[Chunk], budget: int) -> None:
    texts = [each.embedded_text for each in found]
    assert all(count <= budget for count in TOKENIZER.count(texts))
    # Its markers included; nothing was cut off.
    read = [len(encoding.ids) for encoding in TOKENIZER.encode(texts)]
    assert read == [count + 2 for count in TOKENIZER.count(texts)]
    assert max(read, default=0) <= MAX_TOKENS
