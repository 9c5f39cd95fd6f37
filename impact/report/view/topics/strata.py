"""Strata: every declared comparison overall and within the strata of each declared column, side by side.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic. A conditional figure never stands
without the crude one, the role of the column and what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count, multiple, percent
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import (
    MISSING,
    Numbering,
    capital,
    comparator_label,
    joined,
    plural,
    sentence,
    signed_points,
)
from impact.report.view.topics.parts import estimate, group_name

__all__ = ["make_strata"]

_LEVELS_SHOWN = 30  # of one column, the largest; all of them stand in the attached record
_SMALLEST_P = 0.0001
_NONE = {
    "comparator_zero": "none: the others’ rate is zero",
    "empty_cell": "none: no stratum has people of both sides",
}


def make_strata(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan declares no strata."""
    tables = audit["tables"]
    columns = tables.get("strata") or []
    if not columns:
        return None
    heading = number.section("strata", "Like with like: comparisons within strata")
    rows = tables.get("stratified") or []
    return Topic(
        heading=heading,
        paragraphs=tuple(_paragraphs(columns, rows)),
        tables=tuple(_tables(audit, columns, rows, number)),
    )


def _paragraphs(columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "Groups can differ overall where people in like circumstances are treated differently, where groups are found "
        "in different circumstances, or both. The plan therefore names columns within which groups are compared once "
        "more. The overall figure and the one within strata answer different questions: both are printed, neither "
        "corrects the other, and neither says why groups differ."
    )
    for column in columns:
        yield _role(column)
        yield from _size(column)
    first = columns[0]
    if first["small_counts"]:
        yield (
            f"The attached strata.parquet counts people by all groups and strata together: "
            f"{count(first['small_counts'])} of its {count(first['counts'])} counts are under {first['min_cell']}, so "
            "that they may point at a person."
        )
    remarks = [str(row["remark"]) for row in rows if row.get("remark")]
    yield from remarks
    if rows and not remarks:
        yield "No declared comparison changes its direction between the overall figure and the pooled one."


def _role(column: Mapping[str, Any]) -> str:
    name, reason = column["stratum"], column["justification"]
    if column["role"] == "legitimate_factor":
        return f"“{name}” is declared a legitimate factor. The reason given: {sentence(str(reason))}"
    given = f" The plan adds: {sentence(str(reason))}" if reason else ""
    return (
        f"Warning. “{name}” is declared a proxy risk: it may itself be shaped by the treatment that is examined here, "
        "or stand in for a characteristic. Comparing within it can explain away a disparity that is real, so a smaller "
        f"difference within strata of “{name}” is no evidence that there is none.{given}"
    )


def _size(column: Mapping[str, Any]) -> Iterator[str]:
    name, unknown = column["stratum"], column["unknown"]
    if column["reason"] is not None:
        limits = column["limits"]
        yield (
            f"Nothing was computed within “{name}”: it has {count(column['strata'])} strata for "
            f"{plural(column['comparisons'], 'comparison')}, and at most {count(limits['strata'])} strata and "
            f"{count(limits['comparisons'])} comparisons are computed. Wider bands would be needed."
        )
    if unknown:
        share = percent(unknown / column["people"])
        yield (
            f"For {count(unknown)} ({share}) of those counted, “{name}” is not known: they are in every overall figure "
            "and in no figure within strata."
        )


def _tables(
    audit: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    number: Numbering,
) -> Iterator[Table]:
    for column in columns:
        name = column["stratum"]
        own = [row for row in rows if row["stratum"] == name]
        for metric in dict.fromkeys(row["metric"] for row in own):
            part = [row for row in own if row["metric"] == metric]
            label = capital(metric_name(metric, audit))
            yield _side_by_side(label, name, part, audit, number)
            yield _agreement(label, name, part, number)
        shares = audit["tables"].get("conditional_disparity") or []
        disparity = _shares(name, [row for row in shares if row["stratum"] == name], audit, number)
        levels = _levels(name, audit["tables"].get("strata_levels") or [], number)
        yield from (table for table in (disparity, levels) if table is not None)


def _who(row: Mapping[str, Any]) -> str:
    return f"{group_name(row)}, against {comparator_label(row['comparator'])}"


def _figure(row: Mapping[str, Any], key: str, spell: Callable[[float], str]) -> str:
    part = row[key]
    if part is None:
        return why_none(row["reason"])
    if part["value"] is None:
        return _NONE.get(part["reason"]) or why_none(part["reason"])
    return estimate(part, spell)


def _side_by_side(
    label: str, name: str, rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering
) -> Table:
    sparse = [row for row in rows if row["sparse"]]
    note = (
        f"{_level(audit)} intervals, each for itself. Differences in percentage points, by Newcombe; within strata, as "
        "if both sides had the mix of strata of both together (direct standardisation). Ratios by Koopman; within "
        "strata pooled by Mantel and Haenszel. No difference is 0, and a ratio of 1."
    )
    if sparse:
        who = joined([_who(row) for row in sparse])
        note += f" Fewer than 10 to a stratum on one side, so the intervals within strata may be too narrow: {who}."
    return number.table(
        f"{label}: overall, and within strata of {name}",
        [
            ("Group", 20),
            ("Difference, overall", 20, True),
            ("Difference, within strata", 20, True),
            ("Ratio, overall", 20, True),
            ("Ratio, within strata", 20, True),
        ],
        [
            (
                _who(row),
                _figure(row, "crude_difference", signed_points),
                _figure(row, "standardised_difference", signed_points),
                _figure(row, "crude_ratio", multiple),
                _figure(row, "pooled_ratio", multiple),
            )
            for row in rows
        ],
        note=note,
    )


def _agreement(label: str, name: str, rows: Sequence[Mapping[str, Any]], number: Numbering) -> Table:
    return number.table(
        f"{label}: what the strata of {name} contribute",
        [
            ("Group", 20),
            ("Odds ratio, overall", 20, True),
            ("Odds ratio, within strata", 20, True),
            ("Do strata agree? p", 10, True),
            ("Informative strata", 15, True),
            ("Left out of the odds ratio", 15, True),
        ],
        [
            (
                _who(row),
                _figure(row, "crude_odds_ratio", multiple),
                _figure(row, "pooled_odds_ratio", multiple),
                "–" if row["reason"] else _p(row["p_homogeneity"]),
                "–" if row["reason"] else f"{count(row['strata_informative'])} of {count(row['strata'])}",
                "–" if row["reason"] else _left_out(row),
            )
            for row in rows
        ],
        note=(
            "A small p (Breslow and Day, with Tarone’s correction) says that strata differ, so that one pooled figure "
            "does not describe them; with fewer than two informative strata it is not tested. A stratum is informative "
            "about the odds ratio where both sides have somebody, and where some and not all are counted. Left out: "
            "people in other strata, and people without a stratum."
        ),
    )


def _p(value: float | None) -> str:
    if value is None:
        return "not tested"
    return f"below {_SMALLEST_P}" if value < _SMALLEST_P else f"{value:.4f}"


def _left_out(row: Mapping[str, Any]) -> str:
    lone, unknown = row["people_without_counterpart"], row["people_unknown"]
    alike = row["people_uninformative"] - lone
    parts = [
        f"{count(n)} {why}"
        for n, why in (
            (lone, "where one side has nobody"),
            (alike, "where all or none are counted"),
            (unknown, "of unknown stratum"),
        )
        if n
    ]
    return "; ".join(parts) or "nobody"


def _shares(name: str, rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table | None:
    worse = rows[0]["at_a_disadvantage"] if rows else "yes"
    better = "no" if worse == "yes" else "yes"
    return number.table_or_none(
        f"Conditional demographic disparity within strata of {name}: the group’s share of those with a {worse} less "
        f"its share of those with a {better}",
        [
            ("Group", 25),
            ("Overall, in points", 25, True),
            ("Within strata", 25, True),
            ("Left out of the latter", 25, True),
        ],
        [
            (
                group_name(row),
                _figure({**row, "reason": None}, "crude", signed_points),
                _figure({**row, "reason": None}, "conditional", signed_points),
                _alike(row, worse, better),
            )
            for row in rows
        ],
        note=f"After Wachter, Mittelstadt and Russell; {_level(audit)} intervals. 0 is no disparity in this sense. "
        "Strata count by the people in them whose group is known.",
    )


def _alike(row: Mapping[str, Any], worse: str, better: str) -> str:
    n, unknown = (
        row["people_without_counterpart"],
        row.get("people_unknown"),
    )  # a record of an earlier make has no such key
    parts = [f"{count(n)} in strata with only a {worse} or only a {better}"] if n else []
    parts += [f"{count(unknown)} of unknown stratum"] if unknown else []
    return "; ".join(parts) or "nobody"


def _levels(name: str, rows: Sequence[Mapping[str, Any]], number: Numbering) -> Table | None:
    own = [row for row in rows if row["stratum"] == name]
    shown = own
    if len(own) > _LEVELS_SHOWN:
        largest = sorted(own, key=lambda row: (not row["unknown"], -row["n"]))[:_LEVELS_SHOWN]
        shown = [row for row in own if row in largest]
    rest = len(own) - len(shown)
    note = f"The largest {_LEVELS_SHOWN}; {count(rest)} smaller ones stand in the attached record." if rest else ""
    return number.table_or_none(
        f"Strata of {name}",
        [("Stratum", 60), ("Counted", 20, True), ("Share", 20, True)],
        [
            (
                "not known (in no figure within strata)" if row["level"] == MISSING else row["level"],
                count(row["n"]),
                percent(row["share"]),
            )
            for row in shown
        ],
        note=note,
    )


def _level(audit: Mapping[str, Any]) -> str:
    return f"{(1 - audit['plan']['plan'].get('alpha', 0.05)) * 100:g}%"
