"""The file checks.yaml against the questions: what it names, and what names it.

In: a pack and where its parts stand. Out: faults Q013, Q020, Q021, Q030. Columns of the log are the claims room's.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack
from impact.questionnaire.testing import PackCheck, Parameter
from impact.yamlfile import Located, nearest

__all__ = ["testing_faults"]

_Loc = tuple[str | int, ...]


def testing_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Faults of checks.yaml, and questions that name a check which it does not list."""
    if files.checks is None:
        return
    seen: dict[str, str] = {}
    for index, check in enumerate(pack.checks.checks):
        where = files.checks.place_of(("checks", index, "id"))
        if check.id in seen:
            yield Fault(where, f"check “{check.id}” stands at {seen[check.id]} as well", "", "Remove one", "Q013")
        seen.setdefault(check.id, where)
        for at, parameter in _parameters(check, ("checks", index)):
            yield from _parameter(pack, files.checks, at, parameter)
    for number, section in enumerate(pack.sections):
        for place, question in enumerate(section.questions):
            for key in ("tested_by", "feeds"):
                for order, name in enumerate(getattr(question, key)):
                    if name not in seen:
                        where = files.sections[number].place_of(("questions", place, key, order))
                        near = nearest(name, seen)
                        remedy = f"Did you mean “{near}”?" if near else "Add it to checks.yaml"
                        yield Fault(where, f"checks.yaml has no check “{name}”", "", remedy, "Q030")


def _parameters(check: PackCheck, at: _Loc) -> Iterator[tuple[_Loc, Parameter]]:
    for name, sources in check.parameters.items():
        for order, parameter in enumerate(sources):
            # A single source stands in the file without a list; the place of its key is then the nearest.
            yield (*at, "parameters", name, *((order,) if len(sources) > 1 else ())), parameter
    if check.rule is not None:
        for name in ("at_most", "at_least"):
            parameter = getattr(check.rule, name)
            if parameter is not None:
                yield (*at, "rule", name), parameter


def _parameter(pack: Pack, file: Located, at: _Loc, parameter: Parameter) -> Iterator[Fault]:
    if parameter.question is None:
        return
    question = pack.questions.get(parameter.question)
    if question is None:
        near = nearest(parameter.question, pack.questions)
        remedy = f"Did you mean “{near}”?" if near else "Name a question of the pack"
        yield Fault(file.place_of((*at, "question")), f"no question “{parameter.question}”", "", remedy, "Q030")
        return
    named = (("column", parameter.column), ("unit", parameter.unit), *(("where", name) for name in parameter.where))
    for key, name in named:
        if name is not None and question.column(name) is None:
            near = nearest(name, [column.code for column in question.columns])
            remedy = f"Did you mean “{near}”?" if near else f"Name a column of {question.id}"
            yield Fault(file.place_of((*at, key)), f"{question.id} has no column “{name}”", "", remedy, "Q021")
    for code in parameter.choices:
        if question.choice(code) is None:
            near = nearest(code, [choice.code for choice in question.choices])
            remedy = f"Did you mean “{near}”?" if near else f"Name a choice of {question.id}"
            yield Fault(
                file.place_of((*at, "choices", code)), f"{question.id} has no choice “{code}”", "", remedy, "Q020"
            )
