"""Predicted amounts, from rows to the printed page. Expected values by hand, by pandas and scipy, or in fractions."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.disclosure.withheld import to_withhold
from impact.metrics.plans.plan_file import load_plan
from impact.metrics.statistics.regression import Moments, mean, mean_difference, root_mean_square, share
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tools.export import tables_as_csv
from impact.metrics.tools.merge import Body, merge
from impact.report.view.parts import Numbering
from impact.report.view.topics.amounts import make_amounts
from impact.settings import Settings

AMOUNT: dict[str, Any] = {
    "predicted": "p",
    "actual": "a",
    "label": "loss of the claim",
    "unit": "pounds",
    "range": [-1000, 40_000_000],
    "tolerance": 100,
    "reason": "agreed with the board",
}


def plan(**more: Any) -> audit.AuditPlan:
    amount = {key: value for key, value in (AMOUNT | more.pop("amount", {})).items() if value is not None}
    columns: dict[str, Any] = {
        "decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "inspected"},
        "amount": amount,
        **more.pop("columns", {}),
    }
    return audit.plan_of(
        {
            "version": 1,
            "title": "Amounts",
            "question": "q",
            "pool": "everybody who claimed",
            "source": {"kind": "parquet", "path": "claims.parquet"},
            "columns": columns,
            "groups": {"sex": {"name": "sex", "unknown_values": ["?"]}, "area": {"name": "area"}},
            "comparator": {"also": {"area": "N"}},
            "plan": {"primary": ["selection_rate"]},
            **more,
        }
    )


def people(size: int = 900, seed: int = 3) -> pd.DataFrame:
    """Amounts near ten million with errors of pounds and pence: sums of floating-point squares would lose them."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M", "?"], size, p=[0.3, 0.65, 0.05]).astype(object)
    area = rng.choice(["N", "S", "E"], size).astype(object)
    area[:2] = "one"
    a = (10_000_000 + rng.gamma(2, 50_000, size)).round(2)
    p = (a + rng.normal(0, 120, size) + 40 * (sex == "F")).round(2)
    frame = pd.DataFrame({"sex": sex, "area": area, "a": a, "p": p, "d": (p > a.mean()).astype(int)})
    frame.loc[5:14, "p"] = np.nan
    frame.loc[12:30, "a"] = np.nan
    frame.loc[1, "area"] = "single"
    return frame


def findings(frame: Any, made: audit.AuditPlan) -> dict[str, Any]:
    held = audit.count_frame(made, frame)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return found


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def pence(values: Any) -> list[int]:
    return [round(value * 100) for value in values]


# --- the statistics ----------------------------------------------------------------------------------------------


def moments(values: list[int], per: int = 1) -> Moments:
    return Moments(len(values), sum(values), sum(each * each for each in values), per)


def test_intervals_of_means_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(-400, 500, 37).tolist(), rng.integers(-90, 200, 21).tolist()

    own = mean(moments(x, 100))
    gap, log10_p = mean_difference(moments(x, 100), moments(y, 100))

    a, b = np.array(x) / 100, np.array(y) / 100
    assert own.interval == pytest.approx(stats.t.interval(0.95, 36, a.mean(), stats.sem(a)))
    test = stats.ttest_ind(a, b, equal_var=False)
    assert gap.value == pytest.approx(a.mean() - b.mean())
    assert gap.interval == pytest.approx(tuple(test.confidence_interval()))
    assert log10_p is not None
    assert 10**log10_p == pytest.approx(test.pvalue)
    assert root_mean_square(moments(x, 100)).value == pytest.approx((a**2).mean() ** 0.5)


def test_small_errors_of_large_sums_keep_every_digit() -> None:
    """Errors of 2**31 pence and 2**31 + 1: sums of squares in floating point have no digit of the variance left."""
    large = 1 << 31
    found = mean(moments([large, large + 1, large + 2] * 1000))
    half = stats.t.ppf(0.975, 2999) * (Fraction(2, 3) * Fraction(3000, 2999) / 3000) ** 0.5

    assert found.value == large + 1
    assert found.high is not None
    assert found.low is not None
    assert (found.high - found.low) / 2 == pytest.approx(float(half), rel=1e-4)
    values = np.array([large, large + 1, large + 2] * 1000, dtype=float)
    assert abs((values**2).sum() - values.sum() ** 2 / 3000 - 2000) > 100  # what a sum of floats would have made of it


def test_without_people_or_spread_there_is_a_reason() -> None:
    nobody, single, alike = Moments(0, 0, 0), moments([7]), moments([7, 7])

    assert mean(nobody).reason == mean_difference(nobody, alike)[0].reason == "empty_cell"
    assert root_mean_square(nobody).reason == share(0, 0).reason == "empty_cell"
    assert (mean(single).value, mean(single).reason) == (7.0, "one_case")
    assert (mean(alike).value, mean(alike).reason, mean(alike).low) == (7.0, "no_spread", None)
    assert mean_difference(single, alike) == (mean_difference(single, alike)[0], None)
    assert mean_difference(alike, moments([9, 9]))[0].reason == "no_spread"
    assert mean_difference(moments([1, 2]), moments([9, 9]))[0].interval is not None
    assert mean(moments([0, 0, 3]), least=0.0).low == 0.0
    with pytest.raises(MetricError) as caught:
        Moments(2, 10, 3)
    assert [fault.code for fault in caught.value.faults] == ["M120"]


# --- the count ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", [lambda f: f, pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), pa.table])
def test_sums_are_those_of_whole_pence_on_every_engine(engine: Any) -> None:
    frame = people()

    table = audit.count_frame(plan(), engine(frame)).aggregates["amounts"]

    known = frame.dropna(subset=["a", "p"])
    errors = np.array(pence(known["p"])) - np.array(pence(known["a"]))
    chosen = (table.keys["grouping"] == "") & (table.keys["state"] == 0)
    held = {name: int(column[chosen].sum()) for name, column in table.measures.items()}
    squares = (held["high_high"] << 32) + (held["high_low"] << 17) + held["low_low"]
    assert squares == sum(int(each) ** 2 for each in errors)
    assert (held["n"], held["error"], held["size"]) == (len(known), errors.sum(), np.abs(errors).sum())
    assert (held["over"], held["under"]) == ((errors > 10_000).sum(), (errors < -10_000).sum())
    assert held["predicted"] == sum(pence(known["p"]))
    female = (table.keys["level"] == "F") & (table.keys["state"] == 0)
    assert table.measures["error"][female].tolist() == [errors[(known["sex"] == "F").to_numpy()].sum()]
    assert Aggregate.from_parquet(table.to_parquet()) == table


def test_errors_beyond_sixteen_bits_are_squared_exactly() -> None:
    p = [39_999_999.99, 0.01, 0.0, 12_345_678.9]
    a = [0.0, 40_000_000.0, 0.0, 999.99]
    frame = pd.DataFrame({"sex": [*"FFMM"], "area": [*"NSNS"], "d": [0, 1, 0, 1], "a": a, "p": p})

    row = findings(frame, plan())["tables"]["amounts"][0]

    exact = [Fraction(x) / 100 for x in (3_999_999_999, -3_999_999_999, 0, 1_234_467_891)]
    wanted = float(sum(each**2 for each in exact) / 4) ** 0.5
    assert row["root_mean_squared_error"]["value"] == pytest.approx(wanted, rel=1e-15)
    assert row["mean_error"]["value"] == float(sum(exact) / 4)


def test_rows_that_stand_for_several_people_count_as_so_many(tmp_path: Any) -> None:
    frame = people(200).dropna()
    counted = frame.assign(times=np.arange(len(frame)) % 4)
    counted.to_csv(tmp_path / "claims.csv", index=False)
    made = plan(
        source={"kind": "csv", "path": "claims.csv"}, columns={"weight": {"name": "times", "kind": "frequency"}}
    )

    held = audit.count(made, base=tmp_path)

    assert held.aggregates["amounts"] == audit.count_frame(plan(), frame.loc[frame.index.repeat(counted["times"])]).aggregates["amounts"]  # fmt: skip  # noqa: E501  # one comparison
    one_ = audit.count(made, base=tmp_path, outcomes=False)
    assert "amounts" not in one_.aggregates


def test_amounts_that_are_none_are_faults_and_missing_ones_are_counted(tmp_path: Any) -> None:
    lines = ["sex,area,d,p,a", "F,N,1,£5,3", "M,N,0,inf,4", "F,S,1,-2000,5", "M,S,0,7,50000000", "F,E,1,,6"]
    (tmp_path / "claims.csv").write_text("\n".join(lines), encoding="utf-8")
    made = plan(source={"kind": "csv", "path": "claims.csv"})

    with pytest.raises(MetricError) as caught:
        audit.count(made, base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == ["D170", "D171", "D172", "D172"]
    assert "“p”: 1 amount outside the declared range -1,000 to 40,000,000" in caught.value.faults[2].found
    assert not any("2000" in fault.found or "£5" in fault.found for fault in caught.value.faults)

    with pytest.raises(MetricError) as before:  # what was predicted is looked at before any true amount is read
        audit.count(made, base=tmp_path, outcomes=False)
    assert [fault.code for fault in before.value.faults] == ["D170", "D171", "D172"]

    frame = people().assign(p=lambda f: f["p"] + 0.004)
    said = {check.code: check.text for check in audit.count_frame(plan(), frame).checks}
    assert "“p”: 890 amounts are rounded to 2 decimals" in said["D174"]
    assert "Of 900 rows 10 have no predicted amount and 19 no true one" in said["D175"]


@pytest.mark.parametrize(
    ("amount", "said", "code"),
    [
        ({"range": [5, 5]}, "two rising numbers", "E180"),
        ({"range": [0, 1e9]}, "more than 4,294,967,296 steps of 0.01", "E180"),
        ({"range": [0, 5000.005]}, "ends between steps", "E180"),
        ({"tolerance": -1}, "a tolerance that is no amount", "E181"),
        ({"tolerance": 0.001}, "between steps of 0.01", "E181"),
        ({"tolerance": 5e7}, "within a range of that width", "E181"),
        ({"tolerance": None}, "“tolerance” is missing", "E110"),
        ({"unit": ""}, "“unit” is missing", "E110"),
        ({"actual": "p"}, "both what was predicted and what turned out", "E115"),
        ({"actual": "sex"}, "as a group and as “amount.actual”", "E115"),
        ({"decimals": 9}, "", "E100"),
    ],
)
def test_a_plan_with_amounts_that_make_no_sense_is_refused(amount: dict[str, Any], said: str, code: str) -> None:
    with pytest.raises(MetricError) as caught:
        plan(amount=amount)

    assert [fault.code for fault in caught.value.faults] == [code]
    assert said in caught.value.faults[0].found


def test_a_fault_of_the_plan_names_its_line(tmp_path: Any) -> None:
    lines = json.dumps(plan().to_json(), indent=1).replace('"tolerance": 100.0', '"tolerance": -3').splitlines()
    (tmp_path / "audit.yaml").write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(MetricError) as caught:
        load_plan(tmp_path / "audit.yaml")

    (line,) = [number for number, text in enumerate(lines, 1) if '"tolerance"' in text]
    assert f"audit.yaml:{line}:" in caught.value.faults[0].where


def test_a_plan_without_amounts_keeps_its_digest_and_its_tables() -> None:
    made = plan(columns={"amount": None})
    audited = findings(people(), audit.plan_of({**made.to_json()}))

    assert not {"amount", "classes"} & set(made.to_json()["columns"])
    assert not {"amounts", "amount_gaps", "classes"} & set(audited["tables"])


# --- the figures -------------------------------------------------------------------------------------------------


def test_figures_are_those_of_the_rows() -> None:
    frame = people()
    tables = findings(frame, plan())["tables"]

    known = frame.dropna(subset=["a", "p"]).assign(
        e=lambda f: (f["p"] * 100).round() / 100 - (f["a"] * 100).round() / 100
    )
    known["e"] = (known["e"] * 100).round() / 100
    for group, part in (("F", known[known["sex"] == "F"]), ("M", known[known["sex"] == "M"])):
        row = one(tables["amounts"], group={"sex": group})
        e, size = part["e"], part["e"].abs()
        assert row["mean_error"]["ci"] == pytest.approx(stats.t.interval(0.95, len(e) - 1, e.mean(), stats.sem(e)))
        assert row["mean_absolute_error"]["value"] == pytest.approx(size.mean())
        assert row["root_mean_squared_error"]["value"] == pytest.approx((e**2).mean() ** 0.5)
        assert row["root_mean_squared_error"]["reason"] == "not_counted"
        k = int((e > 100).sum())
        assert (row["over"]["k"], row["over"]["n"]) == (k, len(e))
        assert row["over"]["ci"] == pytest.approx(proportion_confint(k, len(e), method="wilson"))
        assert row["near_enough"]["k"] == int((size <= 100).sum())
        assert row["mean_predicted"] == pytest.approx(part["p"].mean())

    f, m = (known[known["sex"] == value]["e"] for value in "FM")
    gaps = [row for row in tables["amount_gaps"] if row["group"] == {"sex": "F"}]
    test = stats.ttest_ind(f, m, equal_var=False)  # “?” is in no complement
    own = one(gaps, measure="mean_error")
    assert own["difference"]["ci"] == pytest.approx(tuple(test.confidence_interval()))
    assert 10 ** own["log10_p"] == pytest.approx(test.pvalue)
    k1, k2 = int((f > 100).sum()), int((m > 100).sum())
    over = one(gaps, measure="over")
    assert over["difference"]["ci"] == pytest.approx(
        confint_proportions_2indep(k1, len(f), k2, len(m), method="newcomb", compare="diff")
    )
    assert 10 ** over["log10_p"] == pytest.approx(proportions_ztest([k1, k2], [len(f), len(m)])[1])

    # Two sexes can be compared: M against F is F against M, and counts once.
    every = [row for row in tables["amount_gaps"] if row["log10_p"] is not None and row["group"] != {"sex": "M"}]
    adjusted = stats.false_discovery_control([10 ** row["log10_p"] for row in every])
    assert [10 ** row["log10_p_adjusted"] for row in every] == pytest.approx(adjusted.tolist())
    assert {row["family_size"] for row in tables["amount_gaps"]} == {len(every)}
    mirrored = one(tables["amount_gaps"], group={"sex": "M"}, measure="over")
    assert mirrored["log10_p_adjusted"] == over["log10_p_adjusted"]


def test_single_people_and_people_who_are_alike_have_reasons() -> None:
    tables = findings(people(), plan())["tables"]
    row = one(tables["amounts"], group={"area": "single"})

    assert (row["n"], row["mean_error"]["reason"], row["mean_error"]["ci"], row["few"]) == (1, "one_case", None, True)
    gap = one(tables["amount_gaps"], group={"area": "single"}, comparator={"kind": "not_sharing"}, measure="mean_error")
    assert (gap["difference"]["reason"], gap["log10_p"]) == ("one_case", None)
    assert one(tables["amounts"], group={"sex": "?"})["unknown"]
    assert not [row for row in tables["amount_gaps"] if row["group"] == {"sex": "?"}]


# --- handed over -------------------------------------------------------------------------------------------------


def test_a_verifier_computes_the_same_and_refuses_other_sums() -> None:
    made = plan()
    held = audit.count_frame(made, people())
    found = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="2026-11-20", tool_version="0")
    record = {"audit": json.loads(canonical_json(found))}
    parquet = {name: table.to_parquet() for name, table in held.aggregates.items()}

    def same() -> bool:
        return all(
            each.same for each in recompute(record, held.cells.to_parquet(), settings=Settings(), aggregates=parquet)
        )

    assert same()
    record["audit"]["tables"]["amount_gaps"][0]["difference"]["value"] += 0.01
    assert not same()

    table = held.aggregates["amounts"]
    other = audit.count_frame(made, people(seed=4)).aggregates["amounts"]
    low = {**table.measures, "low_low": table.measures["low_low"] // 1_000_000}
    wrong = [
        other,
        Aggregate.of("amounts", table.keys, low, table.about),
        Aggregate.of("amounts", table.keys, table.measures, {**table.about, "tolerance": 3}),
        Aggregate.of("amounts", {**table.keys, "state": table.keys["state"] + 4}, table.measures, table.about),
        table.roll("grouping", "level"),
    ]
    for each in wrong:
        with pytest.raises(MetricError) as caught:
            audit.analyse(made, held.cells, aggregates={"amounts": each}).to_json(created="", tool_version="")
        assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_sums_of_two_bodies_are_those_of_all_rows() -> None:
    frames = [people(seed=4), people(seed=5)]
    plans = [plan(), plan(amount={"predicted": "guess"})]
    bodies = []
    for name, made, frame in zip("ab", plans, (frames[0], frames[1].rename(columns={"p": "guess"})), strict=True):
        held = audit.count_frame(made, frame)
        result = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")
        parsed = json.loads(canonical_json(result))
        bodies.append(Body(name, made, held.cells, parsed, held.cells.to_parquet(), held.aggregates))

    merged = merge(bodies)

    whole = audit.count_frame(plans[0], pd.concat(frames, ignore_index=True))
    assert merged.aggregates["amounts"] == whole.aggregates["amounts"]
    again = audit.analyse(merged.plan, merged.cells, aggregates=merged.aggregates).to_json(created="", tool_version="")
    assert json.loads(canonical_json(again))["tables"]["amounts"] == findings(pd.concat(frames), plans[0])["tables"]["amounts"]  # fmt: skip  # noqa: E501  # one comparison


def test_the_page_says_what_was_off_by_how_much_and_what_it_does_not_show() -> None:
    made = plan()
    audited = findings(people(), made)
    topic = make_amounts(audited, Numbering())

    assert topic is not None
    text = " ".join(topic.paragraphs)
    assert "An error is the prediction less the true amount" in text
    assert "Of 900 rows 874 have both amounts. 26 rows are in no figure here" in text
    assert "They do not say how far off they were for people whose true amount is not known" in text
    assert len(topic.figures) == 2
    assert to_withhold(made, ["amounts"], audited["tables"]) == ("amounts",)
    assert tables_as_csv(audited)["amounts"].startswith(
        "group,unknown,n,no_prediction,no_actual,neither,mean_predicted"
    )
