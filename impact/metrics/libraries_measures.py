"""fairlearn and aif360 on weighted cells, for the further measures that they compute as well.

In: rows of groups and of their complements. Out: each library's values. Knows nothing of our own. Both take weights
here; aif360's entropies ignore them, so those are compared with the library on rows in the tests, and not on a run.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from impact.metrics.libraries import Pair, Values, aif360_metric, quiet

__all__ = ["BY_AIF360", "BY_FAIRLEARN", "aif360_measures", "fairlearn_measures"]

BY_FAIRLEARN = ("f1", "balanced_accuracy", "mcc", "kappa", "equalised_odds")
BY_AIF360 = (
    "average_odds_difference",
    "average_absolute_odds_difference",
    "average_predictive_value_difference",
)


def fairlearn_measures(pairs: Sequence[Pair]) -> list[Values]:
    """Measures of each group and of its complement (key ``own``, ``others``), and equalised odds of the two (``gap``).

    The first four are scikit-learn's functions in fairlearn's frame, weighted.
    """
    with quiet("fairlearn"):
        import fairlearn.metrics as fm
        import pandas as pd
        from sklearn import metrics as sk  # type: ignore[import-untyped]  # publishes no types
    functions = {
        "f1": sk.f1_score,
        "balanced_accuracy": sk.balanced_accuracy_score,
        "mcc": sk.matthews_corrcoef,
        "kappa": sk.cohen_kappa_score,
    }
    rows = [(f"{i} own", *row) for i, (own, _) in enumerate(pairs) for row in own]
    rows += [(f"{i} others", *row) for i, (_, others) in enumerate(pairs) for row in others or ()]
    if not rows:
        return [{} for _ in pairs]
    frame = pd.DataFrame(rows, columns=["side", "y", "d", "n"])
    made: list[Values] = []
    with warnings.catch_warnings():
        # What is undefined in ours is 0 or a warning in theirs: it is not compared.
        warnings.simplefilter("ignore")
        found = fm.MetricFrame(
            metrics=functions,
            y_true=frame["y"],
            y_pred=frame["d"],
            sensitive_features=frame["side"],
            sample_params={name: {"sample_weight": frame["n"]} for name in functions},
        )
        table = found.by_group.to_dict("index")
        for i, (own, others) in enumerate(pairs):
            values: Values = {}
            for side in ("own", "others"):
                row = table.get(f"{i} {side}")
                values |= {(name, side): float(row[name]) for name in functions} if row is not None else {}
            if own and others:
                both = frame[frame["side"].isin([f"{i} own", f"{i} others"])]
                values["equalised_odds", "gap"] = float(
                    fm.equalized_odds_difference(
                        both["y"], both["d"], sensitive_features=both["side"], sample_weight=both["n"]
                    )
                )
            made.append(values)
    return made


def aif360_measures(pairs: Sequence[Pair]) -> list[Values]:
    """Its three averages of gaps, of each group against its complement (key ``gap``)."""
    with quiet("aif360"):
        import aif360.datasets
        import aif360.metrics  # noqa: F401 - loaded here, in silence; used by aif360_metric

    def one(pair: Pair) -> Values:
        own, others = pair
        if not own or not others:
            return {}
        with aif360_metric(own, others) as found:
            return {
                ("average_odds_difference", "gap"): float(found.average_odds_difference()),
                ("average_absolute_odds_difference", "gap"): float(found.average_abs_odds_difference()),
                ("average_predictive_value_difference", "gap"): float(found.average_predictive_value_difference()),
            }

    return [one(pair) for pair in pairs]
