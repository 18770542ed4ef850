"""Files that mean harm to their parsers, in the real parsing process: each ends in time, and the next one works."""

import gzip
import json
import time
from pathlib import Path

from documents.sync.parsing_process import ParsedFile, ParsingFailed, ParsingProcess
from services.documents.tests.hostile.canary import Canary
from services.documents.tests.hostile.tally import Tally, sized

_SECONDS = 10.0


def _k(most: int) -> int:
    """A length: the most that is worth trying, or enough to show what grows faster than it should."""
    return sized(most // 16, most)


def _deep(mark: str, depth: int, end: str = "") -> bytes:
    return (mark * depth + "x" + end * depth).encode()


def _laughs(levels: int) -> str:
    first = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    return first + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, levels))


def _entities(levels: int) -> str:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE r [<!ENTITY e0 "lol">{lines}]><r>&e{levels - 1};</r>'


def _markdown() -> dict[str, bytes]:
    """Markdown by what it tries."""
    return {
        "quotes": _deep("> ", 20_000),
        "lists": "".join(f"{'  ' * n}- x\n" for n in range(900)).encode(),
        "lists on a line": _deep("- ", 20_000),
        "numbered lists": _deep("1. ", 20_000),
        "brackets": _deep("[", 40_000, "]"),
        "images": _deep("![", 20_000, "](x)"),
        "open links": b"[a](" * _k(12_000),
        "open angles": b"[a](<b" * _k(8_000),
        "emphasis": _deep("*a **b ", 6_000, " c** d*"),
        "open emphasis": b"*a_ " * _k(12_000),
        "underscores": b"_" * _k(49_000) + b"a",
        "stars and words": b"a**b" + b"c* " * _k(15_000),
        "strikes": b"~~a~" * _k(12_000),
        "backticks": b"".join(b"`" * n + b" " for n in range(1, 310)),
        "backticks in lines": b"`a``b```c\n\n" * _k(20_000),
        "a line of 5 MB": b"x" * _k(5_000_000),
        "a line of words": b"word " * _k(300_000),
        "line ends": b"\n" * _k(1_900_000),
        "carriage returns": b"\r" * _k(1_000_000),
        "tabs": b"\t" * _k(500_000) + b"x",
        "spaces": b" " * _k(1_000_000) + b"x",
        "references": b"".join(b"[r%d]: /u\n" % n for n in range(_k(60_000))) + b"[r1] " * _k(5_000),
        "references to references": b"".join(b"[r%d]: r%d\n" % (n, n + 1) for n in range(_k(30_000))) + b"[r0][r0]\n",
        "references without ends": b"[a]: <" + b"x" * _k(40_000) + b"\n[b]: x '" + b"y" * _k(40_000),
        "titles of references": b"[a]: /x (" * _k(10_000),
        "footnotes": b"".join(b"[^%d]\n\n[^%d]: [^%d]\n\n" % (n, n, n + 1) for n in range(_k(8_000))),
        "nested footnotes": b"[^a]: [^a]\n\n" + b"[^a]" * _k(12_000),
        "cells": b"|a" * 300 + b"|\n" + b"|-" * 300 + b"|\n" + (b"|x" * 300 + b"|\n") * _k(340),
        "a row of cells": b"|a" * _k(24_000) + b"|\n" + b"|-" * _k(24_000) + b"|\n",
        "short rows": b"|a" * 2_000 + b"|\n" + b"|-" * 2_000 + b"|\n" + b"|x|\n" * _k(20_000),
        "pipes": b"|" * _k(49_000) + b"\n" + b"|-" * _k(20_000),
        "headings": b"# Same\n" * _k(200_000),
        "underlined headings": b"a\n=\n" * _k(100_000),
        "entities": b"&amp;&#x10FFFF;&#0;&#xD800;&bogus;" * _k(30_000),
        "rules": b"---\n" * _k(100_000),
        "addresses": b"<http://a" * _k(15_000) + b"http://x." * _k(10_000),
        "mail": b"a@" * _k(20_000) + b"@b.c" * _k(5_000),
        "comments": b"<!--" * _k(12_000) + b"a <!-- b -- c ->" * _k(5_000),
        "instructions": b"<?" * _k(20_000) + b"<![CDATA[" * _k(4_000) + b"<!A " * _k(4_000),
        "tags": b"<div>\n\n" * _k(60_000),
        "inline tags": b"<b>" * _k(12_000),
        "attributes": b"<a " + b"x=y " * _k(12_000) + b">",
        "a soup of tags": b"<p><table><tr><select><svg><math><b><i></p></table>\n\n" * _k(3_000),
        "scripts": b"<script>alert(1)</script><iframe src=file:///etc/passwd></iframe><img src=http://CANARY/x>\n\n"
        * 500,
        "open scripts": b"<script>\n\n" * _k(5_000) + b"<style>" * _k(5_000),
        "formulas": b"$a$$b" * _k(10_000) + b"$$\n" * 2_000,
        "open formulas": b"$`" * _k(20_000) + b"\\(" * _k(4_000),
        "fences": b"```python\ndef a(): pass\n```\n\n" * _k(8_000),
        "open fences": b"```x\n~~~y\n" * _k(60_000),
        "code to colour": b"```cpp\n" + b"<<<<((((" * _k(20_000) + b"\n```\n",
        "code without end": b"```js\n`${`${`${" + b"`${" * _k(20_000) + b"\n```\n",
        "regular expressions": b"```perl\n"
        + b"s{{" * _k(20_000)
        + b"\n```\n```ruby\n"
        + b"%q(" * _k(20_000)
        + b"\n```\n",
        "tasks": b"- [ ] [x] - [ ]\n" * _k(20_000),
        "alerts": b"> [!NOTE]\n" * _k(20_000),
        "sources": b"[Source: a.md#b, c.md#d]" * 2_000 + b"[Source: " * _k(10_000),
        "backslashes": b"\\" * _k(49_000),
        "NUL": b"# A\0B\n\n" + b"\0" * _k(500_000),
        "directions": "\u202e\u2066\u200f# evil\u202c\n\n\u200b\u200d\ufeff".encode() * _k(4_000),
        "zero width": "a\u200b".encode() * _k(16_000),
        "combining": b"a" + "\u0301".encode() * _k(200_000),
        "letters that grow": "ß\u0130\u1e9e\ufb03 ".encode() * _k(10_000),
        "front matter of aliases": f"---\n{_laughs(9)}---\n# A\n".encode(),
        "front matter of depth": b"---\na: " + b"[" * _k(40_000) + b"\n---\n# A\n",
        "front matter without end": b"---\n" + b"a: b\n" * _k(300_000),
        "front matter line by line": b"---\n" + b"a : : [\n" * _k(12_000) + b"---\n# A\n",
        "front matter of keys": b"---\n" + b"".join(b"k%d: v\n" % n for n in range(_k(9_000))) + b"---\n# A\n",
        "front matter of spaces": b"---\n" + b"a" + b" " * _k(90_000) + b"\n---\n",
        "front matter of types": b"---\ntitle: {a: [b]}\nstatus: !!set {x}\ntags: !!binary zzz\n---\n",
    }


def _others() -> dict[str, bytes]:
    """Other files by their names."""
    return {
        "aliases.yaml": _laughs(9).encode(),
        "merges.yaml": b"a: &a {k: v}\n" + b"".join(b"b%d: {<<: [*a, *a, *a]}\n" % n for n in range(15)),
        "merge-itself.yaml": b"a: &a\n  <<: *a\n  b: c\n",
        "itself.yaml": b"a: &a [*a, *a]\n",
        "deep.yaml": b"[" * 100_000,
        "deep-maps.yaml": b"{a: " * 50_000,
        "deep-lines.yaml": "".join(f"{' ' * n}a:\n" for n in range(1_500)).encode(),
        "deep-lists.yaml": b"- " * 50_000,
        "python.yaml": b"a: !!python/object/apply:os.system ['touch SENTINEL']\nb: !!python/name:os.system\n",
        "python-new.yaml": b"!!python/object/new:subprocess.Popen [['touch', 'SENTINEL']]\n",
        "tags.yaml": b"%TAG ! tag:x,2000:\n---\na: !b c\n" + b"x: !<" + b"y" * 50_000 + b"> z\n",
        "integers.yaml": b"a: " + b"9" * 200_000 + b"\nb: 0x" + b"f" * 100_000 + b"\nc: 0b" + b"1" * 100_000 + b"\n",
        "sixties.yaml": b"a: " + b"1:" * 20_000 + b"59\nb: 190:20:30\n",
        "floats.yaml": b"a: .nan\nb: .inf\nc: 1e999999999\nd: -.INF\n",
        "times.yaml": b"a: 9999-99-99\nb: 0000-00-00T99:99:99Z\nc: 2001-12-14t21:59:43.10-99:99\n",
        "keys.yaml": b"a: 1\na: 2\n? [x]\n: y\n? {z: 1}\n: 2\nnull: 3\ntrue: 4\n",
        "set.yaml": b"!!set {a, b}\n--- !!omap [a: 1]\n--- !!pairs [a: 1]\n",
        "binary.yaml": b"a: !!binary " + b"A" * 500_001 + b"\nb: !!int x\nc: !!float []\nd: !!timestamp {}\n",
        "documents.yaml": b"---\na: 1\n" * _k(40_000),
        "comments.yaml": b"# x\n" * _k(300_000),
        "scalar.yaml": b'"' + b"\\u0041" * 150_000,
        "block.yaml": b"a: |9999999999\n x\nb: >+\n" + b"\n" * _k(200_000),
        "anchors.yaml": b"".join(b"- &a%d x\n" % n for n in range(_k(60_000))),
        "deep.json": b"[" * 100_000 + b"]" * 100_000,
        "deep-objects.json": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "just-deep.json": b"[" * 199 + b"]" * 199,
        "digits.json": b"[" + b"9" * 500_000 + b"]",
        "numbers.json": b"[1e999999, -1e999999, 1e-999999, 123456789012345678901234567890]",
        "none.json": b'{"a": NaN, "b": Infinity, "c": -Infinity}',
        "twice.json": b'{"a": 1, "a": {"a": 2, "a": 3}}',
        "surrogates.json": b'{"\\ud800": "\\udfff", "a": "\\ud83d\\ud83d", "\\u0000": "\\u0000"}',
        "strings.json": b'"' + b"\\" * 400_001,
        "quotes.json": b'"' * 500_000,
        "keys.json": json.dumps({f"k{n}": n for n in range(_k(60_000))}).encode(),
        "empties.json": b"[" + b"[]," * _k(400_000) + b"[]]",
        "lines.jsonl": b"{\n" * 300_000,
        "open.csv": b'a,b\n"' + b"x,y\n" * 2_500_000,
        "short-open.csv": b'a,b\n"' + b"x,y\n" * 400_000,
        "wide.csv": b"a," * 100_000 + b"\n" + b"1," * 100_000,
        "quotes.csv": b'"' * 500_001 + b",\n",
        "field.csv": b"a\n" + b"x" * 200_000 + b"\n",
        "rows.csv": b"a,b\n" * _k(400_000),
        "NUL.csv": b"a\0,b\n\0,\0\n" * 1000,
        "formulas.csv": b"=cmd|'/c touch SENTINEL'!A1,@SUM(1)\n",
        "wide.tsv": b"\t" * _k(900_000),
        "deep.toml": b"a = " + b"[" * 50_000,
        "dots.toml": b"a" + b".a" * 20_000 + b" = 1\n",
        "tables.toml": b"".join(b"[a%d]\n" % n for n in range(_k(40_000))),
        "nested-tables.toml": b"[" + b"a." * 20_000 + b"a]\n",
        "arrays.toml": b"[[a]]\n" * _k(100_000),
        "numbers.toml": b"a = " + b"9" * 100_000 + b"\nb = 1e99999\nc = 9999-12-31T23:59:60Z\n",
        "strings.toml": b'a = """' + b'"' * 100_000,
        "keys.toml": b"".join(b"a.b%d.c = 1\n" % n for n in range(_k(30_000))),
        "brackets.toml": b"[" * 200_000 + b"\n" + b"[ a " * 100_000,
        "laughs.xml": _entities(10).encode(),
        "blow-up.xml": b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 100_000 + b'">]><r>' + b"&a;" * 20_000 + b"</r>",
        "passwd.xml": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        "canary.xml": b'<!DOCTYPE r SYSTEM "http://CANARY/x.dtd"><r/>',
        "parameters.xml": b'<!DOCTYPE r [<!ENTITY % x SYSTEM "http://CANARY/x">%x;]><r/>',
        "include.xml": b'<r xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd" parse="text"/></r>',
        "style.xml": b'<?xml-stylesheet href="http://CANARY/x.xsl" type="text/xsl"?><r/>',
        "deep.xml": b"<a>" * 100_000,
        "deep-closed.xml": b"<a>" * 100_000 + b"</a>" * 100_000,
        "attributes.xml": b"<r " + b"".join(b"a%d='x' " % n for n in range(60_000)) + b"/>",
        "one-attribute.xml": b"<r a='" + b"x" * 900_000 + b"'/>",
        "names.xml": b"<" + b"n" * 900_000 + b"/>",
        "open.xml": b"<r a='" + b"&lt;" * _k(200_000),
        "comment.xml": b"<r><!--" + b"-" * 400_000,
        "encoding.xml": b'<?xml version="1.0" encoding="utf-7"?><r>+ADw-</r>',
        "namespaces.xml": b"<a:a xmlns:a='x'>" * 20_000,
        "titles.rst": b"".join(b"T%d\n" % n + b"=" * 8 + b"\n" for n in range(_k(60_000))),
        "overlines.rst": b"====\nA\n====\n" * _k(50_000),
        "underlines.rst": b"=" * _k(1_000_000) + b"\n" + b"-" * _k(900_000),
        "include.rst": b".. include:: /etc/passwd\n.. raw:: html\n   :url: http://CANARY/x\n",
        "lines.txt": b"\n" * _k(1_900_000),
        "binary.txt": bytes(range(256)) * _k(4_000),
        "gzip.md": gzip.compress(bytes(10 * 2**20)),
        "utf16.md": "# Häding\n\nText\n".encode("utf-16"),
        "utf16-odd.md": b"\xff\xfe" + b"a" * 100_001,
        "utf16-surrogates.md": b"\xff\xfe" + b"\x00\xd8" * 40_000,
        "utf32.md": "# Heading\n".encode("utf-32"),
        "boms.md": b"\xef\xbb\xbf" * 30_000 + b"# A\n",
        "invalid.md": b"\x80\xff\xc0\xaf\xed\xa0\x80 text that is long enough to be one " * 5_000,
        "no-extension": b"x" * 100,
        "gate.yml": b"schema: 1\nstory: [[[[1]]]]\ngate: {a: b}\nupdated: 9999-99-99\n",
        "sprint-status.yaml": b"development_status:\n"
        + b"".join(b"  %d-%d-x: done\n" % (n, n) for n in range(_k(20_000))),
        "README.md": b"# R" + b"\xe2\x80\xae" * 3000,
    }


def _files(canary: Canary, sentinel: Path) -> dict[str, bytes]:
    files = {f"{name}.md": content for name, content in _markdown().items()} | _others()
    here = {b"CANARY": f"127.0.0.1:{canary.port}".encode(), b"SENTINEL": bytes(sentinel)}
    for name, content in files.items():
        for word, value in here.items():
            files[name] = files[name].replace(word, value) if len(content) < 10**6 else files[name]
    return files


def _said(parsed: ParsedFile) -> str:
    document = parsed.document
    return "".join(
        [document.text, document.html, document.title, json.dumps(document.front_matter), *document.warnings]
    )


async def test_hostile_files(canary: Canary, sentinel: Path, tally: Tally) -> None:
    """One process after the other parses them all, with the limits of a worker."""
    process = ParsingProcess(_SECONDS)
    passwords = Path("/etc/passwd").read_text().splitlines()[0]
    times: dict[str, float] = {}
    failures: dict[str, str] = {}
    try:
        for name, content in _files(canary, sentinel).items():
            tally.inputs += 1
            began = time.monotonic()
            try:
                said = _said(await process.parse(f"docs/{name}", content))
                if passwords in said:
                    tally.escapes.append(f"{name}: text of /etc/passwd")
                said.encode()  # Postgres takes no lone surrogates
            except ParsingFailed as error:
                failures[name] = str(error)
            except UnicodeEncodeError as error:
                tally.crashes.append(f"{name}: {error}")
            times[name] = time.monotonic() - began
        assert (await process.parse("docs/next.md", b"# Next\n")).document.title == "Next"
    finally:
        await process.stop()
    assert not sentinel.exists()
    assert set(failures.values()) <= {"parsing it takes longer than 10 seconds", "parsing it takes too much memory"}
    assert max(times.values()) < _SECONDS + 30  # with the start of the process
