"""The catalogue of metrics: one table that defines every rate, and the same table computes it.

In: nothing but tallies. Out: for each metric key its formula, its numerator and denominator, who is harmed by a high or
a low value under each effect, why it can be undefined, and its plain label. Knows no groups, intervals or verdicts.

``impact audit methods`` prints this table, so what is printed is what is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import METRIC_KEYS, AuditPlan

__all__ = [
    "CATALOGUE",
    "REASONS",
    "Metric",
    "Reason",
    "computable",
    "labels",
    "mirror_family",
    "plain_label",
]

Reason = Literal[
    "no_positives",
    "no_negatives",
    "nobody_flagged",
    "everybody_flagged",
    "empty_cell",
    "outcome_not_observed",
    "group_not_observed",
    "comparator_zero",
    "suppressed",
    "too_many_levels",
    "zero_weight",
    "too_few_clusters",
]
Direction = Literal["higher", "lower"]

# Why a number is missing, in words that can stand after "because".
REASONS: Mapping[Reason, str] = {
    "no_positives": "nobody here has a recorded outcome of yes",
    "no_negatives": "nobody here has a recorded outcome of no",
    "nobody_flagged": "nobody here received a yes",
    "everybody_flagged": "everybody here received a yes",
    "empty_cell": "there is nobody to count",
    "outcome_not_observed": "the outcomes it needs were not recorded",
    "group_not_observed": "who belongs to which group was not recorded for those it needs",
    "comparator_zero": "the rate of the others is zero, and nothing can be divided by zero",
    "suppressed": "the count is suppressed to protect people",
    "too_many_levels": "there are too many groups to compare",
    "zero_weight": "everybody here has a weight of zero",
    "too_few_clusters": "fewer than ten different people stand behind these rows",
}


@dataclass(frozen=True)
class Metric:
    """One rate: a numerator over a denominator, both counts of people.

    Attributes:
        key: As in plans and JSON.
        name: Technical name, for appendices.
        formula: With TP, FP, FN, TN; positive = outcome yes, flagged = decision yes.
        definition: In words.
        numerator: Tally -> count.
        denominator: Tally -> count; 0 means undefined.
        empty: Reason when the denominator is 0 although people are there.
        needs: Columns it needs besides the decision.
        worse: Effect -> whether a higher or a lower value is worse for the group; absent where neither is.
        mirror: The metric that is one minus this one, if any.
        open: Tally -> how many unknown outcomes could change it.
        parity: What equality between groups looks like.
    """

    key: str
    name: str
    formula: str
    definition: str
    numerator: Callable[[Tally], int]
    denominator: Callable[[Tally], int]
    empty: Reason
    needs: frozenset[str]
    worse: Mapping[str, Direction]
    mirror: str | None
    open: Callable[[Tally], int]
    parity: str = "difference 0, ratio 1"

    def undefined_because(self, tally: Tally) -> Reason | None:
        """Why there is no rate, or None when there is one.

        >>> CATALOGUE["tpr"].undefined_because(Tally(fp=1, tn=3))
        'no_positives'
        """
        if self.denominator(tally) > 0:
            return None
        if tally.n == 0:
            return "empty_cell"
        # Unknown outcomes may hide the people whom the denominator lacks: "nobody" would be a claim too many.
        if self.open(tally) > 0:
            return "outcome_not_observed"
        return self.empty


_OUTCOME = frozenset({"outcome"})


def _either_open(tally: Tally) -> int:
    return tally.yes_open + tally.no_open


def _none_open(_tally: Tally) -> int:
    return 0


def _metric(
    key: str,
    name: str,
    formula: str,
    definition: str,
    numerator: Callable[[Tally], int],
    denominator: Callable[[Tally], int],
    *,
    empty: Reason,
    burden: Direction | None = None,
    benefit: Direction | None = None,
    identification: Direction | None = None,
    mirror: str | None = None,
    needs: frozenset[str] = _OUTCOME,
    open_: Callable[[Tally], int] = _either_open,
) -> Metric:
    named = {"burden": burden, "benefit": benefit, "identification": identification}
    worse = {effect: direction for effect, direction in named.items() if direction is not None}
    return Metric(key, name, formula, definition, numerator, denominator, empty, needs, worse, mirror, open_)


# Direction of harm: a higher share of burdens, of wrong burdens and of false alerts is worse for those it falls on; for
# a benefit the denials are. Where a rate harms others than the group itself (a missed case under a burden) no
# direction is given, and so no one is called worse off (design, section 7).
CATALOGUE: Mapping[str, Metric] = {
    metric.key: metric
    for metric in (
        _metric(
            "selection_rate",
            "selection rate",
            "(TP+FP)/n",
            "decision yes / everybody with a decision",
            lambda t: t.yes,
            lambda t: t.yes + t.no,
            empty="empty_cell",
            burden="higher",
            benefit="lower",
            identification="higher",
            needs=frozenset(),
            open_=_none_open,
        ),
        _metric(
            "base_rate",
            "base rate (prevalence)",
            "(TP+FN)/n",
            "outcome yes / everybody with a known outcome",
            lambda t: t.positive,
            lambda t: t.outcomes_known,
            empty="empty_cell",
            open_=lambda t: t.yes_open + t.no_open + t.blank,
        ),
        _metric(
            "tpr",
            "true positive rate (recall, sensitivity)",
            "TP/(TP+FN)",
            "decision yes / everybody with outcome yes",
            lambda t: t.tp,
            lambda t: t.tp + t.fn,
            empty="no_positives",
            benefit="lower",
            identification="lower",
            mirror="fnr",
        ),
        _metric(
            "fpr",
            "false positive rate",
            "FP/(FP+TN)",
            "decision yes / everybody with outcome no",
            lambda t: t.fp,
            lambda t: t.fp + t.tn,
            empty="no_negatives",
            burden="higher",
            identification="higher",
            mirror="tnr",
        ),
        _metric(
            "fnr",
            "false negative rate (miss rate)",
            "FN/(TP+FN)",
            "decision no / everybody with outcome yes",
            lambda t: t.fn,
            lambda t: t.tp + t.fn,
            empty="no_positives",
            benefit="higher",
            identification="higher",
            mirror="tpr",
        ),
        _metric(
            "tnr",
            "true negative rate (specificity)",
            "TN/(FP+TN)",
            "decision no / everybody with outcome no",
            lambda t: t.tn,
            lambda t: t.fp + t.tn,
            empty="no_negatives",
            burden="lower",
            identification="lower",
            mirror="fpr",
        ),
        _metric(
            "ppv",
            "positive predictive value (precision)",
            "TP/(TP+FP)",
            "outcome yes / everybody with decision yes and a known outcome",
            lambda t: t.tp,
            lambda t: t.tp + t.fp,
            empty="nobody_flagged",
            burden="lower",
            identification="lower",
            mirror="fdr",
            open_=lambda t: t.yes_open,
        ),
        _metric(
            "npv",
            "negative predictive value",
            "TN/(TN+FN)",
            "outcome no / everybody with decision no and a known outcome",
            lambda t: t.tn,
            lambda t: t.fn + t.tn,
            empty="everybody_flagged",
            benefit="lower",
            mirror="for",
            open_=lambda t: t.no_open,
        ),
        _metric(
            "fdr",
            "false discovery rate",
            "FP/(TP+FP)",
            "outcome no / everybody with decision yes and a known outcome",
            lambda t: t.fp,
            lambda t: t.tp + t.fp,
            empty="nobody_flagged",
            burden="higher",
            identification="higher",
            mirror="ppv",
            open_=lambda t: t.yes_open,
        ),
        _metric(
            "for",
            "false omission rate",
            "FN/(TN+FN)",
            "outcome yes / everybody with decision no and a known outcome",
            lambda t: t.fn,
            lambda t: t.fn + t.tn,
            empty="everybody_flagged",
            benefit="higher",
            mirror="npv",
            open_=lambda t: t.no_open,
        ),
        _metric(
            "accuracy",
            "accuracy",
            "(TP+TN)/n",
            "decision equals outcome / everybody with both known",
            lambda t: t.tp + t.tn,
            lambda t: t.tp + t.fp + t.fn + t.tn,
            empty="empty_cell",
            burden="lower",
            benefit="lower",
            identification="lower",
        ),
        _metric(
            "override_rate",
            "override rate",
            "P(h=0 | d=1)",
            "final human decision no / everybody with decision yes and a known human decision",
            lambda t: t.reversed,
            lambda t: t.reviewed,
            empty="nobody_flagged",
            needs=frozenset({"human"}),
            open_=_none_open,
        ),
    )
}
assert tuple(CATALOGUE) == METRIC_KEYS  # the order of tables is that of the plan's keys


def computable(plan: AuditPlan) -> tuple[str, ...]:
    """Keys of the metrics whose columns the plan maps, in the order of the catalogue.

    Where the plan maps reviewers, rates of the human decision are left to the topic on it: cases of one reviewer are
    alike, and the intervals of a plain rate would not know it.
    """
    mapped = {name for name in ("outcome", "human") if getattr(plan.columns, name) is not None}
    if plan.columns.reviewer is not None:
        mapped -= {"human"}
    return tuple(key for key, metric in CATALOGUE.items() if metric.needs <= mapped)


def mirror_family(key: str) -> str:
    """One name for a metric and its mirror: equality of one is equality of the other, so they are one test.

    >>> mirror_family("fpr") == mirror_family("tnr")
    True
    """
    return min(key, CATALOGUE[key].mirror or key)


def labels(plan: AuditPlan) -> dict[str, str]:
    """Plain label of every metric under the plan's effect (design, section 7)."""
    return {key: plain_label(plan, key) for key in CATALOGUE}


def plain_label(plan: AuditPlan, key: str) -> str:
    """What a councillor reads for a metric; the words follow from what a yes does to the person.

    The numbers behind a label never depend on the effect.
    """
    effect = plan.columns.decision.effect
    outcome = plan.columns.outcome.label if plan.columns.outcome else "the outcome"
    words = {**_COMMON, **_LABELS[effect]}[key]
    return words.format(label=plan.columns.decision.label, outcome=outcome, unit=plan.unit.row)


_COMMON = {
    "selection_rate": "share {label}",
    "base_rate": "share with “{outcome}” on record",
    "accuracy": "share of decisions in line with the outcome",
    "override_rate": "share of yes decisions reversed by a person",
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "burden": {
        "tpr": "share of true cases found",
        "fnr": "share of true cases missed",
        "fpr": "share wrongly {label}, among people with nothing to find",
        "tnr": "share rightly left alone, among people with nothing to find",
        "ppv": "hit rate (share of those {label} with “{outcome}” on record)",
        "fdr": "share of those {label} that were wrong",
        "npv": "share of those left alone that were right",
        "for": "share of those left alone that were missed cases",
    },
    "benefit": {
        "tpr": "share rightly {label}, among those with “{outcome}”",
        "fnr": "share wrongly denied, among those with “{outcome}”",
        "fpr": "share wrongly {label}, among those without “{outcome}”",
        "tnr": "share rightly denied, among those without “{outcome}”",
        "ppv": "share of those {label} that were right",
        "fdr": "share of those {label} that were wrong",
        "npv": "share of denials that were right",
        "for": "share of denials that were wrong",
    },
    "identification": {
        "selection_rate": "alerts per {unit}",
        "tpr": "share of listed people found",
        "fnr": "share of listed people missed",
        "fpr": "false alerts per {unit} not on the list",
        "tnr": "share rightly not alerted, of those not on the list",
        "ppv": "share of alerts that were right",
        "fdr": "share of alerts that were false",
        "npv": "share without an alert that were right",
        "for": "share without an alert that were missed matches",
    },
    "neither": {
        "tpr": "true positive rate",
        "fnr": "false negative rate",
        "fpr": "false positive rate",
        "tnr": "true negative rate",
        "ppv": "positive predictive value",
        "fdr": "false discovery rate",
        "npv": "negative predictive value",
        "for": "false omission rate",
    },
}
