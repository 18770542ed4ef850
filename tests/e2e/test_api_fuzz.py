"""schemathesis over the merged OpenAPI document, through the gateway: every check, every phase, no 5xx.

`FUZZ_EXAMPLES` sets how many requests per operation (default: few, so that the whole suite stays short).
"""

import os
import subprocess
import sys
from pathlib import Path

from common.pages import encode_cursor
from tests.e2e.hub import Hub

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "8")
ENDLESS = r"/events$"  # the event stream has no end, by design
SOME_UUID = "01a208b6-19a8-711d-8f43-d69323679cdd"
# Cursors are opaque: a schema can't say which are valid. Damaged ones, and those of another order, are for the
# services' own tests.
CURSORS = {
    "/api/projects": encode_cursor(1),
    "/api/projects/{project_id}/sources": encode_cursor(1),
    "/api/projects/{project_id}/syncs": encode_cursor(SOME_UUID),
    "/api/projects/{project_id}/documents": encode_cursor("docs", 1),
    "/api/documents/{document_id}/versions": encode_cursor(1),
    "/api/projects/{project_id}/conversations": encode_cursor(1, 1),
    "/api/events/projects/dead": encode_cursor(SOME_UUID),
    "/api/events/documents/dead": encode_cursor(SOME_UUID),
    "/api/events/chat/dead": encode_cursor(SOME_UUID),
}


# A path's slashes belong to the address as they are, which OpenAPI can't say: what it generates is refused at the door.
ASSETS = """[[operations]]
include-name = "GET /api/documents/{document_id}/assets/{path}"
parameters = { "path" = "logo.png" }
"""

# Documents and chat learn of a deleted project by an event, milliseconds later; `test_journey` waits for that.
LATE = """[[operations]]
include-tag = ["documents", "chat"]
checks.use_after_free.enabled = false
"""

REFUSALS = '["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]'
# Which keys can be read, which credential fits which address and which times come is more than a schema can say.
CHECKED_FURTHER = "".join(
    f'[[operations]]\ninclude-name = "{name}"\nchecks.positive_data_acceptance.expected-statuses = {REFUSALS}\n'
    for name in ("POST /api/projects", "POST /api/projects/{project_id}/sources", "PATCH /api/sources/{source_id}")
)


def with_cursor(entry: tuple[str, str]) -> str:
    path, cursor = entry
    order = ', "order" = "path"' if path.endswith("/documents") else ""
    return f'[[operations]]\ninclude-name = "GET {path}"\nparameters = {{ "cursor" = "{cursor}"{order} }}\n'


def test_every_operation_keeps_its_contract(hub: Hub, tmp_path: Path) -> None:
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{hub.url}/api/openapi.json"),
        *("--checks", "all", "--max-examples", EXAMPLES, "--exclude-path-regex", ENDLESS),
        *("--generation-deterministic", "--request-timeout", "30", "--no-color"),
    ]
    (tmp_path / "schemathesis.toml").write_text(
        LATE + ASSETS + CHECKED_FURTHER + "".join(map(with_cursor, CURSORS.items()))
    )
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-2000:]
