"""What the counts tell about the data: each remark at its limit, and outcomes left unread when they must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import Counted, count, count_frame, profile_without_outcomes
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell
from impact.metrics.tables.checks import Check

OUTCOME = {"name": "y", "yes": ["1"], "no": ["0"], "label": "something found"}


def plan(outcome: dict[str, Any] | None = None, **changes: Any) -> AuditPlan:
    decision = {"name": "d", "yes": ["1"], "no": ["0"], "effect": "burden", "label": "flagged"}
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": {"kind": "counts", "path": "c.csv", "count": "n"},
        "columns": {"decision": decision} | ({"outcome": outcome} if outcome else {}),
        "groups": {"g": {"name": "g", "label": "ethnicity"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


def drawn(text: str) -> pa.Table:
    """A table drawn with one row per line: group, decision, outcome, how many; - is nothing."""
    rows = [line.split() for line in text.strip().splitlines()]
    columns = [[None if value == "-" else value for value in column] for column in zip(*rows, strict=True)]
    return pa.table({"g": columns[0], "d": columns[1], "y": columns[2], "n": [int(each) for each in columns[3]]})


def run(text: str, the_plan: AuditPlan | None = None) -> Counted:
    return count_frame(the_plan or plan(OUTCOME), drawn(text))


def texts(counted: Counted, code: str) -> list[str]:
    return [check.text for check in counted.checks if check.code == code]


# Two groups of 100 and 200, a twentieth and a tenth flagged, all outcomes known and mixed: nothing to remark on.
PLAIN = """
    A 1 1 3
    A 1 0 7
    A 0 1 11
    A 0 0 79
    B 1 1 6
    B 1 0 4
    B 0 1 9
    B 0 0 181
"""


def test_unremarkable_table_leaves_no_remark() -> None:
    counted = run(PLAIN)

    assert counted.checks == ()
    assert counted.cells.n == 300
    assert counted.cells.rows[0] == Cell(("A",), 0, 0, -1, 79)


def test_checks_become_plain_data() -> None:
    assert Check("D28", "warning", "t").to_json() == {"code": "D28", "level": "warning", "text": "t"}


def test_audit_without_an_outcome_says_what_it_cannot_say() -> None:
    (text,) = texts(run(PLAIN, plan()), "D27")

    assert "It cannot say how often that was wrong" in text


def test_all_of_a_group_flagged_comes_with_the_limits_of_its_rate() -> None:
    # 12 of 12: Wilson's lower limit is 12 / (12 + 1.96²) = 0.757.
    (text,) = texts(run(PLAIN + "C 1 1 9\nC 1 0 3"), "D25")

    assert text == "All 12 in group “C” were flagged (95 % interval 76% to 100%)."


def test_none_of_a_group_flagged_comes_with_the_limits_of_its_rate() -> None:
    # 0 of 20: Wilson's upper limit is .1611 (Newcombe 1998).
    (text,) = texts(run(PLAIN + "C 0 1 9\nC 0 0 11"), "D25")

    assert text == "None of 20 in group “C” were flagged (95 % interval 0% to 16%)."


@pytest.mark.parametrize(("value", "reason"), [("0", "no_positives"), ("1", "no_negatives")])
def test_outcome_of_one_value_is_said(value: str, reason: str) -> None:
    (text,) = texts(run(f"A 1 {value} 30\nA 0 {value} 70\nB 1 {value} 41\nB 0 {value} 60"), "D26")

    assert reason in text


def test_outcomes_known_only_for_flagged_people_are_said() -> None:
    only_flagged = "A 1 1 3\nA 1 0 7\nA 0 - 90\nB 1 1 6\nB 1 0 4\nB 0 - 190"
    (undeclared,) = texts(run(only_flagged), "D28")
    (declared,) = texts(run(only_flagged, plan(OUTCOME | {"observed_when": "decision_yes"})), "D28")

    assert undeclared.startswith("Outcomes are known for 100% of those flagged and 0% of the others.")
    assert "observed_when" in undeclared
    assert "observed_when" not in declared


def test_outcomes_missing_unevenly_are_said_by_group() -> None:
    uneven = PLAIN + "A 0 - 20\nB 0 - 2"
    (text,) = texts(run(uneven), "D29")

    # 20 of 120 and 2 of 202.
    assert text == "The outcome is missing for 17% of “A” and 1% of “B” (g)."


def test_outcomes_missing_evenly_are_not_said() -> None:
    assert texts(run(PLAIN + "A 0 - 5\nB 0 - 10"), "D29") == []


def test_outcome_that_copies_the_decision_is_said() -> None:
    copy = "A 1 1 300\nA 0 0 700\nB 1 1 300\nB 0 0 698\nB 0 1 2"
    (text,) = texts(run(copy), "D30")

    # 1,998 of 2,000.
    assert "(99.9% equal)" in text


@pytest.mark.parametrize(("people", "said"), [(9, True), (10, False)])
def test_group_too_small_to_publish_is_said(people: int, said: bool) -> None:
    counted = run(PLAIN + f"C 1 1 1\nC 0 0 {people - 1}")

    assert texts(counted, "D35") == (
        [f"Group “C” has {people}, 1 flagged: too few to publish, and little can be said."] if said else []
    )


def test_group_without_the_outcome_is_said() -> None:
    (text,) = texts(run(PLAIN + "C 1 0 9\nC 0 0 11"), "D36")

    assert text.startswith("Nobody in group “C” whose outcome is known has “something found”")


def test_unknown_groups_are_said_with_their_share_of_the_flagged() -> None:
    unknown = plan(OUTCOME, groups={"g": {"name": "g", "label": "ethnicity", "unknown_values": ["NotStated"]}})
    counted = run(PLAIN + "- 1 1 5\nNotStated 0 0 20", unknown)
    (text,) = texts(counted, "D38")

    # 25 of 325 people; 5 of 25 flagged.
    assert text == "“ethnicity” is not known for 7.7% (20% of those flagged): own row, in no comparison."
    assert {cell.group[0] for cell in counted.cells} == {"A", "B", "NotStated", MISSING}


def test_declared_group_that_is_absent_is_said() -> None:
    declared = plan(OUTCOME, groups={"g": {"name": "g", "values": ["A", "B", "Arab"]}})

    assert texts(run(PLAIN, declared), "D34") == ["Group “Arab” of “g” is declared and has nobody in it: no rate."]


def test_second_column_with_one_value_is_only_said() -> None:
    table = drawn(PLAIN)
    table = table.append_column("s", pa.array(["x"] * len(table)))
    counted = count_frame(plan(OUTCOME, groups={"g": {"name": "g"}, "s": {"name": "s"}}), table)

    assert texts(counted, "D37") == ["“s” has fewer than two known values: nothing to compare."]


@pytest.mark.parametrize(("levels", "said"), [(50, False), (51, True)])
def test_many_values_of_a_group_are_said(levels: int, said: bool) -> None:
    text = "\n".join(f"p{number} {decision} 1 20" for number in range(levels) for decision in (0, 1))

    assert bool(texts(run(text, plan()), "D39")) == said


def test_decision_that_is_not_known_is_said_and_kept() -> None:
    counted = run(PLAIN + "A - 1 4")

    assert texts(counted, "D87") == ["The decision is not known for 4 of 304; they are in no rate."]
    assert Cell(("A",), 1, -1, -1, 4) in counted.cells.rows


def test_values_that_are_neither_yes_nor_no_can_be_mapped() -> None:
    decision = {"name": "d", "yes": ["1"], "no": ["0"], "unknown_values": ["void"], "effect": "burden", "label": "f"}
    counted = run(PLAIN + "A void 1 4", plan(OUTCOME, columns={"decision": decision}))

    assert sum(cell.n for cell in counted.cells if cell.decision == -1) == 4


def comparator(value: str, **group: Any) -> AuditPlan:
    return plan(OUTCOME, comparator={"also": {"g": value}}, groups={"g": {"name": "g"} | group})


def test_comparator_that_does_not_occur_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(MetricError) as caught:
        run(PLAIN.replace("A ", "White ").replace("B ", "Black "), comparator("Whte"))

    assert [fault.code for fault in caught.value.faults] == ["E105"]
    assert "Did you mean “White”?" in str(caught.value)
    assert caught.value.exit == 2


def test_comparator_that_is_declared_but_absent_is_only_said() -> None:
    counted = run(PLAIN, comparator("Arab", values=["A", "B", "Arab"]))

    assert len(texts(counted, "D34")) == 1


def test_many_scores_at_the_threshold_are_said() -> None:
    decision = {"from": "score", "threshold": 0.7, "effect": "burden", "label": "flagged"}
    derived = plan(source={"kind": "csv", "path": "-"}, columns={"decision": decision})
    table = pa.table({"g": ["A", "B"] * 50, "score": [0.7] * 8 + [0.1] * 92})

    (text,) = texts(count_frame(derived, table), "D21")
    assert text == "8 rows have a score of exactly 0.7. Whether >= or > is used moves 8% of decisions."


# --- outcomes that must not be read -----------------------------------------------------------------------------------

CSV = "g,d,y\nA,1,1\nA,0,0\nB,1,neither\nB,0,1\n"


def test_profile_reads_no_outcome(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(CSV, encoding="utf-8")
    rows = plan(OUTCOME, source={"kind": "csv", "path": "d.csv"})

    # The outcome holds a value that the plan does not map, so a count that read it would be refused.
    assert {cell.outcome for cell in profile_without_outcomes(rows, tmp_path)} == {-1}
    with pytest.raises(MetricError):
        count(rows, base=tmp_path)


def test_profile_remarks_on_no_outcome(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(CSV, encoding="utf-8")
    rows = plan(OUTCOME, source={"kind": "csv", "path": "d.csv"})
    counted = count(rows, base=tmp_path, outcomes=False)

    assert not {check.code for check in counted.checks} & {"D26", "D27", "D28", "D29", "D30", "D36"}


def test_profile_still_misses_an_outcome_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("g,d\nA,1\nB,0\n", encoding="utf-8")
    with pytest.raises(MetricError) as caught:
        profile_without_outcomes(plan(OUTCOME, source={"kind": "csv", "path": "d.csv"}), tmp_path)

    assert [fault.code for fault in caught.value.faults] == ["D03"]


def test_progress_names_files_and_never_values(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("g,d\nA,1\nB,0\n", encoding="utf-8")
    said: list[str] = []
    count(plan(source={"kind": "csv", "path": "d.csv"}), base=tmp_path, progress=said.append)

    assert len(said) == 2
    assert said[0] == "reading d.csv (12 bytes)"
    assert said[1].startswith("counting with duckdb")


def test_published_toy_table_is_counted_as_read_by_eye(shared_data: Path) -> None:
    columns = {
        "decision": {"name": "y_pred", "yes": [1], "no": [0], "effect": "benefit", "label": "selected"},
        "outcome": {"name": "y_true", "yes": [1], "no": [0], "label": "suitable"},
    }
    mapped = plan(source={"kind": "csv", "path": "toy10.csv"}, columns=columns, groups={"g": {"name": "group"}})

    assert count(mapped, base=shared_data / "holisticai").cells.rows == (
        Cell(("a",), 0, 0, -1, 1),
        Cell(("a",), 0, 1, -1, 1),
        Cell(("a",), 1, 1, -1, 2),
        Cell(("b",), 0, 0, -1, 3),
        Cell(("b",), 1, 0, -1, 1),
        Cell(("b",), 1, 1, -1, 2),
    )
