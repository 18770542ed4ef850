"""Keeps foreign web pages out: DNS rebinding by the Host header, cross-site requests by Origin and fetch metadata."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from gateway.errors import HeaderInvalid, HeadersTooLarge, HostNotAllowed, OriginNotAllowed, TransferEncodingUnsupported

Headers = list[tuple[bytes, bytes]]
MAX_HEADER_BYTES = 32 * 1024
# A browser always resolves these to its own machine, so no foreign page can be served under them.
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({b"same-origin", b"none"})


class Guard:
    """Decides from method and headers whether a request is looked at any further."""

    def __init__(self, allowed_hosts: Iterable[str], cors_origins: Iterable[str]) -> None:
        self._hosts = {name.lower() for name in (*LOOPBACK_NAMES, *allowed_hosts)}
        self._origins = {origin.encode() for origin in cors_origins}
        self._is_served = lru_cache(maxsize=256)(self._serves)

    def check(self, method: str, headers: Headers, *, is_public: bool = False) -> None:
        """`is_public`: pages of every origin may read what is asked for.

        Raises HeaderInvalid, HeadersTooLarge, HostNotAllowed, OriginNotAllowed or TransferEncodingUnsupported.
        """
        size = hosts = 0
        for name, value in headers:
            size += len(name) + len(value) + 4
            hosts += name == b"host"
        if size > MAX_HEADER_BYTES:
            raise HeadersTooLarge(f"Headers may have {MAX_HEADER_BYTES} bytes in all.", headers={"Connection": "close"})
        if hosts != 1:
            raise HeaderInvalid("A request needs exactly one Host header.")
        values = dict(headers)
        if values.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            raise TransferEncodingUnsupported("Only chunked transfers are understood.", headers={"Connection": "close"})
        if b"transfer-encoding" in values and b"content-length" in values:
            raise HeaderInvalid("A body is either chunked or has a length.", headers={"Connection": "close"})
        host = values[b"host"].lower()
        if not self._is_served(host):
            raise HostNotAllowed("The Host header names a host that this gateway doesn't serve.")
        if not is_public:
            self._check_origin(method, host, values)

    def _serves(self, host: bytes) -> bool:
        text = host.decode("latin-1")
        found = _HOST.fullmatch(text)
        return found is not None and (text in self._hosts or found["name"] in self._hosts)

    def _check_origin(self, method: str, host: bytes, values: Mapping[bytes, bytes]) -> None:
        origin = values.get(b"origin")
        if origin is not None:
            scheme, _, authority = origin.lower().partition(b"://")
            if origin in self._origins or (scheme in {b"http", b"https"} and authority == host):
                return
            raise OriginNotAllowed("Web pages of that origin may not use this gateway (GATEWAY_CORS_ORIGINS).")
        # A browser that leaves the origin out of an unsafe request still says where the request comes from.
        if method not in _SAFE and values.get(b"sec-fetch-site", b"none") not in _OWN_SITES:
            raise OriginNotAllowed("Web pages of other sites may not change anything here.")
