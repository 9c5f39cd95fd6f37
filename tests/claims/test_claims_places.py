"""CK-24 and CK-25 on made-up areas. The regression is made again here by plain likelihood, without statsmodels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import comb, exp
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t as student

from impact.claims.area_rates import quasi_poisson
from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]


def areas(n: int = 60) -> list[Row]:
    """Areas whose share of the group, crime and deprivation are unrelated to each other."""
    draw = np.random.default_rng(5)
    return [
        {
            "area_code": f"a{i}",
            "residents": int(draw.integers(2_000, 9_000)),
            "daytime_population": int(draw.integers(2_000, 9_000)),
            "recorded_crime": int(draw.integers(20, 400)),
            "group_share": round(float(draw.uniform(0, 0.8)), 3),
            "deprivation": round(float(draw.uniform(5, 60)), 1),
        }
        for i in range(n)
    ]


def uses(table: list[Row], factor: float, *, crime: float = 10.0, most: int = 600) -> list[Row]:
    """Deployments of one hour: their number for each resident grows with crime, and by ``factor`` with ten points."""
    rows = []
    for area in table:
        rate = exp(crime * area["recorded_crime"] / area["residents"]) * factor ** (area["group_share"] / 0.1)
        for i in range(min(round(area["residents"] / 1500 * rate), most)):
            start = f"2026-06-{1 + i // 20:02}T{i % 20:02}:00:00Z"
            end = f"2026-06-{1 + i // 20:02}T{1 + i % 20:02}:00:00Z"
            # Two rows of the same deployment: its hour counts once.
            row = {"deployment_id": f"{area['area_code']}-{i}", "location_id": area["area_code"]}
            rows += [{**row, "ts_start": start, "ts_end": end}] * 2
    return rows


@pytest.mark.parametrize(
    ("factor", "parameters", "verdict"),
    [
        (1.3, {}, "contradicted"),
        (0.75, {}, "supported"),
        (1.0, {}, "not enough data"),  # no ratio was declared that counts as alike
        (1.0, {"largest_ratio": 1.2}, "supported"),
        (1.3, {"largest_ratio": 1.3}, "not enough data"),
    ],
)
def test_hours_by_who_lives_there_after_crime(rule: Rule, factor: float, parameters: Row, verdict: str) -> None:
    table = areas()
    ruling = rule("CK-24", uses(table, factor), areas=table, parameters=parameters)
    assert ruling.verdict == verdict
    assert ruling.recomputable


def test_the_ratio_is_that_of_the_likelihood_with_pearsons_spread(rule: Rule) -> None:
    table = areas()
    log = uses(table, 1.3)
    ratio = rule("CK-24", log, areas=table).measures[0]
    hours = np.array([sum(row["location_id"] == area["area_code"] for row in log) / 2 for area in table])
    people = np.array([area["residents"] for area in table])
    x = np.column_stack(
        [
            np.ones(len(table)),
            [10 * area["recorded_crime"] / area["residents"] for area in table],
            [area["group_share"] for area in table],
            [area["deprivation"] / 50 for area in table],
        ]
    )

    def loss(b: Any) -> float:
        linear = x @ b + np.log(people)
        return float(np.exp(linear).sum() - hours @ linear)

    def slope(b: Any) -> Any:
        return x.T @ (np.exp(x @ b + np.log(people)) - hours)

    b = minimize(loss, np.array([-7.0, 0, 0, 0]), jac=slope, method="BFGS", options={"gtol": 1e-7}).x
    mean = np.exp(x @ b + np.log(people))
    spread = ((hours - mean) ** 2 / mean).sum() / (len(table) - 4)
    error = np.sqrt(np.linalg.inv(x.T @ (x * mean[:, None]))[2, 2] * spread)
    half = student.ppf(0.975, len(table) - 4) * error
    expected = [exp(0.1 * each) for each in (b[2], b[2] - half, b[2] + half)]
    assert [ratio.value, ratio.low, ratio.high] == pytest.approx(expected, rel=1e-4)


def test_unevenness_and_what_is_left_out(rule: Rule) -> None:
    table = [
        {**areas()[0], "area_code": name, "residents": n, "recorded_crime": 5} for name, n in (("x", 100), ("y", 300))
    ]
    hour = {"ts_start": "2026-06-01T10:00:00Z", "ts_end": "2026-06-01T14:00:00Z"}
    log = [{"location_id": "x", **hour}] * 3 + [{"location_id": "z", **hour}]
    ruling = rule("CK-24", log, areas=[*table, {**table[0], "area_code": "w", "residents": 0}])
    values = {each.label: each.value for each in ruling.measures}
    # Four hours in x, where a quarter lives: Gini 3/4, Theil log 4, and two fifths of the hours to a tenth of people.
    assert ruling.verdict == "not enough data"
    assert values["Hours per 1,000 residents"] == 10
    assert values["Unevenness over residents (Gini)"] == pytest.approx(0.75)
    assert values["Unevenness over residents (Theil)"] == pytest.approx(1.3862944)
    assert values["Share of the hours in the tenth of residents with most"] == pytest.approx(0.4)
    assert values["Hours for each crime reported by a victim"] == pytest.approx(0.4)
    assert any("1 area without residents" in each for each in ruling.cautions)
    assert any("1 place of the log, with 4 hours, is not" in each for each in ruling.cautions)


def test_without_crime_or_hours_in_areas_nothing_is_told(rule: Rule) -> None:
    table = areas()
    bare = [{name: area[name] for name in ("area_code", "residents", "group_share")} for area in table]
    ruling = rule("CK-24", uses(table, 1.3), areas=bare)
    assert (ruling.verdict, ruling.missing) == ("not testable", ("areas.recorded_crime",))
    elsewhere = [{**row, "location_id": "z"} for row in uses(table[:3], 1.0)]
    assert rule("CK-24", elsewhere, areas=table).verdict == "not enough data"
    assert rule("CK-24", elsewhere).verdict == "not testable"


def test_people_by_day_can_give_another_answer(rule: Rule) -> None:
    table = areas()
    log = uses(table, 1.3)
    for area in table:  # by day everybody is where the group lives
        area["daytime_population"] = round(area["residents"] * 1.3 ** (area["group_share"] / 0.1))
    ruling = rule("CK-24", log, areas=table)
    assert (ruling.verdict, ruling.measures[1].label) == ("contradicted", "The same for each person there by day")
    assert any("the answer is another one" in each for each in ruling.cautions)


def test_columns_that_cannot_be_told_apart_give_no_ratio() -> None:
    crime = [float(i % 7) for i in range(60)]
    counts = [float(i % 5) for i in range(60)]
    assert quasi_poisson(counts, [1.0] * 60, [crime, [2 * each for each in crime]], of=1, step=1) is None
    assert quasi_poisson(counts, [1.0] * 60, [crime, [3.0] * 60], of=1, step=1) is None
    assert quasi_poisson(counts[:29], [1.0] * 29, [crime[:29], counts[:29]], of=1, step=1) is None


def trained(name: str, order: list[int]) -> list[Row]:
    return [{"run": name, "location_id": f"p{place}", "rank": i + 1} for i, place in enumerate(order)]


def ranked(*months: list[int]) -> list[Row]:
    return [
        {"location_id": f"p{place}", "rank": i + 1, "ts_scored": f"2026-{m + 1:02}-01T00:00:00Z"}
        for m, order in enumerate(months)
        for i, place in enumerate(order)
    ]


def patrols(reported: Callable[[int], int], n: int = 200) -> list[Row]:
    return [
        {"area_code": f"p{i}", "period": "2026", "patrol_hours": 10, "crimes_reported": reported(i), "crimes_found": 1}
        for i in range(n)
    ]


PLACES = list(range(200))
LOT = [np.random.default_rng(seed).permutation(200).tolist() for seed in range(6)]
SAME = [PLACES] * 6
AGAIN = [*PLACES[:18], 30, 31, *PLACES[18:30], *PLACES[32:]]  # 18 of the first 20: 18 of 22 in either


@pytest.mark.parametrize(
    ("orders", "again", "table", "verdict"),
    [
        (LOT, AGAIN, patrols(lambda i: i), "supported"),
        (LOT, PLACES[10:] + PLACES[:10], patrols(lambda i: i), "contradicted"),  # 10 of 30
        # The same twenty places every month, though crime is reported alike everywhere.
        (SAME, AGAIN, patrols(lambda i: i % 10), "contradicted"),
        # The same twenty places every month, and they are those with most reported crime: no more than is expected. But
        # nothing else could have come out: no place below them has as much, so nobody knows whether they stay for it.
        (SAME, AGAIN, patrols(lambda i: 1000 - i), "not enough data"),
        # Nobody counted reported crime: lasting crime would look the same.
        (SAME, AGAIN, None, "not enough data"),
        (LOT, None, patrols(lambda i: i), "not testable"),  # not trained again
        (LOT[:2], AGAIN, patrols(lambda i: i), "not enough data"),  # two months only
        (None, AGAIN, patrols(lambda i: i), "not testable"),
    ],
)
def test_a_loop_shows_in_retraining_and_in_places_that_stay(
    rule: Rule, orders: list[list[int]] | None, again: list[int] | None, table: list[Row] | None, verdict: str
) -> None:
    sides: dict[str, Any] = {}
    if again is not None:
        sides["retraining"] = [*trained("all", PLACES), *trained("reported only", again)]
    if table is not None:
        sides["patrols"] = table
    ruling = rule("CK-25", ranked(*orders) if orders else [{"flag": 1}], **sides)
    assert ruling.verdict == verdict


def test_overlap_and_the_number_by_lot_are_those_of_hand_work(rule: Rule) -> None:
    ruling = rule("CK-25", ranked(*LOT), retraining=[*trained("a", PLACES), *trained("b", AGAIN)])
    values = {each.label: each for each in ruling.measures}
    assert values["Least overlap of the places patrolled first, between two trainings"].value == pytest.approx(18 / 22)
    tops = [set(order[:20]) for order in LOT]
    stayed = sum(len(one & other) for one, other in pairwise(tops))
    assert values["Places that stayed at the top from month to month"].count == stayed
    # Five draws of 20 from 200 with 20 marked: two marked each on average, ten in all. The 97.5% point by counting.
    one = [comb(20, k) * comb(180, 20 - k) / comb(200, 20) for k in range(21)]
    total = [1.0]
    for _ in range(5):
        total = [
            sum(total[i] * one[j - i] for i in range(len(total)) if 0 <= j - i < 21) for j in range(len(total) + 20)
        ]
    most = next(k for k in range(101) if sum(total[: k + 1]) >= 0.975)
    by_lot = values["The same if places were drawn by lot"]
    assert (by_lot.value, by_lot.high) == (pytest.approx(0.1), pytest.approx(most / 100))


def test_found_crime_that_goes_with_patrol_hours_is_shown(rule: Rule) -> None:
    draw = np.random.default_rng(2)
    table = []
    for i in range(80):
        hours, reported = int(draw.integers(5, 200)), int(draw.integers(1, 50))
        table.append(
            {"area_code": f"p{i}", "patrol_hours": hours, "crimes_reported": reported, "crimes_found": round(hours / 4)}
        )
    ruling = rule("CK-25", ranked(*LOT), patrols=table)
    values = {each.label: each.value for each in ruling.measures}
    # Found crime is in proportion to hours: twice the hours, twice as much.
    assert values["Crime found with twice the hours of patrol, at as much reported crime"] == pytest.approx(2, abs=0.02)
    assert any("crime is found where patrols are" in each for each in ruling.cautions)
    found, reported = (sum(row[name] for row in table) for name in ("crimes_found", "crimes_reported"))
    assert values["Crimes found by patrols, of all"] == pytest.approx(found / (found + reported))
