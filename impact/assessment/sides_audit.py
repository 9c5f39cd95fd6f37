"""Two audits and two tests of claims beside each other: the same comparison made by both, and what only one has.

In: two records. Out: plain data. Computes no figure: two figures stand beside each other with their own margins and
intervals, and whether they differ by more than chance is asked of ``impact audit compare``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from impact.canonical import canonical_json, digest
from impact.errors import ImpactError

__all__ = ["audits_of", "claims_of"]

Record = Mapping[str, Any]
_RATE = ("k", "n", "value", "reason", "evidence")
_RATIO = ("value", "ci", "level", "open", "reason")


def claims_of(first: Record, second: Record) -> list[dict[str, Any]] | None:
    """Every claim on which at least one side's log ruled, with both verdicts; None where neither tested any."""
    if not first.get("claims") and not second.get("claims"):
        return None
    one, two = (
        {entry["check"]: entry for entry in (record.get("claims") or {}).get("checks") or ()}
        for record in (first, second)
    )
    found = []
    for name in dict.fromkeys([*one, *two]):
        sides = [_ruling(side.get(name)) for side in (one, two)]
        if any(sides):
            title = (two.get(name) or one[name])["title"]
            found.append({"check": name, "title": title, "first": sides[0], "second": sides[1]})
    return found


def _ruling(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    ruling = entry["ruling"] if entry is not None else None
    return {"verdict": ruling["verdict"], "sentence": ruling["sentence"]} if ruling else None


def audits_of(first: Record, second: Record, *, first_cells: bytes | None) -> dict[str, Any] | None:
    """Both audits; None where neither counted."""
    one, two = first.get("audit"), second.get("audit")
    if not one and not two:
        return None
    both = bool(one and two)
    return {
        "first": _headline(one),
        "second": _headline(two),
        "same_counts": one["cells_digest"] == two["cells_digest"] if one and two else None,
        "same_plan": one["plan_digest"] == two["plan_digest"] if one and two else None,
        "counted_again": _counted_again(one, first_cells, second) if both else None,
        **(_findings(one, two) if one and two else {"comparisons": None, "first_only": None, "second_only": None}),
    }


def _headline(audit: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not audit:
        return None
    return {
        "title": audit["plan"]["title"],
        "people": audit["people"],
        "unit": audit["unit"],
        "margin": audit["plan"]["plan"].get("margin"),
        "alpha": audit["plan"]["plan"].get("alpha"),
        "comparator": audit["plan"].get("comparator"),
        "registered": bool((audit.get("plan_registered") or {}).get("matches")),
        "findings": len(audit["findings"]),
        "verdicts": dict(sorted(Counter(finding["verdict"] for finding in audit["findings"]).items())),
        "small_cells": (audit.get("disclosure") or {}).get("small_cells", 0),
    }


def _counted_again(audit: Any, cells: bytes | None, second: Record) -> bool:
    """Whether a file that the second audit read is, byte for byte, the counts attached to the first document."""
    from impact.metrics.tools.counts_again import counts_again, why_no_counts

    if cells is None or why_no_counts(audit):
        return False
    try:
        table = counts_again(audit, cells, file="counts.csv").table.encode()
    except ImpactError:
        return False
    wanted = digest(table)
    return any(item["digest"] == wanted for item in second["audit"].get("source_fingerprint") or ())


def _findings(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """Comparisons of the same groups by the same rate that at least one side declared as primary."""
    before, after = ({_key(finding): finding for finding in audit["findings"]} for audit in (one, two))
    rows, alone = [], {"first_only": list[Any](), "second_only": list[Any]()}
    for key in dict.fromkeys([*before, *after]):
        first, second = before.get(key), after.get(key)
        if "primary" not in ((first or {}).get("role"), (second or {}).get("role")):
            continue
        if first and second:
            rows.append({**_named(first), "first": _brief(first), "second": _brief(second)})
        else:
            side = first or second or {}
            told = {**_named(side), "title": side["title"], "verdict": side["verdict"], "id": side["id"]}
            alone["first_only" if first else "second_only"].append(told)
    return {"comparisons": rows, **alone}


def _key(finding: Mapping[str, Any]) -> str:
    return canonical_json([finding["metric"]["key"], finding.get("group"), finding.get("comparator")]).decode()


def _named(finding: Mapping[str, Any]) -> dict[str, Any]:
    metric = finding["metric"]
    return {
        "metric": metric["key"],
        "label": metric["label"],
        "group": finding.get("group"),
        "comparator": finding.get("comparator"),
    }


def _brief(finding: Mapping[str, Any]) -> dict[str, Any]:
    estimate = finding.get("estimate") or {}
    margin = finding.get("margin")
    return {
        "id": finding["id"],
        "role": finding.get("role"),
        "verdict": finding["verdict"],
        "reason": finding.get("reason"),
        "group_rate": _part(estimate.get("group"), _RATE),
        "comparator_rate": _part(estimate.get("comparator"), _RATE),
        "ratio": _part(estimate.get("ratio"), _RATIO),
        "difference": _part(estimate.get("difference"), _RATIO),
        "margin": {"kind": margin["kind"], "value": margin["value"]} if margin else None,
    }


def _part(value: Mapping[str, Any] | None, keys: tuple[str, ...]) -> dict[str, Any] | None:
    return {key: value[key] for key in keys if key in value} if value else None
