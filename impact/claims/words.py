"""Numbers in sentences of rulings.

In: counts and shares. Out: text, as a councillor reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from impact.claims.shares import Share
from impact.rounding import half_up

__all__ = ["listed_words", "named", "number", "one_of_a_kind", "percent", "share_words"]

_SAID = {"rank_grade": "rank or grade", "area_code": "area"}
_ONE = {
    "people": "person", "queries": "query", "copies": "copy", "authorities": "authority", "columns": "column",
    **{
        f"{word}s": word
        for word in (
            "row", "case", "alert", "record", "day", "hour", "week", "month", "year", "table", "target", "group",
            "reviewer", "number", "count", "comparison", "place", "link", "pair", "deployment", "action", "use", "area",
            "document", "statement", "version", "period", "bin", "flag", "event", "stop", "person", "outcome", "error",
            "field", "watchlist", "challenge", "location", "chain", "export", "test", "text", "name", "user",
            "decision",
        )
    },
}  # fmt: skip
_DOES = {
    "have": "has", "were": "was", "are": "is", "do": "does", "use": "uses", "lack": "lacks", "hold": "holds",
    "count": "counts", "name": "names",
}  # fmt: skip
# A number that is 1 and no part of another one, an adjective or two, the noun, and the rest of the sentence.
_ONE_OF = re.compile(rf"(?<![\d.,–-])\b1 ((?:[a-z]+ ){{0,2}}?)({'|'.join(_ONE)})\b([^;]*)")
_VERB = re.compile(rf"(^(?: of the log)?(?: \([^)]*\)|, with [^,]*,)? |\band |^ about [a-z, ]* )({'|'.join(_DOES)})\b")


def named(column: str) -> str:
    """A column of the contract as words.

    >>> named("age_band"), named("rank_grade")
    ('age band', 'rank or grade')
    """
    return _SAID.get(column, column.replace("_", " "))


def one_of_a_kind(text: str) -> str:
    """A sentence in which what there is one of stands in the singular, with its verb.

    >>> one_of_a_kind("In 1 cases, 1 test records were late; 21 rows have none, 0.1 hours each; 1 of 3 rows.")
    'In 1 case, 1 test record was late; 21 rows have none, 0.1 hours each; 1 of 3 rows.'
    >>> one_of_a_kind("1 rows (0.1%) have no sex recorded and were left out there. 2 rows were not.")
    '1 row (0.1%) has no sex recorded and was left out there. 2 rows were not.'
    """

    def said(found: re.Match[str]) -> str:
        before, noun, rest = found.groups()
        if any(word in ("of", "in", "and", "or", "to", "by", "the", "than") for word in before.split()):
            return f"1 {before}{noun}{one_of_a_kind(rest)}"
        own, end, after = rest.partition(". ")
        own = _VERB.sub(lambda verb: verb[1] + _DOES[verb[2]], own)
        return f"1 {before}{_ONE[noun]}{one_of_a_kind(own)}{end}{one_of_a_kind(after)}"

    return _ONE_OF.sub(said, text)


def listed_words(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed_words(["a"]), listed_words(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def number(value: float | int | None) -> str:
    """A count with commas; a decimal with at most two places.

    >>> number(45000), number(12.5), number(None)
    ('45,000', '12.5', 'no number')
    """
    if value is None:
        return "no number"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """A share in percent, with as many places as keep a rare event from looking like nought.

    >>> percent(0.153), percent(0.00012), percent(0.0), percent(1.0), percent(0.99996)
    ('15.3%', '0.012%', '0%', '100%', '99.996%')
    """
    if value is None:
        return "an unknown share"
    near = min(abs(value), abs(1 - value))
    places = 1
    while near and places < 8 and near * 100 < 10 ** (1 - places):
        places += 1
    text = half_up(value * 100, places)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def share_words(share: Share) -> str:
    """“12 of 340 (3.5%)”.

    >>> share_words(Share(12, 340)), share_words(Share(0, 0))
    ('12 of 340 (3.5%)', '0 of 0')
    """
    if not share.n:
        return f"{number(share.k)} of {number(share.n)}"
    return f"{number(share.k)} of {number(share.n)} ({percent(share.value)})"
