"""Sentences: a finding in plain words, for a councillor.

In: a disparity, the plan and the detectable ratio. Out: a title and a few sentences. Computes nothing but rounding.
Never causal ("associated", "higher than"; not "because of"), never a verdict on a system, never the absence of a
difference: what the data cannot tell is said to be that. A test holds the list of words against every template.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from impact.metrics.analysis.catalogue import CATALOGUE, REASONS, plain_label
from impact.metrics.analysis.disparity import Disparity, Side
from impact.metrics.analysis.power import POWER
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.words import at_least, others, percent, plural, points, ratio, share, subject, whole

__all__ = ["sentence", "title"]

# Below this many people on one side “of every 1,000” would suggest more evidence than there is; counts are given.
_PER_THOUSAND_FROM = 1_000

# Metric -> (who is looked at, what happened to those counted). {who} is "who" or "that", {label} the decision and
# {outcome} the outcome in the plan's words.
_CLAUSES: Mapping[str, tuple[str, str]] = {
    "selection_rate": ("", "were {label}"),
    "base_rate": ("", "had the recorded outcome “{outcome}”"),
    "tpr": ("whose recorded outcome was “{outcome}”", "were {label}"),
    "fnr": ("whose recorded outcome was “{outcome}”", "were not {label}"),
    "fpr": ("whose recorded outcome was not “{outcome}”", "were {label}"),
    "tnr": ("whose recorded outcome was not “{outcome}”", "were not {label}"),
    "ppv": ("{who} were {label}", "had the recorded outcome “{outcome}”"),
    "fdr": ("{who} were {label}", "did not have the recorded outcome “{outcome}”"),
    "npv": ("{who} were not {label}", "did not have the recorded outcome “{outcome}”"),
    "for": ("{who} were not {label}", "had the recorded outcome “{outcome}”"),
    "accuracy": ("with a recorded outcome", "had a decision in line with it"),
    "override_rate": ("{who} were {label} and then reviewed", "had that decision reversed by a person"),
}

# Titles; {how} is "more often", "less often" or the like, {s} the group.
_TITLES: Mapping[str, str] = {
    "selection_rate": "{s} were {label} {how}",
    "base_rate": "{s} had the recorded outcome “{outcome}” {how}",
    "tpr": "{s} with the outcome “{outcome}” were {label} {how}",
    "fnr": "{s} with the outcome “{outcome}” were not {label} {how}",
    "fpr": "{s} without the outcome “{outcome}” were {label} {how}",
    "tnr": "{s} without the outcome “{outcome}” were not {label} {how}",
    "ppv": "A yes was right {how} for {s}",
    "fdr": "A yes was wrong {how} for {s}",
    "npv": "A no was right {how} for {s}",
    "for": "A no was wrong {how} for {s}",
    "accuracy": "Decisions were in line with the recorded outcome {how} for {s}",
    "override_rate": "A yes was reversed by a person {how} for {s}",
}
# Where a yes burdens, or where it is a gift, the error has a plainer name.
_TITLES_BY_EFFECT: Mapping[str, Mapping[str, str]] = {
    "burden": {
        "fpr": "{s} were wrongly {label} {how}",
        "fnr": "{s} with the outcome “{outcome}” were missed {how}",
        "tnr": "{s} without the outcome “{outcome}” were rightly left alone {how}",
    },
    "benefit": {
        "fnr": "{s} were wrongly denied {how}",
        "tpr": "{s} with the outcome “{outcome}” were rightly {label} {how}",
    },
    "identification": {
        "fpr": "{s} were wrongly {label} {how}",
        "fnr": "{s} on the list were missed {how}",
        "tpr": "{s} on the list were found {how}",
    },
    "neither": {},
}


def title(plan: AuditPlan, row: Disparity) -> str:
    """One line: who, what, and in which direction; or that the data cannot tell."""
    comparison, verdict = row.comparison, row.verdict.name
    who, metric = subject(plan, comparison.group), comparison.metric
    whom = others(plan, comparison.group, comparison.reference)
    pair = who if comparison.reference is None else f"{who} and {whom}"
    label = plain_label(plan, metric)
    if verdict == "not_identified":
        return f"Not known: {label}, {pair}"
    if verdict in ("undefined", "suppressed"):
        return f"No figure: {label}, {pair}"
    if verdict == "equivalence_shown":
        return f"Any difference is smaller than the declared margin: {label}, {pair}"
    template = _TITLES_BY_EFFECT[plan.columns.decision.effect].get(metric, _TITLES[metric])
    if row.comparison.reference is not None:
        template += " than for {whom}" if template.endswith("for {s}") else " than {whom}"
    how = "more or less often"
    if verdict != "inconclusive":
        how = ("more" if _higher(row) else "less") + " often"
        how = f"slightly {how}" if verdict == "difference_small" else how
    text = _filled(plan, template, s=who, how=how, whom=whom)
    if verdict == "inconclusive":
        text = text[0].lower() + text[1:] if text.startswith(("A ", "Decisions ")) else text
        return f"This data cannot tell whether {text}"
    return text[0].upper() + text[1:]


def sentence(plan: AuditPlan, row: Disparity, *, detectable_ratio: float | None = None) -> str:
    """The finding in full: both rates, their size against each other with the interval, and what follows from it.

    Args:
        plan: The plan.
        row: The disparity.
        detectable_ratio: Smallest ratio that data of this size finds with 80% power; printed when inconclusive.
    """
    if row.difference is None or row.side.value is None or row.other.value is None:
        return _without_rates(plan, row)
    parts = [_rates(plan, row) + _size(plan, row)]
    margin = _margin(plan)
    if row.verdict.name == "disparity_shown":
        parts.append(_excess(plan, row))
        if margin and row.verdict.material:
            parts.append(f"The whole interval lies beyond the margin of {margin} that the plan declared.")
        elif margin:
            parts.append(
                f"The interval reaches inside the margin of {margin} that the plan declared: the size is uncertain."
            )
    elif row.verdict.name == "difference_small":
        parts.append(f"The difference is real and lies within the margin of {margin} that the plan declared.")
    elif row.verdict.name == "equivalence_shown":
        parts.append(f"Any difference is smaller than the margin of {margin} that the plan declared.")
    elif row.verdict.name == "inconclusive":
        parts.append(_detectable(plan, row, detectable_ratio))
    parts += [_zero(side) for side in (row.side, row.other)]
    return " ".join(part for part in parts if part)


def _filled(plan: AuditPlan, template: str, **words: str) -> str:
    decision, outcome = plan.columns.decision, plan.columns.outcome
    return template.format(
        label=decision.label,
        outcome=outcome.label if outcome else "",
        who="who" if plural(plan.unit.row).endswith(("people", "staff", "men")) else "that",
        **words,
    )


def _rates(plan: AuditPlan, row: Disparity) -> str:
    """“Of every 1,000 Black staff 61 were flagged, against 22 of every 1,000 other staff”, without a full stop."""
    comparison, (a, b) = row.comparison, (row.side, row.other)
    clause, event = (_filled(plan, text) for text in _CLAUSES[comparison.metric])
    who = subject(plan, comparison.group)
    whom = others(plan, comparison.group, comparison.reference, such=bool(clause))
    assert a.k is not None
    assert a.n is not None
    assert b.k is not None
    assert b.n is not None
    condition = f" {clause}" if clause else ""
    if a.evidence is not None and a.evidence.kind == "weights":
        assert a.value is not None
        assert b.value is not None
        return (
            f"By weight {share(a.value)} of {who}{condition} {event} ({whole(a.k)} of {whole(a.n)} rows), "
            f"against {share(b.value)} of {whom} ({whole(b.k)} of {whole(b.n)})"
        )
    base = _base(a.k, a.n, b.k, b.n)
    if base is None:
        return (
            f"{_some(a.k)} of {whole(a.n)} {who}{condition}{_share(a.k, a.n)} {_agree(event, a.k)}, "
            f"against {_some(b.k).lower()} of {whole(b.n)} {whom}{_share(b.k, b.n)}"
        )
    first, second = round(base * a.k / a.n), round(base * b.k / b.n)
    comma = "," if clause or " with " in who else ""  # “Age 35–44 122 were” would run two numbers together
    return (
        f"Of every {whole(base)} {who}{condition}{comma} {whole(first)} {_agree(event, first)}, "
        f"against {whole(second)} of every {whole(base)} {whom}"
    )


def _some(count: int) -> str:
    return whole(count) if count else "None"


def _share(count: int, total: int) -> str:
    return f" ({share(count / total)})" if count else ""


def _agree(event: str, count: int) -> str:
    return "was " + event.removeprefix("were ") if count == 1 and event.startswith("were ") else event


def _base(k1: int, n1: int, k2: int, n2: int) -> int | None:
    """1,000 or more people to reckon by; None where counts must be given instead."""
    if min(n1, n2) < _PER_THOUSAND_FROM or min(k1 / n1, k2 / n2) < 0.001:
        return None
    base = 1_000 if min(k1 / n1, k2 / n2) >= 0.01 else 10_000
    while base <= 1_000_000:
        first, second = round(base * k1 / n1), round(base * k2 / n2)
        all_or_not = all(counted < base or k == n for counted, k, n in ((first, k1, n1), (second, k2, n2)))
        if all_or_not and (first != second or k1 * n2 == k2 * n1):
            return base
        base *= 10
    return None


def _by_difference(plan: AuditPlan) -> bool:
    return plan.rules.margin is not None and plan.rules.margin.kind == "difference"


def _confidence(plan: AuditPlan, row: Disparity) -> tuple[str, str]:
    """“95% interval” and what it allows for."""
    level = f"{round((1 - plan.rules.alpha) * 100, 6):g}% interval"
    several = row.comparison.role == "primary" and row.family_size > 1
    return level, f", allowing for {row.family_size} comparisons" if several else ""


def _size(plan: AuditPlan, row: Disparity) -> str:
    assert row.difference is not None
    assert row.ratio is not None
    level, allowing = _confidence(plan, row)
    lead = ": " if row.verdict.name != "inconclusive" else ". This data cannot tell whether the two rates differ: "
    if _by_difference(plan):
        value, (low, high) = row.difference
        written = points(value, low, high)
        if row.verdict.name == "inconclusive":
            return (
                f"{lead}it is compatible with anything from {_signed(low, written[1])} to "
                f"{_signed(high, written[2])} ({level}{allowing})."
            )
        reached = f"{_signed(low, written[1])} to {_signed(high, written[2])}"
        if low * high > 0:  # one direction, already named
            reached = " to ".join(written[1:] if value > 0 else reversed(written[1:]))
        return f"{lead}{_signed(value, written[0])} ({level} {reached}{allowing})."
    quotient, (low, high) = row.ratio
    if row.verdict.name == "inconclusive":
        written = ratio(quotient or 1.0, low, *([] if high == inf else [high]))
        if high == inf and low == 0:
            return f"{lead}any ratio is compatible with it ({level}{allowing})."
        if high == inf:
            return f"{lead}it is compatible with {at_least(low)} times as many and anything above ({level}{allowing})."
        return (
            f"{lead}it is compatible with anything from {written[1]} to {written[2]} times as many ({level}{allowing})."
        )
    if quotient is None:
        return f"{lead}at least {at_least(low)} times as many ({level}{allowing})."
    written = ratio(quotient, low, high)
    return f"{lead}{written[0]} times as many ({level} {written[1]} to {written[2]}{allowing})."


def _signed(value: float, written: str) -> str:
    return f"{written} percentage points {'more' if value > 0 else 'fewer'}" if value else "no percentage points"


def _excess(plan: AuditPlan, row: Disparity) -> str:
    """The number a council reads; only where its interval excludes zero."""
    if row.excess is None:
        return ""
    value, (low, high) = row.excess
    if low <= 0 <= high or round(value) == 0:
        return ""
    whom = others(plan, row.comparison.group, row.comparison.reference)
    fewest, most = sorted((abs(round(low)), abs(round(high))))
    return (
        f"That is about {whole(abs(round(value)))} {'more' if value > 0 else 'fewer'} than at the rate of {whom} "
        f"({whole(fewest)} to {whole(most)})."
    )


def _margin(plan: AuditPlan) -> str:
    margin = plan.rules.margin
    if margin is None:
        return ""
    if margin.kind == "ratio":
        return f"{1 / margin.value:.3g} to {margin.value:g} times"
    return f"{points(margin.value)[0]} percentage points"


def _detectable(plan: AuditPlan, row: Disparity, detectable_ratio: float | None) -> str:
    sizes = f"With {whole(row.side.n or 0)} and {whole(row.other.n or 0)} {plural(plan.unit.row)}"
    if row.side.evidence is not None and row.side.evidence.kind != "rows":
        sizes += (
            f", worth {whole(round(row.side.worth or 0))} and {whole(round(row.other.worth or 0))} independent ones,"
        )
    if detectable_ratio is None:
        return f"{sizes} it had no {percent(POWER)} chance of finding a higher rate in the group, however high."
    return (
        f"{sizes} the smallest difference it had an {percent(POWER)} chance of finding is "
        f"{ratio(detectable_ratio)[0]} times as many."
    )


def _zero(side: Side) -> str:
    """None seen is not never: the upper limit is given."""
    if side.k or side.n is None or side.interval is None:
        return ""
    return f"None of {whole(side.n)} is not “never”: a rate of up to {share(side.interval[1])} fits the data."


def _without_rates(plan: AuditPlan, row: Disparity) -> str:
    metric = CATALOGUE[row.comparison.metric]
    label = plain_label(plan, metric.key)
    who = subject(plan, row.comparison.group)
    whom = others(plan, row.comparison.group, row.comparison.reference)
    if row.reason == "group_not_observed":
        return (
            f"“{label}” cannot be given for {who}: {REASONS['group_not_observed']}. "
            "No count of people is assumed or taken from elsewhere."
        )
    if row.reason != "outcome_not_observed":
        reason = REASONS[row.reason or "empty_cell"]
        return f"“{label}” cannot be compared for {who} and {whom}: {reason}."
    text = (
        f"“{label}” is not known: outcomes were recorded (almost) only for {plural(plan.unit.row)} with a decision "
        f"of yes. {_range(row.side, who, first=True)}, and {_range(row.other, whom, first=False)}."
    )
    if row.verdict.name == "disparity_shown":
        text += f" Whatever the missing outcomes are, it is {'higher' if _higher(row) else 'lower'} for {who}."
    return text


def _range(side: Side, who: str, *, first: bool) -> str:
    start = f"{'For' if first else 'for'} {who}"
    if side.bound is None or side.bound.low is None or side.bound.high is None:
        return f"{start} no range can be given"
    return f"{start} it lies between {percent(side.bound.low)} and {percent(side.bound.high)}"


def _higher(row: Disparity) -> bool:
    if row.difference is not None:
        return row.difference[0] > 0
    # From bounds alone: a disparity is shown only when the two ranges do not touch.
    low, high = (side.bound.low if side.bound else None for side in (row.side, row.other))
    return low is not None and high is not None and low > high
