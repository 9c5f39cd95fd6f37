"""A rule, a question or a log check: what it says, what it stands on, and what follows.

In: scores and an id. Out: plain data, and lines for 80 columns. Works nothing out again: rulings are score.py's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from impact.questionnaire.explain_dimension import credit_reasons, listed
from impact.questionnaire.labels import answer_labels
from impact.questionnaire.rules import Ruling
from impact.questionnaire.score import Scores

__all__ = ["check_lines", "explain_check", "explain_question", "explain_rule", "question_lines", "rule_lines"]

_STATES = {
    "fired": "FIRED",
    "clear": "clear on the answers given",
    "unresolved": "UNRESOLVED, which is not clear",
    "not-applicable": "does not apply",
}


def explain_rule(scores: Scores, name: str) -> dict[str, Any] | None:
    """A stop, flag, floor or contradiction: its rule in words and in CEL, its state, and every name that it uses.

    None where the pack has no such rule.
    """
    for stop in scores.stops:
        if stop.stop.id == name:
            parts = [_part(scores, question, ruling, _flag(scores, question, name)) for question, ruling in stop.parts]
            kind = {"stop": "hard stop", "hold": "hold", "procurement-stop": "procurement stop"}[stop.stop.kind]
            return _rule(name, kind, stop.stop.text, stop.state, parts, stop.missing, basis=stop.stop.basis)
    for flag in scores.flags:
        if flag.id == name:
            part = _part(scores, flag.question, flag.ruling, _flag(scores, flag.question, name))
            return _rule(name, "red flag", flag.text, flag.ruling.state, [part], flag.ruling.missing)
    for floor, ruling in scores.floors:
        if floor.id == name:
            part = _part(scores, None, ruling, floor.when)
            binds = any(one.floor == floor and one.floor_binds for one in scores.dimensions)
            floors = {"dimension": floor.dimension, "value": floor.floor, "binds": binds}
            return _rule(name, "floor", floor.text, ruling.state, [part], ruling.missing, **floors)
    for rule, ruling in scores.contradictions:
        if rule.id == name:
            part = _part(scores, None, ruling, rule.when)
            between = list(rule.between)
            return _rule(name, "contradiction", rule.text, ruling.state, [part], ruling.missing, between=between)
    return None


def _rule(
    name: str, what: str, text: str, state: str, parts: list[dict[str, Any]], missing: tuple[str, ...], **more: Any
) -> dict[str, Any]:
    return {
        "about": name, "kind": "rule", "rule": what, "text": text, "state": state, "parts": parts,
        "missing": list(missing), **more,
    }  # fmt: skip


def _part(scores: Scores, question: str | None, ruling: Ruling, when: str | None) -> dict[str, Any]:
    return {
        "question": question,
        "state": ruling.state,
        "when": when,
        "names": _names(scores, when or ""),
    }


def _flag(scores: Scores, question: str, name: str) -> str | None:
    return next((one.when for one in scores.answered.pack.questions[question].flags if one.id == name), None)


def _names(scores: Scores, when: str) -> list[dict[str, Any]]:
    """Each name of a condition with the question behind it and what was answered; None where nothing is known."""
    import re

    answered, pack = scores.answered, scores.answered.pack
    found, known = [], dict.fromkeys(re.findall(r"[A-Za-z]\w*", re.sub(r'"[^"]*"', "", when)))
    meanings = {variable.name: variable.meaning for variable in pack.head.variables}
    for name in known:
        owner = name.removesuffix("_rows").removesuffix("_note")
        if owner in answered.states:
            state = answered.states[owner]
            labels = answer_labels(state.question, state.answer, band=state.band)
            rows = len(state.answer.rows) if state.answer is not None and state.answer.rows is not None else None
            said = f"{rows} row{'' if rows == 1 else 's'}" if rows is not None else "; ".join(labels) or "none ticked"
            said = said if state.state == "answered" else state.state.replace("_", " ")
            found.append({"name": name, "text": state.question.text, "known": said, "bound": name in answered.known})
        elif name in meanings:
            value = answered.known.get(name)
            residual = next((v.rule for v in pack.head.variables if v.name == name), None)
            if value is None and residual is not None and residual.kind == "residual":
                value = scores.residuals.get(name)
            shown = f"{value:.4f}" if isinstance(value, float) else value
            found.append({
                "name": name, "text": meanings[name], "known": "not known" if value is None else str(shown or "blank"),
                "bound": value is not None,
            })  # fmt: skip
    return found


def rule_lines(data: Mapping[str, Any]) -> list[str]:
    lines = [f"{data['about']}, {data['rule']}: {_STATES[data['state']]}", "", *_wrapped(data["text"], "   ")]
    if data.get("basis"):
        lines += _wrapped(f"Basis: {data['basis']}", "   ")
    for part in data["parts"]:
        on = f"On {part['question']}: {_STATES[part['state']]}. It" if part["question"] else "It"
        lines += ["", f"   {on} fires where"]
        lines += _wrapped(part["when"] or "the answer differs from the log, which nobody has compared", "      ")
        for one in part["names"]:
            lines += _wrapped(f"{one['name']} = {one['known']}   ({one['text']})", "      ", hang="    ")
    if data["state"] == "unresolved":
        lines += ["", *listed("   Waits for: ", data["missing"])]
    lines.append("")
    return [*lines, *_wrapped(_meaning(data), "   ")]


def _meaning(data: Mapping[str, Any]) -> str:
    state, rule = data["state"], data["rule"]
    if rule == "floor":
        said = f"While it holds, {data['dimension']} is never below {data['value']:g}. "
        if state == "unresolved":
            return said + "It is not applied, because an answer is missing."
        return said + ("It sets the figure now." if data["binds"] else "It does not set the figure now.")
    if rule == "contradiction":
        return f"Where it fires, the credit of {' and '.join(data['between'])} is cut until it is resolved."
    if rule == "red flag":
        return "A red flag changes no number. It is printed in the summary, and keeps the outcome from “proceed”."
    if state == "fired":
        return "No score outweighs it. Only a changed answer with evidence clears it; nobody can override it."
    if state == "unresolved":
        return "It holds the decision, whatever the score, until the missing answers are given."
    return "It does not hold the decision."


def explain_question(scores: Scores, name: str) -> dict[str, Any] | None:
    """One question: its answer, its value, and what it does to each dimension; None where the pack has none."""
    state = scores.answered.states.get(name)
    if state is None:
        return None
    credit, question = scores.credits.get(name), state.question
    default = scores.answered.pack.head.defaults.unanswered
    value = scores.values.get(name)
    if value is None and state.counted:
        value = default.severity if question.kind == "risk" else default.strength
    return {
        "about": name,
        "kind": "question",
        "text": question.text,
        "state": state.state,
        "reason": state.reason,
        "answer": answer_labels(question, state.answer, band=state.band),
        "value_kind": question.kind,
        "value": value,
        "value_before_checks": state.value,
        "credit": None
        if credit is None
        else {
            "strength": credit.strength, "evidence": credit.evidence, "freshness": credit.freshness,
            "contradiction": credit.contradiction, "credit": credit.credit,
        },
        "why": credit_reasons(scores, name),
        "counted": state.counted,
        "weights": dict(question.weights),
        "rules": [flag.id for flag in question.flags],
        "checks": list(question.tested_by),
    }  # fmt: skip


def question_lines(data: Mapping[str, Any]) -> list[str]:
    lines = [*_wrapped(f"{data['about']}: {data['text']}", "", hang="    "), ""]
    said = "; ".join(data["answer"]) if data["state"] == "answered" else data["state"].replace("_", " ")
    lines += _wrapped(f"Answer: {said or 'none ticked'}", "   ")
    if data["reason"]:
        lines += _wrapped(f"Reason: {data['reason']}", "   ")
    if not data["weights"]:
        lines.append("   It has no weight: it moves no score, and completeness does not count it.")
    elif not data["counted"]:
        lines.append("   It does not apply here, so it moves nothing.")
    elif data["value_kind"] == "risk":
        lines += ["", *_risk_lines(data)]
    else:
        lines += ["", *_safeguard_lines(data)]
    for key, word in (("rules", "Rules that stand on it"), ("checks", "Log checks that test it")):
        lines += listed(f"   {word}: ", data[key])
    return lines


def _risk_lines(data: Mapping[str, Any]) -> list[str]:
    note = "" if data["value_before_checks"] is not None else " (not answered: the pack's default)"
    if data["value_before_checks"] is not None and data["value"] > data["value_before_checks"]:
        note = f" (raised from {data['value_before_checks']:g}: a check of the log contradicts the answer)"
    lines = [f"   Severity {data['value']:.6f}{note}"]
    lines += [
        f"   {code:5} weight {weight:.2f}: closes {weight * data['value']:.2%} of what is left to the worst"
        for code, weight in data["weights"].items()
    ]
    return lines


def _safeguard_lines(data: Mapping[str, Any]) -> list[str]:
    credit = data["credit"]
    if credit is None:
        return ["   Not answered: strength 0, so no credit."]
    lines = ["   Credit = strength x evidence x freshness x check"]
    lines.append(
        f"   {credit['strength']:.6f} x {credit['evidence']:.2f} x {credit['freshness']:.6f} x "
        f"{credit['contradiction']:.2f} = {credit['credit']:.6f}"
    )
    lines += [part for why in data["why"] for part in _wrapped(why, "      ")]
    lines += [
        f"   {code:5} weight {weight:.2f}: closes {weight * credit['credit']:.2%} of what safeguards leave open"
        for code, weight in data["weights"].items()
    ]
    return lines


def explain_check(scores: Scores, name: str) -> dict[str, Any] | None:
    """A log check: its verdict, and what that does to each answer it tests; None where no question names it."""
    pack = scores.answered.pack
    tested = [question for question in pack.questions.values() if name in question.tested_by]
    fed = [question.id for question in pack.questions.values() if name in question.feeds]
    if not tested and not fed and name not in {cap.check for cap in pack.scoring.confidence.caps}:
        return None
    return {
        "about": name,
        "kind": "check",
        "verdict": scores.verdicts.get(name),
        "tests": [explain_question(scores, question.id) for question in tested],
        "feeds": fed,
        "caps_confidence": next((cap.cap for cap in pack.scoring.confidence.caps if cap.check == name), None),
        "holds": any(name in rung.contradicted for rung in pack.scoring.outcomes),
    }


def check_lines(data: Mapping[str, Any]) -> list[str]:
    verdict = data["verdict"]
    lines = [f"{data['about']}, log check: {verdict or 'not made'}", ""]
    if verdict is None:
        lines += ["   No log was compared with the answers, so they stand as the assessor states", "   them.", ""]
    for one in data["tests"]:
        lines += _wrapped(f"Tests {one['about']}: {one['text']}", "   ", hang="    ")
        if one["credit"] is not None:
            lines.append(
                f"      check factor {one['credit']['contradiction']:.2f}, credit {one['credit']['credit']:.6f}"
            )
        elif one["value"] is not None:
            lines.append(f"      {'severity' if one['value_kind'] == 'risk' else 'strength'} {one['value']:.6f}")
        else:
            lines.append("      moves no figure")
    lines += listed("   Takes figures from, or gives them to: ", data["feeds"])
    if data["holds"]:
        lines += ["   Contradicted, it holds the decision."]
    if data["caps_confidence"] is not None:
        lines += [f"   Contradicted, it keeps confidence at {data['caps_confidence']:g} at most."]
    return lines


def _wrapped(text: str, indent: str, *, hang: str = "") -> list[str]:
    return textwrap.wrap(text, 80, initial_indent=indent, subsequent_indent=indent + hang, break_on_hyphens=False)
