"""The routes that browse documents, over a real database."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from common.database import Database
from common.identity import Identity
from common.pages import encode_cursor

Json = dict[str, Any]
MEMBER_OF_TWO = Identity(user_id="u2", name="Two", projects=frozenset({2}))


@contextmanager
def counted(app: FastAPI) -> Generator[list[str]]:
    """The SQL statements that the app sends meanwhile."""
    database: Database = app.state.database
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def summaries(api: httpx.AsyncClient, project_id: int = 1, **params: Any) -> dict[str, Json]:
    answer = await api.get(f"/api/projects/{project_id}/documents", params=params)
    assert answer.status_code == 200, answer.text
    return {item["path"]: item for item in answer.json()["items"]}


async def document(api: httpx.AsyncClient, path: str) -> Json:
    answer = await api.get(f"/api/documents/{(await summaries(api))[path]['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_tree_has_folders_first_and_exact_nodes(api: httpx.AsyncClient, app: FastAPI) -> None:
    with counted(app) as statements:
        answer = await api.get("/api/projects/1/tree")
    assert answer.status_code == 200
    assert len(statements) == 3  # is there a living source, the sources, the files
    body = answer.json()
    assert body["project_id"] == 1
    assert [source["source_id"] for source in body["sources"]] == [10, 11]
    assert set(body["sources"][0]) == {"source_id", "name", "commit_sha", "tree"}
    agents, docs = body["sources"][0]["tree"]
    assert (agents["name"], docs["name"]) == (".bmad-core", "docs")
    assert set(docs) == {"type", "name", "path", "children"}
    assert [node["name"] for node in docs["children"]] == [
        "copy",
        "qa",
        "reference",
        "stories",
        "notes.txt",
        "prd.md",
        'Ünïcode "quote".md',
    ]
    prd = docs["children"][5]
    fields = {"type", "name", "path", "document_id", "file_type", "size_bytes", "kind", "status"}
    assert set(prd) == fields
    assert (prd["type"], prd["path"], prd["kind"], prd["file_type"]) == ("file", "docs/prd.md", "prd", "md")
    story = docs["children"][3]["children"][0]
    assert (story["kind"], story["status"]) == ("story", "done")


async def test_tree_of_a_project_without_documents_is_empty(api: httpx.AsyncClient) -> None:
    sources = (await api.get("/api/projects/3/tree")).json()["sources"]
    assert [source["tree"] for source in sources] == [[]]
    assert (await api.get("/api/projects/5/tree")).json()["sources"] == []  # new: only projects knows it
    assert (await api.get("/api/projects/4/tree")).status_code == 404  # its last source is gone, and so is it


async def test_list_filters(api: httpx.AsyncClient) -> None:
    everything = await summaries(api)
    assert len(everything) == 9
    assert list(everything) == sorted(everything)
    assert set(await summaries(api, path="docs/s")) == {"docs/stories/3.2-tree.md"}
    assert set(await summaries(api, path="docs/%")) == set()
    assert set(await summaries(api, kind="qa_gate")) == {"docs/qa/gates/3.2-tree.yml"}
    assert len(await summaries(api, kind=["qa_gate", "story"])) == 2
    assert set(await summaries(api, source_id=11)) == {"README.md"}
    assert await summaries(api, source_id=20) == {}
    assert everything[".bmad-core/agents/dev.md"]["is_framework"] is True


@pytest.mark.parametrize("order", ["path", "updated"])
async def test_list_pages_cover_everything_once(api: httpx.AsyncClient, app: FastAPI, order: str) -> None:
    seen: list[Json] = []
    cursor: str | None = None
    while True:
        params = {"limit": "4", "order": order, **({"cursor": cursor} if cursor else {})}
        with counted(app) as statements:
            page = (await api.get("/api/projects/1/documents", params=params)).json()
        assert len(statements) == 2
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 4
    expected = list((await summaries(api)).values())
    if order == "updated":
        expected.sort(key=lambda item: (item["updated_at"], item["id"]), reverse=True)
        assert seen[0]["path"] == "README.md"  # its source was stored last; the others' times are all one
    assert seen == expected


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"cursor": "nonsense"}, "CURSOR_INVALID"),
        ({"cursor": encode_cursor("\ud800", 1)}, "CURSOR_INVALID"),
        ({"cursor": encode_cursor(1, 1)}, "CURSOR_INVALID"),
        ({"cursor": encode_cursor("docs/prd.md", 1), "order": "updated"}, "CURSOR_INVALID"),
        ({"order": "size"}, "VALIDATION_ERROR"),
        ({"limit": 0}, "VALIDATION_ERROR"),
        ({"limit": 201}, "VALIDATION_ERROR"),
        ({"kind": "poem"}, "VALIDATION_ERROR"),
        ({"path": "a\0"}, "VALIDATION_ERROR"),
        ({"path": "a" * 1025}, "VALIDATION_ERROR"),
        ({"source_id": 2**63}, "VALIDATION_ERROR"),
    ],
)
async def test_bad_list_parameters(api: httpx.AsyncClient, params: dict[str, Any], code: str) -> None:
    answer = await api.get("/api/projects/1/documents", params=params)
    assert (answer.status_code, answer.json()["error_code"]) == (422, code)


async def test_document_has_everything_its_page_shows(api: httpx.AsyncClient) -> None:
    found = await document(api, "docs/prd.md")
    assert found["title"] == "Product requirements"
    assert found["content"].startswith("# Product requirements\n")
    assert "<script" not in found["html"]
    assert [entry["anchor"] for entry in found["toc"]] == [
        "product-requirements",
        "functional-requirements",
        "retention",
    ]
    assert found["toc"][2]["line"] == found["content"].split("\n").index("## Retention") + 1
    assert found["updated_at"].endswith("Z")


async def test_links_are_resolved_when_the_document_is_read(api: httpx.AsyncClient) -> None:
    ids = {path: each["id"] for path, each in (await summaries(api)).items()}
    links = {link["text"]: link for link in (await document(api, "docs/prd.md"))["links"]}
    story = ids["docs/stories/3.2-tree.md"]
    resolved = {
        text: (link["state"], link["target_document_id"], link["target_anchor"]) for text, link in links.items()
    }
    assert resolved == {
        "the story": ("ok", story, "tasks"),
        "moved": ("moved", ids["docs/reference/glossary.md"], None),
        "gone": ("broken", None, None),
        "site": ("external", None, None),
        "bad anchor": ("broken", story, None),
        "picture": ("external", None, None),
        "A folder": ("ok", None, None),
        "two of them": ("broken", None, None),
        "odd": ("broken", None, None),
        "no folder": ("broken", None, None),
    }


async def test_resolving_links_reads_only_where_they_may_lead(api: httpx.AsyncClient, app: FastAPI) -> None:
    document_id = (await summaries(api))["docs/prd.md"]["id"]
    with counted(app) as statements:
        await api.get(f"/api/documents/{document_id}")
    # The document, its links, paths, folders and names that they may mean, the source's folder, anchors of targets.
    assert len(statements) == 7
    assert all("ANY" in each or "unnest" in each for each in statements[2:5])


async def test_raw_is_plain_text_that_a_browser_only_shows(api: httpx.AsyncClient) -> None:
    summary = (await summaries(api))['docs/Ünïcode "quote".md']
    answer = await api.get(f"/api/documents/{summary['id']}/raw")
    assert answer.text == "# Odd name\n\nA file whose name needs care in headers.\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("inline; filename=\"_n_code _quote_.md\"; filename*=UTF-8''%C3%9Cn")
    assert answer.headers["etag"] == f'"{summary["blob_sha"]}"'


async def test_raw_isnt_sent_again_to_who_has_it(api: httpx.AsyncClient) -> None:
    summary = (await summaries(api))["docs/prd.md"]
    path = f"/api/documents/{summary['id']}/raw"
    for held in (f'"{summary["blob_sha"]}"', f'"other", W/"{summary["blob_sha"]}"', "*"):
        answer = await api.get(path, headers={"If-None-Match": held})
        assert (answer.status_code, answer.content) == (304, b"")
    assert (await api.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_llms_text_lists_documents_by_kind_without_framework_files(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/projects/1/llms.txt")
    ids = {path: each["id"] for path, each in (await summaries(api)).items()}
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "## story\n\n- [Story 3.2: File tree navigation](/api/documents/" in answer.text
    assert f"(/api/documents/{ids['docs/prd.md']}/raw): docs/prd.md" in answer.text
    assert "dev.md" not in answer.text


async def test_statistics_count_what_one_may_see(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, headers_of: Callable[[Identity], dict[str, str]]
) -> None:
    everything = (await api.get("/api/stats/documents")).json()
    assert everything["documents"] == 10
    assert everything["chunks"] >= 10
    by_project = everything["by_project"]
    assert [(each["project_id"], each["documents"]) for each in by_project] == [(1, 9), (2, 1)]
    assert sum(each["chunks"] for each in by_project) == everything["chunks"]
    mine = (await anonymous.get("/api/stats/documents", headers=headers_of(MEMBER_OF_TWO))).json()
    of_two = {"documents": 1, "chunks": 1}
    assert mine == {**of_two, "by_project": [{"project_id": 2, **of_two}]}


async def test_versions_of_a_document_that_never_changed(api: httpx.AsyncClient, app: FastAPI) -> None:
    found = await document(api, "docs/prd.md")
    with counted(app) as statements:
        answer = await api.get(f"/api/documents/{found['id']}/versions")
    assert len(statements) == 2
    (version,) = answer.json()["items"]
    fields = ("commit_sha", "blob_sha", "path", "title", "size_bytes", "last_commit")
    expected = {field: found[field] for field in fields}
    assert version == expected | {"synced_at": found["updated_at"], "is_current": True}
    with counted(app) as statements:
        same = await api.get(
            f"/api/documents/{found['id']}/diff", params={"from": found["commit_sha"], "to": found["commit_sha"]}
        )
    assert len(statements) == 4  # the document, its versions, two texts
    assert same.json() == {
        "document_id": found["id"],
        "from": version,
        "to": version,
        "added_lines": 0,
        "removed_lines": 0,
        "hunks": [],
        "is_truncated": False,
    }


PROJECT_ROUTES = [
    ("GET", "/api/projects/{}/tree"),
    ("GET", "/api/projects/{}/documents"),
    ("GET", "/api/projects/{}/llms.txt"),
    ("POST", "/api/projects/{}/search"),
    ("GET", "/api/projects/{}/suggest?q=logs"),
]
DOCUMENT_ROUTES = [
    ("GET", "/api/documents/{}"),
    ("GET", "/api/documents/{}/raw"),
    ("GET", "/api/documents/{}/versions"),
    ("GET", "/api/documents/{}/diff"),
    ("GET", "/api/documents/{}/assets/a.png"),
]
OTHER_ROUTES = [
    ("GET", "/api/stats/documents"),
    ("POST", "/api/search"),
    ("GET", "/api/suggest"),
    ("GET", "/api/events/documents/dead"),
]
SEARCH = {"query": "logs", "mode": "keyword"}


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES)
async def test_unknown_and_invisible_projects_look_alike(
    api: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    headers_of: Callable[[Identity], dict[str, str]],
    method: str,
    path: str,
) -> None:
    unknown = await api.request(method, path.format(42), json=SEARCH)
    invisible = await anonymous.request(method, path.format(1), json=SEARCH, headers=headers_of(MEMBER_OF_TWO))
    for answer, project_id in ((unknown, 42), (invisible, 1)):
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"Project {project_id} not found"
        assert answer.json()["error_code"] == "PROJECT_NOT_FOUND"
    visible = await anonymous.request(method, path.format(2), json=SEARCH, headers=headers_of(MEMBER_OF_TWO))
    assert visible.status_code == 200


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES)
async def test_a_project_of_which_no_event_has_arrived_is_there(
    api: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    headers_of: Callable[[Identity], dict[str, str]],
    method: str,
    path: str,
) -> None:
    assert (await api.request(method, path.format(5), json=SEARCH)).status_code == 200
    hidden = await anonymous.request(method, path.format(5), json=SEARCH, headers=headers_of(MEMBER_OF_TWO))
    assert (hidden.status_code, hidden.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES)
async def test_an_answer_that_tells_nothing_is_no_missing_project(
    api: httpx.AsyncClient, method: str, path: str
) -> None:
    for status in (302, 401, 403, 422, 500, 503):
        answer = await api.request(method, path.format(status), json=SEARCH)
        assert (answer.status_code, answer.json()["error_code"]) == (503, "PROJECTS_UNAVAILABLE"), status
    missing = await api.request(method, path.format(404), json=SEARCH)
    assert (missing.status_code, missing.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), DOCUMENT_ROUTES)
async def test_unknown_and_invisible_documents_look_alike(
    api: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    headers_of: Callable[[Identity], dict[str, str]],
    method: str,
    path: str,
) -> None:
    hidden = (await summaries(api))["docs/prd.md"]["id"]
    unknown = await api.request(method, path.format(10**9))
    invisible = await anonymous.request(method, path.format(hidden), headers=headers_of(MEMBER_OF_TWO))
    for answer in (unknown, invisible):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "DOCUMENT_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES + DOCUMENT_ROUTES + OTHER_ROUTES)
async def test_every_route_needs_an_identity(anonymous: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await anonymous.request(method, path.format(1), json=SEARCH)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "IDENTITY_REQUIRED")


def test_the_route_lists_above_are_complete(app: FastAPI) -> None:
    listed = {(method, path.partition("{")[0]) for method, path in PROJECT_ROUTES + DOCUMENT_ROUTES + OTHER_ROUTES}
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            assert (method.upper(), path.partition("{")[0]) in listed or path.startswith("/api/events/"), path


async def test_dead_letters_are_for_administrators(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, headers_of: Callable[[Identity], dict[str, str]]
) -> None:
    path = "/api/events/documents/dead"
    assert (await api.get(path)).json() == {"items": [], "next_cursor": None}
    assert (await anonymous.get(path, headers=headers_of(MEMBER_OF_TWO))).status_code == 403


async def test_health_and_api_document(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/api/health/ready")).json()["checks"] == {"database": "ok"}
    operations = (await anonymous.get("/api/openapi.json")).json()["paths"]
    assert operations["/api/projects/{project_id}/search"]["post"]["operationId"] == "documents-search_project"
