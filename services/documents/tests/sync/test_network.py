"""Which addresses may be reached."""

from ipaddress import ip_address

import pytest

from documents.sync import network
from documents.sync.errors import SyncError
from documents.sync.network import NetworkPolicy, is_allowed

CLOSED = NetworkPolicy()
LOCAL = NetworkPolicy(allow_local_sources=True)

INTERNAL = [
    "https://127.0.0.1/r",
    "https://127.1/r",
    "https://2130706433/r",
    "https://0x7f000001/r",
    "https://localhost/r",
    "https://10.0.0.1/r",
    "https://172.16.9.9/r",
    "https://192.168.1.1/r",
    "https://100.64.0.1/r",
    "https://[::1]/r",
    "https://[fd00::1]/r",
    "https://[::ffff:127.0.0.1]/r",
    "https://[64:ff9b::7f00:1]/r",
    "https://[2002:7f00:1::]/r",
    "https://user:word@127.0.0.1/r",
    "ssh://git@127.0.0.1/r",
    "git@127.0.0.1:r.git",
    "git@[::1]:r.git",
]
NEVER = [
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/r",
    "https://[fd00:ec2::254]/r",
    "https://100.100.100.200/r",
    "https://0.0.0.0/r",
    "https://[::]/r",
    "https://224.0.0.1/r",
    "https://[::ffff:169.254.169.254]/r",
    "https://[64:ff9b::a9fe:a9fe]/r",
]
MALFORMED = [
    "git://example.org/r",
    "ext::sh -c id",
    "fd::17",
    "ftp://example.org/r",
    "https:///r",
    "https://",
    "https://[::1/r",
    "https://host:99999/r",
    "https://-oProxyCommand=x/r",
    "-host:r",
    "../r",
    "",
    "https://127.0.0.1/a b",
    "https://127.0.0.1/a\nb",
    "http://127.0.0.1/r",
]


async def _code(url: str, policy: NetworkPolicy) -> str:
    with pytest.raises(SyncError) as caught:
        await network.check(url, policy)
    return caught.value.code


@pytest.mark.parametrize("url", INTERNAL)
async def test_internal_addresses_by_permission(url: str) -> None:
    assert await _code(url, CLOSED) == "ADDRESS_NOT_ALLOWED"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:81/r", "http://localhost/r", "git@127.0.0.1:r.git", "https://[::1]/r"]
)
async def test_internal_addresses_where_local_sources_are_allowed(url: str) -> None:
    remote = await network.check(url, LOCAL)
    assert remote.addresses
    assert all(each.is_loopback for each in remote.addresses)


@pytest.mark.parametrize("url", NEVER)
async def test_some_addresses_are_never_reached(url: str) -> None:
    assert await _code(url, LOCAL) == "ADDRESS_NOT_ALLOWED"


@pytest.mark.parametrize("url", MALFORMED)
async def test_what_is_no_repository_address(url: str) -> None:
    assert await _code(url, CLOSED) == "ADDRESS_NOT_ALLOWED"


async def test_operators_list_allows_a_network() -> None:
    policy = NetworkPolicy(allowed_networks=("10.0.0.0/8", "git.internal"))
    assert (await network.check("https://10.1.2.3/r", policy)).addresses == (ip_address("10.1.2.3"),)
    assert is_allowed(ip_address("192.168.1.1"), "git.internal", policy)
    assert not is_allowed(ip_address("192.168.1.1"), "git.elsewhere", policy)


async def test_credentials_leave_the_address() -> None:
    remote = await network.check("http://ada:se%20cret@127.0.0.1:8/r", LOCAL)
    assert (remote.url, remote.shown) == ("http://127.0.0.1:8/r", "http://127.0.0.1:8/r")
    assert remote.authorization == "Authorization: Basic YWRhOnNlIGNyZXQ="
    assert "YWRhOnNlIGNyZXQ" not in repr(remote)


async def test_ssh_keeps_the_user_and_no_password() -> None:
    remote = await network.check("ssh://git:secret@127.0.0.1:22/r", LOCAL)
    assert (remote.url, remote.shown) == ("ssh://git@127.0.0.1:22/r", "ssh://127.0.0.1:22/r")


async def test_global_addresses_are_allowed() -> None:
    assert is_allowed(ip_address("140.82.121.4"), "github.com", CLOSED)
    assert is_allowed(ip_address("2606:50c0:8000::153"), "github.com", CLOSED)
