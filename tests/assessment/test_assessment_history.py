"""The history of answers: nothing that was acknowledged is lost, nothing that was changed goes unseen.

The form of an event and of its hash is worked out here a second time from docs/answers.md, with hashlib and json alone.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.assessment.history.disk import intended
from impact.assessment.history.event import Change
from impact.assessment.history.fold import fold
from impact.assessment.history.store import Conflict, State, Store, stamp
from impact.assessment.history.view import read_view, rewritten
from impact.assessment.history.written import entry_lines
from impact.errors import AnswerError
from impact.yamlfile import YamlFaults, parse
from impact.yamlmistakes import CONTROL

NOW = datetime(2026, 11, 20, 15, 44, tzinfo=UTC)
VIEW = """\
# Ours, and nobody else's.
version: 1   # the form

answers:
  # A1  What is it called?
  # A1:

  A2: 'single quotes'   # kept
  A3:
    # inside
    value: yes

  # A9  How many people?
  # A9:
"""
ORDER = ("A1", "A2", "A3", "A9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assessment.yaml").write_text(VIEW, encoding="utf-8")
    return tmp_path


def store(folder: Path) -> Store:
    return Store(folder, order=ORDER, clock=lambda: NOW)


def put(folder: Path, q: str, value: Any, who: str = "Ann") -> State:
    kept = store(folder)
    state = kept.record_edits()
    op = "clear" if value is None else "set"
    return kept.append([Change(who, op, q, value, stamp(NOW))], expect=state.rev)


def text(folder: Path) -> str:
    return (folder / "assessment.yaml").read_text(encoding="utf-8")


def codes(call: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(AnswerError) as caught:
        call()
    return [(fault.code, Path(fault.where).name) for fault in caught.value.faults]


# The chain.


def test_an_event_is_one_line_whose_hash_anybody_can_work_out(folder: Path) -> None:
    (folder / "assessment.yaml").write_text("answers:\n", encoding="utf-8")
    put(folder, "A9", {"value": 45000, "note": "é"})
    put(folder, "A9", {"value": 1})

    one, two = (folder / "log.jsonl").read_bytes().splitlines()
    body = (
        '{"at":"2026-11-20T15:44:00Z","op":"set","prev":"' + "0" * 64 + '","q":"A9","seq":1,'
        '"value":{"note":"é","value":45000},"who":"Ann"}'
    )
    first = hashlib.sha256(body.encode()).hexdigest()
    assert one.decode() == body.replace('"op"', f'"hash":"{first}","op"')
    assert json.loads(two)["prev"] == first
    assert store(folder).read().head == json.loads(two)["hash"]


def test_a_changed_letter_breaks_the_chain_at_its_line(folder: Path) -> None:
    for number in range(5):
        put(folder, "A9", {"value": number, "note": "words"})
    log = folder / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    for number in range(len(lines)):
        changed = [*lines]
        changed[number] = changed[number].replace(b"A", b"B", 1)
        log.write_bytes(b"".join(changed))

        assert codes(lambda: store(folder).read()) == [("A120", f"log.jsonl:{number + 1}")]


def test_a_line_taken_out_or_put_elsewhere_is_found(folder: Path) -> None:
    for number in range(4):
        put(folder, "A9", {"value": number})
    log = folder / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)

    for others in (lines[:2] + lines[3:], [lines[1], lines[0], *lines[2:]], lines[1:]):
        log.write_bytes(b"".join(others))
        assert codes(lambda: store(folder).read())[0][0] == "A120"


def test_line_ends_that_git_changed_are_told_as_such(folder: Path) -> None:
    put(folder, "A9", {"value": 1})
    log = folder / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))

    assert codes(lambda: store(folder).read()) == [("A126", "log.jsonl")]


def test_the_last_line_cut_anywhere_is_no_event_and_what_was_before_stands(folder: Path) -> None:
    put(folder, "A1", {"value": "x"})
    put(folder, "A9", {"value": "words: é"})
    log, view = folder / "log.jsonl", folder / "assessment.yaml"
    whole, seen = log.read_bytes(), view.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    before = len(whole[:start].splitlines())

    for cut in range(start, len(whole)):
        log.write_bytes(whole[:cut])
        view.write_bytes(seen)
        state = store(folder).read()
        assert (state.rev, state.torn) == (before, cut > start)
        if (cut - start) % 16:
            continue
        # What the view says already is not lost: it comes back as an edit by hand.
        after = put(folder, "A2", {"value": "next"})
        assert after.answers["A9"] == {"value": "words: é"}
        assert store(folder).read().torn is False


# The view.


def test_an_answer_changes_its_own_lines_and_no_other(folder: Path) -> None:
    put(folder, "A9", {"value": 45000, "author": "Ann", "date": "2026-11-20"})
    put(folder, "A3", {"value": "no", "note": "Since March"})

    assert text(folder) == VIEW.replace("  # A9:\n", "  A9: {value: 45000, author: Ann, date: 2026-11-20}\n").replace(
        "  A3:\n    # inside\n    value: yes\n", "  # inside\n  A3: {value: no, note: Since March}\n"
    )


def test_an_answer_taken_back_leaves_its_key_to_be_answered(folder: Path) -> None:
    put(folder, "A9", {"value": 1})
    put(folder, "A9", None)

    assert text(folder) == VIEW


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("answers:\n", "answers:\n  A9: {value: 1}\n"),
        ("version: 1", "version: 1\nanswers:\n  A9: {value: 1}\n"),
        ("answers: {}\nz: 1\n", "answers:\n  A9: {value: 1}\nz: 1\n"),
        ("answers: null\nz: 1\n", "answers:\n  A9: {value: 1}\nz: 1\n"),
        ("answers: {A1: x, A2: [a]} # all\n", "answers:\n  A1: x\n  A2: [a] # all\n  A9: {value: 1}\n"),
        ("answers:\r\n  A1: x # one\r\n", "answers:\r\n  A1: x # one\r\n  A9: {value: 1}\r\n"),
        ("answers:\n  A9:   # open\n", "answers:\n  A9: {value: 1}   # open\n"),
        ("answers:\n  A9: |\n    a\n    # text\n  # A10:\n", "answers:\n  A9: {value: 1}\n  # A10:\n"),
        ("answers:\n    A1: x\n    A10: y", "answers:\n    A1: x\n    A9: {value: 1}\n    A10: y"),
        ("answers:\n  A1: >-\n    a\n\n    b", "answers:\n  A1: >-\n    a\n\n    b\n  A9: {value: 1}\n"),
    ],
)
def test_a_file_keeps_its_form_whatever_it_is(before: str, after: str) -> None:
    _, stands = read_view(before, name="a.yaml")

    new = rewritten(before, {**stands, "A9": {"value": 1}}, name="a.yaml", order=("A1", "A2", "A9", "A10"))

    assert new == after


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=250), st.sampled_from(["value", "rows"]))
def test_any_text_reads_back_as_it_was(said: str, key: str) -> None:
    entry = {key: [{"purpose": said}] if key == "rows" else said, "note": said, "author": "A"}
    if not said.isprintable() and any(0xD800 <= ord(letter) < 0xE000 for letter in said):
        return
    lines = "\n".join(["answers:", *entry_lines("A9", entry)])
    if CONTROL.search(said):  # refused wherever it stands in a file of answers
        with pytest.raises(YamlFaults):
            parse(lines, name="a.yaml")
        return

    assert parse(lines, name="a.yaml").data["answers"]["A9"] == entry


def test_an_edit_by_hand_becomes_an_event_and_is_never_overwritten(folder: Path) -> None:
    put(folder, "A9", {"value": 1})
    view = folder / "assessment.yaml"
    view.write_text(text(folder).replace("{value: 1}", "2  # mine").replace("'single quotes'", "''"), encoding="utf-8")
    told: list[Change] = []
    kept = Store(folder, order=ORDER, clock=lambda: NOW, told=lambda edits, _: told.extend(edits))

    assert [change.q for change in kept.read().unrecorded] == ["A2", "A9"]
    seen = kept.record_edits()
    assert [change.q for change in told] == ["A2", "A9"]
    state = kept.append([Change("Ann", "set", "A1", {"value": "x"}, stamp(NOW))], expect=seen.rev)

    by_hand = [event.change for event in state.events if event.change.op == "edited"][-2:]
    assert [(change.who, change.q, change.value) for change in by_hand] == [
        ("edited by hand", "A2", None),
        ("edited by hand", "A9", 2),
    ]
    assert "  A9: 2  # mine\n" in text(folder)
    assert fold(state.events) == {"A1": {"value": "x"}, "A3": {"value": "yes"}, "A9": 2}


def test_who_saw_another_history_is_refused_and_told_what_came_since(folder: Path) -> None:
    seen = store(folder).record_edits().rev
    put(folder, "A9", {"value": 1}, who="Ben")

    with pytest.raises(Conflict) as caught:
        store(folder).append([Change("Ann", "set", "A9", {"value": 2}, stamp(NOW))], expect=seen)

    assert [(event.change.who, event.change.q) for event in caught.value.since] == [("Ben", "A9")]
    assert store(folder).read().answers["A9"] == {"value": 1}


def test_a_file_that_cannot_be_read_stops_the_answer_before_anything_is_written(folder: Path) -> None:
    put(folder, "A9", {"value": 1})
    (folder / "assessment.yaml").write_text(text(folder) + "  A9: 2\n", encoding="utf-8")
    log = (folder / "log.jsonl").read_bytes()

    assert codes(lambda: put(folder, "A1", {"value": 1})) == [("A002", "assessment.yaml:15:3")]
    assert (folder / "log.jsonl").read_bytes() == log


def test_a_crash_between_log_and_view_is_not_taken_for_an_edit(folder: Path) -> None:
    old = put(folder, "A9", {"value": 1})
    view = text(folder)
    put(folder, "A9", {"value": 2})
    # As a process leaves it that ended before the view was renamed; then somebody edits another answer.
    (folder / "assessment.yaml").write_text(view.replace("'single quotes'", "mine"), encoding="utf-8")
    intended(folder / "assessment.yaml", before=old.rev, after=old.rev + 1)

    state = store(folder).read()

    assert state.answers["A9"] == {"value": 2}
    assert [change.q for change in state.unrecorded] == ["A2"]
    assert not list(folder.glob(".assessment*"))


def test_a_folder_without_a_history_is_left_as_it_is(folder: Path) -> None:
    state = store(folder).read()

    assert (state.kept, state.rev, state.unrecorded) == (False, 0, ())
    assert [path.name for path in folder.iterdir()] == ["assessment.yaml"]


# Processes that are ended at any moment.

WRITERS = """
import json, os, random, sys, time
from pathlib import Path
from impact.assessment.history.event import Change
from impact.assessment.history.store import Conflict, Store, stamp

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
order = [f"Q{n}" for n in range(8)]
acknowledged = os.open(folder.parent / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def start(number):
    child = os.fork()
    if child:
        return child
    random.seed(number)
    kept, said = Store(folder, order=order), 0
    while True:
        state, said = kept.read(), said + 1
        change = Change(f"w{number}", "set", random.choice(order), {"value": f"{number}-{said}"}, stamp(kept.clock()))
        try:
            kept.append([change], expect=state.rev)
            os.write(acknowledged, f"{number}-{said}\\n".encode())
        except Conflict:
            pass
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)

random.seed(0)
running, number, unfinished, wrong = [], 0, 0, 0
end = time.monotonic() + 20  # what is left of it is shared among the kills that are left
for left in range(kills, 0, -1):
    while len(running) < 4:
        running.append(start(number))
        number += 1
    # Not before somebody saved something: on a busy machine all would be ended before they began.
    size, patience = os.fstat(acknowledged).st_size, time.monotonic() + max(0.03, (end - time.monotonic()) / left)
    while os.fstat(acknowledged).st_size == size and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(random.random() * 0.02)
    child = running.pop(random.randrange(len(running)))
    os.kill(child, 9)
    wrong += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -9
    unfinished += bool(list(folder.glob(".assessment*")))
for child in running:
    os.kill(child, 9)
    os.waitpid(child, 0)
print(json.dumps({"unfinished": unfinished, "wrong": wrong}))
"""


def test_two_hundred_kills_of_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "assessment.yaml").write_text("answers:\n" + "".join(f"  # Q{n}:\n" for n in range(8)), encoding="utf-8")

    done = subprocess.run([sys.executable, "-c", WRITERS, folder, "200"], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    state = Store(folder).read()

    acknowledged = (tmp_path / "acknowledged").read_text().split()
    written = {event.change.value["value"] for event in state.events}
    assert told["wrong"] == 0, done.stderr
    assert told["unfinished"] > 0  # the test is one only where processes were ended in the middle of writing
    assert len(acknowledged) > 5
    assert [one for one in acknowledged if one not in written] == []
    # Nothing was taken for an edit by hand, the view is whole, and no process left a file behind.
    assert {event.change.op for event in state.events} == {"set"}
    assert state.unrecorded == ()
    assert state.answers == fold(state.events)
    assert sorted(path.name for path in folder.iterdir()) == ["assessment.yaml", "log.jsonl"]
