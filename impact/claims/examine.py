"""Claims against a log: ask, judge, and keep what was asked.

In: claims, an open log, the checks. Out: ``Examined``: a ruling for each check, and the aggregates that it rests on.
``judge_again`` gives the same rulings from the aggregates alone. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from impact.claims.check import Check, Claim, Context, Found, Ruling, not_testable
from impact.claims.meanings import meaning
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
    for check in checks:
        context = contexts[check.id]
        if check.lacking(context):
            continue
        if step is not None:
            step(f"{check.id} {check.title}")
        answers[check.id] = {
            query.name: log.rows(query.sql) for query in check.queries(context) if not context.missing(query.needs)
        }
    return answers


def judge(
    checks: Sequence[Check], contexts: Mapping[str, Context], claims: Mapping[str, Claim], answers: Answers
) -> list[Examined]:
    """Rule on every check, in the order given. A claim that nobody makes is examined and has no verdict."""
    found = []
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
        else:
            ruling = check.judge(context, Found(answers.get(check.id, {})))
        found.append(Examined(check, claim, ruling))
    return found


def with_verdict(ruling: Ruling, verdict: Any, *cautions: str) -> Ruling:
    """The same ruling with another verdict, and why."""
    return replace(ruling, verdict=verdict, cautions=(*ruling.cautions, *cautions))
