"""Fills in somebody else's templates in a process of its own, within limits that it sets before it reads anything.

In, on standard input: one JSON object (templates, jobs, limits). Out, on standard output: one line of JSON, then the
page. Opens no file. A template can loop for ever or ask for more memory than there is; the sandbox does not stop that,
the limits do. Run as ``python -m impact.report.fill_child``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from impact.errors import Fault, RenderError
from impact.report.bounded import Bounds, lower_limits, run_apart
from impact.report.filling import Chain, filled

__all__ = ["Job", "fill_all_apart", "fill_apart"]

Job = tuple[str, dict[str, Any]]  # the template to begin with, and its data

_MARK = "\ufdd3"  # a noncharacter, which no text of a record holds: what follows was markup in the parent


def fill_apart(chain: Chain, data: dict[str, Any], *, entry: str, limits: Bounds, file_mib: int) -> str:
    """As ``filled``, in a process of its own.

    Raises:
        RenderError: As ``filled``, and R040 to R042 where it takes too long or too much memory.
    """
    page = fill_all_apart(chain, [(entry, data)], limits=limits, file_mib=file_mib)[0]
    if isinstance(page, str):
        return page
    raise page


def fill_all_apart(chain: Chain, jobs: Sequence[Job], *, limits: Bounds, file_mib: int) -> list[str | RenderError]:
    """Several templates in one process; for each the page, or what is wrong with it.

    Raises:
        RenderError: R040 to R042 where all of them together take too long or too much memory.
    """
    bounds = {"cpu_seconds": limits.cpu_seconds, "memory_mib": limits.memory_mib, "file_mib": file_mib}
    order = {"chain": chain, "jobs": [(entry, _sent(data)) for entry, data in jobs], "limits": bounds}
    answer, pages = run_apart("impact.report.fill_child", order, limits=limits, doing="filling in the templates")
    found: list[str | RenderError] = []
    for size, faults in answer["done"]:
        page, pages = pages[:size], pages[size:]
        found.append(RenderError(Fault(**fault) for fault in faults) if faults else page.decode())
    return found


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
    chain = tuple((name, tuple((file, text) for file, text in texts)) for name, texts in order["chain"])
    pages: list[bytes] = []
    answer: dict[str, Any] = {"done": []}
    try:
        for entry, data in order["jobs"]:
            page, faults = b"", list[dict[str, str]]()
            try:
                page = filled(chain, _received(data), entry=entry).encode()
            except RenderError as error:
                faults = [fault.to_json() for fault in error.faults]
            answer["done"].append((len(page), faults))
            pages.append(page)
    except MemoryError:
        answer, pages = {"error": "memory"}, []
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(b"".join(pages))
    out.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
