"""The main job by URL only: register, sync, browse, search, ask; then change, and the hub follows."""

import json
from typing import Any

import httpx

from tests.e2e.hub import Hub, Repository, events_of, wait_until

PRD = """\
# Harbour PRD

## Functional Requirements

- **FR1**: A harbour master assigns a berth to every vessel before it arrives.
- **FR2**: A pilot sees the tide table of the next three days.

## Non Functional Requirements

- **NFR1**: The berth plan is recomputed within four seconds.
"""
STORY = """\
# Story 2.1: Assign a berth

Status: in-progress

## Story

As a harbour master, I want to assign a berth, so that no vessel waits at sea.

## Acceptance Criteria

1. A vessel longer than the berth is refused with the sentence "Berth too short".
2. Two vessels never share a berth at the same hour.
"""
FILES: dict[str, str | bytes] = {
    "docs/prd.md": PRD,
    "docs/stories/2-1-assign-a-berth.md": STORY,
    "docs/architecture.md": "# Architecture\n\n## Storage\n\nBerths are kept in PostgreSQL, tides in Parquet files.\n",
    "docs/data/tides.csv": "hour,height\n06,3.1\n12,0.4\n",
    "docs/config.yaml": "harbour:\n  berths: 14\n  name: Östhamn\n",
    "docs/ünïcode näme.md": "# Grüße\n\nEin Dokument mit Umlauten.\n",
    ".bmad-core/agents/dev.md": "# Developer agent\n\nYou assign a berth to nobody.\n",
    "src/main.py": "print('not a document')\n",
    "logo.png": b"\x89PNG\r\n",
}
DOCUMENTS = [path for path in FILES if not path.endswith((".py", ".png"))]


def test_a_repository_becomes_browsable_searchable_and_answerable(
    hub: Hub, repository: Repository, repository_url: str
) -> None:
    repository.write(FILES)
    commit = repository.push()
    project = hub.create_project(f"Harbour {repository.work.name}", repository_url)

    run = hub.sync(project)

    assert run["status"] == "succeeded", run
    assert run["commit_sha"] == commit
    assert (run["files_total"], run["files_done"], run["files_failed"]) == (len(DOCUMENTS), len(DOCUMENTS), 0)
    tree = repository.tree()
    assert hub.documents(project) == {path: tree[path] for path in DOCUMENTS}
    assert tree_paths(hub, project) == sorted(DOCUMENTS)
    check_reading(hub, project)
    check_search(hub, project)
    check_answer(hub, project, commit, repository)


def tree_paths(hub: Hub, project: int) -> list[str]:
    def files(nodes: list[dict[str, Any]]) -> list[str]:
        return [p for n in nodes for p in ([n["path"]] if n["type"] == "file" else files(n["children"]))]

    return sorted(p for s in hub.call("GET", f"/api/projects/{project}/tree")["sources"] for p in files(s["tree"]))


def check_reading(hub: Hub, project: int) -> None:
    found = hub.call("GET", f"/api/projects/{project}/documents?path=docs/prd.md")["items"]
    document = hub.call("GET", f"/api/documents/{found[0]['id']}")
    assert document["content"] == PRD
    assert {entry["anchor"] for entry in document["toc"]} >= {"functional-requirements", "non-functional-requirements"}
    assert 'id="functional-requirements"' in document["html"]
    raw = hub.client.get(f"/api/documents/{document['id']}/raw")
    assert raw.content == PRD.encode()
    assert raw.headers["x-content-type-options"] == "nosniff"


def check_search(hub: Hub, project: int) -> None:
    wanted = {
        "which vessels are refused": "docs/stories/2-1-assign-a-berth.md",
        "where are tides stored": "docs/architecture.md",
        "FR2": "docs/prd.md",
        "NFR1": "docs/prd.md",
        "Story 2.1": "docs/stories/2-1-assign-a-berth.md",
    }
    first = {query: hub.search(project, query)[0] for query in wanted}
    assert {query: hit["path"] for query, hit in first.items()} == wanted
    for hit in first.values():
        assert hit["text"] in "".join(str(FILES[hit["path"]]))
        assert 0 <= hit["score"] <= 1
    everywhere = {hit["path"] for hit in hub.search(project, "assign a berth", limit=50)}
    with_framework = {hit["path"] for hit in hub.search(project, "assign a berth", limit=50, include_framework=True)}
    assert with_framework - everywhere == {".bmad-core/agents/dev.md"}


def check_answer(hub: Hub, project: int, commit: str, repository: Repository) -> None:
    message = hub.ask(project, "What happens when a vessel is longer than the berth?")
    assert message["answered"], message
    assert message["status"] == "complete"
    assert "Berth too short" in message["content"]
    for citation in message["sources"]:
        assert f"[{citation['n']}]" in message["content"]
        assert citation["commit_sha"] == commit
        assert citation["is_current"]
        lines = repository.git("show", f"{commit}:{citation['path']}").splitlines()
        cited = "\n".join(lines[citation["line_start"] - 1 : citation["line_end"]])
        assert citation["quote"] in cited
    unanswered = hub.ask(project, "Which football club won the cup in 1987?")
    assert not unanswered["answered"], unanswered


def test_an_answer_is_streamed_in_order(hub: Hub, repository: Repository, repository_url: str) -> None:
    repository.write(FILES)
    repository.push()
    project = hub.create_project(f"Stream {repository.work.name}", repository_url)
    hub.sync(project)
    conversation = hub.call("POST", f"/api/projects/{project}/conversations", expect=201, body={})
    path = f"/api/conversations/{conversation['id']}/messages"
    events: list[tuple[str, Any]] = []
    name = ""
    with hub.client.stream(
        "POST", path, json={"content": "How are tides stored?"}, headers={"Accept": "text/event-stream"}
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name = line[6:].strip() if line.startswith("event:") else name
            if line.startswith("data:"):
                events.append((name, json.loads(line[5:])))
    names = [event for event, _ in events]
    assert names[0] == "message.started"
    assert names[1] == "retrieval"
    assert names[-1] == "message.completed"
    assert names.count("message.completed") == 1
    told = "".join(data["text"] for event, data in events if event == "token")
    assert told.strip() == events[-1][1]["content"].strip()
    kept = hub.call("GET", f"/api/conversations/{conversation['id']}")
    assert [message["role"] for message in kept["messages"]] == ["user", "assistant"]


def test_the_index_follows_edits_renames_and_removals(hub: Hub, repository: Repository, repository_url: str) -> None:
    repository.write(FILES)
    repository.push()
    project = hub.create_project(f"Follow {repository.work.name}", repository_url)
    first = hub.sync(project)
    ids = document_ids(hub, project)

    unchanged = hub.sync(project)
    assert (unchanged["status"], unchanged["files_changed"], unchanged["chunks_embedded"]) == ("succeeded", 0, 0)
    assert unchanged["chunks_total"] == first["chunks_total"]
    answer = hub.ask(project, "Where are berths kept?")
    assert answer["answered"]

    repository.write({"docs/architecture.md": "# Architecture\n\n## Storage\n\nEverything is kept in SQLite.\n"})
    repository.git("mv", "docs/prd.md", "docs/requirements.md")
    repository.git("rm", "-q", "docs/data/tides.csv")
    repository.push()
    changed = hub.sync(project)

    assert changed["status"] == "succeeded", changed
    assert (changed["files_removed"], changed["chunks_embedded"]) == (1, 1)
    tree = repository.tree()
    assert hub.documents(project) == {path: tree[path] for path in tree if not path.endswith((".py", ".png"))}
    assert document_ids(hub, project)["docs/requirements.md"] == ids["docs/prd.md"]
    assert not any("Parquet" in hit["text"] for hit in hub.search(project, "Parquet", limit=50))
    assert hub.search(project, "SQLite")[0]["path"] == "docs/architecture.md"
    check_citations_know_of_the_change(hub, answer)

    hub.call("DELETE", f"/api/projects/{project}", expect=204)
    gone = hub.call("GET", f"/api/projects/{project}", expect=404)
    assert gone["error_code"] == "PROJECT_NOT_FOUND"


def check_citations_know_of_the_change(hub: Hub, answer: dict[str, Any]) -> None:
    def states() -> set[bool]:
        messages = hub.call("GET", f"/api/conversations/{answer['conversation_id']}")["messages"]
        return {c["is_current"] for m in messages for c in m["sources"] if c["path"] == "docs/architecture.md"}

    wait_until(states, lambda seen: seen == {False}, 20)


def document_ids(hub: Hub, project: int) -> dict[str, int]:
    items = hub.call("GET", f"/api/projects/{project}/documents?limit=200")["items"]
    return {item["path"]: item["id"] for item in items}


def test_progress_is_streamed_and_resumed(hub: Hub, repository: Repository, repository_url: str) -> None:
    repository.write({f"docs/{n}.md": f"# Note {n}\n\nText of note {n}.\n" for n in range(60)})
    repository.push()
    project = hub.create_project(f"Progress {repository.work.name}", repository_url)
    run = hub.sync(project)
    seen: list[str] = []
    for event, data in events_of(hub, f"/api/projects/{project}/events", last_event_id="0"):
        seen.append(event)
        if event == "sync.succeeded":
            assert data["id"] == run["id"]
            break
    assert seen.count("document.changed") == 60
    assert "sync.started" in seen


def test_failures_say_what_to_do(hub: Hub, repository: Repository, repository_url: str) -> None:
    cases: dict[str, dict[str, Any]] = {
        "REPOSITORY_EMPTY": {"repo_url": repository_url},
        "REPOSITORY_NOT_FOUND": {"repo_url": f"{hub.git_url}/nobody.git"},
    }
    for code, fields in cases.items():
        project = hub.create_project(f"{code} {repository.work.name}", **fields)
        run = hub.sync(project)
        assert (run["status"], run["error_code"]) == ("failed", code), run
        assert run["error_detail"].endswith(".")
    repository.write({"README.md": "# Hello\n\nWorld.\n"})
    repository.push()
    project = hub.create_project(f"Branch {repository.work.name}", repository_url, branch="no-such-branch")
    assert hub.sync(project)["error_code"] == "BRANCH_NOT_FOUND"


def test_faulty_files_are_warnings(hub: Hub, repository: Repository, repository_url: str) -> None:
    repository.write(
        {
            "docs/good.md": "# Good\n\nAll is well.\n",
            "docs/latin.md": b"# Caf\xe9\n\nNot UTF-8.\n",
            "docs/broken.yaml": "a: [1, 2\nb: {c\n",
            "docs/huge.md": b"# Huge\n" + b"x" * (11 << 20),
        }
    )
    repository.push()
    project = hub.create_project(f"Faulty {repository.work.name}", repository_url)
    run = hub.sync(project)
    assert run["status"] == "succeeded", run
    assert {w["path"] for w in run["warnings"]} >= {"docs/latin.md", "docs/broken.yaml", "docs/huge.md"}
    assert len(hub.documents(project)) == 4
    assert hub.search(project, "all is well")[0]["path"] == "docs/good.md"


def test_the_front_door(hub: Hub) -> None:
    document = hub.call("GET", "/api/openapi.json")
    assert document["info"]["title"] == "BMADFlow API"
    assert document["info"]["description"] == "Documentation hub with RAG chatbot for BMAD Method projects"
    assert {"projects", "documents", "chat"} <= {tag["name"] for tag in document["tags"]}
    for path in ("/api/docs", "/api/redoc"):
        assert hub.client.get(path).headers["content-type"].startswith("text/html")
    for service in ("projects", "documents", "chat"):
        assert hub.call("GET", f"/api/openapi/{service}.json")["paths"]
    assert hub.call("GET", "/api/health")["status"] == "ok"
    missing = hub.client.get("/api/projects/424242", headers={"X-Request-ID": "my-request"})
    assert missing.headers["x-request-id"] == "my-request"
    assert missing.json()["detail"] == "Project 424242 not found"
    elsewhere = httpx.get(f"{hub.url}/api/projects", headers={"Host": "attacker.example"})
    assert elsewhere.status_code in (400, 421)
    forged = httpx.post(f"{hub.url}/api/projects", json={}, headers={"Origin": "http://attacker.example"})
    assert forged.status_code == 403
    allowed = httpx.get(f"{hub.url}/api/projects", headers={"Origin": "http://localhost:3000"})
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert allowed.headers["access-control-allow-credentials"] == "true"
