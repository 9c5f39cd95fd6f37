"""The second opinion: fairlearn and aif360 recompute every defined rate from the same cells, on every run.

In: a plan, cells and our rates. Out: a ``SecondOpinion``: how far both libraries agree, and what was not compared.
Weighted cells are enough: both libraries give the same values on cells with weights as on rows. Where our value is
undefined theirs is 0 or NaN by their own convention, so it is listed as not compared, with our reason.

Never asked of fairlearn: ``count`` (it would count cells) and ``n_boot`` (it would resample cells).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Literal

from impact.errors import Exit, Fault, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE, computable
from impact.metrics.analysis.comparisons import Comparison
from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.second_opinion_measures import compare_measures
from impact.metrics.analysis.tally import tally
from impact.metrics.libraries import Library, kind_of, load_aif360, load_fairlearn, rows_of
from impact.metrics.tables.cells import MISSING, Cell, Cells

if TYPE_CHECKING:
    from impact.metrics.analysis.analyse import AuditResult

__all__ = ["MAX_GROUPS", "TOLERANCE", "LibraryOpinion", "SecondOpinion", "second_opinion"]

TOLERANCE = 1e-9
FAR = 1e300
# Each group and metric costs about a millisecond in the libraries. Beyond this many groups an even sample is compared,
# and the result names it (engine.md, section 3).
MAX_GROUPS = 100

Status = Literal["agrees", "disagrees", "skipped"]
NotCompared = tuple[Group, str, str, str]


@dataclass(frozen=True)
class LibraryOpinion:
    """What one library said.

    Attributes:
        version: Its version.
        compared: How many values were compared: rates, differences between a group and those not sharing it, and
            further measures that the plan asks for, where the library has them.
        max_abs_diff: Largest absolute difference; None when nothing was compared.
        by_rate: (group, metric) -> largest absolute difference of this rate.
        not_compared: (group, metric, ``rate`` or ``difference``, reason).
    """

    version: str
    compared: int
    max_abs_diff: float | None
    by_rate: Mapping[tuple[Group, str], float]
    not_compared: tuple[NotCompared, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "compared": self.compared,
            "max_abs_diff": self.max_abs_diff,
            "not_compared": [
                {"group": group_json(group), "metric": metric, "of": what, "reason": reason}
                for group, metric, what, reason in self.not_compared
            ],
        }


@dataclass(frozen=True)
class SecondOpinion:
    """Whether both libraries agree with us.

    Attributes:
        status: ``agrees``, ``disagrees`` (the run must stop with exit status 5) or ``skipped``.
        libraries: fairlearn and aif360, in this order; empty when skipped.
        sampled: The groups that were compared when there were too many for all; None when all were.
        reason: Why it was skipped.
    """

    status: Status
    libraries: Mapping[str, LibraryOpinion] = field(default_factory=dict)
    sampled: tuple[Group, ...] | None = None
    reason: str | None = None

    @classmethod
    def skipped(cls, reason: str) -> SecondOpinion:
        """No opinion was asked for; the report prints this."""
        return cls("skipped", reason=reason)

    def to_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "tolerance": TOLERANCE,
            "reason": self.reason,
            "sampled": None if self.sampled is None else [group_json(group) for group in self.sampled],
            "fairlearn": self.libraries["fairlearn"].to_json() if "fairlearn" in self.libraries else None,
            "aif360": self.libraries["aif360"].to_json() if "aif360" in self.libraries else None,
        }

    def of(self, comparison: Comparison) -> dict[str, Any]:
        """The part that concerns one finding: versions and largest difference of its group's rate."""
        return {
            name: {"version": one.version, "max_abs_diff": one.by_rate.get((comparison.group, comparison.metric))}
            for name, one in self.libraries.items()
        }

    def raise_if_disagrees(self) -> None:
        """Stop the run on a disagreement.

        Raises:
            MetricError: M110 with exit status 5.
        """
        if self.status == "disagrees":
            parts = [
                f"{name} {one.version} differs by up to {one.max_abs_diff:.3g}"
                for name, one in self.libraries.items()
                if one.max_abs_diff is not None and one.max_abs_diff > TOLERANCE
            ]
            raise MetricError(
                Fault(
                    "second opinion",
                    "; ".join(parts),
                    f"agreement within {TOLERANCE:g}",
                    "Report this: one of the implementations is wrong, and no figure of this run can be relied on",
                    "M110",
                    Exit.DISAGREES,
                )
            )


@dataclass(frozen=True)
class _Job:
    """One group with those who do not share it."""

    group: Group
    own: tuple[Cell, ...]
    others: tuple[Cell, ...] | None


def second_opinion(result: AuditResult) -> SecondOpinion:
    """Recompute all defined rates, and differences between each group and those not sharing it.

    Raises:
        MetricError: M111 with exit status 7 when a library cannot be loaded.
    """
    jobs, sampled = _jobs(result, result.weighted or result.cells)
    included = {job.group for job in jobs}
    skipped = tuple(
        (group, metric, "rate", rate.reason or "empty_cell")
        for (group, metric), rate in result.rates.items()
        if rate.value is None and group in included
    )
    opinions = {
        "fairlearn": _opinion(load_fairlearn, jobs, result, skipped),
        "aif360": _opinion(load_aif360, jobs, result, skipped),
    }
    tables = result.measures()
    # Further measures count rows whatever the rows weigh, so the libraries are given rows too.
    plain = jobs if result.weighted is None else _jobs(result, result.cells)[0]
    pairs = [
        (job.group, (rows_of("confusion", job.own), None if job.others is None else rows_of("confusion", job.others)))
        for job in plain
        if len(job.group) < 2
    ]
    for name, one in opinions.items():
        compared, worst = compare_measures(name, pairs, tables, far=FAR)
        if compared:
            largest = max(one.max_abs_diff or 0.0, worst)
            opinions[name] = replace(one, compared=one.compared + compared, max_abs_diff=largest)
    agreed = all(one.max_abs_diff is None or one.max_abs_diff <= TOLERANCE for one in opinions.values())
    return SecondOpinion("agrees" if agreed else "disagrees", opinions, sampled)


def _jobs(result: AuditResult, cells: Cells) -> tuple[list[_Job], tuple[Group, ...] | None]:
    groups = [group for part in result.groupings if not part.too_many for group in part.groups()]
    sampled = None
    if len(groups) > MAX_GROUPS:
        step = len(groups) / MAX_GROUPS
        groups = [groups[int(i * step)] for i in range(MAX_GROUPS)]
        sampled = tuple(groups)
    plan = result.plan
    unknown = {key: {MISSING, *plan.groups[key].unknown_values} for key in plan.groups}
    jobs = [_Job(EVERYBODY, cells.rows, None)]
    for group in groups:
        wanted = [(cells.groups.index(key), value, unknown[key]) for key, value in group]
        own = tuple(cell for cell in cells if all(cell.group[at] == value for at, value, _ in wanted))
        others = None
        if not any(value in blank for _, value, blank in wanted):
            # Known not to share it: one known part differs.
            others = tuple(
                cell
                for cell in cells
                if any(cell.group[at] != value and cell.group[at] not in blank for at, value, blank in wanted)
            )
        jobs.append(_Job(group, own, others))
    return jobs, sampled


def _opinion(
    load: Callable[[], Library],
    jobs: list[_Job],
    result: AuditResult,
    skipped: tuple[NotCompared, ...],
) -> LibraryOpinion:
    version, compute = load()
    by_rate: dict[tuple[Group, str], float] = {}
    compared, not_compared = 0, list(skipped)
    kinds: dict[str, list[str]] = {}
    for metric in computable(result.plan):
        kinds.setdefault(kind_of(metric), []).append(metric)
    for kind, metrics in kinds.items():
        pairs = [(rows_of(kind, job.own), None if job.others is None else rows_of(kind, job.others)) for job in jobs]
        for job, values in zip(jobs, compute(metrics, pairs), strict=True):
            for metric in metrics:
                ours = result.rates[job.group, metric].value
                if ours is None:
                    continue
                worst = abs(values.get((metric, "group"), nan) - ours)
                compared += 1
                others, reason = _others(result, job, metric)
                if others is not None:
                    worst = _larger(worst, abs(values.get((metric, "difference"), nan) - (ours - others)))
                    compared += 1
                elif reason is not None:
                    not_compared.append((job.group, metric, "difference", reason))
                # JSON has no NaN; a value that is no number is as far off as can be.
                by_rate[job.group, metric] = FAR if isnan(worst) else worst
    return LibraryOpinion(version, compared, max(by_rate.values(), default=None), by_rate, tuple(not_compared))


def _others(result: AuditResult, job: _Job, metric: str) -> tuple[float | None, str | None]:
    """Our rate of the complement, or why there is none; neither where the group is compared with nobody."""
    if job.others is None:
        return None, None
    keys = tuple(key for key, _ in job.group)
    part = next(part for part in result.groupings if part.keys == keys)
    rest, row = part.complement(job.group), CATALOGUE[metric]
    if result.weighted is not None:
        rest = tally(job.others)
    reason = row.undefined_because(rest)
    return (None, reason) if reason else (row.numerator(rest) / row.denominator(rest), None)


def _larger(a: float, b: float) -> float:
    """The larger of two; NaN when either is NaN."""
    return a if isnan(a) or a >= b else b
