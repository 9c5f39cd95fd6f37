"""Every row of the design's list of bad inputs (metrics/bad_input.md), through the command: code, place, no output.

The ids of the list stand in ``ROWS``. Each is held by a case here or stands in ``NOT_YET`` with the reason, and a test
compares the two. Where the program calls a row by another code than the design, docs/errors.md says what the code means
and ``CALLED`` maps it.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.counting.count import count, count_frame
from impact.metrics.plans.plan_file import plan_of

ROWS = (
    *("D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12", "D13", "D14", "D15"),
    *("D16", "D17", "D18", "D19", "D20", "D21", "D22", "D23", "D24", "D25", "D26", "D27", "D28", "D29", "D30"),
    *("D31", "D32", "D33", "D34", "D35", "D36", "D37", "D38", "D39", "D40", "D41", "D42", "D43", "D44", "D45"),
    *("D46", "D47", "D48", "D49", "D50", "D51", "D52", "D53", "D54", "D55", "D56", "D57", "D58", "D59", "D60"),
    *("D61", "D62", "D63", "D64", "D65", "D66", "D67", "D68", "D69", "D70", "D71", "D72", "D73", "D74", "D75"),
    *("D76", "D77", "D78", "D79", "D80", "D81", "D82", "D83", "D84", "D85", "D86"),
    *("E101", "E102", "E103", "E104", "E105", "E106", "E107", "E108", "E109"),
)

# Rows that no input can reach yet, each with the reason. Whoever builds the feature moves the row to a case below.
NOT_YET = (
    (
        "D23",
        "a plan names a decision or derives it from a threshold, never both (E109): there is nothing to contradict",
    ),
    ("D44", "only mapped columns are read, so an exact copy of a row cannot be told from another person; no `dedupe`"),
    ("D45", "a person may have several decisions with several outcomes; no plan says that ids occur once"),
    ("D52", "dates of birth are not read: ages come as bands"),
    ("D53", "dates of outcomes are not read, so no case can be too young"),
    ("D56", "reviewers are counted by how many they are, and none is named in any figure"),
    ("D69", "no population file: no count is taken from a census"),
    ("D70", "no population file: no rate has residents below the line"),
    ("D72", "no command compares two scorers"),
    ("D74", "the size of a watch-list is not read"),
)

# The program's code where it is not the design's id (docs/errors.md).
CALLED = {
    "D15": ("D41", "a column of group values that is no text is refused as such, whatever the reason"),
    "D79": ("D16", "1,234 is not written as a number; neither meaning is guessed"),
}


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def rows(*lines: tuple[int, str], header: str = "g,y") -> bytes:
    """CSV text: each line so many times."""
    return "\n".join([header, *(line for times, line in lines for _ in range(times))]).encode() + b"\n"


DECISION = {"name": "y", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}
FROM = {"from": "score", "threshold": 0.5, "effect": "burden", "label": "flagged"}
OUTCOME = {"name": "o", "yes": [1], "no": [0], "label": "something found"}
SCORE = {"name": "score", "higher_means": "more likely to be flagged"}
GOOD = rows((40, "a,1"), (60, "a,0"), (30, "b,1"), (70, "b,0"))


def plan(group: str = "g", **changes: Any) -> dict[str, Any]:
    """A whole plan as plain data; ``source``, ``columns`` and ``rules`` are changed key by key."""
    source = {"kind": "csv", "path": "d.csv"} | changes.pop("source", {})
    columns = {"decision": DECISION} | changes.pop("columns", {})
    rules = {"primary": ["selection_rate"]} | changes.pop("rules", {})
    data = {"version": 1, "title": "t", "question": "q", "pool": "everybody scored", "source": source}
    return {**data, "columns": columns, "groups": {"g": {"name": group}}, "plan": rules} | changes


PARQUET = {"kind": "parquet", "path": "d.parquet"}
COUNTS = {"kind": "counts", "path": "d.csv", "count": "n"}
LISTED = {"outcome": OUTCOME}
SCORED = {"outcome": OUTCOME, "score": SCORE}


def folder_of(tmp_path: Path, files: dict[str, bytes], the_plan: dict[str, Any] | str) -> Path:
    base = tmp_path / "audit"
    for name, content in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(content)
    base.mkdir(exist_ok=True)
    # JSON is YAML: one key on each line, so that places can be read off.
    text = the_plan if isinstance(the_plan, str) else json.dumps(the_plan, indent=1, ensure_ascii=False)
    (base / "audit.yaml").write_text(text, encoding="utf-8")
    return base / "audit.yaml"


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- what stops ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """A bad input: what the command must answer, and words that must be in the answer.

    ``where`` names a file, or text of the plan behind which the fault stands (`after "alpha": `).
    """

    row: str
    files: dict[str, bytes]
    plan: dict[str, Any] | str
    where: str
    says: tuple[str, ...]
    status: int = 3
    more: tuple[tuple[str, str], ...] = field(default=())  # further faults of the same run: (code, where)

    def expected(self, plan_text: str) -> list[tuple[str, str]]:
        where, mark = self.where, self.where.removeprefix("after ")
        if mark != where:
            assert plan_text.count(mark) == 1
            before = plan_text[: plan_text.index(mark) + len(mark)]
            where = f"audit.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        return [(CALLED.get(self.row, (self.row,))[0], where), *self.more]


def csv(row: str, content: bytes, *says: str, group: str = "g", where: str = "d.csv", **more: Any) -> Stop:
    further = more.pop("more", ())
    return Stop(row, {"d.csv": content}, plan(group, **more), where, says, more=further)


STOPS = {
    "nothing in the file": csv("D01", b"", "the file is empty"),
    "no header": csv("D01", b"\n\n", "the file is empty"),
    "header only": csv("D02", b"id,y,score\n", "0 rows", group="id"),
    "a column missing": csv(
        "D03", b"g,y,fraudfound\na,1,1\n", "no column “fraud_found”", "columns present: g, y, fraudfound",
        "Did you mean “fraudfound”?", columns={"outcome": OUTCOME | {"name": "fraud_found"}},
    ),
    "a name twice": csv("D04", b"id,y,y\n1,1,0\n", "column “y” appears at positions 2, 3", group="id"),
    "UTF-16": csv("D06", "id,y,score\n1,1,0.5\n".encode("utf-16"), "UTF-16", "encoding: utf-16", group="id"),
    "Windows-1252": csv(
        "D07", b"id,eth,y\n1,Traveller \x96 Irish,1\n2,Caf\xe9,0\n", "not valid UTF-8 at byte 21", "cp1252", group="eth"
    ),
    "semicolons": csv("D08", b"id;y;score\n1;1;0,5\n2;0;0,7\n", "delimiter: ';'", "0,5", group="id"),
    "ragged rows": csv(
        "D09", b"id,y,score\n1,1,0.5\n2,0\n3,1,0.4,extra\n",
        "line 3 has 2 fields, 3 expected. 2 lines like this (3, 4)", group="id",
    ),
    "an open quotation mark": csv(
        "D10", b'id,note,y\n1,"unterminated,1\n2,ok,0\n', "line 2 is never closed", group="id",
    ),
    "zero bytes": csv("D12", b"id,y\n1,1\x00\n", "a zero byte in line 2", group="id"),
    "ids held as floating point": Stop(
        "D15", {"d.parquet": parquet(g=[9007199254740993.0, 9007199254740992.0], y=[1, 0])}, plan(source=PARQUET),
        "d.parquet", ("too large to tell apart (2 rows)", "as text"),
    ),
    "percent signs": csv(
        "D16", b"g,score\na,85%\nb,12%\n", "“score”: 2 values not written", columns={"decision": FROM},
    ),
    "infinite scores": csv(
        "D18", b"g,y,score\na,1,inf\nb,0,-Infinity\na,1,NaN\nb,0,1e400\n", "“score”: 3 infinite scores",
        columns={"decision": FROM},
    ),
    "scores outside the range": csv(
        "D19", b"g,y,o,score\na,1,1,85\nb,0,0,12\n", "“score”: 2 scores outside the declared range 0 to 1", "[0, 100]",
        columns=SCORED,
    ),
    "everybody has a yes": csv("D24", b"g,y\na,1\nb,1\n", "everyone was flagged", "nothing to compare"),
    "nobody has a yes": csv("D24", b"g,y\na,0\nb,0\n", "nobody was flagged", "nothing to compare"),
    "more than two values": csv(
        "D31", b"g,y\na,1\nb,0\nb,Pending\na,Void\n", "2 values that the plan does not map", "“Pending” (1 row)"
    ),
    "an outcome of more than two values": csv(
        "D31", b"g,y,o\na,1,1\nb,0,0\nb,0,Open\n", "“o” has 1 value that the plan does not map", columns=LISTED
    ),
    "spellings": csv(
        "D32", b"g,y\na,Y\nb,N\nb,y\na,Y \n", "“y” (1 row)", "“Y ” (1 row)", "“y” would be “Y”",
        columns={"decision": DECISION | {"yes": ["Y"], "no": ["N"]}},
    ),
    "one group": csv("D37", b"g,y\na,0\na,1\n", "all of “g” is one value"),
    "a postcode as a group": csv(
        "D39", b"g,y\n" + b"".join(b"p%d,%d\n" % (n, n % 2) for n in range(1_001)), "“g” has 1,001 values"
    ),
    "a group with fractions": Stop(
        "D41", {"d.parquet": parquet(g=[34.5, 35.5], y=[1, 0])}, plan(source=PARQUET), "d.parquet",
        ("holds numbers with a fraction", "Give bands"),
    ),
    "a weight of no stated kind": Stop(
        "D48", {"d.csv": GOOD}, plan(columns={"weight": {"name": "w"}}), 'after "weight": ',
        ("kind of the weight is not stated", "frequency", "sampling", "The interval differs"),
    ),
    "National Insurance numbers": csv("D60", b"g,y\nAB123456C,0\nb,1\n", "looks like National Insurance numbers"),
    "e-mail addresses": csv("D60", b"g,y\na@example.org,0\nb,1\n", "looks like e-mail addresses"),
    "too many cells": Stop(
        "D62", {"d.parquet": parquet(g=[n % 800 for n in range(640_000)], h=[n // 800 for n in range(640_000)],
                                     y=[n % 2 for n in range(640_000)])},
        plan(source=PARQUET, groups={"g": {"name": "g"}, "h": {"name": "h"}}), "d.parquet", ("800 × 800",),
    ),
    "files of other columns": Stop(
        "D63", {"a.csv": b"g,y\na,1\n", "b.csv": b"y,g\n1,a\n"}, plan(source={"path": "*.csv"}), "b.csv",
        ("columns are not those of a.csv",),
    ),
    "files of other types": Stop(
        "D63", {"a.parquet": parquet(g=["a"], y=[1]), "b.parquet": parquet(g=["a"], y=["1"])},
        plan(source=PARQUET | {"path": "*.parquet"}), "b.parquet", ("“y” is string here and int64 in a.parquet",),
    ),
    "a nested column": Stop(
        "D64", {"d.parquet": parquet(g=[["a"], ["b"]], y=[1, 0])}, plan(source=PARQUET), "d.parquet",
        ("“g” is a nested or binary column",),
    ),
    "a password in the plan": Stop(
        "D66", {}, plan(source={"kind": "sqlite", "path": "x://u:secret@host/d", "table": "t"}), 'after "path": ',
        ("“source.path” contains a password",),
    ),
    "counts that are none": csv(
        "D67", b"g,y,n\na,1,-3\na,0,5\nb,1,2.5\nb,0,many\n", "1 negative count", source=COUNTS,
        more=(("D67", "d.csv"), ("D67", "d.csv")),
    ),
    "suppressed counts": csv("D68", b"g,y,n\na,1,*\na,0,25\nb,1,<5\nb,0,17\n", "2 suppressed counts", source=COUNTS),
    "nobody outside the group": csv("D71", b"g,y\na,0\n,1\n", "nobody is known to be outside the only group of “g”"),
    "a margin below one": Stop(
        "D76", {"d.csv": GOOD}, plan(rules={"margin": {"kind": "ratio", "value": 0.8, "reason": "agreed"}}),
        'after "value": ', ("above 1 (1.25 means “up to a quarter more”)",),
    ),
    "an absurd alpha": Stop(
        "D76", {"d.csv": GOOD}, plan(rules={"alpha": 0.5}), 'after "alpha": ', ("alpha is 0.5", "would be wrong"),
    ),
    "a path out of the folder": Stop(
        "D78", {}, plan(source={"path": "../../etc/x"}), "../../etc/x", ("outside the audit folder",)
    ),
    "a folder": Stop(
        "D78", {"data/d.csv": GOOD}, plan(source={"path": "data"}), "data", ("this is a folder", "data/*"),
    ),
    "a URL": Stop(
        "D78", {}, plan(source={"path": "https://example.org/d.csv"}), "https://example.org/d.csv",
        ("Download the file",)
    ),
    "an archive": csv("D78", b"PK\x03\x04rest", "a zip archive or an Excel workbook", "Unpack it"),
    "thousands": csv("D79", b'g,score\na,"1,234"\nb,0.4\n', "“score”: 1 value not written as a number",
                     columns={"decision": FROM}),
    "our own word for missing": csv("D82", b"g,y\na,1\n__missing__,0\n", "the reserved value “__missing__”"),
    "fractions as decisions": csv("D83", b"g,y\na,1\nb,0\nb,0.5\na,2.7\n", "“0.5” (1 row)", "never rounded"),
}  # fmt: skip


@pytest.mark.parametrize("case", STOPS)
def test_bad_input_is_refused_in_its_place_and_nothing_is_written(impact: Any, tmp_path: Path, case: str) -> None:
    stop = STOPS[case]
    path = folder_of(tmp_path, stop.files, stop.plan)
    before = everything(tmp_path)

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q")

    faults, expected = said.json["faults"], stop.expected(path.read_text(encoding="utf-8"))
    assert [(fault["code"], fault["where"].removeprefix(f"{path.parent}/")) for fault in faults] == expected
    assert said.status == stop.status
    for words in stop.says:
        assert words in said.err
    assert not (tmp_path / "out").exists()
    assert everything(tmp_path) == before
    assert "secret" not in said.err + said.out


OF_OUTCOMES = {"an outcome of more than two values"}  # impact audit check does not read that column


@pytest.mark.parametrize("case", [name for name in STOPS if name not in OF_OUTCOMES])
def test_check_refuses_the_same_before_any_outcome_is_read(impact: Any, tmp_path: Path, case: str) -> None:
    stop = STOPS[case]
    path = folder_of(tmp_path, stop.files, stop.plan)
    before = everything(tmp_path)

    said = impact("audit", "check", path, "--no-register", "--json", "-q")

    found = [(fault["code"], fault["where"].removeprefix(f"{path.parent}/")) for fault in said.json["faults"]]
    assert found == stop.expected(path.read_text(encoding="utf-8"))
    assert said.status == stop.status
    assert everything(tmp_path) == before


# --- what the plan itself gets wrong (E101 to E109) ------------------------------------------------------------------

PLAN = """\
version: 1
title: t
question: q
pool: everybody scored
source: {kind: csv, path: d.csv}
columns:
  decision:
    name: y
    yes: [1]
    no: [0]
    effect: burden
    label: flagged
groups:
  eth:
    name: g
    values: [White, Black]
plan:
  primary: [selection_rate]
  standard: none
"""


@dataclass(frozen=True)
class Plan:
    """One line of ``PLAN`` changed, where the fault is then said to stand, and words of the answer."""

    row: str
    old: str
    new: str
    place: str
    says: tuple[str, ...]


PLANS = {
    "no effect": Plan("E101", "    effect: burden\n", "", "8:5", ("decides which group is called worse off",)),
    "a key misspelt": Plan(
        "E102", "  decision:\n", "  desicion: {}\n  decision:\n", "7:3", ("Did you mean “decision”?",),
    ),
    "a margin without reason": Plan(
        "E103", "  standard: none\n", "  standard: none\n  margin:\n    kind: ratio\n    value: 1.25\n", "21:5",
        ("the margin 1.25: who agreed it, and when?",),
    ),
    "a metric without its column": Plan(
        "E104", "[selection_rate]", "[selection_rate, ppv]", "18:29",
        ("“ppv” needs an outcome column; none is mapped", "Remove it from “primary” or map “outcome”"),
    ),
    "a comparator misspelt": Plan(
        "E105", "  standard: none\n", "  standard: none\ncomparator:\n  also:\n    eth: Whte\n", "22:10",
        ("comparator “Whte” is not a value of “eth”", "Did you mean “White”?"),
    ),
    "a standard that needs more": Plan(
        "E106", "standard: none", "standard: nyc-ll144", "15:5", ("“nyc-ll144”", "map “unknown_values” of eth")
    ),
    "a stratum without role": Plan(
        "E107", "  standard: none\n", "  standard: none\nstrata:\n  borough:\n    name: b\n", "22:5",
        ("“borough” is a “legitimate_factor” (with a “justification”) or a “proxy_risk”",),
    ),
    "no pool": Plan("E108", "pool: everybody scored\n", "", "1:1", ("who could have been affected",)),
    "a decision named and derived": Plan(
        "E109", "    label: flagged\n", "    label: flagged\n    from: s\n", "13:5",
        ("Give either “decision.name” or “decision.from”, not both",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANS)
def test_wrong_plan_is_refused_at_its_line(impact: Any, tmp_path: Path, case: str) -> None:
    wrong = PLANS[case]
    assert PLAN.count(wrong.old) == 1
    path = folder_of(tmp_path, {"d.csv": GOOD}, PLAN.replace(wrong.old, wrong.new))
    before = everything(tmp_path)

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q")

    found = [(fault["code"], fault["where"].removeprefix(f"{path.parent}/")) for fault in said.json["faults"]]
    assert found == [(wrong.row, f"audit.yaml:{wrong.place}")]
    assert said.status == 2
    for words in wrong.says:
        assert words in said.err
    assert not (tmp_path / "out").exists()
    assert everything(tmp_path) == before


# --- what is accepted, and said --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """An input that is audited: the check that must stand in the findings."""

    row: str
    level: str
    files: dict[str, bytes]
    plan: dict[str, Any]
    says: tuple[str, ...]


def told(row: str, level: str, content: bytes, *says: str, group: str = "g", **changes: Any) -> Said:
    return Said(row, level, {"d.csv": content}, plan(group, **changes), says)


# 12 of 12 and 40 of 100 flagged; with outcomes, 30 of those flagged and 10 of the others have one.
ALL_OF_ONE = rows((12, "a,1"), (40, "b,1"), (60, "b,0"))
OUTCOMES = rows(
    (20, "a,1,1"), (20, "a,1,0"), (10, "a,0,1"), (50, "a,0,0"), (30, "b,1,1"), (70, "b,0,0"), header="g,y,o"
)

TOLD = {
    "a byte-order mark": told(
        "D05", "info", b"\xef\xbb\xbf" + GOOD, "d.csv starts with a byte-order mark; accepted."
    ),
    "mixed line endings": told(
        "D11", "warning", b"id,y\r\n1,1\n2,0\r3,1\r\n", "(CRLF 2, LF 1, CR 1)", "Row numbers refer to the normalised",
        group="id",
    ),
    "the country code of Namibia": told(
        "D13", "warning", rows((41, "NA,1"), (9, "NA,0"), (20, "GB,0")), "The value “NA” occurs 50 times in “g”",
        "“null_values”",
    ),
    "people without a score": told(
        "D17", "warning", rows((30, "a,1,1,0.9"), (30, "b,0,0,0.1"), (5, "a,0,0,"), header="g,y,o,score"),
        "5 (7.7%) have no “score”; they are in no figure about scores", columns=SCORED,
    ),
    "one score for everybody": told(
        "D20", "warning", rows((30, "a,1,1,0.5"), (30, "b,0,0,0.5"), header="g,y,o,score"),
        "Every “score” is 0.5: it separates nobody", columns=SCORED,
    ),
    "many exactly at the threshold": told(
        "D21", "warning", rows((8, "a,0.5"), (42, "a,0.9"), (50, "b,0.1"), header="g,score"),
        "8 rows have a score of exactly 0.5", "moves 8% of decisions", columns={"decision": FROM},
    ),
    # Of 90 × 90 pairs none has the higher score on the side with the outcome: area 0; its upper limit is that of none
    # in 90 (Clopper and Pearson), 1 - 0.025 ** (1 / 90) = 0.0402.
    "a score the wrong way round": told(
        "D22", "warning", rows((90, "a,1,1,0.1"), (90, "b,0,0,0.9"), header="g,y,o,score"),
        "Higher “score” goes with fewer outcomes (AUC 0.00, 0.00 to 0.04): check “higher_means”.", columns=SCORED,
    ),
    # Wilson, 12 of 12 (statsmodels proportion_confint, method="wilson"): 0.758 to 1.
    "everybody of one group": told(
        "D25", "info", ALL_OF_ONE, "All 12 in group “a” were flagged (95 % interval 76% to 100%)."
    ),
    "one outcome for everybody": told(
        "D26", "warning", rows((20, "a,1,1"), (20, "a,0,1"), (20, "b,0,1"), header="g,y,o"), "(no_negatives)",
        columns=LISTED,
    ),
    "no outcome": told(
        "D27", "info", GOOD,
        "this audit compares how often people were flagged. It cannot say how often that was wrong."
    ),
    "outcomes after a yes alone": told(
        "D28", "warning", rows((20, "a,1,1"), (20, "a,1,0"), (60, "a,0,"), (20, "b,1,1"), (80, "b,0,"), header="g,y,o"),
        "Outcomes are known for 100% of those flagged and 0% of the others", "shown as bounds", columns=LISTED,
    ),
    "outcomes missing unevenly": told(
        "D29", "warning", rows((39, "a,1,1"), (39, "a,0,0"), (22, "a,0,"), (41, "b,1,0"), (50, "b,0,1"), (9, "b,0,"),
                               header="g,y,o"),
        "The outcome is missing for 22% of “a” and 9% of “b”", columns=LISTED,
    ),
    "a copy of the decision": told(
        "D30", "warning",
        rows((50, "a,1,1"), (200, "a,0,0"), (49, "b,1,1"), (200, "b,0,0"), (1, "b,0,1"), header="g,y,o"),
        "nearly a copy of the decision (99.8% equal): was it set by the decision?", columns=LISTED,
    ),
    "names that differ by case and spaces": told(
        "D32", "warning", b"g,y\nWhite,1\nwhite ,0\nBlack,1\n", "“White” (1), “white ” (1)", "own group"
    ),
    "other spellings of one value": told(
        "D33", "info", b"g,y\na,TRUE\nb,false\na,1.0\nb,0\n", "in 3 rows", "1, 1.0 and true are the same value"
    ),
    "a declared group that is absent": told(
        "D34", "warning", GOOD, "Group “Arab” of “g” is declared and has nobody in it: no rate.",
        groups={"g": {"name": "g", "values": ["a", "b", "Arab"]}},
    ),
    "a group of six": told(
        "D35", "warning", rows((1, "Roma,1"), (5, "Roma,0"), (40, "b,1"), (60, "b,0")),
        "Group “Roma” has 6, 1 flagged: too few to publish",
    ),
    "a group without outcomes": told(
        "D36", "warning", rows((20, "a,1,0"), (20, "a,0,0"), (20, "b,1,1"), (20, "b,0,0"), header="g,y,o"),
        "Nobody in group “a” whose outcome is known has “something found”", "is undefined", columns=LISTED,
    ),
    "people whose group is not known": told(
        "D38", "warning", rows((40, "a,1"), (60, "a,0"), (50, "b,1"), (35, "b,0"), (10, ",1"), (5, ",0")),
        "“g” is not known for 7.5% (10% of those flagged): own row, in no comparison.",
    ),
    "sixty areas": told(
        "D39", "warning", rows(*((1, f"p{n},{n % 2}") for n in range(60))),
        "“g” has 60 values: do they stand for people"
    ),
    "ages in years": told(
        "D40", "warning", rows(*((1, f"{n},{n % 2}") for n in range(18, 101))),
        "“g” has 83 values, all of them numbers",
        "second banding",
    ),
    "formulae": told(
        "D58", "info", b'g,y\n"=HYPERLINK(""http://x"",""a"")",1\n+44,0\n@SUM(A1),1\n',
        "3 values of “g” start like a spreadsheet formula", "must quote them",
    ),
    "names that look the same": told(
        "D59", "warning", "g,y\nWhite,1\nWhite\u200b,0\n".encode(), "look the same but differ", "“White\\u200b” (1)"
    ),
    "rounded counts": told(
        "D67", "warning", b"g,y,n\na,1,40\na,0,60\nb,1,25\nb,0,75\n,0,5\n", "All counts are multiples of 5",
        source=COUNTS
    ),
    "a row of totals": told(
        "D67", "warning", b"g,y,n\na,1,41\na,0,60\nTotal,1,41\nTotal,0,60\n", "“Total” is counted as a group",
        source=COUNTS
    ),
    # 0.7 as a 32-bit number is 0.699999988079071 (IEEE 754).
    "a score of 32 bits": Said(
        "D81", "warning",
        {"d.parquet": parquet(g=["a", "b", "a", "b"], score=pa.array([0.7, 0.7, 0.9, 0.1], pa.float32()))},
        plan(source=PARQUET, columns={"decision": FROM | {"threshold": 0.7}}),
        ("“score” is stored with 32 bits, where 0.7 is 0.69999998", "2 rows at exactly that value count as a yes"),
    ),
    "no score at the threshold": told(
        "D84", "warning", rows((20, "a,0.9"), (20, "b,0.1"), (41, "b,"), header="g,score"),
        "41 have no score. They are not counted as above or below the threshold 0.5.", columns={"decision": FROM},
    ),
    # Of 200 different scores below 0.001 all are in the first of a thousand bins: the area is left wholly open.
    "scores bunched near nothing": told(
        "D85", "info", rows(*((1, f"{'ab'[n % 2]},{n % 2},{n // 100},{n / 1e6:.6f}") for n in range(1, 200)),
                            header="g,y,o,score"),
        "“score” is bunched: 10 bins leave the AUC open by 0.5 either way",
        columns=SCORED | {"score": SCORE | {"bins": 10}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_odd_input_is_audited_and_said(impact: Any, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = TOLD[case]
    if expected.row == "D85":  # so few scores are otherwise kept as they are, without bins
        monkeypatch.setattr("impact.metrics.counting.gather.MAX_EXACT", 3)
    path = folder_of(tmp_path, expected.files, expected.plan)

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q", "--without-second-opinion")

    assert said.status == 0, said.err
    checks = [(check["level"], check["text"]) for check in said.json["checks"] if check["code"] == expected.row]
    assert any(level == expected.level and all(words in text for words in expected.says) for level, text in checks), (
        said.json["checks"]
    )


# --- rows of columns that the count reads; from Python, so that they hold whatever an audit does with the counts -----

WEIGHT = {"weight": {"name": "w", "kind": "sampling"}}
HUMAN = {"human": {"name": "y", "yes": [1], "no": [0]}}
TIME = {"time": {"name": "t"}}

# Row, columns mapped beside the decision, the file, and words of the fault; all stand at the file.
COUNTED_STOPS: dict[str, tuple[str, dict[str, Any], bytes, str]] = {
    "a weight below zero": ("D46", WEIGHT, b"g,y,w\na,1,1\nb,0,-0.5\n", "“w”: 1 negative weight"),
    "no weight": ("D46", WEIGHT, b"g,y,w\na,1,1\nb,0,\n", "“w”: 1 row without a weight"),
    "weights too large to add": ("D49", WEIGHT, b"g,y,w\na,1,1\nb,0,5e7\n", "too large to add up exactly"),
    "a date in two orders": (
        "D50", TIME, b"g,y,t\na,1,03/04/2024\nb,0,13/04/2024\n", "“t”: 2 dates that can be read in two ways"
    ),
    "seconds that are none": (
        "D57", {"human": {"name": "h", "yes": [1], "no": [0]}, "review_seconds": {"name": "s"}},
        b"g,y,h,s\na,1,1,30\nb,0,0,an hour\n", "“s”: 1 time that",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COUNTED_STOPS)
def test_column_that_cannot_be_counted_is_refused_in_its_place(tmp_path: Path, case: str) -> None:
    row, columns, content, says = COUNTED_STOPS[case]
    (tmp_path / "d.csv").write_bytes(content)

    with pytest.raises(MetricError) as caught:
        count(plan_of(plan(columns=columns)), base=tmp_path)

    assert [(fault.code, fault.where) for fault in caught.value.faults] == [(row, "d.csv")]
    assert says in str(caught.value)
    assert caught.value.exit == 3
    assert everything(tmp_path) == {"d.csv": content}


PERSON = {"unit": {"person_id": "p"}}
COUNTED_SAID: dict[str, tuple[str, dict[str, Any], bytes, str]] = {
    # 007 and 7 are two people: four rows, four people, and nothing is said of rows that are alike.
    "a person in several rows": (
        "D43", PERSON, b"p,g,y\n007,a,1\n7,a,0\n7,b,1\n8,b,0\n", "4 decided rows come from 3 people"
    ),
    "a group without weight": (
        "D47", {"columns": WEIGHT}, b"g,y,w\na,1,0\na,0,0\nb,1,1\nb,0,2\n", "Every weight in group “a” is zero"
    ),
    # 199 weights of 1 and one of 200: the mean is 1.995, the largest 100.3 times that; (399)² / (199 + 200²) = 3.96.
    "one weight above all others": (
        "D49", {"columns": WEIGHT}, rows((199, "a,1,1"), (1, "b,0,200"), header="g,y,w"),
        "One row carries 100 times the average weight; effective sample 4 of 200",
    ),
    "a month without rows": (
        "D54", {"columns": TIME}, b"g,y,t\na,1,2024-07-01\nb,0,2024-09-30\n", "No rows in 2024-08: that is a gap"
    ),
    "rows without a date": ("D54", {"columns": TIME}, b"g,y,t\na,1,2024-07-01\nb,0,\n", "1 have no date"),
    "moments written with and without a zone": (
        "D51", {"columns": TIME},
        b"g,y,t\na,1,2024-03-31T01:30:00\nb,0,2024-10-27T01:30:00Z\nb,0,2024-10-27T01:30:00+01:00\n",
        "2 times are written with a zone. The period is that of the date as written",
    ),
    "no version": (
        "D55", {"columns": {"version": {"name": "v"}}}, rows((24, "a,1,1"), (1, "b,0,"), header="g,y,v"),
        "The version of the scorer is missing for 4.0%",
    ),
    "a version that changes within a month": (
        "D55", {"columns": TIME | {"version": {"name": "v"}}},
        b"g,y,t,v\na,1,2024-10-01,1\nb,0,2024-11-02,1\nb,0,2024-11-20,2\n", "changes within 1 of 2 periods",
    ),
    "reviews of no time, and left open": (
        "D57", {"columns": {"human": {"name": "h", "yes": [1], "no": [0]}, "review_seconds": {"name": "s"}}},
        b"g,y,h,s\na,1,1,0\nb,0,0,-3\na,1,0,90000\nb,0,0,40\n",
        "2 are zero or negative and left out; 1 are above the cap",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COUNTED_SAID)
def test_odd_column_is_counted_and_said(tmp_path: Path, case: str) -> None:
    row, changes, content, says = COUNTED_SAID[case]
    (tmp_path / "d.csv").write_bytes(content)

    counted = count(plan_of(plan(**changes)), base=tmp_path)

    assert [says in check.text for check in counted.checks if check.code == row].count(True) == 1
    assert everything(tmp_path) == {"d.csv": content}


# --- rows that need more than a table and a plan ----------------------------------------------------------------------

HELD: set[str] = set()


def holds(*held: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Marks the rows that a test below holds, for the comparison at the end."""
    HELD.update(held)
    return lambda test: test


@holds("D14")
def test_leading_zeros_tell_people_and_groups_apart(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"p,g,y\n007,0a,1\n7,a,0\n")

    counted = count(plan_of(plan(**PERSON)), base=tmp_path)

    assert [cell.group for cell in counted.cells] == [("0a",), ("a",)]
    assert "D43" not in [check.code for check in counted.checks]  # two people, not one in two rows


@holds("D41")
@pytest.mark.parametrize("values", [[1, "1"], [1.0, "White"]], ids=["1 and “1”", "number and text"])
def test_column_of_mixed_kinds_is_refused(values: list[Any]) -> None:
    with pytest.raises(MetricError) as caught:
        count_frame(plan_of(plan()), pd.DataFrame({"g": pd.Series(values, dtype=object), "y": [1, 0]}))

    assert [(fault.code, fault.where) for fault in caught.value.faults] == [("D41", "the table")]
    assert "“g” mixes numbers and text" in str(caught.value)


@holds("D42")
def test_people_in_several_groups_are_compared_with_those_outside_each(tmp_path: Path) -> None:
    # Each group a column of yes and no. Two people ticked both: each group has its own others, and nobody is left out.
    lines = (20, "yes,no,1"), (2, "yes,yes,1"), (30, "no,yes,0"), (48, "no,no,0")
    (tmp_path / "d.csv").write_bytes(rows(*lines, header="black,asian,y"))
    the_plan = plan_of(plan(groups={"black": {"name": "black"}, "asian": {"name": "asian"}}))

    result = analyse(the_plan, count(the_plan, base=tmp_path).cells)

    compared = {row.comparison.group: (row.side.n, row.other.n) for row in result.disparities}
    assert compared[("black", "yes"),] == (22, 78)
    assert compared[("asian", "yes"),] == (32, 68)


@holds("D51")
def test_moments_with_a_zone_are_refused_because_the_day_depends_on_it(tmp_path: Path) -> None:
    moment = pa.array([1711848600, 1729989000], pa.timestamp("s", "UTC"))  # 2024-03-31 01:30 and 2024-10-27 00:30 UTC
    (tmp_path / "d.parquet").write_bytes(parquet(g=["a", "b"], y=[1, 0], t=moment))

    with pytest.raises(MetricError) as caught:
        count(plan_of(plan(source=PARQUET, columns=TIME)), base=tmp_path)

    assert [(fault.code, fault.where) for fault in caught.value.faults] == [("D51", "d.parquet")]
    assert "which day a moment belongs to depends on the zone" in str(caught.value)


@holds("D61")
def test_large_file_is_streamed_and_said(impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impact.metrics.counting.opening._LARGE", 100)
    path = folder_of(tmp_path, {"d.csv": GOOD}, plan())

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q", "--without-second-opinion")

    texts = {check["code"]: check["text"] for check in said.json["checks"]}
    assert "counted in a stream; only counts enter memory" in texts["D61"]


@holds("D61")
def test_disk_too_small_for_a_copy_is_seen_before_copying(
    impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(
        "impact.metrics.counting.csv_bytes.shutil.disk_usage", lambda _: usage._replace(free=len(GOOD) - 1)
    )
    path = folder_of(tmp_path, {"d.csv": GOOD}, plan(source={"encoding": "cp1252"}))
    before = everything(tmp_path)

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q")

    assert [(fault["code"], fault["where"]) for fault in said.json["faults"]] == [("D61", "d.csv")]
    assert f"{len(GOOD) - 1:,} are free" in said.err
    assert said.status == 3
    assert everything(tmp_path) == before


@holds("D64")
def test_declared_categories_without_rows_are_said() -> None:
    frame = pd.DataFrame({"g": pd.Categorical(["a", "b"], categories=["a", "b", "Arab"]), "y": [1, 0]})

    counted = count_frame(plan_of(plan()), frame)

    assert ["“Arab”" in check.text for check in counted.checks if check.code == "D64"] == [True]


@holds("D65")
def test_file_that_changes_while_it_is_read_is_refused(
    impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder_of(tmp_path, {"d.csv": GOOD}, plan())

    def step(_: Any, text: str) -> None:
        if text.startswith("counting"):
            (path.parent / "d.csv").write_bytes(GOOD + b"a,1\n")

    monkeypatch.setattr("impact.cli.output.Speaker.step", step)

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json")

    assert [(fault["code"], fault["where"]) for fault in said.json["faults"]] == [("D65", "d.csv")]
    assert said.status == 3
    assert not (tmp_path / "out").exists()


@holds("D73")
def test_searches_for_listed_people_alone_give_no_rate_of_false_alerts(impact: Any, tmp_path: Path) -> None:
    content = rows((95, "a,1,1"), (5, "a,0,1"), (45, "b,1,1"), (5, "b,0,1"), header="g,y,o")
    columns = {"decision": DECISION | {"effect": "identification", "label": "alerted on"}, "outcome": OUTCOME}
    sheet = {"exposure": "searches", "alert": "alerts", "group": "g"}
    path = folder_of(tmp_path, {"d.csv": content}, plan(columns=columns, identification=sheet))

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q", "--without-second-opinion")

    table = said.json["tables"]["identification"]
    false = {
        row["key"]: (row["value"], row["ci"], row["reason"]) for row in table["quantities"] if "false" in row["key"]
    }
    assert false == {
        "false_alerts_per_exposure": (None, None, "no_negatives"),
        "false_alerts_per_alert": (None, None, "no_negatives"),
    }
    assert (
        "All searches in this data were of listed people: no rate of false alerts can be given."
        in (table["not_identified"])
    )


@holds("D75")
def test_no_false_alert_is_not_never(impact: Any, tmp_path: Path) -> None:
    # Clopper-Pearson for 0 of 12,000: 1 - 0.025 ** (1 / 12000) = 0.000307, three in ten thousand ("rule of three").
    content = b"g,y,o,n\na,0,0,7000\nb,0,0,5000\na,1,1,40\nb,1,1,30\n"
    columns = {"decision": DECISION | {"effect": "identification", "label": "alerted on"}, "outcome": OUTCOME}
    sheet = {"exposure": "faces seen", "alert": "alerts", "group": "g"}
    path = folder_of(tmp_path, {"d.csv": content}, plan(source=COUNTS, columns=columns, identification=sheet))

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q", "--without-second-opinion")

    table = said.json["tables"]["identification"]
    found = {row["key"]: row for row in table["quantities"]}["false_alerts_per_exposure"]
    assert (found["k"], found["n"], found["value"]) == (0, 12_070, 0)
    assert found["ci"] == pytest.approx([0, 1 - 0.025 ** (1 / 12_070)], rel=1e-9)
    assert any("None seen is not never: up to" in line for line in table["sentences"])


@holds("D77")
def test_plan_changed_after_check_makes_all_results_exploratory(impact: Any, tmp_path: Path) -> None:
    path = folder_of(tmp_path, {"d.csv": GOOD}, PLAN.replace("[White, Black]", "[a, b]"))
    impact("audit", "check", path, "-q")
    path.write_text(path.read_text().replace("label: flagged", "label: stopped"))

    said = impact("audit", "run", path, "-o", tmp_path / "out", "--json", "-q", "--without-second-opinion")

    text = {check["code"]: check["text"] for check in said.json["checks"]}["D77"]
    assert "(changed: columns.decision.label): all results are labelled exploratory." in text
    assert {finding["role"] for finding in said.json["findings"]} == {"exploratory"}


@holds("D80")
def test_counts_above_32_bits_are_added_exactly(tmp_path: Path) -> None:
    # 2^31 people twice is beyond an int32, and 2^53 is the last whole number that a double tells from its neighbour.
    (tmp_path / "d.csv").write_bytes(b"g,y,n\na,1,2147483648\na,1,2147483648\nb,0,9007199254740991\nb,1,1\n")

    cells = count(plan_of(plan(source=COUNTS)), base=tmp_path).cells

    assert {(cell.group[0], cell.decision): cell.n for cell in cells} == {
        ("a", 1): 4_294_967_296, ("b", 0): 9_007_199_254_740_991, ("b", 1): 1
    }  # fmt: skip
    assert cells.n == 9_007_203_549_708_288


@holds("D86")
def test_comparisons_without_a_p_value_are_left_out_of_the_correction() -> None:
    # Nobody in c has the outcome, so c has no true positive rate: two comparisons are left, not three.
    frame = pd.DataFrame(
        [(g, y, o) for g, y, o, n in
         [("a", 1, 1, 40), ("a", 0, 1, 10), ("b", 1, 1, 25), ("b", 0, 1, 25), ("c", 1, 0, 9), ("c", 0, 0, 30)]
         for _ in range(n)], columns=["g", "y", "o"],
    )  # fmt: skip
    the_plan = plan_of(plan(columns=LISTED, rules={"primary": ["tpr"]}))

    result = analyse(the_plan, count_frame(the_plan, frame).cells)

    compared = {row.comparison.group[0][1]: row for row in result.disparities if row.comparison.metric == "tpr"}
    assert compared["c"].verdict.name == "undefined"
    assert compared["c"].test is None
    assert [compared[g].test.family_size for g in "ab"] == [2, 2]
    assert ("tpr", "no_positives") in [each[:2] for each in result.not_computed]


def test_every_row_of_the_design_is_held_or_said_to_be_out_of_reach() -> None:
    held = {each.row for table in (STOPS, PLANS, TOLD) for each in table.values()}
    held |= {row for table in (COUNTED_STOPS, COUNTED_SAID) for row, *_ in table.values()} | HELD
    not_yet = {row for row, _ in NOT_YET}

    assert not held & not_yet
    assert sorted(held | not_yet) == sorted(ROWS)
    assert len(set(ROWS)) == len(ROWS) == 95
    assert all(reason for _, reason in NOT_YET)
