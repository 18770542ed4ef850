"""Where a company's own authority signs certificates, and a proxy stands between us and everything else."""

import dataclasses
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from documents.sync.errors import SyncError
from documents.sync.network import NetworkPolicy, Remote
from documents.sync.transport import Transport
from services.documents.tests.sync.certificates import Authority, make_authority
from services.documents.tests.sync.command_lines import watched_command_lines
from services.documents.tests.sync.git_http import PASSWORD, USER, GitHttpServer, serve
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.http_proxy import Proxy, proxying
from services.documents.tests.sync.stack import Stack

HOST = "git.company.invalid"  # a name that no resolver knows


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "ca", HOST)


@pytest.fixture
def tls_server(tmp_path: Path, authority: Authority) -> Iterator[GitHttpServer]:
    with serve(tmp_path / "served", authority.context) as running:
        yield running


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with proxying() as running:
        yield running


def _use(stack: Stack, *, ca_file: Path | None = None, proxy: str | None = None) -> None:
    policy = NetworkPolicy(allow_local_sources=True, proxy=proxy)
    stack.options = dataclasses.replace(stack.options, policy=policy, ca_file=ca_file)


async def test_an_authority_of_ones_own(
    stack: Stack, repository: GitRepository, tls_server: GitHttpServer, authority: Authority, tmp_path: Path
) -> None:
    repository.commit({"a.md": "# A\n"})
    url = f"{tls_server.url}/open/repository"
    for ca_file in (None, make_authority(tmp_path / "other", HOST).ca_file):
        _use(stack, ca_file=ca_file)
        run = await stack.sync(url)
        assert (run.state, run.error_code) == ("failed", "CERTIFICATE_NOT_TRUSTED")
        assert "DOCUMENTS_GIT_CA_FILE" in (run.error_detail or "")
    _use(stack, ca_file=authority.ca_file)
    run = await stack.sync(url)
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert await stack.blobs() == repository.blobs()


async def test_a_certificate_for_another_name(
    stack: Stack, repository: GitRepository, tls_server: GitHttpServer, authority: Authority
) -> None:
    repository.commit({"a.md": "# A\n"})
    _use(stack, ca_file=authority.ca_file)
    port = tls_server.server_address[1]
    assert (await stack.sync(f"https://localhost:{port}/open/repository")).error_code == "CERTIFICATE_NOT_TRUSTED"


async def test_a_proxy_passes_tls_on_and_sees_no_password(
    stack: Stack, repository: GitRepository, tls_server: GitHttpServer, authority: Authority, proxy: Proxy
) -> None:
    repository.commit({"a.md": "# A\n"})
    _use(stack, ca_file=authority.ca_file, proxy=proxy.url)
    port = tls_server.server_address[1]
    address = f"https://{USER}:{PASSWORD.replace(' ', '%20')}@{HOST}:{port}/private/repository"
    run = await stack.sync(address)
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert await stack.blobs() == repository.blobs()
    assert proxy.heads
    assert all(head.startswith(f"CONNECT {HOST}:{port} ".encode()) for head in proxy.heads)
    assert b"Authorization" not in b"".join(proxy.heads)


async def test_a_proxy_passes_plain_http_on(
    stack: Stack, repository: GitRepository, server: GitHttpServer, proxy: Proxy
) -> None:
    repository.commit({"a.md": "# A\n"})
    _use(stack, proxy=proxy.url)
    port = server.server_address[1]
    run = await stack.sync(f"http://{HOST}:{port}/open/repository")
    assert (run.state, run.error_detail) == ("succeeded", None)
    assert proxy.heads
    assert all(f" http://{HOST}:{port}/open/".encode() in head for head in proxy.heads)


async def test_a_proxy_that_is_down(stack: Stack, server: GitHttpServer) -> None:
    _use(stack, proxy="http://127.0.0.1:1")
    run = await stack.sync(f"http://{HOST}:{server.server_address[1]}/open/repository")
    assert (run.state, run.error_code) == ("failed", "REPOSITORY_UNREACHABLE")
    assert not server.requests


async def test_ssh_does_not_go_by_the_proxy_and_needs_a_name_that_is_known_here(stack: Stack) -> None:
    _use(stack, proxy="http://127.0.0.1:1")
    for url in (f"ssh://git@{HOST}/r", f"git@{HOST}:r"):
        run = await stack.sync(url)
        assert (run.state, run.error_code) == ("failed", "REPOSITORY_UNREACHABLE")
        assert "can't be found" in (run.error_detail or "")
    with pytest.raises(SyncError) as caught:
        await Transport(stack.git).run(Remote(f"git@{HOST}:r", "ssh", HOST, HOST, 22), "ls-remote", f"git@{HOST}:r")
    assert caught.value.code == "ADDRESS_NOT_ALLOWED"


async def test_a_proxy_that_asks_for_a_password(
    stack: Stack, repository: GitRepository, tls_server: GitHttpServer, authority: Authority, proxy: Proxy
) -> None:
    repository.commit({"a.md": "# A\n"})
    proxy.wanted = b"\r\nProxy-Authorization: Basic " + b64encode(b"us:secret word") + b"\r\n"
    url = f"https://{HOST}:{tls_server.server_address[1]}/open/repository"
    for user in ("", "us:guess@"):
        _use(stack, ca_file=authority.ca_file, proxy=proxy.url.replace("//", f"//{user}"))
        run = await stack.sync(url)
        assert (run.state, run.error_code) == ("failed", "PROXY_REFUSED")
    _use(stack, ca_file=authority.ca_file, proxy=proxy.url.replace("//", "//us:secret%20word@"))
    with watched_command_lines() as seen:
        assert (await stack.sync(url)).state == "succeeded"
    assert not [line for line in seen if b"secret" in line]
    assert "secret" not in (stack.git.home / "1.git" / "config").read_text()
