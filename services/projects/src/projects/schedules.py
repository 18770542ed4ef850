"""Times to sync by themselves: cron syntax, in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field

from common.fields import Text

_FIELDS = 5
_PATTERN = r"^\s*\S+(?:\s+\S+){4}\s*$"  # for callers; what the fields may hold is more than a pattern can say


def next_time(schedule: str, after: datetime) -> datetime | None:
    """The first time after `after` that the schedule names; None if there never is one. Raises ValueError."""
    if len(schedule.split()) != _FIELDS:  # a sixth would be of seconds
        raise ValueError("must have five fields: minute, hour, day of month, month, day of week")
    try:
        return next(CronSim(schedule, after.astimezone(UTC)), None)
    except CronSimError as error:
        raise ValueError(f"is not in cron syntax: {str(error).lower()}") from error


def check_schedule(value: str) -> str:
    """The schedule with single spaces. Raises ValueError with a sentence for the user."""
    if next_time(value, datetime.now(UTC)) is None:
        raise ValueError("names a time that never comes")
    return " ".join(value.split())


Schedule = Annotated[
    Annotated[
        Text,
        Field(min_length=9, max_length=200, json_schema_extra={"pattern": _PATTERN, "examples": ["*/15 * * * *"]}),
        AfterValidator(check_schedule),
    ]
    | None,
    Field(description="When to sync by itself: five fields in cron syntax, in UTC; null for never."),
]
