"""The form of every number beyond plain rates: no silent NaN, no number without a reason where it is missing."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from impact.errors import MetricError
from impact.metrics.statistics.agreement import diagnostic_odds_ratio
from impact.metrics.statistics.measure import WHY, Measure, Why, counts_of, level_of, numbers_of, undefined


def test_every_reason_has_words() -> None:
    assert set(get_args(Why)) == set(WHY)


def test_a_measure_without_value_names_its_reason() -> None:
    with pytest.raises(AssertionError, match="reason"):
        Measure(None)


def test_nan_is_not_a_result() -> None:
    with pytest.raises(AssertionError, match="NaN"):
        Measure(float("nan"))


def test_json_has_no_infinity() -> None:
    found = diagnostic_odds_ratio((5, 0, 3, 10)).to_json()

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["open"] == "upper"
    assert found["value"] is None
    assert found["reason"] == "comparator_zero"


def test_undefined_has_neither_value_nor_interval() -> None:
    assert undefined("no_positives").interval is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: counts_of("n", [1, -1]),
        lambda: counts_of("n", [1, float("nan")]),
        lambda: numbers_of("n", [float("inf")]),
        lambda: counts_of("n", [[1, 2]]),
        lambda: level_of(95),
    ],
    ids=["negative", "nan", "infinite", "axes", "percent"],
)
def test_impossible_counts_are_refused_with_a_code(call) -> None:  # type: ignore[no-untyped-def]  # a lambda
    with pytest.raises(MetricError) as caught:
        call()

    assert [fault.code for fault in caught.value.faults] == ["M120"]
