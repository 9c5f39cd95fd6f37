"""CK-32 and CK-33: can we leave, and does the supplier keep to its targets?

In: aggregates of the log, the export test and the table of targets. Out: rulings. Source: claims.md 4.7 of the design.

CK-32 and CK-33 take no figure: they read side files. ``export_test``: table, rows_expected, rows_exported,
fields_expected, fields_exported, reimport (ok, or what went wrong), hours, derived (scores, links, features).

``kpis``, one row a target: kpi; numerator and denominator, each the name of a column of the log, which counts where it
is true or, if it is not true or false, where it is recorded; target, a share from 0 to 1; direction, “at least” (if not
given) or “at most”; period, month (if not given), quarter or year; within_hours: then numerator and denominator are
times, and a row counts where the first is no later than so many hours after the second. Without the first it is late if
those hours were up when the log ends, and else not yet known. A log ends with the last thing that happened in it, or
with the day that “now” means where that is earlier. Without a denominator all rows count. A row whose numerator is
neither true nor false is unknown as well: it is no “no”, so a verdict stands only if it is the same with all of the
unknown true as with all of them false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, utc
from impact.claims.claimed import end_of_day, listed
from impact.claims.contract import LOG
from impact.claims.shares import Share, share_of
from impact.claims.verdicts import Judged, at_least, at_most, never, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

_FIELDS = 0.95  # claims.md, CK-32
_DONE = ("ok", "yes", "true", "1", "success", "successful", "successfully", "complete", "done", "pass", "passed")
_UNTRIED = ("n/a", "na", "none", "nil", "-", "unknown", "pending", "not yet", "not tested", "untested", "not tried")
_AT_LEAST = ("at least", "least", ">=", ">", "min", "minimum", "no less than", "not less than", "more than", "above")
_AT_MOST = (
    "at most",
    "most",
    "<=",
    "<",
    "max",
    "maximum",
    "no more than",
    "not more than",
    "less than",
    "below",
    "up to",
)


# Times at which something happened; the others are planned, or are of the data that went in.
_HAPPENED = tuple(
    name
    for name, field in LOG.items()
    if field.kind == "time" and name not in ("authority_from", "authority_to", "oldest_source_ts")
)

_MOMENT = "%-d %B %Y, %H:%M UTC"
_READ_IN = "rtrim(lower(trim(reimport)), '.! ')"


def _leave_queries(context: Context) -> Sequence[Query]:
    fields = context.has("export_test.fields_expected", "export_test.fields_exported")
    wanted = {
        "name": '"table"' if context.has("export_test.table") else "NULL",
        "rows_expected": "rows_expected",
        "rows_exported": "rows_exported",
        "fields_expected": "fields_expected" if fields else "NULL",
        "fields_exported": "fields_exported" if fields else "NULL",
        "reimport": f"nullif(CASE WHEN {_READ_IN} NOT IN {listed(_UNTRIED)} THEN {_READ_IN} END, '')"
        if context.has("export_test.reimport")
        else "NULL",
        "hours": "hours" if context.has("export_test.hours") else "NULL",
        "derived": "derived" if context.has("export_test.derived") else "NULL",
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in wanted.items())
    needs = ("export_test.rows_expected", "export_test.rows_exported")
    return (Query("tables", f"SELECT {columns} FROM export_test ORDER BY name, rows_expected", needs),)


def _total(rows: Sequence[Row], have: str, due: str) -> Share:
    """What was exported of what was expected; what is beyond it does not make up for a table that lacks some."""
    known = [row for row in rows if row[have] is not None and row[due] is not None]
    return Share(sum(min(row[have], row[due]) for row in known), sum(row[due] for row in known))


def _leave(context: Context, found: Found) -> Ruling:
    rows = found.rows("tables") or ()
    if not rows:
        return Ruling("not enough data", "The export test holds no table.", needed="an export that was tested")
    exported, fields = (
        _total(rows, "rows_exported", "rows_expected"),
        _total(rows, "fields_exported", "fields_expected"),
    )
    counted = [row for row in rows if row["rows_exported"] is not None and row["rows_expected"] is not None]
    short = [row for row in counted if row["rows_exported"] < row["rows_expected"]]
    judged: list[Judged] = []
    parts, cautions = [f"{share_words(exported)} rows expected came out of the export."], []
    if short:
        judged.append(Judged("contradicted"))
        parts.append(f"{number(len(short))} of {number(len(rows))} tables lack rows.")
    else:
        judged.append(never(Share(0, exported.n)))
    if len(counted) < len(rows):
        judged.append(Judged("not enough data", "rows expected and exported for every table"))
    missing = context.missing(("export_test.fields_expected", "export_test.fields_exported", "export_test.reimport"))
    if not missing and any(row["fields_expected"] is None or row["fields_exported"] is None for row in rows):
        judged.append(Judged("not enough data", "fields expected and exported for every table"))
    if missing:
        judged.append(Judged("not testable"))
    if fields.n:
        parts.append(f"{share_words(fields)} fields came with them.")
        if (fields.value or 0.0) < _FIELDS:
            judged.append(Judged("contradicted"))
            parts.append(f"Under {percent(_FIELDS)} of fields is too little to go on with.")
    failed = [row for row in rows if row["reimport"] and row["reimport"] not in _DONE]
    if failed:
        judged.append(Judged("contradicted"))
        parts.append(f"{number(len(failed))} of {number(len(rows))} tables could not be read in again elsewhere.")
    untried = sum(1 for row in rows if not row["reimport"])
    if untried and "export_test.reimport" not in missing:
        judged.append(Judged("not enough data", "every table read in again elsewhere"))
        cautions.append(f"Of {number(untried)} tables nobody tried to read the export in again.")
    derived = [row for row in rows if row["derived"]]
    measures = [
        Measured("Rows exported", exported.value, "share", count=exported.k, of=exported.n),
        Measured("Fields exported", fields.value, "share", count=fields.k, of=fields.n),
    ]
    if derived:
        own = _total(derived, "rows_exported", "rows_expected")
        measures.append(Measured("Rows of derived data exported", own.value, "share", count=own.k, of=own.n))
    else:
        cautions.append("No table is marked as derived data (scores, links, features), so its export was not shown.")
    hours = [row["hours"] for row in rows if row["hours"] is not None]
    if hours:
        measures.append(Measured("Time that the export took", sum(hours), "hours"))
    if any((row["rows_exported"] or 0) > (row["rows_expected"] or 0) for row in rows):
        cautions.append("Some tables gave more rows than were expected.")
    table = Table(
        "Export by table",
        ("Table", "Rows exported of expected", "Fields exported of expected", "Read in again"),
        tuple(
            (
                str(row["name"] or "not named"),
                f"{number(row['rows_exported'])} of {number(row['rows_expected'])}",
                f"{number(row['fields_exported'])} of {number(row['fields_expected'])}",
                str(row["reimport"] or "not tried"),
            )
            for row in rows
        ),
    )
    verdict = worst(judged)
    return Ruling(
        verdict.verdict, " ".join(parts), tuple(measures), verdict.needed, tuple(cautions), missing, tables=(table,)
    )


def _target_queries(context: Context) -> Sequence[Query]:
    there = [name for name in LOG if name in context.columns.get("log", frozenset())]
    whens, times = [], []
    for name in there:
        kind = LOG[name].kind
        whens.append(f"WHEN '{name}' THEN {name}" + ("" if kind == "bool" else " IS NOT NULL"))
        if kind == "time":
            times.append(f"WHEN '{name}' THEN epoch({name})")

    def counts(side: str) -> str:
        return f"CASE {side} {' '.join(whens)} END"

    def when(side: str) -> str:
        return f"CASE {side} {' '.join(times)} END" if times else "NULL"

    optional = {
        name: name if context.has(f"kpis.{name}") else "NULL"
        for name in ("denominator", "direction", "period", "within_hours")
    }
    names = ", ".join(f"'{name}'" for name in there)
    timed = ", ".join(f"'{name}'" for name in there if LOG[name].kind == "time") or "''"
    dated = context.has("ts_scored")
    month = utc("ts_scored")
    part = (
        f"CASE part WHEN 'year' THEN strftime({month}, '%Y') "
        f"WHEN 'quarter' THEN strftime({month}, '%Y') || ' quarter ' || quarter({month}) "
        f"ELSE strftime({month}, '%Y-%m') END"
        if dated
        else "CAST(NULL AS VARCHAR)"
    )
    alike = context.repeated and context.has("subject_key")
    key = "subject_key, " if alike else ""
    hits = (
        "WITH wanted AS (SELECT row_number() OVER (ORDER BY kpi, numerator, target) AS id, kpi, target, "
        f"trim(numerator) AS num, nullif(trim({optional['denominator']}), '') AS den, "
        f"replace(lower(trim({optional['direction']})), '_', ' ') AS direction, "
        f"CAST({optional['within_hours']} AS DOUBLE) AS hours, lower(trim({optional['period']})) AS part FROM kpis), "
        f"known AS (SELECT *, CASE WHEN hours IS NULL THEN num IN ({names}) AND (den IS NULL OR den IN ({names})) "
        f"ELSE num IN ({timed}) AND den IN ({timed}) END AS known FROM wanted), "
        f"ends AS ({_end(context)}), "
        f"hits AS (SELECT id, {part} AS span, {key}"
        f"CASE WHEN den IS NULL THEN true ELSE {counts('den')} END AS risk, "
        f"CASE WHEN hours IS NULL THEN {counts('num')} "
        f"WHEN {when('num')} IS NOT NULL THEN {when('num')} - {when('den')} <= hours * 3600 "
        f"WHEN {when('den')} + hours * 3600 < epoch(until) THEN false END AS hit "
        "FROM log CROSS JOIN known CROSS JOIN ends WHERE known)"
    )
    sql = (
        f"{hits}, sums AS (SELECT id, span, grouping(span) AS whole, count(*) FILTER (WHERE risk) AS n, "
        "count(*) FILTER (WHERE risk AND hit) AS k, count(*) FILTER (WHERE risk AND hit IS NULL) AS unknown "
        "FROM hits GROUP BY GROUPING SETS ((id), (id, span))) "
        "SELECT known.id, kpi, known, direction, target, coalesce(whole, 1) AS whole, span, coalesce(n, 0) AS n, "
        "coalesce(k, 0) AS k, coalesce(unknown, 0) AS unknown, "
        f"CASE WHEN hours IS NOT NULL THEN strftime(timezone('UTC', until), '{_MOMENT}') END AS until "
        "FROM known CROSS JOIN ends LEFT JOIN sums USING (id) ORDER BY id, whole DESC, span"
    )
    needs = ("kpis.kpi", "kpis.numerator", "kpis.target")
    if not alike:
        return (Query("targets", sql, needs),)
    people = (
        f"{hits}, ways AS (SELECT * FROM (VALUES ('known'), ('least'), ('most')) AS t(way)) "
        "SELECT id, way, CAST(sum(k) AS BIGINT) AS k, CAST(sum(m) AS BIGINT) AS n, count(*) AS clusters, "
        "CAST(sum(k * k) AS BIGINT) AS kk, CAST(sum(k * m) AS BIGINT) AS km, CAST(sum(m * m) AS BIGINT) AS mm, "
        "count(*) FILTER (WHERE k > 0) AS counted, count(*) FILTER (WHERE m > k) AS others "
        "FROM (SELECT id, way, subject_key, count(*) FILTER (WHERE coalesce(hit, way = 'most')) AS k, count(*) AS m "
        "FROM hits CROSS JOIN ways WHERE risk AND (way <> 'known' OR hit IS NOT NULL) GROUP BY 1, 2, 3) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return (Query("targets", sql, needs), Query("people", people, needs))


def _end(context: Context) -> str:
    """A query for when the log ends: with the last thing that happened, but not after the day that “now” means."""
    last = ", ".join(f"max({name})" for name in _HAPPENED if name in context.columns.get("log", frozenset()))
    if not last:
        return f"SELECT {end_of_day(context)} AS until"
    return f"SELECT least(greatest({last}), {end_of_day(context)}) AS until FROM log"


def _wrong(row: Row, target: float, upward: bool, extra: str | None) -> bool:
    """On the wrong side of the target, ``extra`` rows being hits as well."""
    share = (row["k"] + (row[extra] if extra else 0)) / row["n"]
    return bool(share < target if upward else share > target)


def _targets(context: Context, found: Found) -> Ruling:
    rows = found.rows("targets") or ()
    totals = [row for row in rows if row["whole"]]
    if not totals:
        return Ruling("not enough data", "The table of targets is empty.", needed="at least one target")
    judged, cells, measures, cautions = [], [], [], []
    missed, unusable = [], []
    people = {(row["id"], row["way"]): share_of(row) for row in found.rows("people") or ()}
    for row in totals:
        k, n, unknown, name = row["k"], row["n"], row["unknown"], str(row["kpi"])
        ways = {"known": Share(k, n - unknown), "least": Share(k, n), "most": Share(k + unknown, n)}
        ways = {way: people.get((row["id"], way), share) for way, share in ways.items()}
        share = ways["known"]
        upward = not row["direction"] or row["direction"] in _AT_LEAST
        target, said = row["target"], upward or row["direction"] in _AT_MOST
        if not row["known"] or not said or target is None or not 0 <= target <= 1:
            unusable.append(name)
            judged.append(Judged("not testable"))
            continue
        each_way = [at_least(ways[way], target) if upward else at_most(ways[way], target) for way in ("least", "most")]
        one = each_way[0]
        until = row.get("until")  # of a target with hours
        if one.verdict != each_way[1].verdict:
            still = f"a log that goes on until {number(unknown)} more rows are due" if until else ""
            one = Judged("not enough data", f"{still or f'what is unknown of {number(unknown)} rows'} ({name})")
        judged.append(one)
        if unknown:
            settled = one.verdict in ("supported", "contradicted")
            why = (
                f"were not yet due when the log ended ({until}), and count neither as late nor as in time"
                if until
                else "are neither yes nor no and were left out"
            )
            cautions.append(
                f"{name}: {number(unknown)} of {number(n)} rows {why}; the verdict "
                f"{'stands whichever they are' if settled else 'allows for either'}."
            )
        if one.verdict == "contradicted":
            missed.append(name)
        spans = [each for each in rows if each["id"] == row["id"] and not each["whole"] and each["n"] and each["span"]]
        best, least = ("unknown", None) if upward else (None, "unknown")
        sure, perhaps = (sum(_wrong(each, target, upward, extra) for each in spans) for extra in (best, least))
        open_ = f", and {number(perhaps - sure)} open" if perhaps > sure else ""
        if unknown and until:
            # Rows that are done early are known sooner than the others: a share of those known would flatter.
            measures += [
                ways["least"].measured(f"{name}, if what is not yet due comes late"),
                ways["most"].measured(f"{name}, if what is not yet due comes in time"),
            ]
        else:
            measures.append(replace(share.measured(name), note=f"{number(unknown)} unknown" if unknown else None))
        cells.append(
            (
                name,
                f"{'at least' if upward else 'at most'} {percent(target)}",
                f"{share_words(ways['least'])}, {number(unknown)} not yet due"
                if unknown and until
                else share_words(share),
                f"{number(sure)} of {number(len(spans))}{open_}" if spans else "no times",
                one.verdict,
            )
        )
    if unusable:
        cautions.append(
            "Cannot be tested, since a column is not in the log, the target is no share, or the direction is neither "
            f"“at least” nor “at most”: {', '.join(unusable)}."
        )
    if missed:
        sentence = f"{number(len(missed))} of {number(len(totals))} targets are missed: {', '.join(missed)}."
    else:
        held = sum(1 for one in judged if one.verdict == "supported")
        rest = "" if held == len(totals) else "; of the others the log does not show it"
        sentence = f"{number(held)} of {number(len(totals))} targets are reached{rest}."
    table = Table(
        "Targets against the log",
        ("Target", "Agreed", "In the log", "Periods on the wrong side", "Verdict"),
        tuple(cells),
    )
    verdict = worst(judged)
    return Ruling(
        verdict.verdict, sentence, tuple(measures), verdict.needed, tuple(cautions), tables=(table,) if cells else ()
    )


CHECKS = (
    Check("CK-32", "We can leave", ("export_test.rows_expected", "export_test.rows_exported"), _leave_queries, _leave),
    Check(
        "CK-33",
        "The supplier meets its targets",
        ("kpis.kpi", "kpis.numerator", "kpis.target"),
        _target_queries,
        _targets,
    ),
)
