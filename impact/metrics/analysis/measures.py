"""Further measures: one table that defines each, as the catalogue does for rates, and the same table computes it.

In: nothing but TP, FP, FN, TN. Out: for each measure its formula, its function, how two groups are compared on it, who
is harmed by a high or a low value under each effect, and its source. Knows no groups and no plan.

A direction follows from that of the rate it stands for (catalogue.py). Where a measure moves with the share of people
who have the outcome, puts errors together that fall on different people, or does not say who bears them, there is none:
with the published COMPAS counts F1 is highest for the group that is wrongly flagged most, and nobody may call that
better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from impact.metrics.statistics import agreement, entropy, joint_gaps, workload
from impact.metrics.statistics.measure import Measure

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats

__all__ = ["ACROSS", "MEASURES", "PAIRS", "Across", "MeasureDefinition", "PairDefinition", "Table"]

Table = tuple[float, float, float, float]  # TP, FP, FN, TN
Direction = Literal["higher", "lower"]
Worse = Mapping[str, Direction]

# Like accuracy: the decision is less in line with the outcome for this group.
_LESS: Worse = {"burden": "lower", "benefit": "lower", "identification": "lower"}
_RIGHT_FLAGS: Worse = {"burden": "lower", "identification": "lower"}  # like ppv
_MISSED: Worse = {"benefit": "higher"}  # like for
_WRONG_FLAGS: Worse = {"burden": "higher", "identification": "higher"}  # like fdr
_NEITHER: Worse = {}

_BENEFIT = "b = 0 for a missed case, 1 for a right decision, 2 for a wrong flag; m is its mean"


@dataclass(frozen=True)
class MeasureDefinition:
    """One measure of one group.

    Attributes:
        key: As in plans and JSON.
        name: In words, for a heading.
        formula: With TP, FP, FN, TN.
        function: (table, confidence level) -> measure; absent for what needs more than the table.
        compared: Two groups are compared by their difference, or by their ratio.
        drawn: Where the interval is drawn: the same function of many tables at once.
        needs: The rate whose counts it is made of: where that rate is not identified, neither is this.
        worse: Effect -> whether a higher or a lower value is worse for the group.
        range: Smallest and largest value.
        unit: Of the value.
        undefined_when: When it has no value.
        source: Publication.
        code: Function that computes it, below ``impact.metrics``.
    """

    key: str
    name: str
    formula: str
    function: Callable[[Table, float], Measure] | None
    compared: Literal["difference", "ratio"]
    drawn: Callable[[Floats], Floats] | None
    needs: str
    worse: Worse
    range: str
    unit: str
    undefined_when: str
    source: str
    code: str


@dataclass(frozen=True)
class PairDefinition:
    """One measure of a group and those it is compared with; ``parts`` are the rates whose gaps it puts together."""

    key: str
    name: str
    formula: str
    function: Callable[[Table, Table, float], Measure]
    parts: tuple[str, str]
    range: str
    undefined_when: str
    source: str
    code: str


@dataclass(frozen=True)
class Across:
    """One measure of a whole characteristic."""

    key: str
    name: str
    formula: str
    range: str
    unit: str
    undefined_when: str
    source: str
    code: str


_OUTCOMES = "nobody has an outcome of yes, or nobody of no"
_YOUDEN = "Youden 1950, Cancer 3:32"

MEASURES: Mapping[str, MeasureDefinition] = {
    each.key: each
    for each in (
        MeasureDefinition(
            "f1", "F1", "2TP/(2TP+FP+FN)",
            lambda t, a: agreement.f1(t, level=a), "difference", None, "accuracy", _NEITHER, "0 to 1", "index",
            "nobody is flagged and nobody has the outcome", "van Rijsbergen 1979, Information Retrieval, chapter 7",
            "statistics.agreement.f1",
        ),
        MeasureDefinition(
            "balanced_accuracy", "Balanced accuracy", "(TP/(TP+FN) + TN/(FP+TN))/2",
            lambda t, a: agreement.balanced_accuracy(t, level=a), "difference", None, "accuracy", _LESS, "0 to 1",
            "share", _OUTCOMES, "Brodersen et al. 2010 (ICPR), p. 3121", "statistics.agreement.balanced_accuracy",
        ),
        MeasureDefinition(
            "youden", "Youden’s index", "TP/(TP+FN) - FP/(FP+TN)",
            lambda t, a: agreement.youden(t, level=a), "difference", None, "accuracy", _LESS, "-1 to 1",
            "difference of shares", _OUTCOMES, _YOUDEN, "statistics.agreement.youden",
        ),
        MeasureDefinition(
            "mcc", "Matthews correlation", "(TP·TN - FP·FN)/√((TP+FP)(TP+FN)(TN+FP)(TN+FN))",
            lambda t, a: agreement.mcc(t, level=a), "difference", agreement.mcc_of, "accuracy", _NEITHER, "-1 to 1",
            "correlation", "one of the four margins is 0", "Matthews 1975, Biochim. Biophys. Acta 405:442",
            "statistics.agreement.mcc",
        ),
        MeasureDefinition(
            "kappa", "Cohen’s kappa", "(p - e)/(1 - e), p = (TP+TN)/n, e = chance agreement of the margins",
            lambda t, a: agreement.kappa(t, level=a), "difference", agreement.kappa_of, "accuracy", _NEITHER, "-1 to 1",
            "index", "everybody is in one cell of agreement", "Cohen 1960, Educ. Psychol. Meas. 20:37",
            "statistics.agreement.kappa",
        ),
        MeasureDefinition(
            "likelihood_ratio_positive", "Positive likelihood ratio", "(TP/(TP+FN)) / (FP/(FP+TN))",
            lambda t, a: agreement.likelihood_ratio_positive(t, level=a), "ratio", None, "accuracy", _RIGHT_FLAGS,
            "0 upwards", "ratio", f"{_OUTCOMES}; without value where FP = 0",
            "Altman and Bland 1994, BMJ 309:188; interval: Koopman 1984",
            "statistics.agreement.likelihood_ratio_positive",
        ),
        MeasureDefinition(
            "likelihood_ratio_negative", "Negative likelihood ratio", "(FN/(TP+FN)) / (TN/(FP+TN))",
            lambda t, a: agreement.likelihood_ratio_negative(t, level=a), "ratio", None, "accuracy", _MISSED,
            "0 upwards", "ratio", f"{_OUTCOMES}; without value where TN = 0",
            "Altman and Bland 1994, BMJ 309:188; interval: Koopman 1984",
            "statistics.agreement.likelihood_ratio_negative",
        ),
        MeasureDefinition(
            "diagnostic_odds_ratio", "Diagnostic odds ratio", "(TP·TN)/(FP·FN)",
            lambda t, a: agreement.diagnostic_odds_ratio(t, level=a), "ratio", None, "accuracy", _NEITHER, "0 upwards",
            "ratio", f"{_OUTCOMES}; without value where FP·FN = 0",
            "Glas et al. 2003, J. Clin. Epidemiol. 56:1129; interval: Gart 1966",
            "statistics.agreement.diagnostic_odds_ratio",
        ),
        MeasureDefinition(
            "treatment_equality", "Missed cases for each wrong flag", "FN/FP",
            lambda t, a: agreement.treatment_ratio(t, level=a), "ratio", None, "accuracy",
            {"burden": "lower", "benefit": "higher"}, "0 upwards", "ratio",
            "there is no error; without value where FP = 0", "Berk et al. 2018, Sociol. Methods Res. 50:3",
            "statistics.agreement.treatment_ratio",
        ),
        MeasureDefinition(
            "false_per_true", "Wrong flags for each right one", "FP/TP",
            lambda t, a: workload.false_per_true(t, level=a), "ratio", None, "ppv", _WRONG_FLAGS, "0 upwards",
            "people", "nobody is flagged; without value where TP = 0", "arithmetic: odds of the false discovery rate",
            "statistics.workload.false_per_true",
        ),
        MeasureDefinition(
            "number_needed_to_flag", "People flagged for each right one", "(TP+FP)/TP",
            lambda t, a: workload.number_needed_to_flag(t, level=a), "ratio", None, "ppv", _WRONG_FLAGS, "1 upwards",
            "people", "nobody is flagged; without value where TP = 0",
            "inverse of the positive predictive value; Laupacis, Sackett and Roberts 1988, N. Engl. J. Med. 318:1728",
            "statistics.workload.number_needed_to_flag",
        ),
        MeasureDefinition(
            "conditional_acceptance", "Outcomes of yes for each decision of yes", "(TP+FN)/(TP+FP)",
            lambda t, a: workload.conditional_acceptance(t, level=a), "difference", workload.acceptance_of, "accuracy",
            {"burden": "lower", "benefit": "higher"}, "0 upwards", "ratio", "nobody is flagged",
            "Das et al. 2021, arXiv:2109.03285", "statistics.workload.conditional_acceptance",
        ),
        MeasureDefinition(
            "conditional_rejection", "Outcomes of no for each decision of no", "(TN+FP)/(TN+FN)",
            lambda t, a: workload.conditional_rejection(t, level=a), "difference", workload.rejection_of, "accuracy",
            {"burden": "higher", "benefit": "lower"}, "0 upwards", "ratio", "everybody is flagged",
            "Das et al. 2021, arXiv:2109.03285", "statistics.workload.conditional_rejection",
        ),
        MeasureDefinition(
            "generalised_entropy", "Generalised entropy of what people receive",
            f"[mean of (b/m)² - 1]/2; {_BENEFIT}",
            lambda t, a: entropy.generalised_entropy(t, level=a), "difference", lambda x: entropy.entropy_of(x, 2.0),
            "accuracy", _NEITHER, "0 upwards", "index", "everybody is a missed case", "Speicher et al. 2018 (KDD)",
            "statistics.entropy.generalised_entropy",
        ),
        MeasureDefinition(
            "theil", "Theil’s index of what people receive", f"mean of (b/m) ln(b/m); {_BENEFIT}",
            lambda t, a: entropy.theil(t, level=a), "difference", lambda x: entropy.entropy_of(x, 1.0), "accuracy",
            _NEITHER, "0 upwards", "index", "everybody is a missed case", "Speicher et al. 2018 (KDD)",
            "statistics.entropy.theil",
        ),
        MeasureDefinition(
            "coefficient_of_variation", "Coefficient of variation of what people receive",
            f"√(mean of (b/m)² - 1); {_BENEFIT}",
            lambda t, a: entropy.coefficient_of_variation(t, level=a), "difference",
            lambda x: (2 * entropy.entropy_of(x, 2.0).clip(min=0.0)) ** 0.5, "accuracy", _NEITHER, "0 upwards", "ratio",
            "everybody is a missed case", "Speicher et al. 2018 (KDD)",
            "statistics.entropy.coefficient_of_variation",
        ),
        MeasureDefinition(
            "expected_cost", "Expected cost for each person", "(c1·TP + c2·FP + c3·FN + c4·TN)/n, costs of the plan",
            None, "difference", None, "accuracy", _NEITHER, "any", "the plan’s unit for each person",
            "nobody has both decision and outcome", "arithmetic: costs times shares; limits: Jeffreys 1946",
            "statistics.trade_offs.expected_cost",
        ),
    )
}  # fmt: skip

_NOBODY = "one of the four denominators is 0"

PAIRS: Mapping[str, PairDefinition] = {
    each.key: each
    for each in (
        PairDefinition(
            "average_odds_difference", "Average odds difference", "[(FPR1-FPR2) + (TPR1-TPR2)]/2",
            lambda a, b, level: agreement.average_odds_difference(a, b, level=level), ("fpr", "tpr"), "-1 to 1",
            _NOBODY, "Bellamy et al. 2019, IBM J. Res. Dev. 63:4 (AIF360)",
            "statistics.agreement.average_odds_difference",
        ),
        PairDefinition(
            "average_absolute_odds_difference", "Average absolute odds difference", "[|FPR1-FPR2| + |TPR1-TPR2|]/2",
            lambda a, b, level: joint_gaps.average_absolute_odds(a, b, level=level), ("fpr", "tpr"), "0 to 1",
            _NOBODY, "Bellamy et al. 2019, IBM J. Res. Dev. 63:4 (AIF360)",
            "statistics.joint_gaps.average_absolute_odds",
        ),
        PairDefinition(
            "average_predictive_value_difference", "Average predictive value difference",
            "[(PPV1-PPV2) + (FOR1-FOR2)]/2",
            lambda a, b, level: joint_gaps.average_predictive_value_difference(a, b, level=level), ("ppv", "for"),
            "-1 to 1", _NOBODY, "Bellamy et al. 2019, IBM J. Res. Dev. 63:4 (AIF360)",
            "statistics.joint_gaps.average_predictive_value_difference",
        ),
        PairDefinition(
            "equalised_odds", "Equalised odds: the larger of two gaps", "max(|TPR1-TPR2|, |FPR1-FPR2|)",
            lambda a, b, level: joint_gaps.equalised_odds(a, b, level=level), ("fpr", "tpr"), "0 to 1", _NOBODY,
            "Hardt, Price and Srebro 2016 (NeurIPS); limits: Newcombe 1998 at the Šidák level for two",
            "statistics.joint_gaps.equalised_odds",
        ),
    )
}  # fmt: skip

_ONE = "there is only one group with anybody in it"

ACROSS: Mapping[str, Across] = {
    each.key: each
    for each in (
        Across(
            "worst_gap", "Largest gap between any two groups", "max over pairs of |p_i - p_j|",
            "0 to 1", "difference of shares", _ONE,
            "Newcombe 1998 for each pair, at the level of Šidák 1967 for all pairs", "statistics.worst_gap.worst_gap",
        ),
        Across(
            "mutual_information", "How much one column tells about the group",
            "I(decision; group), I(decision; group | outcome), I(outcome; group | decision), natural logarithms",
            "0 upwards", "natural units; as a share of what is uncertain, 0 to 1", _ONE,
            "Cover and Thomas 2006, chapter 2; chance value: Miller 1955", "statistics.entropy.mutual_information",
        ),
        Across(
            "differential_fairness", "Largest ratio of smoothed rates between any two groups",
            "max over pairs and over yes and no of |ln p_i - ln p_j|, p = (k + 1/2)/(n + 1)",
            "0 upwards", "natural logarithm of a ratio", _ONE, "Foulds et al. 2020 (ICDE)",
            "statistics.entropy.differential_fairness",
        ),
        Across(
            "between_group_entropy", "Inequality between groups of what people receive",
            "generalised entropy when everybody receives the group’s mean b",
            "0 upwards", "index", "everybody is a missed case", "Speicher et al. 2018 (KDD)",
            "statistics.entropy.between_groups",
        ),
    )
}  # fmt: skip
