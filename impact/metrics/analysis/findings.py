"""Findings: the comparisons that become sentences, in a stable order with stable ids.

In: a plan, cells, groupings and disparities. Out: ``Finding`` entries (schema ``impact/finding/1``).
Every comparison of the primary family that has a rate or a range becomes a finding, whatever its verdict; of the
exploratory ones only those that show a disparity among enough people. A comparison that is undefined becomes none: it
stays in the table of disparities with its reason, and in the list of what was not computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf
from typing import Any

from impact.metrics.analysis.catalogue import CATALOGUE, plain_label
from impact.metrics.analysis.caveats import FEW, caveat
from impact.metrics.analysis.comparisons import Comparison
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.analysis.evidence import Evidence, Sizing, effective
from impact.metrics.analysis.levels import Grouping, People, group_json
from impact.metrics.analysis.power import POWER, detectable
from impact.metrics.analysis.rates import Observation
from impact.metrics.analysis.sentences import sentence, title
from impact.metrics.analysis.severity import SEVERITIES
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.verdict import beyond_margin
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import koopman_limits
from impact.metrics.tables.cells import Cells
from impact.metrics.words import percent

__all__ = ["UNKNOWN_SHARE", "Finding", "findings"]

# Above this share of people whose group is not known each finding says what they could change (design, section 9).
UNKNOWN_SHARE = 0.02


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        id: ``F-0001`` onwards: by severity, then in the order of the plan.
        disparity: The comparison it is built on.
        title: One line.
        sentence: In full.
        detectable_ratio: Smallest ratio found with 80% power at these sizes; None where none is.
        reference_rate: The rate that was reckoned from.
        robustness: What other assumptions would change.
        caveats: Codes with text.
    """

    id: str
    disparity: Disparity
    title: str
    sentence: str
    detectable_ratio: float | None
    reference_rate: float | None
    robustness: tuple[dict[str, Any], ...]
    caveats: tuple[str, ...]

    def to_json(self, plan: AuditPlan, cells: Cells, *, engine: str, second_opinion: dict[str, Any]) -> dict[str, Any]:
        """Schema ``impact/finding/1`` (metrics design, section 10)."""
        row, comparison = self.disparity, self.disparity.comparison
        metric, margin = CATALOGUE[comparison.metric], plan.rules.margin
        counts = [(side.k, side.n) for side in (row.side, row.other) if side.k is not None and side.n is not None]
        shares = [(side.evidence.top, side.evidence.bottom) for side in (row.side, row.other) if side.evidence]
        margin_json: dict[str, Any] | None = None
        if margin is not None:
            margin_json = margin.model_dump(mode="json")
            # Exact: a table that lies at the margin is not beyond it, whatever a floating-point quotient says.
            beyond = beyond_margin(margin, *shares[0], *shares[1]) if row.difference is not None else None
            margin_json["observed_beyond"] = beyond
        return {
            "schema": "impact/finding/1",
            "id": self.id,
            "plan_digest": plan.digest,
            "role": comparison.role,
            "title": self.title,
            "sentence": self.sentence,
            "verdict": row.verdict.name,
            "material": row.verdict.material if row.verdict.name == "disparity_shown" else None,
            "direction": row.direction,
            "reason": row.reason,
            "severity": row.severity,
            "severity_basis": {
                "ratio_lower": row.disadvantage[0] if row.disadvantage else None,
                "excess_lower": self._excess_lower(plan),
                "effect": plan.columns.decision.effect,
                "irreversible": plan.columns.decision.irreversible,
            },
            "metric": {
                "key": metric.key,
                "label": plain_label(plan, metric.key),
                "name": metric.name,
                "formula": metric.formula,
                "definition": metric.definition,
            },
            "group": group_json(comparison.group),
            "comparator": comparison.comparator_json(),
            "estimate": {
                "group": row.side.to_json(),
                "comparator": row.other.to_json(),
                **row.estimates_json(),
            },
            "test": row.test_json(),
            "margin": margin_json,
            "power": {
                "mdd_ratio": self.detectable_ratio,
                "power": POWER,
                "alpha": row.alpha,
                "reference_rate": self.reference_rate,
            },
            "robustness": list(self.robustness),
            "caveats": list(self.caveats),
            "second_opinion": second_opinion,
            "disclosure": {
                "status": "exact",
                "min_cell": min((min(k, n - k) for k, n in counts), default=None),
            },
            "evidence": {"cells_digest": cells.digest, "rows": cells.n, "engine": engine, "seed": 0},
        }

    def _excess_lower(self, plan: AuditPlan) -> int | None:
        row = self.disparity
        worse = CATALOGUE[row.comparison.metric].worse.get(plan.columns.decision.effect)
        if worse is None or row.excess is None:
            return None
        low, high = row.excess[1]
        return round(low if worse == "higher" else -high)


def findings(
    plan: AuditPlan,
    groupings: Iterable[Grouping],
    rows: tuple[Disparity, ...],
    *,
    seen: Observation,
    sizing: Sizing,
) -> tuple[Finding, ...]:
    """All findings in their order; ids follow from the order, so the same inputs give the same ids."""
    by_keys = {part.keys: part for part in groupings}
    exploratory = len({row.comparison.test for row in rows if row.comparison.role == "exploratory" and row.test})
    chosen = sorted(
        _chosen(rows, fewest=plan.disclosure.min_cell), key=lambda item: (SEVERITIES.index(item[1].severity), item[0])
    )
    scenarios = _scenarios([row for _, row in chosen], by_keys, sizing)
    found = []
    for number, (_, row) in enumerate(chosen, start=1):
        part = by_keys[tuple(key for key, _ in row.comparison.group)]
        reference, smallest = _power(row)
        found.append(
            Finding(
                id=f"F-{number:04d}",
                disparity=row,
                title=title(plan, row),
                sentence=sentence(plan, row, detectable_ratio=smallest),
                detectable_ratio=smallest,
                reference_rate=reference,
                robustness=tuple(_robustness(row, scenarios.get(number - 1, []))),
                caveats=tuple(_caveats(plan, row, part, seen, exploratory)),
            )
        )
    return tuple(found)


def _chosen(rows: tuple[Disparity, ...], *, fewest: int) -> list[tuple[int, Disparity]]:
    """Rows that become findings, each test once.

    A characteristic with two values gives every comparison twice. The side that is worse off is told; without one, the
    first. What nobody declared beforehand and rests on fewer people than may be published makes no headline: score
    intervals of one to nine people err too often for that (docs/statistics.md). Its row in the table stays.
    """
    best: dict[Any, tuple[int, Disparity]] = {}
    primary = {row.comparison.test for row in rows if row.comparison.role == "primary"}
    for index, row in enumerate(rows):
        comparison = row.comparison
        if row.verdict.name in ("undefined", "suppressed"):
            continue
        if comparison.role == "primary":
            name: Any = (comparison.same_as, comparison.metric)
        elif (
            row.verdict.name == "disparity_shown"
            and comparison.test not in primary
            and min(side.worth if side.worth is not None else fewest for side in (row.side, row.other)) >= fewest
        ):
            name = comparison.test
        else:
            continue
        kept = best.get(name)
        if kept is None or (kept[1].direction != "worse" and row.direction == "worse"):
            best[name] = (kept[0] if kept else index, row)
    return list(best.values())


def _power(row: Disparity) -> tuple[float | None, float | None]:
    """Reference rate and detectable ratio. Where the comparator's rate is 0 the rate of both together stands in."""
    one, other = row.side.evidence, row.other.evidence
    if row.difference is None or one is None or other is None or not one.bottom or not other.bottom:
        return None, None
    rate = other.top / other.bottom if other.top else (one.top + other.top) / (one.bottom + other.bottom)
    n1, n2 = (_worth(side, 1 - row.alpha, row.shared.difference) for side in (one, other))
    smallest = detectable(rate, n1, n2, alpha=row.alpha)
    return rate, None if smallest is None else 1 + smallest / rate


def _worth(found: Evidence, level: float, shared: float = 1.0) -> float:
    """How many independent people a side counts as."""
    return effective(found.independent, found.clusters, level=level, shared=shared)


def _robustness(row: Disparity, scenarios: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What missing outcomes and unknown group membership could change."""
    entries: list[dict[str, Any]] = []
    metric = CATALOGUE[row.comparison.metric]
    if "outcome" not in metric.needs:
        entries.append({"assumption": "missing outcomes", "effect": "not applicable to this rate"})
    elif row.side.bound is not None or row.other.bound is not None:
        entries.append(
            {
                "assumption": "every possible set of missing outcomes",
                "group_bounds": _bounds(row.side),
                "comparator_bounds": _bounds(row.other),
            }
        )
    return [*entries, *scenarios]


def _bounds(side: Any) -> list[float | None] | None:
    return None if side.bound is None else [side.bound.low, side.bound.high]


def _scenarios(
    chosen: list[Disparity], by_keys: dict[tuple[str, ...], Grouping], sizing: Sizing
) -> dict[int, list[dict[str, Any]]]:
    """Ratios when all people of unknown membership are put on one side, then on the other; by position in ``chosen``.

    Only where they are more than 2% of everybody. All at once, because a Koopman interval costs as much for a thousand
    tables as for one.
    """
    tables: list[tuple[int, str, float, Evidence, Evidence, float]] = []
    for place, row in enumerate(chosen):
        group, metric = row.comparison.group, CATALOGUE[row.comparison.metric]
        part = by_keys[tuple(key for key, _ in group)]
        unknown = part.unknowns(group)
        if row.comparison.reference is not None or row.difference is None:
            continue
        if unknown.n <= UNKNOWN_SHARE * part.everybody.n:
            continue
        own, rest = (part.people(group), part.of(group)), (part.other_people(group), part.complement(group))
        open_ = part.unknown_people(group), unknown
        for text, first, second in (
            ("everybody whose group is not known belongs to it", _both(own, open_), rest),
            ("nobody whose group is not known belongs to it", own, _both(rest, open_)),
        ):
            one, other = sizing.of(metric.key, *first), sizing.of(metric.key, *second)
            shared = sizing.shared(metric.key, first[0], second[0]).ratio
            tables.append((place, text, 1 - row.alpha, one, other, shared))
    found: dict[int, list[dict[str, Any]]] = {}
    if tables:
        counts = [one.counts(level, shared) + other.counts(level, shared) for _, _, level, one, other, shared in tables]
        lows, highs = koopman_limits(*zip(*counts, strict=True), level=[level for _, _, level, *_ in tables])
        for (place, text, _, one, other, _), low, high in zip(tables, lows.tolist(), highs.tolist(), strict=True):
            value = (one.top * other.bottom) / (other.top * one.bottom) if other.top else None
            limits = [low, None if isinf(high) else high]
            found.setdefault(place, []).append({"assumption": text, "ratio": {"value": value, "ci": limits}})
    return found


def _both(one: tuple[People, Tally], other: tuple[People, Tally]) -> tuple[People, Tally]:
    return one[0] | other[0], one[1] + other[1]


def _caveats(plan: AuditPlan, row: Disparity, part: Grouping, seen: Observation, exploratory: int) -> list[str]:
    comparison, outcome = row.comparison, plan.columns.outcome
    needs_outcome = "outcome" in CATALOGUE[comparison.metric].needs
    lines = []
    if comparison.role == "exploratory":
        lines.append(caveat("C01", count=exploratory))
    if needs_outcome and outcome is not None:
        lines.append(caveat("C02", by=f" by {outcome.recorded_by}" if outcome.recorded_by else ""))
    lines.append(caveat("C03"))
    if needs_outcome and seen.outcomes_after_yes:
        lines.append(caveat("C04"))
    if needs_outcome and row.difference is not None:
        lines += _incomplete(comparison, part)
    if row.side.worth is not None and row.other.worth is not None and min(row.side.worth, row.other.worth) < FEW:
        lines.append(caveat("C06", few=FEW))
    lines.append(_independence(plan, row))
    if len(part.keys) == 1 and len(part.known_levels()) == 2:
        lines.append(caveat("C08"))
    if comparison.metric in ("ppv", "fdr"):
        lines.append(caveat("C09"))
    unknown, whole = part.unknowns(comparison.group), part.everybody
    if unknown.n:
        names = " or ".join(plan.groups[key].label or key for key in part.keys)
        yes = percent(unknown.yes / whole.yes) if whole.yes else "none"
        lines.append(caveat("C11", name=names, share=percent(unknown.n / whole.n), yes_share=yes))
    return lines


def _independence(plan: AuditPlan, row: Disparity) -> str:
    """What was taken as independent, and what the rows are worth."""
    one, other = row.side.evidence, row.other.evidence
    if one is None or other is None or one.kind == "rows":
        return caveat("C07", unit=plan.unit.row)
    sides = {
        "n": f"{one.n:,} and {other.n:,}",
        "worth": f"{one.independent:,.0f} and {other.independent:,.0f}",
        "clusters": f"{one.clusters or 0:,} and {other.clusters or 0:,}",
    }
    return caveat("C12" if one.kind == "clusters" else "C13", **sides)


# Metrics whose people are those with a yes, or those with a no; missing outcomes of the others change nothing there.
_AMONG = {"ppv": "yes", "fdr": "yes", "npv": "no", "for": "no"}


def _incomplete(comparison: Comparison, part: Grouping) -> list[str]:
    """How many of the people that a rate is about have no known outcome: also where outcomes follow only from a yes."""
    named = comparison.reference
    others = part.complement(comparison.group) if named is None else part.of(((part.keys[0], named),))
    decision = _AMONG.get(comparison.metric)
    lines = []
    for who, tally in (("the group", part.of(comparison.group)), ("the others", others)):
        missing = CATALOGUE[comparison.metric].open(tally)
        if missing:
            if decision is not None:
                about, who = getattr(tally, decision), f"{who} with a {decision}"
            else:
                about = tally.n if comparison.metric == "base_rate" else tally.yes + tally.no
            lines.append(caveat("C05", share=percent(missing / about), who=who))
    return lines
