"""Searches of a watch list, from rows to the printed page. Expected values by hand, scipy or statsmodels."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from impact import audit
from impact.errors import MetricError
from impact.metrics.disclosure.withheld import to_withhold, withheld_texts
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.clusters import ClusterSums, clustered_exact
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.search_counts import BANDS, SearchCounts, band_label
from impact.metrics.tools.merge import Body, merge
from impact.report.view.parts import Numbering
from impact.report.view.topics.searches import make_searches

Rows = list[dict[str, Any]]
NAMES = ("g", "on_list", "alert", "back", "rank", "size", "fta")
# Group, on the list, alert, candidates at the threshold, rank of the mate, length of the list, no usable image.
TABLE = [
    ("a", 0, 0, 0, None, 100, "no"),
    ("a", 0, 1, 2, None, 100, "no"),  # a wrong match, two candidates
    ("a", 0, 1, 1, None, 100, "no"),  # a wrong match
    ("a", 0, 0, 0, None, 250, "no"),
    ("a", 1, 1, 1, 1, 100, "no"),  # found
    ("a", 1, 1, 2, 2, 100, "no"),  # found as the second
    ("a", 1, 1, 1, 3, 100, "no"),  # came back third, below the threshold: somebody else was named
    ("a", 1, 0, 0, None, 100, "no"),  # nobody came back
    ("a", 1, 0, None, None, 100, "yes"),  # no usable image
    ("b", 0, 0, 0, None, 100, "no"),
    ("b", 0, 0, 0, None, 100, "no"),
    ("b", 1, 1, 1, 1, 100, "no"),  # found
    ("b", None, 1, 1, None, 100, "no"),  # on the list? not known
    ("b", 0, 0, None, None, 100, "no"),  # no number of candidates
    ("b", 0, 0, None, None, 100, "yes"),  # no usable image
    (None, 0, 1, 1, None, None, "no"),  # a wrong match, group and list not known
]
YES_NO = {"yes": ["yes"], "no": ["no"]}


def plan(searches: dict[str, Any] | None = None, **more: Any) -> audit.AuditPlan:
    decision = {"name": "alert", "yes": [1], "no": [0], "effect": "identification", "label": "matched"}
    asked = {
        "mated": {"name": "on_list", "yes": [1], "no": [0]},
        "candidates": "back",
        "rank": "rank",
        "list_size": "size",
        "failed": {"name": "fta", **YES_NO},
        "threshold": "0.64, as set by the force",
        **(searches or {}),
    }
    data = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody who walked past",
        "source": {"kind": "csv", "path": "d.csv"},
        "unit": {"row": "search"},
        "columns": {
            "decision": decision,
            "outcome": {"name": "on_list", "yes": [1], "no": [0], "label": "on the list"},
        },
        "groups": {"g": {"name": "g"}},
        "plan": {"primary": ["selection_rate"], "standard": "none"},
        "searches": {key: value for key, value in asked.items() if value is not None},
    }
    return plan_of(data | more)


def columns(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[index] for row in rows] for index, name in enumerate(NAMES)}


def frame(rows: list[tuple[Any, ...]] = TABLE) -> pa.Table:
    return pa.table(columns(rows))


def many(groups: dict[str, tuple[int, int, int, int]]) -> pa.Table:
    """Group -> searches for people not listed, of those wrongly matched, for listed people, of those missed."""
    rows: list[tuple[Any, ...]] = []
    for g, (out, wrong, on, missed) in groups.items():
        rows += [(g, 0, 1, 1, None, 1_000, "no")] * wrong + [(g, 0, 0, 0, None, 1_000, "no")] * (out - wrong)
        rows += [(g, 1, 0, 0, None, 1_000, "no")] * missed + [(g, 1, 1, 1, 1, 1_000, "no")] * (on - missed)
    return frame(rows)


def block(data: Any, made: audit.AuditPlan) -> dict[str, Any]:
    counted = audit.count_frame(made, data)
    result = audit.analyse(made, counted.cells, checks=counted.checks, aggregates=counted.aggregates)
    found: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return found


def tables(data: Any, made: audit.AuditPlan) -> dict[str, Rows]:
    found: dict[str, Rows] = block(data, made)["tables"]
    return found


def of(rows: Rows, g: str = "", **wanted: Any) -> dict[str, Any]:
    (found,) = [
        row for row in rows if row["group"].get("g", "") == g and all(row[key] == wanted[key] for key in wanted)
    ]
    return found


def csv_of(data: pa.Table, folder: Path) -> Aggregate:
    data.to_pandas().astype({"rank": "Int64", "back": "Int64", "on_list": "Int64", "size": "Int64"}).to_csv(
        folder / "d.csv", index=False
    )
    return audit.count(plan(), base=folder).aggregates["searches"]


ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": lambda data: data,
    "pandas": lambda data: data.to_pandas(),
    "polars": pl.from_arrow,
    "polars-lazy": lambda data: pl.from_arrow(data).lazy(),  # type: ignore[union-attr]  # a table is a frame
    "duckdb": duckdb.from_arrow,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_counts_the_same_searches_as_a_file(engine: str, tmp_path: Path) -> None:
    counted = audit.count_frame(plan(), ENGINES[engine](frame()))

    assert counted.aggregates["searches"] == csv_of(frame(), tmp_path)


def test_counts_worked_by_hand() -> None:
    counts = SearchCounts(audit.count_frame(plan(), frame()).aggregates["searches"])
    first, second = (counts.of(counts.everybody(), at_rank=rank) for rank in (1, 2))

    assert (first.attempts, first.failed, first.failed_known) == (16, 2, 16)
    assert (first.unknown_mated, first.no_result) == (1, 1)
    assert (first.non_mated, first.false_positive, first.candidates, first.squares) == (7, 3, 4, 6)
    assert (first.mated, first.found, second.found) == (5, 2, 3)
    assert (first.others_only, first.nobody, first.mated_failed, first.beyond) == (1, 1, 1, 1)
    assert first.ranks[:4] == (2, 1, 1, 0)
    assert (first.listed, first.list_sum) == (13, 12 * 100 + 250)


def test_rates_of_the_hand_table() -> None:
    rows = tables(frame(), plan())["searches"]
    everyone, a, b = of(rows), of(rows, "a"), of(rows, "b")

    assert (everyone["fpir"]["k"], everyone["fpir"]["n"]) == (3, 7)
    assert (a["fpir"]["k"], a["fpir"]["n"], a["fnir"]["k"], a["fnir"]["n"]) == (2, 4, 3, 4)
    assert a["tpir"]["value"] == pytest.approx(1 / 4)
    assert (a["missed_or_failed"]["k"], a["missed_or_failed"]["n"]) == (4, 5)
    assert a["selectivity"]["value"] == pytest.approx(3 / 4)
    assert (b["fpir"]["k"], b["fpir"]["n"], b["failed"]["k"], b["failed"]["n"]) == (0, 2, 1, 6)
    assert b["fpir"]["ci"] == pytest.approx([0, 1 - 0.025**0.5])  # none of two: (1-p)² = .025
    assert a["rule_of_three"] is b["rule_of_three"] is None  # an error was seen; too few searches
    assert a["list_mean"] == pytest.approx((7 * 100 + 250) / 8)
    assert of(tables(frame(), plan({"at_rank": 2}))["searches"], "a")["fnir"]["k"] == 2
    ranks = [row for row in tables(frame(), plan())["search_ranks"] if row["group"] == {"g": "a"}]
    assert [(row["rank"], row["k"]) for row in ranks] == [(1, 1), (2, 2), (3, 3)]


def test_intervals_are_those_of_other_libraries() -> None:
    groups = {"a": (4_000, 0, 300, 30), "b": (1_000, 6, 80, 16), "c": (2_000, 4, 100, 9)}
    found = tables(many(groups), plan())
    a, b = of(found["searches"], "a"), of(found["searches"], "b")
    exact = stats.binomtest(0, 4_000).proportion_ci(method="exact")
    missed = stats.binomtest(16, 80).proportion_ci(method="exact")
    gap = of(found["search_gaps"], "b", rate="fpir")

    assert a["fpir"]["ci"] == pytest.approx([exact.low, exact.high])
    assert a["rule_of_three"] == pytest.approx(0.00075)
    assert b["fnir"]["ci"] == pytest.approx([missed.low, missed.high])
    assert b["tpir"]["ci"] == pytest.approx([1 - missed.high, 1 - missed.low])
    assert gap["difference"]["value"] == pytest.approx(0.006 - 4 / 6_000)
    assert gap["difference"]["ci"] == pytest.approx(
        confint_proportions_2indep(6, 1_000, 4, 6_000, method="newcomb", compare="diff")
    )
    assert gap["ratio"]["value"] == pytest.approx(9.0)
    assert gap["ratio"]["ci"] == pytest.approx(
        confint_proportions_2indep(6, 1_000, 4, 6_000, method="score", compare="ratio", correction=False), rel=1e-4
    )


def test_break_even_is_the_share_of_searches_at_which_rates_would_be_equal() -> None:
    found = tables(many({"a": (4_000, 4, 5, 1), "b": (1_000, 6, 5, 1)}), plan())
    even = of(found["search_gaps"], "b", rate="fpir")["break_even"]

    assert (even["k"], even["n"], even["value"], even["actual"]) == (6, 10, 0.6, 0.2)
    # With 60% of 5,000 searches, 6 wrong matches are 2 in 1,000; so are the others' 4 of 2,000.
    own, others = 6 / (0.6 * 5_000), 4 / (0.4 * 5_000)
    assert own == pytest.approx(others)


def test_inequality_names_both_ends_with_their_counts() -> None:
    found = tables(many({"a": (5_000, 2, 0, 0), "b": (1_000, 40, 0, 0), "c": (1_000, 55, 0, 0)}), plan())
    row = next(row for row in found["search_inequality"] if row["rate"] == "fpir")

    # Rates .0004, .04 and .055, as in test_metrics_people.py: Gini 3/2 of (2 · .1092)/(2 · 9 · .0318).
    assert row["largest_over_smallest"] == pytest.approx(137.5)
    assert row["largest_over_geometric_mean"] == pytest.approx(0.055 / (0.0004 * 0.04 * 0.055) ** (1 / 3))
    assert row["gini"] == pytest.approx(1.5 * 0.2184 / (2 * 9 * 0.0318), rel=1e-3)
    assert (row["lowest"]["group"], row["lowest"]["k"], row["highest"]["k"]) == ({"g": "a"}, 2, 55)
    missed = next(row for row in found["search_inequality"] if row["rate"] == "fnir")
    assert (missed["groups"], missed["reason"], missed["left_out"]) == (
        0,
        "one_group",
        [{"g": "a"}, {"g": "b"}, {"g": "c"}],
    )


def test_without_ranks_misses_are_not_counted() -> None:
    found = tables(frame(), plan({"rank": None}))
    row = of(found["searches"])

    assert (row["fnir"]["value"], row["fnir"]["reason"], row["tpir"]["value"]) == (None, "not_counted", None)
    assert row["nobody"] == 1
    assert found["search_ranks"] == []
    assert {gap["rate"] for gap in found["search_gaps"]} == {"fpir", "failed"}


def test_unknown_groups_are_shown_and_compared_with_nobody() -> None:
    found = tables(frame(), plan())

    assert of(found["searches"], "__missing__")["unknown"] is True
    assert of(found["search_gaps"], "a", rate="fpir")["comparator_rate"]["n"] == 2  # b alone
    assert {gap["group"]["g"] for gap in found["search_gaps"]} == {"a", "b"}


@pytest.mark.parametrize(("size", "band"), [(1, 0), (999, 8), (1_000, 9), (1_999, 9), (2_000, 10), (10**9, 26)])
def test_lists_are_counted_by_length(size: int, band: int) -> None:
    data = frame([("a", 0, 1, 1, None, size, "no"), ("b", 1, 0, 0, None, size, "no")])
    (row,) = tables(data, plan())["search_lists"]

    assert (row["from"], row["label"], row["list_mean"]) == (BANDS[band], band_label(band), size)


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (("a", 0, 0, -1, None, 9, "no"), "D67", "“back”: 1 number of candidates that cannot be one"),
        (("a", 0, 0, 1.5, None, 9, "no"), "D67", "“back”: 1 number of candidates that cannot be one"),
        (("a", 1, 1, 1, 0, 9, "no"), "D67", "“rank”: 1 rank that cannot be one"),
        (("a", 0, 0, 0, None, 0, "no"), "D67", "“size”: 1 length of the list that cannot be one"),
        (("a", 0, 0, 1, None, 9, "yes"), "D120", "“searches.failed”: 1 attempt without a usable image"),
        (("a", 0, 0, 1, 1, 9, "no"), "D120", "“searches.rank”: 1 rank of a mate"),
        (("a", 0, 0, 1, None, 9, "perhaps"), "D31", "“fta” has 1 value that the plan does not map: “perhaps”"),
    ],
)
def test_records_that_cannot_be_are_refused(row: tuple[Any, ...], code: str, said: str) -> None:
    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame([*TABLE, row]))

    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].found.startswith(said)


def test_searches_for_listed_people_alone_give_no_rate_of_wrong_matches() -> None:
    data = block(frame([row for row in TABLE if row[1] == 1]), plan())

    assert "D73" in [check["code"] for check in data["checks"]]
    assert of(data["tables"]["searches"])["fpir"]["reason"] == "not_searched"
    assert "D121" in [check["code"] for check in block(frame(), plan())["checks"]]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"searches": {"candidates": "g"}}, "E115"),
        ({"searches": {"rank": "back"}}, "E115"),
        ({"searches": {"at_rank": 0}}, "E100"),
        ({"searches": {"threshold": None}}, "E110"),
        ({"searches": {"failed": {"name": "fta", "yes": ["x"], "no": ["x"]}}}, "E113"),
        ({"searches": {"mated": {"name": "on_list", "yes": [1], "no": []}}}, "E110"),
        ({"effect": "burden"}, "E104"),
        ({"weight": {"name": "w", "kind": "sampling"}}, "E118"),
    ],
)
def test_plans_that_cannot_be_used_are_refused(changed: dict[str, Any], code: str) -> None:
    more: dict[str, Any] = {}
    if "searches" not in changed:
        effect = changed.get("effect", "identification")
        decision = {"name": "alert", "yes": [1], "no": [0], "effect": effect, "label": "matched"}
        weight = {"weight": changed["weight"]} if "weight" in changed else {}
        more["columns"] = {"decision": decision, **weight}

    def use() -> None:
        made = plan(changed.get("searches"), **more)
        audit.analyse(made, audit.count_frame(plan(), frame()).cells)

    with pytest.raises(MetricError) as caught:
        use()

    assert code in [fault.code for fault in caught.value.faults]


def test_a_plan_without_searches_is_the_plan_that_it_was() -> None:
    assert "searches" not in plan_of({**plan().to_json(), "searches": None}).to_json()


def walks(volunteers: int = 60, times: int = 8, seed: int = 3) -> pd.DataFrame:
    """Volunteers who walk past several times; some are matched or missed nearly every time, most never."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(volunteers):
        g, on, often = "ab"[who % 2], who % 3 == 0, rng.beta(0.15, 1.2)
        for _ in range(times):
            wrong, failed = rng.random() < often, rng.random() < 0.05
            back = None if failed else int(wrong) if not on else int(not wrong)
            rows.append((g, int(on), int(bool(back)), back, 1 if on and back else None, 900, "yes" if failed else "no"))
    made = pd.DataFrame(columns(rows))
    return made.assign(who=[f"volunteer-{index // times}" for index in range(len(made))])


def effective(counted: pd.Series[Any], who: pd.Series[Any]) -> tuple[float, float]:
    """Rate and effective number, from the variance over clusters that statsmodels computes."""
    fit = sm.OLS(counted.to_numpy(float), np.ones(len(counted))).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(who)[0]}
    )
    rate, clusters = float(fit.params[0]), who.nunique()
    shrink = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, clusters - 1)) ** 2
    return rate, min(rate * (1 - rate) / float(fit.bse[0]) ** 2, len(counted)) * shrink


def limits(rate: float, n: float) -> tuple[float, float]:
    """Clopper and Pearson's, for numbers that need not be whole."""
    k = rate * n
    return float(stats.beta.ppf(0.025, k, n - k + 1)), float(stats.beta.ppf(0.975, k + 1, n - k))


def test_searches_of_one_person_are_worth_less() -> None:
    data = walks(volunteers=240)
    found = tables(data, plan(unit={"row": "search", "person_id": "who"}))
    made = data[data["fta"] == "no"]
    out, on = made[made["on_list"] == 0], made[made["on_list"] == 1]
    ends = {}
    for g in "ab":
        own = out[out["g"] == g]
        rate, n = effective(own["back"] > 0, own["who"])
        ends[g] = (rate, *limits(rate, n))
        row = of(found["searches"], g)["fpir"]
        assert (row["k"], row["n"], row["method"]) == (int((own["back"] > 0).sum()), len(own), "korn_graubard")
        assert row["ci"] == pytest.approx(ends[g][1:])
        exact = stats.binomtest(row["k"], row["n"]).proportion_ci(method="exact")
        assert row["ci"][1] - row["ci"][0] > exact.high - exact.low
    rate, n = effective(on["rank"].isna(), on["who"])
    everyone = of(found["searches"])
    assert everyone["fnir"]["ci"] == pytest.approx(limits(rate, n))
    assert everyone["tpir"]["ci"] == pytest.approx([1 - end for end in reversed(limits(rate, n))])
    rate, n = effective(data["fta"] == "yes", data["who"])
    assert everyone["failed"]["ci"] == pytest.approx(limits(rate, n))

    # Squared and added from each side's own limits (Zou and Donner 2008).
    (p, low, high), (q, lower, upper) = ends["b"], ends["a"]
    gap = of(found["search_gaps"], "b", rate="fpir")["difference"]
    assert gap["method"] == "square_and_add"
    assert gap["ci"] == pytest.approx([p - q - math.hypot(p - low, upper - q), p - q + math.hypot(high - p, q - lower)])


def test_one_person_wrongly_matched_again_and_again_is_one_person() -> None:
    """Six wrong matches of one volunteer among 40 who walk past ten times: as if .015 of 40 people."""
    rows = [("a" if who else "b", 0, 0, 0, None, 9, "no") for who in range(40) for _ in range(10)]
    rows[10:16] = [("a", 0, 1, 1, None, 9, "no")] * 6
    data = pd.DataFrame(columns(rows)).assign(who=[str(index // 10) for index in range(400)])
    row = of(tables(data, plan({"rank": None}, unit={"row": "search", "person_id": "who"}))["searches"])["fpir"]

    # The variance says still less than one search each: rate (1 - rate) / variance, times (z/t)², is below 40.
    rate, n = effective(data["back"] > 0, data["who"])
    assert (row["k"], row["n"]) == (6, 400)
    assert row["ci"] == pytest.approx(limits(rate, min(n, 40)))
    assert row["ci"][1] > 5 * 0.015


def test_rare_rates_over_people_cover_what_they_say() -> None:
    """400 people, ten searches each, rate .003: most wrong matches are of a few people. Wilson's covers .85 here."""
    rng = np.random.default_rng(11)
    mean, alike, hit, runs = 0.003, 0.5, 0, 800
    shape = 1 / alike - 1
    for _ in range(runs):
        k = rng.binomial(10, rng.beta(mean * shape, (1 - mean) * shape, 400))
        sums = ClusterSums.of(k, np.full(400, 10))
        found = clustered_exact(sums, counted=int((k > 0).sum()), others=int((k < 10).sum()))
        assert found.interval is not None
        hit += found.interval[0] <= mean <= found.interval[1]

    assert hit / runs > 0.95


def test_what_was_not_counted_over_people_has_no_interval() -> None:
    data = block(walks(), plan(unit={"row": "search", "person_id": "who"}))
    found = data["tables"]
    topic = make_searches({**data, "source_fingerprint": []}, Numbering())

    parts = [found["search_ranks"][0], found["search_lists"][0]["fpir"], found["search_gaps"][0]["break_even"]]
    parts.append(found["searches"][0]["selectivity"])
    assert {(part["ci"], part["reason"]) for part in parts} == {(None, "not_counted")}
    assert found["searches"][0]["rule_of_three"] is None
    assert topic is not None
    assert "one person can have several searches here" in topic.paragraphs[-1]
    notes = [table.note for table in topic.tables if "Without intervals" in table.note]
    assert len(notes) == 3  # break-even, ranks and lengths of lists
    few = tables(walks(volunteers=16), plan(unit={"row": "search", "person_id": "who"}))
    assert of(few["searches"], "a")["fpir"]["reason"] == "too_few_clusters"


def test_a_person_with_searches_in_both_groups_joins_the_sides() -> None:
    """The difference of two columns of one table has the variance that statsmodels gives the interaction."""
    data = walks(volunteers=240).assign(g=lambda each: np.where(np.arange(len(each)) % 2 == 0, "a", "b"))
    found = tables(data, plan(unit={"row": "search", "person_id": "who"}))
    out = data[(data["fta"] == "no") & (data["on_list"] == 0)]
    design = np.column_stack([np.ones(len(out)), (out["g"] == "b").to_numpy(float)])
    fit = sm.OLS((out["back"] > 0).to_numpy(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(out["who"])[0], "use_correction": False}
    )
    clusters = out["who"].nunique()
    half = float(fit.bse[1]) * math.sqrt(clusters / (clusters - 1)) * stats.t.ppf(0.975, clusters - 1)

    gap = of(found["search_gaps"], "b", rate="fpir")

    assert gap["difference"]["method"] == "sandwich_cross"
    assert gap["difference"]["value"] == pytest.approx(float(fit.params[1]))
    assert gap["difference"]["ci"] == pytest.approx([float(fit.params[1]) - half, float(fit.params[1]) + half])
    assert (gap["ratio"]["ci"], gap["ratio"]["reason"]) == (None, "not_counted")


def body(name: str, rows: Any, made: audit.AuditPlan) -> Body:
    counted = audit.count_frame(made, frame(rows) if isinstance(rows, list) else rows)
    found = audit.analyse(made, counted.cells, aggregates=counted.aggregates).to_json(created="", tool_version="")
    data = counted.cells.to_parquet()
    return Body(name, made, counted.cells, json.loads(json.dumps(found)), data, counted.aggregates)


def test_bodies_add_up_to_one_count_of_all() -> None:
    more = [("b", 0, 1, 1, None, 700, "no")] * 3 + [("a", 1, 1, 60, 55, 700, "no")]
    north, south = body("north", TABLE, plan()), body("south", TABLE[8:] + more, plan())
    whole = audit.count_frame(plan(), frame(TABLE + TABLE[8:] + more))

    merged = merge([north, south])
    found = audit.analyse(merged.plan, merged.cells, aggregates=merged.aggregates)
    rows = found.to_json(created="", tool_version="")["tables"]["searches"]

    assert merged.aggregates["searches"] == whole.aggregates["searches"]
    assert of(rows, "b")["fpir"]["k"] == 3
    assert "searches" not in merged.plan_text.split("version:")[1]
    with pytest.raises(MetricError) as caught:
        merge([north, body("south", TABLE[8:] + more, plan({"threshold": "0.7"}))])
    assert [fault.where for fault in caught.value.faults] == ["south: searches.threshold"]


def test_searches_of_people_add_up_only_where_nobody_stands_in_two_bodies() -> None:
    made = plan(unit={"row": "search", "person_id": "who"})
    north, south = walks(), walks(seed=4).assign(who=lambda each: "south-" + each["who"])
    whole = audit.count_frame(made, pd.concat([north, south]))
    bodies = [body(name, data, made) for name, data in (("north", north), ("south", south))]

    merged = merge(bodies, disjoint=True)

    assert dict(merged.aggregates) == dict(whole.aggregates)
    with pytest.raises(MetricError) as caught:
        merge(bodies)
    assert {fault.code for fault in caught.value.faults} == {"D158"}


def test_searches_of_other_cells_are_refused() -> None:
    counted = audit.count_frame(plan(), frame())
    other = audit.count_frame(plan(), frame([*TABLE, TABLE[0]])).aggregates
    result = audit.analyse(plan(), counted.cells, aggregates=other)

    with pytest.raises(MetricError) as caught:
        result.to_json(created="", tool_version="")

    assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_a_strangers_table_is_read_strictly_and_round_trips() -> None:
    table = audit.count_frame(plan(), frame()).aggregates["searches"]
    wrong = Aggregate.of("searches", {**table.keys, "hit": table.keys["hit"] + 5}, table.measures)

    assert Aggregate.from_parquet(table.to_parquet()) == table
    with pytest.raises(MetricError) as caught:
        SearchCounts(wrong)
    assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_a_public_copy_withholds_them_by_name() -> None:
    names = to_withhold(plan(), ["searches"], {"searches": [{}], "search_gaps": [{}]})

    assert names == ("searches",)
    assert withheld_texts(names) == ["searches of the list (errors by group, ranks, failures)"]


def test_page_says_threshold_list_zero_and_what_it_does_not_show() -> None:
    data = block(many({"a": (3_000, 0, 300, 30), "b": (1_000, 6, 80, 16)}), plan())
    topic = make_searches({**data, "source_fingerprint": []}, Numbering())

    assert topic is not None
    text = " ".join(topic.paragraphs)
    assert "0.64, as set by the force." in text
    assert "1,000 people on average" in text
    assert "a: none of 3,000, at most 0.12% (rule of three 0.10%)" in text
    assert "ISO/IEC 19795-10:2024" in text
    assert [len(figure.drawing) > 0 for figure in topic.figures] == [True, True]
    wrong = next(table for table in topic.tables if "wrongly matched" in table.caption)
    assert wrong.rows[2][:3] == ("b", "6 of 1,000", "0.60% (0.22% to 1.3%)")
    gaps = next(table for table in topic.tables if table.caption.startswith("Wrongly matched"))
    assert "none: the others’ rate is zero; at least" in gaps.rows[1][4]
