"""A record whose every text can be shown, and the list of what had to be written out.

In: a record as plain data. Out: a copy with invisible, direction-changing and undrawable characters as code points.
Knows nothing of what the texts mean.
"""

from __future__ import annotations

from typing import Any

from impact.report.typeface import written_out

__all__ = ["cleaned"]


def cleaned(value: Any, *, drawable: frozenset[str] | None, changed: set[str]) -> Any:
    """``value`` with every text, and every key, made visible; characters that were written out go into ``changed``.

    >>> found: set[str] = set()
    >>> cleaned({"a": ["x\\u202ey", 1, None]}, drawable=None, changed=found), found
    ({'a': ['x[U+202E]y', 1, None]}, {'U+202E'})
    """
    if isinstance(value, str):
        shown = written_out(value, drawable=drawable)
        if "[U+" in shown:
            changed |= {f"U+{ord(c):04X}" for c in value if f"[U+{ord(c):04X}]" in shown and c not in shown}
        return shown
    if isinstance(value, dict):
        return {
            written_out(key, drawable=drawable): cleaned(inner, drawable=drawable, changed=changed)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [cleaned(inner, drawable=drawable, changed=changed) for inner in value]
    return value
