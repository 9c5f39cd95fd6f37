"""What an answer says, in one line with its id; what the record lacks is a labelled gap.

In: a cleaned record. Out: ``Said``. An answer that a decision log contradicts is never shown without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from impact.report.figures import british_date
from impact.report.shapes_documents import Said
from impact.report.view.answers import answer_anchor, answer_labels
from impact.report.view.parts import joined, sentence
from impact.report.view.withheld import bar_of, hidden_names

__all__ = [
    "NOT_STATED",
    "Answered",
    "barred",
    "barred_dimensions",
    "barred_rules",
    "exempt_parts",
    "gap",
    "lacking",
    "untold",
]

NOT_STATED = "Not stated in the record."
_WHY_OPEN = {
    "unanswered": "nobody has answered",
    "not_known": "the answer is “Not known”",
    "refused": "the answer was refused",
    "hidden": "it is not asked, given the other answers",
}


def gap(label: str, source: str = "", why: str = "", *, target: str = "") -> Said:
    """What the record does not say.

    >>> gap("Reference").text
    'Not stated in the record.'
    """
    return Said(
        label=label, text=f"{NOT_STATED[:-1]}: {why}." if why else NOT_STATED, source=source, gap=True, target=target
    )


def barred(record: Mapping[str, Any], leaf: str, label: str, source: str = "") -> Said | None:
    """A part that this version withholds; None where it is shown, or the record is whole.

    >>> barred({"bars": {"audit/findings": "Withheld: a reason."}}, "audit/findings", "Audit").text
    'Withheld: a reason.'
    """
    text = bar_of(record, leaf)
    return Said(label=label, text=text, source=source, gap=False, withheld=True) if text else None


def lacking(record: Mapping[str, Any], leaf: str, label: str, source: str = "", why: str = "") -> Said:
    """What stands where a part of the record says nothing: its bar if it is withheld, and only else a gap.

    >>> lacking({}, "block/enquiries", "Questions", why="nothing is open").text
    'Not stated in the record: nothing is open.'
    >>> lacking({"bars": {"block/enquiries": "Withheld: a reason."}}, "block/enquiries", "Questions").gap
    False
    """
    return barred(record, leaf, label, source) or gap(label, source, why)


def untold(names: Sequence[str]) -> str:
    """A sentence for a cell that has no room for bars; empty where nothing is withheld.

    >>> untold(["B10", "CK-01"]), untold([])
    ('Withheld: B10 and CK-01 (reasons and digests: “What is withheld from this version”).', '')
    """
    where = "reasons and digests: “What is withheld from this version”"
    return f"Withheld: {joined(list(names))} ({where})." if names else ""


def barred_dimensions(record: Mapping[str, Any], among: Collection[str] | None = None) -> list[Said]:
    """Dimensions (or those of some codes) whose figures this version withholds, each with its bar."""
    every = (record.get("scoring") or {}).get("barred_dimensions", ())
    held = [one for one in every if among is None or one["code"] in among]
    found = (barred(record, f"scoring/dimensions/{one['code']}", one["label"], "Levels") for one in held)
    return [said for said in found if said]


_RULES = {"hard_stops": "Whether hard stop {} applies", "flags": "Whether red flag {} is raised"}


def barred_rules(record: Mapping[str, Any], *kinds: str) -> list[Said]:
    """Hard stops and red flags (or those of some kinds) whose state this version withholds, each with its bar."""
    found = []
    for kind in kinds or _RULES:
        label = _RULES[kind]
        for name in hidden_names(record, f"scoring/{kind}/"):
            said = barred(record, f"scoring/{kind}/{name}", label.format(name), name)
            found += [said] if said else []
    return found


def exempt_parts(record: Mapping[str, Any]) -> tuple[Said, ...]:
    """Of a public version, what somebody decided to withhold, each with its ground; nothing of a full record."""
    return tuple(
        Said(
            label=one["id"],
            text=f"Withheld: {sentence(one['reason'])} {sentence(one['ground'])} Digest {one['digest']}.",
            source=f"Decided by {one['decided_by']}, {british_date(one['decided_on'])}",
            gap=False,
            withheld=True,
        )
        for one in (record.get("redaction") or {}).get("decisions", ())
    )


class Answered:
    """The answers of a record by question id."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        sections = (record.get("questionnaire") or {}).get("sections", [])
        self._questions = {question["id"]: question for section in sections for question in section["questions"]}
        self._against: dict[str, list[str]] = {}
        self._untold = set(hidden_names(record, "claims/check/"))
        for entry in (record.get("claims") or {}).get("checks", ()):
            if entry["ruling"] and entry["ruling"]["verdict"] == "contradicted":
                for question in entry["questions"]:
                    self._against.setdefault(question, []).append(entry["check"])

    def question(self, name: str) -> Mapping[str, Any] | None:
        """The question of the record, or None where the pack does not ask it."""
        found: Mapping[str, Any] | None = self._questions.get(name)
        return found

    def bar(self, name: str, label: str) -> Said | None:
        """The bar of an answer that is withheld, under a label of the document’s own; None where it is not."""
        return self.say(name, label) if (self._questions.get(name) or {}).get("bar") else None

    def bars(self, *names: str) -> list[Said]:
        """The bars of those of some answers that are withheld, each under the words of its question."""
        found = (self.bar(name, str((self._questions.get(name) or {}).get("text", name))) for name in names)
        return [said for said in found if said]

    def contradicted(self, name: str) -> bool:
        """Whether the decision log contradicts the answer."""
        return name in self._against

    def say(self, name: str, label: str, *, note: bool = True, rows: bool = True) -> Said:
        """One answer under a label of the document's own; without ``rows``, what they are rated as stands for them."""
        question = self._questions.get(name)
        source = f"Question {name}"
        if question is None:
            asked = "this questionnaire does not ask it" if self._questions else "no questionnaire was answered"
            return gap(label, source, asked)
        if question.get("bar"):
            return Said(
                label=label, text=question["bar"], source=source, gap=False, withheld=True, target=answer_anchor(name)
            )
        if question["state"] == "not_applicable":
            text = f"Said not to apply. {sentence(question['reason'] or 'No reason is given')}"
            return Said(label=label, text=text, source=f"Answer {name}", gap=False, target=answer_anchor(name))
        if question["state"] != "answered":
            return gap(label, source, _WHY_OPEN.get(question["state"], ""), target=answer_anchor(name))
        text = sentence(self._text(question, rows=rows))
        if note and question["answer"].get("note"):
            text += f" {sentence(question['answer']['note'])}"
        judged = question["answer"].get("judged")
        if judged:
            text += f" Reason given: {sentence(judged['reason'])}"
        text += self._contradicted(name)
        return Said(label=label, text=text, source=f"Answer {name}", gap=False, target=answer_anchor(name))

    def column(self, name: str, code: str, label: str) -> Said:
        """What stands in one column of an answer that is a table, each text once, in the order of the rows."""
        line = self.say(name, label, note=False)
        rows = ((self._questions.get(name) or {}).get("answer") or {}).get("rows")
        if line.gap or not rows or not line.source.startswith("Answer"):
            return line
        places = [place for place, column in enumerate(rows["columns"]) if column["code"] == code]
        cells = list(dict.fromkeys(text for row in rows["rows"] for place in places if (text := _cell(row[place]))))
        if not cells:
            return gap(label, line.source, "the column is blank", target=line.target)
        text = sentence("; ".join(cell.rstrip(".") for cell in cells)) + self._contradicted(name)
        return Said(label=label, text=text, source=line.source, gap=False, target=line.target)

    def _contradicted(self, name: str) -> str:
        """What the log says against an answer, and what of that this version withholds."""
        against, question = self._against.get(name), self._questions[name]
        text = f" The decision log contradicts this ({joined(against)})." if against else ""
        untold = [check for check in question.get("tested_by") or () if check in self._untold]
        if untold:
            text += f" Whether the decision log bears this out is withheld ({joined(untold)})."
        return text

    def _text(self, question: Mapping[str, Any], *, rows: bool) -> str:
        answer = question["answer"]
        labels = answer_labels(question, answer)
        if question.get("type") == "date":
            labels = [british_date(label) for label in labels]
        typed = answer.get("rows")
        if typed and (rows or not labels):  # what was typed first; a label is then only what the answer is rated as
            heads = [column["label"] for column in typed["columns"]]
            labels = [*(_row(heads, row) for row in typed["rows"]), *(f"rated “{label}”" for label in labels)]
        return "; ".join(label.rstrip(".") for label in labels) or "nothing entered"


def _row(heads: list[str], row: list[Any]) -> str:
    """A row of an answer as a line: its first cell names it.

    >>> _row(["Purpose", "Controller", "Joint controller"], ["Welfare", "Chief", None])
    'Welfare (controller: Chief)'
    """
    first, *others = [_cell(cell) for cell in row]
    named = [f"{head[:1].lower()}{head[1:]}: {cell}" for head, cell in zip(heads[1:], others, strict=True) if cell]
    return f"{first or 'Not named'} ({'; '.join(named)})" if named else first


def _cell(cell: Any) -> str:
    """A cell as it was typed; a day in British style, and nothing else taken for one (20260101 may be a number)."""
    text = "" if cell is None else "Yes" if cell is True else "No" if cell is False else str(cell)
    return british_date(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
