"""Ordered risk bands, from rows to the printed page. Expected values by hand, or by other libraries on the rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.stats import chi2_contingency, mannwhitneyu
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.disclosure.withheld import to_withhold
from impact.metrics.plans.plan_file import load_plan
from impact.metrics.statistics.ordinal import superiority, trend, weighted_kappa
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tools.export import tables_as_csv
from impact.metrics.tools.merge import Body, merge
from impact.report.view.parts import Numbering
from impact.report.view.topics.bands import make_bands
from impact.settings import Settings

ORDER = ["low", "medium", "high"]
BAND: dict[str, Any] = {"name": "band", "order": ORDER, "label": "risk of harm", "human": "officer"}


def plan(**more: Any) -> audit.AuditPlan:
    outcome = {"name": "y", "yes": [1], "no": [0], "label": "harm recorded", **more.pop("outcome", {})}
    columns: dict[str, Any] = {
        "decision": {"name": "a", "yes": [1], "no": [0], "effect": "burden", "label": "referred"},
        "outcome": outcome,
        "band": {**BAND, **more.pop("band", {})},
        **more.pop("columns", {}),
    }
    columns["band"] = {key: value for key, value in columns["band"].items() if value is not None}
    return audit.plan_of(
        {
            "version": 1,
            "title": "Bands",
            "question": "q",
            "pool": "everybody assessed",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": columns,
            "groups": {"sex": {"name": "sex", "unknown_values": ["?"]}},
            "plan": {"primary": ["fpr"]},
            **more,
        }
    )


def people(size: int = 2_000, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M", "?"], size, p=[0.3, 0.65, 0.05])
    risk = rng.normal(0, 1, size) + 0.3 * (sex == "F")
    y = (risk + rng.normal(0, 1, size) > 0.8).astype(int)
    band = np.array(ORDER, dtype=object)[(risk > 0).astype(int) + (risk > 1)]
    own = risk + rng.normal(0, 0.7, size)
    officer = np.array(ORDER, dtype=object)[(own > 0).astype(int) + (own > 1)]
    band[:15], officer[10:40] = None, None
    return pd.DataFrame({"sex": sex, "y": y, "a": (risk > 1).astype(int), "band": band, "officer": officer})


def findings(frame: Any, made: audit.AuditPlan) -> dict[str, Any]:
    held = audit.count_frame(made, frame)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return found


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def rows_of(counts: dict[str, list[tuple[int, int]]]) -> pd.DataFrame:
    """People from group -> (with, without the outcome) by band."""
    parts = []
    for sex, bands in counts.items():
        for name, (having, without) in zip(ORDER, bands, strict=True):
            for n, y in ((having, 1), (without, 0)):
                parts.append(pd.DataFrame({"sex": [sex] * n, "y": y, "a": int(name == "high"), "band": name}))
    return pd.concat(parts, ignore_index=True)


# --- the statistics ----------------------------------------------------------------------------------------------


def test_statistics_of_order_equal_other_libraries() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        one_, other = rng.integers(1, 60, 4), rng.integers(1, 60, 4)
        x, y = np.repeat(range(4), one_), np.repeat(range(4), other)
        table = rng.integers(1, 40, (4, 4))
        k, n = rng.integers(1, 20, 4), rng.integers(20, 60, 4)

        assert superiority(one_, other).value == pytest.approx(mannwhitneyu(x, y).statistic / len(x) / len(y))
        for name in ("linear", "quadratic"):
            found, wanted = weighted_kappa(table, weights=name), cohens_kappa(table, wt=name)  # type: ignore[arg-type]
            half = 1.959963985 * wanted.std_kappa / (1 - wanted.kappa**2)
            assert found.value == pytest.approx(wanted.kappa)
            assert np.arctanh([found.low, found.high]) == pytest.approx(
                np.arctanh(wanted.kappa) + np.array([-half, half])
            )
        # statsmodels takes the hypergeometric variance, with N - 1 where Armitage has N.
        z = Table(np.c_[n - k, k]).test_ordinal_association(col_scores=np.array([0, 1])).zscore
        assert trend(k, n).z == pytest.approx(z * np.sqrt(n.sum() / (n.sum() - 1)))


def test_limits_of_kappa_hold_near_full_agreement() -> None:
    """Coverage at 100 cases in five bands, nearly all alike; limits by drawing cells covered next to nothing here."""
    rng = np.random.default_rng(0)
    truth = np.eye(5) * 40 + np.eye(5, k=1) * 2 + np.eye(5, k=-1) * 2 + 0.05
    truth /= truth.sum()
    rows, columns = np.indices((5, 5))
    big = np.round(truth * 1e6).astype(int)
    true = cohen_kappa_score(rows.ravel(), columns.ravel(), weights="linear", sample_weight=big.ravel())
    inside, made = 0, 0
    for _ in range(600):
        found = weighted_kappa(rng.multinomial(100, truth.ravel()).reshape(5, 5))
        if found.low is not None and found.high is not None:
            inside, made = inside + (found.low <= true <= found.high), made + 1

    assert made > 590
    assert 0.92 < inside / made < 0.98


# --- the count ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", [lambda f: f, pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), pa.table])
def test_people_by_band_are_those_of_the_rows_on_every_engine(engine: Any) -> None:
    frame = people()
    places = {name: place for place, name in enumerate(ORDER)}
    codes = frame.assign(
        band=frame["band"].map(places).fillna(-1).astype(int),
        officer=frame["officer"].map(places).fillna(-1).astype(int),
    )
    wanted = codes.groupby(["sex", "y", "a", "band", "officer"]).size()

    table = audit.count_frame(plan(), engine(frame)).aggregates["bands"]

    assert list(table.keys) == ["sex", "outcome", "decision", "band", "human_band"]
    found = zip(*(column.tolist() for column in (*table.keys.values(), table.measures["n"])), strict=True)
    assert {row[:-1]: row[-1] for row in found} == wanted.to_dict()
    assert Aggregate.from_parquet(table.to_parquet()) == table


def test_rows_that_stand_for_several_people_count_as_so_many(tmp_path: Any) -> None:
    frame = people(300)
    counted = frame.fillna("").groupby(["sex", "y", "a", "band", "officer"]).size().rename("times").reset_index()
    counted.to_csv(tmp_path / "people.csv", index=False)
    source = {"kind": "csv", "path": "people.csv"}
    made = plan(source=source, columns={"weight": {"name": "times", "kind": "frequency"}})

    held = audit.count(made, base=tmp_path)

    assert held.aggregates["bands"] == audit.count_frame(plan(), frame).aggregates["bands"]


def test_bands_may_be_numbers_and_may_decide() -> None:
    frame = people().assign(level=lambda f: f["band"].map({"low": 1.0, "medium": 2.0, "high": 3.0}))
    columns = {"decision": {"name": "level", "yes": [3], "no": [1, 2], "effect": "burden", "label": "referred"}}
    band = {"name": "level", "order": [1, 2, 3], "human": None}

    table = audit.count_frame(plan(band=band, columns=columns), frame).aggregates["bands"]

    assert table.about == {"order": ["1", "2", "3"]}
    assert table.roll("band").measures["n"].tolist() == [
        15,
        *(int((frame["band"] == name).sum()) for name in ORDER),
    ]
    assert {(d, b) for d, b in zip(table.keys["decision"].tolist(), table.keys["band"].tolist(), strict=True)} == {
        (-1, -1),
        (0, 0),
        (0, 1),
        (1, 2),
    }


def test_bands_that_the_order_does_not_list_are_faults() -> None:
    frame = people()
    frame.loc[50, "band"], frame.loc[51, "band"], frame.loc[52, "officer"] = "extreme", "High", "none given"

    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame)

    said = [(fault.code, fault.found) for fault in caught.value.faults]
    assert [code for code, _ in said] == ["D31", "D32", "D31"]
    assert "“band” has 1 value that the plan does not map: “extreme” (1 row)" in said[0][1]
    assert "“high”" in caught.value.faults[1].remedy
    assert "“order”" in caught.value.faults[2].remedy


@pytest.mark.parametrize(
    ("band", "said", "code"),
    [
        ({"order": ["low"]}, "1 band", "E116"),
        ({"order": ["low", "high", "low"]}, "“low” is listed under “order” and twice", "E113"),
        ({"order": ["low", "", "high"]}, "also under “null_values”", "E113"),
        ({"label": None}, "“label” is missing", "E110"),
        ({"name": "sex"}, "as a group and as band", "E115"),
        ({"human": "band"}, "of the scorer and of the person", "E115"),
        ({"human": "y"}, "as outcome and as the person", "E115"),
    ],
)
def test_a_plan_with_bands_that_make_no_sense_is_refused(band: dict[str, Any], said: str, code: str) -> None:
    with pytest.raises(MetricError) as caught:
        plan(band=band)

    assert [(fault.code, said in fault.found) for fault in caught.value.faults] == [(code, True)]


def test_a_fault_of_the_plan_names_its_line(tmp_path: Any) -> None:
    text = plan(band={"human": None}).to_json()
    lines = json.dumps(text, indent=1).replace('"medium"', '"low"').splitlines()
    (tmp_path / "audit.yaml").write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(MetricError) as caught:
        load_plan(tmp_path / "audit.yaml")

    second = [number for number, line in enumerate(lines, 1) if '"low"' in line][1]
    assert [(fault.code, fault.where.split(":")[-2]) for fault in caught.value.faults] == [("E113", str(second))]


def test_a_group_called_band_is_refused_only_beside_bands() -> None:
    groups = {"band": {"name": "sex"}}
    with pytest.raises(MetricError) as caught:
        plan(groups=groups)

    assert [fault.code for fault in caught.value.faults] == ["E112"]
    data = plan(groups={"sex": {"name": "sex"}}).to_json()
    del data["columns"]["band"]
    assert "band" not in audit.plan_of({**data, "groups": groups}).to_json()["columns"]


# --- the figures -------------------------------------------------------------------------------------------------


def test_tables_equal_other_libraries_on_the_rows() -> None:
    frame = people()
    tables = findings(frame, plan())["tables"]
    own, rest = frame[frame.sex == "F"].dropna(subset="band"), frame[frame.sex == "M"].dropna(subset="band")
    place = {name: index for index, name in enumerate(ORDER)}
    x, y = own["band"].map(place), rest["band"].map(place)

    share = one(tables["bands"], group={"sex": "F"}, band="medium")
    above = int((x >= 1).sum())
    assert share["at_least"]["value"] == pytest.approx(above / len(x))
    assert share["at_least"]["ci"] == pytest.approx(proportion_confint(above, len(x), method="wilson"))
    assert (share["n"], share["people"]) == (int((x == 1).sum()), len(x))

    gap = one(tables["band_gaps"], group={"sex": "F"})
    assert gap["comparator"] == {"kind": "not_sharing"}
    assert (gap["people"], gap["others"]) == (len(x), len(y))
    assert gap["superiority"]["value"] == pytest.approx(mannwhitneyu(x, y).statistic / len(x) / len(y))
    assert gap["superiority"]["ci"][0] < gap["superiority"]["value"] < gap["superiority"]["ci"][1]
    spread = abs(x.value_counts(normalize=True) - y.value_counts(normalize=True)).sum() / 2
    assert gap["total_variation"]["value"] == pytest.approx(spread)

    cases = own.groupby("band")["y"].agg(["sum", "count"])
    high, medium = (cases.loc[name].tolist() for name in ("high", "medium"))
    row = one(tables["band_outcomes"], group={"sex": "F"}, band="high")
    assert (row["k"], row["n"]) == tuple(high)
    step = confint_proportions_2indep(*high, *medium, method="newcomb", compare="diff")
    assert row["step"]["ci"] == pytest.approx(step)

    both = frame.dropna(subset=["band", "officer"])
    agreed = one(tables["band_agreement"], group={})
    person, machine = both["officer"].map(place), both["band"].map(place)
    assert agreed["kappa_linear"]["value"] == pytest.approx(cohen_kappa_score(person, machine, weights="linear"))
    assert agreed["kappa_quadratic"]["value"] == pytest.approx(cohen_kappa_score(person, machine, weights="quadratic"))
    assert [agreed[key] for key in ("n", "without", "same", "person_higher", "person_lower")] == [
        len(both),
        40,
        int((person == machine).sum()),
        int((person > machine).sum()),
        int((person < machine).sum()),
    ]


def test_where_outcomes_fall_as_the_band_rises_is_said_and_is_no_verdict() -> None:
    # F: 10%, 40%, 30% (a fall that 100 people cannot show); M: 10%, 60%, 20% of 100 each (one that they can).
    frame = rows_of({"F": [(10, 90), (40, 60), (30, 70)], "M": [(10, 90), (60, 40), (20, 80)]})
    made = plan(band={"human": None})
    audited = findings(frame, made)
    tables = audited["tables"]

    female, male = (one(tables["band_order"], group={"sex": sex}) for sex in ("F", "M"))
    assert (female["falls"], female["falls_shown"]) == ([["medium", "high"]], [])
    assert (male["falls"], male["falls_shown"]) == ([["medium", "high"]], [["medium", "high"]])
    # By hand: positions 0, 1, 2 with 100 people each, so the slope is (30 - 10) / 200.
    assert female["slope"]["value"] == pytest.approx(0.1)
    assert tables["band_agreement"] == []

    topic = make_bands({**audited, "plan": made.to_json()}, Numbering())
    assert topic is not None
    said = {row[0]: row[1] for table in topic.tables if "rise" in table.caption for row in table.rows}
    assert said["F"] == "falls from medium to high (the data cannot tell this from chance)"
    assert said["M"] == "falls from medium to high (its interval leaves out no change)"
    assert len(topic.figures) == 2


def test_trend_agrees_with_the_linear_part_of_chi_squared() -> None:
    """Two bands: Cochran and Armitage's z² is Pearson's chi-squared without correction."""
    counts = np.array([[30, 170], [60, 140]])

    assert trend(counts[:, 0], counts.sum(axis=1)).z ** 2 == pytest.approx(  # type: ignore[operator]
        chi2_contingency(counts, correction=False).statistic
    )


def test_outcomes_known_only_after_a_yes_are_not_set_against_bands() -> None:
    made = plan(outcome={"observed_when": "decision_yes"}, plan={"primary": ["selection_rate"]})
    audited = findings(people(), made)

    assert audited["tables"]["band_outcomes"] == []
    assert {row["slope"]["reason"] for row in audited["tables"]["band_order"]} == {"outcome_not_observed"}
    topic = make_bands({**audited, "plan": made.to_json()}, Numbering())
    assert topic is not None
    assert any("known only after a yes" in text for text in topic.paragraphs)


def test_a_group_without_bands_is_undefined_and_not_zero() -> None:
    frame = people()
    frame.loc[frame["sex"] == "F", "band"] = None
    tables = findings(frame, plan())["tables"]

    assert {row["at_least"]["reason"] for row in tables["bands"] if row["group"] == {"sex": "F"}} == {"empty_cell"}
    assert one(tables["band_gaps"], group={"sex": "F"})["superiority"]["value"] is None
    assert one(tables["band_agreement"], group={"sex": "F"})["kappa_linear"]["reason"] == "empty_cell"


def test_an_interval_of_few_people_is_marked() -> None:
    # Three people in the middle band have no spread of their own: the interval is that of the others alone.
    frame = rows_of({"F": [(0, 0), (2, 1), (0, 0)], "M": [(10, 20), (5, 5), (20, 10)]})
    made = plan(band={"human": None})
    audited = findings(frame, made)

    gap = one(audited["tables"]["band_gaps"], group={"sex": "F"})
    assert (gap["superiority"]["value"], gap["few"]) == (0.5, True)
    topic = make_bands({**audited, "plan": made.to_json()}, Numbering())
    assert topic is not None
    (said,) = [
        row[3] for table in topic.tables if "higher band" in table.caption for row in table.rows if row[0] == "F"
    ]
    assert said.endswith("too few for a reliable interval")


def test_a_characteristic_with_too_many_values_is_left_out_and_named() -> None:
    frame = people()
    frame["area"] = [f"area {index % 101}" for index in range(len(frame))]
    audited = findings(frame, plan(groups={"sex": {"name": "sex"}, "area": {"name": "area"}}))

    assert {key for row in audited["tables"]["band_gaps"] for key in row["group"]} == {"sex"}
    assert [each["text"] for each in audited["not_computed"] if each["reason"] == "too_many_levels"] == [
        "area: too many groups for the further figures that the plan asks for"
    ]


# --- handed over -------------------------------------------------------------------------------------------------


def test_a_verifier_computes_the_same_from_the_attached_tables(tmp_path: Any) -> None:
    made = plan()
    held = audit.count_frame(made, people())
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    found = result.to_json(created="2026-11-20", tool_version="0")
    record = {"audit": json.loads(canonical_json(found))}
    parquet = {name: table.to_parquet() for name, table in held.aggregates.items()}
    settings = Settings()

    assert all(each.same for each in recompute(record, held.cells.to_parquet(), settings=settings, aggregates=parquet))
    record["audit"]["tables"]["band_gaps"][0]["superiority"]["value"] += 0.01
    assert not all(
        each.same for each in recompute(record, held.cells.to_parquet(), settings=settings, aggregates=parquet)
    )

    other = audit.count_frame(made, people(seed=4)).aggregates
    with pytest.raises(MetricError) as caught:
        audit.analyse(made, held.cells, aggregates=other).to_json(created="", tool_version="")
    assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_a_table_of_other_bands_or_without_them_is_refused() -> None:
    made = plan(band={"human": None})
    held = audit.count_frame(made, people())
    table = held.aggregates["bands"]
    wrong = [
        Aggregate.of("bands", table.keys, table.measures, {"order": ["low", "high", "medium"]}),
        Aggregate.of("bands", table.keys, table.measures, {"order": ["low", "medium"]}),
        Aggregate.of("bands", table.keys, table.measures, {}),
        Aggregate.of("bands", {**table.keys, "band": table.keys["band"] + 2}, table.measures, table.about),
        Aggregate.of("bands", {**table.keys, "human_band": table.keys["band"]}, table.measures, table.about),
        table.roll("sex", "band"),
    ]

    for each in wrong:
        with pytest.raises(MetricError) as caught:
            audit.analyse(made, held.cells, aggregates={"bands": each}).to_json(created="", tool_version="")
        assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_counts_of_two_bodies_add_up_to_the_count_of_all_rows() -> None:
    frames = [people(seed=4), people(seed=5)]
    renamed = frames[1].rename(columns={"band": "rag", "officer": "judged"})
    plans = [plan(), plan(band={"name": "rag", "human": "judged"})]
    bodies = []
    for name, made, frame in zip("ab", plans, (frames[0], renamed), strict=True):
        held = audit.count_frame(made, frame)
        result = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")
        bodies.append(
            Body(name, made, held.cells, json.loads(canonical_json(result)), held.cells.to_parquet(), held.aggregates)
        )

    merged = merge(bodies)

    whole = audit.count_frame(plans[0], pd.concat(frames, ignore_index=True))
    assert merged.aggregates["bands"] == whole.aggregates["bands"]
    again = audit.analyse(merged.plan, merged.cells, aggregates=merged.aggregates).to_json(created="", tool_version="")
    assert (
        json.loads(canonical_json(again))["tables"]["bands"] == findings(pd.concat(frames), plans[0])["tables"]["bands"]
    )


def test_bands_are_withheld_from_a_public_copy_and_written_as_csv() -> None:
    made = plan()
    audited = findings(people(), made)

    assert to_withhold(made, ["bands"], audited["tables"]) == ("bands",)
    header = tables_as_csv(audited)["bands"].splitlines()[0]
    assert header.startswith("group,band,place,n,people,no_band,at_least_n,at_least.value,at_least.ci_low")
