"""The tables of a score: how well it separates, whether it is calibrated, and what each declared threshold does.

In: a plan, the groups of its audit and the aggregate ``scores``. Out: plain rows for ``tables.scores``,
``tables.calibration`` and ``tables.sweep`` of findings.json. A pure function of counts.
Personal data: none; the aggregate holds counts by bin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.same_people import same_people
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import wilson
from impact.metrics.statistics.scores.auc import Auc, auc, cross_auc
from impact.metrics.statistics.scores.brier import brier
from impact.metrics.statistics.scores.calibration import calibration_error, calibration_table, observed_over_expected
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.checks import Check
from impact.metrics.tables.score_counts import ByGroup, ScoreCounts, Sums

__all__ = ["coarse_score_tables", "score_checks", "score_tables"]

BANDS = 10  # calibration is printed in so many bands of equal width: a thousand rows help nobody


def score_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Rows for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit; ``columns.score`` says whether scores are probabilities, ``plan.thresholds`` what to show.
            Only single characteristics are used. Without the aggregate ``scores`` every list is empty.

    Returns:
        ``scores``: AUC with DeLong's interval and what binning leaves open, the two cross AUCs against people who do
        not share the characteristic, people without a score, and with probabilities the Brier score, observed over
        expected, and the calibration error beside what perfect calibration would show.
        ``calibration``: shares by band of scores with Wilson intervals. ``sweep``: the four cells and their rates at
        each threshold. Empty lists where the plan does not ask for them. Where outcomes exist only after a yes, people
        without a yes are not known, so areas are null with ``outcome_not_observed`` and nothing else is printed.
    """
    plan, parts, table = inputs.plan, inputs.parts, inputs.aggregates.get("scores")
    found: dict[str, list[dict[str, Any]]] = {"scores": [], "calibration": [], "sweep": []}
    if table is None or plan.columns.outcome is None:
        return found
    counts = ScoreCounts(table)
    if not same_people(inputs, table):
        wrong = "“scores” counts other people than the cells"
        raise MetricError(Fault("scores", wrong, "", "Take the files that impact wrote together", "D91"))
    if plan.columns.outcome.observed_when == "decision_yes":
        found["scores"] = [_hidden_row(counts)]
        return found
    probability = plan.columns.score is not None and plan.columns.score.probability
    held, sums = counts.by_group(), counts.sums()
    for group, index, others in _levels(counts, parts, everybody=held):
        here, total = (held, sums) if group == EVERYBODY else (others[0], others[1])
        rest = None if group == EVERYBODY else others[2]
        row = _score_row(group, here, total, index, rest, probability=probability)
        found["scores"].append(_kept_exactly(row) if counts.exact else row)
        if probability:
            found["calibration"] += _bands(group, here, counts, index)
        found["sweep"] += _thresholds(plan, group, here, counts, index)
    return found


def coarse_score_tables(
    plan: AuditPlan,
    groups: Mapping[tuple[str, str], Any],
    edges: Sequence[float],
    *,
    complete: Mapping[str, bool],
    unknown: Mapping[str, frozenset[str]],
    most_open: float,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of ``scores`` and ``sweep`` from counts in wide bins, as a public copy has them.

    Sums of scores are not published, so there is no calibration, Brier score, or observed over expected.

    Args:
        plan: The plan; thresholds that are no edge of a bin have no row.
        groups: (Characteristic, level) -> people without and with the outcome by bin, shape (2, bins); everybody is
            ``("", "")``.
        edges: Edges of the bins, one more than there are bins.
        complete: Characteristic -> whether all its levels are here, so that they can be compared.
        unknown: Characteristic -> levels that mean "not known".
        most_open: An area that bins leave open by more, either way, is ``suppressed``.
    """
    import numpy as np

    found: dict[str, list[dict[str, Any]]] = {"scores": [], "calibration": [], "sweep": []}
    for (key, level), (negatives, positives) in sorted(groups.items()):
        group: Group = ((key, level),) if key else EVERYBODY
        nobody = np.zeros((1, len(edges) - 1), dtype=np.int64)
        held = ByGroup(((level,),), positives[None, :], negatives[None, :], nobody, nobody[:, 0])
        row = _score_row(group, held, None, 0, None, probability=False)
        row |= {"outcome_unknown": None, "unscored": None}
        if key and complete[key] and level not in unknown[key]:
            others = [each for each in groups if each[0] == key and each[1] not in (level, *unknown[key])]
            if others:
                rest = sum(groups[each] for each in others)
                row["auc_true_cases_against_others"] = _area(cross_auc(positives, rest[0]))
                row["auc_others_against_own"] = _area(cross_auc(rest[1], negatives))
        for name, part in row.items():
            if isinstance(part, dict) and "binning" in part and (part["binning"] or 0.0) > most_open:
                row[name] = {**part, "value": None, "ci": None, "method": None, "reason": "suppressed"}
        found["scores"].append(row)
        for threshold in plan.rules.thresholds:
            if threshold in edges[:-1]:
                above = np.asarray(edges[:-1]) >= threshold
                found["sweep"].append(_swept(group, held, 0, threshold, above))
    return found


def score_checks(plan: AuditPlan, table: Aggregate | None) -> Iterator[Check]:
    """D22: a score that runs the other way, beyond chance and beyond what bins leave open. It is said, never flipped.

    Args:
        plan: The plan.
        table: The aggregate ``scores``; None where the plan maps no score.
    """
    score, outcome = plan.columns.score, plan.columns.outcome
    if table is None or score is None or outcome is None or outcome.observed_when == "decision_yes":
        return
    counts = ScoreCounts(table)
    held = counts.by_group()
    found = auc(held.positives[0], held.negatives[0])
    low, high, open_ = found.area.low, found.area.high, 0.0 if counts.exact else found.binning
    if low is not None and high is not None and high + open_ < 0.5:
        area = f"AUC {found.area.value:.2f}, {low:.2f} to {high:.2f}"
        yield Check(
            "D22", "warning", f"Higher “{score.label}” goes with fewer outcomes ({area}): check “higher_means”."
        )


def _levels(counts: ScoreCounts, parts: Sequence[Grouping], *, everybody: ByGroup) -> Iterator[tuple[Group, int, Any]]:
    yield EVERYBODY, 0, (everybody, None, None)
    for part in parts:
        if len(part.keys) != 1 or part.too_many:
            continue
        held, sums = counts.by_group(*part.keys), counts.sums(*part.keys)
        known = [i for i, level in enumerate(held.levels) if level[0] not in part.unknown[0]]
        for group in part.groups():
            value = (group[0][1],)
            if value in held.levels:
                index = held.levels.index(value)
                others = [i for i in known if i != index] if index in known else []
                yield group, index, (held, sums, others or None)


def _score_row(
    group: Group, held: ByGroup, sums: Sums | None, index: int, others: list[int] | None, *, probability: bool
) -> dict[str, Any]:
    own = auc(held.positives[index], held.negatives[index])
    row: dict[str, Any] = {
        "group": group_json(group),
        "positives": int(own.positives),
        "negatives": int(own.negatives),
        "outcome_unknown": int(held.unknown[index].sum()),
        "unscored": int(held.unscored[index]),
        "auc": _area(own),
        "auc_true_cases_against_others": None,
        "auc_others_against_own": None,
    }
    if others is not None:
        row["auc_true_cases_against_others"] = _area(
            cross_auc(held.positives[index], held.negatives[others].sum(axis=0))
        )
        row["auc_others_against_own"] = _area(cross_auc(held.positives[others].sum(axis=0), held.negatives[index]))
    if probability and sums is not None:
        n0, n1 = int(sums.n[index][0]), int(sums.n[index][1])
        row["brier"] = brier(
            n0,
            n1,
            s2_negative=float(sums.s2[index][0]),
            s1_positive=float(sums.s1[index][1]),
            s2_positive=float(sums.s2[index][1]),
        ).to_json()
        expected = float(sums.s1[index][0] + sums.s1[index][1])
        row["observed_over_expected"] = observed_over_expected(n1, expected).to_json()
    return row


def _hidden_row(counts: ScoreCounts) -> dict[str, Any]:
    held = counts.by_group()
    none = {"value": None, "ci": None, "level": 0.95, "method": None, "reason": "outcome_not_observed"}
    return {
        "group": group_json(EVERYBODY),
        "positives": None,
        "negatives": None,
        "outcome_unknown": None,
        "unscored": int(held.unscored[0]),
        "auc": {**none, "binning": None, "few": False},
        "auc_true_cases_against_others": None,
        "auc_others_against_own": None,
    }


def _kept_exactly(row: dict[str, Any]) -> dict[str, Any]:
    """Where each score has a row of its own, people of one row have equal scores: nothing is left open."""
    return {
        key: {**part, "binning": 0.0} if isinstance(part, dict) and "binning" in part else part
        for key, part in row.items()
    }


def _area(found: Auc) -> dict[str, Any]:
    return {**found.area.to_json(), "binning": found.binning, "few": found.few}


def _bands(group: Group, held: ByGroup, counts: ScoreCounts, index: int) -> list[dict[str, Any]]:
    """Observed shares by band. A band's mean score takes each bin at its middle, so it is off by half a bin at most."""
    import numpy as np

    points = counts.points
    low, high = counts.scale.low, counts.scale.high
    middle = points if counts.exact else (points + np.append(points[1:], high)) / 2
    band = np.minimum(((middle - low) / (high - low) * BANDS).astype(int), BANDS - 1)
    known = np.asarray(held.positives[index] + held.negatives[index], dtype=float)
    people = np.bincount(band, weights=known, minlength=BANDS)
    outcomes = np.bincount(band, weights=np.asarray(held.positives[index], dtype=float), minlength=BANDS)
    scores = np.bincount(band, weights=known * middle, minlength=BANDS)
    if not people.sum():
        return []
    error = calibration_error(people, outcomes, scores)
    return [
        {
            "group": group_json(group),
            "from": low + (high - low) * row.bin / BANDS,
            "to": low + (high - low) * (row.bin + 1) / BANDS,
            "people": int(row.people),
            "mean_score": row.mean_score,
            "observed": row.observed.to_json(),
            "calibration_error": asdict(error)
            if error is not None and row.bin == int(people.nonzero()[0][0])
            else None,
        }
        for row in calibration_table(people, outcomes, scores)
    ]


def _thresholds(plan: AuditPlan, group: Group, held: ByGroup, counts: ScoreCounts, index: int) -> list[dict[str, Any]]:
    return [_swept(group, held, index, each, counts.above(each)) for each in plan.rules.thresholds]


def _swept(group: Group, held: ByGroup, index: int, threshold: float, above: Any) -> dict[str, Any]:
    """The four cells at one threshold, and their rates; ``above`` says which bins are a yes."""
    tp, fp = int(held.positives[index][above].sum()), int(held.negatives[index][above].sum())
    fn, tn = int(held.positives[index].sum()) - tp, int(held.negatives[index].sum()) - fp
    unknown = int(held.unknown[index].sum())
    unknown_above = int(held.unknown[index][above].sum())
    row = {"group": group_json(group), "threshold": threshold, "tp": tp, "fp": fp, "fn": fn, "tn": tn}
    everybody = tp + fp + fn + tn
    for key, k, n in (
        ("selection_rate", tp + fp + unknown_above, everybody + unknown),
        ("tpr", tp, tp + fn),
        ("fpr", fp, fp + tn),
        ("ppv", tp, tp + fp),
    ):
        limits = wilson(k, n)
        row[key] = {
            "k": k,
            "n": n,
            "value": k / n if n else None,
            "ci": [limits.low, limits.high] if limits else None,
            "reason": None if n else _EMPTY[key],
        }
    return row


_EMPTY = {"selection_rate": "empty_cell", "tpr": "no_positives", "fpr": "no_negatives", "ppv": "nobody_flagged"}
