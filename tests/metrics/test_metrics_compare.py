"""Scorers of the same rows, from rows to the printed page. Expected values by hand, from publications, or by other
libraries on the rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate
from sklearn.metrics import accuracy_score, precision_score
from statsmodels.stats.contingency_tables import cochrans_q, mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.counting.count import Counted
from impact.metrics.statistics.paired import (
    difference_in_disparity,
    paired_difference,
    ppv_difference,
    sum_of_disparities,
)
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.checks import Check
from impact.metrics.tables.singles import BY
from impact.metrics.tools.compare import compare_pair, compare_within
from impact.metrics.tools.compare_words import comparison_lines
from impact.metrics.tools.merge import Body, merge
from impact.report.view.parts import Numbering
from impact.report.view.topics.scorers import make_scorers
from impact.settings import Settings

B = {"name": "b", "yes": ["yes"], "no": ["no"], "label": "Supplier B"}
C = {"from": "s", "threshold": 0.7, "label": "Supplier C"}


def plan(**more: Any) -> audit.AuditPlan:
    columns: dict[str, Any] = {
        "decision": {
            "name": "a",
            "yes": [1],
            "no": [0],
            "effect": "burden",
            "label": "flagged",
            "scorer": "Supplier A",
        },
        "outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld"},
        "also": {"zed": B},
        **more.pop("columns", {}),
    }
    return audit.plan_of(
        {
            "version": 1,
            "title": "Two suppliers",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": columns,
            "groups": {"sex": {"name": "sex", "unknown_values": ["?"]}},
            "plan": {"primary": ["fpr"]},
            **more,
        }
    )


THREE = {"also": {"zed": B, "cut": C}}


def people(size: int = 3_000, *, missing: int = 40) -> pd.DataFrame:
    """Two suppliers whose decisions go together, and a score of 32 bits with people without one."""
    rng = np.random.default_rng(11)
    risk = rng.normal(0, 1, size)
    y = (risk + rng.normal(0, 1, size) > 0.8).astype(int)
    sex = rng.choice(["F", "M", "?"], size, p=[0.3, 0.65, 0.05])
    a = (risk + rng.normal(0, 0.6, size) + 0.5 * (sex == "F") > 0.9).astype(int)
    b = np.where(risk + rng.normal(0, 0.5, size) > 0.9, "yes", "no").astype(object)
    s = np.round(1 / (1 + np.exp(-risk - rng.normal(0, 0.5, size))), 2).astype("float32")
    b[:missing], s[missing : 2 * missing] = None, np.nan
    return pd.DataFrame({"sex": sex, "y": y, "a": a, "b": b, "s": s})


def counted(frame: Any, made: audit.AuditPlan) -> Counted:
    return audit.count_frame(made, frame)


def tables(frame: Any, made: audit.AuditPlan) -> dict[str, list[dict[str, Any]]]:
    held = counted(frame, made)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(result.to_json(created="", tool_version="")))[
        "tables"
    ]
    return found


def rows_of(groups: dict[str, dict[int, tuple[int, int, int, int]]]) -> pd.DataFrame:
    """People from counts: group -> outcome -> both yes, only A, only B, neither."""
    parts = []
    for group, outcomes in groups.items():
        for y, (both, first, second, neither) in outcomes.items():
            for n, a, b in ((both, 1, "yes"), (first, 1, "no"), (second, 0, "yes"), (neither, 0, "no")):
                parts.append(pd.DataFrame({"sex": [group] * n, "y": y, "a": a, "b": b}))
    return pd.concat(parts, ignore_index=True)


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


# --- the count ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", [lambda f: f, pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), pa.table])
def test_joint_counts_are_those_of_the_rows_on_every_engine(engine: Any) -> None:
    frame = people()
    codes = frame.assign(
        zed=frame["b"].map({"yes": 1, "no": 0}).fillna(-1).astype(int),
        cut=np.where(frame["s"].isna(), -1, (frame["s"] >= np.float32(0.7)).astype(int)),
    )
    wanted = codes.groupby(["sex", "y", "a", "zed", "cut"]).size()

    table = counted(engine(frame), plan(columns=THREE)).aggregates["joint"]

    assert list(table.keys) == ["grouping", "level", "outcome", "decision", "zed", "cut"]
    found = list(zip(*(column.tolist() for column in (*table.keys.values(), table.measures["n"])), strict=True))
    assert {row[1:-1]: row[-1] for row in found if row[0] == "sex"} == wanted.to_dict()
    everybody = codes.groupby(["y", "a", "zed", "cut"]).size()
    assert {row[2:-1]: row[-1] for row in found if row[0] == ""} == everybody.to_dict()
    assert Aggregate.from_parquet(table.to_parquet()) == table


def test_values_of_another_scorer_that_the_plan_does_not_map_are_faults() -> None:
    frame = people().assign(a=[2] + [1] * 2_999)
    frame["b"] = frame["b"].replace({"no": "No"})
    frame.loc[0, "b"] = "perhaps"
    frame["s"] = frame["s"].astype(str).replace({"0.5": "5%"})

    with pytest.raises(MetricError) as caught:
        counted(frame, plan(columns=THREE))

    assert sorted(fault.code for fault in caught.value.faults) == ["D16", "D31", "D31", "D32"]
    assert any("“b” has 1 value that the plan does not map: “perhaps”" in fault.found for fault in caught.value.faults)


def test_a_fraction_is_never_rounded_to_a_decision() -> None:
    frame = people().assign(b=0.5)

    with pytest.raises(MetricError) as caught:
        counted(frame, plan(columns={"also": {"zed": {**B, "yes": [1], "no": [0]}}}))

    assert [fault.code for fault in caught.value.faults] == ["D83"]


def test_scorers_that_share_few_cases_or_never_differ_are_remarked_upon() -> None:
    frame = people(missing=0)
    frame["b"] = np.where(frame["a"] == 1, "yes", "no")

    alike = {check.code for check in counted(frame, plan()).checks}
    frame.loc[:200, "b"] = None
    apart = {check.code for check in counted(frame, plan()).checks}

    assert "D111" in alike
    assert "D110" not in alike
    assert "D110" in apart


# --- the plan ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("also", "code"),
    [
        ({"sex": B}, "E112"),
        ({"decision": B}, "E112"),
        ({"zed": {**B, "label": "Supplier A"}}, "E119"),
        ({"zed": {**B, "name": "a"}}, "E115"),
        ({"zed": B, "two": B | {"label": "C"}}, "E115"),
        ({"zed": {**B, "name": "sex"}}, "E115"),
        ({"zed": {"label": "C"}}, "E110"),
        ({"zed": {"label": "C", "from": "s"}}, "E110"),
        ({"zed": {**B, "no": ["yes"]}}, "E113"),
        ({"zed": {**B, "overlap": {"least": 1.5, "reason": "r"}}}, "E119"),
        ({"zed": {**B, "overlap": {"least": 0.5}}}, "E119"),
        ({f"k{n}": {**C, "label": f"S{n}", "threshold": n / 10} for n in range(6)}, "E119"),
    ],
)
def test_scorers_that_make_no_sense_are_refused(also: dict[str, Any], code: str) -> None:
    with pytest.raises(MetricError) as caught:
        plan(columns={"also": also})

    assert {fault.code for fault in caught.value.faults} == {code}


def test_the_scorer_of_the_decision_needs_a_name_beside_others() -> None:
    decision = {"name": "a", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}

    with pytest.raises(MetricError) as caught:
        plan(columns={"decision": decision})

    assert [fault.code for fault in caught.value.faults] == ["E110"]


def test_one_score_may_be_cut_at_several_thresholds() -> None:
    made = plan(columns={"also": {"low": {**C, "label": "low", "threshold": 0.5}, "high": {**C, "label": "high"}}})

    table = counted(people(missing=0), made).aggregates["joint"]

    assert not ((table.keys["high"] == 1) & (table.keys["low"] == 0)).any()


def test_plans_without_other_scorers_are_the_plans_they_were() -> None:
    decision = {"name": "a", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}

    columns = plan(columns={"decision": decision, "also": {}}).to_json()["columns"]

    assert "also" not in columns
    assert "scorer" not in columns["decision"]


# --- the figures -------------------------------------------------------------------------------------------------


def test_rates_are_those_of_fairlearn_on_cases_that_both_decided() -> None:
    frame = people()
    both = frame[frame["b"].notna()]
    metrics = {"selection_rate": selection_rate, "fpr": false_positive_rate, "fnr": false_negative_rate}
    metrics |= {"accuracy": accuracy_score, "ppv": precision_score}

    rows = tables(frame, plan())["scorers"]

    for name, decided in (("first", both["a"]), ("second", (both["b"] == "yes").astype(int))):
        theirs = MetricFrame(metrics=metrics, y_true=both["y"], y_pred=decided, sensitive_features=both["sex"])
        for key in metrics:
            overall = one(rows, group={}, metric=key)
            assert overall[f"{name}_rate"]["value"] == pytest.approx(theirs.overall[key], abs=1e-12)
            for group in ("F", "M", "?"):
                row = one(rows, group={"sex": group}, metric=key)
                assert row[f"{name}_rate"]["value"] == pytest.approx(theirs.by_group[key][group], abs=1e-12)
                difference = row["first_rate"]["value"] - row["second_rate"]["value"]
                assert row["difference"]["value"] == pytest.approx(difference, abs=1e-12)


def test_disagreements_go_through_mcnemar_and_method_10() -> None:
    """R package contingencytables (Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables,
    chapter 8: Cavo et al. 2012) prints -0.0621 (-0.1186 to -0.0046) for 59, 6, 16, 80."""
    frame = rows_of({"F": {0: (59, 6, 16, 80), 1: (5, 5, 5, 5)}, "M": {0: (10, 3, 2, 9), 1: (5, 5, 5, 5)}})

    row = one(tables(frame, plan())["scorers"], group={"sex": "F"}, metric="fpr")

    assert [row[key] for key in ("both", "only_first", "only_second", "neither")] == [59, 6, 16, 80]
    assert row["p"] == pytest.approx(mcnemar([[59, 6], [16, 80]], exact=True).pvalue, abs=1e-12)
    assert [row["difference"]["value"], *row["difference"]["ci"]] == pytest.approx(
        [-0.0621, -0.1186, -0.0046], abs=5e-5
    )


def test_paired_interval_of_a_textbook() -> None:
    """Altman, Machin, Bryant and Gardner 2000, Statistics with Confidence, table 6.2: 0.12 (0.01 to 0.23)."""
    found = paired_difference((14, 5, 0, 22)).difference

    assert (found.value, found.low, found.high) == pytest.approx((0.12, 0.01, 0.23), abs=0.005)


def test_missed_cases_count_those_with_a_no() -> None:
    frame = rows_of({"F": {0: (5, 5, 5, 5), 1: (80, 16, 6, 59)}, "M": {0: (5, 5, 5, 5), 1: (1, 1, 1, 1)}})

    found = tables(frame, plan())["scorers"]
    row = one(found, group={"sex": "F"}, metric="fnr")

    # Both missed the 59 with two noes; only A missed the 6 that only B flagged.
    assert [row[key] for key in ("both", "only_first", "only_second", "neither")] == [59, 6, 16, 80]
    right = one(found, group={"sex": "F"}, metric="accuracy")
    assert [right[key] for key in ("both", "only_first", "only_second", "neither")] == [80 + 5, 16 + 5, 6 + 5, 59 + 5]


def test_difference_in_disparity_of_the_design() -> None:
    # design/metrics/prototypes.md, section 5: worked there by an independent program.
    wrongly = {"F": {0: (24, 20, 8, 148), 1: (3, 3, 3, 3)}, "M": {0: (24, 16, 12, 348), 1: (3, 3, 3, 3)}}

    row = one(tables(rows_of(wrongly), plan())["scorer_gaps"], group={"sex": "F"}, metric="fpr")

    assert row["first_gap"]["value"] == pytest.approx(44 / 200 - 40 / 400)
    low, high = confint_proportions_2indep(44, 200, 40, 400, method="newcomb")
    assert row["first_gap"]["ci"] == pytest.approx([low, high], abs=1e-9)
    assert row["second_gap"]["value"] == pytest.approx(32 / 200 - 36 / 400)
    found = [row["difference"]["value"], *row["difference"]["ci"]]
    assert found == pytest.approx([0.05, -0.00919, 0.10995], abs=5e-6)
    assert row["smaller"] is None


def test_large_counts_give_the_interval_of_the_normal_approximation() -> None:
    """Of independent differences (b-c)/n the variances (b+c-(b-c)²/n)/n² add up."""
    group, reference = (24_000, 20_000, 8_000, 148_000), (24_000, 16_000, 12_000, 348_000)

    def variance(table: tuple[int, ...], sign: int) -> float:
        both, first, second, _ = table
        n = sum(table)
        # Per case x = [A] - [B], or [A] + [B]: second moment less the squared mean.
        mean = (first + sign * second + (1 + sign) * both) / n
        return float(((first + second + (1 + sign) ** 2 * both) / n - mean**2) / n)

    for made, sign in ((difference_in_disparity, -1), (sum_of_disparities, 1)):
        found = made(group, reference)
        half = 1.959964 * (variance(group, sign) + variance(reference, sign)) ** 0.5
        assert found.value is not None
        assert found.high == pytest.approx(found.value + half, abs=0.01 * half)
        assert found.low == pytest.approx(found.value - half, abs=0.01 * half)


def test_a_gap_on_the_other_side_is_not_a_smaller_one() -> None:
    """A wrongly flags 20% of F and 10% of M, B 4% and 14%: the gap moves from +10 to -10 points, and is as large."""
    swapped = {"F": {0: (40, 360, 40, 1560), 1: (9, 9, 9, 9)}, "M": {0: (100, 100, 180, 1620), 1: (9, 9, 9, 9)}}
    smaller = {"F": {0: (200, 200, 40, 1560), 1: (9, 9, 9, 9)}, "M": {0: (100, 100, 100, 1700), 1: (9, 9, 9, 9)}}

    moved = one(tables(rows_of(swapped), plan())["scorer_gaps"], group={"sex": "F"}, metric="fpr")
    shrunk = one(tables(rows_of(smaller), plan())["scorer_gaps"], group={"sex": "F"}, metric="fpr")

    assert moved["difference"]["ci"][0] > 0.1
    assert moved["smaller"] is None
    assert shrunk["smaller"] == "second"  # +10 points with A, +2 with B


def test_hit_rates_agree_with_a_bootstrap_of_rows() -> None:
    frame = people(missing=0)
    a, b, y = frame["a"].to_numpy(), (frame["b"] == "yes").to_numpy(), frame["y"].to_numpy()
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(1_500):
        i = rng.integers(0, len(y), len(y))
        drawn.append(y[i][a[i] == 1].mean() - y[i][b[i]].mean())

    row = one(tables(frame, plan())["scorers"], group={}, metric="ppv")

    assert row["difference"]["value"] == pytest.approx(y[a == 1].mean() - y[b].mean(), abs=1e-12)
    assert row["difference"]["ci"] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.004)
    assert row["p"] is None


def test_hit_rates_of_few_flagged_cases_have_no_interval() -> None:
    frame = rows_of({"F": {0: (8, 6, 6, 400), 1: (8, 6, 6, 20)}, "M": {0: (80, 60, 60, 400), 1: (80, 60, 60, 20)}})

    rows = tables(frame, plan())["scorers"]
    few, many = (one(rows, group={"sex": sex}, metric="ppv")["difference"] for sex in "FM")

    assert (few["ci"], few["reason"], few["value"]) == (None, "too_few_cases", 0)  # 40 flagged by either; 60 are needed
    assert many["reason"] is None
    assert ppv_difference([[[0, 0], [0, 5]], [[0, 0], [5, 0]]]).value == pytest.approx(5 / 10 - 0 / 5)


@pytest.mark.parametrize(("n_group", "n_others"), [(60, 600), (1_000, 4_000)])
def test_difference_and_sum_of_disparities_cover_the_truth(n_group: int, n_others: int) -> None:
    """1,000 tables with known shares of both, only A, only B, neither; three standard errors are .02."""
    rng, here, there = np.random.default_rng(3), (0.12, 0.10, 0.04, 0.74), (0.06, 0.04, 0.03, 0.87)
    difference = (here[1] - here[2]) - (there[1] - there[2])
    total = (2 * here[0] + here[1] + here[2]) - (2 * there[0] + there[1] + there[2])
    covered = np.zeros(2)

    for _ in range(1_000):
        drawn = rng.multinomial(n_group, here), rng.multinomial(n_others, there)
        for place, (made, truth) in enumerate(((difference_in_disparity, difference), (sum_of_disparities, total))):
            low, high = made(*drawn).interval or (0, 0)
            covered[place] += low <= truth <= high

    assert ((covered > 925) & (covered < 985)).all()


def test_intervals_of_hit_rates_cover_the_truth() -> None:
    rng = np.random.default_rng(4)
    shares = np.array([0.60, 0.03, 0.05, 0.04, 0.08, 0.03, 0.04, 0.13])
    cube = shares.reshape(2, 2, 2)
    truth = cube[1, 1].sum() / cube[:, 1].sum() - cube[1, :, 1].sum() / cube[:, :, 1].sum()
    covered = 0

    for _ in range(300):
        found = ppv_difference(rng.multinomial(600, shares).reshape(2, 2, 2), draws=2_000)
        low, high = found.interval or (0, 0)
        covered += low <= truth <= high

    assert 0.92 < covered / 300 < 0.99


def test_cochrans_q_is_that_of_the_rows() -> None:
    frame = people()
    decided = frame.dropna()
    chosen = decided[(decided["y"] == 0) & (decided["sex"] == "F")]
    theirs = cochrans_q(
        np.column_stack([chosen["a"], chosen["b"] == "yes", chosen["s"] >= np.float32(0.7)]).astype(int)
    )

    rows = tables(frame, plan(columns=THREE))["scorer_tests"]
    row = one(rows, group={"sex": "F"}, metric="fpr")

    assert (row["statistic"], row["p"]) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    assert (row["n"], row["degrees"], row["few"]) == (len(chosen), 2, False)
    assert tables(frame, plan())["scorer_tests"] == []


# --- the verdict -------------------------------------------------------------------------------------------------

FEWER_WITH_B = (10, 60, 10, 400)
FEWER_WITH_A = (10, 10, 60, 400)
UNCLEAR = (10, 12, 10, 400)
REST = {1: (9, 9, 9, 9)}


@pytest.mark.parametrize(
    ("f", "m", "verdict", "words"),
    [
        (FEWER_WITH_B, FEWER_WITH_B, "second", "lower with Supplier B than with Supplier A in every group of sex"),
        (FEWER_WITH_A, FEWER_WITH_A, "first", "lower with Supplier A than with Supplier B in every group of sex"),
        (FEWER_WITH_B, FEWER_WITH_A, "neither", "neither is lower in every group of sex"),
        (FEWER_WITH_B, UNCLEAR, "cannot_tell", "Shown only: lower with Supplier B in F (95% for all together)"),
        (UNCLEAR, UNCLEAR, "cannot_tell", "Shown for no group"),
    ],
)
def test_dominance_is_said_only_where_every_group_shows_it(f: Any, m: Any, verdict: str, words: str) -> None:
    frame = rows_of({"F": {0: f, **REST}, "M": {0: m, **REST}})

    row = one(tables(frame, plan())["scorer_dominance"], metric="fpr")

    assert row["verdict"] == verdict
    assert words in row["sentence"]
    assert row["level"] == pytest.approx(0.95 ** (1 / 2))


def test_dominance_names_groups_without_cases() -> None:
    frame = rows_of({"F": {0: FEWER_WITH_B, **REST}, "M": {0: FEWER_WITH_B, **REST}, "X": {0: (0, 0, 0, 0), **REST}})

    row = one(tables(frame, plan())["scorer_dominance"], metric="fpr")

    assert "in every group of sex with cases" in row["sentence"]
    assert "No cases to compare in X." in row["sentence"]


def test_too_few_cases_in_common_are_not_compared_unless_declared() -> None:
    frame = people(missing=300)  # one case in ten
    declared = {"also": {"zed": {**B, "overlap": {"least": 0.85, "reason": "B was started a month later"}}}}

    refused, made = tables(frame, plan()), tables(frame, plan(columns=declared))

    assert one(refused["scorer_coverage"], group={})["share"] == pytest.approx(0.9)
    assert {row["difference"]["reason"] for row in refused["scorers"] + refused["scorer_gaps"]} == {"overlap_too_small"}
    assert {row["verdict"] for row in refused["scorer_dominance"]} == {"undefined"}
    assert "too few of these cases were decided by both" in refused["scorer_dominance"][0]["sentence"]
    assert one(made["scorers"], group={}, metric="fpr")["difference"]["reason"] is None


def test_a_group_with_too_few_cases_in_common_is_left_out_alone() -> None:
    frame = people(6_000, missing=0)
    lost = frame.index[frame["sex"] == "F"][:150]  # 8% of F, 2.5% of all
    frame.loc[lost, "b"] = None

    found = tables(frame, plan())

    assert one(found["scorer_coverage"], group={})["enough"]
    reasons = {row["group"].get("sex", ""): row["difference"]["reason"] for row in found["scorers"]}
    assert reasons == {"": None, "F": "overlap_too_small", "M": None, "?": None}
    assert {row["verdict"] for row in found["scorer_dominance"]} == {"undefined"}
    assert {row["difference"]["reason"] for row in found["scorer_gaps"]} == {"overlap_too_small"}  # M's comparator is F


def test_outcomes_known_only_after_a_yes_compare_selection_alone() -> None:
    outcome = {"name": "y", "yes": [1], "no": [0], "label": "upheld", "observed_when": "decision_yes"}

    found = tables(people(), plan(columns={"outcome": outcome}))

    for row in found["scorers"]:
        expected = None if row["metric"] == "selection_rate" else "outcome_not_observed"
        assert row["difference"]["reason"] == expected
    assert {row["reason"] for row in found["scorer_dominance"]} == {"outcome_not_observed"}


def test_unknown_groups_are_shown_and_in_no_comparator() -> None:
    found = tables(people(), plan())

    gaps = [row for row in found["scorer_gaps"] if row["metric"] == "fpr"]
    assert {row["group"]["sex"] for row in gaps} == {"F", "M"}
    of = {row["group"]["sex"]: row for row in gaps}
    assert of["F"]["comparator_counts"] == of["M"]["counts"]
    assert one(found["scorers"], group={"sex": "?"}, metric="fpr")["n"] > 0


def test_a_verifier_computes_the_same_from_the_attached_table() -> None:
    made = plan(columns=THREE)  # keys that canonical JSON puts into another order
    held = counted(people(), made)
    block = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")
    record = json.loads(canonical_json({"audit": block}))
    attached = {"joint": held.aggregates["joint"].to_parquet()}

    def told(record: dict[str, Any], attached: dict[str, bytes]) -> list[bool | None]:
        found = recompute(record, held.cells.to_parquet(), settings=Settings(), aggregates=attached)
        return [each.same for each in found]

    assert told(record, attached) == [True, True]
    other = json.loads(canonical_json(record))
    other["audit"]["tables"]["scorers"][0]["only_first"] += 1
    assert told(other, attached) == [True, False]
    table = held.aggregates["joint"]
    for about, keys in (
        ({"scorers": ["zed"]}, table.keys),
        ({"scorers": "zed"}, table.keys),
        ({"scorers": ["zed", "cut"]}, {**table.keys, "zed": np.where(table.keys["zed"] == 1, 5, table.keys["zed"])}),
        ({"scorers": ["zed", "cut"]}, {**table.keys, "decision": 1 - abs(table.keys["decision"])}),
        # Counts of everybody's further decisions that are not the sum of the groups' counts.
        (
            {"scorers": ["zed", "cut"]},
            {**table.keys, "zed": np.where(table.keys["grouping"] == "", 1, table.keys["zed"])},
        ),
    ):
        wrong = Aggregate.of("joint", keys, table.measures, about | BY)
        named = json.loads(canonical_json(record))
        named["audit"]["aggregates"]["joint"] = wrong.digest
        assert told(named, {"joint": wrong.to_parquet()}) == [True, False]


def test_the_report_names_scorers_groups_and_counts() -> None:
    made = plan(columns=THREE)
    held = counted(people(), made)
    block = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")

    topic = make_scorers(json.loads(json.dumps(block)), Numbering())

    assert topic is not None
    for table in topic.tables:
        assert sum(int(column.width.removeprefix("w")) for column in table.columns) == 100
        assert all(len(row) == len(table.columns) for row in table.rows)
    told = " ".join(cell for table in topic.tables for row in table.rows for cell in row)
    assert "Supplier A and Supplier B" in told
    overall = one(block["tables"]["scorers"], group={}, metric="fpr", second="zed")
    assert f"{overall['first_rate']['k']} of {overall['first_rate']['n']:,}" in told
    decision = {"name": "a", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}
    alone = plan(columns={"decision": decision, "also": {}})
    none = audit.analyse(alone, counted(people(), alone).cells).to_json(created="", tool_version="")
    assert make_scorers(json.loads(json.dumps(none)), Numbering()) is None


# --- two audits --------------------------------------------------------------------------------------------------


def body(name: str, frame: pd.DataFrame, *, files: str = "", **columns: Any) -> Body:
    made = plan(columns={"also": {}, **columns})
    held = counted(frame, made)
    found = audit.analyse(made, held.cells).to_json(created="", tool_version="")
    found["source_fingerprint"] = [{"file": "x", "digest": files, "bytes": 1}] if files else []
    return Body(name, made, held.cells, found, held.cells.to_parquet())


def second(name: str, frame: pd.DataFrame, **more: Any) -> Body:
    decision = {"name": "b", "yes": ["yes"], "no": ["no"], "effect": "burden", "label": "flagged"}
    return body(name, frame, **{"decision": {**decision, "scorer": "Supplier B"}, **more})


def test_two_audits_are_compared_as_if_independent() -> None:
    frame = people(missing=0)
    a, b = body("one", frame, files="sha256:x"), second("two", frame, files="sha256:x")
    none = frame["y"] == 0
    sides = {
        sex: [(int((none & rows & d).sum()), int((none & rows).sum())) for d in (frame["a"] == 1, frame["b"] == "yes")]
        for sex, rows in (("F", frame["sex"] == "F"), ("M", frame["sex"] == "M"), ("", frame["sex"] != ""))
    }

    found = compare_pair(a, b)

    assert found["cases"] == "same"
    assert "conservative" in found["notes"][0]
    overall = one(found["tables"]["rates"], group={}, metric="fpr")
    limits = confint_proportions_2indep(*sides[""][0], *sides[""][1], method="newcomb")
    assert overall["difference"]["ci"] == pytest.approx(list(limits), abs=1e-9)
    gap = one(found["tables"]["gaps"], group={"sex": "F"}, metric="fpr")
    ends = []
    for place in (0, 1):
        (k1, n1), (k2, n2) = sides["F"][place], sides["M"][place]
        ends.append((k1 / n1 - k2 / n2, *confint_proportions_2indep(k1, n1, k2, n2, method="newcomb")))
    (d1, l1, u1), (d2, l2, u2) = ends
    half = [np.hypot(d1 - l1, u2 - d2), np.hypot(u1 - d1, d2 - l2)]
    assert gap["difference"]["value"] == pytest.approx(d1 - d2)
    assert gap["difference"]["ci"] == pytest.approx([d1 - d2 - half[0], d1 - d2 + half[1]], abs=1e-9)
    paired = one(tables(frame, plan())["scorer_gaps"], group={"sex": "F"}, metric="fpr")["difference"]["ci"]
    assert paired[1] - paired[0] < gap["difference"]["ci"][1] - gap["difference"]["ci"][0]
    assert max(map(len, comparison_lines(found))) <= 79


def test_two_audits_that_mean_different_things_are_refused_with_every_difference() -> None:
    frame = people(missing=0)
    other = {"name": "y", "yes": [1], "no": [0], "label": "charged"}
    benefit = {"name": "b", "yes": ["yes"], "no": ["no"], "effect": "benefit", "label": "flagged"}

    with pytest.raises(MetricError) as caught:
        compare_pair(body("one", frame), second("two", frame, outcome=other, decision=benefit))

    places = {fault.where.partition(": ")[2] for fault in caught.value.faults if fault.code == "E160"}
    assert places == {"columns.decision.effect", "columns.outcome.label"}
    assert [fault.code for fault in caught.value.faults if fault.code != "E160"] == ["E161"]


def test_cases_are_never_guessed() -> None:
    frame, others = people(missing=0), people(2_000, missing=0)
    a = body("one", frame)

    with pytest.raises(MetricError, match="not known whether"):
        compare_pair(a, second("two", frame))
    with pytest.raises(MetricError, match="counts by group and outcome differ"):
        compare_pair(a, second("two", others), cases="same")
    with pytest.raises(MetricError, match="the same counts"):
        compare_pair(a, body("two", frame), cases="same")
    with pytest.raises(MetricError, match="counted from the same file"):
        compare_pair(body("one", frame, files="sha256:x"), second("two", frame, files="sha256:x"), cases="different")

    assert "belong to the cases" in compare_pair(a, second("two", others), cases="different")["notes"][0]
    assert compare_pair(a, second("two", frame), cases="same")["cases"] == "same"


def test_a_merge_adds_up_the_decision_and_says_so() -> None:
    north, south = (body(name, people(size), also={"zed": B}) for name, size in (("north", 1_000), ("south", 1_200)))

    merged = merge([north, south])

    assert merged.plan.columns.also == {}
    assert merged.cells.n == 2_200
    assert [check.code for check in merged.checks if isinstance(check, Check)] == ["D153", "D112", "D154"]


def test_within_one_audit_the_printed_figures_are_those_of_its_record() -> None:
    made = plan(columns=THREE)
    held = counted(people(), made)
    block = tables(people(), made)

    found = compare_within(made, held.cells, held.aggregates)

    assert json.loads(json.dumps(found["tables"]["scorers"])) == block["scorers"]
    lines = comparison_lines(json.loads(json.dumps(found)))
    assert max(map(len, lines)) <= 79
    assert "=== Supplier A and Supplier B" in lines
    decision = {"name": "a", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}
    alone = plan(columns={"decision": decision, "also": {}})
    with pytest.raises(MetricError, match="one scorer only"):
        compare_within(alone, held.cells, {})
