"""Dead letters on the command line: what each service gave up, and another try."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bmadflow.api_client import Api, Item
from bmadflow.refusal import Refused

CONSUMING_SERVICES = ("projects", "documents", "chat")


def list_dead(api: Api, console: Console) -> None:
    """All services' dead letters in one table, the oldest of each service first."""
    table = Table("service", "event", "type", "attempts", "since", "last error")
    for service, letter in _dead(api):
        cells = (
            service,
            letter["event_id"],
            letter["type"],
            letter["attempts"],
            letter["died_at"],
            letter["last_error"],
        )
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table if table.row_count else "No dead letters.")


def replay_dead(api: Api, console: Console, event_id: str | None) -> None:
    """Try one event again, in every service that gave it up, or all. Raises Refused when there is none of that id."""
    wanted = [(service, letter) for service, letter in _dead(api) if event_id in {None, letter["event_id"]}]
    if event_id and not wanted:
        raise Refused(f"There is no dead letter {event_id}.")
    for service, letter in wanted:
        api.post(f"/api/events/{service}/dead/{letter['event_id']}/replay")
        console.print(f"{service}: {letter['event_id']} ({escape(str(letter['type']))}) is tried again")
    console.print(f"{len(wanted)} replayed.")


def _dead(api: Api) -> list[tuple[str, Item]]:
    # Complete before anything is replayed: a replayed one leaves the list that is being paged through.
    return [(service, letter) for service in CONSUMING_SERVICES for letter in api.items(f"/api/events/{service}/dead")]
