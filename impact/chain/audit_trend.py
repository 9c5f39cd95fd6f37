"""Periods and versions of an audit that was made: read, recomputed from its counts, and handed on.

In: a folder that ``impact audit run`` wrote. Out: ``Trends``: the tables by period and by version as plain data.
Holds no arithmetic and no wording of findings.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.canonical import canonical_json
from impact.errors import Exit, Fault, MetricError

__all__ = ["Trends", "read_trends"]

_REMEDY = "Map “columns.time” (name, and the period: month, quarter or year), “columns.version”, or both, and run again"


@dataclass(frozen=True)
class Trends:
    """What an audit says about time.

    Attributes:
        plan: The plan as plain data.
        plan_digest: Its digest.
        labels: Metric key -> plain label.
        tables: ``timeline``, ``periods``, ``changes``, ``versions``, ``version_changes``, ``period_notes``.
    """

    plan: dict[str, Any]
    plan_digest: str
    labels: dict[str, str]
    tables: dict[str, list[dict[str, Any]]]

    def to_json(self) -> dict[str, Any]:
        return {"ok": True, "title": self.plan["title"], "plan_digest": self.plan_digest, **self.tables}


def read_trends(out: Path, *, step: Callable[[str], None]) -> Trends:
    """The tables by period and version of an audit, after computing them again from the counts beside it.

    Args:
        out: The folder, or its findings.json.
        step: Told one line of progress.

    Raises:
        MetricError: E151 no findings or counts there; E153 the plan maps neither a date nor a version, or the counts
            by period are not kept; D155 (exit 5) the counts are other ones; D156 (exit 5) a figure does not follow
            from them.
    """
    from impact.chain.audit_tools import read_aggregates, read_cells, read_findings
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.differences import differences
    from impact.metrics.analysis.topics.periods import PERIOD_TABLES
    from impact.metrics.plans.plan_file import plan_of

    folder, found = read_findings(out)
    plan = plan_of(found["plan"], name=f"{folder / 'findings.json'}: plan")
    if plan.columns.time is None and plan.columns.version is None:
        fault = Fault(str(out), "this audit has neither periods nor versions", "a date or a version", _REMEDY, "E153")
        raise MetricError(fault)
    protected = (found.get("disclosure") or {}).get("status") == "protected"
    if protected or "periods" not in (found.get("aggregates") or {}):
        remedy = "Take the folder of “impact audit run”: a published copy holds no exact counts by period"
        raise MetricError(Fault(str(out), "the counts by period are not kept here", "periods.parquet", remedy, "E153"))
    cells, _ = read_cells(folder, found)
    tables = read_aggregates(folder, found)
    step(f"computing periods and versions of {cells.n:,} counted again")
    # Findings sort their keys; the order in which the plan lists its groups stands in the counts.
    plan = plan.model_copy(update={"groups": {key: plan.groups[key] for key in cells.groups if key in plan.groups}})
    again = analyse(plan, cells, aggregates=tables).to_json(created="", tool_version="")["tables"]
    kept = {name: found["tables"].get(name) for name in PERIOD_TABLES}
    fresh = json.loads(canonical_json({name: again[name] for name in PERIOD_TABLES}))
    wrong = differences(kept, fresh)
    if wrong:
        what = f"{len(wrong):,} figures do not follow from the counts beside them, the first at {wrong[0]}"
        remedy = "Do not use these findings; run the audit again from its counts"
        raise MetricError(Fault(str(out), what, "", remedy, "D156", Exit.DISAGREES))
    return Trends(dict(found["plan"]), str(found["plan_digest"]), dict(found["labels"]), fresh)
