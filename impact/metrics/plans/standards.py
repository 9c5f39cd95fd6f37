"""Measurement standards as data: metrics, comparator, screens, what a plan must hold and what must be said.

In: the id of a standard. Out: a frozen ``Standard``. No standard here turns a figure into a verdict of law.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from impact.yamlfile import parse

__all__ = ["STANDARDS", "Screen", "Standard", "lacking", "load_standard"]

STANDARDS = ("uk-equality-act", "eeoc-four-fifths", "nyc-ll144", "nist-frte")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Screen(_Part):
    """A ratio that a standard looks at.

    Attributes:
        id: Name of the screen.
        metric: Key of the metric whose ratio to the highest group is taken.
        numerator, denominator: The threshold as whole numbers, because 0.08 / 0.10 is below 0.8 in floating point;
            None where the standard sets none.
        smallest_share: Groups with a smaller share of the people may be left out under the standard; they are marked.
    """

    id: str
    metric: str
    numerator: int | None = None
    denominator: int | None = None
    smallest_share: float | None = None


class Source(_Part):
    text: str
    verified: bool


class Standard(_Part):
    """One standard, as in ``standards_data/``."""

    id: str
    title: str
    jurisdiction: str
    metrics: tuple[str, ...]
    comparator: Literal["not_sharing", "highest_rate"]
    screens: tuple[Screen, ...]
    requires: tuple[Literal["unknown_values", "identification"], ...]
    caveats: Annotated[tuple[str, ...], Field(min_length=1)]
    sources: tuple[Source, ...]

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


@cache
def load_standard(name: str) -> Standard:
    """A bundled standard.

    >>> load_standard("eeoc-four-fifths").screens[0].numerator
    4
    """
    text = (files("impact.metrics.plans") / "standards_data" / f"{name}.yaml").read_text(encoding="utf-8")
    return Standard.model_validate(parse(text, name=f"{name}.yaml", family="E").data)


def lacking(name: str, plan: Any) -> list[tuple[str, str]]:
    """What a plan (plain data) lacks for a standard: pairs of a plan key and what to do; empty when nothing."""
    found = []
    needs = load_standard(name).requires if name in STANDARDS else ()
    groups = plan.get("groups") if isinstance(plan, dict) else None
    if "unknown_values" in needs and isinstance(groups, dict):
        for key, group in groups.items():
            if isinstance(group, dict) and not group.get("unknown_values"):
                found.append((f"groups.{key}", f"map “unknown_values” of {key}: the standard counts people not known"))
    if "identification" in needs and not (
        isinstance(plan, dict) and (plan.get("identification") or plan.get("searches"))
    ):
        remedy = "say what was seen and what an alert is under “identification”, or map “searches”"
        found.append(("identification", remedy))
    return found
