"""Thousands of short made-up files, parsed and cut in this process: whatever they hold, each gives a document."""

import json
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.chunking import chunk
from documents.embedding.tokenizer import Tokenizer
from documents.parsing import FILE_TYPES, parse
from services.documents.tests.hostile.tally import IS_FULL, Tally, sized

_TOKENIZER = Tokenizer()
_SECONDS = 5.0
_OWN_PIECES = {
    "md": "# |> |- |* |1. |    |\t|```|~~~|`|$|$$|[|](|]|![|<b>|<!--|-->|&lt;|\\|_|**|~~|a|字|\n|\n\n|-|:|---|[^a]: ",
    "yaml": "a: |- |? |: |&a |*a|<<: |!!int |!!python/name:x |[|]|{|}|,|'|\"|# |---|...|\n|  |>|\\u0000|1|.nan|~|\t|é",
    "json": '{|}|[|]|,|:|"|\\|\\u|\\ud800|1|-|e9|null|NaN|true|\n| |"a":|/*|é|\x00',
    "toml": "[|]|[[|]]|a|.|=|\"|'|'''|\"\"\"|{|}|,|1|-|:|T|Z|#|\n|\\|inf|0x|é| ",
    "xml": "<a>|</a>|<a|/>|<!--|-->|<![CDATA[|]]>|<?x|?>|<!DOCTYPE a [|]>|<!ENTITY x 'y'>|&x;|&lt;|&#0;|'|\"|=|\n|é|a",
    "csv": ',|"|""|\n|\r|a|\t|;| |é|\x00|=1',
    "rst": "====|----|A|\n|\n\n|.. |::|    |``|`|_|*|\t|é",
}
_SHARED = {"mdx": "md", "yml": "yaml", "jsonl": "json", "tsv": "csv"}
_PIECES = _OWN_PIECES | {each: _OWN_PIECES[like] for each, like in _SHARED.items()}


def _made_of(file_type: str) -> st.SearchStrategy[tuple[str, bytes]]:
    pieces = st.lists(st.sampled_from([*_PIECES[file_type].split("|"), "|"]), max_size=60).map("".join)
    with_matter = st.tuples(pieces, pieces).map(lambda parts: f"---\n{parts[0]}\n---\n{parts[1]}")
    texts = st.one_of(pieces, with_matter, pieces.map(lambda text: text * 40))
    encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp037"])
    return st.tuples(
        st.just(file_type), st.tuples(texts, encodings).map(lambda pair: pair[0].encode(pair[1], errors="replace"))
    )


_FILES = st.one_of(
    *(_made_of(file_type) for file_type in sorted(_PIECES)),
    st.tuples(st.sampled_from(sorted(FILE_TYPES)), st.binary(max_size=400)),
)


@settings(
    max_examples=sized(2_000, 100_000),
    deadline=None,
    derandomize=not IS_FULL,
    # One tally counts all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(file=_FILES)
def test_made_up_files(tally: Tally, file: tuple[str, bytes]) -> None:
    file_type, content = file
    tally.inputs += 1
    began = time.process_time()
    document = parse(f"docs/file.{file_type}", content)
    chunks = chunk(document, _TOKENIZER)
    assert time.process_time() - began < _SECONDS
    kept = [document.text, document.html, document.title, *document.warnings, *(each.text for each in chunks)]
    kept += [json.dumps(document.front_matter, allow_nan=False), *(each.href + each.text for each in document.links)]
    whole = "".join(kept)
    assert "\0" not in whole
    assert "<script" not in document.html
    whole.encode()  # Postgres takes no lone surrogates
    assert not any("couldn't be parsed" in each for each in document.warnings)
