"""A dissent: a signature by which a person says that they do not approve, and why.

In: a box's name, a signer's words. Out: whether it is a dissent, and the words in the form in which they are signed.
The words stand in the signature's own reason, which the signature covers, so that nobody can turn them afterwards; the
name of the box stands in what the first signature certified.
"""

from __future__ import annotations

import re

from impact.canonical import digest
from impact.errors import Fault, SignatureError

__all__ = ["MARK", "dissents", "is_dissent_box", "reason_of_dissent", "words_of_dissent"]

MARK = "Dissents:"
_BOX = re.compile(r"Dissent([1-9][0-9]?)?")


def is_dissent_box(box: str) -> bool:
    """Whether a box, or a role, is for those who do not approve.

    >>> is_dissent_box("Dissent"), is_dissent_box("Dissent2"), is_dissent_box("DissentNot")
    (True, True, False)
    """
    return _BOX.fullmatch(box) is not None


def dissents(box: str, reason: str | None) -> bool:
    """Whether a signature with this reason in this box is a dissent: either is enough.

    >>> dissents("Dissent1", "Approved"), dissents("Panel1", "Dissents: no"), dissents("Panel1", "I dissent from B")
    (True, True, False)
    """
    return is_dissent_box(box) or (reason or "").strip().casefold().startswith(MARK.casefold())


def reason_of_dissent(words: str | None, statement: bytes | None) -> str:
    """The reason that is signed.

    Args:
        words: Why, in one line; may be None where there is a statement.
        statement: Bytes of a longer statement, which is published beside the document; its digest is signed.

    Raises:
        SignatureError: S143, when there is neither.

    >>> reason_of_dissent("the threshold was never tested", None)
    'Dissents: the threshold was never tested'
    >>> reason_of_dissent(None, b"")[:41]
    'Dissents: statement sha256:e3b0c44298fc1c'
    """
    said = words_of_dissent(words)
    if not said and statement is None:
        raise SignatureError(
            Fault(
                "the dissent",
                "no words and no statement are given",
                "why this person does not approve",
                "Give --reason, or --statement with a file, or both",
                "S143",
            )
        )
    parts = [said] if said else []
    if statement is not None:
        parts.append(f"statement {digest(statement)}")
    return f"{MARK} {'; '.join(parts)}"


def words_of_dissent(reason: str | None) -> str:
    """The words alone.

    >>> words_of_dissent("Dissents: no test"), words_of_dissent(None)
    ('no test', '')
    """
    said = (reason or "").strip()
    return said[len(MARK) :].strip() if said.casefold().startswith(MARK.casefold()) else said
