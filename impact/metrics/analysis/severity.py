"""Severity: an order of attention for findings. Triage, not law.

In: a verdict, its direction and the lower limits of the disadvantage. Out: a ``Severity``. Uses lower limits, never
estimates: a large estimate from few people is uncertain, and uncertainty is its own level. Knows no sentences.
"""

from __future__ import annotations

from typing import Literal

from impact.metrics.analysis.verdict import Verdict

__all__ = ["HIGH_EXCESS", "HIGH_RATIO", "SEVERITIES", "Severity", "severity"]

Severity = Literal["high", "unknown", "medium", "low", "info"]

# Order of display. Unknown stands directly under high and is never greyed out: a question that the data could not
# answer is not a small one.
SEVERITIES: tuple[Severity, ...] = ("high", "unknown", "medium", "low", "info")

# A toolkit proposal (metrics design, section 11), open to review by an oversight body. Neither number is a test of law.
HIGH_RATIO = 1.5  # at least half as many again
HIGH_EXCESS = 100  # people


def severity(
    verdict: Verdict,
    *,
    direction: Literal["worse", "better"] | None,
    has_harm: bool,
    ratio_lower: float | None,
    excess_lower: float | None,
    irreversible: bool,
) -> Severity:
    """Severity of one comparison.

    Args:
        verdict: As judged.
        direction: Whether the group is worse or better off; None where the effect does not say.
        has_harm: Whether this metric has a direction of harm under the plan's effect. Without one nobody is called
            worse off, and the severity is ``info`` whatever the numbers are.
        ratio_lower: Lower limit of the disadvantage ratio (above 1 means worse for the group); of the shares that are
            not counted where a low rate is the worse one.
        excess_lower: Lower limit of the number of people affected beyond the others' rate.
        irreversible: The plan says that a yes cannot be undone.

    >>> severity(Verdict("disparity_shown", True), direction="worse", has_harm=True, ratio_lower=2.68,
    ...          excess_lower=1835, irreversible=False)
    'high'
    >>> severity(Verdict("inconclusive"), direction=None, has_harm=True, ratio_lower=None, excess_lower=None,
    ...          irreversible=False)
    'unknown'
    """
    if not has_harm:
        return "info"
    if verdict.name in ("inconclusive", "not_identified", "undefined", "suppressed"):
        return "unknown"
    if verdict.name != "disparity_shown" or direction != "worse":
        return "info"
    many = irreversible or (excess_lower is not None and excess_lower >= HIGH_EXCESS)
    if ratio_lower is not None and ratio_lower >= HIGH_RATIO and many:
        return "high"
    return "medium" if verdict.material else "low"
