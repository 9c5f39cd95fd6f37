"""The files that a counter-assessment begins with: whose document it answers, and that document.

In: the block ``against`` as plain data, the first body’s PDF, record and counts. Out: files for a new folder, and text
for its assessment.yaml. Suggests no answer: what the first body said stands in a folder of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from impact.assessment.folder import AGAINST_PDF, AGAINST_RECORD

__all__ = ["Begun", "begun_against", "with_block"]

COUNTS, PLAN = "against/counts.csv", "against/audit.yaml"
_HEAD = "# The document that this assessment answers, from impact new --against. Leave the folder against/ as it is.\n"
_ANSWERS = """
# What that body said stands in against/, and “impact answer” shows it beside each question; none of it is taken over.
# An answer of yours may say where it stands on theirs, and the report prints both:
#     A7:
#       value: …
#       stand: {says: differ, reason: In words}    # or stand: agree, where it is the same answer
"""


@dataclass(frozen=True)
class Begun:
    """What a counter-assessment begins with.

    Attributes:
        block: The block ``against`` of assessment.yaml.
        system: Name and version of the system, as that body names it.
        files: Path below the folder -> bytes.
        told: What a person should know of them.
    """

    block: Mapping[str, Any]
    system: Mapping[str, Any]
    files: Mapping[str, bytes]
    told: tuple[str, ...] = field(default=())


def begun_against(
    block: Mapping[str, Any], *, pdf: bytes, record_bytes: bytes, record: Mapping[str, Any], cells: bytes | None
) -> Begun:
    """The files of a first body in a new folder.

    Args:
        block: As ``assessment.yaml`` will hold it.
        pdf: Their document.
        record_bytes, record: Its record.
        cells: The counts that are attached to it, or None.

    Raises:
        MetricError: D90, D91 the attached counts cannot be read.
    """
    from impact.metrics.tools.counts_again import counts_again, why_no_counts

    files = {AGAINST_PDF: pdf, AGAINST_RECORD: record_bytes}
    audit = record.get("audit")
    if not audit:
        return Begun(block, record["assessment"]["system"], files)
    why = why_no_counts(audit) if cells is not None else "the counts behind it are not attached"
    if why or cells is None:
        return Begun(block, record["assessment"]["system"], files, (f"Their audit cannot be counted again: {why}.",))
    again = counts_again(audit, cells, file=COUNTS)
    files |= {COUNTS: again.table.encode(), PLAN: again.plan.encode()}
    told = (
        f"Their counts, of {again.people:,}, with a plan to change: copy {PLAN} to audit.yaml and declare your margin."
    )
    left = f"Not in these counts: {'; '.join(again.left_out)}." if again.left_out else ""
    return Begun(block, record["assessment"]["system"], files, tuple(line for line in (told, left) if line))


def with_block(text: str, begun: Begun) -> str:
    """A new assessment.yaml with the block ``against`` above its answers, about the same system."""
    from impact.metrics.plans.plan_text import as_yaml

    block = as_yaml({"against": begun.block})
    named = {key: begun.system[key] for key in ("name", "version") if begun.system.get(key)}
    system = "".join(f"  {line}\n" for line in as_yaml({"system": named}).splitlines())
    before, _, after = text.replace("  system:\n    name: Name of the system\n", system).partition("\nanswers:\n")
    return f"{before}\n{_HEAD}{block}{_ANSWERS}\nanswers:\n{after}"
