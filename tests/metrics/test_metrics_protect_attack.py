"""An attacker of our own: everything that is published goes into a linear programme that shares no code with impact's.

It must leave every hidden small count at least the range that the policy declares, and the truth inside that range.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.sizing import as_declared
from impact.metrics.counting.count import count
from impact.metrics.disclosure.attack import Statement, ranges
from impact.metrics.disclosure.policies import load_policy
from impact.metrics.disclosure.protect import protect
from impact.metrics.disclosure.published import Published
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan
from impact.metrics.tables.cells import Cell, Cells

PILOT = Path(__file__).resolve().parents[2] / "examples" / "misconduct-pilot"
PARTS = {  # a count is the sum of cells with these decisions, outcomes and human decisions
    "n": lambda y, d, h: True,
    "yes": lambda y, d, h: d == 1,
    "no": lambda y, d, h: d == 0,
    "undecided": lambda y, d, h: d == -1,
    "tp": lambda y, d, h: d == 1 and y == 1,
    "fp": lambda y, d, h: d == 1 and y == 0,
    "fn": lambda y, d, h: d == 0 and y == 1,
    "tn": lambda y, d, h: d == 0 and y == 0,
    "yes_open": lambda y, d, h: d == 1 and y == -1,
    "no_open": lambda y, d, h: d == 0 and y == -1,
    "upheld": lambda y, d, h: d == 1 and h == 1,
    "reversed": lambda y, d, h: d == 1 and h == 0,
}
Plans = Callable[..., AuditPlan]


def true_count(cells: Cells, keys: tuple[str, ...], values: tuple[str, ...], item: str) -> int:
    at = [cells.groups.index(key) for key in keys]
    return sum(
        cell.n
        for cell in cells
        if tuple(cell.group[i] for i in at) == values and PARTS[item](cell.outcome, cell.decision, cell.human)
    )


def attack(cells: Cells, published: Published) -> list[tuple[str, int, float, float]]:
    """For each hidden small count: which, the truth, and the range that everything published leaves for it.

    The unknowns are the cells of the joint table of all characteristics, by outcome, decision and human decision: one
    for every combination of values that is published, and one “any other” value for each characteristic.
    """
    policy = published.policy
    named = {key: [] for key in published.groups}
    for row in published:
        for key, value in zip(row.keys, row.values, strict=True):
            if value not in named[key]:
                named[key].append(value)
    codes = sorted({(c.outcome, c.decision, c.human) for c in cells} | {(-1, 1, -1), (-1, 0, -1)})
    joint = list(product(*([*values, None] for values in named.values()), codes))
    matrix, low, high, hidden = [], [], [], []
    for row in published:
        at = [published.groups.index(key) for key in row.keys]
        inside = [tuple(cell[i] for i in at) == row.values for cell in joint]
        counts = published.of(row)
        for item, shown in counts.items():
            line = np.array([ok and PARTS[item](*cell[-1]) for ok, cell in zip(inside, joint, strict=True)], float)
            truth = true_count(cells, row.keys, row.values, item)
            if shown is None:
                if truth < policy.min_cell:
                    hidden.append((f"{row.values} {item}", line, truth))
                continue
            # Totals of printed parts add no knowledge beyond them; anything else stands for the counts behind it.
            parts = {"yes": ("tp", "fp", "yes_open"), "no": ("fn", "tn", "no_open"), "n": ("yes", "no", "undecided")}
            there = [part for part in parts.get(item, ()) if part in counts]
            needed = {"yes": "tp", "no": "fn", "n": "yes"}.get(item)
            if needed in counts and all(counts[part] is not None for part in there):
                assert shown == sum(counts[part] or 0 for part in there)
                continue
            a, b = policy.behind(shown)
            assert a <= truth <= b
            matrix.append(line)
            low.append(a)
            high.append(b)
    rows = np.array(matrix)
    found = []
    for name, line, truth in hidden:
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * line,
                A_ub=np.vstack([rows, -rows]),
                b_ub=np.concatenate([high, np.negative(low)]),
                method="highs",
            )
            assert solved.status in (0, 3)
            ends.append(sign * solved.fun if solved.status == 0 else inf)
        found.append((name, truth, ends[0], ends[1]))
    return found


def assert_safe(cells: Cells, published: Published) -> int:
    wide = min(published.policy.keep_range, published.policy.min_cell - 1)
    found = attack(cells, published)
    for name, truth, low, high in found:
        assert low - 1e-6 <= truth <= high + 1e-6, name
        # What is hidden may be known to be under the threshold: count only what is left below it.
        assert min(high, published.policy.min_cell - 1) - low >= wide - 1e-6, name
    return len(found)


@pytest.fixture(scope="module")
def pilot() -> tuple[AuditPlan, Cells]:
    plan = load_plan(PILOT / "audit.yaml")
    cells = count(plan, base=PILOT).cells
    # Two characteristics of the five and their intersection: the joint table of all would be thousands of unknowns.
    kept = {key: plan.groups[key] for key in ("ethnicity", "sex")}
    small = plan.model_copy(update={"groups": kept})
    order = [cells.groups.index(key) for key in kept]
    rows = (Cell(tuple(c.group[i] for i in order), c.outcome, c.decision, c.human, c.n) for c in cells)
    return small, as_declared(small, Cells.of(tuple(kept), rows))[0]


@pytest.mark.parametrize("name", ["ons-10", "suppress-10"])
def test_no_small_count_of_the_pilot_is_recovered(name: str, pilot: tuple[AuditPlan, Cells]) -> None:
    plan, cells = pilot

    assert assert_safe(cells, protect(plan, cells, load_policy(name))) > 10


def test_hiding_small_counts_alone_would_be_recovered_exactly() -> None:
    """The design's worked case (prototypes, section 17): 7 and 9 come out as they are."""
    table = [[312, 45, 7, 120], [280, 60, 31, 98], [150, 22, 12, 44], [9, 33, 18, 25]]
    known = [Statement([(i, j)], n, n) for i, line in enumerate(table) for j, n in enumerate(line) if n >= 10]
    known += [Statement([(i, j) for j in range(4)], sum(line), sum(line)) for i, line in enumerate(table)]
    columns = [sum(line[j] for line in table) for j in range(4)]
    known += [Statement([(i, j) for i in range(4)], n, n) for j, n in enumerate(columns)]

    assert ranges(known, [[(0, 2)], [(3, 0)]]) == [(7, 7), (9, 9)]

    hidden = {(0, 1), (0, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 2)}
    wider = [one for one in known if len(one.plus) > 1 or one.plus[0] not in hidden]
    assert ranges(wider, [[(0, 2)], [(3, 0)]]) == [(0, 37), (0, 27)]


COUNT = st.one_of(st.integers(0, 14), st.integers(15, 90), st.integers(200, 900))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(counts=st.lists(COUNT, min_size=24, max_size=24), name=st.sampled_from(["ons-10", "nhs-7", "suppress-10"]))
def test_no_small_count_of_random_tables_is_recovered(counts: list[int], name: str, make_plan: Plans) -> None:
    plan = make_plan(groups=("g", "s"), intersections=(("g", "s"),))
    keys = product("abc", "fm", ((1, 1), (0, 1), (1, 0), (0, 0)))
    cells = Cells.of(("g", "s"), [Cell((g, s), y, d, -1, n) for (g, s, (y, d)), n in zip(keys, counts, strict=True)])
    if not cells.n:
        return
    try:
        published = protect(plan, cells, load_policy(name))
    except MetricError as refused:
        event("refused: " + refused.faults[0].code)
        return
    event("published")
    assert_safe(cells, published)


def test_every_published_rate_and_interval_stands_for_several_true_counts(pilot: tuple[AuditPlan, Cells]) -> None:
    """Whoever inverts an interval gets the rounded k of n; each of the two stands for three or more true counts."""
    plan, cells = pilot
    published = protect(plan, cells, load_policy("ons-10"))
    policy = published.policy
    shown = {n for row in published for n in row.counts if n is not None}

    for rate in analyse(plan, published).rates.values():
        if rate.value is None:
            continue
        assert rate.k is not None
        assert rate.k >= policy.min_cell
        candidates = [k for k in range(rate.k - 5, rate.k + 6) if policy.shown(k) == rate.k]
        assert len(candidates) >= 3 or rate.k not in shown  # a sum of several rounded counts stands for more


def test_the_interval_that_has_only_one_origin_is_not_printed(make_plan: Plans) -> None:
    """3 of 41 is the only k of n below 120 whose Wilson interval is 0.025 to 0.194 (design, decision 4)."""
    plan = make_plan(outcome=False)
    rows = [("a", 300, 2000), ("b", 200, 1500), ("c", 3, 38)]
    cells = Cells.of(("g",), [Cell((g,), -1, d, -1, n) for g, yes, no in rows for d, n in ((1, yes), (0, no))])
    exact, public = analyse(plan, cells), analyse(plan, protect(plan, cells, load_policy("ons-10")))

    leaks = exact.rate("selection_rate", g="c").interval
    assert leaks is not None
    assert (round(leaks.low, 3), round(leaks.high or 0, 3)) == (0.025, 0.194)
    assert public.rate("selection_rate", g="c").reason == "suppressed"
    for rate in public.rates.values():
        if rate.interval is not None:
            assert (round(rate.interval.low, 3), round(rate.interval.high or 0, 3)) != (0.025, 0.194)
