"""The words of a query as the index knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the query as the index knows it: a tsquery in text form, and its weight (rarer is heavier)."""

    word: str
    tsquery: str
    frequency: int
    weight: float
