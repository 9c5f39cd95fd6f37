"""CK-35, CK-37, CK-38: are ranks treated alike, do steps add to a difference, do actions find as much in every group?

In: aggregates of the log by group, small groups withheld. Out: rulings. Source: claims.md 4.7 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-35 | ``margin`` | share | Largest difference that counts as alike | H8 |
| CK-35 | ``referral_actions`` | names | A referral in ``action``; else ``action_severity`` from 2 | claims.yaml |
| CK-37 | ``sanction_from`` | severity | ``action_severity`` of a sanction, from 3 if not given | claims.yaml |
| CK-37 | ``largest_ratio`` | ratio | Ratio that must not be passed; 1.25 if not given | claims.yaml |
| CK-38 | ``margin`` | share | Difference within which finds count as alike | H8 |
| all | ``characteristics`` | columns | Groups; in CK-35 rank_grade and ethnicity if not given | claims.yaml |

CK-35 reads the side file ``headcount`` (rank_grade, unit, employed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table, not_testable
from impact.claims.claimed import figure, listed, words_of
from impact.claims.comparisons import (
    Comparison,
    Equality,
    all_hold,
    comparisons,
    equal_within,
    p_beyond,
    p_words,
    points,
    ratio,
)
from impact.claims.groups import Groups, chosen, genuine, group_cautions, group_query, groups_of
from impact.claims.shares import people_in
from impact.claims.verdicts import Judged, difference
from impact.claims.words import named, number, share_words
from impact.metrics.statistics.multiplicity import holm

__all__ = ["CHECKS"]


def _acted(context: Context, severity: int) -> str:
    """SQL: something of at least this severity was done."""
    if context.has("action_severity"):
        return f"coalesce(action_severity >= {severity}, false)"
    return "(action IS NOT NULL AND lower(trim(action)) NOT IN ('', 'none', 'no action'))"


# ---- CK-35 -------------------------------------------------------------------------------------------------------

# People employed, of whom as many were scanned as the log holds, and no more than there are.
_STAFF = """SELECT h.rank_grade AS g, least(coalesce(c.scanned, 0), h.employed) AS k0, h.employed AS m0
    FROM (SELECT rank_grade, CAST(sum(employed) AS BIGINT) AS employed FROM headcount GROUP BY 1) h
    LEFT JOIN (SELECT rank_grade, {people} AS scanned FROM cases GROUP BY 1) c
    USING (rank_grade) WHERE h.employed > 0"""


def _ranks_by(context: Context) -> tuple[str, ...]:
    if "characteristics" in context.parameters:
        return chosen(context)
    return tuple(name for name in ("rank_grade", "ethnicity") if context.has(name))


def _ranks_queries(context: Context) -> Sequence[Query]:
    named = tuple(name.lower() for name in words_of(context, "referral_actions"))
    referred = f"lower(trim(action)) IN {listed(named)}" if named and context.has("action") else _acted(context, 2)
    real = genuine(context)
    shares = {"flagged": ("flag", f"flag IS NOT NULL AND {real}"), "referred": (referred, f"flag AND {real}")}
    staff = ("headcount.rank_grade", "headcount.employed", "subject_key")
    return (
        group_query(
            context,
            "covered",
            "rank_grade",
            {"covered": ("scanned", "true")},
            needs=staff,
            view="headcount",
            base=_STAFF.format(people=people_in(context)),
            cluster="",
        ),
        Query(
            "staff",
            "SELECT count(*) FILTER (WHERE h.rank_grade IS NULL) AS not_employed, "
            "count(*) FILTER (WHERE c.scanned > h.employed) AS over FROM "
            f"(SELECT rank_grade, {people_in(context)} AS scanned FROM cases "
            "WHERE rank_grade IS NOT NULL GROUP BY 1) c "
            "LEFT JOIN (SELECT rank_grade, sum(employed) AS employed FROM headcount GROUP BY 1) h USING (rank_grade)",
            (*staff, "rank_grade"),
        ),
        *(group_query(context, f"by_{name}", name, shares, needs=("flag",)) for name in _ranks_by(context)),
    )


def _cut(equality: Equality, part: slice) -> Equality:
    pairs = equality.pairs[part]
    outside = tuple(pair for pair in pairs if any(pair is each for each in equality.outside))
    return replace(equality, pairs=pairs, raw=equality.raw[part], adjusted=equality.adjusted[part], outside=outside)


def _ranks(context: Context, found: Found) -> Ruling:
    margin = figure(context, "margin")
    if margin is None:
        return not_testable("Nobody said how large a difference between ranks may be.")
    if found.rows("covered") is None:
        return not_testable("The log has no key of people to count who was scanned.", missing=("subject_key",))
    covered = groups_of(found.rows("covered"), "covered", "rank_grade")
    names = _ranks_by(context)
    referred = [groups_of(found.rows(f"by_{name}"), "referred", name) for name in names]
    # One family of tests, shown as two tables.
    both = equal_within([covered, *referred], margin, reference=context.reference, alpha=context.alpha)
    first = len(comparisons(covered, context.reference.get("rank_grade")))
    coverage, referral = _cut(both, slice(first)), _cut(both, slice(first, None))
    judged = both.judged
    parts = []
    for what, equality in (("scanned", coverage), ("referred once flagged", referral)):
        if equality.outside:
            each = ", ".join(f"{pair.group} ({points(pair.gap)} points)" for pair in equality.outside)
            parts.append(f"Not {what} alike, beyond the {points(margin)[1:]} points declared: {each}.")
    if not parts and judged.verdict == "supported":
        parts.append(
            f"Every group shown is scanned, and referred once flagged, within {points(margin)[1:]} points of others."
        )
    elif not parts:
        parts.append("The log cannot tell whether ranks are scanned, and referred once flagged, alike.")
    cautions = group_cautions([covered, *referred])
    staff = found.one("staff")
    if staff is not None and staff["not_employed"]:
        cautions.append(f"{number(staff['not_employed'])} ranks in the log are not in the headcount.")
    if staff is not None and staff["over"]:
        cautions.append(f"In {number(staff['over'])} ranks more people were scanned than the headcount holds.")
    flagged = [groups_of(found.rows(f"by_{name}"), "flagged", name) for name in names]
    tables = [coverage.table("Scanned of those employed", "Scanned of employed")]
    rows = [
        (f"{group} ({named(part.characteristic)})", share_words(share), number(round(1000 * (share.value or 0.0), 1)))
        for part in flagged
        for group, share in part.shown.items()
    ]
    tables.append(Table("Flags by group", ("Group", "Rows flagged", "Per 1,000"), tuple(rows)))
    tables.append(referral.table("Referred once flagged", "Referred of flagged"))
    measures = (*coverage.measures("Scanned of those employed"), *referral.measures("Referred once flagged"))
    return Ruling(judged.verdict, " ".join(parts), measures, judged.needed, tuple(cautions), tables=tuple(tables))


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
    reviewed, acted = "reviewer_decision IS NOT NULL", _acted(context, 1)
    graver = _acted(context, severe) if context.has("action_severity") else "true"
    shares = {"review": (reviewed, flagged), "action": (acted, f"{flagged} AND {reviewed}")}
    if context.has("action_severity") or stands:
        sanction = f"{graver}{stands}"
        shares["sanction"] = (sanction, f"{flagged} AND {reviewed} AND {acted}")
        shares["whole"] = (f"{reviewed} AND {acted} AND {sanction}", flagged)
    return [
        group_query(context, f"by_{name}", name, shares, needs=("flag", "reviewer_decision"))
        for name in chosen(context)
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
    verdict = all_hold([*judged, *rulings])
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
    cautions = [*group_cautions(parts), "Groups may differ in what they were flagged for; the steps do not show that."]
    if not any(row["share"] == "sanction" for name in chosen(context) for row in found.rows(f"by_{name}") or ()):
        cautions.append("The log does not show which actions were sanctions that stood, so that step is left out.")
    return Ruling(
        verdict.verdict, " ".join(sentences), tuple(measures), verdict.needed, tuple(cautions), tables=(table,)
    )


# ---- CK-38 -------------------------------------------------------------------------------------------------------


def _finds_queries(context: Context) -> Sequence[Query]:
    risk = f"{_acted(context, 2)} AND outcome_label IS NOT NULL AND {genuine(context)}"
    return [
        group_query(context, f"by_{name}", name, {"found": ("outcome_label", risk)}, needs=("outcome_label",))
        for name in chosen(context)
    ]


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
    verdict = all_hold(judged)
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
    cautions = [
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
        "CK-35",
        "All ranks are treated alike",
        ("rank_grade", "flag", "action|action_severity", "headcount.rank_grade", "headcount.employed"),
        _ranks_queries,
        _ranks,
    ),
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
