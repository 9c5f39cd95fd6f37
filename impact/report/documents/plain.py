"""Shares and sentences for anybody: “about 15 in 100”, and how old a reader has to be.

In: shares, text. Out: words, a number of years. Knows nothing of records.
"""

from __future__ import annotations

import re

from impact.report.figures import one_in, percent

__all__ = ["about", "reading_age"]

_AGE_OF_GRADE = 5  # a child in grade 1 of the United States is six
_FEWEST_WORDS = 10  # under this a mean of words says nothing
_SILENT = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|[^aeiouyscxzgh]es$")  # rate, role, flagged, times


def about(share: float) -> str:
    """A share as people say it: whole numbers out of 100, or “1 in n” where 100 is too coarse.

    >>> about(0.1535), about(0.5), about(0.0048), about(0.9952), about(0.0), about(1.0)
    ('about 15 in 100', 'about 50 in 100', 'about 1 in 208', 'all but about 1 in 208', 'none', 'all')
    """
    if share in (0, 1):
        return "all" if share else "none"
    if share < 0.01:
        return f"about {one_in(share)}"
    if share > 0.99:
        return f"all but about {one_in(1 - share)}"
    return f"about {percent(round(share, 2)).removesuffix('%').removesuffix('.0')} in 100"


def reading_age(text: str) -> float | None:
    """Age at which a reader follows a text: the Flesch–Kincaid grade plus five years.

    A syllable is taken to be a group of vowels, which errs by about one word in ten; figures count as one word of one
    syllable each. A rough guide to how hard sentences are, and no measure of whether they are true.

    Args:
        text: English sentences, each ending in a full stop, question mark or exclamation mark.

    Returns:
        Years, or None for fewer than ten words.

    Source:
        Kincaid, Fishburne, Rogers and Chissom 1975, Research Branch Report 8-75, Naval Technical Training Command.

    >>> reading_age("Too short.") is None
    True
    """
    words = re.findall(r"[A-Za-z]+(?:’[a-z]+)?|\d[\d.,]*", text)
    if len(words) < _FEWEST_WORDS:
        return None
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", text)))
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59 + _AGE_OF_GRADE


def _syllables(word: str) -> int:
    """Groups of vowels, without an “e” that is not heard; at least one.

    >>> [_syllables(word) for word in ("the", "creature", "flagged", "table", "data", "45")]
    [1, 2, 1, 2, 2, 1]
    """
    heard = len(re.findall(r"[aeiouy]+", word))
    return max(1, heard - bool(_SILENT.search(word)))
