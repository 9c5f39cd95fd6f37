"""Comparisons within strata, from rows to the printed page. Expected values are published, by hand, or statsmodels'."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from impact import audit
from impact.chain.audit import run_audit
from impact.chain.audit_tools import merge_audits
from impact.errors import MetricError
from impact.metrics.analysis.topics.strata import MAX_STRATA
from impact.metrics.disclosure.policies import load_policy
from impact.metrics.disclosure.protect import protect
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.plans.plan_text import lean
from impact.metrics.statistics.stratified import mantel_haenszel
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tools.explain import explain
from impact.metrics.tools.export import tables_as_csv
from impact.metrics.tools.merge import Body, merge
from impact.metrics.tools.request import request
from impact.report import audit_page
from impact.resources import find
from impact.settings import Settings

# Admissions to Berkeley 1973 (Bickel, Hammel and O'Connell 1975, Science 187:398), the six largest departments:
# women admitted and applying, men admitted and applying.
BERKELEY = {
    "A": (89, 108, 512, 825),
    "B": (17, 25, 353, 560),
    "C": (202, 593, 120, 325),
    "D": (131, 375, 138, 417),
    "E": (94, 393, 53, 191),
    "F": (24, 341, 22, 373),
}
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DEPARTMENT = {"name": "department", "role": "legitimate_factor", "justification": "people choose where to apply"}


def plan(**more: Any) -> audit.AuditPlan:
    columns = {"decision": {"name": "d", "yes": [1], "no": [0], "effect": "benefit", "label": "admitted"}}
    return plan_of(
        {
            "version": 1,
            "title": "Admissions",
            "question": "q",
            "pool": "all who applied",
            "source": {"kind": "counts", "path": "-", "count": "n"},
            "columns": {**columns, **more.pop("columns", {})},
            "groups": {"sex": {"name": "sex"}},
            "strata": {"dept": DEPARTMENT},
            "plan": {"primary": more.pop("primary", ["selection_rate"])},
            **more,
        }
    )


def rows(table: dict[Any, tuple[int, int, int, int]]) -> Iterable[tuple[Any, ...]]:
    """Admitted of applying women and men, by stratum, as rows of counts."""
    for department, (k1, n1, k2, n2) in table.items():
        for sex, k, n in (("women", k1, n1), ("men", k2, n2)):
            yield from ((sex, department, 1, k), (sex, department, 0, n - k))


def frame(table: dict[Any, tuple[int, int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows(table), columns=["sex", "department", "d", "n"])


def findings(made: audit.AuditPlan, native: pd.DataFrame) -> dict[str, Any]:
    counted = audit.count_frame(made, native)
    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    data: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return data


def women(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        row
        for row in data["tables"]["stratified"]
        if row["group"] == {"sex": "women"} and row["comparator"]["kind"] == "not_sharing"
    )
    return found


def test_berkeley_turns_round_within_departments() -> None:
    """Published: 557 of 1,835 women and 1,198 of 2,691 men; R's mantelhaen.test(UCBAdmissions) gives a common odds
    ratio of .9046968 (.7719074 to 1.0603298) for men, and its Breslow-Day test with Tarone's correction p = .00207."""
    row = women(findings(plan(), frame(BERKELEY)))

    assert row["crude_difference"]["value"] == pytest.approx(557 / 1835 - 1198 / 2691)
    assert row["crude_ratio"]["value"] == pytest.approx(557 / 1835 / (1198 / 2691))
    odds = row["pooled_odds_ratio"]
    assert [odds["value"], *odds["ci"]] == pytest.approx([1 / 0.9046968, 1 / 1.0603298, 1 / 0.7719074], rel=1e-6)
    assert row["p_homogeneity"] == pytest.approx(0.00207, abs=5e-6)
    assert (row["strata_informative"], row["strata"], row["people_uninformative"]) == (6, 6, 0)
    assert row["reverses"] is True
    assert row["remark"] == (
        "The direction turns round: “share admitted” is lower for women people than for other people overall, and "
        "higher within strata of dept, pooled (known as Simpson’s paradox). The interval within "
        "strata includes no difference."
    )


def test_standardised_difference_and_demographic_disparity_by_hand() -> None:
    """Weights are applicants of both sexes; Wachter: a department's women among refused less among admitted."""
    size = {dept: n1 + n2 for dept, (_, n1, _, n2) in BERKELEY.items()}
    by_hand = sum(size[dept] * (k1 / n1 - k2 / n2) for dept, (k1, n1, k2, n2) in BERKELEY.items()) / 4526
    shares = (
        size[dept] * ((n1 - k1) / (n1 - k1 + n2 - k2) - k1 / (k1 + k2)) for dept, (k1, n1, k2, n2) in BERKELEY.items()
    )

    data = findings(plan(), frame(BERKELEY))
    disparity = next(row for row in data["tables"]["conditional_disparity"] if row["group"] == {"sex": "women"})

    assert women(data)["standardised_difference"]["value"] == pytest.approx(by_hand)
    assert disparity["at_a_disadvantage"] == "no"
    assert disparity["crude"]["value"] == pytest.approx(1278 / 2771 - 557 / 1755)
    assert disparity["conditional"]["value"] == pytest.approx(sum(shares) / 4526)


def test_a_declared_group_that_nobody_belongs_to_has_no_disparity() -> None:
    made = plan(groups={"sex": {"name": "sex", "values": ["women", "men", "other"]}})
    row = next(
        each
        for each in findings(made, frame(BERKELEY))["tables"]["conditional_disparity"]
        if each["group"] == {"sex": "other"}
    )
    for key in ("crude", "conditional"):
        assert (row[key]["value"], row[key]["ci"], row[key]["reason"]) == (None, None, "empty_cell")


def test_strata_without_information_are_counted_and_leave_the_test_of_homogeneity_alone() -> None:
    """Everybody admitted, nobody admitted, one side empty: none of them says anything about an odds ratio."""
    more = {"G": (7, 7, 5, 5), "H": (0, 4, 0, 6), "I": (3, 9, 0, 0)}
    tables = [np.array([[k1, n1 - k1], [k2, n2 - k2]]) for k1, n1, k2, n2 in BERKELEY.values()]

    row = women(findings(plan(), frame({**BERKELEY, **more})))

    assert row["p_homogeneity"] == pytest.approx(StratifiedTable(tables).test_equal_odds(adjust=True).pvalue)
    assert row["pooled_odds_ratio"]["value"] == pytest.approx(StratifiedTable(tables).oddsratio_pooled)
    assert (row["strata_informative"], row["strata"]) == (6, 9)
    assert (row["people_uninformative"], row["people_without_counterpart"]) == (12 + 10 + 9, 9)


def test_a_ratio_of_one_because_all_were_counted_has_no_interval() -> None:
    found = mantel_haenszel([5, 9], [5, 9], [3, 2], [3, 2])

    assert (found.risk_ratio.value, found.risk_ratio.interval, found.risk_ratio.reason) == (1.0, None, "no_spread")


def test_people_without_a_stratum_are_overall_and_in_no_pooled_figure() -> None:
    data = findings(plan(), frame({**BERKELEY, None: (90, 100, 10, 200)}))
    known = women(findings(plan(), frame(BERKELEY)))

    row = women(data)

    assert row["crude_difference"]["value"] == pytest.approx((557 + 90) / 1935 - (1198 + 10) / 2891)
    assert row["people_unknown"] == 300
    for figure in ("pooled_ratio", "pooled_odds_ratio", "standardised_difference", "p_homogeneity"):
        assert row[figure] == known[figure]
    assert [each for each in data["tables"]["strata_levels"] if each["unknown"]] == [
        {"group": {}, "stratum": "dept", "level": "__missing__", "n": 300, "share": 300 / 4826, "unknown": True}
    ]


def test_a_named_reference_and_people_of_unknown_group() -> None:
    """White against Black only; people whose group is not stated are on neither side, in no stratum."""
    counts = [("White", "x", 30, 100), ("Black", "x", 20, 50), ("Asian", "x", 9, 30), ("Not stated", "x", 5, 5)]
    counts += [("White", "y", 10, 60), ("Black", "y", 12, 40), ("Asian", "y", 1, 10), ("Not stated", "y", 0, 9)]
    made = [(g, s, d, n) for g, s, k, total in counts for d, n in ((1, k), (0, total - k))]
    native = pd.DataFrame(made, columns=["eth", "department", "d", "n"])
    groups = {"ethnicity": {"name": "eth", "unknown_values": ["Not stated"]}}

    data = findings(plan(groups=groups, comparator={"also": {"ethnicity": "White"}}), native)

    found = {
        row["comparator"].get("value", "rest"): row["pooled_ratio"]["value"]
        for row in data["tables"]["stratified"]
        if row["group"] == {"ethnicity": "Black"}
    }
    # Sum of k1 n2 / n over sum of k2 n1 / n, by hand.
    against_white = (20 * 100 / 150 + 12 * 60 / 100) / (30 * 50 / 150 + 10 * 40 / 100)
    against_rest = (20 * 130 / 180 + 12 * 70 / 110) / (39 * 50 / 180 + 11 * 40 / 110)
    assert found == {"White": pytest.approx(against_white), "rest": pytest.approx(against_rest)}


def test_outcomes_that_only_a_yes_brings_are_set_aside_in_strata_too() -> None:
    """Hit rates within strata; an outcome recorded for a no would otherwise enter the true positive rate."""
    outcome = {"name": "y", "yes": [1], "no": [0], "label": "found", "observed_when": "decision_yes"}
    made = [
        (sex, stratum, d, y, n)
        for sex, stratum, cells in (
            ("women", "x", (8, 12, 3, 40)),
            ("men", "x", (9, 31, 2, 80)),
            ("women", "y", (4, 6, 1, 30)),
            ("men", "y", (2, 18, 1, 50)),
        )
        for (d, y), n in zip(((1, 1), (1, 0), (0, 1), (0, 0)), cells, strict=True)
    ]
    native = pd.DataFrame(made, columns=["sex", "department", "d", "y", "n"])

    data = findings(plan(columns={"outcome": outcome}, primary=["ppv", "tpr"]), native)

    by_metric = {row["metric"]: row for row in data["tables"]["stratified"] if row["group"] == {"sex": "women"}}
    ratio = (8 * 40 / 60 + 4 * 20 / 30) / (9 * 20 / 60 + 2 * 10 / 30)
    assert by_metric["ppv"]["pooled_ratio"]["value"] == pytest.approx(ratio)
    assert (by_metric["tpr"]["reason"], by_metric["tpr"]["pooled_ratio"]) == ("outcome_not_observed", None)


def test_too_many_strata_have_a_reason_and_no_figures() -> None:
    many = {f"s{index:03d}": (1, 2, 1, 3) for index in range(MAX_STRATA + 1)}

    data = findings(plan(), frame(many))

    (about,) = data["tables"]["strata"]
    assert (about["strata"], about["reason"]) == (MAX_STRATA + 1, "too_many_levels")
    assert data["tables"]["stratified"] == data["tables"]["strata_levels"] == []
    assert "Nothing was computed within “dept”: it has 201 strata" in page(data)


def test_few_people_in_each_stratum_are_said_to_be_few() -> None:
    sparse = {f"s{index:02d}": (1, 2, 1, 9) for index in range(30)}

    data = findings(plan(), frame(sparse))

    assert women(data)["sparse"] is True
    assert women(findings(plan(), frame(BERKELEY)))["sparse"] is False
    assert "Fewer than 10 to a stratum on one side" in page(data)


def test_counts_by_stratum_must_add_up_to_the_cells() -> None:
    counted = audit.count_frame(plan(), frame(BERKELEY))
    other = audit.count_frame(plan(), frame({**BERKELEY, "A": (88, 108, 512, 825)}))
    result = audit.analyse(plan(), counted.cells, aggregates=other.aggregates)

    with pytest.raises(MetricError) as caught:
        result.to_json(created="", tool_version="")

    assert [fault.code for fault in caught.value.faults] == ["D92"]


def test_parts_of_the_data_merge_to_the_whole() -> None:
    first = {key: BERKELEY[key] for key in "ABC"} | {None: (1, 2, 3, 4)}
    second = {key: BERKELEY[key] for key in "CDEF"}
    tables = [audit.count_frame(plan(), frame(part)).aggregates["strata"] for part in (first, second)]
    together = audit.count_frame(plan(), pd.concat([frame(first), frame(second)]))

    merged = Aggregate.from_parquet(tables[0].to_parquet()).merge(tables[1])

    assert merged == together.aggregates["strata"]


def test_bodies_that_are_merged_keep_their_strata(tmp_path: Path) -> None:
    """The merged plan reads strata.parquet, and gives the same figures as all rows at once."""
    bodies = []
    for name, part in (("north", "ABC"), ("south", "DEF")):
        column = "department" if name == "north" else "faculty"
        made = plan(strata={"dept": {**DEPARTMENT, "name": column}}, title=name)
        native = frame({key: BERKELEY[key] for key in part}).rename(columns={"department": column})
        counted = audit.count_frame(made, native)
        told = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
        found = told.to_json(created="", tool_version="")
        data = counted.cells.to_parquet()
        bodies.append(Body(name, made, counted.cells, found, data, counted.aggregates))

    merged = merge(bodies)
    (tmp_path / "strata.parquet").write_bytes(merged.aggregates["strata"].to_parquet())
    again = audit.count(merged.plan, base=tmp_path)

    whole = women(findings(plan(), frame(BERKELEY)))
    result = audit.analyse(merged.plan, merged.cells, aggregates=merged.aggregates)
    assert women(result.to_json(created="", tool_version="")) == whole
    assert again.cells == merged.cells
    assert again.aggregates["strata"] == merged.aggregates["strata"]
    with pytest.raises(MetricError) as caught:
        merge([bodies[0], Body("south", bodies[1].plan, bodies[1].cells, bodies[1].findings, b"")])
    assert [fault.code for fault in caught.value.faults] == ["D158"]


def test_a_plan_without_strata_has_none_of_their_tables() -> None:
    without = plan(strata={})

    data = findings(without, frame(BERKELEY))

    assert set(data["tables"]) == {
        "groups", "coverage", "rates", "bounds", "disparities", "identification", "scores", "calibration", "sweep",
        "screens",
    }  # fmt: skip
    assert data["aggregates"] == {}
    assert "strata" not in without.to_json()
    assert "population" not in without.to_json()
    assert "Like with like" not in page(data)


def test_a_public_copy_says_that_strata_are_not_in_it() -> None:
    counted = audit.count_frame(plan(), frame(BERKELEY))
    published = protect(plan(), counted.cells, load_policy("ons-10"))

    data = audit.analyse(plan(), published).to_json(created="", tool_version="")

    assert "stratified" not in data["tables"]
    assert [each["text"] for each in data["not_computed"] if each["reason"] == "not_counted"] == [
        "strata: declared in the plan, but its counts are not part of this audit"
    ]


def page(data: dict[str, Any]) -> str:
    text: str = audit_page(data, templates=find("templates", "default", Settings())).html
    return text


def test_small_counts_by_stratum_are_among_those_that_the_page_warns_of() -> None:
    data = findings(plan(), frame({"A": (50, 100, 40, 120), "B": (4, 54, 60, 130)}))

    assert data["disclosure"] == {"status": "exact", "min_cell": 10, "cells": 4 + 8, "small_cells": 1}
    assert "1 of its 8 counts are under 10, so that they may point at a person" in page(data)


def test_page_prints_both_figures_role_and_justification() -> None:
    proxy = {"name": "department", "role": "proxy_risk"}

    text = page(findings(plan(strata={"dept": DEPARTMENT, "again": proxy}), frame(BERKELEY)))

    assert "“dept” is declared a legitimate factor. The reason given: people choose where to apply." in text
    assert "Warning. “again” is declared a proxy risk" in text
    assert "can explain away a disparity that is real" in text
    for crude, conditional in (("−14.2 (−17.0 to −11.3)", "+4.3 (+0.5 to +7.5)"), ("0.68 (", "1.06 (0.97 to 1.15)")):
        assert crude in text
        assert conditional in text
    assert "Simpson’s paradox" in text


def test_tables_of_strata_are_exported() -> None:
    made = tables_as_csv(findings(plan(), frame(BERKELEY)))

    header, first = made["stratified"].splitlines()[:2]
    assert {"pooled_odds_ratio.ci_low", "crude_difference.value", "remark"} <= set(header.split(","))
    assert first.startswith("sex=men,not_sharing,selection_rate,dept,legitimate_factor,")


def test_justification_of_a_proxy_risk_may_be_left_out_and_that_of_a_legitimate_factor_may_not() -> None:
    assert plan(strata={"dept": {"name": "department", "role": "proxy_risk"}}).strata["dept"].justification is None

    with pytest.raises(MetricError) as caught:
        plan(strata={"dept": {"name": "department", "role": "legitimate_factor"}})

    assert [fault.code for fault in caught.value.faults] == ["E107"]


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ([f"id{number}" for number in range(1_001)], "D39", "“department” has 1,001 values: does it identify people?"),
        (["a@example.org", "b"], "D60", "“department” looks like e-mail addresses: it cannot be used as a stratum"),
        (["__missing__", "b"], "D82", "“department” contains the reserved value “__missing__”"),
    ],
)
def test_strata_that_would_name_people_or_mean_two_things_are_refused(values: list[str], code: str, said: str) -> None:
    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame(dict.fromkeys(values, (1, 2, 1, 3))))

    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].found.startswith(said)


def test_an_explanation_has_both_figures_and_the_warning() -> None:
    proxy = {"name": "department", "role": "proxy_risk"}
    data = findings(plan(strata={"dept": DEPARTMENT, "again": proxy}), frame(BERKELEY))
    number = next(entry["id"] for entry in data["findings"] if entry["role"] == "primary")

    (part,) = (part for part in explain(data, number).parts if part.heading == "Within strata")

    text = " ".join(part.lines)
    assert part.lines[0].startswith("Within strata of “dept”, declared a legitimate factor: ratio 1.06 (0.97 to 1.15)")
    assert "6 of 6 strata have people on both sides; 0 people are in no such figure." in text
    assert "Simpson’s paradox" in text
    assert "comparing within it can explain a disparity away" in text


def test_folders_of_bodies_are_merged_with_their_strata(tmp_path: Path) -> None:
    outs = []
    for name, part in (("north", "ABC"), ("south", "DEF")):
        folder = tmp_path / name
        folder.mkdir()
        frame({key: BERKELEY[key] for key in part}).to_csv(folder / "counts.csv", index=False)
        data = plan().to_json() | {"source": {"kind": "counts", "path": "counts.csv", "count": "n"}}
        (folder / "audit.yaml").write_text(json.dumps(lean(data)), encoding="utf-8")
        made = run_audit(folder / "audit.yaml", settings=Settings(), now=NOW, step=print, second_opinion=False)
        for path, content in made.files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
        outs.append(folder)

    both = merge_audits(outs, settings=Settings(), now=NOW, step=print, second_opinion=False)

    assert women(both.findings) == women(findings(plan(), frame(BERKELEY)))
    assert {"strata.parquet", "tables/stratified.csv"} <= set(both.files)
    (outs[0] / "strata.parquet").write_bytes((outs[1] / "strata.parquet").read_bytes())
    with pytest.raises(MetricError) as caught:
        merge_audits(outs, settings=Settings(), now=NOW, step=print, second_opinion=False)
    assert [fault.code for fault in caught.value.faults] == ["D155"]


def test_a_request_asks_for_the_strata_and_reads_them_back(tmp_path: Path) -> None:
    asked = request(plan(), table="rows_of_people", file="counts.csv")
    connection = duckdb.connect()
    connection.register("rows_of_people", frame(BERKELEY))
    connection.sql(asked.sql.rstrip("; \n")).write_csv(str(tmp_path / "counts.csv"))
    (tmp_path / "audit.yaml").write_text(asked.plan, encoding="utf-8")

    made = audit.load(tmp_path / "audit.yaml")
    counted = audit.count(made, base=tmp_path)

    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    whole = women(findings(plan(), frame(BERKELEY)))
    assert women(result.to_json(created="", tool_version=""))["pooled_odds_ratio"] == whole["pooled_odds_ratio"]
    assert asked.placeholders == ("sex", "dept")
    assert "- dept: every value as you record it." in asked.letter


def test_crude_odds_ratio_is_woolfs() -> None:
    theirs = Table2x2(np.array([[557, 1835 - 557], [1198, 2691 - 1198]]))

    row = women(findings(plan(), frame(BERKELEY)))

    assert row["crude_odds_ratio"]["value"] == pytest.approx(theirs.oddsratio)
    assert row["crude_odds_ratio"]["ci"] == pytest.approx(theirs.oddsratio_confint())


def test_equal_rates_in_every_stratum_are_no_reversal_however_the_last_digits_fall() -> None:
    """Rates of 1/3 and 1/7 on both sides: within strata the ratio is 1 but for rounding, overall it is not."""
    row = women(findings(plan(), frame({"A": (100, 300, 11, 33), "B": (7, 49, 101, 707)})))

    assert row["crude_difference"]["value"] > 0.1
    assert row["pooled_ratio"]["value"] == pytest.approx(1, abs=1e-12)
    assert (row["reverses"], row["remark"]) == (False, None)
