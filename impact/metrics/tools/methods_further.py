"""Further statistical methods as a table: the measures of ``plan.also`` and the intervals that only they use.

In: the catalogue of measures. Out: ``FURTHER``, entries as in methods_statistics.py. What the catalogue knows is read
from it, so that the printed formula is the one that computes.
"""

from __future__ import annotations

from impact.metrics.analysis.measures import ACROSS, MEASURES, PAIRS
from impact.metrics.tools.methods_entry import Statistic

__all__ = ["FURTHER"]

_SIGN = "above 0: more of the group's people are wrongly flagged"
_ALIKE = {"difference": "difference 0", "ratio": "ratio 1"}


def _worse(worse: object) -> str:
    """Directions in words."""
    assert isinstance(worse, dict)
    said = [f"{effect}: worse when {direction}" for effect, direction in worse.items()]
    return "; ".join(said) or "none: it does not say who is worse off"


_MEASURES = (
    *(
        Statistic(
            each.key, "measure", each.name, each.formula, each.unit, f"{each.range}; equality: {_ALIKE[each.compared]}",
            _worse(dict(each.worse)), each.undefined_when, each.source, each.code,
        )
        for each in MEASURES.values()
    ),
    *(
        Statistic(
            each.key, "measure", each.name, each.formula, "difference of shares", f"{each.range}; equality: 0",
            "none: it does not say who is worse off", each.undefined_when, each.source, each.code,
        )
        for each in PAIRS.values()
    ),
    *(
        Statistic(
            each.key, "measure", each.name, each.formula, each.unit, f"{each.range}; equality: 0",
            "none: it names no group as worse off", each.undefined_when, each.source, each.code,
        )
        for each in ACROSS.values()
    ),
)  # fmt: skip

_SIDE = "as the measure it belongs to"
_DRAWN = "the function of the cells has no value"
_NO_LIMITS = "a side has no value, or no limits"

_INTERVALS = (
    Statistic(
        "wilson_jaccard", "interval", "Wilson limits of TP/(TP+FP+FN), carried over to F1", "2l/(1+l) to 2u/(1+u)",
        "index", "0 to 1", _SIDE, "TP+FP+FN = 0", "Wilson 1927; monotone transform", "statistics.agreement.f1",
    ),
    Statistic(
        "wilson_odds", "interval", "Wilson limits of a share, as odds", "l/(1-l) to u/(1-u)", "ratio",
        "0 upwards; open above at u = 1", _SIDE, "the denominator is 0", "Wilson 1927; monotone transform",
        "statistics.workload.false_per_true",
    ),
    Statistic(
        "wilson_inverse", "interval", "Wilson limits of a share, inverted", "1 + odds of its complement", "people",
        "1 upwards; open above", _SIDE, "the denominator is 0", "Wilson 1927; monotone transform",
        "statistics.workload.number_needed_to_flag",
    ),
    Statistic(
        "gart_logit", "interval", "Gart’s interval of an odds ratio",
        "exp(ln OR' ± z √Σ 1/(x+½)), OR' with one half added to each cell", "ratio", "0 upwards", _SIDE,
        "a class of outcomes is empty", "Gart 1966, J. R. Stat. Soc. B 28:164",
        "statistics.agreement.diagnostic_odds_ratio",
    ),
    Statistic(
        "jeffreys_dirichlet", "interval", "limits by drawing the cells",
        "quantiles of the function over 20,000 draws of Dirichlet(count + ½), seed 0", _SIDE, _SIDE, _SIDE, _DRAWN,
        "Jeffreys 1946, Proc. R. Soc. A 186:453", "statistics.resampling.dirichlet",
    ),
    Statistic(
        "jeffreys_dirichlet_small", "interval", "the same, where the ½ added to each cell weighs more than 5%",
        "as jeffreys_dirichlet", _SIDE, _SIDE, _SIDE, _DRAWN, "this toolkit's own warning",
        "statistics.resampling.dirichlet",
    ),
    Statistic(
        "square_and_add_log", "interval", "ratio of two measures of different people", "square_and_add of logarithms",
        "ratio", "0 upwards", _SIDE, _NO_LIMITS, "Zou, Huang and Zhang 2009, Comput. Stat. Data Anal. 53:3755",
        "statistics.gaps.ratio_of",
    ),
    Statistic(
        "limits_combined", "interval", "ratio where a side is 0 or infinite", "l1/u2 to u1/l2", "ratio",
        "0 upwards; open above", "wider than need be, never narrower", _NO_LIMITS, "this toolkit's own",
        "statistics.gaps.ratio_of",
    ),
    Statistic(
        "newcombe_simultaneous", "interval", "several differences at once, or the largest of them",
        "Newcombe's interval of each at the level 1 - (1-a)^(1/m), m differences", "difference of shares", "0 to 1",
        _SIDE, "fewer than two groups with anybody at risk",
        "Newcombe 1998, Stat. Med. 17:873; Šidák 1967, J. Am. Stat. Assoc. 62:626", "statistics.worst_gap.worst_gap",
    ),
)  # fmt: skip

_TRADE_OFFS = (
    Statistic(
        "forced", "measure", "gap in false positives that base rates force",
        "b1/(1-b1)·r - b2/(1-b2)·r, r = FP/(TP+FN) of both together: (1-PPV)/PPV·(1-FNR)", "difference of shares",
        "-1 to 1", _SIGN, "nobody has the outcome or a yes; one of the two rates would be above 1",
        "Chouldechova 2017, Big Data 5:153", "statistics.trade_offs.forced_gap",
    ),
    Statistic(
        "rest", "measure", "gap in false positives less the forced one", "FPR1 - FPR2 - forced", "difference of shares",
        "-2 to 2", _SIGN, "as forced", "this toolkit's own difference", "statistics.trade_offs.forced_gap_limits",
    ),
    Statistic(
        "label_error", "bounds", "range of a gap under wrong records",
        "true positives t = (on record - (1-sp) n)/(se + sp - 1), flagged and unflagged apart; ends at the corners of "
        "what is declared and possible", "difference of shares", "-1 to 1", "none: a range of assumptions",
        "nothing declared is possible with these counts", "Rogan and Gladen 1978, Am. J. Epidemiol. 107:71",
        "statistics.label_error.gap_range",
    ),
    Statistic(
        "tipping_point", "bounds", "how wrong one group's records would have to be",
        "the sensitivity (specificity) nearest to 1 at which the corrected gap is 0, the others' records being right",
        "share", "0 to 1", "none", "no possible error makes the gap nil", "Rogan and Gladen 1978, by column",
        "statistics.label_error.tipping_point",
    ),
)  # fmt: skip

_INTERSECTIONS = (
    Statistic(
        "additive_excess", "comparison", "a combination beside what its parts suggest",
        "k - n·p, p of a binomial model with main effects on log-odds; standardised by √(n p (1-p)(1-leverage))",
        "people; standard deviations", "any; about normal without a true excess", "above 0: more than expected",
        "nobody is in the combination; no residual where the model fits it exactly",
        "McCullagh and Nelder 1989, Generalized Linear Models, sections 4.4 and 12.5",
        "statistics.intersections.additive_excess",
    ),
    Statistic(
        "exact_outlier", "test", "exact test of a combination against its expected rate",
        "two-sided binomial test of k among n at p, adjusted by Holm over all combinations", "p-value", "0 to 1",
        "none; cautious, because p is taken as known", "nobody is in the combination", "Clopper and Pearson 1934",
        "statistics.intersections.additive_excess",
    ),
    Statistic(
        "beta_binomial", "interval", "rate of a small group drawn to all groups",
        "(k + m s)/(n + s), quantiles of Beta(k + m s, n - k + (1-m) s); m, s by maximum likelihood", "share", "0 to 1",
        "none: for display only, beside the raw rate", "fewer than two groups with anybody at risk",
        "Griffiths 1973, Biometrics 29:637", "statistics.pooling.pool",
    ),
)  # fmt: skip

_BY_CHANCE = "none: beside it stands what shuffled groups give"
_NO_SCORES = "a side has nobody with a score"

_SCORES = (
    Statistic(
        "kolmogorov_smirnov", "measure", "largest gap at any threshold",
        "max over thresholds of |share1 - share2| above", "difference of shares", "0 to 1; equality: 0", _BY_CHANCE,
        _NO_SCORES, "Kolmogorov 1933; shuffles: Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39",
        "statistics.scores.distance.kolmogorov_smirnov",
    ),
    Statistic(
        "mean_parity_gap", "measure", "mean gap over thresholds (statistical parity AUC)",
        "mean of |share1 - share2| above, everybody's scores but the lowest as thresholds", "difference of shares",
        "0 to 1; equality: 0", _BY_CHANCE, _NO_SCORES, "arithmetic: as statistical_parity_auc of holisticai",
        "statistics.scores.distance.mean_parity_gap",
    ),
    Statistic(
        "wasserstein", "measure", "mean shift of scores", "integral over scores of |F1 - F2|", "the score's own unit",
        "0 upwards; equality: 0", _BY_CHANCE, _NO_SCORES,
        "Kantorovich 1942; Vallender 1974, Theory Probab. Appl. 18:784",
        "statistics.scores.distance.wasserstein",
    ),
    Statistic(
        "abroca", "measure", "area between two ROC curves", "integral over FPR of |ROC1 - ROC2|", "area",
        "0 to 1; equality: 0", _BY_CHANCE, "a side lacks people with or without the outcome",
        "Gardner, Brooks and Baker 2019 (LAK)", "statistics.scores.distance.abroca",
    ),
    Statistic(
        "exposure", "measure", "attention in a list ranked by score",
        "mean of 1/log2(1 + rank) of the group over that of everybody", "ratio", "0 upwards; equality: 1",
        "above 1: more attention than its size", "nobody in the group has a score",
        "Singh and Joachims 2018 (KDD); discount: Järvelin and Kekäläinen 2002", "statistics.scores.ranking.exposure",
    ),
    Statistic(
        "capacity", "measure", "who is among the k highest scores",
        "counts above the k-th score; a range where k falls among equal scores; skew = ln(share of places / of people)",
        "people; shares", "0 to k", "above its size: more of the group is reached", "k exceeds everybody with a score",
        "Geyik, Ambler and Kenthapadi 2019 (KDD)", "statistics.scores.ranking.top_k",
    ),
    Statistic(
        "dkw", "interval", "band for all thresholds at once", "√(ln(2/a)/(2n)) either way", "difference of shares",
        "0 to 1", "none", "nobody is at risk",
        "Dvoretzky, Kiefer and Wolfowitz 1956, Ann. Math. Stat. 27:642; Massart 1990, Ann. Probab. 18:1269",
        "statistics.scores.sweep.dkw",
    ),
    Statistic(
        "wald_logistic", "interval", "calibration line by group",
        "logit(share) = intercept + slope·logit(mean score), by bins weighted by people; Wald limits",
        "log-odds; slope", "any; calibrated: 0 and 1", "intercept above 0: scores too low; slope below 1: too extreme",
        "fewer than two different mean scores, or outcomes separated", "Cox 1958, Biometrika 45:562",
        "statistics.scores.calibration.calibration_line",
    ),
    Statistic(
        "hosmer_lemeshow", "test", "calibration over ten parts", "Σ (observed - expected)²/[expected (1 - expected/n)]",
        "chi-squared", "0 upwards", "none: weak, depends on the parts", "fewer than one degree of freedom",
        "Hosmer and Lemeshow 1980, Comm. Stat. A9:1043", "statistics.scores.calibration.hosmer_lemeshow",
    ),
    Statistic(
        "optimum", "check", "a threshold that is the best on the same data",
        "Youden's index, accuracy or F1 at it is the largest over all thresholds", "criteria", "none to three", "none",
        "outcomes are not known", "this toolkit's own", "statistics.scores.sweep.is_optimum",
    ),
)  # fmt: skip

_SUBGROUPS = (
    Statistic(
        "subgroup_search", "test", "the part of the people that stands out most",
        "max over sets of levels of k ln(r/p) + (n-k) ln((1-r)/(1-p)) - levels named; r = k/n beyond p, everybody's "
        "rate;"
        "p-value over tables in which those counted are dealt out at random", "log-likelihood; p-value",
        "0 upwards; 0.01 to 1", "the side searched is the worse one under the effect",
        "the rate is not identified; too many combinations",
        "Zhang and Neill 2016, arXiv:1611.08292; Besag and Clifford 1991, Biometrika 78:301",
        "statistics.subgroup_search.search",
    ),
)  # fmt: skip

FURTHER: tuple[Statistic, ...] = (*_MEASURES, *_INTERVALS, *_TRADE_OFFS, *_INTERSECTIONS, *_SCORES, *_SUBGROUPS)
