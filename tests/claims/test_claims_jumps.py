"""A jump of the reviewers' agreement at the threshold (CK-03), against least squares of statsmodels on the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t

from impact.claims.jumps import jump_in, jump_sql
from impact.metrics.logs.opening import DecisionLog
from tests.claims.conftest import Rule

Logs = Callable[..., DecisionLog]
Row = dict[str, Any]


def views(jump: float, *, reviewers: int, n: int = 600, seed: int = 4) -> list[Row]:
    """Scores on the grid of the window (0.1 in 100 steps), so that nothing is rounded."""
    rng = np.random.default_rng(seed)
    scores = 0.5 + rng.integers(-140, 140, n) / 1000
    agree = rng.random(n) < 0.3 + (scores - 0.5) + jump * (scores >= 0.5)
    return [
        {
            "score": round(float(score), 3),
            "threshold": 0.5,
            "flag": int(score >= 0.5),
            "blind_decision": "override",
            "reviewer_decision": "agree" if yes else "override",
            **({"reviewer_key": f"r{i % reviewers}"} if reviewers else {}),
        }
        for i, (score, yes) in enumerate(zip(scores, agree, strict=True))
    ]


@pytest.mark.parametrize("reviewers", [0, 25])
def test_the_jump_and_its_interval_are_those_of_least_squares_on_the_rows(logs: Logs, reviewers: int) -> None:
    rows = views(0.2, reviewers=reviewers)
    sql = jump_sql(
        score="score",
        threshold="threshold",
        hit="reviewer_decision = 'agree'",
        where="true",
        window=0.1,
        cluster="reviewer_key" if reviewers else None,
    )
    found = jump_in(logs(rows).rows(sql)[0])
    assert found is not None

    near = [row for row in rows if abs(row["score"] - 0.5) <= 0.1 + 1e-9]
    x = np.array([row["score"] - 0.5 for row in near])
    above = (x >= 0).astype(float)
    design = np.column_stack([np.ones(len(x)), above, x * (1 - above), x * above])
    y = np.array([row["reviewer_decision"] == "agree" for row in near], float)
    groups = np.array([int(row["reviewer_key"][1:]) if reviewers else i for i, row in enumerate(near)])
    fitted = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    half = t.ppf(0.975, len(set(groups)) - 1) * fitted.bse[1]
    assert found.cases == len(near)
    assert found.below == pytest.approx(fitted.params[0])
    assert (found.value, found.low, found.high) == pytest.approx(
        (fitted.params[1], fitted.params[1] - half, fitted.params[1] + half)
    )


def test_a_jump_is_a_caution_and_moves_no_verdict(rule: Rule) -> None:
    ruling = rule("CK-03", views(0.5, reviewers=0, n=2000), parameters={"limit": 1.0})
    assert ruling.verdict == "supported"
    assert "At the threshold the share of “agree” jumps by +" in " ".join(ruling.cautions)
    assert "Jump of “agree”" in ruling.measures[1].label
    even = rule("CK-03", views(0.0, reviewers=0, n=2000), parameters={"limit": 1.0})
    assert not even.cautions
    assert even.measures[1].low < 0 < even.measures[1].high  # type: ignore[operator]  # both are given


@pytest.mark.parametrize(
    ("change", "parameters", "said"),
    [
        ({"score": 70}, {}, "Scores are not between 0 and 1"),
        ({"score": 0.55}, {}, "No jump at the threshold can be seen"),  # all on one side
        ({"score": 0.5}, {"window": 0.05}, "lie within 0.05 of it"),
        ({"reviewer_key": "one"}, {}, "too few reviewers"),
    ],
)
def test_where_no_jump_can_be_seen_it_is_said(rule: Rule, change: Row, parameters: Row, said: str) -> None:
    rows = [{**row, **change} for row in views(0.2, reviewers=25)]
    ruling = rule("CK-03", rows, parameters={"limit": 1.0, **parameters})
    assert len(ruling.measures) == 1
    assert said in " ".join(ruling.cautions)
