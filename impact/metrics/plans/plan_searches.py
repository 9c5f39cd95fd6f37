"""What columns mean where one row is one search of a watch list (1:N identification).

In: the part ``searches`` of ``audit.yaml``. Out: frozen parts of an ``AuditPlan``. Optional: a plan without it is the
same plan, with the same digest, as before it existed.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from impact.metrics.plans.plan_columns import Part

__all__ = ["MAX_RANK", "Searches", "YesNo"]

MAX_RANK = 50  # ranks are counted one by one up to here; a mate further down counts as found later

_Value = str | int | float | bool


class YesNo(Part):
    """A column that says yes or no of a search."""

    name: str
    yes: tuple[_Value, ...]
    no: tuple[_Value, ...]
    unknown_values: tuple[_Value, ...] = ()


class Searches(Part):
    """One row is one search: whether the person is on the list, and what came back at the threshold in use."""

    mated: YesNo  # whether the person who was searched for is on the list
    candidates: str  # column: how many candidates at or above the threshold came back
    threshold: Annotated[str, Field(min_length=1)]  # the threshold in use, in words: "0.64, as set by the force"
    rank: str | None = None  # column: place of the person among the candidates; empty where they did not come back
    at_rank: Annotated[int, Field(ge=1, le=MAX_RANK)] = 1  # found means: among so many first candidates
    list_size: str | None = None  # column: how many people were on the list at this search
    failed: YesNo | None = None  # whether no usable image was acquired, so that nothing was searched
