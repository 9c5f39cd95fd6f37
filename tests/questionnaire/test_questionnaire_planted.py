"""One pack with some ninety faults, all named in one run, each at its line and column.

The pack stands in ``faulty/``. What cannot stand in it, because it hides what comes after it, is in
test_questionnaire_faults.py and test_questionnaire_hostile.py: a file that is missing or is not YAML (nothing is
checked across the files then), and a figure of a worked example (worked only where nothing else is wrong). Within one
question or stop, a part whose form is wrong (Q010, Q012) hides what rests on it: so each such fault stands in its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from impact.cli.app import app
from impact.questionnaire.inspection import inspect_pack
from impact.resources import find
from impact.settings import Settings

FOLDER = Path(__file__).parent / "faulty"
# file -> line, column, code, part of the message. Each place was marked in the file where the fault was planted, at the
# word that is wrong, before anything ran.
PLANTED = {
    "pack.yaml": [
        (3, 5, "Q029", "id “faultless” stands in folder “faulty”"),
        (14, 1, "Q017", "bands: values from 20 to 25 are in no band"),
        (20, 45, "Q021", "Did you mean “people”"),
        (24, 39, "Q030", "no question “Z1”"),
        (28, 45, "Q030", "no section “MM”"),
        (32, 39, "Q028", "Did you mean “PRI”"),
        (34, 11, "Q013", "“done” is used twice"),
        (38, 11, "Q025", "“loop” is a word of CEL"),
        (43, 11, "Q012", "Did you mean “bool”"),
        (50, 5, "Q020", "Did you mean “there”"),
        (54, 31, "Q029", "Did you mean “examples/one.yaml”"),
        (57, 1, "Q011", "Did you mean “title”"),
    ],
    "sections/A.yaml": [
        (10, 16, "Q013", "code “mild” occurs twice"),
        (11, 12, "Q014", "Did you mean “art.1”"),
        (11, 19, "Q014", "law.yaml has no key “us.*”"),
        (12, 17, "Q015", "weight 0.31"),
        (16, 24, "Q020", "Did you mean “harsh”"),
        (19, 9, "Q026", "A2 is scored but “no” has no value"),
        (20, 5, "Q016", "A2 has risk and mitigation weights"),
        (21, 12, "Q028", "Did you mean “PRI”"),
        (21, 27, "Q015", "weight 0"),
        (23, 14, "Q027", "Did you mean “HS-01”"),
        (24, 14, "Q027", "“RF-A1” stands on A2"),
        (31, 16, "Q026", "percent does not suit type multi"),
        (36, 14, "Q030", "“A4_sum” is not a variable"),
        (37, 22, "Q030", "“non” is not a band"),
        (38, 5, "Q017", "bands of A4: 10 is in no band"),
        (42, 9, "Q026", "column “kind” has type choice"),
        (45, 16, "Q013", "column “since” occurs twice"),
        (47, 9, "Q013", "question id “A3” is used at faulty/sections/A.yaml:25:9 as w"),
        (50, 9, "Q024", "question id “A9” is retired"),
        (53, 9, "Q025", "“int” is a word of CEL"),
        (56, 5, "Q010", "missing “text”"),
        (62, 40, "Q012", "“questions.8.choices.0.value”: input should be less than or"),
        (64, 17, "Q012", "“questions.8.tested_by.0”: string should match pattern '^[A-Z]"),
        (65, 5, "Q011", "Did you mean “guidance”"),
        (69, 11, "Q026", "A7 is single and has no choices"),
        (72, 11, "Q012", "Did you mean “single”"),
    ],
    "sections/B.yaml": [
        (7, 18, "Q018", "Did you mean “A1”"),
        (11, 21, "Q018", "a single = stands there"),
        (18, 18, "Q019", "the condition gives double, not true or false"),
        (20, 44, "Q040", "“yes” has a value, and B3 has no weights"),
        (25, 18, "Q023", "visible_if goes round in a circle: B4 → B5 → B4"),
        (26, 5, "Q040", "B4 is a number and has choices"),
        (33, 53, "Q018", "a whole number is compared with a decimal one"),
        (34, 80, "Q021", "Did you mean “kind”"),
        (35, 88, "Q020", "Did you mean “staff”"),
        (36, 51, "Q031", "a blank “B1” is earlier than every date"),
        (37, 63, "Q036", "map builds a list that decides nothing"),
        (38, 95, "Q036", "more than 2 of exists, all and filter inside each other"),
        (39, 69, "Q018", "the pattern of matches cannot be used"),
        (40, 44, "Q033", "a condition of 1008 characters"),
        (41, 59, "Q038", "this rule can never hold: the flag on B5 could never be rais"),
        (48, 18, "Q037", "visible_if can never be true: nobody would ever be asked B7"),
    ],
    "sections/M.yaml": [
        (1, 5, "Q013", "section id “B” is used in faulty/sections/B.yaml:1:5 as well"),
        (7, 5, "Q040", "M1 is no table and has columns"),
    ],
    "scoring.yaml": [
        (1, 7, "Q028", "no cap for dimension VEN"),
        (1, 23, "Q028", "Did you mean “VEN”"),
        (3, 1, "Q041", "credit would end before it begins to fade"),
        (8, 1, "Q041", "the three shares of confidence add up to 1.05"),
        (12, 11, "Q017", "labels: 50 is in “weak” and in “strong”"),
        (14, 23, "Q041", "no outcome has “hold” in stops_fired, so that this stop woul"),
        (14, 71, "Q014", "Did you mean “art.1”"),
        (14, 90, "Q027", "no flag HS-01 stands on “A2”"),
        (15, 10, "Q013", "“HS-01” occurs twice"),
        (15, 74, "Q027", "no flag HS-01 stands on “A1”"),
        (17, 27, "Q028", "Did you mean “PRI”"),
        (18, 63, "Q038", "this rule can never hold: FL-2 could never apply"),
        (20, 31, "Q030", "Did you mean “A1”"),
        (21, 5, "Q030", "XC-02 has no rule, or two"),
        (23, 77, "Q030", "no question names the check “CK-09”"),
        (24, 5, "Q041", "the last outcome, “proceed”, has a condition"),
        (24, 52, "Q030", "Did you mean “high”"),
        (25, 1, "Q041", "no demand for level “low”"),
        (26, 13, "Q030", "Did you mean “low”"),
    ],
    "law.yaml": [
        (1, 12, "Q030", "law as at 2025-11"),
        (4, 38, "Q012", "Did you mean “statute”"),
        (5, 10, "Q010", "missing “duty”"),
    ],
    "migrations/1.0.0-to-2.0.0.yaml": [
        (6, 7, "Q042", "Did you mean “B7”"),
        (7, 3, "Q042", "“A1” is the id of another question now"),
        (9, 14, "Q042", "Did you mean “mild”"),
        (9, 33, "Q042", "Did you mean “harsh”"),
        (10, 3, "Q042", "Did you mean “A7”"),
        (12, 14, "Q042", "Did you mean “kind”"),
        (14, 3, "Q042", "question “B6” is still asked"),
        (15, 3, "Q042", "“C1” is not among the retired ids"),
    ],
    "migrations/0.1.0-to-0.2.0.yaml": [
        (3, 5, "Q043", "it ends at version 0.2.0, and nothing leads on to 2.0.0"),
    ],
    "examples/one.yaml": [
        (4, 21, "Q030", "“B33” is not a risk question"),
        (5, 14, "Q030", "“A1” is not a mitigation question"),
        (6, 18, "Q030", "Did you mean “A3”"),
        (7, 10, "Q030", "Did you mean “FL-2”"),
        (9, 25, "Q028", "Did you mean “VEN”"),
    ],
}
WITHOUT_A_LINE = [("sections/old.yaml", "Q029")]


def test_every_planted_fault_is_named_in_one_run_and_nothing_else() -> None:
    found = inspect_pack(find("questionnaires", str(FOLDER), Settings())).faults

    wanted = [(f"faulty/{file}:{line}:{col}", code) for file, rows in PLANTED.items() for line, col, code, _ in rows]
    wanted += [(f"faulty/{file}", code) for file, code in WITHOUT_A_LINE]
    assert len(wanted) > 90
    assert sorted((fault.where, fault.code) for fault in found) == sorted(wanted)


def test_every_planted_fault_says_what_is_meant() -> None:
    found = inspect_pack(find("questionnaires", str(FOLDER), Settings())).faults
    said = {(fault.where, fault.code): str(fault) for fault in found}

    for file, rows in PLANTED.items():
        for line, column, code, part in rows:
            assert part in said[f"faulty/{file}:{line}:{column}", code]


def test_the_command_stops_with_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER.parent)

    done = CliRunner().invoke(app, ["packs", "check", "./faulty"])

    printed = str(done.exception)
    assert done.exit_code != 0
    assert all(f"faulty/{file}:{row[0]}:{row[1]}:" in printed for file, rows in PLANTED.items() for row in rows)
