"""The tables of an audit as CSV, for people who work in a spreadsheet.

In: findings as plain data. Out: one CSV text for each table, counts and rates only.
A value that a spreadsheet would run as a formula is written with a leading apostrophe (D58).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["tables_as_csv"]

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def tables_as_csv(findings: Mapping[str, Any]) -> dict[str, str]:
    """CSV text of every table that has rows.

    Args:
        findings: Plain data, schema ``impact/findings/1``.

    Returns:
        Table name -> text with a header line. A group is spelled out as ``ethnicity=Black; sex=Female``; everybody is
        an empty text. Undefined values are empty, with their reason in the column ``reason``.

    >>> text = tables_as_csv({"tables": {"groups": [{"group": {"sex": "=1+1"}, "label": "x", "n": 3}]}})["groups"]
    >>> text.splitlines()
    ['group,label,n', 'sex==1+1,x,3']
    >>> tables_as_csv({"tables": {"groups": [{"group": {}, "label": "=1+1", "n": 3}]}})["groups"].splitlines()[1]
    ",'=1+1,3"
    """
    made = {}
    for name, table in findings["tables"].items():
        rows = [_flat(row) for row in table] if isinstance(table, list) else []
        if rows:
            made[name] = _text(rows)
    return made


def _text(rows: list[dict[str, Any]]) -> str:
    fields = list(dict.fromkeys(field for row in rows for field in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_safe(row.get(field)) for field in fields] for row in rows)
    return out.getvalue()


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Nested parts become columns: ``difference.value``, ``ci_low``, ``ci_high``."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key == "group" and isinstance(value, Mapping):
            flat[key] = "; ".join(f"{name}={level}" for name, level in value.items())
        elif key == "ci":
            flat["ci_low"], flat["ci_high"] = value if value is not None else (None, None)
        elif isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": part for inner, part in _flat(value).items()}
        else:
            flat[key] = value
    return flat


def _listed(value: Any) -> str:
    """One of several values in a cell; a part with names is spelled out.

    >>> _listed({"period": "2024-07", "reason": "immature"}), _listed(3)
    ('period=2024-07, reason=immature', '3')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={part}" for name, part in value.items())
    return str(value)


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "; ".join(map(_listed, value))
    return value
