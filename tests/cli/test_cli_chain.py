"""From a folder to a signed document and back, through the command line and nothing else."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from impact.canonical import canonical_json, digest

REPO = Path(__file__).resolve().parents[2]
SIGNED = {"intact", "valid", "trusted", "revocation", "whole_file", "roles"}
HELD = SIGNED | {"record", "questionnaire", "cells", "findings", "scores"}


def needs(program: str) -> Any:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed on this machine")


def test_build_makes_every_file_and_signs(pilot: Any) -> None:
    assert pilot.status == 0
    assert {"record.json", "findings.json", "cells.parquet", "report.html", "report.pdf"} <= {
        path.name for path in pilot.out.iterdir()
    }
    assert (pilot.out / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_verify_holds_in_words_and_as_data(pilot: Any, impact: Any) -> None:
    words = impact("verify", pilot.pdf, "--trust", pilot.trust)
    data = impact("verify", pilot.pdf, "--trust", pilot.trust, "--json").json

    assert words.status == 0
    assert "Everything that was checked holds." in words.out
    assert data["ok"] is True
    assert {key for key, check in data["checks"].items() if check["holds"]} == HELD
    assert data["checks"]["page"]["holds"] is None  # not compared without --rerender, and said so
    assert [each["level"] for each in data["signatures"]["signatures"]] == ["B-T"]


def test_account_as_a_page_for_a_reader_without_a_terminal(pilot: Any, impact: Any, tmp_path: Path) -> None:
    page = tmp_path / "account.html"

    said = impact("verify", pilot.pdf, "--trust", pilot.trust, "--page", page, "--json")
    again = impact("verify", pilot.pdf, "--trust", pilot.trust, "--page", page)
    text = page.read_text()

    assert said.status == 0
    assert "Everything that was checked holds." in text
    assert digest(pilot.pdf.read_bytes()) in text
    assert said.json["record_digest"] in text
    findings = len(json.loads((pilot.out / "findings.json").read_bytes())["findings"])
    assert said.json["record"]["audit"]["findings"] == findings
    assert f">{findings}</td>" in text
    assert again.status == 2  # it exists; refused before anything is judged
    assert "--force" in again.err
    assert page.read_text() == text


def test_account_of_a_changed_document_is_written_too(pilot: Any, impact: Any, tmp_path: Path) -> None:
    (tmp_path / "changed.pdf").write_bytes(pilot.pdf.read_bytes() + b" ")
    page = tmp_path / "account.html"
    page.write_text("of last week")

    said = impact("verify", tmp_path / "changed.pdf", "--trust", pilot.trust, "--page", page, "--force")

    assert said.status == 1
    assert "DO NOT RELY ON THIS DOCUMENT" in page.read_text()


def test_account_is_never_written_over_the_document(pilot: Any, impact: Any) -> None:
    before = pilot.pdf.read_bytes()

    said = impact("verify", pilot.pdf, "--trust", pilot.trust, "--page", pilot.pdf, "--force")

    assert said.status == 2
    assert "[S134]" in said.err
    assert pilot.pdf.read_bytes() == before


def test_page_made_again_from_the_record_is_the_same(pilot: Any, impact: Any) -> None:
    data = impact("verify", pilot.pdf, "--trust", pilot.trust, "--rerender", "--json").json

    assert data["checks"]["page"]["holds"] is True


def test_record_is_canonical_and_is_the_one_the_result_names(pilot: Any, impact: Any) -> None:
    data = (pilot.out / "record.json").read_bytes()
    record = json.loads(data)

    assert canonical_json(record) == data
    assert impact("verify", pilot.pdf, "--trust", pilot.trust, "--json").json["record_digest"] == digest(data)
    assert json.loads((pilot.out / "findings.json").read_bytes()) == record["audit"]


@pytest.mark.parametrize("where", ["header", "a page", "the record", "the signature", "the last line"])
def test_one_changed_byte_is_a_failure(pilot: Any, impact: Any, tmp_path: Path, where: str) -> None:
    data = bytearray(pilot.pdf.read_bytes())
    contents = re.search(rb"/Contents <([0-9a-fA-F]+)>", bytes(data))
    assert contents is not None
    at = {
        "header": 6,
        "a page": len(data) // 5,
        "the record": len(data) // 2,
        "the signature": contents.start(1) + 200,
        "the last line": len(data) - 4,
    }[where]
    data[at] ^= 1
    (tmp_path / "changed.pdf").write_bytes(data)

    said = impact("verify", tmp_path / "changed.pdf", "--trust", pilot.trust)

    assert said.status == 1
    assert "DO NOT RELY ON THIS DOCUMENT" in said.out


def test_document_signed_by_another_root_is_a_failure(pilot: Any, impact: Any, tmp_path: Path) -> None:
    assert impact("keys", "practice", tmp_path / "stranger").status == 0

    said = impact("verify", pilot.pdf, "--trust", tmp_path / "stranger", "--json")

    assert said.status == 1
    assert said.json["checks"]["trusted"]["holds"] is False
    assert said.json["checks"]["intact"]["holds"] is True


def test_second_role_countersigns_and_both_verify(
    pilot: Any, impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "practice")
    signed = tmp_path / "signed.pdf"
    stamp = pilot.trust / "timestamp.p12"

    said = impact(
        "sign", pilot.pdf, "-o", signed, "--signer", pilot.trust / "dpo.p12", "--role", "DPO", "--timestamp", stamp
    )
    checked = impact("verify", signed, "--trust", pilot.trust, "--json")

    assert said.status == 0
    assert checked.status == 0
    assert [each["field"] for each in checked.json["signatures"]["signatures"]] == ["Assessor", "DPO"]


def test_wrong_passphrase_is_one_message_and_writes_nothing(
    pilot: Any, impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "wrong")
    out = tmp_path / "signed.pdf"

    said = impact("sign", pilot.pdf, "-o", out, "--signer", pilot.trust / "dpo.p12", "--role", "DPO")

    assert said.status == 2
    assert "passphrase" in said.err
    assert said.err.count("impact:") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.tools
@needs("pdfsig")
def test_pdfsig_agrees(pilot: Any) -> None:
    done = subprocess.run(["pdfsig", "-nocert", str(pilot.pdf)], capture_output=True, text=True, check=False)

    assert "Signature is Valid." in done.stdout
    assert "Total document signed" in done.stdout


@pytest.mark.tools
@needs("qpdf")
def test_qpdf_finds_no_fault(pilot: Any) -> None:
    done = subprocess.run(["qpdf", "--check", str(pilot.pdf)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.tools
@needs("openssl")
def test_openssl_accepts_the_signature(pilot: Any, tmp_path: Path) -> None:
    """A second, independent cryptographic check of the container against the practice root."""
    data = pilot.pdf.read_bytes()
    ranges = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)", data)
    assert ranges is not None
    first, second, rest = map(int, ranges.groups())
    (tmp_path / "signed").write_bytes(data[:first] + data[second : second + rest])
    (tmp_path / "sig").write_bytes(bytes.fromhex(data[first + 1 : second - 1].decode()))
    root = pilot.trust / "practice-root.pem"

    done = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "sig", "-content", "signed"),
            *("-CAfile", str(root), "-purpose", "any", "-cades", "-out", "/dev/null"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert second + rest == len(data)
    assert done.returncode == 0, done.stderr


@pytest.mark.tools
@needs("verapdf")
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_verapdf_finds_no_fault_after_signing(pilot: Any, flavour: str) -> None:
    done = subprocess.run(
        ["verapdf", "--format", "text", "-f", flavour, str(pilot.pdf)], capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("PASS"), done.stdout


def test_accessibility_check_finds_nothing_after_signing(pilot: Any) -> None:
    spec = importlib.util.spec_from_file_location("accessibility", REPO / "tests" / "report" / "accessibility.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.problems(pilot.pdf.read_bytes()) == []


@pytest.mark.parametrize("example", ["compas-counts", "met-lfr-2025"])
def test_examples_of_published_counts_build_and_verify(impact: Any, tmp_path: Path, example: str) -> None:
    out = tmp_path / "out"

    built = impact("build", REPO / "examples" / example, "-o", out, "--practice", "--json")
    checked = impact("verify", out / "report.pdf", "--trust", out / "practice-trust", "--json")

    assert built.status == 0
    assert built.json["signed"] is True
    assert checked.status == 0
    assert "scores" not in checked.json["checks"]  # nobody answered a questionnaire


def test_new_folder_checks_scores_and_builds(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mine"

    assert impact("new", "uk-policing", folder).status == 0
    checked = impact("check", folder, "--json")
    scored = impact("score", folder, "--json")
    built = impact("report", folder, "-o", tmp_path / "mine.html", "--format", "html")

    assert checked.status == 0
    assert checked.json["completeness"] == 0
    assert checked.json["incomplete"] is True
    assert scored.json["completeness"] == 0
    assert built.status == 0
    assert "NOT FOR DECISION" in (tmp_path / "mine.html").read_text()


def test_new_never_overwrites_a_folder(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "assessment.yaml").write_text("years of work")

    said = impact("new", "uk-policing", tmp_path / "mine")

    assert said.status == 2
    assert "[G023]" in said.err
    assert (tmp_path / "mine" / "assessment.yaml").read_text() == "years of work"


def test_build_again_needs_force(pilot: Any, impact: Any) -> None:
    before = pilot.pdf.read_bytes()

    said = impact("build", REPO / "examples" / "misconduct-pilot", "-o", pilot.out)

    assert said.status == 2
    assert "--force" in said.err
    assert pilot.pdf.read_bytes() == before
