"""Anchors equal those of the package that GitHub's are known by, github-slugger, run by Node."""

import json
import subprocess
import unicodedata
from pathlib import Path

from documents.parsing import parse
from documents.parsing.anchors import Slugger

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import Slugger from "github-slugger";
let input = "";
for await (const part of process.stdin.setEncoding("utf8")) input += part;
const anchors = JSON.parse(input).map((headings) => {
  const slugger = new Slugger();
  return headings.map((heading) => slugger.slug(heading));
});
process.stdout.write(JSON.stringify(anchors));
"""


def slugged(documents: list[list[str]]) -> list[list[str]]:
    """The package's anchors for the headings of each document."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT],
        cwd=ROOT / "frontend",  # where the package is found
        input=json.dumps(documents).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def anchors(headings: list[str]) -> list[str]:
    slugger = Slugger()
    return [slugger.anchor(heading) for heading in headings]


def test_anchors_of_real_documents_equal_the_packages() -> None:
    paths = [path for path in sorted(ROOT.glob("docs/**/*.md")) if path.is_file()]
    documents = [[section.heading for section in parse("a.md", path.read_bytes()).sections] for path in paths]
    assert sum(map(len, documents)) > 100
    assert [anchors(headings) for headings in documents] == slugged(documents)


def test_anchors_of_hard_headings_equal_the_packages() -> None:
    headings = [
        "Foo",
        "Foo",
        "foo 1",
        "Foo",
        "foo-1",
        "文档服务 v2",
        "🚀 Start!",
        "👩‍👩‍👧 family",
        "A\u0301 e\u0301",
        "ΣΑΣ",
        "İ ẞ ǅ",
    ]
    headings += [
        "`code` & <b>",
        "½ ² Ⓐ Ⅳ ٣",
        "",
        "--",
        "tab\tand\u00a0space",
        "constructor",
        "ค้นหา",
        "검색 1.2.3",
        "Foo",
    ]
    assert anchors(headings) == slugged([headings])[0]


def test_every_character_of_old_is_kept_or_dropped_as_in_the_package() -> None:
    """Those of Unicode 3.2: the package's tables and Python's differ for letters of recent years."""
    old = unicodedata.ucd_3_2_0
    characters = [char for char in map(chr, range(0x110000)) if old.category(char) not in ("Cn", "Cs", "Co")]
    words = [[f"a{char}B"] for char in characters]
    assert [anchors(word) for word in words] == slugged(words)
