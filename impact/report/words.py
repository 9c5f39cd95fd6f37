"""The plain words for every code that a record may hold.

In: a code of the record. Out: words for a councillor. Knows no numbers and decides nothing.
A code without words is shown as it is, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "CAVEATS",
    "EVIDENCE_KINDS",
    "METHODS",
    "PROMISE_STATES",
    "QUESTION_STATES",
    "REASONS",
    "RULE_STATES",
    "SEVERITIES",
    "STOP_KINDS",
    "VERDICTS",
    "VERDICT_MEANINGS",
    "caveat_sentence",
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
    "too_few_clusters": "no interval, because fewer than ten different people stand behind the rows",
    "not_identified": "not identified by these data",
    "group_not_observed": "not identified, because it was not recorded who belongs to which group",
    "comparator_zero": "undefined, because the rate of the others is zero",
    "one_period": "not computed, because there are too few periods",
    "no_spread": "no interval, because all cases are alike",
    "coverage_differs": "not compared, because more is known of the one than of the other",
    "overlap_too_small": "not compared, because too few of these cases were decided by both",
    "too_few_cases": "no interval, because there are too few cases for one of this kind",
    "no_disagreement": "no test, because they never disagree here",
    "one_group": "not compared, because only one group has cases",
    "one_case": "no interval, because there is only one case",
    "separated": "undefined, because the scores separate the outcomes completely",
    "infeasible": "no true table could have given these counts under this assumption",
    "inside_bin": "not settled, because the boundary lies inside a bin of scores",
    "class_without_cases": "no average, because a class has nobody here",
    "few_draws": "no interval, because too few simulated tables have a value",
    "not_counted": "not counted",
    "too_few_bins": "undefined, because there are too few bins of scores",
    "certain_and_wrong": "a score of exactly 0 or 1 was wrong",
    "no_benefit": "undefined, because everybody in the group is a missed case",
    "everybody_reached": "everybody with a score can be followed up",
    "no_value": "without a value for these counts",
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

PROMISE_STATES: Mapping[str, str] = {  # what became of a promise of an earlier assessment
    "met": "Met",
    "repeated": "Promised again",
    "moved": "Moved to a later day",
    "brought-forward": "Brought forward",
    "date-dropped": "No longer has a date",
    "no-longer-promised": "No longer promised",
    "not-reported": "Not reported",
}

QUESTION_STATES: Mapping[str, str] = {
    "answered": "Answered",
    "unanswered": "Unanswered",
    "not_known": "Answered “Not known”, which counts as unanswered",
    "refused": "Refused",
    "not_applicable": "Said not to apply",
    "hidden": "Hidden by its condition",
    "withheld": "Withheld",
}

EVIDENCE_KINDS: Mapping[str, str] = {
    "doc": "a file, held by the assessor, with its digest in this document",
    "pub": "a published document",
    "log": "a check of the system’s log",
    "ver": "an independent or tool-run test",
}

METHODS: Mapping[str, str] = {
    "wilson": "Wilson score interval",
    "wilson_kish": "Wilson score interval at Kish’s number of people",
    "wilson_clustered": "Wilson score interval, several rows of one person allowed for",
    "newcombe": "Newcombe interval for a difference",
    "newcombe_kish": "Newcombe interval at Kish’s numbers of people",
    "newcombe_clustered": "Newcombe interval, several rows of one person allowed for",
    "koopman": "Koopman score interval for a ratio",
    "koopman_kish": "Koopman score interval at Kish’s numbers of people",
    "koopman_clustered": "Koopman score interval, several rows of one person allowed for",
    "kish": "Kish’s effective number of people, for weighted rows",
    "people_sandwich": "Sandwich variance over people, for several rows of one person",
    "clopper_pearson": "Clopper–Pearson exact interval",
    "wilson_at_ends": "Wilson score limits at the ends of the bounds",
    "manski": "Manski bounds: the least and the most that missing outcomes allow",
    "sidak": "Šidák adjustment of the level, for all primary comparisons together",
    "holm": "Holm adjustment of the p-values of primary comparisons",
    "fdr_bh": "Benjamini–Hochberg adjustment of the p-values of exploratory comparisons",
}


# Caveats whose short form in the record would leave a lay reader guessing; the others read well as they are.
CAVEATS: Mapping[str, str] = {
    "C03": "This is an association. Nothing here says why the groups differ.",
    "C09": "Groups with equal hit rates may have been held to different thresholds, and the other way round.",
}
_CAVEAT_CODE = re.compile(r"(C\d{2})\s+(?=\S)")


def caveat_sentence(text: str) -> str:
    """A caveat of the record, “C03 association, not cause”, as a sentence without its code.

    >>> caveat_sentence("C03 association, not cause")
    'This is an association. Nothing here says why the groups differ.'
    >>> caveat_sentence("C06 fewer than 30 on one side"), caveat_sentence("C11 ethnicity missing for 2.2%.")
    ('Fewer than 30 on one side.', 'Ethnicity missing for 2.2%.')
    """
    code = _CAVEAT_CODE.match(text)
    words = CAVEATS.get(code[1]) if code else None
    plain = words or (text[code.end() :] if code else text)
    return plain[:1].upper() + plain[1:] + ("" if plain.endswith((".", "?", "!", "…")) else ".")


def say(words: Mapping[str, str], code: str | None) -> str:
    """The words for ``code``, or the code itself with its joints opened.

    >>> say(VERDICTS, "inconclusive"), say(VERDICTS, "some_new_code"), say(VERDICTS, None)
    ('Inconclusive', 'some new code', '')
    """
    if code is None:
        return ""
    return words.get(code, code.replace("_", " "))
