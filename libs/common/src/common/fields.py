"""Field types that keep what Postgres can't store, and what a page can't show, out at the edge."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

MAX_ID = 2**53 - 1  # every JSON reader keeps whole numbers up to here exact
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(value: str) -> str:
    if _UNSTORABLE.search(value):
        raise ValueError("must not contain NUL characters or unpaired surrogates")
    return value


def _stripped_name(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value.strip()


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _iso_utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Text = Annotated[str, AfterValidator(_storable)]
"""Any text that Postgres can store."""

Name = Annotated[Text, AfterValidator(_stripped_name)]
"""A non-blank text; surrounding white space is dropped."""

Whole = BeforeValidator(_whole)
"""For a strict integer of a payload, which then is one as JSON Schema means it: 23.0 is, "23" and true are not."""

PayloadId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID), Whole]
"""An id in a payload."""

UtcDatetime = Annotated[datetime, PlainSerializer(_iso_utc, return_type=str, when_used="json")]
"""A point in time, written as RFC 3339 in UTC ending in `Z`."""

PathId = Annotated[int, Path(ge=1, le=MAX_ID)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
Cursor = Annotated[Text | None, Query(description="`next_cursor` of the page before.", max_length=500)]
