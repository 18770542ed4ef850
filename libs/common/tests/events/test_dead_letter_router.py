"""Dead letters over HTTP: for administrators, in pages, replayed and discarded."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from common.events import Envelope, dead_letter_router
from common.events.envelope import encode
from common.events.inbox import Inbox
from common.identity import Identity, TokenVerifier
from common.problems import install_problem_handlers
from common.testing.event_probe import Probe
from common.testing.event_world import World
from common.testing.plugin import IdentityKeys


@pytest_asyncio.fixture
async def probe(world: World) -> Probe:
    """A service with three dead letters."""
    probe = await world.probe("consumer")
    inbox = Inbox(probe.database, probe.service)
    for number in range(3):
        await inbox.store(encode(Envelope("a.b.c.v1", "/a", f"b/{number}", 1, {"number": number})))
        claim = await inbox.claim(60)
        assert claim is not None
        await inbox.bury(claim, "broken")
    return probe


@pytest_asyncio.fixture
async def client(probe: Probe, identity_keys: IdentityKeys) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    app.state.database = probe.database
    app.state.token_verifier = TokenVerifier(identity_keys.public, "projects")
    app.include_router(dead_letter_router(probe.service))
    install_problem_handlers(app)
    async with AsyncClient(transport=ASGITransport(app), base_url=f"http://test/api/events/{probe.service}") as client:
        yield client


async def test_pages_replay_and_discard(client: AsyncClient, probe: Probe, admin_headers: dict[str, str]) -> None:
    client.headers.update(admin_headers)
    first = (await client.get("/dead", params={"limit": 2})).json()
    rest = (await client.get("/dead", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    letters = [*first["items"], *rest["items"]]
    assert [letter["event"]["data"]["number"] for letter in letters] == [0, 1, 2]
    assert rest["next_cursor"] is None
    assert {letter["last_error"] for letter in letters} == {"broken"}
    replayed, discarded = letters[0]["event_id"], letters[1]["event_id"]
    assert (await client.post(f"/dead/{replayed}/replay")).status_code == 202
    assert (await client.delete(f"/dead/{discarded}")).status_code == 204
    assert [letter["event_id"] for letter in (await client.get("/dead")).json()["items"]] == [letters[2]["event_id"]]
    assert await probe.count("inbox", f"event_id = '{replayed}' AND state = 'pending' AND attempts = 0") == 1
    for answer in (await client.post(f"/dead/{replayed}/replay"), await client.delete(f"/dead/{discarded}")):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "DEAD_LETTER_NOT_FOUND")


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0"])
async def test_a_bad_cursor_is_refused(client: AsyncClient, admin_headers: dict[str, str], cursor: str) -> None:
    answer = await client.get("/dead", params={"cursor": cursor}, headers=admin_headers)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "CURSOR_INVALID")


async def test_only_administrators(client: AsyncClient, headers_of: Callable[[Identity], dict[str, str]]) -> None:
    assert (await client.get("/dead")).status_code == 401
    member = headers_of(Identity(user_id="1", name="Member", projects=None))
    assert (await client.get("/dead", headers=member)).status_code == 403
    assert (await client.delete("/dead/01890a5d-ac96-774b-bcce-b302099a8057", headers=member)).status_code == 403
