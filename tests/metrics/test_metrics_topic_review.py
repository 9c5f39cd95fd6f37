"""The human decision, from rows to the printed page. Expected values by hand, statsmodels, scipy or scikit-learn."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.errors import MetricError
from impact.metrics.counting.count import Counted
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.reviewers import places
from impact.metrics.tables.aggregates import Aggregate, merge_all
from impact.metrics.tables.reviewer_counts import SpreadTable
from impact.report.view.parts import Numbering
from impact.report.view.topics.review import make_review
from impact.report.view.topics.review_times import make_review_times

Tables = dict[str, list[dict[str, Any]]]
FLOOR = {"seconds": 30, "reason": "timed reading of twenty files"}
TIMES = {"review_seconds": {"name": "secs", "cap": 600, "floor": FLOOR}}


def plan(*, primary: tuple[str, ...] = ("selection_rate",), **columns: Any) -> audit.AuditPlan:
    mapped = {
        "decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
        "outcome": {"name": "found", "yes": [1], "no": [0], "label": "upheld"},
        "human": {"name": "h", "yes": [1], "no": [0]},
        **columns,
    }
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": {name: part for name, part in mapped.items() if part is not None},
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": list(primary)},
        }
    )


def cases(size: int = 4_000, reviewers: int = 40) -> pd.DataFrame:
    """Reviewers who differ, a group whose flags are left less often, and longer looks at flags."""
    rng = np.random.default_rng(7)
    g = rng.choice(["a", "b", "c"], size, p=[0.6, 0.3, 0.1])
    flag = (rng.random(size) < 0.3).astype(int)
    found = (rng.random(size) < np.where(flag == 1, 0.5, 0.1)).astype(int)
    who = rng.integers(0, reviewers, size)
    own = rng.normal(0, 0.8, reviewers)[who]
    leave = 1 / (1 + np.exp(-(-1.2 + own - 0.7 * (g == "b"))))
    raise_ = 1 / (1 + np.exp(-(-4 + own)))
    u = rng.random(size)
    h = np.where(flag == 1, u >= leave, u < raise_).astype(float)
    secs = np.exp(rng.normal(4, 0.7, size) + 0.2 * flag + rng.normal(0, 0.3, reviewers)[who]).round(1)
    h[:50] = np.nan
    return pd.DataFrame(
        {"g": g, "flag": flag, "found": found, "h": h, "secs": secs, "rev": [f"officer-{each}" for each in who]}
    )


def counted(frame: pd.DataFrame, made: audit.AuditPlan) -> Counted:
    return audit.count_frame(made, frame)


def tables(frame: pd.DataFrame, made: audit.AuditPlan) -> Tables:
    found: Tables = block(frame, made)["tables"]
    return found


def block(frame: pd.DataFrame, made: audit.AuditPlan) -> dict[str, Any]:
    held = counted(frame, made)
    result = audit.analyse(made, held.cells, aggregates=held.aggregates)
    data: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    return data


def by_group(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["group"].get("g", ""): row for row in rows}


def parts(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [("", frame), *((level, frame[frame["g"] == level]) for level in "abc")]


def test_departures_and_their_intervals_are_those_of_the_rows() -> None:
    frame = cases()
    rows = by_group(tables(frame, plan())["overrides"])

    for group, part in parts(frame):
        known = part.dropna(subset=["h"])
        assert (rows[group]["decided"], rows[group]["reviewed"]) == (len(part), len(known))
        for name, here in (
            ("overall", known),
            ("escalated", known[known["flag"] == 0]),
            ("reversed", known[known["flag"] == 1]),
        ):
            k = int((here["h"] != here["flag"]).sum())
            assert (rows[group][name]["k"], rows[group][name]["n"]) == (k, len(here))
            assert rows[group][name]["ci"] == pytest.approx(proportion_confint(k, len(here), method="wilson"))
        kappa = cohen_kappa_score(known["h"], known["flag"])
        assert rows[group]["kappa"]["value"] == pytest.approx(kappa)
        assert rows[group]["kappa"]["ci"][0] < kappa < rows[group]["kappa"]["ci"][1]


def test_difference_between_groups_is_newcombes_with_what_could_have_been_found() -> None:
    frame = cases().dropna(subset=["h"])
    flags = frame[frame["flag"] == 1]
    own, rest = flags[flags["g"] == "b"], flags[flags["g"] != "b"]
    k1, k2 = int((own["h"] == 0).sum()), int((rest["h"] == 0).sum())

    found = by_group(tables(frame, plan())["overrides"])["b"]["difference"]["reversed"]

    expected = confint_proportions_2indep(k1, len(own), k2, len(rest), method="newcomb", compare="diff")
    assert found["value"] == pytest.approx(k1 / len(own) - k2 / len(rest))
    assert found["ci"] == pytest.approx(expected)
    assert found["ci"][1] < 0  # planted: flags of b are left less often
    assert 0 < found["detectable"] < 0.15


def test_advice_and_errors_are_those_of_the_rows() -> None:
    frame = cases()
    known = frame.dropna(subset=["h"])
    row = by_group(tables(frame, plan())["reliance"])[""]

    for name, outcome, flag, h in (
        ("wrong_yes", 0, 1, 1), ("wrong_no", 1, 0, 0), ("right_yes", 1, 1, 0), ("right_no", 0, 0, 1),
    ):  # fmt: skip
        here = known[(known["found"] == outcome) & (known["flag"] == flag)]
        assert (row[name]["k"], row[name]["n"]) == (int((here["h"] == h).sum()), len(here)), name
    machine, person = known["flag"] != known["found"], known["h"] != known["found"]
    both = [[(machine & person).sum(), (machine & ~person).sum()], [(~machine & person).sum(), 0]]
    assert row["added"]["value"] == pytest.approx(machine.mean() - person.mean())
    assert row["added"]["p"] == pytest.approx(mcnemar(np.array(both), exact=True).pvalue)
    assert row["added"]["ci"][0] < row["added"]["value"] < row["added"]["ci"][1]


def test_advice_without_outcomes_gives_a_reason() -> None:
    outcome = {"name": "found", "yes": [1], "no": [0], "label": "upheld", "observed_when": "decision_yes"}

    after_yes = by_group(tables(cases(), plan(outcome=outcome))["reliance"])[""]
    never = tables(cases(), plan(outcome=None))["reliance"]

    assert after_yes["wrong_yes"]["value"] is not None
    assert after_yes["wrong_no"]["reason"] == after_yes["added"]["reason"] == "outcome_not_observed"
    assert [row["group"] for row in never] == [{}]
    assert never[0]["added"]["reason"] == never[0]["wrong_yes"]["reason"] == "no_outcome_column"


def test_where_only_flags_are_reviewed_nothing_is_said_of_the_others() -> None:
    frame = cases()
    frame.loc[frame["flag"] == 0, "h"] = np.nan
    found = block(frame, plan())

    row = by_group(found["tables"]["overrides"])[""]
    shown = make_review(found, Numbering())

    assert row["escalated"]["reason"] == "empty_cell"
    assert row["kappa"]["reason"] == "no_spread"
    assert shown is not None
    assert "Only cases with a yes of the machine were reviewed" in shown.paragraphs[0]
    assert [column.label for column in shown.tables[1].columns][2:] == ["From yes to no"]


def test_nothing_is_said_without_a_human_decision() -> None:
    found = block(cases(), plan(human=None))

    assert not {"overrides", "oversight"} & set(found["tables"])
    assert make_review(found, Numbering()) is None


def test_variance_between_reviewers_is_the_cluster_robust_one() -> None:
    frame = cases()
    held = counted(frame, plan(reviewer={"name": "rev"}, **TIMES))
    spread = SpreadTable(held.aggregates["reviewer_spread"])
    known = frame.dropna(subset=["h"]).assign(other=lambda each: (each["h"] != each["flag"]).astype(float))

    def robust(values: pd.Series, design: Any, part: pd.DataFrame) -> Any:
        return sm.OLS(values, design).fit(
            cov_type="cluster", cov_kwds={"groups": part["rev"].astype("category").cat.codes}
        )

    one = robust(known["other"], np.ones(len(known)), known)
    member = sm.add_constant((known["g"] == "b").astype(float))
    two = robust(known["other"], member, known)
    n = len(known)

    assert spread.of("overall").variance == pytest.approx(one.bse.iloc[0] ** 2, rel=0.005)
    # Theirs has a factor (N-1)/(N-2) for the second coefficient.
    gap = two.bse.iloc[1] ** 2 * (n - 2) / (n - 1)
    assert spread.of("overall", "g", "b").gap == pytest.approx(gap, rel=0.005)
    assert spread.of("overall").reviewers == spread.of("overall", "g", "b").either == 40
    timed = frame.assign(log=np.log(frame["secs"].clip(upper=600)))
    by_flag = robust(timed["log"], sm.add_constant(timed["flag"].astype(float)), timed)
    assert spread.of("log_yes_no").gap == pytest.approx(by_flag.bse.iloc[1] ** 2, rel=0.01)


def test_only_reviewers_with_a_case_of_a_kind_count_towards_its_variance() -> None:
    frame = cases()
    with_flags = [f"officer-{each}" for each in range(12)]
    frame = frame[(frame["flag"] == 0) | frame["rev"].isin(with_flags)]  # 28 of 40 see no flag at all
    spread = SpreadTable(counted(frame, plan(reviewer={"name": "rev"})).aggregates["reviewer_spread"])

    flagged = frame[frame["flag"] == 1].dropna(subset=["h"])
    each = flagged.assign(k=1 - flagged["h"]).groupby("rev")["k"].agg(["sum", "size"])
    rate = each["sum"].sum() / each["size"].sum()
    wanted = 12 / 11 * ((each["sum"] - rate * each["size"]) ** 2).sum() / each["size"].sum() ** 2
    found = spread.of("reversed")
    assert found.reviewers == 12
    assert found.variance == pytest.approx(wanted, rel=0.005)


def test_intervals_over_reviewers_are_wider_and_hold_the_value() -> None:
    frame = cases()
    plain = by_group(tables(frame, plan(**TIMES))["overrides"])
    over = tables(frame, plan(reviewer={"name": "rev"}, **TIMES))
    clustered = by_group(over["overrides"])

    for group in ("", "a", "b", "c"):
        one, other = plain[group]["reversed"], clustered[group]["reversed"]
        assert other["value"] == one["value"]
        assert other["ci"][1] - other["ci"][0] > one["ci"][1] - one["ci"][0]
        assert other["method"] == "wilson_clustered"
    assert clustered[""]["kappa"]["ci"] is None  # its interval takes cases for independent
    assert by_group(over["reliance"])[""]["added"]["p"] is None
    assert {row["found"] for row in over["oversight"]} == {False}


def test_fewer_than_ten_reviewers_give_shares_without_intervals() -> None:
    found = tables(cases(reviewers=9), plan(reviewer={"name": "rev"}))

    row = by_group(found["overrides"])[""]
    assert row["overall"]["value"] > 0
    assert (row["overall"]["ci"], row["overall"]["reason"]) == (None, "too_few_clusters")
    assert found["reviewers"][0]["reviewers"] == 9
    assert found["reviewers"][0]["cases_each"] is found["reviewers"][0]["never"] is None
    assert found["oversight"][0]["found"] is None


def test_reviewers_that_were_not_counted_give_no_interval() -> None:
    made = plan(reviewer={"name": "rev"})
    result = audit.analyse(made, counted(cases(), made).cells)

    row = by_group(json.loads(json.dumps(result.to_json(created="", tool_version="")))["tables"]["overrides"])[""]

    assert (row["overall"]["ci"], row["overall"]["reason"]) == (None, "not_counted")


def lazy(never: int, *, reviewers: int = 40, each: int = 100) -> pd.DataFrame:
    """Of ``reviewers`` with ``each`` cases, ``never`` follow every flag; the others leave one in four of most."""
    rows = [
        {
            "g": "ab"[at % 2],
            "flag": int(at < 80),
            "found": at % 2,
            "h": float(at < 80 and not (who >= never and at % 4 == 0)),
            "rev": f"r{who}",
        }
        for who in range(reviewers)
        for at in range(each)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("never", [1, 4, 9])
def test_a_small_number_of_reviewers_is_told_from_no_other(never: int) -> None:
    found = tables(lazy(never), plan(reviewer={"name": "rev"}))

    assert found["reviewers"][0]["never"] == {"least": 1, "most": 9, "of": 40}
    assert found["reviewer_bands"] == [{"from": 100, "to": None, "reviewers": 40}]


def test_larger_numbers_of_reviewers_are_given_in_steps() -> None:
    for never, (least, most) in {0: (0, 0), 11: (10, 14), 17: (15, 19), 33: (31, 39), 40: (40, 40)}.items():
        found = tables(lazy(never), plan(reviewer={"name": "rev"}))["reviewers"][0]
        assert found["never"] == {"least": least, "most": most, "of": 40}, never


def test_no_attached_table_holds_an_id_or_a_sum_over_few_reviewers() -> None:
    frame = cases()
    frame.loc[(frame["g"] == "c") & ~frame["rev"].isin([f"officer-{each}" for each in range(7)]), "g"] = "a"
    held = counted(frame, plan(reviewer={"name": "rev"}, **TIMES))

    assert set(held.aggregates) == {"reviewers", "reviewer_spread", "times"}
    spread = held.aggregates["reviewer_spread"]
    assert "c" not in spread.keys["level"].tolist()  # seven reviewers
    assert int(spread.measures["reviewers"][spread.measures["reviewers"] > 0].min()) >= 10
    bands = held.aggregates["reviewers"]
    assert int(bands.measures["least"][bands.keys["about"] == "cases"].min()) >= 10
    for table in held.aggregates.values():
        assert b"officer" not in table.to_parquet()
        assert not any("officer" in str(each) for column in table.keys.values() for each in set(column.tolist()))
    # At most three digits of a variance: too few to solve for one reviewer's numbers.
    for name in ("spread", "gap"):
        assert all(len(str(each).rstrip("0")) <= 3 for each in spread.measures[name].tolist())


def test_reviewers_of_parts_are_not_added_up() -> None:
    held = counted(cases(), plan(reviewer={"name": "rev"}))

    with pytest.raises(MetricError) as caught:
        merge_all([held.aggregates, held.aggregates])

    assert [fault.code for fault in caught.value.faults] == ["D92"]


def test_cases_without_a_reviewer_count_as_one_more() -> None:
    frame = cases()
    frame.loc[100:199, "rev"] = None
    found = tables(frame, plan(reviewer={"name": "rev"}))

    assert found["reviewers"][0]["without_reviewer"] == 100
    assert found["reviewers"][0]["reviewers"] == 40


def test_place_is_the_exact_one_for_the_mix_of_cases() -> None:
    # Eleven reviewers with 50 no-cases and 10 yes-cases; common rates: 55/550 = .1 and 33/110 = .3.
    n = np.tile([50, 10], (11, 1))
    k = np.array([[5, 3]] * 9 + [[1, 0], [9, 6]])
    values = np.arange(61)
    mass = np.convolve(stats.binom.pmf(np.arange(51), 50, 0.1), stats.binom.pmf(np.arange(11), 10, 0.3))

    found = places(n, k)

    for index, total in ((9, 1), (10, 15)):
        below = mass[values < total].sum() + mass[values == total].sum() / 2
        assert found.z[index] == pytest.approx(stats.norm.ppf(below), abs=1e-9)
    assert found.place[:9] == (0,) * 9
    assert (found.place[9], found.place[10]) == (-2, 1)  # scores of -3.13 and 2.49; the limits are 1.96 and 3.09


def test_reviewers_who_differ_by_chance_alone_are_seldom_outside() -> None:
    rng = np.random.default_rng(0)
    outside = []
    for _ in range(40):
        n = np.column_stack([rng.integers(20, 200, 60), rng.integers(0, 40, 60)])
        outside += places(n, rng.binomial(n, [0.01, 0.3])).place

    assert np.mean(np.abs(outside) >= 1) < 0.06  # 5% is meant; the normal limits of a funnel gave 9% here
    assert np.mean(np.abs(outside) == 2) < 0.004  # 0.2% is meant; they gave 2%


def test_times_are_those_of_the_rows() -> None:
    frame = cases()
    rows = tables(frame, plan(**TIMES))["review_times"]
    seconds = frame["secs"].clip(upper=600)

    for row in rows:
        part = frame["g"].eq(row["group"]["g"]) if row["group"] else frame["g"].notna()
        here = part if row["decision"] is None else part & (frame["flag"] == row["decision"])
        own = seconds[here]
        assert row["n"] == len(own)
        for name, share in (("q1", 25), ("median", 50), ("q3", 75)):
            assert row["quartiles"][name]["from"] <= np.percentile(own, share, method="weibull")
            assert np.percentile(own, share, method="weibull") <= row["quartiles"][name]["to"]
        assert (row["below_floor"]["k"], row["below_floor"]["n"]) == (int((own < 30).sum()), len(own))
        assert row["capped"]["k"] == int((own >= 600).sum())
        assert row["typical"]["value"] == pytest.approx(stats.gmean(own), rel=1e-5)
        if row["ratio"]:
            others = seconds[~part if row["decision"] is None else ~part & (frame["flag"] == row["decision"])]
            welch = stats.ttest_ind(np.log(own), np.log(others), equal_var=False).confidence_interval()
            assert row["ratio"]["ci"] == pytest.approx(np.exp([welch.low, welch.high]), rel=1e-4)


def quick(seconds: float, flagged: float) -> pd.DataFrame:
    """Reviews near ``seconds`` for a no and ``flagged`` for a yes; nobody departs."""
    rng = np.random.default_rng(0)
    flag = np.arange(1_000) % 2
    secs = np.where(flag == 1, flagged, seconds) * np.exp(rng.normal(0, 0.2, 1_000))
    return pd.DataFrame(
        {
            "g": np.where(np.arange(1_000) < 500, "a", "b"),
            "flag": flag,
            "found": flag,
            "h": flag,
            "secs": secs,
            "rev": "r",
        }
    )


def test_signs_are_found_where_they_were_planted() -> None:
    stamped = {row["sign"]: row["found"] for row in tables(quick(12, 11), plan(**TIMES))["oversight"]}
    read = {row["sign"]: row["found"] for row in tables(quick(120, 240), plan(**TIMES))["oversight"]}

    assert stamped == {"few_departures": True, "median_below_floor": True, "no_longer_look": True}
    assert read == {"few_departures": True, "median_below_floor": False, "no_longer_look": False}


def test_the_heavier_decision_of_a_benefit_is_the_no() -> None:
    decision = {"name": "flag", "yes": [1], "no": [0], "effect": "benefit", "label": "granted"}
    found = tables(quick(120, 240), plan(decision=decision, **TIMES))["oversight"]

    assert found[-1]["heavier"] == 0
    assert found[-1]["found"] is True  # a grant is looked at for longer than a refusal


def test_attached_tables_give_the_same_figures_again() -> None:
    made = plan(reviewer={"name": "rev"}, **TIMES)
    held = counted(cases(), made)
    first = audit.analyse(made, held.cells, aggregates=held.aggregates).to_json(created="", tool_version="")
    read = {name: Aggregate.from_parquet(table.to_parquet()) for name, table in held.aggregates.items()}

    again = audit.analyse(made, held.cells, aggregates=read).to_json(created="", tool_version="")

    assert json.dumps(again["tables"]) == json.dumps(first["tables"])
    assert len(first["tables"]["review_curve"]) > 20


def test_the_page_says_what_is_found_and_names_nobody() -> None:
    found = block(cases(), plan(reviewer={"name": "rev"}, **TIMES))
    number = Numbering()
    review, times = make_review(found, number), make_review_times(found, number)

    assert review is not None
    assert times is not None
    shown = (*review.tables, *times.tables)
    cells = [cell for table in shown for row in table.rows for cell in row]
    text = " ".join([*review.paragraphs, *times.paragraphs, *cells])
    assert "officer" not in text
    assert "also what one sees when the machine is very good" in text
    assert "Reviewers who never departed from the machine" in text
    assert "get no longer look than those with a no" in text
    for table in shown:
        assert sum(int(column.width[1:]) for column in table.columns) == 100, table.caption
    drawing = str(times.figures[0].drawing)
    assert "floor 30 s" in drawing
    assert "median" in drawing.split("</title>")[0]  # the same numbers in words


BAD = {
    "inside a bin": ({"seconds": 62, "reason": "r"}, "E116"),
    "not below the cap": ({"seconds": 600, "reason": "r"}, "E116"),
    "without a reason": ({"seconds": 30}, "E110"),
}


@pytest.mark.parametrize("case", BAD)
def test_floor_that_cannot_be_used_is_refused(case: str) -> None:
    floor, code = BAD[case]

    with pytest.raises(MetricError) as caught:
        plan(review_seconds={"name": "secs", "cap": 600, "floor": floor})

    assert code in [fault.code for fault in caught.value.faults]


def test_declared_override_rate_is_refused_where_reviewers_are_mapped() -> None:
    made = plan(primary=("override_rate",), reviewer={"name": "rev"})
    held = counted(cases(), made)

    with pytest.raises(MetricError) as caught:
        audit.analyse(made, held.cells, aggregates=held.aggregates)

    assert [fault.code for fault in caught.value.faults] == ["E118"]


def test_plan_without_a_floor_keeps_its_digest() -> None:
    made = plan(review_seconds={"name": "secs", "cap": 600})

    assert made.to_json()["columns"]["review_seconds"] == {"name": "secs", "cap": 600}
    assert plan_of(plan(**TIMES).to_json()) == plan(**TIMES)
