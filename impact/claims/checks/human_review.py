"""CK-01 to CK-04: does a person really decide?

In: aggregates of the log. Out: rulings. Source: claims.md 4.1 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-02 | ``least_seconds`` | seconds | Shortest time of a careful review | claims.yaml |
| CK-03 | ``limit`` | share | How many views may change towards the score | claims.yaml |
| CK-03 | ``window`` | score | How near the threshold a jump is looked for; 0.1 of scores 0 to 1 | claims.yaml |
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table, not_testable
from impact.claims.claimed import figure
from impact.claims.comparisons import points
from impact.claims.jumps import jump_in, jump_sql
from impact.claims.shares import share_of, share_query
from impact.claims.verdicts import Judged, at_most, never, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

_REVIEWED = (
    "flag AND reviewer_decision IS NOT NULL AND ts_open IS NOT NULL AND (ts_action IS NULL OR ts_open < ts_action)"
)


def _no_case(context: Context) -> str:
    return " AND faces_seen IS NULL" if context.has("faces_seen") else ""


def _every_alert_queries(context: Context) -> Sequence[Query]:
    return (
        share_query(
            context,
            "unreviewed",
            hit=f"NOT ({_REVIEWED})",
            at_risk="flag",
            needs=("flag", "reviewer_decision", "ts_open"),
        ),
        share_query(
            context,
            "too_late",
            hit="ts_action <= ts_open",
            at_risk="flag AND ts_action IS NOT NULL AND ts_open IS NOT NULL",
            needs=("flag", "ts_open", "ts_action"),
        ),
        # A row that says how many faces a deployment saw is no case, and has no flag.
        Query("unknown", f"SELECT count(*) AS n FROM cases WHERE flag IS NULL{_no_case(context)}", ("flag",)),
    )


def _every_alert(context: Context, found: Found) -> Ruling:
    missed, late = share_of(found.one("unreviewed")), share_of(found.one("too_late"))
    judged = never(missed)
    if late.k and judged.verdict != "contradicted":
        judged = Judged("contradicted")
    unknown, cautions = found.one("unknown"), []
    if unknown is not None and unknown["n"]:
        judged = worst([judged, Judged("not enough data", "for every case, whether there was an alert")])
        cautions.append(f"{number(unknown['n'])} cases do not record whether there was an alert.")
    sentence = f"{share_words(missed)} alerts have no review that was opened before anything was done."
    if not missed.n:
        sentence = "The log holds no alert, so nothing can be said about their review."
    elif not missed.k:
        sentence = (
            f"All {number(missed.n)} alerts have a review that was opened before anything was done; a share of up to "
            f"{percent(missed.measured('').high)} missed would still look like this."
        )
    if late.k:
        sentence += (
            f" In {number(late.k)} cases something was done at or before the time when the reviewer opened the case."
        )
    return Ruling(
        judged.verdict,
        sentence,
        (missed.measured("Alerts without a review before action"), late.measured("Actions at or before the review")),
        judged.needed,
        tuple(cautions),
    )


def _meaningful_queries(context: Context) -> Sequence[Query]:
    floor = context.parameters.get("least_seconds")
    took = "epoch(ts_close) - epoch(ts_open)"
    queries = [
        share_query(
            context,
            "overrides",
            hit="reviewer_decision = 'override'",
            at_risk="flag AND reviewer_decision IS NOT NULL",
            needs=("flag", "reviewer_decision"),
            cluster="reviewer_key" if context.has("reviewer_key") else "subject_key",
        ),
        share_query(
            context,
            "right",
            hit="outcome_label",
            at_risk="flag AND outcome_label IS NOT NULL",
            needs=("flag", "outcome_label"),
        ),
        Query(
            "times",
            f"SELECT count(*) AS n, median({took}) AS median_seconds FROM cases WHERE flag AND ts_close >= ts_open",
            ("flag", "ts_open", "ts_close"),
        ),
        Query(
            "backwards",
            "SELECT count(*) AS n FROM cases WHERE flag AND ts_close < ts_open",
            ("flag", "ts_open", "ts_close"),
        ),
        Query(
            "reviewers",
            "SELECT count(*) AS reviewers, count(*) FILTER (WHERE a = n) AS always_agree FROM (SELECT count(*) AS n, "
            "count(*) FILTER (WHERE reviewer_decision = 'agree') AS a FROM cases WHERE flag AND reviewer_decision "
            "IS NOT NULL AND reviewer_key IS NOT NULL GROUP BY reviewer_key HAVING count(*) >= 20)",
            ("flag", "reviewer_decision", "reviewer_key"),
        ),
    ]
    if isinstance(floor, int | float):
        queries.append(
            share_query(
                context,
                "hasty",
                hit=f"{took} < {float(floor)!r}",
                at_risk="flag AND ts_close >= ts_open",
                needs=("flag", "ts_open", "ts_close"),
                cluster="reviewer_key" if context.has("reviewer_key") else "subject_key",
            )
        )
        # What is unknown must not help the claim: a review without usable times may have been hasty.
        queries.append(
            share_query(
                context,
                "hasty_at_worst",
                hit=f"ts_open IS NULL OR ts_close IS NULL OR ts_close < ts_open OR {took} < {float(floor)!r}",
                at_risk="flag AND reviewer_decision IS NOT NULL",
                needs=("flag", "reviewer_decision", "ts_open", "ts_close"),
                cluster="reviewer_key" if context.has("reviewer_key") else "subject_key",
            )
        )
    return queries


def _meaningful(context: Context, found: Found) -> Ruling:
    overrides, right = share_of(found.one("overrides")), share_of(found.one("right"))
    hasty = share_of(found.one("hasty")) if found.rows("hasty") is not None else None
    measures = [overrides.measured("Reviews that overturned the alert"), right.measured("Alerts that turned out right")]
    cautions, parts, rubber = [], [], False
    if not overrides.n:
        return Ruling("not enough data", "No alert in the log has a reviewer's decision.", needed="at least one review")
    limits, ppv = overrides.limits(), right.limits()
    sentence = f"Reviewers overturned {share_words(overrides)} reviewed alerts."
    if limits is not None and ppv is not None:
        high = limits[1]
        if high < 0.5 * (1 - ppv[1]):
            rubber = True
            parts.append(
                f"Of alerts with an outcome {share_words(right)} were right, so even the smallest plausible share of "
                f"wrong alerts ({percent(1 - ppv[1])}) is more than twice what was overturned."
            )
        elif high < 0.5 * (1 - ppv[0]):
            cautions.append("Fewer alerts were overturned than half of those that may have been wrong.")
        elif limits[0] < 0.5 * (1 - ppv[0]):
            cautions.append("So few reviews or outcomes cannot tell whether half of the wrong alerts were overturned.")
    elif found.rows("right") is None:
        cautions.append("Without outcomes nobody can say how many alerts a careful reviewer would have overturned.")
    times = found.one("times")
    if times is not None and times["n"]:
        measures.append(
            Measured("Median time of a review", times["median_seconds"], "seconds", count=None, of=times["n"])
        )
    backwards = found.one("backwards")
    if backwards is not None and backwards["n"]:
        cautions.append(f"{number(backwards['n'])} reviews end before they begin, and were left out of the times.")
    quick = None
    if hasty is not None and hasty.n:
        floor = context.parameters["least_seconds"]
        measures.append(hasty.measured(f"Reviews shorter than the declared {number(floor)} seconds"))
        quick = at_most(hasty, 0.10)
        if quick.verdict == "contradicted":
            parts.append(f"{share_words(hasty)} reviews took less than the declared {number(floor)} seconds.")
        hardest = share_of(found.one("hasty_at_worst"))
        if quick.verdict == "supported" and at_most(hardest, 0.10).verdict != "supported":
            quick = Judged("not enough data", "the time of every review")
            cautions.append(
                f"{number(hardest.n - hasty.n)} reviews have no time that can be used, and may have been short."
                if hardest.n > hasty.n
                else "Times are of other alerts than the decisions."
            )
    elif times is not None:
        cautions.append("No shortest time of a careful review was declared, so times are shown and not judged.")
    if limits is not None and limits[0] > 0.4:
        cautions.append("More than four alerts in ten are overturned: the tool is of little use to the reviewers.")
    each = found.one("reviewers")
    tables: tuple[Table, ...] = ()
    if each is not None and each["reviewers"]:
        tables = (
            Table(
                "Reviewers with at least 20 reviewed alerts",
                ("Reviewers", "Agreed with every alert"),
                ((number(each["reviewers"]), number(each["always_agree"])),),
            ),
        )
    if rubber or (quick is not None and quick.verdict == "contradicted"):
        judged = Judged("contradicted")
    elif ppv is None or limits is None or cautions or (quick is not None and quick.verdict != "supported"):
        needed = quick.needed if quick is not None else None
        judged = Judged("not enough data", needed or "outcomes of more reviewed alerts")
    else:
        judged = Judged("supported")
    return Ruling(
        judged.verdict, " ".join([sentence, *parts]), tuple(measures), judged.needed, tuple(cautions), tables=tables
    )


_WINDOW = 0.1  # of scores from 0 to 1


def _sway_queries(context: Context) -> Sequence[Query]:
    window = figure(context, "window")
    both = "blind_decision IS NOT NULL AND reviewer_decision IS NOT NULL"
    cluster = "reviewer_key" if context.has("reviewer_key") else "subject_key"
    jump = jump_sql(
        score="score",
        threshold="threshold",
        hit="reviewer_decision = 'agree'",
        where=both,
        window=window or _WINDOW,
        cluster=cluster if context.has("reviewer_key") or context.repeated else None,
    )
    scale = f"SELECT count(*) AS n, count(*) FILTER (WHERE score < 0 OR score > 1) AS outside FROM cases WHERE {both}"
    return (*_flips(context), Query("scale", scale, _JUMP), Query("jump", jump, _JUMP))


_JUMP = ("blind_decision", "reviewer_decision", "score", "threshold")


def _flips(context: Context) -> Sequence[Query]:
    agreed = "(CASE WHEN flag THEN 'agree' ELSE 'override' END)"
    return (
        share_query(
            context,
            "flips",
            hit=f"reviewer_decision = {agreed} AND blind_decision <> reviewer_decision",
            at_risk="blind_decision IS NOT NULL AND reviewer_decision IS NOT NULL AND flag IS NOT NULL",
            needs=("blind_decision", "reviewer_decision", "flag"),
            cluster="reviewer_key" if context.has("reviewer_key") else "subject_key",
        ),
    )


def _sway(context: Context, found: Found) -> Ruling:
    flips = share_of(found.one("flips"))
    limit = context.parameters.get("limit")
    if not isinstance(limit, int | float):
        return not_testable("No limit was declared for how often a reviewer may change towards the score.")
    judged = at_most(flips, float(limit))
    sentence = (
        f"Of cases with a view recorded before the score was shown, {share_words(flips)} were changed towards the "
        f"score; the declared limit is {percent(limit)}."
    )
    measures, cautions = _jump(context, found)
    first = flips.measured("Views changed towards the score")
    return Ruling(judged.verdict, sentence, (first, *measures), judged.needed, cautions)


def _jump(context: Context, found: Found) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """How far the share of “agree” jumps at the threshold; a caution where the interval excludes 0."""
    scale, window = found.one("scale"), figure(context, "window")
    if scale is None:
        return (), ("Without score and threshold nobody can say whether views jump at the threshold.",)
    if window is None and scale["outside"]:
        return (), ("Scores are not between 0 and 1 and no window was declared, so no jump was looked for.",)
    jump = jump_in(found.one("jump"))
    if jump is None:
        said = (
            f"No jump at the threshold can be seen: too few cases with both views lie within {window or _WINDOW:g} of "
        )
        return (), (f"{said}it on either side, or too few reviewers looked at them.",)
    note = f"{number(jump.cases)} cases no further than {window or _WINDOW:g} from the threshold"
    label = "Jump of “agree” at the threshold, after the score was shown"
    measure = Measured(label, jump.value, "difference", jump.low, jump.high, 0.95, "local_linear", note=note)
    if jump.low <= 0 <= jump.high:
        return (measure,), ()
    ends = points(jump.value, jump.low, jump.high)
    return (measure,), (f"At the threshold the share of “agree” jumps by {ends} points, from {percent(jump.below)}.",)


# What people write where there is nothing: none of it is evidence. 0.0 is a false stored as a decimal.
_NOTHING = (
    "'', 'false', 'f', '0', '0.0', 'no', 'n', 'none', 'nil', 'null', 'nan', 'n/a', 'na', '-', '--', 'not recorded', "
    "'unknown', 'not known'"
)
_BARE = f"(corroboration IS NULL OR lower(trim(corroboration)) IN ({_NOTHING}))"


def _alone_queries(context: Context) -> Sequence[Query]:
    acted = {
        "action": "lower(trim(coalesce(action, ''))) NOT IN ('', 'none', 'no action')",
        "ts_action": "ts_action IS NOT NULL",
    }
    done = " OR ".join(sql for name, sql in acted.items() if context.has(name)) or "false"
    return (
        share_query(
            context,
            "alone",
            hit=_BARE,
            at_risk="action_severity >= 2",
            needs=("action_severity", "corroboration"),
        ),
        Query(
            "ungraded",
            f"SELECT count(*) AS n FROM cases WHERE action_severity IS NULL AND ({done}) AND {_BARE}",
            ("action_severity", "corroboration"),
        ),
    )


def _alone(context: Context, found: Found) -> Ruling:
    alone, ungraded = share_of(found.one("alone")), found.one("ungraded")
    judged, cautions = never(alone), []
    if ungraded is not None and ungraded["n"]:
        judged = worst([judged, Judged("not enough data", "how grave every action without evidence was")])
        cautions.append(
            f"{number(ungraded['n'])} actions without evidence beside the output do not say how grave they were."
        )
    sentence = f"{share_words(alone)} stops, formal steps or graver actions had no evidence beside the output."
    if not alone.n:
        sentence = "The log holds no stop, formal step or graver action."
    elif not alone.k:
        sentence = (
            f"All {number(alone.n)} stops, formal steps and graver actions had evidence beside the output; a share of "
            f"up to {percent(alone.measured('').high)} without it would still look like this."
        )
    measures = (alone.measured("Actions on the output alone"),)
    return Ruling(judged.verdict, sentence, measures, judged.needed, tuple(cautions))


CHECKS = (
    Check(
        "CK-01",
        "A human reviews every alert",
        ("flag", "reviewer_decision", "ts_open", "ts_action"),
        _every_alert_queries,
        _every_alert,
        offending=f"flag AND NOT ({_REVIEWED})",
    ),
    Check("CK-02", "Review is meaningful", ("flag", "reviewer_decision"), _meaningful_queries, _meaningful),
    Check(
        "CK-03",
        "The score does not sway the reviewer",
        ("blind_decision", "reviewer_decision", "flag"),
        _sway_queries,
        _sway,
    ),
    Check(
        "CK-04",
        "No one is acted on from the output alone",
        ("action_severity", "corroboration"),
        _alone_queries,
        _alone,
        offending=f"action_severity >= 2 AND {_BARE}",
    ),
)
