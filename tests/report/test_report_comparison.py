"""The comparison of suppliers on the page: what came beforehand, what blanks and weights could change, no verdict."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from impact.report.documents.comparison import make_comparison
from impact.report.view.parts import Numbering

EVIDENCE = [{"file": "evidence/offers.md", "url": None, "title": "Offers", "date": None, "where": "section 2"}]


def offer(name: str, kind: str, marks: dict[str, float], met: bool | None) -> dict[str, Any]:
    return {
        "id": name.lower(),
        "name": name,
        "kind": kind,
        "marks": {key: {"mark": mark, "evidence": EVIDENCE, "note": None} for key, mark in marks.items()},
        "red_lines": {} if met is None else {"inspect": {"met": met, "evidence": EVIDENCE, "note": None}},
        "prices": None,
    }


def standing(name: str, worst: float, best: float, rank: int | None, red: str, blanks: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "red_lines": red,
        "not_met": ["inspect"] if red == "not met" else [],
        "not_shown": ["inspect"] if red == "not shown" else [],
        "blanks": blanks,
        "price_mark": None,
        "worst": worst,
        "best": best,
        "rank": rank,
    }


@pytest.fixture
def record() -> dict[str, Any]:
    declared = {
        "title": "Offers for the run",
        "weights_fixed": "2026-02-12",
        "scored": "2026-03-16",
        "scale": {"lowest": 0.0, "highest": 5.0},
        "price": None,
        "requirements": [
            {"id": "fit", "text": "Fit", "weight": 60, "about": None},
            {"id": "tests", "text": "Tests", "weight": 40, "about": None},
        ],
        "red_lines": [{"id": "inspect", "text": "Inspection"}],
        "offers": [
            offer("Alpha", "supplier", {"fit": 4.0, "tests": 4.0}, True),
            offer("Beta", "open-source", {"fit": 5.0}, True),
            offer("Gamma", "supplier", {"fit": 5.0, "tests": 5.0}, False),
        ],
        "no_in_house": None,
    }
    result = {
        "offers": [
            standing("alpha", 80.0, 80.0, 1, "met", []),
            standing("beta", 60.0, 100.0, 2, "met", ["tests"]),
            standing("gamma", 100.0, 100.0, None, "not met", []),
        ],
        "lowest_price": None,
        "draws": 10000,
        "seed": 0,
        "wins_around": {"alpha": 1.0, "beta": 0.0},
        "wins_evenly": {"alpha": 0.8, "beta": 0.2},
    }
    return {"questionnaire": None, "suppliers": {"declared": declared, "result": result}}


def lines_of(record: dict[str, Any]) -> dict[str, str]:
    made = make_comparison(record, Numbering())
    return {line.label: line.text for part in made.sections for line in (*part.lines, *part.closing)}


def test_an_offer_that_does_not_meet_a_red_line_has_a_total_and_no_rank(record):
    made = make_comparison(record, Numbering())
    order = next(table for part in made.sections for table in part.tables if table.caption.startswith("Totals"))

    assert order.rows[-1] == ("Gamma", "Supplier", "100.0", "100.0", "not ranked", "not met: inspect")
    assert made.lead[0].endswith("blanks counted as the lowest mark: Alpha.")
    assert made.lead[1] == "Not ranked, because a red line is not met or not shown to be met: Gamma."


def test_blanks_that_could_turn_the_order_are_told(record):
    assert lines_of(record)["What blanks could change"] == (
        "If blanks were filled, Beta could reach a higher total than Alpha has."
    )
    record["suppliers"]["result"]["offers"][1] |= {"best": 79.0}
    assert lines_of(record)["What blanks could change"] == "No blank of an offer could bring it above the first."


def test_a_share_of_none_or_all_names_the_number_of_draws(record):
    made = make_comparison(record, Numbering())
    table = next(table for part in made.sections for table in part.tables if table.caption.startswith("Share of"))

    assert table.rows == (("Alpha", "all of 10,000", "80.0%"), ("Beta", "none of 10,000", "20.0%"))
    assert "“none” means under about 0.030%" in table.note


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ("2026-02-12", "Yes. Weights on 12 February 2026, first mark on 16 March 2026."),
        ("2026-03-16", "NO. Weights on 16 March 2026, first mark on 16 March 2026."),
        (None, "Not stated in the record: the day on which the weights were fixed is not given."),
    ],
)
def test_weights_that_did_not_come_first_are_told(fixed, said, record):
    record["suppliers"]["declared"]["weights_fixed"] = fixed

    assert lines_of(record)["Weights fixed before marking"] == said


def test_a_comparison_without_an_in_house_way_says_so(record):
    other = copy.deepcopy(record)
    other["suppliers"]["declared"]["offers"][1]["kind"] = "supplier"

    assert lines_of(record)["In-house or open-source way"] == "Compared on the same requirements: Beta."
    assert lines_of(other)["In-house or open-source way"].startswith("Not stated in the record: no such row is there")


def test_every_mark_stands_with_its_evidence_and_every_blank_is_named(record):
    made = make_comparison(record, Numbering())
    table = next(table for part in made.sections for table in part.tables if table.caption.startswith("Marks"))

    assert ("tests", "Alpha", "4", "Offers (evidence/offers.md), section 2") in table.rows
    assert ("tests", "Beta", "blank", "no mark; counts as the lowest") in table.rows
    assert len(table.rows) == 9


def test_without_the_file_no_comparison_is_made_up():
    made = make_comparison({"questionnaire": None}, Numbering())

    assert made.lead == ("No comparison of suppliers is in the record. What follows is no substitute for one.",)
    assert all(line.gap for part in made.sections for line in part.lines)
