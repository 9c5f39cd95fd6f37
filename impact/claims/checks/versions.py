"""CK-17: was every output made with a version and settings that were tested and approved for that time?

In: aggregates of the log, set against the approved settings. Out: a ruling. All rows count, planted tests too: they
were made with the settings in force. Source: claims.md 4.4 of the design.

Side file ``approved_settings``: ``model_version``, ``config_hash``, ``threshold`` (each empty where any will do, but
not all of them), ``valid_from``, ``valid_to`` (a date alone is the whole of that day).

*Supported* needs a version and a threshold that were compared, or the hash of the settings in the place of the
threshold: that a version was approved says nothing of where its threshold stood.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Check, Context, Found, Measured, Query, Row, Ruling, Table, not_testable, utc_text
from impact.claims.shares import Share
from impact.claims.verdicts import Judged, never, worst
from impact.claims.words import number, percent, share_words

__all__ = ["CHECKS"]

_SETTINGS = ("model_version", "config_hash", "threshold")
_FILE = "approved_settings"
_SAME = 1e-6  # part by which the same threshold can differ, stored with seven digits in one file and sixteen in another
_MOST_LEVELS = 20


def _compared(context: Context) -> list[str]:
    """Settings that both the log and the file of approved settings have."""
    return [name for name in _SETTINGS if context.has(name, f"{_FILE}.{name}")]


def _agrees(name: str, row: str) -> str:
    """SQL: a row of the file approves this setting, or any."""
    if name == "threshold":
        near = f"abs(a.threshold - {row}.threshold) <= {_SAME} * greatest(abs(a.threshold), abs({row}.threshold))"
        return f"(a.threshold IS NULL OR {near})"
    # The same version with a blank behind it, or the same hash in capitals, is no other setting.
    written = "lower(trim({}))" if name == "config_hash" else "trim({})"
    return f"(a.{name} IS NULL OR {written.format(f'a.{name}')} = {written.format(f'{row}.{name}')})"


def _names_some(context: Context) -> str:
    """SQL: a row of the file names a setting that can be compared. One that names none approves nothing."""
    return f"({' OR '.join(f'a.{name} IS NOT NULL' for name in _compared(context))})"


def _approved(context: Context, row: str) -> str:
    """SQL: ``row`` (a view or its alias) has settings that were approved for its time."""
    when = []
    if context.has(f"{_FILE}.valid_from"):
        when.append(f"(a.valid_from IS NULL OR a.valid_from <= {row}.ts_scored)")
    if context.has(f"{_FILE}.valid_to"):
        when.append(f"(a.valid_to IS NULL OR {row}.ts_scored <= a.valid_to)")
    holds = " AND ".join([_names_some(context), *(_agrees(name, row) for name in _compared(context)), *when])
    return f"EXISTS (SELECT 1 FROM {_FILE} AS a WHERE {holds})"


def _judged(context: Context) -> str:
    """SQL, to be followed by a SELECT: ``own``, ``doubted`` rows, and ``per``: rows by settings and whether approved.

    Settings in the log are few. They are set against the file first (periods that overlap made one), and rows are
    looked at only of settings that were not approved for the whole time in which they occur: of most logs, none.
    """
    names = _compared(context)
    listed = ", ".join(names)
    agrees = " AND ".join([_names_some(context), *(_agrees(name, "known") for name in names)])
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
        Query("approved", _listed(context)),
    )


def _listed(context: Context) -> str:
    """SQL: rows of the file, those that name no setting at all, those that name only others, and what it names."""
    others = [name for name in _SETTINGS if context.has(f"{_FILE}.{name}") and name not in _compared(context)]
    some_other = " OR ".join(f"a.{name} IS NOT NULL" for name in others) or "false"
    named = "".join(f", count(a.{name}) AS {name}" for name in others)
    return (
        f"SELECT count(*) AS n, count(*) FILTER (WHERE NOT {_names_some(context)} AND NOT ({some_other})) AS blank, "
        f"count(*) FILTER (WHERE NOT {_names_some(context)} AND ({some_other})) AS others{named} FROM {_FILE} AS a"
    )


def _untested(compared: Sequence[str], approved: Row) -> list[str]:
    """Settings that the claim is about and that nothing in the log was compared with.

    >>> _untested(["model_version"], {"n": 1}), _untested(["model_version", "config_hash"], {"n": 1, "threshold": 1})
    (['threshold'], [])
    """
    if "config_hash" in compared:  # of the settings in force, the threshold among them
        return ["model_version"] if approved.get("model_version") else []
    needed = ("model_version", "threshold", *(["config_hash"] if approved.get("config_hash") else []))
    return [name for name in needed if name not in compared]


def _version(context: Context, found: Found) -> Ruling:
    compared, row, approved = _compared(context), found.one("outside"), found.one("approved")
    if not compared or row is None or approved is None:
        named = ", ".join(_SETTINGS)
        return not_testable(f"The log and the file of approved settings have none of {named} in common.")
    if not approved["n"]:
        return not_testable("The file of approved settings is empty.")
    if approved["n"] == approved["blank"] + approved["others"]:
        return not_testable("The file of approved settings names no setting that the log holds.")
    outside, cautions = Share(int(row["k"]), int(row["n"])), []
    listed = " and ".join(name.replace("_", " ").replace("config hash", "configuration") for name in compared)
    left = [name for name in _SETTINGS if name not in compared]
    if left:
        cautions.append(f"Not compared, as the log or the file of approved settings lacks it: {', '.join(left)}.")
    judged = never(outside)
    if approved["blank"]:
        cautions.append(f"{number(approved['blank'])} rows of the file of approved settings name no setting: left out.")
    if approved["others"] and outside.k:
        judged = Judged("not enough data", "the settings in force, as the file of approved settings names them")
        cautions.append(
            f"{number(approved['others'])} rows of the file of approved settings name only what the log does not hold, "
            "so the rows outside may have been approved there."
        )
    untested = _untested(compared, approved)
    if untested:
        judged = worst([judged, Judged("not testable")])
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
    return Ruling(
        judged.verdict,
        sentence,
        measures,
        judged.needed,
        tuple(cautions),
        tuple(untested),
        tables=(table,) if cells else (),
    )


def _version_offending(context: Context) -> str:
    return f"NOT ({_unrecorded(context)}) AND NOT {_approved(context, 'cases')}" if _compared(context) else ""


CHECKS = (
    Check(
        "CK-17",
        "Version and threshold are those that were tested",
        ("|".join(_SETTINGS), "ts_scored", "|".join(f"{_FILE}.{name}" for name in _SETTINGS)),
        _version_queries,
        _version,
        offending=_version_offending,
    ),
)
