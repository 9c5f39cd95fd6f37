"""Further statistical methods as a table: amounts, classes without an order, two scores, and proxies.

In: nothing. Out: ``AMOUNTS``, entries as in methods_statistics.py. Holds words only.
"""

from __future__ import annotations

from impact.metrics.tools.methods_entry import EITHER_EMPTY, OWN, Statistic

__all__ = ["AMOUNTS"]

AMOUNTS: tuple[Statistic, ...] = (
    Statistic(
        "mean_error", "measure", "mean error of a predicted amount",
        "Σ(prediction - true amount)/n, of amounts in whole steps of the plan; exact", "the plan's unit", "unbounded",
        "above 0: predicted too much; what that means for a person depends on the amount",
        "nobody has both amounts; no interval of one person or where all errors are alike",
        "limits: Student 1908, Biometrika 6:1", "statistics.regression.mean",
    ),
    Statistic(
        "mean_absolute_error", "measure", "mean size of the error of a predicted amount",
        "Σ|prediction - true amount|/n; exact; no limit is below 0", "the plan's unit", "0 upwards",
        "above: predicted worse", "as the mean error", "limits: Student 1908, Biometrika 6:1",
        "statistics.regression.mean",
    ),
    Statistic(
        "root_mean_squared_error", "measure", "root mean squared error of a predicted amount",
        "√(Σ(prediction - true amount)²/n); exact sums, without an interval", "the plan's unit", "0 upwards",
        "above: predicted worse, large errors counting for more", "nobody has both amounts",
        "definition", "statistics.regression.root_mean_square",
    ),
    Statistic(
        "over_under", "measure", "predicted too much, too little, near enough",
        "people whose error is above, below, or within the plan's tolerance, of those with both amounts",
        "share", "0 to 1; the three add up to 1", "see the mean error", "nobody has both amounts",
        "limits: Wilson 1927", "statistics.regression.share",
    ),
    Statistic(
        "welch", "comparison", "difference of two mean errors",
        "difference of means ± t √(variance/n + variance/n), with Welch's degrees of freedom; variances from "
        "exact sums; "
        "p-value from the same t", "the plan's unit", "unbounded", "above 0: higher in the group",
        "a side has fewer than two people; all errors are alike on both sides", "Welch 1947, Biometrika 34:28",
        "statistics.regression.mean_difference",
    ),
    Statistic(
        "delong_paired", "comparison", "difference of the areas of two scores on the same people",
        "AUC of the first - AUC of the second, ± z √(variance of placement differences of positives/m + of "
        "negatives/n), "
        "from the joint table of bins", "area", "-1 to 1", "above 0: the first puts people in order better",
        "no case, or one case, on a side; the two never differ; too few cases with both scores",
        "DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837", "statistics.scores.auc.paired_auc",
    ),
    Statistic(
        "one_against_rest", "measure", "one class against all others",
        "recall: found/(are of it); precision: found/(predicted so); false alarm: wrongly predicted so/(are "
        "not of it); "
        "predicted share: predicted so/n", "share", "0 to 1", "depends on what a class means for the person",
        "the denominator is 0", "definition", "statistics.classes.one_against_rest",
    ),
    Statistic(
        "macro_average", "measure", "recall, or precision, averaged over classes",
        "Σ rate/classes; limits by square-and-add of Wilson's", "share", "0 to 1", "below: worse",
        "a class has no true case (recall), or is never predicted (precision)",
        "Zou and Donner 2008, Stat. Med. 27:1693 (limits)", "statistics.classes.averages",
    ),
    Statistic(
        "delta_multinomial", "interval", "limits of precision averaged with true cases as weights",
        "value ± z √(variance of the slopes over cells/n)", "share", "0 to 1", "none",
        "a class with true cases is never predicted; no spread",
        f"{OWN}: delta method on multinomial counts", "statistics.classes.averages",
    ),
    Statistic(
        "cramers_v", "measure", "how closely a column goes with a characteristic",
        "√(max(χ² - df, 0)/(n m)), m the smaller of rows - 1 and columns - 1; rare values of the column as one",
        "index", "0 to 1; 0 none, 1 certain", "none: it does not say whether the scorer uses the column",
        "nobody; one group; one value of the column",
        "Cramér 1946 (V); Bergsma 2013, J. Korean Stat. Soc. 42:323 (less what chance gives)",
        "statistics.association.cramers_v",
    ),
    Statistic(
        "noncentral_and_delta", "interval", "limits of Cramér's V",
        "outer limits of: noncentralities with χ² at each tail, over n m; V ± z se by the delta method", "index",
        "0 to 1", "none", "more than a fifth of the expected counts below 5",
        "Smithson 2003 (noncentral); Cochran 1954, Biometrics 10:417 (small expected counts)",
        "statistics.association.cramers_v",
    ),
    Statistic(
        "guess", "measure", "how many groups would be guessed right from a column",
        "Σ over values of the largest group at that value, beside the largest group of all: counts of the same people",
        "people", "0 to n", "none", EITHER_EMPTY, "Goodman and Kruskal 1954, J. Am. Stat. Assoc. 49:732",
        "statistics.association.guess",
    ),
)  # fmt: skip
