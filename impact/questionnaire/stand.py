"""The key ``stand`` of an answer: whether a second body agrees with what the first said, or differs, and why.

In: located YAML. Out: a ``Stand``, and a fault for each mistake. Knows neither body, and compares no answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from impact.questionnaire.answer import Stand
from impact.yamlfile import nearest

__all__ = ["SAYS", "read_stand", "stand_part"]

SAYS = ("agree", "differ")
_KEYS = ("says", "reason")


def read_stand(raw: Any, at: tuple[str | int, ...], fault: Callable[..., None]) -> Stand | None:
    """A stand, written ``stand: agree`` or ``stand: {says: differ, reason: …}``.

    Args:
        raw: What stands under ``stand``.
        at: Where it stands.
        fault: Called with place, what was found, what was wanted, what to do, and a code: A170 the form, A171 a
            difference without its reason.
    """
    if raw is None:
        return None
    said = raw if isinstance(raw, dict) else {"says": raw}
    for key in said:
        if key not in _KEYS:
            near = nearest(str(key), _KEYS)
            remedy = f"Did you mean “{near}”?" if near else f"Keys: {', '.join(_KEYS)}"
            fault((*at, str(key)), f"unknown key “{key}” of a stand", "", remedy, "A170", key=True)
            return None
    says, reason = said.get("says"), said.get("reason")
    if says not in SAYS:
        near = nearest(says, SAYS) if isinstance(says, str) else None
        remedy = f"Did you mean “{near}”?" if near else "Write one of them, or leave the key out"
        fault(at, "a stand on the first body’s answer is neither of two words", "agree or differ", remedy, "A170")
        return None
    if reason is not None and not isinstance(reason, str):
        fault((*at, "reason"), "the reason of a stand is not text", "text", "Put it in quotes", "A170")
        return None
    reason = reason.strip() if reason else ""
    if says == "differ" and not reason:
        remedy = "Write “stand: {says: differ, reason: …}”: it is printed beside both answers"
        fault(at, "it differs from the first body’s answer without a reason", "a reason", remedy, "A171")
        return None
    return Stand(says, reason or None)


def stand_part(stand: Stand | None) -> dict[str, Any]:
    """The key of a record; none where no stand was taken, so that other records keep their bytes.

    >>> stand_part(None), stand_part(Stand("agree", None))
    ({}, {'stand': {'says': 'agree', 'reason': None}})
    """
    return {} if stand is None else {"stand": {"says": stand.says, "reason": stand.reason}}
