"""Registration of the plan: its first time is kept, another plan is seen, and nothing is erased."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.plans.lock import plan_changed, register, registered
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


def plan(margin: float = 1.25) -> AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "csv", "path": "d.csv"},
            "columns": {
                "decision": {"name": "y", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
            },
            "groups": {"g": {"name": "g"}},
            "plan": {
                "primary": ["selection_rate"],
                "margin": {"kind": "ratio", "value": margin, "reason": "agreed"},
            },
        }
    )


def test_nothing_is_registered_without_a_lock(tmp_path: Path) -> None:
    assert registered(tmp_path / "audit.lock", plan()) is None
    assert plan_changed(tmp_path / "audit.lock", plan()) is None


def test_registration_is_canonical_and_says_when(tmp_path: Path) -> None:
    lock = tmp_path / "audit.lock"
    there = datetime(2026, 11, 20, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    register(plan(), path=lock, now=there, tool_version="0.1.0")

    data = json.loads(lock.read_bytes())
    assert lock.read_bytes() == canonical_json(data) + b"\n"
    assert (data["at"], data["plan_digest"], data["tool_version"]) == ("2026-11-20T09:30:00Z", plan().digest, "0.1.0")
    assert registered(lock, plan()) == {"at": "2026-11-20T09:30:00Z", "digest": plan().digest, "matches": True}
    assert [path.name for path in tmp_path.iterdir()] == ["audit.lock"]


def test_same_plan_keeps_its_first_time(tmp_path: Path) -> None:
    lock = tmp_path / "audit.lock"
    register(plan(), path=lock, now=NOW, tool_version="0.1.0")
    before = lock.read_bytes()

    assert register(plan(), path=lock, now=LATER, tool_version="0.2.0")["at"] == "2026-11-20T09:30:00Z"
    assert lock.read_bytes() == before


def test_other_plan_is_refused_and_seen(tmp_path: Path) -> None:
    lock = tmp_path / "audit.lock"
    register(plan(), path=lock, now=NOW, tool_version="0.1.0")
    before = lock.read_bytes()
    with pytest.raises(MetricError) as caught:
        register(plan(2.0), path=lock, now=LATER, tool_version="0.1.0")

    assert [fault.code for fault in caught.value.faults] == ["E120"]
    assert lock.read_bytes() == before
    assert registered(lock, plan(2.0)) == {"at": "2026-11-20T09:30:00Z", "digest": plan().digest, "matches": False}


def test_changed_keys_are_named_and_results_called_exploratory(tmp_path: Path) -> None:
    lock = tmp_path / "audit.lock"
    register(plan(), path=lock, now=NOW, tool_version="0.1.0")

    check = plan_changed(lock, plan(2.0))
    assert check is not None
    assert (check.code, check.level) == ("D77", "warning")
    assert "changed: plan.margin.value" in check.text
    assert "exploratory" in check.text
    assert plan_changed(lock, plan()) is None


def test_forced_registration_keeps_what_it_replaces(tmp_path: Path) -> None:
    lock = tmp_path / "audit.lock"
    register(plan(), path=lock, now=NOW, tool_version="0.1.0")
    register(plan(2.0), path=lock, now=LATER, tool_version="0.1.0", force=True)
    data = register(plan(3.0), path=lock, now=LATER, tool_version="0.1.0", force=True)

    assert data["plan_digest"] == plan(3.0).digest
    assert [each["plan_digest"] for each in data["replaces"]] == [plan().digest, plan(2.0).digest]
    assert data["replaces"][0]["at"] == "2026-11-20T09:30:00Z"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema":"impact/lock/1"}', b'{"schema":"other"}', b"\xff"])
def test_file_that_is_no_lock_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    lock = tmp_path / "audit.lock"
    lock.write_bytes(content)
    for call in (
        lambda: registered(lock, plan()),
        lambda: register(plan(), path=lock, now=NOW, tool_version="0.1.0", force=True),
    ):
        with pytest.raises(MetricError) as caught:
            call()
        assert [fault.code for fault in caught.value.faults] == ["E121"]

    assert lock.read_bytes() == content


def test_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "audit.lock").symlink_to(elsewhere)
    with pytest.raises(MetricError) as caught:
        register(plan(), path=tmp_path / "audit.lock", now=NOW, tool_version="0.1.0")

    assert [fault.code for fault in caught.value.faults] == ["E121"]
    assert not elsewhere.exists()


def test_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MetricError) as caught:
        register(plan(), path=tmp_path / "audit.lock", now=NOW.replace(tzinfo=None), tool_version="0.1.0")

    assert [fault.code for fault in caught.value.faults] == ["E121"]
