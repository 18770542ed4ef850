"""To whom a source's credential is lent: holders of the sealing keys, and for a moment only."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from common.sealing import PROOF_SECONDS, SealingKeys

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
CANARY = "ghp_Canary7f3a91"


async def test_only_a_holder_of_the_keys_is_given_it_and_only_sealed(
    client: httpx.AsyncClient, create_project: CreateProject, sealing_keys: SealingKeys
) -> None:
    await create_project(credential=CANARY)
    await client.post("/api/projects/1/sources", json={"name": "second", "repo_url": "/srv/x"})

    async def ask(source_id: int, proof: str, scheme: str = "Bearer") -> httpx.Response:
        headers = {b"Authorization": f"{scheme} {proof}".encode()}
        return await client.get(f"/internal/sources/{source_id}/credential", headers=headers)

    proof = sealing_keys.proof("credential:1")
    answer = await ask(1, proof)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    sealed = answer.json()["sealed"]
    assert answer.json()["repo_url"] == (await client.get("/api/sources/1")).json()["repo_url"]
    assert json.loads(sealing_keys.open(sealed, "projects.source.credential:1"))["token"] == CANARY
    older = SealingKeys(dict(reversed(sealing_keys.keys.items())))
    assert (await ask(1, older.proof("credential:1"))).status_code == 200
    strangers = SealingKeys.parse("k:" + "A" * 43 + "=")
    wrong = [sealing_keys.proof("credential:2"), strangers.proof("credential:1"), proof[:-1], "", "é"]
    for answer in [await ask(1, one) for one in wrong] + [await ask(1, proof, "Basic")]:
        assert (answer.status_code, answer.json()["error_code"]) == (401, "PROOF_INVALID")
    assert (await client.get("/internal/sources/1/credential")).status_code == 401
    for source_id in (2, 99):
        assert (await ask(source_id, sealing_keys.proof(f"credential:{source_id}"))).status_code == 404


async def test_a_proof_that_was_overheard_is_soon_worth_nothing(
    client: httpx.AsyncClient,
    create_project: CreateProject,
    sealing_keys: SealingKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await create_project(credential=CANARY)
    headers = {"Authorization": f"Bearer {sealing_keys.proof('credential:1')}"}
    now = time.time()
    answers: list[int] = []
    for age in (0, PROOF_SECONDS - 5, PROOF_SECONDS + 5):
        monkeypatch.setattr(time, "time", lambda later=now + age: later)
        answers.append((await client.get("/internal/sources/1/credential", headers=headers)).status_code)
    assert answers == [200, 200, 401]
