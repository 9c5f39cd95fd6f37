"""A bound on the tables of objects of a stranger's PDF, which pyHanko reads to their end before anything can stop it.

In: a limit and a deadline. Out: nothing; while a budget is in force, pyHanko stops reading a table that exceeds it.
A file of a few hundred bytes can declare thousands of millions of objects (an entry may be nought bytes wide), and
pyHanko has no limit for it. Its two readers of tables are therefore wrapped, once; without a budget they do as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

__all__ = ["TooManyObjects", "budget"]

_WRAPPED = ("parse_xref_table", "parse_xref_stream")
_CHECK_EVERY = 1_000  # entries between two looks at the clock


class TooManyObjects(Exception):  # noqa: N818  # a limit of ours, turned into a fault by whoever set the limit
    """The tables of the file list more objects than are allowed."""


@dataclass
class _Budget:
    left: int
    check: Callable[[], None]


_budget: ContextVar[_Budget | None] = ContextVar("tables of objects", default=None)


@contextmanager
def budget(objects: int, *, check: Callable[[], None]) -> Iterator[None]:
    """Let pyHanko read at most ``objects`` entries, of all tables together, within this block.

    Args:
        objects: How many.
        check: Called now and then; raises when the time is over.
    """
    _wrap()
    token = _budget.set(_Budget(objects, check))
    try:
        yield
    finally:
        _budget.reset(token)


def _wrap() -> None:
    from pyhanko.pdf_utils import xref

    for name in _WRAPPED:
        original = getattr(xref, name)
        if not hasattr(original, "__wrapped__"):
            setattr(xref, name, _counting(original))


def _counting(read: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(read)
    def counted(*arguments: Any, **named: Any) -> Iterator[Any]:
        allowed = _budget.get()
        for entry in read(*arguments, **named):
            if allowed is not None:
                allowed.left -= 1
                if allowed.left < 0:
                    raise TooManyObjects
                if allowed.left % _CHECK_EVERY == 0:
                    allowed.check()
            yield entry

    return counted
