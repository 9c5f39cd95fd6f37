"""``audit.lock``: proof of what was planned before outcomes were read.

In: a plan, the lock's path, a time. Out: the lock as plain data; whether a plan is still the one registered.
Refuses to replace a registration unless told so, and then keeps the one it replaces. Reads no clock and no data.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from impact.canonical import canonical_json
from impact.errors import Fault, MetricError
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.checks import Check

__all__ = ["SCHEMA", "plan_changed", "register", "registered"]

SCHEMA = "impact/lock/1"
_MAX_BYTES = 10_000_000


def register(plan: AuditPlan, *, path: Path, now: datetime, tool_version: str, force: bool = False) -> dict[str, Any]:
    """Write the plan's digest and the time beside the plan, before outcomes are read.

    Args:
        plan: The plan.
        path: ``audit.lock``.
        now: The time, with a zone.
        tool_version: Version of impact.
        force: Replace the registration of another plan; what it said stays in ``replaces``.

    Returns:
        What the lock holds: schema, plan_digest, at, tool_version, plan, replaces. A plan that is registered already
        keeps its first time, and nothing is written.

    Raises:
        MetricError: E120 another plan is registered; E121 the file there is no lock, or cannot be written.

    >>> import tempfile
    >>> from impact.metrics.plans.plan_file import plan_of
    >>> plan = plan_of({
    ...     "version": 1, "title": "t", "question": "q", "pool": "everybody scored",
    ...     "source": {"kind": "csv", "path": "d.csv"},
    ...     "columns": {"decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}},
    ...     "groups": {"sex": {"name": "sex"}}, "plan": {"primary": ["selection_rate"]}})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lock = Path(folder) / "audit.lock"
    ...     at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    ...     _ = register(plan, path=lock, now=at, tool_version="0.1.0")
    ...     found = registered(lock, plan)
    >>> found["at"], found["matches"]
    ('2026-11-20T09:30:00Z', True)
    """
    if now.tzinfo is None:
        raise MetricError(Fault("now", "a time without a zone", "a time with a zone", "", "E121"))
    replaces: list[dict[str, str]] = []
    old = _read(path)
    if old is not None:
        if old["plan_digest"] == plan.digest:
            return old
        if not force:
            found = f"another plan was registered on {old['at']}"
            remedy = "Restore that plan, or register this one with --force; the report will say so"
            raise MetricError(Fault(str(path), found, "", remedy, "E120"))
        replaces = [*old["replaces"], {key: old[key] for key in ("plan_digest", "at", "tool_version")}]
    lock = {
        "schema": SCHEMA,
        "plan_digest": plan.digest,
        "at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "tool_version": tool_version,
        "plan": plan.to_json(),
        "replaces": replaces,
    }
    # Written beside and moved into place, so that an interruption leaves the old lock or the new one.
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(canonical_json(lock) + b"\n")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise MetricError(Fault(str(path), "the file cannot be written", "", "Check the folder", "E121")) from None
    return lock


def registered(path: Path, plan: AuditPlan) -> dict[str, Any] | None:
    """What ``plan_registered`` of findings.json says; None when no plan was registered.

    Raises:
        MetricError: E121, when the file there is no lock.
    """
    lock = _read(path)
    if lock is None:
        return None
    return {"at": lock["at"], "digest": lock["plan_digest"], "matches": lock["plan_digest"] == plan.digest}


def plan_changed(path: Path, plan: AuditPlan) -> Check | None:
    """D77, naming the keys that differ, when another plan was registered than the one in use; else None.

    Raises:
        MetricError: E121, when the file there is no lock.
    """
    lock = _read(path)
    if lock is None or lock["plan_digest"] == plan.digest:
        return None
    keys = _differences(lock["plan"], plan.to_json())
    shown = ", ".join(keys[:8]) + (", …" if len(keys) > 8 else "")
    text = f"The plan's digest differs from the one registered on {lock['at']} (changed: {shown})"
    return Check("D77", "warning", f"{text}: all results are labelled exploratory.")


def _differences(one: Any, other: Any, path: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        return [found for key in keys for found in _differences(one.get(key), other.get(key), f"{path}.{key}")]
    return [] if one == other else [path.removeprefix(".")]


def _read(path: Path) -> dict[str, Any] | None:
    if path.is_symlink():
        raise _no_lock(path)
    if not path.exists():
        return None
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _no_lock(path)
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise _no_lock(path) from None
    texts = ("plan_digest", "at", "tool_version")
    if (
        not isinstance(data, dict)
        or data.get("schema") != SCHEMA
        or not all(isinstance(data.get(key), str) for key in texts)
        or not isinstance(data.get("plan"), dict)
        or not isinstance(data.get("replaces"), list)
    ):
        raise _no_lock(path)
    return data


def _no_lock(path: Path) -> MetricError:
    remedy = "Restore it from your copies, or delete it and say so in the assessment"
    return MetricError(Fault(str(path), "this is not a registration that impact wrote", "", remedy, "E121"))
