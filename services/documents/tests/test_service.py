"""Links between the sources of a project, as a document's page shows them."""

from collections.abc import AsyncGenerator

import pytest_asyncio
from sqlalchemy import event, select, update

from common.database import Database
from common.identity import Identity
from common.testing.plugin import NewDatabase
from documents.embedding.process import EmbeddingProcess
from documents.models import Document, Source
from documents.repository import DocumentRepository
from documents.schemas import DocumentResponse
from documents.service import read_document
from services.documents.tests.conftest import add_source, index, migrated

MEMBER = Identity(user_id="u1", name="One", projects=frozenset({1, 2}))
A = """# A

[b](../specs/b.md#part), [b without it](../specs/b.md#none), [folder](../specs/), [own](here.md), [gone](gone.md),
[branch](../next/n.md), [repository](../fork/f.md), [project](../theirs/t.md), [deleted](../buried/x.md),
[code](../src/main.py).
"""
HERE = "# Here\n\n[a](a.md), [part](#here) and [site](https://example.org/specs/b.md).\n"
FILES = {
    10: {"docs/a.md": A, "docs/here.md": HERE},
    11: {"specs/b.md": "# B\n\n## Part\n\nWords.\n", "specs/README.md": "# Specs\n\n[a](../docs/a.md)\n"},
    12: {"specs/b.md": "# B, in a source made later\n", "README.md": "# All\n"},
    13: {"next/n.md": "# On another branch\n"},
    14: {"fork/f.md": "# Of another repository\n"},
    15: {"buried/x.md": "# Of a deleted source\n"},
    20: {"theirs/t.md": "# Of another project\n"},
}


@pytest_asyncio.fixture(scope="module")
async def database(new_database: NewDatabase, embedder: EmbeddingProcess) -> AsyncGenerator[Database]:
    """Project 1 holds folders of one repository, among sources that only look like it; project 2 has the rest of it."""
    async with migrated(new_database) as (_, opened):
        await add_source(opened, 1, 10, docs_path="docs")
        await add_source(opened, 1, 11, docs_path="specs")
        await add_source(opened, 1, 12)
        await add_source(opened, 1, 13, docs_path="next", branch="next")
        await add_source(opened, 1, 14, docs_path="fork", repo_url="https://example.org/fork.git")
        await add_source(opened, 1, 15, docs_path="buried")
        await add_source(opened, 2, 20, docs_path="theirs")
        for source_id, files in FILES.items():
            await index(opened, embedder, source_id, files)
        async with opened.transaction() as session:
            await session.execute(update(Source).where(Source.id == 15).values(is_deleted=True))
        yield opened


async def ids(database: Database) -> dict[tuple[int, str], int]:
    async with database.transaction() as session:
        rows = await session.execute(select(Document.source_id, Document.path, Document.id))
        return {(source_id, path): document_id for source_id, path, document_id in rows}


async def read(database: Database, document_id: int) -> tuple[DocumentResponse, list[str]]:
    """The document, and the statements that reading it takes."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        async with database.transaction() as session:
            return await read_document(DocumentRepository(session, MEMBER), document_id), statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_links_lead_to_other_sources_of_the_same_repository_and_branch(database: Database) -> None:
    known = await ids(database)
    assert {source_id for source_id, _ in known} == FILES.keys()  # also what must not be found is there
    found, statements = await read(database, known[10, "docs/a.md"])
    resolved = {link.text: (link.state, link.target_document_id, link.target_anchor) for link in found.links}
    nowhere = ("external", None, None)
    assert resolved == {
        "b": ("ok", known[11, "specs/b.md"], "part"),
        "b without it": ("broken", known[11, "specs/b.md"], None),
        "folder": ("ok", known[11, "specs/README.md"], None),
        "own": ("ok", known[10, "docs/here.md"], None),
        "gone": ("broken", None, None),
        "branch": nowhere,
        "repository": nowhere,
        "project": nowhere,
        "deleted": nowhere,
        "code": nowhere,
    }
    assert len(statements) == 8  # one more than within a source, however many links there are


async def test_other_sources_lead_back(database: Database) -> None:
    known = await ids(database)
    found, _ = await read(database, known[11, "specs/README.md"])
    assert [(link.state, link.target_document_id) for link in found.links] == [("ok", known[10, "docs/a.md"])]


async def test_other_sources_arent_asked_for_what_this_one_has(database: Database) -> None:
    known = await ids(database)
    found, statements = await read(database, known[10, "docs/here.md"])
    assert [link.state for link in found.links] == ["ok", "ok", "external"]
    assert not [each for each in statements if "repo_url" in each]
