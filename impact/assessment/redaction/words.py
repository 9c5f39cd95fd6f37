"""Words of a withheld answer in the parts that are shown: a bar over a name that stands on the next page hides nothing.

In: leaves of a record. Out: places. Looks for words as they were typed; what says the same in other words is for a
person to find.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

__all__ = ["counts_of", "places_of", "said_often", "words_of", "words_of_file"]

# Of an entry, what is no words of the assessor’s: codes, dates, names of whoever answered; and evidence, which other
# answers may cite too, and which has leaves of its own.
_NO_WORDS = {"status", "state", "evidence", "author", "drafted_by", "date", "time", "labels", "columns"}
_SHORTEST = 4
_OFTEN = 4  # answers with one and the same note
# Fixed by the pack and the plan, and public with them.
_FIXED = ("questionnaire/", "scoring/rules", "untested/rules", "block/law", "block/pack", "claims/checks", "audit/plan")


def words_of(leaf: Mapping[str, Any]) -> set[str]:
    """What somebody typed into an answer: its text, note, rows and reasons, each as a whole.

    >>> sorted(words_of({"entry": {"answer": {"value": "yes", "note": "Made by Acme Ltd"}, "state": "answered"}}))
    ['made by acme ltd']
    """
    answer = (leaf.get("entry") or {}).get("answer") or {}
    coded = {_plain(one) for one in _strings(answer.get("value"))} if answer.get("labels") else set()
    labels = {_plain(one) for one in _strings(answer.get("labels"))}
    typed = {
        _plain(text)
        for part in (answer, leaf.get("given"), {"why": leaf.get("entry", {}).get("reason")})
        for text in _strings(part)
    }
    if answer.get("value") is not None and labels == coded:  # words, shown as they were typed
        coded = set()
    found = {text for text in typed if len(text) >= _SHORTEST and re.search(r"[^\W\d]", text)}
    return found - coded - {"yes", "no", "true", "false", "none"}


def counts_of(leaf: Mapping[str, Any]) -> set[str]:
    """Counts with what they are out of, in the sentence of a ruling.

    >>> sorted(counts_of({"entry": {"ruling": {"sentence": "140 of 5,626 (2.5%) alerts have no review."}}}))
    ['140 of 5,626']
    """
    ruling = leaf["entry"].get("ruling") or {}
    return set(re.findall(r"\d[\d,]* of \d[\d,]*\d", str(ruling.get("sentence", ""))))


# Keys of a file beside the answers whose texts name somebody or say what they did, and are not the rules of a form.
_TOLD = {"name", "note", "title", "supplier", "answer", "excluded_because", "does", "ultimate_owner", "what", "text"}


def words_of_file(block: Mapping[str, Any]) -> set[str]:
    """What somebody typed into a file beside the answers: names, notes and reasons, each as a whole.

    >>> sorted(words_of_file({"offers": [{"id": "a", "name": "Acme Ltd", "evidence": [{"title": "Offers"}]}]}))
    ['acme ltd']
    """

    def told(value: Any, key: str = "") -> Iterator[str]:
        if isinstance(value, Mapping):
            for name, part in value.items():
                if name != "evidence":  # it has leaves of its own
                    yield from told(part, name)
        elif isinstance(value, list):
            for part in value:
                yield from told(part, key)
        elif isinstance(value, str) and key in _TOLD:
            yield _plain(value)

    return {text for text in told(block) if len(text) >= _SHORTEST and re.search(r"[^\W\d]", text)}


def said_often(leaves: Mapping[str, Any]) -> set[str]:
    """Notes that stand, as a whole, in several answers: “Not reported publicly.” tells nobody which answer it was."""
    notes = Counter(
        _plain(note)
        for name, leaf in leaves.items()
        if name.startswith("answer/") and (note := ((leaf.get("entry") or {}).get("answer") or {}).get("note"))
    )
    reasons = Counter(
        _plain(told) for name, leaf in leaves.items() if name.startswith("answer/") and (told := _reason(leaf))
    )
    return {text for text, times in (notes + reasons).items() if times >= _OFTEN}


def _reason(leaf: Mapping[str, Any]) -> str:
    given = leaf.get("given")
    return (
        str(given.get("note") or given.get("reason") or "")
        if isinstance(given, Mapping) and "value" not in given
        else ""
    )


def places_of(words: Collection[str], leaves: Mapping[str, Any]) -> list[str]:
    """Names of leaves in which one of these stands, as whole words; what the pack fixes is not looked at."""
    if not words:
        return []
    wanted = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(words)))
    return [
        name
        for name, value in sorted(leaves.items())
        if not name.startswith(_FIXED) and any(wanted.search(_plain(text)) for text in _strings(value))
    ]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key not in _NO_WORDS:
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
