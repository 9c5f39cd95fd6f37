"""Two scores of the same cases, classes without an order, and proxies: one plan with everything on, worked out a second
time from its rows by pandas, scipy and scikit-learn, and by placement values of every pair of rows."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import optimize, stats
from scipy.stats.contingency import association
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
)
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.analysis.topics import TABLES
from impact.metrics.plans.plan_file import load_plan
from impact.metrics.statistics.association import cramers_v, guess
from impact.metrics.statistics.classes import averages
from impact.metrics.statistics.scores.auc import paired_auc
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tools.merge import Body, merge
from impact.metrics.tools.request import request
from impact.report.view.parts import Numbering
from impact.report.view.topics.classes import make_classes
from impact.report.view.topics.proxies import make_proxies
from impact.report.view.topics.scorer_areas import make_scorer_areas
from impact.settings import Settings

KINDS = ["housing", "debt", "health"]
UNKNOWN = ["?"]
NEW = ("amounts", "classes", "joint_scores", "proxies")


def plan(**more: Any) -> audit.AuditPlan:
    yes_no = {"yes": [1], "no": [0]}
    columns: dict[str, Any] = {
        "decision": {"name": "d", **yes_no, "effect": "burden", "label": "referred", "scorer": "A"},
        "outcome": {"name": "y", **yes_no, "label": "confirmed"},
        "score": {"name": "s", "higher_means": "riskier"},
        "also": {"b": {"name": "d2", **yes_no, "label": "B", "score": {"name": "s2", "range": [0, 10]}}},
        "classes": {"predicted": "guess", "actual": "need", "values": KINDS, "label": "kind of need"},
        "amount": {
            "predicted": "p",
            "actual": "a",
            "label": "days",
            "unit": "days",
            "range": [0, 500],
            "decimals": 1,
            "tolerance": 2,
            "reason": "agreed",
        },
    }
    for role, part in more.pop("columns", {}).items():
        columns[role] = {**columns.get(role, {}), **part} if part is not None else None
    proxies = {"ward": {"name": "ward"}, "income": {"name": "income", "range": [0, 100], "bins": 200}}
    return audit.plan_of(
        {
            "version": 1,
            "title": "Everything",
            "question": "q",
            "pool": "everybody seen",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": {role: part for role, part in columns.items() if part is not None},
            "groups": {"sex": {"name": "sex", "unknown_values": UNKNOWN}, "eth": {"name": "eth"}},
            "comparator": {"also": {"eth": "W"}},
            "plan": {"primary": ["fpr"], "also": {"proxies": proxies}},
            **more,
        }
    )


def people(size: int = 1_500, seed: int = 7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M", "?"], size, p=[0.4, 0.55, 0.05]).astype(object)
    eth = rng.choice(["W", "B", "A"], size, p=[0.7, 0.18, 0.12]).astype(object)
    eth[:3], eth[3:6] = "tiny", None
    risk = 1 / (1 + np.exp(-rng.normal(0, 1.2, size) - 0.4 * (eth == "B")))
    y = (rng.random(size) < risk).astype(object)
    s = np.clip(risk + rng.normal(0, 0.1, size), 0, 1).round(2)
    s2 = np.clip(10 * risk + rng.normal(0, 2, size) + 0.8 * (sex == "F"), 0, 10).round(1)
    s2[10:20], s[18:30], y[40:60] = np.nan, np.nan, None
    kinds = np.array(KINDS, dtype=object)
    need = rng.integers(0, 3, size)
    named = np.where(rng.random(size) < np.where(eth == "B", 0.6, 0.8), need, rng.integers(0, 3, size))
    guessed, true = kinds[named], kinds[need]
    guessed[70:75], true[73:90] = None, None
    ward = np.where(rng.random(size) < 0.5, "north " + pd.Series(eth).fillna("W").str[:1], "south").astype(object)
    ward[ward == "north t"] = "south"
    ward[100:110] = None
    a = rng.gamma(3, 10, size).round(1)
    return pd.DataFrame(
        {
            "sex": sex,
            "eth": eth,
            "y": y,
            "s": s,
            "s2": s2,
            "d": (np.nan_to_num(s) > 0.6).astype(int),
            "d2": (np.nan_to_num(s2) > 6).astype(int),
            "guess": guessed,
            "need": true,
            "ward": ward,
            "income": np.clip(rng.normal(40, 9, size) - 5 * (eth == "B"), 0, 99).round(0),
            "a": a,
            "p": (a + rng.normal(0, 3, size)).clip(0).round(1),
        }
    )


@cache
def tables() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = findings(people(), plan())["tables"]
    return found


def findings(frame: Any, made: audit.AuditPlan) -> dict[str, Any]:
    held = audit.count_frame(made, frame)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return found


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def sides(frame: pd.DataFrame, key: str, value: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A group and those known not to share it."""
    known = frame[frame[key].notna() & ~frame[key].isin(UNKNOWN)]
    return frame[frame[key] == value], known[known[key] != value]


# --- two scores of the same cases --------------------------------------------------------------------------------


def placements(x: Any, y: Any) -> Any:
    """Every pair of a positive and a negative: 1 where the positive is higher, one half where they are equal."""
    return (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])


def delong(frame: pd.DataFrame) -> tuple[float, float]:
    """Difference of two areas and its variance, from every pair of rows."""
    used = frame.dropna(subset=["s", "s2", "y"])
    positive, negative = used[used["y"] == 1], used[used["y"] == 0]
    first, second = (placements(positive[c].to_numpy(), negative[c].to_numpy()) for c in ("s", "s2"))
    apart = first - second
    rows, columns = apart.mean(axis=1), apart.mean(axis=0)
    return apart.mean(), rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns)


@pytest.mark.parametrize("group", [{}, {"sex": "F"}, {"eth": "B"}])
def test_areas_are_those_of_every_pair_of_rows(group: dict[str, str]) -> None:
    frame = people()
    for key, value in group.items():
        frame = frame[frame[key] == value]
    gap, variance = delong(frame)
    used = frame.dropna(subset=["s", "s2", "y"])

    row = one(tables()["scorer_areas"], group=group)

    # 101 values of each score, and 100 bins: only 0.99 and 1 share one.
    assert row["first_area"]["value"] == pytest.approx(
        roc_auc_score(used["y"].astype(int), used["s"]), abs=row["binning"]
    )
    assert row["difference"]["value"] == pytest.approx(gap, abs=row["binning"])
    assert row["difference"]["value"] == pytest.approx(gap, abs=2e-3)
    half = 1.959964 * variance**0.5
    assert row["difference"]["ci"] == pytest.approx([gap - half, gap + half], abs=3e-3)
    assert 10 ** row["log10_p"] == pytest.approx(2 * stats.norm.sf(abs(gap) / variance**0.5), rel=0.15)
    assert (row["positives"], row["negatives"]) == ((used["y"] == 1).sum(), (used["y"] == 0).sum())
    assert row["both"] == len(frame.dropna(subset=["s", "s2"]))


def test_areas_are_exact_where_each_bin_holds_one_score() -> None:
    frame = people().assign(s=lambda f: (f["s"] * 10).round() / 10, s2=lambda f: f["s2"].round())
    made = plan(columns={"score": {"range": [0, 1.1]}})
    gap, variance = delong(frame)

    row = one(findings(frame, made)["tables"]["scorer_areas"], group={})

    assert row["binning"] == 0
    half = 1.959963985 * variance**0.5
    assert row["difference"]["value"] == pytest.approx(gap, abs=1e-12)
    assert row["difference"]["ci"] == pytest.approx([gap - half, gap + half], abs=1e-9)
    assert 10 ** row["log10_p"] == pytest.approx(2 * stats.norm.sf(abs(gap) / variance**0.5))


def test_gaps_of_areas_are_those_of_the_two_sides() -> None:
    row = one(tables()["scorer_area_gaps"], group={"eth": "B"}, comparator={"kind": "not_sharing"})
    (one_, v1), (other, v2) = (delong(side) for side in sides(people(), "eth", "B"))

    assert row["gap"]["value"] == pytest.approx(one_ - other, abs=5e-3)
    # Both intervals are symmetric, so square-and-add is the interval of independent variances.
    assert row["gap"]["ci"][1] - row["gap"]["value"] == pytest.approx(1.96 * (v1 + v2) ** 0.5, rel=0.02)


def test_too_few_cases_in_common_are_not_compared() -> None:
    frame = people().assign(s2=lambda f: f["s2"].where(f.index % 5 > 0))
    lower = {"also": {"b": {**plan().to_json()["columns"]["also"]["b"], "overlap": {"least": 0.7, "reason": "pilot"}}}}

    hidden = one(findings(frame, plan())["tables"]["scorer_areas"], group={})
    shown = one(findings(frame, plan(columns=lower))["tables"]["scorer_areas"], group={})

    assert (hidden["difference"]["value"], hidden["difference"]["reason"]) == (None, "overlap_too_small")
    assert shown["difference"]["ci"]
    after = plan(columns={"outcome": {"observed_when": "decision_yes"}})
    row = one(findings(people(), after)["tables"]["scorer_areas"], group={})
    assert row["difference"]["reason"] == row["first_area"]["reason"] == "outcome_not_observed"


def test_one_case_on_a_side_and_scores_that_never_differ_have_reasons() -> None:
    assert paired_auc([[0, 1]], [[2, 3]]).difference.reason == "one_case"
    assert paired_auc([[0, 0]], [[2, 3]]).difference.reason == "no_positives"
    assert paired_auc([[2, 0], [0, 3]], [[4, 0], [0, 1]]).difference.reason == "no_disagreement"


# --- classes without an order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [{}, {"sex": "M"}, {"eth": "B"}])
def test_classes_are_those_of_scikit_learn(group: dict[str, str]) -> None:
    frame = people()
    for key, value in group.items():
        frame = frame[frame[key] == value]
    used = frame.dropna(subset=["guess", "need"])
    true, named = used["need"], used["guess"]

    row = one(tables()["classes"], group=group)

    assert row["accuracy"]["value"] == pytest.approx(accuracy_score(true, named))
    assert row["accuracy"]["ci"] == pytest.approx(proportion_confint((true == named).sum(), len(used), method="wilson"))
    assert row["accuracy"]["value"] == pytest.approx(recall_score(true, named, average="weighted"))
    assert row["macro_recall"]["value"] == pytest.approx(recall_score(true, named, average="macro"))
    assert row["macro_precision"]["value"] == pytest.approx(precision_score(true, named, average="macro"))
    assert row["weighted_precision"]["value"] == pytest.approx(precision_score(true, named, average="weighted"))
    matrix = confusion_matrix(true, named, labels=KINDS)
    held = [each["n"] for each in tables()["class_confusion"] if each["group"] == group]
    assert held == matrix.ravel().tolist()
    recalls, precisions = (score(true, named, average=None, labels=KINDS) for score in (recall_score, precision_score))
    for kind, recall, precision in zip(KINDS, recalls, precisions, strict=True):
        each = one(tables()["class_rates"], group=group, **{"class": kind})
        assert (each["recall"]["value"], each["precision"]["value"]) == pytest.approx((recall, precision))
        wrong = ((named == kind) & (true != kind)).sum()
        assert (each["false_alarm"]["k"], each["false_alarm"]["n"]) == (wrong, (true != kind).sum())


def test_gaps_of_classes_are_those_of_the_rows() -> None:
    own, others = (side.dropna(subset=["guess", "need"]) for side in sides(people(), "sex", "F"))
    row = one(
        tables()["class_gaps"],
        group={"sex": "F"},
        comparator={"kind": "not_sharing"},
        rate="recall",
        **{"class": "debt"},
    )
    (k1, n1), (k2, n2) = (
        (((side["need"] == "debt") & (side["guess"] == "debt")).sum(), (side["need"] == "debt").sum())
        for side in (own, others)
    )

    assert (row["group_rate"]["k"], row["comparator_rate"]["n"]) == (k1, n2)
    wanted = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    assert row["difference"]["ci"] == pytest.approx(wanted)
    # Two sexes can be compared: M against F is F against M, and counts once.
    every = [each for each in tables()["class_gaps"] if each["log10_p"] is not None and each["group"] != {"sex": "M"}]
    adjusted = stats.false_discovery_control([10 ** each["log10_p"] for each in every])
    assert [10 ** each["log10_p_adjusted"] for each in every] == pytest.approx(adjusted.tolist())


def test_averages_hold_what_they_say() -> None:
    """Coverage of the three averages over classes, in 600 drawn tables of 300 people."""
    rng = np.random.default_rng(0)
    truth = np.array([[0.4, 0.1, 0.05], [0.05, 0.2, 0.05], [0.02, 0.03, 0.1]])
    recall, precision = np.diag(truth) / truth.sum(axis=1), np.diag(truth) / truth.sum(axis=0)
    wanted = [recall.mean(), precision.mean(), (truth.sum(axis=1) * precision).sum()]
    inside = np.zeros(3)
    for _ in range(600):
        found = averages(rng.multinomial(300, truth.ravel()).reshape(3, 3))
        for place, each in enumerate((found.macro_recall, found.macro_precision, found.weighted_precision)):
            assert each.interval is not None
            inside[place] += each.interval[0] <= wanted[place] <= each.interval[1]

    assert ((inside / 600 > 0.92) & (inside / 600 < 0.98)).all()


def test_a_class_that_nobody_has_leaves_no_average() -> None:
    found = averages([[5, 1, 0], [0, 0, 0], [1, 0, 4]])

    assert (found.macro_recall.value, found.macro_recall.reason) == (None, "class_without_cases")
    assert found.macro_precision.value is not None
    assert averages([[0, 0], [0, 0]]).accuracy.reason == "empty_cell"
    assert averages([[3, 0], [0, 4]]).weighted_precision.reason == "no_spread"


# --- proxies -----------------------------------------------------------------------------------------------------


def test_association_is_that_of_scipy() -> None:
    rng = np.random.default_rng(2)
    for shape in ((2, 2), (2, 4), (4, 3)):
        table = rng.integers(20, 90, shape)
        found = cramers_v(table)
        test = stats.chi2_contingency(table, correction=False)
        n, least = table.sum(), min(shape) - 1

        plain = association(table, method="cramer")
        assert found.value == pytest.approx(max(plain**2 - test.dof / (n * least), 0) ** 0.5)

        def end(share: float, chi: float = test.statistic, dof: int = test.dof) -> float:
            if stats.ncx2.cdf(chi, dof, 1e-9) <= share:
                return 0.0
            return float(optimize.brentq(lambda x: stats.ncx2.cdf(chi, dof, x) - share, 1e-9, 4 * chi + 200))

        assert found.low is not None
        assert found.high is not None
        assert found.low <= (end(0.975) / (n * least)) ** 0.5 + 1e-9
        assert found.high >= (end(0.025) / (n * least)) ** 0.5 - 1e-9


@pytest.mark.parametrize("strength", [0.0, 0.05, 0.4, 0.9])
def test_limits_of_an_association_hold_at_every_strength(strength: float) -> None:
    rng = np.random.default_rng(1)
    rows, columns = np.array([0.7, 0.2, 0.1]), np.array([0.6, 0.25, 0.15])
    independent = np.outer(rows, columns)
    truth = (1 - strength) * independent + strength * np.diag(rows)
    expected = np.outer(truth.sum(axis=1), truth.sum(axis=0))
    true = (((truth - expected) ** 2 / expected).sum() / 2) ** 0.5
    found = [cramers_v(rng.multinomial(500, truth.ravel()).reshape(3, 3)) for _ in range(400)]

    held = [each.interval for each in found if each.interval is not None]
    assert len(held) == 400
    assert sum(low <= true + 1e-12 and true <= high for low, high in held) / 400 > 0.92


def test_an_association_without_people_or_with_rare_values_has_reasons() -> None:
    assert cramers_v([[0, 0], [0, 0]]).reason == "empty_cell"
    assert cramers_v([[5, 6], [0, 0]]).reason == "one_group"
    assert cramers_v([[5], [6]]).reason == "no_spread"
    assert (cramers_v([[30, 20], [1, 2]]).interval, cramers_v([[30, 20], [1, 2]]).reason) == (None, "too_few_cases")
    # Two values with expected counts below 5 in a group are taken together: the table of the three others and one more.
    apart, together = [[90, 40, 30, 4, 2], [40, 60, 30, 4, 4]], [[90, 40, 30, 6], [40, 60, 30, 8]]
    assert cramers_v(apart) == cramers_v(together)
    # A single rare value stands with the next rarest.
    assert cramers_v([[90, 60, 40, 3], [40, 60, 60, 2]]) == cramers_v([[90, 60, 43], [40, 60, 62]])
    assert cramers_v([[400, 0], [0, 300]]).high == 1.0


def test_proxies_are_those_of_the_rows() -> None:
    frame = people()
    known = frame[~frame["sex"].isin(UNKNOWN)].dropna(subset=["ward"])
    table = pd.crosstab(known["sex"], known["ward"])
    rows = tables()["proxies"]

    whole = one(rows, proxy="ward", characteristic="sex", group={})
    test = stats.chi2_contingency(table, correction=False)
    assert whole["cramers_v"]["value"] == pytest.approx(
        max((test.statistic - test.dof) / table.to_numpy().sum(), 0) ** 0.5
    )
    knowing = int(table.max(axis=0).sum())
    assert whole["guess"] == {"n": len(known), "knowing": knowing, "blind": int(known["sex"].value_counts().max())}
    assert guess(table.to_numpy()).knowing == knowing
    assert whole["without"] == frame[~frame["sex"].isin(UNKNOWN)]["ward"].isna().sum()
    own, others = sides(frame, "eth", "B")
    area = one(rows, proxy="income", group={"eth": "B"})
    truth = np.r_[np.ones(len(own)), np.zeros(len(others))]
    wanted = roc_auc_score(truth, np.r_[own["income"], others["income"]])
    assert area["area"]["value"] == pytest.approx(wanted)  # whole numbers in bins of one half
    assert (area["n"], area["others"], area["binning"]) == (len(own), len(others), 0.0)


# --- counted, handed over, printed -------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", [pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), pa.table])
def test_every_engine_counts_the_same(engine: Any) -> None:
    frame = people()
    wanted = audit.count_frame(plan(), frame).aggregates

    found = audit.count_frame(plan(), engine(frame.replace({np.nan: None}) if engine is not pa.table else frame)).aggregates  # fmt: skip  # noqa: E501  # one call

    assert {name: found[name] for name in NEW} == {name: wanted[name] for name in NEW}
    assert all(Aggregate.from_parquet(found[name].to_parquet()) == found[name] for name in NEW)


def test_rows_that_stand_for_several_people_and_files_of_text_count_alike(tmp_path: Any) -> None:
    frame = people(400).assign(times=lambda f: f.index % 3)
    frame.to_csv(tmp_path / "people.csv", index=False)
    made = plan(
        source={"kind": "csv", "path": "people.csv"}, columns={"weight": {"name": "times", "kind": "frequency"}}
    )
    whole = frame.loc[frame.index.repeat(frame["times"])].reset_index(drop=True)

    found = audit.count(made, base=tmp_path).aggregates

    wanted = audit.count_frame(plan(), whole).aggregates
    assert {name: found[name] for name in NEW} == {name: wanted[name] for name in NEW}


def test_before_outcomes_are_read_nothing_that_turned_out_is_counted(tmp_path: Any) -> None:
    people().to_parquet(tmp_path / "people.parquet")

    found = audit.count(plan(), base=tmp_path, outcomes=False).aggregates

    assert set(NEW) & set(found) == {"proxies"}


def test_a_verifier_computes_the_same_and_refuses_the_counts_of_others() -> None:
    made = plan()
    held, other = audit.count_frame(made, people()), audit.count_frame(made, people(seed=8))
    found = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="2026-11-20", tool_version="0")
    record = {"audit": json.loads(canonical_json(found))}
    parquet = {name: table.to_parquet() for name, table in held.aggregates.items()}

    again = recompute(record, held.cells.to_parquet(), settings=Settings(), aggregates=parquet)

    assert all(each.same for each in again)
    for name in NEW:
        tables_ = {**held.aggregates, name: other.aggregates[name]}
        with pytest.raises(MetricError) as caught:
            audit.analyse(made, held.cells, aggregates=tables_).to_json(created="", tool_version="")
        assert [fault.code for fault in caught.value.faults] == ["D91"]
        table = held.aggregates[name]
        wrong = Aggregate.of(table.name, table.keys, table.measures, {})
        with pytest.raises(MetricError) as caught:
            audit.analyse(made, held.cells, aggregates={name: wrong}).to_json(created="", tool_version="")
        assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_counts_of_two_bodies_add_up_but_for_scores_of_two_scorers() -> None:
    frames, bodies = [people(seed=4), people(seed=5)], []
    for name, frame in zip("ab", frames, strict=True):
        held = audit.count_frame(plan(), frame)
        result = audit.analyse(plan(), held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")
        parsed = json.loads(canonical_json(result))
        bodies.append(Body(name, plan(), held.cells, parsed, held.cells.to_parquet(), held.aggregates))

    merged = merge(bodies)

    whole = audit.count_frame(plan(), pd.concat(frames, ignore_index=True)).aggregates
    assert merged.aggregates["classes"] == whole["classes"]
    both, parts = whole["proxies"], merged.aggregates["proxies"]
    # That each bin holds one number is known of every part, and not of all parts together.
    assert (both.about["exact"]["income"], parts.about["exact"]["income"]) == (True, False)
    assert Aggregate.of("proxies", both.keys, both.measures, parts.about) == parts
    assert not {"joint", "joint_scores"} & set(merged.aggregates)
    again = audit.analyse(merged.plan, merged.cells, aggregates=merged.aggregates).to_json(created="", tool_version="")
    assert again["tables"]["proxies"]


@pytest.mark.parametrize(
    ("columns", "plan_", "said", "code"),
    [
        ({"classes": {"values": ["debt"]}}, {}, "1 class", "E182"),
        ({"classes": {"values": ["debt", "health", "debt"]}}, {}, "listed under “values” and twice", "E113"),
        ({"classes": {"label": None}}, {}, "“label” is missing", "E110"),
        ({"classes": {"actual": "guess"}}, {}, "both what was predicted and what turned out", "E115"),
        ({"score": None}, {}, "the score of “b” without score", "E104"),
        (
            {"also": {"b": {"name": "d2", "yes": [1], "no": [0], "label": "B", "score": {"name": "s"}}}},
            {},
            "“s”",
            "E115",
        ),
        ({}, {"ward": {"name": "eth"}}, "is the characteristic “eth” itself", "E184"),
        ({}, {"x": {"name": "ward"}, "z": {"name": "ward"}}, "is the proxy “x” already", "E184"),
        ({}, {"x": {"name": "income", "range": [3, 1]}}, "two rising numbers", "E183"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    columns: dict[str, Any], plan_: dict[str, Any], said: str, code: str
) -> None:
    with pytest.raises(MetricError) as caught:
        plan(columns=columns, **({"plan": {"primary": ["fpr"], "also": {"proxies": plan_}}} if plan_ else {}))

    assert [(fault.code, said in fault.found) for fault in caught.value.faults] == [(code, True)]


def test_values_that_cannot_be_used_are_faults() -> None:
    frame = people()
    frame.loc[200, "guess"], frame.loc[201, "need"] = "Debt", "other"
    frame.loc[202, "s2"], frame.loc[203, "income"] = 11.0, -4.0

    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame)

    said = [(fault.code, fault.found.split("”")[0]) for fault in caught.value.faults]
    assert said == [("D19", "“s2"), ("D32", "“guess"), ("D31", "“need"), ("D19", "“income")]
    frame = people().assign(ward=lambda f: [f"flat {index}" for index in f.index])
    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame)
    assert [fault.code for fault in caught.value.faults] == ["D39"]
    assert "flat" not in caught.value.faults[0].found


def test_pages_say_how_to_read_them_and_what_they_do_not_show() -> None:
    audited = findings(people(), plan())
    topics = [make(audited, Numbering()) for make in (make_scorer_areas, make_classes, make_proxies)]

    texts = [" ".join(topic.paragraphs) for topic in topics if topic is not None]
    assert len(texts) == 3
    assert "1 is always, 0.5 is what guessing gives" in texts[0]
    assert "They have no order" in texts[1]
    assert "What this does not show: whether the scorer uses any of these columns" in texts[2]
    assert {"scorer_areas", "scorer_area_gaps", "classes", "proxies"} <= set(TABLES)
    assert make_proxies({"tables": {}, "plan": {}}, Numbering()) is None


def test_numbers_that_share_a_bin_leave_an_area_open_and_the_page_says_so() -> None:
    made = plan(
        plan={"primary": ["fpr"], "also": {"proxies": {"income": {"name": "income", "range": [0, 100], "bins": 4}}}}
    )
    audited = findings(people(), made)
    row = one(audited["tables"]["proxies"], group={"eth": "B"})
    own, others = sides(people(), "eth", "B")
    wanted = placements(own["income"].to_numpy(), others["income"].to_numpy()).mean()

    assert 0 < abs(row["area"]["value"] - wanted) <= row["binning"]
    topic = make_proxies(audited, Numbering())
    assert topic is not None
    assert f"; bins leave it open by {row['binning']:.3f}" in str(topic.tables)


def test_a_request_for_counts_names_what_counts_cannot_hold(tmp_path: Any) -> None:
    asked = request(plan())

    assert [each for each in asked.left_out if "predicted" in each or "give" in each] == [
        "how far off predicted amounts were (days)",
        "which class was predicted (kind of need)",
        "how well other columns give a characteristic away",
    ]
    (tmp_path / "audit.yaml").write_text(asked.plan, encoding="utf-8")
    read = load_plan(tmp_path / "audit.yaml")
    assert "proxies" not in json.dumps(read.to_json())
    assert read.columns.amount is None
    assert read.columns.classes is None
