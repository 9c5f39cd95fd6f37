"""A request for counts: what is filled in is read as the same cells as the data itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import Counted, count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan, plan_of
from impact.metrics.plans.plan_text import as_yaml, lean
from impact.metrics.tables.cells import Cells
from impact.metrics.tools.request import MAX_ROWS, Request, request
from impact.yamlfile import parse


def plan_with(**changed: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "Stops\nand searches",
        "question": "Who is stopped?",
        "pool": "Everybody stopped",
        "source": {"kind": "csv", "path": "data.csv"},
        "unit": {"row": "stop"},
        "columns": {
            "decision": {"name": "found", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "searched"},
            "outcome": {"name": "item", "yes": [1], "no": [0], "label": "an item found"},
        },
        "groups": {"sex": {"name": "sex", "values": ["F", "M"]}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of({**data, **changed})


def answered(asked: Request, folder: Path, source: str) -> Cells:
    """The cells of the answer to a request."""
    return answer(asked, folder, source).cells


def answer(asked: Request, folder: Path, source: str) -> Counted:
    """Run the query in DuckDB on a table and read the result through the plan that came with it."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW asked AS SELECT * FROM {source}")
        names = [column[0] for column in connection.execute(asked.sql).description]
        rows = connection.execute(asked.sql).fetchall()
    with (folder / "counts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])
    (folder / "audit.yaml").write_text(asked.plan, encoding="utf-8")
    return count(load_plan(folder / "audit.yaml"), base=folder)


def test_query_on_the_pilot_gives_the_cells_of_the_count(repo: Path, tmp_path: Path) -> None:
    pilot = repo / "examples" / "misconduct-pilot"
    plan = load_plan(pilot / "audit.yaml")
    data = pilot / "data" / "decision-log.parquet"

    came = answer(request(plan, table="asked"), tmp_path, f"read_parquet('{data}')")
    ours = count(plan, base=pilot)

    assert came.cells == ours.cells
    assert came.cells.n == 45_000
    assert {"strata", "periods"} <= set(came.aggregates)
    for table in ("strata", "periods"):
        assert came.aggregates[table] == ours.aggregates[table]


def test_query_on_counts_adds_them_up(repo: Path, tmp_path: Path) -> None:
    folder = repo / "examples" / "compas-counts"
    plan = load_plan(folder / "audit.yaml")

    types = "{'race': 'VARCHAR', 'rated_higher': 'VARCHAR', 'reoffended': 'VARCHAR', 'people': 'BIGINT'}"

    source = f"read_csv('{folder / 'cells.csv'}', header = true, columns = {types})"
    cells = answered(request(plan, table="asked"), tmp_path, source)

    assert cells == count(plan, base=folder).cells
    assert cells.n == 7_214


def test_query_treats_missing_scores_quotes_and_null_words_as_the_count_does(tmp_path: Path) -> None:
    """NaN >= 0.5 is true in DuckDB: nobody without a score may be above the threshold."""
    text = "sex,score,item\nO'Brien,0.7,1\nF,NaN,0\nF,0.5,\nM,0.49,NA\nNA,,0\nM,1e0,1.0\n“x”,0.2,true\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    plan = plan_with(
        source={"kind": "csv", "path": "data.csv", "null_values": ["NA", ""]},
        columns={
            "decision": {"from": "score", "threshold": 0.5, "effect": "burden", "label": "searched"},
            "outcome": {"name": "item", "yes": [1], "no": [0], "label": "an item found"},
        },
        groups={"sex": {"name": "sex"}},
    )
    source = f"read_csv('{tmp_path / 'data.csv'}', all_varchar = true, header = true)"

    cells = answered(request(plan, table="asked"), tmp_path, source)

    assert cells == count(plan, base=tmp_path).cells
    assert sum(cell.n for cell in cells if cell.decision == -1) == 2


def test_empty_text_that_is_a_value_keeps_being_one(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text('sex,found,item\n"",Y,1\nF,N,0\n-,Y,0\n', encoding="utf-8")
    plan = plan_with(source={"kind": "csv", "path": "data.csv", "null_values": ["-"]}, groups={"sex": {"name": "sex"}})
    source = f"read_csv('{tmp_path / 'data.csv'}', all_varchar = true, header = true, nullstr = '\\N')"

    assert answered(request(plan, table="asked"), tmp_path, source) == count(plan, base=tmp_path).cells


def test_value_outside_the_plan_stops_the_reading(tmp_path: Path) -> None:
    source = "(VALUES ('F', 'Y', '1'), ('M', 'perhaps', '0')) AS t(sex, found, item)"

    with pytest.raises(MetricError) as refused:
        answered(request(plan_with(), table="asked"), tmp_path, source)

    assert refused.value.faults[0].code == "D31"
    assert "value not in the plan" in refused.value.faults[0].found


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_periods_and_versions_come_back_as_the_count_gives_them(tmp_path: Path, period: str) -> None:
    days = ("2024-03-31", "2024-04-01", "2024-04-30 23:59:59", "2024-12-31T10:00", "2025-01-01", "")
    rows = [f"{'FM'[index % 2]},{'YN'[index % 2]},1,{day},{version}" for index, day in enumerate(days)
            for version in ("1.4", "2.0", "")]  # fmt: skip
    (tmp_path / "data.csv").write_text("\n".join(["sex,found,item,day,v", *rows]) + "\n", encoding="utf-8")
    columns = plan_with().to_json()["columns"]
    columns |= {"time": {"name": "day", "period": period}, "version": {"name": "v", "order": ["1.4", "2.0"]}}
    plan = plan_with(columns=columns)
    source = f"read_csv('{tmp_path / 'data.csv'}', all_varchar = true, header = true)"

    came, ours = answer(request(plan, table="asked"), tmp_path, source), count(plan, base=tmp_path)

    assert came.cells == ours.cells
    assert set(came.aggregates) == set(ours.aggregates)
    assert all(came.aggregates[name] == ours.aggregates[name] for name in ours.aggregates)
    first = {"month": "2024-04-01", "quarter": "2024-04-01", "year": "2024-01-01"}[period]
    assert f",{first}," in (tmp_path / "counts.csv").read_text(encoding="utf-8")
    assert "2024-04-30" not in (tmp_path / "counts.csv").read_text(encoding="utf-8")  # no day leaves


def test_a_date_written_otherwise_is_refused_and_not_guessed(tmp_path: Path) -> None:
    columns = {**plan_with().to_json()["columns"], "time": {"name": "day"}}
    source = "(VALUES ('F', 'Y', '1', '03/04/2024')) AS t(sex, found, item, day)"

    with pytest.raises(MetricError) as refused:
        answered(request(plan_with(columns=columns), table="asked"), tmp_path, source)

    assert [fault.code for fault in refused.value.faults] == ["D50"]


def test_frequency_weights_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("sex,found,item,rows\nF,Y,1,7\nM,N,0,5\nF,Y,1,2\n", encoding="utf-8")
    columns = {**plan_with().to_json()["columns"], "weight": {"name": "rows", "kind": "frequency"}}
    plan = plan_with(columns=columns)
    source = f"read_csv('{tmp_path / 'data.csv'}', header = true)"

    cells = answered(request(plan, table="asked"), tmp_path, source)

    assert cells.n == 14
    assert cells == count(plan, base=tmp_path).cells


def test_template_has_a_place_for_periods_and_the_versions_of_the_plan() -> None:
    columns = plan_with().to_json()["columns"]
    columns |= {"time": {"name": "day", "period": "quarter"}, "version": {"name": "v", "order": ["1.4", "2.0"]}}
    asked = request(plan_with(columns=columns))
    rows = list(csv.DictReader(io.StringIO(asked.template)))

    assert list(rows[0]) == ["sex", "period", "version", "decision", "outcome", "stops"]
    assert {row["period"] for row in rows} == {"[repeat this row for each value of period]", ""}
    assert {row["version"] for row in rows} == {"1.4", "2.0", ""}
    assert asked.placeholders == ("period",)
    assert "as the first day of its quarter" in " ".join(asked.letter.split())


def test_what_counts_cannot_hold_is_told_and_left_out_of_the_plan_that_reads_them() -> None:
    columns = plan_with().to_json()["columns"]
    columns["decision"]["scorer"] = "Supplier A"
    columns |= {
        "human": {"name": "officer", "yes": ["stop"], "no": ["pass"], "label": "stopped"},
        "reviewer": {"name": "officer_id"},
        "review_seconds": {"name": "seconds"},
        "score": {"name": "score", "higher_means": "likelier to be stopped"},
        "also": {"other": {"name": "found_b", "yes": ["Y"], "no": ["N"], "label": "Supplier B"}},
    }
    plan = plan_with(
        columns=columns,
        unit={"row": "stop", "person_id": "key"},
        plan={"primary": ["selection_rate"], "thresholds": [0.5], "also": {"scores": ["roc"], "capacity": [10]}},
    )
    asked = request(plan)
    read = plan_of(parse(asked.plan, name="asked").data)
    told = " ".join(asked.letter.split())

    assert read.unit.person_id is None
    assert {key for key, value in read.columns if value} == {"decision", "outcome", "human"}
    assert (read.rules.thresholds, read.rules.also) == ((), None)
    assert len(asked.left_out) == 5
    for word in ("reviewers differ", "how long reviews took", "the same person", "scores by bin", "other scorers"):
        assert any(word in each for each in asked.left_out)
        assert word in told
        assert word in asked.plan
    assert "“impact audit run audit.yaml -o out”" in told


def test_sampling_weights_are_said_to_be_missing() -> None:
    columns = {**plan_with().to_json()["columns"], "weight": {"name": "w", "kind": "sampling"}}
    asked = request(plan_with(columns=columns))

    assert plan_of(parse(asked.plan, name="asked").data).columns.weight is None
    assert len(asked.left_out) == 1
    assert "sampling weights" in asked.left_out[0]


def test_a_plan_of_counts_alone_leaves_nothing_out_and_the_letter_names_the_limits() -> None:
    asked = request(plan_with())
    told = " ".join(asked.letter.split())

    assert asked.left_out == ()
    assert "What this table cannot show, however it is filled in: how far reviewers differ" in told
    assert "no row and no id of a person or a reviewer" in told


def test_template_has_a_row_for_every_combination_of_declared_values() -> None:
    rows = list(csv.DictReader(io.StringIO(request(plan_with()).template)))

    # Two sexes and “not known”, each with decision and outcome of yes, no and not known.
    assert len(rows) == 3 * 3 * 3
    assert {row["sex"] for row in rows} == {"F", "M", ""}
    assert {row["stops"] for row in rows} == {""}
    assert len({(row["sex"], row["decision"], row["outcome"]) for row in rows}) == len(rows)


def test_outcomes_after_a_yes_are_asked_for_after_a_yes_only() -> None:
    data = plan_with().to_json()
    data["columns"]["outcome"]["observed_when"] = "decision_yes"
    rows = list(csv.DictReader(io.StringIO(request(plan_of(data)).template)))

    assert {row["outcome"] for row in rows if row["decision"] == "no"} == {""}
    assert {row["outcome"] for row in rows if row["decision"] == "yes"} == {"yes", "no", ""}


def test_template_filled_by_hand_is_read(tmp_path: Path) -> None:
    asked = request(plan_with())
    rows = list(csv.reader(io.StringIO(asked.template)))
    filled = [rows[0], *([*row[:-1], str(number)] for number, row in enumerate(rows[1:]))]
    with (tmp_path / "counts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(filled)
    (tmp_path / "audit.yaml").write_text(asked.plan, encoding="utf-8")

    cells = count(load_plan(tmp_path / "audit.yaml"), base=tmp_path).cells

    assert cells.n == sum(range(27))


def test_row_that_nobody_filled_in_is_refused(tmp_path: Path) -> None:
    asked = request(plan_with())
    (tmp_path / "counts.csv").write_text(asked.template, encoding="utf-8")
    (tmp_path / "audit.yaml").write_text(asked.plan, encoding="utf-8")

    with pytest.raises(MetricError) as refused:
        count(load_plan(tmp_path / "audit.yaml"), base=tmp_path)

    assert {fault.code for fault in refused.value.faults} == {"D67"}


def test_group_without_declared_values_gets_an_instruction() -> None:
    asked = request(plan_with(groups={"sex": {"name": "sex"}, "area": {"name": "area", "values": ["N", "S"]}}))

    assert asked.placeholders == ("sex",)
    assert "[repeat this row for each value of sex],N,yes,yes," in asked.template
    assert "The values of sex are yours to name" in asked.letter


def test_table_too_long_for_a_hand_is_one_block_with_instructions() -> None:
    many = [str(number) for number in range(MAX_ROWS)]
    asked = request(plan_with(groups={"area": {"name": "area", "values": many}}))

    assert asked.rows == 9
    assert asked.placeholders == ("area",)


def test_letter_says_what_is_wanted_and_what_is_not() -> None:
    plan = plan_with()
    told = request(plan, file="answer.csv").letter

    assert plan.digest in told
    assert "answer.csv" in told
    assert "send no rows about people" in " ".join(told.split())
    assert "put no “*” or “<5”" in " ".join(told.split())


def test_query_stays_one_statement_whatever_the_title_holds() -> None:
    lines = request(plan_with()).sql.splitlines()

    assert lines[0].startswith("-- Counts for “Stops and searches”")
    assert next(line for line in lines if not line.startswith("--")).startswith("SELECT")


def test_column_of_counts_never_has_the_name_of_a_group() -> None:
    asked = request(plan_with(groups={"stops": {"name": "earlier", "values": ["0", "1"]}}))

    assert asked.template.splitlines()[0] == "stops,decision,outcome,count"


def test_claims_of_the_plan_stay_as_they_were(make_plan: Callable[..., AuditPlan]) -> None:
    plan = make_plan(primary=("fpr", "ppv"), margin=("ratio", 1.25), unknown=("?",), values=("a", "b"), human=True)
    asked = plan_of(parse(request(plan).plan, name="asked").data)

    assert (asked.rules, asked.pool, asked.comparator, asked.unit) == (
        plan.rules,
        plan.pool,
        plan.comparator,
        plan.unit,
    )
    assert asked.groups["g"].unknown_values == ("?",)


@pytest.mark.parametrize(
    "text",
    [
        "no", "yes: a", "- a", "# a", "a #b", "1.10", "null", " a", "a ", "", "“é”", "a\nb", "\u2028", "\ufeff",
        "\U0001f600", "{a}", "a, b", "'", '"', "@a", "2024-01-01", "0x1", "~",
    ],
)  # fmt: skip
def test_every_text_survives_being_written_as_yaml(text: str) -> None:
    data = {"a": text, "b": [text, 1, 1.5, True], "c": {"d": {"e": text}}}

    assert parse(as_yaml(data, notes={"a": text, "c.d": "why\n\nnot"}), name="x").data == data


def test_lean_drops_what_says_nothing_and_keeps_zero_and_false() -> None:
    assert lean({"a": None, "b": [], "c": {"d": None}, "e": 0, "f": False}) == {"e": 0, "f": False}
