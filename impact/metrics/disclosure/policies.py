"""Disclosure policies as data: which counts may be shown, how they are rounded, what a hidden one must keep.

In: the name of a policy, and what a plan declares. Out: a frozen ``Policy``. Protects nothing itself (protect.py).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from impact.errors import Exit, Fault, MetricError
from impact.metrics.plans.plan import Disclosure
from impact.yamlfile import parse

__all__ = ["POLICIES", "Policy", "load_policy"]

POLICIES = ("ons-10", "nhs-7", "suppress-10")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PolicySource(_Part):
    text: str
    verified: bool


class Policy(_Part):
    """One policy, as in ``policies_data/``.

    Attributes:
        method: ``rounding`` or ``suppression``.
        min_cell: Smallest count that is shown; everything below is hidden, nought included.
        base: Counts that are shown are rounded to its multiples; 1 for suppression.
        keep_range: The attacker's programme must leave each hidden small count a range at least this wide.
        text: The rule in one or two sentences, printed in the public copy.
    """

    id: str
    title: str
    jurisdiction: str
    method: Literal["rounding", "suppression"]
    min_cell: Annotated[int, Field(ge=2)]
    base: Annotated[int, Field(ge=1)]
    keep_range: Annotated[int, Field(ge=1)]
    text: str
    sources: Annotated[tuple[PolicySource, ...], Field(min_length=1)]

    def shown(self, count: int) -> int | None:
        """What is printed for a count: None where it is hidden, else the nearest multiple of the base.

        >>> policy = load_policy("ons-10")
        >>> [policy.shown(n) for n in (0, 9, 10, 12, 13, 232)]
        [None, None, 10, 10, 15, 230]
        """
        if count < self.min_cell:
            return None
        # Base 5 with a threshold of 8: 8 and 9 become 10, so that nothing under the threshold is ever printed.
        return max((count + self.base // 2) // self.base * self.base, self.least)

    @property
    def least(self) -> int:
        """The smallest number that is ever printed: the threshold, rounded up to the base."""
        return -(-self.min_cell // self.base) * self.base

    def behind(self, shown: int) -> tuple[int, int]:
        """The smallest and largest count that are printed as ``shown``: all that a reader can conclude.

        >>> load_policy("ons-10").behind(10), load_policy("ons-10").behind(230)
        ((10, 12), (228, 232))
        """
        down = self.base // 2
        low = self.min_cell if shown == self.least else shown - down
        return max(low, self.min_cell), shown + self.base - 1 - down

    def at_least_as_strict_as(self, declared: Disclosure) -> Policy:
        """The policy with the plan's threshold and base where these are stricter; a plan never loosens a policy."""
        rounds = self.method == "rounding"
        return self.model_copy(
            update={
                "min_cell": max(self.min_cell, declared.min_cell),
                "base": max(self.base, declared.base) if rounds else self.base,
            }
        )


@cache
def load_policy(name: str) -> Policy:
    """A bundled policy.

    Raises:
        MetricError: E140 no policy has this name.

    >>> load_policy("suppress-10").base
    1
    """
    if name not in POLICIES:
        fault = Fault(f"--policy {name}", "no such policy", f"one of {', '.join(POLICIES)}", "", "E140", Exit.USAGE)
        raise MetricError(fault)
    text = (files("impact.metrics.disclosure") / "policies_data" / f"{name}.yaml").read_text(encoding="utf-8")
    return Policy.model_validate(parse(text, name=f"{name}.yaml", family="E").data)
