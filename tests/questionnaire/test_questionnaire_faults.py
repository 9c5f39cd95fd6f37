"""Packs with one thing wrong each: the code and the place of every fault. The small pack stands in conftest.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from impact.errors import PackError
from impact.questionnaire.inspection import check_pack
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.resources import Resource, find
from impact.settings import Settings

A, M, S, P, L = "sections/A.yaml", "sections/M.yaml", "scoring.yaml", "pack.yaml", "law.yaml"

# file, text to replace, new text, code, where the fault stands (at the ¦, in the changed file), part of its message
PLANTED = [
    (P, "title: A small pack", "titel: A small pack", "Q011", "¦titel:", "Did you mean “title”?"),
    (P, "schema: impact/pack/1", "schema: impact/pack/9", "Q012", "schema: ¦impact", "impact/pack/1"),
    (P, "lt: 25}", "lt: 20}", "Q017", "¦bands:", "values from 20 to 25 are in no band"),
    (P, "sections/M.yaml]", "sections/N.yaml]", "Q029", "¦sections/N", "no file “sections/N.yaml”"),
    (P, "column: people}", "column: peple}", "Q021", "column: ¦peple", "table A3 has no column “peple”"),
    (P, "retired: [A9]", "retired: [A4]", "Q024", "A>id: ¦A4", "“A4” is retired"),
    (A, "text: Which kind?", "txt: Which kind?", "Q010", "  - ¦id: A1", "missing “text”"),
    (A, "id: A4", "id: A3", "Q013", "id: ¦A3\n    text: Where", "“A3” is used at"),
    (A, "refs: [art.1, uk.*]", "refs: [art.2, uk.*]", "Q014", "¦art.2", "Did you mean “art.1”?"),
    (A, "refs: [art.1, uk.*]", "refs: [art.1, us.*]", "Q014", "¦us.*", "no key “us.*”"),
    (A, "mitigation: {PRI: 0.3}", "mitigation: {PRI: 0.31}", "Q015", "¦0.31", "above 0 and at most 0.30"),
    (A, "risk: {VEN: 0.1}", "risk: {VEN: 0.0}", "Q015", "VEN: ¦0.0", "weight 0"),
    (A, "mitigation: {PRI: 0.3}", "mitigation: {PRI: 0.3}\n    risk: {PRI: 0.1}", "Q016", "¦mitigation", "risk and"),
    (A, "risk: {VEN: 0.1}", "risk: {VEM: 0.1}", "Q028", "¦VEM", "Did you mean “VEN”?"),
    (A, "label: Many, ge: 10", "label: Many, gt: 10", "Q017", "¦bands:", "10 is in no band"),
    (A, "label: Few, lt: 10", "label: Few, le: 10", "Q017", "¦bands:", "10 is in “few” and in “many”"),
    (A, "'A1 == \"harsh\"'", "'A1 = \"harsh\"'", "Q018", "A1 ¦= \"", "Write == to compare"),
    (A, "'A1 == \"harsh\"'", "'A11 == \"harsh\"'", "Q018", "¦A11", "Did you mean “A1”?"),
    (A, "'A1 == \"harsh\"'", "'A1'", "Q019", "'¦A1'", "not true or false"),
    (A, "'A1 == \"harsh\"'", "'A1 == \"hars\"'", "Q020", "¦\"hars\"", "Did you mean “harsh”?"),
    (A, 'r.kind == "staff"', 'r.kind == "stff"', "Q020", '¦"stff"', "Did you mean “staff”?"),
    (A, 'r.kind == "staff"', 'r.knd == "staff"', "Q021", "¦r.knd", "Did you mean “kind”?"),
    (A, 'r.kind == "staff"', 'r.since < "2026-01-01"', "Q031", "r.since ¦<", "earlier than every date"),
    (A, "tested_by: [CK-01]", "tested_by: [CK-1]", "Q012", "¦CK-1]", "[0-9]{2}"),
    (A, "'A1 == \"harsh\"'", "'A2 == \"yes\"'", "Q023", "'¦A2 == \"yes\"'", "A2 → A2"),
    (A, "- id: HS-01", "- id: HS-02", "Q027", "¦HS-02", "HS-02 does not name A2"),
    (A, "band_on: A3_total", "band_on: A3_sum", "Q030", "¦A3_sum", "“A3_sum” is not a variable"),
    (A, "label: Mild, value: 0.2}", "label: Mild}", "Q026", "¦{code: mild", "“mild” has no value"),
    (A, "label: Mild, value: 0.2}", "label: Mild, value: 2.0}", "Q012", "¦2.0", "less than or equal"),
    (A, "id: A4", "id: int", "Q025", "¦int\n", "“int” is a word of CEL"),
    (M, "'\"there\" in A4'", "'\"their\" in A4'", "Q020", "¦\"their\"", "Did you mean “there”?"),
    (S, "A3_total > 100.0", "A3_total > 100", "Q018", "A3_total ¦>", "decimal point"),
    (S, "fired_by: [A2]", "fired_by: [A2, A1]", "Q027", "[A2, ¦A1]", "no flag HS-01 stands on “A1”"),
    (S, "caps: {PRI: 0.6, VEN: 0.75}", "caps: {PRI: 0.6}", "Q028", "¦{PRI: 0.6}", "no cap for dimension VEN"),
    (S, "between: [A1, A4]", "between: [A1, A5]", "Q030", "¦A5]", "no question “A5”"),
    (L, 'law_as_at: "2026-11"', 'law_as_at: "2025-11"', "Q030", '¦"2025-11"', "2026-11"),
]  # fmt: skip


def place(text: str, anchor: str) -> str:
    """``line:column`` of the character after the ¦ of an anchor that occurs once."""
    before, after = anchor.split("¦")
    assert text.count(before + after) == 1, anchor
    head = text[: text.index(before + after) + len(before)]
    return f"{head.count(chr(10)) + 1}:{len(head) - head.rfind(chr(10))}"


def test_small_pack_loads(tiny: Callable[..., Resource]) -> None:
    assert load_pack(tiny()).law.expand("uk.*") == ("uk.a", "uk.b")


@pytest.mark.parametrize(("file", "before", "after", "code", "anchor", "part"), PLANTED)
def test_planted_fault_is_reported_where_it_stands(
    tiny: Callable[..., Resource], file: str, before: str, after: str, code: str, anchor: str, part: str
) -> None:
    resource = tiny((file, before, after))
    file, anchor = (A, anchor[2:]) if anchor.startswith("A>") else (file, anchor)
    where = f"tiny/{file}:{place((resource.folder / file).read_text(encoding='utf-8'), anchor)}"

    with pytest.raises(PackError) as raised:
        load_pack(resource)

    found = [fault for fault in raised.value.faults if fault.code == code]
    assert (code, where) in [(fault.code, fault.where) for fault in found], str(raised.value)
    assert part in "\n".join(map(str, found))


def test_faults_of_several_files_come_at_once_and_in_order(tiny: Callable[..., Resource]) -> None:
    resource = tiny(
        (S, "'A1 == \"mild\" && size(A4) == 2'", "'A1 == \"mid\" && size(A4) == 2'"),
        (A, "refs: [art.1, uk.*]", "refs: [art.9, uk.*]"),
        (A, "mitigation: {PRI: 0.3}", "mitigation: {PRI: 0.4}"),
    )

    with pytest.raises(PackError) as raised:
        load_pack(resource)

    assert [(fault.where, fault.code) for fault in raised.value.faults] == [
        ("tiny/sections/A.yaml:10:12", "Q014"),
        ("tiny/sections/A.yaml:19:23", "Q015"),
        ("tiny/scoring.yaml:20:72", "Q020"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &bomb [x, x]\nb: [*bomb, *bomb]\n", "Q003"),
        ("a: " + "[" * 3000 + "]" * 3000 + "\n", "Q004"),
        ("a: !!python/object/apply:os.system [ls]\n", "Q003"),
        ("a: 1\na: 2\n", "Q002"),
        ("a: [1\n", "Q001"),
        ("a: 2026-13-01\n", "Q001"),
    ],
    ids=["alias bomb", "depth", "tag", "doubled key", "not YAML", "no such date"],
)
def test_hostile_yaml_is_refused(tiny: Callable[..., Resource], text: str, code: str) -> None:
    resource = tiny()
    (resource.folder / "pack.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(PackError) as raised:
        load_pack(find("questionnaires", str(resource.folder), Settings()))

    assert raised.value.faults[0].code == code


def test_file_that_the_pack_does_not_list_is_a_fault(tiny: Callable[..., Resource], tmp_path: Path) -> None:
    tiny()
    (tmp_path / "tiny" / "sections" / "old.yaml").write_text("id: old\n", encoding="utf-8")

    with pytest.raises(PackError) as raised:
        load_pack(find("questionnaires", str(tmp_path / "tiny"), Settings()))

    assert [(fault.where, fault.code) for fault in raised.value.faults] == [("tiny/sections/old.yaml", "Q029")]


def test_a_circle_through_a_module_is_found(tiny: Callable[..., Resource]) -> None:
    resource = tiny(
        (
            A,
            "    aggregate: {rule: count_div, n: 2}",
            "    aggregate: {rule: count_div, n: 2}\n    visible_if: 'M1 > 1.0'",
        )
    )

    with pytest.raises(PackError) as raised:
        load_pack(resource)

    assert [(fault.where, fault.code) for fault in raised.value.faults] == [("tiny/sections/A.yaml:45:18", "Q023")]


EXAMPLE = """\
id: one
title: One
drawn_from: Invented
severity: {A1: 1.0, A3: 0.1, A4: 0.5}
mitigation: {A2: [1.0, 0.6]}
expected:
  inherent: {PRI: 24.0, VEN: 1.0}
  mitigation: {PRI: 0.18, VEN: 0.0}
  point: {PRI: 21.41, VEN: 1.0}
  low: {PRI: 21.41, VEN: 1.0}
  high: {PRI: 21.41, VEN: 1.0}
  rights_level: {level: low, dimension: PRI}
  stewardship_level: {level: low, dimension: VEN}
  index: 15.15
  completeness: 1.0
  evidenced: 0.6
  verified: 0.0
  confidence: 61.0
  scored: 4
"""


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        # By hand: I = 1 - 0.8 x 0.95 = 0.24; M = 0.3 x 0.6 = 0.18; R = 24 x (1 - 0.6 x 0.18) = 21.408;
        # index = sqrt((21.408^2 + 1) / 2) = 15.15; confidence = 100 x (0.4 + 0.35 x 0.6) = 61.
        (("", ""), []),
        (("point: {PRI: 21.41", "point: {PRI: 22.41"), [("tiny/one.yaml:9:16", "Q032", "point.PRI is 21.408")]),
        (("scored: 4", "scored: 5"), [("tiny/one.yaml:19:11", "Q032", "scored is 4")]),
        (("severity: {A1: 1.0", "severity: {B1: 1.0"), [("tiny/one.yaml:4:12", "Q030", "“B1” is not a risk question")]),
    ],
    ids=["right", "figure", "count", "id"],
)
def test_worked_example_that_is_off_is_reported_with_both_figures(
    tiny: Callable[..., Resource], tmp_path: Path, change: tuple[str, str], faults: list[tuple[str, str, str]]
) -> None:
    tiny((P, "retired: [A9]", "retired: [A9]\nexamples: [one.yaml]"))
    (tmp_path / "tiny" / "one.yaml").write_text(EXAMPLE.replace(*change), encoding="utf-8")

    found = check_pack(find("questionnaires", str(tmp_path / "tiny"), Settings()))

    assert [(fault.where, fault.code, fault.found) for fault in found] == faults


def test_conditions_are_compiled_once_for_a_pack(pack: Pack) -> None:
    assert pack.conditions is pack.conditions
