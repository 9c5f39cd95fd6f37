"""Methods: every metric and every statistical method of this toolkit, with formula, range, direction and source.

In: the catalogue that computes, and the table of statistics beside this module. Out: plain data for
``impact audit methods``. Computes nothing. What the catalogue knows is read from it, so that the printed formula is the
one that computes; what it does not hold (bounds, sources) is added here by key, and a test demands that it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from impact.metrics.analysis.bounds import bound
from impact.metrics.analysis.catalogue import CATALOGUE, REASONS, Metric
from impact.metrics.analysis.caveats import CAVEATS
from impact.metrics.analysis.tally import Tally
from impact.metrics.tools.methods_further import FURTHER
from impact.metrics.tools.methods_statistics import STATISTICS

__all__ = ["BOUNDS", "SOURCES", "methods"]

_ALTMAN_1 = "Altman and Bland 1994, BMJ 308:1552"
_ALTMAN_2 = "Altman and Bland 1994, BMJ 309:102"
_FAWCETT = "Fawcett 2006, Pattern Recognition Letters 27:861"

# Where a rate is defined in print. The rates are older than any of these; each is a definition that can be opened.
SOURCES: Mapping[str, str] = {
    "selection_rate": "29 CFR 1607.16(R) (Uniform Guidelines on Employee Selection Procedures, 1978)",
    "base_rate": _ALTMAN_2,
    "tpr": f"{_ALTMAN_1} (sensitivity); {_FAWCETT}",
    "fpr": _FAWCETT,
    "fnr": f"one minus tpr; {_FAWCETT}",
    "tnr": f"{_ALTMAN_1} (specificity); {_FAWCETT}",
    "ppv": f"{_ALTMAN_2}; {_FAWCETT} (precision)",
    "npv": _ALTMAN_2,
    "fdr": f"one minus ppv; {_ALTMAN_2}",
    "for": f"one minus npv; {_ALTMAN_2}",
    "accuracy": _FAWCETT,
    "override_rate": "this toolkit's own: how often a person undoes a yes",
}

# Smallest and largest value where outcomes are missing: U1 are unknown outcomes after a yes, U0 after a no, UX those of
# people whose decision is not known either.
BOUNDS: Mapping[str, tuple[str, str]] = {
    "base_rate": ("(TP+FN)/n", "(TP+FN+U1+U0+UX)/n"),
    "tpr": ("TP/(TP+FN+U0)", "(TP+U1)/(TP+U1+FN)"),
    "fnr": ("FN/(FN+TP+U1)", "(FN+U0)/(FN+U0+TP)"),
    "fpr": ("FP/(FP+TN+U0)", "(FP+U1)/(FP+U1+TN)"),
    "tnr": ("TN/(TN+FP+U1)", "(TN+U0)/(TN+U0+FP)"),
    "ppv": ("TP/(TP+FP+U1)", "(TP+U1)/(TP+FP+U1)"),
    "fdr": ("FP/(TP+FP+U1)", "(FP+U1)/(TP+FP+U1)"),
    "npv": ("TN/(TN+FN+U0)", "(TN+U0)/(TN+FN+U0)"),
    "for": ("FN/(TN+FN+U0)", "(FN+U0)/(TN+FN+U0)"),
    "accuracy": ("(TP+TN)/(TP+FP+FN+TN+U1+U0)", "(TP+TN+U1+U0)/(TP+FP+FN+TN+U1+U0)"),
}
_EVERYTHING_OPEN = Tally(tp=1, fp=1, fn=1, tn=1, yes_open=1, no_open=1, blank=1)
_SIGNS = {
    "TP, FP, FN, TN": "people by decision and outcome; positive = outcome yes, flagged = decision yes",
    "n": "everybody with what the denominator needs",
    "h, d": "final human decision; decision (1 = yes)",
    "U1, U0, UX": "outcomes not known: after a yes; after a no; where the decision is not known either",
    "k1 of n1, k2 of n2": "numerator and denominator of the group, and of those it is compared with",
    "p1, p2": "k1/n1 and k2/n2",
    "z": "normal quantile at 1 - a/2, a being the error rate of the interval",
}


def methods() -> dict[str, Any]:
    """Everything that can be computed, as plain data.

    Returns:
        ``signs`` (symbol -> meaning), ``metrics`` and ``statistics`` (lists of mappings in the order of the catalogue
        and of use), ``reasons`` (why a figure may be missing) and ``caveats`` (their texts).

    >>> entry = next(each for each in methods()["metrics"] if each["key"] == "fpr")
    >>> entry["formula"], entry["range"], entry["worse_when"]["burden"], entry["undefined_when"]
    ('FP/(FP+TN)', '0 to 1', 'higher', 'nobody here has a recorded outcome of no')
    """
    return {
        "schema": "impact/methods/1",
        "signs": dict(_SIGNS),
        "metrics": [_metric(metric) for metric in CATALOGUE.values()],
        "statistics": [each.to_json() for each in (*STATISTICS, *FURTHER)],
        "reasons": dict(REASONS),
        "caveats": {code: re.sub(r"\{\w+\}", "…", text) for code, text in CAVEATS.items()},
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "key": metric.key,
        "name": metric.name,
        "formula": metric.formula,
        "definition": metric.definition,
        "unit": "share of counted people (or other units of the plan)",
        "range": "0 to 1",
        "parity": metric.parity,
        "worse_when": dict(metric.worse),
        "complement": metric.mirror,
        "needs": ["decision", *sorted(metric.needs)],
        "undefined_when": REASONS[metric.empty],
        "bounds": _bounds(metric),
        "interval": "wilson",
        "source": SOURCES[metric.key],
    }


def _bounds(metric: Metric) -> dict[str, str] | None:
    """The printed range, for exactly those metrics whose range is computed."""
    if bound(metric.key, _EVERYTHING_OPEN) is None:
        return None
    low, high = BOUNDS[metric.key]
    return {"low": low, "high": high, "method": "manski"}
