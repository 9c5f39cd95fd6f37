"""Whether the promised human decides: departures from the machine, agreement with its errors, and what people add.

In: a plan, the groups of its audit, the cells, and the aggregates of times and reviewers. Out: rows for
``tables.overrides``, ``tables.reliance``, ``tables.review_times``, ``tables.reviewers`` and ``tables.oversight`` of
findings.json. A pure function of counts. Personal data: none; counts of cases, and of reviewers in bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.review_times import time_rows, time_signs
from impact.metrics.analysis.topics.reviewers import Sampling, reviewer_rows, wider
from impact.metrics.statistics.agreement import kappa
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.overrides import RUBBER_STAMP
from impact.metrics.statistics.paired import paired_difference
from impact.metrics.tables.cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]  # outcome, decision, human; each no, yes, not known

__all__ = ["TABLES", "review_tables"]

TABLES = ("overrides", "reliance", "review_times", "review_curve", "reviewers", "reviewer_bands", "oversight")


def review_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Rows for everybody and for each level of each single characteristic.

    Returns:
        ``overrides``: departures of the final human decision from the machine's, in both directions and overall, with
        the share of decisions whose human decision is known, Cohen's kappa, and the difference from those who do not
        share the characteristic with what the data could have shown.
        ``reliance``: what became of right and of wrong advice where outcomes are known, and the machine's errors less
        those of the final decisions on the same cases. Where outcomes exist only after a yes, shares after a no and
        the comparison of errors are null with ``outcome_not_observed``; without outcomes, with ``no_outcome_column``.
        ``review_times``, ``review_curve``, ``reviewers``, ``reviewer_bands``: see their modules.
        ``oversight``: what would be seen if nobody looked at the cases, as found, not found, or open.
        Empty lists where the plan maps no human decision, and in a published copy, which has no joint counts.
    """
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    if inputs.plan.columns.human is None or not inputs.cells.rows:
        return found
    sampling = Sampling(inputs)
    everybody = _counted(inputs.cells, ())[()]
    levels = list(_levels(inputs, everybody))
    found["overrides"] = [_overrides(sampling, *level) for level in levels]
    found["reliance"] = list(_reliance_rows(inputs, sampling, levels))
    found |= time_rows(inputs, sampling)
    k, n = _departures(everybody)["overall"]
    found |= reviewer_rows(inputs, cases=n)
    found["oversight"] = [_few_departures(sampling, k, n), *time_signs(inputs, sampling)]
    return found


def _counted(cells: Cells, keys: tuple[str, ...]) -> dict[tuple[str, ...], Counts]:
    import numpy as np

    places = [cells.groups.index(key) for key in keys]
    found: dict[tuple[str, ...], Counts] = {}
    for cell in cells:
        level = tuple(cell.group[place] for place in places)
        if level not in found:
            found[level] = np.zeros((3, 3, 3), dtype=np.int64)
        found[level][cell.outcome, cell.decision, cell.human] += cell.n  # -1 is the last: not known
    return found


def _levels(inputs: Inputs, everybody: Counts) -> Iterator[tuple[Group, Counts, Counts | None]]:
    """Each group with its counts and those of people known not to share it; none where its own is not known."""
    yield EVERYBODY, everybody, None
    for part in inputs.parts:
        if len(part.keys) != 1 or part.too_many:
            continue
        held = _counted(inputs.cells, part.keys)
        known = sum((counts for (value,), counts in held.items() if value not in part.unknown[0]), everybody * 0)
        for group in part.groups():
            own = held.get((group[0][1],), everybody * 0)
            yield group, own, None if part.is_unknown(group) else known - own


def _departures(counts: Counts) -> dict[str, tuple[int, int]]:
    """Departures and how many could have been, overall and in each direction."""
    x = counts.sum(axis=0)[:2, :2]
    up, down = (int(x[0, 1]), int(x[0].sum())), (int(x[1, 0]), int(x[1].sum()))
    return {"overall": (up[0] + down[0], up[1] + down[1]), "escalated": up, "reversed": down}


def _overrides(sampling: Sampling, group: Group, own: Counts, others: Counts | None) -> dict[str, Any]:
    decided = int(own[:, :2].sum())
    x = own.sum(axis=0)[:2, :2]
    reviewed = int(x.sum())
    made = _departures(own)
    row: dict[str, Any] = {
        "group": group_json(group),
        "decided": decided,
        "reviewed": reviewed,
        "reviewed_share": reviewed / decided if decided else None,
    }
    for name, (k, n) in made.items():
        row[name] = sampling.share(name, group, k, n)
    agreement = kappa((float(x[1, 1]), float(x[1, 0]), float(x[0, 1]), float(x[0, 0])), level=sampling.level)
    if reviewed and not x.sum(axis=1).all():
        # Where only one decision of the machine is reviewed, kappa is 0 whatever people do.
        agreement = undefined("no_spread", level=sampling.level)
    if sampling.clustered and agreement.value is not None:
        # Its interval takes cases for independent, and cases of one reviewer are not.
        agreement = Measure(agreement.value, level=sampling.level, reason="not_counted")
    row["kappa"] = agreement.to_json()
    row["difference"] = None
    if others is not None:
        rest = _departures(others)
        row["difference"] = {name: sampling.gap(name, group, made[name], rest[name]) for name in made}
    return row


# Share -> outcome, machine's decision, human decision counted among the first two.
_ADVICE = {"wrong_yes": (0, 1, 1), "wrong_no": (1, 0, 0), "right_yes": (1, 1, 0), "right_no": (0, 0, 1)}


def _reliance_rows(
    inputs: Inputs, sampling: Sampling, levels: list[tuple[Group, Counts, Counts | None]]
) -> Iterator[dict[str, Any]]:
    if inputs.plan.columns.outcome is None:
        none = _without(sampling, "no_outcome_column")
        head = {"group": {}, "known": 0, "reviewed": int(levels[0][1][:, :2, :2].sum())}
        yield {**head, **dict.fromkeys(_ADVICE, none), "added": _added_without(none)}
        return
    for group, own, _ in levels:
        yield _reliance(sampling, group, own, hidden=inputs.seen.outcomes_after_yes)


def _reliance(sampling: Sampling, group: Group, own: Counts, *, hidden: bool) -> dict[str, Any]:
    known = own[:2, :2, :2]
    row: dict[str, Any] = {
        "group": group_json(group),
        "known": int(known.sum()),
        "reviewed": int(own[:, :2, :2].sum()),
    }
    none = _without(sampling, "outcome_not_observed")
    for name, (y, d, h) in _ADVICE.items():
        k, n = int(known[y, d, h]), int(known[y, d].sum())
        row[name] = none if hidden and d == 0 else sampling.share(name, group, k, n)
    row["added"] = _added_without(none) if hidden else _added(sampling, group, known)
    return row


def _without(sampling: Sampling, reason: str) -> dict[str, Any]:
    head = {"value": None, "ci": None, "level": sampling.level, "method": None, "reason": reason}
    return {**head, "k": None, "n": None}


def _added_without(none: Mapping[str, Any]) -> dict[str, Any]:
    counts = dict.fromkeys(("machine_wrong", "person_wrong", "only_machine", "only_person", "cases", "p"))
    return {**{key: value for key, value in none.items() if key not in ("k", "n")}, **counts}


def _added(sampling: Sampling, group: Group, x: Counts) -> dict[str, Any]:
    """The machine's errors less those of the final decisions, on the same cases."""
    both = int(x[0, 1, 1] + x[1, 0, 0])
    machine, person = int(x[0, 1, 0] + x[1, 0, 1]), int(x[0, 0, 1] + x[1, 1, 0])
    cases = int(x.sum())
    found = paired_difference((both, machine, person, cases - both - machine - person), level=sampling.level)
    made, p = found.difference, found.p
    if sampling.clustered and made.value is not None:
        between = sampling.mean("added", group, made.value)
        made, p = wider(made, between, method="sandwich_or_paired"), None  # the test takes cases for independent
    return {
        **made.to_json(),
        "machine_wrong": both + machine,
        "person_wrong": both + person,
        "only_machine": machine,
        "only_person": person,
        "cases": cases,
        "p": p,
    }


def _few_departures(sampling: Sampling, k: int, n: int) -> dict[str, Any]:
    """Whether even the upper limit of departures is below 1%."""
    share = sampling.share("overall", EVERYBODY, k, n)
    found = None
    if share["ci"] is not None:
        low, high = share["ci"]
        found = True if high < RUBBER_STAMP else False if low >= RUBBER_STAMP else None
    return {"sign": "few_departures", "found": found, "limit": RUBBER_STAMP, **share}
