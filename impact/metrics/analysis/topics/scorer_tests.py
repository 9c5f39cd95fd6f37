"""More than two scorers on the same cases: whether all of them can have one rate (Cochran's Q).

In: the audit and the aggregate ``joint``. Out: rows of ``tables.scorer_tests``. A pure function of counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.measure import Why
from impact.metrics.statistics.paired import cochran_q
from impact.metrics.tables.joint_counts import JointCounts

if TYPE_CHECKING:
    from impact.metrics.tables.joint_counts import Counts

__all__ = ["several_scorers"]

_OUTCOME = {"fpr": 0, "fnr": 1, "selection_rate": None}  # the outcome of the cases that each is about
_EMPTY: dict[str, Why] = {"fpr": "no_negatives", "fnr": "no_positives", "selection_rate": "empty_cell"}
# Cases with a disagreement, times scorers: below this the chi-squared approximation is poor.
_FEW = 24  # Tate and Brown 1970, J. Am. Stat. Assoc. 65:155


def several_scorers(inputs: Inputs, counts: JointCounts) -> Iterator[dict[str, Any]]:
    """A row for everybody and each level of each single characteristic, and each rate; none for two scorers.

    Only cases that every scorer decided are used; without enough of them (``overlap_too_small``) there is no test.
    """
    if len(counts.scorers) < 3:
        return
    sets: list[tuple[Group, tuple[Counts, Counts, Counts]]] = [(EVERYBODY, counts.patterns()[""])]
    for part in inputs.parts:
        if len(part.keys) == 1 and not part.too_many:
            held = counts.patterns(part.keys[0])
            sets += [(group, held[group[0][1]]) for group in part.groups() if group[0][1] in held]
    least = min(counts.least(inputs.plan, *pair) for pair in counts.pairs())
    share = counts.share_of_all
    short = share is not None and share < least
    for group, held_here in sets:
        for metric in _OUTCOME if inputs.plan.columns.outcome is not None else ("selection_rate",):
            hidden = metric != "selection_rate" and inputs.seen.outcomes_after_yes
            refused: Why | None = "outcome_not_observed" if hidden else "overlap_too_small" if short else None
            row = {"group": group_json(group), "metric": metric, "scorers": list(counts.scorers)}
            yield row | _tested(*held_here, metric, refused)


def _tested(decided: Counts, outcome: Counts, n: Counts, metric: str, why: Why | None) -> dict[str, Any]:
    wanted = _OUTCOME[metric]
    chosen = outcome == wanted if wanted is not None else outcome >= -1
    decided, n = decided[chosen], n[chosen]
    cases, scorers = int(n.sum()), decided.shape[1]
    split = int(n[decided.min(axis=1) != decided.max(axis=1)].sum()) if len(n) else 0
    found = cochran_q(decided, n) if why is None and split else None
    if why is None and found is None:
        why = "no_disagreement" if cases else _EMPTY[metric]
    return {
        "n": cases,
        "disagreed": split,
        "statistic": found.statistic if found else None,
        "degrees": scorers - 1,
        "p": found.p if found else None,
        "few": split * scorers < _FEW,
        "reason": why,
    }
