"""Releases: what two published copies give away together that neither gives away alone.

In: the counts about to be published and the log of what was published before. Out: an entry for the log, or a refusal.
The log holds published counts only, so it may itself be published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impact.errors import Exit, Fault, MetricError
from impact.metrics.disclosure.published import Published
from impact.metrics.plans.plan import AuditPlan

__all__ = ["SCHEMA", "entry", "refuse_differences", "small_changes"]

SCHEMA = "impact/release/1"


def entry(plan: AuditPlan, published: Published, *, folder: str, created: str) -> dict[str, Any]:
    """One line of ``releases.jsonl``."""
    return {
        "schema": SCHEMA,
        "folder": folder,
        "created": created,
        "plan_digest": plan.digest,
        "cells_digest": published.digest,
        "policy": published.policy.id,
        "min_cell": published.policy.min_cell,
        "counts": [[*_key(row.keys, row.values), published.of(row)] for row in published],
    }


def refuse_differences(new: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a release where it and an earlier one count nearly the same people.

    Whoever subtracts the one from the other gets the few people by whom they differ, or the counts that only one of the
    two hides. Releases of different people (everybody's number differs by the threshold or more) may both be published;
    so may the same release once more.

    Raises:
        MetricError: D94 with exit status 6.
    """
    for old in earlier:
        if old["cells_digest"] == new["cells_digest"] or old["plan_digest"] != new["plan_digest"]:
            continue
        before, now = _everybody(old), _everybody(new)
        if abs(before - now) < new["min_cell"]:
            same = "under another policy" if old["policy"] != new["policy"] else "with other counts"
            what = f"nearly the same people were published before ({old['folder']}, {old['created'][:10]}), {same}"
            wanted = "releases that cannot be subtracted from each other"
            remedy = "Publish that one again, or withdraw it and remove its line from releases.jsonl"
            raise MetricError(Fault("releases.jsonl", what, wanted, remedy, "D94", Exit.DISCLOSURE))


def small_changes(new: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> list[str]:
    """Folders of earlier releases from which some published count differs by less than the threshold."""
    found = []
    for old in earlier:
        before = {(tuple(keys), tuple(values)): counts for keys, values, counts in old["counts"]}
        if old["cells_digest"] == new["cells_digest"]:
            continue
        for keys, values, counts in new["counts"]:
            pairs = ((counts[item], before.get((tuple(keys), tuple(values)), {}).get(item)) for item in counts)
            if any(a is not None and b is not None and 0 < abs(a - b) < new["min_cell"] for a, b in pairs):
                found.append(str(old["folder"]))
                break
    return found


def _key(keys: Sequence[str], values: Sequence[str]) -> tuple[list[str], list[str]]:
    return list(keys), list(values)


def _everybody(release: Mapping[str, Any]) -> int:
    return next(int(counts["n"]) for keys, _, counts in release["counts"] if not keys)
