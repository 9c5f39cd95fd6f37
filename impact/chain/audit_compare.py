"""Comparing scorers: folders of ``impact audit run`` in, a comparison as data or as a page out.

In: one or two folders that a person names. Out: plain data and HTML. Holds no arithmetic and no wording of findings.
The folders are read as strictly as a stranger's files, and every figure is computed again from their counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.chain.audit_tools import read_bodies, read_findings
from impact.errors import Exit, Fault, MetricError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.metrics.tables.aggregates import Aggregate
    from impact.metrics.tools.compare_checks import Cases

__all__ = ["compare_audits", "comparison_page"]

_JOINT = "joint.parquet"
_MAX_BYTES = 1_000_000_000


def compare_audits(outs: Sequence[Path], *, cases: Cases | None, step: Callable[[str], None]) -> dict[str, Any]:
    """Compare the scorers of one folder case by case, or two folders by their counts.

    Args:
        outs: One or two folders that ``impact audit run`` wrote.
        cases: Whether two folders are about the same cases; None where their files say so.
        step: Told one line of progress at each stage.

    Returns:
        Plain data, schema ``impact/comparison/1``.

    Raises:
        MetricError: E151 a folder without findings or counts; D155 (exit 5) its counts are other ones; E160 to E163 as
            :func:`impact.metrics.tools.compare.compare_pair`; E162 one folder with one scorer, or three folders.
    """
    from impact.metrics.tools.compare import compare_pair, compare_within
    from impact.metrics.tools.compare_checks import protected

    if not 1 <= len(outs) <= 2:
        remedy = "Name one folder with several scorers, or two folders"
        raise MetricError(Fault("compare", f"{len(outs)} folders", "one or two", remedy, "E162"))
    step(f"reading the counts of {len(outs)} folder{'s' if len(outs) > 1 else ''}")
    faults = [fault for out in outs for fault in protected(str(out), read_findings(out)[1])]
    if faults:
        raise MetricError(faults)
    bodies = read_bodies(outs)
    if len(bodies) == 2:
        return compare_pair(bodies[0], bodies[1], cases=cases)
    if cases is not None:
        remedy = "Leave “--cases” out: the scorers of one audit decided the same rows"
        raise MetricError(Fault("compare", "“--cases” with one folder", "two folders", remedy, "E161"))
    (body,) = bodies
    joint = _joint(outs[0], body.findings) if body.plan.columns.also else {}
    step("comparing the scorers again from their counts")
    return compare_within(body.plan, body.cells, joint)


def _joint(out: Path, found: Mapping[str, Any]) -> dict[str, Aggregate]:
    from impact.metrics.tables.aggregates import Aggregate

    path = (out if out.is_dir() else out.parent) / _JOINT
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        remedy = "Ask for the whole folder as it was written"
        raise MetricError(Fault(str(path), "there is no such file", "the counts of all scorers", remedy, "E151"))
    table = Aggregate.from_parquet(path.read_bytes())
    if table.name != "joint" or table.digest != (found.get("aggregates") or {}).get("joint"):
        remedy = "Ask for both files as they were written together"
        what = "not the counts that the findings were made from"
        raise MetricError(Fault(str(path), what, "", remedy, "D155", Exit.DISAGREES))
    return {"joint": table}


def comparison_page(found: Mapping[str, Any], *, settings: Settings, now: datetime) -> str:
    """The comparison as a page that stands alone.

    Args:
        found: What :func:`compare_audits` gave.
        settings: Where template sets are found.
        now: Printed on it.
    """
    from impact.report import compare_page
    from impact.resources import find

    return compare_page(
        found,
        templates=find("templates", "default", settings),
        created=now.isoformat(timespec="seconds"),
        tool_version=__version__,
    )
