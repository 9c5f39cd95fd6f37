"""What goes wrong elsewhere and must not here: every row of the design's list (metrics/peer_pitfalls.md).

Each row shows what impact does instead, through its public functions. Where a library that is installed anyway still
does otherwise, and that is cheap to see, its value is asserted too, so that a change there is noticed. The list was
measured on named releases; these are notes for tests, not for advertising.
"""

from __future__ import annotations

import inspect
import io
import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from math import inf, log10, nan
from pathlib import Path
from typing import Any

import duckdb
import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from impact import audit
from impact.errors import Exit, MetricError
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.analysis.second_opinion import second_opinion
from impact.metrics.counting.count import count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.agreement import average_odds_difference
from impact.metrics.statistics.entropy import generalised_entropy, theil
from impact.metrics.statistics.exact_tests import fisher_mid_p
from impact.metrics.statistics.intervals import clopper_pearson, koopman, wilson
from impact.metrics.statistics.multiplicity import holm
from impact.metrics.statistics.resampling import multinomial, weighted
from impact.metrics.statistics.scores.auc import auc
from impact.metrics.statistics.scores.distance import abroca
from impact.metrics.statistics.scores.ranking import top_k
from impact.metrics.statistics.stratified import conditional_disparity
from impact.metrics.statistics.subgroups import scan
from impact.metrics.statistics.worst_gap import worst_gap
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tables.score_counts import ScoreCounts
from impact.metrics.tables.score_scale import Scale

ROWS = tuple(f"P{number:02d}" for number in range(1, 73))

NOT_REACHABLE = (
    ("P59", "consistency by nearest neighbours needs rows, and only counts are kept: no such figure is offered"),
    ("P72", "counting with Spark does not exist yet"),
)

HELD: set[str] = set()
EVERY = ("selection_rate", "base_rate", "tpr", "fpr", "fnr", "tnr", "ppv", "npv", "fdr", "for", "accuracy")


def holds(*rows: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Marks the rows that a test holds, for the comparison at the end."""
    HELD.update(rows)
    return lambda test: test


def plan(*, rules: dict[str, Any] | None = None, columns: dict[str, Any] | None = None, **changes: Any) -> AuditPlan:
    decision = {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}
    outcome = {"name": "y", "yes": [1], "no": [0], "label": "something found"}
    data: dict[str, Any] = {
        "version": 1, "title": "t", "question": "q", "pool": "everybody scored",
        "source": {"kind": "csv", "path": "d.csv"},
        "columns": {"decision": decision, "outcome": outcome} | (columns or {}),
        "groups": {"g": {"name": "g"}},
        "plan": {"primary": ["selection_rate"]} | (rules or {}),
    }  # fmt: skip
    return plan_of(data | changes)


def audited(made: AuditPlan, **columns: Any) -> AuditResult:
    return analyse(made, count_frame(made, pa.table(columns)).cells)


def compared(result: AuditResult, group: str, metric: str = "selection_rate") -> Disparity:
    (row,) = (
        row
        for row in result.disparities
        if row.comparison.group == (("g", group),)
        and row.comparison.metric == metric
        and row.comparison.reference is None
    )
    return row


def rate_of_fairlearn(result: Cells, metric: str, level: str) -> float:
    return float(audit.metric_frame(result, "g").by_group.loc[level, metric])


# --- fairlearn --------------------------------------------------------------------------------------------------------


@holds("P01")
def test_rate_without_anybody_at_risk_is_null_and_not_zero() -> None:
    made = plan(rules={"primary": ["tpr", "fnr"]})
    result = audited(made, g=list("aaaabbbb"), y=[0, 0, 0, 0, 1, 1, 0, 0], d=[0, 1, 0, 0, 1, 1, 0, 0])

    for metric in ("tpr", "fnr"):
        rate = result.rate(metric, g="a")
        assert (rate.value, rate.reason) == (None, "no_positives")
        assert compared(result, "a", metric).verdict.name == "undefined"
    assert [finding for finding in result.findings if finding.disparity.verdict.name == "disparity_shown"] == []
    assert rate_of_fairlearn(result.cells, "true_positive_rate", "a") == 0  # a difference of 1.0: a false alarm


@holds("P02")
def test_worst_gap_covers_no_gap_and_zero_of_twenty_has_width() -> None:
    rng = np.random.default_rng(7)
    covered = [worst_gap(rng.binomial(100, 0.3, 4), [100] * 4).gap.low == 0 for _ in range(400)]

    assert sum(covered) / 400 >= 0.93
    none = wilson(0, 20)
    assert none is not None
    assert none.high == pytest.approx(0.1611, abs=5e-5)


@holds("P03")
def test_empty_intersection_is_a_row_of_nobody() -> None:
    groups = {"r": {"name": "r"}, "s": {"name": "s"}}
    made = plan(groups=groups, intersections=[["r", "s"]])
    result = audited(made, r=list("aabbb"), s=list("mfmmm"), y=[1, 0, 1, 0, 1], d=[1, 0, 1, 0, 0])

    rate = result.rate("selection_rate", r="b", s="f")
    assert (rate.k, rate.n, rate.value, rate.reason) == (0, 0, None, "empty_cell")
    rows = result.to_json(created="", tool_version="")["tables"]["groups"]
    assert [row["n"] for row in rows if row["group"] == {"r": "b", "s": "f"}] == [0]


@holds("P04", "P14", "P20")
def test_ratio_with_a_zero_has_one_end_and_no_value(
    selected: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    made = make_plan(outcome=False)
    for table, low, high in (((0, 20, 5, 200), 0, 6.93), ((5, 20, 0, 200), 13.17, inf), ((5, 50, 0, 50), None, inf)):
        k1, n1, k2, n2 = table
        row = compared(analyse(made, selected({"a": (k1, n1), "b": (k2, n2)})), "a")
        assert row.ratio is not None
        value, (lower, upper) = row.ratio
        assert (value == 0) if k1 == 0 else (value is None)
        assert upper == (inf if high == inf else pytest.approx(high, abs=0.005))
        assert lower > 1 if low is None else lower == pytest.approx(low, abs=0.005)
    nobody = analyse(make_plan(), Cells.of(("g",), [Cell(("a",), 1, 0, -1, 9), Cell(("b",), 0, 0, -1, 9)]))
    assert nobody.rate("ppv", g="a").reason == "nobody_flagged"
    assert compared(nobody, "a").ratio is None or compared(nobody, "a").ratio[0] is None  # type: ignore[index]


@holds("P05")
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_people_of_unknown_group_are_counted_and_in_no_comparison(make: Any) -> None:
    made = plan()
    table = {"g": ["a", "b", "b", "a"] * 5 + [None, None], "y": [1, 0, 0, 1] * 5 + [1, 0], "d": [1, 0] * 10 + [1, 0]}
    result = analyse(made, count_frame(made, make(table)).cells)

    assert [result.rate("selection_rate", g=level).n for level in ("a", "b", MISSING)] == [10, 10, 2]
    assert result.rate("selection_rate").n == 22
    assert (compared(result, "a").side.n, compared(result, "a").other.n) == (10, 10)


@holds("P06")
@pytest.mark.parametrize(("values", "code"), [(["yes", "no"], "D31"), ([0.9, 0.2], "D83")], ids=["words", "scores"])
def test_values_without_a_meaning_stop(values: list[Any], code: str) -> None:
    with pytest.raises(MetricError) as caught:
        audited(plan(), g=["a", "b"], y=[1, 0], d=values)

    assert [fault.code for fault in caught.value.faults] == [code]
    if code == "D83":
        assert fm.selection_rate([1, 0], values) == 0  # in silence


@holds("P07", "P16")
def test_fairlearn_on_counts_equals_fairlearn_on_people() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.integers(0, 12, 30_000).astype(str), "y": rng.integers(0, 2, 30_000),
                          "d": rng.integers(0, 2, 30_000)})  # fmt: skip
    made = plan()
    cells = count_frame(made, frame).cells

    by_cells = audit.metric_frame(cells, "g").by_group
    by_people = fm.MetricFrame(
        metrics={"selection_rate": fm.selection_rate, "true_positive_rate": fm.true_positive_rate,
                 "false_positive_rate": fm.false_positive_rate},
        y_true=frame["y"], y_pred=frame["d"], sensitive_features=frame["g"],
    ).by_group  # fmt: skip

    assert len(cells.rows) == 48
    assert np.abs(by_cells.to_numpy() - by_people.to_numpy()).max() <= 1e-15


@holds("P08")
def test_every_disparity_names_whom_it_compares_with(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    result = analyse(
        make_plan(outcome=False, comparator={"also": {"g": "b"}}), selected({"a": (3, 30), "b": (5, 50), "c": (9, 40)})
    )
    tables = result.to_json(created="", tool_version="")

    kinds = [row["comparator"]["kind"] for row in tables["tables"]["disparities"]]
    assert len(kinds) == len(result.disparities)
    assert set(kinds) == {"not_sharing", "reference"}
    assert all(finding["comparator"]["kind"] for finding in tables["findings"])


@holds("P55", "P56")
def test_no_count_and_no_bootstrap_of_cells() -> None:
    cells = Cells.of(("g",), [Cell(("a",), 1, 1, -1, 120), Cell(("a",), 0, 0, -1, 80), Cell(("b",), 1, 0, -1, 100)])

    frame = audit.metric_frame(cells, "g")
    assert "count" not in frame.by_group.columns
    assert "n_boot" not in inspect.signature(audit.metric_frame).parameters
    assert "n_boot" not in inspect.getsource(sys.modules["impact.metrics.libraries"])
    # Left to itself it would give the number of cells for the number of people.
    plain = fm.MetricFrame(metrics=fm.count, y_true=[1, 0, 1], y_pred=[1, 0, 0], sensitive_features=["a", "a", "b"])
    assert plain.by_group.to_dict() == {"a": 2, "b": 1}
    assert analyse(plan(), cells).rate("selection_rate", g="a").n == 200


@holds("P57")
def test_groups_without_positives_or_negatives_show_no_disparity() -> None:
    y, d, g = [1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 1, 0], list("aabbcc")
    result = audited(plan(rules={"primary": ["tpr", "fpr"]}), g=g, y=y, d=d)

    verdicts = {row.verdict.name for row in result.disparities if row.comparison.metric in ("tpr", "fpr")}
    assert verdicts == {"undefined", "inconclusive"}
    assert fm.equalized_odds_difference(y, d, sensitive_features=g) == 1


@holds("P58")
def test_hundreds_of_groups_are_sampled_and_the_sample_is_named(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    result = analyse(make_plan(outcome=False), selected({f"g{n:04d}": (n % 7 + 1, 20) for n in range(300)}))

    started = time.perf_counter()
    opinion = second_opinion(result)

    assert opinion.status == "agrees"
    assert opinion.sampled is not None
    assert len(opinion.sampled) == 100
    assert time.perf_counter() - started < 20  # a second or two; 327 seconds were measured on rows


# --- aif360 -----------------------------------------------------------------------------------------------------------


def classification(cells: Cells, group: str) -> Any:
    from aif360.metrics import ClassificationMetric

    return ClassificationMetric(
        *audit.aif360_datasets(cells, "g", group), unprivileged_groups=[{"g": 1.0}], privileged_groups=[{"g": 0.0}]
    )


@holds("P09")
@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_hit_rate_of_nobody_flagged_is_null_on_both_sides(
    confusion: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    cells = confusion({"a": (0, 0, 10, 30), "b": (8, 4, 6, 22)})
    result = analyse(make_plan(primary=EVERY), cells)

    for metric in ("ppv", "fdr"):
        assert (result.rate(metric, g="a").value, result.rate(metric, g="a").reason) == (None, "nobody_flagged")
    theirs = classification(cells, "a")
    assert (theirs.positive_predictive_value(privileged=False), theirs.false_discovery_rate(privileged=False)) == (0, 0)


@holds("P10")
def test_entropy_is_that_of_people_and_not_of_cells(confusion: Callable[..., Cells]) -> None:
    counts = (60, 40, 20, 180)
    assert generalised_entropy(counts).value == pytest.approx(0.0859375, abs=1e-12)
    assert theil(counts).value == pytest.approx(0.1087483, abs=5e-8)
    assert generalised_entropy(counts, alpha=0).reason == "false_negatives"

    theirs = classification(confusion({"a": counts, "b": (1, 1, 1, 1)}), "a")
    both = generalised_entropy((61, 41, 21, 181)).value
    assert both is not None
    assert abs(theirs.generalized_entropy_index() - both) > 0.01  # weights are ignored


@holds("P11")
def test_conditional_disparity_is_within_strata_and_not_zero_by_construction() -> None:
    # 500 of each group, a refused at .9 and b at .1: of the refused 450 of 500 are of a, of the accepted 50 of 500.
    found = conditional_disparity([450], [500], [50], [500])

    assert found.conditional.value == pytest.approx(0.8)


@holds("P12")
def test_effect_changes_words_and_direction_and_no_number(make_plan: Callable[..., Any]) -> None:
    y = [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    d = [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]
    table = pa.table({"g": list("000000111111") * 20, "y": y * 20, "d": d * 20})
    made = {effect: make_plan(effect=effect, primary=EVERY) for effect in ("burden", "benefit")}
    found = {effect: analyse(each, count_frame(each, table).cells) for effect, each in made.items()}

    burden, benefit = found["burden"], found["benefit"]
    assert [rate.value for rate in burden.rates.values()] == [rate.value for rate in benefit.rates.values()]
    assert [row.difference for row in burden.disparities] == [row.difference for row in benefit.disparities]
    assert compared(burden, "0").direction == "worse"
    assert compared(benefit, "0").direction == "better"


@holds("P13")
def test_group_is_compared_with_everybody_known_not_to_share_it() -> None:
    result = audited(plan(), g=list("aaaabbbbcccc"), y=[1, 0] * 6, d=[1, 0, 0] * 4)

    assert [(compared(result, g).side.n, compared(result, g).other.n) for g in "abc"] == [(4, 8)] * 3


@holds("P15")
def test_library_that_cannot_be_loaded_is_one_message(
    monkeypatch: pytest.MonkeyPatch, make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    """The design let the run go on without; here it stops with status 7 unless the plan's owner says otherwise, which
    the report prints."""
    result = analyse(make_plan(outcome=False), selected({"a": (3, 30), "b": (5, 50)}))
    monkeypatch.setitem(sys.modules, "aif360", None)
    monkeypatch.setitem(sys.modules, "aif360.datasets", None)

    with pytest.raises(MetricError) as caught:
        second_opinion(result)

    assert [fault.code for fault in caught.value.faults] == ["M111"]
    assert caught.value.exit == Exit.MISSING
    assert "--without-second-opinion" in str(caught.value)


@holds("P17")
def test_libraries_are_loaded_late_and_leave_logging_alone(
    make_plan: Callable[..., Any], selected: Callable[..., Cells], capfd: pytest.CaptureFixture[str]
) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, impact.audit; print({'aif360', 'matplotlib'} & set(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    handlers, disabled = logging.getLogger().handlers[:], logging.root.manager.disable

    second_opinion(analyse(make_plan(outcome=False), selected({"a": (3, 30), "b": (5, 50)})))

    assert loaded.stdout == "set()\n"
    assert loaded.stderr == ""
    assert logging.getLogger().handlers == handlers
    assert logging.root.manager.disable == disabled
    assert capfd.readouterr().err == ""


@holds("P18")
def test_search_for_a_subset_finds_little_in_noise_and_leaves_the_random_state() -> None:
    levels = [(a, b) for a in "fm" for b in ("old", "young", "middle")]
    before = np.random.get_state()[1].tolist()
    rng = np.random.default_rng(5)
    found = [
        scan(["sex", "age"], levels, [100] * 6, rng.binomial(100, 0.3, 6), restarts=2, replicates=19, seed=seed).p
        for seed in range(4)
    ]
    yes = rng.binomial(100, [0.3, 0.3, 0.6, 0.3, 0.3, 0.3])
    one = scan(["sex", "age"], levels, [100] * 6, yes, replicates=1)
    other = scan(["sex", "age"], levels[::-1], [100] * 6, yes[::-1], replicates=1)

    assert sum(p <= 0.05 for p in found) <= 1  # one in twenty each; two or more of four happen once in 70
    assert (one.levels, one.score) == (other.levels, other.score)
    assert np.random.get_state()[1].tolist() == before
    with pytest.raises(MetricError, match="penalty below 1"):
        scan(["sex", "age"], levels, [100] * 6, yes, penalty=1e-17)


@holds("P19")
def test_two_analyses_of_one_process_do_not_share_numbers(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    made = make_plan(outcome=False)
    one, other = (analyse(made, selected({"a": (k, 30), "b": (5, 50)})) for k in (3, 9))

    assert (one.rate("selection_rate", g="a").value, other.rate("selection_rate", g="a").value) == (0.1, 0.3)
    assert second_opinion(other).status == "agrees"
    with pytest.raises(AttributeError):
        one.cells.rows = ()  # type: ignore[misc]  # that it cannot be done is what is tested


@holds("P60")
def test_groups_and_labels_may_be_text_for_the_second_opinion(repo: Path) -> None:
    decision = {"name": "d", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"}
    made = plan(columns={"decision": decision})
    result = audited(made, g=["White", "Black"] * 20, y=[1, 0, 0, 1] * 10, d=["Y", "N", "Y", "Y"] * 10)

    assert second_opinion(result).status == "agrees"
    assert "aif360[" not in (repo / "pyproject.toml").read_text(encoding="utf-8")


# --- aequitas ---------------------------------------------------------------------------------------------------------


@holds("P21")
def test_alpha_of_the_plan_moves_limits_and_verdicts(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    cells = selected({"a": (60, 300), "b": (42, 300)})  # score test: p = .048
    one, other = (compared(analyse(make_plan(outcome=False, alpha=alpha), cells), "a") for alpha in (0.1, 0.01))
    assert one.difference is not None
    assert other.difference is not None

    assert one.difference[0] == other.difference[0]
    assert other.difference[1][0] < 0 < one.difference[1][0]
    assert (one.verdict.name, other.verdict.name) == ("disparity_shown", "inconclusive")


@holds("P22")
@pytest.mark.parametrize("order", [1, -1], ids=["as filed", "reversed"])
def test_ties_at_the_cut_are_a_range_in_any_order_of_rows(order: int) -> None:
    score = {"name": "s", "higher_means": "more likely"}
    made = plan(columns={"score": score}, rules={"thresholds": [0.5]})
    table = {"g": list("aaabbb"), "s": [0.2, 0.5, 0.5, 0.5, 0.5, 0.9], "y": [0, 1, 0, 1, 0, 1], "d": [0, 1, 0, 1, 0, 1]}
    counted = count_frame(made, pa.table({name: values[::order] for name, values in table.items()}))
    held = ScoreCounts(counted.aggregates["scores"]).by_group("g")

    found = top_k(held.positives, held.negatives, k=3)

    # The best is of b; of the four tied at .5 two are taken: none, one or both of a's.
    assert [(group.selected.low, group.selected.high) for group in found] == [(0, 2), (1, 3)]
    assert "D21" in [check.code for check in counted.checks]


@holds("P23")
def test_no_verdict_over_everything_and_intersections_are_there() -> None:
    made = plan(groups={"g": {"name": "g"}, "h": {"name": "h"}}, intersections=[["g", "h"]])
    result = audited(made, g=list("aabb") * 25, h=list("xyxy") * 25, y=[1, 0, 0, 1] * 25, d=[1, 1, 0, 1] * 25)
    told = result.to_json(created="", tool_version="")
    words = json.dumps([told["findings"], told["tables"], told["not_computed"]])

    assert result.rate("selection_rate", g="a", h="x").n == 25
    assert re.findall(r"\b(?:un)?fair(?:ness)?\b|\bbiased\b|\bpassed\b", words, flags=re.IGNORECASE) == []


# --- AI Verify, erroranalysis, holisticai, Veritas and others ---------------------------------------------------------


@holds("P24")
def test_rates_have_their_own_groups_denominators(
    confusion: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    result = analyse(make_plan(primary=("tpr", "fpr")), confusion({"a": (360, 90, 90, 360), "b": (40, 10, 10, 40)}))

    for g in "ab":
        assert (result.rate("tpr", g=g).value, result.rate("fpr", g=g).value) == (0.8, 0.2)
    for metric in ("tpr", "fpr"):
        row = compared(result, "b", metric)
        assert row.ratio is not None
        assert row.ratio[0] == pytest.approx(1)
        assert row.verdict.name != "disparity_shown"


@holds("P25")
def test_cells_are_named_and_never_taken_by_position(
    confusion: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    result = analyse(make_plan(primary=EVERY), confusion({"a": (30, 10, 20, 140), "b": (1, 1, 1, 1)}))

    found = [result.rate(metric, g="a").value for metric in ("fpr", "fnr", "selection_rate", "fdr", "for")]
    assert found == pytest.approx([10 / 150, 20 / 50, 40 / 200, 10 / 40, 20 / 160])


@holds("P26")
def test_area_between_curves_is_no_difference_of_areas(
    confusion: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(2)
    edges = np.linspace(-12, 14, 2_001)
    pos_one, neg_one, pos_other, neg_other = (
        np.histogram(rng.normal(mean, spread, 4_000), edges)[0] for mean, spread in ((1, 2), (0, 0.5), (1, 0.5), (0, 2))
    )

    areas = [auc(pos, neg).area.value for pos, neg in ((pos_one, neg_one), (pos_other, neg_other))]
    assert abs((areas[0] or 0) - (areas[1] or 0)) < 0.02
    assert abroca(pos_one, neg_one, pos_other, neg_other).value == pytest.approx(0.30, abs=0.02)
    # Precision .75 and recall .60 of class 1, each under its own name: TP, FP, FN, TN = 6, 2, 4, 8.
    result = analyse(make_plan(primary=EVERY), confusion({"a": (6, 2, 4, 8), "b": (1, 1, 1, 1)}))
    assert (result.rate("ppv", g="a").value, result.rate("tpr", g="a").value) == (0.75, 0.6)


@holds("P27")
def test_swapping_group_and_comparator_turns_the_ratio_over(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    result = analyse(make_plan(outcome=False), selected({"a": (60, 300), "b": (30, 250)}))
    one, other = compared(result, "a").ratio, compared(result, "b").ratio
    assert one is not None
    assert other is not None

    assert one[0] == pytest.approx(0.2 / 0.12)
    assert (other[0], *other[1]) == pytest.approx((1 / (one[0] or nan), 1 / one[1][1], 1 / one[1][0]), rel=1e-9)


@holds("P28")
def test_group_that_disappears_stays_a_row_and_moves_no_other(
    make_plan: Callable[..., Any], selected: Callable[..., Cells]
) -> None:
    made = make_plan(outcome=False, values=("a", "b", "c"))
    whole = {"a": (6, 30), "b": (5, 50), "c": (9, 40)}
    before, after = (analyse(made, selected({g: whole[g] for g in kept})) for kept in ("abc", "ac"))

    for g in "ac":
        assert after.rate("selection_rate", g=g) == before.rate("selection_rate", g=g)
    gone = after.rate("selection_rate", g="b")
    assert (gone.n, gone.value, gone.reason) == (0, None, "empty_cell")
    assert compared(after, "b").verdict.name == "undefined"


@holds("P29")
def test_opposite_errors_are_two_findings_and_do_not_cancel(
    confusion: Callable[..., Cells], make_plan: Callable[..., Any]
) -> None:
    one, other = (40, 10, 10, 40), (20, 25, 30, 25)
    result = analyse(make_plan(primary=("tpr", "fpr")), confusion({"a": one, "b": other}))

    assert average_odds_difference(one, other).value == pytest.approx(0.05)
    assert first(compared(result, "a", "tpr").difference) == pytest.approx(0.4)
    assert first(compared(result, "a", "fpr").difference) == pytest.approx(-0.3)
    assert {compared(result, "a", metric).verdict.name for metric in ("tpr", "fpr")} == {"disparity_shown"}


def first(pair: Any) -> float:
    assert pair is not None
    return float(pair[0])


# --- statsmodels and scipy --------------------------------------------------------------------------------------------


def calls(repo: Path, name: str) -> Iterator[str]:
    """Where the program calls a function of this name: the text of the call's arguments."""
    for path in sorted((repo / "impact").rglob("*.py")):
        for found in re.finditer(rf"\b{name}\(((?:[^()]|\([^()]*\))*)\)", path.read_text(encoding="utf-8")):
            yield found.group(1)


@holds("P30")
def test_intervals_of_statsmodels_are_never_asked_for_without_a_method(repo: Path) -> None:
    for name in ("proportion_confint", "confint_proportions_2indep"):
        assert [call for call in calls(repo, name) if "method=" not in call] == []


@holds("P31")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ratio_limits_at_zero_and_full_cells() -> None:
    # metrics/prototypes.md, section 3 (brute-force constrained maximum).
    for table, low, high in (
        ((0, 20, 200, 200), 0, 0.16113),
        ((1, 1, 0, 1), 0.52064, inf),
        ((20, 20, 200, 200), 0.83887, 1.01921),
    ):
        found = koopman(*table)
        assert found is not None
        assert found.low == pytest.approx(low, rel=1e-4)
        assert (found.high if found.high is not None else inf) == pytest.approx(high, rel=1e-4)
    with pytest.raises((ValueError, ZeroDivisionError)):
        confint_proportions_2indep(0, 20, 5, 200, method="score", compare="diff")


@holds("P32")
def test_exact_limit_at_a_tiny_level() -> None:
    found = clopper_pearson(0, 500, level=1 - 1e-6)

    assert found is not None
    assert found.high == pytest.approx(1 - 0.5e-6 ** (1 / 500))


@holds("P33")
def test_ends_are_exact_and_nobody_is_no_interval() -> None:
    full, none = wilson(20, 20), wilson(0, 20)
    assert full is not None
    assert none is not None

    assert (none.low, full.high) == (0.0, 1.0)
    assert wilson(0, 0) is None


@holds("P34")
def test_equivalence_is_read_off_the_interval(make_plan: Callable[..., Any], selected: Callable[..., Cells]) -> None:
    made = make_plan(outcome=False, margin=("ratio", 1.25))

    row = compared(analyse(made, selected({"a": (5_000, 50_000), "b": (5_010, 50_000)})), "a")

    assert row.verdict.name == "equivalence_shown"
    assert row.ratio is not None
    assert 1 / 1.25 < row.ratio[1][0] < row.ratio[1][1] < 1.25


@holds("P35")
def test_large_tables_take_no_time(make_plan: Callable[..., Any], selected: Callable[..., Cells], repo: Path) -> None:
    started = time.perf_counter()
    p = fisher_mid_p(7, 24_000, 0, 12_000)
    row = compared(analyse(make_plan(outcome=False), selected({"a": (7, 24_000), "b": (0, 12_000)})), "a")

    assert time.perf_counter() - started < 5  # milliseconds; Barnard's test was killed for lack of memory
    assert p is not None
    assert row.test is not None
    assert 0.01 < p < 0.1
    assert [*calls(repo, "barnard_exact"), *calls(repo, "boschloo_exact")] == []


@holds("P36")
def test_confusion_matrix_of_scikit_learn_is_never_used(repo: Path) -> None:
    assert list(calls(repo, "confusion_matrix")) == []


@holds("P54")
@pytest.mark.parametrize("table", [(4, 50, 50, 500), (8, 100, 10, 100), (12, 50, 150, 500)])
def test_exactly_four_fifths_is_not_below(table: tuple[int, int, int, int], selected: Callable[..., Cells]) -> None:
    k1, n1, k2, n2 = table
    decision = {"name": "d", "yes": [1], "no": [0], "effect": "benefit", "label": "hired"}
    made = plan(columns={"decision": decision}, rules={"standard": "eeoc-four-fifths"})
    rows = analyse(made, selected({"a": (k1, n1), "b": (k2, n2)})).to_json(created="", tool_version="")

    (screen,) = (row for row in rows["tables"]["screens"] if row["group"] == {"g": "a"})
    assert screen["below"] is False
    if table == (4, 50, 50, 500):
        assert (k1 / n1) / (k2 / n2) < 0.8  # in floating point


@holds("P61")
def test_comparison_without_a_p_value_takes_no_part_in_the_correction() -> None:
    ours = holm([log10(0.01), log10(0.02)], 2)

    assert [10**p for p in ours] == pytest.approx([0.02, 0.02])
    assert np.isnan(multipletests([0.01, 0.02, nan], method="fdr_bh")[1]).all()


@holds("P62")
def test_resampling_of_billions() -> None:
    found = multinomial([2_000_000_000, 3_000_000_000], lambda x: x[:, 0] / x.sum(axis=1), draws=200)

    assert found.value == pytest.approx(0.4)
    assert (found.high or 0) - (found.low or 0) < 1e-4


# --- reading CSV ------------------------------------------------------------------------------------------------------

READ: dict[str, tuple[tuple[str, ...], bytes, str, str]] = {
    # Rows, bytes, the group column, the code that stops it.
    "empty": (("P37",), b"", "g", "D01"),
    "ragged": (("P38",), b"id,y,d\n1,1,1\n2,0\n3,1,0,extra\n", "id", "D09"),
    "quote": (("P39",), b'id,note,d\n1,"unterminated,1\n2,ok,0\n', "id", "D10"),
    "word after many numbers": (("P41",), b"g,d\n" + b"a,1\nb,0\n" * 12_500 + b"x,yes\n", "g", "D31"),
    "semicolons": (("P48",), b"id;d;score\n1;1;0,5\n", "id", "D08"),
    "one name twice": (("P50",), b"id,d,d\n1,1,0\n", "id", "D04"),
    "zero bytes": (("P51",), b"id,d\n1,1\x00\n", "id", "D12"),
    "UTF-16": (("P52",), "id,d\n1,1\n".encode("utf-16"), "id", "D06"),
    "Windows-1252": (("P52",), b"eth,d\nCaf\xe9,0\n", "eth", "D07"),
}  # fmt: skip
HELD.update(*(rows for rows, *_ in READ.values()))


@pytest.mark.parametrize("case", READ)
def test_what_readers_pass_over_is_refused(tmp_path: Path, case: str) -> None:
    _, content, group, code = READ[case]
    (tmp_path / "d.csv").write_bytes(content)
    made = plan(columns={"outcome": None}, groups={"g": {"name": group}})

    with pytest.raises(MetricError) as caught:
        count(made, base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == [code]


SCORED = {"decision": {"from": "score", "threshold": 0.5, "effect": "burden", "label": "flagged"}, "outcome": None}
SCORES: dict[str, tuple[tuple[str, ...], bytes, str]] = {
    "infinite": (("P43",), b"g,score\na,0.4\nb,inf\n", "D18"),
    "beyond a double": (("P49",), b"g,score\na,0.4\nb,1e400\n", "D18"),
    "percent": (("P53",), b"g,score\na,85%\nb,12%\n", "D16"),
}
HELD.update(*(rows for rows, *_ in SCORES.values()))


@pytest.mark.parametrize("case", SCORES)
def test_score_that_is_none_is_refused_by_itself(tmp_path: Path, case: str) -> None:
    _, content, code = SCORES[case]
    (tmp_path / "d.csv").write_bytes(content)

    with pytest.raises(MetricError) as caught:
        count(plan(columns=SCORED), base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == [code]
    if case == "beyond a double":
        assert pd.read_csv(io.BytesIO(content))["score"].iloc[1] == inf


@holds("P40")
def test_mixed_line_endings_are_read_and_said(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"g,d\r\na,1\nb,0\rb,1\r\n")

    counted = count(plan(columns={"outcome": None}), base=tmp_path)

    assert counted.cells.n == 3
    assert "D11" in [check.code for check in counted.checks]


@holds("P42", "P45")
def test_dates_are_read_in_one_way_or_not_at_all(tmp_path: Path, repo: Path) -> None:
    made = plan(columns={"outcome": None, "time": {"name": "t"}})
    (tmp_path / "d.csv").write_bytes(b"g,d,t\na,1,03/04/2024\nb,0,13/04/2024\n")
    with pytest.raises(MetricError) as ambiguous:
        count(made, base=tmp_path)
    with pytest.raises(MetricError) as zoned:
        count_frame(made, pa.table({"g": ["a", "b"], "d": [1, 0], "t": pa.array([0, 1], pa.timestamp("s", "UTC"))}))

    assert [fault.code for fault in ambiguous.value.faults] == ["D50"]
    assert [fault.code for fault in zoned.value.faults] == ["D51"]
    assert '"pytz' in (repo / "pyproject.toml").read_text(encoding="utf-8")


@holds("P44")
def test_words_for_yes_are_those_of_the_plan(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"g,d\na,TRUE\nb,false\na,Yes\n")

    with pytest.raises(MetricError, match=r"“Yes” \(1 row\).*\[D31\]"):
        count(plan(columns={"outcome": None}), base=tmp_path)


@holds("P46")
def test_words_for_nothing_stay_values(tmp_path: Path) -> None:
    content = b"g,d\nNA,1\nNone,0\n,1\nnull,0\nNA,0\n"
    (tmp_path / "d.csv").write_bytes(content)

    counted = count(plan(columns={"outcome": None}), base=tmp_path)

    assert {cell.group[0] for cell in counted.cells} == {"NA", "None", "null", MISSING}
    assert [check.code for check in counted.checks].count("D13") == 3
    assert pd.read_csv(io.BytesIO(content))["g"].isna().all()


@holds("P47")
def test_leading_zeros_stay(tmp_path: Path) -> None:
    content = b"g,d\n007,1\n7,0\n"
    (tmp_path / "d.csv").write_bytes(content)

    assert [cell.group[0] for cell in count(plan(columns={"outcome": None}), base=tmp_path).cells] == ["007", "7"]
    assert pd.read_csv(io.BytesIO(content))["g"].tolist() == [7, 7]


# --- dataframe engines ------------------------------------------------------------------------------------------------

ENGINES: dict[str, Callable[[Any], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars, lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "duckdb": lambda data: duckdb.from_arrow(pa.table(data)),
}


@holds("P63", "P64")
@pytest.mark.parametrize("engine", ENGINES)
def test_missing_score_is_on_neither_side_and_in_no_bin(engine: str) -> None:
    made = plan(columns=SCORED | {"score": {"name": "score", "higher_means": "more likely", "bins": 10}})
    counted = count_frame(made, ENGINES[engine]({"g": ["a", "b", "a", "b"], "score": [0.9, 0.1, float("nan"), 0.6]}))

    assert sorted((cell.group[0], cell.decision, cell.n) for cell in counted.cells) == [
        ("a", -1, 1), ("a", 1, 1), ("b", 0, 1), ("b", 1, 1),
    ]  # fmt: skip
    held = ScoreCounts(counted.aggregates["scores"]).by_group("g")
    assert (held.unscored.tolist(), int(held.unknown.sum())) == ([1, 0], 3)


@holds("P65")
@pytest.mark.parametrize("engine", ENGINES)
def test_fraction_is_no_decision_on_any_engine(engine: str) -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan(columns={"outcome": None}), ENGINES[engine]({"g": ["a", "b", "b"], "d": [1.0, 0.0, 0.5]}))

    assert [fault.code for fault in caught.value.faults] == ["D83"]


@holds("P66")
def test_score_at_an_edge_is_in_the_bin_above() -> None:
    scores = np.array([0.29, 0.57, 0.58])

    assert Scale(0.0, 1.0, 100, "left", (), single=False).index(scores).tolist() == [29, 57, 58]
    assert np.floor(scores * 100).astype(int).tolist() == [28, 56, 57]


@holds("P67")
@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb"])
def test_score_of_32_bits_at_the_threshold_is_above_it(engine: str) -> None:
    table = {"g": ["a", "b", "b"], "score": pa.array([0.7, 0.7, 0.2], pa.float32())}
    frame = pl.from_arrow(pa.table(table)) if engine == "polars" else ENGINES[engine](table)
    decision = {"from": "score", "threshold": 0.7, "effect": "burden", "label": "flagged"}

    counted = count_frame(plan(columns={"decision": decision, "outcome": None}), frame)

    assert {(cell.group[0], cell.decision): cell.n for cell in counted.cells} == {("a", 1): 1, ("b", 1): 1, ("b", 0): 1}
    assert "D81" in [check.code for check in counted.checks]


@holds("P68")
@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_is_lost_in_grouping(engine: str) -> None:
    table = {"g": ["a", None, "b", None], "d": [1, 0, None, 1], "y": [None, 1, 0, None]}

    assert count_frame(plan(), ENGINES[engine](table)).cells.n == 4


@holds("P69")
def test_resampled_weights_spread_as_rows_do() -> None:
    rng = np.random.default_rng(0)
    n = 3_000
    member, w = rng.random(n) < 0.3, rng.lognormal(0, 1, n)
    cells = [(int((member == m).sum()), w[member == m].sum(), (w[member == m] ** 2).sum()) for m in (False, True)]
    drawn = rng.integers(0, n, (1_000, n))
    rows = (w[drawn] * member[drawn]).sum(axis=1) / w[drawn].sum(axis=1)

    found = weighted(*np.array(cells).T, lambda x: x[:, 1] / x.sum(axis=1), draws=4_000)

    width = np.subtract(*np.quantile(rows, [0.975, 0.025]))
    assert ((found.high or 0) - (found.low or 0)) / width == pytest.approx(1, abs=0.1)
    naive = rng.multinomial(n, [each[0] / n for each in cells], 4_000) * [each[1] / each[0] for each in cells]
    assert (naive[:, 1] / naive.sum(axis=1)).std() / rows.std() < 0.65


@holds("P70")
def test_nothing_is_left_on_stderr_at_exit(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"g,d\na,1\nb,0\n")
    script = (
        "import json, sys, pathlib\nfrom impact import audit\n"
        "made = audit.plan_of(json.loads(sys.argv[1]))\n"
        "print(audit.count(made, base=pathlib.Path(sys.argv[2])).cells.n)\n"
    )
    data = plan(columns={"outcome": None}).to_json()
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(data), str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr, done.returncode) == ("2\n", "", 0)


@holds("P71")
def test_no_dependency_brings_another_spark(repo: Path) -> None:
    text = (repo / "pyproject.toml").read_text(encoding="utf-8")

    assert not re.search(r'"ibis', text)


def test_every_row_of_the_design_is_held_or_said_to_be_out_of_reach() -> None:
    out = {row for row, _ in NOT_REACHABLE}

    assert not HELD & out
    assert sorted(HELD | out) == sorted(ROWS)
    assert all(reason for _, reason in NOT_REACHABLE)
