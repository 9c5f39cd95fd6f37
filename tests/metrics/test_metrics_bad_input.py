"""Bad files: the bytes of the design's list of bad inputs, each with the code that stops it or the check it leaves."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING


def plan(group: str, decision: dict[str, Any] | None = None, **changes: Any) -> AuditPlan:
    source = {"kind": "csv", "path": "d.csv"} | changes.pop("source", {})
    decision = {"name": "y", "yes": [1], "no": [0]} if decision is None else decision
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": source,
        "columns": {"decision": {"effect": "burden", "label": "flagged", **decision}, **changes.pop("columns", {})},
        "groups": {"g": {"name": group}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


def run(folder: Path, content: bytes, the_plan: AuditPlan, *, name: str = "d.csv") -> Counted:
    (folder / name).write_bytes(content)
    return count(the_plan, base=folder)


def codes(folder: Path, content: bytes, the_plan: AuditPlan, *, name: str = "d.csv") -> list[str]:
    """The codes that stop the count, having seen that nothing was written and that the exit status is that of data."""
    with pytest.raises(MetricError) as caught:
        run(folder, content, the_plan, name=name)
    assert [path.name for path in folder.iterdir()] == [name]
    assert caught.value.exit == 3
    return [fault.code for fault in caught.value.faults]


SCORE = {"from": "score", "threshold": 0.5}
#          bytes as measured (bad_input.md section 4), the group column, the decision, the codes
FIXTURES: dict[str, tuple[bytes, str, dict[str, Any] | None, list[str]]] = {
    "utf16": ("id,y,score\n1,1,0.5\n".encode("utf-16"), "id", None, ["D06"]),
    "utf16 without mark": ("id,y,score\n1,1,0.5\n".encode("utf-16-le"), "id", None, ["D06"]),
    "cp1252": (b"id,eth,y\n1,Traveller \x96 Irish,1\n2,Caf\xe9,0\n", "eth", None, ["D07"]),
    "semicolon": (b"id;y;score\n1;1;0,5\n2;0;0,7\n", "id", None, ["D08"]),
    "ragged": (b"id,y,score\n1,1,0.5\n2,0\n3,1,0.4,extra\n", "id", None, ["D09"]),
    "quote": (b'id,note,y\n1,"unterminated,1\n2,ok,0\n', "id", None, ["D10"]),
    "quote in the header": (b'id,"note,y\n1,2,1\n', "id", None, ["D10"]),
    "nul": (b"id,y\n1,1\x00\n", "id", None, ["D12"]),
    "percent": (b"id,score\n1,85%\n2,12%\n", "id", SCORE, ["D16"]),
    "infinity": (b"id,y,score\n1,1,inf\n2,0,-Infinity\n3,1,NaN\n4,0,1e400\n", "id", SCORE, ["D18"]),
    "duplicate": (b"id,y,y\n1,1,0\n", "id", None, ["D04"]),
    "mixed type late": (
        b"id,y\n" + b"".join(b"%d,1\n" % (n % 3) for n in range(25_000)) + b"x,yes\n", "id", None, ["D31"]
    ),
    "empty": (b"", "id", None, ["D01"]),
    "blank lines": (b"\n\n", "id", None, ["D01"]),
    "header": (b"id,y,score\n", "id", None, ["D02"]),
    "header without an end": (b"id,y,score", "id", None, ["D02"]),
    "missing column": (b"id,yy\n1,1\n", "id", None, ["D03"]),
    "a workbook": (b"PK\x03\x04rest", "id", None, ["D78"]),
    "a gzip archive": (b"\x1f\x8brest", "id", None, ["D78"]),
    "parquet called csv": (b"PAR1rest", "id", None, ["D78"]),
    "several values": (b"g,y\na,1\nb,0\nb,Pending\na,Void\n", "g", None, ["D31"]),
    "spellings": (b"g,y\na,Y\nb,N\nb,y\na,Y \n", "g", {"name": "y", "yes": ["Y"], "no": ["N"]}, ["D32"]),
    "fraction": (b"g,y\na,1\nb,0\nb,0.5\na,2.7\n", "g", None, ["D83"]),
    "yes is not true": (b"id,y\n1,TRUE\n2,false\n3,Yes\n", "id", None, ["D31"]),
    "reserved value": (b"g,y\na,1\n__missing__,0\n", "g", None, ["D82"]),
    "everybody": (b"g,y\na,1\nb,1\n", "g", None, ["D24"]),
    "nobody": (b"g,y\na,0\nb,0\n", "g", None, ["D24"]),
    "no decision": (b"g,y\na,\nb,\n", "g", None, ["D24"]),
    "one group": (b"g,y\na,0\na,1\n", "g", None, ["D37"]),
    "one known group": (b"g,y\na,0\n,1\n", "g", None, ["D71"]),
    "no known group": (b"g,y\n,0\n,1\n", "g", None, ["D37"]),
    "many groups": (b"g,y\n" + b"".join(b"p%d,%d\n" % (n, n % 2) for n in range(1_001)), "g", None, ["D39"]),
    "e-mail addresses": (b"g,y\na@example.org,0\nb,1\n", "g", None, ["D60"]),
    "National Insurance numbers": (b"g,y\nAB123456C,0\nb,1\n", "g", None, ["D60"]),
    "two faults": (b"g,y\n__missing__,2\nb,1\n", "g", None, ["D82", "D31"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXTURES)
def test_bad_file_is_stopped_with_its_code(tmp_path: Path, case: str) -> None:
    content, group, decision, expected = FIXTURES[case]

    assert codes(tmp_path, content, plan(group, decision)) == expected


def message(folder: Path, content: bytes, the_plan: AuditPlan) -> str:
    with pytest.raises(MetricError) as caught:
        run(folder, content, the_plan)
    return str(caught.value)


def test_ragged_rows_are_counted_and_placed(tmp_path: Path) -> None:
    text = message(tmp_path, *FIXTURES["ragged"][:1], plan("id"))

    assert "line 3 has 2 fields, 3 expected. 2 lines like this (3, 4)" in text


def test_wrong_encoding_is_placed_and_not_guessed(tmp_path: Path) -> None:
    text = message(tmp_path, FIXTURES["cp1252"][0], plan("eth"))

    # 9 bytes of header and its line end, then “1,Traveller ”: the dash is the 22nd byte, at offset 21.
    assert "not valid UTF-8 at byte 21" in text
    assert "encoding: cp1252" in text


def test_zero_byte_is_placed(tmp_path: Path) -> None:
    assert "line 2" in message(tmp_path, FIXTURES["nul"][0], plan("id"))


def test_other_delimiter_is_named(tmp_path: Path) -> None:
    assert "delimiter: ';'" in message(tmp_path, FIXTURES["semicolon"][0], plan("id"))


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " ", "§", "\\", "'"])
def test_declared_delimiter_is_read(tmp_path: Path, delimiter: str) -> None:
    content = f'g{delimiter}y\n"a{delimiter}b"{delimiter}1\nc{delimiter}0\n'.encode()
    counted = run(tmp_path, content, plan("g", source={"delimiter": delimiter}))

    assert {cell.group[0] for cell in counted.cells} == {f"a{delimiter}b", "c"}


def test_remedy_for_tabs_is_what_yaml_reads_as_a_tab(tmp_path: Path) -> None:
    assert 'delimiter: "\\t"' in message(tmp_path, b"id\ty\n1\t1\n", plan("id"))


def test_missing_column_comes_with_the_nearest_name(tmp_path: Path) -> None:
    outcome = {"outcome": {"name": "fraud_found", "yes": [1], "no": [0], "label": "fraud"}}
    text = message(tmp_path, b"g,y,fraudfound\na,1,1\nb,0,0\n", plan("g", columns=outcome))

    assert "Did you mean “fraudfound”?" in text
    assert "columns present: g, y, fraudfound" in text


def test_values_that_are_not_mapped_are_named_with_their_counts(tmp_path: Path) -> None:
    text = message(tmp_path, b"g,y\na,1\nb,0\nb,Pending\na,Void\nb,Pending\n", plan("g"))

    assert "“Pending” (2 rows), “Void” (1 row)" in text


def test_values_that_may_identify_people_are_only_counted(tmp_path: Path) -> None:
    rows = b"".join(b"a,secret%d\n" % n for n in range(60))
    text = message(tmp_path, b"g,y\na,1\nb,0\n" + rows, plan("g"))

    assert "60 different values" in text
    assert "secret" not in text


@pytest.mark.parametrize("case", [name for name in FIXTURES if name not in ("several values", "spellings", "fraction")])
def test_no_message_quotes_a_row(tmp_path: Path, case: str) -> None:
    content, group, decision, _ = FIXTURES[case]
    marked = content.replace(b"extra", b"PRIVATE").replace(b"unterminated", b"PRIVATE").replace(b"85%", b"PRIVATE")
    marked = marked.replace(b"Irish", b"PRIVATE").replace(b"example", b"PRIVATE").replace(b"AB123456C", b"AB654321C")

    text = message(tmp_path, marked, plan(group, decision))
    assert "PRIVATE" not in text
    assert "AB654321C" not in text


# --- accepted, and said ---------------------------------------------------------------------------------------------


def said(counted: Counted) -> list[str]:
    return [check.code for check in counted.checks]


def test_byte_order_mark_is_accepted_and_said(tmp_path: Path) -> None:
    content = "\ufeffid,y,score\n1,1,0.5\n2,0,0.5\n".encode()
    counted = run(tmp_path, content, plan("id"))

    assert counted.cells.n == 2
    assert counted.checks[0].to_json() == {
        "code": "D05",
        "level": "info",
        "text": "d.csv starts with a byte-order mark; accepted.",
    }


def test_mixed_line_endings_are_normalised_and_said(tmp_path: Path) -> None:
    counted = run(tmp_path, b"id,y\r\n1,1\n2,0\r3,1\r\n", plan("id"))

    assert counted.cells.n == 3
    assert "(CRLF 2, LF 1, CR 1)" in counted.checks[0].text


def test_line_feed_inside_quotes_of_a_windows_file_stays_one_row(tmp_path: Path) -> None:
    counted = run(tmp_path, b'g,note,y\r\na,"two\nlines",1\r\nb,x,0\r\n', plan("g"))

    assert counted.cells.n == 2


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "cp1252"), ("utf-16", "utf-16"), ("latin-1", "latin-1")])
def test_declared_encoding_is_read(tmp_path: Path, encoding: str, name: str) -> None:
    content = "eth,y\nCafé,1\nb,0\n".encode(encoding)
    counted = run(tmp_path, content, plan("eth", source={"encoding": name}))

    assert {cell.group[0] for cell in counted.cells} == {"Café", "b"}
    assert counted.fingerprint[0].bytes == len(content)


def test_words_for_missing_are_kept_unless_mapped(tmp_path: Path) -> None:
    content = b"id,eth,country,y\n1,NA,NA,1\n2,None,GB,0\n3,,FR,1\n4,null,NA,0\n5,White,GB,1\n"
    kept = run(tmp_path, content, plan("eth"))
    mapped = run(tmp_path, content, plan("eth", source={"null_values": ["", "None", "null"]}))

    assert {cell.group[0] for cell in kept.cells} == {"NA", "None", "null", "White", MISSING}
    assert said(kept).count("D13") == 3
    assert {cell.group[0] for cell in mapped.cells} == {"NA", "White", MISSING}


def test_leading_zeros_tell_groups_apart(tmp_path: Path) -> None:
    counted = run(tmp_path, b"id,y\n007,1\n7,0\n", plan("id"))

    assert [cell.group for cell in counted.cells] == [("007",), ("7",)]


def test_large_identifiers_are_not_merged(tmp_path: Path) -> None:
    counted = run(tmp_path, b"id,y\n9007199254740993,1\n9007199254740992,0\n", plan("id"))

    assert len(counted.cells.rows) == 2


def test_spellings_of_one_value_are_read_as_one_and_said(tmp_path: Path) -> None:
    counted = run(tmp_path, b"g,y\na,TRUE\nb,false\na,1.0\nb,0\n", plan("g"))

    assert {(cell.group[0], cell.decision): cell.n for cell in counted.cells} == {("a", 1): 2, ("b", 0): 2}
    assert "3 rows" in next(check.text for check in counted.checks if check.code == "D33")


def test_names_that_a_spreadsheet_would_run_are_said(tmp_path: Path) -> None:
    content = b'id,eth,y\n1,"=HYPERLINK(""http://x"",""a"")",1\n2,+44,0\n3,@SUM(A1),1\n'
    counted = run(tmp_path, content, plan("eth"))

    assert {cell.group[0] for cell in counted.cells} == {'=HYPERLINK("http://x","a")', "+44", "@SUM(A1)"}
    assert next(check for check in counted.checks if check.code == "D58").text.startswith("3 values")


def test_names_that_look_alike_are_said_and_kept_apart(tmp_path: Path) -> None:
    counted = run(tmp_path, "g,y\nWhite,1\nwhite ,0\nBlack,1\nBlack\u200b,0\n".encode(), plan("g"))

    assert len({cell.group for cell in counted.cells}) == 4
    texts = {check.code: check.text for check in counted.checks}
    assert "“White” (1), “white ” (1)" in texts["D32"]
    assert "“Black\\u200b” (1)" in texts["D59"]


def test_score_that_is_missing_is_said(tmp_path: Path) -> None:
    counted = run(tmp_path, b"g,score\na,0.6\nb,0.2\nb,\na,NaN\n", plan("g", SCORE))

    assert "2 have no score" in next(check.text for check in counted.checks if check.code == "D84")


@pytest.mark.parametrize("text", ["1_000", "0x10", "1,5", "٣"])
def test_what_only_some_readers_call_a_number_is_no_score(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, f'g,score\na,0.6\nb,"{text}"\n'.encode(), plan("g", SCORE)) == ["D16"]


# --- Parquet ---------------------------------------------------------------------------------------------------------

PARQUET = {"source": {"kind": "parquet", "path": "d.parquet"}}


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


GOOD = parquet(g=["a", "b"] * 500, y=[1, 0, 0, 1] * 250)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_truncated_parquet_is_one_clear_fault(tmp_path: Path, share: float) -> None:
    assert codes(tmp_path, GOOD[: int(len(GOOD) * share)], plan("g", **PARQUET), name="d.parquet") == ["D88"]


def test_parquet_with_damaged_pages_is_one_clear_fault(tmp_path: Path) -> None:
    damaged = GOOD[:4] + b"\xff" * 60 + GOOD[64:]

    assert codes(tmp_path, damaged, plan("g", **PARQUET), name="d.parquet") == ["D88"]


def test_csv_called_parquet_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, b"g,y\na,1\n", plan("g", **PARQUET), name="d.parquet") == ["D88"]


def test_parquet_without_rows_is_refused(tmp_path: Path) -> None:
    empty = parquet(g=pa.array([], pa.string()), y=pa.array([], pa.int64()))

    assert codes(tmp_path, empty, plan("g", **PARQUET), name="d.parquet") == ["D02"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (pa.array([["a"], ["b"]]), "D64"),
        (pa.array([{"x": 1}, {"x": 2}]), "D64"),
        (pa.array([b"a", b"b"]), "D64"),
        (pa.array([1, 2], pa.timestamp("us")), "D41"),
        (pa.array([1.5, 2.5]), "D41"),
    ],
    ids=["list", "struct", "bytes", "time", "fraction"],
)
def test_column_that_cannot_be_a_group_is_refused(tmp_path: Path, values: Any, code: str) -> None:
    content = parquet(g=values, y=[1, 0])

    assert codes(tmp_path, content, plan("g", **PARQUET), name="d.parquet") == [code]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, None], pa.int8()),
        pa.array([1, 0, None], pa.decimal128(5, 2)),
        pa.array(["1", "0", ""]),
        pa.array([1.0, 0.0, float("nan")]),
    ],
    ids=["boolean", "integer", "decimal", "text", "float"],
)
def test_decision_is_read_from_any_plain_type(tmp_path: Path, values: Any) -> None:
    counted = run(tmp_path, parquet(g=["a", "b", "b"], y=values), plan("g", **PARQUET), name="d.parquet")

    assert [(cell.group[0], cell.decision) for cell in counted.cells] == [("a", 1), ("b", -1), ("b", 0)]


def test_pattern_reads_all_files_and_names_each(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("2024 [1].parquet", "2025.parquet"):
        (tmp_path / "data" / name).write_bytes(GOOD)
    counted = count(plan("g", source={"kind": "parquet", "path": "data/*.parquet"}), base=tmp_path)

    assert counted.cells.n == 2_000
    assert [file.file for file in counted.fingerprint] == ["data/2024 [1].parquet", "data/2025.parquet"]


def test_files_of_other_types_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(GOOD)
    (tmp_path / "b.parquet").write_bytes(parquet(g=["a"], y=["1"]))
    with pytest.raises(MetricError) as caught:
        count(plan("g", source={"kind": "parquet", "path": "*.parquet"}), base=tmp_path)

    assert [(fault.where, fault.code) for fault in caught.value.faults] == [("b.parquet", "D63")]


def test_csv_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"g,y\na,1\n")
    (tmp_path / "b.csv").write_bytes(b"y,g\n1,a\n")
    with pytest.raises(MetricError) as caught:
        count(plan("g", source={"path": "*.csv"}), base=tmp_path)

    assert [(fault.where, fault.code) for fault in caught.value.faults] == [("b.csv", "D63")]


def test_declared_categories_without_rows_are_said() -> None:
    frame = pd.DataFrame({"g": pd.Categorical(["a", "b"], categories=["a", "b", "Arab"]), "y": [1, 0]})
    counted = count_frame(plan("g"), frame)

    assert [check.text for check in counted.checks if check.code == "D64"] == [
        "Group “Arab” of “g” is declared and has nobody in it: no rate."
    ]


# --- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["../d.csv", "/etc/hostname", "~/d.csv", "a/../../d.csv", "https://example.org/d.csv", "s3://b/d.csv", "sub", "",
     "no.csv", "*.nothing", "link.csv", "linked/d.csv", "..\\d.csv", "sub/*.csv/../../../d.csv"],
)  # fmt: skip
def test_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    base = tmp_path / "audit"
    (base / "sub").mkdir(parents=True)
    for folder in (tmp_path, base):
        (folder / "d.csv").write_bytes(b"g,y\na,1\nb,0\n")
    (base / "link.csv").symlink_to(tmp_path / "d.csv")
    (base / "linked").symlink_to(tmp_path)
    with pytest.raises(MetricError) as caught:
        count(plan("g", source={"path": path}), base=base)

    assert [fault.code for fault in caught.value.faults] == ["D78"]


def test_file_with_wildcards_in_its_folder_is_read(tmp_path: Path) -> None:
    base = tmp_path / "audit [v2]* ?"
    base.mkdir()

    assert run(base, b"g,y\na,1\nb,0\n", plan("g")).cells.n == 2


def test_quotation_marks_in_names_do_not_reach_the_query(tmp_path: Path) -> None:
    name = "d'); DROP TABLE x; --.csv"
    (tmp_path / name).write_bytes(b'"g""\'; --",y\na,1\nb,0\n')

    assert count(plan("g\"'; --", source={"path": name}), base=tmp_path).cells.n == 2


def test_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(b"g,y\na,1\nb,0\n")

    def touch(line: str) -> None:
        if line.startswith("counting"):
            os.utime(path, ns=(1, 1))

    with pytest.raises(MetricError) as caught:
        count(plan("g"), base=tmp_path, progress=touch)

    assert [fault.code for fault in caught.value.faults] == ["D65"]


# --- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"g": [1, "1", "2"], "y": [1, 0, 1]}, dtype=object),
        pd.DataFrame({"g": pd.Categorical([1, "1", "2"]), "y": [1, 0, 1]}),
    ],
    ids=["object", "category"],
)
def test_column_that_mixes_numbers_and_text_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), frame)

    assert [fault.code for fault in caught.value.faults] == ["D41"]


@pytest.mark.parametrize("thing", [[1, 2], {"g": ["a"]}, None, "d.csv"], ids=["list", "dict", "none", "path"])
def test_what_is_no_table_is_refused(thing: Any) -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), thing)

    assert [fault.code for fault in caught.value.faults] == ["D89"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_frame_without_the_column_or_rows_is_refused(make: Any) -> None:
    with pytest.raises(MetricError) as no_column:
        count_frame(plan("g"), make({"h": ["a"], "y": [1]}))
    with pytest.raises(MetricError) as no_rows:
        count_frame(
            plan("g"),
            make({"g": ["a"], "y": [1]})[:0] if make is not pa.table else pa.table({"g": ["a"], "y": [1]})[:0],
        )

    assert [fault.code for fault in no_column.value.faults] == ["D03"]
    assert [fault.code for fault in no_rows.value.faults] == ["D02"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([["a", "b", 1]], columns=["g", "g", "y"]),
        pd.DataFrame({"g": ["a"], "G": ["b"], "y": [1]}),
        pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"]), pa.array([1])], names=["g", "g", "y"]),
    ],
    ids=["pandas", "pandas, but for case", "pyarrow"],
)
def test_frame_with_a_name_twice_is_refused(frame: Any) -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), frame)

    assert [fault.code for fault in caught.value.faults] == ["D04"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, parquet])
def test_column_without_any_value_is_not_known_for_everybody(make: Any, tmp_path: Path) -> None:
    table = {"g": ["a", "b"], "y": [1, 0], "found": [None, None]}
    outcome = {"outcome": {"name": "found", "yes": [1], "no": [0], "label": "found"}}
    if make is parquet:
        counted = run(tmp_path, parquet(**table), plan("g", columns=outcome, **PARQUET), name="d.parquet")
    else:
        counted = count_frame(plan("g", columns=outcome), make(table))

    assert {cell.outcome for cell in counted.cells} == {-1}
    assert "D26" in said(counted)


def test_lazy_scan_that_fails_is_refused_without_its_message(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(b"g,y\na,1\nb,0\nPRIVATE,1,extra\n")
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), pl.scan_csv(path))

    with pytest.raises(MetricError) as absent:
        count_frame(plan("g"), pl.scan_csv(tmp_path / "no.csv"))

    assert [fault.code for fault in absent.value.faults] == ["D88"]
    assert [fault.code for fault in caught.value.faults] == ["D88"]
    assert "PRIVATE" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_infinity_is_no_decision() -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), pl.DataFrame({"g": ["a", "b", "b"], "y": [1.0, 0.0, float("inf")]}))

    assert [fault.code for fault in caught.value.faults] == ["D31"]


def test_text_score_in_a_frame_that_cannot_try_it_is_refused() -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g", SCORE), pl.DataFrame({"g": ["a", "b"], "score": ["0.1", "0.9"]}))

    assert [fault.code for fault in caught.value.faults] == ["D16"]


def test_key_of_every_person_as_a_group_is_refused_before_it_fills_memory() -> None:
    n = 600_000
    frame = pl.DataFrame({"g": pl.int_range(n, eager=True), "y": pl.int_range(n, eager=True) % 2})
    with pytest.raises(MetricError) as caught:
        count_frame(plan("g"), frame)

    assert [fault.code for fault in caught.value.faults] == ["D39"]
    assert "600,000 values" in str(caught.value)
