"""Private repositories: the credential comes from projects, reaches only the server, and is left nowhere."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from common.http_client import ServiceClient
from common.sealing import SealingKeys, generate_key
from documents.sync.credentials import Credentials, with_credential
from documents.sync.network import Remote
from services.documents.tests.sync.command_lines import watched_command_lines
from services.documents.tests.sync.git_http import PASSWORD, USER, GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.projects_service import ProjectsService, serve_credentials
from services.documents.tests.sync.stack import Run, Stack

KEYS = SealingKeys.parse(generate_key())
RIGHT = {"kind": "password", "username": USER, "password": PASSWORD}
TOKEN = {"kind": "token", "token": PASSWORD, "username": USER}


@pytest.fixture
def projects() -> Iterator[ProjectsService]:
    with serve_credentials(KEYS) as running:
        yield running


@pytest.fixture
async def lender(projects: ProjectsService, stack: Stack, server: GitHttpServer) -> AsyncIterator[Credentials]:
    """Lends to the stack's runners what is for `server`."""
    projects.repo_url = f"{server.url}/private/repository"
    stack.credentials = Credentials(ServiceClient("projects", projects.url), KEYS)
    yield stack.credentials
    await stack.credentials.close()


async def _sync(stack: Stack, server: GitHttpServer, *, has_credential: bool = True) -> Run:
    return await stack.sync(f"{server.url}/private/repository", has_credential=has_credential)


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize("credential", [RIGHT, TOKEN])
async def test_a_private_repository_opens(
    stack: Stack,
    repository: GitRepository,
    server: GitHttpServer,
    projects: ProjectsService,
    credential: dict[str, str],
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n"})
    projects.credentials[1] = credential
    run = await _sync(stack, server)
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert await stack.blobs() == repository.blobs()


@pytest.mark.usefixtures("lender")
async def test_a_wrong_credential_is_refused_and_a_new_one_helps(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.credentials[1] = RIGHT | {"password": "guess"}
    run = await _sync(stack, server)
    assert (run.state, run.error_code) == ("failed", "CREDENTIAL_REFUSED")
    assert "guess" not in str(run)
    projects.credentials[1] = RIGHT
    assert (await _sync(stack, server)).state == "succeeded"


@pytest.mark.usefixtures("lender")
async def test_a_credential_that_is_gone_is_as_none(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    assert (await _sync(stack, server)).error_code == "AUTHENTICATION_REQUIRED"
    assert projects.asked == 1
    assert (await _sync(stack, server, has_credential=False)).error_code == "AUTHENTICATION_REQUIRED"
    assert projects.asked == 1


async def test_keys_that_do_not_fit(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.credentials[1] = RIGHT
    projects.repo_url = server.url
    other = SealingKeys.parse(generate_key())
    rotated = SealingKeys(KEYS.keys | other.keys)  # proves with a key that both know, seals are of one that we don't
    client = ServiceClient("projects", projects.url)
    for service_keys, keys in ((KEYS, None), (KEYS, other), (SealingKeys(other.keys | KEYS.keys), KEYS)):
        projects.keys = service_keys
        stack.credentials = Credentials(client, keys)
        run = await _sync(stack, server)
        assert (run.state, run.error_code) == ("failed", "CREDENTIAL_UNREADABLE")
        assert "Enter the credential again" in (run.error_detail or "")
    projects.keys, stack.credentials = KEYS, Credentials(client, rotated)
    assert (await _sync(stack, server)).state == "succeeded"
    await client.close()


@pytest.mark.usefixtures("lender")
async def test_while_projects_is_away_the_sync_waits(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.credentials[1] = RIGHT
    projects.is_down = True
    run = await _sync(stack, server)
    assert (run.state, run.error_code) == ("running", None)  # anybody may go on with it in a moment
    (job,) = await stack.rows("SELECT attempt FROM sync_job")
    assert job["attempt"] == 0  # however long it takes
    projects.is_down = False
    await stack.rows("UPDATE sync_job SET lease_until = now() - interval '1 second' RETURNING id")
    await stack.runner().run(*await stack.claim())
    assert (await stack.run_of(run.id)).state == "succeeded"


@pytest.mark.usefixtures("lender")
async def test_a_sync_does_not_wait_for_projects_for_ever(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.is_down = True
    run = await _sync(stack, server)
    began = "jsonb_set(progress, '{waiting_since}', to_jsonb(now() - interval '11 minutes'))"
    await stack.rows(f"UPDATE sync_job SET lease_until = now() - interval '1 s', progress = {began} RETURNING id")
    await stack.runner().run(*await stack.claim())
    run = await stack.run_of(run.id)
    assert (run.state, run.error_code) == ("failed", "CREDENTIAL_UNAVAILABLE")
    assert "waiting_since" not in run.progress


@pytest.mark.usefixtures("lender")
async def test_an_answer_that_makes_no_sense_ends_the_sync(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.status = 422
    run = await _sync(stack, server)
    assert (run.state, run.error_code) == ("failed", "CREDENTIAL_UNAVAILABLE")
    assert "answered 422" in (run.error_detail or "")


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize(
    "other", ["https://127.0.0.1/r", "http://127.0.0.1:1/r", "http://localhost/r", "git@h:r", "/r"]
)
async def test_a_credential_for_another_server_is_not_used(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService, other: str
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.credentials[1] = RIGHT
    ours, projects.repo_url = projects.repo_url, other
    run = await _sync(stack, server)
    assert (run.state, run.error_code) == ("running", None)  # until the event with the other address arrives
    assert server.requests == []
    projects.repo_url = ours
    await stack.rows("UPDATE sync_job SET lease_until = now() - interval '1 s' RETURNING id")
    await stack.runner().run(*await stack.claim())
    assert (await stack.run_of(run.id)).state == "succeeded"


@pytest.mark.usefixtures("lender")
async def test_the_secret_is_on_no_command_line_and_in_no_file(
    stack: Stack,
    repository: GitRepository,
    server: GitHttpServer,
    projects: ProjectsService,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    repository.commit({f"{number}.md": f"# {number}\n" for number in range(60)})
    projects.credentials[1] = RIGHT
    with watched_command_lines() as seen:
        assert (await _sync(stack, server)).state == "succeeded"
        projects.credentials[1] = RIGHT | {"password": "open says me"}
        repository.commit({"1.md": "# New\n"})
        assert (await _sync(stack, server)).state == "failed"
    assert [line for line in seen if b"\0fetch\0" in line]  # it did look
    secrets = [PASSWORD, "open says me", *(_header(password) for password in (PASSWORD, "open says me"))]
    logged = caplog.text + "".join(capfd.readouterr()) + str(await stack.events()) + str(await stack.rows(
        "SELECT progress, error_detail FROM sync_job"))  # fmt: skip
    for secret in secrets:
        assert not [line for line in seen if secret.encode() in line]
        assert secret not in logged
        assert not await asyncio.to_thread(_files_with, stack.data, secret.encode())


def _header(password: str) -> str:
    remote = with_credential(Remote("u", "https", "u"), RIGHT | {"password": password})
    return (remote.authorization or "").removeprefix("Authorization: Basic ")


def _files_with(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


async def test_what_a_credential_becomes() -> None:
    https, ssh = Remote("u", "https", "u"), Remote("u", "ssh", "u")
    key = {"kind": "ssh_key", "private_key": "-----BEGIN"}
    assert with_credential(https, {"kind": "token", "token": "t"}).authorization == (
        "Authorization: Basic eC10b2tlbi1hdXRoOnQ="
    )
    assert with_credential(ssh, key).ssh_key == "-----BEGIN"
    assert not with_credential(https, key).has_credential
    assert not with_credential(ssh, TOKEN).has_credential
    assert not with_credential(Remote("/r", "file", "/r"), TOKEN).has_credential
    assert "BEGIN" not in repr(with_credential(ssh, key))


@pytest.mark.usefixtures("lender")
async def test_a_credential_is_not_even_asked_for_where_the_address_is_not_allowed(
    stack: Stack, projects: ProjectsService
) -> None:
    projects.credentials[1] = RIGHT
    for url in ("http://169.254.169.254/repository", "ext::sh"):
        assert (await stack.sync(url, has_credential=True)).error_code == "ADDRESS_NOT_ALLOWED"
    assert projects.asked == 0


@pytest.mark.usefixtures("lender")
async def test_a_credential_follows_no_redirect(
    stack: Stack, repository: GitRepository, server: GitHttpServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    projects.credentials[1] = RIGHT
    run = await stack.sync(f"{server.url}/moved/repository", has_credential=True)
    assert run.error_code == "REPOSITORY_MOVED"
    assert len(server.requests) == 1
