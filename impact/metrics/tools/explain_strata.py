"""What an explanation says of a comparison within strata: the figures of the findings in sentences, side by side.

In: findings as plain data and one of them. Out: lines. Works nothing out: the counts by stratum stand beside the
findings, and ``impact verify`` recomputes these figures from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.metrics.words import points, ratio, whole

__all__ = ["within_strata"]


def within_strata(findings: Mapping[str, Any], entry: Mapping[str, Any]) -> Iterator[str]:
    """A line for each stratum column in which the finding's comparison was made once more, and one for each warning."""
    for row in findings["tables"].get("stratified") or ():
        same = all(row[key] == entry[key] for key in ("group", "comparator"))
        if same and row["metric"] == entry["metric"]["key"] and row["reason"] is None:
            yield from _lines(row)


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    role = row["role"].replace("_", " ")
    left = row["people_without_counterpart"] + row["people_unknown"]
    yield (
        f"Within strata of “{row['stratum']}”, declared a {role}: ratio {_ratio(row['pooled_ratio'])}, and "
        f"{_ratio(row['crude_ratio'])} overall; difference {_points(row['standardised_difference'])} as if both sides "
        f"had the same mix of strata, and {_points(row['crude_difference'])} overall. {whole(row['strata_compared'])} "
        f"of {whole(row['strata'])} strata have people on both sides; {whole(left)} people are in no such figure."
    )
    if row["remark"]:
        yield row["remark"]
    if row["role"] == "proxy_risk":
        yield "A proxy risk may itself be shaped by what is examined: comparing within it can explain a disparity away."


def _ratio(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        return f"none ({part['reason'].replace('_', ' ')})"
    if part["ci"] is None or None in part["ci"]:
        return ratio(part["value"])[0]
    value, low, high = ratio(part["value"], *part["ci"])
    return f"{value} ({low} to {high})"


def _points(part: Mapping[str, Any]) -> str:
    """Percentage points with their sign."""
    if part["value"] is None:
        return f"none ({part['reason'].replace('_', ' ')})"
    sign = "−" if part["value"] < 0 else "+"
    return f"{sign}{points(part['value'])[0]} points"
