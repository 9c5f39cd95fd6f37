"""Two people answer two copies: joining them keeps every event of both, with git and without."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.history.event import Change
from impact.assessment.history.joining import Merged, merge_folder, resolve_folder
from impact.assessment.history.merge import Clash, Side
from impact.assessment.history.store import State, Store, stamp
from impact.errors import AnswerError

NOW = datetime(2026, 11, 20, 15, 44, tzinfo=UTC)
VIEW = "version: 1\nassessment: {id: mine, title: Ours}\nanswers:\n" + "".join(f"  # A{n}:\n" for n in range(1, 7))
git_needed = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def put(folder: Path, q: str, value: Any, who: str, at: datetime = NOW) -> State:
    kept = Store(folder, clock=lambda: at)
    entry = {"value": value, "author": who}
    return kept.append([Change(who, "set", q, entry, stamp(at))], expect=kept.record_edits().rev)


def said(folder: Path) -> dict[str, Any]:
    state = Store(folder).read()
    assert state.unrecorded == ()
    return {q: entry["value"] for q, entry in sorted(state.answers.items())}


def heard(folder: Path) -> set[tuple[str, str, Any]]:
    """Who ever said what, in the whole history."""
    events = [event.change for event in Store(folder).read().events if event.change.op != "merge"]
    return {(one.who, one.q, (one.value or {}).get("value")) for one in events}


def never(clash: Clash) -> Side:
    raise AssertionError(f"nothing was to be decided, but {clash.q}")


def joined(folder: Path, other: Path, side: Side | None = None) -> Merged:
    decide = never if side is None else lambda clash: side
    return merge_folder(folder, other, decide=decide, who="Mia", now=NOW)


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies with one answer in common; then each answers questions of its own."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    (one / "assessment.yaml").write_text(VIEW, encoding="utf-8")
    put(one, "A1", "common", "Ann")
    shutil.copytree(one, two)
    put(one, "A2", "ann", "Ann")
    put(two, "A3", "ben", "Ben")
    put(two, "A3", "ben again", "Ben")
    return one, two


def test_answers_to_different_questions_are_joined_without_asking(copies: tuple[Path, Path]) -> None:
    one, two = copies

    result = joined(one, two)

    assert said(one) == {"A1": "common", "A2": "ann", "A3": "ben again"}
    assert (result.joined, result.shared) == (2, 1)
    # The other's events are repeated with the hashes that they had, and with their authors.
    repeated = [event.change for event in Store(one).read().events if event.change.merged_from]
    assert [change.merged_from for change in repeated] == [event.hash for event in Store(two).read().events[1:]]
    assert {change.who for change in repeated} == {"Ben"}
    assert heard(one) >= heard(two)


def test_joining_again_and_back_adds_nothing_twice(copies: tuple[Path, Path]) -> None:
    one, two = copies
    joined(one, two)

    assert joined(one, two).joined == 0
    assert joined(two, one).joined == 1  # A2 alone: its own events come back to it and are known
    assert joined(one, two).joined == 0
    assert said(one) == said(two)


@pytest.mark.parametrize(("side", "stands"), [("ours", "by ann"), ("theirs", "by ben")])
def test_where_both_answered_one_stands_and_both_stay(copies: tuple[Path, Path], side: Side, stands: str) -> None:
    one, two = copies
    put(one, "A4", "by ann", "Ann")
    put(two, "A4", "by ben", "Ben")

    result = joined(one, two, side)

    assert [(clash.q, who) for clash, who in result.clashes] == [("A4", side)]
    assert said(one)["A4"] == stands
    assert {("Ann", "A4", "by ann"), ("Ben", "A4", "by ben")} <= heard(one)


def test_the_same_answer_of_both_is_no_conflict(copies: tuple[Path, Path]) -> None:
    one, two = copies
    put(one, "A4", "alike", "Ann")
    put(two, "A4", "alike", "Ben")

    joined(one, two)

    assert said(one)["A4"] == "alike"


def test_a_decision_is_not_asked_again(copies: tuple[Path, Path]) -> None:
    one, two = copies
    put(one, "A4", "by ann", "Ann")
    put(two, "A4", "by ben", "Ben")
    joined(one, two, "ours")
    put(two, "A5", "later", "Ben")

    joined(one, two)

    assert (said(one)["A4"], said(one)["A5"]) == ("by ann", "later")


def test_edits_by_hand_of_either_copy_are_joined_too(copies: tuple[Path, Path]) -> None:
    one, two = copies
    for folder, name in ((one, "A5"), (two, "A6")):
        view = folder / "assessment.yaml"
        view.write_text(view.read_text().replace(f"  # {name}:", f"  {name}: {{value: by hand}}"), encoding="utf-8")

    joined(one, two)

    assert said(one) == {"A1": "common", "A2": "ann", "A3": "ben again", "A5": "by hand", "A6": "by hand"}
    assert joined(one, two).joined == 0


def test_another_assessment_is_refused(copies: tuple[Path, Path]) -> None:
    one, two = copies
    view = two / "assessment.yaml"
    view.write_text(view.read_text().replace("id: mine", "id: other"), encoding="utf-8")

    with pytest.raises(AnswerError) as caught:
        joined(one, two)

    assert [fault.code for fault in caught.value.faults] == ["A123"]


# What git leaves.


def git(folder: Path, *words: str, check: bool = True) -> int:
    said = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *words]
    done = subprocess.run(said, cwd=folder, capture_output=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.returncode


def branches(tmp_path: Path, attributes: str = "") -> Path:
    """A repository in which two branches both answered, merged by git as far as it can."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "assessment.yaml").write_text(VIEW, encoding="utf-8")
    if attributes:
        (folder / ".gitattributes").write_text(attributes, encoding="utf-8")
    put(folder, "A1", "common", "Ann")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "start")
    git(folder, "checkout", "-qb", "theirs")
    put(folder, "A3", "ben", "Ben")
    put(folder, "A4", "by ben", "Ben")
    git(folder, "commit", "-qam", "theirs")
    git(folder, "checkout", "-q", "main")
    put(folder, "A2", "ann", "Ann")
    put(folder, "A4", "by ann", "Ann")
    git(folder, "commit", "-qam", "ours")
    assert git(folder, "merge", "-q", "theirs", check=False) == 1
    return folder


@git_needed
@pytest.mark.parametrize("attributes", ["", "log.jsonl merge=union\n"], ids=["markers", "union"])
@pytest.mark.parametrize(("side", "stands"), [("ours", "by ann"), ("theirs", "by ben")])
def test_what_git_could_not_merge_is_put_in_order(tmp_path: Path, attributes: str, side: Side, stands: str) -> None:
    folder = branches(tmp_path, attributes)
    with pytest.raises(AnswerError) as caught:
        Store(folder).read()
    assert {fault.code for fault in caught.value.faults} == {"A121"}
    assert "<<<<<<<" in (folder / "assessment.yaml").read_text(encoding="utf-8")
    asked: list[str] = []

    def decide(clash: Clash) -> Side:
        asked.append(clash.q)
        return side

    result = resolve_folder(folder, decide=decide, who="Mia", now=NOW)

    assert result is not None
    assert asked == ["A4"]
    assert said(folder) == {"A1": "common", "A2": "ann", "A3": "ben", "A4": stands}
    both = {("Ann", "A2", "ann"), ("Ann", "A4", "by ann"), ("Ben", "A3", "ben"), ("Ben", "A4", "by ben")}
    assert both <= heard(folder)
    assert resolve_folder(folder, decide=never, who="Mia", now=NOW) is None


@git_needed
def test_an_event_changed_in_one_branch_is_not_joined_unseen(tmp_path: Path) -> None:
    folder = branches(tmp_path)
    log = folder / "log.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('"ben"', '"eve"'), encoding="utf-8")

    with pytest.raises(AnswerError) as caught:
        resolve_folder(folder, decide=never, who="Mia", now=NOW)

    assert [fault.code for fault in caught.value.faults] == ["A122"]
