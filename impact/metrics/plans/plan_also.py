"""What a plan may ask for beside its rates: further measures, intersections, subgroups, trade-offs, shapes of scores.

In: the part ``plan.also`` of ``audit.yaml``. Out: frozen parts of an ``AuditPlan``. Each key is opt-in, because each is
one more way to look, and whoever looks in enough ways finds something: what follows from here is exploratory.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from impact.metrics.plans.plan_columns import Part
from impact.metrics.plans.plan_further import Proxy

__all__ = [
    "MEASURE_KEYS",
    "NEEDS_NO_OUTCOME",
    "RATE_KEYS",
    "SHAPE_KEYS",
    "Also",
    "Costs",
    "LabelError",
    "MeasureKey",
    "RateKey",
    "ShapeKey",
]

MeasureKey = Literal[
    # of one group, and compared with those who do not share the characteristic
    "f1",
    "balanced_accuracy",
    "youden",
    "mcc",
    "kappa",
    "likelihood_ratio_positive",
    "likelihood_ratio_negative",
    "diagnostic_odds_ratio",
    "treatment_equality",
    "false_per_true",
    "number_needed_to_flag",
    "conditional_acceptance",
    "conditional_rejection",
    "generalised_entropy",
    "theil",
    "coefficient_of_variation",
    "expected_cost",
    # of a group and those whom it is compared with
    "average_odds_difference",
    "average_absolute_odds_difference",
    "average_predictive_value_difference",
    "equalised_odds",
    # of a whole characteristic
    "worst_gap",
    "mutual_information",
    "differential_fairness",
    "between_group_entropy",
]
MEASURE_KEYS: tuple[str, ...] = MeasureKey.__args__  # type: ignore[attr-defined]  # Literal keeps its values there
NEEDS_NO_OUTCOME = ("worst_gap", "mutual_information", "differential_fairness")

RateKey = Literal["selection_rate", "base_rate", "tpr", "fpr", "fnr", "tnr", "ppv", "npv", "fdr", "for", "accuracy"]
RATE_KEYS: tuple[str, ...] = RateKey.__args__  # type: ignore[attr-defined]  # as above
ShapeKey = Literal["distances", "abroca", "exposure", "roc", "calibration"]
SHAPE_KEYS: tuple[str, ...] = ShapeKey.__args__  # type: ignore[attr-defined]  # as above


class Costs(Part):
    """What each of the four results costs, in a unit that the plan names; negative where it is a gain."""

    unit: Annotated[str, Field(min_length=1)]  # "officer hours"
    tp: float
    fp: float
    fn: float
    tn: float


class LabelError(Part):
    """How wrong the record of outcomes may be: a lowest and a highest value for each, as somebody argues them."""

    sensitivity: tuple[float, float]  # share of true outcomes that are on record
    specificity: tuple[float, float]  # share of people without the outcome who have none on record


class Also(Part):
    """Further figures, none of which decides anything: each stands beside the rates and is labelled exploratory."""

    measures: tuple[MeasureKey, ...] = ()
    costs: Costs | None = None  # for expected_cost
    trade_offs: bool = False  # the gap in false positives that base rates force, for each pair
    label_error: LabelError | None = None
    intersections: tuple[RateKey, ...] = ()  # rates to look at in each declared intersection
    subgroups: tuple[RateKey, ...] = ()  # rates for which any combination of characteristics is searched
    scores: tuple[ShapeKey, ...] = ()
    capacity: Annotated[tuple[int, ...], Field(max_length=20)] = ()  # how many can be followed up, highest scores first
    proxies: dict[str, Proxy] = Field(default_factory=dict)  # columns of which it is asked what they give away
