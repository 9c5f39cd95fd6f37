"""CK-27 to CK-29: are people told, can they object, is there a benefit?

In: aggregates of the log. Out: rulings. Source: claims.md 4.6 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-27 | ``told`` | share | Share of affected people said to be told; 1 means all | K3, S6, Y5 (1), claims.yaml |
| CK-27 | ``days`` | days | Days within which they are told, where that is said | claims.yaml |
| CK-28 | ``days`` | days | Days within which a challenge is decided | K5, column ``days`` |
| CK-28 | ``many`` | count | So many affected without a challenge are a warning; 200 if not given | claims.yaml |
| CK-29 | ``least`` | share | Least difference that counts as a benefit; 0 if not given | O2, claims.yaml |

Somebody affected is a row with ``ts_action`` and, where the log has it, an ``action_severity`` of 1 or more. CK-29
reads the side file ``costs``: amount, outcomes, processed, comparison_outcomes, comparison_processed, summed over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, not_testable
from impact.claims.claimed import figure, listed, now
from impact.claims.groups import genuine
from impact.claims.shares import Share, share_in, share_of, share_query, shares_query
from impact.claims.verdicts import Judged, at_least, difference, never, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

_DAY = 86_400
_TELLING = "epoch(ts_notified) - epoch(ts_action)"
MANY = 200  # claims.md, CK-28
_NO_REASON = ("", "none", "no", "n", "false", "0", "nil", "n/a", "na", "-", "unknown", "not recorded")


def _affected(context: Context) -> str:
    grave = " AND coalesce(action_severity, 1) >= 1" if context.has("action_severity") else ""
    return f"ts_action IS NOT NULL{grave}"


def _due(context: Context) -> tuple[str, str, str]:
    """SQL: somebody was due to be told; was told in time; was not, and a reason is recorded."""
    days = figure(context, "days")
    affected, told = _affected(context), "ts_notified IS NOT NULL"
    if days is not None:
        limit = repr(days * _DAY)
        affected += f" AND (ts_notified IS NOT NULL OR epoch({now(context)}) - epoch(ts_action) > {limit})"
        told += f" AND {_TELLING} <= {limit}"
    reason = f"lower(trim(coalesce(delay_reason, ''))) NOT IN {listed(_NO_REASON)} AND NOT ({told})"
    return affected, told, reason if context.has("delay_reason") else "false"


def _untold(context: Context) -> str:
    affected, told, excused = _due(context)
    return f"{affected} AND NOT ({told}) AND NOT ({excused})"


def _told_queries(context: Context) -> Sequence[Query]:
    affected, told, excused = _due(context)
    took = _TELLING
    needs = ("ts_action", "ts_notified")
    return (
        shares_query(
            context,
            "told",
            {"told": (told, f"{affected} AND NOT ({excused})"), "everybody": (told, affected)},
            needs=needs,
        ),
        Query(
            "delays",
            f"SELECT count(*) AS n, count(*) FILTER (WHERE {took} < 0) AS before, "
            f"median(({took}) / {_DAY}) AS median_days FROM cases "
            f"WHERE {_affected(context)} AND ts_notified IS NOT NULL",
            needs,
        ),
        Query("undated", f"SELECT count(*) AS n FROM cases WHERE {_undated(context)}", needs),
    )


def _undated(context: Context) -> str:
    """SQL: something was done and nobody recorded when."""
    acted = []
    if context.has("action"):
        acted.append("lower(trim(coalesce(action, ''))) NOT IN ('', 'none', 'no action')")
    if context.has("action_severity"):
        acted = [f"(action_severity IS NULL AND {acted[0]})"] if acted else []
        acted.append("action_severity >= 1")
    return f"ts_action IS NULL AND ts_notified IS NULL AND ({' OR '.join(acted)})" if acted else "false"


def _told(context: Context, found: Found) -> Ruling:
    claimed, days = figure(context, "told"), figure(context, "days")
    if claimed is None:
        return not_testable("Nobody said what share of affected people is told.")
    told, everybody = (share_in(found.one("told"), part) for part in ("told", "everybody"))
    within = "" if days is None else f" within {number(days)} days"
    untold = told.opposite()
    excused = everybody.n - told.n
    every = claimed >= 1
    judged = _as_claimed(told, claimed)
    cautions = []
    if excused and judged.verdict == "supported" and _as_claimed(everybody, claimed).verdict != "supported":
        judged = Judged("not enough data", "a finding whether the reasons for delay are lawful")
    undated = found.one("undated")
    if undated is not None and undated["n"]:
        judged = worst([judged, Judged("not enough data", "the time of every action")])
        cautions.append(f"{number(undated['n'])} actions of which nobody was told have no time, and were left out.")
    sentence = f"In {share_words(told)} cases the person affected was told{within}; {percent(claimed)} were said."
    if not told.n:
        sentence = "The log holds no case in which an affected person was due to be told."
    elif every and not untold.k:
        sentence = (
            f"In all {number(told.n)} cases the person affected was told{within}; a share of up to "
            f"{percent(untold.measured('').high)} not told would still look like this."
        )
    if excused:
        cautions.append(
            f"{number(excused)} cases in which nobody was told{within} have a reason for delay in the log and are left "
            f"out; counting them, it was {share_words(everybody)}. Whether the reasons are lawful is not tested."
        )
    measures = [
        told.measured(f"Cases in which the person affected was told{within}, without those with a reason for delay"),
        everybody.measured(f"Cases in which the person affected was told{within}, all of them"),
    ]
    times = found.one("delays")
    if times is not None and times["n"]:
        measures.append(Measured("Middle time until people were told", times["median_days"], "days", of=times["n"]))
        if times["before"]:
            cautions.append(f"In {number(times['before'])} cases people were told before anything was done.")
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions))


def _as_claimed(told: Share, claimed: float) -> Judged:
    return never(told.opposite()) if claimed >= 1 else at_least(told, claimed)


def _challenge_queries(context: Context) -> Sequence[Query]:
    days = figure(context, "days")
    took = "epoch(ts_contest_decided) - epoch(ts_contest)"
    parts = {
        "contested": ("ts_contest IS NOT NULL", _affected(context)),
        "upheld": (
            "contest_result = 'upheld'",
            "ts_contest IS NOT NULL AND contest_result IN ('upheld', 'rejected')",
        ),
    }
    if days is not None and context.has("ts_contest_decided"):
        limit = repr(days * _DAY)
        open_ = f"ts_contest_decided IS NULL AND epoch({now(context)}) - epoch(ts_contest)"
        parts["late"] = (
            f"{took} > {limit} OR ({open_} > {limit})",
            f"ts_contest IS NOT NULL AND (ts_contest_decided IS NOT NULL OR {open_} > {limit})",
        )
    return (
        shares_query(context, "shares", parts, needs=("ts_contest", "ts_action", "contest_result")),
        Query(
            "times",
            f"SELECT count(*) AS n, median(({took}) / {_DAY}) AS median_days FROM cases WHERE {took} >= 0",
            ("ts_contest", "ts_contest_decided"),
        ),
        Query(
            "corrected",
            "SELECT count(*) AS n, count(*) FILTER (WHERE corrected_downstream) AS done, "
            "count(*) FILTER (WHERE corrected_downstream IS FALSE) AS undone FROM cases "
            "WHERE ts_contest IS NOT NULL AND contest_result = 'upheld'",
            ("ts_contest", "contest_result", "corrected_downstream"),
        ),
    )


def _challenge(context: Context, found: Found) -> Ruling:
    row = found.one("shares")
    contested, upheld = share_in(row, "contested"), share_in(row, "upheld")
    days, many = figure(context, "days"), figure(context, "many") or MANY
    missing = context.missing(("ts_contest_decided", "corrected_downstream"))
    measures = [_per_thousand(contested, "Challenges per 1,000 cases with somebody affected")]
    if not contested.k:
        sentence = f"In {number(contested.n)} cases with somebody affected there was no challenge."
        if contested.n >= many:
            sentence += " With so many affected this shows that the way to object is not known or not used."
        return Ruling("not enough data", sentence, tuple(measures), "challenges that were decided")
    parts = [f"In {share_words(contested)} cases with somebody affected there was a challenge."]
    judged, cautions = [], []
    late = share_in(row, "late") if row is not None and "late_n" in row else None
    if late is not None and days is not None:
        judged.append(never(late))
        measures.append(late.measured(f"Challenges not decided within {number(days)} days"))
        if late.k:
            parts.append(f"{share_words(late)} were not decided within the {number(days)} days that were said.")
        elif late.n:
            parts.append(f"All {number(late.n)} that were due were decided within {number(days)} days.")
    elif "ts_contest_decided" not in missing:
        judged.append(Judged("not testable"))
        cautions.append("Nobody said within how many days a challenge is decided, so times are shown and not judged.")
    times = found.one("times")
    if times is not None and times["n"]:
        measures.append(
            Measured("Middle time until a challenge was decided", times["median_days"], "days", of=times["n"])
        )
    measures.append(upheld.measured("Challenges decided that were upheld"))
    limits = upheld.limits()
    if limits is not None and limits[0] > 0.2:
        cautions.append(
            f"{share_words(upheld)} decided challenges were upheld: with more than one in five upheld, the output "
            "itself is in question."
        )
    row = found.one("corrected")
    if row is not None:
        undone = Share(row["undone"], row["done"] + row["undone"])
        measures.append(undone.measured("Upheld challenges whose correction did not reach every copy"))
        if undone.k:
            judged.append(Judged("contradicted"))
            parts.append(f"In {share_words(undone)} upheld challenges the correction did not reach every copy.")
        elif row["n"] > undone.n:
            judged.append(Judged("not enough data", "for every upheld challenge, whether every copy was corrected"))
            cautions.append(f"For {number(row['n'] - undone.n)} upheld challenges nobody recorded the correction.")
        elif undone.n:
            judged.append(never(undone))
        else:
            judged.append(Judged("not enough data", "at least one upheld challenge"))
    if missing:
        judged.append(Judged("not testable"))
    verdict = worst(judged)
    return Ruling(
        verdict.verdict, " ".join(parts), tuple(measures), verdict.needed, tuple(cautions), missing=tuple(missing)
    )


def _per_thousand(share: Share, label: str) -> Measured:
    one = share.measured(label)
    scaled = [None if value is None else value * 1000 for value in (one.value, one.low, one.high)]
    return Measured(
        label, scaled[0], "per_1000", scaled[1], scaled[2], one.level, one.method, one.count, one.of, one.note
    )


def _benefit_queries(context: Context) -> Sequence[Query]:
    flagged = "flag AND " if context.has("flag") else ""
    compared = "comparison_outcomes IS NOT NULL AND comparison_processed > 0"
    own = context.has("costs.outcomes", "costs.processed")
    mine = " AND outcomes IS NOT NULL AND processed > 0" if own else ""
    names = ("outcomes", "processed") if own else ()
    sums = ", ".join(
        f"sum({name}) FILTER (WHERE {compared}{mine}) AS {name}"
        for name in (*names, "comparison_outcomes", "comparison_processed")
    )
    money = ", sum(amount ORDER BY amount) AS amount" if context.has("costs.amount") else ""
    return (
        share_query(
            context, "useful", hit=f"{flagged}outcome_label", at_risk=genuine(context), needs=("outcome_label",)
        ),
        Query(
            "unknown",
            f"SELECT count(*) AS n FROM cases WHERE ({flagged}outcome_label) IS NULL AND {genuine(context)}",
            ("outcome_label",),
        ),
        Query(
            "compared",
            f"SELECT count(*) FILTER (WHERE {compared}{mine}) AS n, {sums}{money} FROM costs",
            ("costs.comparison_outcomes", "costs.comparison_processed"),
        ),
    )


def _benefit(context: Context, found: Found) -> Ruling:
    useful = share_of(found.one("useful")) if found.rows("useful") is not None else None
    row, least = found.one("compared"), figure(context, "least") or 0.0
    measures = []
    if useful is not None:
        measures.append(_per_thousand(useful, "Useful outcomes per 1,000 cases processed"))
        if useful.k:
            others = (useful.n - useful.k) / useful.k
            measures.append(Measured("Cases processed without one, for each useful outcome", others, "number"))
    if row is None or not row["n"]:
        return Ruling("not testable", "Nobody named a period or area to compare with.", tuple(measures))
    tool = useful
    if row.get("outcomes") is not None:
        tool = Share(int(row["outcomes"]), int(row["processed"]))
    other = Share(int(row["comparison_outcomes"]), int(row["comparison_processed"]))
    if tool is None:
        return Ruling("not testable", "There are no outcomes with the tool to compare.", missing=("outcome_label",))
    if tool.k > tool.n or other.k > other.n or min(tool.k, other.k) < 0:
        return Ruling("not testable", "The figures to compare hold more outcomes than cases.", tuple(measures))
    amount = row.get("amount")
    if amount is not None and tool.k:
        measures.append(Measured("Cost of a useful outcome, in pounds", amount / tool.k, "number", of=tool.k))
    if not tool.n:
        return Ruling("not enough data", "No case was processed.", tuple(measures), "cases processed with the tool")
    low, high = difference(tool, other)
    cautions: list[str] = []
    gap = (tool.value or 0.0) - (other.value or 0.0)
    measures.append(
        Measured(
            "Useful outcomes with the tool, less those of the comparison",
            gap,
            "difference",
            low,
            high,
            0.95,
            "newcombe",
        )
    )
    measures += [tool.measured("Useful outcomes with the tool"), other.measured("Useful outcomes in the comparison")]
    unknown = found.one("unknown") if tool is useful else None
    if unknown is not None and unknown["n"]:
        cautions.append(
            f"{number(unknown['n'])} cases have no outcome or no flag on record and count as without a useful one."
        )
        # As many as could still turn out useful; that rows of a person are alike makes no difference worth having.
        at_most = difference(Share(tool.k + unknown["n"], tool.n), other)[1]
    else:
        at_most = high
    if low > least:
        judged = Judged("supported")
    elif max(high, at_most) <= least:
        judged = Judged("contradicted")
    elif high <= least:
        judged = Judged("not enough data", "outcomes of the cases that have none")
    else:
        judged = Judged("not enough data", _people_for(tool, other, least))
    sentence = (
        f"With the tool {share_words(tool)} cases had a useful outcome, in the comparison {share_words(other)}: "
        f"a difference of {_points(gap)} in a hundred (from {_points(low)} to {_points(high)})."
    )
    cautions += [
        "The comparison was not drawn by lot: other things may have differed too.",
        "Whether a difference is worth its cost and its intrusion is not a matter of this figure.",
    ]
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions))


def _points(value: float) -> str:
    sign = "-" if value < 0 else "+" if value > 0 else ""
    return f"{sign}{percent(abs(value)).rstrip('%')}"


def _people_for(tool: Share, other: Share, least: float) -> str:
    from scipy.special import ndtri

    p, q = tool.value or 0.0, other.value or 0.0
    gap = abs(p - q - least)
    if gap < 1e-9:
        return "no number of cases would tell, if the shares stay as they are"
    z = float(ndtri(0.975))
    n = ceil(z * z * (p * (1 - p) + q * (1 - q)) / gap**2)
    return f"about {number(n)} cases on each side, if the shares stay as they are"


CHECKS = (
    Check("CK-27", "People are told", ("ts_action", "ts_notified"), _told_queries, _told, _untold),
    Check("CK-28", "Challenges work", ("ts_action", "ts_contest", "contest_result"), _challenge_queries, _challenge),
    Check(
        "CK-29",
        "Benefits outweigh",
        ("outcome_label|costs.outcomes", "costs.comparison_outcomes", "costs.comparison_processed"),
        _benefit_queries,
        _benefit,
    ),
)
