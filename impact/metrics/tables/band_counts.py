"""People by ordered band: the aggregate ``bands``, read.

In: the aggregate. Out: for everybody and for each value of a group, people by band, by band and outcome, and by the
band of a person and that of the scorer. Knows no rate. Personal data: none; a row is a count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import Aggregate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["BandCounts"]


class BandCounts:
    """The aggregate ``bands``; ``order`` names the bands, lowest first.

    Raises:
        MetricError: D91, when the table is not one: it may be a stranger's.
    """

    def __init__(self, table: Aggregate) -> None:
        self.table = table
        listed = table.about.get("order")
        named = isinstance(listed, list) and all(isinstance(each, str) for each in listed) and len(listed) > 1
        self.order: tuple[str, ...] = tuple(listed) if isinstance(listed, list) and named else ()
        tops = {"outcome": 1, "decision": 1, "band": len(self.order) - 1}
        if self.judged:
            tops["human_band"] = len(self.order) - 1
        if not named or not all(self._holds(key, top) for key, top in tops.items()) or "n" not in table.measures:
            raise MetricError(
                Fault("bands", "“bands” does not hold people by band", "", "Take the file that impact wrote", "D91")
            )

    @property
    def judged(self) -> bool:
        """Whether the band that a person gave was counted as well."""
        return "human_band" in self.table.keys

    def people(self, key: str | None = None) -> dict[str, Counts]:
        """People by outcome and band for each value of a group; shape (3, bands + 1).

        Index 0 of either axis is not known; outcomes are then no and yes, bands in their order.

        Args:
            key: A group; None for everybody, whose key is empty.
        """
        return self._counted(key, ("outcome", 3), ("band", len(self.order) + 1))

    def judgements(self, key: str | None = None) -> dict[str, Counts]:
        """People by the person's band and the scorer's; shape (bands + 1, bands + 1), index 0 is not known."""
        size = len(self.order) + 1
        return self._counted(key, ("human_band", size), ("band", size))

    def _holds(self, key: str, top: int) -> bool:
        codes = self.table.keys.get(key)
        return codes is not None and codes.dtype != object and not ((codes < -1) | (codes > top)).any()

    def _counted(self, key: str | None, *axes: tuple[str, int]) -> dict[str, Counts]:
        import numpy as np

        values: list[str] = [""]
        codes: Any = np.zeros(len(self.table), dtype=np.int64)
        if key is not None:
            levels, codes = np.unique(self.table.keys[key].astype(str), return_inverse=True)
            values = levels.tolist()
        held = np.zeros((len(values), *(size for _, size in axes)), dtype=np.int64)
        places = tuple(np.asarray(self.table.keys[name], dtype=np.int64) + 1 for name, _ in axes)
        np.add.at(held, (codes, *places), self.table.measures["n"])
        return dict(zip(values, held, strict=True))
