"""Which repositories may be reached, and at which addresses: the guard against requests to internal services.

Names are resolved here, every address is checked, and git is then pinned to exactly those, so that a name that resolves
differently a moment later (DNS rebinding) changes nothing.
"""

import asyncio
import re
import socket
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from documents.sync.errors import SyncError

Address = IPv4Address | IPv6Address

_SCP_FORM = re.compile(r"(?:[\w.+-]+@)?(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?!//|:)(?P<path>.+)", re.DOTALL)
_DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}
# Names that git's libraries read as we do. Curl decodes %2e in a host's name, and a name with a last part like 0x7f is
# an address to some and a name to others: what is read twice and differently can't be pinned.
_HOST_NAME = re.compile(r"(?:[a-z0-9_-]+\.)*(?!\d+\.?$|0x[0-9a-f]*\.?$)[a-z0-9_-]+\.?", re.IGNORECASE)
_GLOBAL_IPV6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
# Where clouds hand out credentials, beside the link-local one.
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")))
_RESOLVE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What the operator allows; `allowed_networks` are CIDR networks and host names."""

    allow_local_sources: bool = False
    allowed_networks: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)
    """The HTTP proxy's URL, which may hold a password."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A checked repository: what git is given, and what it is pinned to."""

    url: str
    protocol: str
    """https, http, ssh or file."""

    shown: str
    """The URL without credentials, for messages."""

    host: str = ""
    port: int = 0
    addresses: tuple[Address, ...] = ()
    authorization: str | None = field(default=None, repr=False)
    """The HTTP header that opens it."""

    ssh_key: str | None = field(default=None, repr=False)
    """The private key that opens it, in OpenSSH's form."""

    @property
    def has_credential(self) -> bool:
        return self.authorization is not None or self.ssh_key is not None


async def check(repo_url: str, policy: NetworkPolicy) -> Remote:
    """The repository as it may be fetched now. Raises SyncError with ADDRESS_NOT_ALLOWED or another code."""
    if not all(char.isprintable() for char in repo_url):
        raise _refused("The repository's URL holds characters that no URL may hold.")
    if path := _local_path(repo_url):
        if not policy.allow_local_sources:
            raise SyncError(
                "LOCAL_SOURCES_NOT_ALLOWED",
                "Repositories on this machine are not allowed here. Use an https or ssh URL, or ask the operator to set"
                " BMADFLOW_ALLOW_LOCAL_SOURCES.",
            )
        return _local(path)
    scp = _SCP_FORM.fullmatch(repo_url) if "://" not in repo_url else None
    if scp and not repo_url.startswith("-"):
        host = _require_readable(scp["host"].strip("[]"))
        return Remote(repo_url, "ssh", repo_url, host, 22, await _addresses(host, 22, "ssh", policy))
    parts = _split(repo_url)
    protocol = parts.scheme.lower()
    if protocol not in _DEFAULT_PORTS:
        raise _refused(f"“{protocol}” is no protocol for repositories here; use https or ssh.")
    if protocol == "http" and not (policy.allow_local_sources or parts.hostname in policy.allowed_networks):
        raise _refused("Plain http is not allowed here; use https.")
    return await _remote(parts, protocol, policy)


async def _remote(parts: SplitResult, protocol: str, policy: NetworkPolicy) -> Remote:
    host = _require_readable(parts.hostname or "")
    port = parts.port or _DEFAULT_PORTS[protocol]
    userinfo, at, place = parts.netloc.rpartition("@")
    bare = urlunsplit(parts._replace(netloc=place))
    # ssh needs its user name in the URL; a password travels in the environment if at all, never on a command line.
    named = urlunsplit(parts._replace(netloc=f"{userinfo.partition(':')[0]}{at}{place}"))
    url = named if protocol == "ssh" else bare
    authorization = None if protocol == "ssh" else _authorization(parts)
    return Remote(url, protocol, bare, host, port, await _addresses(host, port, protocol, policy), authorization)


def _local_path(repo_url: str) -> Path | None:
    if repo_url.startswith("/"):
        return Path(repo_url)
    if not repo_url.lower().startswith("file:"):
        return None
    parts = _split(repo_url)
    return Path(unquote(parts.path) or "/")


def _local(path: Path) -> Remote:
    if not path.is_dir():
        raise SyncError("REPOSITORY_NOT_FOUND", f"There is no folder {path} on this machine. Check the path.")
    return Remote(str(path), "file", str(path))


def _split(repo_url: str) -> SplitResult:
    try:
        parts = urlsplit(repo_url)
        _ = parts.port
    except ValueError as error:
        raise _refused(f"The repository's URL can't be read: {error}.") from error
    if parts.scheme.lower() != "file" and not parts.hostname:
        raise _refused("The repository's URL names no host.")
    if (parts.hostname or "").startswith("-") or " " in repo_url:
        raise _refused("The repository's URL holds characters that no URL may hold.")
    return parts


def _require_readable(host: str) -> str:
    """The host, which is a plain name or an address. Raises SyncError for what others might read differently."""
    if not (_HOST_NAME.fullmatch(host) or _is_address(host)):
        raise _refused(f"“{host}” is no plain host name or address. Write names in ASCII and addresses in full.")
    return host


def _is_address(host: str) -> bool:
    try:
        return not getattr(ip_address(host), "scope_id", None)
    except ValueError:
        return False


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Authorization: Basic {b64encode(pair.encode()).decode()}"


async def _addresses(host: str, port: int, protocol: str, policy: NetworkPolicy) -> tuple[Address, ...]:
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        if policy.proxy and protocol != "ssh":
            return ()  # only the proxy may know the name; ssh doesn't go by way of it
        raise SyncError(
            "REPOSITORY_UNREACHABLE", f"The host {host} can't be found. Check the URL and this machine's network."
        ) from error
    addresses = tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    for address in addresses:
        if not is_allowed(address, host, policy):
            raise _refused(
                f"{host} is at {address}, an internal address. Repositories there are not allowed here; an operator"
                " can allow the host or its network."
            )
    return addresses


def is_allowed(address: Address, host: str, policy: NetworkPolicy) -> bool:
    """Whether `address` may be connected to. Credential services and link-local addresses never are."""
    target = _embedded(address)
    if target in _METADATA or target.is_link_local or target.is_multicast or target.is_unspecified:
        return False
    if target.is_global and (target.version == 4 or target in _GLOBAL_IPV6):
        return True
    if policy.allow_local_sources and (target.is_loopback or target.is_private):
        return True
    return host in policy.allowed_networks or _in_networks(target, policy.allowed_networks)


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _in_networks(address: Address, networks: Sequence[str]) -> bool:
    for entry in networks:
        try:
            if address in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # a host name
    return False


def _refused(detail: str) -> SyncError:
    return SyncError("ADDRESS_NOT_ALLOWED", detail)
