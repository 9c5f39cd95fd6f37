"""CK-30 on made-up staff: a planted ratio by rank, and a planted rate of flags from the disclosure on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.stats.proportion import confint_proportions_2indep

from impact.claims.check import Ruling
from impact.metrics.logs.cox import efron_model
from impact.metrics.logs.hazards import hazard_ratio
from impact.metrics.statistics.stratified import mantel_haenszel

Rule = Callable[..., Ruling]
Row = dict[str, Any]


def staff(rank: str, made: int, flagged: int, others: int, other_flagged: int) -> tuple[list[Row], list[Row]]:
    """Log and file of groups: each person is scored twice, and flagged in the second row."""
    log, people = [], []
    for side, n, k in ((1, made, flagged), (0, others, other_flagged)):
        for i in range(n):
            key = f"{rank}{side}{i}"
            people.append({"subject_key": key, "rank_grade": rank, "protected_disclosure": side})
            log += [{"subject_key": key, "flag": 0}, {"subject_key": key, "flag": int(i < k)}]
    return log, people


def both(*sides: tuple[list[Row], list[Row]]) -> tuple[list[Row], list[Row]]:
    return [row for log, _ in sides for row in log], [row for _, people in sides for row in people]


@pytest.mark.parametrize(
    ("sides", "parameters", "verdict"),
    [
        ((staff("PC", 100, 30, 1000, 100),), {}, "contradicted"),
        ((staff("PC", 100, 10, 9000, 900),), {"largest_ratio": 2}, "not testable"),
        # Three times as often in all, but because of rank alone: within each rank alike.
        ((staff("PC", 100, 50, 200, 100), staff("Insp", 20, 1, 1000, 50)), {}, "not enough data"),
        ((staff("PC", 9, 9, 1000, 100),), {}, "not enough data"),  # too few to be shown
    ],
)
def test_shares_of_people_alike(rule: Rule, sides: Any, parameters: Row, verdict: str) -> None:
    log, people = both(*sides)
    ruling = rule("CK-30", log, people=people, parameters=parameters)
    # Without times only a contradiction can be seen.
    assert (ruling.verdict, ruling.missing) == (verdict, ("ts_scored", "ts_disclosure"))


def test_the_ratio_is_mantel_and_haenszels(rule: Rule) -> None:
    log, people = both(staff("PC", 100, 30, 1000, 100), staff("Insp", 30, 12, 150, 40), staff("Chief", 4, 2, 0, 0))
    ratio, made, others = rule("CK-30", log, people=people).measures
    expected = mantel_haenszel([30, 12], [100, 30], [100, 40], [1000, 150]).risk_ratio
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((expected.value, expected.low, expected.high))
    # Chief officers with a disclosure have nobody alike to compare with.
    assert ((made.count, made.of), (others.count, others.of)) == ((42, 130), (140, 1150))


def test_with_one_stratum_it_is_the_plain_ratio(rule: Rule) -> None:
    log, people = staff("PC", 100, 30, 1000, 100)
    ratio = rule("CK-30", log, people=people, parameters={"matched_on": []}).measures[0]
    expected = confint_proportions_2indep(30, 100, 100, 1000, method="log", compare="ratio")
    assert (ratio.low, ratio.high) == pytest.approx(expected)


@pytest.mark.parametrize(("k", "c", "value"), [(0, 300, 0.0), (30, 0, None), (100, 1000, 1.0)])
def test_nobody_or_everybody_flagged(rule: Rule, k: int, c: int, value: float | None) -> None:
    log, people = staff("PC", 100, k, 1000, c)
    ruling = rule("CK-30", log, people=people)
    ratio = ruling.measures[0]
    assert ratio.value == value
    if k and c:  # everybody flagged: the ratio is known well and not exactly
        assert ratio.low is not None
        assert ratio.low < 0.99
        assert ruling.verdict == "not enough data"
    elif c:
        assert ratio.high is not None
        assert (ratio.low, ratio.high < 1) == (0, True)
    else:
        assert (ruling.verdict, ratio.high) == ("contradicted", None)


def followed(hazard: float, *, n: int = 900, seed: int = 4) -> tuple[list[Row], list[Row]]:
    """Scored every five days over 300; a tenth speak out on day 60 to 200, and are then flagged ``hazard`` times as
    often."""
    draw = np.random.default_rng(seed)
    day = pd.Timestamp("2026-01-01", tz="UTC")
    log, people = [], []
    for i in range(n):
        made = i % 5 == 0
        spoke = int(draw.integers(60, 200)) if made else 10**6
        key, rank = f"s{i}", ("PC", "Insp")[i % 2]
        when = (day + pd.Timedelta(days=spoke)).isoformat() if made else ""
        people.append(
            {"subject_key": key, "rank_grade": rank, "protected_disclosure": int(made), "ts_disclosure": when}
        )
        for t in range(0, 300, 20):
            chance = 0.02 * (hazard if t > spoke else 1.0) * (1.5 if rank == "PC" else 1)
            flag = int(draw.random() < chance)
            log.append({"subject_key": key, "ts_scored": (day + pd.Timedelta(days=t)).isoformat(), "flag": flag})
    return log, people


@pytest.mark.parametrize(
    ("hazard", "parameters", "verdict"),
    [
        (4.0, {}, "contradicted"),
        (0.4, {}, "not enough data"),
        (1.0, {}, "not enough data"),
        (1.0, {"largest_ratio": 2.5}, "supported"),
    ],
)
def test_flags_from_the_disclosure_on(rule: Rule, hazard: float, parameters: Row, verdict: str) -> None:
    log, people = followed(hazard)
    ruling = rule("CK-30", log, people=people, parameters=parameters)
    assert (ruling.verdict, ruling.recomputable) == (verdict, False)


def test_the_hazard_ratio_maximises_the_partial_likelihood() -> None:
    draw = np.random.default_rng(11)
    rows = []
    for i in range(300):
        begin = float(draw.uniform(30, 120)) if i % 3 == 0 else float("nan")
        flagged = float(draw.exponential(150)) if draw.random() < 0.7 else float("nan")
        rows.append((0.0, 200.0, flagged if flagged < 200 else float("nan"), begin, "ab"[i % 2]))
    frame = pd.DataFrame(rows, columns=["entry", "leave", "flagged", "exposed_from", "stratum"])
    (found,) = hazard_ratio(frame)

    def score(beta: float) -> float:
        """Slope of Cox's partial likelihood: at each flag, exposed or not, less the weighted share at risk exposed."""
        total = 0.0
        for _, _, t, begin, stratum in rows:
            if np.isnan(t):
                continue
            at_risk = [r for r in rows if r[4] == stratum and not (r[2] < t)]
            weights = [np.exp(beta) if r[3] < t else 1.0 for r in at_risk]
            exposed = sum(w for w, r in zip(weights, at_risk, strict=True) if r[3] < t)
            total += (1.0 if begin < t else 0.0) - exposed / sum(weights)
        return total

    beta = brentq(score, -3, 3)
    information = (score(beta - 1e-4) - score(beta + 1e-4)) / 2e-4
    half = 1.959964 / np.sqrt(information)
    assert found["enough"]
    assert (found["ratio"], found["low"], found["high"]) == pytest.approx(
        np.exp([beta, beta - half, beta + half]), rel=1e-4
    )


@pytest.mark.parametrize(("n", "whole", "strata"), [(600, False, 1), (600, False, 40), (600, True, 3)])
def test_sums_in_plain_numbers_give_what_statsmodels_gives(n: int, whole: bool, strata: int) -> None:
    draw = np.random.default_rng(n + strata)
    entry = draw.uniform(0, 5, n)
    time = entry + draw.exponential(3, n)
    if whole:  # many events at the same time
        entry, time = np.floor(entry), np.floor(time) + 1
    exposed = (draw.random(n) < 0.3).astype(float)
    kept = {"status": (draw.random(n) < 0.4).astype(float), "entry": entry, "strata": draw.integers(0, strata, n)}
    ours, theirs = efron_model(time, exposed, **kept), PHReg(time, exposed[:, None], ties="efron", **kept)
    for at in (np.array([0.0]), np.array([-2.5])):
        for name in ("loglike", "score", "hessian"):
            assert getattr(ours, name)(at) == pytest.approx(getattr(theirs, name)(at), rel=1e-12)
    assert ours.fit().conf_int() == pytest.approx(theirs.fit().conf_int(), rel=1e-12)


def test_few_flags_give_no_ratio_and_need_no_model(rule: Rule) -> None:
    log, people = followed(1.0, n=60)
    ruling = rule("CK-30", log, people=people)
    assert ruling.verdict == "not enough data"
    assert not any(each.method == "cox" for each in ruling.measures)
    assert rule("CK-30", log).verdict == "not testable"
