"""Which shares of a characteristic can be shown without giving a small count away.

In: the shares that are asked by a characteristic, their counts by group, and which of their conditions go together in
the log. Out: the shares of which no count can be shown. Knows no check and keeps nothing.

The attacker knows every count that is shown of a group, and which combinations of conditions occur in the log at all;
he does not know how often. Each combination is an unknown; a shown count is a sum of them. Where linear programming
narrows a count of fewer than ten people to fewer than five values, the share that was shown last is withdrawn too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from impact.claims.check import Row
from impact.claims.groups import SMALLEST
from impact.claims.guarding import Pair, few, small
from impact.metrics.disclosure.attack import Statement, narrow

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
    attacks = [_Attack(own, gone, known) for own in counts.values()]
    attacks = [each for each in attacks if each.secrets]
    kept = [pair for pair in mine if pair not in gone]
    if not any(each.succeeds(kept) for each in attacks):
        return gone
    shown: list[Pair] = []
    for pair in kept:
        if any(each.succeeds([*shown, pair]) for each in attacks):
            gone.add(pair)
        else:
            shown.append(pair)
    return gone


def _both(hit: str, risk: str) -> str:
    return f"({risk}) AND ({hit})"


class _Attack:
    """What can be known of the small counts of one group."""

    def __init__(self, counts: Mapping[Pair, Row], gone: set[Pair], patterns: Patterns) -> None:
        self._counts = counts
        self._risk: dict[Pair, list[Hashable]] = {}
        self._hits: dict[Pair, list[Hashable]] = {}
        for pair in counts:
            if pair[0] == "cases":
                _, hit, risk = pair
                both = _both(hit, risk)
                self._risk[pair] = [at for at, one in enumerate(patterns) if one[risk]]
                self._hits[pair] = [at for at, one in enumerate(patterns) if one[both]]
        self.secrets: dict[tuple[Hashable, ...], float] = {}
        for pair in gone & set(self._risk):
            row = counts[pair]
            people = row.get("clusters") is not None
            hits = (row["counted"], row["others"]) if people else (row["k"], row["n"] - row["k"])
            others = [at for at in self._risk[pair] if at not in set(self._hits[pair])]
            for own, which, size in ((row["k"], self._hits[pair], hits[0]), (row["n"] - row["k"], others, hits[1])):
                if few(size):
                    # Of a few people with several rows he is told a little more than the class.
                    self.secrets[tuple(which)] = SMALLEST - 1 if not people else own + SMALLEST - 1

    def succeeds(self, shown: Sequence[Pair]) -> bool:
        known = [Statement(list(secret), 0, most) for secret, most in self.secrets.items()]
        for pair in shown:
            row = self._counts.get(pair)
            if row is not None:
                known += [
                    Statement(self._risk[pair], row["n"], row["n"]),
                    Statement(self._hits[pair], row["k"], row["k"]),
                ]
        known = [one for one in known if one.plus]
        return bool(narrow(known, list(self.secrets), wanted=_WIDTH))
