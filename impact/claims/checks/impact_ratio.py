"""CK-11: the impact ratio, by which New York City and federal agencies of the United States screen.

In: counts by group, small groups withheld in the engine (groups.py). Out: a ruling. For a benefit, the share of a group
over the largest share of any group; for a burden, the share spared over the largest spared, and the share flagged over
the smallest flagged. Source: claims.md 4.3 of the design; four fifths: 29 CFR 1607.4 D.

Parameters:

================ ======== ====================================================== ======================
name             unit     meaning                                                comes from
================ ======== ====================================================== ======================
favourable       true     a flag is a benefit; without it a flag is a burden     pack or claims.yaml
least_ratio      ratio    smallest allowed, 0.8 without it                       pack or claims.yaml
most_ratio       ratio    largest allowed of burdens, 1.25 without it            pack or claims.yaml
least_share      share    groups below this share of people are left out, noted  claims.yaml
characteristics  names    by which to test, instead of all                       pack or claims.yaml
================ ======== ====================================================== ======================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, sqrt

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table
from impact.claims.checks.equality import alerts_alone, no_groups, parts_of
from impact.claims.comparisons import all_hold, p_words, ratio
from impact.claims.groups import (
    SMALLEST,
    Groups,
    chosen,
    genuine,
    group_cautions,
    group_query,
    looked_at,
    only_flagged,
    parameter,
)
from impact.claims.shares import Share
from impact.claims.verdicts import Judged
from impact.claims.words import named, percent, share_words
from impact.metrics.statistics.clusters import ClusterSums
from impact.metrics.statistics.multiplicity import holm

__all__ = ["CHECKS"]

_US = (
    "Four fifths is a screening rule of the United States. It has no legal force in the United Kingdom, and a ratio "
    "inside it is no sign that groups are treated alike."
)


def _ratio_queries(context: Context) -> Sequence[Query]:
    real = genuine(context)
    if context.has("flag"):
        shares, needs = {"share": ("flag", f"flag IS NOT NULL AND {real}")}, ("flag",)
    else:
        middle = f"(SELECT median(score) FROM cases WHERE {real})"
        shares, needs = {"share": (f"score > {middle}", f"score IS NOT NULL AND {real}")}, ("score",)
    by_group = [group_query(context, f"by {name}", name, shares, needs=needs) for name in chosen(context)]
    return [looked_at(context), *by_group] if context.has("flag") else by_group


@dataclass(frozen=True)
class _Ratio:
    """A group's share over the best placed group's; ``least`` or ``most`` is what it may be."""

    name: str
    what: str
    own: Share
    best: Share
    least: float | None
    most: float | None

    def judged(self) -> Judged:
        _, low, high = ratio(self.own, self.best)
        if self.least is not None:
            held, broken = low >= self.least, high is not None and high < self.least
        else:
            held, broken = high is not None and high <= (self.most or 0.0), low > (self.most or 0.0)
        if held or broken:
            return Judged("supported" if held else "contradicted")
        return Judged("not enough data", "more people in each group")

    @property
    def p(self) -> float:
        """Of the ratio being on the allowed side, by the score statistic that Koopman's interval inverts."""
        from scipy.special import chdtrc

        value, _, _ = ratio(self.own, self.best)
        if self.least is not None and (value is None or value >= self.least):
            return 1.0
        if self.most is not None and value is not None and value <= self.most:
            return 1.0
        theta = self.least if self.least is not None else self.most or 0.0
        return max(float(chdtrc(1, _statistic(self.own, self.best, theta))), 1e-12)


def _statistic(one: Share, other: Share, theta: float) -> float:
    """Koopman's chi-squared of the ratio being ``theta``."""
    n1, n2 = one.effective(), other.effective()
    k1, k2 = (one.value or 0.0) * n1, (other.value or 0.0) * n2
    a, b, c = (n1 + n2) * theta, n1 * theta + k1 + n2 + k2 * theta, k1 + k2
    p2 = min(max(2 * c / (b + sqrt(max(b * b - 4 * a * c, 0.0))), 0.0), 1.0)
    p1 = min(theta * p2, 1.0)
    variance = p1 * (1 - p1) / n1 + theta**2 * p2 * (1 - p2) / n2
    gap = k1 / n1 - theta * k2 / n2
    return gap * gap / variance if variance > 0 else 0.0 if abs(gap) < 1e-12 else float("inf")


def _ratios(parts: Sequence[Groups], context: Context) -> tuple[list[_Ratio], int, list[str], bool]:
    """Ratios of every group to the best placed, how many pairs there were to choose from, and what was left out.

    The last says whether by some characteristic nothing is left to compare.
    """
    good = context.parameters.get("favourable") is True
    least, most = parameter(context, "least_ratio") or 0.8, parameter(context, "most_ratio") or 1.25
    floor = parameter(context, "least_share") or 0.0
    found, pairs, said, alone = [], 0, [], False
    for part in parts:
        kept = {name: share for name, share in part.shown.items() if share.n >= floor * part.known and share.n}
        dropped = [name for name in part.shown if name not in kept]
        if dropped:
            said.append(
                f"Left out, as under {percent(floor)} of people: {', '.join(dropped)} ({named(part.characteristic)})."
            )
        if len(kept) < 2:
            alone = True
            continue
        sign = 1 if good else -1
        best = max(kept, key=lambda name: sign * (kept[name].value or 0.0))
        tests = 1 if good else 2
        pairs += tests * len(kept) * (len(kept) - 1) // 2
        for name, share in kept.items():
            if name == best:
                continue
            label = f"{name} ({named(part.characteristic)}) to {best}"
            if good:
                found.append(_Ratio(label, "chosen", share, kept[best], least, None))
            else:
                found.append(_Ratio(label, "not flagged", _others(share), _others(kept[best]), least, None))
                found.append(_Ratio(label, "flagged", share, kept[best], None, most))
    return found, pairs, said, alone


def _others(share: Share) -> Share:
    """Those who were not counted, of the same people."""
    s = share.sums
    if s is None:
        return Share(share.n - share.k, share.n)
    sums = ClusterSums(s.clusters, s.m, s.m - s.k, s.mm - 2 * s.km + s.kk, s.mm - s.km, s.mm)
    return Share(share.n - share.k, share.n, sums, share.others, share.counted)


def _impact(context: Context, found: Found) -> Ruling:
    if not chosen(context):
        return no_groups(context)
    if only_flagged(found):
        return alerts_alone()
    parts = parts_of(context, found, "share")
    each, pairs, cautions, alone = _ratios(parts, context)
    raw = [one.p for one in each]
    adjusted = [10.0**p for p in holm([log10(p) for p in raw], pairs)]
    judged, outside = [], []
    for one, p in zip(each, adjusted, strict=True):
        own = one.judged()
        if own.verdict == "contradicted" and p > context.alpha:
            own = Judged("not enough data", "more people, since so many groups were looked at")
        if own.verdict == "contradicted":
            outside.append(one)
        judged.append(own)
    if any(part.withheld for part in parts) or not each or alone:
        judged.append(Judged("not enough data", f"at least {SMALLEST} people in every group"))
    verdict = all_hold(judged)
    measures, rows = [], []
    for one, p, q in zip(each, raw, adjusted, strict=True):
        value, low, high = ratio(one.own, one.best)
        method = "koopman" if one.own.sums is None else "koopman_clustered"
        measures.append(Measured(f"Ratio {one.what}: {one.name}", value, "ratio", low, high, 0.95, method))
        shown = "none" if value is None else f"{value:.2f}"
        ends = f"{shown} ({low:.2f} to {'open' if high is None else f'{high:.2f}'})"
        rows.append((one.name, one.what, share_words(one.own), ends, p_words(p), p_words(q)))
    table = Table(
        "Ratios to the best placed group",
        ("Group", "What", "Share", "Ratio (95% interval)", "p", "p, adjusted"),
        tuple(rows),
    )
    what = "" if context.has("flag") else " of scores above the middle one"
    if outside:
        said = ", ".join(dict.fromkeys(f"{one.name} ({one.what})" for one in outside))
        sentence = f"The ratio{what} is outside what is allowed: {said}."
    elif verdict.verdict == "supported":
        sentence = f"All {len(each)} ratios{what} are inside what is allowed, with their whole intervals."
    else:
        sentence = f"The data cannot tell whether every ratio{what} is inside what is allowed."
    cautions += group_cautions(parts)
    if each:
        cautions.append("The best placed group is picked from the data, so ratios to it lean away from 1.")
    return Ruling(
        verdict.verdict,
        sentence,
        tuple(measures),
        verdict.needed,
        (*cautions, _US),
        tables=(table,) if rows else (),
    )


CHECKS = (Check("CK-11", "The impact ratio is at least 0.8", ("flag|score",), _ratio_queries, _impact),)
