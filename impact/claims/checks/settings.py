"""CK-18, CK-19: the threshold that was tested, and the matters it was meant for. CK-16: drift.py, CK-17: versions.py.

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

Side file ``approved_settings``: ``model_version`` (empty where any will do), ``lowest_tested``.
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

_FILE = "approved_settings"
_SAME = 1e-6  # part by which the same threshold can differ, stored with seven digits in one file and sixteen in another
_MOST_LEVELS = 20


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
            f"OR trim(a.model_version) = trim({alias}.model_version))"
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
