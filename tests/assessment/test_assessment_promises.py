"""Promises from one assessment to the next: through a record or a folder, and again from the record alone."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.check import check_folder, explain_folder, score_folder
from impact.assessment.enquiries import enquiries_of
from impact.assessment.new import new_assessment
from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.canonical import canonical_json
from impact.errors import AnswerError
from impact.questionnaire import load
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.resources import Resource
from impact.settings import Settings

EARLIER = """
  C7: {value: partly, promises: [{due: 2026-06-30, owner: DPO}]}
  R5: [{condition: Publish the log, owner: SRO, due: 2026-09-30}, {condition: Test by group, due: 2026-10-31}]
  Q1: 2026-12-31
"""
LATER = """
  C7: {value: yes}
  R5: [{condition: Publish the log, owner: SRO, due: 2027-03-31}]
  Q1: 2026-12-31
"""


_LOADED: dict[str, Pack] = {}


@pytest.fixture(autouse=True)
def _each_pack_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading compiles hundreds of conditions; equal digests are equal packs."""

    def once(resource: Resource) -> Pack:
        return _LOADED.setdefault(resource.digest, _LOADED.get(resource.digest) or load_pack(resource))

    monkeypatch.setattr(load, "load_pack", once)


def made(folder: Path, answers: str, *, day: date, head: str = "") -> Path:
    new_assessment(folder, pack="uk-policing", settings=Settings(), today=day)
    path = folder / "assessment.yaml"
    text = path.read_text(encoding="utf-8").replace("\nanswers:\n", f"\nanswers:{answers}\n", 1)
    if head:
        text = text.replace('  prior_assessment: ""', head, 1)
        assert head in text
    path.write_text(text, encoding="utf-8")
    return folder


def built(folder: Path) -> dict[str, Any]:
    return build_record(folder, settings=Settings(), step=lambda _: None).record


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    return made(tmp_path / "earlier", EARLIER, day=date(2026, 5, 20))


@pytest.fixture
def later(tmp_path: Path) -> Path:
    head = "  prior_assessment: earlier\n  prior_record: ../earlier"
    return made(tmp_path / "later", LATER, day=date(2026, 11, 20), head=head)


EXPECTED = [
    ("C7", "met", True),
    ("Q1", "repeated", False),
    ("R5", "moved", True),
    ("R5", "not-reported", True),
]


def states(record: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(duty["question"], duty["state"], duty["overdue"]) for duty in record["promises"]["prior"]["duties"]]


def test_earlier_promises_are_followed_up_from_a_folder_and_from_a_record(earlier: Path, later: Path) -> None:
    from_folder = built(later)
    (earlier / "record.json").write_bytes(canonical_json(built(earlier)))
    from_record = built(later)

    assert states(from_folder) == states(from_record) == EXPECTED
    prior = from_record["promises"]["prior"]
    assert (prior["id"], prior["date"]) == ("earlier", "2026-05-20")
    assert prior["digest"] != from_folder["promises"]["prior"]["digest"]  # each names what was read


def test_option_names_the_earlier_assessment_too(earlier: Path, tmp_path: Path) -> None:
    alone = made(tmp_path / "alone", LATER, day=date(2026, 11, 20))

    scored = score_folder(alone, settings=Settings(), prior=earlier)

    assert [duty["state"] for duty in scored.promises["prior"]["duties"]] == [state for _, state, _ in EXPECTED]
    text = "\n".join(scored.lines())
    assert "NOT REPORTED; was due 2026-10-31, OVERDUE" in text
    assert "MOVED TO A LATER DAY; was due 2026-09-30, now 2027-03-31" in text


def test_named_assessment_without_its_record_is_said_to_be_unknown(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", LATER, day=date(2026, 11, 20), head="  prior_assessment: earlier")

    assert "its record was not given" in "\n".join(check_folder(folder, settings=Settings()).lines())
    assert built(folder)["promises"]["prior"] == {"id": "earlier", "date": None, "digest": None, "duties": None}


def test_two_folders_that_name_each_other_are_no_circle(earlier: Path, later: Path) -> None:
    path = earlier / "assessment.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('  prior_assessment: ""', "  prior_assessment: later\n  prior_record: ../later"), encoding="utf-8"
    )

    assert states(built(later)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("../none", None, "A144"), ("../bad.json", b"{}", "A145"), ("../bad.json", b"not json", "A145")],
)
def test_earlier_record_that_cannot_be_used_is_refused_at_its_line(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)
    folder = made(tmp_path / "x", LATER, day=date(2026, 11, 20), head=f"  prior_assessment: e\n  prior_record: {name}")

    with pytest.raises(AnswerError) as raised:
        check_folder(folder, settings=Settings())

    (fault,) = raised.value.faults
    assert fault.code == code
    assert "assessment.yaml:" in fault.where


def test_record_of_another_assessment_is_refused(earlier: Path, tmp_path: Path) -> None:
    folder = made(
        tmp_path / "x", LATER, day=date(2026, 11, 20), head="  prior_assessment: other\n  prior_record: ../earlier"
    )

    with pytest.raises(AnswerError) as raised:
        built(folder)

    assert earlier.is_dir()
    assert [fault.code for fault in raised.value.faults] == ["A146"]


def test_promises_and_drafts_come_out_again_from_the_record_alone(earlier: Path, later: Path) -> None:
    assert earlier.is_dir()
    record = built(later)

    def same(changed: dict[str, Any]) -> bool | None:
        return next(one.same for one in recompute(changed, None, settings=Settings()) if one.what == "scores")

    assert same(record) is True
    for touch in (
        lambda one: one["promises"]["prior"]["duties"][3].update(state="met"),
        lambda one: one["promises"]["duties"].pop(),
        lambda one: one["enquiries"]["drafts"].pop(),
        lambda one: one["scoring"]["sensitivity_further"]["evidence"].append({}),
    ):
        changed = copy.deepcopy(record)
        touch(changed)
        assert same(changed) is False


def test_judgement_is_read_recorded_and_compared_again(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", "\n  A8: within-a-day", day=date(2026, 11, 20))
    path = folder / "assessment.yaml"
    own = "judgements:\n  PRI: {point: 60, reasons: x, by: y, second: {name: z, role: DPO, date: 2026-11-19}}\n"
    path.write_text(path.read_text(encoding="utf-8").replace("\nanswers:\n", f"\n{own}\nanswers:\n"), encoding="utf-8")

    record = built(folder)
    without = copy.deepcopy(record)
    without["judgements"] = {}

    assert next(one for one in record["scoring"]["dimensions"] if one["code"] == "PRI")["judged"]["point"] == 60
    assert [one.same for one in recompute(record, None, settings=Settings())] == [True]
    assert [one.same for one in recompute(without, None, settings=Settings())] == [False]
    assert "judged 60.0, High, by the assessor" in "\n".join(score_folder(folder, settings=Settings()).lines())


def test_audit_alone_has_nothing_to_explain_or_to_ask(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", "", day=date(2026, 11, 20))
    path = folder / "assessment.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("\npack:")], encoding="utf-8")

    for ask in (
        lambda: explain_folder(folder, "PRI", settings=Settings()),
        lambda: enquiries_of(folder, settings=Settings()),
    ):
        with pytest.raises(AnswerError) as raised:
            ask()
        assert [fault.code for fault in raised.value.faults] == ["A108"]
