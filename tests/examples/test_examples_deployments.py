"""The invented deployments: their answers give the worked cases, and their logs what was planted in them.

Figures of the worked cases stand in the pack's own examples, which other tests hold to the arithmetic; stops and flags
are those of the scoring model, section 6. Verdicts are those of each folder's answer-key.yaml, which was written from
what generate.py plants before the tool was run.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import proportion_confint

from impact.assessment.check import Checked, check_folder
from impact.assessment.record import build_record
from impact.canonical import canonical_json
from impact.settings import load_settings
from impact.yamlfile import load

REPO = Path(__file__).resolve().parents[2]
# Folder -> worked case, stops fired, stops that must be open, red flags that must be raised (scoring.md 6).
CASES: dict[str, tuple[str, set[str], set[str], set[str]]] = {
    "drones": ("case-4", {"HS-05"}, {"HS-01", "HS-07"}, set()),
    "hot-spots": ("case-5", set(), {"HS-01", "HS-05"}, {"RF-U5"}),
    "live-facial-recognition": ("case-3", set(), {"HS-01"}, set()),
    "vehicle-links": ("case-6", set(), {"HS-01", "HS-07"}, {"RF-B6", "RF-W7"}),
}
NAMES = sorted(CASES)
ENDS = {"vehicle-links": 1.5}  # W4 is entered at the value of an open answer, which narrows the interval (README.md)
VERDICTS = {"supported", "contradicted", "not enough data", "not testable", "not claimed", "not answered"}


def folder(name: str) -> Path:
    return REPO / "examples" / name


@cache
def built(name: str) -> dict[str, Any]:
    """The record of a folder, made once: answers, scores before and after, claims."""
    path = folder(name)
    made = build_record(path, settings=load_settings(path), step=lambda _: None)
    plain: dict[str, Any] = json.loads(canonical_json(made.record))
    return plain


@cache
def worked(name: str) -> dict[str, Any]:
    path = REPO / "questionnaires" / "uk-policing" / "examples" / f"{CASES[name][0]}.yaml"
    plain: dict[str, Any] = load(path).data
    return plain


def key(name: str) -> dict[str, dict[str, str]]:
    plain: dict[str, dict[str, str]] = load(folder(name) / "answer-key.yaml").data
    return plain


def generator(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"generate_{name.replace('-', '_')}", folder(name) / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_files_are_what_the_generator_makes(name: str, tmp_path: Path) -> None:
    generator(name).write(tmp_path)

    committed = sorted(file.name for file in (folder(name) / "data").iterdir())
    assert committed == sorted(file.name for file in tmp_path.iterdir())
    for file in committed:
        assert pq.read_table(tmp_path / file).equals(pq.read_table(folder(name) / "data" / file)), file
    assert sum(file.stat().st_size for file in (folder(name) / "data").iterdir()) < 1_500_000


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_has_no_fault_and_names_its_sources(name: str) -> None:
    path = folder(name)
    checked = check_folder(path, settings=load_settings(path))

    assert isinstance(checked, Checked)
    assert checked.placeholders == ()
    answers = load(path / "assessment.yaml").data["answers"]
    told = {"A3", "A5", "A11"}  # the setting of the illustration itself
    silent = [
        question
        for question, answer in answers.items()
        if question not in told and not (isinstance(answer, dict) and (answer.get("note") or answer.get("reason")))
    ]
    assert silent == []
    unknown = [answer["note"] for answer in answers.values() if answer.get("status") == "not_known"]
    assert unknown
    assert {note.startswith("Not reported publicly.") for note in unknown} == {True}


@pytest.mark.parametrize("name", NAMES)
def test_untested_scores_are_those_of_the_worked_case(name: str) -> None:
    scoring, expected = built(name)["scoring_untested"], worked(name)["expected"]

    for part in scoring["dimensions"]:
        for figure in ("inherent", "point", "low", "high"):
            allowed = ENDS.get(name, 0.5) if figure in ("low", "high") else 0.5
            assert part[figure] == pytest.approx(expected[figure][part["code"]], abs=allowed), (part["code"], figure)
    for level in ("rights_level", "stewardship_level"):
        assert {word: scoring[level][word] for word in ("level", "dimension")} == expected[level]
    assert scoring["counted"] == expected["scored"]
    # In case 5 U7 asks for something published, and a file alone earns 0.5 where the worked case was given 0.6.
    for share, allowed in (("completeness", 0.01), ("evidenced", 0.02), ("verified", 0.005)):
        assert scoring[share] == pytest.approx(expected[share], abs=allowed)
    fired = [floor["id"] for floor in scoring["floors"] if floor["state"] == "fired"]
    assert fired == worked(name).get("floors", [])


@pytest.mark.parametrize("name", NAMES)
def test_stops_and_flags_are_those_of_the_scoring_model(name: str) -> None:
    scoring = built(name)["scoring_untested"]
    _, fired, unresolved, flags = CASES[name]
    states = {stop["id"]: stop["state"] for stop in scoring["hard_stops"]}

    assert {stop for stop, state in states.items() if state == "fired"} == fired
    assert unresolved <= {stop for stop, state in states.items() if state == "unresolved"}
    assert flags <= {flag["id"] for flag in scoring["flags"] if flag["state"] == "fired"}


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_a_key_and_a_reason(name: str) -> None:
    rows = key(name)

    assert list(rows) == [f"CK-{n:02d}" for n in range(1, 39)]
    assert {row["verdict"] for row in rows.values()} <= VERDICTS
    assert all(row["why"].endswith(".") for row in rows.values())
    readme = (folder(name) / "README.md").read_text(encoding="utf-8")
    planted = [check for check, row in rows.items() if row["verdict"] == "contradicted"]
    assert planted
    for check in planted:
        assert rows[check]["why"].startswith("PLANTED")
        assert f"| {check} | **contradicted**" in readme


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_are_those_of_the_key(name: str) -> None:
    silent = {False: "not claimed", None: "not answered"}
    found = {
        entry["check"]: entry["ruling"]["verdict"] if entry["ruling"] else silent[entry["made"]]
        for entry in built(name)["claims"]["checks"]
    }

    assert found == {check: row["verdict"] for check, row in key(name).items()}


def test_alerts_by_group_are_never_called_shares_of_a_group() -> None:
    """Faces by group are unknown, so the log of alerts tells nothing of equality, whatever its counts are."""
    rulings = {entry["check"]: entry["ruling"] for entry in built("live-facial-recognition")["claims"]["checks"]}

    for check in ("CK-10", "CK-12", "CK-15"):
        assert rulings[check]["sentence"].startswith("The log holds flagged cases only")
        # Of alerts it can be said whether they were right; of people, nothing.
        labels = [measure["label"] for measure in rulings[check]["measures"]]
        assert [label for label in labels if not label.startswith("Right, of those flagged")] == []


def test_the_planted_rows_can_be_listed_for_those_who_may_see_them() -> None:
    """Nothing else contradicts: the one deployment, by hand from the file."""
    from impact.assessment.claims_folder import offending_cases

    path = folder("live-facial-recognition")
    log = pq.read_table(path / "data" / "log.parquet").to_pandas()
    alone = set(log[log.faces_seen.notna() & log.authority_ref.isna()].deployment_id)
    assert len(alone) == 1

    ids = offending_cases(path, "CK-23", settings=load_settings(path), step=lambda _: None)
    assert set(log[log.case_id.isin(ids)].deployment_id) == alone
    assert len(ids) == len(log[log.deployment_id.isin(alone)])


# What the READMEs say was planted, counted here from the files by other means than the toolkit's.


def read(name: str, file: str) -> pd.DataFrame:
    return pq.read_table(folder(name) / "data" / f"{file}.parquet").to_pandas()


def readme(name: str) -> str:
    return " ".join((folder(name) / "README.md").read_text(encoding="utf-8").split())


def test_alerts_and_volunteers_are_as_many_as_the_readme_says() -> None:
    log, said = read("live-facial-recognition", "log"), readme("live-facial-recognition")
    alerts = log[(log.flag == True) & (log.seeded_test == False)]  # noqa: E712  # nulls are neither
    wrong, faces = int((alerts.outcome_label == False).sum()), int(log.faces_seen.sum())  # noqa: E712

    assert f"{wrong} among {faces:,}" in said
    assert f"{len(alerts) - wrong} of {len(alerts)} cases" in said
    assert f"of {int(log.watchlist_size.max()):,} people" in said
    # Exact limits of the false alerts for each face take in the claimed 1 in 6,000.
    low, high = proportion_confint(wrong, faces, method="beta")
    assert low < 1 / 6_000 < high


def test_places_stay_at_the_top_and_the_two_trainings_differ_as_the_readme_says() -> None:
    log, runs, said = read("hot-spots", "log"), read("hot-spots", "retraining"), readme("hot-spots")
    tops = [set(month.location_id[month["rank"] <= 20]) for _, month in log.groupby("ts_scored")]
    stayed = sum(len(one & other) for one, other in pairwise(tops))
    one, other = (set(run.location_id[run["rank"] <= 20]) for _, run in runs.groupby("run"))

    assert f"of {20 * 23} places at the top {stayed} stayed" in said
    assert f"shares {len(one & other)} of {len(one | other)} places" in said


def test_false_links_and_odd_searches_are_as_many_as_the_readme_says() -> None:
    links, log, said = read("vehicle-links", "link-sample"), read("vehicle-links", "queries"), readme("vehicle-links")
    links = links[links.linked]
    false = 1 - links.groupby("group").true_link.mean()

    assert f"{int(links.true_link.sum()):,} of {len(links):,} links are true" in said
    others = 1 - links[links.group != "South Asian"].true_link.mean()
    assert f"{100 * (false['South Asian'] - others):+.1f} points" in said
    assert f"{int(log.case_ref.isna().sum())} searches name no case" in said
    assert (log.query_subject == "self").sum() == 3
    assert log.seq.max() - len(log) == 25


def test_hours_of_flights_go_with_the_group_by_an_independent_model() -> None:
    """A Poisson model with overdispersion, from statsmodels, finds the ratio that was planted."""
    import statsmodels.api as sm

    log, areas, said = read("drones", "flights"), read("drones", "areas"), readme("drones")
    log["hours"] = (log.ts_end - log.ts_start).dt.total_seconds() / 3600
    areas["hours"] = areas.area_code.map(log.groupby("location_id").hours.sum()).fillna(0.0)
    inputs = sm.add_constant(
        pd.DataFrame({"c": areas.recorded_crime / areas.residents, "g": areas.group_share, "d": areas.deprivation})
    )
    model = sm.GLM(areas.hours, inputs, family=sm.families.Poisson(), exposure=areas.residents).fit(scale="X2")
    ratio, low, high = (round(float(np.exp(x / 10)), 2) for x in (model.params.g, *model.conf_int().loc["g"]))

    assert f"{ratio:g} ({low:g} to {high:g}) came of it" in said
    assert low < 1.35 < high
    for purpose, part in log.groupby("purpose"):
        assert f"| {purpose} | {len(part)} | {part.hours.sum():.1f} |" in said


def test_a_report_is_built(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from impact.cli.app import app

    done = CliRunner().invoke(app, ["build", str(folder("drones")), "-o", str(tmp_path / "out"), "--practice"])

    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "It is not an assessment of any real system" in " ".join(page.split())
