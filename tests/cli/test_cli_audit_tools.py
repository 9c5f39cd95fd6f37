"""The commands around an audit, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from impact.cli.audit_tools import tell
from impact.cli.output import Speaker
from impact.metrics.tools.selftest import EXAMPLES, selftest

REPO = Path(__file__).resolve().parents[2]
COMPAS = REPO / "examples" / "compas-counts"
PILOT = REPO / "examples" / "misconduct-pilot"
NORTH = (
    "race,rated_higher,reoffended,people\nA,yes,yes,30\nA,yes,no,20\nA,no,yes,10\nA,no,no,90\nB,yes,no,9\nB,no,no,99\n"
)
SOUTH = "race,rated_higher,reoffended,people\nA,yes,yes,3\nA,no,no,40\nB,yes,yes,8\nB,yes,no,11\nB,no,no,70\n"


@pytest.fixture(scope="module")
def compas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``impact audit run`` writes for the published counts."""
    from impact.cli.app import run

    out = tmp_path_factory.mktemp("tools") / "compas"
    with pytest.raises(SystemExit) as stopped:
        run(["audit", "run", str(COMPAS / "audit.yaml"), "-o", str(out), "-q"])
    assert not stopped.value.code
    return out


def bodies(tmp_path: Path, impact: Any) -> list[Path]:
    """Two bodies that count under one plan."""
    made = []
    for name, counts in (("north", NORTH), ("south", SOUTH)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cells.csv").write_text(counts, encoding="utf-8")
        plan = (COMPAS / "audit.yaml").read_text(encoding="utf-8")
        plan = plan.replace("values: [African-American, Caucasian, Hispanic, All other]", "values: [A, B]")
        (folder / "audit.yaml").write_text(plan.replace("race: Caucasian", "race: B"), encoding="utf-8")
        assert impact("audit", "run", folder / "audit.yaml", "-o", folder / "out", "-q").status == 0
        made.append(folder / "out")
    return made


def test_methods_prints_every_metric_with_its_source(impact: Any) -> None:
    told, plain = impact("audit", "methods", "--json").json, impact("audit", "methods")

    assert {"fpr", "ppv", "selection_rate"} <= {entry["key"] for entry in told["metrics"]}
    assert {"wilson", "koopman", "holm", "disparity_shown"} <= {entry["key"] for entry in told["statistics"]}
    assert "FP/(FP+TN)" in plain.out
    assert "Koopman 1984" in plain.out
    assert plain.status == 0


def test_selftest_agrees_and_names_versions(impact: Any) -> None:
    said = impact("audit", "selftest", "--json")

    assert said.status == 0
    assert said.json["agrees"] is True
    assert said.json["versions"]["aif360"] == "0.6.1"
    assert {"name", "source", "expected", "got", "agrees", "decimals"} == set(said.json["examples"][0])


def test_selftest_that_disagrees_prints_the_table_and_ends_with_5(capfd: pytest.CaptureFixture[str]) -> None:
    wrong = selftest([EXAMPLES[0], replace(EXAMPLES[0], expected=(0.1, 0.2))])

    with pytest.raises(typer.Exit) as stopped:
        tell(wrong, Speaker())

    out = capfd.readouterr().out
    assert stopped.value.exit_code == 5
    assert "DISAGREES  Wilson 81/263" in out
    assert "2 worked examples: 1 DISAGREE." in out


def test_explain_tells_how_a_number_arose(impact: Any, compas: Path) -> None:
    said = impact("audit", "explain", compas, "F-0001")

    assert said.status == 0
    for heading in ("What was counted", "The verdict", "The second opinion", "Caveats"):
        assert heading in said.out
    assert "worked out again" in said.out
    assert impact("audit", "explain", compas / "findings.json", "1", "--json").json["id"] == "F-0001"


def test_explain_every_finding_of_the_published_counts(impact: Any, compas: Path) -> None:
    for finding in json.loads((compas / "findings.json").read_text())["findings"]:
        told = impact("audit", "explain", compas, finding["id"], "--json")
        assert told.status == 0
        assert told.json["disagreements"] == []


def test_explain_names_the_nearest_ids(impact: Any, compas: Path) -> None:
    said = impact("audit", "explain", compas, "F-9999")

    assert said.status == 2
    assert "[E150]" in said.err
    assert "Nearest: F-00" in said.err


def test_explain_stops_at_a_figure_that_was_changed(impact: Any, compas: Path, tmp_path: Path) -> None:
    shutil.copytree(compas, tmp_path / "out")
    found = json.loads((tmp_path / "out" / "findings.json").read_text())
    found["findings"][0]["estimate"]["ratio"]["value"] *= 2
    (tmp_path / "out" / "findings.json").write_text(json.dumps(found))

    said = impact("audit", "explain", tmp_path / "out", "F-0001")

    assert said.status == 5
    assert "the ratio does not follow from the counts beside it" in said.err
    assert "worked out again" not in said.out


def test_explain_stops_at_cells_of_another_audit(impact: Any, compas: Path, tmp_path: Path) -> None:
    shutil.copytree(compas, tmp_path / "out")
    found = json.loads((tmp_path / "out" / "findings.json").read_text())
    found["cells_digest"] = "sha256:" + "0" * 64
    (tmp_path / "out" / "findings.json").write_text(json.dumps(found))

    said = impact("audit", "explain", tmp_path / "out", "F-0001")

    assert said.status == 5
    assert "[D155]" in said.err


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": "impact/findings/1"}', "[" * 100_000])
def test_folders_without_findings_are_refused(impact: Any, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "findings.json").write_text(content)

    said = impact("audit", "explain", tmp_path, "F-0001")

    assert said.status == 2
    assert "[E151]" in said.err


def test_request_writes_table_query_letter_and_plan(impact: Any, tmp_path: Path) -> None:
    said = impact("audit", "request", COMPAS / "audit.yaml", "-o", tmp_path / "counts", "--table", "scores")

    assert said.status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"counts.csv", "counts.sql", "counts.txt", "counts.yaml"}
    assert "FROM scores" in (tmp_path / "counts.sql").read_text()
    assert "path: counts.csv" in (tmp_path / "counts.yaml").read_text()
    again = impact("audit", "request", COMPAS / "audit.yaml", "-o", tmp_path / "counts")
    assert again.status == 2
    assert again.err.count("[G020]") == 4


def test_request_filled_in_is_checked_and_run(impact: Any, tmp_path: Path) -> None:
    impact("audit", "request", COMPAS / "audit.yaml", "-o", tmp_path / "counts.csv")
    with (tmp_path / "counts.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    published = {tuple(row[:3]): row[3] for row in csv.reader(io.StringIO((COMPAS / "cells.csv").read_text()))}
    filled = [rows[0], *([*row[:-1], published.get(tuple(row[:-1]), "0")] for row in rows[1:])]
    with (tmp_path / "counts.csv").open("w", newline="") as file:
        csv.writer(file).writerows(filled)

    said = impact("audit", "run", tmp_path / "counts.yaml", "-o", tmp_path / "out", "--json")

    assert said.status == 0
    rates = {(row["group"].get("race"), row["metric"]): row["value"] for row in said.json["tables"]["rates"]}
    assert rates["African-American", "fpr"] == pytest.approx(0.4485, abs=5e-5)  # ProPublica 2016
    assert said.json["people"] == 7214


def test_request_says_what_counts_cannot_hold(impact: Any, tmp_path: Path) -> None:
    said = impact("audit", "request", PILOT / "audit.yaml", "-o", tmp_path / "counts.csv")

    assert said.status == 0
    assert "- how long reviews took" in said.out
    assert "how long reviews took" in " ".join((tmp_path / "counts.txt").read_text(encoding="utf-8").split())


def test_request_without_a_file_prints_all_of_it(impact: Any) -> None:
    said = impact("audit", "request", COMPAS / "audit.yaml")

    for title in ("=== Letter", "=== Query", "=== Plan that reads the answer", "=== Table"):
        assert title in said.out
    assert impact("audit", "request", COMPAS / "audit.yaml", "--json").json["rows"] == 5 * 9


def test_merge_adds_up_and_writes_what_a_run_writes(impact: Any, tmp_path: Path) -> None:
    said = impact("audit", "merge", *bodies(tmp_path, impact), "-o", tmp_path / "both", "--json")

    assert said.status == 0
    written = {path.name for path in (tmp_path / "both").iterdir()}
    assert written == {"findings.json", "cells.parquet", "audit.html", "audit.yaml", "tables", "charts"}
    assert said.json["second_opinion"]["status"] == "agrees"
    # 20 + 0 false positives of 110 + 40 people of group A who did not reoffend.
    (fpr,) = (r for r in said.json["tables"]["rates"] if r["metric"] == "fpr" and r["group"] == {"race": "A"})
    assert (fpr["k"], fpr["n"]) == (20, 150)
    assert len({each["cells_digest"] for each in said.json["source_fingerprint"]}) == 2
    assert {"D153", "D154"} <= {check["code"] for check in said.json["checks"]}


def test_plan_of_a_merge_gives_the_same_findings_from_its_cells(impact: Any, tmp_path: Path) -> None:
    from impact.metrics.analysis.differences import comparable, differences

    merged = impact("audit", "merge", *bodies(tmp_path, impact), "-o", tmp_path / "both", "--json").json
    again = impact("audit", "run", tmp_path / "both" / "audit.yaml", "-o", tmp_path / "again", "--json").json

    assert differences(comparable(merged), comparable(again)) == []


def test_merge_lists_every_difference_and_writes_nothing(impact: Any, tmp_path: Path) -> None:
    north, south = bodies(tmp_path, impact)
    plan = tmp_path / "south" / "audit.yaml"
    text = plan.read_text().replace("effect: burden", "effect: neither").replace("value: 1.25", "value: 1.5")
    plan.write_text(text)
    impact("audit", "run", plan, "-o", south, "-q", "--force")

    said = impact("audit", "merge", north, south, "-o", tmp_path / "both")

    assert said.status == 3
    assert said.err.count("[D150]") == 2
    assert not (tmp_path / "both").exists()


def test_merge_refuses_one_folder_twice_and_folders_without_counts(impact: Any, tmp_path: Path, compas: Path) -> None:
    twice = impact("audit", "merge", compas, compas, "-o", tmp_path / "both")
    (tmp_path / "bare").mkdir()
    shutil.copy(compas / "findings.json", tmp_path / "bare")
    bare = impact("audit", "merge", compas, tmp_path / "bare", "-o", tmp_path / "both")

    assert "[D151]" in twice.err
    assert "[E151]" in bare.err


PILOT_ANSWERS = """
effect: burden
label: flagged for investigation
decision: flag
decision_yes: [true]
outcome: outcome_label
outcome_yes: [1]
outcome_label: misconduct upheld
outcome_known: after_yes
groups: [ethnicity, sex]
about: ethnicity
reference: White
row: person
pool: All 45,000 staff whose records were scanned
margin: 1.25
margin_reason: agreed with the panel
"""


@pytest.fixture
def pilot_table(tmp_path: Path) -> Path:
    shutil.copy(REPO / "examples" / "misconduct-pilot" / "data" / "decision-log.parquet", tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def test_init_from_answers_is_accepted_by_check(impact: Any, tmp_path: Path, pilot_table: Path) -> None:
    (tmp_path / "answers.yaml").write_text(PILOT_ANSWERS, encoding="utf-8")
    plan = tmp_path / "audit.yaml"

    said = impact("audit", "init", pilot_table, "-o", plan, "--answers", tmp_path / "answers.yaml")

    assert said.status == 0
    assert "45,000 rows" in said.err
    assert "subject_key (text): " in said.err
    assert "not shown" in said.err
    assert impact("audit", "check", plan, "--json").json["people"] == 45_000
    again = impact("audit", "init", pilot_table, "-o", plan, "--answers", tmp_path / "answers.yaml")
    assert again.status == 2
    assert "[G020]" in again.err


def test_init_asks_six_questions(
    impact: Any, tmp_path: Path, pilot_table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        "harm",  # not an effect: asked again
        "burden", "flagged for investigation",
        "subject_key",  # thousands of texts are no decision: asked again
        "flag", "true",
        "outcome_label", "1", "misconduct upheld", "a panel", "after_yes",
        "ethnicity, sex", "ethnicity", "White",
        "person", "All 45,000 staff",
        "1.25", "agreed with the panel",
    ]  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(typed) + "\n"))

    said = impact("audit", "init", pilot_table, "-o", tmp_path / "audit.yaml", "--json")

    assert said.status == 0
    assert said.out.startswith("{")
    assert said.json["plan"] == str(tmp_path / "audit.yaml")
    assert {"human", "reviewer", "review_seconds", "time", "strata"} <= set(said.json["offered"])
    for number in range(1, 7):
        assert f"{number} of 6." in said.err
    text = (tmp_path / "audit.yaml").read_text(encoding="utf-8")
    assert "effect: burden" in text
    assert "ethnicity: White" in text
    assert impact("audit", "check", tmp_path / "audit.yaml", "-q").status == 0


def test_init_that_is_left_writes_nothing(
    impact: Any, tmp_path: Path, pilot_table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("burden\n"))

    said = impact("audit", "init", pilot_table, "-o", tmp_path / "audit.yaml")

    assert said.status == 130
    assert not (tmp_path / "audit.yaml").exists()


def test_init_names_every_answer_that_does_not_fit(impact: Any, tmp_path: Path, pilot_table: Path) -> None:
    (tmp_path / "answers.yaml").write_text("effect: harm\ndecision: flog\n", encoding="utf-8")

    said = impact("audit", "init", pilot_table, "-o", tmp_path / "a.yaml", "--answers", tmp_path / "answers.yaml")

    assert said.status == 2
    assert said.err.count("[E152]") >= 4
    assert "Did you mean “flag”?" in said.err
    assert not (tmp_path / "a.yaml").exists()


def test_init_wants_the_table_in_the_folder_of_the_plan(impact: Any, tmp_path: Path, pilot_table: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    said = impact("audit", "init", pilot_table, "-o", tmp_path / "elsewhere" / "audit.yaml")

    assert said.status == 3
    assert "[D78]" in said.err
