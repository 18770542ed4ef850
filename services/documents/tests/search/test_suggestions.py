"""Search as you type: what is suggested, in which order, to whom."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text

from common.database import Database
from common.identity import Identity
from common.testing.plugin import NewDatabase
from documents.embedding.process import EmbeddingProcess
from documents.search.schemas import Suggestion
from documents.search.suggestions import suggest
from services.documents.tests.conftest import add_source, index, migrated
from services.documents.tests.test_api import counted

FIELDS = {
    "type", "project_id", "document_id", "source_id", "path", "title", "heading", "anchor", "line", "kind",
    "artifact_id", "status",
}  # fmt: skip
FILES = {
    "docs/plan.md": "# Retention\n\nWords.\n\n## FR-12: Keep logs\n\nNinety days.\n\n## Résumé du cœur\n\nCourt.\n",
    "docs/policy.md": "# Retention policy\n\nWords.\n\n## FR120: Another\n\nWords.\n\n## Version 1.3.2\n\nWords.\n",
    "docs/old.md": "# The policy of data retention\n\nWords.\n",
    "docs/retention-notes.md": "# Notes\n\nWords.\n\n## Retention of answers\n\nWords.\n",
    "retention/x.md": "# Something else\n\nWords.\n",
    "docs/stories/3.2.story.md": "# Story 3.2: Browse files\n\n## Status\n\nDone\n\n## Tasks\n\n- [ ] One\n",
    "docs/qa/gates/3.2-files.yml": "schema: 1\nstory: '3.2'\ngate: PASS\n",
    ".bmad-core/tasks/retention.md": "# Retention\n\nWords.\n",
    ".bmad-core/tasks/elicit.md": "# Elicitation\n\nWords.\n",
}


@pytest_asyncio.fixture(scope="module")
async def database(new_database: NewDatabase, embedder: EmbeddingProcess) -> AsyncGenerator[Database]:
    """Project 1 with one source; project 2, whose only source was deleted a moment ago."""
    async with migrated(new_database) as (_, opened):
        await add_source(opened, 1, 10)
        await add_source(opened, 2, 20)
        await index(opened, embedder, 10, FILES)
        await index(opened, embedder, 20, {"buried.md": "# Retention, buried\n\n## FR-12\n\nWords.\n"})
        async with opened.transaction() as session:
            await session.execute(text("UPDATE source SET is_deleted = true WHERE id = 20"))
        yield opened


async def suggested(database: Database, typed: str, limit: int = 12) -> list[Suggestion]:
    async with database.transaction() as session:
        return await suggest(session, typed, None, limit)


async def names(database: Database, typed: str, limit: int = 12) -> list[tuple[str, str | None]]:
    """Path and heading of what is suggested."""
    return [(each.path, each.heading) for each in await suggested(database, typed, limit)]


async def test_titles_come_before_files_before_headings_before_folders_before_the_framework(database: Database) -> None:
    assert await names(database, "retention") == [
        ("docs/plan.md", None),  # the title itself
        ("docs/policy.md", None),  # its beginning
        ("docs/old.md", None),  # a word of it
        ("docs/retention-notes.md", None),  # the file's name
        ("docs/retention-notes.md", "Retention of answers"),
        ("retention/x.md", None),  # a folder
        (".bmad-core/tasks/retention.md", None),
    ]


async def test_a_full_answer_holds_the_best(database: Database) -> None:
    everything = await names(database, "retention")
    for limit in range(1, len(everything)):
        assert await names(database, "retention", limit) == everything[:limit]


@pytest.mark.parametrize("typed", ["fr12", "FR-12", "fr 12", " Fr_12 "])
async def test_an_identifier_is_found_in_every_spelling_as_a_whole_first(database: Database, typed: str) -> None:
    found = await names(database, typed)
    assert found == [("docs/plan.md", "FR-12: Keep logs"), ("docs/policy.md", "FR120: Another")]


@pytest.mark.parametrize("typed", ["3.2", "Story 3.2", "story 3-2"])
async def test_an_artifact_is_found_by_its_number(database: Database, typed: str) -> None:
    found = await names(database, typed)
    assert found[:2] == [("docs/stories/3.2.story.md", None), ("docs/qa/gates/3.2-files.yml", None)]


async def test_a_longer_number_is_another_identifier(database: Database) -> None:
    assert (await names(database, "3.2"))[-1] == ("docs/policy.md", "Version 1.3.2")


@pytest.mark.parametrize(
    ("typed", "path", "heading"),
    [
        ("resume", "docs/plan.md", "Résumé du cœur"),
        ("RÉSUMÉ COE", "docs/plan.md", "Résumé du cœur"),
        ("re\u0301sume\u0301", "docs/plan.md", "Résumé du cœur"),
        ("cœur", "docs/plan.md", "Résumé du cœur"),
        ("files brow", "docs/stories/3.2.story.md", None),
        ("stories/3.2", "docs/stories/3.2.story.md", None),
        ("3.2-files.yml", "docs/qa/gates/3.2-files.yml", None),
        ("elic", ".bmad-core/tasks/elicit.md", None),
        ("owse", "docs/stories/3.2.story.md", None),  # inside a word, for lack of better
        ("swers", "docs/retention-notes.md", "Retention of answers"),
    ],
)
async def test_the_first_suggestion(database: Database, typed: str, path: str, heading: str | None) -> None:
    assert (await names(database, typed))[0] == (path, heading)


async def test_every_word_must_fit_and_beginnings_come_alone(database: Database) -> None:
    assert await names(database, "retention keyboard") == []
    assert await names(database, "answers ret") == [("docs/retention-notes.md", "Retention of answers")]
    assert {path for path, _ in await names(database, "no")} == {"docs/retention-notes.md"}  # not "Another"
    assert await names(database, "ed") == []  # "buried" is gone, and no other word has it


async def test_a_suggestion_says_where_it_leads(database: Database) -> None:
    heading = (await suggested(database, "fr12"))[0]
    assert (heading.type, heading.title, heading.anchor, heading.line) == ("heading", "Retention", "fr-12-keep-logs", 5)
    story = next(each for each in await suggested(database, "story 3.2") if each.kind == "story")
    shown = (story.type, story.heading, story.anchor, story.line, story.artifact_id, story.status)
    assert shown == ("document", None, None, 1, "3.2", "done")


ODD = [
    "🦄",
    "   ",
    "%",
    "_",
    "a\\",
    "'; DROP TABLE section; --",
    "a & | ! <-> :* (",
    "项目",
    "\u0301",
    "x " * 100,
    "½²",
]


@pytest.mark.parametrize("typed", ODD)
async def test_odd_input_is_answered(api: httpx.AsyncClient, typed: str) -> None:
    answer = await api.get("/api/suggest", params={"q": typed})
    assert answer.status_code == 200, answer.text


async def test_wildcards_are_no_wildcards(database: Database) -> None:
    assert await names(database, "%") == []
    assert await names(database, "ret%ion") == []


async def test_suggestions_of_one_project_and_of_all(api: httpx.AsyncClient, app: FastAPI) -> None:
    with counted(app) as statements:
        answer = await api.get("/api/projects/1/suggest", params={"q": "glossary"})
    assert len(statements) == 3  # is there a living source, the plain words, the suggestions
    (item,) = answer.json()["items"]
    assert set(item) == FIELDS
    assert (item["project_id"], item["source_id"], item["path"]) == (1, 10, "docs/reference/glossary.md")
    assert (await api.get("/api/projects/1/suggest", params={"q": "secret"})).json() == {"items": [], "corrections": []}
    with counted(app) as statements:
        everywhere = (await api.get("/api/suggest", params={"q": "secret"})).json()["items"]
    assert len(statements) == 2
    assert [each["path"] for each in everywhere] == ["secret.md"]
    assert len((await api.get("/api/suggest", params={"q": "s", "limit": 2})).json()["items"]) == 2


async def test_nobody_is_told_of_what_they_may_not_see(
    anonymous: httpx.AsyncClient, headers_of: Callable[[Identity], dict[str, str]]
) -> None:
    async def found(*projects: int) -> list[str]:
        headers = headers_of(Identity(user_id="u", name="U", projects=frozenset(projects)))
        answer = await anonymous.get("/api/suggest", params={"q": "secret"}, headers=headers)
        return [each["path"] for each in answer.json()["items"]]

    assert await found(2) == ["secret.md"]
    assert await found(1) == []
    assert await found() == []


@pytest.mark.parametrize(
    "params", [{}, {"q": ""}, {"q": "x" * 201}, {"q": "a\0"}, {"q": "a", "limit": 0}, {"q": "a", "limit": 51}]
)
async def test_bad_parameters(api: httpx.AsyncClient, params: dict[str, Any]) -> None:
    for path in ("/api/projects/1/suggest", "/api/suggest"):
        answer = await api.get(path, params=params)
        assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
