"""Words and figures: how numbers and groups are written for a reader who is no statistician.

In: numbers, group values, the unit of the plan. Out: text. Knows no verdicts. Rounding never changes what a figure
says: a ratio above 1 is never printed as 1, a share below 100% never as 100%, and a small one never as 0.
"""

from __future__ import annotations

import re
from math import floor, log10

from impact.metrics.analysis.levels import Group
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import MISSING
from impact.rounding import half_up

__all__ = [
    "at_least",
    "numeral",
    "one_in",
    "others",
    "percent",
    "plural",
    "points",
    "printable",
    "ratio",
    "share",
    "subject",
    "whole",
]

_PLURALS = {"person": "people", "child": "children", "man": "men", "woman": "women"}
_UNCOUNTED = frozenset({"staff", "police", "people", "personnel"})
# Shares below this are written “1 in N”: 0.0003% says less than 1 in 314,744.
_SMALL = 0.001
# A value that begins like this would change the meaning of the word after it: “under 25 people”, “Other people”.
_QUANTITIES = frozenset(
    ("under", "over", "above", "below", "up", "at", "least", "most", "more", "less", "fewer", "only", "other", "others",
     "another", "all", "any", "each", "every", "everyone", "everybody", "none", "no", "not", "nobody", "some", "few",
     "many")
)  # fmt: skip
_PLAIN = re.compile(r"[\w–/+.-]+")


def plural(unit: str) -> str:
    """Plural of a unit word; of “member of staff” the first word.

    >>> [plural(word) for word in ("person", "face", "search", "enquiry", "member of staff", "staff")]
    ['people', 'faces', 'searches', 'enquiries', 'members of staff', 'staff']
    """
    head, joint, tail = unit.partition(" of ")
    if head in _UNCOUNTED:
        return unit
    if head in _PLURALS:
        head = _PLURALS[head]
    elif head.endswith(("s", "x", "ch", "sh")):
        head += "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        head = head[:-1] + "ies"
    else:
        head += "s"
    return head + joint + tail


def subject(plan: AuditPlan, group: Group) -> str:
    """A group as the subject of a sentence: “Black people”; where the value does not read as an adjective, “people with
    age band 25–34”. In quotation marks where a value has several words, or where it begins like a quantity."""
    units = plural(plan.unit.row)
    adjectives, clauses = [], []
    for key, value in group:
        name = plan.groups[key].label or key
        if value == MISSING:
            clauses.append(f"{name} not known")
        elif _adjective(value):
            adjectives.append(printable(value))
        else:
            quiet = _PLAIN.fullmatch(value) and value.lower() not in _QUANTITIES
            clauses.append(f"{name} {value}" if quiet else f"{name} “{printable(value)}”")
    text = " ".join([*adjectives, units])
    return f"{text} with {' and '.join(clauses)}" if clauses else text


def _adjective(value: str) -> bool:
    words = value.lower().split()
    return (
        len(value) > 2
        and value[0].isalpha()
        and not any(letter.isdigit() for letter in value)
        and words[0] not in _QUANTITIES
        and value.lower() not in ("yes", "true", "false")
    )


def printable(text: str) -> str:
    """Text whose control and direction characters are written out: names come from data, and a name may not move a
    cursor or turn a line round.

    >>> printable("a\\nb\\u202e")
    'a\\\\u000ab\\\\u202e'
    """
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def others(plan: AuditPlan, group: Group, reference: str | None, *, such: bool = False) -> str:
    """The comparator: “other people”, or the reference group; ``such`` refers back to a condition just named."""
    if reference is None:
        return f"other {'such ' if such else ''}{plural(plan.unit.row)}"
    named = subject(plan, ((group[0][0], reference),))
    return f"such {named}" if such else named


def whole(count: int) -> str:
    """``45,000``."""
    return f"{count:,}"


def numeral(value: float, decimals: int) -> str:
    """A number with at least one digit that is not zero.

    >>> numeral(0.0004, 2), numeral(2.8, 1), numeral(0.0, 1)
    ('0.0004', '2.8', '0')
    """
    if value == 0:
        return "0"
    if round(value, decimals) == 0:
        decimals = -floor(log10(abs(value)))
    return half_up(value, decimals)


def _decimals(value: float) -> int:
    """Decimals that keep about two significant digits, and two near 1."""
    if value <= 0:
        return 1
    if value >= 10:
        return 0
    if value >= 2:
        return 1
    return 2 if value >= 0.095 else -floor(log10(value)) + 1


def ratio(*values: float) -> list[str]:
    """Ratios with equal decimals, chosen by the first; none is rounded to 1 unless it is 1.

    >>> ratio(2.8002, 2.68354, 2.91111)
    ['2.8', '2.7', '2.9']
    >>> ratio(1.06, 1.0004, 1.12)
    ['1.0600', '1.0004', '1.1200']
    """
    decimals = _decimals(values[0])
    while decimals < 15 and any(value != 1 and round(value, decimals) == 1 for value in values):
        decimals += 1
    # An interval that is not a point is not printed as one.
    ends = (min(values), max(values))
    while decimals < 15 and ends[0] != ends[1] and round(ends[0], decimals) == round(ends[1], decimals):
        decimals += 1
    return [numeral(value, decimals) for value in values]


def at_least(value: float) -> str:
    """A ratio as a lower limit: rounded down, because “at least 26” would be wrong of 25.6.

    >>> at_least(25.6), at_least(1.0004), at_least(1.98)
    ('25', '1.0004', '1.98')
    """
    text = ratio(value)[0]
    if float(text.replace(",", "")) <= value:
        return text
    decimals = len(text.partition(".")[2])
    return numeral(floor(value * 10**decimals) / 10**decimals, decimals)


def points(*values: float) -> list[str]:
    """Differences of rates in percentage points, with equal decimals; the sign is left to the words around them.

    >>> points(0.03919, 0.03706, 0.04138)
    ['3.9', '3.7', '4.1']
    """
    scaled = [abs(value) * 100 for value in values]
    decimals = 0 if min(scaled) >= 10 else 1 if scaled[0] >= 1 else max(1, _decimals(scaled[0]))
    return [numeral(value, decimals) for value in scaled]


def percent(value: float) -> str:
    """A share as a percentage: two significant digits, and never 0% or 100% unless it is exactly that.

    >>> [percent(x) for x in (0.2, 0.061, 0.0048, 1.0, 0.9996, 0.0)]
    ['20%', '6.1%', '0.48%', '100%', '99.96%', '0%']
    """
    scaled = value * 100
    decimals = 0 if scaled >= 10 or scaled == 0 else _decimals(scaled) if scaled < 1 else 1
    while decimals < 14 and scaled < 100 and half_up(scaled, decimals) == half_up(100, decimals):
        decimals += 1
    return f"{numeral(scaled, decimals)}%"


def one_in(value: float) -> str:
    """A small share as “1 in N”.

    >>> one_in(10 / 3147436)
    '1 in 314,744'
    """
    return f"1 in {half_up(1 / value, 0)}"


def share(value: float) -> str:
    """A share as a percentage, or as “1 in N” where it is small; a share of exactly 0 is “none”."""
    if value == 0:
        return "none"
    return one_in(value) if value < _SMALL else percent(value)
