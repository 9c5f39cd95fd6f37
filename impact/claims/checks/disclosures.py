"""CK-30: are people who reported wrongdoing, and others with a protected role, flagged more often or sooner?

In: sums over matched people, and a hazard ratio fitted to a sample of them. Out: a ruling. Source: claims.md 4.6 of the
design.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``matched_on`` | columns | People compared are alike in these; else in rank_grade and unit | claims.yaml |
| ``largest_ratio`` | ratio | Ratio that counts as alike; 1 if not given | I10, S10, claims.yaml |
| ``sample`` | people | People whose times the model is fitted to, on each side; 20,000 if not given | claims.yaml |

``protected_disclosure`` stands in the file of groups, held apart; ``ts_disclosure`` is when it was made. Of somebody
with a disclosure only rows from then on count in the ratio of shares, which can only make it smaller. The strata are
added up in the engine: how many people with a disclosure are in one never leaves it.

Sources: Mantel and Haenszel's ratio of risks with the variance of Greenland and Robins 1985, Biometrics 41:55.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import Any

from impact.claims.check import Check, Context, Fit, Found, Guard, Measured, Query, Ruling
from impact.claims.claimed import figure, words_of
from impact.claims.groups import SMALLEST, genuine
from impact.claims.verdicts import Judged, worst
from impact.claims.words import number
from impact.metrics.logs.hazards import FEWEST_EVENTS, hazard_ratio
from impact.metrics.logs.samples import SEED, sampled, sampled_sides

__all__ = ["CHECKS"]

_NEEDS = ("subject_key", "flag", "protected_disclosure")
_TIMED = (*_NEEDS, "ts_scored", "ts_disclosure")
_SAMPLE = 20_000


def _matched(context: Context) -> tuple[str, ...]:
    return tuple(name for name in words_of(context, "matched_on", ("rank_grade", "unit")) if context.has(name))


def _stratum(context: Context) -> str:
    """SQL: people alike have the same text. Nobody knows of those with an unknown value whether they are alike."""
    names = _matched(context)
    parts = " || chr(31) || ".join(f"max({name})" if context.repeated else name for name in names)
    return f"({parts})" if names else "''"


def _queries(context: Context) -> Sequence[Query]:
    since = " AND (protected_disclosure IS FALSE OR ts_disclosure IS NULL OR ts_scored >= ts_disclosure)"
    rows = f"subject_key IS NOT NULL AND flag IS NOT NULL AND protected_disclosure IS NOT NULL AND {genuine(context)}"
    rows += since if context.has(*_TIMED) else ""
    if context.repeated:
        persons = (
            "SELECT bool_or(protected_disclosure) AS made, bool_or(flag) AS flagged, 1 AS people, "
            f"{_stratum(context)} AS stratum FROM cases WHERE {rows} GROUP BY subject_key"
        )
    else:  # each row is a person; a text is made of what is alike once for each kind of person
        alike = "".join(f", {name}" for name in _matched(context))
        kinds = f"SELECT protected_disclosure, flag, count(*) AS people{alike} FROM cases WHERE {rows} GROUP BY ALL"
        alike = f"{_stratum(context)} AS stratum"
        persons = f"SELECT protected_disclosure AS made, flag AS flagged, people, {alike} FROM ({kinds})"
    sql = (
        f"WITH persons AS ({persons}), strata AS (SELECT coalesce(sum(people) FILTER (WHERE made), 0) AS n1, "
        "coalesce(sum(people) FILTER (WHERE made AND flagged), 0) AS a, "
        "coalesce(sum(people) FILTER (WHERE NOT made), 0) AS n0, "
        "coalesce(sum(people) FILTER (WHERE NOT made AND flagged), 0) AS c, sum(people) AS n, "
        "stratum FROM persons WHERE stratum IS NOT NULL GROUP BY stratum), "
        "sums AS (SELECT sum(n1) FILTER (WHERE n0 > 0) AS n1, sum(a) FILTER (WHERE n0 > 0) AS a, "
        "sum(n0) FILTER (WHERE n1 > 0) AS n0, sum(c) FILTER (WHERE n1 > 0) AS c, "
        # In the order of the strata: sums of fractions depend on it in their last digits.
        "sum(a * n0 / n ORDER BY stratum) AS r, sum(c * n1 / n ORDER BY stratum) AS s, "
        "sum((n1 * n0 * (a + c) - a * c * n) / (n * n) ORDER BY stratum) AS p "
        "FROM (SELECT CAST(n1 AS DOUBLE) AS n1, CAST(a AS DOUBLE) AS a, CAST(n0 AS DOUBLE) AS n0, "
        "CAST(c AS DOUBLE) AS c, CAST(n AS DOUBLE) AS n, stratum FROM strata)), "
        f"shown AS (SELECT *, coalesce(n1, 0) >= {SMALLEST} AND coalesce(n0, 0) >= {SMALLEST} AS enough FROM sums) "
        "SELECT enough, CASE WHEN enough THEN n1 END AS n1, CASE WHEN enough THEN a END AS a, "
        "CASE WHEN enough THEN n0 END AS n0, CASE WHEN enough THEN c END AS c, CASE WHEN enough THEN r END AS r, "
        "CASE WHEN enough THEN s END AS s, CASE WHEN enough THEN p END AS p FROM shown"
    )
    return (Query("shares", sql, _NEEDS, guard=Guard("protected_disclosure", "disclosed")),)


def _fits(context: Context) -> Sequence[Fit]:
    size = int(figure(context, "sample") or _SAMPLE)
    day = "epoch({}) / 86400"
    scored, told = day.format("ts_scored"), day.format("ts_disclosure")
    rows = (
        "FROM cases WHERE ts_scored IS NOT NULL AND flag IS NOT NULL AND protected_disclosure IS NOT NULL "
        f"AND {genuine(context)}"
    )
    columns = ("entry", "leave", "flagged", "exposed_from", "stratum")
    # A disclosure without a time was made at some time: the person counts as exposed throughout.
    if context.repeated:
        persons = (
            f"MATERIALIZED (SELECT subject_key, min({scored}) AS entry, max({scored}) AS leave, "
            f"min({scored}) FILTER (WHERE flag) AS flagged, bool_or(protected_disclosure) AS made, "
            f"CASE WHEN bool_or(protected_disclosure) THEN coalesce(min({told}), -1e9) END AS exposed_from, "
            f"{_stratum(context)} AS stratum {rows} GROUP BY subject_key)"
        )
        sides = " UNION ALL ".join(
            f"SELECT * FROM ({sampled(columns, view='persons', key='subject_key', where=where, size=size)})"
            for where in ("made AND stratum IS NOT NULL", "NOT made AND stratum IS NOT NULL")
        )
    else:
        rows += "".join(f" AND {name} IS NOT NULL" for name in ("subject_key", *_matched(context)))
        persons = (
            f"NOT MATERIALIZED (SELECT subject_key, {scored} AS entry, {scored} AS leave, "
            f"CASE WHEN flag THEN {scored} END AS flagged, protected_disclosure AS made, "
            f"CASE WHEN protected_disclosure THEN coalesce({told}, -1e9) END AS exposed_from, "
            f"{_stratum(context)} AS stratum {rows})"
        )
        counts = (
            "SELECT count(*) FILTER (WHERE protected_disclosure) AS ones, "
            f"count(*) FILTER (WHERE NOT protected_disclosure) AS others {rows}"
        )
        sides = sampled_sides(columns, view="persons", key="subject_key", side="made", rows=counts, size=size)
    sql = f"WITH persons AS {persons} SELECT * FROM ({sides})"

    def estimate(frame: Any) -> list[dict[str, Any]]:
        return [{**row, "size": size, "seed": SEED} for row in hazard_ratio(frame)]

    return (Fit("times", sql, estimate, _TIMED),)


def _shares(context: Context, found: Found, limit: float, measures: list[Measured], parts: list[str]) -> Judged:
    from scipy.special import ndtri

    from impact.metrics.statistics.intervals import koopman

    row = found.one("shares")
    if row is not None and row["enough"] is None:
        parts.append(
            f"Of people with a protected disclosure, or of others alike, fewer than {SMALLEST} were flagged, or were "
            "not, so their counts are not shown."
        )
        return Judged("not enough data", f"at least {SMALLEST} people flagged on each side, and as many who are not")
    if row is None or not row["enough"]:
        return Judged("not enough data", f"at least {SMALLEST} people with a disclosure, and as many to compare with")
    n1, a, n0, c = (int(row[name]) for name in ("n1", "a", "n0", "c"))
    low: float
    high: float | None
    if a and c and row["p"] > 1e-12:
        value = row["r"] / row["s"]
        half = float(ndtri(1 - context.alpha / 2)) * sqrt(row["p"] / (row["r"] * row["s"]))
        low, high, method = exp(log(value) - half), exp(log(value) + half), "mantel_haenszel"
    elif row["p"] > 1e-12:  # nobody flagged on a side
        value = 0.0 if c else None
        low, high = _score_limits(row["r"], row["s"], row["p"], alpha=context.alpha)
        method = "mantel_haenszel_score"
    else:  # everybody flagged on both sides, or nobody
        limits = koopman(a, n1, c, n0, level=1 - context.alpha)
        if limits is None:
            return Judged("not enough data", "people to compare with")
        value = a / n1 / (c / n0) if c else None
        low, high, method = limits.low, limits.high, "koopman"
    label = "Flagged at all, people with a disclosure against others alike"
    measures.append(Measured(label, value, "ratio", low, high, 1 - context.alpha, method))
    measures += [
        Measured("People with a disclosure who were flagged", a / n1, count=a, of=n1),
        Measured("People alike without one who were flagged", c / n0, count=c, of=n0),
    ]
    times = "no number of" if value is None else number(round(value, 2))
    upper = "more" if high is None else number(round(high, 2))
    parts.append(
        f"People with a protected disclosure were flagged {times} times as often as others alike "
        f"({number(round(low, 2))} to {upper})."
    )
    return _ratio(low, high, limit)


def _score_limits(r: float, s: float, p: float, *, alpha: float) -> tuple[float, float | None]:
    """Limits of Mantel and Haenszel's ratio where a side has no hit, and its logarithm no end.

    All θ with (r - θ s)² ≤ z² θ p: r - θ s has the variance θ p where the ratio is θ in every stratum (Greenland and
    Robins 1985, whose variance of the logarithm is p / (r s)). Without strata it is close to Koopman's interval.

    >>> _score_limits(0.0, 25.0, 12.5, alpha=0.05)[1] is not None, _score_limits(25.0, 0.0, 12.5, alpha=0.05)[1]
    (True, None)
    """
    from scipy.special import ndtri

    z2 = float(ndtri(1 - alpha / 2)) ** 2
    if s == 0:
        return r * r / (z2 * p), None
    middle, root = 2 * r * s + z2 * p, sqrt((2 * r * s + z2 * p) ** 2 - 4 * r * r * s * s)
    return (middle - root) / (2 * s * s), (middle + root) / (2 * s * s)


def _ratio(low: float, high: float | None, limit: float) -> Judged:
    if low > limit:
        return Judged("contradicted")
    if high is not None and high <= limit:
        return Judged("supported")
    return Judged("not enough data", "more people with a disclosure, or a declared ratio that counts as alike")


def _times(found: Found, limit: float, measures: list[Measured], parts: list[str], cautions: list[str]) -> Judged:
    row = found.one("times")
    if row is None:
        cautions.append("Whether they are flagged sooner cannot be told without the time of each disclosure.")
        return Judged("not testable")
    if not row["enough"]:
        return Judged("not enough data", f"at least {FEWEST_EVENTS} first flags after a disclosure, and as many others")
    low, high = row["low"], row["high"]
    measures.append(
        Measured(
            "Rate of a first flag from a disclosure on, against others alike at the same time",
            row["ratio"],
            "ratio",
            low,
            high,
            0.95,
            "cox",
            note=f"fitted to {number(row['people'])} people, of each side at most {number(row['size'])}; "
            f"seed {row['seed']}",
        )
    )
    parts.append(
        f"At any time, somebody with a disclosure was {number(round(row['ratio'], 2))} times as likely to be flagged "
        f"for the first time as somebody alike without one ({number(round(low, 2))} to {number(round(high, 2))})."
    )
    return _ratio(low, high, limit)


def _judge(context: Context, found: Found) -> Ruling:
    limit = figure(context, "largest_ratio") or 1.0
    measures: list[Measured] = []
    parts: list[str] = []
    cautions: list[str] = []
    judged = [
        _shares(context, found, limit, measures, parts),
        _times(found, limit, measures, parts, cautions),
    ]
    alike = _matched(context)
    cautions.append(
        f"People count as alike who have the same {' and '.join(alike)}."
        if alike
        else "Nobody said in what people must be alike, so they are compared with everybody."
    )
    cautions.append(
        "Only disclosures on record are seen: journalists, lawyers and representatives are not marked in the log."
    )
    verdict = worst(judged)
    return Ruling(
        verdict.verdict,
        " ".join(parts) or "Too few people with a protected disclosure are in the log to say anything of them.",
        tuple(measures),
        verdict.needed,
        tuple(cautions),
        context.missing(_TIMED),
    )


CHECKS = (Check("CK-30", "People who speak out are protected", _NEEDS, _queries, _judge, fits=_fits),)
