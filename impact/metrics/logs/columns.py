"""A declared column of a log, and the SQL that gives a stored column that kind.

In: a ``Field``, the type that the file has, and the words that stand for its values. Out: two pieces of SQL: the value,
and whether a stored value could not be read. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from impact.metrics.counting import duck

__all__ = ["Field", "Kind", "Typed", "typed"]

Kind = Literal["text", "time", "number", "whole", "bool"]

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_REST_OF_DAY = "(INTERVAL 1 DAY - INTERVAL 1 MICROSECOND)"
_PLACED = "(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?) *$"  # how a text ends that says where on the globe it was that time
WANTED: Mapping[Kind, str] = {
    "text": "text",
    "time": "times in ISO 8601, with an offset",
    "number": "numbers",
    "whole": "whole numbers",
    "bool": "true or false, 1 or 0, or words named under “values”",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the contract.

    Attributes:
        name: Its name there.
        kind: What its values are.
        values: The only values that a text may have; empty where it may have any.
        whole_day: Of a time: a date alone means the end of that day (in UTC), not its beginning.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """SQL for one column.

    Attributes:
        value: The value in its kind, or null.
        unreadable: True for a row whose stored value is neither empty nor of that kind; empty where that cannot be.
        local: Whether stored times have no offset, and so are taken for UTC.
        placeless: True for a row whose time is a text without an offset; empty where that cannot be.
    """

    value: str
    unreadable: str
    local: bool = False
    placeless: str = ""


def typed(
    field: Field, column: str, stored: str, *, values: Mapping[str, Sequence[object]], empty: Sequence[str] = ("",)
) -> Typed:
    """SQL that reads a stored column as its declared kind.

    Args:
        field: What is declared.
        column: The stored column, quoted.
        stored: Its type as DuckDB names it.
        values: Declared value -> stored values that mean it (``{"agree": ["A"]}``, ``{"true": ["Y"]}``).
        empty: Texts that mean that nothing was recorded.

    >>> typed(Field("flag", "bool"), '"f"', "BOOLEAN", values={}).value
    '"f"'
    >>> typed(Field("n", "whole"), '"n"', "SMALLINT", values={}).value
    'CAST("n" AS BIGINT)'
    """
    raw = column
    if stored == "VARCHAR":
        listed = ", ".join(map(duck.text, empty))
        # What begins with a letter, a digit or a sign is no row of spaces; to see that is quicker than to trim it.
        plain = f"WHEN {column} >= '!' AND {column} < chr(127) THEN {column} " if not any(empty) else ""
        raw = f"CASE {plain}WHEN trim({column}) IN ({listed}) THEN NULL ELSE {column} END"
    if values:
        return _by_words(field, raw, values)
    return _kinds(field, raw, stored)


def _by_words(field: Field, raw: str, values: Mapping[str, Sequence[object]]) -> Typed:
    whens = []
    for said, means in values.items():
        listed = ", ".join(duck.text(_word(each)) for each in means)
        result = {"true": "true", "false": "false"}[said] if field.kind == "bool" else duck.text(said)
        whens.append(f"WHEN CAST({raw} AS VARCHAR) IN ({listed}) THEN {result}")
    value = f"(CASE {' '.join(whens)} END)"
    return Typed(value, f"({raw}) IS NOT NULL AND {value} IS NULL")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kinds(field: Field, raw: str, stored: str) -> Typed:
    text, whole = stored == "VARCHAR", stored in _WHOLE
    number = stored in ("DOUBLE", "FLOAT") or stored.startswith("DECIMAL")
    if field.kind == "text":
        value = raw if text else f"CAST({raw} AS VARCHAR)"
        allowed = ", ".join(map(duck.text, field.values))
        return Typed(value, f"{value} NOT IN ({allowed})" if field.values else "")
    if field.kind == "bool":
        if stored == "BOOLEAN":
            return Typed(raw, "")
        if text:
            yes, no = (", ".join(map(duck.text, each)) for each in (_YES, _NO))
            word = f"lower(trim({raw}))"
            value = f"(CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END)"
        elif whole or number:
            value = f"(CASE WHEN {raw} = 1 THEN true WHEN {raw} = 0 THEN false END)"
        else:
            value = "CAST(NULL AS BOOLEAN)"
        return Typed(value, f"({raw}) IS NOT NULL AND {value} IS NULL")
    if field.kind == "time":
        if stored == "TIMESTAMP WITH TIME ZONE":
            return Typed(raw, "")
        value = f"TRY_CAST({raw} AS TIMESTAMPTZ)"
        usable = text or stored.startswith("TIMESTAMP") or stored == "DATE"
        value = value if usable else "CAST(NULL AS TIMESTAMPTZ)"
        unreadable = f"({raw}) IS NOT NULL AND {value} IS NULL"
        if field.whole_day and (text or stored == "DATE"):
            bare = f"contains({raw}, ':')" if text else "false"
            value = f"({value} + CASE WHEN {bare} THEN INTERVAL 0 SECOND ELSE {_REST_OF_DAY} END)"
        # A date alone needs no offset to be understood.
        placeless = f"contains({raw}, ':') AND NOT regexp_matches({raw}, '{_PLACED}')" if text else ""
        return Typed(value, unreadable, local=not text, placeless=placeless)
    if field.kind == "whole" and whole:
        return Typed(f"CAST({raw} AS BIGINT)", "")
    if text:
        # DuckDB alone would also take 1_000 and 1e400 (as infinity).
        plain = f"regexp_full_match({raw}, {duck.text(duck.NUMBER)})"
        value = f"(CASE WHEN {plain} THEN TRY_CAST({raw} AS DOUBLE) END)"
    elif whole or number:
        value = f"CAST({raw} AS DOUBLE)"
    else:
        value = "CAST(NULL AS DOUBLE)"
    finite = f"({raw}) IS NOT NULL AND ({value} IS NULL OR NOT isfinite({value}))"
    if field.kind == "number":
        return Typed(value, "" if whole else finite)
    broken = f"({raw}) IS NOT NULL AND ({value} IS NULL OR NOT isfinite({value}) OR {value} <> floor({value}))"
    return Typed(f"TRY_CAST({value} AS BIGINT)", broken)
