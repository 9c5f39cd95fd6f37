"""The invented staff log: it is what generate.py makes, and the toolkit finds what was planted in it.

Expected verdicts are worked out here from the log with pandas and statsmodels by the rule of the audit method
(disparity, small difference, equivalence or cannot tell, from two intervals and a margin), for one comparison and for
a family of 72, so that none of them hangs on the size of the family. Nothing of impact.metrics takes part in that.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "misconduct-pilot"
LOG = FOLDER / "data" / "decision-log.parquet"
MARGIN = 1.25  # audit.yaml, plan.margin
ALPHA = 0.05  # audit.yaml, plan.alpha
FAMILIES = (1, 72)  # from a single comparison to more than the plan makes

Group = dict[str, str]
# (truth, group, metric, people with, of how many, and the same for others, verdict, direction) as README.md prints them
PLANTED: list[tuple[str, Group, str, int, int, int, int, str, str | None]] = [
    ("T1", {"ethnicity": "Black"}, "selection_rate", 1200, 5911, 4118, 36429, "disparity_shown", "worse"),
    ("T2", {"sex": "Female"}, "selection_rate", 2548, 17045, 3078, 27955, "disparity_shown", "worse"),
    ("T3", {"ethnicity": "Black"}, "ppv", 125, 1170, 673, 4013, "disparity_shown", "worse"),
    ("T4", {"sex": "Female"}, "ppv", 324, 2481, 518, 3005, "disparity_shown", "worse"),
    (
        "T5",
        {"ethnicity": "Black", "sex": "Female"},
        "selection_rate",
        604,
        2261,
        4889,
        41721,
        "disparity_shown",
        "worse",
    ),
    ("T6", {"employment": "former"}, "selection_rate", 1690, 13428, 3936, 31572, "equivalence_shown", None),
    ("T7", {"ethnicity": "Other"}, "selection_rate", 29, 299, 5289, 42041, "inconclusive", None),
    ("T8", {"ethnicity": "Black"}, "override_rate", 36, 1170, 102, 4013, "inconclusive", None),
]
BEYOND_MARGIN = {"T1", "T5"}  # the whole interval lies beyond the margin, for any family up to 72
BANDS = [
    *({"age_band": band} for band in ("under 25", "25 to 34", "35 to 44", "45 to 54", "55 and over")),
    *({"rank_grade": grade} for grade in ("constable", "sergeant", "inspector and above", "staff")),
]
IDS = [row[0] for row in PLANTED]


@cache
def _log() -> pd.DataFrame:
    return pq.read_table(LOG).to_pandas()


def _tally(people: pd.DataFrame, metric: str) -> tuple[int, int]:
    """How many have it, of how many: by hand, from the columns of the log."""
    if metric == "selection_rate":
        return int(people.flag.sum()), len(people)
    reviewed = people[people.flag & people.reviewer_decision.notna()]
    if metric == "ppv":
        return int((reviewed.outcome_label == 1).sum()), len(reviewed)
    return int((reviewed.reviewer_decision == "override").sum()), len(reviewed)


def _counts(group: Group, metric: str) -> tuple[int, int, int, int]:
    """The group, and those known not to share it: one characteristic known to differ is enough for that."""
    log = _log()
    shares, differs = pd.Series(True, index=log.index), pd.Series(False, index=log.index)
    for key, value in group.items():
        shares &= log[key] == value
        differs |= (log[key] != value) & (log[key] != "Not stated")
    return (*_tally(log[shares], metric), *_tally(log[differs], metric))


def _limits(counts: tuple[int, int, int, int], level_alpha: float) -> tuple[float, float]:
    low, high = confint_proportions_2indep(
        *counts, compare="ratio", method="score", alpha=level_alpha, correction=False
    )
    return float(low), float(high)


def _verdict(counts: tuple[int, int, int, int], family: int) -> tuple[str, bool]:
    """Verdict and whether it is wholly beyond the margin: the five rows of the audit method, taken in order."""
    alpha = 1 - (1 - ALPHA) ** (1 / family)
    low, high = _limits(counts, alpha)
    inner_low, inner_high = _limits(counts, 2 * alpha)
    inside = inner_low > 1 / MARGIN and inner_high < MARGIN
    if low > MARGIN or high < 1 / MARGIN:
        return "disparity_shown", True
    if low > 1 or high < 1:
        return ("difference_small" if inside else "disparity_shown"), False
    return ("equivalence_shown" if inside else "inconclusive"), False


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("misconduct_pilot_generate", FOLDER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_committed_log_is_what_the_generator_makes(generate: ModuleType, tmp_path: Path) -> None:
    generate.write(tmp_path / "made.parquet")

    made, committed = pq.read_table(tmp_path / "made.parquet"), pq.read_table(LOG)
    assert made.schema.equals(committed.schema)
    assert made.equals(committed)


def test_misconduct_is_drawn_without_looking_at_any_group(generate: ModuleType) -> None:
    import numpy as np

    world = generate.draw(np.random.default_rng(generate.SEED))

    for values in (world.ethnicity, world.sex):
        for value in set(values.tolist()):
            own = world.misconduct[values == value]
            # Six standard errors of a share of that many people: noise, and no more.
            error = (generate.MISCONDUCT * (1 - generate.MISCONDUCT) / own.size) ** 0.5
            assert abs(own.mean() - generate.MISCONDUCT) < 6 * error, value


def test_outcomes_exist_for_reviewed_flags_only() -> None:
    log = _log()

    reviewed = log.reviewer_decision.notna()
    assert (log.outcome_label.notna() == reviewed).all()
    assert not (reviewed & ~log.flag).any()
    assert (log.ts_outcome.notna() == reviewed).all()


def test_times_of_a_case_stand_in_order() -> None:
    log = _log()[lambda table: table.reviewer_decision.notna()]

    assert (log.ts_scored < log.ts_alert).all()
    assert (log.ts_alert < log.ts_open).all()
    assert (log.ts_open < log.ts_close).all()
    assert (log.ts_close <= log.ts_outcome).all()


def test_flags_follow_from_score_and_threshold_and_keys_are_unique() -> None:
    log = _log()

    assert len(log) == 45_000
    assert (log.flag == (log.score >= log.threshold)).all()
    assert log.case_id.is_unique
    assert log.subject_key.is_unique


@pytest.mark.parametrize("planted", PLANTED, ids=IDS)
def test_the_log_holds_the_counts_that_are_written_down(planted: tuple[Any, ...]) -> None:
    _, group, metric, *counts, _, _ = planted

    assert _counts(group, metric) == tuple(counts)


@pytest.mark.parametrize("planted", PLANTED, ids=IDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_planted_truth_is_decided_by_independent_arithmetic(planted: tuple[Any, ...], family: int) -> None:
    truth, _, _, k1, n1, k2, n2, verdict, _ = planted

    found, beyond = _verdict((k1, n1, k2, n2), family)
    assert found == verdict
    if truth in BEYOND_MARGIN:
        assert beyond


@pytest.mark.parametrize("group", BANDS, ids=lambda group: next(iter(group.values())))
@pytest.mark.parametrize("family", FAMILIES)
def test_age_and_rank_are_equivalent_by_independent_arithmetic(group: Group, family: int) -> None:
    assert _verdict(_counts(group, "selection_rate"), family)[0] == "equivalence_shown"


def test_the_readme_prints_the_counts_that_are_tested() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    for truth, _, _, k1, n1, k2, n2, verdict, _ in PLANTED:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {truth} ")]
        assert f"{k1:,} / {n1:,} = {k1 / n1:.1%}" in row
        assert f"{k2:,} / {n2:,} = {k2 / n2:.1%}" in row
        assert f"{k1 / n1 / (k2 / n2):.2f}" in row
        assert f"`{verdict}`" in row


def test_the_readme_prints_the_totals_of_the_review() -> None:
    upheld, reviewed = _tally(_log(), "ppv")
    reversed_, _ = _tally(_log(), "override_rate")
    text = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())

    assert f"{upheld} of {reviewed:,} reviewed flags were upheld ({upheld / reviewed:.1%})" in text
    assert f"reversed {reversed_} ({reversed_ / reviewed:.1%})" in text
    assert f"the {len(_log()) - int(_log().flag.sum()):,} people who were not flagged" in text


# --- the toolkit ---


@pytest.fixture(scope="module")
def findings() -> dict[str, Any]:
    """The audit, by the same three calls as the command line, without the second opinion (tested elsewhere)."""
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.counting.count import count
    from impact.metrics.plans.plan_file import load_plan

    plan = load_plan(FOLDER / "audit.yaml")
    counted = count(plan, base=FOLDER)
    result = analyse(plan, counted.cells, checks=counted.checks, aggregates=counted.aggregates)
    return result.to_json(created="2026-11-20", tool_version="test")


def _disparity(findings: dict[str, Any], group: Group, metric: str) -> dict[str, Any]:
    (row,) = [
        row
        for row in findings["tables"]["disparities"]
        if row["group"] == group and row["metric"] == metric and row["comparator"]["kind"] == "not_sharing"
    ]
    return row


def test_the_audit_counts_everybody(findings: dict[str, Any]) -> None:
    assert findings["people"] == 45_000


# T8 is about reviewers, and is told by the topic on the human decision.
@pytest.mark.parametrize("planted", PLANTED[:-1], ids=IDS[:-1])
def test_the_audit_finds_what_was_planted(findings: dict[str, Any], planted: tuple[Any, ...]) -> None:
    _, group, metric, k1, n1, k2, n2, verdict, direction = planted

    row = _disparity(findings, group, metric)
    assert (row["group_rate"]["k"], row["group_rate"]["n"]) == (k1, n1)
    assert (row["comparator_rate"]["k"], row["comparator_rate"]["n"]) == (k2, n2)
    assert row["ratio"]["value"] == pytest.approx((k1 / n1) / (k2 / n2))
    assert row["verdict"] == verdict
    assert row["direction"] == direction


@pytest.mark.parametrize("group", BANDS, ids=lambda group: next(iter(group.values())))
def test_the_audit_shows_equivalence_by_age_and_rank(findings: dict[str, Any], group: Group) -> None:
    assert _disparity(findings, group, "selection_rate")["verdict"] == "equivalence_shown"


def test_reversals_are_compared_with_intervals_over_reviewers(findings: dict[str, Any]) -> None:
    """T8: the counts of the README; the interval takes in no difference, and is wider than one over cases."""
    _, group, _, k1, n1, k2, n2, _, _ = PLANTED[-1]
    (row,) = [row for row in findings["tables"]["overrides"] if row["group"] == group]
    own, gap = row["reversed"], row["difference"]["reversed"]

    assert (own["k"], own["n"], gap["others_k"], gap["others_n"]) == (k1, n1, k2, n2)
    low, high = gap["ci"]
    assert low < 0 < high
    plain_low, plain_high = confint_proportions_2indep(k1, n1, k2, n2, compare="diff", method="newcomb")
    assert low <= plain_low
    assert high >= plain_high


def test_most_reviews_were_shorter_than_the_declared_floor(findings: dict[str, Any]) -> None:
    """T10: by hand from the log; 120 seconds are declared in audit.yaml."""
    seconds = _log().review_seconds.dropna()
    (sign,) = [row for row in findings["tables"]["oversight"] if row["sign"] == "median_below_floor"]

    assert (sign["k"], sign["n"]) == (int((seconds < 120).sum()), len(seconds)) == (4191, 5486)
    assert sign["found"] is True


def test_the_search_finds_the_planted_combination_by_itself(findings: dict[str, Any]) -> None:
    """T11: nobody named it; 99 shuffled tables give nothing as extreme, so p is the smallest that can be."""
    (row,) = findings["tables"]["subgroups"]

    assert row["subset"] == {"ethnicity": ["Black"], "sex": ["Female"]}
    assert (row["counted"], row["people"]) == (604, 2261)
    assert row["p"] == 0.01


def test_every_characteristic_is_drawn_over_time(findings: dict[str, Any]) -> None:
    """Where ethnicity is not known the sex may be: the intersection of both must not take it off the page."""
    from impact.report.view.parts import Numbering
    from impact.report.view.topics.periods import make_periods

    made = make_periods(findings, Numbering())

    assert made is not None
    for label in ("Ethnicity", "Sex", "Age", "Rank or grade", "Employment"):
        assert any(f"by {label}." in figure.caption for figure in made.figures), label


def test_within_units_the_disparity_is_what_it_is_overall(findings: dict[str, Any]) -> None:
    """T12: units were drawn without looking at anybody, so nothing is explained by them."""
    (row,) = [
        row
        for row in findings["tables"]["stratified"]
        if row["group"] == {"ethnicity": "Black"}
        and row["metric"] == "selection_rate"
        and row["comparator"]["kind"] == "not_sharing"
    ]

    assert row["pooled_ratio"]["value"] == pytest.approx(row["crude_ratio"]["value"], rel=0.01)


@pytest.mark.parametrize("group", [{"ethnicity": "Black"}, {"sex": "Female"}], ids=["Black", "Female"])
@pytest.mark.parametrize("metric", ["selection_rate", "ppv"])
def test_what_was_planted_reaches_the_findings_with_its_direction(
    findings: dict[str, Any], group: Group, metric: str
) -> None:
    found = [
        item
        for item in findings["findings"]
        if item["group"] == group
        and item["metric"]["key"] == metric
        and item["comparator"]["kind"] == "not_sharing"
        and item["verdict"] == "disparity_shown"
    ]

    assert len(found) == 1
    assert found[0]["role"] == "primary"
    assert found[0]["severity"] in ("high", "medium", "low")


@pytest.mark.parametrize("metric", ["fpr", "tpr", "fnr", "for"])
def test_what_nobody_looked_into_is_not_a_number(findings: dict[str, Any], metric: str) -> None:
    rows = [row for row in findings["tables"]["rates"] if row["metric"] == metric]

    assert rows
    assert {row["reason"] for row in rows} == {"outcome_not_observed"}
    assert {row["value"] for row in rows} == {None}


def test_people_whose_ethnicity_is_not_stated_keep_a_row_of_their_own(findings: dict[str, Any]) -> None:
    (row,) = [row for row in findings["tables"]["groups"] if row["group"] == {"ethnicity": "Not stated"}]

    assert row["n"] == 2660  # 45,000 less the 42,340 of T1
    assert row["unknown"] is True
