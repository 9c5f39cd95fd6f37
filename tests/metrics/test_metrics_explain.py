"""An explanation tells how a number arose, from the counts that are printed, and notices when it did not."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.catalogue import REASONS
from impact.metrics.analysis.caveats import CAVEATS
from impact.metrics.analysis.second_opinion import second_opinion
from impact.metrics.analysis.verdict import VerdictName
from impact.metrics.counting.count import count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import Cells
from impact.metrics.tools.explain import Explanation, explain
from impact.metrics.tools.explain_words import CAVEAT_WORDS, REASON_WORDS, VERDICT_WORDS

Made = dict[str, Any]


def text_of(found: Explanation, heading: str) -> str:
    return " ".join(next(part for part in found.parts if part.heading == heading).lines)


@pytest.fixture(scope="module")
def large(make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]) -> Made:
    """Metrics design, section 10: 3,021 of 49,512 against 8,123 of 372,110, one comparison, margin 1.25."""
    plan = make_plan(groups=("g",), outcome=False, margin=("ratio", 1.25))
    result = analyse(plan, selected({"Black": (3_021, 49_512), "White": (8_123, 372_110)}))
    found = result.to_json(created="2026-11-20", tool_version="0.1.0", second_opinion=second_opinion(result))
    return dict(json.loads(json.dumps(found)))


def test_counts_formula_and_intervals_are_filled_in(large: Made) -> None:
    """The interval 2.68354 to 2.91111 stands in the metrics design; 3021/49512 = .061015 and 8123/372110 = .0218296."""
    found = explain(large, "F-0001")

    assert "3,021 (decision yes) of 49,512 (everybody with a decision)" in text_of(found, "What was counted")
    assert "3,021 / 49,512 = 0.0610155." in text_of(found, "The rates")
    assert "0.0610155 / 0.0218296 = 2.79509." in text_of(found, "How far apart")
    assert "Koopman interval of the ratio at 95%: 2.68354 to 2.91111." in text_of(found, "How far apart")
    assert found.disagreements == ()


def test_the_rule_that_gave_the_verdict_is_named(large: Made) -> None:
    verdict = text_of(explain(large, "F-0001"), "The verdict")

    assert "ratio 1.25, that is 0.8 to 1.25" in verdict
    assert "Row 1 applies" in verdict
    assert verdict.endswith("Verdict: disparity_shown, worse off.")


def test_second_opinion_and_digests_are_told(large: Made) -> None:
    found = explain(large, "F-0001")

    assert "fairlearn" in text_of(found, "The second opinion")
    assert "aif360 0.6.1: largest difference from ours" in text_of(found, "The second opinion")
    assert large["cells_digest"] in text_of(found, "Where it comes from")
    assert "was not registered" in text_of(found, "Where it comes from")


@pytest.mark.parametrize("written", ["1", "f-1", "F-1", "F-0001", "0001"])
def test_short_forms_of_an_id_are_understood(large: Made, written: str) -> None:
    assert explain(large, written).id == "F-0001"


@pytest.mark.parametrize("written", ["F-0009", "first", ""])
def test_unknown_id_names_the_nearest(large: Made, written: str) -> None:
    with pytest.raises(MetricError) as refused:
        explain(large, written)

    (fault,) = refused.value.faults
    assert fault.code == "E150"
    assert "F-0001" in fault.remedy
    assert refused.value.exit == 2


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("estimate", "ratio", "value"), 2.5, "ratio"),
        (("estimate", "ratio", "ci"), [2.7, 2.9], "interval of the ratio"),
        (("estimate", "difference", "ci"), [0.01, 0.02], "interval of the difference"),
        (("estimate", "group", "value"), 0.05, "rate of Black people"),
        (("estimate", "excess", "value"), 7, "excess"),
        (("verdict",), "equivalence_shown", "verdict"),
    ],
)
def test_a_figure_that_does_not_follow_from_the_counts_is_noticed(
    large: Made, path: tuple[str, ...], value: Any, place: str
) -> None:
    changed = copy.deepcopy(large)
    part = changed["findings"][0]
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value

    assert place in explain(changed, "F-0001").disagreements


def test_family_level_is_worked_out(make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]) -> None:
    """Three groups are three comparisons with those not sharing: 1 - .95^(1/3) = .016952."""
    cells = selected({"aa": (30, 300), "bb": (40, 300), "cc": (90, 300)})
    findings = analyse(make_plan(outcome=False), cells).to_json(created="", tool_version="")

    family = text_of(explain(findings, "F-0001"), "How many comparisons were allowed for")

    assert "3 different comparisons" in family
    assert "= 0.0169524 (Šidák)" in family
    assert "98.3048%" in family


def test_without_a_margin_nothing_is_called_small(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    findings = analyse(make_plan(outcome=False), selected({"aa": (5_000, 50_000), "bb": (50_000, 500_000)}))
    found = explain(findings.to_json(created="", tool_version=""), "F-0001")

    assert "No margin was declared" in text_of(found, "The verdict")
    assert "Row 5 applies" in text_of(found, "The verdict")
    assert "None was asked for." in text_of(found, "The second opinion")


def test_a_comparator_without_any_yes_has_no_ratio_but_an_open_interval(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    """5/20 against 0/200: Koopman 13.16722 and anything above (metrics design, prototypes 3)."""
    findings = analyse(make_plan(outcome=False), selected({"aa": (5, 20), "bb": (0, 200)}))
    found = explain(findings.to_json(created="", tool_version=""), "F-0001")

    assert "nothing can be divided by zero" in text_of(found, "How far apart")
    assert "13.1672 and anything above" in text_of(found, "How far apart")
    assert found.disagreements == ()


def test_outcomes_after_a_yes_are_explained_as_ranges(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    plan = make_plan(primary=("fpr",), observed="decision_yes")
    cells = confusion({"aa": (60, 40, 0, 0, 0, 900), "bb": (30, 70, 0, 0, 0, 900)})
    found = explain(analyse(plan, cells).to_json(created="", tool_version=""), "F-0001")

    # 40 / (40 + 900) = .0425532
    assert "from 0.0425532 to 1" in text_of(found, "The rates")
    assert "No row applies" in text_of(found, "The verdict")
    assert "C04" in text_of(found, "Caveats")
    assert found.disagreements == ()


def test_an_unregistered_plan_makes_the_explanation_exploratory(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    cells = selected({"aa": (30, 300), "bb": (40, 300), "cc": (90, 300)})
    lock = {"at": "2026-01-01T00:00:00Z", "digest": "sha256:00", "matches": False}
    findings = analyse(make_plan(outcome=False), cells).to_json(created="", tool_version="", registered=lock)

    found = explain(findings, "F-0001")

    assert "not the one that was registered" in text_of(found, "How many comparisons were allowed for")
    assert "another plan, sha256:00" in text_of(found, "Where it comes from")


def test_every_verdict_reason_and_caveat_has_words() -> None:
    assert set(get_args(VerdictName)) <= set(VERDICT_WORDS)
    assert set(CAVEATS) == set(CAVEAT_WORDS)
    assert set(REASONS) == set(REASON_WORDS)


def audited(folder: Path, **part: Any) -> Made:
    """Referrals in which rows are weighted, and the same people stand in several rows and on both sides."""
    pick = random.Random(6)
    lines = ["pid,g,flag,w"]
    for _ in range(3_000):
        person, group = pick.randrange(400), pick.choice("AB")
        flag = pick.random() < (0.05 + 0.4 * (person % 3 == 0)) * (1.3 if group == "B" else 1)
        lines.append(f"p{person},{group},{int(flag)},{pick.randrange(1, 9) / 4}")
    (folder / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = {"decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "referred"}}
    plan = plan_of(
        {
            "version": 1,
            "title": "Referrals",
            "question": "Who is referred?",
            "pool": "everybody scored",
            "source": {"kind": "csv", "path": "d.csv"},
            "unit": {"row": "decision", **part.get("unit", {})},
            "columns": {**columns, **part.get("columns", {})},
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": ["selection_rate"]},
        }
    )
    counted = count(plan, base=folder)
    result = analyse(plan, counted.cells, aggregates=counted.aggregates)
    return dict(json.loads(json.dumps(result.to_json(created="", tool_version=""))))


def printed(pattern: str, text: str) -> list[float]:
    found = re.search(pattern, text)
    assert found, pattern
    return [float(each.replace(",", "")) for each in found.groups()]


NUMBER = r"(-?[\d.,]*\d)"


def test_weighted_rates_and_intervals_follow_from_what_is_printed(tmp_path: Path) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    found = explain(audited(tmp_path, columns={"weight": {"name": "w", "kind": "sampling"}}), "1")
    rates, apart = text_of(found, "The rates"), text_of(found, "How far apart")
    top, bottom, rate = printed(rf"weights of {NUMBER} / {NUMBER} = {NUMBER}\.", rates)
    (n,) = printed(rf"weighted rows are worth {NUMBER} independent ones\.", rates)
    one, other = printed(rf"It is computed at {NUMBER} and {NUMBER} independent ones\.", apart)
    p, q = printed(rf"Difference: {NUMBER} - {NUMBER} =", apart)
    limits = printed(rf"Newcombe interval of the difference at [\d.]+%: {NUMBER} to {NUMBER}\.", apart)

    # Kish 1965: (sum of weights)² / sum of squares, from the rows of the group whose rate is explained.
    own = rates.removeprefix("Decisions with g ")[0]
    rows = [line.split(",") for line in (tmp_path / "d.csv").read_text().splitlines()[1:]]
    weights = [float(weight) for _, group, _, weight in rows if group == own]
    assert "These are rows. Each stands for its weight" in text_of(found, "What was counted")
    assert bottom == pytest.approx(sum(weights), rel=1e-5)
    assert top == pytest.approx(sum(float(w) for _, g, flag, w in rows if g == own and flag == "1"), rel=1e-5)
    assert rate == pytest.approx(top / bottom, rel=1e-5)
    assert n == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights), rel=1e-5)
    wilson = printed(rf"Wilson score interval at 95%: {NUMBER} to {NUMBER}\.", rates)
    assert wilson == pytest.approx(proportion_confint(rate * n, n, method="wilson"), rel=1e-4)
    newcombe = confint_proportions_2indep(p * one, one, q * other, other, method="newcomb")
    assert limits == pytest.approx(newcombe, abs=2e-6)
    assert found.disagreements == ()


def test_intervals_of_repeated_people_follow_from_what_is_printed(tmp_path: Path) -> None:
    from scipy.stats import norm, t
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    found = explain(audited(tmp_path, unit={"person_id": "pid"}), "1")
    rates, apart = text_of(found, "The rates"), text_of(found, "How far apart")
    rows, people, worth, used = printed(
        rf"{NUMBER} rows of {NUMBER} people are worth {NUMBER} independent ones; at 95%, with so many people, "
        rf"{NUMBER}\.",
        rates,
    )
    k, n, rate = printed(rf"{NUMBER} / {NUMBER} = {NUMBER}\.", rates)
    (shared,) = printed(rf"People with rows on both sides multiply the variance by {NUMBER}\.", apart)
    one, other = printed(rf"It is computed at {NUMBER} and {NUMBER} independent ones\.", apart)
    p, q = printed(rf"Difference: {NUMBER} - {NUMBER} =", apart)

    own = rates.removeprefix("Decisions with g ")[0]
    table = [line.split(",") for line in (tmp_path / "d.csv").read_text().splitlines()[1:]]
    assert (rows, people) == (n, len({person for person, group, *_ in table if group == own}))
    assert rate == pytest.approx(k / n, rel=1e-5)
    # Korn and Graubard 1998: (z/t)², t on one degree of freedom fewer than there are people.
    lowered = (norm.ppf(0.975) / t.ppf(0.975, people - 1)) ** 2
    assert used == pytest.approx(worth * lowered, rel=1e-4)
    assert one == pytest.approx(worth * lowered / shared, rel=1e-4)  # one comparison: its level is 95% too
    wilson = printed(rf"Wilson score interval at 95%: {NUMBER} to {NUMBER}\.", rates)
    assert wilson == pytest.approx(proportion_confint(rate * used, used, method="wilson"), rel=1e-4)
    limits = printed(rf"Newcombe interval of the difference at 95%: {NUMBER} to {NUMBER}\.", apart)
    newcombe = confint_proportions_2indep(p * one, one, q * other, other, method="newcomb")
    assert limits == pytest.approx(newcombe, abs=2e-6)
    assert f"worth {one:g} and {other:g} independent ones" in text_of(found, "What this data could have shown")
    assert found.disagreements == ()


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("estimate", "group", "evidence", "independent"), 900.0, "interval of decisions with g A"),
        (("estimate", "difference", "shared"), 0.9, "interval of the difference"),
        (("power", "mdd_ratio"), 1.01, "smallest ratio"),
    ],
)
def test_a_changed_number_of_independent_people_is_noticed(
    tmp_path: Path, path: tuple[str, ...], value: Any, place: str
) -> None:
    changed = audited(tmp_path, unit={"person_id": "pid"})
    part = changed["findings"][0]
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value

    assert place in explain(changed, "1").disagreements
