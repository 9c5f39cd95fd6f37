"""impact audit compare, as a person runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from impact.cli.app import run

PLAN = """version: 1
title: Trial of two suppliers
question: Does supplier B wrongly flag fewer people than supplier A?
pool: everybody scored in the trial
source: {{kind: csv, path: cases.csv}}
columns:
  decision: {{{decision}, effect: {effect}, label: flagged, scorer: {scorer}}}
{also}  outcome: {{name: upheld, yes: [Y], no: [N], label: misconduct upheld}}
groups:
  sex: {{name: sex}}
plan: {{primary: [fpr]}}
"""
A = {"decision": "name: a, yes: [1], no: [0]", "scorer": "Supplier A", "also": "", "effect": "burden"}
B = {"decision": "from: score, threshold: 0.5", "scorer": "Supplier B", "also": "", "effect": "burden"}
BOTH = {**A, "also": "  also:\n    b: {from: score, threshold: 0.5, label: Supplier B}\n"}
# sex, outcome, A, score of B -> people: of 500 with nothing to find in each group A flags 70, B 20.
NOTHING = ((1, 0.7, 10), (1, 0.3, 60), (0, 0.9, 10), (0, 0.1, 420))
UPHELD = ((1, 0.7, 30), (1, 0.3, 5), (0, 0.9, 6), (0, 0.1, 20))
COUNTS = [(sex, y, *part) for sex in "FM" for y, parts in (("N", NOTHING), ("Y", UPHELD)) for part in parts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders a, b (one scorer each), both, and harm (another effect), of one table."""
    base = tmp_path_factory.mktemp("compare")
    rows = [f"{sex},{y},{a},{score}" for sex, y, a, score, n in COUNTS for _ in range(n)]
    (base / "cases.csv").write_text("\n".join(["sex,upheld,a,score", *rows]) + "\n", encoding="utf-8")
    for name, words in (("a", A), ("b", B), ("both", BOTH), ("harm", {**B, "effect": "benefit"})):
        (base / f"{name}.yaml").write_text(PLAN.format(**words), encoding="utf-8")
        with pytest.raises(SystemExit) as stopped:
            run(["audit", "run", str(base / f"{name}.yaml"), "-o", str(base / name), "-q", "--without-second-opinion"])
        assert not stopped.value.code
    return base


def test_one_folder_is_compared_case_by_case(folder: Path, impact: Any) -> None:
    said = impact("audit", "compare", folder / "both", "-q")

    assert said.status == 0
    assert "Supplier A: 14.0% (12.0% to 16.3%), 140 of 1,000" in said.out
    assert "Supplier B: 4.0% (3.0% to 5.4%), 40 of 1,000" in said.out
    told = " ".join(said.out.split())
    assert "only Supplier A 120, only Supplier B 20, McNemar p below 0.0001" in told
    assert "lower with Supplier B than with Supplier A in every group of sex (95% for all together)" in told
    assert max(map(len, said.out.splitlines())) <= 80


def test_one_folder_as_data(folder: Path, impact: Any) -> None:
    found = impact("audit", "compare", folder / "both", "--json", "-q").json

    assert (found["schema"], found["kind"]) == ("impact/comparison/1", "paired")
    findings = json.loads((folder / "both" / "findings.json").read_text(encoding="utf-8"))
    assert found["tables"] == {name: rows for name, rows in findings["tables"].items() if name.startswith("scorer")}
    assert found["aggregates"] == findings["aggregates"]


def test_two_folders_of_one_file_are_compared_by_counts(folder: Path, impact: Any) -> None:
    said = impact("audit", "compare", folder / "a", folder / "b", "-q")
    told = " ".join(said.out.split())

    assert said.status == 0
    assert "conservative" in told
    assert "one plan with both scorers" in told
    # statsmodels 0.15, confint_proportions_2indep(140, 1000, 40, 1000, method="newcomb"): 0.07547 to 0.12518.
    assert "difference: +10.0 points (+7.5 to +12.5)" in told
    assert "lower with Supplier B than with Supplier A in every group of sex" in told
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("a", "harm"), "E160", 2),
        (("a", "b", "--cases", "some"), "E161", 2),
        (("both", "--cases", "same"), "E161", 2),
        (("a",), "E162", 2),
        (("a", "a"), "E162", 2),
        (("a", "b", "both"), "E162", 2),
        (("nowhere", "b"), "E151", 2),
        (("a", "b", "-o", "page.pdf"), "G024", 2),
    ],
)
def test_what_cannot_be_compared_is_refused(
    folder: Path, impact: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: str, status: int
) -> None:
    monkeypatch.chdir(folder)

    said = impact("audit", "compare", *words, "--json")

    assert said.status == status
    assert {fault["code"] for fault in said.json["faults"]} == {code}


def test_a_page_and_data_are_written_once(folder: Path, impact: Any, tmp_path: Path) -> None:
    page, data = tmp_path / "c.html", tmp_path / "c.json"

    assert impact("audit", "compare", folder / "a", folder / "b", "-q", "-o", page).status == 0
    assert impact("audit", "compare", folder / "both", "-q", "-o", data).status == 0
    again = impact("audit", "compare", folder / "both", "-q", "-o", data, "--json")

    text = page.read_text(encoding="utf-8")
    assert "Two audits compared by their counts" in text
    assert "140 of 1,000" in text
    assert "http" not in text.replace("http-equiv", "")
    assert json.loads(data.read_text(encoding="utf-8"))["kind"] == "paired"
    assert (again.status, again.json["faults"][0]["code"]) == (2, "G020")


def test_the_page_of_one_folder_is_the_section_of_the_report(folder: Path, impact: Any, tmp_path: Path) -> None:
    page = tmp_path / "c.html"

    assert impact("audit", "compare", folder / "both", "-q", "-o", page).status == 0

    text = page.read_text(encoding="utf-8")
    assert "Scorers compared on the same cases" in text
    assert "Scorers compared on the same cases" in (folder / "both" / "audit.html").read_text(encoding="utf-8")


def test_counts_of_another_audit_end_with_5(folder: Path, impact: Any, tmp_path: Path) -> None:
    shutil.copytree(folder / "both", tmp_path / "both")
    rows = (folder / "cases.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "cases.csv").write_text("\n".join([*rows, "F,N,0,0.9"]) + "\n", encoding="utf-8")
    shutil.copy(folder / "both.yaml", tmp_path / "both.yaml")
    impact("audit", "run", tmp_path / "both.yaml", "-o", tmp_path / "other", "-q", "--without-second-opinion")
    shutil.copy(tmp_path / "other" / "joint.parquet", tmp_path / "both" / "joint.parquet")

    said = impact("audit", "compare", tmp_path / "both", "--json", "-q")

    assert (said.status, said.json["faults"][0]["code"]) == (5, "D155")


def test_protected_counts_are_not_compared(folder: Path, impact: Any, tmp_path: Path) -> None:
    assert impact("audit", "publish", folder / "a", "-o", tmp_path / "public", "-q").status == 0

    said = impact("audit", "compare", tmp_path / "public", folder / "b", "--cases", "same", "--json", "-q")

    assert (said.status, said.json["faults"][0]["code"]) == (2, "E163")
