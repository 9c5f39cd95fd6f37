"""Further statistical methods as a table: ordered risk bands.

In: nothing. Out: ``BANDS``, entries as in methods_statistics.py. Holds words only.
"""

from __future__ import annotations

from impact.metrics.tools.methods_entry import Statistic

__all__ = ["BANDS"]

BANDS: tuple[Statistic, ...] = (
    Statistic(
        "at_least", "measure", "people in a band or a higher one", "(people in the band or above)/(people with a band)",
        "share", "0 to 1; 1 for the lowest band", "above: more of the group is in higher bands",
        "nobody has a band", "arithmetic; limits: Wilson 1927", "statistics.ordinal.cumulative_rates",
    ),
    Statistic(
        "superiority", "measure", "who is in the higher band",
        "P(group above comparator) + ½ P(same band), over all pairs of one and one", "probability",
        "0 to 1; equality: 0.5", "above 0.5: the group is in higher bands", "a side has nobody with a band",
        "Mann and Whitney 1947, Ann. Math. Stat. 18:50; limits: DeLong et al. 1988, on the logit scale",
        "statistics.ordinal.superiority",
    ),
    Statistic(
        "total_variation", "measure", "how far two groups are spread apart over bands",
        "½ Σ |share of one - share of the other|", "share", "0 to 1; equality: 0",
        "none: above 0 by chance alone in small groups", "a side has nobody with a band",
        "arithmetic: half the sum of differences",
        "statistics.ordinal.total_variation",
    ),
    Statistic(
        "band_order", "check", "whether outcomes rise with the band",
        "bands whose share with the outcome lies below that of the band before; shown where Newcombe's interval of the "
        "step lies below 0; slope by weighted least squares, p by Cochran and Armitage", "share per band", "-1 to 1",
        "a fall: a higher band went with fewer outcomes", "fewer than two bands with known outcomes",
        "Cochran 1954; Armitage 1955, Biometrics 11:375", "statistics.ordinal.band_outcomes",
    ),
    Statistic(
        "weighted_kappa", "measure", "agreement of a person's band with the scorer's",
        "1 - Σwp/Σwe; p shares, e shares by chance; w = steps apart, or their square", "index",
        "-1 to 1; 1 agreement throughout, 0 chance", "none: it does not say who is right",
        "nobody has both bands; both use one and the same band", "Cohen 1968, Psychol. Bull. 70:213",
        "statistics.ordinal.weighted_kappa",
    ),
    Statistic(
        "fisher_kappa", "interval", "limits of a weighted kappa", "tanh(artanh κ ± z se/(1 - κ²))", "index", "-1 to 1",
        "none", "every case is alike: no spread",
        "Fleiss, Cohen and Everitt 1969, Psychol. Bull. 72:323 (se)", "statistics.ordinal.weighted_kappa",
    ),
)  # fmt: skip
