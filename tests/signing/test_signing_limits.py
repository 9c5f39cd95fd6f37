"""``impact verify`` ends whatever the file is made of: the judging process is stopped, and the file is not verified."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from impact.chain.apart import Limits, Verdict, verify_apart
from impact.errors import SignatureError
from impact.signing.trust import load_trust
from impact.signing.verify import verify

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from impact.cli.app import run

    folder = tmp_path_factory.mktemp("keys")
    with pytest.raises(SystemExit) as stopped:
        run(["keys", "practice", str(folder / "practice")])
    assert not stopped.value.code
    return next(path.parent for path in folder.rglob("roles.yaml"))


def pdf(inside: bytes) -> bytes:
    """One object, and a table that lists it."""
    body = b"%PDF-1.7\n1 0 obj\n[" + inside + b"]\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Size 2 /Root 1 0 R >>\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def judged(data: bytes, trust: Path, **limits: int) -> Verdict:
    return verify_apart(data, trust=trust, base=trust, now=NOW, limits=Limits(**limits))


def test_one_object_that_keeps_the_reader_busy_is_stopped(trust: Path) -> None:
    """60 MB of blanks within one object take a minute to read, and no clock is looked at in between."""
    started = time.monotonic()
    found = judged(pdf(b" " * 60_000_000), trust, wall_seconds=4)

    assert time.monotonic() - started < 12
    assert not found.ok
    assert found.questions == (("limits", False, "judging the file took more than 4 seconds and was stopped"),)
    assert found.data["problems"][0]["code"] == "S124"
    assert found.data["ok"] is False


def test_a_process_that_meets_its_memory_limit_is_no_verdict(trust: Path) -> None:
    found = judged(pdf(b" " * 90_000_000), trust, memory_mib=120, thread_mib=0)

    assert not found.ok
    assert found.questions[0][:2] == ("limits", False)
    assert "memory" in found.questions[0][2]
    assert found.data["problems"][0]["code"] == "S127"


def test_an_honest_process_says_what_it_said_before(trust: Path) -> None:
    """The same file judged here and apart: an unsigned PDF."""
    data = pdf(b" ")
    here = verify(data, trust=load_trust(trust), now=NOW)
    apart = judged(data, trust)

    assert apart.ok is here.verified is False
    assert apart.data["signatures"] == here.to_json()
    assert [key for key, _, _ in apart.questions][:3] == ["intact", "valid", "trusted"]


def test_faults_of_the_trust_folder_are_told_as_before(tmp_path: Path) -> None:
    with pytest.raises(SignatureError) as here:
        load_trust(tmp_path / "nowhere")
    with pytest.raises(SignatureError) as apart:
        judged(pdf(b" "), tmp_path / "nowhere")

    assert [fault.code for fault in apart.value.faults] == [fault.code for fault in here.value.faults]
    assert apart.value.exit == here.value.exit


def test_stages_are_told_and_no_passphrase_is_handed_on(trust: Path) -> None:
    from impact.chain.apart import _environment

    told: list[str] = []
    verify_apart(pdf(b" "), trust=trust, base=trust, now=NOW, step=told.append)

    assert told == ["checking the signatures", "computing the figures again"]
    assert "secret" not in _environment({"IMPACT_PASSPHRASE": "secret", "PATH": "x"}).values()
