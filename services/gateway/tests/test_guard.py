import pytest

from common.problems import Problem
from gateway.errors import HeaderInvalid, HeadersTooLarge, HostNotAllowed, OriginNotAllowed, TransferEncodingUnsupported
from gateway.guard import Guard, Headers

GUARD = Guard(allowed_hosts=["hub.example", "other.example:8443"], cors_origins=["http://localhost:3000"])
OWN: Headers = [(b"host", b"localhost:8000")]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST:1",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
        "hub.example:80",
        "other.example:8443",
    ],
)
def test_own_hosts_pass(host: str) -> None:
    GUARD.check("GET", [(b"host", host.encode())])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io:8000",
        "127.0.0.2",
        "localhost:80:80",
        "localhost@x",
        "",
        "localhost:",
        "other.example",
        "other.example:80",
        "[::2]:8000",
        "localhost, evil",
        "0.0.0.0",
        "local\xe9",
    ],
)
def test_foreign_hosts_are_refused(host: str) -> None:
    with pytest.raises(HostNotAllowed):
        GUARD.check("GET", [(b"host", host.encode("latin-1"))])


@pytest.mark.parametrize("headers", [[], [*OWN, *OWN], [*OWN, (b"host", b"evil.example")]])
def test_exactly_one_host_is_needed(headers: Headers) -> None:
    with pytest.raises(HeaderInvalid):
        GUARD.check("GET", headers)


ORIGINS = {
    "none": (None, True),
    "own": (b"http://localhost:8000", True),
    "own behind TLS": (b"https://localhost:8000", True),
    "allowed": (b"http://localhost:3000", True),
    "other port": (b"http://localhost:9999", False),
    "other name of this machine": (b"http://127.0.0.1:8000", False),
    "other site": (b"https://evil.example", False),
    "opaque": (b"null", False),
    "empty": (b"", False),
    "other scheme": (b"ftp://localhost:8000", False),
    "prefix of an allowed one": (b"http://localhost:3000.evil.example", False),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("case", ORIGINS)
def test_origin_decides(method: str, case: str) -> None:
    origin, is_allowed = ORIGINS[case]
    headers = OWN if origin is None else [*OWN, (b"origin", origin)]
    if is_allowed:
        GUARD.check(method, headers)
    else:
        with pytest.raises(OriginNotAllowed):
            GUARD.check(method, headers)


@pytest.mark.parametrize(
    ("method", "site", "is_allowed"),
    [
        ("POST", b"same-origin", True),
        ("POST", b"none", True),
        ("POST", b"same-site", False),
        ("DELETE", b"cross-site", False),
        ("POST", b"nonsense", False),
        ("GET", b"cross-site", True),  # a link that somebody followed
    ],
)
def test_fetch_metadata_decides_where_the_origin_is_missing(method: str, site: bytes, is_allowed: bool) -> None:
    headers = [*OWN, (b"sec-fetch-site", site)]
    if is_allowed:
        GUARD.check(method, headers)
    else:
        with pytest.raises(OriginNotAllowed):
            GUARD.check(method, headers)


def test_headers_have_a_limit() -> None:
    GUARD.check("GET", [*OWN, (b"x-long", b"x" * 32_000)])
    with pytest.raises(HeadersTooLarge):
        GUARD.check("GET", [*OWN, *[(b"x-many", b"x" * 1000)] * 33])


@pytest.mark.parametrize(("coding", "refusal"), [(b"chunked", None), (b"gzip, chunked", TransferEncodingUnsupported)])
def test_only_chunked_transfers(coding: bytes, refusal: type[Problem] | None) -> None:
    headers = [*OWN, (b"transfer-encoding", coding)]
    if refusal is None:
        GUARD.check("POST", headers)
    else:
        with pytest.raises(refusal):
            GUARD.check("POST", headers)


def test_length_and_chunks_together_are_refused() -> None:
    # The parser refuses it in a header; a trailer that arrives early looks like a header.
    with pytest.raises(HeaderInvalid):
        GUARD.check("POST", [*OWN, (b"transfer-encoding", b"chunked"), (b"content-length", b"1000")])


def test_what_is_public_may_be_asked_for_by_any_page_of_a_served_host() -> None:
    GUARD.check("GET", [*OWN, (b"origin", b"null")], is_public=True)
    with pytest.raises(OriginNotAllowed):
        GUARD.check("GET", [*OWN, (b"origin", b"null")])
    with pytest.raises(HostNotAllowed):
        GUARD.check("GET", [(b"host", b"evil.example"), (b"origin", b"null")], is_public=True)
