"""Stops, flags, floors and contradictions: each fired, clear, unresolved or not applicable.

In: an answered pack and what is known. Out: rulings with the questions that are missing.
Refuses to turn a gap into "clear": a rule that needs an answer nobody has given is unresolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from impact.questionnaire.conditions import Key
from impact.questionnaire.evaluate import Answered
from impact.questionnaire.rulebook import Contradiction, HardStop
from impact.questionnaire.short import unasked_parts

__all__ = ["FlagRuling", "Ruling", "RuleState", "StopRuling", "rule_on", "rule_on_contradiction", "rule_on_flags"]

RuleState = Literal["fired", "clear", "unresolved", "not-applicable"]
_WORST_FIRST: tuple[RuleState, ...] = ("fired", "unresolved", "clear", "not-applicable")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says, and the questions (or fields of the head) whose answers it waits for."""

    state: RuleState
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagRuling:
    """A red flag on the question it stands on."""

    id: str
    question: str
    text: str
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class StopRuling:
    """A hard stop with its ruling on each question it stands on: it fires when one of them fires it."""

    stop: HardStop
    parts: tuple[tuple[str, Ruling], ...]

    @property
    def state(self) -> RuleState:
        states = [ruling.state for _, ruling in self.parts]
        return next(state for state in _WORST_FIRST if state in states)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, ruling in self.parts for name in ruling.missing))


def rule_on(
    answered: Answered, key: Key, *, known: Mapping[str, Any], host: str | None = None, hard: bool = False
) -> Ruling:
    """Ruling of one condition.

    Args:
        answered: The answered pack.
        key: Which condition.
        known: Bound variables, with the residual figures added.
        host: The question the rule stands on; None for floors and contradictions.
        hard: A hard stop. Saying that its question does not apply never clears it: that would be an override.
    """
    condition = answered.pack.conditions[key]
    if host is not None:
        state = answered.states[host]
        if state.shown is None:
            return Ruling("unresolved", _missing(answered, ("section", state.section), known))
        if state.state == "hidden" or (state.state == "not_applicable" and not hard):
            return Ruling("not-applicable")
        if condition.decide({**known, **answered.blanks(host)}):
            return Ruling("fired")
    decided = condition.decide(known)
    if decided is None:
        return Ruling("unresolved", _missing(answered, key, known) or ((host,) if host else ()))
    return Ruling("fired" if decided else "clear")


def rule_on_flags(answered: Answered, *, known: Mapping[str, Any]) -> tuple[list[StopRuling], list[FlagRuling]]:
    """Every hard stop in the order of scoring.yaml, and every red flag in the order of the questions."""
    parts: dict[str, list[tuple[str, Ruling]]] = {stop.id: [] for stop in answered.pack.scoring.hard_stops}
    flags = []
    for question in answered.pack.questions.values():
        for index, flag in enumerate(question.flags):
            hard = flag.id in parts
            ruling = rule_on(answered, ("flag", question.id, str(index)), known=known, host=question.id, hard=hard)
            if hard:
                parts[flag.id].append((question.id, ruling))
            else:
                flags.append(FlagRuling(flag.id, question.id, flag.text, ruling))
    for stop_id, name, ruling in unasked_parts(answered):
        parts[stop_id].append((name, ruling))
    return [StopRuling(stop, tuple(parts[stop.id])) for stop in answered.pack.scoring.hard_stops], flags


def rule_on_contradiction(answered: Answered, rule: Contradiction) -> Ruling:
    """Ruling of a contradiction; it does not apply while one of its questions is hidden or said not to apply.

    One that is found by comparing an answer with the log stays unresolved here: this room reads no log.
    """
    states = [answered.states[name] for name in rule.between]
    if any(state.shown is False or state.state == "not_applicable" for state in states):
        return Ruling("not-applicable")
    if any(state.shown is None for state in states):
        return Ruling("not-applicable")
    if rule.when is None:
        return Ruling("unresolved", tuple(name for name in rule.between if name in answered.unanswered))
    return rule_on(answered, ("contradiction", rule.id), known=answered.known)


def _missing(answered: Answered, key: Key, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Questions that a condition names and nobody has answered; a setting that nobody has given, by its name."""
    whole = answered.pack if answered.pack.short is None else answered.pack.short.base
    rules = {variable.name: variable.rule for variable in whole.head.variables}
    found: list[str] = []
    for name in answered.pack.conditions[key].names:
        if name in known:
            continue
        owner = name.removesuffix("_rows").removesuffix("_note")
        rule = rules.get(name)
        if owner in whole.questions:
            found.append(owner)
        elif rule is not None and rule.kind == "setting":
            found.append(name)
        elif rule is not None and rule.kind == "section_complete":
            found += [one for one in answered.unanswered if answered.states[one].section == rule.section]
        elif rule is not None and rule.kind != "residual":
            found.append(rule.question)
    return tuple(dict.fromkeys(found))
