"""A document is judged in a process of its own, with limits that hold whatever the file is made of.

In: the bytes of a PDF that anybody may have made, a trust folder, limits. Out: ``Verdict``, plain data and words.
Knows nothing of signatures or figures. The libraries that read a stranger's PDF look at a clock only between two of its
objects, so one object that is built to keep them busy, or to fill the memory, would hold them for ever: the operating
system ends such a process, and the file counts as not verified.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NoReturn

import impact
from impact.errors import Exit, Fault, SignatureError

__all__ = ["MAX_BYTES", "Limits", "Verdict", "verify_apart"]

MAX_BYTES = 200_000_001  # one more than the signing room reads: it then says that the file is too large
_PASSED_ON = (
    "HOME", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "LANG", "LC_ALL", "XDG_CACHE_HOME", "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH", "IMPACT_PACKS", "IMPACT_TEMPLATES", "IMPACT_DEBUG",
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
)  # fmt: skip
_LONGEST_ANSWER = 64 * 1024 * 1024
_TOO_LONG = "A signed report takes far less. Do not open the file elsewhere; ask for it again from its author"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of judging one document. The worked example takes 15 s and 250 MiB of 1.8 GiB reserved, 60 s when its page
    is made again (measured on two busy processors).

    Attributes:
        wall_seconds: Of the whole judgement.
        rerender_seconds: Added where the page is made again.
        memory_mib: Of address space, beside ``thread_mib`` for each processor: libraries reserve that much for threads.
    """

    wall_seconds: int = 900
    rerender_seconds: int = 600
    memory_mib: int = 4096
    thread_mib: int = 96
    file_mib: int = 512


@dataclass(frozen=True)
class Verdict:
    """What judging a document came to.

    Attributes:
        ok: Everything that was checked holds.
        questions: (key, True, False or None, text) in the order in which a reader asks.
        lines: What the signing room found, in plain words.
        data: The same as plain data.
    """

    ok: bool
    questions: tuple[tuple[str, bool | None, str], ...]
    lines: tuple[str, ...]
    data: Mapping[str, Any]


def verify_apart(
    pdf: bytes,
    *,
    trust: Path,
    base: Path,
    now: datetime,
    require_revocation: bool = True,
    rerender: bool = False,
    sides_trust: Sequence[Path] = (),
    full: bytes | None = None,
    step: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
) -> Verdict:
    """Answer every question about a signed document, in a process of its own.

    Args:
        pdf: The whole file, at most ``MAX_BYTES`` of it.
        trust: Folder of roots, revocation lists and roles that the reader chose.
        base: Folder from which settings are looked up.
        now: The time of the check.
        require_revocation, rerender, full, sides_trust: As :func:`impact.chain.verify.verify_document`.
        step: Told one line of progress at each stage.
        limits: Bounds.

    Returns:
        The verdict. Where the process met a limit, or was ended by the operating system, the only answer is ``limits``:
        it does not hold.

    Raises:
        SignatureError: The trust folder or the settings cannot be used; S099 (exit 70) a fault of ours.
    """
    bounds = limits or Limits()
    seconds = bounds.wall_seconds + (bounds.rerender_seconds if rerender else 0)
    memory = bounds.memory_mib + bounds.thread_mib * (os.cpu_count() or 1)
    order = {
        "trust": str(trust.absolute()),
        "base": str(base.absolute()),
        "now": now.isoformat(),
        "require_revocation": require_revocation,
        "rerender": rerender,
        "sides_trust": [str(folder.absolute()) for folder in sides_trust],
        "length": len(pdf),
        "full": full is not None,
        "limits": {**asdict(bounds), "cpu_seconds": seconds, "memory_mib": memory},
    }
    answer, returned, late = _asked(
        json.dumps(order).encode() + b"\n" + pdf + (full or b""), seconds=seconds, step=step
    )
    if late or returned == -getattr(signal, "SIGXCPU", -1):
        return _stopped(f"judging the file took more than {seconds:,} seconds and was stopped", _TOO_LONG, "S124")
    if answer is None:
        _ours(f"the process that judges a file ended with status {returned} before it began")
    if "ready" in answer:
        # C libraries do not survive a refused allocation: they end the process, with a signal or a status of their own.
        ended = f"signal {-returned}" if returned < 0 else f"status {returned}"
        what = f"the process that judges the file ended with {ended}, most often for want of memory"
        return _stopped(f"{what} (its limit is {memory:,} MiB)", _TOO_LONG, "S127")
    if answer.get("limit") == "memory":
        return _stopped(f"judging the file needed more than {memory:,} MiB of memory", _TOO_LONG, "S127")
    if "faults" in answer:
        faults = answer["faults"]
        raise SignatureError(
            [Fault(where, found, wanted, do, code, Exit(status)) for where, found, wanted, do, code, status in faults]
        )
    if "error" in answer:
        _ours(f"judging a file failed ({answer['error']})")
    questions = tuple((str(key), holds, str(text)) for key, holds, text in answer["questions"])
    return Verdict(answer["ok"] is True, questions, tuple(map(str, answer["lines"])), answer["data"])


def _asked(order: bytes, *, seconds: float, step: Callable[[str], None]) -> tuple[dict[str, Any] | None, int, bool]:
    """The last thing but a stage that the process answered, its status, and whether it was ended for being late."""
    alone = os.name == "posix"
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "impact.chain.verify_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A traceback could quote the file; whoever looks for a fault of ours wants to see it.
        stderr=None if os.environ.get("IMPACT_DEBUG") else subprocess.DEVNULL,
        env=_environment(os.environ),
        start_new_session=alone,  # so that what it started itself ends with it
    )
    assert child.stdin is not None
    assert child.stdout is not None
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(child, group=alone)

    timer = threading.Timer(seconds, end)
    feeder = threading.Thread(target=_feed, args=(child.stdin, order), daemon=True)
    answer = None
    try:
        timer.start()
        feeder.start()
        for line in _lines(child.stdout):
            told = _parsed(line)
            if told is None:
                continue
            if "step" in told:
                step(str(told["step"]))
            else:
                answer = told
        returned = child.wait()
    finally:
        timer.cancel()
        _kill(child, group=alone)
        child.stdout.close()
        child.wait()
    return answer, returned, late.is_set()


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST_ANSWER):
        yield line


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _feed(stream: IO[bytes], order: bytes) -> None:
    with contextlib.suppress(OSError):  # the process ended before it had read all of it
        stream.write(order)
        stream.close()


def _kill(child: subprocess.Popen[bytes], *, group: bool) -> None:
    """End the process and everything that it started; nothing happens where it has ended already."""
    with contextlib.suppress(OSError):
        if group:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the process may know of this machine: where things are, and no passphrase."""
    kept = {name: own[name] for name in _PASSED_ON if name in own}
    return {**kept, "PYTHONPATH": str(Path(impact.__file__).parent.parent)}


def _stopped(found: str, remedy: str, code: str) -> Verdict:
    fault = Fault("PDF", found, "", remedy, code, Exit.GATE)
    data = {
        "ok": False,
        "checks": {"limits": {"holds": False, "text": found}},
        "record_digest": None,
        "signatures": None,
        "problems": [fault.to_json()],
    }
    return Verdict(False, (("limits", False, found),), (f"Problem: {fault}",), data)


def _ours(found: str) -> NoReturn:
    raise SignatureError(Fault("verify", found, "", "Run again with “impact --debug”", "S099", Exit.INTERNAL))
