"""Fills in somebody else's templates in a process of its own, within limits that it sets before it reads anything.

In, on standard input: one JSON object (templates, data, limits). Out, on standard output: one line of JSON, then the
page. Opens no file. A template can loop for ever or ask for more memory than there is; the sandbox does not stop that,
the limits do. Run as ``python -m impact.report.fill_child``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from markupsafe import Markup

from impact.errors import RenderError
from impact.report.bounded import Bounds, lower_limits, run_apart
from impact.report.filling import Chain, filled

__all__ = ["fill_apart"]

_MARK = "\ufdd3"  # a noncharacter, which no text of a record holds: what follows was markup in the parent


def fill_apart(chain: Chain, data: dict[str, Any], *, entry: str, limits: Bounds, file_mib: int) -> str:
    """As ``filled``, in a process of its own.

    Raises:
        RenderError: As ``filled``, and R040 to R042 where it takes too long or too much memory.
    """
    bounds = {"cpu_seconds": limits.cpu_seconds, "memory_mib": limits.memory_mib, "file_mib": file_mib}
    order = {"chain": chain, "data": _sent(data), "entry": entry, "limits": bounds}
    answer, page = run_apart("impact.report.fill_child", order, limits=limits, doing="filling in the templates")
    if "faults" in answer:
        from impact.errors import Fault

        raise RenderError(Fault(**fault) for fault in answer["faults"])
    return page.decode()


def _sent(value: Any) -> Any:
    """Plain data whose markup is marked, since JSON does not tell it from text."""
    if isinstance(value, Markup):
        return _MARK + value
    if isinstance(value, dict):
        return {key: _sent(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_sent(inner) for inner in value]
    return value


def _received(value: Any) -> Any:
    if isinstance(value, str):
        return Markup(value[1:]) if value.startswith(_MARK) else value  # noqa: S704 - it was markup before it was sent
    if isinstance(value, dict):
        return {key: _received(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_received(inner) for inner in value]
    return value


def main() -> int:
    """Read an order, answer it. Faults are answers too."""
    order = json.loads(sys.stdin.buffer.read())
    lower_limits(order["limits"])
    page = b""
    answer: dict[str, Any] = {}
    try:
        chain = tuple((name, tuple((file, text) for file, text in texts)) for name, texts in order["chain"])
        page = filled(chain, _received(order["data"]), entry=order["entry"]).encode()
    except MemoryError:
        answer = {"error": "memory"}
    except RenderError as error:
        answer = {"faults": [fault.to_json() for fault in error.faults]}
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(page)
    out.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
