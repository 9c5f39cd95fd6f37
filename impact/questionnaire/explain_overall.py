"""Completeness, confidence and the index with every number that makes them.

In: scores. Out: plain data, and lines for 80 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from impact.questionnaire.explain_dimension import limits_of, listed
from impact.questionnaire.score import Scores

__all__ = [
    "completeness_lines",
    "confidence_lines",
    "explain_completeness",
    "explain_confidence",
    "explain_index",
    "index_lines",
]


def explain_completeness(scores: Scores) -> dict[str, Any]:
    """Answered weight over applicable weight, with the weight of each counted question."""
    rule = scores.answered.pack.scoring.completeness
    rows: list[dict[str, Any]] = [
        {
            "question": item.question,
            "weights": sum(item.weights.values()),
            "weight": rule.base + rule.per_weight * sum(item.weights.values()),
            "answered": item.value is not None,
        }
        for item in scores.items
    ]
    return {
        "about": "completeness",
        "kind": "completeness",
        "base": rule.base,
        "per_weight": rule.per_weight,
        "questions": rows,
        "answered_weight": sum(row["weight"] for row in rows if row["answered"]),
        "applicable_weight": sum(row["weight"] for row in rows),
        "value": scores.completeness,
        "incomplete_under": rule.incomplete_under,
        "incomplete": scores.incomplete,
        "printed": _down(scores.completeness),
    }


def completeness_lines(data: Mapping[str, Any]) -> list[str]:
    answered = [row for row in data["questions"] if row["answered"]]
    open_ = [row for row in data["questions"] if not row["answered"]]
    verdict = "so every page is stamped, and the decision is held" if data["incomplete"] else "so no page is stamped"
    return [
        f"Completeness: {data['printed']} of the questions that apply are answered, by weight",
        "",
        "   Not known and refused count as unanswered. A question counts",
        f"   {data['base']:g} + {data['per_weight']:g} x (the sum of its weights); without a weight it counts nothing.",
        "",
        *_weighed(f"   Answered ({len(answered)}): ", answered),
        *_weighed(f"   Open ({len(open_)}), heaviest first: ", sorted(open_, key=lambda row: -row["weight"])),
        "",
        f"   {data['answered_weight']:.2f} / {data['applicable_weight']:.2f} = {data['value']:.6f}",
        f"   The limit is {data['incomplete_under']:.0%}, {verdict}.",
        "",
        f"Printed: {data['printed']} (rounded down, so as not to reach a limit it falls short of)",
    ]


def explain_confidence(scores: Scores) -> dict[str, Any]:
    """The three shares, what each counts for, and the cap where a check failed."""
    rule, names = scores.answered.pack.scoring.confidence, scores.answered.pack.questions
    claims: list[dict[str, Any]] = [
        {
            "question": item.question,
            "claim": sum(item.weights.values()) * item.value,
            "evidence": item.evidence,
            "text": names[item.question].text,
        }
        for item in scores.items
        if item.kind == "mitigation" and item.value
    ]
    sum_ = 100 * (
        rule.completeness * scores.completeness + rule.evidenced * scores.evidenced + rule.verified * scores.verified
    )
    caps = [
        {"check": cap.check, "cap": cap.cap} for cap in rule.caps if scores.verdicts.get(cap.check) == "contradicted"
    ]
    return {
        "about": "confidence",
        "kind": "confidence",
        "claims": claims,
        "claimed": sum(one["claim"] for one in claims),
        "shares": {
            "completeness": {"counts": rule.completeness, "value": scores.completeness},
            "evidenced": {"counts": rule.evidenced, "value": scores.evidenced},
            "verified": {"counts": rule.verified, "value": scores.verified},
        },
        "before_caps": sum_,
        "caps": caps,
        "value": scores.confidence,
        "label": scores.confidence_label.label,
        "limits": limits_of(scores.confidence_label),
        "printed": f"{scores.confidence:.1f}",
    }


def confidence_lines(data: Mapping[str, Any]) -> list[str]:
    shares, claimed = data["shares"], data["claimed"]
    lines = [
        f"Confidence: {data['printed']} out of 100, {data['label']} ({data['limits']})",
        "",
        "   Completeness C: answered weight over applicable weight",
        f"   C = {shares['completeness']['value']:.6f}      (impact score DIR --explain completeness)",
        "",
        "   Evidenced E: of the mitigation that is claimed, the share that rests on",
        "   something. Verified V: the share that somebody independent, or the log,",
        "   bears out. Claimed = (sum of the question's weights) x strength.",
        "",
    ]
    if data["claims"]:
        lines.append(f"   {'':5}{'claimed':>9} {'evidence':>9} {'claimed x e':>12}")
        lines += [
            f"   {row['question']:5}{row['claim']:9.6f} {row['evidence']:9.2f} {row['claim'] * row['evidence']:12.6f}"
            for row in data["claims"]
        ]
        earned = sum(row["claim"] * row["evidence"] for row in data["claims"])
        proven = sum(row["claim"] for row in data["claims"] if row["evidence"] >= 1)
        lines += [
            f"   E = {earned:.6f} / {claimed:.6f} = {shares['evidenced']['value']:.6f}",
            f"   V = {proven:.6f} / {claimed:.6f} = {shares['verified']['value']:.6f}",
        ]
    else:
        lines.append("   Nothing is claimed: E = 0 and V = 0.")
    sums = " + ".join(f"{one['counts']:.2f} x {one['value']:.6f}" for one in shares.values())
    lines += ["", f"   100 x ({sums})", f"   = {data['before_caps']:.4f}"]
    lines += [f"   {cap['check']} is contradicted: at most {cap['cap']:g}" for cap in data["caps"]]
    return [*lines, "", f"Printed: {data['printed']}  {data['label']}"]


def explain_index(scores: Scores) -> dict[str, Any]:
    """The root mean square of the residual points."""
    points = {part.dimension.code: part.figures.point for part in scores.dimensions}
    return {
        "about": "index",
        "kind": "index",
        "points": points,
        "squares": sum(point * point for point in points.values()),
        "value": scores.index,
        "printed": f"{scores.index:.1f}",
    }


def index_lines(data: Mapping[str, Any]) -> list[str]:
    return [
        f"Index: {data['printed']}, for sorting a portfolio only; it is never a level",
        "",
        "   The root of the mean of the squared points, floors included.",
        "",
        *(f"   {code:5}{point:10.4f}  squared {point * point:12.4f}" for code, point in data["points"].items()),
        "",
        f"   root of ({data['squares']:.4f} / {len(data['points'])}) = {data['value']:.4f}",
        "",
        f"Printed: {data['printed']}",
    ]


def _weighed(first: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return listed(first, [f"{row['question']} {row['weight']:.2f}" for row in rows])


def _down(share: float) -> str:
    return f"{int(share * 1000 + 1e-9) / 10:.1f}%"
