"""CK-09 on seeded logs. Slopes from statsmodels on the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from impact.claims.check import Context, Ruling
from impact.claims.checks import catalogue
from impact.metrics.logs.opening import DecisionLog

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]


def scored(n: int, *, slope: float = 1.0, shift: float = 0.0, seed: int = 1, **other: Any) -> Rows:
    """Scores of all sizes; the outcome follows them by logit = shift + slope · logit(score)."""
    rng = np.random.RandomState(seed)
    score = np.round(expit(rng.normal(-1, 1.2, n)), 4)
    outcome = rng.uniform(size=n) < expit(shift + slope * logit(score))
    return [{"score": s, "outcome_label": int(y), **other} for s, y in zip(score, outcome, strict=True)]


@pytest.mark.parametrize(
    ("n", "slope", "tolerance", "verdict"),
    [
        (8000, 1.0, 0.1, "supported"),
        (8000, 0.6, 0.1, "contradicted"),
        (8000, 0.6, None, "contradicted"),
        (8000, 1.0, None, "not enough data"),  # no interval shows that a slope is exactly 1
        (200, 1.0, 0.1, "not enough data"),
    ],
)
def test_the_slope_of_outcomes_on_scores(rule: Rule, n: int, slope: float, tolerance: Any, verdict: str) -> None:
    rows = scored(n, slope=slope)
    ruling = rule("CK-09", rows, parameters={} if tolerance is None else {"tolerance": tolerance})
    assert ruling.verdict == verdict
    y = [row["outcome_label"] for row in rows]
    fitted = sm.Logit(y, sm.add_constant(logit([row["score"] for row in rows]))).fit(disp=0)
    shown = next(measure for measure in ruling.measures if measure.label.startswith("Slope"))
    if n > 1000:  # twenty bins lose little
        assert shown.value == pytest.approx(fitted.params[1], abs=0.03)
        assert (shown.low, shown.high) == pytest.approx(fitted.conf_int()[1], abs=0.04)


def test_scores_that_are_too_high_on_the_whole_are_not_calibrated(rule: Rule) -> None:
    ruling = rule("CK-09", scored(8000, shift=-0.7), parameters={"tolerance": 0.15})
    assert ruling.verdict == "contradicted"
    assert "on the whole too high" in ruling.sentence


def two_groups(n: int, shift: float) -> Rows:
    return [*scored(n, seed=2, sex="F", shift=shift), *scored(n, seed=3, sex="M")]


@pytest.mark.parametrize(
    ("n", "shift", "verdict"),
    [(6000, 0.0, "supported"), (6000, 1.2, "contradicted"), (150, 0.0, "not enough data")],
)
def test_the_error_of_a_group_against_the_margin(rule: Rule, n: int, shift: float, verdict: str) -> None:
    # A tolerance of 1 leaves the verdict to the groups.
    ruling = rule("CK-09", two_groups(n, shift), parameters={"tolerance": 1.0, "margin": 0.03})
    assert ruling.verdict == verdict
    assert len(ruling.tables[0].rows) == 2
    if shift:
        assert "F (sex)" in ruling.sentence


def test_without_a_margin_groups_are_shown_and_not_judged(rule: Rule) -> None:
    ruling = rule("CK-09", two_groups(6000, 1.2), parameters={"tolerance": 1.0})
    assert len(ruling.tables[0].rows) == 2
    assert any("not judged" in caution for caution in ruling.cautions)


def test_a_small_group_is_withheld_in_the_engine_and_keeps_the_claim_from_being_supported(
    rule: Rule, logs: Callable[..., DecisionLog]
) -> None:
    rows = [*two_groups(6000, 0.0), *scored(4, sex="X"), *scored(7, sex=None)]
    ruling = rule("CK-09", rows, parameters={"tolerance": 1.0, "margin": 0.03})
    assert ruling.verdict == "not enough data"
    assert any("F, X" in caution for caution in ruling.cautions)
    assert any(caution.startswith("7 cases have no sex recorded") for caution in ruling.cautions)
    log = logs(rows)
    context = Context(log.columns, ("sex",))
    asked = {query.name: log.rows(query.sql) for query in catalogue()["CK-09"].queries(context)}
    groups = asked["by sex"]
    assert [row["g"] for row in groups if row["n"] is None] == ["F", "X"]
    assert min(row["n"] for row in [*asked["all"], *groups] if row["bin"] is not None) >= 10
    assert sum(row["n"] for row in asked["all"]) == len(rows)


def test_rows_of_one_person_count_as_one(rule: Rule) -> None:
    rows = [row | {"subject_key": f"p{i}"} for i, row in enumerate(scored(400))]
    once, often = (rule("CK-09", rows * times, parameters={"tolerance": 0.1}) for times in (1, 20))
    slopes = [next(m for m in ruling.measures if m.label.startswith("Slope")) for ruling in (once, often)]
    assert slopes[1].low == pytest.approx(slopes[0].low, abs=0.05)  # bins differ a little
    assert often.verdict == "not enough data"


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([{"score": 12.0, "outcome_label": 1}, {"score": 0.5, "outcome_label": 0}], "not testable"),  # no probability
        ([{"score": 0.5, "outcome_label": None}], "not enough data"),
        ([{"score": 0.5, "outcome_label": 1}] * 30, "not enough data"),  # all alike
        ([{"score": 0.5}], "not testable"),
    ],
)
def test_scores_that_cannot_be_calibrated(rule: Rule, rows: Rows, verdict: str) -> None:
    assert rule("CK-09", rows, parameters={"tolerance": 0.1}).verdict == verdict
