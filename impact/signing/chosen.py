"""What the reader chose to believe, told as plain data: a verdict is worth no more than the folder it rests on.

In: a ``Trust``. Out: names and fingerprints of its roots, its revocation lists and answers, its roles. Judges nothing.
"""

from __future__ import annotations

from typing import Any

from impact.signing.certificates import fingerprint, is_practice_certificate, name_of
from impact.signing.responses import is_of
from impact.signing.trust import Trust

__all__ = ["chosen"]


def chosen(trust: Trust) -> dict[str, Any]:
    """The trust folder as plain data.

    Returns:
        ``roots`` (name, fingerprint, practice), ``lists`` (issuer, and ``due``: the day on which a newer list is
        awaited, or None), ``answers`` (about single certificates; the same), ``roles`` (name, label, and how many
        certificates may sign), ``required``, ``present``, ``timestamp_required`` and ``level``. No path of the reader's
        machine.
    """
    known = (*trust.roots, *trust.intermediates)
    return {
        "roots": [
            {"name": name_of(root), "fingerprint": fingerprint(root), "practice": is_practice_certificate(root)}
            for root in trust.roots
        ],
        "lists": [
            {"issuer": each.issuer, "due": None if each.due is None else each.due.date().isoformat()}
            for each in trust.lists
        ],
        "answers": [
            {
                "issuer": next((name_of(one) for one in known if is_of(each, one)), None),
                "due": each.due.date().isoformat(),
            }
            for each in trust.responses
        ],
        "roles": [
            {"name": role.name, "label": role.label, "certificates": len(role.certificates)} for role in trust.roles
        ],
        "required": list(trust.required),
        "present": list(trust.present),
        "timestamp_required": trust.timestamp_required,
        "level": trust.level,
    }
