"""Caveats of the findings, each said once with the findings that it belongs to.

In: the findings of a cleaned record. Out: sentences. For most findings this list is the only place that names them, so
no caveat and no id is left out; what is long is put together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.view.parts import joined
from impact.report.words import caveat_sentence

__all__ = ["caveat_lines", "id_spans"]

_SHARE = re.compile(r"\d+(?:\.\d+)?%")


def id_spans(ids: Sequence[str]) -> str:
    """Ids in words, where three or more that follow each other are told by the first and the last.

    >>> id_spans(["F-0007", "F-0008", "F-0009", "F-0011", "F-0020", "F-0021"])
    'F-0007 to F-0009, F-0011, F-0020 and F-0021'
    """
    runs: list[list[str]] = []
    for each in sorted(ids):
        if runs and _follows(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    words: list[str] = []
    for run in runs:
        words += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return joined(words)


def _follows(one: str, other: str) -> bool:
    (head, first), (same, second) = (each.rsplit("-", 1) if "-" in each else ("", each) for each in (one, other))
    return head == same and first.isdecimal() and second.isdecimal() and int(second) == int(first) + 1


def caveat_lines(findings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each caveat with its findings; those that differ in one share alone are one line, the shares in rising order.

    >>> missing = "C06 outcomes are missing for {} of the others with a yes"
    >>> lines = caveat_lines([
    ...     {"id": "F-0001", "caveats": [missing.format("2.4%")]},
    ...     {"id": "F-0002", "caveats": [missing.format("1.9%")]},
    ...     {"id": "F-0003", "caveats": ["C06 fewer than 30 on one side"]},
    ... ])
    >>> print(*lines, sep="\\n")
    Outcomes are missing for some of the others with a yes: 1.9% (F-0002); 2.4% (F-0001).
    Fewer than 30 on one side. (F-0003.)
    """
    holders: dict[str, list[str]] = {}
    for finding in findings:
        for caveat in finding.get("caveats") or ():
            ids = holders.setdefault(caveat_sentence(caveat), [])
            if finding["id"] not in ids:
                ids.append(finding["id"])
    alike: dict[str, dict[str, str]] = {}  # sentence without its share -> share -> the sentence itself
    for sentence in holders:
        shares = _SHARE.findall(sentence)
        masked = _SHARE.sub("some", sentence) if len(shares) == 1 else sentence
        alike.setdefault(masked, {})[shares[0] if len(shares) == 1 else ""] = sentence
    lines = []
    for masked, by_share in alike.items():
        if len(by_share) == 1:
            (sentence,) = by_share.values()
            ids = holders[sentence]
            lines.append(f"{sentence} ({'All findings' if len(ids) == len(findings) else id_spans(ids)}.)")
        else:
            ordered = sorted(by_share, key=lambda share: float(share.rstrip("%") or -1))
            told = "; ".join(f"{share or 'not said'} ({id_spans(holders[by_share[share]])})" for share in ordered)
            lines.append(f"{masked.rstrip('.')}: {told}.")
    return tuple(lines)
