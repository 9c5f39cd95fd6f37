"""Comparison of suppliers: totals by hand, shares of weightings against their distribution, faults, verification."""

from __future__ import annotations

import copy
import statistics
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scipy import stats

from impact.assessment.beside import read_beside
from impact.assessment.folder import open_folder
from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.assessment.suppliers import suppliers_result
from impact.assessment.suppliers.ranking import around, evenly, ranks, wins
from impact.settings import Settings

FILE = """\
version: 1
title: Offers
weights_fixed: 2026-02-12
scored: 2026-03-16
scale: {lowest: 0, highest: 4}
price: {weight: 40, years: 5}
requirements:
  - {id: fit, text: Fit, weight: 35}
  - {id: tests, text: Tests by group, weight: 25}
red_lines:
  - {id: inspect, text: Inspection}
offers:
  - id: a
    name: A Ltd
    kind: supplier
    marks:
      fit: {mark: 3, evidence: [{file: evidence/offers.md}]}
      tests: {mark: 2, evidence: [{url: "https://example.org/a"}]}
    red_lines: {inspect: {met: yes, evidence: [{file: evidence/offers.md}]}}
    prices: {years_5: 500, includes_exit: yes, evidence: [{file: evidence/offers.md}]}
  - id: b
    name: B Ltd
    kind: supplier
    marks:
      fit: {mark: 4, evidence: [{file: evidence/offers.md}]}
    red_lines: {inspect: {met: yes, evidence: [{file: evidence/offers.md}]}}
    prices: {years_5: 400, evidence: [{file: evidence/offers.md}]}
  - id: c
    name: C Ltd
    kind: open-source
    marks:
      fit: {mark: 4, evidence: [{file: evidence/offers.md}]}
      tests: {mark: 4, evidence: [{file: evidence/offers.md}]}
    red_lines: {inspect: {met: no, evidence: [{file: evidence/offers.md}]}}
    prices: {years_5: 100, evidence: [{file: evidence/offers.md}]}
  - id: d
    name: D Ltd
    kind: in-house
"""
HEAD = """\
version: 1
assessment:
  id: suppliers-test
  title: T
  version: "1"
  date: 2026-11-20
  status: draft
  organisation: O
  system: {name: S}
  assessors: [{name: N, role: R}]
pack: {id: uk-policing, version: "1.0.0"}
"""


def folder(place: Path, text: str = FILE) -> Path:
    (place / "evidence").mkdir()
    (place / "evidence" / "offers.md").write_text("What was found.", encoding="utf-8")
    (place / "assessment.yaml").write_text(HEAD, encoding="utf-8")
    (place / "suppliers.yaml").write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = folder(tmp_path_factory.mktemp("offers"))
    return build_record(place, settings=Settings(), step=lambda _: None).record


def test_totals_and_order_are_those_worked_by_hand(record):
    found = {each["id"]: each for each in record["suppliers"]["result"]["offers"]}

    # The lowest price of those whose red line is met is 400: A earns 400/500 = 0.8 of 40, B all of it.
    # A: 35 × 3/4 + 25 × 2/4 + 40 × 0.8 = 26.25 + 12.5 + 32. B: 35 + 0 + 40, or + 25 if its blank were full.
    assert found["a"]["worst"] == found["a"]["best"] == 70.75
    assert (found["b"]["worst"], found["b"]["best"], found["b"]["blanks"]) == (75.0, 100.0, ["tests"])
    assert {name: each["rank"] for name, each in found.items()} == {"a": 2, "b": 1, "c": None, "d": None}
    # C does not meet the red line: it is not ranked, and its price of 100 moves no other mark.
    assert (found["c"]["red_lines"], found["c"]["not_met"], found["c"]["price_mark"]) == ("not met", ["inspect"], 1.0)
    # Nobody said anything of D: every part is blank, and the red line is not shown to be met.
    assert (found["d"]["red_lines"], found["d"]["worst"], found["d"]["best"]) == ("not shown", 0.0, 100.0)


def test_equal_totals_share_a_rank_and_a_last_binary_digit_is_no_difference():
    assert ranks({"a": 0.1 + 0.2, "b": 0.3, "c": 0.2}) == {"a": 1, "b": 1, "c": 3}


def test_weightings_around_the_declared_ones_have_the_dirichlet_distribution():
    weights = [20, 70, 10]
    drawn = list(around(weights, draws=4000))

    assert all(abs(sum(each) - 1) < 1e-12 and min(each) > 0 for each in drawn)
    for index, weight in enumerate(weights):
        column = [each[index] for each in drawn]
        expected = stats.beta(weight, 100 - weight)  # a part of a Dirichlet distribution
        assert statistics.mean(column) == pytest.approx(expected.mean(), abs=4 * expected.std() / 4000**0.5)
        assert statistics.stdev(column) == pytest.approx(expected.std(), rel=0.06)
        assert stats.kstest(column, expected.cdf).pvalue > 0.001


def test_shares_of_weightings_are_their_probabilities():
    # A is ahead where its weight is above a half (0.55): of three weights, every weighting alike, (1 − 0.5)² = 1/4.
    flat = wins({"a": [1.0, 0.0, 0.0], "b": [0.0, 1.0, 1.0]}, evenly(3))
    near = wins({"a": [1.0, 0.0], "b": [0.55, 0.55]}, around([50, 50]))

    assert flat["a"] == pytest.approx(0.25, abs=0.015)
    assert near["a"] == pytest.approx(stats.beta(50, 50).sf(0.55), abs=0.015)
    assert sum(near.values()) == pytest.approx(1, abs=1e-6)


def test_the_same_seed_gives_the_same_draws_everywhere():
    # The gap of a weight of 1 that stands first ends at the smallest of the first 99 numbers of Python's generator.
    generator = Random(0)
    smallest = min(generator.random() for _ in range(99))

    assert next(around([1, 99])) == [smallest, 1 - smallest]
    assert next(around([1, 99], seed=1)) != [smallest, 1 - smallest]


def test_verification_computes_the_comparison_again_from_the_attached_marks(record):
    def asked(changed: dict[str, Any]) -> tuple[bool | None, str]:
        found = next(each for each in recompute(changed, None, settings=Settings()) if each.what == "suppliers")
        return found.same, found.text

    def changed(*path: str | int, to: Any) -> dict[str, Any]:
        other = copy.deepcopy(record)
        part = other["suppliers"]
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = to
        return other

    assert asked(record)[0] is True
    assert asked(changed("result", "offers", 0, "rank", to=1)) == (
        False,
        "the comparison of suppliers comes out differently from the attached marks",
    )
    assert asked(changed("result", "wins_around", "a", to=0.5))[0] is False
    assert asked(changed("declared", "offers", 0, "marks", "fit", "mark", to=4.0))[0] is False
    assert asked(changed("declared", "requirements", 0, "weight", to=99))[0] is False
    assert asked(changed("declared", to="nothing"))[0] is False


def test_evidence_of_marks_is_hashed_with_the_record(record):
    (entry,) = record["evidence"]

    assert (entry["file"], entry["bytes"]) == ("evidence/offers.md", 15)
    assert set(entry["cited_by"]) == {"suppliers.yaml"}
    assert {(item["file"], item["role"]) for item in record["inputs"]} >= {
        ("suppliers.yaml", "suppliers"),
        ("evidence/offers.md", "evidence"),
    }


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("weight: 25", "weight: 24", "A195", 8),
        ("tests: {mark: 2,", "test: {mark: 2,", "A196", 18),
        ("fit: {mark: 3,", "fit: {mark: 5,", "A196", 17),
        (', evidence: [{url: "https://example.org/a"}]', "", "A197", 18),
        ("inspect: {met: yes, evidence", "inspekt: {met: yes, evidence", "A196", 19),
        ("  - id: b\n", "  - id: a\n", "A194", 21),
        ("kind: in-house", "kind: inhouse", "A193", 38),
        ("title: Offers\n", "", "A191", 1),
        ("years: 5}", "years: 5, year: 1}", "A192", 6),
        ("weight: 25", "weight: 0", "A190", 9),
        ("evidence/offers.md}]}\n      tests: {mark: 2", "evidence/none.md}]}\n      tests: {mark: 2", "A111", 17),
    ],
)
def test_a_fault_is_told_with_its_line(old, new, code, line, tmp_path):
    assert old in FILE
    found = open_folder(folder(tmp_path, FILE.replace(old, new, 1))).faults

    assert [(fault.code, int(fault.where.split(":")[-2])) for fault in found][:1] == [(code, line)]


def test_faults_of_procurement_are_told_with_their_lines(tmp_path):
    text = """\
version: 1
contracts:
  - {name: One, start: 2026-06-01, end: 2026-05-31}
  - {name: One, value: -5}
  - {name: Two, notices: [{kind: awrd, date: 2026-01-01}, {kind: award, date: spring}]}
"""
    (tmp_path / "procurement.yaml").write_text(text, encoding="utf-8")
    first = [(fault.code, int(fault.where.split(":")[-2])) for fault in read_beside(tmp_path).faults]
    (tmp_path / "procurement.yaml").write_text("\n".join(text.split("\n")[:3]) + "\n  - {name: One}\n", "utf-8")
    second = [(fault.code, int(fault.where.split(":")[-2])) for fault in read_beside(tmp_path).faults]

    assert first == [("A190", 4), ("A193", 5), ("A190", 5)]
    assert second == [("A194", 3), ("A194", 4)]


def test_a_folder_without_these_files_has_the_record_it_had(tmp_path):
    place = folder(tmp_path)
    (place / "suppliers.yaml").unlink()
    made = build_record(place, settings=Settings(), step=lambda _: None).record

    assert not {"suppliers", "procurement"} & set(made)
    assert made["evidence"] == []
    with pytest.raises(ValueError, match="faults"):
        suppliers_result(
            {
                "version": 1,
                "title": "T",
                "requirements": [{"id": "fit", "text": "Fit", "weight": 10}],
                "offers": [{"id": "a", "name": "A", "kind": "supplier"}],
            }
        )
