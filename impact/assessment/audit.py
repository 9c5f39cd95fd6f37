"""The audit of an assessment: plan -> counts -> findings, with the second opinion.

In: the path of an audit plan. Out: ``Audited``: findings as plain data, the cells as Parquet, what was read.
Only counts come out of here; the rows stay in the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.assessment.folder import LOCK, InputFile

if TYPE_CHECKING:
    from impact.metrics.counting.opening import Engine

__all__ = ["Audited", "audit_block"]


@dataclass(frozen=True)
class Audited:
    """What an audit gives.

    Attributes:
        findings: Plain data, schema ``impact/findings/1``.
        cells: The counts as Parquet.
        aggregates: Further count tables as Parquet, by name.
        inputs: The files that were counted.
    """

    findings: dict[str, Any]
    cells: bytes
    aggregates: dict[str, bytes]
    inputs: list[InputFile]


def audit_block(
    plan_path: Path,
    *,
    created: str,
    step: Callable[[str], None],
    second_opinion: bool = True,
    engine: Engine = "duckdb",
) -> Audited:
    """Run one audit.

    Args:
        plan_path: audit.yaml; the data's path in it is relative to the plan.
        created: Date or time printed in the findings.
        step: Told one line of progress at each stage.
        second_opinion: Let fairlearn and aif360 recompute every figure.
        engine: What counts.

    Raises:
        MetricError: The plan (exit 2) or its data (exit 3) cannot be used; M110 the second opinion disagrees (exit 5).
    """
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.second_opinion import second_opinion as ask
    from impact.metrics.counting.count import count
    from impact.metrics.plans.lock import plan_changed, registered
    from impact.metrics.plans.plan_file import load_plan

    plan = load_plan(plan_path)
    base = plan_path.parent
    counted = count(plan, base=base, progress=step, engine=engine)
    step(f"analysing {counted.cells.n:,} counted, in {len(counted.cells.rows):,} cells")
    changed = plan_changed(base / LOCK, plan)
    checks = (*counted.checks, *((changed,) if changed else ()))
    result = analyse(plan, counted.cells, checks=checks, aggregates=counted.aggregates)
    opinion = None
    if second_opinion:
        step("asking fairlearn and aif360 to recompute the same cells")
        opinion = ask(result)
        opinion.raise_if_disagrees()
    findings = result.to_json(
        created=created,
        tool_version=__version__,
        registered=registered(base / LOCK, plan),
        fingerprint=counted.fingerprint,
        engine=counted.engine,
        second_opinion=opinion,
    )
    inputs = [InputFile(file, digest, size, "data") for file, digest, size in counted.fingerprint]
    tables = {name: table.to_parquet() for name, table in counted.aggregates.items()}
    return Audited(findings, counted.cells.to_parquet(), tables, inputs)
