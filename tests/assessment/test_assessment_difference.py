"""Two assessments side by side. The split of a change is held against the published figures of two worked cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.difference import difference
from impact.assessment.record import build_record
from impact.assessment.split import split, split_of_records
from impact.questionnaire.examples import Example, items_of
from impact.questionnaire.load import load_pack, read_model
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import load

REPO = Path(__file__).resolve().parents[2]
HEAD = """\
version: 1
assessment:
  {head}
  title: T
  version: "1"
  date: 2026-11-20
  status: draft
  organisation: O
  system: {{name: S}}
  assessors: [{{name: A, role: R}}]
pack: {{id: uk-policing, version: "1.0.0"}}
answers:
{answers}
"""


def record(folder: Path, answers: str, *, head: str = "id: one-one") -> dict[str, Any]:
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    (folder / "evidence" / "dpia.md").write_text("x", encoding="utf-8")
    (folder / "assessment.yaml").write_text(HEAD.format(head=head, answers=answers), encoding="utf-8")
    built = build_record(folder, settings=Settings(), step=lambda _: None)
    made: dict[str, Any] = json.loads(json.dumps(built.record))
    return made


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two assessments that differ in one fact: how many people the tool holds data on."""
    folder = tmp_path_factory.mktemp("records")
    return record(folder / "a", "  A9: 10\n"), record(folder / "b", "  A9: 45000\n")


# Cases 1 and 1b of the pack: a pilot, and the same pilot after a competition with a full evidence pack. Inherent
# impact, strength of safeguards and residual points as published with the pack, rounded there. The points with one
# side's facts and the other's safeguards follow by hand from R = I x (1 - K x M).
CASES = {  # dimension: (I of 1, M of 1, R of 1, I of 1b, M of 1b, R of 1b)
    "PRI": (86, 0.13, 80, 68, 0.88, 32),
    "EQU": (64, 0.00, 64, 46, 0.79, 24),
    "FAI": (71, 0.00, 71, 63, 0.88, 30),
    "VEN": (74, 0.05, 71, 23, 0.50, 14),
}


def test_the_split_of_the_pilot_and_its_second_run_follows_from_their_published_figures() -> None:
    resource = find("questionnaires", "uk-policing", Settings())
    pack = load_pack(resource)
    cases = {}
    for name in ("case-1", "case-1b"):
        path = next((REPO / "questionnaires" / "uk-policing").rglob(f"{name}.yaml"))
        example, faults = read_model(load(path), Example)
        assert example is not None, faults
        cases[name] = example
    one, two = cases["case-1"], cases["case-1b"]

    def floors(example: Example) -> dict[str, float]:
        return {floor.dimension: floor.floor for floor in pack.scoring.floors if floor.id in example.floors}

    parts = {
        part.dimension: part
        for part in split(
            pack, items_of(pack, one), items_of(pack, two), floors_before=floors(one), floors_after=floors(two)
        )
    }

    for code, (i_one, m_one, r_one, i_two, m_two, r_two) in CASES.items():
        part, cap = parts[code], pack.scoring.caps[code]
        assert part.before == pytest.approx(r_one, abs=0.6)
        assert part.after == pytest.approx(r_two, abs=0.6)
        assert part.new_safeguards == pytest.approx(i_one * (1 - cap * m_two), abs=0.9)
        assert part.new_facts == pytest.approx(i_two * (1 - cap * m_one), abs=0.9)
    # By hand: PRI with K = 0.6 is 86 x (1 - 0.6 x 0.88) = 40.6 with the new evidence, 68 x (1 - 0.6 x 0.13) = 62.7
    # with the new facts; so evidence takes 39.4 or 30.7 of the fall of 48.
    assert pack.scoring.caps["PRI"] == 0.6
    made = parts["PRI"].to_json()
    assert made["safeguards_first"]["safeguards"] == pytest.approx(40.6 - 80, abs=1)
    assert made["facts_first"]["safeguards"] == pytest.approx(32 - 62.7, abs=1)
    for order in ("safeguards_first", "facts_first"):
        assert sum(made[order].values()) == pytest.approx(made["after"] - made["before"])
    # FL-3 holds employment at 40 in both runs.
    assert parts["EMP"].after == pytest.approx(40)


def test_what_changed_is_told_with_its_reason_and_nothing_else(tmp_path: Path) -> None:
    a = record(tmp_path / "a", "  A9: 45000\n  A10: 97\n  A2: Same words\n  D1: [staff]\n")
    b = record(
        tmp_path / "b",
        "  A9: {value: 45000, author: B. Person, note: Now with a note}\n"
        "  A10: {value: 40, change_reason: A new count, author: B. Person, date: 2026-11-19}\n"
        "  A2: {value: Same words, author: Somebody else}\n  B12: {status: refused, reason: Advice is awaited}\n",
        head="id: two-two\n  prior_assessment: one-one",
    )

    found = difference(a, b)

    changed = {row["question"]: row for row in found["answers"]}
    assert set(changed) == {"A9", "A10", "D1", "B12"}
    assert (changed["A10"]["from"]["labels"], changed["A10"]["to"]["labels"]) == (["97 percent"], ["40 percent"])
    assert (changed["A10"]["reason"], changed["A10"]["author"]) == ("A new count", "B. Person")
    assert changed["A9"]["to"]["note"] == "Now with a note"
    assert changed["D1"]["to"]["state"] == "unanswered"
    assert changed["B12"]["to"]["reason"] == "Advice is awaited"
    assert (found["linked"], found["packs"]) == (True, "same")


def test_evidence_is_compared_by_file_and_by_what_is_in_it(tmp_path: Path) -> None:
    cited = "  C7:\n    value: yes\n    evidence:\n      - {{file: evidence/dpia.md, title: DPIA, date: {day}{more}}}\n"
    a = record(tmp_path / "a", cited.format(day="2026-05-01", more=""))
    b = record(tmp_path / "b", cited.format(day="2026-06-01", more=", expires: 2027-01-01"))
    none = record(tmp_path / "n", "  C7: yes\n")
    c = json.loads(json.dumps(b).replace(b["evidence"][0]["digest"], "sha256:another"))

    (row,) = difference(a, b)["evidence"]
    assert row["changed"][0]["differs"] == {"date": ["2026-05-01", "2026-06-01"], "expires": [None, "2027-01-01"]}
    assert set(difference(b, c)["evidence"][0]["changed"][0]["differs"]) == {"digest"}
    assert [item["title"] for item in difference(none, a)["evidence"][0]["added"]] == ["DPIA"]
    assert [item["title"] for item in difference(a, none)["evidence"][0]["removed"]] == ["DPIA"]
    assert difference(a, a)["evidence"] == difference(a, a)["answers"] == []


def test_scores_of_two_versions_are_compared_and_of_two_packs_are_not(
    few_and_many: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    a, b = few_and_many
    privacy = next(row for row in difference(a, b)["scores"] if row["code"] == "PRI")
    assert privacy["change"] == pytest.approx(privacy["to"]["point"] - privacy["from"]["point"])
    assert privacy["change"] > 0
    assert privacy["overlap"] is True

    newer = {**b, "pack": {**b["pack"], "version": "1.1.0", "digest": "sha256:other"}}
    assert difference(a, newer)["packs"] == "version"
    assert difference(a, newer)["scores"][0]["change"] is not None
    why = "the two were scored by different packs or versions of a pack"
    assert split_of_records(a, newer, settings=Settings()) == why

    other = {**b, "pack": {**b["pack"], "id": "another", "digest": "sha256:other"}}
    found = difference(a, other)
    assert (found["packs"], found["answers"]) == ("other", None)
    assert {row["change"] for row in found["scores"]} == {None}


def test_a_split_is_given_only_where_both_scores_come_out_again(
    few_and_many: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    a, b = few_and_many
    parts = split_of_records(a, b, settings=Settings())
    assert not isinstance(parts, str)
    privacy = next(row for row in difference(a, b)["scores"] if row["code"] == "PRI")
    part = next(part for part in parts if part.dimension == "PRI")
    assert (part.before, part.after) == pytest.approx((privacy["from"]["point"], privacy["to"]["point"]))
    assert part.new_safeguards == pytest.approx(part.before)  # only a fact changed

    other = json.loads(json.dumps(b))
    other["scoring"]["dimensions"][0]["point"] += 1
    assert (
        split_of_records(a, other, settings=Settings()) == "B does not come out the same when it is scored again here"
    )
