"""A document that was made from the record in another: which one, by whom it was signed, and whether that was checked.

In: the block ``made_from`` of a cleaned record. Out: a stamp, a line of the cover, a sentence; nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date
from impact.report.view.against import HELD, signer_text
from impact.report.view.parts import joined

__all__ = ["made_from_author", "made_from_fact", "made_from_sentence", "made_from_stamp", "made_from_told"]

_STAMPS = {
    "verified": "MADE FROM ANOTHER DOCUMENT’S RECORD",
    "failed": "MADE FROM A DOCUMENT THAT DID NOT VERIFY",
    "not checked": "MADE FROM A DOCUMENT WHOSE SIGNATURES NOBODY CHECKED",
}
_SAID = {
    "verified": "it verified on {day} with the trust folder of whoever made this one",
    "failed": "IT DID NOT VERIFY on {day} with the trust folder of whoever made this one",
    "not checked": "NOBODY CHECKED ITS SIGNATURES when this one was made on {day}",
}


def made_from_stamp(record: Mapping[str, Any]) -> str:
    """What every page says; empty for a document that its assessor made."""
    told = record.get("made_from")
    return _STAMPS[told["signatures"]] if told else ""


def made_from_author(record: Mapping[str, Any]) -> str:
    """Who is named as author in the file itself: whoever makes a document of somebody's record is not that body."""
    organisation = str(record["assessment"]["organisation"])
    return f"Made from a record of {organisation}" if record.get("made_from") else organisation


def made_from_told(told: Mapping[str, Any]) -> str:
    """What a reader who verifies such a document is told; the record is a stranger's and may hold any word.

    >>> made_from_told({"digest": "sha256:00", "signatures": "verified"})[-74:]
    'Whoever made this one says of that one: verified. Its digest is sha256:00.'
    """
    state = HELD.get(told["signatures"], "nothing that is understood")
    return (
        "It was MADE FROM THE RECORD IN ANOTHER DOCUMENT: those who signed that one have not thereby signed this "
        "one. "
        f"Whoever made this one says of that one: {state}. Its digest is {told['digest']}."
    )


def made_from_fact(told: Mapping[str, Any]) -> str:
    """One line for the cover.

    >>> made_from_fact({"digest": "sha256:" + "0" * 64, "signatures": "verified"})
    'the record in another document, sha256:000000000000… (verified)'
    """
    return f"the record in another document, {told['digest'][:19]}… ({HELD[told['signatures']]})"


def made_from_sentence(record: Mapping[str, Any]) -> str:
    """What a reader must know of the other document; empty where there is none."""
    told = record.get("made_from")
    if not told:
        return ""
    signers = joined([signer_text(one) for one in told["signers"]]) or "nobody"
    practice = " Its signatures are practice signatures, which prove nothing." if told["practice"] else ""
    return (
        f"This document was made from the record in another, which was signed by {signers}; "
        f"{_SAID[told['signatures']].format(day=british_date(told['checked']))}.{practice} Those who signed that one "
        "have not seen this one, and whoever made this one need not know more than the record says. Nothing that was "
        f"answered, counted or scored was changed. The digest of the other document is {told['digest']}, that of its "
        f"record {told['record_digest']}."
    )
