"""The methods of the topics, such as periods and human review: entries of the methods page, one tuple for each topic.

In: nothing. Out: ``TOPICS``. Holds words only; the modules named in ``code`` hold the arithmetic.
"""

from __future__ import annotations

from impact.metrics.tools.methods_amounts import AMOUNTS
from impact.metrics.tools.methods_bands import BANDS
from impact.metrics.tools.methods_entry import EITHER_EMPTY, NEVER, OWN, SIGN, Statistic

__all__ = ["TOPICS"]

_PERIODS = (
    Statistic(
        "square_and_add", "interval", "interval for a difference of two changes or disparities, or over strata",
        "D - √((d1-l1)² + (u2-d2)²) to D + √((u1-d1)² + (d2-l2)²), with changes d and their Newcombe limits l, u",
        "difference of shares", "-2 to 2", "above 0: the group's rate moved more upward than that of all others",
        "a denominator is 0, or more is known of one version than of the other",
        "Zou and Donner 2008, Stat. Med. 27:1693", "statistics.drift.before_after",
    ),
    Statistic(
        "logit_half", "interval", "difference of two changes on the scale of log-odds",
        "ln of (odds after / odds before) here less among all others, 1/2 added to each count; ± z √(sum of 1/counts)",
        "log-odds", "unbounded", "can differ in sign from the difference in points: both are printed",
        "a denominator is 0, or more is known of one version than of the other",
        "Woolf 1955, Ann. Hum. Genet. 19:251, with Haldane's half", "statistics.drift.before_after",
    ),
    Statistic(
        "wald_slope", "interval", "interval for a trend, or a trend of a gap",
        "slope ± z √(sum of n p(1-p) (x-mean)²) / sum of n (x-mean)², p each period's own, or the "
        "common rate where that is wider; of a gap: variances of both slopes added",
        "share per period", "unbounded", "above 0: the rate (or the gap to all others) rises", "fewer than two periods",
        f"{OWN}: weighted least squares with each period's own binomial variance", "statistics.ordinal.trend",
    ),
    Statistic(
        "change_point", "test", "change of level at some period",
        "largest log-likelihood gained by two levels over one, over all splits with two periods on each side; p-value "
        "by simulation under one level, stopped when 20 gain as much", "probability", "1/10,000 to 1", "none",
        "fewer than four periods that are known alike",
        "Hinkley 1970, Biometrika 57:1; Besag and Clifford 1991, Biometrika 78:301",
        "statistics.change_point.change_point",
    ),
    Statistic(
        "cochran_armitage", "test", "trend over periods",
        "z = sum of k (x-mean) / √(p(1-p) sum of n (x-mean)²), x: places on the calendar", "standard deviations",
        "unbounded", "above 0: the rate rises", "fewer than two periods, or a rate of 0 or 1 throughout",
        "Cochran 1954, Biometrics 10:417; Armitage 1955, Biometrics 11:375", "statistics.ordinal.trend",
    ),
    Statistic(
        "funnel", "check", "periods further from the common rate than chance allows",
        "p ± z √(phi p(1-p)/n) at 95% (warning) and 99.8% (action); phi: mean z² with the outer tenths pulled in, at "
        "least 1", "share", "0 to 1", "none", "fewer than four periods that are known alike",
        "Spiegelhalter 2005, Stat. Med. 24:1185", "statistics.drift.funnel",
    ),
    Statistic(
        "stability_index", "check", "how far the mix of people of one period differs from all others",
        "sum of (q-p) ln(q/p) over levels, 1/2 added to each count; by chance about (levels-1)(1/n + 1/m)", "index",
        "0 upwards", "none", "nobody on one side", "sum of both divergences of Kullback and Leibler 1951",
        "statistics.scores.distance.stability_index",
    ),
    Statistic(
        "immature", "check", "periods known too differently to be compared",
        "share of what the rate needs differs by more than 10 points from the median of all periods; immature: lower, "
        "and so is every later period", "yes or no", "yes or no", "left out of every statement about change", NEVER,
        OWN, "analysis.topics.slices.left_out",
    ),
)  # fmt: skip

_NOBODY = "no such case was reviewed"
_REVIEW = (
    Statistic(
        "departures", "comparison", "departures of the final human decision from the machine's",
        "P(h=1|d=0), P(h=0|d=1), P(h≠d) among cases whose h is known", "share", "0 to 1",
        "none: few are also what a very good tool gives", _NOBODY, "definition", "statistics.overrides.overrides",
    ),
    Statistic(
        "reliance", "comparison", "what became of wrong and of right advice",
        "P(h=1|d=1,y=0), P(h=0|d=0,y=1), P(h=0|d=1,y=1), P(h=1|d=0,y=0)", "share", "0 to 1",
        "following wrong advice is called automation bias", f"{_NOBODY}, or its outcome is not known", "definition",
        "statistics.overrides.reliance",
    ),
    Statistic(
        "sandwich", "interval", "Student's interval over reviewers",
        "D ± t(C-1) √V, V = C/(C-1) Σ [(k-pm)/M - (k'-p'm')/M']² over C reviewers", "difference", "-1 to 1", SIGN,
        "fewer than ten reviewers", "Cochran 1977, Sampling Techniques, section 6.3",
        "statistics.reviewers.gap_of_spread",
    ),
    Statistic(
        "sandwich_or_newcombe", "interval", "the wider of the intervals over reviewers and over cases",
        "lower of the two lower limits to upper of the two upper limits: sandwich and newcombe", "difference of shares",
        "-1 to 1", SIGN, "fewer than ten reviewers", OWN, "analysis.topics.reviewers.wider",
    ),
    Statistic(
        "sandwich_or_paired", "interval", "the same for a difference of errors on the same cases",
        "as sandwich_or_newcombe, with newcombe_paired", "difference of shares", "-1 to 1",
        "above 0 people remove errors", "fewer than ten reviewers", OWN, "analysis.topics.reviewers.wider",
    ),
    Statistic(
        "sandwich_log", "interval", "typical times and their ratios over reviewers",
        "exp of a sandwich interval of logs",
        "seconds, or a ratio", "0 upwards", "a ratio below 1: cases are looked at for less time",
        "fewer than ten reviewers", "Cochran 1977, Sampling Techniques, section 6.3",
        "analysis.topics.reviewers.logged",
    ),
    Statistic(
        "student_log", "interval", "typical (geometric mean) time", "exp(mean log ± t(n-1) s/√n)", "seconds",
        "0 upwards",
        "none", "fewer than two reviews", "Bland and Altman 1996, BMJ 312:1079", "statistics.review_times.typical_time",
    ),
    Statistic(
        "welch_log", "interval", "ratio of two typical times", "exp of Welch's interval of the difference of mean logs",
        "ratio", "0 upwards", "below 1: cases are looked at for less time", "fewer than two reviews on a side",
        "Welch 1947, Biometrika 34:28", "statistics.review_times.time_ratio",
    ),
    Statistic(
        "places", "check", "reviewers outside what chance allows",
        "normal quantile of the exact mid-p of Bin(n0, p0) + Bin(n1, p1); |z| > 1.96 or 3.09 times √max(1, phi)",
        "numbers of reviewers, as ranges", "0 to all", "none", "fewer than ten reviewers",
        "Spiegelhalter 2005, Stat. Med. 24:1185; mid-p: Lancaster 1961", "statistics.reviewers.places",
    ),
    Statistic(
        "oversight_signs", "check", "signs that cases were not looked at",
        "found where a whole interval lies beyond: departures < 1%; share below the floor > 1/2; ratio of times <= 1",
        "found, not found or open", "never a verdict on people", "none", "there is no interval", OWN,
        "analysis.topics.review.review_tables",
    ),
)  # fmt: skip

_STRATA_EMPTY = "no stratum has people on both sides"
_BESIDE = (
    Statistic(
        "mantel_haenszel", "comparison", "odds ratio pooled over strata",
        "Σ k1(n2-k2)/n / Σ k2(n1-k1)/n over strata of n = n1+n2; interval of Robins, Breslow and Greenland on the log "
        "scale", "ratio of odds", "0 upwards", SIGN, f"{_STRATA_EMPTY}, or the lower sum is 0",
        "Mantel and Haenszel 1959, J. Natl Cancer Inst. 22:719; Robins, Breslow and Greenland 1986, Biometrics 42:311",
        "statistics.stratified.mantel_haenszel",
    ),
    Statistic(
        "greenland_robins", "comparison", "ratio of rates pooled over strata",
        "Σ k1 n2/n / Σ k2 n1/n; variance of its logarithm Σ (n1 n2 (k1+k2) - k1 k2 n)/n² / (Σ k1 n2/n · Σ k2 n1/n)",
        "ratio", "0 upwards", SIGN, f"{_STRATA_EMPTY}, or the lower sum is 0",
        "Greenland and Robins 1985, Biometrics 41:55", "statistics.stratified.mantel_haenszel",
    ),
    Statistic(
        "woolf", "comparison", "odds ratio over everybody", "k1(n2-k2) / k2(n1-k1), variance of its logarithm 1/k1 + "
        "1/(n1-k1) + 1/k2 + 1/(n2-k2)", "ratio of odds", "0 upwards", SIGN, "one of the four counts is 0",
        "Woolf 1955, Ann. Hum. Genet. 19:251", "statistics.stratified.crude_ratios",
    ),
    Statistic(
        "breslow_day", "test", "whether all strata have one odds ratio",
        "Breslow and Day's chi-squared with Tarone's correction, over strata in which some and not all are counted",
        "probability", "0 to 1", "never decides a verdict", "fewer than two such strata",
        "Breslow and Day 1980, Statistical Methods in Cancer Research 1, section 4.4; Tarone 1985, Biometrika 72:91",
        "statistics.stratified.mantel_haenszel",
    ),
    Statistic(
        "standardised", "comparison", "difference as if both sides had the same mix of strata",
        "Σ n (k1/n1 - k2/n2) / Σ n; limits squared and added from Wilson limits of each stratum; "
        "between two disparities D1 and D2 from the limits of each",
        "difference of shares", "-1 to 1", SIGN, _STRATA_EMPTY,
        "Zou, Huang and Zhang 2009, Comput. Stat. Data Anal. 53:3755",
        "statistics.stratified.standardised",
    ),
    Statistic(
        "conditional_disparity", "comparison", "conditional demographic disparity",
        "Σ m (group's share of those at a disadvantage - its share of the others) / Σ m over strata of m people",
        "difference of shares", "-1 to 1", "above 0: the group is found more often among those at a disadvantage",
        "no stratum has people at a disadvantage and others",
        "Wachter, Mittelstadt and Russell 2021, Computer Law & Security Review 41:105567",
        "statistics.stratified.conditional_disparity",
    ),
    Statistic(
        "exact_poisson", "interval", "events for each 1,000 residents",
        "1,000 k/N; limits of the Poisson mean by chi-squared quantiles: a/2 of χ²(2k), 1-a/2 of χ²(2k+2), halved",
        "events for each 1,000", "0 upwards", "none", "there are no residents", "Garwood 1936, Biometrika 28:437",
        "statistics.disproportion.disproportion",
    ),
    Statistic(
        "poisson_conditional", "comparison", "disproportionality ratio",
        "(k1/N1) / (k2/N2); limits from the exact binomial limits of k1 given k1+k2", "ratio", "0 upwards; open above "
        "when k2 = 0", SIGN, "either side has no residents; without value, but with an interval, where k2 = 0",
        "EHRC 2010, Stop and think; Przyborowski and Wilenski 1940, Biometrika 31:313",
        "statistics.disproportion.disproportion",
    ),
)  # fmt: skip

_SCORERS = (
    Statistic(
        "newcombe_paired", "interval", "difference of rates of two scorers, or machine and person, on the same cases",
        "D = (b-c)/n; D - √(x² - 2φxy + y²) with x = p1-l1, y = u2-p2 and Wilson limits l, u, likewise above; φ from "
        "the four cells, ad - bc less n/2 where positive", "difference of shares", "-1 to 1",
        "above 0: the first scorer's rate is the higher one", "no case was decided by both",
        "Newcombe 1998, Stat. Med. 17:2635", "statistics.paired.paired_difference",
    ),
    Statistic(
        "mcnemar", "test", "exact test of disagreements",
        "two-sided binomial probability of a split as uneven as b to c, at one half; not adjusted for many comparisons",
        "probability", "0 to 1", "none", "the two never disagree", "McNemar 1947, Psychometrika 12:153",
        "statistics.paired.mcnemar",
    ),
    Statistic(
        "smaller", "verdict", "whose disparity is smaller in size",
        "the second's, when difference and sum of both disparities are above 0, or both below, by their intervals",
        "first, second or cannot tell", "never from the estimates alone", "the smaller is nearer to equality",
        EITHER_EMPTY, f"{OWN}; both at the level: Berger 1982, Technometrics 24:295",
        "statistics.paired.sum_of_disparities",
    ),
    Statistic(
        "dominance", "verdict", "whether one scorer errs less in every group",
        "the difference excludes 0 on one side in every group with cases, each at 1 - a, a = 1-(1-α)^(1/groups); "
        "neither: shown on different sides; otherwise the data cannot tell", "first, second, neither, cannot tell",
        "words", "lower is fewer errors", "fewer than two groups have cases, or too few cases were decided by both",
        f"{OWN}; Šidák 1967, J. Am. Stat. Assoc. 62:626", "statistics.paired.dominance",
    ),
    Statistic(
        "cochran_q", "test", "whether more than two scorers can have one rate",
        "(k-1)(kΣC² - T²)/(kT - ΣR²) on k-1 degrees of freedom; C column, R row and T all yeses", "probability",
        "0 to 1", "none", "they never disagree",
        "Cochran 1950, Biometrika 37:256; small numbers: Tate and Brown 1970, J. Am. Stat. Assoc. 65:155",
        "statistics.paired.cochran_q",
    ),
    Statistic(
        "overlap", "check", "whether two scorers decided enough of the same cases",
        "decided by both / decided by at least one >= 95%, or what the plan declares with a reason; for everybody, the "
        "group and its comparator", "share", "0 to 1", "none", "neither decided any", f"{OWN} rule",
        "tables.joint_counts.JointCounts",
    ),
)  # fmt: skip

_TERMS = "terms: ISO/IEC 19795-1:2021"
_NO_SEARCH = "no such search was made"
_SEARCHES = (
    Statistic(
        "fpir", "measure", "searches for people not on the list that return anybody (false positive identification)",
        "non-mated searches with at least one candidate at the threshold / all non-mated searches; clopper_pearson",
        "share of searches", "0 to 1; grows with the length of the list", "higher", _NO_SEARCH, _TERMS,
        "statistics.identification_rates.search_rates",
    ),
    Statistic(
        "fnir", "measure", "searches for people on the list that miss them (false negative identification)",
        "mated searches whose mate is below the threshold or outside the first R / all mated searches; clopper_pearson",
        "share of searches", "0 to 1", "higher", f"{_NO_SEARCH}, or ranks are not recorded", _TERMS,
        "statistics.identification_rates.search_rates",
    ),
    Statistic(
        "rank_rates", "measure", "searches for people on the list that return them among the first k",
        "mated searches with rank of the mate <= k, whatever the threshold / all mated searches; clopper_pearson",
        "share of searches", "0 to 1", "lower", _NO_SEARCH, _TERMS, "statistics.identification_rates.rank_rates",
    ),
    Statistic(
        "normal_mean", "interval", "candidates for each search of somebody not on the list (selectivity)",
        "mean ± z √(s²/n), not below 0", "candidates", "0 upwards", "higher",
        f"{_NO_SEARCH}; no interval for one search, or where all are alike", _TERMS,
        "statistics.identification_rates.selectivity",
    ),
    Statistic(
        "korn_graubard", "interval", "rare rate where one person has several searches",
        "Clopper and Pearson's limits at the effective number of searches; with fewer than ten people who have such a "
        "search, or another one, at the number of people", "share", "0 to 1", "none", "fewer than ten people",
        f"Korn and Graubard 1998, Survey Methodology 24:193; the floor: {OWN}", "statistics.clusters.clustered_exact",
    ),
    Statistic(
        "rule_of_three", "check", "upper limit where no error was seen", "3/n, beside the exact limit",
        "share, one-sided 95%", "above 0", "none", "an error was seen, or fewer than 30 searches were made",
        "Hanley and Lippman-Hand 1983, JAMA 249:1743", "analysis.topics.searches.search_tables",
    ),
    Statistic(
        "inequality", "measure", "how unequal an error rate is over groups",
        "max/min; max / geometric mean; n/(n-1) ΣΣ|x-x'| / (2n² mean) (Gini): of observed rates, without intervals",
        "ratio; Gini index", "1 upwards; 0 to 1", "none: it says neither who nor how surely",
        "fewer than two groups with searches; both ratios where the lowest rate is 0",
        "Grother 2022, NISTIR 8429; Howard et al. 2022, arXiv:2203.05051",
        "statistics.identification_rates.inequality",
    ),
)  # fmt: skip

TOPICS: tuple[Statistic, ...] = (*_PERIODS, *_REVIEW, *_BESIDE, *_SCORERS, *_SEARCHES, *BANDS, *AMOUNTS)
