"""Carry the answers of one assessment over to a new one, where both packs have the question.

In: an assessment folder and the pack of the new one. Out: answers as YAML, and the evidence files they cite.
Carries an answer whole or not at all, and says which it could not carry. The head stays: it is another assessment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import AnswerError, Fault

if TYPE_CHECKING:
    from impact.questionnaire.question import Asks

__all__ = ["Carried", "carry_answers", "written_into"]

_PLAIN_KEYS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Carried:
    """What is taken over.

    Attributes:
        answers: Question id -> the entry as it stood.
        evidence: Path below the folder -> bytes, for every file that these answers cite.
        left: Questions that were answered and that the new pack does not have.
    """

    answers: Mapping[str, Any]
    evidence: Mapping[str, bytes]
    left: tuple[str, ...]


def carry_answers(folder: Path, pack: Asks) -> Carried:
    """Answers of ``folder`` that fit ``pack``.

    Raises:
        AnswerError: The faults of the folder's head, of answers that the new pack refuses, and of evidence that is
            missing; Q053 there is no answer to take over.
    """
    from impact.assessment.folder import open_folder, read_evidence
    from impact.questionnaire.answers import read_answers
    from impact.yamlfile import Located

    opened = open_folder(folder)
    located = opened.located
    given = located.data.get("answers") if isinstance(located.data, dict) else None
    if opened.faults:
        raise AnswerError(opened.faults)
    if not isinstance(given, dict) or not given:
        where = located.place_of(())
        raise AnswerError(Fault(where, "there is no answer to take over", "answers", "Name another folder", "Q053"))
    kept = {str(name): entry for name, entry in given.items() if str(name) in pack.questions}
    read_answers(Located(located.name, {**located.data, "answers": kept}, located.places), pack)
    cited = [
        (item["file"], located.place_of(("answers", name, "evidence", index, "file")))
        for name, entry in kept.items()
        if isinstance(entry, dict)
        for index, item in enumerate(entry.get("evidence") or ())
        if isinstance(item, dict) and item.get("file")
    ]
    files, faults = read_evidence(folder, cited)
    if faults:
        raise AnswerError(faults)
    evidence = {file.file: (folder / file.file).read_bytes() for file in files}
    return Carried(kept, evidence, tuple(str(name) for name in given if str(name) not in pack.questions))


def written_into(text: str, carried: Carried) -> str:
    """A new assessment.yaml with the answers in place of the comments that wait for them."""
    for name, entry in carried.answers.items():
        waiting = f"\n  # {name}:\n"
        text = text.replace(waiting, "\n" + "\n".join(_entry(name, entry)) + "\n", 1)
    return text


def _entry(name: str, entry: Any) -> list[str]:
    if isinstance(entry, dict):
        return [f"  {name}:", *(f"    {key}: {_flow(value)}" for key, value in entry.items())]
    return [f"  {name}: {_flow(entry)}"]


def _flow(value: Any) -> str:
    """A value as YAML on one line: JSON, which YAML 1.2 reads, but for dates and plain keys.

    >>> _flow([{"purpose": "Pay", "since": date(2026, 5, 1)}]), _flow("no")
    ('[{purpose: "Pay", since: 2026-05-01}]', '"no"')
    """
    if isinstance(value, dict):
        pairs = (
            f"{key if _PLAIN_KEYS.fullmatch(str(key)) else _flow(str(key))}: {_flow(v)}" for key, v in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
