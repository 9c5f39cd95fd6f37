"""``impact answer`` as a person uses it: in a terminal, key by key; and from a file, all or nothing."""

from __future__ import annotations

import io
import json
import os
import re
import select
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.history.store import Conflict, Store
from impact.assessment.interview import Interview
from impact.assessment.new import new_assessment
from impact.questionnaire.points.importing import import_survey
from impact.settings import Settings
from tests.cli.conftest import Impact

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
START = "from impact.cli.app import run; run()"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder, to be copied: writing it anew takes as long as a test."""
    folder = tmp_path_factory.mktemp("fresh") / "mine"
    new_assessment(folder, pack="uk-policing", settings=Settings(), today=date(2026, 11, 20))
    return folder


@pytest.fixture
def folder(fresh: Path, tmp_path: Path) -> Path:
    return shutil.copytree(fresh, tmp_path / "mine")


def answers(folder: Path) -> dict[str, Any]:
    state = Store(folder).read()
    assert state.unrecorded == ()
    return state.answers


def typed(words: Sequence[object], script: Sequence[tuple[str, str]]) -> tuple[str, int]:
    """Run the command in a terminal of 80 columns: wait for each prompt, type, and give what the screen showed."""
    child, screen = pty.fork()
    if child == 0:
        os.environ["COLUMNS"] = "80"
        os.execv(sys.executable, [sys.executable, "-c", START, *map(str, words)])
    shown, seen = "", 0

    def read(until: str | None) -> bool:
        nonlocal shown, seen
        end = time.monotonic() + 60
        while until is None or not (found := re.search(until, shown[seen:])):
            ready, _, _ = select.select([screen], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"never asked: {until}; shown: {shown[seen:]}"
            try:
                data = os.read(screen, 65536)
            except OSError:  # the end of the terminal
                data = b""
            if not data:
                assert until is None, f"ended before asking: {until}; shown: {shown[seen:]}"
                return False
            shown += data.decode(errors="replace")
        seen += found.end()
        return True

    for prompt, keys in script:
        read(prompt)
        os.write(screen, keys.encode())
    read(None)
    os.close(screen)
    return shown.replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_person_answers_stops_in_the_middle_and_goes_on(folder: Path) -> None:
    shown, status = typed(
        ["answer", folder, "--who", "Ann Officer", "--section", "a"],
        [
            ("  A1: ", "?\r"),
            ("  A1: ", "Platform\r"),
            (r"Version number: ", "2.1\r"),
            (r"Supplier: ", "\r"),
            (r"provides: ", "The scorer: all of it\r"),
            (r"Row 2, Component: ", "\r"),
            ("  A2: ", "n\r"),
            ("Note.*: ", "In plain words\r"),
            ("  A2: ", "It reads\x1b[D shifts.\r"),
            (r"Type it again\.\s+A2: ", "It reads shifts.\r"),
            ("  A3: ", "pilots\r"),
            ("  A3: ", "4\r"),
            ("  A4: ", "\r"),
            ("  A5: ", "1, lfr\r"),
            ("  A6: ", "-\r"),
            ("  A7: ", "!\r"),
            ("does not apply: ", "1\r"),
            ("Reason.*: ", "Advice is awaited\r"),
            ("  A8: ", "<\r"),
            ("  A7: ", "arrest-or-dismissal\r"),
            ("Why is the answer changed.*: ", "Advice came\r"),
            ("  A8: ", "over a mon\x03"),
        ],
    )

    assert status == 130
    assert "“pilots” is not a choice of A3" in shown
    assert "One row per component" in shown  # the guidance
    assert "Now: refused: Advice is awaited (Ann Officer" in shown
    assert "Saved: A1, A2, A3, A5, A6, A7" in shown
    # A path is never cut: of where the tests stand one line may be longer.
    assert [line for line in shown.split("\n") if len(line) > 80 and " " in line.strip()] == []
    found = answers(folder)
    assert {q: entry.get("value", entry.get("status")) for q, entry in found.items()} == {
        "A1": None,
        "A2": "It reads shifts.",
        "A3": "pilot",
        "A5": ["staff", "lfr"],
        "A6": "not_known",
        "A7": "arrest-or-dismissal",
    }
    assert found["A1"]["rows"] == [{"component": "Platform", "version": "2.1", "supplies": "The scorer: all of it"}]
    assert (found["A2"]["note"], found["A2"]["author"]) == ("In plain words", "Ann Officer")
    assert found["A7"]["change_reason"] == "Advice came"

    again, status = typed(["answer", folder, "--who", "Ben", "--section", "A"], [("  A4: ", "\r"), ("  A8: ", "\x04")])

    assert status == 0
    assert "  A1: " not in again
    assert "Nothing was changed." in again


def test_follow_ups_appear_once_their_condition_is_true(folder: Path) -> None:
    """The module on live facial recognition stands behind a tick of A5."""
    interview = Interview(folder, settings=Settings(), who="Ann")
    before = set(interview.open_questions())
    interview.save("A5", {"value": ["lfr"]})
    after = set(interview.open_questions())

    module = {name for name in interview.pack.questions if "lfr" in (interview.section_of(name).visible_if or "")}
    assert module
    assert not module & before
    assert {name for name in module if not interview.pack.questions[name].visible_if} <= after
    assert "A5" not in after


def test_two_people_answer_at_once_and_neither_overwrites_the_other(folder: Path) -> None:
    ann, ben = (Interview(folder, settings=Settings(), who=who) for who in ("Ann", "Ben"))
    ann.save("A9", ann.entry({"value": 1}))
    ben.save("A10", ben.entry({"value": 2}))  # another question: both stand

    with pytest.raises(Conflict):
        ann.save("A10", ann.entry({"value": 3}))

    assert {q: entry["value"] for q, entry in answers(folder).items()} == {"A9": 1, "A10": 2}
    assert ann.entries["A10"]["author"] == "Ben"  # what ann is shown
    ann.save("A10", ann.entry({"value": 3}, reason="Counted again"))
    assert answers(folder)["A10"]["value"] == 3


def test_one_question_is_changed_and_keeps_its_evidence(folder: Path) -> None:
    script = [
        ("  C7: ", "e\r"),
        ("File.*: ", "evidence/README.txt\r"),
        (r"Title.*: ", "DPIA\r"),
        ("Date it bears.*: ", "2026-05-01\r"),
        ("expires.*: ", "2027-05-01\r"),
        ("  C7: ", "yes\r"),
    ]
    typed(["answer", folder, "--who", "Ann", "--question", "C7"], script)
    shown, status = typed(
        ["answer", folder, "--who", "Ben", "--question", "c7"],
        [("  C7: ", "no\r"), (r"Keep its evidence.*: ", "\r"), (r"Why.*: ", "It was withdrawn\r")],
    )

    assert status == 0
    assert "evidence: DPIA, expires 1 May 2027" in shown
    entry = answers(folder)["C7"]
    assert (entry["value"], entry["author"], entry["change_reason"]) == ("no", "Ben", "It was withdrawn")
    assert entry["evidence"] == [
        {"file": "evidence/README.txt", "title": "DPIA", "date": "2026-05-01", "expires": "2027-05-01"}
    ]


def test_a_pack_that_adds_points_is_asked_and_compared_too(
    impact: Impact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small survey of the tests: “why” is asked where the system decides, which counts 4 points."""
    survey = Path(__file__).parents[1] / "questionnaire" / "data" / "survey.json"
    now = datetime(2026, 11, 20, tzinfo=UTC)
    files, _ = import_survey(survey, pack="small", version="1.0.1", title="", language="en", now=now)
    for name, data in files.items():
        path = tmp_path / "packs" / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.setenv("IMPACT_PACKS", str(tmp_path / "packs"))
    one, two = tmp_path / "one", tmp_path / "two"
    impact("new", "small", one)
    shutil.copytree(one, two)

    system = load(impact, one, "who: item2-4\n").json
    person = load(impact, two, "who: item1-0\n").json

    assert ("why" in system["open"], "why" in person["open"]) == (True, False)
    points = impact("diff", one, two, "--json", "--quiet").json["points"]
    assert [points[side]["completed"]["raw"] for side in ("from", "to")] == [4, 0]


# From a file.


def load(impact: Impact, folder: Path, text: str, *words: str) -> Any:
    path = folder.parent / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return impact("answer", folder, "--answers", path, "--who", "Ann", "--json", *words)


def test_answers_of_a_file_are_loaded_and_signed(impact: Impact, folder: Path) -> None:
    said = load(impact, folder, "answers:\n  A9: 45000\n  A10: {value: 97, author: Ben, date: 2026-11-01}\n  A3:\n")

    assert (said.status, said.json["saved"]) == (0, ["A9", "A10"])
    found = answers(folder)
    assert (found["A9"]["value"], found["A9"]["author"]) == (45000, "Ann")
    assert re.fullmatch(r"\d\d:\d\dZ", found["A9"]["time"])
    assert found["A10"] == {"value": 97, "author": "Ben", "date": "2026-11-01"}
    assert load(impact, folder, "A9: 45000\nA10: 97\n").json["saved"] == []  # the same again, without “answers:”
    assert impact("check", folder).status == 0


def test_a_file_with_a_fault_tells_all_of_them_and_writes_nothing(impact: Impact, folder: Path) -> None:
    view = folder / "assessment.yaml"
    view.write_text(view.read_text(encoding="utf-8").replace("  # A10:\n", "  A10: 97\n"), encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    said = load(
        impact,
        folder,
        "answers:\n  A9: lots\n  A3: pilots\n  A10: 40\n  C7:\n    value: yes\n    evidence:\n"
        "      - {file: evidence/none.pdf, title: None, date: 2026-05-01}\n  Z9: 1\n  A8: within-a-day\n",
    )

    assert said.status == 2
    assert [(fault["code"], fault["where"].partition("answers.yaml:")[2]) for fault in said.json["faults"]] == [
        ("A014", "2:7"),
        ("A015", "3:7"),
        ("A059", "4:3"),
        ("A111", "8:16"),
        ("A010", "9:3"),
    ]
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_an_answer_is_changed_from_a_file_with_a_reason(impact: Impact, folder: Path) -> None:
    load(impact, folder, "A10: 97\n")

    said = load(impact, folder, "A10: 40\n", "--reason", "A new count")

    assert said.status == 0
    assert answers(folder)["A10"]["change_reason"] == "A new count"


def test_nobody_to_ask_is_told(impact: Impact, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())

    said = impact("answer", folder, "--who", "Ann")

    assert said.status == 2
    assert "[A060]" in said.err


# The history, as it is told.


def test_the_history_says_who_changed_what_when_and_why(impact: Impact, folder: Path) -> None:
    load(impact, folder, "A10: 97\nA9: 5\n")
    load(impact, folder, "A10: 40\n", "--reason", "A new count")
    view = folder / "assessment.yaml"
    view.write_text(view.read_text(encoding="utf-8").replace("{value: 5,", "{value: 6,"), encoding="utf-8")

    said = impact("history", folder, "--question", "a10")
    assert "was: 97 percent" in said.out
    assert "now: 40 percent" in said.out
    assert "why: A new count" in said.out
    assert "A9" not in said.out
    assert "not in the history yet: A9" in impact("history", folder).out

    told = impact("history", folder, "--record", "--who", "Cat", "--json").json
    last = told["events"][-1]
    assert (last["q"], last["who"], last["op"], last["before"]["value"], last["value"]["value"]) == (
        "A9",
        "Cat",
        "edited",
        5,
        6,
    )
    assert told["unrecorded"] == []


def test_a_report_names_the_head_of_the_history_and_is_not_made_of_a_broken_one(
    impact: Impact, folder: Path, tmp_path: Path
) -> None:
    load(impact, folder, "A10: 97\nA9: 5\n")
    out = tmp_path / "record.json"
    assert impact("report", folder, "-o", out, "--format", "json", "--quiet").status == 0
    record = json.loads(out.read_bytes())
    lines = (folder / "log.jsonl").read_bytes().splitlines()
    assert record["history"] == {
        "events": 2,
        "head": json.loads(lines[-1])["hash"],
        "last": json.loads(lines[-1])["at"],
        "unrecorded": [],
    }
    assert "log.jsonl" in [item["file"] for item in record["inputs"]]

    load(impact, folder, "A11: [england]\n")
    said = impact("history", folder, "--against", out)
    assert (said.status, "beginning of this history; 1 came after" in " ".join(said.out.split())) == (0, True)
    again = tmp_path / "again"  # the same answers, with a history made anew
    shutil.copytree(folder, again, ignore=shutil.ignore_patterns("log.jsonl"))
    impact("history", again, "--record", "--who", "Eve")
    said = impact("history", again, "--against", out)
    assert (said.status, "made anew" in " ".join(said.out.split())) == (1, True)

    (folder / "log.jsonl").write_bytes(lines[0].replace(b"97", b"98") + b"\n" + lines[1] + b"\n")
    for words in (["report", folder, "-o", tmp_path / "r.json", "--format", "json"], ["check", folder]):
        said = impact(*words)
        assert said.status == 5
        assert "log.jsonl:1: chain broken" in said.err
    assert not (tmp_path / "r.json").exists()


def test_merge_shows_both_answers_and_needs_a_decision(
    impact: Impact, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(impact, folder, "A9: 5\n")
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    load(impact, folder, "A10: 97\n")
    load(impact, other, "A10: 40\nA11: [england]\n")
    before = (folder / "log.jsonl").read_bytes()

    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = impact("merge", folder, "--from", other, "--who", "Mia")
    assert said.status == 2
    assert "97 percent" in said.err
    assert "40 percent" in said.err
    assert (folder / "log.jsonl").read_bytes() == before

    said = impact("merge", folder, "--from", other, "--prefer", "theirs", "--who", "Mia", "--json")
    assert said.json["decided"] == {"A10": "theirs"}
    found = answers(folder)
    assert (found["A10"]["value"], found["A11"]["value"]) == (40, ["england"])
