"""CK-16 on logs written by hand: a planted case for every verdict. Indices worked out by the formula in the test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from math import log
from typing import Any

import pytest

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]

EDGES = (0, 0.25, 0.5, 0.75, 1)


def baseline(counts: tuple[int, ...], **rates: tuple[float, float] | float) -> Rows:
    rows: Rows = [
        {"measure": "score", "low": low, "high": high, "count": n}
        for low, high, n in zip(EDGES, EDGES[1:], counts, strict=False)
    ]
    for name, given in rates.items():
        if isinstance(given, tuple):
            rows.append({"measure": name, "low": given[0], "high": given[1]})
        else:
            rows.append({"measure": name, "share": given})
    return rows


def scores(counts: tuple[int, ...], **other: Any) -> Rows:
    middles = (0.1, 0.25, 0.6, 1.0)  # an edge belongs to the bin above it, the last one to the last bin
    return [{"score": middles[i], **other} for i, n in enumerate(counts) for _ in range(n)]


def psi(before: tuple[int, ...], now: tuple[int, ...]) -> float:
    p = [(n + 0.5) / (sum(before) + len(before) / 2) for n in before]
    q = [(n + 0.5) / (sum(now) + len(now) / 2) for n in now]
    return sum((b - a) * log(b / a) for a, b in zip(p, q, strict=True))


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ((250, 250, 250, 250), "supported"),
        ((550, 250, 100, 100), "contradicted"),  # 0.55
        ((430, 270, 150, 150), "not enough data"),  # 0.21, and the interval goes beyond 0.25
        ((20, 10, 10, 10), "not enough data"),  # 0.11 of fifty
    ],
)
def test_the_spread_of_scores_against_the_baseline(rule: Rule, now: tuple[int, ...], verdict: str) -> None:
    before = (250, 250, 250, 250)
    ruling = rule("CK-16", scores(now), baseline=baseline(before))
    assert ruling.verdict == verdict
    index = ruling.measures[0]
    assert index.value == pytest.approx(psi(before, now))
    assert index.low is not None
    assert index.high is not None
    assert index.low <= index.value <= index.high or sum(now) < 100
    assert [row[3] for row in ruling.tables[0].rows] == [str(n) for n in now]
    assert "without legal force" in ruling.cautions[-1]
    largest = max(abs(sum(now[:i]) / sum(now) - i / 4) for i in range(1, 4))
    assert ruling.measures[1].value == pytest.approx(largest)


def test_values_that_were_never_seen_at_approval_count_as_drift(rule: Rule) -> None:
    rows = [*scores((100, 100, 100, 100)), *[{"score": 7.0}] * 300]
    ruling = rule("CK-16", rows, baseline=baseline((250, 250, 250, 250)))
    assert ruling.verdict == "contradicted"
    assert ruling.tables[0].rows[-1] == ("outside every bin", "0%", "42.9%", "300")


@pytest.mark.parametrize(
    ("flags", "n", "verdict"),
    [(200, 2000, "supported"), (600, 2000, "contradicted"), (20, 2000, "contradicted"), (9, 100, "not enough data")],
)
def test_the_share_flagged_against_the_approved_range(rule: Rule, flags: int, n: int, verdict: str) -> None:
    rows = [{"flag": int(i < flags)} for i in range(n)]
    ruling = rule("CK-16", rows, baseline=[{"measure": "flag_rate", "low": 0.08, "high": 0.12, "share": 0.1}])
    assert ruling.verdict == verdict
    assert any("no bins of the score" in caution for caution in ruling.cautions)


def test_inputs_are_compared_by_value_or_by_bin(rule: Rule) -> None:
    base = [
        *baseline((250, 250, 250, 250)),
        *({"measure": "shift", "bin": name, "share": 0.5} for name in ("day", "night")),
        {"measure": "sickness", "low": None, "high": 5, "count": 900},
        {"measure": "sickness", "low": 5, "high": None, "count": 100},
    ]
    inputs = [{"case_id": f"c{i}", "shift": "day" if i < 500 else "night", "sickness": i % 10} for i in range(1000)]
    ruling = rule("CK-16", scores((250, 250, 250, 250)), baseline=base, inputs=inputs)
    assert ruling.verdict == "contradicted"  # half of them 5 and more, where a tenth was
    by_label = {measure.label: measure for measure in ruling.measures}
    assert by_label["Stability index of input “shift”"].value == pytest.approx(0.0, abs=1e-9)
    assert by_label["Stability index of input “sickness”"].value == pytest.approx(psi((900, 100), (500, 500)))
    assert by_label["Largest gap of input “sickness” to the baseline"].value == pytest.approx(0.4)
    assert "Largest gap of input “shift” to the baseline" not in by_label
    assert [[row[0] for row in table.rows] for table in ruling.tables[1:]] == [
        ["day", "night"],
        ["under 5.0", "5.0 and over"],
    ]
    assert "sickness" in ruling.sentence
    assert "shift" not in ruling.sentence


def test_only_rows_since_a_day_are_compared(rule: Rule) -> None:
    old = scores((900, 0, 0, 0), ts_scored="2026-01-10T10:00:00Z")
    new = scores((250, 250, 250, 250), ts_scored="2026-04-10T10:00:00Z")
    assert rule("CK-16", [*old, *new], baseline=baseline((250, 250, 250, 250))).verdict == "contradicted"
    since = {"since": "2026-04-01"}
    assert rule("CK-16", [*old, *new], baseline=baseline((250,) * 4), parameters=since).verdict == "supported"


def test_people_with_several_rows_do_not_make_the_data_more(rule: Rule) -> None:
    rows = [row | {"subject_key": f"p{i}"} for i, row in enumerate(scores((6, 5, 4, 5)))]
    assert rule("CK-16", rows * 50, baseline=baseline((250, 250, 250, 250))).verdict == "not enough data"


def test_bins_of_fewer_than_ten_people_are_joined_and_the_verdict_stays(rule: Rule) -> None:
    """995 of 1,000 scores moved to two bins, of which one gets 3: shown as one of 500, at approval 250 and 250."""
    ruling = rule("CK-16", scores((497, 3, 0, 500)), baseline=baseline((250,) * 4))
    assert ruling.verdict == "contradicted"
    assert [row[0] for row in ruling.tables[0].rows] == ["0.0 to 0.25", "0.25 to 0.5 … 0.75 to 1.0"]
    assert [row[3] for row in ruling.tables[0].rows] == ["497", "503"]
    assert ruling.measures[0].value == pytest.approx(psi((250, 750), (497, 503)))
    assert "Counts of fewer than 10 people are not shown" in " ".join(ruling.cautions)


def test_where_no_two_bins_hold_ten_people_nothing_is_shown_of_them(rule: Rule) -> None:
    ruling = rule("CK-16", scores((6, 5, 4, 5)), baseline=baseline((250,) * 4))
    assert (ruling.verdict, ruling.measures, ruling.tables) == ("not enough data", (), ())


def test_bins_that_overlap_are_told_and_not_counted(rule: Rule) -> None:
    base = [{"measure": "score", "low": low, "high": 1, "count": 100} for low in (0, 0.5)]
    ruling = rule("CK-16", scores((100, 100, 100, 100)), baseline=base)
    assert (ruling.verdict, ruling.tables) == ("not enough data", ())
    assert "overlap" in ruling.sentence


def test_twenty_rows_of_two_people_are_two_people(rule: Rule) -> None:
    rows = [row | {"subject_key": f"p{i}"} for i, row in enumerate(scores((400, 400, 0, 200)))]
    alone = [row | {"subject_key": f"q{i % 2}"} for i, row in enumerate(scores((0, 0, 20, 0)))]
    ruling = rule("CK-16", [*rows, *alone], baseline=baseline((250,) * 4))
    assert [row[3] for row in ruling.tables[0].rows] == ["400", "400", "220"]


@pytest.mark.parametrize("key", ["subject_key", "case_id"])
def test_many_rows_of_an_input_can_be_few_people(rule: Rule, key: str) -> None:
    """Of 60 rows “night” 30 are of one person and 30 of another; told by the person, or by whose case it is."""
    rows = [{"case_id": f"c{i}", "subject_key": f"p{i}" if i < 300 else f"q{i % 2}"} for i in range(360)]
    inputs = [{key: row[key], "shift": ("day", "dusk")[i % 2] if i < 300 else "night"} for i, row in enumerate(rows)]
    base = [{"measure": "shift", "bin": name, "share": 0.3} for name in ("day", "dusk", "night")]
    ruling = rule("CK-16", [row | {"flag": 1} for row in rows], baseline=base, inputs=inputs)
    assert [(row[0], row[3]) for row in ruling.tables[0].rows] == [("dusk", "150"), ("night and day", "210")]


def test_flags_that_become_less_often_right_are_named(rule: Rule) -> None:
    mondays = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(10)]
    rows = [
        {"flag": 1, "outcome_label": int(i < (50 if week < 5 else 30)), "ts_scored": f"{monday}T00:00:00Z"}
        for week, monday in enumerate(mondays)
        for i in range(100)
    ]
    ruling = rule("CK-16", rows, baseline=[*baseline((), flag_rate=(0.0, 1.0), ppv=0.5)])
    # Each week from the sixth on is 4 standard deviations low; the sum passes 5 in the seventh, of 16 February.
    assert any("less often right than at approval from about the week of 2026-02-16" in c for c in ruling.cautions)
    steady = [row | {"outcome_label": i % 2} for i, row in enumerate(rows)]
    ruling = rule("CK-16", steady, baseline=[*baseline((), flag_rate=(0.0, 1.0), ppv=0.5)])
    assert not any("often right" in caution for caution in ruling.cautions)


def test_drift_is_not_testable_without_a_baseline(rule: Rule) -> None:
    assert rule("CK-16", scores((1, 1, 1, 1))).missing == ("baseline.measure",)
    assert rule("CK-16", scores((1, 1, 1, 1)), baseline=[{"measure": "other", "low": 1}]).verdict == "not testable"
    empty = rule("CK-16", [{"score": None, "flag": 1}], baseline=baseline((9, 9, 9, 9)))
    assert empty.verdict == "not enough data"


def test_bins_that_overlap_are_said_to(rule: Rule) -> None:
    base = [*baseline((250,) * 4), {"measure": "score", "low": 0, "high": 1, "count": 5}]
    ruling = rule("CK-16", scores((50,) * 4), baseline=base)
    assert (ruling.verdict, ruling.needed) == ("not enough data", "bins of score that do not overlap")
