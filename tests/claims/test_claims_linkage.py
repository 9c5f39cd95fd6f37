"""CK-14 on samples written by hand: a planted case for every verdict."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from math import sqrt
from typing import Any

import pytest
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]


NUMBERS = count()


def pairs(true: int = 0, false: int = 0, missed: int = 0, **other: Any) -> Rows:
    kinds = [(1, 1)] * true + [(1, 0)] * false + [(0, 1)] * missed
    return [{"pair_id": f"x{next(NUMBERS)}", "linked": a, "true_link": b, **other} for a, b in kinds]


@pytest.mark.parametrize(
    ("rows", "parameters", "verdict"),
    [
        (pairs(990, 10), {"precision": 0.97}, "supported"),
        (pairs(900, 100), {"precision": 0.97}, "contradicted"),
        (pairs(98, 2), {"precision": 0.97}, "not enough data"),
        (pairs(990, 10, 200), {"precision": 0.97, "recall": 0.95}, "contradicted"),  # 990 of 1,190 found
        (pairs(990, 10, 200), {"recall": 0.8}, "supported"),
        ([{"linked": None, "true_link": 1}], {"precision": 0.97}, "not enough data"),
        (pairs(990, 10), {}, "not testable"),
        ([{"linked": 1}], {"precision": 0.97}, "not testable"),
    ],
)
def test_links_against_what_is_claimed(rule: Rule, rows: Rows, parameters: dict[str, Any], verdict: str) -> None:
    ruling = rule("CK-14", link_sample=rows, parameters=parameters)
    assert ruling.verdict == verdict
    if len(rows) == 1000:
        k = sum(row["true_link"] for row in rows)
        low, high = proportion_confint(k, 1000, method="wilson")
        assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx((low, high))


def test_weights_say_what_the_sample_stands_for(rule: Rule) -> None:
    # 100 sure links that stand for 90 each, 10 of them false; 100 doubtful ones that stand for 10 each, half false.
    rows = [*pairs(90, 10, weight=90, stratum="sure"), *pairs(50, 50, weight=10, stratum="doubtful")]
    ruling = rule("CK-14", link_sample=rows, parameters={"precision": 0.9})
    rate = (90 * 90 + 50 * 10) / 10_000
    precision = ruling.measures[0]
    assert (precision.value, precision.of) == (pytest.approx(rate), pytest.approx(10_000))
    # Linearised: squares of w (y - r), 200/199 of their sum over 10,000²; Wilson at r (1 - r) / variance · (z/t)². That
    # would be 154 pairs that weigh alike; by their weights alone they are worth 10,000² / (100 · 90² + 100 · 10²).
    squares = 8100 * (90 * (1 - rate) ** 2 + 10 * rate**2) + 100 * (50 * (1 - rate) ** 2 + 50 * rate**2)
    linearised = rate * (1 - rate) / (squares * 200 / 199 / 10_000**2)
    assert (round(linearised), round(10_000**2 / 820_000)) == (154, 122)
    n = 10_000**2 / 820_000 * (1.959964 / t.ppf(0.975, 199)) ** 2
    low, high = proportion_confint(rate * n, n, method="wilson")
    assert (precision.low, precision.high) == pytest.approx((low, high), rel=1e-5)
    assert ruling.tables[-1].rows == (("doubtful", "50 of 100 (50%)"), ("sure", "90 of 100 (90%)"))
    assert ruling.sentence.startswith("86% of links")


@pytest.mark.parametrize(
    ("a", "b", "margin", "verdict"),
    [
        ((4900, 100), (4890, 110), 0.02, "supported"),
        ((990, 10), (800, 200), 0.02, "contradicted"),
        ((98, 2), (97, 3), 0.02, "not enough data"),
        ((970, 30), (970, 30), 0.02, "not enough data"),  # equal, but a gap of two points could be missed (2.1)
    ],
)
def test_false_links_of_groups_against_the_margin(rule: Rule, a: Any, b: Any, margin: float, verdict: str) -> None:
    rows = [*pairs(*a, group="A"), *pairs(*b, group="B")]
    ruling = rule("CK-14", link_sample=rows, parameters={"margin": margin})
    assert ruling.verdict == verdict
    if a == (970, 30):
        assert 2.8016 * sqrt(2 * 0.03 * 0.97 / 1000) > 0.02
        assert "could be missed for A" in " ".join(ruling.cautions)
    weighted = rule("CK-14", link_sample=[row | {"weight": 3} for row in rows], parameters={"margin": margin})
    assert weighted.verdict == verdict  # equal weights change nothing
    assert weighted.measures[2].value == pytest.approx(ruling.measures[2].value)
    assert weighted.measures[2].low == pytest.approx(ruling.measures[2].low, abs=0.001 if a[0] > 900 else 0.003)


def test_a_small_group_of_pairs_is_withheld(rule: Rule) -> None:
    rows = [*pairs(4900, 100, group="A"), *pairs(4890, 110, group="B"), *pairs(3, 1, group="C"), *pairs(5, group=None)]
    for sample in (rows, [row | {"weight": 2} for row in rows]):
        ruling = rule("CK-14", link_sample=sample, parameters={"margin": 0.02})
        assert ruling.verdict == "not enough data"
        assert len(ruling.tables[0].rows) == 1  # A against B and C together, or B against A and C
        assert any("C" in caution and "Not shown" in caution for caution in ruling.cautions)
        assert any(caution.startswith("5 rows") for caution in ruling.cautions)


def test_how_far_a_false_link_spreads(rule: Rule) -> None:
    rows = [*pairs(3, 1, cluster_id="big"), *pairs(5, cluster_id="clean"), *pairs(0, 1, cluster_id="two")]
    ruling = rule("CK-14", link_sample=rows, parameters={"precision": 0.5})
    spread = next(measure for measure in ruling.measures if "same cluster" in measure.label)
    assert spread.value == pytest.approx(5 / 2)  # four pairs and one pair, two of them false
    assert ruling.cautions[-1].startswith("True pairs that were never compared")
