"""Several scorers of the same rows: who decided what on which cases, counted in a query of its own.

In: an opened table and a plan with ``columns.also``. Out: the aggregate ``joint``, and faults of the scorers' columns.
A query of its own because its keys would multiply the rows of every other table of counts by three for each scorer.
Personal data: exists only inside the engine; a row of ``joint`` is a count of people who share a level of one
characteristic, outcome and every scorer's decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import UNMAPPED, Coded, Coder
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.table import Table, summed
from impact.metrics.counting.unmapped import faults_of_values
from impact.metrics.plans.plan import AuditPlan, Scorer, Unit
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.aggregates_file import MAX_ROWS
from impact.metrics.tables.checks import Check
from impact.metrics.tables.joint_counts import Coverage, JointCounts
from impact.metrics.tables.score_scale import as_float32
from impact.metrics.tables.singles import singly

__all__ = ["bare", "joint_decisions", "joint_remarks"]

_INFINITE = 1.7976931348623157e308  # the largest finite double


def joint_decisions(table: Table, plan: AuditPlan, *, outcomes: bool) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count the cases by group (one characteristic at a time), outcome, decision, and each further scorer's decision.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether the outcome column is read at all.

    Returns:
        ``{"joint": table}``, empty where the plan maps no further scorer; and what makes their columns unusable: values
        that the plan does not map (D31, D32, D83), scores that are no numbers (D16) or infinite (D18).

    Raises:
        MetricError: D16, D41 or D64 for columns whose type cannot be a decision or a score; D62 too many rows.
    """
    import narwhals as nw
    import numpy as np

    if not plan.columns.also:
        return {}, []
    coder = _JointCoder(table, bare(plan), outcomes)
    coded = coder.coded()
    roles = [f"also{index}" for index in range(len(plan.columns.also))]
    codes = [role for role in ("outcome", "decision") if role in coded.codes]
    sums = [name for name in coded.measures if name == "n" or name.startswith(_WRONG)]
    keys = [*coded.groups, *codes, *roles]
    query = summed(coded.frame.group_by(*keys), sums, nw.len().alias("rows")).head(MAX_ROWS + 1)
    found = table.fetch_columns(query, [*keys, *sums, "rows"])
    if len(found["rows"]) > MAX_ROWS:
        raise too_many(table, "joint", "Map fewer scorers, or fewer groups")
    faults = list(_faults(table, plan, coded, found))
    if faults:
        return {}, faults
    blank = np.full(len(found["rows"]), -1)
    groups = {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    named: dict[str, Any] = {code: found.get(code, blank) for code in ("outcome", "decision")}
    named |= {key: found[role] for key, role in zip(plan.columns.also, roles, strict=True)}
    counts = {"n": found["n" if "n" in sums else "rows"]}
    return {"joint": singly("joint", groups, named, counts, {"scorers": list(plan.columns.also)})}, []


_WRONG = ("unread_", "infinite_")


def bare(plan: AuditPlan) -> AuditPlan:
    """The plan without what only other tables count."""
    weight = plan.columns.weight
    none = dict.fromkeys(("human", "score", "reviewer", "review_seconds", "time", "version"))
    kept = {"weight": weight if weight is not None and weight.kind == "frequency" else None}
    columns = plan.columns.model_copy(update=none | kept)
    return plan.model_copy(update={"columns": columns, "strata": {}, "unit": Unit(row=plan.unit.row)})


class _JointCoder(Coder):
    """Codes the further scorers as the decision is coded: the same values, missing values and thresholds."""

    def _selected(self) -> Any:
        for role, scorer in self._also():
            if scorer.name is not None:
                self.roles[role] = scorer.name
            else:
                self.numbers[role] = scorer.from_score
        return super()._selected()

    def _also(self) -> list[tuple[str, Scorer]]:
        return [(f"also{index}", scorer) for index, scorer in enumerate(self.plan.columns.also.values())]

    def coded(self) -> Coded:
        for role, scorer in self._also():
            if scorer.name is None:
                self.stage(role, self._cut(role, scorer))
        return super().coded()

    def _cut(self, role: str, scorer: Scorer) -> Any:
        """A yes from the threshold on; a score that is missing is on neither side of it."""
        nw = self.nw
        dtype = self.schema[f"raw_{role}"]
        if not dtype.is_numeric() and f"number_{role}" not in self.schema:
            found = f"is stored as {dtype}, not as numbers"
            self.refuse(scorer.column, found, "Convert it to numbers first", "D16")
            return nw.lit(-1)
        read = self.number(role)
        if read is None or scorer.threshold is None:
            return nw.lit(-1)
        number, unread = read
        known = ~number.is_null() & ~number.is_nan()
        score = nw.when(known).then(number).otherwise(nw.lit(0.0))
        infinite = known & ((score > _INFINITE) | (score < -_INFINITE))
        cut = as_float32(scorer.threshold) if isinstance(dtype, nw.Float32) else scorer.threshold
        over = score >= cut if scorer.rule == ">=" else score > cut
        self.measures[f"unread_{role}"] = self.flag(unread)
        self.measures[f"infinite_{role}"] = self.flag(infinite)
        return nw.when(known & ~infinite).then(self.flag(over)).otherwise(nw.lit(-1))


def _faults(table: Table, plan: AuditPlan, coded: Coded, found: Mapping[str, Any]) -> Iterator[Fault]:
    for index, scorer in enumerate(plan.columns.also.values()):
        role = f"also{index}"
        if (found[role] == UNMAPPED).any():
            yield from faults_of_values(table, plan, coded, role)
        for measure, what, remedy, code in (
            (
                f"unread_{role}",
                "value(s) not written as a number (a % sign or a decimal comma?)",
                "Clean the column",
                "D16",
            ),
            (f"infinite_{role}", "infinite score(s)", "Leave a score empty when there is none", "D18"),
        ):
            number = int(found[measure].sum()) if measure in found else 0
            if number:
                text = f"“{scorer.column}”: {number:,} {what}".replace("(s)", "" if number == 1 else "s")
                yield Fault(table.where, text, "", remedy, code)


def joint_remarks(plan: AuditPlan, aggregates: Mapping[str, Aggregate]) -> list[Check]:
    """Warnings about scorers: too few cases in common (D110), decisions that never differ (D111)."""
    if "joint" not in aggregates:
        return []
    counts, found = JointCounts(aggregates["joint"]), []
    names = counts.names_in(plan)
    for first, second in counts.pairs():
        pair = f"“{names[second]}” and “{names[first]}”"
        cube = counts.cube(first, second)
        shared = Coverage.of(cube)
        least = counts.least(plan, first, second)
        if shared.share is not None and shared.share < least:
            one = shared.only_first + shared.only_second
            text = f"{pair}: {one:,} cases were decided by only one of the two ({shared.share:.1%} by both). Below "
            found.append(Check("D110", "warning", f"{text}{least:.0%} they are not compared case by case."))
        if shared.both and cube[:, 1, 2].sum() == cube[:, 2, 1].sum() == 0:
            found.append(Check("D111", "warning", f"{pair} decided alike in every case that both decided."))
    return found
