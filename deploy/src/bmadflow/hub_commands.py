"""The commands that talk to a running BMADFlow; each takes the API and prints."""

import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from bmadflow.api_client import Api, Item
from bmadflow.options import WORKER
from bmadflow.refusal import Refused

_ENDED = {"succeeded", "failed", "cancelled"}
_POLL_SECONDS = 0.3
_RECENT = 50


def show_status(api: Api, console: Console, worker: Item | None = None) -> bool:
    """Health of the services (and the worker, if known) and the projects' sync states. False when one is not well."""
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
    table = Table("id", "project", "sync", "last synced", "repository")
    projects = list(api.items("/api/projects"))
    for project in projects:
        synced = project.get("last_synced_at") or "never"
        row = (project["id"], project["name"], project["sync_status"], synced, project["repo_url"])
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table)
    for project in projects:
        if project["sync_status"] == "failed":
            _show_failure(api, console, project)


def _show_failure(api: Api, console: Console, project: Item) -> None:
    """Why the project's newest failed run failed; a run asked for since then may be listed before it."""
    runs: list[Item] = api.get(f"/api/projects/{project['id']}/syncs", limit=_RECENT)["items"]
    for run in runs:
        if run["status"] == "failed":
            console.print(f"{escape(str(project['name']))}: {_failure(run)}")
            return


def sync(api: Api, console: Console, name: str) -> bool:
    """Sync a project and follow it to its end. False when a source failed or was cancelled."""
    project = api.project(name)
    runs: list[Item] = api.post(f"/api/projects/{project['id']}/sync")["syncs"]
    if not runs:
        raise Refused(f"The project {project['name']} has no source to sync.")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = {str(run["id"]): progress.add_task("queued", total=None) for run in runs}
        ended = [_follow(api, progress, run_id, bar) for run_id, bar in bars.items()]
    for run in ended:
        _report(console, run)
    return all(run["status"] == "succeeded" for run in ended)


def _follow(api: Api, progress: Progress, run_id: str, bar: TaskID) -> Item:
    while True:
        run = api.get(f"/api/syncs/{run_id}")
        description = escape(str(run.get("phase") or run["status"]))
        progress.update(
            bar, description=description, total=run.get("files_total"), completed=run.get("files_done") or 0
        )
        if run["status"] in _ENDED:
            progress.update(bar, description=run["status"])
            return run
        time.sleep(_POLL_SECONDS)  # between two looks at the run


def _report(console: Console, run: Item) -> None:
    if run["status"] == "failed":
        console.print(_failure(run))
        return
    counts = f"{run.get('files_total')} files, {run.get('files_changed')} changed, {run.get('files_removed')} removed"
    console.print(f"{run['status']}: {counts}, {run.get('files_failed')} failed, {run.get('chunks_total')} chunks")
    for warning in run.get("warnings") or []:
        console.print(f"  {escape(str(warning['path']))}: {escape(str(warning['message']))}")


def _failure(run: Item) -> str:
    return f"[red]failed[/red]: {escape(str(run.get('error_detail')))} \\[{escape(str(run.get('error_code')))}]"


def search(api: Api, console: Console, name: str, words: str, limit: int) -> None:
    """The best passages, each with its place."""
    project = api.project(name)
    found = api.post(f"/api/projects/{project['id']}/search", {"query": words, "limit": limit})
    for hit in found["results"]:
        heading = " › ".join(hit["heading_path"])
        console.print(f"[bold]{hit['rank']}. {_place(hit)}[/bold]  {escape(heading)}  ({hit['score']:.2f})")
        console.print(escape(_shorten(str(hit["text"]))), style="dim")
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
