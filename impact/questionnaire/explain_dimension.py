"""One dimension's figure with every number that makes it, so that anybody can do the sum again with a pencil.

In: scores and a dimension. Out: plain data, and lines for 80 columns. The formulae are arithmetic.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from impact.questionnaire.arithmetic import Item, figures
from impact.questionnaire.credit import best_evidence
from impact.questionnaire.labels import answer_labels
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Band
from impact.questionnaire.score import DimensionScore, Scores
from impact.questionnaire.variables import months_between

__all__ = ["credit_reasons", "dimension_lines", "explain_dimension", "limits_of", "listed", "shortened"]

WIDTH = 80
End = Literal["low", "high"]


def explain_dimension(scores: Scores, part: DimensionScore) -> dict[str, Any]:
    """Every step from the answers to the printed figure; products run in the order of the pack.

    Numbers are not rounded. ``factor`` is 1 − weight × severity, or 1 − weight × credit; ``left`` the product so far.
    """
    pack, code = scores.answered.pack, part.dimension.code
    mine = [item for item in scores.items if code in item.weights]
    risks = list(_risks(scores, mine, code))
    safeguards = list(_safeguards(scores, mine, code))
    inherent = 100 * (1 - (risks[-1]["left"] if risks else 1.0))
    mitigation = 1 - (safeguards[-1]["left"] if safeguards else 1.0)
    free = inherent * (1 - part.cap * mitigation)
    return {
        "about": code,
        "kind": "dimension",
        "label": part.dimension.label,
        "risks": risks,
        "inherent": inherent,
        "safeguards": safeguards,
        "mitigation": mitigation,
        "cap": part.cap,
        "before_floor": free,
        "floor": None
        if part.floor is None
        else {
            "id": part.floor.id, "value": part.floor.floor, "text": part.floor.text, "binds": part.floor_binds,
        },
        "may_apply": [
            {"id": floor.id, "value": floor.floor, "text": floor.text, "missing": list(ruling.missing)}
            for floor, ruling in scores.floors
            if floor.dimension == code and ruling.state == "unresolved"
        ],
        "judged": None if part.judgement is None else {**part.judgement.to_json(), "band": part.level_band.label},
        "point": part.figures.point,
        "printed": f"{part.figures.point:.1f}",
        "band": part.band.label,
        "limits": limits_of(part.band),
        "ends": {end: _end(pack, mine, part, end) for end in ("low", "high")},
        "unanswered": [
            {"question": item.question, "kind": item.kind, "weight": item.weights[code]}
            for item in mine
            if item.value is None
        ],
    }  # fmt: skip


def _risks(scores: Scores, mine: Sequence[Item], code: str) -> Iterator[dict[str, Any]]:
    default, left = scores.answered.pack.head.defaults.unanswered.severity, 1.0
    for item in mine:
        if item.kind != "risk":
            continue
        value = default if item.value is None else item.value
        factor = 1 - item.weights[code] * value
        left *= factor
        state = scores.answered.states[item.question]
        raised = item.value is not None and state.value is not None and item.value > state.value
        failed = [check for check in state.question.tested_by if scores.verdicts.get(check) == "contradicted"]
        yield {
            "question": item.question,
            "text": state.question.text,
            "answer": _said(scores, item),
            "weight": item.weights[code],
            "severity": value,
            "answered": item.value is not None,
            "factor": factor,
            "left": left,
            "why": f"raised from {state.value:g}: {', '.join(failed)} contradicted by the log" if raised else "",
        }


def _safeguards(scores: Scores, mine: Sequence[Item], code: str) -> Iterator[dict[str, Any]]:
    left = 1.0
    for item in mine:
        if item.kind != "mitigation":
            continue
        credit = scores.credits.get(item.question)
        # As the formulae have it: strength times the factor, so that the last digit is the same.
        earned = 0.0 if item.value is None else item.value * item.factor
        factor = 1 - item.weights[code] * earned
        left *= factor
        yield {
            "question": item.question,
            "text": scores.answered.pack.questions[item.question].text,
            "answer": _said(scores, item),
            "weight": item.weights[code],
            "strength": item.value,
            "evidence": credit.evidence if credit else None,
            "freshness": credit.freshness if credit else None,
            "contradiction": credit.contradiction if credit else None,
            "credit": earned,
            "factor": factor,
            "left": left,
            "why": credit_reasons(scores, item.question),
        }


def credit_reasons(scores: Scores, name: str) -> list[str]:
    """Why a safeguard earns less than its full strength, in words; empty where it earns all of it."""
    credit, answered = scores.credits.get(name), scores.answered
    state, pack = answered.states[name], answered.pack
    if credit is None or state.answer is None:
        return []
    found: list[str] = []
    factors, kind = pack.scoring.evidence, state.question.evidence
    today = answered.context.assessment_date
    best = best_evidence(state.question, state.answer, scoring=pack.scoring, digests=answered.evidence, today=today)
    if credit.evidence == factors.none:
        found.append(
            "no evidence is cited" if best is None else "what is cited was not found, is not published, or has expired"
        )
    elif credit.evidence < 1 and best is not None and not best[0].published:
        wanted = {"pub": "publication", "ver": "an independent test", "log": "a check of the log"}.get(kind or "")
        found.append(
            f"a file alone, where {wanted} is asked for" if wanted else "a file is attached, not published or verified"
        )
    elif credit.evidence < 1:
        found.append("published, and not verified by anybody independent")
    if credit.freshness < 1 and best is not None:
        period = state.question.freshness or pack.scoring.freshness
        age = months_between(best[0].date, today)
        found.append(
            f"stale: dated {best[0].date.isoformat()}, {age:.1f} months before "
            f"(full credit to {period.full_months:g}, none from {period.none_months:g})"
        )
    said = {check: scores.verdicts[check] for check in state.question.tested_by if check in scores.verdicts}
    found += [
        f"{check}: {verdict}" for check, verdict in said.items() if verdict in ("contradicted", "not enough data")
    ]
    found += [
        f"{rule.id}: {rule.text}"
        for rule, ruling in scores.contradictions
        if ruling.state == "fired" and name in rule.between
    ]
    return found


def _said(scores: Scores, item: Item) -> str:
    state = scores.answered.states[item.question]
    if item.value is None:
        words = {"not_known": "not known", "refused": "refused"}
        return words.get(state.state, "not answered")
    if state.answer is not None and state.answer.judged is not None:
        return f"judged by the assessor: {state.answer.judged.reason}"
    return ", ".join(answer_labels(state.question, state.answer, band=state.band)) or "none ticked"


def _end(pack: Pack, mine: Sequence[Item], part: DimensionScore, end: End) -> dict[str, float]:
    gap = pack.head.defaults.best if end == "low" else pack.head.defaults.worst
    # Every gap filled in by hand: then the point formula gives the end, and the two ways of working it out must agree.
    filled = [
        Item(one.question, one.kind, one.weights, gap.severity if one.kind == "risk" else gap.strength, 1.0, 1.0)
        if one.value is None
        else one
        for one in mine
    ]
    found = figures(filled, dimension=part.dimension.code, cap=part.cap, floor=0.0, defaults=pack.head.defaults)
    floor = part.floor.floor if part.floor is not None else 0.0
    return {
        "inherent": found.inherent,
        "mitigation": found.mitigation,
        "before_floor": found.point,
        "value": max(found.point, floor),
    }


def limits_of(band: Band) -> str:
    """The limits of a band in words, such as “at least 50 and under 75”."""
    pairs = (("at least", band.ge), ("above", band.gt), ("at most", band.le), ("under", band.lt))
    return " and ".join(f"{word} {limit:g}" for word, limit in pairs if limit is not None)


# Lines.


def dimension_lines(data: Mapping[str, Any]) -> list[str]:
    """The explanation for a terminal of 80 columns. Six decimals, so that the sum comes out as printed."""
    risks = data["risks"]
    lines = [
        f"{data['label']} ({data['about']}): {data['printed']} out of 100, {data['band']} ({data['limits']})",
        "",
        "1. Impact before safeguards",
        "   Each answer closes weight x severity of what is left to the worst; what",
        "   stays open is left x (1 - weight x severity). The order does not matter.",
        "",
        f"   {'':5}{'weight':>7} {'severity':>9} {'1-w*a':>9} {'left':>9}  answer",
    ]
    for row in risks:
        if row["factor"] != 1:
            mark = " " if row["answered"] else "*"
            lines.append(
                f"   {row['question']:5}{row['weight']:7.2f} {row['severity']:8.6f}{mark} {row['factor']:9.6f} "
                f"{row['left']:9.6f}  {shortened(row['answer'], 30)}"
            )
            lines += [f"        {row['why']}"] if row["why"] else []
    lines += listed("   Severity 0, closing nothing: ", [row["question"] for row in risks if row["factor"] == 1])
    if any(not row["answered"] for row in risks):
        lines.append("   * not answered: counts as the default that the pack gives")
    left = risks[-1]["left"] if risks else 1.0
    lines += [
        "",
        f"   Impact before safeguards = 100 x (1 - {left:.6f}) = {data['inherent']:.4f}",
        "",
        *_safeguard_lines(data),
        "",
        "3. Impact left after safeguards",
        f"   {data['inherent']:.4f} x (1 - {data['cap']:.2f} x {data['mitigation']:.6f}) = {data['before_floor']:.4f}",
        f"   Safeguards take off {data['cap']:.0%} at most: paperwork cannot remove an intrusion.",
        "",
        *_floor_lines(data),
        "",
        *_end_lines(data),
        "",
        f"Printed: {data['printed']}  [{data['ends']['low']['value']:.1f} to {data['ends']['high']['value']:.1f}]  "
        f"{data['band']}",
    ]
    judged = data["judged"]
    if judged:
        lines += ["", f"Judged by the assessor: {judged['point']:.1f}  {judged['band']}. The level follows this one."]
        lines += listed("   Reasons: ", [judged["reasons"]])
    return lines


def _safeguard_lines(data: Mapping[str, Any]) -> list[str]:
    rows = [row for row in data["safeguards"] if row["strength"]]
    lines = [
        "2. Safeguards",
        "   Credit = strength x evidence x freshness x check. Each closes weight x credit",
        "   of what safeguards still leave open.",
        "",
    ]
    if rows:
        lines.append(
            f"   {'':5}{'weight':>6} {'strength':>9} {'evid.':>5} {'fresh':>9} {'check':>5} {'credit':>9} {'1-v*c':>9} "
            f"{'left':>9}"
        )
    for row in rows:
        lines.append(
            f"   {row['question']:5}{row['weight']:6.2f} {row['strength']:9.6f} {row['evidence']:5.2f} "
            f"{row['freshness']:9.6f} {row['contradiction']:5.2f} {row['credit']:9.6f} {row['factor']:9.6f} "
            f"{row['left']:9.6f}"
        )
        lines += listed("        ", [shortened(row["answer"], 60), *row["why"]], between="; ")
    none = [row["question"] for row in data["safeguards"] if row["strength"] == 0]
    open_ = [row["question"] for row in data["safeguards"] if row["strength"] is None]
    lines += listed("   Strength 0, so nothing to credit: ", none)
    lines += listed("   Not answered, so no credit: ", open_)
    left = data["safeguards"][-1]["left"] if data["safeguards"] else 1.0
    return [*lines, "", f"   Safeguards earn 1 - {left:.6f} = {data['mitigation']:.6f}"]


def _floor_lines(data: Mapping[str, Any]) -> list[str]:
    floor, lines = data["floor"], ["4. Floor"]
    if floor is None:
        lines.append("   No floor applies.")
    else:
        lines += listed(f"   {floor['id']}: ", [floor["text"]])
        verb = "so the floor sets the figure" if floor["binds"] else "so the floor changes nothing"
        lines.append(f"   Never below {floor['value']:g}; {data['before_floor']:.4f} is worked out, {verb}.")
    for one in data["may_apply"]:
        lines += listed(f"   May apply, and is not applied: {one['id']} ({one['value']:g}), waits for ", one["missing"])
    return lines


def _end_lines(data: Mapping[str, Any]) -> list[str]:
    lines = ["5. Lowest and highest that the open questions allow"]
    for end, said in (("low", "best: severity 0, full credit"), ("high", "worst: severity 1, no credit")):
        one = data["ends"][end]
        lines.append(f"   Every open question at its {said}")
        held = f", held up to {one['value']:.4f} by the floor" if one["value"] > one["before_floor"] else ""
        sum_ = f"{one['inherent']:.4f} x (1 - {data['cap']:.2f} x {one['mitigation']:.6f})"
        lines.append(f"   {sum_} = {one['before_floor']:.4f}{held}")
    for kind, word in (("risk", "Open risks"), ("mitigation", "Open safeguards")):
        names = sorted((one for one in data["unanswered"] if one["kind"] == kind), key=lambda one: -one["weight"])
        lines += listed(f"   {word}, by weight: ", [f"{one['question']} {one['weight']:.2f}" for one in names])
    if not data["unanswered"]:
        lines.append("   Nothing is open, so lowest, figure and highest are one.")
    return lines


def shortened(text: str, most: int) -> str:
    """At most so many characters.

    >>> shortened("Arrest or dismissal", 10)
    'Arrest or…'
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def listed(first: str, words: Sequence[str], *, between: str = ", ") -> list[str]:
    """Words in lines of 80 columns, all but the first further in; nothing where there are none."""
    import textwrap

    if not words:
        return []
    indent = " " * (len(first) - len(first.lstrip()))
    return textwrap.wrap(
        between.join(words), WIDTH, initial_indent=first, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
