"""One entry of an assessment file after another: the short and the long form, checked against its question.

In: located YAML and a pack. Out: answers by question id, and faults with line and column.
Knows the forms of entries only; what an answer means for a score is decided elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any, get_args

from impact.errors import Fault
from impact.questionnaire.answer import Answer, Evidence, Judged, Status
from impact.questionnaire.pledges import read_pledges
from impact.questionnaire.question import Asks, Column, Question
from impact.questionnaire.stand import read_stand
from impact.yamlfile import Located, nearest

__all__ = ["NO_DATE", "Reader"]

NO_DATE = "none"  # a date question answered with "there is no such date"
_STATUSES: tuple[Status, ...] = get_args(Status)
_KEYS = (
    "status", "value", "text", "rows", "note", "judged", "evidence",
    "author", "date", "time", "drafted_by", "change_reason", "reason", "promises", "stand",
)  # fmt: skip
_EVIDENCE_KEYS = ("file", "url", "title", "date", "expires", "published", "verified_by")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d\d:\d\d)?")
_URL = re.compile(r"https?://[^\s]+")
Loc = tuple[str | int, ...]


class Reader:
    """Reads every entry; faults are collected in ``faults`` and nothing is raised."""

    def __init__(self, located: Located, pack: Asks) -> None:
        self.located = located
        self.pack = pack
        self.faults: list[Fault] = []
        head = located.data.get("assessment") if isinstance(located.data, dict) else None
        made = head.get("date") if isinstance(head, dict) else None
        self.made: date | None = made if type(made) is date else None

    def read(self) -> dict[str, Answer]:
        data = self.located.data.get("answers") if isinstance(self.located.data, dict) else None
        if data is None:
            return {}
        if not isinstance(data, dict):
            remedy = "Write “A7: …”, with a space after the colon"
            self.fault(("answers",), "what stands here is no answer", "question ids and their answers", remedy, "A011")
            return {}
        found: dict[str, Answer] = {}
        for name, entry in data.items():
            question = self.pack.questions.get(str(name))
            if question is None:
                near = nearest(str(name), self.pack.questions)
                remedy = f"Did you mean “{near}”?" if near else "Remove it, or check the id"
                self.fault(("answers", str(name)), f"the pack has no question “{name}”", "", remedy, "A010", key=True)
            elif entry is not None and entry != "":  # a key with nothing after it: not answered yet
                answer = self._entry(question, entry, ("answers", question.id))
                if answer is not None:
                    found[question.id] = answer
        return found

    def in_order(self) -> list[Fault]:
        def place(fault: Fault) -> tuple[int, int]:
            _, line, column = fault.where.rsplit(":", 2)
            return int(line), int(column)

        return sorted(self.faults, key=place)

    def fault(self, at: Loc, found: str, wanted: str, remedy: str, code: str, *, key: bool = False) -> None:
        self.faults.append(Fault(self.located.place_of(at, key=key), found, wanted, remedy, code))

    # One entry.

    def _entry(self, question: Question, entry: Any, at: Loc) -> Answer | None:
        before = len(self.faults)
        if not isinstance(entry, dict):
            short = "rows" if question.type == "table" and isinstance(entry, list) else "value"
            entry, value_at = {short: entry}, at
        else:
            value_at = (*at, "value")
            self._unknown_keys(entry, at, _KEYS)
        status = self._status(entry, at)
        raw = entry.get("value")
        text = self._text(entry, "text", at) if question.graded and question.type == "text" else None
        if "text" in entry and not (question.graded and question.type == "text"):
            self.fault(
                (*at, "text"), f"{question.id} takes no text beside its value", "", "Write it as note", "A012", key=True
            )
        rows_at = at if value_at == at else (*at, "rows")
        rows = self._rows(question, entry.get("rows"), rows_at) if entry.get("rows") is not None else None
        judged = self._judged(question, entry.get("judged"), (*at, "judged"))
        value = None
        if raw is not None and raw != "":
            if question.type == "yesno" and raw == "not-known":
                status = "not_known"
            else:
                value = self._value(question, raw, value_at)
        evidence = self._evidence(entry.get("evidence"), (*at, "evidence"))
        answer = Answer(
            question=question.id,
            status=status,
            value=value,
            text=text,
            rows=rows,
            note=self._text(entry, "note", at),
            judged=judged,
            evidence=evidence,
            author=self._text(entry, "author", at),
            date=self._day(entry.get("date"), (*at, "date")),
            time=self._time(entry, at),
            drafted_by=self._text(entry, "drafted_by", at),
            change_reason=self._text(entry, "change_reason", at),
            reason=self._text(entry, "reason", at),
            promises=read_pledges(entry.get("promises"), (*at, "promises"), self.fault),
            stand=read_stand(entry.get("stand"), (*at, "stand"), self.fault),
        )
        if len(self.faults) > before:
            return None
        return self._whole(question, answer, at)

    def _whole(self, question: Question, answer: Answer, at: Loc) -> Answer | None:
        """The parts of an entry against each other."""
        given = (
            answer.value is not None or answer.rows is not None or answer.text is not None or answer.judged is not None
        )
        if answer.status == "answered" and not given:
            self.fault(at, f"{question.id} is answered but has no value", "value, rows or judged",
                       "Add it, or write “status: not_known”", "A024")  # fmt: skip
            return None
        if answer.status != "answered" and given:
            self.fault((*at, "status"), f"{question.id} has a value and the status {answer.status}", "one of them",
                       "Remove the value, or the status", "A025")  # fmt: skip
            return None
        if answer.status in ("not_applicable", "refused") and not answer.reason:
            self.fault((*at, "status"), f"{question.id} is {answer.status} without a reason", "a reason",
                       "Add “reason: …”: it is printed", "A023")  # fmt: skip
            return None
        return answer

    def _unknown_keys(self, entry: Mapping[Any, Any], at: Loc, known: Iterable[str]) -> None:
        for key in entry:
            if key not in tuple(known):
                near = nearest(str(key), known)
                remedy = f"Did you mean “{near}”?" if near else f"Keys: {', '.join(known)}"
                self.fault((*at, str(key)), f"unknown key “{key}”", "", remedy, "A012", key=True)

    def _status(self, entry: Mapping[str, Any], at: Loc) -> Status:
        status = entry.get("status", "answered")
        if status not in _STATUSES:
            near = nearest(str(status), _STATUSES)
            remedy = f"Did you mean “{near}”?" if near else f"One of: {', '.join(_STATUSES)}"
            self.fault((*at, "status"), f"“{status}” is not a status", "", remedy, "A013")
            return "answered"
        return status  # type: ignore[no-any-return]  # found in _STATUSES

    def _text(self, entry: Mapping[str, Any], key: str, at: Loc) -> str | None:
        value = entry.get(key)
        if value is None or isinstance(value, str):
            return value.strip() or None if value else None
        self.fault((*at, key), f"“{key}” is not text", "text", "Put it in quotes", "A014")
        return None

    def _time(self, entry: Mapping[str, Any], at: Loc) -> str | None:
        """The time beside the date of an answer: 15:44, with Z or an offset where it is not local time."""
        time = self._text(entry, "time", at)
        if time is not None and not _TIME.fullmatch(time):
            self.fault((*at, "time"), "not a time of day", "a time such as 15:44 or 15:44Z", "Write it so", "A050")
        elif time is not None and entry.get("date") is None:
            self.fault((*at, "time"), "a time without its date", "both", "Add “date: …”", "A051", key=True)
        return time

    # Values by type of question.

    def _value(self, question: Question, raw: Any, at: Loc) -> Any:
        if question.type == "table" and not question.choices:
            self.fault(at, f"{question.id} is a table", "rows", "Write each row under “rows:”", "A014")
            return None
        if question.type in ("single", "table") or question.graded:
            return self._code(question, raw, at)
        if question.type == "multi":
            return self._ticks(question, raw, at)
        if question.type == "yesno":
            if isinstance(raw, bool) or raw in ("yes", "no"):
                return raw if isinstance(raw, bool) else raw == "yes"
            # Never what was written: it may be words about a person.
            near = nearest(raw.strip("“”‘’ ").lower(), ("yes", "no", "not-known")) if isinstance(raw, str) else None
            remedy = f"Did you mean “{near}”?" if near else "Write one of them"
            wanted = "yes, no or not-known, in small letters"
            self.fault(at, f"{question.id} is a yes-or-no question", wanted, remedy, "A014")
            return None
        if question.type in ("number", "money"):
            return self._number(question, raw, at)
        if question.type == "date":
            return "" if raw == NO_DATE else self._day(raw, at)
        if isinstance(raw, str):
            return raw.strip()
        self.fault(at, f"{question.id} wants text", "text", "Put it in quotes", "A014")
        return None

    def _code(self, question: Question, raw: Any, at: Loc) -> str | None:
        codes = [choice.code for choice in question.choices]
        if isinstance(raw, bool) and {"yes", "no"} <= set(codes):  # `true` where the choices are yes and no
            return "yes" if raw else "no"
        if isinstance(raw, str) and raw in codes:
            return raw
        if isinstance(raw, int) and not isinstance(raw, bool) and str(raw) in codes:
            return str(raw)
        if not isinstance(raw, str):
            self.fault(at, f"{question.id} takes one choice", f"one of {', '.join(codes)}", "Write its code", "A014")
            return None
        near = nearest(raw, codes) or nearest(raw.strip("“”‘’ ").lower(), codes)
        remedy = f"Did you mean “{near}”?" if near else "Write its code"
        self.fault(at, f"“{raw}” is not a choice of {question.id}", f"one of {', '.join(codes)}", remedy, "A015")
        return None

    def _ticks(self, question: Question, raw: Any, at: Loc) -> tuple[str, ...] | None:
        if not isinstance(raw, list):
            self.fault(at, f"{question.id} takes a list of choices", "a list, [] for none", "Write [a, b]", "A014")
            return None
        ticked: list[str] = []
        for index, part in enumerate(raw):
            code = self._code(question, part, (*at, index))
            if code is not None and code in ticked:
                self.fault((*at, index), f"“{code}” is ticked twice", "", "Remove one", "A016")
            elif code is not None:
                ticked.append(code)
        # In the order of the pack, so that the order of ticking changes nothing.
        return tuple(choice.code for choice in question.choices if choice.code in ticked)

    def _number(self, question: Question, raw: Any, at: Loc) -> float | None:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            self.fault(at, f"{question.id} wants a number", question.unit or "a number",
                       "Write digits only: no comma, currency or unit", "A014")  # fmt: skip
            return None
        if question.whole and raw != int(raw):
            self.fault(at, f"{raw:g} is not whole", f"a whole number of {question.unit or 'units'}", "", "A017")
            return None
        if raw < 0 or (question.percent and raw > 100):
            wanted = "0 to 100" if question.percent else "0 or more"
            self.fault(at, f"{raw:g} is out of range", wanted, "Correct it", "A018")
            return None
        return float(raw)

    def _day(self, raw: Any, at: Loc) -> Any:
        if raw is None or (type(raw) is date):
            return raw
        if isinstance(raw, str):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                pass
        # Words are not repeated: they may be words about a person.
        said = f"“{raw}” is not a date" if re.fullmatch(r"[\d./ -]{1,12}", str(raw)) else "not a date"
        self.fault(at, said, "a date such as 2026-11-20, the year first", "Write it so", "A019")
        return None

    # Tables.

    def _rows(self, question: Question, raw: Any, at: Loc) -> tuple[Mapping[str, Any], ...] | None:
        if question.type != "table":
            self.fault(at, f"{question.id} is not a table", "", "Remove the rows", "A012", key=True)
            return None
        if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
            self.fault(at, f"rows of {question.id} are not a list of rows", "- {column: value}", "Correct it", "A014")
            return None
        return tuple(self._row(question, row, (*at, index)) for index, row in enumerate(raw))

    def _row(self, question: Question, row: Mapping[Any, Any], at: Loc) -> Mapping[str, Any]:
        cells: dict[str, Any] = {}
        known = [column.code for column in question.columns]
        for name, raw in row.items():
            column = question.column(str(name))
            if column is None:
                near = nearest(str(name), known)
                remedy = f"Did you mean “{near}”?" if near else f"Columns: {', '.join(known)}"
                self.fault(
                    (*at, str(name)), f"table {question.id} has no column “{name}”", "", remedy, "A020", key=True
                )
            elif raw is not None and raw != "":
                cell = self._cell(column, raw, (*at, column.code))
                if cell is not None:
                    cells[column.code] = cell
        return {code: cells[code] for code in known if code in cells}

    def _cell(self, column: Column, raw: Any, at: Loc) -> Any:
        if column.type == "date":
            return self._day(raw, at)
        if column.type == "bool":
            if isinstance(raw, bool) or raw in ("yes", "no"):
                return raw if isinstance(raw, bool) else raw == "yes"
            self.fault(at, f"column {column.code} wants yes or no", "", "Write yes or no", "A014")
            return None
        if column.type in ("number", "money"):
            if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
                self.fault(at, f"column {column.code} wants a number", "", "Write digits only", "A014")
                return None
            return float(raw)
        if column.type == "choice":
            codes = [choice.code for choice in column.choices]
            if raw in codes:
                return raw
            near = nearest(str(raw), codes)
            remedy = f"Did you mean “{near}”?" if near else "Write a code"
            self.fault(
                at, f"“{raw}” is not a choice of column {column.code}", f"one of {', '.join(codes)}", remedy, "A015"
            )
            return None
        if isinstance(raw, str):
            return raw.strip()
        if isinstance(raw, bool | list | dict):
            self.fault(at, f"column {column.code} wants text", "", "Put it in quotes", "A014")
            return None
        return raw.isoformat() if isinstance(raw, date) else str(raw)

    # Judgement and evidence.

    def _judged(self, question: Question, raw: Any, at: Loc) -> Judged | None:
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.fault(at, "judged is not a mapping", "{value: 0.6, reason: …}", "Correct it", "A014")
            return None
        self._unknown_keys(raw, at, ("value", "reason"))
        value, reason = raw.get("value"), self._text(raw, "reason", at)
        if question.kind is None:
            self.fault(
                at, f"{question.id} is not scored, so there is nothing to judge", "", "Remove it", "A022", key=True
            )
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.fault((*at, "value"), "a judged value is a number from 0 to 1", "", "Correct it", "A021")
        elif not reason:
            self.fault(
                at, f"{question.id} is judged without a reason", "a reason", "Add “reason: …”: it is printed", "A023"
            )
        else:
            return Judged(float(value), reason)
        return None

    def _evidence(self, raw: Any, at: Loc) -> tuple[Evidence, ...]:
        if raw is None:
            return ()
        if not isinstance(raw, list):
            self.fault(at, "evidence is not a list", "a line “- {file: …, title: …, date: …}” for each piece",
                       "Write it so", "A014")  # fmt: skip
            return ()
        found = [self._item(item, (*at, index)) for index, item in enumerate(raw)]
        return tuple(item for item in found if item is not None)

    def _item(self, raw: Any, at: Loc) -> Evidence | None:
        before = len(self.faults)
        if not isinstance(raw, dict):
            self.fault(at, "a piece of evidence is not a mapping", "{file: …, title: …, date: …}", "Correct it", "A014")
            return None
        self._unknown_keys(raw, at, _EVIDENCE_KEYS)
        file, url = self._text(raw, "file", at), self._text(raw, "url", at)
        if file is None and url is None:
            self.fault(at, "evidence without a file or an address", "file or url", "Add one", "A026")
        if file is not None and (
            PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\\" in file or ":" in file
        ):
            self.fault((*at, "file"), "the path leads out of the assessment folder", "evidence/name.pdf",
                       "Put the file into evidence/", "A027")  # fmt: skip
        if url is not None and not _URL.fullmatch(url):
            self.fault((*at, "url"), "not a web address", "https://…", "Correct it", "A028")
        published = raw.get("published", False)
        if not isinstance(published, bool) and published not in ("yes", "no"):
            self.fault((*at, "published"), "published is neither true nor false", "true or false", "Correct it", "A014")
        published = published is True or published == "yes"
        if published and url is None:
            self.fault(at, "published evidence without its address", "url", "Say where anyone can read it", "A029")
        day, expires = self._day(raw.get("date"), (*at, "date")), self._day(raw.get("expires"), (*at, "expires"))
        if raw.get("date") is None:
            self.fault(at, "evidence without a date", "the date it bears", "Add it: credit fades with age", "A030")
        elif day is not None and self.made is not None and day > self.made:
            self.fault(
                (*at, "date"), "the evidence is dated after the assessment", "", "Correct one of the dates", "A031"
            )
        title = self._text(raw, "title", at) or (PurePosixPath(file).name if file else url)
        verified = self._text(raw, "verified_by", at)
        if len(self.faults) > before or day is None or title is None:
            return None
        return Evidence(file, url, title, day, expires, published, verified)
