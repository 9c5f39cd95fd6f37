"""CK-16: has the tool, or what goes into it, moved since it was approved?

In: counts by the bins of the approval baseline. Out: a ruling. Source: claims.md 4.4 of the design; Page 1954 (CUSUM).
A stability index above 0.25 is a habit of credit scoring, not a law.

Parameters:

============ ======== ================================================================ =====================
name         unit     meaning                                                          comes from
============ ======== ================================================================ =====================
most_psi     number   largest stability index that is no drift; 0.25 without it        pack
since        day      rows scored from this day on (2026-04-01); all rows without it   claims.yaml
============ ======== ================================================================ =====================

Side file ``baseline``, one row for each bin: ``measure`` (``score``, or the name of a column of ``inputs``), ``low``
and ``high`` (a value from ``low`` up to but not including ``high``; the last bin includes it; empty is open) or, for
words, ``bin``; ``count`` or ``share``. A row ``flag_rate`` has the approved range in ``low`` and ``high``, a row
``ppv`` the share of flags that were right in ``share``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt
from typing import Any

from impact.claims.bin_counts import BIN, bins_of_input, bins_of_score
from impact.claims.bins import OUTSIDE
from impact.claims.check import (
    Bins,
    Check,
    Context,
    Found,
    Guard,
    Measured,
    Query,
    Row,
    Ruling,
    Table,
    not_testable,
    utc,
)
from impact.claims.comparisons import p_words
from impact.claims.groups import SMALLEST, genuine, parameter
from impact.claims.shares import Share, share_of, share_query
from impact.claims.verdicts import Judged, worst
from impact.claims.words import listed_words, number, percent, share_words
from impact.metrics.counting import duck

__all__ = ["CHECKS", "cusum"]

_MOST_PSI = 0.25
_DRAWS = 2000
_SLACK, _DECISION = 0.5, 5.0  # the customary design of a CUSUM for a shift of one standard deviation


def _window(context: Context) -> str:
    since = context.parameters.get("since")
    if isinstance(since, date):
        since = since.isoformat()
    if not isinstance(since, str) or not context.has("ts_scored"):
        return genuine(context)
    return f"{genuine(context)} AND ts_scored >= TIMESTAMPTZ {duck.text(date.fromisoformat(since).isoformat())}"


def _columns(context: Context) -> str:
    """SQL: the columns of the baseline, null where the file has none."""
    kinds = {"bin": "VARCHAR", "low": "DOUBLE", "high": "DOUBLE", "share": "DOUBLE", "count": "BIGINT"}
    given = {
        name: duck.name(name) if context.has(f"baseline.{name}") else f"CAST(NULL AS {kind})"
        for name, kind in kinds.items()
    }
    return ", ".join(f"{sql} AS {'before' if name == 'count' else name}" for name, sql in given.items())


def _bins(context: Context, measure: str) -> str:
    """SQL: WITH the bins of a measure of the baseline."""
    return (
        f"WITH given AS (SELECT {_columns(context)} FROM baseline WHERE measure = {duck.text(measure)}), "
        "bins AS (SELECT *, high IS NOT NULL AND high = max(high) OVER () "
        "AND NOT bool_or(low IS NOT NULL AND high IS NULL) OVER () AS topmost FROM given)"
    )


def _binned(name: str, bins: str, values: str, looked: Bins, needs: tuple[str, ...]) -> Query:
    """Values (a query of one column ``v``) counted into bins; ``looked`` is to see which hold few people."""
    sql = (
        # Equal values are counted first: most scores and inputs have few.
        f"{bins}, found AS MATERIALIZED (SELECT v, count(*) AS n FROM ({values}) WHERE v IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM bins) GROUP BY v), "
        "counted AS (SELECT bin, low, high, share, before, coalesce(sum(n), 0) AS n FROM bins LEFT JOIN "
        "(SELECT TRY_CAST(v AS DOUBLE) AS x, n FROM found) ON (low IS NULL OR x >= low) "
        "AND (high IS NULL OR x < high OR (topmost AND x = high)) WHERE low IS NOT NULL OR high IS NOT NULL "
        "GROUP BY ALL UNION ALL SELECT bin, low, high, share, before, coalesce(sum(n), 0) FROM bins LEFT JOIN found "
        "ON CAST(v AS VARCHAR) = bin WHERE low IS NULL AND high IS NULL GROUP BY ALL) "
        f"SELECT bin, share, before, n, numeric FROM (SELECT {BIN} AS bin, share, "
        "before, CAST(n AS BIGINT) AS n, low, low IS NOT NULL OR high IS NOT NULL AS numeric FROM counted "
        "UNION ALL SELECT NULL, NULL, NULL, CAST(coalesce(sum(n), 0) - (SELECT coalesce(sum(n), 0) FROM "
        "counted) AS BIGINT), NULL, false FROM found) "
        "ORDER BY bin IS NULL, low IS NULL AND NOT numeric, low NULLS FIRST, bin"
    )

    return Query(name, sql, (*needs, "baseline.measure"), guard=Guard("", "baseline", bins=looked))


def _inputs(context: Context) -> list[str]:
    return sorted(context.columns.get("inputs", frozenset()) - {"case_id", "subject_key"})


def _queries(context: Context) -> Sequence[Query]:
    window = _window(context)
    queries = [
        _binned(
            "score",
            bins := _bins(context, "score"),
            f"SELECT score AS v FROM cases WHERE {window}",
            bins_of_score(context, bins, window),
            ("score",),
        ),
        *(
            _binned(
                f"input {name}",
                bins := _bins(context, name),
                f"SELECT {duck.name(name)} AS v FROM inputs",
                bins_of_input(context, bins, name),
                (f"inputs.{name}",),
            )
            for name in _inputs(context)
        ),
        share_query(context, "flagged", hit="flag", at_risk=f"flag IS NOT NULL AND {window}", needs=("flag",)),
        Query(
            "approved",
            f"SELECT measure, low, high, share FROM (SELECT measure, {_columns(context)} FROM baseline) "
            "WHERE measure IN ('flag_rate', 'ppv') ORDER BY measure",
            ("baseline.measure",),
        ),
        Query(
            "weeks",
            "SELECT strftime(week, '%Y-%m-%d') AS week, k, n FROM (SELECT "
            f"date_trunc('week', {utc('ts_scored')}) AS week, "
            "count(*) FILTER (WHERE outcome_label) AS k, count(*) AS n FROM cases WHERE flag "
            f"AND outcome_label IS NOT NULL AND ts_scored IS NOT NULL AND {window} GROUP BY 1) ORDER BY 1",
            ("flag", "outcome_label", "ts_scored"),
        ),
    ]
    if context.repeated and context.has("subject_key"):
        people = f"SELECT count(DISTINCT subject_key) AS people, count(*) AS n FROM cases WHERE {window}"
        queries.append(Query("people", people, ("subject_key",)))
    return queries


def _judge(context: Context, found: Found) -> Ruling:
    most = parameter(context, "most_psi") or _MOST_PSI
    people = found.one("people")
    worth = min(people["people"] / people["n"], 1.0) if people is not None and people["n"] else 1.0
    parts, measures, said, cautions, tables = [], [], [], [], []
    withheld: list[str] = []
    for name in ("score", *(f"input {each}" for each in _inputs(context))):
        rows = found.rows(name) or ()
        if rows and rows[0]["n"] is None:
            withheld.append("the score" if name == "score" else f"input “{name.removeprefix('input ')}”")
            continue
        if len([row for row in rows if row["bin"] is not None]) < 2 and not any(row["n"] < 0 for row in rows):
            continue
        judged, own, line, table = _moved(name, rows, most, worth if name == "score" else 1.0)
        parts.append(judged)
        measures += own
        if judged.verdict == "contradicted" or name == "score":
            said.append(line)
        if table is not None:
            tables.append(table)
    approved = {row["measure"]: row for row in found.rows("approved") or ()}
    rate = approved.get("flag_rate")
    if rate is not None and rate["low"] is not None and rate["high"] is not None and found.rows("flagged"):
        flagged = share_of(found.one("flagged"))
        if not 0 <= rate["low"] <= rate["high"] <= 1:
            parts.append(Judged("not testable"))
            said.append("The approved range of the share flagged is none: both ends lie between 0 and 1 (5% is 0.05).")
        else:
            judged = _in_range(flagged, float(rate["low"]), float(rate["high"]))
            if flagged.n and flagged.k == flagged.n:
                judged = Judged("not enough data", "the cases that were not flagged")
                cautions.append("The log holds only flagged cases: if others are left out, this share says nothing.")
            parts.append(judged)
            said.append(
                f"{share_words(flagged)} cases are flagged; between {percent(rate['low'])} and "
                f"{percent(rate['high'])} was approved."
            )
        measures.append(flagged.measured("Share flagged now"))
    if withheld:
        cautions.append(
            f"Bins of {listed_words(withheld)} are not shown: some hold fewer than {SMALLEST} people, or groups of "
            "fewer could be worked out from them."
        )
    if not parts and withheld:
        return not_testable("The bins of the baseline hold too few people to be shown.")
    if not parts:
        return not_testable("The baseline says neither how scores were spread nor how many were flagged at approval.")
    if rate is None or rate["low"] is None or rate["high"] is None:
        cautions.append("The baseline has no approved range for the share flagged.")
    if "the score" not in withheld and not any(each.label.startswith("Stability index of score") for each in measures):
        cautions.append("The baseline has no bins of the score.")
    if worth < 1:
        cautions.append("People have several rows: each person was counted as one, which makes intervals wide.")
    if len(parts) > 1 and context.parameters.get("since") is not None and _inputs(context):
        cautions.append("Inputs are compared as a whole, whenever they were scored.")
    weeks, right = found.rows("weeks") or (), approved.get("ppv")
    if right is not None and right["share"] is not None and not 0 < right["share"] < 1:
        cautions.append("The share of flags that were right at approval lies between 0 and 1; it was left aside.")
    if right is not None and right["share"] is not None and weeks:
        signal = cusum([(int(row["k"]), int(row["n"])) for row in weeks], float(right["share"]))
        if signal is not None:
            way = "less" if signal[1] < 0 else "more"
            cautions.append(
                f"Followed week by week, flags were {way} often right than at approval from about the week of "
                f"{weeks[signal[0]]['week']} on."
            )
    cautions.append("A stability index of 0.25 is a rule of thumb without legal force.")
    judged = worst(parts)
    return Ruling(judged.verdict, " ".join(said), tuple(measures), judged.needed, tuple(cautions), tables=tuple(tables))


def _in_range(share: Share, low: float, high: float) -> Judged:
    limits = share.limits()
    if limits is None:
        return Judged("not enough data", "at least one case" if not share.n else "at least ten people")
    if low <= limits[0] and limits[1] <= high:
        return Judged("supported")
    if limits[1] < low or limits[0] > high:
        return Judged("contradicted")
    return Judged("not enough data", "more cases, since the share flagged is close to an end of the approved range")


def _moved(
    name: str, rows: Sequence[Row], most: float, worth: float
) -> tuple[Judged, list[Measured], str, Table | None]:
    """One measure against its baseline."""
    from impact.metrics.statistics.scores.distance import kolmogorov_smirnov, stability_index

    what = name.removeprefix("input ")
    # A value outside every bin was not there at approval: a bin of its own, if there is any.
    rows = [row for row in rows if row["bin"] is not None or row["n"]]
    now = [float(row["n"]) for row in rows]
    if min(now, default=0.0) < 0:
        line = f"The bins of {what} in the baseline overlap."
        return Judged("not enough data", f"bins of {what} that do not overlap"), [], line, None
    n = sum(now)
    if not n:
        return Judged("not enough data", f"values of {what}"), [], f"There is no value of {what} in the log.", None
    known = [row for row in rows if row["bin"] is not None]
    counted = all(row["before"] is not None for row in known)
    if not counted and any(row["share"] is None for row in known):
        return Judged("not enough data", f"counts or shares of {what}"), [], f"The baseline of {what} has gaps.", None
    total = sum(float(row["share"] or 0.0) for row in known) or 1.0
    before = [
        0.0 if row["bin"] is None else float(row["before"]) if counted else float(row["share"]) / total * n
        for row in rows
    ]
    now = [each * worth for each in now]
    value = stability_index(before, now).value
    if value is None:
        return Judged("not enough data", f"a baseline of {what}"), [], f"The baseline of {what} is empty.", None
    low, high = _psi_limits(before, now, value, fixed=not counted)
    judged = Judged("not enough data", "more cases")
    if high <= most or low > most:
        judged = Judged("supported" if high <= most else "contradicted")
    label = "score" if name == "score" else f"input “{what}”"
    measures = [Measured(f"Stability index of {label}", value, "number", low, high, 0.95, "drawn", of=n)]
    inside = [i for i, row in enumerate(rows) if row["numeric"]]
    if len(inside) > 1 and any(now[i] for i in inside):
        ks = kolmogorov_smirnov([before[i] for i in inside], [now[i] for i in inside])
        note = "largest gap at an edge of a bin" + (f"; p {p_words(ks.p)}" if counted and ks.p is not None else "")
        measures.append(
            Measured(f"Largest gap of {label} to the baseline", ks.statistic.value, "difference", note=note)
        )
    base = sum(before)
    cells = tuple(
        (str(row["bin"] or OUTSIDE), percent(was / base), percent(float(row["n"]) / n), number(row["n"]))
        for row, was in zip(rows, before, strict=True)
    )
    ends = f"{low:.2f} to {high:.2f}"
    line = f"The stability index of {label} is {value:.2f} ({ends}); the limit is {most:g}."
    title = f"{label[0].upper()}{label[1:]}: at approval and now"
    table = Table(title, ("Bin", "At approval", "Now", "Cases now"), cells)
    return judged, measures, line, table


def _psi_limits(before: Sequence[float], now: Sequence[float], value: float, *, fixed: bool) -> tuple[float, float]:
    """By drawing both tables. Chance makes an index of small counts too large, and that of a draw larger still.

    So the upper limit is that of the draws, and the lower one lies as far below the index: neither a claim nor what
    speaks against it gains from small counts.

    Args:
        before, now: Counts by bin.
        value: The index of these.
        fixed: The baseline is given as shares, and taken as known.
    """
    import numpy as np

    rng = np.random.RandomState(0)  # its numbers are the same in every release (NEP 19): the record is judged again

    def drawn(counts: Sequence[float]) -> Any:
        c = np.asarray(counts)
        return rng.multinomial(max(round(float(c.sum())), 1), c / c.sum(), size=_DRAWS)

    b = np.asarray(before)[None, :] if fixed else drawn(before)
    c = drawn(now)
    p = (b + 0.5) / (b + 0.5).sum(axis=1, keepdims=True)
    q = (c + 0.5) / (c + 0.5).sum(axis=1, keepdims=True)
    high = max(float(np.quantile(((q - p) * np.log(q / p)).sum(axis=1), 0.975)), value)
    return max(2 * value - high, 0.0), high


def cusum(weeks: Sequence[tuple[int, int]], target: float) -> tuple[int, int] | None:
    """First period at which the sum of deviations from ``target`` is beyond chance, and its sign; None without one.

    >>> cusum([(50, 100)] * 10, 0.5) is None
    True
    >>> cusum([(50, 100)] * 5 + [(30, 100)] * 5, 0.5)
    (6, -1)
    """
    if not 0 < target < 1:
        return None
    up = down = 0.0
    for index, (k, n) in enumerate(weeks):
        z = (k - n * target) / sqrt(n * target * (1 - target))
        up, down = max(0.0, up + z - _SLACK), max(0.0, down - z - _SLACK)
        if max(up, down) > _DECISION:
            return index, 1 if up > down else -1
    return None


CHECKS = (Check("CK-16", "Nothing has drifted since approval", ("baseline.measure", "score|flag"), _queries, _judge),)
