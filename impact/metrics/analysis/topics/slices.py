"""Parts of an audit side by side: the same rates in every period, or under every version of the scorer.

In: the parts of an audit and the aggregate ``periods``. Out: a tally for each part and group, and rows with the rate,
the comparison with those who do not share the characteristic, and how much of what the rate is about is known.
A pure function of counts. Personal data: none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE, Reason, computable
from impact.metrics.analysis.evidence import Rows
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.rates import rates
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure
from impact.metrics.tables.aggregates import Aggregate, rolled
from impact.metrics.tables.cells import Cell
from impact.metrics.tables.period_codes import impossible

__all__ = ["COVERAGE", "FEW", "Entry", "Slices", "entries", "left_out", "metrics_of", "rows", "slices"]

Key = int | str
COVERAGE = 0.10  # a part whose share of known outcomes differs by more is not set beside the others (design, 4.6)
FEW = 30  # people at least before a group's own share of known outcomes says anything
_ROUNDING = 1e-9  # 0.95 less 0.85 is more than 0.1 to a computer
_CODES = ("outcome", "decision", "human")


@dataclass(frozen=True)
class Slices:
    """Counts by part.

    Attributes:
        keys: The parts in order; a missing date is -1, a missing version ``MISSING``.
        everybody: Part -> tally of all people in it.
        parts: The single characteristics, each as part -> grouping, in the order of the plan.
        hidden: (group, metric) -> why the audit as a whole does not identify this rate.
    """

    keys: tuple[Key, ...]
    everybody: Mapping[Key, Tally]
    parts: tuple[tuple[Grouping, Mapping[Key, Grouping]], ...]
    hidden: Mapping[tuple[Group, str], Reason]

    def groups(self) -> Iterator[tuple[Group, Grouping | None, Mapping[Key, Grouping]]]:
        """Everybody, then each level of each single characteristic with its groupings by part."""
        yield EVERYBODY, None, {}
        for whole, by_key in self.parts:
            for group in whole.groups():
                yield group, whole, by_key


@dataclass(frozen=True)
class Entry:
    """One rate of one group in one part.

    Attributes:
        group: The group; everybody is empty.
        key: The part.
        metric: Metric key.
        k: Numerator; None where the rate is not identified.
        n: Denominator.
        others: Numerator and denominator of those who do not share the characteristic; None where nobody is compared.
        known: People whose outcome (or review, or decision) is known, of those whom the rate would be about.
        reason: Why there is no rate.
        alone: Why there is no comparison although there may be a rate.
    """

    group: Group
    key: Key
    metric: str
    k: int | None
    n: int | None
    others: tuple[int, int] | None
    known: tuple[int, int]
    reason: Reason | None
    alone: Reason | None

    @property
    def share_known(self) -> float | None:
        return self.known[0] / self.known[1] if self.known[1] else None


def metrics_of(inputs: Inputs) -> tuple[str, ...]:
    """The primary metrics that the plan's columns allow, in the plan's order."""
    possible = computable(inputs.plan)
    return tuple(key for key in inputs.plan.rules.primary if key in possible)


def slices(inputs: Inputs, table: Aggregate, by: str) -> Slices:
    """Tallies by part.

    Args:
        inputs: The audit.
        table: The aggregate ``periods``.
        by: ``period`` or ``version``.

    Raises:
        MetricError: D91 when its counts are none, or do not add up to the cells of the audit.
    """
    import numpy as np

    plan = inputs.plan
    held = {key: np.asarray(column) for key, column in table.keys.items()}
    _check(inputs, held, by)
    outcome = plan.columns.outcome
    if outcome is not None and outcome.observed_when == "decision_yes":
        # As for the cells: an outcome recorded for a no is a default of the database, and nothing that was found out.
        held["outcome"] = np.where(held["decision"] == 0, -1, held["outcome"])
    _same_people(inputs, held, table.measures["n"])
    totals = {key[0]: each for key, each in _tallies(held, (by,), table.measures["n"]).items()}
    keys = tuple(sorted(totals))
    single = tuple(part for part in inputs.parts if len(part.keys) == 1 and not part.too_many)
    parts = []
    for part in single:
        by_key: dict[Key, dict[tuple[str, ...], Tally]] = {key: {} for key in keys}
        for (key, value), each in _tallies(held, (by, part.keys[0]), table.measures["n"]).items():
            by_key[key][value,] = each
        parts.append((part, {key: replace(part, tallies=tallies) for key, tallies in by_key.items()}))
    whole = rates(plan, single, everybody=inputs.everybody, seen=inputs.seen, sizing=Rows())
    hidden = {
        place: rate.reason
        for place, rate in whole.items()
        if rate.reason in ("outcome_not_observed", "group_not_observed")
    }
    return Slices(keys, totals, tuple(parts), hidden)


def _check(inputs: Inputs, held: Mapping[str, Any], by: str) -> None:
    wanted = {*inputs.plan.groups, *_CODES, by}
    found = ""
    if not wanted <= set(held):
        found = "they lack a column of the plan"
    elif any(((held[code] < -1) | (held[code] > 1)).any() for code in _CODES):
        found = "a code is neither 0 nor 1"
    elif by == "period":
        time = inputs.plan.columns.time
        if time is None or impossible(set(held["period"].tolist()), time.period):
            found = "a period is none"
    if found:
        raise MetricError(Fault("the counts by period", found, "", "Take the file that impact wrote", "D91"))


def _same_people(inputs: Inputs, held: Mapping[str, Any], n: Any) -> None:
    """The counts by part are those of the audit, cell by cell: else a part could tell what the whole does not."""
    names = (*inputs.cells.groups, *_CODES)
    keys, measures = rolled({name: held[name] for name in names}, {"n": n})
    rows = zip(*(keys[name].tolist() for name in names), measures["n"].tolist(), strict=True)
    here = {row[:-1]: row[-1] for row in rows}
    there = {(*cell.group, cell.outcome, cell.decision, cell.human): cell.n for cell in inputs.cells}
    if here != there:
        found = "they do not add up to the cells of the audit"
        raise MetricError(Fault("the counts by period", found, "", "Count the data again", "D91"))


def _tallies(held: Mapping[str, Any], by: tuple[str, ...], n: Any) -> dict[tuple[Any, ...], Tally]:
    keys, measures = rolled({name: held[name] for name in (*by, *_CODES)}, {"n": n})
    parts: dict[tuple[Any, ...], list[Cell]] = {}
    columns = (keys[name].tolist() for name in (*by, *_CODES))
    for row in zip(*columns, measures["n"].tolist(), strict=True):
        *key, outcome, decision, human, count = row
        parts.setdefault(tuple(key), []).append(Cell((), outcome, decision, human, count))
    return {key: tally(cells) for key, cells in parts.items()}


def entries(inputs: Inputs, held: Slices, keys: Sequence[Key]) -> Iterator[list[Entry]]:
    """For each metric and each group its series: one entry for each of ``keys``, also for those that nobody is in."""
    for metric in metrics_of(inputs):
        for group, whole, by_key in held.groups():
            yield [_entry(metric, group, key, whole, by_key, held) for key in keys]


def _entry(
    metric: str, group: Group, key: Key, whole: Grouping | None, by_key: Mapping[Key, Grouping], held: Slices
) -> Entry:
    formula = CATALOGUE[metric]
    part = by_key.get(key)
    own = held.everybody.get(key, Tally()) if whole is None else part.of(group) if part else Tally()
    known = _known(metric, own)
    hidden = held.hidden.get((group, metric))
    if own.n == 0 or hidden:
        reason: Reason | None = "empty_cell" if own.n == 0 else hidden
        nothing = 0 if own.n == 0 else None
        return Entry(group, key, metric, nothing, nothing, None, known, reason, reason)
    k, n = formula.numerator(own), formula.denominator(own)
    reason = formula.undefined_because(own)
    if whole is None or whole.is_unknown(group):
        return Entry(group, key, metric, k, n, None, known, reason, reason)
    rest = part.complement(group) if part else Tally()
    others = (formula.numerator(rest), formula.denominator(rest))
    return Entry(group, key, metric, k, n, others, known, reason, reason or formula.undefined_because(rest))


def _known(metric: str, own: Tally) -> tuple[int, int]:
    """How many of those whom the rate would be about have what it needs: an outcome, a review, or a decision."""
    if metric == "selection_rate":
        return own.yes + own.no, own.n
    if metric == "override_rate":
        return own.reviewed, own.yes
    if metric in ("ppv", "fdr"):
        return own.tp + own.fp, own.yes
    if metric in ("npv", "for"):
        return own.fn + own.tn, own.no
    if metric == "base_rate":
        return own.outcomes_known, own.n
    return own.tp + own.fp + own.fn + own.tn, own.yes + own.no


def left_out(series: Sequence[tuple[int, int]], *, least: int = 1) -> list[str | None]:
    """Which parts of a series are known so much more or less than the rest that they cannot stand beside it.

    Args:
        series: For each part, in order of time, how many are known and of how many.
        least: People at least; a part with fewer is never left out, and no part is held against it.

    Returns:
        For each part ``immature`` (known less, as is every later one), ``coverage_differs`` (more, or less for
        another reason), or None. A part is held against the median share of the parts, and one of two against the
        other: the last months, of which little is known yet, do not make the others look odd.

    >>> left_out([(95, 100), (96, 100), (94, 100), (80, 100), (20, 100)])
    [None, None, None, 'immature', 'immature']
    >>> left_out([(95, 100), (60, 100), (94, 100), (96, 100)])
    [None, 'coverage_differs', None, None]
    """
    held = [index for index, (_, n) in enumerate(series) if n >= max(least, 1)]
    shares = {index: series[index][0] / series[index][1] for index in held}
    found: list[str | None] = [None] * len(series)
    late = True
    for index in reversed(held):
        rest = [share for other, share in shares.items() if len(held) > 2 or other != index]
        gap = shares[index] - median(rest) if rest else 0.0
        low, differs = gap < -COVERAGE - _ROUNDING, abs(gap) > COVERAGE + _ROUNDING
        late = late and low
        found[index] = "immature" if late else "coverage_differs" if differs else None
    return found


def rows(series: Sequence[Entry], aside: Sequence[str | None], *, level: float) -> Iterator[dict[str, Any]]:
    """Plain rows of a series, without the name of the part.

    Args:
        series: Entries of one group and metric.
        aside: For each entry why it is left out of comparisons over time, or None.
        level: Confidence level of each interval alone.
    """
    import numpy as np

    k, n = (np.array([getattr(each, name) or 0 for each in series], float) for name in ("k", "n"))
    low, high = wilson_limits(k, np.maximum(n, 1), level=level)
    both = [each.others if each.others and each.alone is None else (0, 0) for each in series]
    k2, n2 = np.array(both, float).T if series else (np.zeros(0), np.zeros(0))
    some = (n > 0) & (n2 > 0)
    one, two = np.where(some, n, 1), np.where(some, n2, 1)
    a, b = np.where(some, k, 0), np.where(some, k2, 0)
    differences, ratios = newcombe_limits(a, one, b, two, level=level), koopman_limits(a, one, b, two, level=level)
    for i, each in enumerate(series):
        value = None if each.reason else float(k[i] / n[i])
        row: dict[str, Any] = {
            "metric": each.metric,
            "group": group_json(each.group),
            "k": each.k,
            "n": each.n,
            "value": value,
            "ci": None if value is None else [float(low[i]), float(high[i])],
            "method": None if value is None else "wilson",
            "reason": each.reason,
            "known": {"k": each.known[0], "n": each.known[1], "value": each.share_known},
            "left_out": aside[i],
            "others": None,
            "difference": None,
            "ratio": None,
            "few": False,
        }
        if each.others is not None and each.alone is None:
            row["others"] = {"k": each.others[0], "n": each.others[1], "value": float(k2[i] / n2[i])}
            row["few"] = bool(min(n[i], n2[i]) < FEW)
            gap = Measure(float(k[i] / n[i] - k2[i] / n2[i]), *_ends(differences, i), level, "newcombe")
            row["difference"] = gap.to_json()
            if b[i]:
                row["ratio"] = Measure(float(a[i] / one[i] / (b[i] / two[i])), *_ends(ratios, i), level, "koopman")
            elif a[i]:
                row["ratio"] = Measure(None, *_ends(ratios, i), level, "koopman", "comparator_zero")
            else:
                row["ratio"] = Measure(None, level=level, reason="comparator_zero")
            row["ratio"] = row["ratio"].to_json()
        elif each.others is not None:
            row["difference"] = row["ratio"] = {
                "value": None, "ci": None, "level": level, "method": None, "reason": each.alone,
            }  # fmt: skip
        yield row


def _ends(limits: tuple[Any, Any], index: int) -> tuple[float, float]:
    return float(limits[0][index]), float(limits[1][index])
