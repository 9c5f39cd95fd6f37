"""CK-05, CK-07 and CK-08: is the tool as often right as is claimed? CK-06: recall.py; CK-09: calibration.py.

In: aggregates of the log. Out: rulings. Planted tests are left out. Source: claims.md 4.2 and 5 of the design.

Parameters (a share is 0 to 1):

==================== ======== ================================================================ =====================
name                 unit     meaning                                                          comes from
==================== ======== ================================================================ =====================
CK-05 accuracy       share    of all cases, right                                              E5, rows “accuracy”
CK-07 precision      share    of flags, right                                                  E5, “precision”
CK-07 top_k          number   the ranks 1 to k of a list                                       Y6 top_k
CK-07 top_precision  share    of those, right (1 less the share that is wrong)                 Y6 wrong_share
CK-07 people         number   of the table of base rates; 45,000 without it                    pack
CK-07 sensitivity    share    of that table; 0.8 without it                                    pack
CK-08 one_in         number   at most one false alert in so many faces                         E5, “false alert rate”
==================== ======== ================================================================ =====================
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, not_testable
from impact.claims.groups import genuine, parameter
from impact.claims.shares import Share, share_of, share_query
from impact.claims.verdicts import Judged, at_least, at_most, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS", "base_rates", "confusion_query", "uneven_labels"]

_UNEVEN = 0.05  # points by which outcomes may be known more often for one kind of case than for the other


def confusion_query(context: Context, name: str = "confusion") -> Query:
    """Right and wrong, flagged and not, and how many have no outcome: one row."""
    cells = {
        "tp": "flag AND outcome_label",
        "fp": "flag AND NOT outcome_label",
        "fn": "NOT flag AND outcome_label",
        "tn": "NOT flag AND NOT outcome_label",
        "flagged_unknown": "flag AND outcome_label IS NULL",
        "unflagged_unknown": "NOT flag AND outcome_label IS NULL",
    }
    listed = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {cell}" for cell, sql in cells.items())
    sql = f"SELECT {listed} FROM cases WHERE {genuine(context)}"
    return Query(name, sql, ("flag", "outcome_label"))


def uneven_labels(row: Row) -> str | None:
    """Why those with an outcome do not stand for all cases, or None where they may."""
    flagged, unflagged = row["tp"] + row["fp"], row["fn"] + row["tn"]
    all_flagged, all_unflagged = flagged + row["flagged_unknown"], unflagged + row["unflagged_unknown"]
    if flagged and not all_unflagged:
        return "The log holds flagged cases only, so nobody knows how many were looked at and left alone, or missed."
    if all_unflagged and not unflagged:
        return "Outcomes are recorded only for flagged cases, so nobody knows how many cases were missed."
    if all_flagged and all_unflagged:
        known = flagged / all_flagged, unflagged / all_unflagged
        if abs(known[0] - known[1]) > _UNEVEN:
            return (
                f"Outcomes are recorded for {percent(known[0])} of flagged cases and {percent(known[1])} of the "
                "others, so those with an outcome do not stand for all."
            )
    return None


def _accuracy_queries(context: Context) -> Sequence[Query]:
    queries = [confusion_query(context)]
    if context.repeated:
        known = f"{genuine(context)} AND flag IS NOT NULL AND outcome_label IS NOT NULL"
        queries.append(
            share_query(context, "right", hit="flag = outcome_label", at_risk=known, needs=("flag", "outcome_label"))
        )
    return queries


def _accuracy(context: Context, found: Found) -> Ruling:
    row, claimed = found.one("confusion"), parameter(context, "accuracy")
    if claimed is None:
        return not_testable("Nobody gave the accuracy that is claimed.")
    assert row is not None  # what it needs is what the check needs
    tp, fp, fn, tn = (int(row[cell]) for cell in ("tp", "fp", "fn", "tn"))
    total = tp + fp + fn + tn
    why = uneven_labels(row)
    if why is not None:
        return not_testable(f"{why} Accuracy cannot be worked out from them.")
    right = share_of(found.one("right")) if found.rows("right") else Share(tp + tn, total)
    judged = at_least(right, claimed)
    cautions = []
    unknown = row["flagged_unknown"] + row["unflagged_unknown"]
    if unknown:
        cautions.append(f"{number(unknown)} cases have no outcome and were left out.")
    measures = [right.measured("Cases where flag and outcome agree")]
    if total:
        plain = max(tp + fn, fp + tn) / total
        measures.append(
            Measured("Right by giving everybody the commoner answer", plain, count=max(tp + fn, fp + tn), of=total)
        )
        if (tp + tn) / total <= plain:
            cautions.append(
                f"Giving everybody the commoner answer would have been right in {percent(plain)} of cases: the tool is "
                "no more often right than that."
            )
        measures += _balanced(tp, fp, fn, tn, repeated=right.sums is not None)
    sentence = f"Flag and outcome agree in {share_words(right)} cases; {percent(claimed)} is claimed."
    if not right.n:
        sentence = "No case in the log has both a flag and an outcome."
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions))


def _balanced(tp: int, fp: int, fn: int, tn: int, *, repeated: bool) -> list[Measured]:
    from impact.metrics.statistics.agreement import balanced_accuracy, mcc

    found = []
    for label, unit, one in (
        ("Balanced accuracy", "share", balanced_accuracy((tp, fp, fn, tn))),
        ("Matthews' correlation", "number", mcc((tp, fp, fn, tn))),
    ):
        note = "people have several rows: no interval" if repeated else None
        if one.value is None:
            found.append(Measured(label, None, note="every case has the same outcome or flag: not estimable"))
        elif repeated or one.low is None:
            found.append(Measured(label, one.value, unit, note=note))  # type: ignore[arg-type]  # two units
        else:
            found.append(Measured(label, one.value, unit, one.low, one.high, one.level, one.method))  # type: ignore[arg-type]
    return found


def _precision_queries(context: Context) -> Sequence[Query]:
    known = f"{genuine(context)} AND flag AND outcome_label IS NOT NULL"
    queries = [
        share_query(context, "right", hit="outcome_label", at_risk=known, needs=("flag", "outcome_label")),
        Query(
            "unknown",
            f"SELECT count(*) AS n FROM cases WHERE flag AND outcome_label IS NULL AND {genuine(context)}",
            ("flag", "outcome_label"),
        ),
    ]
    top = parameter(context, "top_k")
    if top is not None:
        ranked = f"{genuine(context)} AND rank <= {int(top)} AND outcome_label IS NOT NULL"
        queries.append(
            share_query(context, "top", hit="outcome_label", at_risk=ranked, needs=("rank", "outcome_label"))
        )
    return queries


def _precision(context: Context, found: Found) -> Ruling:
    claimed, at_top = parameter(context, "precision"), parameter(context, "top_precision")
    right = share_of(found.one("right"))
    top = share_of(found.one("top")) if found.rows("top") is not None else None
    k = number(parameter(context, "top_k"))
    measures, cautions, said, parts = [right.measured("Flags that were right")], [], [], []
    aid = base_rates(int(parameter(context, "people") or 45_000), parameter(context, "sensitivity") or 0.8)
    if top is not None:
        measures.append(top.measured(f"Cases ranked 1 to {k} that were right"))
    limits = right.limits()
    if limits is not None:
        low, high, _ = limits
        value = None if not right.k else (right.n - right.k) / right.k
        ends = (1 / high - 1 if high else None, 1 / low - 1 if low else None)
        note = None if ends[1] is not None else "the upper limit is open"
        measures.append(Measured("False flags for each true one", value, "ratio", *ends, 0.95, "wilson", note=note))
    if claimed is not None:
        parts.append(at_least(right, claimed))
        said.append(f"{share_words(right)} flags with an outcome were right; {percent(claimed)} is claimed.")
    if at_top is not None and top is not None:
        parts.append(at_least(top, at_top))
        said.append(f"Of the cases ranked 1 to {k}, {share_words(top)} were right; {percent(at_top)} is claimed.")
    if not parts:
        why = "Nobody gave the share of flags that are claimed to be right."
        if at_top is not None:
            why = f"The share claimed is of the top of a list, and {'the log has no rank' if k else 'k is not given'}."
        return not_testable(why, missing=context.missing(("rank",)) if at_top is not None else ())
    unknown = found.one("unknown")
    if unknown is not None and unknown["n"]:
        of = unknown["n"] + right.n
        cautions.append(f"{number(unknown['n'])} of {number(of)} flags have no outcome and were left out.")
    if top is not None:
        cautions.append("Ranks of several lists are counted together.")
    judged = worst(parts)
    return Ruling(judged.verdict, " ".join(said), tuple(measures), judged.needed, tuple(cautions), tables=(aid,))


def base_rates(people: int = 45_000, sensitivity: float = 0.8) -> Table:
    """How many flags would be right if the tool scanned so many people: claims.md 5 of the design.

    >>> base_rates().rows[0]
    ('1%', '95%', '2,588', '360', '14%')
    """
    rows = []
    for prevalence, specificity in ((0.01, 0.95), (0.01, 0.99), (0.005, 0.95), (0.02, 0.99)):
        true = people * prevalence * sensitivity
        flags = true + people * (1 - prevalence) * (1 - specificity)
        # Half a flag is rounded up: 2,587.5 is 2,588.
        shown = [f"{int(x + 0.5 + 1e-6):,}" for x in (flags, true)]
        rows.append((percent(prevalence), percent(specificity), *shown, f"{true / flags:.0%}" if flags else "none"))
    return Table(
        f"If {number(people)} people were scanned by a tool that finds {percent(sensitivity)} of those it looks for",
        ("Share that it looks for", "Others rightly left alone", "Flags", "Of them right", "Share right"),
        tuple(rows),
    )


def _faces_queries(context: Context) -> Sequence[Query]:
    return (
        Query(
            "faces",
            "SELECT count(*) FILTER (WHERE least > 0) AS deployments, "
            "CAST(coalesce(sum(least), 0) AS BIGINT) AS faces_least, "
            "CAST(coalesce(sum(most), 0) AS BIGINT) AS faces_most, "
            "CAST(coalesce(sum(alerts) FILTER (WHERE least > 0), 0) AS BIGINT) AS alerts, "
            "CAST(coalesce(sum(wrong) FILTER (WHERE least > 0), 0) AS BIGINT) AS wrong, "
            "CAST(coalesce(sum(unknown) FILTER (WHERE least > 0), 0) AS BIGINT) AS unknown, "
            "CAST(coalesce(sum(alerts) FILTER (WHERE (least > 0) IS NOT TRUE), 0) AS BIGINT) AS elsewhere, "
            "count(*) FILTER (WHERE least <> most) AS differing FROM (SELECT "
            "CASE WHEN deployment_id IS NOT NULL THEN min(faces_seen) END AS least, "
            "CASE WHEN deployment_id IS NOT NULL THEN max(faces_seen) END AS most, "
            "count(*) FILTER (WHERE flag) AS alerts, count(*) FILTER (WHERE flag AND NOT outcome_label) AS wrong, "
            f"count(*) FILTER (WHERE flag AND outcome_label IS NULL) AS unknown FROM cases WHERE {genuine(context)} "
            "GROUP BY deployment_id)",
            ("flag", "outcome_label", "faces_seen", "deployment_id"),
        ),
    )


def _faces(context: Context, found: Found) -> Ruling:
    one_in, row = parameter(context, "one_in"), found.one("faces")
    if one_in is None or one_in < 1:
        return not_testable("Nobody gave the false alert rate that is claimed (one in how many faces).")
    assert row is not None
    wrong, unknown = int(row["wrong"]), int(row["unknown"])
    least, most = int(row["faces_least"]), int(row["faces_most"])
    if not least:
        return Ruling("not enough data", "The log does not say how many faces were seen.", needed="counts of faces")
    if wrong + unknown > least:
        return not_testable("The log holds more false alerts than faces seen, so one of the two counts is wrong.")
    cautions = ["Faces seen are not different people: somebody who walks past twice is counted twice."]
    if unknown:
        cautions.append(
            f"{number(unknown)} alerts have no outcome. The claim is tested both as if none and as if all were false."
        )
    if row["elsewhere"]:
        cautions.append(
            f"{number(row['elsewhere'])} alerts belong to no deployment with a count of faces and were left out."
        )
    if row["differing"]:
        cautions.append(
            f"{number(row['differing'])} deployments have several counts of faces; each way of reading them was tried."
        )
    claimed = 1 / one_in
    # What is unknown must not help the claim, nor speak against it.
    best = at_most(Share(wrong, most), claimed, method="clopper_pearson")
    hardest = at_most(Share(wrong + unknown, least), claimed, method="clopper_pearson")
    if best.verdict == "contradicted":
        judged = best
    elif hardest.verdict == "supported":
        judged = hardest
    else:
        needed = "outcomes of the alerts without one" if best.verdict == "supported" else best.needed
        judged = Judged("not enough data", needed)
    rate, each = Share(wrong, least), Share(wrong, int(row["alerts"]) - unknown)
    sentence = (
        f"{number(wrong)} false alerts among {number(least)} faces seen in {number(row['deployments'])} deployments"
        f"{f' (one in {number(round(least / wrong))})' if wrong else ''}; one in {number(one_in)} is claimed."
    )
    measures = (
        rate.measured("False alerts for each face seen", method="clopper_pearson"),
        each.measured("Alerts with an outcome that were false", method="clopper_pearson"),
    )
    return Ruling(judged.verdict, sentence, measures, judged.needed, tuple(cautions))


CHECKS = (
    Check("CK-05", "The stated accuracy is reached", ("flag", "outcome_label"), _accuracy_queries, _accuracy),
    Check("CK-07", "Flags are as often right as stated", ("flag", "outcome_label"), _precision_queries, _precision),
    Check(
        "CK-08",
        "The stated false alert rate is kept",
        ("flag", "outcome_label", "faces_seen", "deployment_id"),
        _faces_queries,
        _faces,
    ),
)
