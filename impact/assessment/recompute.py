"""Compute a record's figures again from what is attached to it.

In: a record (plain data) and its cells. Out: for each kind of figure whether it comes out the same.
Reads no file of the assessment: a stranger who holds only the document can do this.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impact import __version__
from impact.canonical import canonical_json
from impact.errors import ImpactError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.metrics.disclosure.published import Published
    from impact.metrics.tables.aggregates import Aggregate
    from impact.metrics.tables.cells import Cells

__all__ = ["Comparison", "audit_again", "findings_again", "recompute", "suppliers_again"]


@dataclass(frozen=True)
class Comparison:
    """One kind of figure, computed again.

    Attributes:
        what: ``cells``, ``findings``, ``scores`` or ``suppliers``.
        same: True, False, or None where it could not be computed here.
        text: What was found, in plain words.
    """

    what: str
    same: bool | None
    text: str


def recompute(
    record: dict[str, Any], cells: bytes | None, *, settings: Settings, aggregates: Mapping[str, bytes] | None = None
) -> list[Comparison]:
    """Compare the record's findings with its cells, and its scores with its answers.

    Args:
        record: The attached record, parsed.
        cells: The attached counts as Parquet; None when there are none.
        aggregates: The further attached count tables as Parquet, by name.
        settings: Where packs are found: scores are computed only with a pack whose digest is the one recorded.
    """
    found: list[Comparison] = []
    if record.get("redaction") is not None:
        from impact.assessment.redaction.recheck import recompute_public

        public = recompute_public(record, cells, settings=settings, aggregates=aggregates or {})
        return [_with_release(one, record) for one in public]
    if record.get("audit") is not None or cells is not None:
        found += findings_again(record.get("audit"), cells, aggregates or {})
    if record.get("scoring") is not None or record.get("points") is not None:
        found.append(_scores(record, settings))
    if record.get("suppliers") is not None:
        found.append(suppliers_again(record["suppliers"]))
    return [_with_release(one, record) for one in found]


def _with_release(found: Comparison, record: Mapping[str, Any]) -> Comparison:
    """What differs, with the releases where the document was made with another: methods may have been corrected since.

    >>> wrong = Comparison("findings", False, "1 figure comes out differently")
    >>> _with_release(wrong, {"tool": {"version": "0.0.9"}}).text[:64]
    '1 figure comes out differently (made with impact 0.0.9; this is '
    """
    tool = record.get("tool")
    made = tool.get("version") if isinstance(tool, dict) else None
    if found.same is not False or not isinstance(made, str) or made == __version__ or len(made) > 40:
        return found
    text = (
        f"{found.text} (made with impact {made}; this is {__version__}: “Results” in the changelog says which figures "
        f"changed between them, and impact {made} computes them as it did)"
    )
    return replace(found, text=text)


def suppliers_again(block: dict[str, Any]) -> Comparison:
    """Totals, order and shares of the comparison of suppliers, from marks and weights."""
    from impact.assessment.suppliers import suppliers_result

    try:
        same = canonical_json(suppliers_result(block["declared"])) == canonical_json(block["result"])
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        text = f"the comparison of suppliers cannot be computed again: {type(error).__name__}"
        return Comparison("suppliers", False, text)
    if same:
        text = "totals, order and shares of weightings of the suppliers come out the same from the attached marks"
        return Comparison("suppliers", True, text)
    return Comparison("suppliers", False, "the comparison of suppliers comes out differently from the attached marks")


def audit_again(
    audit: Mapping[str, Any], counts: Cells | Published, tables: Mapping[str, Aggregate]
) -> tuple[dict[str, Any], bool]:
    """The comparable part of findings.json from its counts, and whether its plan is the one that its digest names.

    Raises:
        ImpactError, KeyError, TypeError, ValueError: The audit has another form, or the plan does not fit the counts.
    """
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.differences import comparable
    from impact.metrics.plans.plan import AuditPlan

    plan = AuditPlan.model_validate_json(canonical_json(audit["plan"]))
    named = plan.digest == audit["plan_digest"]
    # Canonical JSON sorts keys; the order in which the plan lists its groups stands in the counts.
    plan = plan.model_copy(update={"groups": {key: plan.groups[key] for key in counts.groups}})
    made = analyse(plan, counts, aggregates=tables)
    result = made.to_json(created="", tool_version="", registered=audit["plan_registered"])
    return json.loads(canonical_json(comparable(result))), named


def _partly(audit: dict[str, Any], result: dict[str, Any], named: bool, hidden: Collection[str]) -> Comparison:
    """A public version: every part that is shown is held against what the counts give without those withheld."""
    from impact.metrics.analysis.differences import comparable, differences

    if not named:
        return Comparison("findings", False, "the plan in the record is not the one its digest names")
    left_out = {name.removeprefix("audit/") for name in hidden}
    shown = {key: part for key, part in comparable(audit).items() if key not in left_out}
    made = {key: part for key, part in result.items() if key in shown or key not in audit}
    made["tables"] = {key: part for key, part in result["tables"].items() if f"tables/{key}" not in left_out}
    wrong = differences(json.loads(canonical_json(shown)), made)
    if wrong:
        text = f"{len(wrong)} figures come out differently, the first at {wrong[0]}"
        return Comparison("findings", False, text)
    count = sum(name.startswith("audit/") for name in hidden)
    text = f"what is shown of the audit comes out the same from the attached counts; {count} of its parts are withheld"
    return Comparison("findings", True, text)


def findings_again(
    audit: dict[str, Any] | None, cells: bytes | None, attached: Mapping[str, bytes], hidden: Collection[str] = ()
) -> list[Comparison]:
    """The attached counts and the findings; of a public version without the parts that are ``hidden``."""
    if cells is None:
        return [Comparison("cells", False, "the record has findings but no counts are attached")]
    if audit is None:
        return [Comparison("cells", False, "counts are attached but the record has no findings")]
    from impact.metrics.analysis.differences import comparable, differences
    from impact.metrics.disclosure.published_file import read_published
    from impact.metrics.tables.aggregates import Aggregate
    from impact.metrics.tables.cells import Cells

    try:
        protected = (audit.get("disclosure") or {}).get("status") == "protected"
        counts = read_published(cells) if protected else Cells.from_parquet(cells)
        tables = {name: Aggregate.from_parquet(data) for name, data in sorted(attached.items())}
    except ImpactError as error:
        return [Comparison("cells", False, f"the attached counts cannot be read: {error.faults[0].found}")]
    if counts.digest != audit.get("cells_digest"):
        return [Comparison("cells", False, "the attached counts are not those the findings were computed from")]
    if {name: table.digest for name, table in tables.items()} != (audit.get("aggregates") or {}):
        return [Comparison("cells", False, "the further attached counts are not those the findings name")]
    same_cells = Comparison("cells", True, f"the attached counts ({counts.n:,}) are those the findings name")
    try:
        result, named = audit_again(audit, counts, tables)
        if hidden:
            return [same_cells, _partly(audit, result, named, hidden)]
        wrong = differences(json.loads(canonical_json(comparable(audit))), result)
    except (ImpactError, KeyError, TypeError, ValueError) as error:
        return [same_cells, Comparison("findings", False, f"they cannot be computed again: {type(error).__name__}")]
    if not named:
        return [same_cells, Comparison("findings", False, "the plan in the record is not the one its digest names")]
    if wrong:
        text = f"{len(wrong)} figures come out differently, the first at {wrong[0]}"
        return [same_cells, Comparison("findings", False, text)]
    text = f"all {len(audit['findings'])} findings and every rate come out the same from the attached counts"
    return [same_cells, Comparison("findings", True, text)]


def _scores(record: dict[str, Any], settings: Settings) -> Comparison:
    from impact.assessment.again import blocks_again, read_pack

    try:
        again = read_pack(record, settings)
        if isinstance(again, str):
            return Comparison("scores", None, again)
        made = blocks_again(record, again, answers=record["answers"], judgements=record.get("judgements"))
        same = all(canonical_json(made[name]) == canonical_json(record[name]) for name in _compared(record, made))
    except (ImpactError, KeyError, TypeError, ValueError) as error:
        return Comparison("scores", False, f"the scores cannot be computed again: {type(error).__name__}")
    rulings = sum(entry["ruling"] is not None for entry in (made.get("claims") or {}).get("checks", ()))
    what = f"every score and each of {rulings} rulings on claims" if rulings else "every score"
    text = f"{what} comes out the same" if same else "some scores or rulings come out differently"
    if "points" in made and not same:
        text = "some scores come out differently"
    source = "answers and counts of the log" if record.get("claims") is not None else "answers"
    return Comparison("scores", same, f"{text} from the attached {source}{again.source}")


def _compared(record: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Blocks that are held against the record. Law is read from the pack; promises and draft questions are younger."""
    left_out = {"law"} | ({"claims"} if record.get("claims") is None else set())
    if record.get("promises") is None and record.get("enquiries") is None:
        left_out |= {"promises", "enquiries"}
    return [name for name in made if name not in left_out]
