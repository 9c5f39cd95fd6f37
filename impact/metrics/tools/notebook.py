"""The Python interface for notebooks: a data frame, or a plan, to an audit that shows itself.

In: a frame and a few words, or a plan. Out: ``Audit`` with pandas tables and a page for the notebook.
Personal data: the frame goes to the counting engine and is not kept; an ``Audit`` holds counts only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.topics import TABLES
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan, plan_of
from impact.metrics.tables.cells import Cells
from impact.metrics.tables.checks import Check

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "from_frame", "from_plan"]

_TABLES = ("rates", "disparities", "bounds", "groups", "coverage", *TABLES, "screens")
_FIRST = 8


@dataclass(frozen=True)
class Audit:
    """One audit, from counts to findings.

    Attributes:
        plan: What was declared.
        cells: The counts.
        checks: What the data gave rise to.
        result: Rates, comparisons, findings.
    """

    plan: AuditPlan
    cells: Cells
    checks: tuple[Check, ...]
    result: AuditResult

    @cached_property
    def json(self) -> dict[str, Any]:
        """The same as findings.json, without file and time."""
        from impact import __version__

        return self.result.to_json(created="", tool_version=__version__)

    @property
    def findings(self) -> list[str]:
        """The sentences of all findings, most serious first."""
        return [finding["sentence"] for finding in self.json["findings"]]

    def table(self, name: str, *, by: Sequence[str] | None = None) -> pd.DataFrame:
        """One table as a pandas frame; undefined values are missing, and the column ``reason`` says why.

        Args:
            name: A list of ``tables`` in docs/record.md: rates, disparities, bounds, groups, coverage, screens, or one
                of a topic, such as scores, calibration and sweep.
            by: Only rows about exactly these characteristics; None for all rows, ``()`` for everybody and for what is
                about no group, such as a timeline.

        Raises:
            MetricError: M104 there is no such table.
        """
        import pandas as pd

        if name not in _TABLES:
            raise MetricError(Fault(f"table “{name}”", "no such table", f"one of {', '.join(_TABLES)}", "", "M104"))
        told = [(row.get("group") or {}, row) for row in self.json["tables"].get(name, ())]  # some are about no group
        kept = [(group, row) for group, row in told if by is None or set(group) == set(by)]
        keys = list(dict.fromkeys(key for group, _ in kept for key in group))
        return pd.DataFrame([{**{key: group.get(key) for key in keys}, **_flat(row)} for group, row in kept])

    def _repr_html_(self) -> str:
        """Findings and rates of the primary metrics, for a notebook."""
        told = self.json["findings"]
        items = "".join(
            f"<li><b>{escape(finding['id'])}</b> {escape(finding['verdict'].replace('_', ' '))}: "
            f"{escape(finding['sentence'])}</li>"
            for finding in told[:_FIRST]
        )
        more = f"<p>{len(told) - _FIRST} more findings.</p>" if len(told) > _FIRST else ""
        shown = self.table("rates")
        shown = shown[shown["metric"].isin(self.plan.rules.primary)]
        return (
            f"<h3>{escape(self.plan.title)}</h3><p>{self.cells.n:,} counted in {len(self.cells.rows):,} cells.</p>"
            f"<ul>{items}</ul>{more}{shown.to_html(index=False, na_rep='–', escape=True)}"
        )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key == "group":
            continue
        if key == "ci":
            flat["low"], flat["high"] = value if value is not None else (None, None)
        elif isinstance(value, Mapping):
            flat |= {f"{key}_{inner}": part for inner, part in _flat(value).items()}
        else:
            flat[key] = value
    return flat


def _audit(plan: AuditPlan, counted: Counted) -> Audit:
    return Audit(plan, counted.cells, counted.checks, _analysed(plan, counted))


def _analysed(plan: AuditPlan, counted: Counted) -> AuditResult:
    return analyse(plan, counted.cells, checks=counted.checks, aggregates=counted.aggregates)


def from_plan(path: str | Path) -> Audit:
    """Count and analyse what a plan file names. The second opinion is a command of its own (``impact audit run``).

    Raises:
        MetricError: As ``load_plan``, ``count`` and ``analyse``.
    """
    path = Path(path)
    plan = load_plan(path)
    return _audit(plan, count(plan, base=path.parent))


def from_frame(
    frame: Any,
    *,
    decision: str,
    effect: str,
    groups: Iterable[str],
    outcome: str | None = None,
    yes: Iterable[Any] = (1,),
    no: Iterable[Any] = (0,),
    label: str = "selected",
    outcome_label: str = "the outcome",
    outcome_yes: Iterable[Any] = (1,),
    outcome_no: Iterable[Any] = (0,),
    observed_when: str = "always",
    intersections: Iterable[Sequence[str]] = (),
    primary: Sequence[str] | None = None,
    margin: Mapping[str, Any] | None = None,
    pool: str = "everybody in the frame",
    title: str = "Audit of a data frame",
) -> Audit:
    """Audit a data frame: pandas, polars, pyarrow or a DuckDB relation.

    Args:
        frame: One row for each person or decision.
        decision: Column of the decision; ``yes`` and ``no`` say which of its values are which.
        effect: What a yes does to the person: burden, benefit, identification or neither. There is no default.
        groups: Columns of characteristics.
        outcome: Column of what turned out, if there is one, with ``outcome_yes`` and ``outcome_no``.
        label, outcome_label: Words for a yes: "flagged for investigation", "misconduct upheld".
        observed_when: ``decision_yes`` where outcomes exist only for people with a yes.
        intersections: Combinations of characteristics to look at.
        primary: Metrics declared beforehand; selection rate, and with an outcome the false positive rate and PPV.
        margin: Material disparity: ``{"kind": "ratio", "value": 1.25, "reason": "…"}``.
        pool, title: Who could have been affected; what the audit is called.

    Raises:
        MetricError: As for a plan file: unknown columns, unmapped values, and so on.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "F", "M", "M"], "flag": [1, 0, 0, 0]})
    >>> audit = from_frame(frame, decision="flag", effect="burden", groups=["sex"], label="flagged")
    >>> audit.result.rate("selection_rate", sex="F").value
    0.5
    """
    names = list(groups)
    observed_for_yes = observed_when == "decision_yes"
    chosen = primary or (("selection_rate",) if outcome is None else ("selection_rate", "ppv"))
    if primary is None and outcome is not None and not observed_for_yes:
        chosen = ("selection_rate", "fpr", "ppv")
    columns: dict[str, Any] = {
        "decision": {"name": decision, "yes": list(yes), "no": list(no), "effect": effect, "label": label}
    }
    if outcome is not None:
        columns["outcome"] = {
            "name": outcome,
            "yes": list(outcome_yes),
            "no": list(outcome_no),
            "label": outcome_label,
            "observed_when": observed_when,
        }
    plan = plan_of(
        {
            "version": 1,
            "title": title,
            "question": "Do the groups differ?",
            "pool": pool,
            "source": {"kind": "parquet", "path": "-"},
            "columns": columns,
            "groups": {name: {"name": name} for name in names},
            "intersections": [list(each) for each in intersections],
            "plan": {"primary": list(chosen), **({"margin": dict(margin)} if margin else {})},
        }
    )
    return _audit(plan, count_frame(plan, frame))
