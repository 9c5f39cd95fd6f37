"""The procurement annex: last days worked by hand, what is late on the day of the record, and what stays open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from impact.assessment.procurement import ProcurementFile
from impact.report.documents.contracts import terms_of
from impact.report.documents.deadlines import last_working_day
from impact.report.documents.notices import Duty, duties_of, term_change, value_change
from impact.report.documents.procurement import make_procurement
from impact.report.view.parts import Numbering

# The contract of the tests: award notice on Wednesday 8 April 2026, entered into on Monday 20 April, over £5 million.
CONTRACT: dict[str, Any] = {
    "name": "One",
    "direct_award": False,
    "value": 6_000_000.0,
    "start": "2026-06-01",
    "first_end": "2027-05-31",
    "end": "2027-05-31",
    "entered": "2026-04-20",
    "notices": [{"kind": "award", "date": "2026-04-08"}],
}


def record(*contracts: dict[str, Any], day: str = "2026-11-20", **more: Any) -> dict[str, Any]:
    block = ProcurementFile.model_validate({"version": 1, "contracts": list(contracts), **more}).model_dump(mode="json")
    return {"assessment": {"date": day}, "questionnaire": None, "procurement": block}


def duties(contract: dict[str, Any], *, day: str = "2026-11-20") -> dict[str, Duty]:
    (terms,) = terms_of(record(contract, day=day))
    found = duties_of(terms, date.fromisoformat(day), calendar="england-and-wales")
    return {duty.what: duty for duty in found}


@pytest.mark.parametrize(
    ("award", "calendar", "end"),
    [
        # Wed 8, 9, 10, (11, 12 weekend) 13, 14, 15, 16, 17 April; Easter Monday was the 6th.
        ("2026-04-08", "england-and-wales", "2026-04-17"),
        # Thu 2 April, (Fri 3 Good Friday, weekend, Mon 6 Easter Monday) 7, 8, 9, 10, 13, 14, 15.
        ("2026-04-02", "england-and-wales", "2026-04-15"),
        # Published on a Saturday; Mon 4 May is a bank holiday: 5, 6, 7, 8, 11, 12, 13, 14.
        ("2026-05-02", "england-and-wales", "2026-05-14"),
        # Mon 21 to Thu 24 December are four; 25 and 28 (for the 26th) are holidays; 29, 30, 31; 1 January; Mon 4.
        ("2026-12-21", "england-and-wales", "2027-01-04"),
        # Thu 9, 10, 13 to 17, 20 July; in Northern Ireland Mon 13 July is free (for Sunday the 12th): 21 July.
        ("2026-07-09", "england-and-wales", "2026-07-20"),
        ("2026-07-09", "northern-ireland", "2026-07-21"),
        # 25 December 2027 is a Saturday: Mon 27 and Tue 28 are free, and the eighth day is in 2028, which is not known.
        ("2027-12-21", "england-and-wales", None),
        ("2024-12-24", "england-and-wales", None),
    ],
)
def test_standstill_ends_on_the_eighth_working_day_beginning_with_the_notice(award, calendar, end):
    found = last_working_day(date.fromisoformat(award), 8, calendar=calendar)

    assert (found and found.isoformat()) == end


def test_days_of_the_timetable_are_those_worked_by_hand():
    found = duties(CONTRACT)

    assert found["Standstill"].due == date(2026, 4, 17)
    assert found["Standstill"].state == "contract entered into on 20 April 2026, after it"
    # 11 days of April with the 20th, then 19 of May; 11 + 31 + 30 are 72, then 18 of July.
    assert found["Contract details notice"].due == date(2026, 5, 19)
    assert found["Copy of the contract"].due == date(2026, 7, 18)
    assert found["Performance against KPIs"].due == date(2027, 4, 20)
    assert found["Transparency notice"].state.startswith("does not apply")


def test_a_notice_is_overdue_from_the_day_after_its_last_day_and_never_before():
    last = duties(CONTRACT, day="2026-07-18")["Copy of the contract"]
    after = duties(CONTRACT, day="2026-07-19")["Copy of the contract"]

    assert (last.overdue, last.state) == (False, "not yet due; the record holds no publication")
    assert (after.overdue, after.state) == (True, "OVERDUE on 19 July 2026: the record holds no publication")


@pytest.mark.parametrize(
    ("day", "state", "late"),
    [
        ("2026-05-19", "published on 19 May 2026", False),
        ("2026-05-20", "LATE: published on 20 May 2026, 1 day after the last day", True),
    ],
)
def test_a_notice_after_its_last_day_is_late(day, state, late):
    notices = [*CONTRACT["notices"], {"kind": "details", "date": day}]
    found = duties({**CONTRACT, "notices": notices})["Contract details notice"]

    assert (found.state, found.overdue) == (state, late)


def test_a_contract_in_the_standstill_and_an_award_after_the_contract_are_told():
    within = duties({**CONTRACT, "entered": "2026-04-17"})
    after = duties({**CONTRACT, "entered": "2026-04-07"})
    same = duties({**CONTRACT, "entered": "2026-04-08"})["Contract award notice"]

    assert within["Standstill"].state == "NOT KEPT: contract entered into on 17 April 2026"
    assert after["Contract award notice"].state == "LATE: published on 8 April 2026, after the contract"
    assert (same.overdue, same.state) == (
        False,
        "published on 8 April 2026, the day of the contract; which came first is not in the record",
    )


def test_a_contract_that_the_act_does_not_cover_owes_no_notice_and_one_of_which_nobody_said_so_is_marked():
    small = duties({**CONTRACT, "covered": False, "entered": "2026-04-08"})
    said = duties({**CONTRACT, "covered": True})

    assert [(duty.state, duty.overdue) for duty in small.values()] == [
        ("does not apply: said not to be a public contract under the Act", False)
    ]
    assert "Public contract under the Act" not in said
    unknown = duties(CONTRACT)["Public contract under the Act"]
    assert unknown.state == "not stated in the record; the lines below hold if it is one"


def test_a_direct_award_needs_its_notice_before_the_award():
    direct = {**CONTRACT, "direct_award": True}
    early = {"kind": "transparency", "date": "2026-04-07"}
    late = {"kind": "transparency", "date": "2026-04-09"}

    assert duties(direct)["Transparency notice"].overdue
    assert not duties({**direct, "notices": [*CONTRACT["notices"], early]})["Transparency notice"].overdue
    assert duties({**direct, "notices": [*CONTRACT["notices"], late]})["Transparency notice"].overdue


def test_what_lacks_a_day_or_a_sum_is_open_and_not_overdue():
    bare = duties({"name": "One"})

    assert not any(duty.overdue for duty in bare.values())
    assert bare["Standstill"].state == "not worked out: the day of the award notice is not in the record"
    assert bare["Copy of the contract"].state == "not worked out: the value is not in the record"
    small = duties({**CONTRACT, "value": 5_000_000.0})["Copy of the contract"]
    assert small.state == "does not apply: the value is £5,000,000"


@pytest.mark.parametrize(
    ("value_after", "end_after", "needed"),
    [
        (6_600_000.0, "2027-07-06", False),  # exactly 10%; 36 of 364 days are 9.9%
        (6_600_000.01, "2027-05-31", True),
        (6_000_000.0, "2027-07-07", True),  # 37 of 364 days are 10.2%
        (5_000_000.0, "2027-05-31", True),  # less by a sixth
    ],
)
def test_a_change_is_held_against_ten_per_cent_of_value_and_of_the_first_term(value_after, end_after, needed):
    change = {
        "date": "2026-09-14",
        "what": "More",
        "value_before": 6_000_000.0,
        "value_after": value_after,
        "end_before": "2027-05-31",
        "end_after": end_after,
    }
    found = duties({**CONTRACT, "modifications": [change]})
    notice = found["Change of 14 September 2026: change notice"]

    assert notice.overdue is needed
    # 17 days of September with the 14th, 31 of October, 30 of November: 78; then 12 of December.
    assert found["Change of 14 September 2026: copy of the changed contract"].due == date(2026, 12, 12)


def test_shares_without_their_numbers_are_not_worked_out():
    (terms,) = terms_of(record(CONTRACT))

    assert value_change({"value_before": None, "value_after": 5.0}) is None
    assert value_change({"value_before": 0.0, "value_after": 5.0}) is None
    assert term_change(terms, {"end_before": "2027-05-31", "end_after": None}) is None


def test_performance_a_year_apart_and_termination_within_thirty_days():
    entered = {**CONTRACT, "entered": "2025-03-10", "notices": [{"kind": "performance", "date": "2026-03-11"}]}
    ended = duties({**CONTRACT, "terminated": "2026-10-31"})["Termination notice"]

    assert duties(entered)["Performance against KPIs"].state.startswith("LATE: that of 11 March 2026")
    # The 31st of October counts: 29 days of November follow.
    assert (ended.due, ended.overdue) == (date(2026, 11, 29), False)


def test_without_the_file_the_answers_are_used_and_the_rest_is_open(sample):
    columns = [{"code": name, "label": name} for name in ("contract", "start", "first_end", "current_end", "ground")]
    rows = {"columns": columns, "rows": [["Pilot", "2025-11-03", "2026-01-26", "2027-07-26", ""]]}
    asked = sample.question("B10", "When?", type="table", answer={**sample.answer(None), "rows": rows})
    section = {"id": "B", "title": "B", "shown": True, "questions": [asked]}
    made = make_procurement(
        {"assessment": {"date": "2026-11-20"}, "questionnaire": {"sections": [section]}}, Numbering()
    )
    text = str(made)

    # 84 days were agreed and 546 added: 650%.
    assert "+650.0%, more than 10%" in text
    assert "0 overdue, late or not kept" in made.lead[0]
    assert "has no procurement.yaml" in made.lead[2]


def test_the_last_day_for_a_claim_and_for_a_break_are_worked_out():
    contract = {**CONTRACT, "breaks": [{"date": "2026-12-01", "notice_days": 60}]}
    text = str(make_procurement(record(contract, challenge={"knew": "2026-05-01"}), Numbering()))

    # 23 days of April with the 8th, then 7 of May; 30 days with 1 May end on the 30th; 60 days before 1 December.
    assert "Until 7 May 2026, if the supplier knew of the breach on the day of the award notice" in text
    assert "Until 30 May 2026, counted from 1 May 2026." in text
    assert "Until 17 April 2026 a claim suspends the award of itself." in text
    assert "'2 October 2026'" in text
