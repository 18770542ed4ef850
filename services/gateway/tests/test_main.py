"""`python -m gateway`, the one way in which both deployments start it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from common.testing.plugin import IdentityKeys


@pytest_asyncio.fixture
async def gateway(identity_keys: IdentityKeys) -> AsyncIterator[str]:
    """The address of a gateway in a process of its own that lets one request of a client through."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    urls = {f"GATEWAY_{name}_URL": "http://127.0.0.1:9" for name in ("PROJECTS", "DOCUMENTS", "CHAT")}
    settings = {"GATEWAY_EMBEDDED": "true", "GATEWAY_PORT": str(port), "GATEWAY_RATE_LIMIT_PER_SECOND": "0.01"}
    environment = os.environ | urls | settings | {"GATEWAY_IDENTITY_PRIVATE_KEY": identity_keys.private}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", env=environment)
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(_listens, port):
            assert process.returncode is None
            await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    await process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_what_a_client_says_about_its_address_doesnt_fool_the_rate_limit(gateway: str) -> None:
    async with httpx.AsyncClient(base_url=gateway) as client:
        first = await client.get("/api/auth/me", headers={"X-Forwarded-For": "192.0.2.1"})
        second = await client.get("/api/auth/me", headers={"X-Forwarded-For": "192.0.2.2"})
    assert (first.status_code, second.status_code) == (200, 429)
