"""Scores: how well they separate, whether they are calibrated, and what each declared threshold does.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count, interval, percent
from impact.report.model import Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering
from impact.report.view.topics.parts import estimate, group_name, share

__all__ = ["make_scores"]


def make_scores(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no score."""
    tables = audit["tables"]
    if not tables.get("scores"):
        return None
    heading = number.section("scores", "The score behind the decision")
    rows = tables["scores"]
    plan = audit["plan"]["columns"].get("score") or {}
    means = f" A higher one means: {plan['higher_means']}." if plan.get("higher_means") else ""
    paragraph = (
        f"The plan maps a score ({plan.get('label') or 'score'}).{means} The area says how often a person with "
        "the outcome has a higher score than a person without, ties counted half."
    )
    areas = number.table(
        "How well the score separates people with the outcome from people without",
        [
            ("Group", 20),
            ("With and without the outcome", 20, True),
            ("Area", 20, True),
            ("True cases here against others", 20, True),
            ("True cases elsewhere against this group", 20, True),
        ],
        [
            (
                group_name(row),
                "–" if row["positives"] is None else f"{count(row['positives'])} and {count(row['negatives'])}",
                _area(row["auc"]),
                _area(row["auc_true_cases_against_others"]),
                _area(row["auc_others_against_own"]),
            )
            for row in rows
        ],
        note=_note(rows),
    )
    large = number.table_or_none(
        "Calibration in the large: people with the outcome for each one that the scores expect",
        [("Group", 35), ("Observed over expected", 40, True), ("Brier score", 25, True)],
        [
            (group_name(row), estimate(row["observed_over_expected"]), estimate(row["brier"]))
            for row in rows
            if row.get("observed_over_expected")
        ],
        note="1 is what calibrated scores give; below 1 the scores are too high for the group, above 1 too low.",
    )
    bands = number.table_or_none(
        "Calibration by band of scores",
        [("Group", 30), ("Scores", 20), ("People", 15, True), ("Mean score", 15, True), ("With the outcome", 20, True)],
        [
            (
                group_name(row),
                f"{row['from']:g} to {row['to']:g}",
                count(row["people"]),
                f"{row['mean_score']:.3f}",
                f"{percent(row['observed']['value'])} ({interval(row['observed']['ci'], percent)})",
            )
            for row in tables.get("calibration") or []
        ],
    )
    sweep = number.table_or_none(
        "What each declared threshold does",
        [
            ("Threshold", 10, True),
            ("Group", 20),
            ("Above it", 15, True),
            ("True cases found", 20, True),
            ("Wrongly above", 15, True),
            ("Right among those above", 20, True),
        ],
        [
            (f"{row['threshold']:g}", group_name(row), *(share(row[key]) for key in _SWEPT))
            for row in sorted(tables.get("sweep") or [], key=lambda row: row["threshold"])
        ],
    )
    shown = tuple(table for table in (areas, large, bands, sweep) if table)
    return Topic(heading=heading, paragraphs=(paragraph,), tables=shown)


_SWEPT = ("selection_rate", "tpr", "fpr", "ppv")


def _area(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return "–"
    if part["value"] is None:
        return why_none(part["reason"])
    few = "; too few for a reliable interval" if part["few"] else ""
    return estimate(part) + few


def _note(rows: list[Mapping[str, Any]]) -> str:
    widest = max((row["auc"]["binning"] or 0.0 for row in rows), default=0.0)
    text = "0.5 is what guessing gives and 1 is perfect order. 95% intervals after DeLong, on the logit scale."
    return text + (f" Scores were counted in bins, so an area may be off by up to {widest:.4f}." if widest else "")
