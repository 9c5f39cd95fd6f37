"""CK-10 and CK-12: are groups flagged alike, and do errors fall alike? CK-11: impact_ratio.py.

In: counts by group, small groups withheld in the engine (groups.py). Out: rulings. A group is compared with everybody
known not to belong to it, or with the reference that was named. Planted tests are left out.
Source: claims.md 4.3 of the design; Schuirmann 1987; Hardt, Price and Srebro 2016; Kleinberg et al. 2017.

Parameters:

====================== ======= ======================================================= ========================
name                   unit    meaning                                                 comes from
====================== ======= ======================================================= ========================
CK-10, CK-12 margin    share   largest difference that counts as equal                 H8, margin
CK-12 measures         names   of fpr, fnr, ppv: what must be equal; fpr and fnr else  claims.yaml
characteristics        names   by which to test, instead of all (rank_grade …)         pack or claims.yaml
====================== ======= ======================================================= ========================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, not_testable
from impact.claims.checks.accuracy import confusion_query, uneven_labels
from impact.claims.comparisons import Comparison, Equality, all_hold, equal_within, points, ratio
from impact.claims.groups import (
    Groups,
    chosen,
    genuine,
    group_cautions,
    group_query,
    groups_of,
    looked_at,
    only_flagged,
    parameter,
)
from impact.claims.shares import Share
from impact.claims.verdicts import difference
from impact.claims.words import named

__all__ = ["CHECKS", "ERRORS", "alerts_alone", "no_groups", "parts_of"]

_KNOWN = "flag IS NOT NULL AND outcome_label IS NOT NULL"
ERRORS = {  # share -> hit, at risk, words
    "fpr": ("flag", f"{_KNOWN} AND NOT outcome_label", "Wrongly flagged, of those without the outcome"),
    "fnr": ("NOT flag", f"{_KNOWN} AND outcome_label", "Missed, of those with the outcome"),
    "ppv": ("outcome_label", f"{_KNOWN} AND flag", "Right, of those flagged"),
}


def parts_of(context: Context, found: Found, share: str) -> list[Groups]:
    """One share by each characteristic that is tested."""
    return [groups_of(found.rows(f"by {name}"), share, name) for name in chosen(context)]


def no_groups(context: Context) -> Ruling:
    """The log has no column that says who belongs to which group."""
    named = context.parameters.get("characteristics")
    missing = tuple(map(str, named)) if isinstance(named, list | tuple) else ("ethnicity", "sex", "age_band")
    return not_testable("Nothing in the log says who belongs to which group.", missing=missing)


def alerts_alone() -> Ruling:
    """The log holds flagged cases only, so there is no share of a group that was flagged."""
    return not_testable(
        "The log holds flagged cases only. How many people of each group were looked at is unknown, so shares flagged "
        "cannot be compared."
    )


def _selection_queries(context: Context) -> Sequence[Query]:
    shares = {"flagged": ("flag", f"flag IS NOT NULL AND {genuine(context)}")}
    by_group = [group_query(context, f"by {name}", name, shares, needs=("flag",)) for name in chosen(context)]
    return [looked_at(context), *by_group]


def _selection(context: Context, found: Found) -> Ruling:
    if not chosen(context):
        return no_groups(context)
    if only_flagged(found):
        return alerts_alone()
    parts, margin = parts_of(context, found, "flagged"), parameter(context, "margin")
    equal = equal_within(parts, margin, reference=context.reference, alpha=context.alpha)
    tables = (equal.table("Flagged by group", "Flagged"),) if equal.pairs else ()
    if margin is None:
        ruling = not_testable("Nobody declared beforehand which difference between groups counts as equal.")
        return replace(ruling, tables=tables, measures=equal.measures("Share flagged"))
    return Ruling(
        equal.judged.verdict,
        _equal_words(equal, margin, "share flagged"),
        (*equal.measures("Share flagged"), *_ratios(equal, "Share flagged")),
        equal.judged.needed,
        tuple(group_cautions(parts)),
        tables=tables,
    )


def _equal_words(equal: Equality, margin: float, what: str) -> str:
    limit = f"{margin * 100:g} points"
    if equal.outside:
        said = "; ".join(f"{_named(pair)}: {_gap(pair)} points" for pair in equal.outside)
        return f"The {what} differs by more than the declared {limit}. {said}."
    if not equal.pairs:
        return f"There are no two groups with enough people to compare the {what}."
    widest = max(equal.pairs, key=lambda pair: abs(pair.gap))
    if equal.judged.verdict == "supported" and len(equal.pairs) == 1:
        return f"The {what} differs by no more than the declared {limit}. {_named(widest)}: {_gap(widest)} points."
    if equal.judged.verdict == "supported":
        return (
            f"In all {len(equal.pairs)} comparisons the {what} differs by no more than the declared {limit}. The "
            f"widest gap is that of {_named(widest)}: {_gap(widest)} points."
        )
    return (
        f"The data cannot tell whether the {what} differs by no more than the declared {limit} in every group. The "
        f"widest gap is that of {_named(widest)}: {_gap(widest)} points."
    )


def _named(pair: Comparison) -> str:
    return f"{pair.group} ({named(pair.characteristic)}) against {pair.against}"


def _gap(pair: Comparison) -> str:
    return points(pair.gap, *difference(pair.share, pair.other))


def _ratios(equal: Equality, label: str) -> list[Measured]:
    found = []
    for pair in equal.pairs:
        value, low, high = ratio(pair.share, pair.other)
        note = None if high is not None else "open upwards"
        method = "koopman" if pair.share.sums is None else "koopman_clustered"
        found.append(Measured(f"{label}, ratio: {_named(pair)}", value, "ratio", low, high, 0.95, method, note=note))
    return found


def _error_queries(context: Context) -> Sequence[Query]:
    shares = {name: (hit, f"{risk} AND {genuine(context)}") for name, (hit, risk, _) in ERRORS.items()}
    needs = ("flag", "outcome_label")
    return [
        confusion_query(context),
        *(group_query(context, f"by {name}", name, shares, needs=needs) for name in chosen(context)),
    ]


def _errors(context: Context, found: Found) -> Ruling:
    if not chosen(context):
        return no_groups(context)
    margin, row = parameter(context, "margin"), found.one("confusion")
    assert row is not None
    why = uneven_labels(row)
    wanted = context.parameters.get("measures")
    wanted = [name for name in ERRORS if name in wanted] if isinstance(wanted, list | tuple) else ["fpr", "fnr"]
    # Without outcomes of those who were not flagged, only what concerns flagged people can be shown.
    shown = ["ppv"] if why is not None else list(ERRORS)
    parts = {name: parts_of(context, found, name) for name in shown}
    equal = {
        name: equal_within(parts[name], margin, reference=context.reference, alpha=context.alpha) for name in shown
    }
    tables = tuple(each.table(ERRORS[name][2], "Share") for name, each in equal.items() if each.pairs)
    cautions = [caution for part in parts.values() for caution in group_cautions(part)]
    measures = [measure for name, each in equal.items() for measure in each.measures(ERRORS[name][2])]
    if why is not None:
        ruling = not_testable(f"{why} Error rates of groups cannot be compared.")
        return replace(ruling, tables=tables, measures=tuple(measures), cautions=tuple(cautions))
    if margin is None:
        ruling = not_testable("Nobody declared beforehand which difference in errors counts as equal.")
        return replace(ruling, tables=tables, measures=tuple(measures), cautions=tuple(cautions))
    measures += _joint(equal["fpr"], equal["fnr"])
    cautions += [said for name, each in equal.items() for said in _large(each, ERRORS[name][2])]
    unknown = row["flagged_unknown"] + row["unflagged_unknown"]
    if unknown:
        cautions.append(f"{unknown:,} cases have no outcome and were left out.")
    cautions.append(
        "Where groups differ in how often the outcome occurs, flags cannot be equally often right in each group and "
        "miss or wrongly flag equally often as well: read the tables together."
    )
    judged = all_hold([equal[name].judged for name in wanted])
    sentence = " ".join(_equal_words(equal[name], margin, _WORDS[name]) for name in wanted)
    return Ruling(
        judged.verdict, sentence, tuple(measures), judged.needed, tuple(dict.fromkeys(cautions)), tables=tables
    )


_WORDS = {
    "fpr": "share wrongly flagged (of those without the outcome)",
    "fnr": "share missed (of those with the outcome)",
    "ppv": "share of flags that are right",
}


def _large(equal: Equality, label: str) -> list[str]:
    """Ratios above 2 whose lower limit is above 1.25, either way round."""
    found = []
    for pair in equal.pairs:
        for name, one, other in (
            (_named(pair), pair.share, pair.other),
            (f"{pair.against} against {pair.group} ({named(pair.characteristic)})", pair.other, pair.share),
        ):
            value, low, _ = ratio(one, other)
            if (value is None or value > 2) and low > 1.25:
                times = "many times" if value is None else f"{value:.1f} times"
                found.append(f"{label}: {name} is {times} as high (at least {low:.2f} times).")
    return found


def _joint(fpr: Equality, fnr: Equality) -> list[Measured]:
    """The larger of the gaps in both error rates (equalised odds), for groups of whom both are known."""
    from impact.metrics.statistics.joint_gaps import equalised_odds

    def table(wrong: Share, missed: Share) -> tuple[float, float, float, float]:
        n, m = wrong.effective(), missed.effective()
        p, q = wrong.value or 0.0, missed.value or 0.0
        return m * (1 - q), n * p, m * q, n * (1 - p)

    found = []
    by_name = {(pair.characteristic, pair.group): pair for pair in fnr.pairs}
    for pair in fpr.pairs:
        missed = by_name.get((pair.characteristic, pair.group))
        if missed is None:
            continue
        one = equalised_odds(table(pair.share, missed.share), table(pair.other, missed.other))
        label = f"Larger of the two gaps in errors: {_named(pair)}"
        found.append(Measured(label, one.value, "difference", one.low, one.high, one.level, one.method or None))
    return found


CHECKS = (
    Check("CK-10", "Groups are flagged equally often", ("flag",), _selection_queries, _selection),
    Check("CK-12", "Errors fall equally on groups", ("flag", "outcome_label"), _error_queries, _errors),
)
