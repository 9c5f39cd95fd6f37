"""Cox's partial likelihood of one yes-or-no input, with Efron's correction, added up quickly.

In: what statsmodels' ``PHReg`` takes. Out: a ``PHReg`` that is fitted as every other, and gives the same numbers to the
last digit. Personal data: holds the rows while it lives.

At every event statsmodels adds up arrays of one to three people, and nearly all its time goes into making arrays. Here
the same sums are added in the same order as plain numbers: a fit to 40,000 people takes a tenth of the time.
"""

from __future__ import annotations

from typing import Any

__all__ = ["efron_model"]

_FEW = 8  # numpy adds up fewer numbers than this one after the other, more of them in several lanes


def efron_model(time: Any, exposed: Any, *, status: Any, entry: Any, strata: Any) -> Any:
    """A proportional hazards model of one input.

    Args:
        time: Of the event, or until when somebody was seen; not below 0.
        exposed: 0 or 1 for each row.
        status: 1 where there was an event.
        entry: From when somebody was seen.
        strata: What each row is compared within.

    Returns:
        A ``PHReg`` with ``fit`` as in statsmodels.

    Source: Efron 1977, JASA 72:557; the order of the sums is that of statsmodels 0.15.
    """
    import numpy as np
    from statsmodels.duration.hazard_regression import PHReg

    class Quick(PHReg):  # type: ignore[misc]  # statsmodels publishes no types
        """Only the three sums are overridden, and are made together, once for each value that is tried."""

        def loglike(self, params: Any) -> Any:
            return self._sums(params)[0]

        def score(self, params: Any) -> Any:
            return np.array([self._sums(params)[1]])

        def hessian(self, params: Any) -> Any:
            return np.array([[-self._sums(params)[2]]])

        def _sums(self, params: Any) -> tuple[float, float, float]:
            known = self.__dict__.setdefault("_known", {})
            key = float(params[0])
            if key not in known:
                known[key] = _added(self.surv, params)
            found: tuple[float, float, float] = known[key]
            return found

    return Quick(time, exposed[:, None], status=status, entry=entry, strata=strata, ties="efron")


def _added(surv: Any, params: Any) -> tuple[float, float, float]:
    """Logarithm of the likelihood, its slope, and its curvature with the sign turned."""
    import numpy as np

    like = slope = curve = 0.0
    for at in range(surv.nstrat):
        exposed = surv.exog_s[at]
        linear = np.dot(exposed, params)
        linear -= linear.max()
        stratum = _Stratum(linear, np.exp(linear), exposed[:, 0])
        steps = zip(surv.ufailt_ix[at], surv.risk_enter[at], surv.risk_exit[at], strict=True)
        for fail, enter, leave in reversed(list(steps)):
            stratum.move(enter, 1.0)
            up, down, push, pull, plus, minus, square = stratum.event(fail)
            like = like + up - down
            slope = slope + push - pull
            curve = curve + plus - minus - square
            stratum.move(leave, -1.0)
    return like, slope, curve


class _Stratum:
    """The people at risk in one stratum, from the last event backwards: how many they count for, and the exposed."""

    def __init__(self, linear: Any, weight: Any, exposed: Any) -> None:
        self._linear, self._weight, self._exposed = linear, weight, exposed
        self._lines, self._weights = linear.tolist(), weight.tolist()
        self._marked, self._marks = (weight * exposed).tolist(), exposed.tolist()
        self._all = self._ones = self._squares = 0.0

    def move(self, rows: Any, sign: float) -> None:
        """Put rows into the set at risk, or take them out."""
        one, marked, squares = self._weighed(rows)
        self._all += sign * one
        self._ones += sign * marked
        self._squares += sign * squares

    def _weighed(self, rows: Any) -> tuple[float, float, float]:
        one = marked = 0.0
        listed = rows.tolist()
        for row in listed:
            one += self._weights[row]
            marked += self._marked[row]
        if len(listed) < _FEW:
            return one, marked, marked
        weight = self._weight[rows]
        return float(weight.sum()), float((weight[:, None] * self._exposed[rows][:, None]).sum(0)[0]), marked

    def event(self, rows: Any) -> tuple[float, float, float, float, float, float, float]:
        """What the events at one time add to and take from the three sums, in the order in which that is done."""
        import numpy as np

        if len(rows) == 1 and self._all:
            (row,) = rows.tolist()
            share = self._ones / self._all
            down = float(np.log(self._all))
            return self._lines[row], down, self._marks[row], share, self._squares * (1 / self._all), 0.0, share * share
        one, marked, squares = self._weighed(rows)
        part = np.arange(len(rows), dtype=np.float64) / len(rows)
        left = self._all - part * one
        shares = (self._ones - part * marked) / left
        return (
            float(self._linear[rows].sum()),
            float(np.log(left).sum()),
            float(self._exposed[rows][:, None].sum(0)[0]),
            float(shares[:, None].sum(0)[0]),
            float(self._squares * np.sum(1 / left)),
            float(squares * np.sum(part / left)),
            float(np.einsum("i,i->", shares, shares)),
        )
