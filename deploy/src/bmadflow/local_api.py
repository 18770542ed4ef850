"""The few requests the supervisor makes itself, with the standard library: it should stay small in memory."""

import asyncio
import http.client
import json
from typing import Any

from bmadflow.options import Options

_SECONDS = 10.0


async def call(
    options: Options, method: str, path: str, body: dict[str, Any] | None = None, *, program: str = "gateway"
) -> tuple[int, Any]:
    """Ask the gateway, or another program: (status, JSON body), or (0, None) when nothing answers properly."""
    address = (options.host_of(program), options.port_of(program))
    return await asyncio.to_thread(_call, address, method, path, body)


def _call(address: tuple[str, int], method: str, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*address, timeout=_SECONDS)
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, payload, {"Content-Type": "application/json", "Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()
