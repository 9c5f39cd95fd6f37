"""The Python interface of an audit: a plan, or a data frame, to findings.

>>> from impact import audit
>>> plan = audit.plan_of({
...     "version": 1, "title": "t", "question": "q", "pool": "everybody scored",
...     "source": {"kind": "parquet", "path": "-"},
...     "columns": {"decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}},
...     "groups": {"sex": {"name": "sex"}}, "plan": {"primary": ["selection_rate"]}})
>>> import pyarrow as pa
>>> counted = audit.count_frame(plan, pa.table({"sex": ["F", "F", "M", "M"], "flag": [1, 0, 0, 0]}))
>>> result = audit.analyse(plan, counted.cells)
>>> result.rate("selection_rate", sex="F").value
0.5

What stands here is public; the modules of ``impact.metrics`` behind it may move (docs/python.md).
"""

from __future__ import annotations

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.second_opinion import second_opinion
from impact.metrics.counting.count import count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan as load
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import Cells
from impact.metrics.tools.frames import aif360_datasets, metric_frame
from impact.metrics.tools.notebook import Audit, from_frame, from_plan

__all__ = [
    "Audit",
    "AuditPlan",
    "AuditResult",
    "Cells",
    "aif360_datasets",
    "analyse",
    "count",
    "count_frame",
    "from_frame",
    "from_plan",
    "load",
    "metric_frame",
    "plan_of",
    "second_opinion",
]
