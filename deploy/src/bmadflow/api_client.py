"""BMADFlow's API as the commands use it; what goes wrong becomes one sentence (Refused)."""

import os
from collections.abc import Iterator
from typing import Any

import httpx

from bmadflow.options import LISTENING, WORKER
from bmadflow.refusal import Refused

Item = dict[str, Any]
TOKEN_VARIABLE = "BMADFLOW_TOKEN"  # noqa: S105 - the name of a variable, no token
_SECONDS = 60.0
_WORKER_SECONDS = 5.0


class Api:
    """A connection to the gateway at `url`; BMADFLOW_TOKEN is sent where a login is needed."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        token = os.environ.get(TOKEN_VARIABLE)
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._url = url
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, transport=transport)

    def get(self, path: str, **parameters: str | int) -> Item:
        return self._json(self._ask("GET", path, parameters=parameters))

    def post(self, path: str, body: Item | None = None, **parameters: str | int) -> Item:
        return self._json(self._ask("POST", path, body=body or {}, parameters=parameters))

    def health(self) -> Item:
        """The gateway's health; a stack that is not well answers 503 with the same body."""
        answer = self._ask("GET", "/api/health")
        if answer.status_code != 503:
            self._check(answer)
        return self._body(answer)

    def items(self, path: str, **parameters: str | int) -> Iterator[Item]:
        """All items of a list, page by page."""
        page = self.get(path, **parameters)
        yield from page["items"]
        while page["next_cursor"]:
            page = self.get(path, **(parameters | {"cursor": page["next_cursor"]}))
            yield from page["items"]

    def project(self, name_or_id: str) -> Item:
        """The project of that name, else of that id. Raises Refused when there is none."""
        projects = list(self.items("/api/projects"))
        for key in ("name", "id"):
            for project in projects:
                if str(project[key]) == name_or_id:
                    return project
        names = ", ".join(str(project["name"]) for project in projects) or "none yet"
        raise Refused(f"There is no project {name_or_id!r} (projects: {names}).")

    def _ask(
        self, method: str, path: str, *, body: Item | None = None, parameters: dict[str, str | int] | None = None
    ) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body, params=parameters)
        except httpx.TimeoutException as error:
            raise Refused(f"BMADFlow at {self._url} didn't answer within {_SECONDS:.0f} seconds.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(
                f"BMADFlow doesn't answer at {self._url}: start it with `bmadflow up`, or name its --url."
            ) from error

    def _json(self, answer: httpx.Response) -> Item:
        self._check(answer)
        return self._body(answer)

    def _body(self, answer: httpx.Response) -> Item:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(f"What answers at {self._url} is not BMADFlow (status {answer.status_code}).")
        return body

    def _check(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            problem = self._body(answer)
            code = problem.get("error_code")
            detail = str(problem.get("detail") or f"status {answer.status_code}")
            raise Refused(f"{detail} [{code}]" if code else detail)


def worker_health(url: str) -> Item | None:
    """The documents worker's health, where it has its port beside the gateway's (`bmadflow up`); None elsewhere."""
    try:
        gateway = httpx.URL(url)
        port = (gateway.port or 80) + LISTENING.index(WORKER)
        health = httpx.get(gateway.copy_with(port=port, path="/api/health/ready", query=None), timeout=_WORKER_SECONDS)
        body = health.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return body if isinstance(body, dict) and body.get("service") == WORKER else None
