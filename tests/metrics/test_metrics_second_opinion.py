"""fairlearn and aif360 on the same cells: agreement, disagreement, silence, and what is not compared."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.errors import Exit, MetricError
from impact.metrics import libraries
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.second_opinion import SecondOpinion, second_opinion
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import MISSING, Cell, Cells

TABLE = {"a": (60, 40, 20, 180), "b": (30, 10, 20, 140), "c": (5, 9, 3, 50)}
EVERY = ("selection_rate", "base_rate", "tpr", "fpr", "fnr", "tnr", "ppv", "npv", "fdr", "for", "accuracy")


@pytest.fixture
def result(make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]) -> AuditResult:
    return analyse(make_plan(primary=EVERY), confusion(TABLE))


def test_both_libraries_agree_on_every_rate_and_difference(result: AuditResult) -> None:
    opinion = second_opinion(result)

    assert opinion.status == "agrees"
    for one in opinion.libraries.values():
        # Eleven rates of everybody and of three groups, and eleven differences of three groups.
        assert one.compared == 11 * 4 + 11 * 3
        assert one.max_abs_diff is not None
        assert one.max_abs_diff <= 1e-12
        assert one.not_compared == ()
    opinion.raise_if_disagrees()


def test_wrong_result_is_found(result: AuditResult) -> None:
    key = ((("g", "b"),), "fpr")
    wrong = replace(result.rates[key], value=result.rates[key].value + 1e-6)  # type: ignore[operator]  # defined above
    opinion = second_opinion(replace(result, rates={**result.rates, key: wrong}))

    assert opinion.status == "disagrees"
    assert all(one.by_rate[key] == pytest.approx(1e-6, rel=1e-3) for one in opinion.libraries.values())
    with pytest.raises(MetricError, match=r"fairlearn 0.* differs by up to 1e-06; aif360 .*\[M110\]") as caught:
        opinion.raise_if_disagrees()
    assert caught.value.exit == Exit.DISAGREES


def test_undefined_rates_are_listed_and_not_compared(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    """Both libraries print 0 or NaN here by their own convention (peer_pitfalls.md, P01 and P09)."""
    result = analyse(make_plan(primary=EVERY), confusion({"a": (0, 0, 3, 4), "b": (5, 1, 2, 6)}))
    opinion = second_opinion(result)

    assert opinion.status == "agrees"
    listed = set(opinion.libraries["aif360"].not_compared)
    assert ((("g", "a"),), "ppv", "rate", "nobody_flagged") in listed
    assert ((("g", "a"),), "fdr", "rate", "nobody_flagged") in listed
    # b's own rate is compared; its difference from a has nothing to be compared with.
    assert ((("g", "b"),), "ppv", "difference", "nobody_flagged") in listed
    assert ((("g", "b"),), "ppv") in opinion.libraries["aif360"].by_rate


def test_libraries_still_give_zero_for_an_undefined_precision() -> None:
    """If this fails, a convention has changed upstream, and the list of what is not compared can shrink (P01, P09)."""
    nobody_flagged = [(0, 0, 4), (1, 0, 3)]
    for load in (libraries.load_fairlearn, libraries.load_aif360):
        _, compute = load()
        values = compute(["ppv", "fdr"], [(nobody_flagged, [(0, 1, 1), (1, 1, 5)])])
        assert values[0]["ppv", "group"] == values[0]["fdr", "group"] == 0.0


def test_human_decisions_missing_outcomes_unknown_groups_and_intersections_are_covered(
    make_plan: Callable[..., AuditPlan],
) -> None:
    rows = [
        Cell((r, s), y, d, h, 3 + i)
        for i, (r, s, y, d, h) in enumerate(
            (r, s, y, d, h)
            for r in ("a", "b", MISSING)
            for s in ("m", "f")
            for y in (1, 0, -1)
            for d in (1, 0, -1)
            for h in (1, 0, -1)
        )
    ]
    plan = make_plan(groups=("r", "s"), intersections=(("r", "s"),), human=True, primary=("selection_rate",))
    result = analyse(plan, Cells.of(("r", "s"), rows))
    opinion = second_opinion(result)

    assert opinion.status == "agrees"
    assert ((("r", "a"), ("s", "f")), "override_rate") in opinion.libraries["fairlearn"].by_rate
    assert ((("r", MISSING),), "accuracy") in opinion.libraries["aif360"].by_rate


count = st.integers(min_value=0, max_value=30)


@settings(max_examples=8)
@given(st.lists(st.tuples(count, count, count, count), min_size=2, max_size=3))
def test_agreement_on_any_table(
    make_plan: Callable[..., AuditPlan],
    confusion: Callable[..., Cells],
    tables: list[tuple[int, int, int, int]],
) -> None:
    cells = confusion(dict(zip("abc", tables, strict=False)))
    if cells.n:
        assert second_opinion(analyse(make_plan(primary=EVERY), cells)).status == "agrees"


def test_many_groups_are_sampled_and_named(make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]) -> None:
    table = {f"group {i:03d}": (3 + i % 7, 40) for i in range(150)}
    opinion = second_opinion(analyse(make_plan(outcome=False), selected(table)))

    assert opinion.status == "agrees"
    assert opinion.sampled is not None
    assert len(opinion.sampled) == len(set(opinion.sampled)) == 100
    assert len(opinion.to_json()["sampled"]) == 100


def test_finding_carries_its_own_comparison(result: AuditResult) -> None:
    opinion = second_opinion(result)
    data = result.to_json(created="2026-11-20", tool_version="0", second_opinion=opinion)

    assert data["second_opinion"]["status"] == "agrees"
    for finding in data["findings"]:
        assert finding["second_opinion"]["fairlearn"]["max_abs_diff"] <= 1e-12
        assert finding["second_opinion"]["aif360"]["version"] == "0.6.1"
    json.dumps(data, allow_nan=False)


def test_skipped_is_said() -> None:
    data = SecondOpinion.skipped("--without-second-opinion was given").to_json()

    assert (data["status"], data["fairlearn"], data["reason"]) == (
        "skipped",
        None,
        "--without-second-opinion was given",
    )


def test_loading_leaves_logging_as_it_was(result: AuditResult) -> None:
    """peer_pitfalls.md, P17: aif360 leaves a handler on the root logger."""
    handlers, disabled = logging.getLogger().handlers[:], logging.root.manager.disable
    second_opinion(result)

    assert logging.getLogger().handlers == handlers
    assert logging.root.manager.disable == disabled


SCRIPT = """
import logging, sys
import impact.metrics.analysis.analyse, impact.metrics.analysis.second_opinion
heavy = [m for m in ("aif360", "fairlearn", "pandas", "numpy", "scipy", "matplotlib", "sklearn") if m in sys.modules]
assert not heavy, heavy
from impact.metrics.libraries import load_aif360, load_fairlearn
load_aif360(), load_fairlearn()
assert logging.getLogger().handlers == [] and logging.root.manager.disable == 0
"""


def test_nothing_heavy_is_imported_early_and_nothing_is_printed() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_missing_library_is_named_with_the_command_that_installs_it(
    result: AuditResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aif360.datasets", None)  # what Python itself sets for a module that is not there

    with pytest.raises(MetricError, match=r"aif360 cannot be loaded.*pip install aif360.*\[M111\]") as caught:
        second_opinion(result)
    assert caught.value.exit == Exit.MISSING
