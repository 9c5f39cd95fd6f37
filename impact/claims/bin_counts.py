"""Questions behind the bins of a baseline: how many people are in each, and of which groups. To see what to withhold.

In: the bins, and what is put into them. Out: SQL, as ``check.Bins``. Its answers are kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.claims.check import Bins, Context
from impact.claims.contract import PEOPLE
from impact.metrics.counting import duck

__all__ = ["BIN", "bins_of_input", "bins_of_score"]

# What a bin is called: open ends are said, or two of them could have one name.
BIN = (
    "coalesce(bin, CASE WHEN low IS NULL THEN 'under ' || high WHEN high IS NULL THEN low || ' and over' "
    "ELSE low || ' to ' || high END)"
)
_WHOSE = "whose"
_GROUPS = tuple(name for name in PEOPLE if name not in ("subject_key", "protected_disclosure", "ts_disclosure"))


def bins_of_score(context: Context, bins: str, where: str) -> Bins:
    """For scores of the cases; ``bins`` is a WITH that defines them, ``where`` says which cases."""
    who = "subject_key" if context.repeated and context.has("subject_key") else ""
    rows = f"SELECT score AS v, {who or 'NULL'} AS who{_listed(_there(context))} FROM cases WHERE {where}"
    most = f"SELECT max(n) AS most FROM (SELECT count(*) AS n FROM cases WHERE {where} GROUP BY {who})" if who else ""
    return _bins(bins, rows, most)


def bins_of_input(context: Context, bins: str, name: str) -> Bins:
    """For an input, of which the case tells whose it is, and of which group; or the person does."""
    own, log = context.columns.get("inputs", frozenset()), context.columns.get("cases", frozenset())
    key = next((each for each in ("case_id", "subject_key") if each in own and each in log), None)
    value = f"inputs.{duck.name(name)} AS v"
    who = "inputs.subject_key" if "subject_key" in own else ""
    if key is None:
        rows, most = f"SELECT {value}, {who or 'NULL'} AS who FROM inputs", "FROM inputs"
        return _bins(bins, rows, f"SELECT max(n) AS most FROM (SELECT count(*) AS n {most} GROUP BY {who})" * bool(who))
    groups = _there(context)
    who = who or ("whose.who" if context.repeated and "subject_key" in log else "")
    from_ = f"FROM inputs LEFT JOIN {_WHOSE} USING ({key})"
    told = "".join(f", any_value({each}) AS {each}" for each in groups)
    person = "any_value(subject_key)" if "subject_key" in log else "NULL"
    first = f"SELECT {key}, {person} AS who{told} FROM cases WHERE {key} IS NOT NULL GROUP BY {key}"
    most = f"SELECT max(n) AS most FROM (SELECT count(*) AS n {from_} GROUP BY {who})" if who else ""
    return _bins(bins, f"SELECT {value}, {who or 'NULL'} AS who{_listed(groups)} {from_}", most, (_WHOSE, first))


def _there(context: Context) -> list[str]:
    return [name for name in _GROUPS if context.has(name)]


def _listed(names: Sequence[str]) -> str:
    return "".join(f", {name}" for name in names)


def _bins(bins: str, rows: str, most: str, first: tuple[str, str] | None = None) -> Bins:
    placed = (
        f"{bins}, rows AS ({rows}), placed AS (SELECT {BIN} AS bin, numbers.* EXCLUDE (x) FROM bins JOIN "
        "(SELECT TRY_CAST(v AS DOUBLE) AS x, * EXCLUDE (v) FROM rows) AS numbers ON (low IS NULL OR x >= low) "
        "AND (high IS NULL OR x < high OR (topmost AND x = high)) WHERE low IS NOT NULL OR high IS NOT NULL "
        "UNION ALL SELECT bin, words.* EXCLUDE (v) FROM bins JOIN rows AS words ON CAST(v AS VARCHAR) = bin "
        "WHERE low IS NULL AND high IS NULL)"
    )

    def groups(names: Sequence[str]) -> str:
        listed = ", ".join(names)
        parts = [
            f"SELECT '{name}' AS by, {bin_} AS bin, {name} AS g, CAST(sum(n) AS BIGINT) AS n FROM {table} GROUP BY ALL"
            for name in names
            for table, bin_ in (("inside", "bin"), ("every", "NULL"))
        ]
        return (
            f"{placed}, inside AS MATERIALIZED (SELECT bin, {listed}, count(*) AS n FROM placed GROUP BY ALL), "
            f"every AS MATERIALIZED (SELECT {listed}, count(*) AS n FROM rows WHERE v IS NOT NULL GROUP BY ALL) "
            f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"
        )

    # Rows of nobody in particular are one person, as in shares.
    people = f"{placed} SELECT bin, count(DISTINCT who) + CAST(bool_or(who IS NULL) AS INTEGER) AS people FROM placed"
    return Bins(most, f"{people} GROUP BY 1 ORDER BY 1", groups, first)
