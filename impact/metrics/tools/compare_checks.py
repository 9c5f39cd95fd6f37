"""Whether two audits can be compared at all: what must mean the same, and whether the cases are the same.

In: two bodies of counts with their plans. Out: how their cases overlap, or every fault at once.
Refuses to guess: equal files are the only sign that cases are the same, and what is said of them must fit the counts.
Personal data: none; counts only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE, computable
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.tools.merge import Body

__all__ = ["CASES", "Cases", "protected", "require_comparable", "shared_metrics"]

Cases = Literal["same", "different", "some"]
CASES: tuple[str, ...] = Cases.__args__  # type: ignore[attr-defined]  # Literal keeps its values there


def require_comparable(first: Body, second: Body, said: Cases | None) -> Cases:
    """How the cases of two audits that may be compared overlap.

    Args:
        first, second: What ``impact audit run`` wrote of each.
        said: Whether they are about the same cases; None where their files say so.

    Raises:
        MetricError: E160 to E163, as :func:`impact.metrics.tools.compare.compare_pair`; all at once.
    """
    bodies = (first, second)
    faults = [
        *(fault for body in bodies for fault in protected(body.name, body.findings)),
        *_twice(first, second),
        *_meanings(first, second),
    ]
    found, wrong = _cases(first, second, said)
    if faults or wrong or found is None:
        raise MetricError([*faults, *wrong])
    return found


def shared_metrics(one: AuditPlan, other: AuditPlan) -> list[str]:
    """Metrics that either plan declares primary and both can compute, in the order of the catalogue."""
    declared = {*one.rules.primary, *other.rules.primary} & {*computable(one)} & {*computable(other)}
    return [metric for metric in CATALOGUE if metric in declared]


def protected(name: str, findings: Mapping[str, Any]) -> Iterator[Fault]:
    """E163 where findings rest on counts that were protected for publication."""
    disclosure = findings.get("disclosure")
    status = disclosure.get("status") if isinstance(disclosure, Mapping) else None
    if status != "exact":
        remedy = "Compare the folders of “impact audit run”"
        yield Fault(name, "its counts are protected for publication", "exact counts", remedy, "E163")


def _twice(first: Body, second: Body) -> Iterator[Fault]:
    if first.cells.digest == second.cells.digest:
        found = f"the same counts as {first.name}: there is nothing to compare"
        yield Fault(second.name, found, "another scorer", "Name the folders of two scorers", "E162")


def _meanings(first: Body, second: Body) -> Iterator[Fault]:
    """Whatever must mean the same for a difference to be one of the scorers."""
    one, other = first.plan, second.plan
    outcomes = [plan.columns.outcome for plan in (one, other)]
    pairs = (
        ("columns.decision.effect", one.columns.decision.effect, other.columns.decision.effect),
        ("columns.outcome.label", *(outcome.label if outcome else "no outcome" for outcome in outcomes)),
        ("columns.outcome.observed_when", *(outcome.observed_when if outcome else "never" for outcome in outcomes)),
        ("groups", ", ".join(sorted(one.groups)), ", ".join(sorted(other.groups))),
        ("unit.row", one.unit.row, other.unit.row),
        ("plan.alpha", one.rules.alpha, other.rules.alpha),
    )
    for path, here, there in pairs:
        if here != there:
            remedy = "Let both be audited under one plan, but for the decision"
            yield Fault(f"{second.name}: {path}", f"“{there}”", f"“{here}”, as in {first.name}", remedy, "E160")
    if not shared_metrics(one, other):
        remedy = "Declare a metric in “plan.primary” that both audits have"
        yield Fault(f"{second.name}: plan.primary", "no primary metric that both audits have", "", remedy, "E160")
    for mine, theirs in ((first, second), (second, first)):
        for key in sorted({*mine.plan.groups} & {*theirs.plan.groups} & {*theirs.cells.groups}):
            place = theirs.cells.groups.index(key)
            held = {cell.group[place] for cell in theirs.cells}
            for value in sorted((unknown_levels(mine.plan, key) - unknown_levels(theirs.plan, key)) & held):
                found = f"“{value}” is a group here and means “not known” in {mine.name}"
                yield Fault(
                    f"{theirs.name}: groups.{key}", found, "one meaning", "List it under “unknown_values”", "E160"
                )


def _cases(first: Body, second: Body, said: Cases | None) -> tuple[Cases | None, list[Fault]]:
    """Whether the two are about the same cases: as said, or as their files show; never guessed."""
    files = [_digests(body.findings.get("source_fingerprint")) for body in (first, second)]
    evident = bool(files[0]) and files[0] == files[1]
    where = f"{first.name} and {second.name}"
    if said is None and not evident:
        remedy = "Say it with “--cases same”, “--cases different” or “--cases some”"
        found = "it is not known whether the two audits are about the same cases"
        return None, [Fault(where, found, "", remedy, "E161")]
    if evident and said in ("different", "some"):
        found = f"said to be {said} cases, but both were counted from the same file"
        return None, [Fault(where, found, "", "Leave “--cases” out", "E161")]
    chosen: Cases = said or "same"
    if chosen == "same" and set(first.plan.groups) == set(second.plan.groups):
        one, other = (_margin(body, sorted(first.plan.groups)) for body in (first, second))
        wrong = sum(one.get(key, 0) != other.get(key, 0) for key in {*one, *other})
        if wrong:
            found = f"said to be the same cases, but {wrong:,} counts by group and outcome differ"
            if said is None:
                found = f"counted from the same file, but {wrong:,} counts by group and outcome differ"
            remedy = "Map groups and outcome alike, or say “--cases some” where only some cases are in both"
            return None, [Fault(where, found, "", remedy, "E161")]
    return chosen, []


def _digests(files: Any) -> list[str]:
    """Digests of the files that were counted; findings may be a stranger's."""
    listed = files if isinstance(files, list) else []
    return sorted(str(each.get("digest")) for each in listed if isinstance(each, Mapping))


def _margin(body: Body, keys: list[str]) -> dict[tuple[object, ...], int]:
    """People by groups and outcome, whatever was decided. Outcomes that exist only after a yes are left out: they are
    known of other people under each scorer."""
    outcome = body.plan.columns.outcome
    always = outcome is not None and outcome.observed_when == "always"
    places = [body.cells.groups.index(key) for key in keys]
    found: dict[tuple[object, ...], int] = {}
    for cell in body.cells:
        place = (*(cell.group[at] for at in places), cell.outcome if always else -1)
        found[place] = found.get(place, 0) + cell.n
    return found
