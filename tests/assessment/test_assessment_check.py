"""What a policy officer reads: every fault at once, each at its own line; and what a score rests on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from impact.assessment.check import Checked, Scored, check_folder, score_folder
from impact.assessment.folder import open_folder
from impact.assessment.new import new_assessment
from impact.errors import AnswerError
from impact.settings import Settings

TODAY = date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_assessment(tmp_path / "mine", pack="uk-policing", settings=Settings(), today=TODAY)
    return tmp_path / "mine"


def write(folder: Path, old: str, new: str) -> None:
    path = folder / "assessment.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def answer(folder: Path, text: str) -> int:
    """Write answers; gives the line of the first."""
    write(folder, "\nanswers:\n", f"\nanswers:\n{text}\n")
    lines = (folder / "assessment.yaml").read_text(encoding="utf-8").split("\n")
    return lines.index("answers:") + 2


def faults(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(AnswerError) as caught:
        check_folder(folder, settings=Settings())
    return [(fault.code, fault.where.partition("assessment.yaml:")[2]) for fault in caught.value.faults]


def messages(folder: Path) -> str:
    with pytest.raises(AnswerError) as caught:
        check_folder(folder, settings=Settings())
    return str(caught.value)


def test_missing_evidence_is_told_at_its_own_line_and_with_the_other_faults(folder: Path) -> None:
    line = answer(
        folder,
        "  A9: lots\n  C7:\n    value: yes\n    evidence:\n"
        "      - {file: evidence/README.txt, title: There, date: 2026-05-01}\n"
        "      - {file: evidence/none.pdf, title: Not there, date: 2026-05-01}\n"
        "      - {file: ../outside.pdf, title: Outside, date: 2026-05-01}",
    )

    assert faults(folder) == [("A014", f"{line}:7"), ("A111", f"{line + 5}:16"), ("A027", f"{line + 6}:16")]


def test_evidence_with_a_name_that_the_system_refuses_is_a_fault(folder: Path) -> None:
    name = "a" * 300
    answer(folder, f"  C7:\n    value: yes\n    evidence:\n      - {{file: {name}, title: T, date: 2026-05-01}}")

    assert [code for code, _ in faults(folder)] == ["A111"]


def test_pack_that_is_not_there_is_told_at_its_line_with_the_faults_of_the_head(folder: Path) -> None:
    write(folder, "id: uk-policing", "id: uk-polcing")
    write(folder, "status: draft", "status: Final")

    assert [code for code, _ in faults(folder)] == ["A103", "G011"]
    assert "“assessment.status” is “Final”; wanted: one of draft, final. Did you mean “final”?" in messages(folder)


def test_answer_at_the_margin_is_moved_and_not_removed(folder: Path) -> None:
    answer(folder, "A9: 45000")

    assert "the answer “A9” begins at the margin. Put two spaces in front" in messages(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("date: 2026-11-20\n  status", "date: 1/2/2026\n  status", "“1/2/2026” is not a date"),
        ('version: "0.1"', "version: “0.1”", "curly quotes"),
        ("id: mine", "id: Our Tool (2026)", "“our-tool-2026”"),
        ("    - {name: Name of the assessor, role: Role}\n", "", "“assessment.assessors” is empty; wanted: a list"),
        ("\nanswers:\n", "\nanswers:\n  Q1: 1.5.2026\n", "“1.5.2026” is not a date; wanted: a date such as 2026-11-20"),
        ("\nanswers:\n", "\nanswers:\n  C9: Yes\n", "in small letters. Did you mean “yes”?"),
        ("\nanswers:\n", "\nanswers:\n  A9: 45,000\n", "Write digits only: no comma"),
    ],
)
def test_mistake_is_told_with_what_was_written_and_what_to_write(folder: Path, old: str, new: str, said: str) -> None:
    write(folder, old, new)

    assert said in messages(folder)


def test_empty_file_is_called_empty(folder: Path) -> None:
    (folder / "assessment.yaml").write_text("# only a comment\n")

    assert faults(folder) == [("A104", "1:1")]
    assert "the file is empty" in messages(folder)


def test_folder_that_could_not_be_built_is_not_without_fault(folder: Path) -> None:
    write(folder, "pack: {", "# pack: {")

    assert [code for code, _ in faults(folder)] == ["A107"]


def test_head_that_nobody_has_filled_in_is_said_to_be_so(folder: Path) -> None:
    found = check_folder(folder, settings=Settings())
    write(folder, "Name of the system", "Nectar")
    later = check_folder(folder, settings=Settings())

    assert found.placeholders == ("title", "organisation", "system", "assessors")
    assert later.placeholders == ("title", "organisation", "assessors")
    assert any("still as “impact new” wrote it" in line for line in found.lines())


def test_unresolved_stop_is_never_shown_as_clear(folder: Path) -> None:
    scored = score_folder(folder, settings=Settings())
    lines = "\n".join(scored.lines())

    assert scored.scoring["outcome"]["code"] == "hold"
    assert "Hard stops unresolved, which is not clear: 15" in lines
    assert "Hard stops clear: 0 of 15" in lines
    assert "INCOMPLETE: these levels are not for decision" in lines


def test_score_says_why_and_what_raises_it_in_the_words_of_the_questions(folder: Path) -> None:
    answer(folder, "  A9: 45000")

    lines = score_folder(folder, settings=Settings()).lines()

    start = lines.index("Outcome: Hold, because")
    assert lines[start + 1] == "  hard stops, listed below: 15"
    assert lines[start + 2].startswith("  Answers cover 1%")
    raised = lines.index("What raises Privacy most, and by how many points:")
    assert any("not answered: counted as 0.7" in line for line in lines[raised + 1 : raised + 6])


def test_completeness_under_ninety_is_never_shown_as_ninety() -> None:
    scoring = {"completeness": 0.8996, "incomplete": True, "hard_stops": []}
    states = dict.fromkeys(("answered", "not_known", "refused", "not_applicable", "unanswered", "hidden"), 0)

    lines = Checked(Path("x"), states, scoring, None).lines()

    assert "  completeness by weight 89.9%" in lines


def test_windows_line_endings_change_nothing(folder: Path) -> None:
    answer(folder, "  A9: 45000\n  C9: yes")
    before = score_folder(folder, settings=Settings())
    path = folder / "assessment.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert score_folder(folder, settings=Settings()) == before
    assert isinstance(before, Scored)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [("{panel: 3, dissent: 1}", []), ("{panel: 10}", ["A104"]), ("{panel: yes}", ["A104"]), ("{pannel: 1}", ["A102"])],
)
def test_boxes_for_signatures_are_asked_for_in_the_head(folder: Path, asked: str, codes: list[str]) -> None:
    write(folder, "  # signatures: {panel: 3, dissent: 1} ", f"  signatures: {asked} ")

    if codes:
        assert [code for code, _ in faults(folder)] == codes
    else:
        header = open_folder(folder).header
        assert header is not None
        assert header.to_json()["signatures"] == {"panel": 3, "dissent": 1}
        assert "signatures" not in header.model_copy(update={"signatures": None}).to_json()
