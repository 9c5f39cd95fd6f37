"""CK-25: does the tool feed on itself: do places stay at the top for more than what happens there?

In: counts of places, and one row for each area that was patrolled. Out: a ruling. Source: claims.md 4.5 of the design.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``top`` | places | How many places are patrolled first; a tenth of them if not given | claims.yaml |
| ``least_overlap`` | share | Least overlap between two trainings; 0.8 if not given | claims.yaml |

Side files: ``patrols`` (area_code, period, patrol_hours, crimes_reported, crimes_found) and ``retraining``: run,
location_id, rank, one run trained on everything and one or more without crime found by patrols.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.area_rates import FEWEST_AREAS, quasi_poisson, ratio_measured
from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, utc
from impact.claims.claimed import figure
from impact.claims.verdicts import Judged, worst
from impact.claims.words import number, percent

__all__ = ["CHECKS"]

_OVERLAP = 0.8  # claims.md, CK-25
_STRATA = 10


def _top(context: Context, places: str) -> str:
    """SQL: how many places count as the top."""
    declared = figure(context, "top")
    return str(int(declared)) if declared is not None else f"greatest(1, CAST(round({places} / 10.0) AS BIGINT))"


def _cut(part: str) -> str:
    """SQL: the last place at the top has the rank of the first one below, so that lot decides who is at the top."""
    ends = (("max", "top"), ("min", "NOT top"))
    return " = ".join(f"{end}(CASE WHEN {side} THEN rank END) OVER (PARTITION BY {part})" for end, side in ends)


def _loop_queries(context: Context) -> Sequence[Query]:
    reported = context.has("patrols.area_code", "patrols.crimes_reported")
    strata = (
        f"SELECT area_code AS place, ntile({_STRATA}) OVER (ORDER BY sum(crimes_reported), area_code) AS stratum "
        "FROM patrols WHERE area_code IS NOT NULL GROUP BY area_code"
        if reported
        else "SELECT CAST(NULL AS VARCHAR) AS place, CAST(NULL AS BIGINT) AS stratum WHERE false"
    )
    month = f"strftime({utc('ts_scored')}, '%Y-%m')"
    # Places are ranked afresh within each period by their best rank of it. Places of one rank are put in order by a
    # digest that differs between periods: by their names the same ones would stay at the top.
    persistence = (
        f"WITH best AS (SELECT {month} AS period, location_id AS place, min(rank) AS rank FROM log "
        "WHERE location_id IS NOT NULL AND rank IS NOT NULL AND ts_scored IS NOT NULL GROUP BY 1, 2), "
        "placed AS (SELECT *, row_number() OVER (PARTITION BY period ORDER BY rank, md5(period || place), place) "
        "AS position, "
        "count(*) OVER (PARTITION BY period) AS places, dense_rank() OVER (ORDER BY period) AS turn FROM best), "
        f"topped AS (SELECT *, position <= {_top(context, 'places')} AS top FROM placed), "
        f"marked AS (SELECT *, {_cut('period')} AS tied FROM topped), "
        f"strata AS ({strata}) "
        "SELECT now.turn AS turn, strata.stratum AS stratum, count(*) AS places, "
        "count(*) FILTER (WHERE before.top) AS before, count(*) FILTER (WHERE now.top) AS after, "
        "count(*) FILTER (WHERE before.top AND now.top) AS stayed, "
        "coalesce(bool_or(now.tied OR before.tied), false) AS tied "
        "FROM marked now JOIN marked before ON before.place = now.place AND before.turn = now.turn - 1 "
        "LEFT JOIN strata ON strata.place = now.place GROUP BY 1, 2 ORDER BY 1, 2"
    )
    overlap = (
        "WITH best AS (SELECT trim(run) AS run, location_id AS place, min(rank) AS rank FROM retraining "
        "WHERE run IS NOT NULL AND location_id IS NOT NULL AND rank IS NOT NULL GROUP BY 1, 2), "
        "runs AS (SELECT *, row_number() OVER (PARTITION BY run ORDER BY rank, place) AS position, "
        "count(*) OVER (PARTITION BY run) AS places FROM best), "
        f"topped AS (SELECT *, position <= {_top(context, 'places')} AS top FROM runs), "
        f"cut AS (SELECT *, {_cut('run')} AS tied FROM topped), tops AS (SELECT run, place FROM cut WHERE top), "
        "sizes AS (SELECT run, count(*) FILTER (WHERE top) AS n, coalesce(bool_or(tied), false) AS tied "
        "FROM cut GROUP BY 1) "
        "SELECT a.run AS one, b.run AS other, a.n AS n_one, b.n AS n_other, a.tied OR b.tied AS tied, "
        "(SELECT count(*) FROM tops x JOIN tops y "
        "USING (place) WHERE x.run = a.run AND y.run = b.run) AS both FROM sizes a JOIN sizes b ON a.run < b.run "
        "ORDER BY 1, 2"
    )
    return (
        Query("overlap", overlap, ("retraining.run", "retraining.location_id", "retraining.rank")),
        Query("persistence", persistence, ("rank", "location_id", "ts_scored")),
        Query(
            "found",
            "SELECT CAST(sum(crimes_found) AS DOUBLE) AS found, CAST(sum(crimes_reported) AS DOUBLE) AS reported "
            "FROM patrols WHERE crimes_found >= 0 AND crimes_reported >= 0",
            ("patrols.crimes_found", "patrols.crimes_reported"),
        ),
        Query(
            "patrolled",
            "SELECT sum(patrol_hours ORDER BY patrol_hours) AS hours, sum(crimes_found) AS found, "
            "sum(crimes_reported) AS reported "
            "FROM patrols WHERE patrol_hours >= 0 AND crimes_found >= 0 AND crimes_reported >= 0 "
            "AND area_code IS NOT NULL GROUP BY area_code HAVING sum(patrol_hours) > 0 ORDER BY 1, 2, 3",
            ("patrols.area_code", "patrols.patrol_hours", "patrols.crimes_found", "patrols.crimes_reported"),
        ),
    )


def _loop(context: Context, found: Found) -> Ruling:
    parts: list[str] = []
    cautions: list[str] = []
    measures: list[Measured] = []
    tables: list[Table] = []
    judged = [
        _retrained(context, found, parts, cautions, measures, tables),
        _persisting(found, parts, cautions, measures),
    ]
    _elasticity(found, cautions, measures)
    missing: list[str] = []
    for needs in (
        ("retraining.run", "retraining.location_id", "retraining.rank"),
        ("rank", "location_id", "ts_scored"),
    ):
        missing += context.missing(needs)
    verdict = worst(judged)
    return Ruling(
        verdict.verdict,
        " ".join(parts) or "Neither two trainings nor two periods can be compared.",
        tuple(measures),
        verdict.needed,
        tuple(cautions),
        tuple(missing),
        tuple(tables),
    )


def _retrained(
    context: Context,
    found: Found,
    parts: list[str],
    cautions: list[str],
    measures: list[Measured],
    tables: list[Table],
) -> Judged:
    rows = found.rows("overlap")
    if rows is None:
        cautions.append("Nobody trained the tool again without the crime that patrols found.")
        return Judged("not testable")
    least = figure(context, "least_overlap") or _OVERLAP
    usable = [row for row in rows if min(row["n_one"], row["n_other"]) >= FEWEST_AREAS]
    if not usable:
        return Judged("not enough data", f"two trainings that rank at least {FEWEST_AREAS} places at the top")
    shares = [row["both"] / (row["n_one"] + row["n_other"] - row["both"]) for row in usable]
    lowest = min(shares)
    measures.append(Measured("Least overlap of the places patrolled first, between two trainings", lowest, "share"))
    tables.append(
        Table(
            "Overlap of the places patrolled first",
            ("One training", "Another", "In both", "In either", "Overlap"),
            tuple(
                (
                    row["one"],
                    row["other"],
                    number(row["both"]),
                    number(row["n_one"] + row["n_other"] - row["both"]),
                    percent(share),
                )
                for row, share in zip(usable, shares, strict=True)
            ),
        )
    )
    parts.append(
        f"Trained again, the tool names places of which at least {percent(lowest)} overlap with those before; under "
        f"{percent(least)} counts as a loop."
    )
    if len(usable) < len(rows):
        few = number(len(rows) - len(usable))
        cautions.append(f"{few} pairs of trainings have fewer than {FEWEST_AREAS} places at the top: left out.")
    if any(row["tied"] for row in usable):
        cautions.append(
            "Places at the edge of the top have the same rank in a training, so chance decides who is in it."
        )
        return Judged("not enough data", "ranks that tell the places at the top from those below")
    return Judged("contradicted" if lowest < least else "supported")


def _null(rows: Sequence[Row]) -> tuple[int, float, int]:
    """How many places stayed at the top, how many would by lot, and how many in 97.5 of a hundred draws at most.

    Within a stratum and between two periods the number is hypergeometric; the sum over all has the convolution of their
    distributions, exactly.
    """
    import numpy as np
    from scipy.stats import hypergeom

    total, mean = np.ones(1), 0.0
    for row in rows:
        drawn = np.arange(min(row["before"], row["after"]) + 1)
        total = np.convolve(total, hypergeom.pmf(drawn, row["places"], row["before"], row["after"]))
        mean += row["before"] * row["after"] / row["places"]
    most = int(np.searchsorted(np.cumsum(total), 0.975 - 1e-12))
    return sum(row["stayed"] for row in rows), mean, most


def _persisting(found: Found, parts: list[str], cautions: list[str], measures: list[Measured]) -> Judged:
    rows = found.rows("persistence")
    if rows is None:
        return Judged("not testable")
    alike = [row for row in rows if row["stratum"] is not None]
    used = alike or rows
    if len({row["turn"] for row in used}) < 2 or sum(row["before"] for row in used) < FEWEST_AREAS:
        return Judged("not enough data", "ranks of places in at least three months")
    stayed, mean, most = _null(used)
    before = sum(row["before"] for row in used)
    measures.append(
        Measured("Places that stayed at the top from month to month", stayed / before, count=stayed, of=before)
    )
    measures.append(Measured("The same if places were drawn by lot", mean / before, high=most / before, level=0.975))
    among = " among places with as much reported crime" if alike else ""
    parts.append(
        f"From month to month {number(stayed)} of {number(before)} places at the top stayed there; drawn by lot{among} "
        f"it would be about {number(round(mean))}, and at most {number(most)} in 975 of 1,000 draws."
    )
    if len(alike) < len(rows) and alike:
        unknown = number(sum(row["before"] for row in rows) - before)
        cautions.append(f"{unknown} times a place at the top was not in the table of patrols: left out.")
    if stayed <= most:
        if sum(min(row["before"], row["after"]) for row in used) <= most:
            cautions.append("So few places are alike in reported crime that all of them could stay at the top by lot.")
            return Judged("not enough data", "more places with as much reported crime as those at the top")
        if any(row["tied"] for row in used):
            cautions.append("Places at the edge of the top have the same rank in a month; lot decided who was in it.")
            return Judged("not enough data", "ranks that tell the places at the top from those below")
        return Judged("supported")
    cautions.append(
        "Places stay at the top also where nothing feeds on itself, if what is predicted stays in the same places."
    )
    if not alike:
        cautions.append("Without the crime reported in each place, lasting crime cannot be told from a loop.")
        return Judged("not enough data", "crimes reported in each place (the table of patrols)")
    return Judged("contradicted")


def _elasticity(found: Found, cautions: list[str], measures: list[Measured]) -> None:
    """Found crime by where it was found, and how it goes with hours of patrol. Shown, not judged."""
    from math import log

    sums = found.one("found")
    if sums is not None and (sums["found"] or sums["reported"]):
        share = sums["found"] / (sums["found"] + sums["reported"])
        measures.append(
            Measured("Crimes found by patrols, of all", share, count=sums["found"], of=sums["found"] + sums["reported"])
        )
    rows = found.rows("patrolled")
    if not rows:
        return
    effect = quasi_poisson(
        [row["found"] for row in rows],
        [1.0] * len(rows),
        [[log(row["reported"] + 1) for row in rows], [log(row["hours"]) for row in rows]],
        of=1,
        step=log(2),
    )
    if effect is None:
        return
    measures.append(ratio_measured("Crime found with twice the hours of patrol, at as much reported crime", effect))
    if effect.low > 1:
        cautions.append(
            f"Where patrols spent twice the hours they found {number(round(effect.ratio, 2))} times the crime, at as "
            "much reported crime: crime is found where patrols are, so it must not teach the tool."
        )


CHECKS = (
    Check(
        "CK-25",
        "No feedback loop",
        ("rank|retraining.rank", "location_id|retraining.location_id"),
        _loop_queries,
        _loop,
    ),
)
