"""CK-24: are places chosen for what happens there, or for who lives there?

In: one row for each area. Out: a ruling. Source: claims.md 4.5 of the design.

| Parameter | Unit | Meaning | From |
|---|---|---|---|
| ``largest_ratio`` | ratio | Hours with ten points more of the group; 1 if not given | T3, claims.yaml |

Side file ``areas``: area_code (as in ``location_id``), residents, daytime_population, recorded_crime (reported by
victims), group_share (0 to 1), deprivation. The rows of areas stay in the record, so that the regression can be made
again from it: areas are no people.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.area_rates import FEWEST_AREAS, Effect, gini, quasi_poisson, ratio_measured, theil, top_share
from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, not_testable
from impact.claims.claimed import figure
from impact.claims.verdicts import Judged
from impact.claims.words import number

__all__ = ["CHECKS"]

_TEN_POINTS = 0.1
_TIMES = ("ts_start", "ts_end")
_HOURS = (
    "sum(seconds ORDER BY seconds) / 3600 AS hours"  # in order: sums of fractions depend on it in their last digits
)
_LEFT_OUT = 0.05  # of the hours; where more could not be placed, what is left does not stand for all


def _aimed_queries(context: Context) -> Sequence[Query]:
    optional = {
        name: f"areas.{name}" if context.has(f"areas.{name}") else "NULL"
        for name in ("daytime_population", "deprivation", "recorded_crime", "group_share")
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in optional.items())
    # Scored cases repeat the times of their deployment: each deployment counts once in each place.
    key = "location_id, ts_start, ts_end"
    if context.has("deployment_id"):  # rows without one are told apart by their times
        key = (
            f"deployment_id, location_id, {', '.join(f'CASE WHEN deployment_id IS NULL THEN {t} END' for t in _TIMES)}"
        )
    uses = (
        "SELECT location_id, epoch(max(ts_end)) - epoch(min(ts_start)) AS seconds FROM log "
        f"WHERE location_id IS NOT NULL AND ts_start IS NOT NULL AND ts_end >= ts_start GROUP BY {key}"
    )
    # Deployments of which no row has a place, a start and an end; of rows without one, nobody knows what they are.
    timed, named = "location_id IS NOT NULL AND ts_end >= ts_start", context.has("deployment_id")
    lost = (
        "SELECT count(*) AS uses, count(*) FILTER (WHERE NOT timed) AS n FROM (SELECT "
        f"coalesce(bool_or({timed}), false) AS timed FROM log WHERE deployment_id IS NOT NULL GROUP BY deployment_id)"
    )
    bare = f"location_id IS NOT NULL AND ({timed}) IS NOT TRUE" + (" AND deployment_id IS NULL" if named else "")
    needs = ("location_id", "ts_start", "ts_end", "areas.area_code", "areas.residents")
    return (
        Query(
            "areas",
            f"WITH spent AS (SELECT location_id, {_HOURS} FROM ({uses}) GROUP BY 1) "
            f"SELECT coalesce(hours, 0.0) AS hours, areas.residents AS residents, {columns} "
            "FROM areas LEFT JOIN spent ON areas.area_code = spent.location_id ORDER BY ALL",
            needs,
        ),
        Query(
            "elsewhere",
            f"SELECT count(DISTINCT location_id) AS places, {_HOURS} FROM ({uses}) "
            "WHERE location_id NOT IN (SELECT area_code FROM areas WHERE area_code IS NOT NULL)",
            needs,
        ),
        Query("untimed", lost, (*needs, "deployment_id")),
        Query("bare", f"SELECT count(*) AS n FROM log WHERE {bare}", needs),
        Query(
            "twice",
            "SELECT count(*) AS n FROM (SELECT area_code FROM areas WHERE area_code IS NOT NULL GROUP BY area_code "
            "HAVING count(*) > 1)",
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


def _aimed(context: Context, found: Found) -> Ruling:
    limit = figure(context, "largest_ratio") or 1.0
    every = found.rows("areas") or ()
    missing = context.missing(("areas.recorded_crime", "areas.group_share"))
    twice = found.one("twice")
    if twice is not None and twice["n"]:
        return not_testable(
            f"The table of areas has {number(twice['n'])} areas more than once, so nobody can say which row holds."
        )
    if any(row["group_share"] is not None and not 0 <= row["group_share"] <= 1 for row in every):
        return not_testable("Shares of the group among residents lie between 0 and 1 (5% is 0.05); here some do not.")
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
    for name, what in (("untimed", "deployments"), ("bare", "rows of no deployment")):
        lost = found.one(name)
        if lost is not None and lost["n"]:
            cautions.append(
                f"{number(lost['n'])} {what} have no place, start or end, or end before they began: left out."
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
    measures.insert(0, ratio_measured("Hours for each ten residents more in a hundred who belong to the group", effect))
    if not poor:
        cautions.append("Deprivation is not in the table of areas and was not allowed for.")
    cautions.append(_ambient(known, poor, effect, limit, measures))
    after = "crime reported there and deprivation" if poor else "crime reported there"
    sentence = (
        f"{spread} After allowing for {after}, areas with ten more residents in a hundred of the group had "
        f"{number(round(effect.ratio, 2))} times the hours for each resident ({number(round(effect.low, 2))} to "
        f"{number(round(effect.high, 2))})."
    )
    judged = _against(effect, limit)
    left = _left_out(found, len(peopled) - len(known), [row["hours"] for row in known])
    if left is not None and judged.verdict != "not enough data":
        judged = Judged("not enough data", left)
    return Ruling(judged.verdict, sentence, tuple(measures), judged.needed, tuple(cautions))


def _against(effect: Effect, limit: float) -> Judged:
    if effect.low > limit:
        return Judged("contradicted")
    if effect.high <= limit:
        return Judged("supported")
    return Judged("not enough data", "more areas or more hours, or a declared ratio that counts as alike")


def _left_out(found: Found, unknown: int, hours: Sequence[float]) -> str | None:
    """What is wanted, where more than a twentieth of the deployments, hours or areas could not be used."""
    elsewhere, untimed = found.one("elsewhere"), found.one("untimed")
    if elsewhere is not None and (elsewhere["hours"] or 0.0) > _LEFT_OUT * (sum(hours) + (elsewhere["hours"] or 0.0)):
        return "every place of the log in the table of areas"
    if unknown > _LEFT_OUT * (len(hours) + unknown):
        return "figures of every area"
    if untimed is not None and untimed["n"] > _LEFT_OUT * untimed["uses"]:
        return "start and end of every deployment"
    return None


def _ambient(known: Sequence[Row], poor: bool, effect: Effect, limit: float, measures: list[Measured]) -> str:
    """Residents are not those who are there by day: the same with the daytime population, where it is known."""
    whole = all(row["daytime_population"] and row["daytime_population"] > 0 for row in known)
    again = _fitted(known, exposure="daytime_population", deprivation=poor) if whole else None
    if again is None:
        return "Hours are set against residents; who is there by day, and passes the cameras, may be others."
    measures.insert(1, ratio_measured("The same for each person there by day", again))
    if _against(again, limit).verdict != _against(effect, limit).verdict:
        return "Set against those who are there by day instead of residents, the answer is another one."
    return "Set against those who are there by day instead of residents, the answer is the same."


CHECKS = (
    Check(
        "CK-24",
        "Deployment is not aimed at particular communities",
        ("location_id", "ts_start", "ts_end", "areas.area_code", "areas.residents"),
        _aimed_queries,
        _aimed,
    ),
)
