"""Rules of a pack that can never hold, whatever anybody answers: a question nobody would ever see, a dead stop.

In: a pack and where its parts stand. Out: faults Q037 and Q038. Tries every choice of the questions that a rule names;
where these are too many, or a rule rests on numbers, rows or words as well, only what is certain is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

from impact.errors import Fault, PackError
from impact.questionnaire.checks_conditions import place_of_condition
from impact.questionnaire.conditions import Condition, Key, variable_types
from impact.questionnaire.files import Files
from impact.questionnaire.literals import literal_faults
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Question

__all__ = ["unreachable"]

MOST_TRIED = 5_000  # sets of answers for one rule
MOST_IN_ALL = 200_000  # and for all rules of a pack; the bundled one takes a few thousand
_WHAT = {
    "question": ("Q037", "visible_if can never be true: nobody would ever be asked {}"),
    "section": ("Q037", "visible_if can never be true: section {} would never be shown"),
    "flag": ("Q038", "this rule can never hold: the flag on {} could never be raised"),
    "floor": ("Q038", "this rule can never hold: {} could never apply"),
    "contradiction": ("Q038", "this rule can never hold: {} could never be found"),
}


def unreachable(pack: Pack, files: Files) -> Iterator[Fault]:
    """Q037 for a question or section that no answer shows; Q038 for a flag, floor or contradiction that none raises."""
    # A rule that names a code that is not there never holds either; it is told once, as the code that is not there.
    wrong = {key for key, one in pack.conditions.compiled.items() if literal_faults(key, one.text, pack.questions)}
    tries = _Tries(pack, frozenset(variable_types(pack)), MOST_IN_ALL)
    for key, condition in pack.conditions.compiled.items():
        if key[1] in pack.questions or key[0] in ("section", "floor", "contradiction"):
            shown = _host(pack, key)
            if not wrong & {key, *shown} and _never(tries, condition, shown):
                code, said = _WHAT[key[0]]
                where = place_of_condition(pack, files, key, 1)
                yield Fault(where, said.format(key[1]), "", "Correct the condition, or remove it", code)


def _host(pack: Pack, key: Key) -> list[Key]:
    """Conditions that hold where this one is looked at: a flag is raised only on a question that is shown."""
    if key[0] == "flag" and ("question", key[1]) in pack.conditions.compiled:
        return [("question", key[1])]
    return []


@dataclass
class _Tries:
    """The pack, every name that its conditions may use, and how many sets of answers may still be tried."""

    pack: Pack
    names: frozenset[str]
    left: int


def _never(tries: _Tries, condition: Condition, hosts: list[Key]) -> bool:
    """Whether every set of answers makes the condition, or one it stands under, false."""
    pack = tries.pack
    rules = [condition, *(pack.conditions[key] for key in hosts)]
    around = _closure(pack, rules)
    near = [name for rule in rules for name in rule.names if name in pack.questions]
    for names in (dict.fromkeys([*near, *around]), dict.fromkeys(near)):
        domains = {name: values for name in names if (values := _values(pack.questions[name])) is not None}
        if math.prod(map(len, domains.values())) > MOST_TRIED:
            continue
        for chosen in product(*domains.values()):
            tries.left -= 1
            if tries.left < 0 or not _false(tries, rules, dict(zip(domains, chosen, strict=True))):
                return False
        return True
    return False


def _false(tries: _Tries, rules: list[Condition], known: Mapping[str, Any]) -> bool:
    """Whether one set of answers keeps a rule from being true. What they hide is unbound, as it is in a run."""
    seen = {name: value for name, value in known.items() if _shown(tries.pack, name, known) is not False}
    for rule in rules:
        decided = _decide(rule, seen)
        open_ = {name for name in rule.names if name in tries.names} - set(known)
        if decided is False or (decided is None and not open_):  # undecided for the sake of hidden answers alone
            return True
    return False


def _shown(pack: Pack, name: str, known: Mapping[str, Any]) -> bool | None:
    found: bool | None = True
    for key in (("question", name), ("section", pack.section_of[name].id)):
        rule = pack.conditions.compiled.get(key)
        decided = True if rule is None else _decide(rule, known)
        found = False if decided is False or found is False else None if decided is None else found
    return found


def _decide(rule: Condition, known: Mapping[str, Any]) -> bool | None:
    try:
        return rule.decide(known)
    except PackError:  # it would fail in a run as well, and is told there (Q035)
        return None


def _closure(pack: Pack, rules: list[Condition]) -> list[str]:
    """The questions that the rules name, and those that decide whether these are shown."""
    found: dict[str, None] = {}
    waiting = [name for rule in rules for name in rule.names]
    while waiting:
        name = waiting.pop()
        if name not in pack.questions or name in found:
            continue
        found[name] = None
        for key in (("question", name), ("section", pack.section_of[name].id)):
            rule = pack.conditions.compiled.get(key)
            waiting += rule.names if rule is not None else ()
    return list(found)


def _values(question: Question) -> list[Any] | None:
    """Every value that conditions may see of a question; None where they are not a short closed list."""
    if question.type == "yesno":
        return [True, False]
    codes = [choice.code for choice in question.choices]
    if question.type == "multi" and len(codes) <= 10:
        return [list(part) for part in chain.from_iterable(combinations(codes, n) for n in range(len(codes) + 1))]
    if question.type == "single" or (question.graded and codes):
        return list(codes)
    if question.type == "table" and question.bands:
        return [band.code for band in question.bands]
    return None
