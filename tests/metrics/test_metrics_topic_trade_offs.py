"""What base rates force, and what wrong records could change. Expected values by hand or by brute force."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest

from impact import audit
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.label_error import RateKey, correct_labels, gap_range
from impact.metrics.tables.cells import Cell, Cells

# Base rates .1 and .3, hit rate .6 and miss rate .3 in both: the false-positive rates must be 140/2700 and 140/700.
SAME_TEST = {"a": (210, 140, 90, 2560), "b": (210, 140, 90, 560)}  # TP, FP, FN, TN


def tables(
    counts: Mapping[str, tuple[int, ...]], also: Mapping[str, Any], primary: tuple[str, ...] = ("fpr",), **outcome: Any
) -> dict[str, Any]:
    made = plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody",
            "source": {"kind": "csv", "path": "people.csv"},
            "columns": {
                "decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
                "outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld", **outcome},
            },
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": list(primary), "also": dict(also)},
        }
    )
    slots = ((1, 1), (0, 1), (1, 0), (0, 0), (-1, 1), (-1, 0))
    rows = [
        Cell((group,), outcome, decision, -1, n)
        for group, row in counts.items()
        for (outcome, decision), n in zip(slots, row, strict=False)
    ]
    data = audit.analyse(made, Cells.of(("g",), rows)).to_json(created="", tool_version="")
    found: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))["tables"]
    return found


def test_a_gap_that_base_rates_force_leaves_nothing_over() -> None:
    found = tables(SAME_TEST, {"trade_offs": True})["trade_offs"][0]

    assert found["group"] == {"g": "a"}
    assert found["base_rate_difference"]["value"] == pytest.approx(-0.2)
    assert found["fpr_difference"]["value"] == pytest.approx(140 / 2700 - 0.2)
    assert found["forced"]["value"] == pytest.approx(140 / 2700 - 0.2)
    assert found["rest"]["value"] == pytest.approx(0.0, abs=1e-12)
    assert found["rest"]["ci"][0] < 0 < found["rest"]["ci"][1]
    assert found["forced"]["ci"][1] < 0


def test_equal_base_rates_force_nothing() -> None:
    """Base rate 1/4 in both; 20 of 300 against 60 of 300 wrongly flagged."""
    found = tables({"a": (60, 60, 40, 240), "b": (60, 20, 40, 280)}, {"trade_offs": True})["trade_offs"][0]

    assert found["forced"]["value"] == pytest.approx(0.0)
    assert found["rest"]["value"] == pytest.approx(40 / 300)
    assert found["rest"]["ci"][0] > 0


def test_intervals_of_the_two_parts_cover_the_truth() -> None:
    """Drawn from known rates, 200 times: at least 90% of nominal 95% intervals hold each true part."""
    from impact.metrics.statistics.trade_offs import forced_gap, forced_gap_limits

    rng = np.random.default_rng(3)
    shares = {"a": (0.08, 0.06, 0.04, 0.82), "b": (0.2, 0.1, 0.1, 0.6)}
    truth = forced_gap([x * 300 for x in shares["a"]], [x * 900 for x in shares["b"]])
    assert truth is not None
    hits = np.zeros(2)
    for _ in range(200):
        a, b = rng.multinomial(300, shares["a"]), rng.multinomial(900, shares["b"])
        parts = forced_gap_limits(a, b)
        for i, (part, true) in enumerate(zip(parts, (truth.forced, truth.rest), strict=True)):
            assert part.low is not None
            assert part.high is not None
            assert true is not None
            hits[i] += part.low <= true <= part.high

    assert (hits / 200 >= 0.90).all()


@pytest.mark.parametrize("rate", ["fpr", "tpr", "ppv", "for"])
def test_range_of_a_gap_is_that_of_brute_force(rate: RateKey) -> None:
    a, b = (60, 40, 20, 180), (45, 30, 30, 295)
    grid = list(product(np.linspace(0.7, 1.0, 31), np.linspace(0.92, 1.0, 31)))
    sides = []
    for table in (a, b):
        made = [correct_labels(table, sensitivity=float(se), specificity=float(sp)) for se, sp in grid]
        sides.append([value for found in made if found and (value := found.rate(rate)) is not None])

    found = gap_range(a, b, rate=rate, sensitivity=(0.7, 1.0), specificity=(0.92, 1.0))

    assert found is not None
    assert found.low == pytest.approx(min(sides[0]) - max(sides[1]), abs=1e-9)
    assert found.high == pytest.approx(max(sides[0]) - min(sides[1]), abs=1e-9)


def test_what_no_true_table_allows_is_cut_and_said() -> None:
    """Of those flagged 9 in 10 are on record: a sensitivity below 0.9 is impossible."""
    a, b = (90, 10, 20, 180), (45, 30, 30, 295)

    cut = gap_range(a, b, rate="ppv", sensitivity=(0.7, 1.0), specificity=(1.0, 1.0))
    none = gap_range(a, b, rate="ppv", sensitivity=(0.6, 0.8), specificity=(1.0, 1.0))

    assert cut is not None
    assert cut.cut
    assert cut.high == pytest.approx(0.9 / 0.9 - 0.6)
    assert none is None


def test_the_tipping_point_makes_the_gap_nil() -> None:
    counts = {"a": (60, 40, 20, 180), "b": (60, 20, 20, 200)}
    also = {"label_error": {"sensitivity": [0.7, 1.0], "specificity": [1.0, 1.0]}}

    found = next(r for r in tables(counts, also)["label_error"] if r["group"] == {"g": "a"})

    assert found["rate"] == "fpr"
    assert found["recorded"]["value"] == pytest.approx(40 / 220 - 20 / 220)
    corrected = correct_labels(counts["a"], sensitivity=found["tipping_sensitivity"], specificity=1.0)
    assert corrected is not None
    assert corrected.rate("fpr") == pytest.approx(20 / 220)
    assert found["tipping_specificity"] is None
    assert found["sign_kept"] is False


def test_rates_follow_the_claims_of_the_plan() -> None:
    also = {"label_error": {"sensitivity": [0.9, 1.0], "specificity": [0.9, 1.0]}}

    assert {r["rate"] for r in tables(SAME_TEST, also, ("fdr", "fnr"))["label_error"]} == {"tpr", "ppv"}
    assert {r["rate"] for r in tables(SAME_TEST, also, ("selection_rate",))["label_error"]} == {"fpr", "ppv"}


def test_outcomes_known_only_after_a_yes_give_reasons() -> None:
    also = {"trade_offs": True, "label_error": {"sensitivity": [0.9, 1.0], "specificity": [0.9, 1.0]}}
    counts = {"a": (60, 40, 0, 0, 0, 200), "b": (45, 30, 0, 0, 0, 325)}

    found = tables(counts, also, observed_when="decision_yes")

    assert {r["rest"]["reason"] for r in found["trade_offs"]} == {"outcome_not_observed"}
    assert {r["reason"] for r in found["label_error"]} == {"outcome_not_observed"}
