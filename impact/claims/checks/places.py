"""CK-24 and CK-25: are places chosen for what happens there, or for who lives there; does the tool feed on itself?

In: one row for each area, and counts of places. Out: rulings. Source: claims.md 4.5 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-24 | ``largest_ratio`` | ratio | Hours with ten points more of the group; 1 if not given | T3, claims.yaml |
| CK-25 | ``top`` | places | How many places are patrolled first; a tenth of them if not given | claims.yaml |
| CK-25 | ``least_overlap`` | share | Least overlap between two trainings; 0.8 if not given | claims.yaml |

CK-24 reads ``areas``: area_code (as in ``location_id``), residents, daytime_population, recorded_crime (reported by
victims), group_share (0 to 1), deprivation. CK-25 reads ``patrols`` (area_code, period, patrol_hours, crimes_reported,
crimes_found) and ``retraining``: run, location_id, rank, one run trained on everything and one or more without crime
found by patrols.

The rows of areas stay in the record, so that the regression can be made again from it: areas are no people.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.area_rates import FEWEST_AREAS, Effect, gini, quasi_poisson, theil, top_share
from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table
from impact.claims.claimed import figure
from impact.claims.verdicts import Judged, worst
from impact.claims.words import number, percent

__all__ = ["CHECKS"]

_TEN_POINTS = 0.1
_OVERLAP = 0.8  # claims.md, CK-25
_STRATA = 10


def _aimed_queries(context: Context) -> Sequence[Query]:
    optional = {
        name: f"areas.{name}" if context.has(f"areas.{name}") else "NULL"
        for name in ("daytime_population", "deprivation", "recorded_crime", "group_share")
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in optional.items())
    # Scored cases repeat the times of their deployment: each deployment counts once in each place.
    key = "deployment_id, location_id" if context.has("deployment_id") else "location_id, ts_start, ts_end"
    uses = (
        "SELECT location_id, epoch(max(ts_end)) - epoch(min(ts_start)) AS seconds FROM log "
        f"WHERE location_id IS NOT NULL AND ts_start IS NOT NULL AND ts_end >= ts_start GROUP BY {key}"
    )
    needs = ("location_id", "ts_start", "ts_end", "areas.area_code", "areas.residents")
    return (
        Query(
            "areas",
            f"WITH spent AS (SELECT location_id, sum(seconds) / 3600 AS hours FROM ({uses}) GROUP BY 1) "
            f"SELECT coalesce(hours, 0.0) AS hours, areas.residents AS residents, {columns} "
            "FROM areas LEFT JOIN spent ON areas.area_code = spent.location_id ORDER BY ALL",
            needs,
        ),
        Query(
            "elsewhere",
            f"SELECT count(DISTINCT location_id) AS places, sum(seconds) / 3600 AS hours FROM ({uses}) "
            "WHERE location_id NOT IN (SELECT area_code FROM areas WHERE area_code IS NOT NULL)",
            needs,
        ),
    )


def _fitted(rows: Sequence[Row], *, exposure: str, deprivation: bool) -> Effect | None:
    crime = [row["recorded_crime"] / row["residents"] for row in rows]
    columns = [crime, [row["group_share"] for row in rows]]
    if deprivation:
        columns.append([row["deprivation"] for row in rows])
    return quasi_poisson(
        [row["hours"] for row in rows], [row[exposure] for row in rows], columns, of=1, step=_TEN_POINTS
    )


def _ratio(label: str, effect: Effect) -> Measured:
    # Eight places are far more than the data hold, and few enough to come out alike on every machine.
    values = [round(each, 8) for each in (effect.ratio, effect.low, effect.high)]
    return Measured(label, values[0], "ratio", values[1], values[2], 0.95, "quasi_poisson")


def _aimed(context: Context, found: Found) -> Ruling:
    limit = figure(context, "largest_ratio") or 1.0
    every = found.rows("areas") or ()
    missing = context.missing(("areas.recorded_crime", "areas.group_share"))
    peopled = [row for row in every if row["residents"] and row["residents"] > 0]
    hours, residents = [row["hours"] for row in peopled], [row["residents"] for row in peopled]
    total = sum(hours)
    if not peopled or total <= 0:
        return Ruling(
            "not enough data", "No deployment in the log is in an area of the table.", needed="deployments in areas"
        )
    per_thousand = 1000 * total / sum(residents)
    measures = [
        Measured("Hours per 1,000 residents", per_thousand, "per_1000", count=total, of=sum(residents)),
        Measured("Unevenness over residents (Gini)", gini(hours, residents), "number"),
        Measured("Unevenness over residents (Theil)", theil(hours, residents), "number"),
        Measured("Share of the hours in the tenth of residents with most", top_share(hours, residents), "share"),
    ]
    cautions = []
    crimes = sum(row["recorded_crime"] or 0 for row in peopled)
    if crimes:
        measures.append(Measured("Hours for each crime reported by a victim", total / crimes, "number", of=crimes))
    if len(peopled) < len(every):
        cautions.append(f"{number(len(every) - len(peopled))} areas without residents were left out.")
    elsewhere = found.one("elsewhere")
    if elsewhere is not None and elsewhere["places"]:
        cautions.append(
            f"{number(elsewhere['places'])} places of the log, with {number(round(elsewhere['hours'], 1))} hours, are "
            "not in the table of areas and were left out."
        )
    reached = sum(1 for each in hours if each)
    spread = f"{number(round(total, 1))} hours fell on {number(reached)} of {number(len(peopled))} areas."
    if missing:
        sentence = f"{spread} Whether they go with who lives there cannot be told without the crimes reported there."
        return Ruling("not testable", sentence, tuple(measures), None, tuple(cautions), missing)
    poor = context.has("areas.deprivation")
    names = ("recorded_crime", "group_share", *(("deprivation",) if poor else ()))
    known = [row for row in peopled if all(row[name] is not None for name in names)]
    if len(known) < len(peopled):
        cautions.append(
            f"{number(len(peopled) - len(known))} areas with unknown figures were left out of the comparison."
        )
    effect = _fitted(known, exposure="residents", deprivation=poor)
    if effect is None:
        least = number(FEWEST_AREAS * (len(names) + 1))
        needed = f"at least {least} areas with known figures, {FEWEST_AREAS} of them with hours"
        return Ruling(
            "not enough data",
            f"{spread} They are too few, or too alike, to tell crime and residents apart.",
            tuple(measures),
            needed,
            tuple(cautions),
        )
    measures.insert(0, _ratio("Hours for each ten residents more in a hundred who belong to the group", effect))
    if not poor:
        cautions.append("Deprivation is not in the table of areas and was not allowed for.")
    cautions.append(_ambient(context, known, poor, effect, measures))
    after = "crime reported there and deprivation" if poor else "crime reported there"
    sentence = (
        f"{spread} After allowing for {after}, areas with ten more residents in a hundred of the group had "
        f"{number(round(effect.ratio, 2))} times the hours for each resident ({number(round(effect.low, 2))} to "
        f"{number(round(effect.high, 2))})."
    )
    if effect.low > limit:
        judged = Judged("contradicted")
    elif effect.high <= limit:
        judged = Judged("supported")
    else:
        judged = Judged("not enough data", "more areas or more hours, or a declared ratio that counts as alike")
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions))


def _ambient(context: Context, known: Sequence[Row], poor: bool, effect: Effect, measures: list[Measured]) -> str:
    """Residents are not those who are there by day: the same with the daytime population, where it is known."""
    whole = all(row["daytime_population"] and row["daytime_population"] > 0 for row in known)
    again = _fitted(known, exposure="daytime_population", deprivation=poor) if whole else None
    if again is None:
        return "Hours are set against residents; who is there by day, and passes the cameras, may be others."
    measures.insert(1, _ratio("The same for each person there by day", again))
    if (again.low > 1) != (effect.low > 1):
        return "Set against those who are there by day instead of residents, the answer is another one."
    return "Set against those who are there by day instead of residents, the answer is the same."


# ---- CK-25 -------------------------------------------------------------------------------------------------------


def _top(context: Context, places: str) -> str:
    """SQL: how many places count as the top."""
    declared = figure(context, "top")
    return str(int(declared)) if declared is not None else f"greatest(1, CAST(round({places} / 10.0) AS BIGINT))"


def _loop_queries(context: Context) -> Sequence[Query]:
    reported = context.has("patrols.area_code", "patrols.crimes_reported")
    strata = (
        f"SELECT area_code AS place, ntile({_STRATA}) OVER (ORDER BY sum(crimes_reported), area_code) AS stratum "
        "FROM patrols WHERE area_code IS NOT NULL GROUP BY area_code"
        if reported
        else "SELECT CAST(NULL AS VARCHAR) AS place, CAST(NULL AS BIGINT) AS stratum WHERE false"
    )
    month = "strftime(timezone('UTC', ts_scored), '%Y-%m')"
    # Places are ranked afresh within each period by their best rank of it; ties are broken by their names.
    persistence = (
        f"WITH best AS (SELECT {month} AS period, location_id AS place, min(rank) AS rank FROM log "
        "WHERE location_id IS NOT NULL AND rank IS NOT NULL AND ts_scored IS NOT NULL GROUP BY 1, 2), "
        "placed AS (SELECT *, row_number() OVER (PARTITION BY period ORDER BY rank, place) AS position, "
        "count(*) OVER (PARTITION BY period) AS places, dense_rank() OVER (ORDER BY period) AS turn FROM best), "
        f"marked AS (SELECT *, position <= {_top(context, 'places')} AS top FROM placed), "
        f"strata AS ({strata}) "
        "SELECT now.turn AS turn, strata.stratum AS stratum, count(*) AS places, "
        "count(*) FILTER (WHERE before.top) AS before, count(*) FILTER (WHERE now.top) AS after, "
        "count(*) FILTER (WHERE before.top AND now.top) AS stayed "
        "FROM marked now JOIN marked before ON before.place = now.place AND before.turn = now.turn - 1 "
        "LEFT JOIN strata ON strata.place = now.place GROUP BY 1, 2 ORDER BY 1, 2"
    )
    overlap = (
        "WITH runs AS (SELECT trim(run) AS run, location_id AS place, row_number() OVER (PARTITION BY trim(run) "
        "ORDER BY rank, location_id) AS position, count(*) OVER (PARTITION BY trim(run)) AS places FROM retraining "
        "WHERE run IS NOT NULL AND location_id IS NOT NULL AND rank IS NOT NULL), "
        f"tops AS (SELECT run, place FROM runs WHERE position <= {_top(context, 'places')}), "
        "sizes AS (SELECT run, count(*) AS n FROM tops GROUP BY 1) "
        "SELECT a.run AS one, b.run AS other, a.n AS n_one, b.n AS n_other, (SELECT count(*) FROM tops x JOIN tops y "
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
            "SELECT sum(patrol_hours) AS hours, sum(crimes_found) AS found, sum(crimes_reported) AS reported "
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
    if stayed <= most:
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
    measures.append(_ratio("Crime found with twice the hours of patrol, at as much reported crime", effect))
    if effect.low > 1:
        cautions.append(
            f"Where patrols spent twice the hours they found {number(round(effect.ratio, 2))} times the crime, at as "
            "much reported crime: crime is found where patrols are, so it must not teach the tool."
        )


CHECKS = (
    Check(
        "CK-24",
        "Deployment is not aimed at particular communities",
        ("location_id", "ts_start", "ts_end", "areas.area_code", "areas.residents"),
        _aimed_queries,
        _aimed,
    ),
    Check(
        "CK-25",
        "No feedback loop",
        ("rank|retraining.rank", "location_id|retraining.location_id"),
        _loop_queries,
        _loop,
    ),
)
