"""Claims against a log: ask, judge, and keep what was asked.

In: claims, an open log, the checks. Out: ``Examined``: a ruling for each check, and the aggregates that it rests on.
``judge`` gives the same rulings again from the aggregates alone. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from impact.claims.check import Check, Claim, Context, Found, Ruling, not_testable
from impact.claims.figures import unusable_figure
from impact.claims.meanings import meaning
from impact.claims.tallies import Tallies
from impact.metrics.logs.opening import DecisionLog

__all__ = ["Examined", "ask", "judge"]

Answers = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Examined:
    """One check with its claim and its ruling; ``ruling`` is None where there is no such claim to test."""

    check: Check
    claim: Claim
    ruling: Ruling | None


def ask(
    checks: Sequence[Check],
    contexts: Mapping[str, Context],
    log: DecisionLog,
    *,
    step: Callable[[str], None] | None = None,
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The answers of the log to every check that can be tested: check -> query -> rows."""
    answers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    asked = {
        check.id: [query for query in check.queries(context) if not context.missing(query.needs)]
        for check, context in ((check, contexts[check.id]) for check in checks)
        if not check.lacking(context)
    }
    if step is not None:
        step("counting by group")
    tallies = Tallies(log, [query for queries in asked.values() for query in queries])
    for check in checks:
        if check.id not in asked:
            continue
        context = contexts[check.id]
        if step is not None:
            step(f"{check.id} {check.title}")
        answers[check.id] = {query.name: log.rows(tallies.sql(query)) for query in asked[check.id]}
        for fit in check.fits(context) if check.fits is not None else ():
            if not context.missing(fit.needs):
                answers[check.id][fit.name] = [dict(row) for row in fit.estimate(log.frame(fit.sql))]
    return answers


def judge(
    checks: Sequence[Check], contexts: Mapping[str, Context], claims: Mapping[str, Claim], answers: Answers
) -> list[Examined]:
    """Rule on every check, in the order given. A claim that nobody makes is examined and has no verdict.

    What one check finds can keep the *supported* of others from standing (``Check.adjust``): it becomes *not enough
    data*, never the other way round.
    """
    found: list[Examined] = []
    for check in checks:
        claim = claims[check.id]
        context = contexts[check.id]
        if claim.made is not True:
            found.append(Examined(check, claim, None))
            continue
        lacking = check.lacking(context)
        if lacking:
            listed = ", ".join(" or ".join(map(meaning, need.split("|"))) for need in lacking)
            ruling = not_testable(f"The log has no {listed}.", missing=lacking)
        elif (unusable := unusable_figure(check.id, context.parameters)) is not None:
            ruling = not_testable(unusable)
        else:
            given = answers.get(check.id, {})
            ruling = check.judge(context, Found(given))
            if check.fits is not None and any(fit.name in given for fit in check.fits(context)):
                ruling = replace(ruling, recomputable=False)
        found.append(Examined(check, claim, ruling))
    return [_adjusted(each, reasons) for reasons in [_reasons(checks, contexts, answers)] for each in found]


def _reasons(
    checks: Sequence[Check], contexts: Mapping[str, Context], answers: Answers
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Check -> (check that objects, why) for each objection to its *supported*."""
    found: dict[str, list[tuple[str, str]]] = {}
    for check in checks:
        context = contexts[check.id]
        usable = unusable_figure(check.id, context.parameters) is None
        if check.adjust is not None and usable and not check.lacking(context):
            for other, why in check.adjust(context, Found(answers.get(check.id, {}))).items():
                found.setdefault(other, []).append((check.id, why))
    return found


def _adjusted(examined: Examined, reasons: Mapping[str, Sequence[tuple[str, str]]]) -> Examined:
    ruling, objections = examined.ruling, reasons.get(examined.check.id, ())
    if ruling is None or ruling.verdict != "supported" or not objections:
        return examined
    said = tuple(f"{name}: {why} What was found is therefore not called supported." for name, why in objections)
    lowered = replace(
        ruling,
        verdict="not enough data",
        needed=ruling.needed or f"what {objections[0][0]} asks for",
        cautions=(*ruling.cautions, *said),
    )
    return replace(examined, ruling=lowered)
