"""fairlearn and aif360 on weighted cells: the one place where either is loaded.

In: cells of groups and of their complements. Out: each library's rates of the groups and their differences from the
complements. Knows nothing of our own values. Numeric codes only, instance weights always; loaded in silence, with
logging left as it was found.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from impact.errors import Exit, Fault, MetricError
from impact.metrics.tables.cells import Cell

__all__ = ["Library", "Pair", "Row", "Values", "kind_of", "load_aif360", "load_fairlearn", "quiet", "rows_of"]

# One weighted row as the libraries see it: outcome, decision, how many.
Row = tuple[int, int, int]
# A group, and those who do not share it where it is compared with them.
Pair = tuple[list[Row], list[Row] | None]
# A library's values for one pair: (metric, "group" or "difference") -> value.
Values = dict[tuple[str, str], float]
Library = tuple[str, Callable[[list[str], list[Pair]], list[Values]]]

# A rate that needs one column only is the mean of that column, so it is given in both places. Each kind of metric sees
# exactly the people that belong to its denominator's universe. Straight from the cells and not from our own tallies:
# what is checked must not rest on what checks it.
_ONE_COLUMN: Mapping[str, Callable[[Cell], int]] = {
    "selection_rate": lambda cell: cell.decision,
    "base_rate": lambda cell: cell.outcome,
    "override_rate": lambda cell: 1 - cell.human if cell.decision == 1 and cell.human >= 0 else -1,
}


def kind_of(metric: str) -> str:
    """Metrics of one kind can be computed from the same rows.

    >>> kind_of("fpr"), kind_of("base_rate")
    ('confusion', 'base_rate')
    """
    return metric if metric in _ONE_COLUMN else "confusion"


def rows_of(kind: str, cells: Iterable[Cell]) -> list[Row]:
    """Weighted rows (outcome, decision, how many) of everybody whom metrics of this kind need.

    >>> rows_of("selection_rate", [Cell(("a",), -1, 1, -1, 3), Cell(("b",), 1, 1, -1, 4), Cell(("b",), 1, -1, -1, 9)])
    [(1, 1, 7)]
    """
    total: dict[tuple[int, int], int] = {}
    for cell in cells:
        column = _ONE_COLUMN.get(kind)
        pair = (cell.outcome, cell.decision) if column is None else (column(cell), column(cell))
        if min(pair) >= 0:
            total[pair] = total.get(pair, 0) + cell.n
    return [(*pair, n) for pair, n in sorted(total.items())]


def _missing(name: str, error: ImportError) -> MetricError:
    return MetricError(
        Fault(
            "second opinion",
            f"{name} cannot be loaded ({type(error).__name__})",
            "both libraries",
            f"Install it with “pip install {name}”, or give --without-second-opinion, which the report prints",
            "M111",
            Exit.MISSING,
        )
    )


def load_fairlearn() -> Library:
    with quiet("fairlearn"):
        import fairlearn
        import fairlearn.metrics as fm
        import pandas as pd
        from sklearn import metrics as sk  # type: ignore[import-untyped]  # publishes no types

    # Precision and its relatives are the same functions with outcome and decision in each other's place: the false
    # positive rate of the outcome "given" the decision is the false omission rate.
    swapped = {
        "npv": fm.true_negative_rate,
        "fdr": fm.false_negative_rate,
        "for": fm.false_positive_rate,
    }
    direct = {
        "tpr": fm.true_positive_rate,
        "fpr": fm.false_positive_rate,
        "fnr": fm.false_negative_rate,
        "tnr": fm.true_negative_rate,
        "ppv": sk.precision_score,
        "accuracy": sk.accuracy_score,
    }

    def function(metric: str) -> Any:
        if metric in direct:
            return direct[metric]
        if metric in swapped:
            inner = swapped[metric]
            return lambda y_true, y_pred, sample_weight: inner(y_pred, y_true, sample_weight=sample_weight)
        return fm.selection_rate

    def compute(metrics: list[str], pairs: list[Pair]) -> list[Values]:
        # All groups and all complements are levels of one frame: a frame of its own for each would cost ten times more.
        rows = [(f"{i} own", *row) for i, (own, _) in enumerate(pairs) for row in own]
        rows += [(f"{i} others", *row) for i, (_, others) in enumerate(pairs) for row in others or ()]
        if not rows:
            return [{} for _ in pairs]
        frame = pd.DataFrame(rows, columns=["side", "y", "d", "n"])
        with warnings.catch_warnings():
            # Undefined in ours and 0 in theirs: it is not compared.
            warnings.filterwarnings("ignore", message=".*is ill-defined.*")
            found = fm.MetricFrame(
                metrics={metric: function(metric) for metric in metrics},
                y_true=frame["y"],
                y_pred=frame["d"],
                sensitive_features=frame["side"],
                sample_params={metric: {"sample_weight": frame["n"]} for metric in metrics},
            )
        table = found.by_group.to_dict("index")
        return [_values(metrics, table.get(f"{i} own"), table.get(f"{i} others")) for i in range(len(pairs))]

    return fairlearn.__version__, compute


@contextmanager
def aif360_metric(own: list[Row], others: list[Row]) -> Iterator[Any]:
    """aif360's ``ClassificationMetric`` of a group against its complement; both have somebody."""
    import pandas as pd
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    rows = [(1.0, *row) for row in own] + [(0.0, *row) for row in others]
    frame = pd.DataFrame(rows, columns=["G", "y", "d", "n"]).astype(float)

    def dataset(column: str) -> Any:
        return BinaryLabelDataset(
            favorable_label=1.0,
            unfavorable_label=0.0,
            df=frame[["G", column, "n"]].rename(columns={column: "y"}),
            label_names=["y"],
            protected_attribute_names=["G"],
            instance_weights_name="n",
        )

    with warnings.catch_warnings():
        # An undefined rate of the complement divides by zero inside; it is not compared.
        warnings.filterwarnings("ignore", message="invalid value encountered", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message="divide by zero encountered", category=RuntimeWarning)
        yield ClassificationMetric(
            dataset("y"), dataset("d"), unprivileged_groups=[{"G": 1.0}], privileged_groups=[{"G": 0.0}]
        )


def load_aif360() -> Library:
    with quiet("aif360"):
        from importlib.metadata import version

        import aif360.datasets
        import aif360.metrics  # noqa: F401 - loaded here, in silence; used by aif360_metric

    def one(metrics: list[str], own: list[Row], others: list[Row] | None) -> Values:
        if not own:
            return {}
        # Without a complement the group stands on both sides: the library refuses an empty one.
        with aif360_metric(own, others or own) as found:
            functions = {
                "selection_rate": found.selection_rate,
                "base_rate": found.base_rate,
                "override_rate": found.selection_rate,
                "tpr": found.true_positive_rate,
                "fpr": found.false_positive_rate,
                "fnr": found.false_negative_rate,
                "tnr": found.true_negative_rate,
                "ppv": found.positive_predictive_value,
                "npv": found.negative_predictive_value,
                "fdr": found.false_discovery_rate,
                "for": found.false_omission_rate,
                "accuracy": found.accuracy,
            }
            # Its own difference functions where it has them, else the difference of its two rates.
            gaps = {
                "selection_rate": found.statistical_parity_difference,
                "override_rate": found.statistical_parity_difference,
                "tpr": found.equal_opportunity_difference,
                "fpr": found.false_positive_rate_difference,
                "fnr": found.false_negative_rate_difference,
                "fdr": found.false_discovery_rate_difference,
                "for": found.false_omission_rate_difference,
                "accuracy": lambda: -found.error_rate_difference(),
            }
            values: Values = {}
            for metric in metrics:
                rate = functions[metric]
                values[metric, "group"] = float(rate(privileged=False))
                if others:
                    gap = gaps.get(metric)
                    values[metric, "difference"] = (
                        float(gap()) if gap else float(rate(privileged=False)) - float(rate(privileged=True))
                    )
        return values

    def compute(metrics: list[str], pairs: list[Pair]) -> list[Values]:
        return [one(metrics, own, others) for own, others in pairs]

    return version("aif360"), compute


def _values(metrics: list[str], own: Mapping[str, float] | None, others: Mapping[str, float] | None) -> Values:
    """Rates of a group, and differences where there is a complement, from a table of rates."""
    values: Values = {}
    for metric in metrics:
        if own is not None:
            values[metric, "group"] = float(own[metric])
            if others is not None:
                values[metric, "difference"] = float(own[metric]) - float(others[metric])
    return values


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Import a library in silence, and leave logging as it was.

    Raises:
        MetricError: M111 with exit status 7 when ``name`` cannot be loaded.

    aif360 logs missing optional packages through the root logger while it is imported, which also leaves a handler
    there for good, even under ``logging.disable`` (engine.md, section 1).
    """
    root = logging.getLogger()
    handlers, disabled = root.handlers[:], root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # Third-party modules warn about their own deprecations on import; nothing in them is ours to repair.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", SyntaxWarning)
            yield
    except ImportError as error:
        raise _missing(name, error) from None
    finally:
        logging.disable(disabled)
        root.handlers[:] = handlers
