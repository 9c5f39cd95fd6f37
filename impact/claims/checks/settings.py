"""CK-17 to CK-19: the settings that were tested, and the matters it was meant for. CK-16 is in drift.py.

In: aggregates of the log, set against the approved settings. Out: rulings. All rows count, planted tests too: they
were made with the settings in force. Source: claims.md 4.4 of the design.

Parameters:

====================== ======== ====================================================== ==========================
name                   unit     meaning                                                comes from
====================== ======== ====================================================== ==========================
CK-18 lowest_tested    number   lowest threshold that was tested, where the file of    T8, E4
                                approved settings does not say
CK-19 levels           names    offence or conduct levels that are serious enough      G8, claims.yaml
CK-19 tolerance        share    of matters below them that is put up with; 0 else      pack or claims.yaml
====================== ======== ====================================================== ==========================

Side file ``approved_settings``: ``model_version``, ``config_hash``, ``threshold`` (each empty where any will do),
``valid_from``, ``valid_to``, ``lowest_tested``.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table, not_testable, utc_text
from impact.claims.groups import parameter
from impact.claims.shares import Share, share_of, share_query
from impact.claims.verdicts import Judged, at_most, never, worst
from impact.claims.words import number, percent, share_words
from impact.metrics.counting import duck

__all__ = ["CHECKS"]

_SETTINGS = ("model_version", "config_hash", "threshold")
_FILE = "approved_settings"
_SAME = 1e-6  # part by which the same threshold can differ, stored with seven digits in one file and sixteen in another
_MOST_LEVELS = 20


def _compared(context: Context) -> list[str]:
    """Settings that both the log and the file of approved settings have."""
    return [name for name in _SETTINGS if context.has(name, f"{_FILE}.{name}")]


def _agrees(name: str, row: str) -> str:
    if name == "threshold":
        near = f"abs(a.threshold - {row}.threshold) <= {_SAME} * greatest(abs(a.threshold), abs({row}.threshold))"
        return f"(a.threshold IS NULL OR {near})"
    return f"(a.{name} IS NULL OR a.{name} = {row}.{name})"


def _approved(context: Context, row: str) -> str:
    """SQL: ``row`` (a view or its alias) has settings that were approved for its time."""
    when = []
    if context.has(f"{_FILE}.valid_from"):
        when.append(f"(a.valid_from IS NULL OR a.valid_from <= {row}.ts_scored)")
    if context.has(f"{_FILE}.valid_to"):
        when.append(f"(a.valid_to IS NULL OR {row}.ts_scored <= a.valid_to)")
    holds = " AND ".join([*(_agrees(name, row) for name in _compared(context)), *when])
    return f"EXISTS (SELECT 1 FROM {_FILE} AS a WHERE {holds})"


def _judged(context: Context) -> str:
    """SQL, to be followed by a SELECT: ``own``, ``doubted`` rows, and ``per``: rows by settings and whether approved.

    Settings in the log are few. They are set against the file first (periods that overlap made one), and rows are
    looked at only of settings that were not approved for the whole time in which they occur: of most logs, none.
    """
    names = _compared(context)
    listed = ", ".join(names)
    agrees = " AND ".join(_agrees(name, "known") for name in names)
    ends = [
        f"coalesce(a.{name}, TIMESTAMPTZ '{without}')" if context.has(f"{_FILE}.{name}") else f"TIMESTAMPTZ '{without}'"
        for name, without in (("valid_from", "-infinity"), ("valid_to", "infinity"))
    ]
    return (
        f"WITH own AS MATERIALIZED (SELECT {listed}, count(*) AS n, count(ts_scored) AS timed, "
        f"min(ts_scored) AS first, max(ts_scored) AS last FROM log GROUP BY {listed}), "
        f"known AS (SELECT * FROM own WHERE timed > 0 AND {' AND '.join(f'{name} IS NOT NULL' for name in names)}), "
        f"allowed AS (SELECT {', '.join(f'known.{name}' for name in names)}, {ends[0]} AS f, {ends[1]} AS t "
        f"FROM known JOIN {_FILE} AS a ON {agrees}), "
        f"opened AS (SELECT *, f > max(t) OVER (PARTITION BY {listed} ORDER BY f, t ROWS BETWEEN UNBOUNDED PRECEDING "
        "AND 1 PRECEDING) AS gap FROM allowed), "
        f"numbered AS (SELECT *, count(*) FILTER (WHERE gap) OVER (PARTITION BY {listed} ORDER BY f, t) AS period "
        "FROM opened), "
        f"merged AS MATERIALIZED (SELECT {listed}, min(f) AS f, max(t) AS t FROM numbered GROUP BY {listed}, period), "
        "clean AS MATERIALIZED (SELECT known.* FROM known SEMI JOIN merged ON "
        f"{' AND '.join(f'known.{name} = merged.{name}' for name in names)} AND first >= f AND last <= t), "
        f"doubt AS MATERIALIZED (SELECT {listed} FROM known ANTI JOIN clean USING ({listed})), "
        f"doubted AS (SELECT {', '.join(f'c.{name}' for name in names)}, c.ts_scored, m.f IS NOT NULL AS approved "
        f"FROM log AS c SEMI JOIN doubt USING ({listed}) LEFT JOIN merged AS m ON "
        f"{' AND '.join(f'c.{name} = m.{name}' for name in names)} AND c.ts_scored BETWEEN m.f AND m.t "
        "WHERE c.ts_scored IS NOT NULL), "
        f"per AS MATERIALIZED (SELECT {listed}, approved, count(*) AS n, min(ts_scored) AS first, "
        f"max(ts_scored) AS last FROM doubted GROUP BY {listed}, approved "
        f"UNION ALL SELECT {listed}, true, timed, first, last FROM clean) "
    )


def _unrecorded(context: Context) -> str:
    return " OR ".join(f"{name} IS NULL" for name in (*_compared(context), "ts_scored"))


def _version_queries(context: Context) -> Sequence[Query]:
    if not _compared(context):
        return ()
    names = ", ".join(_compared(context))
    judged = _judged(context)
    return (
        Query(
            "outside",
            f"{judged}SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n, "
            "CAST((SELECT coalesce(sum(n), 0) FROM own) - coalesce(sum(n), 0) AS BIGINT) AS unknown, "
            "CAST(coalesce(sum(n) FILTER (WHERE NOT approved), 0) AS BIGINT) AS k, "
            "(SELECT count(DISTINCT date_trunc('day', timezone('UTC', ts_scored))) FROM doubted WHERE NOT approved) "
            f"AS days, {utc_text('min(first) FILTER (WHERE NOT approved)')} AS first, "
            f"{utc_text('max(last) FILTER (WHERE NOT approved)')} AS last FROM per",
        ),
        Query(
            "settings",
            f"{judged}SELECT {names}, approved, n, {utc_text('first')} AS first, {utc_text('last')} AS last FROM per "
            f"ORDER BY approved, n DESC, {names} LIMIT {_MOST_LEVELS}",
        ),
        Query("approved", f"SELECT count(*) AS n FROM {_FILE}"),
    )


def _version(context: Context, found: Found) -> Ruling:
    compared, row, approved = _compared(context), found.one("outside"), found.one("approved")
    if not compared or row is None or approved is None:
        named = ", ".join(_SETTINGS)
        return not_testable(f"The log and the file of approved settings have none of {named} in common.")
    if not approved["n"]:
        return not_testable("The file of approved settings is empty.")
    outside, cautions = Share(int(row["k"]), int(row["n"])), []
    listed = " and ".join(name.replace("_", " ").replace("config hash", "configuration") for name in compared)
    left = [name for name in _SETTINGS if name not in compared]
    if left:
        cautions.append(f"Not compared, as the log or the file of approved settings lacks it: {', '.join(left)}.")
    judged = never(outside)
    if row["unknown"]:
        cautions.append(f"{number(row['unknown'])} rows lack a version, settings, threshold or time.")
        judged = worst([judged, Judged("not enough data", "the settings in force for every row")])
    sentence = f"{share_words(outside)} rows were made with a {listed} not approved for that time"
    if not outside.n:
        sentence = "No row of the log says with which settings it was made."
    elif not outside.k:
        sentence = (
            f"All {number(outside.n)} rows that say so were made with a {listed} approved for that time; a share of up "
            f"to {percent(outside.measured('').high)} outside would still look like this."
        )
    else:
        when = f"{number(row['days'])} days from {row['first'][:10]} to {row['last'][:10]}"
        sentence += f": on {row['first'][:10] if row['days'] == 1 else when}."
    cells = [
        (
            *("any" if each[name] is None else str(each[name]) for name in compared),
            "yes" if each["approved"] else "no",
            number(each["n"]),
            f"{each['first'][:10]} to {each['last'][:10]}",
        )
        for each in found.rows("settings") or ()
    ]
    columns = (*(name.replace("_", " ").capitalize() for name in compared), "Approved", "Rows", "When")
    table = Table(f"Settings in the log (at most {_MOST_LEVELS}, those not approved first)", columns, tuple(cells))
    measures = (
        outside.measured("Rows outside the approved settings"),
        Measured("Days with such rows", row["days"], "count"),
    )
    return Ruling(judged.verdict, sentence, measures, judged.needed, tuple(cautions), tables=(table,) if cells else ())


def _version_offending(context: Context) -> str:
    return f"NOT ({_unrecorded(context)}) AND NOT {_approved(context, 'cases')}" if _compared(context) else ""


def _lowest(context: Context, alias: str) -> str | None:
    """SQL: the lowest threshold tested for a row's model version, or of any where the files do not tell versions."""
    column, given = f"{_FILE}.lowest_tested", parameter(context, "lowest_tested")
    if not context.has(column):
        return None if given is None else f"CAST({given!r} AS DOUBLE)"
    if not context.has("model_version", f"{_FILE}.model_version"):
        own = f"(SELECT min(lowest_tested) FROM {_FILE})"
    else:
        own = (
            f"(SELECT min(a.lowest_tested) FROM {_FILE} AS a WHERE a.model_version IS NULL "
            f"OR a.model_version = {alias}.model_version)"
        )
    return own if given is None else f"coalesce({own}, CAST({given!r} AS DOUBLE))"


def _threshold_queries(context: Context) -> Sequence[Query]:
    lowest = _lowest(context, "c")
    if lowest is None:
        return ()
    version = ", model_version" if context.has("model_version") else ""
    when = ("min(ts_scored)", "max(ts_scored)") if context.has("ts_scored") else ()
    times = "".join(f", {time} AS t{i}" for i, time in enumerate(when))
    own = "".join(
        f", {utc_text(f'{name}(t{i}) FILTER (WHERE below)')} AS {said}"
        for i, (name, said) in enumerate((("min", "first"), ("max", "last")))
        if when
    )
    # Thresholds in force are few, so rows are counted by them before each is looked up.
    return (
        Query(
            "below",
            "SELECT CAST(coalesce(sum(n) FILTER (WHERE below IS NOT NULL), 0) AS BIGINT) AS n, "
            "CAST(coalesce(sum(n) FILTER (WHERE below), 0) AS BIGINT) AS k, "
            "CAST(coalesce(sum(n) FILTER (WHERE below IS NULL), 0) AS BIGINT) AS unknown, "
            f"min(threshold) AS lowest, min(tested) AS tested{own} FROM (SELECT *, "
            f"threshold < tested - {_SAME} * abs(tested) AS below FROM (SELECT c.*, {lowest} AS tested FROM "
            f"(SELECT threshold{version}, count(*) AS n{times} FROM log GROUP BY threshold{version}) AS c))",
            ("threshold",),
        ),
    )


def _threshold(context: Context, found: Found) -> Ruling:
    row = found.one("below")
    if row is None:
        return not_testable("Nobody gave the lowest threshold that was tested.")
    below, cautions = Share(int(row["k"]), int(row["n"])), []
    judged = never(below)
    if row["unknown"]:
        cautions.append(
            f"{number(row['unknown'])} rows have no threshold, or a model version of which no tested value is known."
        )
        judged = worst([judged, Judged("not enough data", "the threshold in force, and the tested one, for every row")])
    if not below.n:
        sentence = "For no row of the log is it known which threshold was in force and which was tested."
    elif below.k:
        when = f", from {row['first'][:10]} to {row['last'][:10]}" if row.get("first") else ""
        sentence = f"{share_words(below)} rows were made with a threshold below the lowest that was tested{when}."
    else:
        sentence = (
            f"None of {number(below.n)} rows was made with a threshold below the lowest that was tested; a share of up "
            f"to {percent(below.measured('').high)} below would still look like this."
        )
    measures = (
        below.measured("Rows below the lowest tested threshold"),
        Measured("Lowest threshold in the log", row["lowest"], "number", note=None if below.n else "not estimable"),
        Measured("Lowest threshold that was tested", row["tested"], "number"),
    )
    return Ruling(judged.verdict, sentence, measures, judged.needed, tuple(cautions))


def _threshold_offending(context: Context) -> str:
    lowest = _lowest(context, "cases")
    return "" if lowest is None else f"threshold < {lowest} - {_SAME} * abs({lowest})"


def _levels(context: Context) -> str | None:
    named = context.parameters.get("levels")
    if not isinstance(named, list | tuple) or not named:
        return None
    return ", ".join(duck.text(str(name).strip().lower()) for name in named)


def _outside(context: Context) -> str:
    return f"lower(trim(offence_level)) NOT IN ({_levels(context)})"


def _serious_queries(context: Context) -> Sequence[Query]:
    if _levels(context) is None:
        return ()
    queries = [
        share_query(
            context,
            name,
            hit=_outside(context),
            at_risk=f"{used} AND offence_level IS NOT NULL",
            needs=("offence_level", column),
        )
        for name, used, column in (("flags", "flag", "flag"), ("actions", "action IS NOT NULL", "action"))
    ]
    counted = [("flags", "flag"), ("actions", "action IS NOT NULL")]
    kept = [(name, sql) for name, sql in counted if context.has({"flags": "flag", "actions": "action"}[name])]
    sums = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in kept)
    used = " OR ".join(sql for _, sql in kept)
    return [
        *queries,
        Query(
            "levels",
            f"SELECT lower(trim(offence_level)) AS level, ({_outside(context)}) AS outside, {sums} FROM cases "
            f"WHERE {used} GROUP BY 1, 2 ORDER BY count(*) DESC, level LIMIT {_MOST_LEVELS}",
            ("offence_level",),
        ),
        Query(
            "unknown",
            f"SELECT count(*) AS n FROM cases WHERE offence_level IS NULL AND ({used})",
            ("offence_level",),
        ),
    ]


def _serious(context: Context, found: Found) -> Ruling:
    if _levels(context) is None:
        return not_testable("Nobody named the offence or conduct levels that are serious enough.")
    tolerance = parameter(context, "tolerance") or 0.0
    parts, measures, said, cautions = [], [], [], []
    for name, word in (("flags", "flags"), ("actions", "actions")):
        if found.rows(name) is None:
            continue
        share = share_of(found.one(name))
        if name == "actions" and not share.n:
            cautions.append("The log holds no action with a level.")
            continue
        parts.append(at_most(share, tolerance) if tolerance else never(share))
        measures.append(share.measured(f"{word.capitalize()} below the declared levels"))
        line = f"{share_words(share)} {word} were about matters below the declared levels"
        if not share.n:
            line = f"The log holds no {word} with a level"
        elif not share.k:
            line += f"; a share of up to {percent(share.measured('').high)} would still look like this"
        said.append(f"{line}.")
    unknown = found.one("unknown")
    if unknown is not None and unknown["n"]:
        cautions.append(f"{number(unknown['n'])} flags or actions have no level recorded.")
        parts.append(Judged("not enough data", "the level of every flag and action"))
    if tolerance:
        said.append(f"A share of {percent(tolerance)} is put up with.")
    cells = [
        (
            "not recorded" if row["level"] is None else str(row["level"]),
            "not known" if row["outside"] is None else "no" if row["outside"] else "yes",
            *(number(row[name]) for name in ("flags", "actions") if name in row),
        )
        for row in found.rows("levels") or ()
    ]
    names = [name.capitalize() for name, column in (("flags", "flag"), ("actions", "action")) if context.has(column)]
    table = Table("By level", ("Level", "Among those declared", *names), tuple(cells))
    judged = worst(parts)
    return Ruling(judged.verdict, " ".join(said), tuple(measures), judged.needed, tuple(cautions), tables=(table,))


CHECKS = (
    Check(
        "CK-17",
        "Version and threshold are those that were tested",
        ("|".join(_SETTINGS), "ts_scored", "|".join(f"{_FILE}.{name}" for name in _SETTINGS)),
        _version_queries,
        _version,
        offending=_version_offending,
    ),
    Check(
        "CK-18",
        "The threshold was never below the tested value",
        ("threshold",),
        _threshold_queries,
        _threshold,
        offending=_threshold_offending,
    ),
    Check(
        "CK-19",
        "It is used only for serious matters",
        ("offence_level", "flag|action"),
        _serious_queries,
        _serious,
        offending=lambda context: (
            f"flag AND {_outside(context)}" if _levels(context) is not None and context.has("flag") else ""
        ),
    ),
)
