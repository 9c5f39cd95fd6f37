"""Claims of the examples: data are what generate.py makes, and each check says what the answer key says it ought to.

The keys were written from what generate.py plants, before the tool was asked; the counts below are worked out here with
pandas.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from impact.assessment.claims_folder import claims_of_folder
from impact.chain.build import Document, build
from impact.questionnaire.score import Scores, score
from impact.settings import load_settings
from impact.yamlfile import load

REPO = Path(__file__).resolve().parents[2]
PILOT = REPO / "examples" / "misconduct-pilot"
RERUN = REPO / "examples" / "misconduct-rerun"
PLATFORM = REPO / "examples" / "intelligence-platform"
CLAIMED = Path(__file__).parent / "data" / "misconduct-claims"
CHECKS = [f"CK-{number:02}" for number in range(1, 39)]


def key_of(folder: Path) -> dict[str, dict[str, str]]:
    key: dict[str, dict[str, str]] = load(folder / "answer-key.yaml").data["checks"]
    return key


def told(folder: Path) -> dict[str, dict[str, Any]]:
    found = claims_of_folder(folder, settings=load_settings(folder), step=lambda _: None)
    return {entry["check"]: entry for entry in found.block["checks"]}


def verdict(entry: dict[str, Any]) -> str:
    if entry["ruling"] is not None:
        return str(entry["ruling"]["verdict"])
    return "not claimed" if entry["made"] is False else "not answered"


def generator(folder: Path) -> ModuleType:
    name = f"generate_{folder.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def assert_made_again(folder: Path, tmp_path: Path) -> None:
    """Every file of data/ is what generate.py writes; Parquet by content, since libraries differ in bytes."""
    generator(folder).write(tmp_path / "decision-log.parquet")
    names = {file.name for file in (folder / "data").iterdir()}
    assert {file.name for file in tmp_path.iterdir()} == names
    for name in names:
        if name.endswith(".parquet"):
            assert pq.read_table(tmp_path / name).equals(pq.read_table(folder / "data" / name)), name
        else:
            assert (tmp_path / name).read_text("utf-8") == (folder / "data" / name).read_text("utf-8"), name


def assert_as_in_the_key(found: dict[str, dict[str, Any]], key: dict[str, dict[str, str]]) -> None:
    assert list(key) == CHECKS
    assert all(entry["why"] for entry in key.values())
    wanted = {name: entry["verdict"] for name, entry in key.items()}
    assert {name: verdict(found[name]) for name in CHECKS} == wanted


def measured(entry: dict[str, Any], label: str) -> tuple[int, int]:
    (one,) = [each for each in entry["ruling"]["measures"] if each["label"].startswith(label)]
    return one["count"], one["of"]


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The pilot's log against answers that promise everything."""
    folder = tmp_path_factory.mktemp("claimed")
    shutil.copytree(PILOT / "data", folder / "data")
    shutil.copy(PILOT / "claims.yaml", folder)
    shutil.copy(CLAIMED / "assessment.yaml", folder)
    return told(folder)


@cache
def log() -> pd.DataFrame:
    people = pq.read_table(PILOT / "data" / "people.parquet").to_pandas()
    return pq.read_table(PILOT / "data" / "decision-log.parquet").to_pandas().merge(people, on="subject_key")


# ---- the pilot


def test_pilot_data_are_what_the_generator_makes(tmp_path: Path) -> None:
    assert_made_again(PILOT, tmp_path)


def test_pilot_data_stay_small() -> None:
    assert sum(file.stat().st_size for file in (PILOT / "data").iterdir()) < 1_500_000


def test_pilot_gives_the_verdicts_of_its_key() -> None:
    key = key_of(PILOT)
    assert_as_in_the_key(told(PILOT), key)
    # As README.md counts them.
    assert Counter(entry["verdict"] for entry in key.values()) == {
        "contradicted": 2,
        "supported": 1,
        "not enough data": 3,
        "not claimed": 11,
        "not answered": 21,
    }


def test_with_every_claim_made_every_planted_fault_is_found(claimed: dict[str, dict[str, Any]]) -> None:
    assert_as_in_the_key(claimed, key_of(CLAIMED))


def test_planted_faults_have_the_counts_of_the_readme(claimed: dict[str, dict[str, Any]]) -> None:
    rows = log()
    flags, graver, acted = rows[rows.flag], rows[rows.action_severity >= 2], rows[rows.ts_action.notna()]
    days = (acted.ts_notified - acted.ts_action).dt.days
    plain = rows[~rows.flag]
    referred = flags.action.isin(["misconduct assessment", "formal step", "suspension"])
    high = flags.rank_grade == "inspector and above"
    outside = rows[rows.config_hash != "c7d1a0"]
    counts = {
        "C1": (int(flags.reviewer_decision.isna().sum()), len(flags)),
        "C3": (int(referred[high].sum()), int(high.sum())),
        "C3 others": (int(referred[~high].sum()), int((~high).sum())),
        "C4": (int((graver.corroboration == "none").sum()), len(graver)),
        "C5": tuple(outside.groupby("ts_scored").size()),
        "C6": (int(plain.ts_deleted.isna().sum()), len(plain)),
        "C7": (int(acted.ts_notified.isna().sum()), len(acted), int((days <= 28).sum())),
        "C8": (int(flags.protected_disclosure.sum()), int(rows.protected_disclosure.sum())),
    }
    assert counts == {
        "C1": (140, 5626),
        "C3": (88, 289),
        "C3 others": (4009, 5337),
        "C4": (75, 842),
        "C5": (2000, 900),
        "C6": (631, 39374),
        "C7": (798, 5339, 1110),
        "C8": (101, 368),
    }
    assert measured(claimed["CK-01"], "Alerts without a review") == counts["C1"]
    assert measured(claimed["CK-04"], "Actions on the output alone") == counts["C4"]
    assert measured(claimed["CK-17"], "Rows outside") == (2900, 45_000)
    assert measured(claimed["CK-20"], "Records kept too long") == (631, 45_000)
    assert measured(claimed["CK-27"], "Cases in which the person affected was told within 28 days, all") == (1110, 5339)
    text = (PILOT / "README.md").read_text(encoding="utf-8")
    for words in ("140 of 5,626", "88 of 289", "4,009 of 5,337", "75 of 842", "631 of 39,374", "798 of 5,339"):
        assert words in text


# ---- the second run


def test_rerun_data_are_what_the_generator_makes_and_stay_small(tmp_path: Path) -> None:
    assert_made_again(RERUN, tmp_path)
    assert sum(file.stat().st_size for file in (RERUN / "data").iterdir()) < 1_500_000


@pytest.fixture(scope="module")
def rerun_built() -> Document:
    """Built once: the record, the page and the document, unsigned."""
    return build(RERUN, settings=load_settings(RERUN), now=datetime.now(UTC), step=lambda _: None)


@pytest.fixture(scope="module")
def rerun(rerun_built: Document) -> dict[str, dict[str, Any]]:
    record = json.loads(rerun_built.files["record.json"])
    return {entry["check"]: entry for entry in record["claims"]["checks"]}


def test_rerun_gives_the_verdicts_of_its_key(rerun: dict[str, dict[str, Any]]) -> None:
    assert_as_in_the_key(rerun, key_of(RERUN))


def test_rerun_has_the_counts_of_its_readme(rerun: dict[str, dict[str, Any]]) -> None:
    rows = pq.read_table(RERUN / "data" / "decision-log.parquet").to_pandas()
    flags = rows[rows.flag]
    overturned = (flags.reviewer_decision == "override").sum()
    swayed = ((flags.blind_decision == "override") & (flags.reviewer_decision == "agree")).sum()
    assert (len(flags), overturned, swayed) == (602, 141, 8)
    assert ((rows.action_severity >= 2).sum(), rows.ts_action.notna().sum()) == (408, 461)
    assert rows.ts_contest.notna().sum() == 46
    assert measured(rerun["CK-02"], "Reviews that overturned") == (141, 602)
    assert measured(rerun["CK-03"], "Views changed") == (8, 602)
    text = (RERUN / "README.md").read_text(encoding="utf-8")
    for words in ("141 of 602", "8 of 602", "408 of 20,000", "461 and 46"):
        assert words in text


# ---- figures of the worked cases, before any log is looked at


def untested(folder: Path) -> Scores:
    from impact.assessment.answers import read_questionnaire
    from impact.assessment.folder import open_folder

    asked = read_questionnaire(open_folder(folder), settings=load_settings(folder))
    assert asked is not None
    return score(asked.answered)


@pytest.fixture(scope="module", params=[("misconduct-rerun", "case-1b"), ("intelligence-platform", "case-2")])
def scored(request: pytest.FixtureRequest) -> tuple[str, Scores, dict[str, Any]]:
    name, case = request.param
    expected = load(REPO / "questionnaires" / "uk-policing" / "examples" / f"{case}.yaml").data
    return name, untested(REPO / "examples" / name), expected


def test_answers_give_the_figures_of_the_worked_case(scored: tuple[str, Scores, dict[str, Any]]) -> None:
    """The expected figures come from an independent computation (scoring model, section 6)."""
    _, found, case = scored
    expected = case["expected"]
    for part in found.dimensions:
        code = part.dimension.code
        figures = (part.figures.point, part.figures.low, part.figures.high)
        assert figures == pytest.approx([expected[name][code] for name in ("point", "low", "high")], abs=0.5), code
    assert found.rights is not None
    assert found.stewardship is not None
    levels = [(one.band.code, one.dimension.code) for one in (found.rights, found.stewardship)]
    wanted = [expected["rights_level"], expected["stewardship_level"]]
    assert levels == [(one["level"], one["dimension"]) for one in wanted]
    assert found.completeness == pytest.approx(expected["completeness"], abs=0.001)
    assert len(found.items) == expected["scored"]
    assert [floor.id for floor, ruling in found.floors if ruling.state == "fired"] == case["floors"]


def test_stops_and_flags_are_those_of_the_facts(scored: tuple[str, Scores, dict[str, Any]]) -> None:
    """Scoring model, section 6: nothing for the second run; item 2 for the platform, whose end date is not known."""
    name, found, _ = scored
    stops = {one.stop.id: one.state for one in found.stops}
    fired = [flag.id for flag in found.flags if flag.ruling.state == "fired"]
    if name == "misconduct-rerun":
        assert set(stops.values()) <= {"clear", "not-applicable"}
        assert fired == []
        assert found.outcome.outcome.code == "proceed"
        return
    assert [stop for stop, state in stops.items() if state == "fired"] == ["HS-11"]
    assert stops["HS-10"] == stops["HS-07"] == "unresolved"
    assert fired == ["RF-B6", "RF-G3", "RF-P1"]
    open_flags = {flag.id for flag in found.flags if flag.ruling.state == "unresolved"}
    assert {"RF-N3", "RF-Q1", "RF-W2", "RF-W7"} <= open_flags
    assert found.outcome.outcome.code == "do-not-proceed"


def test_every_answer_of_the_platform_says_where_it_comes_from() -> None:
    answers = load(PLATFORM / "assessment.yaml").data["answers"]
    for name, answer in answers.items():
        if name in ("A2", "P1"):  # a description; a note on P1 would keep its red flag from being raised
            continue
        said = [answer.get("note"), answer.get("reason"), (answer.get("judged") or {}).get("reason")]
        assert any(said), name
        if answer.get("status") == "not_known":
            assert "ot reported publicly" in answer["note"] or "not reported publicly" in answer["note"], name


@pytest.mark.parametrize("folder", ["misconduct-rerun", "intelligence-platform"])
def test_no_real_organisation_is_named_as_assessed(folder: str) -> None:
    head = load(REPO / "examples" / folder / "assessment.yaml").data["assessment"]
    assert head["organisation"] == "Example Police Service"
    assert "not an assessment of any real system" in " ".join(head["illustration"].split())
    text = " ".join(file.read_text("utf-8") for file in (REPO / "examples" / folder).rglob("*") if _is_text(file))
    for word in ("Metropolitan", "Palantir", "MOPAC", "Scotland Yard", "compliant", "unbiased"):
        assert word.lower() not in text.lower(), word


def _is_text(file: Path) -> bool:
    return file.suffix in (".md", ".yaml", ".py", ".csv")


def test_the_platform_builds_to_a_signed_document(tmp_path: Path) -> None:
    assert ran("build", PLATFORM, "-o", tmp_path, "--practice", "--quiet") == 0
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "The organisation, the supplier, the people and the documents do not exist." in " ".join(page.split())


def test_the_second_run_builds_with_its_claims_on_the_page(rerun_built: Document) -> None:
    assert rerun_built.files["report.pdf"].startswith(b"%PDF")
    page = " ".join(rerun_built.files["report.html"].decode().split())
    assert "as is the pilot that it follows" in page
    assert "8 of 602 (1.3%) were changed towards the score" in page


def ran(*words: object) -> int:
    from impact.cli.app import run

    with pytest.raises(SystemExit) as stopped:
        run([str(word) for word in words])
    return int(stopped.value.code or 0)
