"""Count tables beside the cells: worked by hand, the same on every engine, and merged parts equal to the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.errors import MetricError
from impact.metrics.counting.coding_extra import SECONDS_UNIT, WEIGHT_UNIT
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.aggregates import Aggregate, merge_all
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tables.cluster_counts import ClusterCounts, Cross, Sums
from impact.metrics.tables.score_counts import ScoreCounts
from impact.metrics.tables.score_scale import UNIT, Scale
from impact.metrics.tables.singles import rows_of
from impact.metrics.tables.time_counts import time_edges

Columns = dict[str, list[Any]]
DECISION = {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"}
OUTCOME = {"name": "found", "yes": [1], "no": [0], "label": "something found"}


def plan(*, columns: dict[str, Any] | None = None, thresholds: list[float] | None = None, **changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": {"kind": "csv", "path": "d.csv"},
        "columns": {"decision": DECISION, "outcome": OUTCOME} | (columns or {}),
        "groups": {"eth": {"name": "eth"}},
        "plan": {"primary": ["selection_rate"]} | ({"thresholds": thresholds} if thresholds else {}),
    }
    return plan_of(data | changes)


SCORE = {"name": "risk", "higher_means": "more likely to be flagged", "bins": 100}
# The table of metrics/prototypes.md, section 21. The score of .29 falls one bin low where floor(.29 * 100) is taken.
PUBLISHED: Columns = {
    "eth": ["a", "a", None, "b", "b", "b", "a"],
    "found": [1, 0, 1, None, 0, 1, 0],
    "flag": ["Y", "N", "Y", "N", "N", "Y", "Y"],
    "risk": [0.9, 0.29, 1.0, None, 0.05, 0.7004, 0.5],
}


def scores_of(table: Columns, the_plan: AuditPlan) -> ScoreCounts:
    return ScoreCounts(count_frame(the_plan, pa.table(table)).aggregates["scores"])


def test_scores_of_the_published_table_fall_into_the_published_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impact.metrics.counting.gather.MAX_EXACT", 3)  # six different scores: bins, not exact values
    scores = scores_of(PUBLISHED, plan(columns={"score": SCORE}))

    table = scores.table
    rows = zip(*(table.keys[key].tolist() for key in ("grouping", "level", "outcome", "bin")), strict=True)
    assert list(rows) == [
        ("", "", -1, -1), ("", "", 0, 5), ("", "", 0, 29), ("", "", 0, 50), ("", "", 1, 70), ("", "", 1, 90),
        ("", "", 1, 99),
        ("eth", MISSING, 1, 99), ("eth", "a", 0, 29), ("eth", "a", 0, 50), ("eth", "a", 1, 90), ("eth", "b", -1, -1),
        ("eth", "b", 0, 5), ("eth", "b", 1, 70),
    ]  # fmt: skip
    assert table.measures["n"].tolist() == [1] * 14


def test_few_scores_keep_their_values() -> None:
    scores = scores_of(PUBLISHED, plan(columns={"score": SCORE}))

    assert scores.exact
    assert scores.points.tolist() == [0.05, 0.29, 0.5, 0.7004, 0.9, 1.0]
    held = scores.by_group("eth")
    assert held.levels == ((MISSING,), ("a",), ("b",))
    assert held.positives.tolist() == [[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0]]
    assert held.negatives.tolist() == [[0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert held.unscored.tolist() == [0, 0, 1]
    sums = scores.sums("eth")
    assert sums.n.tolist() == [[0, 1, 0], [2, 1, 0], [1, 1, 0]]
    # a, outcome no: .29 and .5; their sum is .79 and the sum of their squares .3341.
    assert sums.s1[1, 0] == pytest.approx(0.79, abs=2 / UNIT)
    assert sums.s2[1, 0] == pytest.approx(0.3341, abs=2 / UNIT)
    assert scores.above(0.5).tolist() == [False, False, True, True, True, True]


@pytest.mark.parametrize("bins", [10, 20, 100, 1_000, 10_000])
def test_score_written_as_an_edge_is_in_the_bin_above_it(bins: int) -> None:
    edges = np.arange(bins + 1) / bins
    expected = [*range(bins), bins - 1]

    assert Scale(0.0, 1.0, bins, "left", (), single=False).index(edges).tolist() == expected
    right = Scale(0.0, 1.0, bins, "right", (), single=False).index(edges).tolist()
    assert right == [0, *range(bins)]


FRAMES: dict[str, Callable[[Any], Any]] = {
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "duckdb": lambda data: duckdb.from_arrow(pa.table(data)),
}


@settings(max_examples=25, deadline=None)
@given(
    data=st.data(),
    bins=st.sampled_from([2, 7, 10, 100, 1_000, 9_999]),
    limits=st.sampled_from([(0.0, 1.0), (0.0, 100.0), (-3.0, 5.5), (300.0, 850.0)]),
    closed=st.sampled_from(["left", "right"]),
    single=st.booleans(),
)
def test_engines_find_the_bin_that_the_edges_say(data: Any, bins: int, limits: Any, closed: Any, single: bool) -> None:
    import narwhals as nw

    low, high = limits
    extra = data.draw(st.lists(st.floats(low, high), max_size=3, unique=True))
    scale = Scale(low, high, bins, closed, tuple(sorted(extra)), single=single)
    numbers = [*scale.edges().tolist(), *data.draw(st.lists(st.floats(low, high), max_size=20))]
    scores = np.clip(np.array(numbers) + 0.0, low, high)
    if single:
        scores = np.clip(scores.astype(np.float32).astype(float), low, high)
    expected = scale.index(scores).tolist()

    for name, make in FRAMES.items():
        frame = scale.with_index(nw, nw.from_native(make({"s": scores})), "s", "b").select("b")
        native = frame.to_native()
        found = [row[0] for row in native.fetchall()] if name == "duckdb" else nw.from_native(native)["b"].to_list()
        assert found == expected, name


def test_declared_threshold_between_edges_becomes_an_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impact.metrics.counting.gather.MAX_EXACT", 1)
    table = {"eth": ["a", "b", "a"], "found": [1, 0, 1], "flag": ["Y", "N", "Y"], "risk": [0.70041, 0.70039, 0.7]}
    scores = scores_of(table, plan(columns={"score": SCORE}, thresholds=[0.7004]))

    held = scores.by_group()
    over = scores.above(0.7004)
    assert (held.positives[0][over].sum(), held.negatives[0][over].sum()) == (1, 0)
    with pytest.raises(MetricError) as caught:
        scores.above(0.7003)
    assert [fault.code for fault in caught.value.faults] == ["E116"]


@pytest.mark.parametrize("rule", [">=", ">"])
def test_bins_agree_with_a_decision_derived_from_the_score(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impact.metrics.counting.gather.MAX_EXACT", 1)
    decision = {"from": "risk", "threshold": 0.58, "rule": rule, "effect": "burden", "label": "flagged"}
    table = {"eth": ["a", "b", "a", "b"], "found": [1, 0, 1, 1], "risk": [0.58, 0.57, 0.5800001, None]}
    scores = scores_of(table, plan(columns={"decision": decision, "score": SCORE}))

    over = scores.above(0.58)
    for decided, row in zip(scores.table.keys["decision"], scores.table.keys["bin"], strict=True):
        assert decided == (-1 if row < 0 else int(over[row]))


EVERYTHING = {
    "human": {"name": "h", "yes": ["Y"], "no": ["N"]},
    "score": SCORE | {"bins": 10},
    "weight": {"name": "w", "kind": "sampling"},
    "reviewer": {"name": "rev"},
    "review_seconds": {"name": "secs", "cap": 600},
    "time": {"name": "day"},
    "version": {"name": "v"},
}
WHOLE = plan(
    columns=EVERYTHING,
    unit={"row": "decision", "person_id": "pid"},
    strata={"area": {"name": "area", "role": "proxy_risk"}},
    thresholds=[0.65],
)
KINDS: dict[str, pa.DataType] = {
    "eth": pa.string(), "flag": pa.string(), "found": pa.float64(), "h": pa.string(), "risk": pa.float64(),
    "w": pa.float64(), "rev": pa.string(), "secs": pa.float64(), "day": pa.date32(), "v": pa.string(),
    "area": pa.string(), "pid": pa.string(),
}  # fmt: skip


def drawn_rows(people: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    row = st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["Y", "N", None]),
        st.sampled_from([1.0, 0.0, None, float("nan")]),
        st.sampled_from(["Y", "N", None]),
        st.sampled_from([0.0, 0.29, 0.3, 0.65, 0.6499999, 1.0, None, float("nan")]),
        st.sampled_from([0.5, 1.0, 2.25]),
        st.sampled_from(["r1", "r2", None]),
        st.sampled_from([0.0, 0.25, 59.5, 61.0, 700.0, None]),
        st.sampled_from([dt.date(2024, 1, 31), dt.date(2024, 2, 1), None]),
        st.sampled_from(["1", "2", None]),
        st.sampled_from(["north", "south"]),
        people,
    )
    sure = [
        ("a", "Y", 1.0, "Y", 0.7, 1.0, "r1", 30.0, dt.date(2024, 1, 1), "1", "north", None),
        ("b", "N", 0.0, "Y", 0.1, 1.0, "r1", 30.0, dt.date(2024, 1, 1), "1", "north", None),
    ]
    return st.lists(row, max_size=20).map(lambda drawn: [*sure, *drawn])


def arrow(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(each, kind) for (name, kind), each in zip(KINDS.items(), columns, strict=True)})


def from_file(kind: str) -> Callable[[pa.Table, Path], Counted]:
    def read(table: pa.Table, folder: Path) -> Counted:
        if kind == "csv":
            table.to_pandas().to_csv(folder / "d.csv", index=False)
        else:
            pq.write_table(table, folder / "d.parquet")
        source = WHOLE.source.model_copy(update={"kind": kind, "path": f"d.{kind}"})
        return count(WHOLE.model_copy(update={"source": source}), base=folder)

    return read


ENGINES: dict[str, Callable[[pa.Table, Path], Counted]] = {
    "pandas": lambda table, _: count_frame(WHOLE, table.to_pandas(date_as_object=False)),
    "polars": lambda table, _: count_frame(WHOLE, pl.from_arrow(table)),
    "polars-lazy": lambda table, _: count_frame(WHOLE, pl.DataFrame(table).lazy()),
    "duckdb": lambda table, _: count_frame(WHOLE, duckdb.from_arrow(table)),
    "csv": from_file("csv"),
    "parquet": from_file("parquet"),
}


@settings(max_examples=2, deadline=None)
@given(rows=drawn_rows(st.sampled_from(["p1", "p2", "p3", None])))
def test_every_engine_gives_the_same_bytes(rows: list[tuple[Any, ...]], tmp_path_factory: Any) -> None:
    table, folder = arrow(rows), tmp_path_factory.mktemp("drawn")
    expected = count_frame(WHOLE, table)

    for name, read in ENGINES.items():
        found = read(table, folder)
        assert found.cells == expected.cells, name
        assert {key: each.digest for key, each in found.aggregates.items()} == {
            key: each.digest for key, each in expected.aggregates.items()
        }, name


@settings(max_examples=3, deadline=None)
@given(rows=drawn_rows(st.sampled_from(["p1", "p2"])), other=drawn_rows(st.sampled_from(["p3", "p4", None])))
@pytest.mark.parametrize("most", [1_000, 7, 3])
def test_merged_parts_equal_the_whole(rows: list[Any], other: list[Any], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # With few exact values allowed, a part keeps its values and the whole has bins.
        patch.setattr("impact.metrics.counting.gather.MAX_EXACT", most)
        patch.setattr("impact.metrics.tables.score_counts.MAX_EXACT", most)
        no_reviewer = {name: part for name, part in EVERYTHING.items() if name != "reviewer"}
        the_plan = plan(
            columns=no_reviewer,
            unit={"row": "decision", "person_id": "pid"},
            strata={"area": {"name": "area", "role": "proxy_risk"}},
            thresholds=[0.65],
        )
        one, two, whole = (count_frame(the_plan, arrow(part)) for part in (rows, other, rows + other))
        merged = merge_all([one.aggregates, two.aggregates])

    assert {key: each.digest for key, each in merged.items()} == {
        key: each.digest for key, each in whole.aggregates.items()
    }


@settings(max_examples=4, deadline=None)
@given(rows=drawn_rows(st.none()))
def test_every_table_rolls_up_to_the_cells(rows: list[tuple[Any, ...]]) -> None:
    counted = count_frame(WHOLE, arrow(rows))

    for name in ("scores", "weights", "periods", "strata"):
        table = counted.aggregates[name]
        codes = [code for code in ("outcome", "decision", "human") if code in table.keys]
        mask, levels = rows_of(table, ("eth",))
        groups = [level for (level,) in levels]
        columns = zip(groups, *(table.keys[code][mask] for code in codes), table.measures["n"][mask], strict=True)
        made = []
        for level, *values, n in columns:
            held = dict(zip(codes, map(int, values), strict=True))
            made.append(Cell((level,), held["outcome"], held["decision"], held.get("human", -1), int(n)))
        flat = [
            Cell(cell.group, cell.outcome, cell.decision, cell.human if "human" in codes else -1, cell.n)
            for cell in counted.cells
        ]
        assert Cells.of(["eth"], made) == Cells.of(["eth"], flat), name


def clustered(rows: list[tuple[str, str | None, int, int]], unit: str = "person") -> ClusterCounts:
    """(group, id, m, k): m decisions, k of them a yes."""
    table: Columns = {"eth": [], "id": [], "flag": []}
    for group, each, m, k in rows:
        table["eth"] += [group] * m
        table["id"] += [each] * m
        table["flag"] += ["Y"] * k + ["N"] * (m - k)
    the_plan = plan(unit={"row": "decision", "person_id": "id"}, columns={"outcome": None})
    found = count_frame(the_plan, pa.table(table)).aggregates
    return ClusterCounts(found["clusters"], found["cluster_counts"])


def test_cluster_sums_are_those_of_the_worked_example() -> None:
    # metrics/prototypes.md, section 8: (C, M, K, kk, km, mm) = (5, 15, 6, 14, 25, 55).
    rows = [("a", str(index), m, k) for index, (m, k) in enumerate(zip([3, 1, 4, 2, 5], [1, 0, 3, 0, 2], strict=True))]
    held = clustered([*rows, ("b", "9", 1, 0)])

    assert held.sums("selection_rate", lambda level: level["eth"] == "a") == Sums(m=15, k=6, kk=14, km=25, mm=55)
    assert held.clusters("selection_rate", {"eth": "a"}) == 5
    assert held.clusters("selection_rate", {}) == 6
    assert held.outside("selection_rate", {"eth": "a"}) == 1


def test_cross_sums_of_clusters_that_span_groups_are_those_of_the_worked_example() -> None:
    # metrics/prototypes.md, section 8: four officers who each saw both groups.
    kg, mg, kh, mh = [2, 0, 3, 1], [5, 3, 6, 4], [3, 1, 5, 2], [10, 8, 11, 9]
    rows = [("g", str(index), m, k) for index, (m, k) in enumerate(zip(mg, kg, strict=True))]
    rows += [("h", str(index), m, k) for index, (m, k) in enumerate(zip(mh, kh, strict=True))]
    held = clustered(rows)

    found = held.cross("selection_rate", lambda level: level["eth"] == "g", lambda level: level["eth"] == "h")
    assert found == Cross(kk=6 + 0 + 15 + 2, km=20 + 0 + 33 + 9, mk=15 + 3 + 30 + 8, mm=50 + 24 + 66 + 36)
    everybody = held.sums("selection_rate", lambda _level: True)
    # Clusters as a whole: k = 5, 1, 8, 3 of m = 15, 11, 17, 13.
    assert everybody == Sums(m=56, k=17, kk=25 + 1 + 64 + 9, km=75 + 11 + 136 + 39, mm=225 + 121 + 289 + 169)
    assert held.outside("selection_rate", {"eth": "g"}) == 4


def test_rows_without_an_id_are_each_a_person() -> None:
    held = clustered([("a", None, 3, 1), ("a", "x", 2, 2), ("b", "y", 1, 0)])

    # 1 and 0 and 0 by themselves, 2 of 2 together.
    assert held.sums("selection_rate", lambda level: level["eth"] == "a") == Sums(m=5, k=3, kk=5, km=5, mm=7)
    assert held.clusters("selection_rate", {"eth": "a"}) == 4


def test_ids_are_in_no_table() -> None:
    rows = [("a", "secret-id-1", 2, 1), ("b", "secret-id-1", 2, 1), ("b", "secret-id-2", 1, 0)]
    held = clustered(rows)

    assert b"secret-id" not in held.table.to_parquet() + held.counts.to_parquet()


def test_sampling_weights_are_those_of_the_worked_example() -> None:
    # metrics/prototypes.md, section 8: w = 1, 1, 1, 10, 10 with y = 0, 1, 0, 1, 0: sums of w 23, of w² 203, of w y 11.
    weights = [1.0, 1.0, 1.0, 10.0, 10.0]
    table = {"eth": ["a"] * 5 + ["b"], "flag": ["N", "Y", "N", "Y", "N", "N"], "w": [*weights, 1.0]}
    the_plan = plan(columns={"weight": {"name": "w", "kind": "sampling"}, "outcome": None})
    held = count_frame(the_plan, pa.table(table)).aggregates["weights"].roll("eth", "decision")

    rows = zip(held.keys["eth"], held.keys["decision"], held.measures["w"], held.measures["w2"], strict=True)
    assert [(level, int(code), w / WEIGHT_UNIT[0], w2 / WEIGHT_UNIT[1]) for level, code, w, w2 in rows] == [
        ("a", 0, 12.0, 102.0), ("a", 1, 11.0, 101.0), ("b", 0, 1.0, 1.0),
    ]  # fmt: skip


def test_frequency_weight_multiplies_people() -> None:
    table = {"eth": ["a", "b"], "flag": ["Y", "N"], "risk": [0.5, 0.25], "w": [3, 2]}
    columns = {"weight": {"name": "w", "kind": "frequency"}, "score": SCORE, "outcome": None}
    counted = count_frame(plan(columns=columns), pa.table(table))

    assert [(cell.group, cell.n) for cell in counted.cells] == [(("a",), 3), (("b",), 2)]
    sums = ScoreCounts(counted.aggregates["scores"]).sums()
    assert sums.n[0].tolist() == [0, 0, 5]
    assert sums.s1[0, 2] == pytest.approx(2.0, abs=5 / UNIT)


def test_review_times_are_binned_capped_and_summed() -> None:
    table = {"eth": ["a", "b", "a", "b"], "flag": ["Y", "N", "Y", "N"], "h": ["Y", "N", "N", "Y"],
             "secs": [61.0, 59.5, 900.0, 0.0]}  # fmt: skip
    columns = {"human": EVERYTHING["human"], "review_seconds": {"name": "secs", "cap": 600}, "outcome": None}
    counted = count_frame(plan(columns=columns), pa.table(table))

    held = counted.aggregates["times"]
    edges = time_edges(600)
    # By everybody and by each characteristic alone: together they would point at one review of one person.
    assert list(held.keys) == ["grouping", "level", "decision", "bin"]
    for grouping, levels in (("", [""]), ("eth", ["a", "b"])):
        rows = held.keys["grouping"] == grouping
        assert sorted(set(held.keys["level"][rows])) == levels
        assert sorted(edges[held.keys["bin"][rows]].tolist()) == [59, 60, 600]
        assert held.measures["t1"][rows].sum() / SECONDS_UNIT[0] == pytest.approx(61 + 59.5 + 600)
        logs = held.measures["l1"][rows].sum() / SECONDS_UNIT[2]
        assert logs == pytest.approx(4.110874 + 4.085976 + 6.396930, abs=1e-5)
    assert [check.code for check in counted.checks if check.code == "D57"] == ["D57"]


@pytest.mark.parametrize(("period", "codes"), [("month", [202403, 202404]), ("quarter", [202401, 202402])])
def test_dates_become_periods(period: str, codes: list[int]) -> None:
    table = {"eth": ["a", "b", "b"], "flag": ["Y", "N", "N"], "day": ["2024-03-31", "2024-04-01T00:10:00", None]}
    columns = {"time": {"name": "day", "period": period}, "outcome": None}
    held = count_frame(plan(columns=columns), pa.table(table)).aggregates["periods"]

    assert sorted(held.keys["period"].tolist()) == [-1, *codes]


def test_few_reviewers_are_a_number_and_nothing_else() -> None:
    rows = {"eth": ["a", "b", "a", "b", "a"], "flag": ["Y", "N", "Y", "N", "Y"], "h": ["Y", "N", "N", "N", None],
            "rev": ["x", "x", "y", "y", "z"]}  # fmt: skip
    columns = {"human": EVERYTHING["human"], "reviewer": {"name": "rev"}, "outcome": None}
    held = count_frame(plan(columns=columns), pa.table(rows)).aggregates

    # x and y decided two cases each; nothing is known of z. No sum over two reviewers leaves: they could be told apart.
    assert held["reviewers"].keys["about"].tolist() == ["all"]
    assert held["reviewers"].measures["of"].tolist() == [2]
    assert len(held["reviewer_spread"]) == 0
    assert not {"clusters", "cluster_counts"} & set(held)


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "score above the range": ({"score": SCORE}, {"risk": [0.5, 85.0]}, "D19"),
    "score in percent": ({"score": SCORE}, {"risk": ["0.5", "85%"]}, "D16"),
    "infinite score": ({"score": SCORE}, {"risk": [0.5, float("inf")]}, "D18"),
    "negative weight": ({"weight": EVERYTHING["weight"]}, {"w": [1.0, -1.0]}, "D46"),
    "weight missing": ({"weight": EVERYTHING["weight"]}, {"w": [1.0, None]}, "D46"),
    "weights that are shares": ({"weight": EVERYTHING["weight"]}, {"w": [0.0001, 0.0002]}, "D49"),
    "weights too large": ({"weight": EVERYTHING["weight"]}, {"w": [1.0, 5e7]}, "D49"),
    "date in two orders": ({"time": {"name": "day"}}, {"day": ["2024-04-03", "03/04/2024"]}, "D50"),
    "number as a date": ({"time": {"name": "day"}}, {"day": [20240403, 20240403]}, "D50"),
    "zoned time": ({"time": {"name": "day"}}, {"day": [dt.datetime(2024, 4, 3, tzinfo=dt.UTC)] * 2}, "D51"),
    "version with a fraction": ({"version": {"name": "v"}}, {"v": [1.5, 2.0]}, "D41"),
}


@pytest.mark.parametrize("case", BAD)
def test_column_that_cannot_be_counted_is_refused(case: str) -> None:
    columns, more, code = BAD[case]
    table = pd.DataFrame({"eth": ["a", "b"], "flag": ["Y", "N"], **more})

    with pytest.raises(MetricError) as caught:
        count_frame(plan(columns={"outcome": None, **columns}), pl.from_pandas(table) if code == "D51" else table)

    assert [fault.code for fault in caught.value.faults] == [code]


REMARKS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "people without a score": ({"score": SCORE}, {"risk": [0.5, 0.2, None, 0.1]}, {}, "D17"),
    "one score for all": ({"score": SCORE}, {"risk": [0.5] * 4}, {}, "D20"),
    "many at a threshold": ({"score": SCORE}, {"risk": [0.5, 0.5, 0.1, 0.2]}, {"thresholds": [0.5]}, "D21"),
    "a group of weight zero": ({"weight": EVERYTHING["weight"]}, {"w": [1.0, 0.0, 1.0, 0.0]}, {}, "D47"),
    "months without rows": ({"time": {"name": "day"}}, {"day": ["2023-11-01", "2024-02-01"] * 2}, {}, "D54"),
    "rows without a date": ({"time": {"name": "day"}}, {"day": ["2024-02-01", None] * 2}, {}, "D54"),
    "version missing": ({"version": {"name": "v"}}, {"v": ["1", "1", "1", None]}, {}, "D55"),
}


@pytest.mark.parametrize("case", REMARKS)
def test_what_a_reader_must_know_is_remarked(case: str) -> None:
    columns, more, changes, code = REMARKS[case]
    table = pa.table({"eth": ["a", "b", "a", "b"], "flag": ["Y", "N", "N", "N"], **more})

    counted = count_frame(plan(columns={"outcome": None, **columns}, **changes), table)

    assert [check.code for check in counted.checks].count(code) == 1


def test_plan_that_maps_no_further_column_keeps_its_digest() -> None:
    # The digest of this plan as of the release before scores, weights and strata existed.
    data = plan().to_json()

    assert sorted(data["columns"]) == ["decision", "human", "outcome"]
    assert sorted(data["unit"]) == ["row"]
    assert "strata" not in data
    assert "thresholds" not in data["plan"]
    assert plan_of(WHOLE.to_json()) == WHOLE


def table_of(**more: Any) -> Aggregate:
    return Aggregate.of("strata", {"eth": ["a", MISSING], "decision": [1, -1]}, {"n": [3, 4]}, more or None)


def test_parquet_gives_the_table_back() -> None:
    counted = count_frame(WHOLE, arrow(EXAMPLE))

    for each in counted.aggregates.values():
        assert Aggregate.from_parquet(each.to_parquet()) == each
    raw = pq.read_table(pa.BufferReader(table_of().to_parquet()))
    assert raw.column("eth").to_pylist() == [None, "a"]


EXAMPLE = [
    ("a", "Y", 1.0, "Y", 0.7, 1.0, "r1", 30.0, dt.date(2024, 1, 1), "1", "north", "p"),
    ("b", "N", 0.0, "Y", 0.1, 1.0, "r1", 30.0, dt.date(2024, 1, 1), "1", "north", "p"),
]


def changed(change: Callable[[pa.Table], pa.Table]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(change(pq.read_table(pa.BufferReader(table_of().to_parquet()))), sink)
    return bytes(sink.getvalue())


DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no parquet": (lambda: b"PAR1 but not really", "D90"),
    "another schema": (lambda: changed(lambda table: table.replace_schema_metadata({})), "D90"),
    "a column more": (lambda: changed(lambda table: table.append_column("x", pa.array([1, 2]))), "D90"),
    "twice the same key": (lambda: changed(lambda table: pa.concat_tables([table, table])), "D91"),
    "a count below zero": (
        lambda: changed(lambda table: table.set_column(2, table.field(2), pa.array([-3, 4], pa.int64()))), "D91",
    ),
    "the reserved value": (
        lambda: changed(lambda table: table.set_column(0, table.field(0), pa.array([MISSING, "a"]))), "D91",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_bytes_that_are_no_such_table_are_refused(case: str) -> None:
    make, code = DAMAGED[case]

    with pytest.raises(MetricError) as caught:
        Aggregate.from_parquet(make())

    assert [fault.code for fault in caught.value.faults] == [code]


def test_tables_of_other_things_are_not_added() -> None:
    with pytest.raises(MetricError) as caught:
        table_of().merge(table_of(roles={}))

    assert [fault.code for fault in caught.value.faults] == ["D92"]
