"""Every printed figure with the numbers that make it: the way into the other modules of this name.

In: scores and what is asked about. Out: ``Explained``: plain data, and lines for 80 columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from impact.errors import AnswerError, Fault
from impact.questionnaire.explain_dimension import dimension_lines, explain_dimension
from impact.questionnaire.explain_overall import (
    completeness_lines,
    confidence_lines,
    explain_completeness,
    explain_confidence,
    explain_index,
    index_lines,
)
from impact.questionnaire.explain_rule import (
    check_lines,
    explain_check,
    explain_question,
    explain_rule,
    question_lines,
    rule_lines,
)
from impact.questionnaire.score import Scores
from impact.yamlfile import nearest

__all__ = ["Explained", "explain"]


@dataclass(frozen=True)
class Explained:
    """An explanation as plain data (numbers not rounded) and as lines for a terminal."""

    data: dict[str, Any]
    lines: tuple[str, ...]


def explain(scores: Scores, what: str) -> Explained:
    """Explain a dimension, ``completeness``, ``confidence``, ``index``, a stop, flag, floor, contradiction, question or
    log check.

    Args:
        scores: What was scored.
        what: A code or id, in capitals or not.

    Raises:
        AnswerError: A147, the pack has nothing of that name.
    """
    name = what.strip()
    overall = {
        "completeness": (explain_completeness, completeness_lines),
        "confidence": (explain_confidence, confidence_lines),
        "index": (explain_index, index_lines),
    }
    if name.lower() in overall:
        make, show = overall[name.lower()]
        data = make(scores)
        return Explained(data, tuple(show(data)))
    names = _names(scores)
    name = names.get(name.lower(), name)
    for part in scores.dimensions:
        if part.dimension.code == name:
            data = explain_dimension(scores, part)
            return Explained(data, tuple(dimension_lines(data)))
    for find, told in ((explain_rule, rule_lines), (explain_question, question_lines), (explain_check, check_lines)):
        found = find(scores, name)
        if found is not None:
            return Explained(found, tuple(told(found)))
    near = nearest(name, [*names.values(), *overall])
    remedy = f"Did you mean “{near}”?" if near else "Name a dimension, a rule, a question, a check, or confidence"
    raise AnswerError(Fault("--explain", f"the pack has nothing called “{what}”", "", remedy, "A147"))


def _names(scores: Scores) -> dict[str, str]:
    """Everything that can be explained, by its name in small letters."""
    pack = scores.answered.pack
    found = [part.code for part in pack.dimensions] + list(pack.questions)
    found += [one.stop.id for one in scores.stops] + [one.id for one in scores.flags]
    found += [floor.id for floor, _ in scores.floors] + [rule.id for rule, _ in scores.contradictions]
    found += [check for question in pack.questions.values() for check in (*question.tested_by, *question.feeds)]
    found += [cap.check for cap in pack.scoring.confidence.caps]
    return {name.lower(): name for name in found}
