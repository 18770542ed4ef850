"""Keyset pages: `{"items": […], "next_cursor": …}`."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel

from common.fields import MAX_ID
from common.problems import CursorInvalid

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*key: int | str) -> str:
    """The position after the last item of a page, opaque to the caller."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type[int] | type[str]) -> list[int | str] | None:
    """The key in `cursor`, whose parts must be of `kinds`. Raises CursorInvalid."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorInvalid("The cursor is damaged: start again without one.") from error
    if not _matches(key, kinds):
        raise CursorInvalid("The cursor belongs to another list: start again without one.")
    return key


def as_micros(moment: datetime) -> int:
    """A point in time as a part of a cursor, exactly: a float would lose the last digits, and with them items."""
    since = moment.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The reverse of `as_micros`; any number that a cursor may hold is a date."""
    return _EPOCH + timedelta(microseconds=micros)


def _matches(key: object, kinds: tuple[type[int] | type[str], ...]) -> bool:
    if not isinstance(key, list) or len(key) != len(kinds):
        return False
    for part, kind in zip(key, kinds, strict=True):
        if type(part) is not kind:
            return False
        if isinstance(part, int) and not 0 <= part <= MAX_ID:
            return False
        if isinstance(part, str) and re.search("[\x00\ud800-\udfff]", part):
            return False
    return True
