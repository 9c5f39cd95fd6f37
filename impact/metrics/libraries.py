"""fairlearn and aif360 on weighted cells: the one place where either is loaded.

In: tallies of a group and of its complement. Out: each library's rates of the group and its differences from the
complement. Knows nothing of our own values. Numeric codes only, instance weights always; loaded in silence, with
logging left as it was found.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from impact.errors import Exit, Fault, MetricError
from impact.metrics.catalogue import CATALOGUE
from impact.metrics.tally import Tally

__all__ = ["KINDS", "Library", "Values", "kind_of", "load_aif360", "load_fairlearn"]

# A library's values for one job: (metric, "group" or "difference") -> value.
Values = dict[tuple[str, str], float]
Library = tuple[str, Callable[[str, list[str], Tally, Tally | None], Values]]


# One weighted row as the libraries see it: outcome, decision, how many.
Row = tuple[int, int, int]

# A rate that needs one column only is the mean of that column, so it is given in both places. Each kind of metric sees
# exactly the people that belong to its denominator's universe.
KINDS: Mapping[str, Callable[[Tally], list[Row]]] = {
    "confusion": lambda t: [(1, 1, t.tp), (0, 1, t.fp), (1, 0, t.fn), (0, 0, t.tn)],
    "selection_rate": lambda t: [(1, 1, t.yes), (0, 0, t.no)],
    "base_rate": lambda t: [(1, 1, t.positive), (0, 0, t.outcomes_known - t.positive)],
    "override_rate": lambda t: [(1, 1, t.reversed), (0, 0, t.reviewed - t.reversed)],
}


def kind_of(metric: str) -> str:
    return metric if metric in KINDS else "confusion"


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
    try:
        with _quiet():
            import fairlearn
            import fairlearn.metrics as fm
            import pandas as pd
            from sklearn import metrics as sk  # type: ignore[import-untyped]  # publishes no types
    except ImportError as error:
        raise _missing("fairlearn", error) from None

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

    def compute(kind: str, metrics: list[str], own: Tally, others: Tally | None) -> Values:
        rows = [("own", *row) for row in KINDS[kind](own)]
        if others is not None:
            rows += [("others", *row) for row in KINDS[kind](others)]
        frame = pd.DataFrame([row for row in rows if row[3]], columns=["side", "y", "d", "n"])
        with warnings.catch_warnings():
            # A complement without, say, positives is undefined in ours and 0 in theirs: it is not compared.
            warnings.filterwarnings("ignore", message=".*ill-defined.*", category=UserWarning)
            warnings.filterwarnings("ignore", message=".*is ill-defined.*")
            found = fm.MetricFrame(
                metrics={metric: function(metric) for metric in metrics},
                y_true=frame["y"],
                y_pred=frame["d"],
                sensitive_features=frame["side"],
                sample_params={metric: {"sample_weight": frame["n"]} for metric in metrics},
            )
        table = found.by_group
        values: Values = {}
        for metric in metrics:
            values[metric, "group"] = float(table.loc["own", metric])
            if "others" in table.index:
                values[metric, "difference"] = float(table.loc["own", metric]) - float(table.loc["others", metric])
        return values

    return fairlearn.__version__, compute


def load_aif360() -> Library:
    try:
        with _quiet():
            from importlib.metadata import version

            import pandas as pd
            from aif360.datasets import BinaryLabelDataset
            from aif360.metrics import ClassificationMetric
    except ImportError as error:
        raise _missing("aif360", error) from None

    def compute(kind: str, metrics: list[str], own: Tally, others: Tally | None) -> Values:
        rows = [(1.0, *row) for row in KINDS[kind](own)]
        # Without a complement the group stands on both sides: the library refuses an empty one.
        rows += [(0.0, *row) for row in KINDS[kind](others if others is not None else own)]
        frame = pd.DataFrame([row for row in rows if row[3]], columns=["G", "y", "d", "n"]).astype(float)

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
            found = ClassificationMetric(
                dataset("y"), dataset("d"), unprivileged_groups=[{"G": 1.0}], privileged_groups=[{"G": 0.0}]
            )
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
                if others is not None and CATALOGUE[metric].denominator(others) > 0:
                    gap = gaps.get(metric)
                    values[metric, "difference"] = (
                        float(gap()) if gap else float(rate(privileged=False)) - float(rate(privileged=True))
                    )
        return values

    return version("aif360"), compute


@contextmanager
def _quiet() -> Iterator[None]:
    """Import in silence, and leave logging as it was.

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
    finally:
        logging.disable(disabled)
        root.handlers[:] = handlers
