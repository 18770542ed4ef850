"""Languages, operators, corrections and filters of the search, over an index of its own."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio

from common.database import Database
from common.identity import Identity
from common.testing.plugin import NewDatabase
from documents.embedding.process import EmbeddingProcess
from documents.search.schemas import SearchRequest, SearchResponse
from documents.search.service import Searcher
from documents.search.suggestions import suggest_or_correct
from services.documents.tests.conftest import add_source, index, migrated

EVERYBODY = Identity(user_id="a", name="A", is_admin=True, projects=None)
STORY = (
    "# Story {0}: Browse {1}\n\nStatus: {2}\n\n## Story\n\nAs a reader I want to see the {1}.\n\n## Tasks\n\n- [ ] A\n"
)
FILES = {
    "docs/exigences.md": (
        "# Exigences du produit\n\nLes exigences sont décrites dans ce document, avec les synchronisations des dépôts."
        "\n\n"
        "## Déploiement\n\nLe déploiement est fait par une équipe, qui doit conserver les journaux pour un audit.\n"
    ),
    "docs/notes.md": "# Notes\n\nThe notes of the meeting are not for the archive, and nobody has to keep them.\n",
    "docs/zh.md": "# 项目管理\n\n文档中心同步所有项目的需求文档,并支持全文搜索。黑猫。\n",
    "docs/ja.md": "# 要件\n\nデータ同期は毎日実行されます。FR12の要件を参照。\n",
    "docs/ko.md": "# 문서 검색\n\n문서를 검색하고 동기화합니다.\n",
    "docs/logs.md": "# Retention of logs\n\nLogs of the application are kept for ninety days. Audit trails stay.\n",
    "docs/more.md": "# More on retention\n\nThe application keeps trails, and an audit reads logs after ninety-one.\n",
    "docs/epics/epic-3.md": "# Epic 3: Explorer\n\nBrowse what a repository holds.\n",
    "docs/stories/3.1.story.md": STORY.format("3.1", "folders", "Done"),
    "docs/stories/3.2.story.md": STORY.format("3.2", "files", "Draft"),
    "docs/stories/30.1.story.md": STORY.format("30.1", "nothing", "Done"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def database(new_database: NewDatabase, embedder: EmbeddingProcess) -> AsyncGenerator[Database]:
    async with migrated(new_database) as (_, opened):
        await add_source(opened, 1, 10)
        await index(opened, embedder, 10, FILES)
        yield opened


@pytest.fixture(scope="module")
def searcher(database: Database, embedder: EmbeddingProcess) -> Searcher:
    return Searcher(database, embedder)


async def search(searcher: Searcher, query: str, **options: Any) -> SearchResponse:
    fields = {"query": query, "mode": "keyword", "limit": 50, **options}
    return await searcher.search(EVERYBODY, SearchRequest.model_validate(fields), 1)


async def paths(searcher: Searcher, query: str, **options: Any) -> list[str]:
    return [hit.path for hit in (await search(searcher, query, **options)).results]


@pytest.mark.parametrize(
    "query",
    ["exigence", "exigences", "synchronisation du dépôt", "SYNCHRONISATIONS", "déployer", "conservé", "journal"],
)
async def test_french_words_meet_their_inflected_forms(searcher: Searcher, query: str) -> None:
    assert (await paths(searcher, query))[0] == "docs/exigences.md"


async def test_a_french_stem_is_no_english_word(searcher: Searcher) -> None:
    assert await paths(searcher, "notes") == ["docs/notes.md"]


@pytest.mark.parametrize(
    ("query", "path", "mark"),
    [
        ("项目管理", "docs/zh.md", "<mark>项目</mark>"),
        ("全文搜索", "docs/zh.md", "<mark>全文搜索</mark>"),
        ("需求", "docs/zh.md", "<mark>需求</mark>"),
        ("猫", "docs/zh.md", "<mark>猫</mark>"),
        ("同期", "docs/ja.md", "<mark>同期</mark>"),
        ("データ同期", "docs/ja.md", "<mark>データ同期</mark>"),
        ("FR12の要件", "docs/ja.md", "<mark>FR12</mark><mark>の要件</mark>"),
        ("검색", "docs/ko.md", "<mark>검색</mark>"),
        ("문서를", "docs/ko.md", "<mark>문서를</mark>"),
    ],
)
async def test_scripts_without_spaces_are_found_and_marked(
    searcher: Searcher, query: str, path: str, mark: str
) -> None:
    hits = (await search(searcher, query)).results
    assert hits[0].path == path
    assert any(mark in hit.snippet for hit in hits if hit.path == path)


@pytest.mark.parametrize("mode", ["keyword", "hybrid", "semantic"])
async def test_a_phrase_must_be_there_word_for_word(searcher: Searcher, mode: str) -> None:
    assert await paths(searcher, '"ninety days"', mode=mode) == ["docs/logs.md"]
    assert await paths(searcher, '"Audit trails" logs', mode=mode) == ["docs/logs.md"]
    assert await paths(searcher, '"全文搜索"', mode=mode) == ["docs/zh.md"]


async def test_a_phrase_that_occurs_nowhere_is_searched_by_its_words_and_the_answer_says_so(searcher: Searcher) -> None:
    answer = await search(searcher, '"ninety audit"')
    assert {hit.path for hit in answer.results} >= {"docs/logs.md", "docs/more.md"}
    assert answer.warnings == ["No passage has “ninety audit” word for word; its words were searched one by one."]


@pytest.mark.parametrize("mode", ["keyword", "hybrid", "semantic"])
async def test_an_excluded_word_is_not_there(searcher: Searcher, mode: str) -> None:
    assert "docs/more.md" in await paths(searcher, "retention audit", mode=mode)
    assert "docs/more.md" not in await paths(searcher, "retention -keeping", mode=mode)
    assert "docs/logs.md" not in await paths(searcher, 'audit -"ninety days"', mode=mode)
    assert "docs/stories/3.2.story.md" not in await paths(searcher, "browse -files", mode=mode)


async def test_operators_hold_over_all_projects_too(searcher: Searcher) -> None:
    request = SearchRequest(query='retention -"ninety days"', limit=50)
    assert "docs/logs.md" not in [hit.path for hit in (await searcher.search(EVERYBODY, request)).results]
    request = SearchRequest(query='"ninety days"', limit=50)
    assert [hit.path for hit in (await searcher.search(EVERYBODY, request)).results] == ["docs/logs.md"]
    nobody = Identity(user_id="n", name="N", is_admin=False, projects=frozenset())
    assert (await searcher.search(nobody, SearchRequest(query='"ninety days" retnetion'))).corrections == []


async def test_only_excluded_words_find_nothing(searcher: Searcher) -> None:
    answer = await search(searcher, "-logs", mode="hybrid")
    assert (answer.results, len(answer.warnings)) == ([], 1)


@pytest.mark.parametrize(
    ("query", "made", "path"),
    [
        ("retnetion of logs", ("retnetion", "retention"), "docs/logs.md"),
        ("Stroy 3.2", ("stroy", "story"), "docs/stories/3.2.story.md"),
        ("sotry 3.2", ("sotry", "story"), "docs/stories/3.2.story.md"),
        ("sotry3.2", ("sotry", "story"), "docs/stories/3.2.story.md"),
        ("RF12", ("rf", "fr"), "docs/ja.md"),
        ("exigneces", ("exigneces", "exigences"), "docs/exigences.md"),
    ],
)
@pytest.mark.parametrize("mode", ["keyword", "hybrid"])
async def test_a_mistyped_word_is_corrected_and_the_answer_says_so(
    searcher: Searcher, query: str, made: tuple[str, str], path: str, mode: str
) -> None:
    answer = await search(searcher, query, mode=mode)
    assert [(each.typed, each.used) for each in answer.corrections] == [made]
    assert answer.results[0].path == path
    assert (answer.query, answer.warnings) == (query, [])


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("retention", {}),
        ("FR13", {}),
        ("kubernetes", {}),
        ("retnetion", {"mode": "semantic"}),
        ("retnetion", {"path_prefix": "docs/zh"}),
    ],
)
async def test_other_words_are_left_alone(searcher: Searcher, query: str, options: dict[str, Any]) -> None:
    assert (await search(searcher, query, **options)).corrections == []


async def test_filters_by_status_and_epic(searcher: Searcher) -> None:
    stories = [f"docs/stories/{number}.story.md" for number in ("3.1", "3.2", "30.1")]
    everything = "browse story reader epic"
    assert set(await paths(searcher, everything, statuses=["done"])) == {stories[0], stories[2]}
    assert set(await paths(searcher, everything, statuses=["draft", "review"])) == {stories[1]}
    assert set(await paths(searcher, everything, epics=["3"])) == {*stories[:2], "docs/epics/epic-3.md"}
    assert set(await paths(searcher, everything, epics=["30", "7"])) == {stories[2]}
    assert await paths(searcher, everything, epics=["3"], statuses=["done"], kinds=["epic"]) == []
    assert set(await paths(searcher, everything, epics=["3"], mode="semantic")) == {
        *stories[:2],
        "docs/epics/epic-3.md",
    }


@pytest.mark.parametrize(
    ("typed", "path", "made"),
    [
        ("retnet", "docs/logs.md", [("retnet", "retention")]),
        ("stroy 3.2", "docs/stories/3.2.story.md", [("stroy", "story")]),
        ("reten", "docs/logs.md", []),
    ],
)
async def test_suggestions_forgive_typos(
    searcher: Searcher, database: Database, typed: str, path: str, made: list[tuple[str, str]]
) -> None:
    async with database.transaction() as session:
        found = await suggest_or_correct(session, searcher.vocabularies, typed, [1], 12)
    assert found.items[0].path == path
    assert [(each.typed, each.used) for each in found.corrections] == made
