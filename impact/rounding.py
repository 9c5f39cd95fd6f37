"""How a number is rounded where it is printed: halves away from nought, as on a calculator.

In: a number and how many decimals. Out: text. Python's own formatting rounds what is stored, and halves to the even
digit: 12.5 to “12”, 6.25 to “6.2”, and 4.35 (stored as a little less) to “4.3”. A reader who divides would say it was
wrong. Personal data: none.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

__all__ = ["half_up"]

_TRUE = 15  # significant digits; what lies beyond them is the noise of binary fractions


def half_up(value: float, decimals: int) -> str:
    """A number with so many decimals and thousands separated.

    Args:
        value: Finite.
        decimals: How many; 0 or more.

    >>> half_up(12.5, 0), half_up(6.25, 1), half_up(100 * 0.0435, 1), half_up(-0.125, 2), half_up(4678.5, 0)
    ('13', '6.3', '4.4', '-0.13', '4,679')
    """
    exact = Decimal(f"{value:.{_TRUE}g}")
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,f}"
