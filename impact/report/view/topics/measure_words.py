"""The words of further measures: a name for a heading, and one sentence that says how to read it.

In: nothing. Out: ``MEASURE_WORDS``, by the key of the measure. Knows no numbers. A test compares its keys with those
that an audit can compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["MEASURE_WORDS", "Words"]


class Words(NamedTuple):
    name: str
    reading: str


MEASURE_WORDS: Mapping[str, Words] = {
    "f1": Words(
        "F1",
        "Between 0 and 1: how far those flagged and those with the outcome are the same people. It ignores people "
        "rightly left alone, and it rises with the share of people who have the outcome.",
    ),
    "balanced_accuracy": Words(
        "Balanced accuracy",
        "Mean of the shares decided rightly among people with and without the outcome; 0.5 is what guessing gives.",
    ),
    "youden": Words(
        "Youden’s index",
        "How much more often people with the outcome are flagged than people without; 0 is what guessing gives.",
    ),
    "mcc": Words(
        "Matthews correlation",
        "Correlation of decision and outcome: 1 is perfect, 0 is what guessing gives. It depends on how common "
        "the outcome is.",
    ),
    "kappa": Words(
        "Cohen’s kappa",
        "Agreement of decision and outcome beyond what chance gives. It depends on how common the outcome is.",
    ),
    "likelihood_ratio_positive": Words(
        "Positive likelihood ratio",
        "How many times likelier a yes is for somebody with the outcome than for somebody without; at 1 a yes "
        "says nothing.",
    ),
    "likelihood_ratio_negative": Words(
        "Negative likelihood ratio",
        "How many times likelier a no is for somebody with the outcome than for somebody without; near 0 a no "
        "says much, at 1 nothing.",
    ),
    "diagnostic_odds_ratio": Words(
        "Diagnostic odds ratio",
        "Odds of a yes among people with the outcome over the odds among people without; at 1 the decision says "
        "nothing.",
    ),
    "treatment_equality": Words(
        "Missed cases for each wrong flag",
        "Which way the errors fall: above 1 more cases are missed than people wrongly flagged.",
    ),
    "false_per_true": Words(
        "Wrong flags for each right one",
        "People wrongly flagged for each person rightly flagged.",
    ),
    "number_needed_to_flag": Words(
        "People flagged for each right one",
        "How many people are flagged to find one with the outcome.",
    ),
    "conditional_acceptance": Words(
        "Outcomes of yes for each decision of yes",
        "Below 1 more people get a yes than have the outcome; above 1 fewer. It compares numbers, not people.",
    ),
    "conditional_rejection": Words(
        "Outcomes of no for each decision of no",
        "Above 1 fewer people get a no than lack the outcome; below 1 more. It compares numbers, not people.",
    ),
    "generalised_entropy": Words(
        "Generalised entropy of what people receive",
        "How unequally right decisions, missed cases and wrong flags fall on people of a group: 0 when everybody "
        "is treated alike, even if all are treated wrongly.",
    ),
    "theil": Words(
        "Theil’s index of what people receive",
        "As generalised entropy, with less weight on the largest values; 0 when everybody is treated alike.",
    ),
    "coefficient_of_variation": Words(
        "Coefficient of variation of what people receive",
        "Spread of what people receive over its mean; 0 when everybody is treated alike.",
    ),
    "expected_cost": Words(
        "Expected cost for each person",
        "What the results cost for each person decided on, at the costs that the plan declares. A cost does not "
        "say who bears it.",
    ),
    "average_odds_difference": Words(
        "Average odds difference",
        "Mean of two gaps. It can be 0 while both are large and opposite, so both stand beside it.",
    ),
    "average_absolute_odds_difference": Words(
        "Average absolute odds difference",
        "Mean size of two gaps; they cannot cancel.",
    ),
    "average_predictive_value_difference": Words(
        "Average predictive value difference",
        "Mean of two gaps. It can be 0 while both are large and opposite, so both stand beside it.",
    ),
    "equalised_odds": Words(
        "Equalised odds: the larger of two gaps",
        "Size of the larger gap, with limits that hold for both together.",
    ),
    "worst_gap": Words(
        "Largest gap between any two groups",
        "The limits allow for having looked at every pair. A plain maximum less minimum would be too large even "
        "where no groups differ.",
    ),
    "mutual_information": Words(
        "How much one column tells about the group",
        "0 says that one tells nothing about the other. A value near what chance alone gives says nothing.",
    ),
    "differential_fairness": Words(
        "Largest ratio of smoothed rates between any two groups",
        "A logarithm: 0 is equality, 0.69 a factor of two. It grows with the number of groups without any true "
        "difference, so it decides nothing.",
    ),
    "between_group_entropy": Words(
        "Inequality between groups of what people receive",
        "The part of the inequality that lies between groups; 0 when all groups receive the same on average. It "
        "grows with the number of groups without any true difference.",
    ),
}
