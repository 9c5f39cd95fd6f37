"""Answers of an older version of a pack: what moves, what is asked again, what is kept, and the author's file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from impact.assessment.answers import read_questionnaire
from impact.assessment.folder import open_folder
from impact.assessment.record import build_record
from impact.cli.app import app
from impact.errors import AnswerError, PackError
from impact.questionnaire.inspection import check_pack
from impact.report.view.parts import Numbering
from impact.report.view.provenance import make_provenance
from impact.resources import Resource, find
from impact.settings import Settings

Tiny = Callable[..., Resource]

# Version 2.0.0 of the small pack: A1 is called A5 and has other codes, A2 was withdrawn, M1 counts weeks, a column has
# another name. Between the two stands 1.1.0, in which A1 had become A11.
CHANGES = [
    ("pack.yaml", 'version: "1.0.0"', 'version: "2.0.0"'),
    ("pack.yaml", "retired: [A9]", "retired: [A9, A1, A11, A2]\nmigrations: [migrations/1.yaml, migrations/2.yaml]"),
    ("pack.yaml", "column: people}", "column: persons}"),
    ("sections/A.yaml", "  - id: A1\n", "  - id: A5\n"),
    ("sections/A.yaml", "{code: mild, label: Mild, value: 0.2}", "{code: light, label: Mild, value: 0.2}"),
    (
        "sections/A.yaml",
        "- {code: harsh, label: Harsh, value: 1.0}",
        "- {code: harsh-now, label: Harsh, value: 1.0}\n      - {code: harsh-later, label: Later, value: 0.8}",
    ),
    ("sections/A.yaml", "  - id: A2\n", "  - id: A6\n"),
    ("sections/A.yaml", "'A1 == \"harsh\"'", "'A5 == \"harsh-now\"'"),
    ("sections/A.yaml", 'A2 == "no" &&', 'A6 == "no" &&'),
    ("sections/A.yaml", "code: people, label: People", "code: persons, label: People"),
    ("scoring.yaml", "fired_by: [A2]", "fired_by: [A6]"),
    ("scoring.yaml", "between: [A1, A4]", "between: [A5, A4]"),
    ("scoring.yaml", 'A1 == "mild" && size', 'A5 == "light" && size'),
]
STEPS = {
    "migrations/1.yaml": """\
schema: impact/migration/1
from: "1.0.0"
to: "1.1.0"
summary: A1 became A11
renamed: {A1: A11}
""",
    "migrations/2.yaml": """\
schema: impact/migration/1
from: "1.1.0"
to: "2.0.0"
summary: Other codes, a column, a unit
renamed: {A11: A5}
codes:
  A5: {mild: light, soft: light, harsh: [harsh-now, harsh-later]}
columns:
  A3: {people: persons}
again:
  M1: It counts weeks now, and counted months
retired:
  A2: A safeguard that nobody could show
""",
}
ANSWERS = """\
# Written by hand; this line stays.
version: 1
assessment:
  id: my-case
  title: A case
  version: "0.1"
  date: 2026-11-20
  status: draft
  organisation: A council
  system: {name: A system}
  assessors: [{name: A. Person, role: Assessor}]
pack: {id: tiny, version: "1.0.0"}   # the version

answers:
  A1: mild   # said by the supplier
  # about the safeguard
  A2:
    value: no
    note: Words of the author

  A3:
    - {kind: staff, people: 4}
    - {kind: public, people: 3}
  A4: [here, there]
  M1: 7
"""


@pytest.fixture
def second(tiny: Tiny, tmp_path: Path) -> Callable[..., Path]:
    """Version 2.0.0 of the small pack and a folder answered with 1.0.0; changes as in ``tiny``, then of the answers."""

    def write(*changes: tuple[str, str, str], answers: str = ANSWERS) -> Path:
        folder = tiny(*CHANGES).folder
        for name, text in STEPS.items():
            for file, before, after in changes:
                if file == name:
                    assert text.count(before) == 1
                    text = text.replace(before, after)
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        case = tmp_path / "case"
        case.mkdir(exist_ok=True)
        (case / "assessment.yaml").write_text(answers, encoding="utf-8")
        (case / "impact.toml").write_text('packs = [".."]\n', encoding="utf-8")
        return case

    return write


def settings(case: Path) -> Settings:
    return Settings(packs=(case.parent,))


def resource_of(case: Path) -> Resource:
    return find("questionnaires", str(case.parent / "tiny"), Settings())


def test_the_pack_with_its_migrations_has_no_fault(second: Callable[..., Path]) -> None:
    assert check_pack(resource_of(second())) == []


def test_answers_are_carried_over_two_versions_and_every_change_is_named(second: Callable[..., Path]) -> None:
    case = second()

    asked = read_questionnaire(open_folder(case), settings=settings(case))

    assert asked is not None
    assert asked.answers == {
        "A5": "light",
        "A3": [{"kind": "staff", "persons": 4}, {"kind": "public", "persons": 3}],
        "A4": ["here", "there"],
    }
    carried = asked.carried
    assert carried is not None
    assert [(fate.question, fate.now, fate.what) for fate in carried.fates] == [
        ("A1", "A5", "recoded"),
        ("A2", None, "dropped"),
        ("A3", "A3", "recoded"),
        ("M1", "M1", "again"),
    ]
    # Nothing is lost: what is not carried over is kept as it was given.
    assert [fate.kept for fate in carried.fates if fate.kept is not None] == [
        {"value": "no", "note": "Words of the author"},
        7,
    ]
    assert carried.fates[0].text == "it is A11 now; it is A5 now; “mild” is “light” now"


def test_split_choice_is_asked_again_and_two_old_codes_may_become_one(second: Callable[..., Path]) -> None:
    split = second(answers=ANSWERS.replace("A1: mild", "A1: harsh"))
    asked = read_questionnaire(open_folder(split), settings=settings(split))
    assert asked is not None
    assert asked.carried is not None
    fate = asked.carried.fates[0]

    assert (fate.question, fate.now, fate.what, fate.kept) == ("A1", "A5", "again", "harsh")
    assert fate.text.endswith("“harsh” was split into “harsh-now”, “harsh-later”")
    assert "A5" not in asked.answers

    merged = second(answers=ANSWERS.replace("A1: mild", "A1: soft"))
    asked = read_questionnaire(open_folder(merged), settings=settings(merged))
    assert asked is not None
    assert asked.answers["A5"] == "light"


def test_fault_of_an_answer_that_was_carried_stands_where_it_was_written(second: Callable[..., Path]) -> None:
    case = second(answers=ANSWERS.replace("people: 3", "people: three").replace("A1: mild", "A1: middling"))

    with pytest.raises(AnswerError) as raised:
        read_questionnaire(open_folder(case), settings=settings(case))

    places = [(fault.where.partition("assessment.yaml:")[2], fault.code) for fault in raised.value.faults]
    assert places == [("15:7", "A015"), ("23:30", "A014")]


def test_without_a_path_the_version_is_refused_as_before(second: Callable[..., Path]) -> None:
    case = second(answers=ANSWERS.replace('version: "1.0.0"}', 'version: "0.9.0"}').replace("A1: mild", "A5: light"))

    with pytest.raises(AnswerError) as raised:
        read_questionnaire(open_folder(case), settings=settings(case))

    assert "A106" in [fault.code for fault in raised.value.faults]


def test_the_record_and_the_command_say_what_was_carried(
    second: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = second()
    monkeypatch.chdir(case)

    record = build_record(case, settings=settings(case), step=lambda _: None).record
    block = record["migration"]
    done = CliRunner().invoke(app, ["check", "."])

    assert (block["from"], block["to"], len(block["answers"])) == ("1.0.0", "2.0.0", 4)
    assert block["answers"][1]["kept"] == {"value": "no", "note": "Words of the author"}
    assert record["answers"].keys() == {"A5", "A3", "A4"}
    json.dumps(record)
    told = make_provenance(record, Numbering()).changes
    assert told[-5].startswith("The answers were given to version 1.0.0 of the questionnaire pack and carried over to")
    assert told[-1] == "Answer M1: It counts weeks now, and counted months; to be answered again."
    assert done.exit_code == 0
    assert "M1 asked again: It counts weeks now, and counted months" in done.output
    assert "2 given before and not counted now" in done.output


def test_scores_of_carried_answers_are_those_of_the_same_answers_given_anew(second: Callable[..., Path]) -> None:
    case = second()
    carried = read_questionnaire(open_folder(case), settings=settings(case))
    new = ANSWERS.partition("  A1: mild")[0].replace('"1.0.0"', '"2.0.0"')
    new += "  A5: light\n  A3: [{kind: staff, persons: 4}, {kind: public, persons: 3}]\n  A4: [here, there]\n"
    anew = read_questionnaire(open_folder(second(answers=new)), settings=settings(case))

    assert carried is not None
    assert anew is not None
    assert anew.carried is None
    assert carried.scores == anew.scores


def test_the_file_is_rewritten_word_by_word_and_keeps_every_comment(
    second: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = second()
    monkeypatch.chdir(case)

    done = CliRunner().invoke(app, ["packs", "migrate", "."])

    assert done.exit_code == 0
    assert (case / "assessment.yaml").read_text() == ANSWERS
    wanted = (
        ANSWERS.replace('version: "1.0.0"}', 'version: "2.0.0"}')
        .replace("  A1: mild ", "  A5: light ")
        .replace("people:", "persons:")
        .replace(
            "  A2:\n    value: no\n    note: Words of the author\n",
            "  # Not carried over from version 1.0.0: A safeguard that nobody could show\n"
            "  # A2:\n  #   value: no\n  #   note: Words of the author\n",
        )
        .replace(
            "  M1: 7\n", "  # Not carried over from version 1.0.0: It counts weeks now, and counted months\n  # M1: 7\n"
        )
    )
    assert (case / "assessment.migrated.yaml").read_text() == wanted

    done = CliRunner().invoke(app, ["packs", "migrate", ".", "--force"])
    assert done.exit_code == 0
    assert (case / "assessment.yaml").read_text() == wanted
    asked = read_questionnaire(open_folder(case), settings=settings(case))
    assert asked is not None
    assert asked.carried is None
    done = CliRunner().invoke(app, ["packs", "migrate", "."])
    assert "nothing to do" in done.output


@pytest.mark.parametrize(
    "answers",
    [
        "answers: {A1: mild, A2: no}\n",
        'answers:\n  A1: "mi\\\n    ld"\n  A2: no\n',
    ],
    ids=["on one line", "over two lines"],
)
def test_a_form_that_cannot_be_changed_word_by_word_is_refused_and_nothing_is_written(
    second: Callable[..., Path], answers: str
) -> None:
    from impact.assessment.migrate import migrate_folder

    case = second(answers=ANSWERS.partition("answers:")[0] + answers)

    with pytest.raises(AnswerError) as raised:
        migrate_folder(case, settings=settings(case))

    assert [fault.code for fault in raised.value.faults] == ["Q045"]
    assert not (case / "assessment.migrated.yaml").exists()


def test_two_old_answers_that_become_one_question_keep_both(second: Callable[..., Path]) -> None:
    case = second(
        ("migrations/1.yaml", "renamed: {A1: A11}", "renamed: {A1: A11, A2: A11}"),
        answers=ANSWERS.replace("    value: no\n    note: Words of the author\n", "    value: mild\n"),
    )

    asked = read_questionnaire(open_folder(case), settings=settings(case))

    assert asked is not None
    assert asked.carried is not None
    assert asked.answers["A5"] == "light"
    assert ("A2", "A5", "again", {"value": "mild"}) in [
        (fate.question, fate.now, fate.what, fate.kept) for fate in asked.carried.fates
    ]


def test_every_answer_ends_up_somewhere(second: Callable[..., Path]) -> None:
    """Each answer of the old file is either among the new ones or kept, whatever it was."""
    for first in ("mild", "harsh", "soft", "[mild]", "{status: not_known}", "{status: refused, reason: Awaited}"):
        case = second(answers=ANSWERS.replace("A1: mild", f"A1: {first}"))
        located = open_folder(case).located
        carried: Any = _carried(case)
        moved = {fate.question: fate for fate in carried.fates}

        for name, given in located.data["answers"].items():
            fate = moved.get(name)
            now = name if fate is None else fate.now
            assert (now in carried.located.data["answers"]) or (fate is not None and fate.kept == given), (first, name)


def _carried(case: Path) -> Any:
    from impact.assessment.migrate import carried_over
    from impact.questionnaire.load import load_pack

    resource = resource_of(case)
    return carried_over(open_folder(case), load_pack(resource), resource)


def test_migration_with_a_fault_stops_before_any_answer_is_touched(second: Callable[..., Path]) -> None:
    case = second(("migrations/2.yaml", "retired:\n", "retierd:\n"))

    with pytest.raises(PackError) as raised:
        read_questionnaire(open_folder(case), settings=settings(case))

    assert [(fault.where, fault.code) for fault in raised.value.faults] == [("tiny/migrations/2.yaml:12:1", "Q011")]
