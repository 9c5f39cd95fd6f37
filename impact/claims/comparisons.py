"""A group's share against that of others: gaps, ratios, p-values, and equality within a margin.

In: ``Groups``. Out: comparisons with intervals, p-values raw and adjusted (Holm), and what they say about a claim of
equality. A group is compared with everybody known not to belong to it, or with the group that the context names.
Counts nothing and knows no check.

Sources: claims.md 2 of the design; Schuirmann 1987; Holm 1979; Newcombe 1998; Koopman 1984.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10

from impact.claims.check import Measured, Table
from impact.claims.groups import SMALLEST, Groups
from impact.claims.shares import Share
from impact.claims.verdicts import Judged, difference, within_margin
from impact.claims.words import named, percent, share_words
from impact.metrics.statistics.clusters import ClusterSums
from impact.metrics.statistics.multiplicity import holm

__all__ = [
    "Comparison",
    "Equality",
    "comparisons",
    "equal_within",
    "p_beyond",
    "p_words",
    "points",
    "ratio",
    "together",
    "all_hold",
]

_TINIEST_P = 1e-12  # where a p-value is searched no further


def together(shares: Sequence[Share]) -> Share:
    """Shares of different people added up.

    >>> together([Share(1, 10), Share(2, 30)])
    Share(k=3, n=40, sums=None, counted=0, others=0)
    """
    k, n = sum(share.k for share in shares), sum(share.n for share in shares)
    sums = [share.sums for share in shares if share.sums is not None]
    if not sums or len(sums) < len(shares):
        return Share(k, n)
    added = ClusterSums(
        *(sum(getattr(each, name) for each in sums) for name in ("clusters", "m", "k", "kk", "km", "mm"))
    )
    return Share(k, n, added, sum(share.counted for share in shares), sum(share.others for share in shares))


@dataclass(frozen=True)
class Comparison:
    """A group with those it is compared with; ``against`` is their name."""

    characteristic: str
    group: str
    share: Share
    against: str
    other: Share

    @property
    def gap(self) -> float:
        return (self.share.value or 0.0) - (self.other.value or 0.0)


def comparisons(groups: Groups, reference: str | None = None) -> list[Comparison]:
    """Each shown group with the reference or, without one, with everybody known not to belong to it.

    Of two sides only one is compared: the other way round it is the same comparison. A reference that is withheld or
    absent gives none.

    >>> two = Groups("sex", {"F": Share(1, 20), "M": Share(2, 30)})
    >>> [(each.group, each.against) for each in comparisons(two)]
    [('F', 'everybody else')]
    """
    shown = {name: share for name, share in groups.shown.items() if share.n}
    if reference is not None:
        if reference not in shown:
            return []
        return [
            Comparison(groups.characteristic, name, share, reference, shown[reference])
            for name, share in shown.items()
            if name != reference
        ]
    sides = {**shown, **({"": groups.merged} if groups.merged is not None else {})}
    if len(sides) < 2:
        return []
    found = [
        Comparison(
            groups.characteristic,
            name,
            share,
            "everybody else",
            together([other for each, other in sides.items() if each != name]),
        )
        for name, share in shown.items()
    ]
    return found[:1] if len(sides) == 2 else found


def ratio(group: Share, other: Share, *, level: float = 0.95) -> tuple[float | None, float, float | None]:
    """Ratio of two shares with Koopman's limits at the effective numbers; the upper one is None where it is open.

    >>> [round(x, 4) for x in ratio(Share(5, 20), Share(10, 200))]
    [5.0, 1.8799, 12.2177]
    """
    from impact.metrics.statistics.intervals import koopman_limits

    (p1, n1), (p2, n2) = ((each.value or 0.0, each.effective(level=level)) for each in (group, other))
    low, high = (float(x) for x in koopman_limits(p1 * n1, n1, p2 * n2, n2, level=level))
    return (p1 / p2 if p2 else None), low, (high if high < float("inf") else None)


def p_beyond(excludes: Callable[[float], bool]) -> float:
    """p-value that belongs to an interval: the largest level at which it still excludes what is tested gives 1 - p.

    Args:
        excludes: Whether the interval of a level (0 to 1) excludes the hypothesis; true at small levels first.

    >>> p_beyond(lambda level: level < 0.99).__round__(6)
    0.01
    """
    low, high = log10(_TINIEST_P), 0.0
    if not excludes(1e-9):
        return 1.0
    if excludes(1 - _TINIEST_P):
        return _TINIEST_P
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if excludes(1 - 10**middle) else (middle, high)
    return float(10**high)


@dataclass(frozen=True)
class Equality:
    """What comparisons of one share say about “equal within the margin”.

    Attributes:
        judged: The verdict of all together. A gap contradicts only if it does so after adjusting for how many were
            looked at; equality of all needs no adjusting.
        pairs: The comparisons.
        raw, adjusted: p-values of “the gap is at most the margin”, one for each comparison.
        outside: Groups whose gap is beyond the margin, after adjusting.
    """

    judged: Judged
    pairs: tuple[Comparison, ...]
    raw: tuple[float, ...]
    adjusted: tuple[float, ...]
    outside: tuple[Comparison, ...]

    def table(self, title: str, counted: str) -> Table:
        """By group: counts, whom it is compared with, the gap with its interval, p-values."""
        rows = []
        for pair, raw, adjusted in zip(self.pairs, self.raw, self.adjusted, strict=True):
            low, high = difference(pair.share, pair.other)
            rows.append(
                (
                    f"{pair.group} ({named(pair.characteristic)})",
                    share_words(pair.share),
                    f"{pair.against}: {percent(pair.other.value)}",
                    points(pair.gap, low, high),
                    p_words(raw),
                    p_words(adjusted),
                )
            )
        columns = ("Group", counted, "Compared with", "Gap in points (95% interval)", "p", "p, adjusted")
        return Table(title, columns, tuple(rows))

    def measures(self, label: str) -> tuple[Measured, ...]:
        found = []
        for pair in self.pairs:
            low, high = difference(pair.share, pair.other)
            method = "newcombe" if pair.share.sums is None else "newcombe_clustered"
            words = f"{label}: {pair.group} ({named(pair.characteristic)}) against {pair.against}"
            found.append(Measured(words, pair.gap, "difference", low, high, 0.95, method))
        return tuple(found)


def equal_within(
    parts: Sequence[Groups], margin: float | None, *, reference: Mapping[str, str], alpha: float = 0.05
) -> Equality:
    """Equivalence of every group with those it is compared with: two one-sided tests, Holm for what contradicts.

    Args:
        parts: One share by each characteristic.
        margin: Largest difference that counts as equal; None where nobody declared one: then gaps are only shown, with
            p-values of “no gap at all”.
        reference: Characteristic -> group to compare with.
        alpha: Size of the tests.
    """
    pairs: list[Comparison] = []
    judged: list[Judged] = []
    for part in parts:
        own = comparisons(part, reference.get(part.characteristic))
        pairs += own
        if part.withheld or not own:
            judged.append(Judged("not enough data", f"at least {SMALLEST} people in every group"))
    limit = margin or 0.0

    def beyond(pair: Comparison) -> float:
        def excludes(level: float) -> bool:
            low, high = difference(pair.share, pair.other, level=level)
            return low > limit or high < -limit

        return p_beyond(excludes)

    raw = [beyond(pair) for pair in pairs]
    adjusted = [10.0**each for each in holm([log10(each) for each in raw], len(raw))]
    outside = []
    if margin is not None:
        for pair, p in zip(pairs, adjusted, strict=True):
            one = within_margin(pair.share, pair.other, margin, alpha=alpha)
            if one.verdict == "contradicted" and p > alpha:
                one = Judged("not enough data", "more people, since so many groups were looked at")
            if one.verdict == "contradicted":
                outside.append(pair)
            judged.append(one)
    return Equality(all_hold(judged), tuple(pairs), tuple(raw), tuple(adjusted), tuple(outside))


def all_hold(judged: Sequence[Judged]) -> Judged:
    """All must hold; of several things needed, the largest number of people."""
    for verdict in ("contradicted", "not enough data"):
        found = [each for each in judged if each.verdict == verdict]
        if found:
            return max(found, key=lambda each: _size(each.needed))
    return judged[0] if judged else Judged("not enough data", "groups with at least ten people")


def _size(needed: str | None) -> int:
    digits = "".join(letter for letter in (needed or "").partition(" in ")[0] if letter.isdigit())
    return int(digits) if digits else 0


def points(value: float, low: float | None = None, high: float | None = None) -> str:
    """A difference of shares in percentage points.

    >>> points(0.0312, 0.011, 0.0519), points(-0.2)
    ('+3.1 (1.1 to 5.2)', '-20.0')
    """
    text = f"{value * 100:+.1f}"
    return text if low is None or high is None else f"{text} ({low * 100:.1f} to {high * 100:.1f})"


def p_words(p: float) -> str:
    """
    >>> p_words(0.0004), p_words(0.0312)
    ('<0.001', '0.031')
    """
    return "<0.001" if p < 0.001 else f"{p:.3f}"
