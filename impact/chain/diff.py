"""Two assessments side by side: read from folders, records or signed documents, compared, and told in words.

In: two paths. Out: ``Compared``: plain data, and lines for a terminal. A signature is not judged here: that is
``impact verify``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.assessment.difference import difference
from impact.assessment.split import split_of_records
from impact.chain.first_document import attached_record
from impact.errors import AnswerError, Fault
from impact.settings import Settings

__all__ = ["Compared", "compare_assessments", "read_record"]

MAX_BYTES = 200_000_000
SCHEMA = "impact/record/1"


@dataclass(frozen=True)
class Compared:
    """What two assessments say otherwise; ``data`` is documented in docs/answers.md."""

    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.data

    def lines(self, *, every: bool = False) -> list[str]:
        """Lines for a terminal.

        Args:
            every: Also dimensions, questions and evidence that a short account leaves out.
        """
        from impact.chain.diff_lines import lines

        return lines(self.data, every=every)


def compare_assessments(a: Path, b: Path, *, settings: Settings, step: Callable[[str], None]) -> Compared:
    """Compare two assessments, or two versions of one.

    Args:
        a, b: Each an assessment folder, a record.json, or a PDF that has its record attached.
        settings: Where packs are found, to score again for the split.
        step: Told one line of progress at each stage.

    Raises:
        AnswerError: A125 a path is none of these, or the record in it is not one that can be compared; faults of a
            folder.
        SignatureError: The PDF cannot be read.
    """
    records, kinds = [], []
    for path in (a, b):
        record, kind = read_record(path, settings=settings, step=step)
        records.append(record)
        kinds.append(kind)
    one, two = records
    try:
        data = difference(one, two)
        parts = split_of_records(one, two, settings=settings)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        fault = Fault(f"{a}, {b}", "a record lacks what is compared", f"records of schema {SCHEMA}", "", "A125")
        raise AnswerError(fault) from None
    for side, kind in zip("ab", kinds, strict=True):
        data[side]["read_from"] = kind
    worked = not isinstance(parts, str)
    data["split"] = [part.to_json() for part in parts if not isinstance(part, str)] if worked else None
    data["no_split_because"] = None if worked else parts
    return Compared({"ok": True, **data})


def read_record(path: Path, *, settings: Settings, step: Callable[[str], None]) -> tuple[dict[str, Any], str]:
    """The record of a folder (made now), a record.json, or a PDF; and which of them: folder, record or document.

    Raises:
        AnswerError: A125, and the faults of a folder.
    """
    if path.is_dir():
        if (path / "record.json").is_file() and not (path / "assessment.yaml").is_file():
            path = path / "record.json"  # a folder that “impact build” made
        else:
            from impact.assessment.record import build_record

            # Text and back, so that tuples and lists are alike whatever a record was read from.
            built = build_record(path, settings=settings, step=step, second_opinion=False)
            return json.loads(json.dumps(built.record)), "folder"
    try:
        data = path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_BYTES else None
    except OSError:
        data = None
    if data is None:
        found = "does not exist" if not path.exists() else "cannot be read, or is larger than 200 MB"
        wanted = "an assessment folder, a record.json, or a PDF made by impact"
        raise AnswerError(Fault(str(path), found, wanted, "Check the path", "A125"))
    kind = "record"
    if data.startswith(b"%PDF"):
        step(f"reading the record attached to {path}")
        data, kind = attached_record(data, where=str(path), first_hand=False)[0], "document"
    try:
        record = json.loads(data)
        known = record["schema"] == SCHEMA and isinstance(record["assessment"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise AnswerError(Fault(str(path), "holds no record", f"a record of schema {SCHEMA}", "", "A125"))
    return record, kind
