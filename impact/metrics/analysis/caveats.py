"""Caveats: what a reader must know before leaning on a finding. One place, with codes that stay.

In: what is known about a comparison. Out: lines such as "C03 association, not cause". Knows no wording of findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["CAVEATS", "FEW", "caveat"]

Code = Literal["C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08", "C09", "C11", "C12", "C13"]

# Fewer than this many people on one side: the interval holds, but single cases carry the result. Our own figure.
FEW = 30

CAVEATS: Mapping[Code, str] = {
    "C01": "exploratory: one of {count} comparisons that were not declared beforehand",
    "C02": "the outcome is what was recorded{by}, which may differ from what happened",
    "C03": "association, not cause",
    "C04": "outcomes were recorded (almost) only after a decision of yes",
    "C05": "outcomes are missing for {share} of {who}; the rate is that of the known cases",
    "C06": "fewer than {few} on one side",
    "C07": "rows are taken as independent; several rows of one {unit} would widen the intervals",
    "C08": "the group has only one other group to be compared with",
    "C09": "equal hit rates can hide different thresholds, and different hit rates equal ones",
    "C11": "{name} not known for {share} ({yes_share} of those with a yes)",
    "C12": "several rows can be one person: {n} rows of {clusters} people are worth {worth} independent ones",
    "C13": "rows are weighted: {n} rows are worth {worth} independent ones; how the weights were made is not checked",
}


def caveat(code: Code, **words: object) -> str:
    """One caveat, filled in.

    >>> caveat("C03")
    'C03 association, not cause'
    """
    return f"{code} {CAVEATS[code].format(**words)}"
