"""The questions of a pack, asked in a terminal one after another.

In: an interview, and a person who types. Out: answers, each saved before the next question is asked. Questions go to
stderr, as plain lines: a screen reader reads them in order, and nothing moves. Holds no rule of what is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from impact.cli.answer_against import AGREE, theirs_lines, with_stand
from impact.cli.output import Speaker, paragraph, width

if TYPE_CHECKING:
    from impact.assessment.interview import Interview
    from impact.questionnaire.question import Column, Question

__all__ = ["KEYS", "Asker"]

KEYS = (
    ("Enter", "leave the question for later"),
    ("?", "what the question means, and what is asked as evidence"),
    ("-", "not known"),
    ("!", "refuse, or say that the question does not apply; with a reason"),
    ("n", "write a note beside the answer"),
    ("e", "name the evidence that the answer rests on"),
    ("<", "back to the question before"),
    (".", "stop; every answer is saved already (so does Ctrl-D)"),
)
_PROOF = {
    "doc": "Evidence asked for: a document.",
    "pub": "Evidence asked for: something published; a file alone earns half.",
    "log": "Evidence asked for: the log itself is tested; a file alone earns part.",
    "ver": "Evidence asked for: an independent test; a file alone earns little.",
}
_FORMS = {
    "multi": "one or more, by number or name, with commas; “none” for nothing",
    "single": "a number or a name",
    "yesno": "yes or no, in full",
    "money": "pounds",
    "date": "as 2027-05-31, or none",
    "text": "words",
}


class Stop(Exception):  # noqa: N818  # the person asked for it
    """Enough for today."""


class Back(Exception):  # noqa: N818  # as above
    """To the question before."""


class Asker:
    """Asks until nothing is open, or somebody stops.

    Attributes:
        saved: Questions answered in this sitting.
    """

    def __init__(self, interview: Interview, speaker: Speaker) -> None:
        self.interview, self.speaker = interview, speaker
        self.saved: list[str] = []
        self._told = ""

    def run(self, *, section: str | None, question: str | None, every: bool) -> None:
        """Ask: one question, or all that are open; follow-ups as their conditions become true."""
        self._legend()
        try:
            if question is not None:
                if question not in self.interview.open_questions(every=True):
                    self._paragraph("This question does not apply as things stand: its answer will have no effect.")
                self.one(question)
                return
            done: list[str] = []
            again: list[str] = []
            while (name := self._next(done, again, section=section, every=every)) is not None:
                try:
                    self.one(name)
                except Back:
                    earlier = [one for one in done if one != name]
                    again = [*earlier[-1:], name, *again]
                    if not earlier:
                        self.speaker.say("  This is the first question.")
                done = [one for one in done if one != name] + [name]
        except (Stop, Back):
            return

    def _next(self, done: list[str], again: list[str], *, section: str | None, every: bool) -> str | None:
        """A question gone back to; else the first after the last one asked; else one that became visible before it."""
        if again:
            return again.pop(0)
        open_ = [name for name in self.interview.open_questions(section=section, every=every) if name not in done]
        order = list(self.interview.pack.questions)
        later = [name for name in open_ if not done or order.index(name) > order.index(done[-1])]
        return next(iter(later or open_), None)

    # One question.

    def one(self, name: str) -> None:
        """Ask one question until its answer can be saved, or it is left."""
        question = self.interview.question(name)
        self._show(question)
        parts: dict[str, Any] = {}
        while True:
            typed = self._line(f"  {question.id}", allow_empty=True)
            if typed == "":
                if parts and not self._yes("Leave the question, and forget its note and evidence?"):
                    continue
                return
            if typed == "?":
                self._guidance(question)
            elif typed == "n":
                if question.type == "yesno":
                    self.speaker.say("  (“n” is for a note; for the answer No, type “no” in full.)")
                parts["note"] = self._line("  Note, printed beside the answer", allow_empty=True)
            elif typed == "e":
                parts.setdefault("evidence", []).extend(self._evidence(question))
            elif typed == "=":
                agreed = self.interview.agreed(name)
                if agreed is None:
                    self.speaker.say("  There is no answer of a first body to agree with.")
                elif self._saved(question, {**parts, **agreed}):
                    return
            elif typed == "-":
                if self._saved(question, {**parts, "status": "not_known"}):
                    return
            elif typed == "!":
                refused = self._refusal()
                if refused and self._saved(question, {**parts, **refused}):
                    return
            else:
                given = self._value(question, typed)
                if given is not None and self._saved(question, {**given, **parts}):
                    return

    def _saved(self, question: Question, parts: dict[str, Any]) -> bool:
        """Check, ask for the reason where an answer is changed, and write; False where it has to be typed again."""
        from impact.assessment.history.store import Conflict

        faults = self.interview.faults(question.id, self.interview.entry(parts))
        for fault in faults:
            said = f"{fault.found}; wanted: {fault.wanted}" if fault.wanted else fault.found
            self._paragraph(f"{said}. {fault.remedy}".rstrip(". ") + ("" if fault.remedy.endswith("?") else "."))
        if faults:
            return False
        parts = with_stand(self.interview, question.id, parts, ask=self._line, say=self._paragraph)
        before = self.interview.entries.get(question.id)
        reason = None
        if before is not None:
            parts = self._kept(parts, before)
            reason = self._line("  Why is the answer changed? (printed)")
        try:
            self.interview.save(question.id, self.interview.entry(parts, reason=reason))
        except Conflict:
            return self._conflict(question, parts)
        self.saved.append(question.id)
        self.speaker.say("  Saved.")
        return True

    def _kept(self, parts: dict[str, Any], before: Any) -> dict[str, Any]:
        """The note and the evidence of the answer that is changed, where they shall stay."""
        if not isinstance(before, Mapping):
            return parts
        kept = {key: before[key] for key in ("note", "evidence") if before.get(key) and not parts.get(key)}
        named = " and ".join({"note": "its note", "evidence": "its evidence"}[key] for key in kept)
        return {**parts, **kept} if kept and self._yes(f"Keep {named}?") else parts

    def _conflict(self, question: Question, parts: dict[str, Any]) -> bool:
        self.speaker.say("  Somebody else answered this question while you typed. It now says:")
        self._now(question)
        if not self._yes("Replace it by yours? (Both stay in the history.)"):
            return True
        reason = self._line("  Why is the answer changed? (printed)")
        return self._saved_again(question, parts, reason)

    def _saved_again(self, question: Question, parts: dict[str, Any], reason: str) -> bool:
        self.interview.save(question.id, self.interview.entry(parts, reason=reason))
        self.saved.append(question.id)
        self.speaker.say("  Saved.")
        return True

    # Parts of an answer.

    def _value(self, question: Question, typed: str) -> dict[str, Any] | None:
        from impact.assessment.interview import typed_value

        if question.type == "table" and not question.choices:
            return {"rows": self._rows(question, first=typed)}
        value = typed_value(question, typed)
        if question.graded:
            if question.choice(str(value)) is None:
                return {"value": value}  # its fault is told
            if question.type == "table":
                return {"value": value, "rows": self._rows(question)}
            return {"value": value, "text": self._line("  The words that support it", allow_empty=True)}
        if question.type == "yesno" and value == "not-known":
            return {"status": "not_known"}
        return {"value": value}

    def _rows(self, question: Question, *, first: str | None = None) -> list[dict[str, Any]]:
        """Rows of a table, cell after cell. Enter at a first cell ends the table."""
        rows: list[dict[str, Any]] = []
        lead = question.columns[0]
        if first is None:
            self.speaker.say("  Row by row. Enter at the first cell ends the table; elsewhere it leaves a cell blank.")
        while True:
            row: dict[str, Any] = {}
            label = f"  Row {len(rows) + 1}, {self._cell_label(lead)}"
            typed = first if first is not None else self._line(label, allow_empty=True)
            first = None
            if typed == "":
                return rows
            row |= self._cell(question, lead, typed)
            for column in question.columns[1:]:
                row |= self._cell(question, column, self._line(f"      {self._cell_label(column)}", allow_empty=True))
            rows.append(row)

    def _cell(self, question: Question, column: Column, typed: str) -> dict[str, Any]:
        """One cell; asked for again until it can stand."""
        from impact.assessment.interview import typed_cell

        while typed not in ("", "-"):
            cell = typed_cell(column, typed)
            probe = {"rows": [{column.code: cell}], **({"value": question.choices[0].code} if question.choices else {})}
            faults = self.interview.faults(question.id, probe)
            if not faults:
                return {column.code: cell}
            self._paragraph(f"{faults[0].found}. {faults[0].remedy or faults[0].wanted}.")
            typed = self._line(f"      {self._cell_label(column)}", allow_empty=True)
        return {}

    def _cell_label(self, column: Column) -> str:
        if column.choices:
            offered = ", ".join(f"{number} {choice.code}" for number, choice in enumerate(column.choices, start=1))
            return f"{column.label} ({offered})"
        form = {"bool": "yes or no", "date": "as 2027-05-31", "money": "pounds", "number": "a number"}.get(column.type)
        return f"{column.label} ({form})" if form else column.label

    def _refusal(self) -> dict[str, Any] | None:
        typed = self._line("  1 refused, 2 does not apply", allow_empty=True)
        status = {"1": "refused", "2": "not_applicable"}.get(typed)
        if status is None:
            return None
        return {"status": status, "reason": self._line("  Reason, printed in the report")}

    def _evidence(self, question: Question) -> list[dict[str, Any]]:
        where = self._line("  File in the folder (evidence/name.pdf), or an address; Enter for none", allow_empty=True)
        if not where:
            return []
        web = where.startswith(("http://", "https://"))
        title = self._line("  Title", default=where if web else PurePosixPath(where).name)
        item: dict[str, Any] = {"url" if web else "file": where, "title": title}
        item["date"] = self._line("  Date it bears, as 2026-05-31")
        expires = self._line("  Date it expires, or Enter", allow_empty=True)
        if expires:
            item["expires"] = expires
        if web and self._yes("Can anybody read it there?"):
            item["published"] = True
        wrong = self.interview.faults(question.id, {"status": "not_known", "evidence": [item]})
        if wrong:
            for fault in wrong:
                self._paragraph(f"{fault.found}. {fault.remedy}.")
            self._paragraph("This piece of evidence was not taken; type e to name it again.")
            return []
        there = web or (self.interview.store.folder / where).is_file()
        if not there:
            self._paragraph(f"There is no file {where} in the folder yet: put it there, or the answer earns nothing.")
        return [item]

    # What is shown.

    def _legend(self) -> None:
        self.speaker.say("Type the answer and press Enter. It is saved at once. Instead of an answer:")
        for key, meaning in (*KEYS, *((AGREE,) if self.interview.theirs is not None else ())):
            self.speaker.say(f"  {key:5}  {meaning}")

    def _show(self, question: Question) -> None:
        section = self.interview.section_of(question.id)
        if section.id != self._told:
            self._told = section.id
            self.speaker.say("")
            left = len(self.interview.open_questions())
            self.speaker.say(f"{section.id}  {section.title}  ({left} open questions in all)")
            self.speaker.say("-" * min(width(), 80))
        self.speaker.say("")
        for line in paragraph(f"{question.id}  {question.text}", hang="    "):
            self.speaker.say(line)
        for number, choice in enumerate(question.choices, start=1):
            if choice.code != "not-known":
                for line in paragraph(f"{number:2}  {choice.label} [{choice.code}]", indent="    ", hang="    "):
                    self.speaker.say(line)
        form = self._form(question)
        if form:
            self._paragraph(f"({form})")
        for line in theirs_lines(self.interview, question.id):
            self._paragraph(line)
        self._now(question)

    def _form(self, question: Question) -> str:
        if question.type == "table":
            columns = ", ".join(column.label for column in question.columns)
            grade = "first the choice that the rows support, then the rows: " if question.choices else "rows of: "
            return f"{grade}{columns}"
        if question.graded:
            return "first the choice that your words support, then the words"
        if question.type == "number":
            return f"{'whole ' if question.whole else ''}number: {question.unit or 'as asked'}"
        return _FORMS[question.type]

    def _now(self, question: Question) -> None:
        """The answer that stands, where there is one."""
        from impact.assessment.history.tell import entry_text

        entry = self.interview.entries.get(question.id)
        if entry is not None:
            self._paragraph(f"Now: {entry_text(entry, question)}")

    def _guidance(self, question: Question) -> None:
        said = [question.guidance or "There is no further guidance for this question."]
        said += [_PROOF[question.evidence]] if question.evidence else []
        said += [f"Follows from: {', '.join(question.refs)}."] if question.refs else []
        for text in said:
            self._paragraph(text)

    def _paragraph(self, text: str) -> None:
        for line in paragraph(text, indent="    "):
            self.speaker.say(line)

    # Lines typed.

    def _yes(self, question: str) -> bool:
        while True:
            typed = self._line(f"  {question} yes or no", default="yes").lower()
            if typed in ("y", "yes", "n", "no"):
                return typed.startswith("y")

    def _line(self, prompt: str, *, allow_empty: bool = False, default: str | None = None) -> str:
        # Not typer.prompt: even with err=True it writes a space to stdout for each question, and stdout is for data.
        while True:
            sys.stderr.write(f"{prompt}{f' [{default}]' if default else ''}: ")
            sys.stderr.flush()
            try:
                line = sys.stdin.readline()
                readable = line.replace("\t", " ").rstrip("\r\n").isprintable() and bool(line.encode() or not line)
            except UnicodeError:
                line, readable = "?", False
            if not line:  # Ctrl-D
                sys.stderr.write("\n")
                raise Stop
            if not readable:  # as arrow keys leave them: nobody would see them in the report
                self.speaker.say("  The line holds signs that do not print (arrow keys?). Type it again.")
                continue
            typed = line.strip() or default or ""
            if typed == ".":
                raise Stop
            if typed == "<":
                raise Back
            if typed or allow_empty:
                return typed
