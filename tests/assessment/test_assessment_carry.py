"""Answers of a short form go over to the full form: same ids, same evidence, and nothing in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from impact.assessment.check import check_folder, score_folder
from impact.assessment.new import new_assessment
from impact.errors import AnswerError
from impact.settings import Settings
from impact.yamlfile import load

TODAY = date(2026, 11, 20)
ANSWERS = """answers:
  A2: "A: text with # and “quotes”"
  A9: 22000
  A5: []
  C7:
    value: yes
    note: One of ours
    evidence: [{file: evidence/dpia.txt, title: DPIA, date: 2026-05-01}]
  D4: {status: refused, reason: Advice is awaited}
  Q1: 2027-10-01
  G1: Only in the full form
"""


def start(folder: Path, pack: str, answers: str) -> Path:
    new_assessment(folder, pack=pack, settings=Settings(), today=TODAY)
    path = folder / "assessment.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("answers:\n")[0] + answers, encoding="utf-8")
    (folder / "evidence" / "dpia.txt").write_text("words", encoding="utf-8")
    return folder


def test_answers_and_evidence_go_over_whole(tmp_path: Path) -> None:
    old = start(tmp_path / "short", "uk-council-short", ANSWERS.replace("  G1: Only in the full form\n", ""))

    made, carried = new_assessment(
        tmp_path / "full", pack="uk-policing", settings=Settings(), today=TODAY, answers_from=old
    )

    before, after = (load(path / "assessment.yaml", family="A").data["answers"] for path in (old, tmp_path / "full"))
    assert after == before
    assert (tmp_path / "full" / "evidence" / "dpia.txt").read_text(encoding="utf-8") == "words"
    assert tmp_path / "full" / "evidence" / "dpia.txt" in made
    assert carried is not None
    assert carried.left == ()
    assert check_folder(tmp_path / "full", settings=Settings()).states is not None


def test_an_answer_that_the_new_pack_does_not_ask_is_named(tmp_path: Path) -> None:
    kept = "answers:\n  A9: 22000\n  G1: {value: narrative, text: Words}\n"
    old = start(tmp_path / "full", "uk-policing", kept)

    _, carried = new_assessment(
        tmp_path / "short", pack="uk-council-short", settings=Settings(), today=TODAY, answers_from=old
    )

    assert carried is not None
    assert (list(carried.answers), carried.left) == (["A9"], ("G1",))


def test_a_folder_without_answers_is_refused(tmp_path: Path) -> None:
    old = start(tmp_path / "short", "uk-council-short", "answers:\n")

    with pytest.raises(AnswerError, match="Q053"):
        new_assessment(tmp_path / "full", pack="uk-policing", settings=Settings(), today=TODAY, answers_from=old)


def test_the_terminal_says_use_the_full_form_and_why(tmp_path: Path) -> None:
    folder = start(tmp_path / "short", "uk-council-short", "answers:\n  A8: over-a-month\n")

    said = "\n".join(score_folder(folder, settings=Settings()).lines())

    assert said.startswith("USE THE FULL FORM (uk-policing 1.0.0)")
    assert "A8 How quickly can a wrong outcome be put right? – severity 0.7 of 1" in said
    assert "Hard stops that it does not ask about, which is not clear: 6" in said
