"""How much of a safeguard's strength its evidence earns: the factors e and f.

In: an answer, the digests of files that were found, the date of the assessment. Out: two factors between 0 and 1.
Knows no log check and no contradiction (score.py adds the factor k).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from impact.questionnaire.answer import Answer, Evidence
from impact.questionnaire.question import FreshnessPeriod, Question
from impact.questionnaire.rulebook import Scoring
from impact.questionnaire.variables import months_between

__all__ = ["best_evidence", "evidence_factor", "evidence_of", "freshness_factor"]


def evidence_of(
    question: Question, answer: Answer, *, scoring: Scoring, digests: Mapping[str, str], today: date
) -> tuple[float, float]:
    """Factors e and f of the piece of evidence that earns most; (none, 1) when nothing is cited.

    Several weak pieces do not add up to a strong one.
    """
    best = best_evidence(question, answer, scoring=scoring, digests=digests, today=today)
    return (scoring.evidence.none, 1.0) if best is None else (best[1], best[2])


def best_evidence(
    question: Question, answer: Answer, *, scoring: Scoring, digests: Mapping[str, str], today: date
) -> tuple[Evidence, float, float] | None:
    """The piece of evidence that earns most, with its factors e and f; None when nothing is cited."""
    period = question.freshness or scoring.freshness
    found = [
        (
            item,
            evidence_factor(question, item, scoring=scoring, digests=digests, today=today),
            _fresh(item, period, today),
        )
        for item in answer.evidence
    ]
    return max(found, key=lambda one: (one[1] * one[2], one[1]), default=None)


def _fresh(item: Evidence, period: FreshnessPeriod, today: date) -> float:
    return freshness_factor(months_between(item.date, today), period)


def evidence_factor(
    question: Question, item: Evidence, *, scoring: Scoring, digests: Mapping[str, str], today: date
) -> float:
    """The factor e of one piece: none, a file, published, or verified by somebody independent.

    A file that was not found and hashed, an address that is not published, and evidence that has expired earn nothing.
    """
    factors = scoring.evidence
    attached = item.file is not None and item.file in digests
    if not (attached or item.published) or (item.expires is not None and item.expires < today):
        return factors.none
    if item.verified_by:
        return factors.verified
    if item.published:
        return factors.published
    alone = {"pub": factors.file_alone.pub, "ver": factors.file_alone.ver, "log": factors.file_alone.log}
    return alone.get(question.evidence or "doc", factors.file)


def freshness_factor(months: float, period: FreshnessPeriod) -> float:
    """1 up to ``full_months``, then a straight line to 0 at ``none_months``.

    >>> freshness_factor(18, FreshnessPeriod(full_months=12, none_months=24))
    0.5
    """
    if months <= period.full_months:
        return 1.0
    if months >= period.none_months:
        return 0.0
    return (period.none_months - months) / (period.none_months - period.full_months)
