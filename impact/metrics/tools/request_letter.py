"""The covering letter of a request for counts, in plain words.

In: a plan and what the table looks like. Out: a text. Asks for nothing that the plan does not use, and says what is not
wanted (rows, names, and counts with something else put in their place), what no such table can show, and how the holder
of the data can count that too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.words import plural, whole

__all__ = ["left_out", "letter"]

_WIDTH = 100


_EXAMPLES = {
    "month": "month, such as 2024-04-01 for all of April 2024",
    "quarter": "quarter, such as 2024-04-01 for April to June 2024",
    "year": "year, such as 2024-01-01 for all of 2024",
}


def left_out(plan: AuditPlan) -> tuple[str, ...]:
    """What a plan asks about and no table of counts by combination can hold, in words; empty when that is nothing."""
    columns = plan.columns
    weighted = columns.weight is not None and columns.weight.kind == "sampling"
    asked = (
        (columns.reviewer, "how far reviewers differ, and whether few of them decide most"),
        (columns.review_seconds, "how long reviews took"),
        (
            plan.unit.person_id,
            f"which {plural(plan.unit.row)} are about the same person, so that intervals allow for it",
        ),
        (columns.score, "scores by bin: how scores rank and are calibrated"),
        (columns.also, "how other scorers decided the same cases"),
        (columns.amount, f"how far off predicted amounts were ({columns.amount.label})" if columns.amount else ""),
        (columns.classes, f"which class was predicted ({columns.classes.label})" if columns.classes else ""),
        (
            plan.rules.also is not None and plan.rules.also.proxies,
            "how well other columns give a characteristic away",
        ),
        (weighted, "sampling weights: the counts are of rows, and shares of rows are not shares of the population"),
    )
    return tuple(words for present, words in asked if present)


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
        "place, so the table could not be used. With all columns together many counts can be 1 or 2, and small counts "
        "can point at people. If they may not be released, please leave out a column (of groups, or of when) or join "
        "some of its values, and tell us which. Please send the table in a way that you would use for personal data. "
        "The plan has counts below "
        f"{plan.disclosure.min_cell} protected before anything is published.",
        "",
        "Please also tell us: from which system and on which day the counts were made; what was left out and why; who "
        "recorded each column; and whether anything changed in how it was recorded during the period.",
        "",
        *_beyond(plan),
        "",
        f"What will be done with the counts was written down beforehand: plan {plan.digest}.",
    ]
    return "\n".join(_wrapped(parts)) + "\n"


def _beyond(plan: AuditPlan) -> list[str]:
    """What counts cannot show, and how the holder of the data can count it without a row leaving."""
    asked = left_out(plan)
    run = (
        "the tool is open source, works without a network, and is run where the data is: “impact audit check "
        "audit.yaml” and “impact audit run audit.yaml -o out”. Please look through the folder “out”, and send us the "
        "whole of it. It holds counts, ranges and rates, and no row and no id of a person or a reviewer; treat it as "
        "confidential all the same, because a small count can point at a person."
    )
    if not asked:
        return [
            "What this table cannot show, however it is filled in: how far reviewers differ, how long reviews took, "
            f"whether several {plural(plan.unit.row)} are about the same person, and how scores are spread. If that is "
            f"recorded and you are willing to have it counted, we send a plan for it; {run}"
        ]
    return [
        "Our plan asks for more than this table can hold. It cannot show:",
        *(f"- {each}." for each in asked),
        f"That can only be counted from the rows, by you. We send the plan for it as audit.yaml; {run} If you cannot, "
        "fill in this table; the rest is then not looked at, and we shall say so.",
    ]


def _meanings(plan: AuditPlan, blank: str) -> list[str]:
    decision, outcome, human = plan.columns.decision, plan.columns.outcome, plan.columns.human
    lines = []
    for key, group in plan.groups.items():
        values = f" One of: {', '.join(group.values)}." if group.values else " Every value as you record it."
        unknown = f" Also, where it stands there: {', '.join(group.unknown_values)}." if group.unknown_values else ""
        lines.append(f"- {key}: {group.label or key}.{values}{unknown} Where it is not recorded: {blank}.")
    for key in plan.strata:
        lines.append(f"- {key}: every value as you record it. Where it is not recorded: {blank}.")
    if plan.columns.time is not None:
        first = _EXAMPLES[plan.columns.time.period]
        lines.append(f"- period: when the decision was made, as the first day of its {first}. Not known: {blank}.")
    if plan.columns.version is not None:
        order = plan.columns.version.order
        known = f"one of {', '.join(order)}, or another as you record it" if order else "as you record it"
        lines.append(f"- version: which version of the system decided, {known}. Not known: {blank}.")
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
