"""An audit plan on its own, through the command line."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
COMPAS = REPO / "examples" / "compas-counts" / "audit.yaml"


def test_run_writes_findings_cells_tables_and_charts(impact: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"

    said = impact("audit", "run", COMPAS, "-o", out, "--json")

    assert said.status == 0
    assert {"findings.json", "cells.parquet", "audit.html", "tables", "charts"} == {path.name for path in out.iterdir()}
    assert said.json == json.loads((out / "findings.json").read_text())
    assert said.json["second_opinion"]["status"] == "agrees"


def test_tables_hold_the_published_rates(impact: Any, tmp_path: Path) -> None:
    """ProPublica 2016, two-year file: false positive rate .4485 and .2345 (R5 of the reference tables)."""
    impact("audit", "run", COMPAS, "-o", tmp_path / "out", "-q")

    with (tmp_path / "out" / "tables" / "rates.csv").open(newline="") as file:
        rates = {(row["group"], row["metric"]): row for row in csv.DictReader(file)}

    assert round(float(rates["race=African-American", "fpr"]["value"]), 4) == 0.4485
    assert round(float(rates["race=Caucasian", "fpr"]["value"]), 4) == 0.2345
    assert (rates["race=African-American", "fpr"]["k"], rates["race=African-American", "fpr"]["n"]) == ("805", "1795")


def test_rates_have_exactly_the_published_keys(impact: Any, tmp_path: Path) -> None:
    impact("audit", "run", COMPAS, "-o", tmp_path / "out", "-q")

    rates = json.loads((tmp_path / "out" / "findings.json").read_text())["tables"]["rates"]

    assert {frozenset(row) for row in rates} == {
        frozenset({"group", "metric", "k", "n", "value", "ci", "method", "reason"})
    }


def test_page_stands_alone_and_marks_small_counts(impact: Any, tmp_path: Path) -> None:
    lfr = REPO / "examples" / "met-lfr-2025" / "audit.yaml"
    impact("audit", "run", lfr, "-o", tmp_path / "out", "-q")

    page = (tmp_path / "out" / "audit.html").read_text()

    assert "CONTAINS SMALL COUNTS" in page
    assert "1 in 314,744" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in page


def test_check_stamps_the_plan_once_and_reads_no_outcome(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    shutil.copytree(COMPAS.parent, folder)

    first = impact("audit", "check", folder / "audit.yaml", "--json").json
    second = impact("audit", "check", folder / "audit.yaml", "--json").json

    assert first["plan_registered"]["matches"] is True
    assert first["plan_registered"] == second["plan_registered"]
    assert first["people"] == 7214
    assert {row["label"] for row in first["detectable"]} == {"African-American", "Caucasian", "Hispanic", "All other"}
    assert "outcome" not in json.dumps(first["detectable"])


def test_changed_plan_is_told_and_makes_results_exploratory(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    shutil.copytree(COMPAS.parent, folder)
    impact("audit", "check", folder / "audit.yaml")
    plan = folder / "audit.yaml"
    plan.write_text(plan.read_text().replace("value: 1.25", "value: 1.2", 1))

    said = impact("audit", "run", plan, "-o", tmp_path / "out", "--json")

    assert said.json["plan_registered"]["matches"] is False
    assert {finding["role"] for finding in said.json["findings"]} == {"exploratory"}
    assert "D77" in {check["code"] for check in said.json["checks"]}


def test_second_opinion_can_be_left_out_and_is_said_to_be(impact: Any, tmp_path: Path) -> None:
    said = impact("audit", "run", COMPAS, "-o", tmp_path / "out", "--without-second-opinion", "--json")

    assert said.json["second_opinion"]["status"] == "skipped"


def test_packs_are_listed_shown_and_checked(impact: Any) -> None:
    assert [pack["id"] for pack in impact("packs", "list", "--json").json] == ["uk-council-short", "uk-policing"]
    assert impact("packs", "show", "uk-policing", "--json").json["questions"] == 213
    assert impact("packs", "check", "uk-policing", "--json").json["ok"] is True
    assert "Did you mean “uk-policing”?" in impact("packs", "show", "uk-polcing").err


def test_standard_with_a_screen_is_printed_with_its_misfires(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    shutil.copytree(COMPAS.parent, folder)
    plan = folder / "audit.yaml"
    plan.write_text(plan.read_text().replace("  primary:", "  standard: eeoc-four-fifths\n  primary:", 1))

    said = impact("audit", "run", plan, "-o", tmp_path / "out", "--json")

    # Medium or high is a burden, so the screen looks at those spared it: 1,600 of 2,454 white, 1,522 of 3,696 black
    # people (R5), and all other people, who are spared most often.
    screens = {row["group"]["race"]: row for row in said.json["tables"]["screens"]}
    assert (screens["Caucasian"]["k"], screens["Caucasian"]["n"]) == (1600, 2454)
    assert (screens["African-American"]["k"], screens["African-American"]["n"]) == (1522, 3696)
    assert screens["African-American"]["below"] is True
    page = (tmp_path / "out" / "audit.html").read_text()
    assert "Four-fifths screen" in page
    assert "not a test of law in the United Kingdom" in page
