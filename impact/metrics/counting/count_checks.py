"""What the counts themselves tell about the data: whether there is anything to compare, and what a reader must know.

In: cells, the plan, and sums taken while counting. Out: blocking faults, and checks in the order of their subject.
Refuses to compare outcomes between groups: of outcomes it looks only at whether they are known, and at the total.
Personal data: none; a check holds counts and category labels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from impact.errors import Fault
from impact.metrics.counting.coding import Coded
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tables.checks import Check
from impact.metrics.words import percent
from impact.yamlfile import nearest

__all__ = ["MAX_LEVELS", "SMALL_GROUP", "blocking", "remarks"]

MAX_LEVELS = 1_000  # bad_input.md D39
MANY_LEVELS = 50  # bad_input.md D39, D40
SMALL_GROUP = 10  # ONS rule of thumb for counts that may be published (metrics/design.md, section 5)
_SPREAD = 0.05  # D29: outcomes missing for five in a hundred more in one group than in another
_COPY = 0.99  # D30
_SELECTIVE = (0.5, 0.05)  # D28: known for most of those with a yes and for almost nobody with a no
_Z2 = 1.959963984540054**2  # squared normal quantile of a 95 % interval
_WORDS_FOR_NOTHING = ("na", "n/a", "none", "null", "nan", "nil", "#n/a", "")
_WORDS_FOR_ALL = ("total", "all", "all groups", "overall", "grand total")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_PERSONAL = (
    ("e-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")),
    ("National Insurance numbers", re.compile(r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", re.IGNORECASE)),
    ("full postcodes", re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)),
)


def _levels(plan: AuditPlan, cells: Cells) -> dict[str, dict[str, int]]:
    """Group key -> level -> people, every level that occurs."""
    found: dict[str, dict[str, int]] = {key: {} for key in plan.groups}
    for cell in cells:
        for key, level in zip(plan.groups, cell.group, strict=True):
            found[key][level] = found[key].get(level, 0) + cell.n
    return found


def blocking(plan: AuditPlan, cells: Cells, *, where: str) -> list[Fault]:
    """Reasons why these counts cannot be audited at all: D24, D37, D39, D60, D71, and E105 for a comparator.

    Args:
        plan: The plan.
        cells: The counts.
        where: The table, for messages.
    """
    faults = []
    if not cells.n:
        return [Fault(where, "nobody is counted: every count is 0", "", "Check the export", "D02")]
    levels = _levels(plan, cells)
    for key, found in levels.items():
        column = plan.groups[key].name
        if len(found) > MAX_LEVELS:
            what = f"“{column}” has {len(found):,} values: does it identify people?"
            faults.append(Fault(where, what, f"at most {MAX_LEVELS:,}", "Give bands or larger areas", "D39"))
        for kind, pattern in _PERSONAL:
            if any(pattern.fullmatch(level.strip()) for level in found):
                what = f"“{column}” looks like {kind}: it cannot be used as a group and will not be printed"
                faults.append(Fault(where, what, "", "Map a column of categories", "D60"))
    for key, reference in plan.comparator.also.items():
        declared = plan.groups[key].values
        if reference not in levels[key] and reference not in declared:
            known = sorted(set(levels[key]) - unknown_levels(plan, key))
            near = nearest(reference, known)
            shown = f"Values: {', '.join(known)}" if len(known) <= SMALL_GROUP else "Check its spelling"
            remedy = f"Did you mean “{near}”?" if near else shown
            faults.append(Fault(where, f"comparator “{reference}” is not a value of “{key}”", "", remedy, "E105"))
    if not faults and plan.columns.decision.effect != "identification":
        faults += _nothing_to_compare(plan, cells, levels, where)
    return faults


def _nothing_to_compare(
    plan: AuditPlan, cells: Cells, levels: Mapping[str, Mapping[str, int]], where: str
) -> Iterator[Fault]:
    label = plan.columns.decision.label
    decided = {cell.decision for cell in cells} - {-1}
    if not decided:
        yield Fault(where, "no decision is known", "", "Check the decision column and “null_values”", "D24")
    elif len(decided) == 1:
        who = "everyone was" if decided == {1} else "nobody was"
        yield Fault(where, f"{who} {label}: there is nothing to compare", "", "Check the pool of the plan", "D24")
    single = []
    for key, found in levels.items():
        known = set(found) - unknown_levels(plan, key)
        if len(known) < 2:
            column = plan.groups[key].name
            if len(found) == 1 and known:
                single.append(Fault(where, f"all of “{column}” is one value: nothing to compare", "", "", "D37"))
            elif known:
                what = f"nobody is known to be outside the only group of “{column}”"
                single.append(Fault(where, what, "two or more known values", "", "D71"))
            else:
                single.append(Fault(where, f"no value of “{column}” is known", "", "Check “unknown_values”", "D37"))
    # One column without a comparison is a warning (see remarks) as long as another column has one.
    if len(single) == len(levels):
        yield from single


def remarks(
    plan: AuditPlan,
    cells: Cells,
    *,
    sums: Mapping[str, int],
    empty: Mapping[str, Sequence[str]],
    coded: Coded,
    outcomes: bool,
) -> list[Check]:
    """Warnings and information about counts that can be audited.

    Args:
        plan: The plan.
        cells: The counts.
        sums: Totals of the measures taken while counting.
        empty: Group key -> levels that the data names and nobody has.
        coded: The coded table.
        outcomes: Whether outcomes were read; when not, nothing is said about them.
    """
    levels = _levels(plan, cells)
    found = [*_numbers(plan, cells, sums, coded)]
    if outcomes:
        found += _outcomes(plan, cells)
    for index, key in enumerate(plan.groups):
        found += _names(plan, key, levels[key])
        found += _sizes(plan, cells, index, key, levels[key], empty.get(key, ()))
        if outcomes and plan.columns.outcome is not None:
            found += _coverage(plan, cells, index, key)
    return found


def _warn(code: str, text: str) -> Check:
    return Check(code, "warning", text)


def _numbers(plan: AuditPlan, cells: Cells, sums: Mapping[str, int], coded: Coded) -> Iterator[Check]:
    decision = plan.columns.decision
    spelt = [role for role in ("decision", "outcome", "human") if sums.get(f"spelt_{role}")]
    for role in spelt:
        name, rows = getattr(plan.columns, role).name, sums[f"spelt_{role}"]
        text = (
            f"“{name}” spells values of the plan in another way in {rows:,} rows: 1, 1.0 and true are the same value."
        )
        yield Check("D33", "info", text)
    unknown = _count(cells, decision=-1)
    if decision.from_score is not None and unknown:
        yield _warn(
            "D84",
            f"{unknown:,} have no score. They are not counted as above or below the threshold {decision.threshold:g}.",
        )
    elif unknown:
        yield _warn("D87", f"The decision is not known for {unknown:,} of {cells.n:,}; they are in no rate.")
    if coded.threshold is not None and sums.get("tied"):
        rule = "count as a yes" if decision.rule == ">=" else "count as a no"
        yield _warn(
            "D81",
            f"“{decision.from_score}” is stored with 32 bits, where {decision.threshold:g} is {coded.threshold!r}. "
            f"{sums['tied']:,} rows at exactly that value {rule}, as they would with the number as written.",
        )
    elif sums.get("at_threshold"):
        share = sums["at_threshold"] / sums["rows"]
        if share >= 0.01:
            yield _warn(
                "D21",
                f"{sums['at_threshold']:,} rows have a score of exactly {decision.threshold:g}. "
                f"Whether >= or > is used moves {share:.0%} of decisions.",
            )
    if plan.source.count is not None and sums["rows"] >= 5 and not sums.get("not_five"):
        yield _warn(
            "D67",
            "All counts are multiples of 5: they look rounded, so each may be wrong by 2 or more. "
            "No interval here includes that.",
        )


def _count(cells: Cells, **wanted: int) -> int:
    return sum(cell.n for cell in cells if all(getattr(cell, name) == value for name, value in wanted.items()))


def _outcomes(plan: AuditPlan, cells: Cells) -> Iterator[Check]:
    outcome, decision = plan.columns.outcome, plan.columns.decision
    if outcome is None:
        yield Check(
            "D27",
            "info",
            f"No outcome column: this audit compares how often people were {decision.label}. "
            "It cannot say how often that was wrong.",
        )
        return
    values = {cell.outcome for cell in cells} - {-1}
    if not values:
        yield _warn("D26", "No outcome is known: nothing can be said about how often a decision was wrong.")
        return
    if len(values) == 1:
        who, reason = ("Everybody", "no_negatives") if values == {1} else ("Nobody", "no_positives")
        text = f"{who} whose outcome is known has “{outcome.label}”: rates that need the others are undefined"
        yield _warn("D26", f"{text} ({reason}).")
    shares = {}
    for made in (1, 0):
        all_of = _count(cells, decision=made)
        shares[made] = None if not all_of else 1 - _count(cells, decision=made, outcome=-1) / all_of
    yes, no = shares[1], shares[0]
    declared = outcome.observed_when == "decision_yes"
    if yes is not None and no is not None:
        seen = yes >= _SELECTIVE[0] and no <= _SELECTIVE[1]
        if seen or declared:
            text = (
                f"Outcomes are known for {percent(yes)} of those {decision.label} and {percent(no)} of the others. "
                "What would have been found among the others is unknown; rates that need it are shown as bounds."
            )
            remedy = "" if declared else " Declare “observed_when: decision_yes” if outcomes exist only after a yes."
            yield _warn("D28", text + remedy)
        both = [cell for cell in cells if cell.outcome >= 0 and cell.decision >= 0]
        total = sum(cell.n for cell in both)
        equal = sum(cell.n for cell in both if cell.outcome == cell.decision)
        if not (seen or declared) and total >= SMALL_GROUP and equal / total > _COPY:
            yield _warn(
                "D30",
                f"The outcome column is nearly a copy of the decision ({equal / total:.1%} equal): "
                "was it set by the decision?",
            )


def _coverage(plan: AuditPlan, cells: Cells, index: int, key: str) -> Iterator[Check]:
    """Outcomes missing at different rates by group, among those for whom one is expected."""
    outcome = plan.columns.outcome
    if outcome is None:
        return
    total: dict[str, int] = {}
    missing: dict[str, int] = {}
    for cell in cells:
        if outcome.observed_when == "decision_yes" and cell.decision != 1:
            continue
        level = cell.group[index]
        total[level] = total.get(level, 0) + cell.n
        missing[level] = missing.get(level, 0) + (cell.n if cell.outcome < 0 else 0)
    shares = {level: missing[level] / n for level, n in total.items() if n >= SMALL_GROUP}
    if len(shares) < 2 or len(total) > MANY_LEVELS:
        return
    high = max(sorted(shares), key=lambda level: shares[level])
    low = min(sorted(shares), key=lambda level: shares[level])
    if shares[high] - shares[low] > _SPREAD:
        yield _warn(
            "D29",
            f"The outcome is missing for {shares[high]:.0%} of {_said(high)} and {shares[low]:.0%} of {_said(low)} "
            f"({key}).",
        )


def _said(level: str) -> str:
    return "those not known" if level == MISSING else f"“{_printable(level)}”"


def _printable(level: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in level)


def _names(plan: AuditPlan, key: str, levels: Mapping[str, int]) -> Iterator[Check]:
    """What the names of groups hide: words for nothing, formulae, look-alikes."""
    unknown = unknown_levels(plan, key)
    if len(levels) > MANY_LEVELS:
        name = plan.groups[key].name
        if all(_NUMBER.fullmatch(level.strip()) for level in set(levels) - unknown):
            yield _warn(
                "D40",
                f"“{name}” has {len(levels)} values, all of them numbers. Give bands, and run a second banding as a "
                "check: the cut-points change results.",
            )
        else:
            yield _warn("D39", f"“{name}” has {len(levels)} values: do they stand for people or places?")
        return
    for level in sorted(set(levels) - unknown):
        if level.strip().casefold() in _WORDS_FOR_NOTHING:
            yield _warn(
                "D13",
                f"The value {_said(level)} occurs {levels[level]:,} times in “{plan.groups[key].name}”. It is kept as "
                "a value. If it means missing, list it in “null_values”.",
            )
        if plan.source.count is not None and level.strip().casefold() in _WORDS_FOR_ALL:
            yield _warn(
                "D67",
                f"{_said(level)} is counted as a group of “{plan.groups[key].name}”. If it is a total of the other "
                "rows, everybody is counted twice: remove it.",
            )
    formulae = [level for level in levels if level.startswith(_FORMULA)]
    if formulae:
        text = f"{len(formulae)} values of “{plan.groups[key].name}” start like a spreadsheet formula (=, +, -, @)."
        yield Check("D58", "info", text + " They are names here; tables for spreadsheets must quote them.")
    alike: dict[str, list[str]] = {}
    for level in sorted(levels):
        alike.setdefault(_looks(level), []).append(level)
    for same in (each for each in alike.values() if len(each) > 1):
        hidden = any(unicodedata.category(letter) in ("Cf", "Cc") for level in same for letter in level)
        listed = ", ".join(f"{_said(level)} ({levels[level]:,})" for level in same)
        text = f"“{plan.groups[key].name}” has values that look the same but differ: {listed}. Each is its own group."
        yield _warn("D59" if hidden else "D32", text)


def _looks(level: str) -> str:
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", level) if unicodedata.category(letter) != "Cf")
    return " ".join(plain.split()).casefold()


def _sizes(
    plan: AuditPlan, cells: Cells, index: int, key: str, levels: Mapping[str, int], empty: Sequence[str]
) -> Iterator[Check]:
    if len(levels) > MANY_LEVELS:
        return
    unknown = unknown_levels(plan, key)
    label, name = plan.columns.decision.label, plan.groups[key].label or key
    declared = plan.groups[key].values
    for level in dict.fromkeys((*declared, *(each for each in empty if each not in unknown))):
        if level not in levels:
            code: Literal["D34", "D64"] = "D34" if level in declared or plan.source.count is not None else "D64"
            yield _warn(code, f"Group {_said(level)} of “{name}” is declared and has nobody in it: no rate.")
    known = sorted(set(levels) - unknown)
    if len(known) < 2:
        yield _warn("D37", f"“{name}” has fewer than two known values: nothing to compare.")
    missing = sum(n for level, n in levels.items() if level in unknown)
    if missing:
        flagged = sum(cell.n for cell in cells if cell.decision == 1)
        of_flagged = sum(cell.n for cell in cells if cell.decision == 1 and cell.group[index] in unknown)
        beside = f" ({percent(of_flagged / flagged)} of those {label})" if flagged else ""
        yield _warn(
            "D38", f"“{name}” is not known for {percent(missing / cells.n)}{beside}: own row, in no comparison."
        )
    for level in known:
        own = [cell for cell in cells if cell.group[index] == level]
        yield from _one_group(plan, level, levels[level], own)


def _one_group(plan: AuditPlan, level: str, n: int, own: Sequence[Cell]) -> Iterator[Check]:
    label = plan.columns.decision.label
    decided = sum(cell.n for cell in own if cell.decision >= 0)
    yes = sum(cell.n for cell in own if cell.decision == 1)
    if n < SMALL_GROUP:
        yield _warn("D35", f"Group {_said(level)} has {n}, {yes} {label}: too few to publish, and little can be said.")
    elif decided and yes in (0, decided):
        # Wilson's limits have this short form at the ends.
        low, high = (decided / (decided + _Z2), 1.0) if yes else (0.0, _Z2 / (decided + _Z2))
        who = f"All {decided:,}" if yes else f"None of {decided:,}"
        text = f"{who} in group {_said(level)} were {label} (95 % interval {low:.0%} to {high:.0%})."
        yield Check("D25", "info", text)
    outcome = plan.columns.outcome
    if outcome is None:
        return
    values = {cell.outcome for cell in own} - {-1}
    if len(values) == 1:
        who = "Everybody" if values == {1} else "Nobody"
        rate = "share wrongly decided among those without it" if values == {1} else "share found among those with it"
        text = f"{who} in group {_said(level)} whose outcome is known has “{outcome.label}”: the {rate} is undefined."
        yield _warn("D36", text)
