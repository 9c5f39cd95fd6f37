"""Where two JSON trees disagree: what ``impact verify`` tells when figures come out differently.

In: stored and recomputed findings. Out: paths. Prints no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Any

__all__ = ["comparable", "differences"]

# Parts of findings.json that are not a function of plan and cells.
_CIRCUMSTANCES = (
    "tool_version",
    "created",
    "plan_registered",
    "source_fingerprint",
    "checks",
    "reproducibility",
    "second_opinion",
)


def differences(stored: Any, recomputed: Any, *, tolerance: float = 1e-9, at: str = "") -> list[str]:
    """Places where two JSON trees disagree, as paths such as ``findings/0/estimate/ratio/value``.

    Numbers agree within a relative ``tolerance``: the last digits of a logarithm differ between processors. Whole
    numbers, texts and nulls agree exactly. Paths name places only; no value is printed.

    >>> differences({"a": [1, 0.1]}, {"a": [1, 0.1 + 1e-15]}), differences({"a": [1]}, {"a": [2], "b": 0})
    ([], ['a/0', 'b'])
    """
    if isinstance(stored, Mapping) and isinstance(recomputed, Mapping):
        names = sorted({*stored, *recomputed})
        missing = [f"{at}{name}" for name in names if name not in stored or name not in recomputed]
        both = (name for name in names if name in stored and name in recomputed)
        found = [
            place
            for name in both
            for place in differences(stored[name], recomputed[name], tolerance=tolerance, at=f"{at}{name}/")
        ]
        return sorted([*missing, *found])
    if isinstance(stored, list) and isinstance(recomputed, list) and len(stored) == len(recomputed):
        return [
            place
            for index, (a, b) in enumerate(zip(stored, recomputed, strict=True))
            for place in differences(a, b, tolerance=tolerance, at=f"{at}{index}/")
        ]
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (stored, recomputed))
    if numbers and (isinstance(stored, float) or isinstance(recomputed, float)):
        same = isclose(stored, recomputed, rel_tol=tolerance, abs_tol=tolerance * 1e-3)
    else:
        same = type(stored) is type(recomputed) and stored == recomputed
    return [] if same else [at.rstrip("/") or "."]


def comparable(findings_json: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of ``findings.json`` that ``impact verify`` recomputes: a pure function of plan and cells.

    Left out: dates, versions, files, checks, machine, and the second opinion, which is an opinion of other software.
    The label "exploratory" that an unregistered plan brings is kept, so recompute with the stored ``plan_registered``.
    """
    kept = {key: value for key, value in findings_json.items() if key not in _CIRCUMSTANCES}
    kept["findings"] = [
        {
            **{key: value for key, value in finding.items() if key != "second_opinion"},
            "evidence": {key: value for key, value in finding["evidence"].items() if key != "engine"},
        }
        for finding in findings_json["findings"]
    ]
    return kept
