"""Claims against a log: ask, judge, and keep what was asked.

In: claims, an open log, the checks. Out: ``Examined``: a ruling for each check, and the aggregates that it rests on.
``judge`` gives the same rulings again from the aggregates alone. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from impact.claims.check import Bins, Check, Claim, Context, Fit, Found, Query, Ruling, not_testable
from impact.claims.derivable import leaking
from impact.claims.figures import unusable_figure
from impact.claims.groups import SMALLEST
from impact.claims.guarding import Asked, withhold
from impact.claims.meanings import meaning
from impact.claims.tallies import Tallies
from impact.claims.words import one_of_a_kind
from impact.metrics.logs.opening import DecisionLog

__all__ = ["ON_ALL_COUNTS", "Examined", "ask", "judge", "with_those_guarded_together"]

# Beside a check's queries: the verdict on the counts as each query gave them, where the checks together withhold some.
ON_ALL_COUNTS = "on all counts"

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
    """The answers of the log to every check that can be tested: check -> query -> rows.

    What gives a small count away, by itself or with what other checks show, is withheld (guarding.py). Where that takes
    counts from a check, its verdict is reached first and kept as a word, under ``ON_ALL_COUNTS``.
    """
    answers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    guarded: list[Asked] = []
    asked = {
        check.id: [query for query in check.queries(context) if not context.missing(query.needs)]
        for check, context in ((check, contexts[check.id]) for check in checks)
        if not check.lacking(context)
    }
    if step is not None:
        step("counting by group")
    tallies = Tallies(log, [query for queries in asked.values() for query in queries])
    known: dict[str, list[dict[str, Any]]] = {}  # two checks may ask the same
    for check in checks:
        if check.id not in asked:
            continue
        context = contexts[check.id]
        if step is not None:
            step(f"{check.id} {check.title}")
        passed = _passed(check, context, log)
        answers[check.id] = {
            query.name: [dict(passed[query.name])] if query.name in passed else _once(log, tallies.sql(query), known)
            for query in asked[check.id]
        }
        made: list[Query | Fit] = list(asked[check.id])
        for fit in check.fits(context) if check.fits is not None else ():
            if not context.missing(fit.needs):
                answers[check.id][fit.name] = [dict(row) for row in fit.estimate(log.frame(fit.sql))]
                made.append(fit)
        guarded += [one for each in made if (one := Asked.of(check.id, each, answers[check.id][each.name])) is not None]
    if guarded and step is not None:
        step("withholding small counts")
    kept = withhold(
        guarded, lambda pairs, counts: leaking(pairs, counts, lambda sql: _patterns(log, sql)), _looked(log)
    )
    changed = {place: rows for place, rows in kept.items() if _sorted(rows) != _sorted(answers[place[0]][place[1]])}
    by_id = {check.id: check for check in checks}
    for name in dict.fromkeys(name for name, _ in changed):
        word = _on_all_counts(by_id[name], contexts[name], answers[name])
        answers[name] |= {query: rows for (own, query), rows in changed.items() if own == name}
        if word is not None:
            answers[name][ON_ALL_COUNTS] = [word]
    return answers


def with_those_guarded_together(
    checks: Sequence[Check], contexts: Mapping[str, Context], only: Sequence[str]
) -> list[Check]:
    """The checks that are wanted and, where one of them counts groups, all that do: what is withheld is one set."""
    guarded = {check.id for check in checks if _guarded(check, contexts[check.id])}
    wanted = set(only) | (guarded if guarded & set(only) else set())
    return [check for check in checks if check.id in wanted]


def _guarded(check: Check, context: Context) -> bool:
    if check.lacking(context):
        return False
    asked: list[Query | Fit] = [*check.queries(context), *(check.fits(context) if check.fits is not None else ())]
    return any(each.guard is not None for each in asked)


def _once(log: DecisionLog, sql: str, known: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    if sql not in known:
        known[sql] = log.rows(sql)
    return known[sql]


def _passed(check: Check, context: Context, log: DecisionLog) -> Mapping[str, Mapping[str, Any]]:
    """Rows of queries that one pass over the log answers together."""
    stream = check.stream(context) if check.stream is not None else None
    if stream is None:
        return {}
    return stream.read(log.batches(stream.sql, stream.size)) or {}


def _sorted(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


def _patterns(log: DecisionLog, conditions: Sequence[str]) -> list[dict[str, bool]]:
    """Which of these conditions hold together in some row of the log."""
    listed = ", ".join(f"coalesce({sql}, false) AS c{i}" for i, sql in enumerate(conditions))
    rows = log.rows(f"SELECT DISTINCT {listed} FROM cases ORDER BY ALL")
    return [{sql: bool(row[f"c{i}"]) for i, sql in enumerate(conditions)} for row in rows]


def _looked(log: DecisionLog) -> Callable[[Bins, str], list[dict[str, Any]]]:
    """Who is in which bin of a baseline; what several ask first is asked once."""
    kept: set[str] = set()
    known: dict[str, list[dict[str, Any]]] = {}

    def count(bins: Bins, sql: str) -> list[dict[str, Any]]:
        if bins.first is not None and bins.first[0] not in kept:
            log.keep(*bins.first)
            kept.add(bins.first[0])
        return _once(log, sql, known)

    return count


def _on_all_counts(check: Check, context: Context, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    if unusable_figure(check.id, context.parameters) is not None:
        return None
    found = Found(answers)
    held = sorted(check.adjust(context, found)) if check.adjust is not None else []
    return {"verdict": check.judge(context, found).verdict, "holds_back": held}


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
            ruling = _read(_in_words(check.judge(context, Found(given)), Found(given).one(ON_ALL_COUNTS)))
            if check.fits is not None and any(fit.name in given for fit in check.fits(context)):
                ruling = replace(ruling, recomputable=False)
        found.append(Examined(check, claim, ruling))
    return [_adjusted(each, reasons) for reasons in [_reasons(checks, contexts, answers)] for each in found]


def _read(ruling: Ruling) -> Ruling:
    """The ruling as it is read: one row has, and not 1 rows have."""
    return replace(
        ruling,
        sentence=one_of_a_kind(ruling.sentence),
        needed=one_of_a_kind(ruling.needed) if ruling.needed else ruling.needed,
        cautions=tuple(map(one_of_a_kind, ruling.cautions)),
    )


def _reasons(
    checks: Sequence[Check], contexts: Mapping[str, Context], answers: Answers
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Check -> (check that objects, why) for each objection to its *supported*."""
    found: dict[str, list[tuple[str, str]]] = {}
    for check in checks:
        context = contexts[check.id]
        usable = unusable_figure(check.id, context.parameters) is None
        if check.adjust is not None and usable and not check.lacking(context):
            given = Found(answers.get(check.id, {}))
            word, reasons = given.one(ON_ALL_COUNTS), check.adjust(context, given)
            if word is not None:  # what is withheld must not hold anything back that the counts themselves do not
                why = "a difference as large as the margin could be missed in some comparison of groups."
                reasons = dict.fromkeys(word["holds_back"], why)
            for other, why in reasons.items():
                found.setdefault(other, []).append((check.id, why))
    return found


_SAID = {
    "supported": "On all counts, some of which are too small to be shown here, the log bears the claim out.",
    "contradicted": "On all counts, some of which are too small to be shown here, the log contradicts the claim.",
    "not enough data": "On all counts, some of which are too small to be shown here, the log cannot tell.",
    "not testable": "On all counts, some of which are too small to be shown here, the claim cannot be tested.",
}


def _in_words(shown: Ruling, word: Mapping[str, Any] | None) -> Ruling:
    """The ruling on what is shown, with the verdict on all counts: withholding moves no verdict."""
    if word is None:
        return shown
    caution = (
        f"Counts of fewer than {SMALLEST} people are not shown, nor what they could be worked out from. The verdict "
        "was reached on all counts when the log was read; what is shown here does not give it again by itself."
    )
    cautions = (*shown.cautions, caution)
    # No withheld count can mend a group that is shown to be outside.
    impossible = word["verdict"] == "supported" and shown.verdict == "contradicted"
    if word["verdict"] == shown.verdict or impossible:
        return replace(shown, cautions=cautions)
    needed = "more people in every group" if word["verdict"] == "not enough data" else None
    return replace(shown, verdict=word["verdict"], sentence=_SAID[word["verdict"]], needed=needed, cautions=cautions)


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
