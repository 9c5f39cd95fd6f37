"""Around an audit: explain a finding, add up the counts of several bodies, prepare a plan or a request for counts.

In: folders and plans that a person names. Out: plain data and files. Holds no arithmetic and no wording of findings.
What ``impact audit run`` wrote is read here as strictly as a stranger's file, because it may come from one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.errors import Exit, Fault, MetricError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.chain.audit import AuditFiles
    from impact.metrics.counting.profile import Profile
    from impact.metrics.tables.aggregates import Aggregate
    from impact.metrics.tables.cells import Cells
    from impact.metrics.tools.explain import Explanation
    from impact.metrics.tools.merge import Body
    from impact.metrics.tools.request import Request

__all__ = [
    "draft_plan",
    "explain_finding",
    "merge_audits",
    "profile_table",
    "read_aggregates",
    "read_bodies",
    "read_cells",
    "read_findings",
    "request_counts",
    "require_agreement",
]

FINDINGS, CELLS = "findings.json", "cells.parquet"
_SCHEMA = "impact/findings/1"
_MAX_BYTES = 500_000_000
_KEYS = ("plan", "plan_digest", "plan_registered", "cells_digest", "findings", "tables", "second_opinion", "checks")


def explain_finding(out: Path, finding: str) -> Explanation:
    """How one finding of a folder that ``impact audit run`` or ``impact build`` wrote arose.

    Args:
        out: The folder, or its findings.json.
        finding: Id of the finding.

    Raises:
        MetricError: E150 no such finding; E151 no findings there; D155 (exit 5) its cells are other ones.
    """
    from impact.metrics.tools.explain import explain

    folder, found = read_findings(out)
    if (folder / CELLS).is_file():
        read_cells(folder, found)
    return explain(found, finding)


def require_agreement(out: Path, explanation: Explanation) -> None:
    """Stop where printed figures do not follow from the printed counts.

    Raises:
        MetricError: D156 (exit 5), once for each figure.
    """
    where = f"{out}: {explanation.id}"
    remedy = "Do not use these findings; run the audit again from its counts"
    faults = [
        Fault(where, f"the {each} does not follow from the counts beside it", "", remedy, "D156", Exit.DISAGREES)
        for each in explanation.disagreements
    ]
    if faults:
        raise MetricError(faults)


def request_counts(plan_path: Path, *, table: str, file: str) -> Request:
    """What a body fills in to answer a plan with counts only.

    Args:
        plan_path: audit.yaml.
        table: What the query reads from.
        file: Name of the table to fill in.

    Raises:
        MetricError: The plan cannot be used.
    """
    from impact.metrics.plans.plan_file import load_plan
    from impact.metrics.tools.request import request

    return request(load_plan(plan_path), table=table, file=file)


def merge_audits(
    outs: Sequence[Path],
    *,
    settings: Settings,
    now: datetime,
    step: Callable[[str], None],
    second_opinion: bool = True,
    disjoint: bool = False,
) -> AuditFiles:
    """Add up the counts of several bodies, cells and further tables, and audit the sum.

    Args:
        outs: Folders that ``impact audit run`` wrote.
        disjoint: Nobody has rows in two of the folders: declared by whoever merges.
        settings: Where template sets are found.
        now: Printed as the time of the findings.
        step: Told one line of progress at each stage.
        second_opinion: Let fairlearn and aif360 recompute every figure.

    Raises:
        MetricError: E151 a folder without findings or cells; D155 (exit 5) its cells are other ones; D150 to D152, D158
            as :func:`impact.metrics.tools.merge.merge`; M110 (exit 5) the second opinion disagrees.
    """
    from impact.chain.audit import audit_files
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.second_opinion import second_opinion as ask
    from impact.metrics.tools.merge import merge

    step(f"reading the counts of {len(outs)} folders")
    merged = merge(read_bodies(outs), disjoint=disjoint)
    step(f"analysing {merged.cells.n:,} counted, in {len(merged.cells.rows):,} cells")
    result = analyse(merged.plan, merged.cells, checks=merged.checks, aggregates=merged.aggregates)
    opinion = None
    if second_opinion:
        step("asking fairlearn and aif360 to recompute the same cells")
        opinion = ask(result)
        opinion.raise_if_disagrees()
    found = result.to_json(
        created=now.isoformat(timespec="seconds"),
        tool_version=__version__,
        registered=merged.registered,
        fingerprint=merged.fingerprint,
        engine="cells",
        second_opinion=opinion,
    )
    tables = {name: table.to_parquet() for name, table in merged.aggregates.items()}
    made = audit_files(found, merged.cells.to_parquet(), settings=settings, step=step, aggregates=tables)
    made.files["audit.yaml"] = merged.plan_text.encode()
    return made


def read_bodies(outs: Sequence[Path]) -> list[Body]:
    """The plans, counts and findings of folders that ``impact audit run`` wrote.

    Raises:
        MetricError: E151 a folder without them; D155 (exit 5) counts that are not those of the findings; D90, D91.
    """
    from impact.metrics.plans.plan_file import plan_of
    from impact.metrics.tools.merge import Body

    bodies: list[Body] = []
    faults: list[Fault] = []
    names = [out.resolve().name for out in outs]
    for place, out in enumerate(outs):
        try:
            folder, found = read_findings(out)
            # Folders of different bodies are often all called “out”: a number keeps them apart.
            name = names[place] if names.count(names[place]) == 1 else f"{names[place]} ({place + 1})"
            plan = plan_of(found["plan"], name=f"{folder / FINDINGS}: plan")
            cells, data = read_cells(folder, found)
            bodies.append(Body(name, plan, cells, found, data, read_aggregates(folder, found)))
        except MetricError as error:
            faults += error.faults
    if faults:
        raise MetricError(faults)
    return bodies


def read_findings(out: Path) -> tuple[Path, Mapping[str, Any]]:
    """Folder and findings of ``impact audit run``, named by the folder or by its findings.json.

    Raises:
        MetricError: E151 there are none, or what is there is not such a file.
    """
    path = out / FINDINGS if out.is_dir() else out
    wanted = f"a folder that “impact audit run” wrote, with {FINDINGS}"
    if not path.is_file():
        raise MetricError(Fault(str(path), "there is no such file", wanted, "Check the path", "E151"))
    if path.stat().st_size > _MAX_BYTES:
        raise MetricError(Fault(str(path), "the file is larger than 500 MB", wanted, "Check the path", "E151"))
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise MetricError(Fault(str(path), "the file is not JSON", wanted, "Check the path", "E151")) from None
    if not isinstance(found, dict) or found.get("schema") != _SCHEMA or not all(key in found for key in _KEYS):
        raise MetricError(Fault(str(path), "it holds no findings of an audit", wanted, "Check the path", "E151"))
    return path.parent, found


def read_cells(folder: Path, found: Mapping[str, Any]) -> tuple[Cells, bytes]:
    """The counts that findings were made from, and their bytes.

    Raises:
        MetricError: E151 the file is missing; D90, D91 it holds no counts; D155 (exit 5) it holds other ones.
    """
    from impact.metrics.tables.cells import Cells

    path = folder / CELLS
    if not path.is_file():
        remedy = "Ask the body for the whole folder"
        raise MetricError(Fault(str(path), "there is no such file", "the counts beside the findings", remedy, "E151"))
    data = path.read_bytes()
    cells = Cells.from_parquet(data)
    if cells.digest != found["cells_digest"]:
        remedy = "Ask for both files as they were written together"
        raise MetricError(
            Fault(str(path), "not the counts that the findings were made from", "", remedy, "D155", Exit.DISAGREES)
        )
    return cells, data


def read_aggregates(folder: Path, found: Mapping[str, Any]) -> dict[str, Aggregate]:
    """The further count tables that findings name, from the files beside them.

    Raises:
        MetricError: E151 a file is missing; D90, D91 it holds no such table; D155 (exit 5) it holds another one.
    """
    from impact.metrics.tables.aggregates import NAMES, Aggregate

    tables: dict[str, Aggregate] = {}
    faults: list[Fault] = []
    named = found.get("aggregates") or {}
    for name, digest in sorted(named.items()) if isinstance(named, dict) else ():
        path = folder / f"{name}.parquet"
        if name not in NAMES or not path.is_file() or path.stat().st_size > _MAX_BYTES:
            what = "there is no such file" if name in NAMES else "the findings name a table that impact does not know"
            remedy = "Ask the body for the whole folder"
            faults.append(Fault(str(path), what, "every count table beside the findings", remedy, "E151"))
            continue
        table = Aggregate.from_parquet(path.read_bytes())
        if table.digest != digest or table.name != name:
            what, remedy = "not the counts that the findings were made from", "Ask for files that were written together"
            faults.append(Fault(str(path), what, "", remedy, "D155", Exit.DISAGREES))
        tables[name] = table
    if faults:
        raise MetricError(faults)
    return tables


def profile_table(table: Path, *, plan: Path, delimiter: str, encoding: str) -> Profile:
    """A first look at a table, counts only.

    Args:
        table: CSV or Parquet, in the folder where the plan will stand or below it.
        plan: Where the plan will stand.
        delimiter, encoding: Of a CSV file.

    Raises:
        MetricError: D78 the table stands elsewhere; D-codes of a table that cannot be read.
    """
    from impact.metrics.counting.profile import profile

    base = plan.resolve().parent
    place = table.parent.resolve() / table.name
    if not place.is_relative_to(base):
        remedy = f"Copy it there, or write the plan beside it: -o {table.parent / plan.name}"
        raise MetricError(Fault(str(table), f"the table is outside {plan.parent}", "below the plan", remedy, "D78"))
    return profile(place.relative_to(base).as_posix(), base=base, delimiter=delimiter, encoding=encoding)


def draft_plan(seen: Profile, *, answers: Path | None, ask: Callable[[], Mapping[str, Any]]) -> str:
    """The plan as text, from a file of answers or from a person.

    Args:
        seen: The table.
        answers: A YAML file of answers, or None.
        ask: Asks a person, where there is no file.

    Raises:
        MetricError: E001 to E004 the file is no YAML; E152 an answer is missing, unknown or does not fit the table.
    """
    from impact.metrics.tools.init_plan import draft
    from impact.yamlfile import YamlFaults, load

    if answers is None:
        return draft(seen, ask())
    try:
        given = load(answers, family="E").data
    except YamlFaults as error:
        raise MetricError(error.faults) from None
    if not isinstance(given, dict):
        raise MetricError(Fault(str(answers), "the file holds no answers", "names and answers", "", "E152"))
    return draft(seen, given, name=str(answers))
