"""Plans and cells drawn in the test that needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cell, Cells


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., AuditPlan]:
    """``make_plan(effect="burden", primary=("fpr",), groups=("g",), margin=("ratio", 1.25), ...)``."""

    def make(
        *,
        effect: str = "burden",
        primary: Sequence[str] = ("selection_rate",),
        groups: Sequence[str] = ("g",),
        margin: tuple[str, float] | None = None,
        alpha: float = 0.05,
        outcome: bool = True,
        observed: str = "always",
        human: bool = False,
        unknown: Sequence[str] = (),
        values: Sequence[str] = (),
        irreversible: bool = False,
        label: str = "flagged",
        **top: Any,
    ) -> AuditPlan:
        decision = {"effect": effect, "label": label, "name": "d", "yes": ("1",), "no": ("0",)}
        columns: dict[str, Any] = {"decision": {**decision, "irreversible": irreversible}}
        if outcome:
            columns["outcome"] = {
                "name": "y",
                "yes": ("1",),
                "no": ("0",),
                "label": "misconduct upheld",
                "observed_when": observed,
            }
        if human:
            columns["human"] = {"name": "h", "yes": ("1",), "no": ("0",)}
        rules: dict[str, Any] = {"primary": tuple(primary), "alpha": alpha}
        if margin:
            rules["margin"] = {"kind": margin[0], "value": margin[1], "reason": "agreed with the panel"}
        return AuditPlan.model_validate(
            {
                "version": 1,
                "title": "A test",
                "question": "Is anybody flagged more often?",
                "pool": "Everybody in the test",
                "source": {"kind": "csv", "path": "data.csv"},
                "columns": columns,
                "groups": {
                    key: {"name": key, "unknown_values": tuple(unknown), "values": tuple(values)} for key in groups
                },
                "plan": rules,
                **top,
            }
        )

    return make


@pytest.fixture(scope="session")
def confusion() -> Callable[[Mapping[str, tuple[int, ...]]], Cells]:
    """``confusion({"a": (tp, fp, fn, tn)})``: cells of one characteristic ``g``; two more numbers are people with a
    yes, and with a no, whose outcome is not known."""

    def make(table: Mapping[str, tuple[int, ...]]) -> Cells:
        slots = ((1, 1), (0, 1), (1, 0), (0, 0), (-1, 1), (-1, 0))
        rows = [
            Cell((group,), outcome, decision, -1, n)
            for group, counts in table.items()
            for (outcome, decision), n in zip(slots, counts, strict=False)
        ]
        return Cells.of(("g",), rows)

    return make


@pytest.fixture(scope="session")
def selected() -> Callable[[Mapping[str, tuple[int, int]]], Cells]:
    """``selected({"a": (k, n)})``: k of n with a yes, no outcomes."""

    def make(table: Mapping[str, tuple[int, int]]) -> Cells:
        rows = []
        for group, (k, n) in table.items():
            rows += [Cell((group,), -1, 1, -1, k), Cell((group,), -1, 0, -1, n - k)]
        return Cells.of(("g",), rows)

    return make
