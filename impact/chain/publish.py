"""A copy of an audit for publication: the counts are protected, and every figure is computed again from them.

In: the folder that ``impact audit run`` wrote. Out: the files of the public copy. Holds no arithmetic.
Nothing of the exact audit goes into the copy but its plan and its lock: figures, sentences, tables and
charts are made anew from the protected counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.canonical import canonical_json, pretty_json
from impact.errors import Exit, Fault, ImpactError, MetricError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.metrics.plans.plan import AuditPlan
    from impact.metrics.tables.cells import Cells

__all__ = ["LOG", "PublicCopy", "publish_audit", "read_log"]

LOG = "releases.jsonl"
_LARGEST = 512_000_000
_KEPT = ("D77",)  # the one check that is about the plan and not about people's data


@dataclass(frozen=True)
class PublicCopy:
    """What ``impact audit publish`` made.

    Attributes:
        findings: Plain data, schema ``impact/findings/1``.
        files: Name -> bytes.
        release: The line for the release log.
        changed: How many verdicts of declared comparisons differ from those of the exact audit. For whoever publishes;
            it is written into no file.
        close: Folders of earlier releases that differ from this one by few people in some count.
    """

    findings: dict[str, Any]
    files: dict[str, bytes]
    release: dict[str, Any]
    changed: int
    close: list[str]


def publish_audit(
    folder: Path,
    *,
    name: str,
    policy: str,
    log: list[dict[str, Any]],
    settings: Settings,
    now: datetime,
    step: Callable[[str], None],
) -> PublicCopy:
    """Protect the counts of an audit and make the public copy.

    Args:
        folder: With ``findings.json`` and ``cells.parquet`` of ``impact audit run``.
        name: How the release log names the copy.
        policy: Name of the disclosure policy; the plan's ``disclosure`` can make it stricter.
        log: Earlier releases.
        settings: Where template sets are found.
        now: Printed as the time of the copy.
        step: Told one line of progress at each stage.

    Raises:
        MetricError: E140 no such policy; D98 the folder is not that of an audit, or its files do not belong together;
            D93 the policy cannot be met, D94 an earlier release is too close (both exit 6).
    """
    from impact.chain.audit_tools import read_aggregates
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.second_opinion import SecondOpinion
    from impact.metrics.disclosure.policies import load_policy
    from impact.metrics.disclosure.protect_further import protect_all
    from impact.metrics.disclosure.published_file import published_bytes
    from impact.metrics.disclosure.releases import entry, refuse_differences, small_changes
    from impact.metrics.disclosure.withheld import to_withhold
    from impact.metrics.tools.export import tables_as_csv
    from impact.report import audit_page
    from impact.resources import find

    rules = load_policy(policy)
    exact, plan, cells = _read(folder)
    withheld = to_withhold(plan, exact.get("aggregates") or {}, exact["tables"])
    tables = read_aggregates(folder, exact)
    step(
        f"protecting {len(cells.rows):,} cells and {len(tables)} further tables, and attacking what would be published"
    )
    safe = protect_all(plan, cells, tables, rules)
    published = replace(safe.cells, withheld=tuple(name for name in withheld if name not in safe.further))
    created = now.isoformat(timespec="seconds")
    release = entry(plan, published, folder=name, created=created)
    refuse_differences(release, log)
    step(f"analysing the published counts; {published.hidden:,} of {published.size:,} are hidden")
    kept = [check for check in exact["checks"] if check["code"] in _KEPT]
    skipped = (
        "the libraries recomputed the exact counts for the working copy; this copy is computed from protected ones"
    )
    findings = analyse(plan, published, checks=kept, aggregates=safe.further).to_json(
        created=created,
        tool_version=__version__,
        registered=exact["plan_registered"],
        engine="published counts",
        second_opinion=SecondOpinion.skipped(skipped),
    )
    files = {"findings.json": pretty_json(findings).encode(), "cells.parquet": published_bytes(published)}
    files |= {f"{name}.parquet": table.to_parquet() for name, table in safe.further.items()}
    for table, text in tables_as_csv(findings).items():
        files[f"tables/{table}.csv"] = text.encode()
    step("drawing tables and charts")
    page = audit_page(findings, templates=find("templates", "default", settings))
    files["audit.html"] = page.html.encode()
    for chart, svg in page.charts.items():
        files[f"charts/{chart}.svg"] = svg.encode()
    return PublicCopy(findings, files, release, _changed(exact, findings), small_changes(release, log))


def read_log(path: Path) -> list[dict[str, Any]]:
    """Earlier releases; none where there is no log yet.

    Raises:
        MetricError: D98 a line cannot be read: what was published before would not be known.
    """
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            one = json.loads(line)
            known = {key: one[key] for key in ("folder", "created", "plan_digest", "cells_digest", "policy", "counts")}
            found.append({**one, **known})
        except (KeyError, TypeError, ValueError):
            remedy = "Restore the line: without it nobody knows what can be subtracted"
            raise MetricError(Fault(f"{path}:{number}", "not a line of a release log", "", remedy, "D98")) from None
    return found


def _read(folder: Path) -> tuple[dict[str, Any], AuditPlan, Cells]:
    """Findings, plan and exact cells of a folder; they must belong together."""
    from impact.metrics.plans.plan import AuditPlan
    from impact.metrics.tables.cells import Cells

    files = {}
    for name in ("findings.json", "cells.parquet"):
        path = folder / name
        if not path.is_file() or path.stat().st_size > _LARGEST:
            remedy = "Name the folder that impact audit run wrote"
            raise MetricError(Fault(str(path), "no such file", "", remedy, "D98", Exit.USAGE))
        files[name] = path.read_bytes()
    try:
        findings = json.loads(files["findings.json"])
        if findings["disclosure"]["status"] != "exact":
            remedy = "Name the folder with the exact counts"
            raise MetricError(Fault(str(folder), "is a public copy already", "", remedy, "D98", Exit.USAGE))
        plan = AuditPlan.model_validate_json(canonical_json(findings["plan"]))
        cells = Cells.from_parquet(files["cells.parquet"])
        if cells.digest != findings["cells_digest"] or plan.digest != findings["plan_digest"]:
            what = "findings.json was not computed from this plan and cells.parquet"
            raise MetricError(Fault(str(folder), what, "", "Run the audit again", "D98", Exit.DISAGREES))
        # Canonical JSON sorts keys; the order in which the plan lists its groups stands in the counts.
        groups = {key: plan.groups[key] for key in cells.groups}
    except ImpactError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MetricError(
            Fault(str(folder), "findings.json cannot be read", "", "Run the audit again", "D98")
        ) from None
    return findings, plan.model_copy(update={"groups": groups}), cells


def _changed(exact: Mapping[str, Any], copy: Mapping[str, Any]) -> int:
    """Declared comparisons whose verdict rounding has turned; those that are suppressed say so themselves."""

    def verdicts(findings: Mapping[str, Any]) -> dict[str, str]:
        return {
            canonical_json([row["group"], row["comparator"], row["metric"]]).decode(): row["verdict"]
            for row in findings["tables"]["disparities"]
            if row["role"] == "primary"
        }

    before = verdicts(exact)
    return sum(verdict not in ("suppressed", before.get(key, verdict)) for key, verdict in verdicts(copy).items())
