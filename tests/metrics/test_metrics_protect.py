"""Disclosure control: what is published of counts, and what every figure says where a count is hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from impact.canonical import canonical_json
from impact.errors import Exit, MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.differences import comparable, differences
from impact.metrics.disclosure.policies import POLICIES, load_policy
from impact.metrics.disclosure.protect import protect
from impact.metrics.disclosure.published import Published
from impact.metrics.disclosure.published_file import published_bytes, read_published
from impact.metrics.disclosure.releases import entry, refuse_differences, small_changes
from impact.metrics.disclosure.withheld import to_withhold
from impact.metrics.plans.plan import AuditPlan, Disclosure, Unit
from impact.metrics.plans.plan_columns import Weight
from impact.metrics.tables.cells import Cell, Cells

Plans = Callable[..., AuditPlan]
Tables = Callable[[Mapping[str, tuple[int, ...]]], Cells]

# tp, fp, fn, tn: group c has 4 true positives, everything else of the three groups may be shown.
THREE = {"a": (120, 300, 80, 900), "b": (60, 150, 40, 450), "c": (4, 31, 22, 143)}


def row(published: Published, *values: str) -> dict[str, int | None]:
    return next(published.of(one) for one in published if one.values == values)


def said(plan: AuditPlan, published: Published) -> dict[str, Any]:
    return analyse(plan, published).to_json(created="2026-11-20", tool_version="0")


def test_counts_are_rounded_and_small_groups_show_their_decisions_only(make_plan: Plans, confusion: Tables) -> None:
    """By hand: 31 + 4 = 35 with a yes, 22 + 143 = 165 with a no; outcomes of c are hidden because 4 < 10."""
    published = protect(make_plan(), confusion(THREE), load_policy("ons-10"))

    assert row(published, "a") == {
        "n": 1400, "yes": 420, "no": 980, "tp": 120, "fp": 300, "fn": 80, "tn": 900,
    }  # fmt: skip
    assert row(published, "c") == {
        "n": 200, "yes": 35, "no": 165, "tp": None, "fp": None, "fn": None, "tn": None,
    }  # fmt: skip
    assert published.hidden == 4


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_under_the_threshold_is_printed(name: str, make_plan: Plans, confusion: Tables) -> None:
    published = protect(make_plan(), confusion(THREE), load_policy(name))
    policy = published.policy

    shown = [count for one in published for count in one.counts if count is not None]

    assert min(shown) >= policy.min_cell
    assert all(count % policy.base == 0 for count in shown)


def test_suppression_hides_a_second_group_so_that_the_first_cannot_be_subtracted(
    make_plan: Plans, confusion: Tables
) -> None:
    """Everybody's 184 true positives less the 180 of a and b would give the 4 of c away."""
    published = protect(make_plan(), confusion(THREE), load_policy("suppress-10"))

    assert row(published)["tp"] == 184
    assert row(published, "c")["tp"] is None
    assert row(published, "b")["tp"] is None
    assert row(published, "a")["tp"] == 120


def test_a_group_that_nobody_belongs_to_looks_like_a_group_of_nine(make_plan: Plans, confusion: Tables) -> None:
    plan = make_plan(values=("a", "b", "d"))
    none = protect(plan, confusion(THREE), load_policy("ons-10"))
    two = protect(plan, confusion(THREE | {"d": (0, 1, 0, 1)}), load_policy("ons-10"))

    assert set(row(none, "d").values()) == {None}
    assert canonical_json(said(plan, none)) == canonical_json(said(plan, two))


def test_an_undeclared_value_of_few_people_is_not_even_named(make_plan: Plans, confusion: Tables) -> None:
    published = protect(make_plan(), confusion(THREE | {"z": (0, 1, 1, 1)}), load_policy("ons-10"))

    assert all("z" not in one.values for one in published)


def test_groups_where_everybody_or_nobody_has_a_yes_show_their_size_only(make_plan: Plans, confusion: Tables) -> None:
    published = protect(make_plan(), confusion(THREE | {"d": (40, 60, 0, 0)}), load_policy("ons-10"))

    assert row(published, "d")["n"] == 100
    assert row(published, "d")["yes"] is None


@pytest.mark.parametrize("hidden", [2, 3, 5, 6])
@pytest.mark.parametrize("name", ["ons-10", "nhs-7"])
def test_changing_a_hidden_count_changes_no_byte(name: str, hidden: int, make_plan: Plans, confusion: Tables) -> None:
    """Of c, 2 to 6 true positives: everybody's 182 to 186 would straddle a step of the rounding, so a makes up for it
    inside its own step (118 to 122 are printed as 120), and fp keeps the 35 with a yes."""

    def files(tp: int) -> tuple[bytes, bytes]:
        counts = {**THREE, "a": (124 - tp, 296 + tp, 80, 900), "c": (tp, 35 - tp, 22, 143)}
        plan = make_plan(primary=("selection_rate", "ppv", "fpr"))
        published = protect(plan, confusion(counts), load_policy(name))
        assert row(published, "c")["tp"] is None
        return canonical_json(said(plan, published)), published_bytes(published)

    assert files(hidden) == files(4)


def test_rates_and_comparisons_on_hidden_counts_are_suppressed_and_never_nought(
    make_plan: Plans, confusion: Tables
) -> None:
    plan = make_plan(primary=("selection_rate", "ppv"))
    data = said(plan, protect(plan, confusion(THREE), load_policy("ons-10")))

    rates = {(one["group"].get("g"), one["metric"]): one for one in data["tables"]["rates"]}
    assert rates["c", "ppv"] == {
        "group": {"g": "c"}, "metric": "ppv", "k": None, "n": None, "value": None, "ci": None, "method": None,
        "reason": "suppressed",
    }  # fmt: skip
    assert (rates["c", "selection_rate"]["k"], rates["c", "selection_rate"]["n"]) == (35, 200)
    compared = {(one["group"]["g"], one["metric"]): one for one in data["tables"]["disparities"]}
    assert (compared["c", "ppv"]["verdict"], compared["c", "ppv"]["reason"]) == ("suppressed", "suppressed")
    assert compared["c", "ppv"]["group_rate"]["k"] is None
    assert compared["a", "ppv"]["verdict"] != "suppressed"
    lines = [one["text"] for one in data["not_computed"] if one["reason"] == "suppressed"]
    assert len(lines) == 1
    assert "4 of the group’s counts are hidden" in lines[0]


def test_a_group_and_those_who_do_not_share_it_add_up_to_everybody(make_plan: Plans, confusion: Tables) -> None:
    plan = make_plan()
    data = said(plan, protect(plan, confusion(THREE), load_policy("ons-10")))

    for one in data["tables"]["disparities"]:
        if one["metric"] == "selection_rate":
            assert one["group_rate"]["n"] + one["comparator_rate"]["n"] == data["people"]
            assert one["group_rate"]["k"] + one["comparator_rate"]["k"] == 665  # 184 + 481 with a yes -> 185 + 480


def test_the_copy_says_what_was_protected_and_holds_no_exact_digest(make_plan: Plans, confusion: Tables) -> None:
    plan, cells = make_plan(), confusion(THREE)
    data = said(plan, protect(plan, cells, load_policy("ons-10")))

    assert data["disclosure"]["status"] == "protected"
    assert data["disclosure"]["small_cells"] == 0
    assert data["disclosure"]["suppressed_cells"] == 4
    assert {check["code"] for check in data["checks"]} == {"D95", "D96", "D97"}
    assert cells.digest.encode() not in canonical_json(data)


@pytest.mark.parametrize("name", POLICIES)
def test_a_stranger_recomputes_every_figure_from_the_published_file(
    name: str, make_plan: Plans, confusion: Tables
) -> None:
    plan = make_plan(primary=("selection_rate", "ppv", "tpr"))
    published = protect(plan, confusion(THREE), load_policy(name))

    again = read_published(published_bytes(published))

    assert again == published
    assert differences(comparable(said(plan, published)), comparable(said(plan, again))) == []


def test_a_published_file_with_a_small_count_is_refused(make_plan: Plans, confusion: Tables) -> None:
    published = protect(make_plan(), confusion(THREE), load_policy("ons-10"))
    first = published.rows[0]
    forged = Published(
        published.groups,
        published.columns,
        (type(first)(first.keys, first.values, (3, *first.counts[1:])), *published.rows[1:]),
        published.policy,
    )

    with pytest.raises(MetricError) as caught:
        read_published(published_bytes(forged))

    assert caught.value.faults[0].code == "D91"
    with pytest.raises(MetricError) as caught:
        read_published(b"not a table")
    assert caught.value.faults[0].code == "D90"


def test_a_plan_makes_a_policy_stricter_and_never_looser() -> None:
    policy = load_policy("ons-10")

    loose = policy.at_least_as_strict_as(Disclosure(min_cell=3, base=1))
    strict = policy.at_least_as_strict_as(Disclosure(min_cell=30, base=10))

    assert (loose.min_cell, loose.base) == (10, 5)
    assert (strict.min_cell, strict.base) == (30, 10)


def test_what_is_printed_stands_for_several_counts_all_of_them_allowed() -> None:
    """Everything from the threshold up is printed as a number whose possible counts hold it."""
    for name in POLICIES:
        policy = load_policy(name)
        for count in range(policy.min_cell, 400):
            shown = policy.shown(count)
            assert shown is not None
            low, high = policy.behind(shown)
            assert low <= count <= high
            assert [n for n in range(low, high + 1) if policy.shown(n) != shown] == []


def test_a_policy_that_cannot_be_met_ends_with_status_6(make_plan: Plans, confusion: Tables) -> None:
    with pytest.raises(MetricError) as caught:
        protect(make_plan(), confusion({"a": (1, 2, 3, 30), "b": (1, 1, 1, 20)}), load_policy("ons-10"))

    assert caught.value.faults[0].code == "D93"
    assert caught.value.exit == Exit.DISCLOSURE


def test_an_unknown_policy_is_named(make_plan: Plans) -> None:
    with pytest.raises(MetricError) as caught:
        load_policy("ons")

    assert caught.value.faults[0].code == "E140"


def test_people_of_unknown_group_are_outside_every_comparison(make_plan: Plans, confusion: Tables) -> None:
    """a: 420 of 1,400; not known: 50 of 200; everybody 1,015 of 3,100 or so: the others are what is left."""
    plan = make_plan(unknown=("?",))
    published = protect(
        plan,
        confusion({"a": (120, 300, 80, 900), "b": (160, 350, 40, 450), "?": (20, 30, 50, 100)}),
        load_policy("ons-10"),
    )
    data = said(plan, published)

    compared = {(one["group"]["g"], one["metric"]): one for one in data["tables"]["disparities"]}
    assert compared["a", "selection_rate"]["comparator_rate"]["n"] == 1000
    assert compared["a", "selection_rate"]["comparator_rate"]["k"] == 510


def test_small_intersections_do_not_hide_their_characteristics(make_plan: Plans) -> None:
    plan = make_plan(groups=("g", "s"), intersections=(("g", "s"),), outcome=False)
    rows = [
        Cell((g, s), -1, decision, -1, n)
        for g, s, yes, no in (("a", "f", 200, 900), ("a", "m", 300, 800), ("b", "f", 3, 60), ("b", "m", 30, 200))
        for decision, n in ((1, yes), (0, no))
    ]
    published = protect(plan, Cells.of(("g", "s"), rows), load_policy("ons-10"))

    assert row(published, "b", "f")["yes"] is None
    assert row(published, "b")["yes"] == 35
    assert row(published, "f")["yes"] == 205


def test_a_second_release_of_nearly_the_same_people_is_refused(make_plan: Plans, confusion: Tables) -> None:
    plan = make_plan()

    def release(counts: Mapping[str, tuple[int, ...]], name: str = "ons-10") -> dict[str, Any]:
        published = protect(plan, confusion(counts), load_policy(name))
        return entry(plan, published, folder=name, created="2026-11-20T00:00:00+00:00")

    first = release(THREE)
    with pytest.raises(MetricError) as caught:
        refuse_differences(release(THREE, "suppress-10"), [first])
    with pytest.raises(MetricError):
        refuse_differences(release(THREE | {"b": (66, 150, 40, 450)}), [first])
    other = release(THREE | {"a": (150, 400, 80, 1100)})
    refuse_differences(first, [first])
    refuse_differences(other, [first])

    assert caught.value.faults[0].code == "D94"
    assert caught.value.exit == Exit.DISCLOSURE
    assert small_changes(other, [first]) == []
    assert small_changes(release(THREE | {"b": (66, 150, 40, 450)}), [first]) == ["ons-10"]


def test_what_cannot_be_protected_is_withheld_and_named(make_plan: Plans, confusion: Tables) -> None:
    """Also a table that nobody here has heard of; and the copy read back says the same."""
    plan, cells = make_plan(), confusion({"a": (100, 200, 50, 900), "b": (60, 90, 40, 300)})
    exact: dict[str, Any] = {"scores": [{}], "sweep": [{}], "rates": [{}]}
    names = to_withhold(plan, ["scores", "future_table"], exact)
    published = replace(protect(plan, cells, load_policy("ons-10")), withheld=names)

    told = said(plan, published)

    assert names == ("future_table", "scores")
    assert read_published(published_bytes(published)).withheld == names
    texts = [row["text"] for row in told["not_computed"] if row["reason"] == "suppressed"]
    assert "table “future table”: because no way to protect its counts is known" in texts
    assert any(text.startswith("figures of the score") for text in texts)
    assert any(check["code"] == "D99" and "future table" in check["text"] for check in told["checks"])
    assert to_withhold(plan, [], exact) == ("scores", "sweep")  # tables computed from the cells alone


def test_a_copy_of_weighted_or_repeated_people_is_refused(make_plan: Plans) -> None:
    """Computed again from protected cells alone, their rates and intervals would be other figures."""
    columns = make_plan().columns.model_copy(update={"weight": Weight(name="w", kind="sampling")})
    weighted = make_plan().model_copy(update={"columns": columns})
    repeated = make_plan().model_copy(update={"unit": Unit(row="person", person_id="id")})

    for plan in (weighted, repeated):
        with pytest.raises(MetricError) as refused:
            to_withhold(plan, ["scores"], {})
        assert (refused.value.faults[0].code, refused.value.exit) == ("D93", 6)
