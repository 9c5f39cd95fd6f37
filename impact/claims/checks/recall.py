"""CK-06: how many of the wanted cases does the tool find?

In: aggregates of the log and of an audit sample of unflagged cases, or of planted tests. Out: a ruling. What was never
flagged is not looked into, so without one of the two nobody knows. Source: claims.md 4.2 of the design.

Parameters (a share is 0 to 1):

============ ======== =============================================== ===================
name         unit     meaning                                         comes from
============ ======== =============================================== ===================
CK-06 recall share    of cases with the outcome, flagged: at least    E5, “recall”; T7
============ ======== =============================================== ===================

Side file ``audit_sample``: ``case_id``, ``outcome_label``, ``probability`` (with which the case was drawn).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, not_testable
from impact.claims.groups import genuine, parameter
from impact.claims.shares import Share, share_of, share_query
from impact.claims.verdicts import Judged, at_least
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

Limits = tuple[float, float, float]  # lower limit, value, upper limit

_KNOWN = 0.95  # share of flagged cases with an outcome, below which those without are mentioned
_SAMPLE = ("case_id", "audit_sample.case_id", "audit_sample.outcome_label", "audit_sample.probability")


def _recall_queries(context: Context) -> Sequence[Query]:
    real = genuine(context)
    usable = "s.y IS NOT NULL AND s.probability > 0 AND s.probability <= 1"
    w, y = "(CASE WHEN s.probability > 0 THEN 1 / s.probability END)", "s.y"
    # Where people have several rows each counts as one case, the least that rows of a person can be worth.
    own = ", any_value(subject_key) AS person" if context.repeated else ""
    worth = "count(DISTINCT person) + count(*) FILTER (WHERE person IS NULL)" if context.repeated else "count(*)"
    people = worth.replace("person", "subject_key")
    queries = [
        Query(
            "sample",
            # A case that was written down twice was looked into once; if the two differ, nobody knows what was found.
            "WITH s AS (SELECT case_id, CASE WHEN min(outcome_label) = max(outcome_label) THEN min(outcome_label) END "
            "AS y, CASE WHEN min(probability) = max(probability) THEN min(probability) END AS probability "
            "FROM audit_sample WHERE case_id IS NOT NULL GROUP BY case_id UNION ALL SELECT NULL, NULL, NULL "
            "FROM audit_sample WHERE case_id IS NULL), "
            f"c AS (SELECT case_id, CASE WHEN min(flag) = max(flag) THEN min(flag) END AS flag{own} FROM log "
            f"WHERE {real} AND case_id IN (SELECT case_id FROM s) GROUP BY case_id) "
            f"SELECT c.flag AS flag, ({usable}) IS TRUE AS usable, count(*) AS n, {worth} AS people, "
            f"count(*) FILTER (WHERE {y}) AS found, sum({w} ORDER BY s.case_id) AS w, "
            f"sum({w} * {w} ORDER BY s.case_id) AS w2, "
            f"coalesce(sum({w} ORDER BY s.case_id) FILTER (WHERE {y}), 0) AS k, "
            f"coalesce(sum({w} * {w} ORDER BY s.case_id) FILTER (WHERE {y}), 0) AS k2 "
            "FROM s LEFT JOIN c USING (case_id) GROUP BY 1, 2 ORDER BY 1, 2",
            ("flag", *_SAMPLE),
        ),
        Query("again", "SELECT count(case_id) - count(DISTINCT case_id) AS n FROM audit_sample", _SAMPLE),
        Query(
            "sizes",
            "SELECT count(*) FILTER (WHERE flag) AS flagged, count(*) FILTER (WHERE NOT flag) AS unflagged "
            f"FROM cases WHERE {real}",
            ("flag",),
        ),
        Query(
            "labels",
            f"SELECT count(*) FILTER (WHERE outcome_label) AS k, count(*) AS n, {people} AS people FROM cases "
            f"WHERE flag AND {real} AND outcome_label IS NOT NULL",
            ("flag", "outcome_label"),
        ),
    ]
    if context.has("seeded_test"):
        target = "seeded_test AND flag IS NOT NULL"
        if context.has("outcome_label"):
            target += " AND outcome_label IS NOT FALSE"  # a planted test that should not be found is no target
        queries.append(share_query(context, "seeded", hit="flag", at_risk=target, needs=("flag", "seeded_test")))
    return queries


def _recall(context: Context, found: Found) -> Ruling:
    claimed = parameter(context, "recall")
    if claimed is None:
        return not_testable("Nobody gave the share of wanted cases that the tool is claimed to find.")
    seeded = share_of(found.one("seeded")) if found.rows("seeded") is not None else Share(0, 0)
    measures = [seeded.measured("Planted tests that were flagged")] if seeded.n else []
    rows = found.rows("sample")
    if not rows:
        if seeded.n:
            judged = at_least(seeded, claimed)
            sentence = f"{share_words(seeded)} planted tests were flagged; {percent(claimed)} is claimed."
            caution = "Planted tests show what is found of cases like them, which may be easier than real ones."
            return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, (caution,))
        return not_testable(
            "There is neither an audit sample of unflagged cases nor a planted test, so nobody knows what was missed.",
            missing=context.missing(_SAMPLE),
        )
    recall, worst, best, cautions, needed = _audited(rows, found, claimed)
    if recall is None or recall.value is None:
        why = f"The audit sample cannot tell what share of wanted cases was flagged; it takes {needed}."
        return Ruling("not enough data", why, tuple(measures), needed, tuple(cautions))
    low, high = recall.low or 0.0, 1.0 if recall.high is None else recall.high
    judged = Judged("not enough data", needed)
    if low >= claimed or high < claimed:
        judged = Judged("supported" if low >= claimed else "contradicted")
        if min(low, worst) < claimed <= max(high, best):
            judged = Judged("not enough data", "outcomes of the flagged and audited cases that have none")
            cautions.append("Those without an outcome are so many that they could turn the answer round.")
    sentence = (
        f"Going by the audit sample, {percent(recall.value)} of wanted cases were flagged (between {percent(low)} and "
        f"{percent(high)}); {percent(claimed)} is claimed."
    )
    return Ruling(judged.verdict, sentence, (recall, *measures), judged.needed, tuple(cautions))


def _limits(row: Row, n: float) -> Limits:
    """Cases with the outcome among n, from the weighted share with it.

    Wilson's interval at the smaller of Kish's number and that of the linearised variance, lowered to people.
    """
    from impact.metrics.statistics.intervals import wilson_limits

    rate, kish = row["k"] / row["w"], row["w"] ** 2 / row["w2"]
    spread = row["k2"] * (1 - 2 * rate) + rate * rate * row["w2"]
    # Where cases with the outcome weigh more than others, Kish's number would be too large.
    own = min(kish, rate * (1 - rate) * row["w"] ** 2 / spread) if spread > 0 and 0 < rate < 1 else kish
    own *= min(row["people"] / row["n"], 1.0)
    low, high = (float(x) for x in wilson_limits(rate * own, own))
    return (low if row["k"] else 0.0) * n, rate * n, (high if row["k"] < row["w"] else 1.0) * n


def _filled(row: Row, unknown: int, *, wanted: bool) -> Row:
    """The same with so many more cases of average weight, all of them with the outcome, or none."""
    each = row["w"] / row["n"]
    more = {"w": each, "w2": each * each, "n": 1, "people": 1} | ({"k": each, "k2": each * each} if wanted else {})
    return {name: value + unknown * more.get(name, 0) for name, value in row.items() if name not in ("flag", "usable")}


def _share_flagged(missed: Limits, hits: Limits) -> tuple[float, float, str]:
    """Limits of hits / (hits + missed), from the odds of its two parts by square-and-add."""
    from impact.metrics.statistics.gaps import ratio_of
    from impact.metrics.statistics.measure import Measure

    odds = ratio_of(*(Measure(value, low, high, 0.95, "wilson_kish") for low, value, high in (missed, hits)))
    assert odds.low is not None  # both sides have limits
    assert odds.high is not None
    return 1 / (1 + odds.high), 1 / (1 + odds.low), str(odds.method)


def _audited(
    rows: Sequence[Row], found: Found, claimed: float
) -> tuple[Measured | None, float, float, list[str], str | None]:
    """Recall = flagged and right / (that + missed), and its lowest and highest limits; what was left out and is wanted.

    The lowest limit is that with all who have no outcome against the tool, the highest with all for it, if many.
    Missed: the share with the outcome in the audit sample of unflagged cases (weights 1/probability) times all of them.
    """
    sizes, labels, again, cautions = found.one("sizes"), found.one("labels"), found.one("again"), []
    assert sizes is not None  # asked wherever the sample is
    parts = {row["flag"]: row for row in rows if row["usable"]}
    left = sum(row["n"] for row in rows if not row["usable"] or row["flag"] is None)
    if left:
        cautions.append(
            f"{number(left)} audited cases were left out: not in the log, no outcome, or no probability from 0 to 1."
        )
    if again is not None and again["n"]:
        cautions.append(f"{number(again['n'])} rows of the audit sample name a case again, which was counted once.")
    audited = parts.get(False)
    if audited is None:
        return None, 0.0, 1.0, cautions, "audited cases that were not flagged"
    unseen = sum(row["n"] for row in rows if row["flag"] is False and not row["usable"])
    missed = _limits(audited, sizes["unflagged"])
    right, unknown = parts.get(True), 0
    if labels is not None and labels["n"]:
        right = {**labels, "k2": labels["k"], "w": labels["n"], "w2": labels["n"]}
        if labels["n"] < _KNOWN * sizes["flagged"]:
            of = f"{number(labels['n'])} of {number(sizes['flagged'])}"
            cautions.append(f"Only {of} flagged cases have an outcome; the others are taken to be like them.")
            unknown = sizes["flagged"] - labels["n"]
    if not sizes["flagged"] and audited["found"]:
        none = Share(0, audited["found"]).measured("Wanted cases that were flagged")
        return none, 0.0, none.high or 0.0, cautions, None
    if right is None:
        return None, 0.0, 1.0, cautions, "outcomes of flagged cases"
    hits = _limits(right, sizes["flagged"])
    if missed[1] + hits[1] == 0:
        return None, 0.0, 1.0, cautions, "at least one case with the outcome"
    value = hits[1] / (hits[1] + missed[1])
    low, high, method = _share_flagged(missed, hits)
    note = f"{number(audited['n'])} unflagged cases audited, {number(audited['found'])} of them with the outcome"
    recall = Measured("Wanted cases that were flagged", value, "share", low, high, 0.95, method, note=note)
    ends = []
    for against in (True, False):
        doubtful = unseen if unseen > (1 - _KNOWN) * (audited["n"] + unseen) else 0
        one = _limits(_filled(audited, doubtful, wanted=against), sizes["unflagged"])
        other = _limits(_filled(right, unknown, wanted=not against), sizes["flagged"])
        ends.append(_share_flagged(one, other) if one[1] + other[1] > 0 else (0.0, 1.0, ""))
    needed = _audit_needed(missed, hits, value, claimed, audited["n"])
    return recall, ends[0][0], ends[1][1], cautions, needed


def _audit_needed(missed: Limits, hits: Limits, value: float, claimed: float, n: int) -> str:
    """How many unflagged cases to audit, if shares stay as they are: the part of the width that is theirs shrinks."""
    more = "more audited cases that were not flagged"
    if not (0 < value < 1 and 0 < claimed < 1 and missed[0] > 0 and hits[0] > 0):
        return more
    gap = abs(log(value / (1 - value)) - log(claimed / (1 - claimed)))
    theirs = gap**2 - max(log(hits[1] / hits[0]), log(hits[2] / hits[1])) ** 2
    if theirs <= 0:
        return f"{more}, and more flagged cases with an outcome"
    wide = max(log(missed[1] / missed[0]), log(missed[2] / missed[1]))
    return f"about {number(max(ceil(n * wide**2 / theirs), n + 1))} audited unflagged cases"


CHECKS = (
    Check(
        "CK-06",
        "The stated share of wanted cases is found",
        ("flag", "audit_sample.outcome_label|seeded_test"),
        _recall_queries,
        _recall,
    ),
)
