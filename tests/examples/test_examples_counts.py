"""The two examples from published counts: their figures, and where they have to stop."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# ProPublica's two-year file, Medium and High selected: tp, fp, tn, fn. Source: examples/compas-counts/README.md.
COMPAS_ALL = (2035, 1282, 2681, 1216)
COMPAS = {
    "African-American": (1369, 805, 990, 532),
    "Caucasian": (505, 349, 1139, 461),
    "Hispanic": (103, 87, 318, 129),
}
# The rates that the same source prints, to four places: fpr, fnr, ppv.
COMPAS_RATES = {
    "African-American": (0.4485, 0.2799, 0.6297),
    "Caucasian": (0.2345, 0.4772, 0.5913),
    "Hispanic": (0.2148, 0.5560, 0.5421),
}


def _rows(example: str) -> list[dict[str, str]]:
    with (EXAMPLES / example / "cells.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _findings(example: str) -> dict[str, Any]:
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.counting.count import count
    from impact.metrics.plans.plan_file import load_plan

    folder = EXAMPLES / example
    plan = load_plan(folder / "audit.yaml")
    counted = count(plan, base=folder)
    return analyse(plan, counted.cells, checks=counted.checks).to_json(created="2026-11-20", tool_version="test")


@pytest.fixture(scope="module")
def compas() -> dict[str, Any]:
    return _findings("compas-counts")


@pytest.fixture(scope="module")
def lfr() -> dict[str, Any]:
    return _findings("met-lfr-2025")


# --- COMPAS ---


def _confusion(race: str) -> tuple[int, ...]:
    order = (("yes", "yes"), ("yes", "no"), ("no", "no"), ("no", "yes"))  # rated higher, reoffended: tp, fp, tn, fn
    found = {
        (row["rated_higher"], row["reoffended"]): int(row["people"])
        for row in _rows("compas-counts")
        if row["race"] == race
    }
    return tuple(found[key] for key in order)


@pytest.mark.parametrize("race", COMPAS)
def test_compas_counts_are_the_published_ones(race: str) -> None:
    assert _confusion(race) == COMPAS[race]


def test_all_other_is_the_published_total_less_the_three_groups() -> None:
    remainder = tuple(total - sum(group[place] for group in COMPAS.values()) for place, total in enumerate(COMPAS_ALL))

    assert remainder == (58, 41, 234, 94)
    assert _confusion("All other") == remainder
    assert sum(int(row["people"]) for row in _rows("compas-counts")) == 7214


@pytest.mark.parametrize("race", COMPAS)
def test_compas_rates_are_the_published_ones(compas: dict[str, Any], race: str) -> None:
    rates = {row["metric"]: row["value"] for row in compas["tables"]["rates"] if row["group"] == {"race": race}}

    assert (rates["fpr"], rates["fnr"], rates["ppv"]) == pytest.approx(COMPAS_RATES[race], abs=5e-5)


def test_compas_error_rates_differ_where_predictive_values_hardly_do(compas: dict[str, Any]) -> None:
    named = {
        row["metric"]: row
        for row in compas["tables"]["disparities"]
        if row["group"] == {"race": "African-American"}
        and row["comparator"] == {"kind": "reference", "value": "Caucasian"}
    }

    assert named["fpr"]["ratio"]["value"] == pytest.approx(1.912, abs=5e-4)  # .44847 / .23454; published as 1.91
    assert (named["fpr"]["verdict"], named["fpr"]["direction"]) == ("disparity_shown", "worse")
    assert named["ppv"]["ratio"]["value"] == pytest.approx(1.065, abs=5e-4)  # .62971 / .59133
    assert named["ppv"]["verdict"] in ("difference_small", "equivalence_shown")


# --- live facial recognition ---


def test_lfr_rows_add_up_to_the_published_totals() -> None:
    rows = _rows("met-lfr-2025")

    assert sum(int(row["faces"]) for row in rows) == 3_147_436
    assert sum(int(row["faces"]) for row in rows if row["alert"] == "yes") == 2_077
    assert sum(int(row["faces"]) for row in rows if row["on_watchlist"] == "no") == 10
    assert [row["faces"] for row in rows if row["ethnicity"] == "Black"] == ["8"]


def _quantity(lfr: dict[str, Any], k: int, n: int) -> dict[str, Any]:
    (found,) = [q for q in lfr["tables"]["identification"]["quantities"] if (q["k"], q["n"]) == (k, n)]
    return found


def test_lfr_false_alerts_for_each_face_and_for_each_alert(lfr: dict[str, Any]) -> None:
    # Exact (Clopper-Pearson) 95% limits: content/reference/r3_met_lfr_2024_25.csv of the design, recomputed with scipy.
    per_face, per_alert = _quantity(lfr, 10, 3_147_436), _quantity(lfr, 10, 2_077)

    assert 1 / per_face["value"] == pytest.approx(314_743.6)
    assert [1 / limit for limit in per_face["ci"]] == pytest.approx([656_345.9, 171_146.2], rel=1e-6)
    assert per_alert["value"] == pytest.approx(0.004815, abs=5e-7)
    assert per_alert["ci"] == pytest.approx([0.002311, 0.008836], abs=5e-7)


def test_lfr_share_of_false_alerts_that_concerned_black_people(lfr: dict[str, Any]) -> None:
    (share,) = [s for s in lfr["tables"]["identification"]["shares"] if s["group"] == {"ethnicity": "Black"}]

    assert (share["k"], share["n"], share["value"]) == (8, 10, 0.8)
    assert share["ci"] == pytest.approx([0.4439, 0.9748], abs=5e-5)


def test_lfr_gives_no_rate_of_any_group(lfr: dict[str, Any]) -> None:
    # Ethnicity is known for ten false alerts only; “8 of 8” would take them for all the faces of Black people.
    by_group = [row for row in lfr["tables"]["rates"] if row["group"]]

    assert [row for row in by_group if row["value"] is not None] == []
    assert lfr["tables"]["identification"]["not_identified"] != []
    assert [row for row in lfr["tables"]["disparities"] if row["verdict"] != "not_identified"] == []


@pytest.mark.parametrize("example", ["compas-counts", "met-lfr-2025"])
def test_examples_from_counts_carry_a_head_that_says_what_they_are(example: str) -> None:
    from impact.yamlfile import load

    data = load(EXAMPLES / example / "assessment.yaml").data
    assert "pack" not in data
    assert data["assessment"]["id"] == example
    assert data["assessment"]["illustration"]


def test_published_figures_are_never_called_a_score_of_the_system() -> None:
    for name in ("README.md", "assessment.yaml", "audit.yaml"):
        text = (EXAMPLES / "met-lfr-2025" / name).read_text(encoding="utf-8").lower()

        assert "scored" not in text, name
