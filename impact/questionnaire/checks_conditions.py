"""Conditions of a pack against its files: what does not compile, unknown codes, circles of appearance.

In: a pack and where its parts stand. Out: faults, each with the line and column of the character at fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from impact.errors import Fault
from impact.questionnaire.conditions import ConditionFault, Key, conditions_in, names_in
from impact.questionnaire.files import Files
from impact.questionnaire.literals import literal_faults
from impact.questionnaire.pack import Pack
from impact.yamlfile import Located

__all__ = ["condition_faults"]

_Loc = tuple[str | int, ...]


def condition_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Faults of every condition (Q018 to Q021, Q031, Q033) and circles of appearance (Q023)."""
    yield from _conditions(pack, files)
    yield from _cycles(pack, files)


def _conditions(pack: Pack, files: Files) -> Iterator[Fault]:
    broken = {fault.key for fault in pack.conditions.faults}
    faults: list[ConditionFault] = list(pack.conditions.faults)
    for key, text in conditions_in(pack):
        if key not in broken:
            faults += literal_faults(key, text, pack.questions)
    for fault in faults:
        yield Fault(_place(pack, files, fault.key, fault.column), fault.text, "", fault.remedy, fault.code)


def _place(pack: Pack, files: Files, key: Key, column: int) -> str:
    """``file:line:column`` of a character of a condition."""
    kind, name = key[0], key[1]
    sections = [section.id for section in pack.sections]
    if kind in ("floor", "contradiction"):
        parts = pack.scoring.floors if kind == "floor" else pack.scoring.contradictions
        index = [part.id for part in parts].index(name)
        return _inside(files, files.scoring, (f"{kind}s", index, "when"), column)
    if kind == "check" and files.checks is not None:
        return _inside(files, files.checks, ("checks", int(name), "made"), column)
    if kind == "section":
        return _inside(files, files.sections[sections.index(name)], ("visible_if",), column)
    section = pack.section_of[name]
    number = [question.id for question in section.questions].index(name)
    tail: _Loc = ("visible_if",) if kind == "question" else ("flags", int(key[2]), "when")
    return _inside(files, files.sections[sections.index(section.id)], ("questions", number, *tail), column)


def _inside(files: Files, file: Located, loc: _Loc, column: int) -> str:
    name, line, start = file.place_of(loc).rsplit(":", 2)
    text = files.lines[name][int(line) - 1]
    first = text[int(start) - 1 : int(start)]
    if first in ("|", ">"):  # a block of text: its lines start on the next one
        return f"{name}:{line}:{start}"
    quoted = first in ('"', "'")
    return f"{name}:{line}:{int(start) + quoted + column - 1}"


def _cycles(pack: Pack, files: Files) -> Iterator[Fault]:
    """Conditions of appearance may look at later questions, but never round in a circle."""
    needs: dict[str, set[str]] = {}
    for question in pack.questions.values():
        section = pack.section_of[question.id]
        used = names_in(question.visible_if or "") + names_in(section.visible_if or "")
        needs[question.id] = {name for name in used if name in pack.questions}
        for variable in pack.head.variables:
            if variable.name in used:
                needs[question.id] |= _variable_needs(pack, variable.name)
    done: set[str] = set()
    for start in pack.questions:
        trail: list[str] = []
        found = _circle(start, needs, trail, done)
        if found:
            section = pack.section_of[found[0]]
            key = ("question", found[0]) if pack.questions[found[0]].visible_if else ("section", section.id)
            where = _place(pack, files, key, 1)
            yield Fault(
                where, f"visible_if goes round in a circle: {' → '.join(found)}", "", "Break the circle", "Q023"
            )
            done |= set(found)


def _variable_needs(pack: Pack, name: str) -> set[str]:
    rule = next(variable.rule for variable in pack.head.variables if variable.name == name).model_dump()
    if rule["kind"] == "section_complete":
        return {one.id for section in pack.sections if section.id == rule["section"] for one in section.questions}
    return {rule["question"]} & set(pack.questions) if "question" in rule else set()


def _circle(start: str, needs: Mapping[str, set[str]], trail: list[str], done: set[str]) -> list[str]:
    if start in trail:
        return [*trail[trail.index(start) :], start]
    if start in done:
        return []
    trail.append(start)
    for following in sorted(needs[start]):
        found = _circle(following, needs, trail, done)
        if found:
            return found
    trail.pop()
    done.add(start)
    return []
