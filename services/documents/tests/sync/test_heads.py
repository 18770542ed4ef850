"""Checks of remote heads: whose turn it is, what is noted and published, and what a check must not overwrite."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.http_client import ServiceClient
from common.sealing import SealingKeys, generate_key
from common.testing.http_server import HttpServer
from documents.sync.credentials import Credentials
from documents.sync.heads import CheckOptions, HeadChecks
from documents.sync.jobs import Asked
from services.documents.tests.sync.git_http import PASSWORD, USER, GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack, until

INTERVAL = 300.0
KEYS = SealingKeys.parse(generate_key())


@pytest_asyncio.fixture
async def credentials(server: GitHttpServer) -> AsyncIterator[Credentials]:
    """The credentials of source 1, as projects lends them."""

    async def get_credential(request: Request) -> Response:
        proof = request.headers["Authorization"].removeprefix("Bearer ")
        if not KEYS.accepts("credential:1", proof):
            return Response(status_code=401)
        secret = f'{{"kind": "password", "username": "{USER}", "password": "{PASSWORD}"}}'
        sealed = KEYS.seal(secret, "projects.source.credential:1")
        return JSONResponse({"sealed": sealed, "repo_url": f"{server.url}/private/repository"})

    routes = [Route("/internal/sources/1/credential", get_credential)]
    async with HttpServer(Starlette(routes=routes)) as projects:
        lent = Credentials(ServiceClient("projects", f"http://127.0.0.1:{projects.port}"), KEYS)
        yield lent
        await lent.close()


@pytest.fixture
def heads(stack: Stack, credentials: Credentials) -> HeadChecks:
    return HeadChecks(stack.database, stack.git, credentials, CheckOptions(LOCAL, INTERVAL))


async def age(stack: Stack, seconds: float, source_id: int = 1) -> None:
    """As if the source's last check were so much longer ago."""
    older = "UPDATE source SET remote_checked_at = remote_checked_at - make_interval(secs => :s) WHERE id = :id"
    await stack.rows(f"{older} RETURNING id", s=seconds, id=source_id)


async def noted(stack: Stack, source_id: int = 1) -> dict[str, Any]:
    """What is noted of the remote."""
    rows = await stack.rows("SELECT * FROM source WHERE id = :id", id=source_id)
    return {
        key.removeprefix("remote_"): value
        for key, value in rows[0].items()
        if key.startswith("remote_") or key in ("check_requested_at", "check_lease_until")
    }


async def checked(stack: Stack) -> list[dict[str, Any]]:
    return await stack.events("documents.source.checked")


async def test_a_push_is_seen_without_a_sync(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    first = repository.commit({"a.md": "# A\n"})
    await stack.sync(f"{server.url}/open/repository")
    state = await noted(stack)
    assert (state["commit_sha"], state["error_code"]) == (first, None)
    assert state["checked_at"] is not None
    assert not await heads.check_next()
    await age(stack, INTERVAL * 1.11)
    assert await heads.check_next()
    assert await checked(stack) == []  # nothing is new, nobody asked
    assert (await noted(stack))["checked_at"] > state["checked_at"]
    second = repository.commit({"a.md": "# A2\n"})
    assert not await heads.check_next()
    await age(stack, INTERVAL * 1.11)
    assert await heads.check_next()
    (event,) = await checked(stack)
    assert event["checked_at"].endswith("Z")
    assert event | {"checked_at": ""} == {
        "type": "documents.source.checked.v1",
        "source_id": 1,
        "project_id": 1,
        "remote_commit_sha": second,
        "checked_at": "",
        "error_code": None,
        "error_detail": None,
    }
    assert await stack.blobs() == {"a.md": repository.git("rev-parse", f"{first}:a.md")}
    run = await stack.sync()
    assert (await noted(stack))["commit_sha"] == run.progress["commit_sha"] == second


async def test_who_asks_is_answered_whatever_the_answer(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    await stack.save_source(f"{server.url}/open/repository")
    assert not await heads.check_next()  # it was never synced, and nobody asks
    for times in (1, 2):
        await stack.request_check()
        await stack.request_check()
        assert await heads.check_next()
        assert not await heads.check_next()
        events = await checked(stack)
        assert [event["remote_commit_sha"] for event in events] == [tip] * times
    await stack.request()  # a sync that is waiting asks the remote by itself, later
    await stack.request_check()
    assert await heads.check_next()
    assert (await noted(stack))["check_requested_at"] is None


async def test_a_remote_that_cant_be_asked_any_more(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    await stack.sync(f"{server.url}/open/repository")
    away = repository.folder.rename(repository.folder.with_name("away"))
    for _ in range(2):
        await age(stack, INTERVAL * 1.11)
        assert await heads.check_next()
    state = await noted(stack)
    assert (state["commit_sha"], state["error_code"]) == (tip, "REPOSITORY_NOT_FOUND")
    assert state["error_detail"].endswith(".")
    (event,) = await checked(stack)  # once: the second time it was known
    assert (event["remote_commit_sha"], event["error_code"]) == (tip, "REPOSITORY_NOT_FOUND")
    assert event["error_detail"] == state["error_detail"]
    away.rename(repository.folder)
    await age(stack, INTERVAL * 1.11)
    assert await heads.check_next()
    assert (await noted(stack))["error_code"] is None
    assert [each["error_code"] for each in await checked(stack)] == ["REPOSITORY_NOT_FOUND", None]


async def test_a_sync_clears_what_a_check_complained_of(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    await stack.save_source(f"{server.url}/open/repository", branch="missing")
    await stack.request_check()
    await heads.check_next()
    assert (await noted(stack))["error_code"] == "BRANCH_NOT_FOUND"
    await stack.sync(f"{server.url}/open/repository")
    state = await noted(stack)
    assert (state["commit_sha"], state["error_code"], state["error_detail"]) == (tip, None, None)


@pytest.mark.parametrize("meanwhile", ["check", "branch", "name"])
async def test_a_sync_says_of_the_remote_only_what_nobody_knows_better(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks, meanwhile: str
) -> None:
    first = repository.commit({"a.md": "# A\n"})
    repository.git("branch", "other")
    url = f"{server.url}/open/repository"
    await stack.sync(url)
    before = await noted(stack)
    await stack.request()
    job, progress = await stack.claim()
    (row,) = await stack.rows("SELECT now() AS at")
    asked = Asked(url, None, row["at"])
    if meanwhile == "check":
        second = repository.commit({"a.md": "# A2\n"})
        await stack.request_check()
        assert await heads.check_next()
        assert (await noted(stack))["commit_sha"] == second
    elif meanwhile == "branch":
        await stack.update_source(url, branch="other")
    else:
        await stack.update_source(url, docs_path="docs")
    expected = await noted(stack)
    progress.commit_sha = first
    await stack.jobs.finish(job, "succeeded", progress, None, asked)
    told = (await stack.events("documents.sync.succeeded"))[-1]["remote_checked_at"]
    state = await noted(stack)
    if meanwhile == "name":
        assert (state["commit_sha"], state["checked_at"]) == (first, asked.at)
        assert before["checked_at"] < asked.at
        assert told is not None
    else:
        assert (state, told) == (expected, None)


async def test_private_repositories_are_asked_with_their_credential(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    url = f"{server.url}/private/repository"
    await stack.save_source(url)
    await stack.request_check()
    await heads.check_next()
    assert (await noted(stack))["error_code"] == "AUTHENTICATION_REQUIRED"
    await stack.update_source(url, has_credential=True)  # it is asked again without being told to
    assert await heads.check_next()
    state = await noted(stack)
    assert (state["commit_sha"], state["error_code"]) == (tip, None)


async def test_a_projects_service_that_is_away_is_not_the_remotes_fault(
    stack: Stack, repository: GitRepository, server: GitHttpServer, unused_tcp_port: int
) -> None:
    repository.commit({"a.md": "# A\n"})
    nobody = Credentials(ServiceClient("projects", f"http://127.0.0.1:{unused_tcp_port}"), KEYS)
    heads = HeadChecks(stack.database, stack.git, nobody, CheckOptions(LOCAL, INTERVAL))
    await stack.save_source(f"{server.url}/private/repository", has_credential=True)
    await stack.request_check()
    assert await heads.check_next()
    state = await noted(stack)
    assert (state["error_code"], state["checked_at"]) == (None, None)
    assert not await heads.check_next()  # not at once again
    await stack.rows("UPDATE source SET check_lease_until = now() RETURNING id")
    assert await heads.check_next()
    await nobody.close()


async def test_another_address_or_branch_is_another_remote(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    repository.git("branch", "other", tip)
    url = f"{server.url}/open/repository"
    await stack.sync(url)
    before = await noted(stack)
    await stack.update_source(url, docs_path="docs")
    assert await noted(stack) == before
    await stack.update_source(url, branch="other")
    state = await noted(stack)
    assert state.pop("check_requested_at") is not None
    assert not any(state.values())
    assert await heads.check_next()
    assert (await noted(stack))["commit_sha"] == tip
    await stack.update_source(f"{server.url}/open/nothing", branch="other")
    assert await heads.check_next()
    assert [(each["remote_commit_sha"], each["error_code"]) for each in await checked(stack)] == [
        (tip, None),
        (None, "REPOSITORY_NOT_FOUND"),
    ]


@pytest.mark.parametrize("meanwhile", ["address", "sync", "deletion"])
async def test_an_answer_that_came_too_late_is_dropped(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks, meanwhile: str
) -> None:
    repository.commit({"a.md": "# A\n"})
    await stack.sync(f"{server.url}/open/repository")
    await stack.request_check()
    server.released.clear()
    checking = asyncio.create_task(heads.check_next())
    await until(lambda: _is_leased(stack))
    if meanwhile == "address":
        await stack.update_source(f"{server.url}/open/elsewhere")
    elif meanwhile == "sync":
        await stack.rows("UPDATE source SET remote_commit_sha = 'newer', remote_checked_at = now() RETURNING id")
    else:
        await stack.delete_source()
    server.released.set()
    assert await checking
    assert await checked(stack) == []
    wanted = {"address": None, "sync": "newer"}
    if meanwhile in wanted:
        state = await noted(stack)
        assert state["commit_sha"] == wanted[meanwhile]
        assert state["check_requested_at"] is not None
        assert await heads.check_next()  # who asked is answered now
        assert len(await checked(stack)) == 1
    else:
        assert not await heads.check_next()


async def test_a_request_during_a_check_is_another_one(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    repository.commit({"a.md": "# A\n"})
    await stack.sync(f"{server.url}/open/repository")
    await age(stack, INTERVAL * 1.11)
    for events in (0, 1):
        server.released.clear()
        checking = asyncio.create_task(heads.check_next())
        await until(lambda: _is_leased(stack))
        await stack.request_check()
        assert not await heads.check_next()  # one at a time
        server.released.set()
        await checking
        assert len(await checked(stack)) == events
    assert await heads.check_next()
    assert len(await checked(stack)) == 2


async def test_a_dead_workers_check_is_made_by_another(
    stack: Stack, repository: GitRepository, server: GitHttpServer, heads: HeadChecks
) -> None:
    repository.commit({"a.md": "# A\n"})
    await stack.save_source(f"{server.url}/open/repository")
    await stack.request_check()
    server.released.clear()
    checking = asyncio.create_task(heads.check_next())
    await until(lambda: _is_leased(stack))
    checking.cancel()
    await asyncio.gather(checking, return_exceptions=True)
    server.released.set()
    assert not await heads.check_next()
    # As if two minutes had passed.
    await stack.rows("UPDATE source SET check_lease_until = now() RETURNING id")
    assert await heads.check_next()
    assert len(await checked(stack)) == 1


async def test_whose_turn_it_is(stack: Stack, repository: GitRepository, heads: HeadChecks) -> None:
    repository.commit({"a.md": "# A\n"})
    ages = {1: INTERVAL * 0.89, 2: INTERVAL * 1.11, 3: INTERVAL * 5, 4: INTERVAL * 9, 5: INTERVAL * 7, 6: 0}
    for source_id, seconds in ages.items():
        await stack.save_source(str(repository.folder), source_id=source_id)
        synced = "UPDATE source SET synced_at = now(), remote_checked_at = now() WHERE id = :id RETURNING id"
        await stack.rows(synced, id=source_id)
        await age(stack, seconds, source_id)
    await stack.request(4)  # its sync will ask
    await stack.delete_source(5)
    await stack.request_check(6)
    order: list[int] = []
    while await heads.check_next():
        newest = await stack.rows("SELECT id FROM source ORDER BY remote_checked_at DESC LIMIT 1")
        order.append(newest[0]["id"])
    assert order == [6, 3, 2]


async def test_without_an_interval_only_requests_are_answered(
    stack: Stack, repository: GitRepository, credentials: Credentials
) -> None:
    repository.commit({"a.md": "# A\n"})
    await stack.sync(str(repository.folder))
    await age(stack, 10**6)
    heads = HeadChecks(stack.database, stack.git, credentials, CheckOptions(LOCAL, 0))
    assert not await heads.check_next()
    await stack.request_check()
    assert await heads.check_next()


async def test_many_checks_at_a_time_take_each_source_once(
    stack: Stack, repository: GitRepository, heads: HeadChecks
) -> None:
    repository.commit({"a.md": "# A\n"})
    for source_id in range(1, 6):
        await stack.save_source(str(repository.folder), source_id=source_id)
        await stack.request_check(source_id)
    before = REGISTRY.get_sample_value("bmadflow_head_checks_total", {"outcome": "new"}) or 0
    done = await asyncio.gather(*(heads.check_next() for _ in range(8)))
    while await heads.check_next():  # claims that met others' locks saw less than there was
        pass
    assert sum(done) <= 5
    assert sorted(event["source_id"] for event in await checked(stack)) == [1, 2, 3, 4, 5]
    assert REGISTRY.get_sample_value("bmadflow_head_checks_total", {"outcome": "new"}) == before + 5


async def _is_leased(stack: Stack) -> bool:
    return (await noted(stack))["check_lease_until"] is not None
