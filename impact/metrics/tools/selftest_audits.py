"""Worked examples from end to end: published counts through the whole analysis into ``findings.json``.

In: nothing. Out: ``AUDITS``: name, source, published figures, their decimals, and what recomputes them.
Every figure is read back from the findings as plain data, the way a reader of a report gets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.differences import differences
from impact.metrics.analysis.second_opinion import TOLERANCE, second_opinion
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tools.selftest_examples import Worked

__all__ = ["AUDITS"]

_PROPUBLICA = "ProPublica 2016, compas-analysis, two-year file (commit bafff5da), counts and rates"
_LFR = (
    "Metropolitan Police annual report 2024-25 as published: 3,147,436 faces, 2,077 alerts, 10 false, 8 of them Black"
)

# TP, FP, FN, TN; selected = rated medium or high.
_COMPAS: Mapping[str, tuple[int, int, int, int]] = {
    "African-American": (1_369, 805, 532, 990),
    "Caucasian": (505, 349, 461, 1_139),
    "Hispanic": (103, 87, 129, 318),
    "All other": (58, 41, 94, 234),
}


def _plan(
    *, group: str, effect: str, label: str, outcome: str, observed: str, primary: Sequence[str], more: Mapping[str, Any]
) -> AuditPlan:
    decision = {"name": "decision", "yes": ["yes"], "no": ["no"], "effect": effect, "label": label}
    known = {"name": "outcome", "yes": ["yes"], "no": ["no"], "label": outcome, "observed_when": observed}
    return plan_of(
        {
            "version": 1,
            "title": "Self-test",
            "question": "Do published figures come out again?",
            "pool": "Everybody in the published counts",
            "source": {"kind": "counts", "path": "counts.csv", "count": "n"},
            "columns": {"decision": decision, "outcome": known},
            "groups": {group: {"name": group}},
            "plan": {"primary": list(primary), **({"margin": more["margin"]} if "margin" in more else {})},
            **{key: value for key, value in more.items() if key != "margin"},
        }
    )


@cache
def _compas() -> AuditResult:
    margin = {"kind": "ratio", "value": 1.25, "reason": "for this test"}
    plan = _plan(
        group="race",
        effect="burden",
        label="rated medium or high risk",
        outcome="reoffending within two years",
        observed="always",
        primary=("fpr", "fnr", "ppv"),
        more={"margin": margin, "comparator": {"also": {"race": "Caucasian"}}},
    )
    slots = ((1, 1), (0, 1), (1, 0), (0, 0))
    cells = Cells.of(
        ("race",),
        [
            Cell((race,), outcome, decision, -1, n)
            for race, counts in _COMPAS.items()
            for (outcome, decision), n in zip(slots, counts, strict=True)
        ],
    )
    return analyse(plan, Cells.from_parquet(cells.to_parquet()))


@cache
def _lfr() -> AuditResult:
    plan = _plan(
        group="ethnicity",
        effect="identification",
        label="alerted on",
        outcome="on the watchlist",
        observed="decision_yes",
        primary=("fdr",),
        more={"identification": {"exposure": "faces seen", "group": "ethnicity"}, "unit": {"row": "face"}},
    )
    rows = [
        Cell(("Black",), 0, 1, -1, 8),
        Cell(("Other than Black",), 0, 1, -1, 2),
        Cell((MISSING,), 1, 1, -1, 2_067),
        Cell((MISSING,), -1, 0, -1, 3_145_359),
    ]
    return analyse(plan, Cells.from_parquet(Cells.of(("ethnicity",), rows).to_parquet()))


def _json(result: AuditResult) -> dict[str, Any]:
    return result.to_json(created="", tool_version="")


def _rates(race: str | None) -> Sequence[Any]:
    wanted = {} if race is None else {"race": race}
    found = {row["metric"]: row["value"] for row in _json(_compas())["tables"]["rates"] if row["group"] == wanted}
    return [found[key] for key in ("fpr", "fnr", "ppv", "selection_rate")]


def _disparity(metric: str) -> Sequence[Any]:
    row = next(
        row
        for row in _json(_compas())["tables"]["disparities"]
        if row["metric"] == metric
        and row["group"] == {"race": "African-American"}
        and row["comparator"] == {"kind": "reference", "value": "Caucasian"}
    )
    return [row["ratio"]["value"]] if metric == "ppv" else [row["ratio"]["value"], row["verdict"], row["direction"]]


def _sheet(key: str) -> Sequence[Any]:
    sheet = _json(_lfr())["tables"]["identification"]
    if key == "break_even":
        return [sheet[key]["value"], *sheet[key]["ci"]]
    if key == "one_in":
        row = next(row for row in sheet["quantities"] if row["k"] == 10 and row["n"] == 3_147_436)
        return list(row["one_in"])
    row = next(row for row in sheet["quantities"] if row["k"] == 10 and row["n"] == 2_077)
    return [row["value"], *row["ci"]]


def _opinion() -> Sequence[Any]:
    found = second_opinion(_compas())
    return [found.status, *(one.max_abs_diff or 0.0 for one in found.libraries.values())]


def _twice() -> Sequence[int]:
    """How many places of two analyses of the same cells differ."""
    one, other = _json(_compas()), _json(analyse(_compas().plan, _compas().cells))
    return (len(differences(one, other, tolerance=0)),)


_NAMED = "Equivant's and ProPublica's dispute: false positives 0.4485 / 0.2345, hit rates 0.6297 / 0.5913"

AUDITS: tuple[Worked, ...] = (
    ("COMPAS, African-American: FPR, FNR, PPV, rated higher", _PROPUBLICA, (0.4485, 0.2799, 0.6297, 0.5882), 4,
     lambda: _rates("African-American")),
    ("COMPAS, Caucasian: the same", _PROPUBLICA, (0.2345, 0.4772, 0.5913, 0.3480), 4, lambda: _rates("Caucasian")),
    ("COMPAS, Hispanic: the same", _PROPUBLICA, (0.2148, 0.5560, 0.5421, 0.2983), 4, lambda: _rates("Hispanic")),
    ("COMPAS, everybody: the same", _PROPUBLICA, (0.3235, 0.3740, 0.6135, 0.4598), 4, lambda: _rates(None)),
    ("COMPAS, FPR against Caucasian: ratio, verdict", _NAMED, (1.91, "disparity_shown", "worse"), 2,
     lambda: _disparity("fpr")),
    ("COMPAS, hit rate against Caucasian: ratio", _NAMED, (1.06,), 2, lambda: _disparity("ppv")),
    ("Live facial recognition: false alerts per alert", _LFR, (0.004815, 0.002311, 0.008836), 6, lambda: _sheet("fdr")),
    ("Live facial recognition: faces per false alert", _LFR, (314743.6, 171146.2, 656345.9), 1,
     lambda: _sheet("one_in")),
    ("Live facial recognition: break-even share of faces", _LFR, (0.8, 0.4439, 0.9748), 4,
     lambda: _sheet("break_even")),
    ("COMPAS recomputed by fairlearn and aif360", f"both libraries, within {TOLERANCE:g}", ("agrees", 0.0, 0.0), 9,
     _opinion),
    ("COMPAS analysed twice: places that differ", "the same counts give the same findings", (0,), 0, _twice),
)  # fmt: skip
