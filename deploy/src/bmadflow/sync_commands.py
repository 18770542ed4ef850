"""The commands that start syncs and re-indexings, follow them to their end, and cancel them."""

import time
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from bmadflow.api_client import Api, Item
from bmadflow.refusal import Refused

OPEN = ("queued", "running")
_POLL_SECONDS = 0.3
_PAGE = 200


@dataclass
class _Followed:
    """A run that is shown: how it stood last, and its bar."""

    run: Item
    source: str
    bar: TaskID
    is_counting: bool = False


class _Rate(ProgressColumn):
    """Files a second, while there are some to do."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} files/s" if task.speed and not task.finished else "")


@dataclass
class Follower:
    """Follows the runs of one project on the console."""

    api: Api
    console: Console
    project: Item
    runs: list[Item]

    def follow(self) -> bool:
        """Until all have ended, and report. False when one failed or was cancelled."""
        names = {
            item["id"]: str(item["name"]) for item in self.api.items(f"/api/projects/{self.project['id']}/sources")
        }
        columns = (
            SpinnerColumn(),
            TextColumn("{task.fields[source]}"),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            followed: list[_Followed] = []
            for run in self.runs:
                source = names.get(run["source_id"], "")
                followed.append(_Followed(run, source, progress.add_task("queued", total=None, source=escape(source))))
            self._until_ended(progress, followed)
        for each in followed:
            self._report(each, with_name=len(followed) > 1)
        return all(each.run["status"] == "succeeded" for each in followed)

    def _until_ended(self, progress: Progress, followed: list[_Followed]) -> None:
        while going := [each for each in followed if each.run["status"] in OPEN]:
            for each in going:
                each.run = self.api.get(f"/api/syncs/{each.run['id']}")
                _show(progress, each)
            if any(each.run["status"] in OPEN for each in going):
                time.sleep(_POLL_SECONDS)  # between two looks at the runs

    def _report(self, each: _Followed, *, with_name: bool) -> None:
        run, name = each.run, f"{escape(each.source)}: " if with_name else ""
        if run["status"] == "failed":
            self.console.print(f"{name}{failure(run)}")
            return
        counts = (
            f"{run.get('files_total')} files, {run.get('files_changed')} changed, {run.get('files_removed')} removed"
        )
        more = f"{run.get('files_failed')} failed, {run.get('chunks_total')} chunks"
        self.console.print(f"{name}{run['status']}: {counts}, {more}")
        for warning in run.get("warnings") or []:
            place = escape(str(warning["path"])) or "the repository"
            self.console.print(f"  {place}: {escape(str(warning['message']))}")


def _show(progress: Progress, each: _Followed) -> None:
    run = each.run
    is_open = run["status"] in OPEN
    description = escape(str(run.get("phase") if is_open and run.get("phase") else run["status"]))
    total, done = run.get("files_total") or None, run.get("files_done") or 0
    if total and not each.is_counting:
        # What was unchanged is no work done: rate and remaining time count from here.
        progress.reset(each.bar, total=total, completed=done)
        each.is_counting = True
    progress.update(each.bar, description=description, total=total, completed=done)


def sync(api: Api, console: Console, name: str) -> bool:
    """Sync a project and follow it to its end. False when a source failed or was cancelled."""
    return _start(api, console, name, "sync").follow()


def reindex(api: Api, console: Console, name: str) -> bool:
    """Derive a project's index anew from what is stored, and follow that. False as for `sync`."""
    return _start(api, console, name, "reindex").follow()


def _start(api: Api, console: Console, name: str, kind: str) -> Follower:
    project = api.project(name)
    runs: list[Item] = api.post(f"/api/projects/{project['id']}/{kind}")["syncs"]
    if not runs:
        raise Refused(f"The project {project['name']} has no source to {kind}.")
    return Follower(api, console, project, runs)


def cancel(api: Api, console: Console, name: str) -> None:
    """Cancel what is queued or running of a project; what they have finished stays."""
    project = api.project(name)
    going = [run for run in api.items(f"/api/projects/{project['id']}/syncs", limit=_PAGE) if run["status"] in OPEN]
    for run in going:
        _cancel(api, run)
    console.print(f"{len(going)} being cancelled." if going else "Nothing is queued or running.")


def _cancel(api: Api, run: Item) -> None:
    try:
        api.post(f"/api/syncs/{run['id']}/cancel")
    except Refused:
        if api.get(f"/api/syncs/{run['id']}")["status"] in OPEN:
            raise  # else it has ended by itself a moment ago


def failure(run: Item) -> str:
    """Why a run failed, as markup."""
    return f"[red]failed[/red]: {escape(str(run.get('error_detail')))} \\[{escape(str(run.get('error_code')))}]"
