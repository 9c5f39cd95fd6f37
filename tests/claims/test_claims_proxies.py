"""CK-13 on seeded logs: a planted case for every verdict. Areas and coefficients known from how the logs were made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from impact.claims.check import Claim, Ruling
from impact.claims.checks import catalogue
from impact.claims.examine import ask, judge
from impact.metrics.logs.opening import DecisionLog

from .conftest import context_of

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]


def people(n: int, *, told: float = 0.5, effect: float = 0.0, noise: float = 0.1) -> tuple[Rows, Rows]:
    """Log and inputs. ``told``: how often the shift is “night” in group A, and “day” in B; scores differ by effect."""
    rng = np.random.RandomState(5)
    log, inputs = [], []
    for i in range(n):
        group = "AB"[i % 2]
        night = rng.uniform() < (told if group == "A" else 1 - told)
        days = int(rng.randint(0, 60))
        score = 0.3 + 0.004 * days + (effect if group == "A" else 0.0) + noise * (rng.uniform() - 0.5)
        log.append({"case_id": f"c{i}", "ethnicity": group, "score": score})
        inputs.append({"case_id": f"c{i}", "shift": "night" if night else "day", "sick_days": days})
    return log, inputs


LEGITIMATE = {"margin": 0.05, "legitimate": ["sick_days"]}


@pytest.mark.parametrize(
    ("made", "parameters", "verdict"),
    [
        ({"n": 1200}, LEGITIMATE, "supported"),
        ({"n": 1200, "told": 0.9}, LEGITIMATE, "contradicted"),  # the area is 0.5 + (0.9 - 0.1) / 2
        ({"n": 1200, "effect": 0.1}, LEGITIMATE, "contradicted"),
        ({"n": 1200, "effect": 0.1}, {"margin": 0.05}, "supported"),  # no legitimate factors: shown, not judged
        ({"n": 60, "told": 0.7}, LEGITIMATE, "not enough data"),
        ({"n": 12}, LEGITIMATE, "not enough data"),  # six of each
    ],
)
def test_inputs_that_stand_in_for_a_group(rule: Rule, made: Any, parameters: Any, verdict: str) -> None:
    log, inputs = people(**made)
    ruling = rule("CK-13", log, inputs=inputs, parameters=parameters)
    assert ruling.verdict == verdict
    assert not ruling.recomputable
    assert f"{made['n']:,} people (sampled with seed " in ruling.sentence
    if made["n"] == 1200:
        area = ruling.measures[0]
        # Of inputs that say nothing the area moves by 0.03 from sample to sample, of good ones far less.
        assert area.value == pytest.approx(0.9, abs=0.03) if "told" in made else abs(area.value - 0.5) < 0.08
        coefficient = [measure for measure in ruling.measures if measure.label.startswith("Difference of scores")]
        assert len(coefficient) == (1 if "legitimate" in parameters else 0)
        if coefficient:
            # 0.1 / √12 of noise in 600 of each: a standard error of 0.0017, and of tenths of sick days a little more.
            assert coefficient[0].value == pytest.approx(made.get("effect", 0.0), abs=0.006)
    if made.get("effect") and "legitimate" in parameters:
        assert "Given the legitimate factors, scores differ by more than the declared 0.05: A" in ruling.sentence


def test_a_characteristic_among_the_inputs_is_named(rule: Rule) -> None:
    log, inputs = people(40)
    ruling = rule("CK-13", log, inputs=[row | {"Gender": "F"} for row in inputs], parameters=LEGITIMATE)
    assert (ruling.verdict, "“Gender”" in ruling.sentence) == ("contradicted", True)


def test_numbers_that_tell_a_group_without_being_in_order(rule: Rule) -> None:
    # The middle third is A: a straight line through the numbers would see nothing.
    log = [{"case_id": f"c{i}", "ethnicity": "A" if 300 <= i < 600 else "B"} for i in range(900)]
    inputs = [{"case_id": f"c{i}", "postcode": i} for i in range(900)]
    ruling = rule("CK-13", log, inputs=inputs)
    assert ruling.verdict == "contradicted"
    assert any("no scores" in caution for caution in ruling.cautions)


def test_small_groups_are_not_fitted_and_keep_the_claim_from_being_supported(
    rule: Rule, logs: Callable[..., DecisionLog]
) -> None:
    log, inputs = people(1200)
    for row in log[:4]:
        row["ethnicity"] = "C"
    for row in log[4:500]:
        row["ethnicity"] = "D"
    ruling = rule("CK-13", log, inputs=inputs, parameters=LEGITIMATE)
    assert ruling.verdict == "not enough data"
    opened = logs(log, inputs=inputs)
    context = context_of(opened, parameters=LEGITIMATE, reference={}, as_at=date(2026, 11, 20))
    rows = ask([catalogue()["CK-13"]], {"CK-13": context}, opened)["CK-13"]["stand-ins"]
    withheld = {row["group"] for row in rows if row["kind"] == "withheld"}
    assert "C" in withheld
    assert len(withheld) == 2
    assert not withheld & {row["group"] for row in rows if row["kind"] in ("area", "coefficient")}
    assert len(rows) < 12  # a few numbers, whatever the size of the sample


def test_one_row_for_each_person_and_the_sample_has_a_stated_size(logs: Callable[..., DecisionLog]) -> None:
    log, inputs = people(300)
    log = [row | {"subject_key": f"p{int(str(row['case_id'])[1:]) // 3}", "ethnicity": "A"} for row in log]
    opened = logs(log, inputs=inputs)
    for size, expected in ((20_000, 100), (60, 20)):  # three rows of a person come together
        context = context_of(opened, parameters={"sample": size}, reference={}, as_at=date(2026, 11, 20))
        rows = ask([catalogue()["CK-13"]], {"CK-13": context}, opened)["CK-13"]["stand-ins"]
        assert rows[0]["people"] == expected


def test_inputs_by_person_are_set_against_the_mean_of_their_scores(rule: Rule) -> None:
    log, inputs = people(1200, effect=0.1)
    half = [
        {"subject_key": row["case_id"], "ethnicity": row["ethnicity"], "score": row["score"] + sign * 0.05}
        for row in log
        for sign in (-1, 1)
    ]
    by_person = [{"subject_key" if name == "case_id" else name: value for name, value in row.items()} for row in inputs]
    ruling = rule("CK-13", half, inputs=by_person, parameters=LEGITIMATE)
    assert ruling.verdict == "contradicted"
    assert "1,200 people" in ruling.sentence


def test_stand_ins_are_judged_again_from_what_was_kept(logs: Callable[..., DecisionLog]) -> None:
    log, inputs = people(400, told=0.9)
    opened = logs(log, inputs=inputs)
    check = catalogue()["CK-13"]
    context = context_of(opened, parameters=LEGITIMATE, reference={}, as_at=date(2026, 11, 20))
    answers = ask([check], {"CK-13": context}, opened)
    assert answers == ask([check], {"CK-13": context}, opened)  # the same sample, the same folds
    opened.close()
    (found,) = judge([check], {"CK-13": context}, {"CK-13": Claim("CK-13", True, "")}, answers)
    assert found.ruling is not None
    assert found.ruling.verdict == "contradicted"


def test_inputs_without_a_key_or_groups_are_not_testable(rule: Rule) -> None:
    log, inputs = people(40)
    assert rule("CK-13", log, parameters=LEGITIMATE).missing == ("inputs.case_id|inputs.subject_key",)
    bare = [{"case_id": row["case_id"], "score": row["score"]} for row in log]
    assert rule("CK-13", bare, inputs=inputs).verdict == "not testable"
    other = [{"subject_key": row["case_id"], "shift": row["shift"]} for row in inputs]
    assert rule("CK-13", log, inputs=other).verdict == "not testable"
