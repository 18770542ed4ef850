"""The commands that talk to a running BMADFlow; each takes the API and prints."""

from itertools import islice
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bmadflow.api_client import Api, Item
from bmadflow.options import WORKER
from bmadflow.sync_commands import failure

_PAGE = 200


def show_status(api: Api, console: Console, worker: Item | None = None) -> bool:
    """Health of the services (and the worker, if known) and the sources' sync states. False when one is not well."""
    health = api.health()
    services: dict[str, Any] = health.get("services", {}) | ({WORKER: worker} if worker else {})
    table = Table("service", "status")
    for name, state in services.items():
        table.add_row(escape(name), escape(str(state.get("status", state) if isinstance(state, dict) else state)))
    console.print(f"BMADFlow {escape(str(health.get('version', '')))}: {escape(str(health.get('status')))}")
    console.print(table)
    if _is_well(services.get("projects")):
        _show_projects(api, console)
    return health.get("status") == "ok" and all(_is_well(state) for state in services.values())


def _is_well(state: Any) -> bool:
    return isinstance(state, dict) and state.get("status") == "ok"


def _show_projects(api: Api, console: Console) -> None:
    """A line for each source, and what went wrong below."""
    table = Table("id", "project", "source", "sync", "last synced", "remote", "next sync", "repository")
    projects = list(api.items("/api/projects"))
    troubles: list[str] = []
    for project in projects:
        for source in api.items(f"/api/projects/{project['id']}/sources"):
            synced, planned = source.get("last_synced_at") or "never", source.get("next_sync_at") or ""
            row = (project["id"], project["name"], source["name"], source["sync_status"], synced, _remote(source))
            table.add_row(*(escape(str(cell)) for cell in (*row, planned, source["repo_url"])))
            troubles += _troubles(api, project, source)
        if not project.get("source_count"):
            table.add_row(escape(str(project["id"])), escape(str(project["name"])), "no source yet")
    console.print(table)
    for trouble in troubles:
        console.print(trouble)


def _remote(source: Item) -> str:
    """How the index stands to the remote's branch, when that was last asked."""
    if source.get("remote_error_code"):
        return "can't be asked"
    if source.get("is_behind"):
        return "behind"
    return "in step" if source.get("remote_commit_sha") else ""


def _troubles(api: Api, project: Item, source: Item) -> list[str]:
    name = f"{escape(str(project['name']))}, {escape(str(source['name']))}"
    found: list[str] = []
    if source.get("remote_error_code"):
        reason = escape(str(source.get("remote_error_detail")))
        found.append(f"{name}: the remote can't be asked: {reason} \\[{escape(str(source['remote_error_code']))}]")
    if source["sync_status"] == "failed":
        # A run asked for since then may be listed before it.
        runs = api.items(f"/api/projects/{project['id']}/syncs", limit=_PAGE)
        failed = (run for run in runs if run["status"] == "failed" and run["source_id"] == source["id"])
        found += [f"{name}: {failure(run)}" for run in islice(failed, 1)]
    return found


def search(api: Api, console: Console, name: str, body: Item) -> None:
    """The best passages, each with its place and those of its copies; `body` is a search request."""
    project = api.project(name)
    found = api.post(f"/api/projects/{project['id']}/search", body)
    for correction in found["corrections"]:
        console.print(f"Nothing has “{escape(correction['from'])}”: searched for “{escape(correction['to'])}”.")
    for warning in found["warnings"]:
        console.print(escape(str(warning)))
    for hit in found["results"]:
        heading = " › ".join(hit["heading_path"])
        console.print(f"[bold]{hit['rank']}. {_place(hit)}[/bold]  {escape(heading)}  ({hit['score']:.2f})")
        console.print(escape(_shorten(str(hit["text"]))), style="dim")
        if hit["also_in"]:
            console.print(f"also in {', '.join(_place(copy) for copy in hit['also_in'])}", style="dim")
    if not found["results"]:
        console.print("Nothing found.")


def ask(api: Api, console: Console, name: str, question: str) -> None:
    """The answer to a question, with its citations as path:line."""
    project = api.project(name)
    conversation = api.post(f"/api/projects/{project['id']}/conversations", {"title": question[:80]})
    answer = api.post(f"/api/conversations/{conversation['id']}/messages", {"content": question})["assistant_message"]
    console.print(escape(str(answer["content"])))
    for citation in answer.get("sources") or []:
        heading = " › ".join(citation["heading_path"])
        console.print(f"\\[{citation['n']}] {_place(citation)}  {escape(heading)}")


def _place(source: Item) -> str:
    return escape(f"{source['path']}:{source['line_start']}")


def _shorten(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 240 else f"{flat[:240]} …"
