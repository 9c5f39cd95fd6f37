"""Gates of a run: understood before anything is counted, held against the findings afterwards.

In: conditions as typed, paths of a plan and of a baseline. Out: ``Order``, then ``Gates``. Holds no arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, ImpactError, MetricError

if TYPE_CHECKING:
    from impact.metrics.tools.gates import Condition
    from impact.metrics.tools.gates_met import Gates

__all__ = ["GATES", "Order", "hold", "understand"]

GATES = "gates.json"


@dataclass(frozen=True)
class Order:
    """What a run is to be held against.

    Attributes:
        conditions: Parsed, each once.
        baseline: Findings of the last accepted result, or None.
    """

    conditions: tuple[Condition, ...]
    baseline: Mapping[str, Any] | None


def understand(plan_path: Path, *, fail_on: Sequence[str], require_power: bool, baseline: Path | None) -> Order | None:
    """Parse every condition and read the baseline; nothing is counted yet.

    Args:
        plan_path: audit.yaml.
        fail_on: Conditions, each text one or several with commas between them.
        require_power: Ask that the data could show a disparity as large as the declared margin.
        baseline: Findings of the last accepted result, or its folder.

    Returns:
        None where nothing was asked for.

    Raises:
        MetricError: E170 to E172, and what is wrong with the plan, all at once.
    """
    from impact.chain.audit_tools import read_findings
    from impact.metrics.plans.plan_file import load_plan
    from impact.metrics.tools.baseline import refusals
    from impact.metrics.tools.gates import REQUIRE_POWER, parse_conditions, undecidable

    if not fail_on and not require_power and baseline is None:
        return None
    faults: list[Fault] = []
    plan, before = None, None
    try:
        plan = load_plan(plan_path)
    except ImpactError as error:
        faults += error.faults
    conditions, wrong = parse_conditions(fail_on)
    faults += wrong
    if require_power:
        conditions.append(REQUIRE_POWER)
    if baseline is not None:
        try:
            _, before = read_findings(baseline)
        except MetricError as error:
            faults += error.faults
    if plan is not None:
        faults += undecidable(conditions, plan, baseline=baseline is not None)
        if before is not None:
            faults += refusals(before, plan, name=str(baseline))
    if faults:
        raise MetricError(faults)
    return Order(tuple(conditions), before)


def hold(order: Order, findings: Mapping[str, Any]) -> Gates:
    """The conditions against the findings of the run.

    Raises:
        MetricError: E172, where a count of the baseline cannot be one.
    """
    from impact.metrics.tools.baseline import compare
    from impact.metrics.tools.gates_met import meet

    compared = compare(order.baseline, findings) if order.baseline is not None else None
    return meet(order.conditions, findings, baseline=compared)
