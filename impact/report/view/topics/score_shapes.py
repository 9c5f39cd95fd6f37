"""More about the score: curves, calibration by group, distances between groups, who is reached at a capacity.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.charts.square import MOST_CURVES, Curve, curves
from impact.report.figures import count, multiple, percent
from impact.report.model import Figure, Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, joined
from impact.report.view.topics.parts import estimate, group_name, p_value, plain_counts, three

__all__ = ["make_score_shapes"]

Rows = Sequence[Mapping[str, Any]]

_CRITERIA = {
    "youden": "the largest difference between the shares of true cases found and of others wrongly above",
    "accuracy": "the most decisions in line with the outcome",
    "f1": "the largest F1",
}
_ROC_NOTE = (
    "Each point is a threshold: further up it finds more true cases, further right more people are wrongly above it. "
    "On the diagonal a score is no better than guessing."
)


def make_score_shapes(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan asks for no such figure, or maps no score."""
    tables = audit["tables"]
    names = ("score_distances", "curves", "calibration_lines", "capacity")
    if not any(tables.get(name) for name in names):
        return None
    heading = number.section("score-shapes", "More about the score, by group")
    paragraphs = [
        "These figures are exploratory: none of them decides anything.",
        *_optimal(tables.get("optimal_thresholds") or []),
        *plain_counts(audit),
    ]
    figures: list[Figure] = []
    made: list[Table | None] = []
    rows = tables.get("curves") or []
    figures += _roc(rows, audit, number)
    made.append(_bands(rows, number))
    lines = tables.get("calibration_lines") or []
    if lines:
        figures += _calibration(tables.get("calibration") or [], audit, number)
        made.append(_lines(lines, number))
    rows = tables.get("score_distances") or []
    made += [_distances(rows, number), _abroca(rows, number), _exposure(rows, number)]
    made += _capacity(tables.get("capacity") or [], number)
    return Topic(
        heading=heading,
        paragraphs=tuple(paragraphs),
        figures=tuple(figures),
        tables=tuple(table for table in made if table),
    )


def _optimal(rows: Rows) -> Iterator[str]:
    for row in rows:
        if row["optimum"]:
            best = joined([_CRITERIA[name] for name in row["optimum"]])
            yield (
                f"The threshold {row['threshold']:g} gives {best} of all {count(row['thresholds_compared'])} "
                "thresholds, on these very data. If it was chosen on them, the rates at it look better than they will "
                "be on other people."
            )


def _characteristics(rows: Rows, audit: Mapping[str, Any]) -> Iterator[tuple[str, list[Rows]]]:
    """Rows by characteristic: its label, and for each level its rows; with everybody first."""
    groups = audit["plan"].get("groups") or {}
    everybody = [row for row in rows if not row["group"]]
    for key in dict.fromkeys(name for row in rows for name in row["group"]):
        members = [row for row in rows if key in row["group"]]
        levels: list[Rows] = [[r for r in members if r["group"] == group] for group in _distinct(members)]
        whole: list[Rows] = [everybody] if everybody else []
        yield str((groups.get(key) or {}).get("label") or key), [*whole, *levels]


def _distinct(rows: Rows) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for row in rows:
        if row["group"] not in found:
            found.append(row["group"])
    return found


def _roc(rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Iterator[Figure]:
    drawn = [row for row in rows if row["tpr"] is not None and row["fpr"] is not None]
    if not drawn:
        return
    declared = any(row["declared"] for row in drawn)
    for label, levels in _characteristics(drawn, audit):
        for part in _parts(levels):
            made = [
                Curve(
                    label=group_name(level[0]),
                    points=((1.0, 1.0), *((row["fpr"], row["tpr"]) for row in level), (0.0, 0.0)),
                    marked=tuple((row["fpr"], row["tpr"]) for row in level if row["declared"]),
                )
                for level in part
            ]
            caption = f"True cases found against others wrongly above, by {label}."
            yield number.figure(
                f"{caption} {_ROC_NOTE}" + (" Marks: thresholds in use or declared." if declared else ""),
                curves(
                    made,
                    title=f"ROC curves by {label}",
                    across="people without the outcome who are above the threshold",
                    up="people with the outcome who are above it",
                    spell=percent,
                ),
            )


def _parts(levels: list[Rows]) -> Iterator[list[Rows]]:
    for at in range(0, len(levels), MOST_CURVES):
        yield levels[at : at + MOST_CURVES]


def _bands(rows: Rows, number: Numbering) -> Table | None:
    first = [next(row for row in rows if row["group"] == group) for group in _distinct(rows)]
    return number.table_or_none(
        "How far the curves can be off, whichever threshold is looked at (in percentage points)",
        [("Group", 40), ("Share above", 20, True), ("True cases found", 20, True), ("Wrongly above", 20, True)],
        [(group_name(row), *(_half(row, key) for key in ("selection", "tpr", "fpr"))) for row in first],
        note="Half-widths of bands that hold for all thresholds at once (Dvoretzky, Kiefer and Wolfowitz, with "
        "Massart’s constant).",
    )


def _half(row: Mapping[str, Any], key: str) -> str:
    value = row[f"band_{key}"]
    if value is not None:
        return f"± {value * 100:.1f}"
    return why_none("outcome_not_observed" if row["positives"] is None else f"no_{_LACKS[key]}")


_LACKS = {"tpr": "positives", "fpr": "negatives", "selection": "value"}


def _calibration(rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Iterator[Figure]:
    for label, levels in _characteristics(rows, audit):
        for part in _parts(levels):
            made = []
            for level in part:
                points = tuple((row["mean_score"], row["observed"]["value"]) for row in level)
                whiskers = tuple((row["mean_score"], *row["observed"]["ci"]) for row in level)
                made.append(Curve(label=group_name(level[0]), points=points, marked=points, whiskers=whiskers))
            yield number.figure(
                f"Calibration by {label}: share with the outcome, by band of scores, with 95% intervals. On the "
                "diagonal a score means what it says; below it scores are too high for the group, above it too low.",
                curves(
                    made,
                    title=f"Calibration by {label}",
                    across="mean score of the band",
                    up="share with the outcome",
                    spell=percent,
                ),
            )


def _lines(rows: Rows, number: Numbering) -> Table:
    return number.table(
        "Calibration line by group",
        [("Group", 30), ("Intercept", 25, True), ("Slope", 25, True), ("Hosmer and Lemeshow", 20, True)],
        [
            (group_name(row), estimate(row["intercept"], _number), estimate(row["slope"], _number), _test(row))
            for row in rows
        ],
        note="0 and 1 are what calibrated scores give. An intercept above 0 with a slope of 1: scores are too low; a "
        "slope below 1: scores are too extreme. Hosmer and Lemeshow’s test is weak, and depends on the bands.",
    )


def _number(value: float) -> str:
    """A coefficient.

    >>> _number(-0.0312), _number(1.2)
    ('−0.03', '1.20')
    """
    return f"{'−' if round(value, 2) < 0 else ''}{abs(value):.2f}"


def _test(row: Mapping[str, Any]) -> str:
    test = row["hosmer_lemeshow"]
    if test["statistic"] is None:
        return why_none(test["reason"])
    return f"{test['statistic']:.1f} on {test['degrees']}, p {p_value(test['p'])}"


def _pair(row: Mapping[str, Any]) -> str:
    return f"{group_name(row)} against {comparator_label(row['comparator'])}"


def _beside(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        return why_none(part["reason"])
    chance = f" (by chance {three(part['by_chance'])}, p {p_value(part['p'])})" if part["by_chance"] is not None else ""
    return three(part["value"]) + chance


def _distances(rows: Rows, number: Numbering) -> Table | None:
    shown = [row for row in rows if row["kolmogorov_smirnov"]]
    return number.table_or_none(
        "How far apart the scores of two groups are",
        [
            ("Groups", 25),
            ("Largest gap at any threshold", 25, True),
            ("Mean gap over thresholds", 25, True),
            ("Mean shift of scores", 25, True),
        ],
        [
            (
                _pair(row),
                *(_beside(row[key]) for key in ("kolmogorov_smirnov", "mean_parity_gap", "wasserstein")),
            )
            for row in shown
        ],
        note="Gaps are between the shares above a threshold (Kolmogorov and Smirnov; statistical parity). The shift is "
        "how far scores would have to move to be alike (Wasserstein). A distance is never below 0: beside each "
        "stands what shuffled groups give on average, and p, how often they give as much.",
    )


def _abroca(rows: Rows, number: Numbering) -> Table | None:
    shown = [row for row in rows if row["abroca"]]
    return number.table_or_none(
        "Area between the ROC curves of two groups (ABROCA)",
        [("Groups", 50), ("Area between", 50, True)],
        [(_pair(row), _beside(row["abroca"])) for row in shown],
        note="0 where the curves are the same. By chance: what shuffled groups give on average, and how often as much.",
    )


def _exposure(rows: Rows, number: Numbering) -> Table | None:
    once = [row for row in rows if row["exposure"] is not None and row["comparator"]["kind"] == "not_sharing"]
    return number.table_or_none(
        "Attention that each group would receive in a list ranked by score",
        [("Group", 40), ("People", 20, True), ("Attention for its size", 40, True)],
        [(group_name(row), count(row["people"]), multiple(row["exposure"])) for row in once],
        note="1 is as much as its size; each place counts 1/log2(1 + rank), so the first ones count most.",
    )


def _capacity(rows: Rows, number: Numbering) -> Iterator[Table | None]:
    for k in dict.fromkeys(row["k"] for row in rows):
        part = [row for row in rows if row["k"] == k]
        yield number.table(
            f"If {count(k)} of {count(part[0]['scored'])} can be followed up, highest scores first",
            [
                ("Group", 20),
                ("People", 10, True),
                ("Reached", 15, True),
                ("Share of the places, for its size", 15, True),
                ("Right among those reached", 20, True),
                ("True cases reached", 20, True),
            ],
            [
                (
                    group_name(row),
                    count(row["people"]),
                    _ends(row, "selected", count),
                    _ends(row, "for_its_size", multiple),
                    _ends(row, "precision", percent),
                    _ends(row, "recall", percent),
                )
                for row in part
            ],
            note="Where the last place falls among people with the same score, the counts do not say who has it: the "
            "smallest and largest value are shown.",
        )


def _ends(row: Mapping[str, Any], key: str, spell: Any) -> str:
    low, high = row[key]["low"], row[key]["high"]
    if low is None or high is None:
        return why_none(row["reason"], "–") if row["reason"] else "–"
    return str(spell(low)) if low == high else f"{spell(low)} to {spell(high)}"
