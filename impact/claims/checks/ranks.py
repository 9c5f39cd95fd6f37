"""CK-35: are ranks scanned alike, and referred alike once flagged?

In: aggregates of the log by rank and group, small groups withheld, and a headcount. Out: a ruling.
Source: claims.md 4.7 of the design.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``margin`` | share | Largest difference that counts as alike | H8 |
| ``referral_actions`` | names | A referral in ``action``; else ``action_severity`` from 2 | claims.yaml |
| ``characteristics`` | columns | Groups; rank_grade and ethnicity if not given | claims.yaml |

Side file ``headcount``: rank_grade, unit, employed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impact.claims.check import Check, Context, Found, Query, Ruling, Table, not_testable
from impact.claims.checks.stages import UNKNOWN, acted, graded, ungraded
from impact.claims.claimed import figure, listed, words_of
from impact.claims.comparisons import Equality, comparisons, equal_within, points
from impact.claims.groups import chosen, genuine, group_cautions, group_query, groups_of
from impact.claims.shares import people_in
from impact.claims.verdicts import Judged
from impact.claims.words import named, number, share_words

__all__ = ["CHECKS"]

# People employed, of whom as many were scanned as the log holds, and no more than there are.
_STAFF = """SELECT h.rank_grade AS g, least(coalesce(c.scanned, 0), h.employed) AS k0, h.employed AS m0
    FROM (SELECT rank_grade, CAST(sum(employed) AS BIGINT) AS employed FROM headcount GROUP BY 1) h
    LEFT JOIN (SELECT rank_grade, {people} AS scanned FROM cases WHERE {real} GROUP BY 1) c
    USING (rank_grade) WHERE h.employed > 0"""


def _ranks_by(context: Context) -> tuple[str, ...]:
    if "characteristics" in context.parameters:
        return chosen(context)
    return tuple(name for name in ("rank_grade", "ethnicity") if context.has(name))


def _ranks_queries(context: Context) -> Sequence[Query]:
    actions = tuple(name.lower() for name in words_of(context, "referral_actions"))
    referred = f"lower(trim(action)) IN {listed(actions)}" if actions and context.has("action") else acted(context, 2)
    real = genuine(context)
    shares = {"flagged": ("flag", f"flag IS NOT NULL AND {real}"), "referred": (referred, f"flag AND {real}")}
    staff = ("headcount.rank_grade", "headcount.employed", "subject_key")
    unknown = None if actions and context.has("action") else ungraded(context)
    return (
        *([unknown] if unknown is not None else []),
        group_query(
            context,
            "covered",
            "rank_grade",
            {"covered": ("scanned", "true")},
            needs=staff,
            view="headcount",
            base=_STAFF.format(people=people_in(context), real=real),
            cluster="",
        ),
        Query(
            "staff",
            "SELECT count(*) FILTER (WHERE h.rank_grade IS NULL) AS not_employed, "
            "count(*) FILTER (WHERE c.scanned > h.employed) AS over, "
            f"(SELECT {people_in(context)} FROM cases WHERE {real} AND rank_grade IS NULL) AS unranked, "
            "CAST(coalesce(sum(c.scanned), 0) AS BIGINT) AS ranked FROM "
            f"(SELECT rank_grade, {people_in(context)} AS scanned FROM cases "
            f"WHERE rank_grade IS NOT NULL AND {real} GROUP BY 1) c "
            "LEFT JOIN (SELECT rank_grade, sum(employed) AS employed FROM headcount GROUP BY 1) h USING (rank_grade)",
            (*staff, "rank_grade"),
        ),
        *(group_query(context, f"by_{name}", name, shares, needs=("flag",)) for name in _ranks_by(context)),
    )


def _scanned_or_not(judged: Judged, found: Found, *, told: bool) -> Judged:
    """Where the headcount does not fit the log, or many have no rank, nobody knows what share of a rank was scanned.

    Args:
        judged: The verdict without regard to that.
        found: The answers.
        told: Whether referrals alone contradict.
    """
    staff = found.one("staff")
    if staff is None:
        return judged
    many = staff["unranked"] > UNKNOWN * (staff["ranked"] + staff["unranked"])
    if judged.verdict == "supported" and (many or staff["not_employed"] or staff["over"]):
        return Judged("not enough data", "a headcount that holds every rank and everybody in the log")
    if judged.verdict == "contradicted" and many and not told:
        return Judged("not enough data", "the rank of everybody who was scanned")
    return judged


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
    cautions: list[str] = []
    judged = graded(_scanned_or_not(both.judged, found, told=bool(referral.outside)), found, cautions)
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
    cautions += group_cautions([covered, *referred])
    staff = found.one("staff")
    if staff is not None and staff["not_employed"]:
        cautions.append(f"{number(staff['not_employed'])} ranks in the log are not in the headcount.")
    if staff is not None and staff["over"]:
        cautions.append(f"In {number(staff['over'])} ranks more people were scanned than the headcount holds.")
    if staff is not None and staff["unranked"]:
        cautions.append(f"{number(staff['unranked'])} people who were scanned have no rank recorded.")
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


CHECKS = (
    Check(
        "CK-35",
        "All ranks are treated alike",
        ("rank_grade", "flag", "action|action_severity", "headcount.rank_grade", "headcount.employed"),
        _ranks_queries,
        _ranks,
    ),
)
