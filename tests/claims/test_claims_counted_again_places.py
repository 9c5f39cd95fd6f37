"""What a second count of the checks of places found (CK-24, CK-25); see test_claims_counted_again.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]

AREAS = [
    {
        "area_code": f"a{i}",
        "residents": 1000 + 10 * (i % 9),
        "recorded_crime": 10 + (7 * i) % 23,
        "group_share": round(0.05 + (37 * i % 60) / 100, 2),
    }
    for i in range(40)
]


def use(area: int, day: int, hours: int, name: str | None = None) -> Row:
    at = f"2026-05-{day:02}T{{:02}}:00:00Z"
    name = f"d{area}-{day}" if name is None else name
    return {"deployment_id": name, "location_id": f"a{area}", "ts_start": at.format(9), "ts_end": at.format(9 + hours)}


# Two uses in each area, of as many hours as make ten for each thousand residents, give or take one.
USES = [use(i, day, 5 + (i * day) % 3 - 1) for i in range(40) for day in (1, 20)]
ALIKE = {"largest_ratio": 1.2}


def test_uses_without_a_name_are_not_taken_for_one_that_lasts_from_the_first_to_the_last(rule: Rule) -> None:
    named, bare = (rule("CK-24", rows, areas=AREAS) for rows in (USES, [{**row, "deployment_id": ""} for row in USES]))
    hours = sum(5 + (i * day) % 3 - 1 for i in range(40) for day in (1, 20))
    assert named.measures[1].count == bare.measures[1].count == hours
    assert named.sentence == bare.sentence


def test_an_area_twice_or_shares_in_percent_are_not_testable(rule: Rule) -> None:
    assert rule("CK-24", USES, areas=AREAS, parameters=ALIKE).verdict == "supported"
    assert rule("CK-24", USES, areas=[*AREAS, AREAS[3]], parameters=ALIKE).verdict == "not testable"
    percent = [{**row, "group_share": row["group_share"] * 100} for row in AREAS]
    assert rule("CK-24", USES, areas=percent, parameters=ALIKE).verdict == "not testable"


@pytest.mark.parametrize(
    ("more", "areas", "verdict"),
    [
        ([use(99, 3, 9)], AREAS, "supported"),  # 9 of 407 hours are nowhere
        ([use(99, day, 9) for day in (3, 4, 5)], AREAS, "not enough data"),  # 27 of 425 hours
        ([{**use(1, 3, 1), "ts_end": ""}], AREAS, "supported"),
        ([{**use(1, day, 1), "ts_end": ""} for day in range(3, 8)], AREAS, "not enough data"),  # 5 of 85 uses
        ([], [{**AREAS[0], "recorded_crime": ""}, *AREAS[1:]], "supported"),
        ([], [*({**row, "recorded_crime": ""} for row in AREAS[:3]), *AREAS[3:]], "not enough data"),  # 3 of 40 areas
    ],
)
def test_what_could_not_be_placed_keeps_support_away(
    rule: Rule, more: list[Row], areas: list[Row], verdict: str
) -> None:
    assert sum(5 + (i * day) % 3 - 1 for i in range(40) for day in (1, 20)) == 398
    assert rule("CK-24", [*USES, *more], areas=areas, parameters=ALIKE).verdict == verdict


def test_equal_hours_everywhere_stop_nothing(rule: Rule) -> None:
    rows = [use(i, 1, 5) for i in range(40)]
    same = [{**row, "residents": 1000} for row in AREAS]
    assert rule("CK-24", rows, areas=same).verdict == "not enough data"
    # With residents of different numbers there is a slope: Newton's steps for the likelihood, and Pearson's spread.
    y, x = (
        np.full(40, 5.0),
        np.array([[1, row["recorded_crime"] / row["residents"], row["group_share"]] for row in AREAS]),
    )
    residents, beta = np.array([row["residents"] for row in AREAS]), np.array([-5.0, 0.0, 0.0])
    for _ in range(50):
        mean = residents * np.exp(x @ beta)
        beta = beta + np.linalg.solve(x.T @ (x * mean[:, None]), x.T @ (y - mean))
    spread = ((y - mean) ** 2 / mean).sum() / 37
    error = np.sqrt(spread * np.linalg.inv(x.T @ (x * mean[:, None]))[2, 2])
    wanted = np.exp(0.1 * (beta[2] + stats.t.ppf([0.5, 0.025, 0.975], 37) * error))
    one = rule("CK-24", rows, areas=AREAS).measures[0]
    assert [one.value, one.low, one.high] == pytest.approx(list(wanted), rel=1e-6)


def test_by_day_the_answer_is_the_same_only_where_the_verdict_is(rule: Rule) -> None:
    # By residents the upper limit is 1.029; with fewer people by day where the group lives, 1.047. Both lower limits
    # are below 1, and yet only the first is within 1.03.
    areas = [{**row, "daytime_population": round(row["residents"] * (1 - 0.15 * row["group_share"]))} for row in AREAS]
    ruling = rule("CK-24", USES, areas=areas, parameters={"largest_ratio": 1.03})
    by_residents, by_day = ruling.measures[:2]
    assert (by_residents.high, by_day.high) == (pytest.approx(1.029, abs=5e-4), pytest.approx(1.047, abs=2e-3))
    assert by_day.low is not None
    assert by_day.low < 1
    assert any("the answer is another one" in caution for caution in ruling.cautions)


# ---- CK-25 -------------------------------------------------------------------------------------------------------


def trained(run: str, ranks: list[int]) -> list[Row]:
    return [{"run": run, "location_id": f"p{i:03}", "rank": rank} for i, rank in enumerate(ranks)]


PATROLS = [{"area_code": f"p{i:03}", "period": "2026", "crimes_reported": i % 7, "crimes_found": 1} for i in range(200)]


def months(*ranks: list[int]) -> list[Row]:
    return [
        {"location_id": f"p{i:03}", "rank": rank, "ts_scored": f"2026-{m + 1:02}-05T00:00:00Z"}
        for m, order in enumerate(ranks)
        for i, rank in enumerate(order)
    ]


LOT = [(np.random.RandomState(seed).permutation(200) + 1).tolist() for seed in range(5)]
ORDER = list(range(1, 201))


def test_a_place_twice_in_a_training_counts_once(rule: Rule) -> None:
    twice = [*trained("a", ORDER), *trained("b", ORDER), *trained("a", ORDER)[:20], *trained("b", ORDER)[:20]]
    # Place 21 comes 11th in b: of 40 places at the top, 19 + 1 in both.
    moved = trained("c", [*range(1, 20), 40, 20, *range(21, 40), *range(41, 201)])
    ruling = rule("CK-25", months(*LOT), retraining=[*twice, *moved], patrols=PATROLS)
    assert [row[2:4] for row in ruling.tables[0].rows] == [("20", "20"), ("19", "21"), ("19", "21")]
    assert ruling.verdict == "supported"


def test_equal_ranks_are_put_in_order_by_lot_and_support_nothing(rule: Rule) -> None:
    run = [*trained("a", ORDER), *trained("b", ORDER)]
    # Every place has the same rank: by name the same twenty would stay at the top every month.
    ruling = rule("CK-25", months(*[[1] * 200] * 5), retraining=run, patrols=PATROLS)
    assert ruling.verdict == "not enough data"
    same = [*trained("a", [1] * 200), *trained("b", [1] * 200)]
    assert rule("CK-25", months(*LOT), retraining=same, patrols=PATROLS).verdict == "not enough data"
    assert rule("CK-25", months(*LOT), retraining=run, patrols=PATROLS).verdict == "supported"
