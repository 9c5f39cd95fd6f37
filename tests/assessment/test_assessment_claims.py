"""Claims through a whole folder: claims.yaml, the record, the score, and ruling again from the record alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.claims import cases_of, examine, examine_again
from impact.assessment.claims_folder import offending_cases
from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.canonical import canonical_json
from impact.claims.plan import load_claims_plan
from impact.errors import ClaimError, MetricError
from impact.settings import load_settings

CASE = Path(__file__).parents[1] / "small_case"
HEAD = (CASE / "assessment.yaml").read_text()
CLAIMS = (CASE / "claims.yaml").read_text()
NAMES, *GOOD = (CASE / "log.csv").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assessment.yaml").write_text(HEAD)
    (tmp_path / "claims.yaml").write_text(CLAIMS)
    write_log(tmp_path, [*GOOD, "odd-1,1,agree,agree,2026-06-03T10:00:00Z,2026-06-02T10:00:00Z,3,"])
    return tmp_path


def write_log(folder: Path, rows: list[str]) -> None:
    (folder / "log.csv").write_text("\n".join([NAMES, *rows]) + "\n")


def built(folder: Path) -> dict[str, Any]:
    record = build_record(folder, settings=load_settings(folder), step=lambda _: None).record
    plain: dict[str, Any] = json.loads(canonical_json(record))
    return plain


def entries(record: dict[str, Any]) -> dict[str, Any]:
    return {entry["check"]: entry for entry in record["claims"]["checks"]}


def dimension(scoring: dict[str, Any], code: str) -> float:
    return next(float(part["point"]) for part in scoring["dimensions"] if part["code"] == code)


def test_one_odd_case_contradicts_and_takes_the_safeguards_credit(folder: Path) -> None:
    record = built(folder)
    found = entries(record)
    verdicts = {name: entry["ruling"] and entry["ruling"]["verdict"] for name, entry in found.items()}
    assert (verdicts["CK-01"], verdicts["CK-03"], verdicts["CK-04"]) == ("contradicted", "supported", "contradicted")
    assert found["CK-03"]["figures"] == {"limit": 0.05}
    assert found["CK-04"]["why"] == "F8: “Forbidden”"
    assert record["scoring"]["claims"] == "tested"
    assert record["scoring_untested"]["claims"] == "untested"
    # A contradicted CK-04 holds the decision whatever the scores say.
    assert any("CK-04" in reason for reason in record["scoring"]["outcome"]["reasons"])
    assert {"file": "log.csv", "role": "log: log"}.items() <= next(
        file for file in record["inputs"] if file["file"] == "log.csv"
    ).items()


def test_supported_claims_are_worth_more_than_untested_ones(folder: Path) -> None:
    write_log(folder, GOOD)
    record = built(folder)
    assert entries(record)["CK-04"]["ruling"]["verdict"] == "supported"
    # Nothing was attached, so F8 earned nothing before; the log itself bears it out.
    assert dimension(record["scoring"], "FAI") < dimension(record["scoring_untested"], "FAI")
    assert record["scoring"]["verified"] > record["scoring_untested"]["verified"] == 0


@pytest.mark.parametrize(("told", "made"), [("K3: general-notice", False), ("K3: told-individually", True), ("", None)])
def test_a_claim_is_waited_for_only_while_a_question_that_makes_it_is_open(
    folder: Path, told: str, made: bool | None
) -> None:
    """CK-27 stands on K3 and on questions of two modules; those of a module that is off do not apply."""
    head = HEAD.replace("A5: [staff]", "A5: [lfr]").replace("  G8:", f"  {told}\n  G8:")
    (folder / "assessment.yaml").write_text(head)

    assert entries(built(folder))["CK-27"]["made"] is made


def test_the_log_is_asked_nothing_that_no_claim_needs(folder: Path) -> None:
    record = built(folder)
    found = entries(record)
    asked = set(record["claims"]["answers"])
    assert "CK-01" in asked
    # CK-02 is claimed too; nobody answered what CK-20 tests, and G8 makes no claim for CK-19.
    assert {name for name in asked if found[name]["made"] is not True} <= {"CK-15"}  # lowers what others support


def test_no_row_and_no_id_of_a_case_is_in_the_record(folder: Path) -> None:
    text = canonical_json(built(folder)).decode()
    assert "odd-1" not in text
    assert "c17" not in text


def test_rulings_come_out_the_same_from_the_record_alone_and_a_changed_one_is_noticed(folder: Path) -> None:
    settings = load_settings(folder)
    record = built(folder)
    (folder / "log.csv").unlink()
    (scores,) = recompute(record, None, settings=settings)
    assert (scores.what, scores.same) == ("scores", True)
    assert "rulings" in scores.text
    for change in (
        lambda claims: claims["answers"]["CK-01"]["unreviewed"][0].update(k=0),
        lambda claims: next(each for each in claims["checks"] if each["ruling"])["ruling"].update(sentence="Other."),
        lambda claims: claims["declared"]["CK-03"].update(limit=0.0),
        lambda claims: claims["checks"][0].update(made=False),
        lambda claims: next(each for each in claims["checks"] if each["made"]).update(why="F3: “Stated”"),
        lambda claims: next(each for each in claims["checks"] if each["figures"]).update(figures={}),
        lambda claims: claims["checks"].pop(),
        lambda claims: claims["columns"]["cases"].remove("ts_action"),
        lambda claims: claims["answers"].pop("CK-04"),
    ):
        broken = json.loads(canonical_json(record))
        change(broken["claims"])
        (scores,) = recompute(broken, None, settings=settings)
        assert scores.same is False


def test_the_cases_that_contradict_are_listed_on_the_machine_that_holds_the_log(folder: Path) -> None:
    from impact.assessment.answers import read_questionnaire
    from impact.assessment.folder import open_folder

    asked = read_questionnaire(open_folder(folder), settings=load_settings(folder))
    assert asked is not None
    day = date(2026, 11, 20)
    assert cases_of(folder, asked.answered, "CK-01", day=day, step=lambda _: None) == ["odd-1"]
    # A condition that depends on the log and on what is declared.
    with_times = [NAMES + ",ts_scored,ts_deleted", *(f"{row},2026-11-01T00:00:00Z," for row in GOOD[:3])]
    (folder / "log.csv").write_text("\n".join([*with_times, f"{GOOD[0].replace('c0', 'old')},2020-01-01T00:00:00Z,"]))
    with pytest.raises(ClaimError) as error:
        cases_of(folder, asked.answered, "CK-20", day=day, step=lambda _: None)
    assert error.value.faults[0].code == "K020"
    (folder / "claims.yaml").write_text(f"{CLAIMS}  CK-20: {{days: 31, reason: the policy}}\n")
    assert cases_of(folder, asked.answered, "CK-20", day=day, step=lambda _: None) == ["old"]
    with pytest.raises(ClaimError) as error:
        cases_of(folder, asked.answered, "CK-02", day=day, step=lambda _: None)
    assert error.value.faults[0].code == "K020"
    found = examine(folder, asked.answered, day=day, step=lambda _: None)
    assert canonical_json(examine_again(asked.answered, found.block)) == canonical_json(found.block)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "K010", "holds nothing"),
        ("version: 1\n", "K018", "no log"),
        ("version: 1\nlog: {path: log.csv, kind: csv, colums: {}}\n", "K011", "Did you mean “columns”"),
        ("version: 1\nlog: {path: log.csv, kind: csv, columns: {flagg: x}}\n", "K014", "Did you mean “flag”"),
        ("version: 1\nlog: {path: log.csv, kind: csv, values: {flag: {yes: [Y]}}}\n", "K012", "true, false"),
        ("version: 1\nlog: {path: log.csv, kind: csv, values: {score: {high: [1]}}}\n", "K012", "number"),
        ("version: 1\nlog: {path: log.sqlite, kind: sqlite}\n", "K010", "table"),
        ("version: 1\nlog: {kind: csv}\n", "K010", "no file"),
        ("version: 1\nlog: {kind: postgres, url_env: DB}\n", "K010", "no table"),
        ("version: 1\nlog: {kind: postgres, table: cases}\n", "K010", "no variable"),
        ("version: 1\nlog: {kind: postgres, table: cases, url_env: DB, path: x.csv}\n", "K012", "does not go with"),
        ("version: 1\nlog: {kind: csv, path: x.csv, url_env: DB}\n", "K012", "does not go with"),
        ("version: 1\nlog: {kind: spark, table: prod.cases}\n", "D204", "docs/scale.md"),
        ("version: 1\nsides: {areas: {kind: spark, table: prod.cases}}\n", "D204", "docs/scale.md"),
        ("version: 1\nsides: {head_count: {path: x.csv, kind: csv}}\n", "K013", "Did you mean “headcount”"),
        ("version: 1\nlog: {path: log.csv, kind: csv}\nchecks: {CK-99: {x: 1.0, reason: y}}\n", "K015", "CK-"),
        ("version: 1\nlog: {path: log.csv, kind: csv}\nchecks: {CK-01: {x: 1.0}}\n", "K016", "reason"),
        (
            "version: 1\nlog: {path: log.csv, kind: csv}\nchecks: {CK-01: {zone: BST, reason: y}}\n",
            "K012",
            "Europe/London",
        ),
        ("version: 1\nlog: {path: log.csv, kind: csv}\ncharacteristics: [sexx]\n", "K017", "Did you mean “sex”"),
        ("version: 1\nlog: {path: log.csv, kind: csv}\nreference: {colour: red}\n", "K017", "ethnicity"),
        ("version: 2\nlog: {path: log.csv, kind: csv}\n", "K012", "1"),
        ("version: 1\nlog: &a {path: log.csv, kind: csv}\npeople: *a\n", "K003", "alias"),
    ],
)
def test_every_fault_of_claims_yaml_is_named_with_its_place(tmp_path: Path, text: str, code: str, said: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(ClaimError) as error:
        load_claims_plan(path, checks=("CK-01", "CK-02"))
    assert code in [fault.code for fault in error.value.faults]
    assert said in str(error.value)


def test_a_table_of_spark_is_one_fault_among_the_others(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text("version: 1\nlog: {kind: spark, table: prod.cases, colums: {}}\n")
    with pytest.raises(ClaimError) as error:
        load_claims_plan(tmp_path / "claims.yaml", checks=())
    assert [fault.code for fault in error.value.faults] == ["D204", "K011"]


@pytest.mark.parametrize("key", ["url_env", "path", "table"])
def test_address_in_place_of_a_name_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    source = {"kind": "postgres", "table": "cases", "url_env": "DB", key: "postgresql://reader:hunter2@db.example/x"}
    (tmp_path / "claims.yaml").write_text(json.dumps({"version": 1, "log": source}))
    with pytest.raises(ClaimError) as error:
        load_claims_plan(tmp_path / "claims.yaml", checks=())
    assert {fault.code for fault in error.value.faults} == {"K012"}
    assert "hunter2" not in str(error.value)
    assert "db.example" not in str(error.value)


def test_a_log_that_is_missing_or_leads_out_of_the_folder_is_refused(folder: Path) -> None:
    for path in ("nowhere.csv", "../log.csv", "/etc/passwd"):
        (folder / "claims.yaml").write_text(f"version: 1\nlog: {{path: {path}, kind: csv}}\n")
        with pytest.raises(MetricError) as error:
            built(folder)
        assert error.value.faults[0].code == "D78"


def test_cases_are_listed_where_the_condition_follows_from_the_answers(folder: Path) -> None:
    """CK-20 stands on the days that were declared: one of two records is older than 30 days; without days, no list."""
    (folder / "log.csv").write_text(
        "case_id,ts_scored,ts_deleted\nold,2026-01-01T00:00:00Z,\nnew,2026-11-10T00:00:00Z,\n"
    )
    settings = load_settings(folder)
    (folder / "claims.yaml").write_text(CLAIMS + "  CK-20: {days: 30, reason: the retention schedule}\n")
    assert offending_cases(folder, "CK-20", settings=settings, step=lambda _: None) == ["old"]

    (folder / "claims.yaml").write_text(CLAIMS)
    with pytest.raises(ClaimError, match="K020"):
        offending_cases(folder, "CK-20", settings=settings, step=lambda _: None)
