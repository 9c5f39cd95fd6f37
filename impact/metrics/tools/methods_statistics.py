"""The statistical methods as a table: what each computes, its formula, when it is undefined, and where it comes from.

In: nothing. Out: ``STATISTICS``, one entry for each interval, test, adjustment, verdict, severity and bound.
Holds words only; the modules named in ``code`` hold the arithmetic. A test demands an entry for every name that
findings.json can print as a method, a verdict or a severity, and that ``code`` leads to a function.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from impact.metrics.analysis.caveats import FEW
from impact.metrics.analysis.findings import UNKNOWN_SHARE
from impact.metrics.analysis.power import POWER
from impact.metrics.analysis.second_opinion import MAX_GROUPS, TOLERANCE
from impact.metrics.analysis.severity import HIGH_EXCESS, HIGH_RATIO

__all__ = ["STATISTICS", "Kind", "Statistic"]

Kind = Literal[
    "interval", "comparison", "test", "many comparisons", "bounds", "verdict", "severity", "power", "check", "measure"
]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistical method.

    Attributes:
        key: As findings.json names it.
        kind: What sort of method it is.
        name: In words.
        formula: How it is computed.
        unit: Of the result.
        range: Smallest and largest result.
        direction: How a reader tells which side is worse off, or "none".
        undefined_when: When there is no result.
        source: Publication, or "this toolkit's own".
        code: Function that computes it, below ``impact.metrics``.
    """

    key: str
    kind: Kind
    name: str
    formula: str
    unit: str
    range: str
    direction: str
    undefined_when: str
    source: str
    code: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_OWN = "this toolkit's own"
_EITHER_EMPTY = "either denominator is 0"
_NEVER = "never"
_SIGN = (
    "above no difference: the group's rate is the higher one; worse or better follows from the metric and the effect"
)

_INTERVALS = (
    Statistic(
        "wilson", "interval", "Wilson score interval for a rate",
        "[p + z²/2n ± z √(p(1-p)/n + z²/4n²)] / (1 + z²/n)",
        "share", "0 to 1; exactly 0 at k = 0 and exactly 1 at k = n", "none", "the denominator is 0",
        "Wilson 1927, J. Am. Stat. Assoc. 22:209", "statistics.intervals.wilson",
    ),
    Statistic(
        "clopper_pearson", "interval", "exact interval for a rare event",
        "beta quantiles: a/2 of Beta(k, n-k+1) and 1-a/2 of Beta(k+1, n-k)",
        "share", "0 to 1; coverage never below the level", "none", "the denominator is 0",
        "Clopper and Pearson 1934, Biometrika 26:404", "statistics.intervals.clopper_pearson",
    ),
    Statistic(
        "newcombe", "interval", "Newcombe's hybrid score interval for a difference",
        "D - √((p1-l1)² + (u2-p2)²) to D + √((u1-p1)² + (p2-l2)²), with D = p1-p2 and Wilson limits l, u",
        "difference of shares", "-1 to 1", _SIGN, _EITHER_EMPTY,
        "Newcombe 1998, Stat. Med. 17:873 (method 10)", "statistics.intervals.newcombe",
    ),
    Statistic(
        "koopman", "interval", "Koopman's score interval for a ratio",
        "every r with (p1 - r p2)² / [q1(1-q1)/n1 + r² q2(1-q2)/n2] <= z²; q1 = r q2 are the likeliest rates under r",
        "ratio", "0 upwards; open above when k2 = 0", _SIGN, _EITHER_EMPTY,
        "Koopman 1984, Biometrics 40:513", "statistics.intervals.koopman",
    ),
    Statistic(
        "wilson_at_ends", "interval", "a range with its sampling error",
        "Wilson's lower limit at the smallest, upper limit at the largest possible value",
        "share", "0 to 1", "none", "the range itself has no denominator",
        "conservative combination; bounds: Manski 1989, J. Human Resources 24:343", "analysis.bounds.bound",
    ),
)  # fmt: skip

_COMPARISONS = (
    Statistic(
        "difference", "comparison", "difference of two rates", "p1 - p2", "difference of shares", "-1 to 1", _SIGN,
        _EITHER_EMPTY, "definition", "analysis.disparity.disparities",
    ),
    Statistic(
        "ratio", "comparison", "ratio of two rates", "p1 / p2", "ratio", "0 upwards", _SIGN,
        "either denominator is 0; without value, but with an interval, where p2 = 0", "definition",
        "analysis.disparity.disparities",
    ),
    Statistic(
        "other_side_ratio", "comparison", "ratio of the shares that were not counted", "(1-p1) / (1-p2)", "ratio",
        "0 upwards", "printed because the two ratios can tell different stories", "p2 = 1 or a denominator is 0",
        "definition", "analysis.disparity.disparities",
    ),
    Statistic(
        "excess", "comparison", "people counted beyond the comparator's rate",
        "n1 (p1 - p2), limits: n1 times those of D",
        "people", "-n1 to n1", "describes; does not say that anything caused it", _EITHER_EMPTY, _OWN,
        "analysis.disparity.disparities",
    ),
    Statistic(
        "not_sharing", "comparison", "whom a group is compared with",
        "everybody known not to share the characteristic; people whose group is not known are on neither side",
        "people", "0 upwards", "none", "nobody is known not to share it",
        "wording of Equality Act 2010 s.19(2)(b)", "analysis.levels.groupings",
    ),
    Statistic(
        "unknown_group", "comparison", "what people of unknown group could change",
        f"the ratio with all of them in the group, and with none; printed above {UNKNOWN_SHARE:.0%} of everybody",
        "ratio", "0 upwards", _SIGN, _EITHER_EMPTY, _OWN, "analysis.findings.findings",
    ),
)  # fmt: skip

_MANY = (
    Statistic(
        "score_test", "test", "pooled score test of equal rates",
        "z = (p1-p2) / √(p(1-p)(1/n1+1/n2)), p = (k1+k2)/(n1+n2); printed as log10 of the two-sided p-value",
        "log10 of a probability", "0 and below", "never decides a verdict", _EITHER_EMPTY,
        "Pearson 1900, Philos. Mag. 50:157 (chi-squared without correction)", "analysis.estimates.Estimates",
    ),
    Statistic(
        "sidak", "many comparisons", "simultaneous level of the primary family", "a = 1 - (1 - alpha)^(1/m), m tests",
        "error rate", "0 to alpha", "none", _NEVER, "Šidák 1967, J. Am. Stat. Assoc. 62:626",
        "statistics.multiplicity.sidak",
    ),
    Statistic(
        "holm", "many comparisons", "adjusted p-values of the primary family",
        "largest of (m-j+1) p(j) over j <= i, at most 1", "probability", "0 to 1", "never decides a verdict", _NEVER,
        "Holm 1979, Scand. J. Stat. 6:65", "statistics.multiplicity.holm",
    ),
    Statistic(
        "fdr_bh", "many comparisons", "adjusted p-values of exploratory comparisons",
        "smallest of m p(j) / j over j >= i, at most 1", "probability", "0 to 1", "never decides a verdict", _NEVER,
        "Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289", "statistics.multiplicity.step_up",
    ),
    Statistic(
        "manski", "bounds", "range of a rate whose outcomes are partly unknown",
        "the smallest and the largest value over every possible set of unknown outcomes (see each metric)", "share",
        "0 to 1", "none", "even the range has no denominator", "Manski 1989, J. Human Resources 24:343",
        "analysis.bounds.bound",
    ),
)  # fmt: skip

_D_Q = "D: deciding interval at 1-a; Q: interval at 1-2a; both on the scale of the margin, or of the ratio without one"
_VERDICTS = (
    Statistic(
        "disparity_shown", "verdict", "a disparity is shown",
        f"D excludes equality; material when D lies wholly beyond the declared margin. {_D_Q}",
        "verdict", "rows 1 and 3",
        "worse or better, by the direction of harm of the metric under the effect", "there is no interval", _OWN,
        "analysis.verdict.judge",
    ),
    Statistic(
        "difference_small", "verdict", "a difference within the margin",
        "D excludes equality and Q lies inside the declared margin", "verdict", "row 2", "worse or better",
        "no margin was declared", _OWN, "analysis.verdict.judge",
    ),
    Statistic(
        "equivalence_shown", "verdict", "any difference is smaller than the margin",
        "D holds equality and Q lies inside the declared margin: two one-sided tests at a", "verdict", "row 4", "none",
        "no margin was declared", "Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657 (two one-sided tests)",
        "analysis.verdict.judge",
    ),
    Statistic(
        "inconclusive", "verdict", "this data cannot tell", "D holds equality and Q reaches beyond the margin, or none",
        "verdict", "row 5", "none", "there is no interval", _OWN, "analysis.verdict.judge",
    ),
    Statistic(
        "undefined", "verdict", "there is no rate to compare", "a denominator is 0; the reason is named", "verdict",
        "before the rows", "none", _NEVER, _OWN, "analysis.comparisons.comparisons",
    ),
    Statistic(
        "suppressed", "verdict", "the counts are protected", "the count is hidden to protect people", "verdict",
        "before the rows", "none", _NEVER, _OWN, "analysis.comparisons.comparisons",
    ),
    Statistic(
        "not_identified", "verdict", "the data do not determine the rate",
        "outcomes or groups were not recorded for what it needs; a disparity is shown only where even the ranges with "
        "their sampling error do not touch", "verdict", "before the rows", "none", _NEVER, _OWN,
        "analysis.disparity.disparities",
    ),
    Statistic(
        "margin", "verdict", "whether observed rates lie beyond the margin",
        "in whole numbers: max(k1 n2, k2 n1) > m min(k1 n2, k2 n1), or |p1 - p2| > m", "yes or no", "yes or no", "none",
        "no margin was declared", _OWN, "analysis.verdict.beyond_margin",
    ),
)  # fmt: skip

_SEVERITIES = (
    Statistic(
        "high", "severity", "attention first",
        f"worse off, lower limit of the ratio >= {HIGH_RATIO} and of the excess >= {HIGH_EXCESS} people (or a yes "
        "cannot be undone)", "order of attention", "high, unknown, medium, low, info", "worse", _NEVER,
        f"{_OWN} proposal: triage, not law", "analysis.severity.severity",
    ),
    Statistic(
        "unknown", "severity", "the data cannot tell", "inconclusive, not identified, undefined or suppressed",
        "order of attention", "directly under high", "none", _NEVER, f"{_OWN} proposal", "analysis.severity.severity",
    ),
    Statistic(
        "medium", "severity", "material", "worse off, whole interval beyond the margin", "order of attention", "third",
        "worse", _NEVER, f"{_OWN} proposal", "analysis.severity.severity",
    ),
    Statistic(
        "low", "severity", "shown, of uncertain size", "worse off, shown, interval not wholly beyond the margin",
        "order of attention", "fourth", "worse", _NEVER, f"{_OWN} proposal", "analysis.severity.severity",
    ),
    Statistic(
        "info", "severity", "for information", "better off, small, equivalent, or a metric without a direction of harm",
        "order of attention", "last", "none", _NEVER, f"{_OWN} proposal", "analysis.severity.severity",
    ),
)  # fmt: skip

_REST = (
    Statistic(
        "detectable", "power", "smallest disparity the data could show",
        f"the difference d at which the two-sided score test finds p2+d with {POWER:.0%} power (normal approximation)",
        "difference of shares; 1 + d/p2 as a ratio", "0 to 1 - p2", "none",
        "not even a rate of 100% in the group would be found",
        "Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, 3rd edition, chapter 4",
        "analysis.power.detectable",
    ),
    Statistic(
        "break_even", "check", "break-even exposure of a group's false alerts",
        "the group's share of false alerts: were exactly that share of units seen its own, its rate would equal all "
        "others'", "share", "0 to 1", "a true share below it means a higher rate for the group",
        "nobody had a false alert", "arithmetic: a/x = (1-a)/(1-x) at x = a", "analysis.identification.identification",
    ),
    Statistic(
        "second_opinion", "check", "recomputation by fairlearn and aif360",
        f"every defined rate and difference from the same weighted cells; |ours - theirs| <= {TOLERANCE:g}; above "
        f"{MAX_GROUPS} groups an even sample, named", "agrees or disagrees", "a disagreement ends with exit status 5",
        "none", "our figure is undefined: theirs is then 0 or NaN by their own convention", "fairlearn, aif360",
        "analysis.second_opinion.second_opinion",
    ),
    Statistic(
        "few", "check", "caveat of small numbers", f"fewer than {FEW} on one side", "caveat C06", "yes or no", "none",
        _NEVER, _OWN, "analysis.findings.findings",
    ),
)  # fmt: skip

STATISTICS: tuple[Statistic, ...] = (*_INTERVALS, *_COMPARISONS, *_MANY, *_VERDICTS, *_SEVERITIES, *_REST)
