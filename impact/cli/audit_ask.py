"""The six questions of ``impact audit init``, asked in a terminal.

In: the profile of a table, and a person who types. Out: answers by the names of ``init_plan.KEYS``.
Questions go to stderr. An answer that cannot be is asked for again; the plan itself is checked where it is drafted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from impact.cli.output import Speaker, paragraph

if TYPE_CHECKING:
    from impact.metrics.counting.profile import Column, Profile

__all__ = ["ask"]

_NONE = "none"
_EFFECTS = (
    ("burden", "it singles them out: flagged, stopped, referred, refused"),
    ("benefit", "it gives them something: granted, shortlisted, released"),
    ("identification", "it says that they are a listed person: an alert"),
    ("neither", "neither of these"),
)
_UNITS = ("person", "decision", "event")


def ask(seen: Profile, *, speaker: Speaker) -> dict[str, Any]:
    """Ask the six questions.

    Args:
        seen: The table; its columns are offered.
        speaker: Prints to stderr.
    """
    asked = _Asker(seen, speaker)
    answers: dict[str, Any] = {}
    for question in (
        asked.effect,
        asked.decision,
        asked.outcome,
        asked.groups,
        asked.unit,
        asked.margin,
    ):
        answers |= question()
    return answers


class _Asker:
    def __init__(self, seen: Profile, speaker: Speaker) -> None:
        self.seen, self.speaker = seen, speaker
        self.taken: set[str] = set()

    def effect(self) -> dict[str, Any]:
        self._heading("1 of 6. What does a “yes” from the system do to the person?")
        for name, meaning in _EFFECTS:
            self.speaker.say(f"  {name}: {meaning}")
        effect = self._one("Effect", [name for name, _ in _EFFECTS])
        return {"effect": effect, "label": self._text("A yes in a few words, as in “flagged for investigation”")}

    def decision(self) -> dict[str, Any]:
        self._heading("2 of 6. Which column is the system's decision, and which value means yes?")
        name = self._column("Column", [*self.seen.likely("decision"), *self.seen.likely("score")])
        column = self._known(name)
        while column.levels is None and column.kind not in ("numbers", "whole numbers"):
            self.speaker.say(f"  “{name}” has {column.distinct:,} values and holds no score: it is no decision.")
            name = self._column("Column", ())
            column = self._known(name)
        if column.levels is None or (column.kind == "numbers" and "score" in column.roles):
            self.speaker.say(f"  “{name}” has {column.distinct:,} values: it is read as a score.")
            return {"decision": name, "threshold": self._number("A yes follows from a score of at least")}
        return {"decision": name, "decision_yes": self._values(column, "Values that mean yes")}

    def outcome(self) -> dict[str, Any]:
        self._heading("3 of 6. Is there a column with what turned out to be true?")
        name = self._column("Column, or none", self.seen.likely("outcome"), optional=True)
        if name is None:
            return {}
        column = self._known(name)
        answers: dict[str, Any] = {"outcome": name, "outcome_yes": self._values(column, "Values that mean yes")}
        if column.levels is None:
            answers["outcome_no"] = self._values(column, "Values that mean no")
        answers["outcome_label"] = self._text("That outcome in a few words, as in “misconduct upheld”")
        answers["outcome_recorded_by"] = self._text("Who recorded it?", default=_NONE)
        after = self._one("Is it known for everybody, or only after a yes?", ["everybody", "after_yes"])
        answers["outcome_known"] = "after_yes" if after == "after_yes" else "always"
        if answers["outcome_recorded_by"] == _NONE:
            del answers["outcome_recorded_by"]
        return answers

    def groups(self) -> dict[str, Any]:
        self._heading("4 of 6. Which columns describe people, and which group is the question about?")
        offered = [name for name in self.seen.likely("group") if name not in self.taken]
        names = self._several("Columns, separated by commas", self._free(), default=offered)
        answers: dict[str, Any] = {"groups": names}
        about = self._one("The question is about", [*names, _NONE], default=names[0])
        if about != _NONE:
            answers["about"] = about
            levels = self._known(about).levels
            if levels:
                told = "A group to compare each other group with as well, or none"
                reference = self._one(told, [*levels, _NONE], default=_NONE)
                answers |= {} if reference == _NONE else {"reference": reference}
        return answers

    def unit(self) -> dict[str, Any]:
        self._heading("5 of 6. Is one row one person, one decision or one event? And who could have been in the table?")
        row = self._text(f"One row is one ({', '.join(_UNITS)}, or another word)", default=_UNITS[0])
        return {"row": row, "pool": self._text("Everybody who could have been affected, with the period")}

    def margin(self) -> dict[str, Any]:
        self._heading("6 of 6. What difference would matter to you, and why?")
        self.speaker.say("  As a ratio: 1.25 means “from a quarter more”. Without one nothing can be called small.")
        margin = self._text("Ratio, or none", default=_NONE)
        while margin != _NONE and _above_one(margin) is None:
            self.speaker.say("  A number above 1, or “none”.")
            margin = self._text("Ratio, or none", default=_NONE)
        if margin == _NONE:
            return {}
        return {"margin": _above_one(margin), "margin_reason": self._text("Why this one? Who agreed it, and when?")}

    def _heading(self, text: str) -> None:
        self.speaker.say("")
        for line in paragraph(text):
            self.speaker.say(line)

    def _text(self, question: str, *, default: str | None = None) -> str:
        # Not typer.prompt: even with err=True it writes a space to stdout for each question, and stdout is for data.
        while True:
            sys.stderr.write(f"  {question}{f' [{default}]' if default else ''}: ")
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                raise typer.Abort
            answer = line.strip() or default or ""
            if answer:
                return answer

    def _number(self, question: str) -> float:
        while True:
            try:
                return float(self._text(question))
            except ValueError:
                self.speaker.say("  A number, such as 0.7.")

    def _one(self, question: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        while True:
            answer = self._text(f"{question} ({', '.join(allowed)})", default=default)
            if answer in allowed:
                return answer
            self.speaker.say(f"  One of: {', '.join(allowed)}.")

    def _several(self, question: str, allowed: Sequence[str], *, default: Sequence[str] = ()) -> list[str]:
        while True:
            answer = self._text(question, default=", ".join(default) or None)
            names = list(dict.fromkeys(part.strip() for part in answer.split(",") if part.strip()))
            strange = [name for name in names if name not in allowed]
            if names and not strange:
                return names
            self.speaker.say(f"  Not there: {', '.join(strange)}. There are: {', '.join(allowed)}.")

    def _column(self, question: str, offered: Iterable[str], *, optional: bool = False) -> str | None:
        allowed = [*self._free(), *([_NONE] if optional else [])]
        free = [name for name in offered if name in allowed]
        default = free[0] if free else _NONE if optional else None
        while True:
            answer = self._text(question, default=default)
            if answer in allowed:
                break
            self.speaker.say(f"  There are: {', '.join(allowed)}.")
        if answer == _NONE and optional:
            return None
        self.taken.add(answer)
        return answer

    def _values(self, column: Column, question: str) -> list[str]:
        if column.levels is None:
            answer = self._text(f"{question}, separated by commas")
            return [part.strip() for part in answer.split(",") if part.strip()]
        self.speaker.say(f"  “{column.name}” holds: {', '.join(column.levels)}")
        return self._several(question, column.levels)

    def _free(self) -> list[str]:
        return [column.name for column in self.seen.columns if column.name not in self.taken]

    def _known(self, name: str | None) -> Column:
        column = self.seen.column(str(name))
        assert column is not None  # only names of columns are accepted
        return column


def _above_one(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 1 < value < float("inf") else None
