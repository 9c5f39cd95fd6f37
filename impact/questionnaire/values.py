"""From an answer to a severity or strength between 0 and 1.

In: a question and its answer. Out: the band it falls into and its value; None where the answer does not give one.
Knows nothing of weights, dimensions or evidence.
"""

from __future__ import annotations

from impact.questionnaire.answer import Answer
from impact.questionnaire.question import Band, Question

__all__ = ["band_of", "value_of"]


def band_of(question: Question, answer: Answer, *, figure: object) -> Band | None:
    """The band of a number, or of the worked-out ``figure`` that the bands of a table or date stand on."""
    if not question.bands:
        return None
    if question.band_on is None:
        figure = answer.value
    elif figure is None and answer.value == "" and question.band_when_blank:
        return next(band for band in question.bands if band.code == question.band_when_blank)
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return None
    return next(band for band in question.bands if band.holds(figure))


def value_of(question: Question, answer: Answer, *, band: Band | None) -> float | None:
    """Severity or strength of an answer; the assessor's own judgement stands before the choice.

    >>> from impact.questionnaire.question import Aggregate, Choice
    >>> ticks = tuple(Choice(code=c, label=c) for c in "abcd")
    >>> asked = Question(id="D4", text="?", type="multi", choices=ticks, aggregate=Aggregate(rule="count_div", n=3))
    >>> value_of(asked, Answer("D4", "answered", ("a", "b")), band=None)
    0.6666666666666666
    """
    if answer.judged is not None:
        return answer.judged.value
    value, rule = answer.value, question.aggregate
    if band is not None:
        return band.value
    if isinstance(value, tuple):
        if rule is None or rule.rule == "max":
            values = [choice.value for choice in question.choices if choice.code in value]
            return max((one for one in values if one is not None), default=0.0)
        if rule.rule == "count_div":
            return min(len(value) / (rule.n or 1.0), rule.cap)
        return min(len(value) * (rule.k or 0.0), rule.cap)
    if isinstance(value, bool):
        choice = question.choice("yes" if value else "no")
        return choice.value if choice else None
    if isinstance(value, int | float):
        return value / 100 if rule is not None and rule.rule == "percent" else None
    choice = question.choice(value) if isinstance(value, str) else None
    return choice.value if choice else None
