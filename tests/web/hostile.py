"""A repository that holds every payload wherever a document can hold one. `hostile_files`."""

import json
from collections.abc import Iterator

from tests.web import payloads

NAME = '<img src=x onerror=alert(1)> "><svg onload=alert(1)> javascript:alert(1)'
DESCRIPTION = "<script>alert(1)</script> [open](javascript:alert(1)) ![pixel](http://example.invalid/p.png) {{7*7}}"
_FILE_NAMES = (
    "<img src=x onerror=alert(1)>.md",
    '"><svg onload=alert(1)>.md',
    "javascript:alert(1).md",
    "'onmouseover=alert(1) x='.md",
    "[open](javascript:alert(1)).md",
    "![x](x).md",
    "<script>alert(1)<folder>/note.md",
    "<!--.md",
    "{{constructor}} ${alert(1)}.md",
    "&lt;img src=x onerror=alert(1)&gt;.md",
    "%2e%2e%2f%00.md",
    "question?query#hash.md",
    "__proto__.md",
    "constructor/prototype.json",
    "\u202egpj.\u202ddm.md",
)


def hostile_files(canary: str) -> dict[str, str | bytes]:
    """{path: content} of the repository; what loads asks the server at `canary`."""
    files: dict[str, str] = {"docs/front-matter.md": _front_matter(), **_data_files()}
    for group, members in payloads.GROUPS.items():
        files[f"docs/{group}.md"] = _document(group, members)
    for number, payload in enumerate(payloads.SWALLOWING):
        files[f"docs/swallowing/{number}.md"] = f"# Swallowing {number}\n\nBefore {payload}\n\n{payload}\n\nBehind.\n"
    files["docs/rendered/diagrams.md"] = _document(
        "diagrams", [f"```mermaid\n{each}\n```" for each in payloads.MERMAID]
    )
    files["docs/rendered/formulas.md"] = _document(
        "formulas", [f"${each}$\n\n$$\n{each}\n$$" for each in payloads.MATH]
    )
    files |= {f"docs/names/{name}": f"# {name}\n\nA note in a strange file.\n" for name in _FILE_NAMES}
    host = canary.removeprefix("http://")
    return {path: text.replace("CANARY_HOST", host).replace("CANARY", canary) for path, text in files.items()}


def questions() -> list[str]:
    """What to ask so that answers quote every group, and questions that are payloads themselves."""
    groups = [f"What does the marzipan gauge 3 of the {group} read on a calm day?" for group in payloads.GROUPS]
    return [*groups, *payloads.SHORT[:3]]


def gauges(group: str) -> Iterator[str]:
    """The sentence behind each payload of a group's document: whatever swallowed it hid the next payload too."""
    for number in range(len(payloads.GROUPS[group])):
        yield f"End of gauge {number}."


def _document(group: str, members: list[str] | tuple[str, ...]) -> str:
    parts = [f"# Gauges of the {group}\n\nThe reading of every gauge, as it was written down.\n"]
    for number, payload in enumerate(members):
        inline = payload if "\n" not in payload else "what stands below"
        sentence = f"The marzipan gauge {number} of the {group} reads {inline} on a calm day."
        parts.append(f"## Gauge {number}\n\n{sentence}\n\n{payload}\n\nEnd of gauge {number}.\n")
    return "\n".join(parts)


def _front_matter() -> str:
    values = "\n".join(f"key{number}: {json.dumps(each)}" for number, each in enumerate(payloads.SHORT))
    keys = "\n".join(f"{json.dumps(each)}: value" for each in payloads.SHORT)
    headings = "\n\n".join(f"## Heading {each}" for each in payloads.SHORT)
    status = "Status: <img src=x onerror=alert(1)>"
    return (
        f'---\ntitle: "{payloads.SHORT[0]}"\n{values}\n{keys}\n---\n\n# Story 1.1: {NAME}\n\n{status}\n\n{headings}\n'
    )


def _data_files() -> dict[str, str]:
    values = list(payloads.SHORT)
    rows = [[str(number), each, each] for number, each in enumerate(values)]
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    mapping = "".join(f"{json.dumps(each)}: {json.dumps(each)}\n" for each in values)
    return {
        "docs/data/cells.csv": f'number,"{values[0]}",reading\n{quoted}\n',
        "docs/data/cells.tsv": "number\treading\n" + "".join(f"{row[0]}\t{row[1]}\n" for row in rows),
        "docs/data/values.json": json.dumps({each: [each, {"deep": each}] for each in values}, indent=2),
        "docs/data/values.jsonl": "".join(json.dumps({"reading": each}) + "\n" for each in values),
        "docs/data/values.yaml": f"{mapping}anchor: &a {json.dumps(values[0])}\nagain: *a\ntag: !!python/name:os.x x\n",
        "docs/data/values.toml": "".join(f"{json.dumps(each)} = {json.dumps(each)}\n" for each in values),
        "docs/data/values.xml": "<story-context><storyId><![CDATA[" + values[0] + "]]></storyId></story-context>\n",
        "docs/data/broken.yaml": f"a: [{values[0]}\nb: {{{values[1]}\n",
        "docs/data/plain.txt": "\n\n".join(values) + "\n",
        "docs/data/plain.rst": ".. raw:: html\n\n   " + values[0] + "\n\n`open <javascript:alert(1)>`_\n",
        "docs/sprint-status.yaml": f"development_status:\n  epic-1: {json.dumps(values[0])}\n  1-1-x: review\n",
    }
