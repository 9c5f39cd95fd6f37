"""The equality assessment: nine characteristics or nine grounds, no gap left blank, dates set against dates."""

from __future__ import annotations

from typing import Any

import pytest

from impact.report.documents.due_regard import order_of
from impact.report.documents.eqia import make_eqia
from impact.report.documents.grounds import NINE, SECTION_75, ground_of
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.parts import Numbering


def parts(record: dict[str, Any]) -> dict[str, DocumentPart]:
    return {part.heading.anchor: part for part in make_eqia(record, Numbering()).sections}


def said(part: DocumentPart, label: str) -> Said:
    return next(line for line in (*part.lines, *part.closing) if line.label == label)


@pytest.fixture
def placed(sample) -> Any:
    """The whole sample, with an answer to where it is used, and further questions."""

    def make(*places: str, more: list[dict[str, Any]] | None = None, **about: Any) -> dict[str, Any]:
        record = sample.full_record()
        asked = next(q for q in record["questionnaire"]["sections"][0]["questions"] if q["id"] == "A11")
        if places:
            asked |= {"state": "answered", "answer": sample.answer(list(places), *places), "reason": None}
        record["questionnaire"]["sections"][0]["questions"] += more or []
        record["assessment"] |= about
        return record

    return make


def test_each_characteristic_has_a_row_and_what_was_not_measured_says_so(placed):
    # Counts, rates and limits of the sample were worked out by hand (sample.py).
    part = parts(placed("england"))["characteristics"]
    rows = {row[0]: row[1:] for row in part.tables[0].rows}

    assert list(rows) == [
        "Age",
        "Disability",
        "Gender reassignment",
        "Marriage and civil partnership",
        "Pregnancy and maternity",
        "Race",
        "Religion or belief",
        "Sex",
        "Sexual orientation",
    ]
    assert rows["Disability"] == ("not measured",) * 4
    assert rows["Sex"][0] == "not measured"  # a group of the plan, but no rate by sex alone
    assert "Disparity shown, worse for the group: Black." in rows["Race"][0]
    assert rows["Race"][2:] == ("not measured", "not measured")
    assert "Undefined: Traveller." in rows["Race"][1]


def test_rates_of_a_characteristic_have_counts_interval_verdict_and_finding(placed):
    part = parts(placed("england"))["characteristics"]
    table = next(table for table in part.tables if table.caption.startswith("Race: share flagged"))
    rows = {row[0]: row[1:] for row in table.rows}

    assert rows["Black"] == ("200 of 4,000", "5.0%", "4.4% to 5.7%", "Disparity shown, worse for the group [F-0001]")
    assert rows["White"] == ("340 of 34,000", "1.0%", "0.90% to 1.1%", "Not compared")
    errors = next(table for table in part.tables if table.caption != table.caption.replace("wrong", ""))
    undefined = next(row for row in errors.rows if row[0] == "Traveller")
    assert undefined[1:] == ("0 of 0", "–", "–", "Undefined, because the decision was yes for nobody in the group")


@pytest.mark.parametrize(
    ("places", "shown", "absent"),
    [
        (("england",), {"characteristics", "eliminate", "foster"}, {"section-75", "scotland", "opportunity"}),
        (("scotland",), {"characteristics", "scotland", "eliminate"}, {"section-75", "opportunity"}),
        (
            ("northern-ireland",),
            {"section-75", "opportunity", "relations"},
            {"characteristics", "eliminate", "scotland"},
        ),
        (("uk-wide",), {"characteristics", "section-75", "scotland", "eliminate"}, {"opportunity"}),
        (("wales", "northern-ireland"), {"characteristics", "section-75", "eliminate"}, {"scotland", "opportunity"}),
        ((), {"characteristics", "eliminate"}, {"section-75", "scotland"}),
    ],
)
def test_the_form_follows_where_the_tool_is_used(places, shown, absent, placed):
    found = set(parts(placed(*places)))

    assert shown <= found
    assert not absent & found


def test_where_it_is_not_known_the_form_says_which_one_it_takes(placed):
    line = parts(placed())["aims"].lines[0]

    assert line.gap
    assert "the form for Great Britain is used" in line.text


def test_northern_ireland_is_screened_on_nine_grounds_and_marked_as_to_be_checked(placed):
    part = parts(placed("northern-ireland"))["section-75"]

    assert [row[0] for row in part.tables[0].rows] == [ground.label for ground in SECTION_75]
    assert len(SECTION_75) == len(NINE) == 9
    assert next(row for row in part.tables[0].rows if row[0] == "Racial group")[1] != "not measured"
    assert said(part, "Law").source == "Law: Northern Ireland Act 1998 s.75 (citation to be checked)"
    assert said(part, "Screening decision: full assessment, mitigation, or neither").gap
    assert [table.caption for table in part.tables if table.caption.startswith("Racial group: share")]  # its rates too


def test_no_line_for_northern_ireland_alone_cites_the_equality_act_as_law_there(placed):
    found = parts(placed("northern-ireland"))
    sources = [line.source for part in found.values() for line in (*part.lines, *part.closing) if line.label == "Law"]
    titles = [part.heading.title for part in found.values()]

    assert sources
    assert not any("Equality Act" in source for source in sources)
    assert not any("Part 5" in title or "Part 3" in title for title in titles)


def test_a_column_stands_for_a_ground_by_a_whole_word_and_is_never_guessed():
    assert ground_of("gender_reassignment", NINE) == "Gender reassignment"
    assert ground_of("gender", NINE) == "Sex"
    assert ground_of("sexual orientation", NINE) == "Sexual orientation"
    assert [ground_of(name, NINE) for name in ("usage", "postage_code", "trace", "sexton", "ward")] == [None] * 5


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("2026-07-13", "2026-11-20", "before"),
        ("2026-11-20T09:00:00+00:00", "2026-11-19", "after"),
        ("2026-11-20", "2026-11-20", "same"),
        ("2026-11", "2026-11-20", None),
        ("2026", "2027-01-01", "before"),
        ("2024-02", "2024-02-29", None),
        ("2024-02", "2024-03-01", "before"),
        ("31 May", "2026-11-20", None),
    ],
)
def test_dates_are_compared_only_where_they_settle_it(first, second, order):
    assert order_of(first, second) == order


def test_an_assessment_after_the_decision_is_said_to_be_no_ground_for_it(placed):
    part = parts(placed("england", decision_date="2026-10-01"))["due-regard"]

    line = said(part, "This assessment and the decision")

    assert line.text == (
        "This assessment is dated 20 November 2026, after the decision (1 October 2026). A statement of due regard "
        "made with it cannot stand for that decision."
    )
    assert part.blank.startswith("Statement of due regard")


def test_an_assessment_before_the_decision_is_said_to_be_before_it(placed):
    part = parts(placed("england", decision_date="2026-12-01"))["due-regard"]

    assert said(part, "This assessment and the decision").text == (
        "This assessment is dated 20 November 2026, before the decision (1 December 2026)."
    )


def test_evidence_of_an_earlier_decision_and_of_an_analysis_is_set_against_the_dates(placed, sample):
    def dated(name: str, title: str, day: str) -> dict[str, Any]:
        item = {"file": None, "url": None, "title": title, "date": day, "expires": None, "published": False}
        return sample.question(name, f"{name}?", answer=sample.answer("yes", "Yes"), evidence=[item])

    more = [dated("P3", "Decision notice", "2026-07-13"), dated("H1", "Equality analysis", "2026-05")]
    part = parts(placed("england", more=more, processing_started="2026-06-01"))["due-regard"]

    assert said(part, "Date of the decision").gap
    assert said(part, "Evidence of a decision").text == (
        "“Decision notice” is dated 13 July 2026, before this assessment. A statement of due regard made with this "
        "assessment cannot stand for what was decided by then."
    )
    assert (
        said(part, "Equality analysis").text == "“Equality analysis” is dated May 2026, before the start of processing."
    )


@pytest.mark.parametrize(
    ("kinds", "staff", "public"),
    [(["staff"], True, False), (["lfr"], False, True), (["staff", "link"], True, True)],
)
def test_the_staff_side_and_the_public_side_follow_the_kinds_of_deployment(kinds, staff, public, placed, sample):
    more = [sample.question("A5", "Which kinds?", type="multi", answer=sample.answer(kinds, *kinds))]
    found = parts(placed("england", more=more))

    for anchor, here in (("staff-side", staff), ("public-side", public)):
        labels = [line.label for line in found[anchor].lines]
        assert ("Not this side" in labels) is not here
