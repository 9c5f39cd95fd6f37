"""CK-23 and CK-26: is every use authorised, and is access to the system controlled?

In: aggregates of the log. Out: rulings. Source: claims.md 4.5 of the design.

| Check | Parameter | Unit | Meaning | From |
|---|---|---|---|---|
| CK-26 | ``case_required`` | true or false | A query needs a case number; true if not given | W4 (false: free search) |
| CK-26 | ``supplier_access`` | none, time-limited, standing | What access supplier staff are said to have | L4 |
| CK-26 | ``audit_share`` | share | Share of queries that is looked at for misuse each month | L3 (percent / 100) |

CK-23 takes no figure. A deployment is all rows of one ``deployment_id``: it lacks authority where no row names one, and
is late where the earliest ``ts_authority`` follows the earliest ``ts_start``. Words for nothing name none. CK-26 looks
at rows with a ``query_user``; a query whose reason an audit accepted (``query_explained``) is held against nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, utc
from impact.claims.claimed import figure, listed, word
from impact.claims.shares import Share
from impact.claims.verdicts import Judged, at_least, never, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

_PLACE = ("location_id", "authority_place")
_PERIOD = ("authority_from", "authority_to")
_LATE = "min(ts_authority) > min(ts_start)"
# An authority of which only the day is known, on the day on which the deployment began: before it or after?
_SAME_DAY = (
    "min(ts_authority) = date_trunc('day', min(ts_authority)) AND min(ts_start) >= min(ts_authority) "
    "AND min(ts_start) < min(ts_authority) + INTERVAL 1 DAY"
)
_NOTHING = ("", "none", "no", "n", "false", "0", "nil", "n/a", "na", "-", "unknown", "not recorded", "pending", "tbc")
_REF = f"max(CASE WHEN lower(trim(authority_ref)) NOT IN {listed(_NOTHING)} THEN authority_ref END)"


def _limits(context: Context) -> tuple[str, str]:
    """SQL over the rows of a deployment: it was in another place, or at another time, than was authorised."""
    here, there = (f"lower(trim({name}))" for name in _PLACE)
    # Where the place authorised stands on one row of a deployment only, it holds for all of its rows.
    place = (
        f"coalesce(bool_or({here} <> {there}), false) OR (min({there}) = max({there}) AND "
        f"(min({here}) <> min({there}) OR max({here}) <> min({there})))"
        if context.has(*_PLACE)
        else "NULL"
    )
    first = "least(min(ts_start), min(ts_scored))" if context.has("ts_scored") else "min(ts_start)"
    ends = [name for name in ("ts_end", "ts_scored") if context.has(name)]
    last = f"greatest({', '.join(f'max({name})' for name in ends)})" if ends else "max(ts_start)"
    period = (
        f"coalesce({first} < min(authority_from), false) OR coalesce({last} > max(authority_to), false)"
        if context.has(*_PERIOD)
        else "NULL"
    )
    return place, period


def _unauthorised(context: Context) -> str:
    place, period = _limits(context)
    wrong = f"{_REF} IS NULL OR {_LATE} OR coalesce({place}, false) OR coalesce({period}, false)"
    return f"deployment_id IN (SELECT deployment_id FROM log GROUP BY deployment_id HAVING {wrong})"


def _authorised_queries(context: Context) -> Sequence[Query]:
    place, period = _limits(context)
    here, there = (f"lower(trim({name}))" for name in _PLACE)
    no_place = f"min({there}) IS NULL OR min({here}) IS NULL" if context.has(*_PLACE) else "NULL"
    no_period = "NULL"
    if context.has(*_PERIOD):
        # Without an end, or anything scored later than the start, nobody knows how long it ran.
        ends = [f"max({name})" for name in ("ts_end", "ts_scored") if context.has(name)]
        over = f"coalesce({', '.join(ends)}) IS NULL" if ends else "true"
        no_period = f"min(authority_from) IS NULL OR max(authority_to) IS NULL OR {over}"
    sql = (
        "SELECT count(*) AS n, count(*) FILTER (WHERE without) AS without, "
        "count(*) FILTER (WHERE NOT without AND late) AS late, "
        "count(*) FILTER (WHERE NOT without AND untimed) AS untimed, "
        "count(*) FILTER (WHERE NOT without AND place) AS place, "
        "count(*) FILTER (WHERE NOT without AND period) AS period, "
        "count(*) FILTER (WHERE NOT without AND no_place) AS no_place, "
        "count(*) FILTER (WHERE NOT without AND no_period) AS no_period, "
        "count(*) FILTER (WHERE without OR late OR coalesce(place, false) OR coalesce(period, false)) AS wrong FROM ("
        f"SELECT {_REF} IS NULL AS without, coalesce({_LATE}, false) AS late, "
        f"min(ts_authority) IS NULL OR min(ts_start) IS NULL OR ({_SAME_DAY}) AS untimed, "
        f"{place} AS place, {period} AS period, {no_place} AS no_place, {no_period} AS no_period "
        "FROM log WHERE deployment_id IS NOT NULL GROUP BY deployment_id)"
    )
    needs = ("deployment_id", "authority_ref", "ts_authority", "ts_start")
    return (
        Query("deployments", sql, needs),
        Query("outside", "SELECT count(*) AS n FROM log WHERE deployment_id IS NULL", needs),
    )


def _authorised(context: Context, found: Found) -> Ruling:
    row, outside = found.one("deployments"), found.one("outside")
    if row is None or not row["n"]:
        return Ruling("not enough data", "The log holds no deployment.", needed="at least one deployment")
    n = row["n"]
    wrong = Share(row["wrong"], n)
    judged = [never(wrong)]
    parts: list[str] = []
    cautions: list[str] = []
    missing: list[str] = []
    labels = {
        "without": "have no written authority",
        "late": "began before their authority was given",
        "place": "were in a place that their authority does not name",
        "period": "ran outside the time that their authority gives",
    }
    measures = [wrong.measured("Deployments without a written authority, or outside it")]
    for name, words in labels.items():
        measures.append(Measured(f"Deployments that {words}", row[name], "count", count=row[name], of=n))
        if row[name]:
            parts.append(f"{share_words(Share(row[name], n))} deployments {words}.")
    if not wrong.k:
        parts.append(
            f"All {number(n)} deployments have a written authority from before they began; a share of up to "
            f"{percent(wrong.measured('').high)} without one would still look like this."
        )
    for columns, name, what in ((_PLACE, "no_place", "place"), (_PERIOD, "no_period", "time")):
        lacking = context.missing(columns)
        if lacking:
            missing += lacking
            judged.append(Judged("not testable"))
            cautions.append(f"Whether deployments kept to the {what} authorised cannot be seen in this log.")
        elif row[name]:
            judged.append(Judged("not enough data", f"{what} and authorised {what} of every deployment"))
            cautions.append(f"{number(row[name])} deployments record no {what}, or no authorised {what}.")
    if row["untimed"]:
        judged.append(Judged("not enough data", "the time of every authority and of every start"))
        when = "when they began or were authorised, or only that both were on one day"
        cautions.append(f"Of {number(row['untimed'])} deployments nobody recorded {when}.")
    if outside is not None and outside["n"]:
        judged.append(Judged("not enough data", "the deployment of every row"))
        cautions.append(f"{number(outside['n'])} rows name no deployment and were left out.")
    verdict = worst(judged)
    return Ruling(
        verdict.verdict, " ".join(parts), tuple(measures), verdict.needed, tuple(cautions), missing=tuple(missing)
    )


_LIMITED = ("authority_ref", "authority_from", "authority_to", "ts_scored")
_KNOWN = ("colleague", "neighbour", "neighbor", "public figure", "public_figure", "public-figure")


def _standing_out(context: Context) -> dict[str, str | None]:
    """Name -> SQL condition of queries that stand out, or None where the log lacks the column."""
    named, about, shift = (context.has(name) for name in ("case_ref", "query_subject", "on_shift"))
    open_ = "query_explained IS NOT TRUE" if context.has("query_explained") else "true"
    case = f"lower(trim(coalesce(case_ref, ''))) NOT IN {listed(_NOTHING)}"
    known = f"lower(trim(query_subject)) IN {listed(_KNOWN)}"
    told = f"lower(trim(query_subject)) IN {listed(('self', 'other', *_KNOWN))}"
    bare = f" AND NOT ({case})" if named else ""
    limited = (
        "authority_ref IS NOT NULL AND ts_scored >= authority_from AND ts_scored <= authority_to"
        if context.has(*_LIMITED)
        else None
    )
    supplier = context.has("supplier_user")
    return {
        "without_case": f"{open_} AND NOT ({case})" if named else None,
        "on_self": f"{open_} AND lower(trim(query_subject)) = 'self'" if about else None,
        "on_known": f"{open_} AND {known}{bare}" if about else None,
        "known_with_case": f"{known} AND {case}" if named and about else None,
        "subject_unknown": f"query_subject IS NULL OR NOT ({told})" if about else None,
        "off_shift": f"{open_} AND on_shift IS FALSE{bare}" if shift else None,
        "off_with_case": f"on_shift IS FALSE AND {case}" if named and shift else None,
        "shift_unknown": "on_shift IS NULL" if shift else None,
        "supplier": "supplier_user" if supplier else None,
        "supplier_open": f"supplier_user AND ({limited}) IS NOT TRUE" if supplier and limited else None,
        "supplier_unknown": "supplier_user IS NULL" if supplier else None,
        "explained": "query_explained" if context.has("query_explained") else None,
    }


def _unexplained(context: Context) -> str:
    names = ["on_self", "on_known", "off_shift"]
    if context.parameters.get("case_required", True) is not False:
        names.append("without_case")
    access = word(context, "supplier_access")
    names += {"none": ["supplier"], "time-limited": ["supplier_open"]}.get(access or "", [])
    conditions = [f"({sql})" for name, sql in _standing_out(context).items() if name in names and sql]
    return f"query_user IS NOT NULL AND ({' OR '.join(conditions)})"


def _access_queries(context: Context) -> Sequence[Query]:
    counts = _standing_out(context)
    listed_ = ", ".join(
        f"count(*) FILTER (WHERE {sql}) AS {name}" if sql else f"NULL AS {name}" for name, sql in counts.items()
    )
    sql = f"SELECT count(*) AS n, {listed_} FROM log WHERE query_user IS NOT NULL"
    queries = [Query("queries", sql, ("query_user",))]
    signs = [name for name in ("case_ref", "query_subject") if context.has(name)]
    if signs:
        nobody = f"query_user IS NULL AND ({' OR '.join(f'{name} IS NOT NULL' for name in signs)})"
        queries.append(Query("by nobody", f"SELECT count(*) AS n FROM log WHERE {nobody}", ("query_user",)))
    if figure(context, "audit_share") is not None:
        month = f"date_trunc('month', {utc('ts_scored')})"
        queries.append(
            Query(
                "audited",
                "SELECT strftime(month, '%Y-%m') AS month, n, k, unknown FROM "
                f"(SELECT {month} AS month, count(*) AS n, count(*) FILTER (WHERE query_audited) AS k, "
                "count(*) FILTER (WHERE query_audited IS NULL) AS unknown FROM log "
                "WHERE query_user IS NOT NULL GROUP BY 1) ORDER BY 1",
                ("query_user", "query_audited", "ts_scored"),
            )
        )
    return queries


_ABOUT = {
    "without_case": "name no case",
    "on_self": "were about the user's own person",
    "on_known": "were about colleagues, neighbours or public figures, without a case",
    "off_shift": "were made off duty, without a case",
}


def _access(context: Context, found: Found) -> Ruling:
    row = found.one("queries")
    if row is None or not row["n"]:
        return Ruling("not enough data", "The log holds no query by a user.", needed="at least one query")
    n = row["n"]
    required = context.parameters.get("case_required", True) is not False
    supplier = word(context, "supplier_access")
    parts, cautions, judged, measures, missing = [], [], [], [], []
    columns = {
        "without_case": "case_ref",
        "on_self": "query_subject",
        "on_known": "query_subject",
        "off_shift": "on_shift",
    }
    for name, words in _ABOUT.items():
        if row[name] is None:
            missing.append(columns[name])
            continue
        share = Share(row[name], n)
        measures.append(share.measured(f"Queries that {words}"))
        if share.k:
            parts.append(f"{share_words(share)} queries {words}.")
        if name != "without_case" or required:
            judged.append(never(share))
        elif share.k:
            cautions.append(
                "No case is said to be needed for a query, so queries without one are shown and not judged."
            )
    judged += _supplier(row, supplier, parts, cautions, measures, missing)
    judged += _audited(context, found, parts, cautions, measures, missing)
    for name, words in (
        ("known_with_case", "about colleagues, neighbours or public figures"),
        ("off_with_case", "off duty"),
    ):
        if row[name]:
            cautions.append(
                f"{number(row[name])} queries {words} name a case; whether it explains them is for an audit."
            )
    nobody = found.one("by nobody")
    if nobody is not None and nobody["n"]:
        judged.append(Judged("not enough data", "for every query, who made it"))
        cautions.append(f"{number(nobody['n'])} rows name a case or a person looked for, and no user: left out.")
    for name, words in (("subject_unknown", "whom they were about"), ("shift_unknown", "whether the user was on duty")):
        if row[name]:
            judged.append(Judged("not enough data", f"for every query, {words}"))
            cautions.append(f"{number(row[name])} queries do not record {words} in words that can be read.")
    if row["explained"]:
        cautions.append(
            f"{number(row['explained'])} queries were explained to an audit and are not held against anybody."
        )
    if missing:
        judged.append(Judged("not testable"))
    verdict = worst(judged)
    if not parts:
        parts.append(f"None of {number(n)} queries stands out in what this log records.")
    tables: tuple[Table, ...] = ()
    months = found.rows("audited")
    if months:
        tables = (
            Table(
                "Queries looked at for misuse, by month",
                ("Month", "Queries", "Looked at", "Share"),
                tuple(
                    (each["month"] or "no time", number(each["n"]), number(each["k"]), percent(each["k"] / each["n"]))
                    for each in months
                ),
            ),
        )
    return Ruling(
        verdict.verdict,
        " ".join(parts),
        tuple(measures),
        verdict.needed,
        tuple(cautions),
        tuple(dict.fromkeys(missing)),
        tables,
    )


def _supplier(
    row: Row, said: str | None, parts: list[str], cautions: list[str], measures: list[Measured], missing: list[str]
) -> list[Judged]:
    if row["supplier"] is None:
        missing.append("supplier_user")
        return []
    share = Share(row["supplier"], row["n"])
    measures.append(share.measured("Queries by supplier staff"))
    if share.k:
        parts.append(f"{share_words(share)} queries were made by supplier staff.")
    unknown = []
    if row["supplier_unknown"] and said in ("none", "time-limited"):
        cautions.append(f"{number(row['supplier_unknown'])} queries do not record whether supplier staff made them.")
        unknown.append(Judged("not enough data", "for every query, whether supplier staff made it"))
    if said == "none":
        return [never(share), *unknown]
    if said == "time-limited":
        if row["supplier_open"] is None and share.k:
            missing += ["authority_ref", "authority_from", "authority_to"]
            return unknown
        outside = Share(row["supplier_open"] or 0, row["supplier"])
        if outside.k:
            parts.append(f"{share_words(outside)} of these had no authority, or were made outside its time.")
            measures.append(outside.measured("Queries by supplier staff without an authority in force"))
            return [Judged("contradicted"), *unknown]
        return unknown
    cautions.append(
        "Supplier staff are said to have standing access."
        if said == "standing"
        else "Nobody said what access supplier staff have, so their queries are shown and not judged."
    )
    return unknown


def _audited(
    context: Context,
    found: Found,
    parts: list[str],
    cautions: list[str],
    measures: list[Measured],
    missing: list[str],
) -> list[Judged]:
    claimed = figure(context, "audit_share")
    if claimed is None:
        return []
    rows = found.rows("audited")
    if rows is None:
        missing += context.missing(("query_audited", "ts_scored"))
        return []
    undated, rows = [row for row in rows if row["month"] is None], [row for row in rows if row["month"] is not None]
    total = Share(sum(row["k"] for row in rows), sum(row["n"] for row in rows))
    measures.append(total.measured("Queries looked at for misuse"))
    judged = [_looked_at(row, claimed) for row in rows]
    if undated:
        judged.append(Judged("not enough data", "the time of every query"))
        cautions.append(f"{number(undated[0]['n'])} queries have no time, so they count in no month.")
    unknown = sum(row["unknown"] for row in rows)
    if unknown:
        cautions.append(
            f"Of {number(unknown)} queries nobody recorded whether they were looked at. They are counted as not looked "
            "at, but no month is held to fall short for want of them."
        )
    below = [row["month"] for row, one in zip(rows, judged, strict=False) if one.verdict == "contradicted"]
    parts.append(f"{share_words(total)} queries were looked at for misuse; {percent(claimed)} a month were said.")
    if below:
        parts.append(f"In {number(len(below))} of {number(len(rows))} months it was less.")
    return judged or [Judged("not enough data", "at least one query with a time")]


def _looked_at(row: Row, claimed: float) -> Judged:
    """Supported by what is known to have been looked at; contradicted only if all the others not known were as well."""
    least = at_least(Share(row["k"], row["n"]), claimed)
    most = at_least(Share(row["k"] + row["unknown"], row["n"]), claimed)
    if least.verdict == "contradicted" and most.verdict != "contradicted":
        return Judged("not enough data", "for every query, whether it was looked at")
    return least


CHECKS = (
    Check(
        "CK-23",
        "Every use is authorised",
        ("deployment_id", "authority_ref", "ts_authority", "ts_start"),
        _authorised_queries,
        _authorised,
        offending=_unauthorised,
    ),
    Check(
        "CK-26",
        "Access is controlled",
        ("query_user", "case_ref|query_subject|on_shift|supplier_user"),
        _access_queries,
        _access,
        offending=_unexplained,
    ),
)
