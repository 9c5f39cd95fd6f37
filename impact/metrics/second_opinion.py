"""The second opinion: fairlearn and aif360 recompute every defined rate from the same cells, on every run.

In: a plan, cells and our rates. Out: a ``SecondOpinion``: how far both libraries agree, and what was not compared.
Weighted cells are enough: both libraries give the same values on cells with weights as on rows. Where our value is
undefined theirs is 0 or NaN by their own convention, so it is listed as not compared, with our reason.

Never asked of fairlearn: ``count`` (it would count cells) and ``n_boot`` (it would resample cells).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from impact.errors import Exit, Fault, MetricError
from impact.metrics.catalogue import CATALOGUE, REASONS
from impact.metrics.comparisons import Comparison
from impact.metrics.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.libraries import Library, kind_of, load_aif360, load_fairlearn
from impact.metrics.rates import Rate
from impact.metrics.tally import Tally

if TYPE_CHECKING:
    from impact.metrics.analyse import AuditResult

__all__ = ["MAX_GROUPS", "TOLERANCE", "LibraryOpinion", "SecondOpinion", "second_opinion"]

TOLERANCE = 1e-9
FAR = 1e300
# Each group and metric costs about a millisecond in the libraries. Beyond this many groups an even sample is compared,
# and the result names it (engine.md, section 3).
MAX_GROUPS = 100

Status = Literal["agrees", "disagrees", "skipped"]


@dataclass(frozen=True)
class LibraryOpinion:
    """What one library said.

    Attributes:
        version: Its version.
        compared: How many values were compared: rates, and differences between a group and those not sharing it.
        max_abs_diff: Largest absolute difference; None when nothing was compared.
        by_rate: (group, metric) -> largest absolute difference of this rate.
        not_compared: (group, metric, reason).
    """

    version: str
    compared: int
    max_abs_diff: float | None
    by_rate: Mapping[tuple[Group, str], float]
    not_compared: tuple[tuple[Group, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "compared": self.compared,
            "max_abs_diff": self.max_abs_diff,
            "not_compared": [
                {"group": group_json(group), "metric": metric, "reason": reason}
                for group, metric, reason in self.not_compared
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
    """One group with its complement, as weighted rows for each kind of metric, and what we said about both."""

    group: Group
    own: Tally
    others: Tally | None


def second_opinion(result: AuditResult) -> SecondOpinion:
    """Recompute all defined rates, and differences between each group and those not sharing it.

    Raises:
        MetricError: M111 with exit status 7 when a library cannot be loaded.
    """
    jobs, sampled = _jobs(result)
    skipped = tuple(
        (group, metric, rate.reason or "empty_cell")
        for (group, metric), rate in result.rates.items()
        if rate.value is None and any(job.group == group for job in jobs)
    )
    opinions = {
        "fairlearn": _opinion(load_fairlearn, jobs, result, skipped),
        "aif360": _opinion(load_aif360, jobs, result, skipped),
    }
    agreed = all(one.max_abs_diff is None or one.max_abs_diff <= TOLERANCE for one in opinions.values())
    return SecondOpinion("agrees" if agreed else "disagrees", opinions, sampled)


def _jobs(result: AuditResult) -> tuple[list[_Job], tuple[Group, ...] | None]:
    pairs: list[tuple[Grouping, Group]] = [
        (part, group) for part in result.groupings if not part.too_many for group in part.groups()
    ]
    sampled = None
    if len(pairs) > MAX_GROUPS:
        step = len(pairs) / MAX_GROUPS
        pairs = [pairs[int(i * step)] for i in range(MAX_GROUPS)]
        sampled = tuple(group for _, group in pairs)
    jobs = [_Job(EVERYBODY, result.everybody, None)]
    for part, group in pairs:
        jobs.append(_Job(group, part.of(group), None if part.is_unknown(group) else part.complement(group)))
    return jobs, sampled


def _ours(metric: str, tally: Tally) -> float | None:
    row = CATALOGUE[metric]
    n = row.denominator(tally)
    return row.numerator(tally) / n if n else None


def _opinion(
    load: Callable[[], Library],
    jobs: list[_Job],
    result: AuditResult,
    skipped: tuple[tuple[Group, str, str], ...],
) -> LibraryOpinion:
    version, compute = load()
    by_rate: dict[tuple[Group, str], float] = {}
    compared, not_compared = 0, list(skipped)
    for job in jobs:
        defined: dict[str, list[str]] = {}
        for metric in CATALOGUE:
            rate: Rate | None = result.rates.get((job.group, metric))
            if rate is not None and rate.value is not None:
                defined.setdefault(kind_of(metric), []).append(metric)
        for kind, metrics in defined.items():
            values = compute(kind, metrics, job.own, job.others)
            for metric in metrics:
                ours = result.rates[job.group, metric].value
                assert ours is not None
                theirs = values[metric, "group"]
                worst = abs(theirs - ours)
                compared += 1
                others = _ours(metric, job.others) if job.others is not None else None
                if others is not None:
                    worst = _larger(worst, abs(values[metric, "difference"] - (ours - others)))
                    compared += 1
                elif job.others is not None:
                    reason = CATALOGUE[metric].undefined_because(job.others) or "empty_cell"
                    not_compared.append((job.group, metric, f"difference: {REASONS[reason]}"))
                # JSON has no NaN; a value that is no number is as far off as can be.
                by_rate[job.group, metric] = worst if worst == worst else FAR
    largest = max(by_rate.values(), default=None)
    return LibraryOpinion(version, compared, largest, by_rate, tuple(not_compared))


def _larger(a: float, b: float) -> float:
    """The larger of two; NaN when either is NaN."""
    return a if a != a or a >= b else b
