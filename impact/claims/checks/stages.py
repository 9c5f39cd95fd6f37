"""CK-37 and CK-38: do steps add to a difference, do actions find as much in every group? CK-35 is in ranks.py.

In: aggregates of the log by group, small groups withheld. Out: rulings. Source: claims.md 4.7 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-37 | ``sanction_from`` | severity | ``action_severity`` of a sanction, from 3 if not given | claims.yaml |
| CK-37 | ``largest_ratio`` | ratio | Ratio that must not be passed; 1.25 if not given | claims.yaml |
| CK-38 | ``margin`` | share | Difference within which finds count as alike | H8 |
| both | ``characteristics`` | columns | Groups to test by, instead of all | claims.yaml |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table
from impact.claims.claimed import figure
from impact.claims.comparisons import (
    Comparison,
    all_hold,
    comparisons,
    equal_within,
    p_beyond,
    p_words,
    points,
    ratio,
)
from impact.claims.groups import SMALLEST, Groups, chosen, genuine, group_cautions, group_query, groups_of
from impact.claims.verdicts import Judged, difference
from impact.claims.words import named, number, share_words
from impact.metrics.statistics.multiplicity import holm

__all__ = ["CHECKS", "UNKNOWN", "acted", "graded", "ungraded"]


def acted(context: Context, severity: int) -> str:
    """SQL: something of at least this severity was done."""
    if context.has("action_severity"):
        return f"coalesce(action_severity >= {severity}, false)"
    return "(action IS NOT NULL AND lower(trim(action)) NOT IN ('', 'none', 'no action'))"


UNKNOWN = 0.05  # of the people, or points between groups: where more is not known, it could turn the answer round


def ungraded(context: Context) -> Query | None:
    """Actions of which nobody recorded how severe they were; they count as nothing done."""
    if not context.has("action", "action_severity"):
        return None
    done = "action_severity IS NULL AND action IS NOT NULL AND lower(trim(action)) NOT IN ('', 'none', 'no action')"
    return Query("ungraded", f"SELECT count(*) AS n FROM cases WHERE flag AND {done} AND {genuine(context)}", ("flag",))


def graded(judged: Judged, found: Found, cautions: list[str]) -> Judged:
    """Not supported where the severity of an action is not known."""
    row = found.one("ungraded")
    if row is None or not row["n"]:
        return judged
    cautions.append(f"{number(row['n'])} actions have no severity recorded and count as nothing done.")
    return Judged("not enough data", "the severity of every action") if judged.verdict == "supported" else judged


# ---- CK-37 -------------------------------------------------------------------------------------------------------

_STAGES = {
    "review": "reviewed once flagged",
    "action": "acted upon once reviewed",
    "sanction": "sanctioned once acted upon",
    "whole": "sanctioned once flagged, all steps together",
}


def _stage_queries(context: Context) -> Sequence[Query]:
    severe = int(figure(context, "sanction_from") or 3)
    stands = " AND contest_result IS DISTINCT FROM 'upheld'" if context.has("contest_result") else ""
    flagged = f"flag AND {genuine(context)}"
    reviewed, taken = "reviewer_decision IS NOT NULL", acted(context, 1)
    graver = acted(context, severe) if context.has("action_severity") else "true"
    shares = {"review": (reviewed, flagged), "action": (taken, f"{flagged} AND {reviewed}")}
    if context.has("action_severity") or stands:
        sanction = f"{graver}{stands}"
        shares["sanction"] = (sanction, f"{flagged} AND {reviewed} AND {taken}")
        shares["whole"] = (f"{reviewed} AND {taken} AND {sanction}", flagged)
    unknown = ungraded(context)
    return [
        *([unknown] if unknown is not None else []),
        *(
            group_query(context, f"by_{name}", name, shares, needs=("flag", "reviewer_decision"))
            for name in chosen(context)
        ),
    ]


@dataclass(frozen=True)
class _Stage:
    """One comparison at one step."""

    name: str
    pair: Comparison
    raw: float

    def judged(self, adjusted: float, limit: float, alpha: float) -> Judged:
        """Beyond the ratio after adjusting, or within it by two one-sided tests."""
        if adjusted <= alpha:
            return Judged("contradicted")
        _, low, high = ratio(self.pair.share, self.pair.other, level=1 - 2 * alpha)
        if low >= 1 / limit and high is not None and high <= limit:
            return Judged("supported")
        return Judged("not enough data", "more people in every group, at every step")


def _beyond(pair: Comparison, limit: float) -> float:
    def excludes(level: float) -> bool:
        _, low, high = ratio(pair.share, pair.other, level=level)
        return low > limit or (high is not None and high < 1 / limit)

    return p_beyond(excludes)


def _stages(context: Context, found: Found) -> Ruling:
    limit = figure(context, "largest_ratio") or 1.25
    parts: list[Groups] = []
    stages: list[_Stage] = []
    judged: list[Judged] = []
    for name in chosen(context):
        rows = found.rows(f"by_{name}")
        for stage in _STAGES:
            if not any(row["share"] == stage for row in rows or ()):
                continue
            part = groups_of(rows, stage, name)
            pairs = comparisons(part, context.reference.get(name))
            parts.append(part)
            if part.withheld or not pairs:
                judged.append(Judged("not enough data", "at least 10 people in every group, at every step"))
            stages += [_Stage(stage, pair, _beyond(pair, limit)) for pair in pairs]
    if not stages:
        return Ruling(
            "not enough data",
            "There are no two groups with people at any step.",
            needed="groups with at least 10 people at every step",
            cautions=tuple(group_cautions(parts)),
        )
    adjusted = [10.0**each for each in holm([log10(each.raw) for each in stages], len(stages))]
    rulings = [each.judged(p, limit, context.alpha) for each, p in zip(stages, adjusted, strict=True)]
    beyond = [each for each, one in zip(stages, rulings, strict=True) if one.verdict == "contradicted"]
    cautions: list[str] = []
    verdict = graded(all_hold([*judged, *rulings]), found, cautions)
    sentences = []
    for each in beyond:
        value, low, high = ratio(each.pair.share, each.pair.other)
        times = "no number of" if value is None else number(round(value, 2))
        upper = "more" if high is None else number(round(high, 2))
        sentences.append(
            f"{each.pair.group} ({named(each.pair.characteristic)}) are {_STAGES[each.name]} {times} times as often as "
            f"{each.pair.against} ({number(round(low, 2))} to {upper} times)."
        )
    if not sentences:
        sentences.append(
            f"At every step every group shown is within {number(limit)} times the others."
            if verdict.verdict == "supported"
            else "The log does not show a step that treats groups differently, and cannot rule one out."
        )
    cells, measures = [], []
    for each, p in zip(stages, adjusted, strict=True):
        value, low, high = ratio(each.pair.share, each.pair.other)
        label = f"{each.pair.group} ({named(each.pair.characteristic)})"
        method = "koopman" if each.pair.share.sums is None else "koopman_clustered"
        words = f"{label}, {_STAGES[each.name]}, against {each.pair.against}"
        measures.append(Measured(words, value, "ratio", low, high, 0.95, method))
        shown = "not estimable" if value is None else number(round(value, 2))
        upper = "open" if high is None else number(round(high, 2))
        cells.append(
            (
                _STAGES[each.name],
                label,
                share_words(each.pair.share),
                share_words(each.pair.other),
                f"{shown} ({number(round(low, 2))} to {upper})",
                p_words(each.raw),
                p_words(p),
            )
        )
    columns = ("Step", "Group", "In the group", "In the others", "Ratio (95% interval)", "p", "p, adjusted")
    table = Table("Step by step", columns, tuple(cells))
    cautions += [*group_cautions(parts), "Groups may differ in what they were flagged for; the steps do not show that."]
    if not any(row["share"] == "sanction" for name in chosen(context) for row in found.rows(f"by_{name}") or ()):
        cautions.append("The log does not show which actions were sanctions that stood, so that step is left out.")
    return Ruling(
        verdict.verdict, " ".join(sentences), tuple(measures), verdict.needed, tuple(cautions), tables=(table,)
    )


# ---- CK-38 -------------------------------------------------------------------------------------------------------


def _finds_queries(context: Context) -> Sequence[Query]:
    risk = f"{acted(context, 2)} AND {genuine(context)}"
    found = {"found": ("outcome_label", f"{risk} AND outcome_label IS NOT NULL")}
    total = f"SELECT count(*) AS n, count(outcome_label) AS k FROM cases WHERE {risk}"
    return [
        Query("known", total, ("outcome_label",)),
        *(group_query(context, f"by_{name}", name, found, needs=("outcome_label",)) for name in chosen(context)),
        *(Query(f"uneven_{name}", _uneven(name, risk), ("outcome_label", name)) for name in chosen(context)),
    ]


def _uneven(name: str, risk: str) -> str:
    """SQL: whether outcomes are known more often for some group than for all others. No count leaves the engine."""
    return (
        f"WITH parts AS (SELECT {name} AS g, count(*) AS n, count(outcome_label) AS k FROM cases WHERE {risk} "
        f"AND {name} IS NOT NULL GROUP BY 1), whole AS (SELECT sum(n) AS n, sum(k) AS k FROM parts) "
        f"SELECT coalesce(bool_or(p.n >= {SMALLEST} AND w.n - p.n >= {SMALLEST} "
        f"AND abs(p.k / p.n - (w.k - p.k) / nullif(w.n - p.n, 0)) > {UNKNOWN}), false) AS uneven FROM parts p, whole w"
    )


def _finds(context: Context, found: Found) -> Ruling:
    margin = figure(context, "margin")
    parts = [groups_of(found.rows(f"by_{name}"), "found", name) for name in chosen(context)]
    nothing = equal_within(parts, None, reference=context.reference, alpha=context.alpha)
    judged: list[Judged] = []
    apart: list[Comparison] = []
    for pair, p in zip(nothing.pairs, nothing.adjusted, strict=True):
        low, high = difference(pair.share, pair.other, level=1 - 2 * context.alpha)
        if margin is not None and -margin <= low and high <= margin:
            judged.append(Judged("supported"))
        elif p <= context.alpha:
            apart.append(pair)
            judged.append(Judged("contradicted"))
        else:
            needed = "a declared margin" if margin is None else "more actions with an outcome in every group"
            judged.append(Judged("not enough data", needed))
    if any(part.withheld for part in parts) or not judged:
        judged.append(Judged("not enough data", "at least 10 people acted upon in every group"))
    verdict, cautions = all_hold(judged), []
    total = found.one("known")
    if total is not None and total["n"] > total["k"]:
        cautions.append(f"{number(total['n'] - total['k'])} of {number(total['n'])} actions have no outcome: left out.")
    for name in chosen(context):
        row = found.one(f"uneven_{name}")
        if row is None or not row["uneven"]:
            continue
        cautions.append(
            f"By {named(name)}, outcomes of actions are known more often for some than for others, by over "
            f"{UNKNOWN * 100:g} points: those known do not stand for all."
        )
        if verdict.verdict in ("supported", "contradicted"):
            verdict = Judged("not enough data", "outcomes of as many actions in every group")
    sentences = []
    for pair in apart:
        low, high = difference(pair.share, pair.other)
        sentences.append(
            f"Of actions against {pair.group} ({named(pair.characteristic)}) {share_words(pair.share)} found what was "
            f"looked for, against {share_words(pair.other)} for {pair.against}: {points(pair.gap, low, high)} points."
        )
    if not sentences:
        sentences.append(
            "Actions find what was looked for about as often in every group shown."
            if verdict.verdict == "supported"
            else "The log does not show a difference in how often actions find something, and cannot rule one out."
        )
    cautions += [
        *group_cautions(parts),
        "Where less is found in a group, it may have been acted against on less suspicion. But shares of finds can "
        "differ though the same suspicion was asked of all, and be alike though it was not: they depend on everybody "
        "acted against, not on the last one.",
    ]
    table = nothing.table("Actions that found something", "Found of acted against")
    return Ruling(
        verdict.verdict,
        " ".join(sentences),
        nothing.measures("Actions that found something"),
        verdict.needed,
        tuple(cautions),
        tables=(table,),
    )


_GROUPS = "ethnicity|sex|age_band|disability|religion|rank_grade|unit|contract_type|area_code"

CHECKS = (
    Check(
        "CK-37",
        "Steps do not add to differences between groups",
        ("flag", "reviewer_decision", "action|action_severity", _GROUPS),
        _stage_queries,
        _stages,
    ),
    Check(
        "CK-38",
        "Stops and seizures find as much in every group",
        ("action|action_severity", "outcome_label", _GROUPS),
        _finds_queries,
        _finds,
    ),
)
