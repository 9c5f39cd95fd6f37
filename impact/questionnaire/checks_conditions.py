"""Conditions of a pack against its files: what does not compile, unknown codes, circles of appearance.

In: a pack and where its parts stand. Out: faults, each with the line and column of the character at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from impact.errors import Fault
from impact.questionnaire.conditions import ConditionFault, Key, conditions_in, names_in
from impact.questionnaire.files import Files
from impact.questionnaire.literals import costly, literal_faults
from impact.questionnaire.pack import Pack
from impact.yamlfile import Located

__all__ = ["condition_faults", "place_of_condition"]

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
            faults += [*literal_faults(key, text, pack.questions), *costly(key, text)]
    # Where an id stands twice, the place of a condition is open, and the doubled id is a fault of its own (Q013).
    counted = Counter(question.id for section in pack.sections for question in section.questions)
    sections = Counter(section.id for section in pack.sections)
    for fault in faults:
        if counted[fault.key[1]] > 1 or (fault.key[0] == "section" and sections[fault.key[1]] > 1):
            continue
        yield Fault(place_of_condition(pack, files, fault.key, fault.column), fault.text, "", fault.remedy, fault.code)


def place_of_condition(pack: Pack, files: Files, key: Key, column: int) -> str:
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
    text = files.lines[name][int(line) - 1] if int(line) <= len(files.lines[name]) else ""
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
    for found in _circles(needs):
        section = pack.section_of[found[0]]
        key = ("question", found[0]) if pack.questions[found[0]].visible_if else ("section", section.id)
        where = place_of_condition(pack, files, key, 1)
        yield Fault(where, f"visible_if goes round in a circle: {' → '.join(found)}", "", "Break the circle", "Q023")


def _variable_needs(pack: Pack, name: str) -> set[str]:
    rule = next(variable.rule for variable in pack.head.variables if variable.name == name).model_dump()
    if rule["kind"] == "section_complete":
        return {one.id for section in pack.sections if section.id == rule["section"] for one in section.questions}
    return {rule["question"]} & set(pack.questions) if "question" in rule else set()


def _circles(needs: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Each circle once, from the first question of the pack that is on it. A chain may be as long as a pack is."""
    done: set[str] = set()
    for start in needs:
        trail: dict[str, Iterator[str]] = {}
        following: str | None = start
        while following is not None or trail:
            if following is not None and following in trail:
                names = list(trail)
                yield [*names[names.index(following) :], following]
                done |= set(names)
                break
            if following is not None and following not in done:
                trail[following] = iter(sorted(needs[following]))
            elif following is None:
                done.add(trail.popitem()[0])
            following = next(next(reversed(trail.values())), None) if trail else None
        done |= set(trail)
