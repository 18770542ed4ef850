"""Repositories over ssh: a key opens them, is shown to nobody else, and leaves no trace."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from common.http_client import ServiceClient
from common.sealing import SealingKeys, generate_key
from documents.sync.credentials import Credentials
from documents.sync.git_program import GitLimits, GitProgram
from documents.sync.network import Remote, check
from documents.sync.transport import Transport, clear_key_files
from services.documents.tests.sync.command_lines import watched_command_lines
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.projects_service import ProjectsService, serve_credentials
from services.documents.tests.sync.ssh_server import SshServer, new_key, serve_ssh
from services.documents.tests.sync.stack import LOCAL, Run, Stack, until

KEYS = SealingKeys.parse(generate_key())


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    with serve_ssh(tmp_path / "sshd") as running:
        yield running


@pytest.fixture
def projects() -> Iterator[ProjectsService]:
    with serve_credentials(KEYS) as running:
        yield running


@pytest.fixture(autouse=True)
async def lender(projects: ProjectsService, stack: Stack) -> AsyncIterator[Credentials]:
    stack.credentials = Credentials(ServiceClient("projects", projects.url), KEYS)
    yield stack.credentials
    await stack.credentials.close()


def _use(projects: ProjectsService, private_key: str) -> None:
    projects.credentials[1] = {"kind": "ssh_key", "private_key": private_key}


async def _sync(stack: Stack, server: SshServer, repository: GitRepository, projects: ProjectsService) -> Run:
    projects.repo_url = server.url(repository.folder)
    return await stack.sync(projects.repo_url, has_credential=True)


def _key_files(home: Path) -> list[Path]:
    return list((home / "keys").glob("*"))


async def test_the_key_opens_it_and_is_gone_afterwards(
    stack: Stack, repository: GitRepository, ssh_server: SshServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n\nText.\n", "main.py": "pass\n"})
    _use(projects, ssh_server.private_key)
    modes: set[int] = set()

    async def watch_files() -> None:
        while True:
            for path in _key_files(stack.git.home):
                with suppress(FileNotFoundError):
                    modes.add(path.stat().st_mode & 0o777)
                    modes.add(path.parent.stat().st_mode & 0o777)
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch_files())
    with watched_command_lines() as seen:
        run = await _sync(stack, ssh_server, repository, projects)
    watching.cancel()
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert set(await stack.blobs()) == {"a.md"}
    assert modes == {0o600, 0o700}
    assert _key_files(stack.git.home) == []
    assert [line for line in seen if b"IdentityFile=" in line]
    secret = ssh_server.private_key.splitlines()[1].encode()
    assert not [line for line in seen if secret in line]
    assert not [path for path in stack.data.rglob("*") if path.is_file() and secret in path.read_bytes()]


async def test_a_wrong_key_and_none(
    stack: Stack, repository: GitRepository, ssh_server: SshServer, projects: ProjectsService
) -> None:
    repository.commit({"a.md": "# A\n"})
    for private_key in (new_key()[0], "no key at all"):
        _use(projects, private_key)
        run = await _sync(stack, ssh_server, repository, projects)
        assert (run.state, run.error_code) == ("failed", "CREDENTIAL_REFUSED")
    del projects.credentials[1]
    run = await _sync(stack, ssh_server, repository, projects)
    assert (run.state, run.error_code) == ("failed", "AUTHENTICATION_REQUIRED")
    assert _key_files(stack.git.home) == []


async def test_a_repository_that_is_not_there(
    stack: Stack, ssh_server: SshServer, projects: ProjectsService, tmp_path: Path
) -> None:
    _use(projects, ssh_server.private_key)
    projects.repo_url = ssh_server.url(tmp_path / "nothing")
    run = await stack.sync(projects.repo_url, has_credential=True)
    assert (run.state, run.error_code) == ("failed", "REPOSITORY_NOT_FOUND")


async def test_a_server_whose_key_changed(
    stack: Stack, repository: GitRepository, ssh_server: SshServer, projects: ProjectsService, tmp_path: Path
) -> None:
    repository.commit({"a.md": "# A\n"})
    _use(projects, ssh_server.private_key)
    assert (await _sync(stack, ssh_server, repository, projects)).state == "succeeded"
    known = stack.git.home / "known_hosts"
    assert known.read_text().startswith(f"[127.0.0.1]:{ssh_server.port} ")
    with serve_ssh(tmp_path / "another") as other:  # another port is another server
        _use(projects, other.private_key)
        assert (await _sync(stack, other, repository, projects)).state == "succeeded"
    known.write_text(known.read_text().replace(f":{other.port} ", f":{other.port + 1} "))
    known.write_text(known.read_text().replace(f":{ssh_server.port} ", f":{other.port} "))
    with serve_ssh(tmp_path / "impostor", other.port) as impostor:
        _use(projects, impostor.private_key)
        run = await _sync(stack, impostor, repository, projects)
    assert (run.state, run.error_code) == ("failed", "HOST_KEY_CHANGED")
    assert "known_hosts" in (run.error_detail or "")


async def test_a_cancelled_fetch_leaves_no_key(stack: Stack, tmp_path: Path) -> None:
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    remote = await _with_key(f"ssh://git@127.0.0.1:{port}/r", "secret")
    asking = asyncio.create_task(Transport(stack.git).run(remote, "ls-remote", "--", remote.url))

    async def has_key() -> bool:
        return bool(_key_files(stack.git.home))

    await until(has_key)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not await has_key()
    silent.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def _with_key(url: str, private_key: str) -> Remote:
    remote = await check(url, LOCAL)
    return Remote(remote.url, remote.protocol, remote.shown, remote.host, remote.port, remote.addresses, None,
                  private_key)  # fmt: skip


async def test_keys_of_killed_workers_are_cleared_away(tmp_path: Path) -> None:
    clear_key_files(tmp_path)  # there is nothing yet
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("left", "used"):
        (folder / name).write_text("secret")
    with (folder / "used").open() as used:  # by a worker of which no process id is known here
        fcntl.flock(used, fcntl.LOCK_EX)
        clear_key_files(tmp_path)
        assert [path.name for path in folder.iterdir()] == ["used"]
    clear_key_files(tmp_path)
    assert list(folder.iterdir()) == []


async def test_a_worker_that_starts_leaves_a_key_in_use(stack: Stack) -> None:
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    remote = await _with_key(f"ssh://git@127.0.0.1:{silent.sockets[0].getsockname()[1]}/r", "secret")
    asking = asyncio.create_task(Transport(stack.git).run(remote, "ls-remote", "--", remote.url))

    async def has_key() -> bool:
        return bool(_key_files(stack.git.home))

    await until(has_key)
    clear_key_files(stack.git.home)
    assert await has_key()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    silent.close()


async def test_a_data_folder_with_a_space_and_a_percent_sign(
    repository: GitRepository, ssh_server: SshServer, tmp_path: Path
) -> None:
    tip = repository.commit({"a.md": "# A\n"})
    git = GitProgram(tmp_path / "my data 100%h", GitLimits(seconds=60))
    git.prepare()
    remote = await _with_key(ssh_server.url(repository.folder), ssh_server.private_key)
    answer = await Transport(git).run(remote, "ls-remote", "--", remote.url, "HEAD")
    assert answer.output.decode().split() == [tip, "HEAD"]
    assert sorted(path.name for path in git.home.iterdir()) == ["gitconfig", "keys", "known_hosts"]
