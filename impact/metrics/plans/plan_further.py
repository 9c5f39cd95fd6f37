"""What a plan may map beside decisions of yes and no: an amount, classes without an order, and columns that give a
group away.

In: parts of ``audit.yaml``. Out: frozen parts of an ``AuditPlan``. All are optional: a plan that maps none of them is
the same plan, with the same digest, as before they existed.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from impact.metrics.plans.plan_columns import Part

__all__ = [
    "MAX_CLASSES",
    "MAX_PROXIES",
    "MAX_STEPS",
    "Amount",
    "ClassColumn",
    "Classes",
    "PairedScore",
    "Proxy",
    "steps_of",
]

MAX_STEPS = 1 << 32  # amounts are added up as whole steps, and their squares must fit into 64 bits
MAX_CLASSES = 30  # more are hardly names that a reader can keep apart
MAX_PROXIES = 20  # each is one more way to look

_Value = str | int | float | bool


class Amount(Part):
    """A predicted amount and the true one, both in one unit. The true amount is read only with the outcomes."""

    predicted: str  # column
    actual: str  # column
    label: Annotated[str, Field(min_length=1)]  # what is predicted: "loss of the claim"
    unit: Annotated[str, Field(min_length=1)]  # in the plural: "pounds"
    range: tuple[float, float]  # lowest and highest amount there can be; anything outside is an error
    decimals: Annotated[int, Field(ge=0, le=6)] = 2  # amounts are rounded to so many before they are subtracted
    tolerance: float  # a prediction no further off than this counts as near enough
    reason: Annotated[str, Field(min_length=1)]  # why that is near enough


class Classes(Part):
    """A predicted class and the true one, without an order. The true class is read only with the outcomes."""

    predicted: str  # column
    actual: str  # column
    values: tuple[_Value, ...]  # every class, in the order of display
    label: Annotated[str, Field(min_length=1)]  # what is told apart: "kind of need"
    unknown_values: tuple[_Value, ...] = ()

    def of(self, which: str) -> ClassColumn:
        """One of the two columns: ``predicted`` or ``actual``."""
        return ClassColumn(name=getattr(self, which), values=self.values, unknown_values=self.unknown_values)


class ClassColumn(Part):
    """A column that holds one of the classes."""

    name: str
    values: tuple[_Value, ...]
    unknown_values: tuple[_Value, ...] = ()


class PairedScore(Part):
    """The score behind a further scorer, set against ``columns.score`` on the same cases."""

    name: str
    range: tuple[float, float] = (0.0, 1.0)
    bins: Annotated[int, Field(ge=10, le=500)] = 100  # of each of the two scores, in the table of both


class Proxy(Part):
    """A column of which it is asked how well it gives a characteristic away; with ``range`` it holds numbers."""

    name: str
    label: str | None = None
    range: tuple[float, float] | None = None
    bins: Annotated[int, Field(ge=2, le=200)] = 50  # of numbers


def steps_of(value: float, decimals: int) -> int:
    """An amount in whole steps, halves upwards; the same arithmetic as in the query.

    >>> steps_of(0.29, 2), steps_of(-1.005, 2), steps_of(12.345, 0)
    (29, -100, 12)
    """
    from math import floor

    return floor(value * float(10**decimals) + 0.5)
