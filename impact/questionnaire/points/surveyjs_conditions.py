"""SurveyJS conditions written in CEL, with what they mean there kept.

In: a ``visibleIf`` and the questions it may name. Out: CEL text. Refuses what has no equal here, with its column.

In SurveyJS an unanswered question is blank and a condition is true or false. ``contains`` asks for membership where
the answer is a list, and for a piece of text where it is one: ``{q} contains "item2"`` holds for the answer "item2-0".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Named", "UntranslatableError", "to_cel"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>\{[^{}]*\})
      |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      |(?P<number>-?\d+(?:\.\d+)?)
      |(?P<op><>|<=|>=|==|!=|&&|\|\||[=<>!()\[\],])
      |(?P<word>[A-Za-z]+))""",
    re.VERBOSE,
)
_AND, _OR = ("and", "&&"), ("or", "||")


class UntranslatableError(Exception):
    """A condition that has no equal here: what, and at which column (from 1)."""

    def __init__(self, what: str, column: int) -> None:
        super().__init__(what)
        self.what, self.column = what, column


@dataclass(frozen=True)
class Named:
    """A question that a condition may name: its id here, and its type."""

    id: str
    type: str


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


def to_cel(text: str, names: Mapping[str, Named]) -> str:
    """The same condition in CEL.

    Raises:
        UntranslatableError: An operator, a value or a name that is not known here.

    >>> names = {"a": Named("a", "single"), "b-c": Named("b_c", "multi")}
    >>> to_cel("{a} contains ['item2'] and ({b-c} contains 'x' or {a} = 'y')", names)
    '(a.contains("item2") && ("x" in b_c || a == "y"))'
    """
    reader = _Reader(_tokens(text), names, len(text) + 1)
    found = reader.either()
    reader.end()
    return found


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise UntranslatableError(f"“{text[at:].strip()[:10]}” cannot be read", at + 1)
        kind = match.lastgroup
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    return found


class _Reader:
    """Grammar: either := both (or both)*; both := one (and one)*; one := ! one | ( either ) | {name} operator value."""

    def __init__(self, tokens: list[_Token], names: Mapping[str, Named], end: int) -> None:
        self.tokens, self.names, self.at, self.last = tokens, names, 0, end

    def either(self) -> str:
        return self._joined(self.both, _OR, "||")

    def both(self) -> str:
        return self._joined(self.one, _AND, "&&")

    def _joined(self, part: Callable[[], str], words: tuple[str, ...], sign: str) -> str:
        found = [part()]
        while self._peek(*words):
            self.at += 1
            found.append(part())
        return found[0] if len(found) == 1 else f"({f' {sign} '.join(found)})"

    def one(self) -> str:
        if self._peek("!", "not"):
            self.at += 1
            return f"!({self.one()})"
        if self._peek("("):
            self.at += 1
            found = self.either()
            self._want(")")
            return found
        token = self._next("a question in braces")
        if token.kind != "name":
            raise UntranslatableError(f"“{token.text}” stands where a question in braces must stand", token.column)
        name = token.text[1:-1].strip()
        if name not in self.names:
            raise UntranslatableError(f"{token.text} is no question of this file", token.column)
        return self._compared(self.names[name], token)

    def end(self) -> None:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            raise UntranslatableError(f"“{token.text}” is not expected here", token.column)

    def _compared(self, named: Named, name: _Token) -> str:
        token = self._next("an operator")
        word = token.text.lower()
        many, q = named.type == "multi", named.id
        if named.type in ("number", "date"):
            raise UntranslatableError(f"{name.text} is a {named.type}; no condition on one is known here", name.column)
        if word in ("empty", "notempty"):
            sign = "==" if word == "empty" else "!="
            return f"size({q}) {sign} 0" if many else f'{q} {sign} ""'
        if word in ("=", "==", "!=", "<>"):
            sign = "==" if word in ("=", "==") else "!="
            value = self._values()
            if many or len(value) != 1:
                raise UntranslatableError(f"{name.text} is a list, or is compared with one", name.column)
            return f"{q} {sign} {value[0]}"
        if word in ("contains", "allof", "notcontains"):
            holds = self._holds(named, self._values(), token)
            answered = f"size({q}) > 0" if many else f'{q} != ""'
            return holds if word != "notcontains" else f"({answered} && !({holds}))"
        if word == "anyof":
            listed = self._values()
            return f"({' || '.join(f'{v} in {q}' for v in listed)})" if many else f"{q} in [{', '.join(listed)}]"
        raise UntranslatableError(f"the operator “{token.text}” is not known here", token.column)

    def _holds(self, named: Named, values: list[str], token: _Token) -> str:
        if named.type == "multi":
            found = [f"{value} in {named.id}" for value in values]
            return found[0] if len(found) == 1 else f"({' && '.join(found)})"
        if len(values) != 1 or token.text.lower() == "allof":
            raise UntranslatableError(f"“{token.text}” asks one answer for several values", token.column)
        return f"{named.id}.contains({values[0]})"

    def _values(self) -> list[str]:
        """A value, or the members of a list, as CEL literals."""
        if not self._peek("["):
            return [self._literal()]
        self.at += 1
        found = [self._literal()]
        while self._peek(","):
            self.at += 1
            found.append(self._literal())
        self._want("]")
        return found

    def _literal(self) -> str:
        token = self._next("a value")
        if token.kind == "string":
            return json.dumps(re.sub(r"\\(.)", r"\1", token.text[1:-1]), ensure_ascii=False)
        if token.kind == "number":  # codes are text here
            return json.dumps(token.text)
        raise UntranslatableError(f"“{token.text}” stands where a value must stand", token.column)

    def _peek(self, *words: str) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token is not None and token.kind in ("op", "word") and token.text.lower() in words

    def _next(self, wanted: str) -> _Token:
        if self.at >= len(self.tokens):
            raise UntranslatableError(f"the condition ends where {wanted} must stand", self.last)
        self.at += 1
        return self.tokens[self.at - 1]

    def _want(self, sign: str) -> None:
        token = self._next(f"“{sign}”")
        if token.text != sign:
            raise UntranslatableError(f"“{token.text}” stands where “{sign}” must stand", token.column)
