"""The line that says whether one scorer errs less in every group: the wording of a verdict that is decided elsewhere.

In: a row of ``tables.scorer_dominance`` without its sentence, and names. Out: one or two sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.metrics.analysis.catalogue import REASONS
from impact.metrics.statistics.measure import WHY

__all__ = ["dominance_sentence"]

_NAMED = 5  # groups named before “and N more”


def dominance_sentence(
    row: Mapping[str, Any], *, label: str, names: tuple[str, str], characteristic: str, level: float
) -> str:
    """Whether one errs less in every group.

    Args:
        row: ``verdict``, ``first_lower``, ``second_lower``, ``without_cases`` and ``reason``.
        label: The plain label of the error.
        names: Of the first and of the second scorer.
        characteristic: Its name.
        level: Confidence level of all groups together.

    >>> dominance_sentence(
    ...     {"verdict": "second", "first_lower": [], "second_lower": ["F", "M"], "without_cases": [], "reason": None},
    ...     label="share wrongly flagged", names=("Supplier A", "Supplier B"), characteristic="sex", level=0.95)
    'Share wrongly flagged: lower with Supplier B than with Supplier A in every group of sex (95% for all together).'
    """
    first, second = names
    together = f"({level * 100:g}% for all together)"
    start = f"{label[:1].upper()}{label[1:]}: "
    left_out = f" No cases to compare in {_listed(row['without_cases'])}." if row["without_cases"] else ""
    every = f"in every group of {characteristic}{' with cases' if left_out else ''}"
    verdict = row["verdict"]
    if verdict in ("first", "second"):
        winner, loser = (first, second) if verdict == "first" else (second, first)
        return f"{start}lower with {winner} than with {loser} {every} {together}.{left_out}"
    if verdict == "undefined":
        words: dict[str, str] = {str(key): text for key, text in (*REASONS.items(), *WHY.items())}
        why = words[row["reason"]]
        return f"{start}{first} and {second} are not compared by {characteristic}, because {why}."
    shown = [
        f"lower with {name} in {_listed(groups)}"
        for name, groups in ((first, row["first_lower"]), (second, row["second_lower"]))
        if groups
    ]
    if verdict == "neither":
        return f"{start}neither is lower {every}: {', '.join(shown)} {together}.{left_out}"
    only = f" Shown only: {shown[0]} {together}." if shown else f" Shown for no group {together}."
    return f"{start}the data cannot tell whether {first} or {second} is lower {every}.{only}{left_out}"


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    rest = len(names) - len(shown)
    if rest or len(shown) < 2:
        return ", ".join(shown) + (f" and {rest} more" if rest else "")
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
