"""The command line `bmadflow`."""

import asyncio
import os
import shlex
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from bmadflow import event_commands, hub_commands, sync_commands
from bmadflow.api_client import Api, worker_health
from bmadflow.compose_env import compose_env
from bmadflow.first_projects import parse_project
from bmadflow.options import DEFAULT_PORT, SERVICES, Options, default_data_folder
from bmadflow.refusal import Refused
from common.bootstrap import bootstrap as prepare

app = typer.Typer(
    help="BMADFlow: a documentation hub with a chatbot for BMAD projects.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
events = typer.Typer(help="Events that could not be handled.", no_args_is_help=True)
app.add_typer(events, name="events")
dead = typer.Typer(help="Dead letters: events given up after several attempts.", no_args_is_help=True)
events.add_typer(dead, name="dead")

Url = Annotated[str, typer.Option(envvar="BMADFLOW_URL", help="Where BMADFlow answers.")]
Project = Annotated[str, typer.Argument(help="The project's name or id.")]
_DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"

console = Console(soft_wrap=True, highlight=False)


@contextmanager
def told_in_one_sentence() -> Generator[None]:
    """What a person can do something about is a sentence and exit status 1, never a traceback."""
    try:
        yield
    except Refused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def up(
    data: Annotated[Path | None, typer.Option(help="The folder that holds everything.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65531, help="The gateway's; the others take the next four.")] = (
        DEFAULT_PORT
    ),
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    project: Annotated[list[str] | None, typer.Option(help="NAME=URL_OR_PATH to register and sync.")] = None,
) -> None:
    """Start everything on this machine, and keep it running until Ctrl-C.

    Events travel through Postgres, or over RabbitMQ where BMADFLOW_RABBITMQ_URL names one (amqp://…).
    """
    with told_in_one_sentence():
        projects = tuple(parse_project(text) for text in project or [])
    options = Options((data or default_data_folder()).expanduser().absolute(), host, port, projects)
    # The supervisor runs for months and needs none of this program's libraries: it takes this process over.
    os.execv(sys.executable, [sys.executable, "-m", "bmadflow.up", options.to_json()])  # noqa: S606 - no shell wanted


@app.command()
def status(url: Url = _DEFAULT_URL) -> None:
    """Show the services' health and how every source stands: its sync, its remote, its schedule."""
    with told_in_one_sentence():
        well = hub_commands.show_status(Api(url), console, worker_health(url))
    raise typer.Exit(0 if well else 1)


@contextmanager
def followed(project: str, url: str) -> Generator[None]:
    """Ctrl-C ends the following (exit status 130), not the work."""
    try:
        with told_in_one_sentence():
            yield
    except KeyboardInterrupt as error:
        command = ["bmadflow", "cancel", project, *([] if url == _DEFAULT_URL else ["--url", url])]
        typer.echo(f"It goes on without being followed; to cancel it: {shlex.join(command)}", err=True)
        raise typer.Exit(130) from error


@app.command()
def sync(project: Project, url: Url = _DEFAULT_URL) -> None:
    """Bring a project's documents up to date; exit status 1 when a source failed or was cancelled."""
    with followed(project, url):
        succeeded = sync_commands.sync(Api(url), console, project)
    raise typer.Exit(0 if succeeded else 1)


@app.command()
def reindex(project: Project, url: Url = _DEFAULT_URL) -> None:
    """Make a project's index anew from what is stored, without fetching; searches use the old one until the end."""
    with followed(project, url):
        succeeded = sync_commands.reindex(Api(url), console, project)
    raise typer.Exit(0 if succeeded else 1)


@app.command()
def cancel(project: Project, url: Url = _DEFAULT_URL) -> None:
    """Cancel a project's queued and running syncs; the documents that they have finished stay."""
    with told_in_one_sentence():
        sync_commands.cancel(Api(url), console, project)


@app.command()
def search(
    project: Project,
    words: Annotated[str, typer.Argument(help='May hold "exact phrases" and -words to leave out.')],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
    mode: Annotated[str, typer.Option(help="hybrid, keyword or semantic.")] = "hybrid",
    kind: Annotated[list[str] | None, typer.Option(help="Such as prd, story or architecture; repeatable.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Such as draft, in_progress or done; repeatable.")] = None,
    epic: Annotated[list[str] | None, typer.Option(help="An epic's number, such as 3; repeatable.")] = None,
    source: Annotated[list[int] | None, typer.Option(min=1, help="A source's id; repeatable.")] = None,
    path: Annotated[str | None, typer.Option(help="What the documents' paths begin with.")] = None,
    framework: Annotated[bool, typer.Option("--framework", help="Include the method's own files.")] = False,
    url: Url = _DEFAULT_URL,
) -> None:
    """Search a project's documents."""
    asked = {"kinds": kind, "statuses": status, "epics": epic, "source_ids": source, "path_prefix": path}
    body = {"query": words, "limit": limit, "mode": mode, "include_framework": framework}
    with told_in_one_sentence():
        hub_commands.search(Api(url), console, project, body | {name: value for name, value in asked.items() if value})


@app.command()
def ask(project: Project, question: str, url: Url = _DEFAULT_URL) -> None:
    """Ask a question; the answer cites its sources."""
    with told_in_one_sentence():
        hub_commands.ask(Api(url), console, project, question)


@app.command(hidden=True)
def bootstrap(
    database_url: Annotated[str, typer.Option(envvar="BMADFLOW_ADMIN_DSN", help="An administrator's address.")],
    database: Annotated[str, typer.Option(help="The database to create or complete.")] = "bmadflow",
) -> None:
    """Create database, roles, schemas and bus; the roles' passwords come from BMADFLOW_PROJECTS_PASSWORD and so on."""
    with told_in_one_sentence():
        passwords = {service: _password(service) for service in SERVICES}
        try:
            asyncio.run(prepare(database_url.replace("postgresql+asyncpg:", "postgresql:"), database, passwords))
        except (OSError, asyncpg.PostgresError) as error:
            raise Refused(f"The database could not be prepared: {error}") from error


@app.command("compose-env", hidden=True)
def print_compose_env() -> None:
    """Print random secrets for docker compose; put them into `.env` once, another set doesn't fit the same volumes."""
    typer.echo(compose_env(), nl=False)


def _password(service: str) -> str:
    variable = f"BMADFLOW_{service.upper()}_PASSWORD"
    password = os.environ.get(variable)
    if not password:
        raise Refused(f"The environment variable {variable} is missing: the password of the role bmadflow_{service}.")
    return password


@dead.command("list")
def list_dead(url: Url = _DEFAULT_URL) -> None:
    """Show the events that could not be handled."""
    with told_in_one_sentence():
        event_commands.list_dead(Api(url), console)


@dead.command("replay")
def replay_dead(
    event_id: Annotated[str | None, typer.Argument(help="One event; all of them where none is named.")] = None,
    url: Url = _DEFAULT_URL,
) -> None:
    """Hand dead letters to their handlers again."""
    with told_in_one_sentence():
        event_commands.replay_dead(Api(url), console, event_id)


if __name__ == "__main__":
    app()
