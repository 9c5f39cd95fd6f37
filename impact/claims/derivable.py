"""Which shares of a characteristic can be shown without giving a small count away.

In: the shares that are asked by a characteristic, their counts by group, and which of their conditions go together in
the log. Out: the shares of which no count can be shown. Knows no check and keeps nothing.

The attacker knows every count that is shown of a group, the same of everybody, and which combinations of conditions
occur in the log at all; he does not know how often. Each combination in each group is an unknown; a shown count is a
sum of them. Where linear programming narrows a count of fewer than ten people to a range of less than five, the share
that was shown last is withdrawn too. What everybody's counts tell by themselves (three in all, so no more than three of
any group) is not laid to a share; but no share may narrow it further.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from impact.claims.check import Row
from impact.claims.groups import SMALLEST
from impact.claims.guarding import Pair, few, sides, small
from impact.metrics.disclosure.attack import Statement, narrow, ranges

__all__ = ["leaking"]

_WIDTH = 5  # values that must stay possible, as in the policies of published audits
Patterns = Sequence[Mapping[str, bool]]


def leaking(
    pairs: Sequence[Pair],
    counts: Mapping[Any, Mapping[Pair, Row]],
    patterns: Callable[[Sequence[str]], Patterns],
) -> set[Pair]:
    """Those pairs of which no count can be shown.

    Args:
        pairs: Of one characteristic, in the order in which they ought to be shown.
        counts: Group -> pair -> its row; of groups that are shown, and of the others together.
        patterns: Conditions -> the combinations of them that occur in the log, each as condition -> whether it holds.
    """
    gone = {pair for pair in pairs if any(pair in own and small(own[pair]) for own in counts.values())}
    mine = [pair for pair in pairs if pair[0] == "cases"]
    if not gone & set(mine):
        return gone
    asked = list(dict.fromkeys(sql for _, hit, risk in mine for sql in (risk, _both(hit, risk))))
    known = patterns(asked)
    attack = _Attack(mine, counts, gone, known)
    # What is true of nobody or of everybody in each group tells least, so it comes last.
    kept = sorted((pair for pair in mine if pair not in gone), key=lambda pair: _settled(counts, pair))
    if not attack.succeeds(kept):
        return gone
    shown: list[Pair] = []
    for pair in kept:
        if attack.succeeds([*shown, pair]):
            gone.add(pair)
        else:
            shown.append(pair)
    return gone


def _settled(counts: Mapping[Any, Mapping[Pair, Row]], pair: Pair) -> bool:
    return all(own[pair]["k"] in (0, own[pair]["n"]) for own in counts.values() if pair in own)


def _both(hit: str, risk: str) -> str:
    return f"({risk}) AND ({hit})"


class _Attack:
    """What can be known of the small counts of withdrawn shares: each group and combination is an unknown."""

    def __init__(
        self, pairs: Sequence[Pair], counts: Mapping[Any, Mapping[Pair, Row]], gone: set[Pair], patterns: Patterns
    ) -> None:
        self._counts = counts
        self._risk = {pair: [at for at, one in enumerate(patterns) if one[pair[2]]] for pair in pairs}
        self._hits = {pair: [at for at, one in enumerate(patterns) if one[_both(pair[1], pair[2])]] for pair in pairs}
        self._known: list[Statement] = []
        for pair in pairs:
            rows = {group: own[pair] for group, own in counts.items() if pair in own}
            if len(rows) == len(counts):  # other checks print shares of everybody
                for of, name in ((self._risk, "n"), (self._hits, "k")):
                    self._add(
                        self._known,
                        [at for group in rows for at in self._at(group, of[pair])],
                        sum(row[name] for row in rows.values()),
                    )
        secrets: dict[tuple[Hashable, ...], float] = {}
        for pair in gone & set(pairs):
            hits, others = self._hits[pair], sorted(set(self._risk[pair]) - set(self._hits[pair]))
            for group, own in counts.items():
                if pair not in own:
                    continue
                row = own[pair]
                both = row["k"], row["n"] - row["k"]
                for many, which, people in zip(both, (hits, others), sides(row), strict=True):
                    if few(people):
                        # Of rows of few people he is told a little more than the class.
                        secrets[tuple(self._at(group, which))] = SMALLEST - 1 + (many if many != people else 0)
        self._known += [Statement(list(secret), 0, most) for secret, most in secrets.items()]
        self._secrets = list(secrets)
        narrowed = {self._secrets[at] for at in narrow(self._known, self._secrets, wanted=_WIDTH)}
        self._secrets = [each for each in self._secrets if each not in narrowed]
        self._narrow = dict(zip(narrowed, ranges(self._known, list(narrowed)), strict=True)) if narrowed else {}

    def succeeds(self, shown: Sequence[Pair]) -> bool:
        known = list(self._known)
        for group, own in self._counts.items():
            for pair in shown:
                if pair in own:
                    self._add(known, self._at(group, self._risk[pair]), own[pair]["n"])
                    self._add(known, self._at(group, self._hits[pair]), own[pair]["k"])
        if narrow(known, self._secrets, wanted=_WIDTH):
            return True
        return bool(self._narrow) and ranges(known, list(self._narrow)) != list(self._narrow.values())

    @staticmethod
    def _at(group: Hashable, combinations: Sequence[int]) -> list[Hashable]:
        return [(group, at) for at in combinations]

    @staticmethod
    def _add(known: list[Statement], counts: list[Hashable], value: float) -> None:
        if counts:
            known.append(Statement(counts, value, value))
