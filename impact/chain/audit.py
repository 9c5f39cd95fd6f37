"""An audit plan on its own: what the data could show, and what it shows, without a questionnaire.

In: the path of an audit plan. Out: plain data and files. Holds no arithmetic and no wording of findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.canonical import pretty_json
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.metrics.counting.opening import Engine

__all__ = ["AuditFiles", "Power", "audit_files", "check_audit", "run_audit", "written"]


@dataclass(frozen=True)
class Power:
    """What ``impact audit check`` found: nothing about outcomes by group.

    Attributes:
        plan_digest: Digest of the plan.
        lock: What audit.lock says of the plan, in the form of ``plan_registered`` in findings.json.
        people: How many were counted.
        unit: What one counted unit is.
        checks: Problems of the data that do not stop an audit.
        table: Smallest disparity that each group could show, from ``impact.metrics.analysis.power``.
    """

    plan_digest: str
    lock: dict[str, Any] | None
    people: int
    unit: str
    checks: list[dict[str, Any]]
    table: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": True,
            "plan_digest": self.plan_digest,
            "plan_registered": self.lock,
            "people": self.people,
            "unit": self.unit,
            "checks": self.checks,
            "detectable": self.table,
        }


@dataclass(frozen=True)
class AuditFiles:
    """What ``impact audit run`` made.

    Attributes:
        findings: Plain data, schema ``impact/findings/1``.
        files: Name -> bytes.
    """

    findings: dict[str, Any]
    files: dict[str, bytes]


def check_audit(
    plan_path: Path, *, now: datetime, register: bool, step: Callable[[str], None], engine: Engine = "duckdb"
) -> Power:
    """Check plan and data, stamp the plan, and say what the data could show. Reads no outcome.

    Args:
        plan_path: audit.yaml.
        now: Time written into audit.lock.
        register: Write audit.lock beside the plan, unless this same plan is registered already.
        step: Told one line of progress at each stage.
        engine: What counts.

    Raises:
        MetricError: The plan or the data cannot be used, or another plan is registered already.
    """
    from impact.assessment.folder import LOCK
    from impact.metrics.analysis.power import power_table
    from impact.metrics.counting.count import count
    from impact.metrics.plans.lock import register as stamp
    from impact.metrics.plans.lock import registered
    from impact.metrics.plans.plan_file import load_plan

    plan = load_plan(plan_path)
    lock_path = plan_path.parent / LOCK
    # Stamped before the data is opened: the time in the lock is a time at which nothing had been read.
    if register and registered(lock_path, plan) is None:
        stamp(plan, path=lock_path, now=now, tool_version=__version__)
    counted = count(plan, base=plan_path.parent, progress=step, outcomes=False, engine=engine)
    table = power_table(plan, counted.cells, counted.aggregates)
    checks = [check.to_json() for check in counted.checks]
    unit = plan.unit.row
    return Power(plan.digest, registered(lock_path, plan), counted.cells.n, unit, checks, table)


def run_audit(
    plan_path: Path,
    *,
    settings: Settings,
    now: datetime,
    step: Callable[[str], None],
    second_opinion: bool = True,
    engine: Engine = "duckdb",
) -> AuditFiles:
    """Count, analyse, and write findings, cells, tables and charts.

    Args:
        plan_path: audit.yaml.
        settings: Where template sets are found.
        now: Printed as the time of the findings.
        step: Told one line of progress at each stage.
        second_opinion: Let fairlearn and aif360 recompute every figure.
        engine: What counts.

    Raises:
        MetricError: As :func:`impact.assessment.audit.audit_block`.
    """
    from impact.assessment.audit import audit_block

    audited = audit_block(
        plan_path, created=now.isoformat(timespec="seconds"), step=step, second_opinion=second_opinion, engine=engine
    )
    return audit_files(audited.findings, audited.cells, settings=settings, step=step, aggregates=audited.aggregates)


def audit_files(
    findings: dict[str, Any],
    cells: bytes,
    *,
    settings: Settings,
    step: Callable[[str], None],
    aggregates: Mapping[str, bytes] | None = None,
) -> AuditFiles:
    """Everything that is written for findings and their cells: both of them, tables, charts and a page.

    Args:
        findings: Plain data, schema ``impact/findings/1``.
        cells: The counts as Parquet.
        settings: Where template sets are found.
        step: Told one line of progress.
        aggregates: Further count tables as Parquet, by name.
    """
    from impact.metrics.tools.export import tables_as_csv
    from impact.report import audit_page
    from impact.resources import find

    files = {"findings.json": pretty_json(findings).encode(), "cells.parquet": cells}
    files |= {f"{name}.parquet": data for name, data in (aggregates or {}).items()}
    for name, text in tables_as_csv(findings).items():
        files[f"tables/{name}.csv"] = text.encode()
    step("drawing tables and charts")
    page = audit_page(findings, templates=find("templates", "default", settings))
    files["audit.html"] = page.html.encode()
    for name, svg in page.charts.items():
        files[f"charts/{name}.svg"] = svg.encode()
    return AuditFiles(findings, files)


def written() -> tuple[str, ...]:
    """Patterns of all files that an audit, a merge or a public copy can write: what ``--force`` may remove.

    >>> "scores.parquet" in written()
    True
    """
    from impact.metrics.tables.aggregates import NAMES

    tables = (f"{name}.parquet" for name in ("cells", *NAMES))
    return ("findings.json", "audit.html", "gates.json", "tables/*.csv", "charts/*.svg", *tables)
