"""Addresses that lead inwards by any spelling: refused before anything is asked, so the canary hears nothing."""

import asyncio
import dataclasses
import socket
from collections.abc import Callable
from typing import Any

import pytest

from documents.sync import network
from documents.sync.errors import SyncError
from documents.sync.network import NetworkPolicy
from services.documents.tests.hostile.canary import Canary
from services.documents.tests.hostile.syncing import sync_all
from services.documents.tests.hostile.tally import Tally, sized
from services.documents.tests.sync.stack import Stack

STRICT = NetworkPolicy()
ONE_NETWORK = NetworkPolicy(allowed_networks=("10.20.0.0/16", "git.internal"))
_PUBLIC = "93.184.215.14"

# What the resolver of these tests knows; nothing asks the network.
NAMES: dict[str, list[str]] = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "loopback.example": ["127.0.0.1"],
    "ipv6.loopback.example": ["::1"],
    "mixed.example": [_PUBLIC, "127.0.0.1"],
    "mixed6.example": [_PUBLIC, "::ffff:127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "link.example": ["fe80::1%1"],
    "public.example": [_PUBLIC],
    "127.0.0.1.public.example": [_PUBLIC],
    "public%2eexample": [_PUBLIC],
    "%6cocalhost": [_PUBLIC],
    "püblic.example": [_PUBLIC],
    "0x7f.0.0.1.": [_PUBLIC],
}

# CANARY is the canary's port on 127.0.0.1, SIX its port on ::1.
HOSTS = [
    *("127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0177.0.0.1", "0177.1", "017700000001", "2130706433"),
    *("0x7f.0.0.1", "0x7f000001", "0x7F.1", "0x7f.0.0.0x1", "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0"),
    *("localhost", "LOCALHOST", "localhost.", "loopback.example", "mixed.example", "mixed6.example"),
    *("１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌocalhost", "püblic.example"),
    *(
        "%6cocalhost",
        "127%2e0%2e0%2e1",
        "public%2eexample",
        "127.0.0.1%00.public.example",
        "127.0.0.1%23.public.example",
    ),
    *("user@127.0.0.1", "user:word@127.0.0.1", "public.example@127.0.0.1", "public.example:443@127.0.0.1"),
    *("public.example%40127.0.0.1", "public.example\\@127.0.0.1", "a@b@127.0.0.1", "-oProxyCommand=x@127.0.0.1"),
    *(
        "10.0.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ),
    *(
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    ),
    *("metadata.google.internal", "link.example", "224.0.0.1"),
]
HOSTS_OF_6 = [
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]"),
    *("[2002:a9fe:a9fe::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[::1%25lo]", "[2606:4700::1%25lo]"),
    *("[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[::]", "[100::1]", "[2001:db8::1]", "[5f00::1]"),
    *("[::1", "::1", "[v1.x]", "[127.0.0.1]", "[]", "ipv6.loopback.example", "user@[::1]"),
]
WHOLE = [
    *("http://127.0.0.1:CANARY/r", "http://public.example:CANARY/r", "http://localhost:CANARY/r"),
    *(
        "git://127.0.0.1:CANARY/r",
        "ftp://127.0.0.1:CANARY/r",
        "ftps://127.0.0.1:CANARY/r",
        "gopher://127.0.0.1:CANARY/_x",
    ),
    *(
        "dict://127.0.0.1:CANARY/d:x",
        "ldap://127.0.0.1:CANARY/",
        "tftp://127.0.0.1:CANARY/x",
        "ws://127.0.0.1:CANARY/r",
    ),
    *("ext::nc 127.0.0.1 CANARY", "fd::3", "ext::sh -c 'touch x'", "http::http://127.0.0.1:CANARY/r", "remote-ext::x"),
    *(
        "git+ssh://127.0.0.1:CANARY/r",
        "ssh+git://127.0.0.1:CANARY/r",
        "git+https://127.0.0.1:CANARY/r",
        "rsync://127.0.0.1/r",
    ),
    *(
        "file:///etc",
        "file://localhost/etc",
        "file://127.0.0.1/etc",
        "file:/etc",
        "FILE:///etc",
        "/etc",
        "//127.0.0.1/r",
    ),
    *("file://%2Fetc", "file:etc", "file:///proc/self/cwd", "./r", "../r", "~/r", "C:\\r", "\\\\127.0.0.1\\r"),
    *(
        "ssh://127.0.0.1:CANARY/r",
        "ssh://git@localhost:CANARY/r",
        "ssh://-oProxyCommand=x/r",
        "ssh://%2doProxyCommand=x/r",
    ),
    *("git@127.0.0.1:r", "127.0.0.1:r", "[::1]:r", "git@[::1]:r", "git@[::1%25lo]:r", "localhost:r", "git@0x7f.1:r"),
    *(
        "git@127.0.0.1:\nr",
        "git@public.example:r\0x",
        "git@public.example:r\nx",
        "-oProxyCommand=x:r",
        "-x@public.example:r",
    ),
    *(
        "https://127.0.0.1:CANARY\n@public.example/r",
        "https://127.0.0.1:CANARY\r\nHost: x/r",
        "https://public.example/\0",
    ),
    *(
        "https://public.example /r",
        " https://127.0.0.1:CANARY/r",
        "\thttps://127.0.0.1:CANARY/r",
        "https:/127.0.0.1:CANARY/r",
    ),
    *(
        "https:127.0.0.1:CANARY/r",
        "https:///127.0.0.1:CANARY/r",
        "https://",
        "https:",
        "://127.0.0.1/r",
        "",
        " ",
        "\x7f",
    ),
    *(
        "https://127.0.0.1:99999/r",
        "https://127.0.0.1:-1/r",
        "https://127.0.0.1:CANARY:1/r",
        "https://127.0.0.1:４４３/r",
    ),
    *(
        "https://127.0.0.1:0x1/r",
        "https://127.0.0.1:/r",
        "https://?@127.0.0.1:CANARY/r",
        "https://#@127.0.0.1:CANARY/r",
    ),
    *("https://127.0.0.1:CANARY#@public.example:1x/r", "https://127.0.0.1:CANARY?@public.example/r"),
    *("https://\u202e127.0.0.1:CANARY/r", "https://127.0.0.1\u200b:CANARY/r", "https://\ud800.example/r"),
]


@pytest.fixture
def addresses(canary: Canary) -> list[str]:
    found = [f"https://{host}:CANARY/r" for host in HOSTS] + [f"https://{host}:SIX/r" for host in HOSTS_OF_6]
    found += [f"ssh://{host}:CANARY/r" for host in HOSTS[:20]] + [f"{host}:r" for host in HOSTS[:20]] + WHOLE
    return [each.replace("CANARY", str(canary.port)).replace("SIX", str(canary.ipv6_port)) for each in found]


@pytest.fixture
async def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The resolver's table, in place of the network's: what is no name in it is read by the C library, as a number."""
    names = dict(NAMES)
    loop = asyncio.get_running_loop()
    genuine: Callable[..., Any] = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **options: Any) -> Any:
        if host.lower() not in names:
            return await genuine(host, port, flags=socket.AI_NUMERICHOST, **options)
        return [(0, 0, 0, "", (address, port)) for address in names[host.lower()]]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return names


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize("policy", [STRICT, ONE_NETWORK], ids=["strict", "one network"])
async def test_no_spelling_leads_inwards(addresses: list[str], policy: NetworkPolicy, tally: Tally) -> None:
    for url in addresses:
        tally.inputs += 1
        try:
            remote = await network.check(url, policy)
        except SyncError as error:
            if not error.detail.isprintable():
                tally.crashes.append(f"{url!r}: {error.detail!r}")
        except Exception as error:  # noqa: BLE001 - any other exception is what this test looks for
            tally.crashes.append(f"{url!r}: {error!r}")
        else:
            tally.escapes.append(f"{url!r}: {remote}")
    assert tally.inputs >= 150


@pytest.mark.usefixtures("resolver")
async def test_no_sync_reaches_the_canary(stack: Stack, addresses: list[str], tally: Tally) -> None:
    """The same by way of the whole sync, for some of those that the database can hold."""
    stack.options = dataclasses.replace(stack.options, policy=STRICT)
    some = [url for url in addresses if "\0" not in url and "\ud800" not in url][:: sized(6, 1)]
    urls = dict(zip(some, some, strict=True))
    for url, run in (await sync_all(stack, urls)).items():
        tally.judge(repr(url), run)
        if run.state != "failed":
            tally.escapes.append(repr(url))


async def test_public_addresses_are_let_through(resolver: dict[str, list[str]]) -> None:
    """Else the tests above would prove nothing."""
    for url in ("https://public.example/r", "https://127.0.0.1.public.example/r", "git@public.example:a/b.git"):
        assert [str(each) for each in (await network.check(url, STRICT)).addresses] == [_PUBLIC], url
    resolver["xn--pblic-kva.example"] = ["2606:4700::1111"]
    assert (await network.check("https://xn--pblic-kva.example/r", ONE_NETWORK)).addresses


@pytest.mark.usefixtures("resolver")
async def test_a_proxy_knows_names_for_http_alone(tally: Tally) -> None:
    """Ssh goes past the proxy: a name that isn't known now would be looked up by ssh, and not checked."""
    behind = NetworkPolicy(proxy="http://127.0.0.1:9")
    assert (await network.check("https://unknown.example/r", behind)).addresses == ()
    for url in ("ssh://git@unknown.example/r", "git@unknown.example:r"):
        tally.inputs += 1
        with pytest.raises(SyncError, match="can't be found"):
            await network.check(url, behind)
