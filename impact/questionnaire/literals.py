"""What CEL's type check cannot see: choice codes, table columns, and dates that may be blank.

In: the text of a condition and the questions of a pack. Out: faults with a column inside the condition.
Reads tokens only; it never decides a condition (conditions.py does).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from impact.questionnaire.conditions import ConditionFault, Key
from impact.questionnaire.question import Column, Question
from impact.yamlfile import nearest

__all__ = ["costly", "literal_faults"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      |(?P<number>\d+(?:\.\d+)?)
      |(?P<op>==|!=|<=|>=|&&|\|\||[-+*/%<>!()\[\],?:.]))""",
    re.VERBOSE,
)
DEEPEST = 2  # macros inside each other: every pair of rows is looked at, never every three
MOST_SUMS = 20  # each + may double a text
_MACROS = ("exists", "all", "exists_one", "filter", "map")
_TEXT_FUNCTIONS = ("contains", "startsWith", "endsWith", "matches", "size")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int  # from 1


@dataclass(frozen=True)
class _Scope:
    """A variable of a macro: the name it has, the question whose ticks or rows it walks, and where it is seen."""

    name: str
    question: Question | None
    rows: bool
    start: int
    end: int


@dataclass(frozen=True)
class _Operand:
    """One side of a comparison: the codes it may take (None when they are not a closed list), or its literals."""

    codes: tuple[str, ...] | None = None
    literals: tuple[_Token, ...] = ()
    date: str | None = None
    name: str = ""


def literal_faults(key: Key, text: str, questions: Mapping[str, Question]) -> list[ConditionFault]:
    """Faults of one condition: Q020 unknown choice code, Q021 unknown column, Q031 a blank date seen as early.

    A blank date is ``""``, which is earlier than every date, so ``<`` on a date needs ``!= ""`` beside it.
    """
    tokens = _tokens(text)
    scopes = _scopes(tokens, questions)
    faults = _column_faults(key, tokens, scopes)
    for index, token in enumerate(tokens):
        if token.kind != "op" and token.text != "in":
            continue
        if token.text not in ("==", "!=", "in", "<", "<=", ">", ">="):
            continue
        left = _left(tokens, index, scopes, questions)
        right = _right(tokens, index, scopes, questions)
        if token.text in ("==", "!=", "in"):
            faults += _code_faults(key, left, right) + _code_faults(key, right, left)
        else:
            early = left.date if token.text in ("<", "<=") else right.date
            name = left.name if token.text in ("<", "<=") else right.name
            if early is not None and not re.search(re.escape(name) + r'\s*[!=]=\s*""', text):
                said = f"a blank “{name}” is earlier than every date"
                remedy = f'Write {name} != "" && … as well'
                faults.append(ConditionFault(key, token.column, said, "Q031", remedy))
    return sorted(faults, key=lambda fault: fault.column)


def costly(key: Key, text: str) -> list[ConditionFault]:
    """Q036: what could take much time or memory over the rows and texts of somebody's answers."""
    tokens, faults = _tokens(text), []
    ends: list[int] = []
    sums = [token for token in tokens if token.text == "+"]
    if len(sums) > MOST_SUMS:
        said = f"more than {MOST_SUMS} sums in one condition"
        faults.append(ConditionFault(key, sums[MOST_SUMS].column, said, "Q036", "Use a variable of pack.yaml"))
    for index, token in enumerate(tokens[:-1]):
        if token.kind != "name" or tokens[index + 1].text != "(":
            continue
        name = token.text.rpartition(".")[2]
        if name == "matches" and tokens[index + 2].kind == "string":
            faults += _pattern_faults(key, tokens[index + 2])
        if name not in _MACROS:
            continue
        ends = [end for end in ends if end > index]
        ends.append(_closing(tokens, index + 1))
        if name == "map":
            remedy = "Use exists, all, exists_one or filter"
            faults.append(ConditionFault(key, token.column, "map builds a list that decides nothing", "Q036", remedy))
        elif len(ends) > DEEPEST:
            said = f"more than {DEEPEST} of exists, all and filter inside each other"
            faults.append(ConditionFault(key, token.column, said, "Q036", "Split the rule"))
    return faults


def _pattern_faults(key: Key, literal: _Token) -> list[ConditionFault]:
    """A pattern is compiled when the pack loads: one that is too large, or none at all, would fail in a run."""
    from impact.questionnaire.conditions import usable_pattern

    if usable_pattern(literal.text):
        return []
    remedy = "Write a pattern of RE2, and one that is not too large"
    return [ConditionFault(key, literal.column, "the pattern of matches cannot be used", "Q018", remedy)]


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "op"
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
    return found


def _scopes(tokens: list[_Token], questions: Mapping[str, Question]) -> list[_Scope]:
    found: list[_Scope] = []
    for index, token in enumerate(tokens[:-2]):
        head, _, macro = token.text.rpartition(".")
        after_list = not head and index > 0 and tokens[index - 1].text == "."
        if token.kind != "name" or tokens[index + 1].text != "(" or (macro or token.text) not in _MACROS:
            continue
        if not head and not after_list:
            continue
        rows = head.endswith("_rows")
        question = questions.get(head.removesuffix("_rows")) if head else None
        found.append(_Scope(tokens[index + 2].text, question, rows, index + 2, _closing(tokens, index + 1)))
    return found


def _closing(tokens: list[_Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(tokens[index].text, 0) if tokens[index].kind == "op" else 0
        if depth == 0:
            return index
    return len(tokens)


def _scope(name: str, index: int, scopes: Iterable[_Scope]) -> _Scope | None:
    """The innermost macro variable of this name that is seen at a token."""
    around = [scope for scope in scopes if scope.name == name and scope.start <= index < scope.end]
    return max(around, key=lambda scope: scope.start, default=None)


def _column_faults(key: Key, tokens: list[_Token], scopes: list[_Scope]) -> list[ConditionFault]:
    faults = []
    for index, token in enumerate(tokens):
        name, dot, column = token.text.partition(".")
        scope = _scope(name, index, scopes) if token.kind == "name" and dot else None
        if scope is None or not scope.rows or scope.question is None or column.split(".")[0] in _MACROS:
            continue
        head, _, tail = column.partition(".")
        if tail in _TEXT_FUNCTIONS:
            column = head
        if scope.question.column(column) is None:
            near = nearest(column, [known.code for known in scope.question.columns])
            remedy = f"Did you mean “{near}”?" if near else "Correct the column"
            said = f"table {scope.question.id} has no column “{column}”"
            faults.append(ConditionFault(key, token.column, said, "Q021", remedy))
    return faults


def _operand(token: _Token, index: int, scopes: list[_Scope], questions: Mapping[str, Question]) -> _Operand:
    if token.kind == "string":
        return _Operand(literals=(token,))
    if token.kind != "name":
        return _Operand()
    name, dot, rest = token.text.partition(".")
    scope = _scope(name, index, scopes)
    if scope is not None:
        if scope.question is None:
            return _Operand()
        if not scope.rows:
            return _Operand(codes=_codes(scope.question))
        column = scope.question.column(rest) if dot else None
        return _of_column(column, token.text)
    question = questions.get(name) if not dot else None
    if question is None:
        return _Operand()
    if question.type == "date":
        return _Operand(date=name, name=name)
    return _Operand(codes=_codes(question))


def _of_column(column: Column | None, name: str) -> _Operand:
    if column is not None and column.type == "choice":
        return _Operand(codes=("", *(choice.code for choice in column.choices)))
    return _Operand(date=name, name=name) if column is not None and column.type == "date" else _Operand()


def _codes(question: Question) -> tuple[str, ...] | None:
    if question.type in ("single", "multi") or question.graded:
        return tuple(choice.code for choice in question.choices)
    return tuple(band.code for band in question.bands) if question.type == "table" and question.bands else None


def _left(tokens: list[_Token], index: int, scopes: list[_Scope], questions: Mapping[str, Question]) -> _Operand:
    return _operand(tokens[index - 1], index - 1, scopes, questions) if index else _Operand()


def _right(tokens: list[_Token], index: int, scopes: list[_Scope], questions: Mapping[str, Question]) -> _Operand:
    if index + 1 >= len(tokens):
        return _Operand()
    following = tokens[index + 1]
    if following.text == "[":
        end = _closing(tokens, index + 1)
        return _Operand(literals=tuple(part for part in tokens[index + 2 : end] if part.kind == "string"))
    return _operand(following, index + 1, scopes, questions)


def _code_faults(key: Key, one: _Operand, other: _Operand) -> list[ConditionFault]:
    if one.codes is None:
        return []
    faults = []
    for literal in other.literals:
        code = literal.text[1:-1]
        if code not in one.codes:
            near = nearest(code, one.codes)
            remedy = f"Did you mean “{near}”?" if near else f"Choices: {', '.join(filter(None, one.codes))}"
            faults.append(ConditionFault(key, literal.column, f"“{code}” is not a choice", "Q020", remedy))
    return faults
