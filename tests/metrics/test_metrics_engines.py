"""The same small table through every engine gives the same cells; the expected cells are worked by hand."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.metrics.counting.count import count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell, Cells

Columns = dict[str, list[Any]]


def plan(**changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": {"kind": "csv", "path": "d.csv"},
        "columns": {
            "decision": {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"},
            "outcome": {"name": "found", "yes": [1], "no": [0], "label": "something found"},
            "human": {"name": "officer", "yes": [True], "no": [False], "unknown_values": []},
        },
        "groups": {"eth": {"name": "ethnicity", "unknown_values": ["Not stated"]}, "sex": {"name": "sex"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


# ethnicity  sex   flag  found  officer   The decision of row 4 and the outcomes of rows 3, 4 and 5 are not known.
ROWS = [
    ("007", "F", "Y", 1.0, True),
    ("007", "F", "Y", 1.0, True),
    ("7", "M", "N", 0.0, False),
    (None, "F", "N", None, None),
    ("Not stated", "M", None, float("nan"), None),
    ("7", "F", "Y", 0.0, None),
]
NAMES = ("ethnicity", "sex", "flag", "found", "officer")
#                     group                outcome decision human n
EXPECTED = [
    Cell(("007", "F"), 1, 1, 1, 2),
    Cell(("7", "F"), 0, 1, -1, 1),
    Cell(("7", "M"), 0, 0, 0, 1),
    Cell(("Not stated", "M"), -1, -1, -1, 1),
    Cell((MISSING, "F"), -1, 0, -1, 1),
]


def columns(rows: list[tuple[Any, ...]]) -> Columns:
    return {name: [row[index] for row in rows] for index, name in enumerate(NAMES)}


def csv_text(table: Columns) -> str:
    def spell(value: Any) -> str:
        return "" if value is None or value != value else str(value)

    lines = [",".join(table), *(",".join(map(spell, row)) for row in zip(*table.values(), strict=True))]
    return "\n".join(lines) + "\n"


def arrow(table: Columns) -> pa.Table:
    return pa.table({name: pa.array(values, from_pandas=False) for name, values in table.items()})


def from_csv(table: Columns, the_plan: AuditPlan, folder: Path) -> Cells:
    (folder / "d.csv").write_text(csv_text(table), encoding="utf-8")
    return count(the_plan, base=folder).cells


def from_parquet(table: Columns, the_plan: AuditPlan, folder: Path) -> Cells:
    pq.write_table(arrow(table), folder / "d.parquet")
    changed = the_plan.model_copy(
        update={"source": the_plan.source.model_copy(update={"kind": "parquet", "path": "d.parquet"})}
    )
    return count(changed, base=folder).cells


def frame(make: Callable[[Columns], Any]) -> Callable[[Columns, AuditPlan, Path], Cells]:
    return lambda table, the_plan, _folder: count_frame(the_plan, make(table)).cells


ENGINES: dict[str, Callable[[Columns, AuditPlan, Path], Cells]] = {
    "csv": from_csv,
    "parquet": from_parquet,
    "pandas": frame(pd.DataFrame),
    "pandas-object": frame(lambda table: pd.DataFrame(table, dtype=object)),
    "pandas-arrow": frame(lambda table: pd.DataFrame(table).convert_dtypes(dtype_backend="pyarrow")),
    "pandas-category": frame(
        lambda table: pd.DataFrame(table).astype({"ethnicity": "category", "sex": "category", "flag": "category"})
    ),
    "pandas-index": frame(lambda table: pd.DataFrame(table, index=[f"i{n}" for n in range(len(table["sex"]))])),
    "polars": frame(lambda table: pl.DataFrame(table, strict=False)),
    "polars-lazy": frame(lambda table: pl.LazyFrame(table, strict=False)),
    "polars-categorical": frame(
        lambda table: pl.DataFrame(table, strict=False).with_columns(pl.col("ethnicity", "sex").cast(pl.Categorical))
    ),
    "pyarrow": frame(arrow),
    "pyarrow-dictionary": frame(
        lambda table: arrow(table).set_column(0, "ethnicity", pa.array(table["ethnicity"]).dictionary_encode())
    ),
    "duckdb": frame(lambda table: duckdb.from_arrow(arrow(table))),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_same_table_gives_the_cells_worked_by_hand(engine: str, tmp_path: Path) -> None:
    assert ENGINES[engine](columns(ROWS), plan(), tmp_path).rows == tuple(sorted(EXPECTED))


def score_plan(rule: str = ">=") -> AuditPlan:
    decision = {"from": "score", "threshold": 0.7, "rule": rule, "effect": "burden", "label": "flagged"}
    return plan(columns={"decision": decision}, groups={"sex": {"name": "sex"}})


SCORES: Columns = {
    "sex": ["F", "F", "F", "M", "M", "M"],
    "score": [0.7, 0.7000001, None, float("nan"), 0.6999, 1.0],
}


@pytest.mark.parametrize(
    "engine", [name for name in ENGINES if not name.endswith(("category", "categorical", "dictionary"))]
)
@pytest.mark.parametrize(("rule", "at_threshold"), [(">=", 1), (">", 0)])
def test_missing_score_is_on_neither_side_of_the_threshold(
    engine: str, rule: str, at_threshold: int, tmp_path: Path
) -> None:
    cells = ENGINES[engine](SCORES, score_plan(rule), tmp_path)

    by_key = {(cell.group[0], cell.decision): cell.n for cell in cells}
    expected = {("F", 1): 1 + at_threshold, ("F", -1): 1, ("M", -1): 1, ("M", 0): 1, ("M", 1): 1}
    if not at_threshold:
        expected[("F", 0)] = 1
    assert by_key == expected


@pytest.mark.parametrize("own_connection", [True, False], ids=["file", "relation of the caller"])
def test_nan_that_the_statistics_of_a_parquet_file_hide_is_missing(own_connection: bool, tmp_path: Path) -> None:
    # pyarrow's minimum and maximum leave NaN out, as the format says, and DuckDB 2.0 concludes that there is none
    # (https://github.com/duckdb/duckdb/issues/25521). F: 0.9 and NaN; M: 0.1.
    table = {"sex": ["F", "F", "M"], "score": [0.9, float("nan"), 0.1]}
    if own_connection:
        cells = from_parquet(table, score_plan(), tmp_path)
    else:
        pq.write_table(arrow(table), tmp_path / "d.parquet")
        cells = count_frame(score_plan(), duckdb.read_parquet(str(tmp_path / "d.parquet"))).cells

    assert {(cell.group[0], cell.decision): cell.n for cell in cells} == {("F", 1): 1, ("F", -1): 1, ("M", 0): 1}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_score_of_32_bits_is_compared_with_the_threshold_as_stored(make: Callable[[Any], Any]) -> None:
    scores = pa.array([0.7, 0.69, 0.71], pa.float32())
    table = make({"sex": ["F", "M", "M"], "score": scores if make is pa.table else scores.to_numpy()})

    counted = count_frame(score_plan(), table)

    # 0.7 as a 32-bit number is 0.69999999; compared with the 64-bit 0.7 it would be a no.
    assert {(cell.group[0], cell.decision): cell.n for cell in counted.cells} == {("F", 1): 1, ("M", 0): 1, ("M", 1): 1}
    assert [check.code for check in counted.checks if check.code == "D81"] == ["D81"]


@pytest.mark.parametrize("engine", ENGINES)
def test_order_of_rows_does_not_change_the_cells(engine: str, tmp_path: Path) -> None:
    cells = ENGINES[engine](columns(ROWS[::-1]), plan(), tmp_path)

    assert cells.digest == Cells.of(("eth", "sex"), EXPECTED).digest


# A categorical of numbers exists in neither polars nor this arrow table.
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "polars-categorical"])
def test_numbers_as_groups_read_the_same_on_every_engine(engine: str, tmp_path: Path) -> None:
    # A whole-number code beside a missing value is stored as a float by pandas: 1.0 must not become a group of its own.
    table: Columns = {"ethnicity": [1, 2, None, 2], "sex": ["F", "M", "F", "M"], "flag": ["Y", "N", "N", "Y"]}
    simple = plan(columns={"decision": plan().columns.decision.model_dump(exclude_unset=True)})
    cells = ENGINES[engine](table, simple, tmp_path)

    assert {cell.group[0] for cell in cells} == {"1", "2", MISSING}


rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "A", "é", "NA", "Not stated", None]),
        st.sampled_from(["F", "M", None]),
        st.sampled_from(["Y", "N", None]),
        st.sampled_from([1.0, 0.0, None, float("nan")]),
        st.sampled_from([True, False, None]),
    ),
    max_size=25,
).map(
    # Whatever is drawn, there is something to compare, so that the table is not refused for that.
    lambda drawn: [("a", "F", "Y", 1.0, True), ("b", "M", "N", 0.0, False), *drawn]
)


def by_hand(drawn: list[tuple[Any, ...]]) -> Cells:
    """The same count in plain Python: the reference that the engines are held against."""

    def code(value: Any, yes: Any) -> int:
        return -1 if value is None or value != value else int(value == yes)

    def level(value: str | None) -> str:
        return MISSING if value is None else value

    return Cells.of(
        ("eth", "sex"),
        [Cell((level(e), level(s)), code(y, 1.0), code(d, "Y"), code(h, True), 1) for e, s, d, y, h in drawn],
    )


@settings(max_examples=20)
@given(drawn=rows)
def test_engines_agree_with_plain_python_on_any_table(drawn: list[tuple[Any, ...]], tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    expected = by_hand(drawn)

    for name in ("csv", "parquet", "pandas", "polars-lazy", "pyarrow"):
        assert ENGINES[name](columns(drawn), plan(), folder) == expected, name


@settings(max_examples=20)
@given(drawn=rows, other=rows)
def test_merged_parts_equal_the_whole(drawn: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> None:
    def counted(part: list[tuple[Any, ...]]) -> Cells:
        return count_frame(plan(), pl.DataFrame(columns(part), strict=False)).cells

    assert counted(drawn).merge(counted(other)) == counted(drawn + other)


def test_counting_leaves_nothing_on_stderr_at_exit(tmp_path: Path) -> None:

    (tmp_path / "d.csv").write_text(csv_text(columns(ROWS)), encoding="utf-8")
    (tmp_path / "plan.json").write_text(json.dumps(plan().to_json()), encoding="utf-8")
    script = (
        "import json, pathlib\n"
        "from impact.metrics.counting.count import count\n"
        "from impact.metrics.plans.plan_file import plan_of\n"
        "base = pathlib.Path('.')\n"
        "print(count(plan_of(json.loads((base / 'plan.json').read_text())), base=base).cells.n)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr, done.returncode) == ("6\n", "", 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "plan.json"]


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "csv"])
def test_negative_zero_is_zero_on_every_engine(engine: str, tmp_path: Path) -> None:
    # pyarrow looks values up by their bits, and those of -0.0 are not those of 0.0.
    table: Columns = {
        "ethnicity": ["a"] * 3,
        "sex": ["F", "M", "M"],
        "flag": ["Y", "N", "Y"],
        "found": [1.0, -0.0, 0.0],
    }
    columns = {role: getattr(plan().columns, role).model_dump(exclude_unset=True) for role in ("decision", "outcome")}

    cells = ENGINES[engine](table, plan(columns=columns, groups={"sex": {"name": "sex"}}), tmp_path)

    assert cells.rows == (Cell(("F",), 1, 1, -1, 1), Cell(("M",), 0, 0, -1, 1), Cell(("M",), 0, 1, -1, 1))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_sums_of_scores_too_large_for_floats_are_taken_as_whole_numbers(
    make: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 4 scores of 1 and 1,500 others, of which those below 0.5 and above are worked out here with exact fractions.
    scores = [1.0] * 4 + [(index * 7919 % 100_003) / 100_003 for index in range(1_500)]
    table = {"sex": ["F", "M"] * 752, "flag": ["Y", "N", "N", "Y"] * 376, "score": scores}
    score = {"name": "score", "higher_means": "more likely to be flagged", "bins": 2}
    the_plan = plan(
        columns={"decision": plan().columns.decision.model_dump(exclude_unset=True), "score": score},
        groups={"sex": {"name": "sex"}},
    )
    unit = 1 << 30
    expected = {0: [0, 0, 0], 1: [0, 0, 0]}
    for each in scores:
        row = expected[int(each >= 0.5)]
        row[0] += 1
        row[1] += math.floor(Fraction(each) * unit + Fraction(1, 2))
        row[2] += math.floor(Fraction(each) ** 2 * unit + Fraction(1, 2))

    for limit in (float(1 << 53), 1.0):
        monkeypatch.setattr("impact.metrics.counting.gather._EXACT", limit)
        counted = count_frame(the_plan, make(table)).aggregates["scores"].roll("grouping", "bin")
        found = zip(*(counted.measures[name].tolist() for name in ("n", "s1", "s2")), strict=True)
        rows = dict(
            zip(zip(*(counted.keys[key].tolist() for key in ("grouping", "bin")), strict=True), found, strict=True)
        )
        assert {place: list(row) for place, row in rows.items()} == {
            (grouping, bin_): row for grouping in ("", "sex") for bin_, row in expected.items()
        }


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_score_of_negative_zero_is_the_score_zero(make: Callable[[Any], Any]) -> None:
    table = make({"sex": ["F", "M", "M"], "flag": ["Y", "N", "Y"], "score": [-0.0, 0.0, 1.0]})
    score = {"name": "score", "higher_means": "more likely to be flagged"}
    columns = {"decision": plan().columns.decision.model_dump(exclude_unset=True), "score": score}

    scores = count_frame(plan(columns=columns, groups={"sex": {"name": "sex"}}), table).aggregates["scores"]

    assert str(scores.about["values"]) == "[0.0, 1.0]"
