"""Answers from a file, all of them or none.

In: a YAML file with answers, and an interview. Out: the entries that would be saved, or every fault at once.
Writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impact.assessment.against import stand_faults
from impact.assessment.answers import plain
from impact.assessment.folder import read_evidence
from impact.assessment.history.fold import same_entry
from impact.assessment.interview import Interview
from impact.errors import AnswerError, Fault
from impact.yamlfile import Located, YamlFaults, load

__all__ = ["read_answers_file"]

_SIGNED = ("author", "date", "time", "change_reason")


def read_answers_file(path: Path, interview: Interview, *, reason: str | None = None) -> dict[str, Any]:
    """The answers of a file that are new or other than those of the folder, as entries to save.

    Args:
        path: YAML: question ids and answers, below ``answers:`` or at the top, in the forms of assessment.yaml.
        interview: The folder's; who and when are added to entries that do not say.
        reason: Why answers are changed, for those that do not say so themselves.

    Raises:
        AnswerError: Every fault of the file together: A001 to A032 as in assessment.yaml, A110 to A112 its evidence,
            A059 an answer is changed and nobody says why.
    """
    from impact.questionnaire.entries import Reader

    try:
        located = load(path, family="A")
    except YamlFaults as error:
        raise AnswerError(error.faults) from None
    inside = isinstance(located.data, dict) and "answers" in located.data
    if not inside and located.data is not None:
        located = Located(located.name, {"answers": located.data}, _below(located))
    head = located.data if isinstance(located.data, dict) else {}
    # Evidence is held against the date of the assessment, which this file need not repeat.
    located = Located(
        located.name,
        {"answers": head.get("answers"), "assessment": {"date": interview.header.date}},
        located.places,
    )
    reader = Reader(located, interview.pack)
    given = reader.read()
    faults = [*reader.faults, *stand_faults(located, given, interview.theirs)]
    raw = located.data["answers"] if isinstance(located.data["answers"], dict) else {}
    cited = [
        (item.file, located.place_of(("answers", name, "evidence", index, "file")))
        for name, answer in given.items()
        for index, item in enumerate(answer.evidence)
        if item.file
    ]
    faults += read_evidence(interview.store.folder, cited)[1]
    entries: dict[str, Any] = {}
    for name in given:
        entry = _whole(plain(raw[name]), interview, reason)
        before = interview.entries.get(name)
        if before is not None and same_entry(_said(entry), _said(before)):
            continue
        if before is not None and "change_reason" not in entry:
            remedy = "Add “change_reason: …” to it, or give --reason for all of them"
            where = located.place_of(("answers", name), key=True)
            faults.append(Fault(where, f"the answer to {name} is changed", "the reason", remedy, "A059"))
        entries[name] = entry
    if faults:
        raise AnswerError(sorted(faults, key=_line))
    return entries


def _below(located: Located) -> dict[tuple[str | int, ...], tuple[int, int]]:
    """Places of a file without ``answers:`` on top, as if it had one."""
    return {() if not path else ("answers", *path): place for path, place in located.places.items()} | {
        (): (1, 1),
        ("answers",): (1, 1),
    }


def _whole(entry: Any, interview: Interview, reason: str | None) -> dict[str, Any]:
    """The long form, signed: what the file says of author and date stands before what we add."""
    if not isinstance(entry, Mapping):
        rows = isinstance(entry, list) and all(isinstance(part, Mapping) for part in entry) and entry
        entry = {"rows" if rows else "value": entry}
    signed = interview.entry(entry)
    if "date" in entry:
        signed.pop("time")
    changed = {"change_reason": reason} if reason and entry.get("change_reason") is None else {}
    return {**signed, **changed, **{key: entry[key] for key in _SIGNED if entry.get(key) is not None}}


def _said(entry: Any) -> Any:
    """What an entry answers, whoever signed it."""
    if not isinstance(entry, Mapping):
        return _said(
            {"rows" if isinstance(entry, list) and entry and isinstance(entry[0], Mapping) else "value": entry}
        )
    return {key: value for key, value in entry.items() if key not in _SIGNED and value not in (None, "")}


def _line(fault: Fault) -> tuple[int, int]:
    _, line, column = fault.where.rsplit(":", 2)
    return int(line), int(column)
