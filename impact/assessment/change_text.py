"""What would change a level, in lines for a terminal.

In: the scoring block of a record. Out: lines, not yet wrapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["change_lines"]


def change_lines(scoring: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Single answers, pairs where no single answer is enough, what holds a level, and what evidence would do."""
    further, found = scoring["sensitivity_further"], []
    if scoring["sensitivity"]:
        found += ["", "What this one answer would change, if it were otherwise:"]
        found += [f"  {item['question']} {item['text']} – {item['change']}" for item in scoring["sensitivity"]]
    if further["pairs"]:
        found += ["", "What two answers together would change, where no one answer moves the level:"]
        for item in further["pairs"]:
            found += [f"  {' and '.join(f'{name} {texts[name]}' for name in item['questions'])} – {item['sentence']}"]
    if further["held"]:
        found += ["", "What holds a level that no one or two answers bring down:"]
        found += [f"  {item['sentence']}" for item in further["held"]]
    if further["evidence"]:
        found += ["", "What evidence would do, verified by somebody independent and of this day:"]
        found += [
            f"  {item['question']} {texts[item['question']]} – {item['sentence']}" for item in further["evidence"]
        ]
        found += [f"  All that is claimed – {further['all_evidence']['sentence']}"] if further["all_evidence"] else []
    return found
