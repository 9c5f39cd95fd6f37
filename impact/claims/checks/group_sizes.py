"""CK-15: is the sample big enough for what the other checks of equality say?

In: counts by group, small groups withheld in the engine (groups.py). Out: a ruling, and the checks whose *supported*
may not stand because a gap as large as the margin could be missed. The claim falls short rather than being
contradicted: a sample that is too small shows nothing about groups. Source: claims.md 4.3 of the design.

Parameters:

================ ======== ============================================ ========================
name             unit     meaning                                      comes from
================ ======== ============================================ ========================
margin           share    difference that must not be missed           H8, margin of selection
error_margin     share    the same of errors; ``margin`` without it    H8, margin of errors
characteristics  names    by which to test, instead of all             pack or claims.yaml
================ ======== ============================================ ========================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from impact.claims.check import Check, Context, Found, Measured, Query, Ruling, Table, not_testable
from impact.claims.checks.equality import ERRORS, alerts_alone, no_groups, parts_of
from impact.claims.comparisons import comparisons
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
from impact.claims.words import named, number

__all__ = ["CHECKS", "detectable"]


def detectable(group: Share, other: Share, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Least difference that is found with the given power: (z_{1-alpha/2} + z_power) √(p q / n + p' q' / n').

    A share of 0 or 1 has no variance of its own; it is taken half a case away from there.

    >>> round(detectable(Share(100, 1000), Share(100, 1000)), 4)
    0.0376
    """
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    return z * sqrt(sum(_variance(share) for share in (group, other)))


def _variance(share: Share) -> float:
    n = share.effective()
    p = (share.value or 0.0) if 0 < share.k < share.n else (share.k + 0.5) / (share.n + 1)
    return p * (1 - p) / n


def _size_queries(context: Context) -> Sequence[Query]:
    shares = {"flagged": ("flag", f"flag IS NOT NULL AND {genuine(context)}")}
    needs = ("flag",)
    if context.has("outcome_label"):
        errors = {name: (hit, f"{risk} AND {genuine(context)}") for name, (hit, risk, _) in ERRORS.items()}
        shares |= {name: errors[name] for name in ("fpr", "fnr")}
    by_group = [group_query(context, f"by {name}", name, shares, needs=needs) for name in chosen(context)]
    return [looked_at(context), *by_group]


@dataclass(frozen=True)
class _Size:
    group: str
    of: str
    n: int
    least: float
    needed: int | None


def _sizes(context: Context, found: Found, share: str, margin: float) -> tuple[list[_Size], list[Groups]]:
    from scipy.special import ndtri

    z = float(ndtri(1 - context.alpha / 2) + ndtri(0.8))
    parts, sizes = parts_of(context, found, share), []
    for part in parts:
        for pair in comparisons(part, context.reference.get(part.characteristic)):
            room = (margin / z) ** 2 - _variance(pair.other)
            own = _variance(pair.share) * pair.share.n
            needed = ceil(own / room) if room > 0 else None
            least = detectable(pair.share, pair.other, alpha=context.alpha)
            sizes.append(
                _Size(f"{pair.group} ({named(pair.characteristic)})", pair.against, pair.share.n, least, needed)
            )
    return sizes, parts


def _size(context: Context, found: Found) -> Ruling:
    margin = parameter(context, "margin")
    if margin is None or margin <= 0:
        return not_testable("Nobody declared which difference between groups must not be missed.")
    if not chosen(context):
        return no_groups(context)
    if only_flagged(found):
        return alerts_alone()
    sizes, parts = _sizes(context, found, "flagged", margin)
    small = [one for one in sizes if one.least > margin]
    withheld = [name for part in parts for name in part.withheld]
    limit = f"{margin * 100:g} points"
    table = Table(
        "Least difference in the share flagged that would be found in four of five samples",
        ("Group", "Cases", "Least difference", "Cases needed"),
        tuple(
            (
                one.group,
                number(one.n),
                f"{one.least * 100:.1f} points",
                number(max(one.needed, one.n) if one.least <= margin else one.needed)
                if one.needed
                else "more elsewhere",
            )
            for one in sizes
        ),
    )
    measures = tuple(
        Measured(f"Least difference found: {one.group} against {one.of}", one.least, "difference", of=one.n)
        for one in sizes
    )
    if not sizes:
        return Ruling(
            "not enough data",
            "There are no two groups with enough people to compare.",
            (),
            f"at least {SMALLEST} people in every group",
            tuple(group_cautions(parts)),
        )
    if small or withheld:
        worst = max(small, key=lambda one: one.least) if small else None
        said = f"A difference of {limit} could be missed"
        if worst is not None:
            said += (
                f": of {worst.group}, only {worst.least * 100:.1f} points or more would be found in four of five "
                f"samples ({len(small)} of {len(sizes)} comparisons fall short)"
            )
        elif withheld:
            said += f": {len(withheld)} groups are too small to be shown"
        needed = f"at least {SMALLEST} people in every group"
        if worst is not None:
            needed = (
                f"about {number(worst.needed)} cases of {worst.group}" if worst.needed else "more cases in both groups"
            )
        return Ruling("not enough data", f"{said}.", measures, needed, tuple(group_cautions(parts)), tables=(table,))
    return Ruling(
        "supported",
        f"A difference of {limit} would be found in at least four of five samples, in each comparison of groups.",
        measures,
        None,
        tuple(group_cautions(parts)),
        tables=(table,),
    )


def _holds_back(context: Context, found: Found) -> Mapping[str, str]:
    """The checks of equality whose *supported* may not stand: a gap as large as the margin could be missed."""
    margin = parameter(context, "margin")
    if margin is None or margin <= 0 or not chosen(context):
        return {}
    reasons: dict[str, str] = {}
    for share, what, held in (
        ("flagged", "share flagged", ("CK-10", "CK-11", "CK-12", "CK-13")),
        ("fpr", "share wrongly flagged", ("CK-12",)),
        ("fnr", "share missed", ("CK-12",)),
    ):
        if share != "flagged" and not context.has("outcome_label"):
            continue
        limit = margin if share == "flagged" else parameter(context, "error_margin") or margin
        sizes, parts = _sizes(context, found, share, limit)
        small = [one.group for one in sizes if one.least > limit]
        small += [f"{name} ({named(part.characteristic)})" for part in parts for name in part.withheld]
        if small or not sizes:
            listed = ", ".join(small) or "every group"
            why = f"a difference of {limit * 100:g} points in the {what} could be missed for {listed}."
            reasons |= {name: why for name in held if name not in reasons}
    return reasons


CHECKS = (Check("CK-15", "The sample is big enough", ("flag",), _size_queries, _size, adjust=_holds_back),)
