"""Events and entries in words, for the people whose history it is.

In: events, entries, and the pack where there is one. Out: lines of text and plain data. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from impact.assessment.history.event import Change, Event
from impact.questionnaire.labels import with_unit

if TYPE_CHECKING:
    from impact.assessment.history.merge import Clash
    from impact.assessment.history.store import State
    from impact.questionnaire.question import Question

__all__ = [
    "HEAD",
    "change_lines",
    "clash_lines",
    "entry_text",
    "event_json",
    "history_json",
    "history_lines",
    "moment",
    "told_edits",
]

_STATUSES = {"not_known": "not known", "not_applicable": "does not apply", "refused": "refused"}
_LONGEST = 300
HEAD = "head"  # what a clash of everything above the answers is called


def entry_text(entry: Any, question: Question | None = None, *, signed: bool = True) -> str:
    """An entry in one line: labels where the question is known, else as it was written.

    >>> entry_text({"status": "refused", "reason": "Legal advice", "author": "A. Person", "date": "2026-11-20"})
    'refused: Legal advice (A. Person, 20 November 2026)'
    """
    if entry is None:
        return "no answer"
    if not isinstance(entry, Mapping):
        entry = {"rows" if isinstance(entry, list) and any(isinstance(x, Mapping) for x in entry) else "value": entry}
    status = _STATUSES.get(str(entry.get("status", "")))
    said = [f"{status}: {entry['reason']}" if entry.get("reason") else status] if status else []
    if entry.get("value") not in (None, ""):
        said.append(_value(entry["value"], question))
    if entry.get("text"):
        said.append(f"“{_short(str(entry['text']))}”")
    rows = entry.get("rows")
    if isinstance(rows, list):
        said.append(
            f"{len(rows)} row{'' if len(rows) == 1 else 's'}: {_short('; '.join(_row(row, question) for row in rows))}"
        )
    judged = entry.get("judged")
    if isinstance(judged, Mapping):
        said.append(f"judged {judged.get('value')}: {judged.get('reason')}")
    text = "; ".join(said) or "no value"
    if entry.get("note"):
        text += f"; note: {_short(str(entry['note']))}"
    pieces = entry.get("evidence")
    if isinstance(pieces, list) and pieces:
        text += f"; evidence: {', '.join(_piece(one) for one in pieces)}"
    by = ", ".join(part for part in (str(entry.get("author") or ""), _when(entry)) if part)
    return f"{text} ({by})" if signed and by else text


def _value(value: Any, question: Question | None) -> str:
    if isinstance(value, list):
        return ", ".join(_value(part, question) for part in value) or "nothing ticked"
    if isinstance(value, bool):
        value = "yes" if value else "no"
    choice = question.choice(str(value)) if question is not None else None
    if choice is not None:
        return choice.label
    if isinstance(value, int | float):
        return with_unit(value, question.unit if question is not None else None)
    return _day(str(value)) or _short(str(value))


def _row(row: Any, question: Question | None) -> str:
    """Cells in the order of the columns, where they are known."""
    if not isinstance(row, Mapping):
        return str(row)
    columns = [column.code for column in question.columns] if question is not None else []
    return ", ".join(str(row[code]) for code in dict.fromkeys([*columns, *row]) if code in row)


def _piece(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    text = str(item.get("title") or item.get("file") or item.get("url") or "untitled")
    return f"{text}, expires {_day(str(item['expires'])) or item['expires']}" if item.get("expires") else text


def _when(entry: Mapping[str, Any]) -> str:
    if not entry.get("date"):
        return ""
    day, time = _day(str(entry["date"])) or str(entry["date"]), str(entry.get("time") or "")
    return f"{day}, {time.removesuffix('Z')}{' UTC' if time.endswith('Z') else ''}" if time else day


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}" if day else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def moment(at: str) -> str:
    """A time of the history as people write it.

    >>> moment("2026-11-20T15:44:00Z")
    '20 November 2026, 15:44 UTC'
    """
    return f"{_day(at[:10])}, {at[11:16]} UTC" if _day(at[:10]) and len(at) >= 16 else at


def change_lines(event: Event, before: Any, question: Question | None) -> list[str]:
    """One event: when, who, which question; what it was and what it became."""
    change = event.change
    head = f"{event.seq:>4}  {moment(change.at)}  {change.who}"
    if change.op == "merge":
        note = change.value if isinstance(change.value, Mapping) else {}
        return [f"{head}  joined another history: {note.get('joined', '?')} events, {note.get('shared', '?')} shared"]
    how = {"edited": " (in assessment.yaml, by hand)"}.get(change.op, "")
    joined = " (joined from another history)" if change.merged_from else ""
    lines = [f"{head}{how}{joined}"]
    asked = f"  {question.text}" if question is not None else ""
    lines.append(f"      {change.q}{asked}")
    if before is not None:
        lines.append(f"      was: {entry_text(before, question)}")
    signed = isinstance(change.value, Mapping) and change.value.get("author") not in (None, change.who)
    now = entry_text(change.value, question, signed=signed)
    lines.append(f"      {'now' if before is not None else 'answer'}: {now}")
    reason = change.value.get("change_reason") if isinstance(change.value, Mapping) else None
    return [*lines, f"      why: {reason}"] if reason else lines


def event_json(event: Event, before: Any) -> dict[str, Any]:
    """The same as plain data."""
    change: Change = event.change
    found = {"seq": event.seq, "at": change.at, "who": change.who, "op": change.op, "q": change.q}
    found |= {"before": before, "value": change.value, "hash": event.hash}
    return found | ({"merged_from": change.merged_from} if change.merged_from else {})


def told_edits(edits: Sequence[Change], *, first: bool = False) -> str:
    """That assessment.yaml was edited by hand, for whoever is at the keyboard.

    Args:
        edits: What became events.
        first: The history begins with them: nobody knows when these answers were given.
    """
    if first:
        what = f"{len(edits)} answer{'s' if len(edits) != 1 else ''} of assessment.yaml as found"
        return f"The history begins in log.jsonl, with {what}"
    names = ", ".join(change.q for change in edits[:12]) + (" …" if len(edits) > 12 else "")
    gone = sum(change.value is None for change in edits)
    answers = f"{len(edits)} answers are" if len(edits) != 1 else "1 answer is"
    text = f"assessment.yaml was edited by hand: {answers} now in the history as well ({names})"
    return f"{text}; {gone} of them were taken away" if gone else text


def history_lines(state: State, questions: Mapping[str, Question], *, question: str | None = None) -> list[str]:
    """The whole history, oldest first, or that of one question.

    Args:
        state: What the store read.
        questions: Of the pack, for their words; may be empty.
        question: Only this one.
    """
    if not state.kept:
        return ["There is no history yet: it begins with the first answer that “impact answer” saves."]
    lines: list[str] = []
    for event, before in _with_before(state.events):
        if question in (None, event.change.q):
            lines += change_lines(event, before, questions.get(event.change.q))
    if question is not None and not lines:
        lines = [f"Nothing was ever said of {question}."]
    lines += ["", f"{len(state.events)} events, chain intact; head {state.head}"]
    if state.torn:
        lines.append("The last line has no end: a crash cut it off, and it is no event")
    names = [change.q for change in state.unrecorded if question in (None, change.q)]
    if names:
        lines.append(f"Edited by hand in assessment.yaml and not in the history yet: {', '.join(names)} (add --record)")
    return lines


def history_json(state: State, *, question: str | None = None) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "ok": True,
        "events": [
            event_json(event, before)
            for event, before in _with_before(state.events)
            if question in (None, event.change.q)
        ],
        "count": len(state.events),
        "head": state.head if state.kept else None,
        "unrecorded": [change.q for change in state.unrecorded if question in (None, change.q)],
        "torn": state.torn,
    }


def _with_before(events: Sequence[Event]) -> list[tuple[Event, Any]]:
    stands: dict[str, Any] = {}
    found = []
    for event in events:
        found.append((event, stands.get(event.change.q)))
        if event.change.op != "merge":
            stands[event.change.q] = event.change.value
    return found


def clash_lines(clash: Clash, question: Question | None) -> list[str]:
    """A question that both sides answered otherwise: both answers, with who gave them and when."""
    if clash.q == HEAD:
        keys = [
            key
            for key in {**(clash.ours.get("assessment") or {}), **(clash.theirs.get("assessment") or {})}
            if (clash.ours.get("assessment") or {}).get(key) != (clash.theirs.get("assessment") or {}).get(key)
        ]
        lines = ["", f"Above the answers the two differ: {', '.join(keys) or 'version, pack'}"]
        for number, side in (("1", clash.ours), ("2", clash.theirs)):
            about = side.get("assessment") or {}
            lines.append(f"  {number}: " + "; ".join(f"{key} {about.get(key)}" for key in keys))
        return lines
    lines = ["", f"{clash.q}{f'  {question.text}' if question else ''}", "  Both sides answered it, otherwise:"]
    for number, entry, event in (("1", clash.ours, clash.our_event), ("2", clash.theirs, clash.their_event)):
        side = "this side" if number == "1" else "the other side"
        said = entry_text(entry, question, signed=False)
        lines.append(f"  {number} ({side}, {event.change.who}, {moment(event.change.at)}): {said}")
    return lines
