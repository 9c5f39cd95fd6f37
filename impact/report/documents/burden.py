"""Who bears the errors: one chart and one table, chosen by the weightiest finding.

In: the audit block of a cleaned record. Out: a figure, a table. Computes no statistic: every figure and interval is the
record's, and a rate without a value keeps its place and shows its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from impact.report.figures import interval, percent
from impact.report.model import Figure, Table
from impact.report.view.audit import counted_of, level_of, metric_name, why_none
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import Numbering, capital, group_label
from impact.report.view.rates import make_rates
from impact.report.words import METHODS, say

__all__ = ["ERRORS", "burden_figure", "burden_table", "named_characteristic", "weightiest"]

_MOST_METRICS = 3
ERRORS = ("fpr", "fnr", "fdr", "for", "ppv", "npv", "tpr", "tnr", "accuracy")  # of these, not of who was selected


def named_characteristic(name: str, audit: Mapping[str, Any]) -> str:
    """A characteristic as the plan calls it."""
    return str(((audit["plan"].get("groups") or {}).get(name) or {}).get("label") or name)


def weightiest(audit: Mapping[str, Any]) -> tuple[str, str] | None:
    """Metric and characteristic of the first finding in the order of weight that compares one characteristic.

    A finding on errors comes before one on who was selected, and a disparity that was shown before one that the data
    cannot tell; None where no finding compares groups.
    """
    ordered = [found for found in findings_in_order(audit["findings"]) if len(found["group"]) == 1]
    shown = [found for found in ordered if found["verdict"] == "disparity_shown" and found["role"] == "primary"]
    errors = [found for found in shown if found["metric"]["key"] in ERRORS]
    for found in [*errors, *shown, *ordered]:
        return str(found["metric"]["key"]), str(next(iter(found["group"])))
    return None


def burden_figure(audit: Mapping[str, Any], metric: str, characteristic: str, number: Numbering) -> Figure | None:
    """The chart of the general assessment for this rate and characteristic, or None where it draws none."""
    drawn = next((each for each in make_rates(audit, Numbering()).metrics if each.anchor == f"rate-{metric}"), None)
    if drawn is None:
        return None
    begins = f"{drawn.title} by {named_characteristic(characteristic, audit)}"
    for chart in drawn.charts:
        if chart.caption.startswith((f"{begins}.", f"{begins},")):
            return replace(chart, number=number.figure(chart.caption, chart.drawing).number)  # type: ignore[arg-type]  # drawn by our charts
    return None


def burden_table(audit: Mapping[str, Any], characteristic: str, number: Numbering) -> Table | None:
    """Every group of a characteristic, with the rates that the plan declared as primary."""
    rules = audit["plan"].get("plan") or {}
    rates = [row for row in audit["tables"]["rates"] if set(row["group"]) <= {characteristic}]
    metrics = [key for key in rules.get("primary") or () if any(row["metric"] == key for row in rates)][:_MOST_METRICS]
    groups = [dict(pair) for pair in dict.fromkeys(tuple(row["group"].items()) for row in rates)]
    first, width = {1: (30, 70), 2: (20, 40)}.get(len(metrics), (25, 25))
    return number.table_or_none(
        f"Rates by {named_characteristic(characteristic, audit).lower()}",
        [("Group", first), *((capital(metric_name(key, audit)), width, True) for key in metrics)],
        [(group_label(group), *(_rate(_row(rates, key, group)) for key in metrics)) for group in groups]
        if metrics
        else [],
        note=f"Rate, {level_of(audit)} interval ({_methods(rates, metrics)}), counts. Groups differ; why is not shown.",
    )


def _methods(rates: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> str:
    used = {say(METHODS, row["method"]) for row in rates if row["metric"] in metrics and row.get("ci")}
    return ", ".join(sorted(used)) or "none"


def _row(rates: Sequence[Mapping[str, Any]], metric: str, group: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((row for row in rates if row["metric"] == metric and row["group"] == group), None)


def _rate(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not measured"
    if row["value"] is None:
        return why_none(row.get("reason"))
    limits = f" ({interval(row['ci'], percent)})" if row.get("ci") else " (no interval)"
    return f"{percent(row['value'])}{limits}, {counted_of(row)}"
