"""The covering letter of a request for counts, in plain words.

In: a plan and what the table looks like. Out: a text. Asks for nothing that the plan does not use, and says what is not
wanted: rows, names, and counts with something else put in their place.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.words import plural, whole

__all__ = ["letter"]

_WIDTH = 100


def letter(
    plan: AuditPlan,
    *,
    rows: int,
    placeholders: Sequence[str],
    missing: str,
    file: str,
    count: str,
) -> str:
    """The letter.

    Args:
        plan: The plan that is asked about.
        rows: How many rows it has.
        placeholders: Groups for which it holds an instruction instead of values.
        missing: What stands for "not known".
        file: The table's file name.
        count: Name of its column of counts.
    """
    units, blank = plural(plan.unit.row), "nothing" if missing == "" else f"“{missing}”"
    parts = [
        f"Request for counts: {plan.title}",
        "",
        f"The question: {plan.question}",
        f"We ask about: {plan.pool}",
        "",
        f"Please tell us how many {units} share each combination of the columns below. We ask for counts only. Please "
        "send no rows about people, no names, personal numbers or dates of birth: we neither need nor want them.",
        "",
        f"The table {file} has these columns:",
        *_meanings(plan, blank),
        f"- {count}: how many {units}. A whole number, and 0 where there are none.",
        "",
        "Either run the query that comes with this letter and save its result as CSV (UTF-8) with a header, under the "
        f"same name; or fill in the {whole(rows)} rows of the table by hand. Rows with a count of 0 may be left out.",
    ]
    if placeholders:
        parts += [
            "",
            f"The values of {_and(placeholders)} are yours to name: please put a row for each value that occurs in the "
            "place of each row that says “repeat this row”, and delete the instruction.",
        ]
    parts += [
        "",
        f"Please count everybody in the pool once, also {units} for whom something is not known: leave that column "
        f"with {blank} in it. The counts should add up to the number of {units} in the pool; please tell us that "
        "number.",
        "",
        "Please do not round, and put no “*” or “<5” in the place of a number: no other number may be put in its "
        "place, so the table could not be used. If small counts may not be released, please leave out a column of "
        "groups or join some of its values, and tell us which. Small counts can point at people: please send the table "
        "in a way that you would use for personal data. The plan has counts below "
        f"{plan.disclosure.min_cell} protected before anything is published.",
        "",
        "Please also tell us: from which system and on which day the counts were made; what was left out and why; who "
        "recorded each column; and whether anything changed in how it was recorded during the period.",
        "",
        f"What will be done with the counts was written down beforehand: plan {plan.digest}.",
    ]
    return "\n".join(_wrapped(parts)) + "\n"


def _meanings(plan: AuditPlan, blank: str) -> list[str]:
    decision, outcome, human = plan.columns.decision, plan.columns.outcome, plan.columns.human
    lines = []
    for key, group in plan.groups.items():
        values = f" One of: {', '.join(group.values)}." if group.values else " Every value as you record it."
        unknown = f" Also, where it stands there: {', '.join(group.unknown_values)}." if group.unknown_values else ""
        lines.append(f"- {key}: {group.label or key}.{values}{unknown} Where it is not recorded: {blank}.")
    for key in plan.strata:
        lines.append(f"- {key}: every value as you record it. Where it is not recorded: {blank}.")
    source = f"“{decision.from_score}” {decision.rule} {decision.threshold:g}" if decision.from_score else ""
    rule = f" (yes when {source})" if source else ""
    lines.append(f"- decision: yes when {decision.label}, else no{rule}. Where there was no decision: {blank}.")
    if outcome is not None:
        when = " It is asked for after a decision of yes only." if outcome.observed_when == "decision_yes" else ""
        lines.append(f"- outcome: yes when {outcome.label}, no when not. Where nobody knows: {blank}.{when}")
    if human is not None:
        lines.append(f"- human: yes when {human.label}, no when not. Where nobody decided: {blank}.")
    return lines


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


def _wrapped(parts: Sequence[str]) -> list[str]:
    lines = []
    for part in parts:
        indent = "  " if part.startswith("- ") else ""
        lines += textwrap.wrap(part, _WIDTH, subsequent_indent=indent, break_long_words=False) or [""]
    return lines
