"""Intersections: combinations of characteristics beside what their parts suggest.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import percent
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import Numbering, capital
from impact.report.view.topics.parts import estimate, group_name, p_value, plain_counts

__all__ = ["make_intersections"]

Rows = Sequence[Mapping[str, Any]]

_LEAD = (
    "A combination of characteristics can be worse off than either of its parts suggests. “Expected” is what its "
    "parts alone would lead one to expect (an additive model on the scale of log-odds); “excess” is how many people "
    "more, or fewer, there are. Under “test” stands the standardised excess, beyond 2 either way unusual for one "
    "combination named beforehand, and p of an exact test, adjusted for all combinations of the table (Holm). The "
    "exact test takes the expected rate as known, although the combination itself helped to set it: it is cautious "
    "where a combination is a large part of its characteristics, and the standardised excess allows for that.",
    "Rates of small groups jump about by chance. The last column draws each rate towards all others, the smaller the "
    "group the further. That is for order at a glance only: it can hide the one small group that is truly different, "
    "so the group’s own rate and its test stand beside it.",
)


def make_intersections(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan does not ask for it."""
    rows = audit["tables"].get("intersections") or []
    if not rows:
        return None
    heading = number.section("intersections", "Combinations of characteristics")
    tables, said = [], []
    for key, names in dict.fromkeys((row["metric"], tuple(row["group"])) for row in rows):
        part = [row for row in rows if (row["metric"], tuple(row["group"])) == (key, names)]
        reasons = {row["raw"]["reason"] for row in part}
        if None not in reasons and len(reasons) == 1:
            said.append(f"{capital(metric_name(key, audit))}: {why_none(reasons.pop())}.")
        else:
            tables.append(_table(key, names, part, audit, number))
    return Topic(heading=heading, paragraphs=(*_LEAD, *said, *plain_counts(audit)), tables=tuple(tables))


def _table(key: str, names: tuple[str, ...], rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    groups = audit["plan"].get("groups") or {}
    spelled = " and ".join(str((groups.get(name) or {}).get("label") or name) for name in names)
    if any(row["heterogeneous"] for row in rows):
        strength = next(row["strength"] for row in rows if row["strength"] is not None)
        note = f"A group of {strength:,.0f} people is drawn half way to the common rate."
    else:
        note = (
            "The fit finds no difference between these combinations beyond chance, so every drawn rate is the same, "
            "and says nothing about any one of them."
        )
    return number.table(
        f"{capital(metric_name(key, audit))}, by {spelled}",
        [
            ("Combination", 20),
            ("Its own rate", 25, True),
            ("Expected", 10, True),
            ("Excess", 10, True),
            ("Test", 15, True),
            ("Drawn to the others", 20, True),
        ],
        [
            (
                group_name(row),
                estimate(row["raw"], percent) + (f", {row['k']:,} of {row['n']:,}" if row["n"] else ""),
                "–" if row["expected"] is None else percent(row["expected"]),
                "–" if row["excess"] is None else _signed(row["excess"]),
                _test(row),
                estimate(row["pooled"], percent),
            )
            for row in rows
        ],
        note=note,
    )


def _signed(value: float) -> str:
    """People more or fewer, to one decimal.

    >>> _signed(3.42), _signed(-12.0)
    ('+3.4', '−12.0')
    """
    return f"{'−' if value < 0 else '+'}{abs(value):,.1f}"


def _test(row: Mapping[str, Any]) -> str:
    if row["p_holm"] is None:
        return "–"
    residual = "–" if row["residual"] is None else _signed(row["residual"])
    return f"{residual}, p {p_value(row['p_holm'])}"
