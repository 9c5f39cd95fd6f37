"""Scorers compared from what ``impact audit run`` wrote: two audits by their cells, or the scorers of one audit.

In: one or two bodies of counts with their plans. Out: plain data, schema ``impact/comparison/1``.
Refuses two audits whose effect, groups, outcome or level differ, and two audits of which nobody says whether they are
about the same cases. Reads no file. Personal data: none; counts only.

From two tables of cells nobody can tell which case is which, so the two are compared as if they were independent. On
the same cases the paired way says more: one plan with both scorers (``columns.also``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.catalogue import CATALOGUE, computable, plain_label
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json, group_label
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.topics.scorer_words import dominance_sentence
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import wilson
from impact.metrics.statistics.measure import Measure
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.statistics.unpaired import (
    Count,
    difference,
    disparities,
    dominance_unpaired,
    smaller_disparity,
)
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells
from impact.metrics.tools.compare_checks import Cases, require_comparable, shared_metrics
from impact.metrics.tools.merge import Body

__all__ = ["SCHEMA", "compare_pair", "compare_within"]

SCHEMA = "impact/comparison/1"
PAIRED = "The paired way is one plan with both scorers, under “columns.also” (docs/audit-plan.md)."
_ERRORS = ("fpr", "fnr")
_NOTES = {
    "same": "Both audits are of the same cases, but are compared here by their counts alone, as if the cases were "
    "different ones. Where the two tend to agree, the intervals are wider than they need be: the comparison is "
    f"conservative. {PAIRED}",
    "some": "Some cases are in both audits. They are compared by their counts alone, as if all cases were different "
    "ones; where the two tend to agree, the intervals are wider than they need be. A difference may belong to the "
    f"cases as much as to the scorers. {PAIRED}",
    "different": "The two audits are of different cases: a difference may belong to the cases as much as to the "
    "scorers.",
}


def compare_within(plan: AuditPlan, cells: Cells, aggregates: Mapping[str, Aggregate]) -> dict[str, Any]:
    """The paired comparison of the scorers of one audit, computed again from its counts.

    Args:
        plan: A plan with ``columns.also``.
        cells: Its cells.
        aggregates: Its further tables, with ``joint``.

    Raises:
        MetricError: E162 the plan names one scorer only, or the audit was made without counting the others; D91 the
            tables are of different cases.
    """
    if not plan.columns.also or "joint" not in aggregates:
        remedy = "Name a second folder, or a plan with “columns.also”"
        raise MetricError(Fault("compare", "the audit holds one scorer only", "two scorers", remedy, "E162"))
    result = analyse(plan, cells, aggregates={"joint": aggregates["joint"]})
    data = result.to_json(created="", tool_version="")
    names = {"decision": str(plan.columns.decision.scorer)}
    names |= {key: scorer.label for key, scorer in plan.columns.also.items()}
    return {
        "schema": SCHEMA,
        "kind": "paired",
        "title": plan.title,
        "scorers": names,
        "level": 1 - plan.rules.alpha,
        "people": data["people"],
        "unit": data["unit"],
        "plan": data["plan"],
        "plan_digest": data["plan_digest"],
        "cells_digest": data["cells_digest"],
        "aggregates": data["aggregates"],
        "labels": data["labels"],
        "notes": list(_plain(plan)),
        "tables": {name: rows for name, rows in data["tables"].items() if name.startswith("scorer")},
    }


def compare_pair(first: Body, second: Body, *, cases: Cases | None = None) -> dict[str, Any]:
    """Two audits, by their cells.

    Args:
        first, second: What ``impact audit run`` wrote of each.
        cases: Whether they are about the same cases; None where their files say so.

    Raises:
        MetricError: E160 plans that mean different things; E161 it is not known whether the cases are the same, or what
            was said does not fit the counts; E162 the same counts twice; E163 protected counts. All at once.
    """
    bodies, said = (first, second), require_comparable(first, second, cases)
    names = _names(first, second)
    results = (analyse(first.plan, first.cells), analyse(second.plan, second.cells))
    found = _Comparison(results, names)
    return {
        "schema": SCHEMA,
        "kind": "unpaired",
        "title": f"{names[0]} and {names[1]}",
        "scorers": {"first": names[0], "second": names[1]},
        "cases": said,
        "level": found.level,
        "unit": first.plan.unit.row,
        "audits": [_identity(body) for body in bodies],
        "labels": {metric: plain_label(first.plan, metric) for metric in found.metrics},
        "notes": [_NOTES[said], *_registered(bodies, names), *_plain(first.plan, second.plan)],
        "tables": found.tables(),
    }


def _names(first: Body, second: Body) -> tuple[str, str]:
    """The scorers as the plans name them, else the folders."""
    one, other = (body.plan.columns.decision.scorer or body.name for body in (first, second))
    return (one, other) if one != other else (f"{one} (1)", f"{other} (2)")


def _identity(body: Body) -> dict[str, Any]:
    return {
        "name": body.name,
        "title": body.plan.title,
        "pool": body.plan.pool,
        "people": body.cells.n,
        "plan_digest": body.plan.digest,
        "plan_registered": body.findings["plan_registered"],
        "cells_digest": body.cells.digest,
    }


def _registered(bodies: tuple[Body, ...], names: tuple[str, str]) -> Iterator[str]:
    for body, name in zip(bodies, names, strict=True):
        lock = body.findings["plan_registered"]
        if not isinstance(lock, Mapping) or lock.get("matches") is not True:
            yield f"The plan of {name} was not registered before its outcomes were read: this is exploratory."


def _plain(*plans: AuditPlan) -> Iterator[str]:
    for plan in plans:
        weight = plan.columns.weight
        if plan.unit.person_id is not None or (weight is not None and weight.kind == "sampling"):
            yield "Rows are counted as they are: each as one, and as if no two were of the same person."
            return


class _Comparison:
    """Two results, compared metric by metric."""

    def __init__(self, results: tuple[AuditResult, AuditResult], names: tuple[str, str]) -> None:
        self.results, self.names = results, names
        self.plan = results[0].plan
        self.level = 1 - self.plan.rules.alpha
        self.metrics = shared_metrics(self.plan, results[1].plan)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        rates = [self._rates(EVERYBODY, metric) for metric in self.metrics]
        gaps, lines = [], []
        for key in self.plan.groups:
            parts = [next(part for part in result.groupings if part.keys == (key,)) for result in self.results]
            if any(part.too_many for part in parts):
                continue
            groups = list(dict.fromkeys(group for part in parts for group in part.groups()))
            known = [group for group in groups if not parts[0].is_unknown(group)]
            for metric in self.metrics:
                rates += [self._rates(group, metric) for group in groups]
                gaps += [self._gap(parts, group, metric) for group in known]
            wanted = {*computable(self.plan)} & {*computable(self.results[1].plan)}
            lines += [self._dominance(key, known, metric) for metric in _ERRORS if metric in wanted]
        return {"rates": rates, "gaps": gaps, "dominance": lines}

    def _count(self, place: int, group: Group, metric: str) -> Count | str:
        """Numerator and denominator, or the reason why there is none."""
        rate = self.results[place].rates.get((group, metric))
        if rate is None:
            return "empty_cell"
        if rate.value is None or rate.k is None or rate.n is None:
            return rate.reason or "empty_cell"
        return Count(rate.k, rate.n)

    def _rates(self, group: Group, metric: str) -> dict[str, Any]:
        one, other = (self._count(place, group, metric) for place in (0, 1))
        return {
            "group": group_json(group),
            "metric": metric,
            "first_rate": self._rate(one),
            "second_rate": self._rate(other),
            "difference": self._difference(one, other).to_json(),
        }

    def _rate(self, count: Count | str) -> dict[str, Any]:
        if isinstance(count, str):
            return {"k": None, "n": None, "value": None, "ci": None, "method": None, "reason": count}
        limits = wilson(*count, level=self.level)
        assert limits is not None  # a rate with a value has a denominator
        value = count.k / count.n
        return {**count._asdict(), "value": value, "ci": limits.to_json(), "method": limits.method, "reason": None}

    def _difference(self, one: Count | str, other: Count | str) -> Measure:
        for each in (one, other):
            if isinstance(each, str):
                return _undefined(each, self.level)
        assert isinstance(one, Count)
        assert isinstance(other, Count)
        return difference(one, other, level=self.level)

    def _gap(self, parts: list[Grouping], group: Group, metric: str) -> dict[str, Any]:
        """Disparity of a group against those not sharing it, in each audit, and their difference."""
        found: list[Measure] = []
        row: dict[str, Any] = {"group": group_json(group), "comparator": {"kind": "not_sharing"}, "metric": metric}
        for place, name in enumerate(("first", "second")):
            own = self._count(place, group, metric)
            others = _counted(parts[place].complement(group), metric)
            found.append(self._difference(own, others))
            row[f"{name}_comparator"] = self._rate(others)
        less, more = disparities(*found)
        row |= {"first_gap": found[0].to_json(), "second_gap": found[1].to_json(), "difference": less.to_json()}
        return row | {"smaller": smaller_disparity(less, more)}

    def _dominance(self, key: str, groups: list[Group], metric: str) -> dict[str, Any]:
        pairs: dict[Group, tuple[Count, Count]] = {}
        reasons: list[str] = []
        for group in groups:
            one, other = (self._count(place, group, metric) for place in (0, 1))
            if isinstance(one, Count) and isinstance(other, Count):
                pairs[group] = (one, other)
            else:
                reasons += [each for each in (one, other) if isinstance(each, str)]
        lower: dict[str, list[Group]] = {"first": [], "second": []}
        why = None
        if len(pairs) < 2:
            why = "one_group" if pairs else next(iter(reasons), "empty_cell")
        verdict = "undefined"
        if why is None:
            found = dominance_unpaired(list(pairs.values()), level=self.level)
            for group, each in zip(pairs, found.differences, strict=True):
                if each.high is not None and each.high < 0:
                    lower["first"].append(group)
                elif each.low is not None and each.low > 0:
                    lower["second"].append(group)
            verdict = found.fewer or ("neither" if lower["first"] and lower["second"] else "cannot_tell")
        row = {
            "characteristic": key,
            "metric": metric,
            "verdict": verdict,
            "groups": len(pairs),
            "without_cases": [group_label(group) for group in groups if group not in pairs],
            "level": 1 - sidak(1 - self.level, len(pairs)) if why is None else None,
            "first_lower": [group_label(group) for group in lower["first"]],
            "second_lower": [group_label(group) for group in lower["second"]],
            "reason": why,
        }
        return row | {
            "sentence": dominance_sentence(
                row,
                label=plain_label(self.plan, metric),
                names=self.names,
                characteristic=self.plan.groups[key].label or key,
                level=self.level,
            )
        }


def _counted(tally: Tally, metric: str) -> Count | str:
    entry = CATALOGUE[metric]
    n = entry.denominator(tally)
    return Count(entry.numerator(tally), n) if n else (entry.undefined_because(tally) or "empty_cell")


def _undefined(reason: str, level: float) -> Measure:
    # Reasons of rates are those of measures and some more; the record holds both.
    return Measure(None, level=level, reason=reason)  # type: ignore[arg-type]  # a Reason of the catalogue
