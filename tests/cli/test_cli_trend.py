"""Periods and versions through the whole chain: counted, printed, signed, recomputed, and told in the terminal."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

HEAD = """version: 1
assessment:
  id: monthly
  title: An audit by month
  version: "1"
  date: 2026-11-20
  status: draft
  organisation: Example body
  system: {name: Example score}
  assessors: [{name: A. Person, role: auditor}]
"""
PLAN = """version: 1
title: An audit by month
question: Does a gap open?
pool: everybody scored
source: {kind: csv, path: people.csv}
columns:
  decision: {name: flag, yes: [1], no: [0], effect: burden, label: flagged}
  outcome: {name: found, yes: [1], no: [0], label: upheld}
  time: {name: day, period: month}
  version: {name: release}
groups: {g: {name: g, label: Group}}
plan: {primary: [selection_rate, fpr]}
"""
LABEL = "A name of a group that is a good deal longer than a column"


def write(folder: Path, plan: str = PLAN) -> Path:
    """Eight months; with release 2.0 one group goes from 20% to 50%; of the last month little is known."""
    folder.mkdir()
    lines = ["day,release,g,flag,found,weight"]
    for month in range(1, 9):
        for group, size, share in (("a", 60, 20), (LABEL, 40, 20 if month < 5 else 50)):
            for person in range(size):
                found = "" if month == 8 and person % 10 else person % 2
                flag = int(person * 100 < share * size)
                lines.append(f"2026-{month:02d}-10,{'1.0' if month < 5 else '2.0'},{group},{flag},{found},1.5")
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "audit.yaml").write_text(plan, encoding="utf-8")
    (folder / "assessment.yaml").write_text(HEAD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``impact audit run`` writes."""
    from impact.cli.app import run

    folder = write(tmp_path_factory.mktemp("trend") / "monthly")
    with pytest.raises(SystemExit) as stopped:
        run(["audit", "run", str(folder / "audit.yaml"), "-o", str(folder / "out"), "-q"])
    assert not stopped.value.code
    return folder / "out"


def test_periods_are_signed_and_recomputed(tmp_path: Path, impact: Any) -> None:
    folder = write(tmp_path / "monthly")

    built = impact("build", folder, "-o", tmp_path / "out", "--practice", "--json")
    trust = tmp_path / "out" / "practice-trust"
    checked = impact("verify", tmp_path / "out" / "report.pdf", "--trust", trust, "--json")

    assert built.status == 0, built.err
    assert (tmp_path / "out" / "periods.parquet").is_file()
    assert checked.status == 0, checked.out
    assert checked.json["checks"]["findings"]["holds"] is True
    page = (tmp_path / "out" / "report.html").read_text()
    for words in ("By month", "By version of the scorer", "did it move? Exploratory", "2026-08 is immature"):
        assert words in page


def test_run_writes_tables_and_charts_of_periods(made: Path) -> None:
    rows = list(csv.DictReader((made / "tables" / "periods.csv").read_text(encoding="utf-8").splitlines()))
    chart = (made / "charts" / "periods-1.svg").read_text(encoding="utf-8")

    row = next(row for row in rows if row["period"] == "2026-05" and row["group"] == f"g={LABEL}")
    assert (row["metric"], row["k"], row["n"], float(row["difference.value"])) == (
        "selection_rate",
        "20",
        "40",
        pytest.approx(0.3),
    )
    left = (made / "tables" / "changes.csv").read_text(encoding="utf-8")
    assert "period=2026-08, reason=immature" in left
    assert "<title>Share flagged over time, by Group. Everyone: 2026-01 20.0%" in chart
    assert "2026-05 50.0%" in chart
    # Grey-safe: what is left out is hollow, not another colour.
    assert chart.count('stroke-dasharray="1 3"') == 3  # one dotted line for the new version in each panel
    outcome = (made / "charts" / "periods-2.svg").read_text(encoding="utf-8")
    assert "(left out)" in outcome
    assert 'fill="#FFFFFF" stroke="#1F4E79"' in outcome


def test_trend_tells_periods_changes_and_versions_in_80_columns(made: Path, impact: Any) -> None:
    said = impact("audit", "trend", made, "-q")

    assert said.status == 0
    assert max(map(len, said.out.splitlines())) <= 80
    text = " ".join(said.out.split())
    assert "2026-05 32.0% 50.0% (+30.0) 20.0% (−30.0)" in text
    assert "change of level most likely from 2026-05, 20.0% before and 50.0% since (p 0.0001" in text
    assert "from 1.0 to 2.0: +30.0 points, all others 0. The change here lies above that among the others" in text
    assert "2026-08 is immature" in text
    assert "Seasons, a change of policy" in text


def test_trend_as_data_is_what_the_findings_hold(made: Path, impact: Any) -> None:
    told = impact("audit", "trend", made / "findings.json", "--json")
    tables = json.loads((made / "findings.json").read_text())["tables"]

    assert told.status == 0
    for name in ("timeline", "periods", "changes", "versions", "version_changes", "period_notes"):
        assert told.json[name] == tables[name]
        assert tables[name]


def test_audit_without_periods_is_told_which_key_to_add(tmp_path: Path, impact: Any) -> None:
    plan = "\n".join(line for line in PLAN.splitlines() if "time:" not in line and "version: {" not in line)
    folder = write(tmp_path / "plain", plan)
    impact("audit", "run", folder / "audit.yaml", "-o", tmp_path / "out", "-q", "--without-second-opinion")

    said = impact("audit", "trend", tmp_path / "out")

    assert said.status == 2
    assert "[E153]" in said.err
    assert "columns.time" in said.err
    assert "By month" not in (tmp_path / "out" / "audit.html").read_text()


def test_rows_that_are_not_people_are_said_to_be_counted_plainly(tmp_path: Path, impact: Any) -> None:
    plan = PLAN.replace("  time:", "  weight: {name: weight, kind: sampling}\n  time:")
    folder = write(tmp_path / "weighted", plan)
    impact("audit", "run", folder / "audit.yaml", "-o", tmp_path / "out", "-q", "--without-second-opinion")

    said = impact("audit", "trend", tmp_path / "out", "-q")

    assert said.status == 0, said.err
    assert "the weights are not used here" in " ".join(said.out.split())


def test_figures_and_counts_that_were_changed_are_refused(made: Path, tmp_path: Path, impact: Any) -> None:
    shutil.copytree(made, tmp_path / "figures")
    found = json.loads((made / "findings.json").read_text())
    found["tables"]["changes"][0]["trend"]["log10_p_adjusted"] = -5.0
    (tmp_path / "figures" / "findings.json").write_text(json.dumps(found))
    shutil.copytree(made, tmp_path / "counts")
    found = json.loads((made / "findings.json").read_text())
    found["aggregates"]["periods"] = "sha256:" + "0" * 64
    (tmp_path / "counts" / "findings.json").write_text(json.dumps(found))

    figures, counts = (impact("audit", "trend", tmp_path / name) for name in ("figures", "counts"))

    assert (figures.status, counts.status) == (5, 5)
    assert "[D156]" in figures.err
    assert "[D155]" in counts.err
    assert impact("audit", "trend", tmp_path / "nowhere").status == 2


def test_published_copy_says_that_it_has_no_periods(made: Path, tmp_path: Path, impact: Any) -> None:
    done = impact("audit", "publish", made, "-o", tmp_path / "public", "--json")
    said = impact("audit", "trend", tmp_path / "public")

    assert done.status == 0, done.err
    assert not (tmp_path / "public" / "periods.parquet").exists()
    assert said.status == 2
    assert "[E153]" in said.err
