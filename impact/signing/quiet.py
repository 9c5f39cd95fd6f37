"""Call pyHanko without its noise, and from any thread.

In: a coroutine of pyHanko. Out: its value. pyHanko logs a traceback for every defect that we report in plain words, so
its loggers are held silent during a call and then put back; nothing else of the logging set-up is touched.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["quiet", "wait_for"]

_NOISY = ("pyhanko", "pyhanko_certvalidator", "fontTools")
_T = TypeVar("_T")
_lock = threading.Lock()
_depth = 0
_before: dict[str, bool] = {}
_sink = logging.NullHandler()


@contextmanager
def quiet() -> Iterator[None]:
    """Hold the loggers of pyHanko silent. Calls may nest and may overlap in several threads.

    >>> with quiet():
    ...     logging.getLogger("pyhanko.sign").error("not shown")
    >>> logging.getLogger("pyhanko").propagate
    True
    """
    global _depth  # counts the calls that are under way, so that overlapping threads restore once
    with _lock:
        if _depth == 0:
            for name in _NOISY:
                logger = logging.getLogger(name)
                _before[name] = logger.propagate
                logger.propagate = False
                logger.addHandler(_sink)  # without any handler Python would write to stderr by itself
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                for name in _NOISY:
                    logger = logging.getLogger(name)
                    logger.propagate = _before[name]
                    logger.removeHandler(_sink)


def wait_for(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine to its end, also inside a notebook, where an event loop is running already.

    >>> async def answer():
    ...     return 42
    >>> wait_for(answer())
    42
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    result: list[_T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:  # handed to the caller's thread below
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
