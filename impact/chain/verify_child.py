"""The process that judges one document, within limits that it sets for itself before it reads anything of the file.

In, on standard input: one line of JSON (trust folder, settings, time, limits), then the bytes of the PDF, and of the
full document where it is held against one. Out, on
standard output: lines of JSON: ready, one for each stage, one answer. Run by apart.py as
``python -m impact.chain.verify_child``.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from impact.errors import ImpactError

MEBIBYTE = 1024 * 1024
_FULL = ("failed to map segment", "cannot allocate memory", "cannot map zero-fill pages")


def _limit(limits: dict[str, int]) -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the parent's wall clock still holds
        return

    def lower(kind: int, soft: int, hard: int) -> None:
        _, ceiling = resource.getrlimit(kind)
        bounded = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        try:
            resource.setrlimit(kind, (min(soft, bounded), bounded))
        except (ValueError, OSError):  # macOS refuses some kinds; the others hold
            return

    lower(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 2)
    lower(resource.RLIMIT_AS, limits["memory_mib"] * MEBIBYTE, limits["memory_mib"] * MEBIBYTE)
    lower(resource.RLIMIT_FSIZE, limits["file_mib"] * MEBIBYTE, limits["file_mib"] * MEBIBYTE)
    lower(resource.RLIMIT_CORE, 0, 0)


def _judged(order: dict[str, Any], given: bytes, tell: Any) -> dict[str, Any]:
    from impact.chain.verify import verify_document
    from impact.settings import load_settings
    from impact.signing.result import explain
    from impact.signing.trust import load_trust

    pdf, full = given[: order["length"]], given[order["length"] :]
    result = verify_document(
        pdf,
        trust=load_trust(Path(order["trust"])),
        settings=load_settings(Path(order["base"])),
        now=datetime.fromisoformat(order["now"]),
        require_revocation=order["require_revocation"],
        rerender=order["rerender"],
        sides_trust=[load_trust(Path(folder)) for folder in order["sides_trust"]],
        full=full if order["full"] else None,
        step=lambda text: tell({"step": text}),
    )
    return {
        "ok": result.ok,
        "questions": [[item.key, item.holds, item.text] for item in result.questions],
        "lines": explain(result.signatures),
        "data": result.to_json(),
    }


def main() -> int:
    """Read an order, answer it. Faults are answers too: the parent turns them into words."""
    order = json.loads(sys.stdin.buffer.readline())
    _limit(order["limits"])
    # Whatever a library prints must not be taken for an answer.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(answer: dict[str, Any]) -> None:
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()

    tell({"ready": True})
    try:
        answer = _judged(order, sys.stdin.buffer.read(), tell)
    except MemoryError:
        answer = {"limit": "memory"}
    except ImpactError as error:
        answer = {"faults": [[f.where, f.found, f.wanted, f.remedy, f.code, int(f.exit)] for f in error.faults]}
    except (ImportError, OSError) as error:
        # A library that no longer fits into the memory says so in its own words.
        full = getattr(error, "errno", None) == errno.ENOMEM or any(word in str(error).lower() for word in _FULL)
        answer = {"limit": "memory"} if full else {"error": type(error).__name__}
    except Exception as error:  # the boundary of the process: the parent says that it is a fault of ours
        if os.environ.get("IMPACT_DEBUG"):
            import traceback

            traceback.print_exc()
        answer = {"error": type(error).__name__}
    tell(answer)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
