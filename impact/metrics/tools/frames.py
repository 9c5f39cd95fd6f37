"""Cells as the objects of fairlearn and aif360, for those who want to go on with these libraries.

In: cells. Out: a fairlearn ``MetricFrame``, or a pair of aif360 datasets, on weighted cells. Equal to those on
rows for everything that takes weights; what does not is named in each docstring.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.libraries import quiet
from impact.metrics.tables.cells import Cells

__all__ = ["aif360_datasets", "metric_frame"]

Weighted = Callable[..., float]


def _rows(cells: Cells, by: str) -> list[tuple[str, int, int, int]]:
    """(group, outcome, decision, n) of everybody whose outcome and decision are known."""
    if by not in cells.groups:
        known = ", ".join(cells.groups)
        raise MetricError(Fault(f"characteristic “{by}”", "the cells do not hold it", f"one of {known}", "", "M105"))
    at = cells.groups.index(by)
    total: dict[tuple[str, int, int], int] = {}
    for cell in cells:
        if cell.outcome >= 0 and cell.decision >= 0:
            key = (cell.group[at], cell.outcome, cell.decision)
            total[key] = total.get(key, 0) + cell.n
    if not total:
        wanted = "people with a known outcome and decision"
        raise MetricError(Fault("cells", "nobody has both an outcome and a decision", wanted, "", "M105"))
    return [(*key, n) for key, n in sorted(total.items())]


def metric_frame(cells: Cells, by: str, *, metrics: Mapping[str, Weighted] | None = None) -> Any:
    """A real fairlearn ``MetricFrame`` of one characteristic.

    Args:
        cells: The counts.
        by: Key of the characteristic; people whose value is not known are a level of their own.
        metrics: Name -> function that takes ``sample_weight``; fairlearn's selection rate and error rates by default.
            Never ``count``, which takes no weights and would count cells; never ask for ``n_boot``, which would
            resample cells.

    Raises:
        MetricError: M105 the characteristic or outcomes are missing, M111 fairlearn cannot be loaded (exit 7).

    fairlearn gives 0 where a rate has no denominator; our own tables say why there is none.

    >>> from impact.metrics.tables.cells import Cell
    >>> cells = Cells.of(["g"], [Cell(("a",), 1, 1, -1, 3), Cell(("a",), 0, 1, -1, 1), Cell(("b",), 0, 0, -1, 4)])
    >>> metric_frame(cells, "g").by_group.loc["a", "selection_rate"].item()
    1.0
    """
    with quiet("fairlearn"):
        import fairlearn.metrics as fm
        import pandas as pd

    frame = pd.DataFrame(_rows(cells, by), columns=[by, "outcome", "decision", "n"])
    chosen = metrics or {
        "selection_rate": fm.selection_rate,
        "true_positive_rate": fm.true_positive_rate,
        "false_positive_rate": fm.false_positive_rate,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is ill-defined.*")
        return fm.MetricFrame(
            metrics=dict(chosen),
            y_true=frame["outcome"],
            y_pred=frame["decision"],
            sensitive_features=frame[by],
            sample_params={name: {"sample_weight": frame["n"]} for name in chosen},
        )


def aif360_datasets(cells: Cells, by: str, group: str) -> tuple[Any, Any]:
    """Outcomes and decisions as two weighted aif360 ``BinaryLabelDataset``, with ``group`` coded 1 and others 0.

    Its Theil and generalised entropy indices ignore weights, and its consistency score has no meaning on cells.

    Raises:
        MetricError: M105 the characteristic or outcomes are missing, M111 aif360 cannot be loaded (exit 7).
    """
    with quiet("aif360"):
        import pandas as pd
        from aif360.datasets import BinaryLabelDataset

    rows = [(float(level == group), y, d, n) for level, y, d, n in _rows(cells, by)]
    frame = pd.DataFrame(rows, columns=[by, "outcome", "decision", "n"]).astype(float)

    def dataset(column: str) -> Any:
        return BinaryLabelDataset(
            favorable_label=1.0,
            unfavorable_label=0.0,
            df=frame[[by, column, "n"]].rename(columns={column: "label"}),
            label_names=["label"],
            protected_attribute_names=[by],
            instance_weights_name="n",
        )

    return dataset("outcome"), dataset("decision")
