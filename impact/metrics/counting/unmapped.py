"""Values of a decision or outcome column that the plan does not map: named when they are categories, else only counted.

In: a coded table and a role. Out: faults D31, D32 and D83.
Refuses to print what may be a person's value: more than ``MAX_NAMED`` different values are counted, not shown.
Personal data: reads at most ``MAX_SHOWN`` values of one mapped column, and only when that column must be refused.
"""

from __future__ import annotations

import math
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import UNMAPPED, Coded
from impact.metrics.counting.table import Table
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_rules import canonical_value

__all__ = ["MAX_NAMED", "MAX_SHOWN", "faults_of_values"]

MAX_NAMED = 50  # a decision with more values than this is no decision: it may be a name or a number of a person
MAX_SHOWN = 10
_MAX_LENGTH = 40
# Columns whose values are no yes or no: how they are called, and what lists their values.
_BANDS = {"band": "band", "human_band": "band that a person gave"}
_CLASSES = {"class_predicted": "predicted class", "class_actual": "true class"}


def faults_of_values(table: Table, plan: AuditPlan, coded: Coded, role: str) -> list[Fault]:
    """Faults for the values of a column that are under none of yes, no and unknown_values.

    Args:
        table: The table.
        plan: The plan.
        coded: The coded table, at least one row of which is unmapped in ``role``.
        role: decision, outcome, human, band, human_band, class_predicted, class_actual, or also0 … for further scorers.
    """
    import narwhals as nw

    column = plan.columns.part(role)
    value = coded.values[role]
    rest = coded.frame.filter(nw.col(role) == UNMAPPED)
    ((different, rows),) = table.fetch(
        rest.select(nw.col(value).n_unique().alias("d"), nw.len().alias("n")), ["d", "n"]
    )
    parts = ("order",) if role in _BANDS else ("values",) if role in _CLASSES else ("yes", "no")
    what = "band" if role in _BANDS else "class" if role in _CLASSES else "decision"
    remedy = f"List each value under {', '.join(f'“{part}”' for part in parts)} or “unknown_values”"
    where = table.where
    if different > MAX_NAMED:
        found = f"“{column.name}” has {different:,} different values that the plan does not map ({rows:,} rows)"
        return [Fault(where, found, "", "Check that this is the column of the " + _told(plan, role), "D31")]
    counted = table.fetch(rest.group_by(value).agg(nw.len().alias("n")), [value, "n"])
    counted.sort(key=lambda pair: (-pair[1], str(pair[0])))
    known = {str(each).strip().casefold(): str(each) for part in parts for each in getattr(column, part)}
    variants = [pair for pair in counted if isinstance(pair[0], str) and pair[0].strip().casefold() in known]
    fractions = [pair for pair in counted if _fraction(pair[0])]
    others = [pair for pair in counted if pair not in variants and pair not in fractions]
    faults = []
    if others:
        found = f"“{column.name}” has {_values(len(others))} that the plan does not map: {_shown(others)}"
        faults.append(Fault(where, found, "", remedy, "D31"))
    if variants:
        merged = ", ".join(
            f"{_text(each)} would be {_text(known[each.strip().casefold()])}" for each, _ in variants[:3]
        )
        found = f"“{column.name}” spells values in other ways: {_shown(variants)}"
        faults.append(Fault(where, found, "", f"List each spelling if you mean so: {merged}", "D32"))
    if fractions:
        found = f"“{column.name}” contains {_shown(fractions)}"
        faults.append(Fault(where, found, "", f"{remedy}; a fraction is never rounded to a {what}", "D83"))
    return faults


def _told(plan: AuditPlan, role: str) -> str:
    if role in _BANDS or role in _CLASSES:
        return (_BANDS | _CLASSES)[role]
    return f"scorer “{plan.columns.part(role).label}”" if role.startswith("also") else role


def _fraction(value: Any) -> bool:
    try:
        return math.isfinite(float(value)) and not float(value).is_integer()
    except ValueError:
        return False


def _values(number: int) -> str:
    return f"{number} value{'' if number == 1 else 's'}"


def _shown(counted: list[tuple[Any, int]]) -> str:
    parts = [f"{_text(value)} ({n:,} row{'' if n == 1 else 's'})" for value, n in counted[:MAX_SHOWN]]
    more = len(counted) - MAX_SHOWN
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")


def _text(value: Any) -> str:
    """A category label in quotation marks, so that spaces are seen; control characters and length made harmless."""
    text = canonical_value(value) if isinstance(value, float) else str(value)
    text = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
    return f"“{text[:_MAX_LENGTH]}{'…' if len(text) > _MAX_LENGTH else ''}”"
