"""Figures of further tables in a public copy, computed by the same topics from the protected counts.

In: a plan, the protected cells and the protected further tables. Out: rows for ``tables`` of findings.json, and in
words what of them is left out and why. A pure function of published counts: whoever has the files computes the same.
Every characteristic is analysed alone, with the groups that are shown of it. A comparison with everybody who does not
share a characteristic needs all its groups; where one is withheld there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import computable
from impact.metrics.analysis.levels import groupings
from impact.metrics.analysis.rates import observation
from impact.metrics.analysis.tally import tally
from impact.metrics.analysis.topics.bands import band_tables
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.periods import period_tables
from impact.metrics.analysis.topics.scores import coarse_score_tables
from impact.metrics.analysis.topics.strata import strata_tables
from impact.metrics.disclosure.published import Published
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cell, Cells

__all__ = ["MOST_OPEN", "further_figures", "left_out", "read_further"]

MOST_OPEN = 0.05  # how far either way bins may leave an area open; beyond it the area is not printed

Rows = list[dict[str, Any]]
_DECIDED = ("selection_rate",)
_KEYS = ["grouping", "level", "of", "value", "outcome", "decision"]
_WORDS = {"periods": "by period", "strata": "by stratum", "bands": "by risk band", "scores": "by score"}


def read_further(published: Published, tables: Mapping[str, Aggregate]) -> dict[str, Aggregate]:
    """The protected further tables, looked at as somebody else's.

    Raises:
        MetricError: D162, a table that is none, or has a count that the policy would not show.
    """
    for name, table in tables.items():
        least = published.policy.least
        sound = name in _WORDS and table.name == name and list(table.keys) == _KEYS and list(table.measures) == ["n"]
        if not sound or table.about.get("policy") != published.policy.id or (table.measures["n"] < least).any():
            found = f"“{name}” is no table of protected counts, or has a count under {least}"
            raise MetricError(Fault(name, found, "", "Take the files that impact wrote together", "D162"))
    return dict(tables)


@dataclass(frozen=True)
class _Shown:
    """One dimension as published: for each group its rows (outcome, decision, value, count)."""

    plan: AuditPlan
    published: Published
    table: Aggregate
    column: str

    def groups(self) -> dict[tuple[str, str], list[tuple[int, int, str, int]]]:
        keys = [self.table.keys[name].tolist() for name in _KEYS]
        found: dict[tuple[str, str], list[tuple[int, int, str, int]]] = {}
        for grouping, level, of, value, outcome, decision, n in zip(
            *keys, self.table.measures["n"].tolist(), strict=True
        ):
            if of == self.column:
                found.setdefault((grouping, level), []).append((outcome, decision, value, n))
        return found

    def levels(self, key: str, *, outcomes: bool) -> list[str]:
        """Levels of a characteristic that are shown, with outcomes if these are asked for."""
        return [
            level
            for (grouping, level), rows in self.groups().items()
            if grouping == key and (not outcomes or any(outcome >= 0 for outcome, *_ in rows))
        ]

    def known(self, key: str) -> set[str]:
        """Levels of a characteristic that people are known to have; those that are not named are among them."""
        blank = unknown_levels(self.plan, key)
        return {row.values[0] for row in self.published if row.keys == (key,)} - set(blank)

    def complete(self, key: str, *, outcomes: bool) -> bool:
        """Whether everybody who does not share a level is shown, so that levels can be compared."""
        return self.known(key) <= set(self.levels(key, outcomes=outcomes))

    def inputs(self, key: str, levels: Sequence[str], metrics: Sequence[str], *, compared: bool, **more: Any) -> Inputs:
        """The audit of one characteristic, from these counts alone; of everybody where ``key`` is empty."""
        groups = {}
        if key:
            column = self.plan.groups[key]
            unknown = column.unknown_values if compared else (*column.unknown_values, *self.known(key))
            groups = {key: column.model_copy(update={"unknown_values": tuple(unknown)})}
        comparator = self.plan.comparator
        kept = {each: level for each, level in comparator.also.items() if each == key and level in levels}
        plan = self.plan.model_copy(
            update={
                "groups": groups,
                "intersections": (),
                "comparator": comparator.model_copy(update={"also": kept}),
                "rules": self.plan.rules.model_copy(update={"primary": tuple(metrics)}),
                **more,
            }
        )
        rows = [
            ((level,) if key else (), *row)
            for (grouping, level), held in self.groups().items()
            if grouping == key and (not key or level in levels)
            for row in held
        ]
        cells = Cells.of(tuple(groups), [Cell(group, y, d, -1, n) for group, y, d, _, n in rows])
        columns: dict[str, Any] = {each: [group[at] for group, *_ in rows] for at, each in enumerate(groups)}
        columns |= {"outcome": [y for _, y, *_ in rows], "decision": [d for _, _, d, *_ in rows]}
        columns |= {"human": [-1] * len(rows), **self._column([value for *_, value, _ in rows])}
        name = self.table.name
        about = {key: self.table.about[key] for key in ("order",) if key in self.table.about}
        table = Aggregate.of(name, columns, {"n": [n for *_, n in rows]}, about)
        everybody = tally(cells)
        parts = groupings(plan, cells)
        return Inputs(plan, cells, parts, everybody, observation(plan, everybody), {name: table}, published=True)

    def _column(self, values: Sequence[str]) -> dict[str, Any]:
        if self.table.name == "strata":
            return {self.column: list(values)}
        return {self.column: [int(value) for value in values]}


def further_figures(
    plan: AuditPlan, published: Published, tables: Mapping[str, Aggregate]
) -> tuple[dict[str, Rows], list[str]]:
    """Rows by table, and sentences about what is left out of them.

    Args:
        plan: The plan.
        published: The protected cells.
        tables: The protected further tables, as ``read_further`` gave them.
    """
    found: dict[str, Rows] = {}
    said: list[str] = []
    for name, make in (("periods", _periods), ("strata", _strata), ("bands", _bands), ("scores", _scores)):
        for column in tables[name].about["values"] if name in tables else ():
            shown = _Shown(plan, published, tables[name], column)
            for each, rows in make(shown).items():
                found.setdefault(each, []).extend(rows)
            said += left_out(shown)
    said += [f"area under the curve, {_WORDS['scores']}: bins leave it open by more than {MOST_OPEN}"] * any(
        row["auc"]["reason"] == "suppressed" for row in found.get("scores", ())
    )
    return {name: rows for name, rows in found.items() if rows}, said


def left_out(shown: _Shown) -> Iterator[str]:
    """What of one dimension is not in the copy."""
    name = shown.table.name
    words = _WORDS[name] if name != "strata" else f"within strata of {shown.column}"
    for key, column in shown.plan.groups.items():
        whole = {row.values[0] for row in shown.published if row.keys == (key,)}
        some, outcomes = set(shown.levels(key, outcomes=False)), set(shown.levels(key, outcomes=True))
        label = column.label or key
        if some < whole:
            yield f"{words}, {label}: {len(whole - some)} of {len(whole)} groups, and comparisons between all of them"
        if shown.plan.columns.outcome is not None and outcomes < some:
            yield f"{words}, {label}: rates that rest on outcomes for {len(some - outcomes)} of {len(whole)} groups"


def _runs(shown: _Shown) -> Iterator[tuple[str, list[str], tuple[str, ...], bool]]:
    """Characteristic (empty: everybody), levels, metrics, and whether levels may be compared."""
    metrics = [key for key in shown.plan.rules.primary if key in computable(shown.plan) and key != "override_rate"]
    by_need = {True: tuple(key for key in metrics if key not in _DECIDED)}
    by_need[False] = tuple(key for key in metrics if key in _DECIDED)
    for key in ("", *shown.plan.groups):
        for outcomes in (False, True):
            levels = shown.levels(key, outcomes=outcomes)
            if levels and by_need[outcomes]:
                yield key, levels, by_need[outcomes], bool(key) and shown.complete(key, outcomes=outcomes)


def _periods(shown: _Shown) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    columns, time = shown.plan.columns, shown.plan.columns.time
    assert time is not None, "a table by period comes from a plan with a date"
    time = time.model_copy(update={"period": shown.table.about["period"]})
    columns = columns.model_copy(update={"time": time, "version": None, "human": None})
    for key, levels, metrics, compared in _runs(shown):
        made = period_tables(shown.inputs(key, levels, metrics, compared=compared, columns=columns))
        for name in ("periods", "changes"):
            found.setdefault(name, []).extend(row for row in made[name] if bool(row["group"]) == bool(key))
        if not key and "timeline" not in found:
            found["timeline"] = made["timeline"]
            text = "Computed from protected counts; people without a date are in no period."
            found["period_notes"] = [{"about": "period", "reason": "protected", "text": text}, *made["period_notes"]]
    return found


def _strata(shown: _Shown) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    stratum = {shown.column: shown.plan.strata[shown.column]}
    for key, levels, metrics, compared in _runs(shown):
        if not key or compared:
            made = strata_tables(shown.inputs(key, levels, metrics, compared=compared, strata=stratum))
            names = ("stratified", "conditional_disparity") if key else ("strata", "strata_levels")
            for name in names if key or "strata" not in found else ():
                known = set(map(repr, found.get(name, [])))
                found.setdefault(name, []).extend(row for row in made[name] if repr(row) not in known)
    for row in found.get("strata", ()):
        row |= {"comparisons": len(found.get("stratified", ())), "counts": len(shown.table), "small_counts": 0}
    return found


def _bands(shown: _Shown) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    band = shown.plan.columns.band
    assert band is not None, "a table by band comes from a plan with bands"
    columns = shown.plan.columns.model_copy(update={"band": band.model_copy(update={"human": None})})
    for key in ("", *shown.plan.groups):
        levels = shown.levels(key, outcomes=False)
        compared = bool(key) and shown.complete(key, outcomes=False)
        if levels:
            made = band_tables(shown.inputs(key, levels, (), compared=compared, columns=columns))
            for name, rows in made.items():
                found.setdefault(name, []).extend(row for row in rows if bool(row["group"]) == bool(key))
    return found


def _scores(shown: _Shown) -> dict[str, Rows]:
    import numpy as np

    edges = [float(each) for each in shown.table.about["edges"]]
    groups = {}
    for group, rows in shown.groups().items():
        held = np.zeros((2, len(edges) - 1), dtype=np.int64)
        for outcome, _, value, n in rows:
            held[outcome, int(value)] += n
        groups[group] = held
    whole = {key: shown.complete(key, outcomes=True) for key in shown.plan.groups}
    blank = {key: frozenset(unknown_levels(shown.plan, key)) for key in shown.plan.groups}
    return coarse_score_tables(shown.plan, groups, edges, complete=whole, unknown=blank, most_open=MOST_OPEN)
