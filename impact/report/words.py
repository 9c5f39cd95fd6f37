"""The plain words for every code that a record may hold.

In: a code of the record. Out: words for a councillor. Knows no numbers and decides nothing.
A code without words is shown as it is, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "EVIDENCE_KINDS",
    "METHODS",
    "QUESTION_STATES",
    "REASONS",
    "RULE_STATES",
    "SEVERITIES",
    "STOP_KINDS",
    "VERDICTS",
    "VERDICT_MEANINGS",
    "say",
]

REASONS: Mapping[str, str] = {
    "no_positives": "undefined, because nobody in the group had the outcome",
    "no_negatives": "undefined, because everybody in the group had the outcome",
    "nobody_flagged": "undefined, because the decision was yes for nobody in the group",
    "everybody_flagged": "undefined, because the decision was yes for everybody in the group",
    "empty_cell": "undefined, because nobody is in the group",
    "outcome_not_observed": "not identified, because the outcome is known only for some people",
    "suppressed": "suppressed to protect people",
    "too_many_levels": "not computed, because the characteristic has too many values",
    "zero_weight": "undefined, because the weights add up to nothing",
    "not_identified": "not identified by these data",
    "group_not_observed": "not identified, because it was not recorded who belongs to which group",
}

VERDICTS: Mapping[str, str] = {
    "disparity_shown": "Disparity shown",
    "difference_small": "Difference small",
    "equivalence_shown": "Any difference is within the margin",
    "inconclusive": "Inconclusive",
    "undefined": "Undefined",
    "suppressed": "Suppressed",
    "not_identified": "Not identified",
}

VERDICT_MEANINGS: Mapping[str, str] = {
    "disparity_shown": "The interval leaves out “no difference”. The size lies somewhere in the interval.",
    "difference_small": "There is a difference, and all of its interval lies within the declared margin.",
    "equivalence_shown": "All of the interval lies within the declared margin, which also takes in “no difference”.",
    "inconclusive": "The data cannot tell. They fit no difference, and they also fit a difference beyond the margin.",
    "undefined": "No value exists. The reason is printed.",
    "suppressed": "The value is withheld so that nobody can be recognised from it.",
    "not_identified": "The data do not fix the value. Bounds say what they allow.",
}

SEVERITIES: Mapping[str, str] = {
    "high": "High",
    "unknown": "Unknown",
    "medium": "Medium",
    "low": "Low",
    "info": "For information",
}

RULE_STATES: Mapping[str, str] = {
    "fired": "Fired",
    "unresolved": "Unresolved",
    "clear": "Clear",
    "not-applicable": "Does not apply",
}

STOP_KINDS: Mapping[str, str] = {"stop": "Stop", "hold": "Hold", "procurement-stop": "Procurement stop"}

QUESTION_STATES: Mapping[str, str] = {
    "answered": "Answered",
    "unanswered": "Unanswered",
    "not_known": "Answered “Not known”, which counts as unanswered",
    "refused": "Refused",
    "not_applicable": "Said not to apply",
    "hidden": "Hidden by its condition",
}

EVIDENCE_KINDS: Mapping[str, str] = {
    "doc": "a file, attached and hashed",
    "pub": "a published document",
    "log": "a check of the system’s log",
    "ver": "an independent or tool-run test",
}

METHODS: Mapping[str, str] = {
    "wilson": "Wilson score interval",
    "newcombe": "Newcombe interval for a difference",
    "koopman": "Koopman score interval for a ratio",
    "clopper_pearson": "Clopper–Pearson exact interval",
    "wilson_at_ends": "Wilson score limits at the ends of the bounds",
    "manski": "Manski bounds: the least and the most that missing outcomes allow",
    "sidak": "Šidák adjustment of the level, for all primary comparisons together",
    "holm": "Holm adjustment of the p-values of primary comparisons",
    "fdr_bh": "Benjamini–Hochberg adjustment of the p-values of exploratory comparisons",
}


def say(words: Mapping[str, str], code: str | None) -> str:
    """The words for ``code``, or the code itself with its joints opened.

    >>> say(VERDICTS, "inconclusive"), say(VERDICTS, "some_new_code"), say(VERDICTS, None)
    ('Inconclusive', 'some new code', '')
    """
    if code is None:
        return ""
    return words.get(code, code.replace("_", " "))
