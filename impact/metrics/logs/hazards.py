"""How much sooner people are flagged after something happened to them: a hazard ratio from a sample of people.

In: one row for each person of the sample. Out: one row of numbers, none of them of a person. Personal data: the rows
are held for the fit and let go.

People are followed by the calendar, each among people of the same stratum, from a day before their first row in the log
to their first flag or their last row. Somebody counts as exposed from the day of the event, and as not exposed before.

Source: Cox 1972, J. R. Stat. Soc. B 34:187, with Efron's correction for ties (1977), through statsmodels.
"""

from __future__ import annotations

from math import exp, isfinite
from typing import Any

__all__ = ["FEWEST_EVENTS", "hazard_ratio"]

FEWEST_EVENTS = 10  # flags on a side, below which no ratio is given


def hazard_ratio(frame: Any, *, level: float = 0.95) -> list[dict[str, Any]]:
    """Hazard ratio of a first flag, exposed against not exposed.

    Args:
        frame: entry, leave, flagged (null: never), exposed_from (null: never), all in days, and stratum.
        level: Of the interval.

    Returns:
        One row: people, flags; ratio, low, high, or null where there are fewer than ``FEWEST_EVENTS`` flags on a side;
        ``enough`` says which.
    """
    import numpy as np

    from impact.metrics.logs.cox import efron_model

    entry = frame["entry"].to_numpy(float) - 1.0
    flagged = frame["flagged"].to_numpy(float)
    happened = ~np.isnan(flagged)
    leave = np.where(happened, flagged, frame["leave"].to_numpy(float))
    start = frame["exposed_from"].to_numpy(float)
    start = np.where(np.isnan(start), np.inf, start)
    # A flag on the day of the event itself, but before it, belongs to the time before it.
    before, after = entry < start, start < leave
    stratum = frame["stratum"].astype(str).to_numpy()
    entered = np.concatenate([entry[before], np.maximum(entry, start)[after]])
    left = np.concatenate([np.minimum(leave, start)[before], leave[after]])
    event = np.concatenate([(happened & ~after)[before], happened[after]])
    exposed = np.concatenate([np.zeros(before.sum()), np.ones(after.sum())])
    strata = np.concatenate([stratum[before], stratum[after]])
    row: dict[str, Any] = {
        "people": len(frame),
        "flags": int(event.sum()),
        "enough": False,
        "ratio": None,
        "low": None,
        "high": None,
    }
    if min(event[exposed == 1].sum(), event[exposed == 0].sum()) < FEWEST_EVENTS:
        return [row]
    informative = _informative(strata, event, exposed)
    if not informative.any():
        return [row]
    zero = entered.min()  # statsmodels wants no time below nought
    kept = {"status": event[informative], "entry": entered[informative] - zero, "strata": strata[informative]}
    try:
        found = efron_model(left[informative] - zero, exposed[informative], **kept).fit(disp=0)
    except np.linalg.LinAlgError:
        return [row]
    low, high = found.conf_int(alpha=1 - level)[0]
    ends = [float(each) for each in (found.params[0], low, high)]
    if all(isfinite(each) and abs(each) < 50 for each in ends):
        row |= {"enough": True, "ratio": exp(ends[0]), "low": exp(ends[1]), "high": exp(ends[2])}
    return [row]


def _informative(strata: Any, event: Any, exposed: Any) -> Any:
    """Rows of strata with a flag and with people of both kinds; the others say nothing of the ratio."""
    import numpy as np

    _, index = np.unique(strata, return_inverse=True)
    flags, ones, all_ = np.bincount(index, event), np.bincount(index, exposed), np.bincount(index)
    return ((flags > 0) & (ones > 0) & (ones < all_))[index]
