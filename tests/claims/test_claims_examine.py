"""How checks are asked and judged: models fitted to a sample, and one check that holds back the verdicts of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from impact.claims.check import Check, Claim, Context, Fit, Ruling
from impact.claims.examine import ask, judge
from impact.metrics.logs.opening import DecisionLog
from impact.metrics.logs.repeats import repeats
from impact.metrics.logs.samples import sampled, sampled_sides

Logs = Callable[..., DecisionLog]


def plain(name: str, verdict: Any, **other: Any) -> Check:
    return Check(name, "A claim", ("flag",), lambda _: (), lambda *_: Ruling(verdict, "Found."), **other)


def rows(n: int) -> list[dict[str, Any]]:
    return [{"case_id": f"c{i}", "flag": i % 2} for i in range(n)]


def test_a_sample_is_the_same_whatever_the_order_of_the_file(logs: Logs) -> None:
    sql = sampled(["case_id"], view="log", key="case_id", size=7, seed=3)
    one = logs(rows(100)).frame(sql)["case_id"].tolist()
    other = logs(rows(100)[::-1]).frame(sql)["case_id"].tolist()
    assert one == other
    assert len(set(one)) == 7
    assert one != logs(rows(100)).frame(sql.replace("3:", "4:"))["case_id"].tolist()


@pytest.mark.parametrize("size", [3, 40, 100])  # fewer than a quarter of either side, and more
def test_both_sides_of_a_sample_are_those_drawn_one_by_one(logs: Logs, size: int) -> None:
    log = logs([{"case_id": f"c{i}", "flag": i % 4 == 0} for i in range(200)])
    rows = "SELECT count(*) FILTER (WHERE flag) AS ones, count(*) FILTER (WHERE NOT flag) AS others FROM log"
    both = sampled_sides(["case_id"], view="log", key="case_id", side="flag", rows=rows, size=size)
    alone = [sampled(["case_id"], view="log", key="case_id", where=one, size=size) for one in ("flag", "NOT flag")]
    assert log.frame(both)["case_id"].tolist() == [name for sql in alone for name in log.frame(sql)["case_id"]]


@pytest.mark.parametrize("at_once", [1000, 7])
def test_somebody_with_two_rows_is_found_and_rows_of_nobody_are_not(logs: Logs, at_once: int) -> None:
    people = [{"subject_key": f"p{i}" if i % 10 else "", "case_id": f"p{i % 99}"} for i in range(100)]
    log = logs(people)
    assert not repeats(log, "subject_key", rows=100, at_once=at_once)
    assert repeats(log, "case_id", rows=100, at_once=at_once)  # the first and the last


def test_what_was_fitted_is_kept_as_rows_and_judged_again_without_the_log(logs: Logs) -> None:
    fit = Fit("share", "SELECT flag FROM log", lambda frame: [{"n": len(frame), "k": int(frame["flag"].sum())}])
    check = replace(
        plain("CK-X", "supported"),
        fits=lambda _: (fit, replace(fit, name="other", needs=("score",))),
        judge=lambda _, found: Ruling("supported", f"{found.one('share')}"),
    )
    log = logs(rows(10))
    contexts = {"CK-X": Context(log.columns)}
    answers = ask([check], contexts, log)
    assert answers == {"CK-X": {"share": [{"n": 10, "k": 5}]}}  # no score, so the other was not made
    log.close()
    (found,) = judge([check], contexts, {"CK-X": Claim("CK-X", True, "")}, answers)
    assert found.ruling is not None
    assert (found.ruling.sentence, found.ruling.recomputable) == ("{'n': 10, 'k': 5}", False)


@pytest.mark.parametrize(
    ("verdict", "made", "expected"),
    [
        ("supported", True, "not enough data"),
        ("supported", None, "not enough data"),  # whether or not the objecting check's own claim is made
        ("contradicted", True, "contradicted"),
        ("not testable", True, "not testable"),
    ],
)
def test_an_objection_lowers_supported_and_nothing_else(verdict: Any, made: bool | None, expected: str) -> None:
    small = plain("CK-B", "not enough data", adjust=lambda *_: {"CK-A": "The groups are too small."})
    checks = [plain("CK-A", verdict), small]
    context = Context({"cases": frozenset({"flag"})})
    claims = {"CK-A": Claim("CK-A", True, ""), "CK-B": Claim("CK-B", made, "")}
    first, second = judge(checks, {check.id: context for check in checks}, claims, {})
    assert first.ruling is not None
    assert first.ruling.verdict == expected
    if expected == "not enough data":
        assert first.ruling.cautions[0].startswith("CK-B: The groups are too small.")
    assert (second.ruling is None) is (made is None)


def test_a_check_that_is_not_testable_objects_to_nothing() -> None:
    small = plain("CK-B", "supported", adjust=lambda *_: {"CK-A": "Too small."})
    checks = [plain("CK-A", "supported"), replace(small, needs=("score",))]
    context = Context({"cases": frozenset({"flag"})})
    claims = {check.id: Claim(check.id, True, "") for check in checks}
    first, _ = judge(checks, {check.id: context for check in checks}, claims, {})
    assert first.ruling is not None
    assert first.ruling.verdict == "supported"


def test_cases_that_offend_can_depend_on_the_columns() -> None:
    check = plain("CK-A", "supported", offending=lambda context: "flag" if context.has("flag") else "")
    assert check.offending_in(Context({"cases": frozenset({"flag"})})) == "flag"
    assert plain("CK-A", "supported", offending="NOT flag").offending_in(Context({})) == "NOT flag"
