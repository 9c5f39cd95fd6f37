"""The printed methods are those that compute, and none is missing."""

from __future__ import annotations

import importlib
from typing import Any, get_args

import pytest

from impact.metrics.analysis.analyse import METHODS
from impact.metrics.analysis.bounds import bound
from impact.metrics.analysis.catalogue import CATALOGUE, REASONS
from impact.metrics.analysis.severity import SEVERITIES
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.verdict import VerdictName
from impact.metrics.plans.plan_also import MEASURE_KEYS
from impact.metrics.statistics.intervals import Method
from impact.metrics.tools.methods import BOUNDS, SOURCES, methods
from impact.metrics.tools.methods_further import FURTHER
from impact.metrics.tools.methods_statistics import STATISTICS

# Counts that make a wrong letter in any formula show: all different, none a multiple of another.
KNOWN = Tally(tp=7, fp=11, fn=13, tn=19)
OPEN = Tally(tp=7, fp=11, fn=13, tn=19, yes_open=23, no_open=29, blank=31)


def worked(formula: str, tally: Tally) -> float:
    """A printed formula as Python would read it."""
    letters: dict[str, Any] = {
        "TP": tally.tp,
        "FP": tally.fp,
        "FN": tally.fn,
        "TN": tally.tn,
        "U1": tally.yes_open,
        "U0": tally.no_open,
        "UX": tally.blank,
        "n": tally.n,
    }
    return float(eval(formula, {"__builtins__": {}}, letters))  # formulas of ours, letters of ours


@pytest.mark.parametrize("key", [key for key in CATALOGUE if key != "override_rate"])
def test_printed_formula_is_what_is_computed(key: str) -> None:
    metric = CATALOGUE[key]

    assert worked(metric.formula, KNOWN) == metric.numerator(KNOWN) / metric.denominator(KNOWN)


@pytest.mark.parametrize("key", list(CATALOGUE))
def test_printed_bounds_are_what_is_computed(key: str) -> None:
    entry = next(each for each in methods()["metrics"] if each["key"] == key)
    found = bound(key, OPEN)

    if found is None:
        assert entry["bounds"] is None
    else:
        assert worked(entry["bounds"]["low"], OPEN) == found.low
        assert worked(entry["bounds"]["high"], OPEN) == found.high


def test_every_metric_has_every_field() -> None:
    for entry in methods()["metrics"]:
        empty = {name for name, value in entry.items() if value in ("", [])}
        assert empty == set(), entry["key"]


def test_every_metric_of_the_catalogue_is_printed_with_a_source() -> None:
    assert [entry["key"] for entry in methods()["metrics"]] == list(CATALOGUE) == list(SOURCES)
    assert set(BOUNDS) <= set(CATALOGUE)


def test_every_name_that_findings_can_print_has_an_entry() -> None:
    named = {each.key for each in (*STATISTICS, *FURTHER)}

    assert {*METHODS, *get_args(Method), *get_args(VerdictName), *SEVERITIES, *MEASURE_KEYS} <= named
    assert len(named) == len(STATISTICS) + len(FURTHER)


@pytest.mark.parametrize("statistic", [*STATISTICS, *FURTHER], ids=lambda each: each.key)
def test_every_statistic_names_a_function_that_exists(statistic: Any) -> None:
    module, _, function = statistic.code.rpartition(".")

    assert callable(getattr(importlib.import_module(f"impact.metrics.{module}"), function))
    assert all(statistic.to_json().values())


def test_reasons_and_caveats_are_printed_in_full() -> None:
    assert methods()["reasons"] == dict(REASONS)
    assert methods()["caveats"]["C03"] == "association, not cause"
