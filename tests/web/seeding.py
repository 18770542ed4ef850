"""Projects for the web tests: a repository from a folder or from memory, registered, synced, asked once."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.e2e.hub import Hub, Repository

_FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True, slots=True)
class Seeded:
    """A synced project: its ids, and its documents' ids by path from the repository root."""

    id: int
    name: str
    source_id: int
    sync_id: str
    documents: Mapping[str, int]
    conversation_id: int
    message_ids: Sequence[int]  # the conversation's answers

    def document_url(self, path: str) -> str:
        """The explorer's URL of a document of this project."""
        return f"/projects/{self.id}/docs/{self.source_id}/{quote(path)}"


def seed_fixture(hub: Hub, folder: str, name: str, question: str) -> Seeded:
    """The project in `fixtures/<folder>`."""
    root = _FIXTURES / folder
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    return seed(hub, files, name, [question])


def seed(
    hub: Hub, files: Mapping[str, str | bytes], name: str, questions: Sequence[str], description: str = ""
) -> Seeded:
    """Push the files into a new repository, sync a new project with it, and ask it in one conversation."""
    folder = f"r{secrets.token_hex(4)}"
    repository = Repository(hub.repositories.parent / folder, hub.repositories / f"{folder}.git")
    repository.write(files)
    repository.push("Write everything down")
    project = hub.create_project(name, f"{hub.git_url}/{repository.bare.name}", description=description)
    run = hub.sync(project)
    assert run["status"] == "succeeded", run
    conversation = hub.call("POST", f"/api/projects/{project}/conversations", expect=201, body={})["id"]
    return Seeded(
        id=project,
        name=name,
        source_id=run["source_id"],
        sync_id=run["id"],
        documents=document_ids(hub, project),
        conversation_id=conversation,
        message_ids=[ask(hub, conversation, question) for question in questions],
    )


def seed_failure(hub: Hub, name: str) -> Seeded:
    """A project whose repository isn't there, after its first sync."""
    project = hub.create_project(name, f"{hub.git_url}/nothing-here.git")
    run = hub.sync(project)
    assert run["status"] == "failed", run
    return Seeded(project, name, run["source_id"], run["id"], documents={}, conversation_id=0, message_ids=[])


def ask(hub: Hub, conversation: int, question: str) -> int:
    """The id of the answer."""
    path = f"/api/conversations/{conversation}/messages"
    return hub.call("POST", path, expect=201, body={"content": question})["assistant_message"]["id"]


def document_ids(hub: Hub, project: int) -> dict[str, int]:
    """{path: document id} of the first 200 documents."""
    items = hub.call("GET", f"/api/projects/{project}/documents?limit=200")["items"]
    return {item["path"]: item["id"] for item in items}
