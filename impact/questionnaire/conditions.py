"""Conditions in CEL: compiled and type-checked once, decided in three values.

In: a pack, and what is known of its variables. Out: true, false, or None while the answers do not decide it.
The only module that imports cel_expr_python, and the only place that reads the text of its errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, PackError

if TYPE_CHECKING:
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.question import Question

__all__ = [
    "RESERVED",
    "Condition",
    "ConditionFault",
    "Conditions",
    "Key",
    "compile_all",
    "conditions_in",
    "names_in",
    "usable_pattern",
    "variable_types",
]

Key = tuple[str, ...]  # ("section", "S"), ("question", "B7"), ("flag", "B7", "0"), ("floor", "FL-1") …
# Words of the language and names of its types (CEL language definition): a variable may not have these names.
_KEYWORDS = "as break const continue else false for function if import in let loop namespace null package return true"
_TYPES = "var void while bool bytes double dyn int list map null_type string type uint"
RESERVED = frozenset(f"{_KEYWORDS} {_TYPES}".split())
LONGEST = 1_000  # characters; a bound on what the parser is asked to take in

_NAME = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?<![\w.])([A-Za-z_]\w*)')
# cel-expr-python 0.1.3 gives an unbound name, and a key that a row lacks, as a value of type ERROR: only its text
# tells them from a real fault. The release is pinned for this reason, and tests hold the two beginnings.
_UNDECIDED = ("UNKNOWN:", "NOT_FOUND: Key not found in map")
_COMPILE_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


@dataclass(frozen=True)
class ConditionFault:
    """What is wrong with one condition: which one, the column inside it (from 1), what, and Q018, Q019 or Q033."""

    key: Key
    column: int
    text: str
    code: str
    remedy: str = ""


@dataclass(frozen=True)
class Condition:
    """A compiled condition and the names it uses, in order of appearance."""

    text: str
    names: tuple[str, ...]
    compiled: Any

    def decide(self, known: Mapping[str, Any]) -> bool | None:
        """True, False, or None while ``known`` does not decide it. ``known`` holds known variables only, never None.

        Raises:
            PackError: Q035, when the condition fails for any other reason, such as a division by zero.
        """
        cel = _cel()
        try:
            result = self.compiled.eval(data={name: known[name] for name in self.names if name in known})
        except RuntimeError as error:  # CEL stops after 10,000 rounds of exists, all and filter
            said = "it takes too many steps" if "budget" in str(error) else "it cannot be worked out"
            remedy = "Simplify the condition, or shorten the table that it walks through"
            raise PackError(Fault(f"condition {self.text}", said, "true or false", remedy, "Q035")) from None
        if result.type() == cel.Type.BOOL:
            return bool(result.value())
        reason = str(result.value())
        # A blank cell of a row is something nobody has told us, exactly as an unbound name is.
        if result.type() == cel.Type.ERROR and reason.startswith(_UNDECIDED):
            return None
        raise PackError(Fault(f"condition {self.text}", reason, "true or false", "Correct the condition", "Q035"))


@dataclass(frozen=True)
class Conditions:
    """Every condition of a pack by its key.

    Attributes:
        compiled: Conditions that can be used.
        faults: Those that cannot, in the order of the pack; a pack that has any is refused when it is loaded.
    """

    compiled: Mapping[Key, Condition]
    faults: tuple[ConditionFault, ...]

    @classmethod
    def of(cls, pack: Pack) -> Conditions:
        compiled, faults = compile_all(variable_types(pack), conditions_in(pack))
        return cls(compiled, tuple(faults))

    def __getitem__(self, key: Key) -> Condition:
        return self.compiled[key]


def compile_all(
    types: Mapping[str, str], texts: Iterable[tuple[Key, str]]
) -> tuple[dict[Key, Condition], list[ConditionFault]]:
    """Conditions that can be used, and what is wrong with the others.

    Args:
        types: Every name that they may use -> string, bool, double, strings or rows.
        texts: Each condition with its key.
    """
    cel = _cel()
    kinds = {
        "string": cel.Type.STRING,
        "bool": cel.Type.BOOL,
        "double": cel.Type.DOUBLE,
        "strings": cel.Type.List(cel.Type.STRING),
        "rows": cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
    }
    # A word of CEL as a name is a fault of its own (Q025), and no environment would take it.
    environment = cel.NewEnv(variables={name: kinds[kind] for name, kind in types.items() if name not in RESERVED})
    compiled: dict[Key, Condition] = {}
    faults: list[ConditionFault] = []
    for key, text in texts:
        if len(text) > LONGEST:
            faults.append(ConditionFault(key, 1, f"a condition of {len(text)} characters", "Q033", "Shorten it"))
            continue
        try:
            expression = environment.compile(text)
        except RuntimeError as error:
            faults += _compile_faults(key, text, str(error), types)
            continue
        if expression.return_type() != cel.Type.BOOL:
            said = f"the condition gives {expression.return_type().name().lower()}, not true or false"
            faults.append(ConditionFault(key, 1, said, "Q019", "Compare it with something, as in == or in"))
            continue
        compiled[key] = Condition(text, names_in(text), expression)
    return compiled, faults


@cache
def _cel() -> Any:
    from cel_expr_python import cel

    return cel


def usable_pattern(literal: str) -> bool:
    """Whether CEL can compile a pattern, written as a string literal with its quotes, for ``matches``.

    >>> usable_pattern('"[a-z]+"'), usable_pattern('"("')
    (True, False)
    """
    cel = _cel()
    try:
        result = cel.NewEnv(variables={}).compile(f'"".matches({literal})').eval(data={})
    except RuntimeError:
        return False
    return bool(result.type() == cel.Type.BOOL)


def names_in(text: str) -> tuple[str, ...]:
    """Names used in a condition, each once; words inside quotes and after a dot are left out.

    >>> names_in('A5.exists(k, k in ["lfr"]) && C6_rows.size() > 0')
    ('A5', 'k', 'in', 'C6_rows')
    """
    return tuple(dict.fromkeys(match[1] for match in _NAME.finditer(text) if match[1]))


def variable_types(pack: Pack) -> dict[str, str]:
    """Every name that conditions may use -> string, bool, double, strings or rows."""
    if pack.short is not None:  # a name of the full form that is not asked here is known, and never bound
        return variable_types(pack.short.base)
    types: dict[str, str] = {}
    for question in pack.questions.values():
        kind = _type_of(question)
        if kind is not None:
            types[question.id] = kind
        if question.type == "table":
            types[f"{question.id}_rows"] = "rows"
        types[f"{question.id}_note"] = "string"
    for variable in pack.head.variables:
        types[variable.name] = variable.type
    return types


def _type_of(question: Question) -> str | None:
    if question.type == "table":
        return "string" if question.choices or question.bands else None
    return {"yesno": "bool", "multi": "strings", "number": "double", "money": "double"}.get(question.type, "string")


def conditions_in(pack: Pack) -> Iterator[tuple[Key, str]]:
    """Every condition of a pack with its key, in the order of the files."""
    for section in pack.sections:
        if section.visible_if:
            yield ("section", section.id), section.visible_if
        for question in section.questions:
            if question.visible_if:
                yield ("question", question.id), question.visible_if
            for index, flag in enumerate(question.flags):
                yield ("flag", question.id, str(index)), flag.when
    for floor in pack.scoring.floors:
        yield ("floor", floor.id), floor.when
    for contradiction in pack.scoring.contradictions:
        if contradiction.when:
            yield ("contradiction", contradiction.id), contradiction.when
    for index, check in enumerate(pack.checks.checks):
        if check.made:
            yield ("check", str(index)), check.made
    for section in pack.short.base.sections if pack.short is not None else ():
        if section.visible_if:
            yield ("module", section.id), section.visible_if


def _compile_faults(key: Key, text: str, said: str, types: Mapping[str, str]) -> Iterator[ConditionFault]:
    from impact.yamlfile import nearest

    found = _COMPILE_FAULT.findall(said)
    if "recursion limit" in said:
        yield ConditionFault(key, 1, "the condition is nested too deep (32 levels)", "Q018", "Take brackets away")
        return
    if not found:
        yield ConditionFault(key, 1, said.split("\n")[0], "Q018")
        return
    lines = text.split("\n")
    for _, column, what in found:
        remedy = ""
        name = re.match(r"undeclared reference to '([^']*)'", what)
        if name:
            near = nearest(name[1], types)
            what = f"“{name[1]}” is not a question or variable"
            remedy = f"Did you mean “{near}”?" if near else "Correct the name"
        elif "double, int" in what or "int, double" in what:
            what = "a whole number is compared with a decimal one"
            remedy = "Write the number with a decimal point, as in 10.0"
        elif "token recognition error at: '= '" in what:
            what, remedy = "a single = stands there", "Write == to compare"
        # Only single-line conditions have a column that can be counted on from the start of the value.
        at = int(column) if len(lines) == 1 else 1
        yield ConditionFault(key, at, what.removeprefix("Syntax error: "), "Q018", remedy)
        if "=" in remedy and "Write ==" in remedy:
            return
