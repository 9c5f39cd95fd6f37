"""The file ``suppliers.yaml``: requirements and weights, red lines, and what each supplier’s evidence earned.

In: nothing; these are shapes. Out: ``SuppliersFile``. A mark stands with the evidence that it rests on; a mark that
nobody gave is left out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from impact.assessment.header import Day, Text
from impact.assessment.procurement import YesNo

__all__ = ["Criterion", "Offer", "RedLine", "SuppliersFile"]


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Weight = Annotated[int, Field(ge=1, le=100)]  # whole points, which add up to 100
Sum = Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(_float)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_float)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Piece(_Part):
    """What a mark rests on: a file of the folder, or an address."""

    file: Text | None = None
    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    title: Text | None = None
    date: Day | None = None
    where: Text | None = None  # page or section


class Scale(_Part):
    lowest: Number = 0.0
    highest: Number = 5.0


class PriceWeight(_Part):
    weight: Weight
    years: Literal[5, 7, 10]


class Criterion(_Part):
    id: Id
    text: Text
    weight: Weight
    about: Text | None = None


class RedLine(_Part):
    id: Id
    text: Text


class Mark(_Part):
    mark: Number
    evidence: tuple[Piece, ...] = Field(default=(), strict=False)
    note: Text | None = None


class Line(_Part):
    met: YesNo
    evidence: tuple[Piece, ...] = Field(default=(), strict=False)
    note: Text | None = None


class Prices(_Part):
    years_5: Sum | None = None
    years_7: Sum | None = None
    years_10: Sum | None = None
    includes_exit: YesNo | None = None
    evidence: tuple[Piece, ...] = Field(default=(), strict=False)

    def over(self, years: int) -> float | None:
        found: float | None = getattr(self, f"years_{years}")
        return found


class Offer(_Part):
    id: Id
    name: Text
    kind: Literal["supplier", "open-source", "in-house"]
    marks: dict[str, Mark] = Field(default_factory=dict)
    red_lines: dict[str, Line] = Field(default_factory=dict)
    prices: Prices | None = None


class SuppliersFile(_Part):
    """The whole of suppliers.yaml."""

    version: Literal[1]
    title: Text
    weights_fixed: Day | None = None
    scored: Day | None = None
    scale: Scale = Field(default_factory=Scale)
    requirements: tuple[Criterion, ...] = Field(min_length=1, max_length=60, strict=False)
    price: PriceWeight | None = None
    red_lines: tuple[RedLine, ...] = Field(default=(), strict=False)
    offers: tuple[Offer, ...] = Field(min_length=1, max_length=40, strict=False)
    no_in_house: Text | None = None  # why neither an in-house nor an open-source row is there
