"""What a verifier reads was written by somebody else: cells and plans that would fill the memory or the afternoon."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cell, Cells

Plans = Callable[..., AuditPlan]
TWO = [Cell((group,), outcome, decision, -1, 20) for group in "ab" for outcome in (0, 1) for decision in (0, 1)]


def parquet(groups: Sequence[str], value: str, rows: int) -> bytes:
    fields = [pa.field(key, pa.string()) for key in groups]
    fields += [pa.field(key, pa.int8()) for key in ("outcome", "decision", "human")]
    fields.append(pa.field("n", pa.int64(), nullable=False))
    metadata = {"impact.schema": "impact/cells/1", "impact.groups": json.dumps(list(groups))}
    columns = [pa.array([value] * rows)] * len(groups)
    columns += [pa.array([1] * rows, pa.int8())] * 3 + [pa.array([1] * rows)]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=pa.schema(fields, metadata=metadata)), sink, compression="zstd")
    return sink.getvalue()


def test_repeated_long_value_does_not_fill_the_memory() -> None:
    """A file of 18 kB held 5,000 times 4,000 letters. One of 1.7 MB, "unpacked 1.2 MB", took 5 GB."""
    data = parquet(["g"], "x" * 4_000, 5_000)
    assert len(data) < 20_000
    with pytest.raises(MetricError) as caught:
        Cells.from_parquet(data)

    assert caught.value.faults[0].code == "D90"
    assert "longer than 2,000 letters" in caught.value.faults[0].found


@pytest.mark.parametrize(("groups", "rows"), [(51, 2), (50, 100_001)])
def test_cells_of_too_many_groups_are_refused(groups: int, rows: int) -> None:
    with pytest.raises(MetricError, match="more than 50 groups") as caught:
        Cells.from_parquet(parquet([f"g{number}" for number in range(groups)], "a", rows))

    assert caught.value.faults[0].code == "D90"


def test_long_lists_of_unknown_values_cost_nothing(make_plan: Plans) -> None:
    """An intersection of three with 40 each took half a minute, with 1,000 each it would have taken days."""
    keys = ("a", "b", "c")
    rows = [
        Cell((x, y, z), outcome, decision, -1, 20)
        for x in "pq"
        for y in "pq"
        for z in ("p", "q", "u7")
        for outcome in (0, 1)
        for decision in (0, 1)
    ]
    plan = make_plan(groups=keys, unknown=[f"u{number}" for number in range(1_000)], intersections=(keys,))
    began = time.monotonic()
    result = analyse(plan, Cells.of(keys, rows))

    assert time.monotonic() - began < 10
    found = next(row for row in result.disparities if row.comparison.group == (("a", "p"), ("b", "p"), ("c", "p")))
    # By hand: 12 combinations of 80. Known not to share it: one known part differs. Only (p, p, u7) may share it.
    assert (found.side.n, found.other.n) == (80, 12 * 80 - 80 - 80)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"alpha": 0.0}, "D76"),
        ({"alpha": float("nan")}, "D76"),
        ({"alpha": 0.9}, "D76"),
        ({"margin": ("ratio", 0.0)}, "D76"),
        ({"margin": ("ratio", float("inf"))}, "D76"),
        ({"margin": ("difference", float("nan"))}, "D76"),
        ({"unknown": [f"u{number}" for number in range(1_001)]}, "D39"),
        ({"intersections": (("g", "g"),) * 51}, "D39"),
        ({"intersections": (("g",) * 7,)}, "D39"),
        ({"groups": [f"g{number}" for number in range(51)]}, "D39"),
    ],
)
def test_plan_out_of_bounds_is_refused_before_anything_is_computed(
    changes: dict[str, Any], code: str, make_plan: Plans
) -> None:
    plan = make_plan(**changes)
    keys = tuple(plan.groups)
    cells = Cells.of(keys, [Cell(cell.group * len(keys), cell.outcome, cell.decision, -1, cell.n) for cell in TWO])
    with pytest.raises(MetricError) as caught:
        analyse(plan, cells)

    assert {fault.code for fault in caught.value.faults} == {code}
