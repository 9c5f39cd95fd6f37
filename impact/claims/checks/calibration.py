"""CK-09: does a score of 0.3 mean three in ten?

In: people, outcomes and sums of scores by bin of scores, each bin of at least ten rows. Out: a ruling. Scores that are
no probabilities are not testable. Source: claims.md 4.2 of the design; Cox 1958 (slope), Bröcker and Smith 2007.

Parameters:

================ =========== ========================================================== ==========================
name             unit        meaning                                                    comes from
================ =========== ========================================================== ==========================
margin           share       largest gap in calibration error of a group that is equal  H8, margin
tolerance        number      how far from 1 the slope may be, 0.1 for 0.9 to 1.1        pack or claims.yaml
characteristics  names       by which to test, instead of all                           pack or claims.yaml
================ =========== ========================================================== ==========================

Without a tolerance the slope can contradict (its interval excludes 1) and never support: no interval shows that a slope
is exactly 1. Under perfect calibration the line through bins has slope 1 exactly, however wide bins are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, sqrt
from typing import Any

from impact.claims.check import Check, Context, Found, Guard, Measured, Query, Row, Ruling, Table, not_testable
from impact.claims.comparisons import all_hold, p_words, points
from impact.claims.groups import SMALLEST, chosen, genuine, parameter
from impact.claims.verdicts import Judged, worst
from impact.claims.words import named, number, percent
from impact.metrics.statistics.multiplicity import holm

__all__ = ["CHECKS"]

_BINS, _EACH = 20, 50  # at most so many bins, of about so many rows at least
_DRAWS = 2000
_KNOWN = "score IS NOT NULL AND outcome_label IS NOT NULL"


def _bins(context: Context, name: str, by: str | None) -> Query:
    """Bins of about equal size for all, or for each group; small groups withheld as in groups.py."""
    where = f"WHERE {_KNOWN} AND {genuine(context)}"
    column = f'"{by}"' if by else "'all'"
    sizes = "SELECT g, sum(n) AS people FROM lumps GROUP BY 1"
    if context.repeated and context.has("subject_key"):
        sizes = f"SELECT {column} AS g, count(DISTINCT subject_key) AS people FROM cases {where} GROUP BY 1"
    # On the scale of log-odds, so that small scores are told apart; then a few thousand rows are left to put in order.
    odds = "least(greatest(score, 1e-6), 1 - 1e-6)"
    sql = (
        f"WITH lumps AS MATERIALIZED (SELECT {column} AS g, round(ln({odds} / (1 - {odds})), 2) AS x, count(*) AS n, "
        # As decimals, whose sum does not depend on the order of rows; scores that are no share are not testable.
        "count(*) FILTER (WHERE outcome_label) AS k, "
        "sum(CASE WHEN score BETWEEN 0 AND 1 THEN CAST(score AS DECIMAL(18, 15)) END) AS s "
        f"FROM cases {where} GROUP BY 1, 2), "
        f"sizes AS ({sizes}), "
        "hidden AS (SELECT g FROM (SELECT g, people, min(people) OVER () AS least, row_number() OVER w AS place, "
        "coalesce(sum(people) OVER (ORDER BY people, g ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before "
        f"FROM sizes WHERE g IS NOT NULL WINDOW w AS (ORDER BY people, g)) WHERE least < {SMALLEST} "
        f"AND (people < {SMALLEST} OR place <= 2 OR before < {SMALLEST})), "
        "kept AS (SELECT *, sum(n) OVER (PARTITION BY g) AS total, "
        "sum(n) OVER (PARTITION BY g ORDER BY x) - n AS before FROM lumps "
        "WHERE g IS NOT NULL AND g NOT IN (SELECT g FROM hidden)), "
        "placed AS (SELECT g, total, CAST(least(b - 1, floor(before * b / total)) AS INTEGER) AS bin, n, k, s "
        f"FROM (SELECT *, greatest(1, least({_BINS}, floor(total / {_EACH}))) AS b FROM kept)), "
        "coarse AS (SELECT g, any_value(total) AS total, bin, sum(n) AS n, sum(k) AS k, sum(s) AS s FROM placed "
        "GROUP BY g, bin), "
        # A bin of fewer than ten rows goes to the one before it, the first ones to the first that is large enough.
        f"joined AS (SELECT *, greatest(1, count(*) FILTER (WHERE n >= {SMALLEST}) OVER (PARTITION BY g ORDER BY bin)) "
        "AS id FROM coarse) "
        "SELECT g, id AS bin, CAST(sum(n) AS BIGINT) AS n, CAST(sum(k) AS BIGINT) AS k, "
        "CAST(sum(s) AS DOUBLE) AS s, CAST(any_value(people) AS BIGINT) AS people FROM joined JOIN sizes USING (g) "
        "GROUP BY g, id "
        "UNION ALL SELECT g, NULL, NULL, NULL, NULL, NULL FROM hidden "
        "UNION ALL SELECT NULL, NULL, CAST(sum(n) AS BIGINT), NULL, NULL, NULL FROM lumps WHERE g IS NULL "
        "HAVING sum(n) > 0 ORDER BY g, bin"
    )
    guard = Guard(by, "bins", (("outcome", "outcome_label", f"{_KNOWN} AND {genuine(context)}"),)) if by else None
    return Query(name, sql, ("score", "outcome_label", *((by,) if by else ())), guard=guard)


def _queries(context: Context) -> Sequence[Query]:
    scale = (
        "SELECT count(*) AS n, count(*) FILTER (WHERE score < 0 OR score > 1) AS outside, "
        f"count(*) FILTER (WHERE outcome_label IS NULL) AS unknown FROM cases WHERE score IS NOT NULL "
        f"AND {genuine(context)}"
    )
    return (
        Query("scale", scale, ("score", "outcome_label")),
        _bins(context, "all", None),
        *(_bins(context, f"by {name}", name) for name in chosen(context)),
    )


@dataclass(frozen=True)
class _Curve:
    """Bins of one group; ``worth`` is how many independent rows a row counts as, where people have several."""

    n: tuple[float, ...]
    k: tuple[float, ...]
    s: tuple[float, ...]
    worth: float

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Curve:
        n, k, s = (tuple(float(row[name]) for row in rows) for name in ("n", "k", "s"))
        return cls(n, k, s, min(float(rows[0]["people"]) / sum(n), 1.0))

    @property
    def counts(self) -> tuple[list[float], list[float], list[float]]:
        """As if each person were one row, which is the least that rows of a person can be worth."""
        n, k, s = ([x * self.worth for x in each] for each in (self.n, self.k, self.s))
        return n, k, s

    def excess(self) -> tuple[float, float, float]:
        """Calibration error, the part beyond what a perfect score of this size shows, its standard error."""
        import numpy as np

        n, k, s = (np.asarray(each) for each in self.counts)
        rng = np.random.RandomState(0)  # its numbers are the same in every release (NEP 19): the record is judged again
        people, weight = np.rint(n).clip(1).astype(np.int64), n / n.sum()

        def error(share: Any) -> Any:
            return (np.abs(share - s / n) * weight).sum(axis=-1)

        def drawn(share: Any) -> Any:
            return error(rng.binomial(people, share, size=(_DRAWS, n.size)) / people)

        plain = float(error(k / n))
        spread = float(drawn((k + 0.5) / (n + 1)).std(ddof=1))
        return plain, plain - float(drawn(np.clip(s / n, 0, 1)).mean()), spread


def _judge(context: Context, found: Found) -> Ruling:
    scale, rows = found.one("scale"), [row for row in found.rows("all") or () if row["n"] is not None]
    assert scale is not None
    if scale["outside"]:
        return not_testable(
            f"{number(scale['outside'])} of {number(scale['n'])} scores are not between 0 and 1, so a score is no "
            "probability and there is nothing to calibrate."
        )
    if not rows:  # below ten people not even the bins of everybody leave the engine
        why = f"Fewer than {SMALLEST} people have a case with both a score and an outcome."
        return Ruling("not enough data", why, needed="scores with outcomes")
    curve = _Curve.of(rows)
    line, measures, cautions, sentence = _line(context, curve)
    if scale["unknown"]:
        cautions.append(
            f"{number(scale['unknown'])} of {number(scale['n'])} scored cases have no outcome and were left out."
        )
    if curve.worth < 1:
        cautions.append("People have several rows: each person was counted as one case, which makes intervals wide.")
    gaps, table, said, more = _groups(context, found, curve)
    measures += more
    judged = worst([line, *([gaps] if gaps is not None else [])])
    return Ruling(
        judged.verdict,
        sentence + (f" {said[0]}" if said else ""),
        tuple(measures),
        judged.needed,
        (*cautions, *said[1:]),
        tables=(table,) if table is not None else (),
    )


def _line(context: Context, curve: _Curve) -> tuple[Judged, list[Measured], list[str], str]:
    from impact.metrics.statistics.scores.calibration import calibration_line, observed_over_expected

    line, narrow = (calibration_line(*curve.counts, level=level) for level in (0.95, 0.90))
    plain, beyond, _ = curve.excess()
    n = sum(curve.n)
    measures = [
        Measured(
            "Calibration error: mean gap between score and share with the outcome",
            plain,
            "difference",
            note=f"{percent(plain - beyond)} of it would be seen with perfect scores",
            of=n,
        )
    ]
    tolerance = parameter(context, "tolerance")
    slope = line.slope
    cautions: list[str] = []
    if slope.value is None or slope.low is None or slope.high is None:
        why = "The scores or outcomes are too much alike for a line to be fitted."
        return Judged("not enough data", "more cases with different scores"), measures, cautions, why
    for label, one in (("Slope (1 is calibrated)", slope), ("Intercept (0 is calibrated)", line.intercept)):
        measures.append(Measured(label, one.value, "number", one.low, one.high, 0.95, one.method))
    counted, expected = sum(curve.counts[1]), sum(curve.counts[2])
    ratio = observed_over_expected(counted, expected)
    measures.append(
        Measured("Outcomes over sum of scores", ratio.value, "ratio", ratio.low, ratio.high, 0.95, ratio.method or None)
    )
    sentence = (
        f"Over {number(n)} cases the slope of outcomes on scores is {slope.value:.2f} (between {slope.low:.2f} and "
        f"{slope.high:.2f}); a calibrated score has 1."
    )
    assert narrow.slope.low is not None  # as the wider one
    assert narrow.slope.high is not None
    allowed = tolerance or 0.0
    ends = 1 - allowed, 1 + allowed
    if slope.high < ends[0] or slope.low > ends[1]:
        judged = Judged("contradicted")
    elif tolerance is None:
        judged = Judged("not enough data", "a declared tolerance for the slope")
    elif ends[0] <= narrow.slope.low and narrow.slope.high <= ends[1]:
        # Scores of the right slope can still all be too high: their sum is held to the same tolerance.
        whole = observed_over_expected(counted, expected, level=0.90)
        near = whole.low is not None and whole.high is not None and ends[0] <= whole.low and whole.high <= ends[1]
        judged = Judged("supported") if near else Judged("not enough data", "more cases with the outcome")
    else:
        width = max(slope.high - slope.value, 1e-9)
        room = max(allowed - abs(slope.value - 1), 1e-9)
        judged = Judged("not enough data", f"about {number(int(n * max((width / room) ** 2, 1.01)) + 1)} cases")
        if abs(slope.value - 1) >= allowed:
            judged = Judged("not enough data", "more cases")
    if ratio.low is not None and ratio.high is not None and (ratio.low > 1 or ratio.high < 1):
        side = "low" if ratio.low > 1 else "high"
        cautions.append(f"On the whole the scores are too {side}: see outcomes over sum of scores.")
        if ratio.low > ends[1] or ratio.high < ends[0]:
            sentence += f" The scores are on the whole too {side}."
            judged = Judged("contradicted") if tolerance is not None else judged
        elif judged.verdict == "supported":
            judged = Judged("not enough data", "more cases, since scores are on the whole off by a little")
    return judged, measures, cautions, sentence


def _groups(
    context: Context, found: Found, everybody: _Curve
) -> tuple[Judged | None, Table | None, list[str], list[Measured]]:
    """Each group's calibration error against everybody's, beyond what perfect scores would show."""
    from scipy.special import ndtri

    margin, z, z90 = parameter(context, "margin"), float(ndtri(0.975)), float(ndtri(0.95))
    _, base, base_error = everybody.excess()
    lines, judged, said, withheld = [], [], [], False
    for name in chosen(context):
        rows = found.rows(f"by {name}") or ()
        hidden = [str(row["g"]) for row in rows if row["g"] is not None and row["n"] is None]
        missing = sum(int(row["n"] or 0) for row in rows if row["g"] is None)
        if any(row["bin"] == -1 for row in rows):
            withheld = True
            said.append(
                f"Not shown by {named(name)}: of some group fewer than {SMALLEST} people with the outcome, or without "
                "it, would be counted."
            )
        for group in dict.fromkeys(str(row["g"]) for row in rows if row["g"] is not None and row["n"] is not None):
            curve = _Curve.of([row for row in rows if row["g"] == group])
            plain, own, error = curve.excess()
            lines.append((f"{group} ({named(name)})", sum(curve.n), plain, own - base, sqrt(error**2 + base_error**2)))
        if hidden:
            withheld = True
            said.append(
                f"Not shown by {named(name)}, since somewhere in these checks groups have fewer than {SMALLEST} "
                f"people: {', '.join(hidden)}."
            )
        if missing:
            said.append(f"{number(missing)} cases have no {name} recorded and were left out there.")
    if not lines:
        return None, None, ["", *said], []
    limit = margin or 0.0
    raw = [_p(gap, error, limit) for *_, gap, error in lines]
    adjusted = [10.0**each for each in holm([log10(each) for each in raw], len(raw))]
    outside = []
    for (name, _, _, gap, error), p in zip(lines, adjusted, strict=True):
        if margin is None:
            continue
        if abs(gap) - z * error > margin and p <= context.alpha:
            outside.append(name)
            judged.append(Judged("contradicted"))
        elif abs(gap) + z90 * error <= margin:
            judged.append(Judged("supported"))
        else:
            judged.append(Judged("not enough data", "more cases with outcomes in each group"))
    if withheld:
        judged.append(Judged("not enough data", f"at least {SMALLEST} people in every group"))
    table = Table(
        "Calibration error by group, against that of everybody",
        ("Group", "Cases", "Error", "Beyond everybody's, in points (95% interval)", "p", "p, adjusted"),
        tuple(
            (name, number(n), percent(plain), points(gap, gap - z * error, gap + z * error), p_words(p), p_words(q))
            for (name, n, plain, gap, error), p, q in zip(lines, raw, adjusted, strict=True)
        ),
    )
    first = ""
    if outside:
        first = f"The error of {', '.join(outside)} differs from everybody's by more than {limit * 100:g} points."
    elif margin is None:
        said.append("No margin was declared for groups, so their errors are shown and not judged.")
    measures = [
        Measured(
            f"Calibration error beyond everybody's: {name}", gap, "difference", gap - z * e, gap + z * e, 0.95, "drawn"
        )
        for name, _, _, gap, e in lines
    ]
    return (all_hold(judged) if margin is not None else None), table, [first, *said], measures


def _p(gap: float, error: float, margin: float) -> float:
    """Two-sided p-value of “the gap is at most the margin”, by the normal interval that is shown."""
    from scipy.special import ndtr

    if abs(gap) <= margin:
        return 1.0
    return max(float(2 * ndtr(-(abs(gap) - margin) / max(error, 1e-12))), 1e-12)


CHECKS = (Check("CK-09", "Scores are calibrated", ("score", "outcome_label"), _queries, _judge),)
