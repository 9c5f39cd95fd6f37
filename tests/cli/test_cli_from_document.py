"""Another document from the record in somebody's signed PDF: what it says of itself, and that it is the same record."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest

ASSESSMENT = """\
version: 1
assessment:
  id: small-one
  title: Small one
  version: "1"
  date: 2026-11-20
  status: final
  organisation: Example Police Service
  system: {name: Rosters}
  assessors: [{name: A, role: R}]
pack: {id: uk-council-short, version: "1.0.0"}
answers:
  A7: arrest-or-dismissal
  A9: {value: 45111, note: Counted by hand}
"""
WITHHOLD = """\
version: 1
withheld:
  - id: A9
    reason: Names a number that a contract keeps secret
    ground: Freedom of Information Act 2000 s.43
    decided_by: Information officer
    decided_on: 2026-11-19
"""


def pages(pdf: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True, text=True)
    return [" ".join(page.split()) for page in done.stdout.removesuffix("\f").split("\f")]


def attached(pdf: Path, name: str) -> bytes:
    with pikepdf.open(pdf) as document:
        return bytes(document.attachments[name].get_file().read_bytes())


@pytest.fixture(scope="module")
def briefing(pilot, tmp_path_factory) -> Path:
    """A briefing that somebody made who has the pilot's PDF and nothing else."""
    from impact.cli.app import run

    out = tmp_path_factory.mktemp("from") / "briefing.pdf"
    with pytest.raises(SystemExit) as stopped:
        run(["report", str(pilot.pdf), "--document", "briefing", "--trust", str(pilot.trust), "-o", str(out), "-q"])
    assert not stopped.value.code
    return out


def test_every_page_says_that_it_was_made_from_another_document(briefing: Path) -> None:
    texts = pages(briefing)

    assert all("MADE FROM ANOTHER DOCUMENT’S RECORD" in text for text in texts)
    assert "PRACTICE SIGNATURE – NOT A REAL ONE" in texts[0]
    assert any("Those who signed that one have not seen this one" in text for text in texts)


def test_its_record_is_theirs_but_for_what_it_says_of_itself(pilot, briefing: Path) -> None:
    ours, theirs = json.loads(attached(briefing, "record.json")), json.loads(attached(pilot.pdf, "record.json"))
    told: dict[str, Any] = ours.pop("made_from")

    digests = [
        subprocess.run(["sha256sum", str(path)], check=True, capture_output=True, text=True).stdout[:64]
        for path in (pilot.pdf, pilot.out / "record.json")
    ]
    assert [told["digest"], told["record_digest"]] == [f"sha256:{each}" for each in digests]
    assert (told["signatures"], told["signers"][0]["role"]) == ("verified", "Assessor")
    differ = {key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}
    assert differ == {"templates"}  # which names the document
    assert attached(briefing, "cells.parquet") == attached(pilot.pdf, "cells.parquet")


def test_it_can_be_signed_and_verifies_byte_for_byte(pilot, briefing, impact, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "practice")
    signed = tmp_path / "signed.pdf"
    key, clock = pilot.trust / "oversight.p12", pilot.trust / "timestamp.p12"
    said = impact("sign", briefing, "--signer", key, "--role", "Oversight", "--timestamp", clock, "-o", signed)
    assert said.status == 0, said.err

    said = impact("verify", signed, "--trust", pilot.trust, "--rerender", "--json")

    checks = {name: found["holds"] for name, found in said.json["checks"].items()}
    assert "MADE FROM THE RECORD IN ANOTHER DOCUMENT" in impact("verify", signed, "--trust", pilot.trust).out
    assert all(checks[name] for name in ("intact", "trusted", "record", "cells", "findings", "scores", "page")), checks


def test_nobody_having_checked_is_refused_or_stands_on_every_page(pilot, impact, tmp_path: Path) -> None:
    out = tmp_path / "summary.pdf"

    said = impact("report", pilot.pdf, "--document", "summary", "-o", out)
    assert (said.status, out.exists()) == (2, False)
    assert "A178" in said.err

    said = impact("report", pilot.pdf, "--document", "summary", "-o", out, "--unverified")
    assert said.status == 0, said.err
    assert all("MADE FROM A DOCUMENT WHOSE SIGNATURES NOBODY CHECKED" in text for text in pages(out))


def test_a_document_that_does_not_verify_is_refused_or_stands_on_every_page(pilot, impact, tmp_path: Path) -> None:
    assert impact("keys", "practice", tmp_path / "others").status == 0
    words = ("report", pilot.pdf, "--document", "summary", "-o", tmp_path / "s.pdf", "--trust", tmp_path / "others")

    said = impact(*words)
    assert (said.status, (tmp_path / "s.pdf").exists()) == (1, False)
    assert "A178" in said.err

    said = impact(*words, "--unverified")
    assert said.status == 0, said.err
    assert all("MADE FROM A DOCUMENT THAT DID NOT VERIFY" in text for text in pages(tmp_path / "s.pdf"))


@pytest.mark.parametrize("words", [["--document", "review"], ["--withhold", "A9"]], ids=["review", "withhold"])
def test_what_needs_the_folder_is_refused(pilot, impact, tmp_path: Path, words: list[str]) -> None:
    said = impact("report", pilot.pdf, *words, "-o", tmp_path / "x.pdf", "--trust", pilot.trust)

    assert (said.status, list(tmp_path.iterdir())) == (2, [])
    assert "A200" in said.err


def test_what_was_made_this_way_is_not_taken_again(briefing: Path, impact, tmp_path: Path) -> None:
    words = [
        ["report", briefing, "-o", tmp_path / "again.pdf"],
        ["new", "uk-policing", tmp_path / "n", "--against", briefing],
    ]

    said = [impact(*each, "--unverified") for each in words]

    assert [(each.status, "A201" in each.err) for each in said] == [(2, True), (2, True)]
    assert list(tmp_path.iterdir()) == []


def test_the_file_does_not_name_the_first_body_as_its_author(briefing: Path) -> None:
    with pikepdf.open(briefing) as document:
        assert str(document.docinfo["/Author"]) == "Made from a record of Example Police Service"


def test_nothing_is_counted_from_a_pdf(pilot, impact, tmp_path: Path) -> None:
    said = impact("report", pilot.pdf, "-o", tmp_path / "x.pdf", "--unverified", "--without-second-opinion")

    assert said.status == 2
    assert "nothing is counted from a PDF" in said.err


def test_of_a_folder_there_is_nothing_to_verify(impact, tmp_path: Path) -> None:
    said = impact("report", tmp_path, "-o", tmp_path / "x.pdf", "--unverified")

    assert said.status == 2
    assert "it says how a PDF is checked" in said.err


def test_from_a_public_version_comes_a_public_version_with_the_same_root(impact, tmp_path: Path) -> None:
    folder, public, out = tmp_path / "one", tmp_path / "public.pdf", tmp_path / "summary.pdf"
    folder.mkdir()
    (folder / "assessment.yaml").write_text(ASSESSMENT, encoding="utf-8")
    (folder / "withhold.yaml").write_text(WITHHOLD, encoding="utf-8")
    assert impact("seal", folder).status == 0
    said = impact("report", folder, "--withhold", "listed", "-o", public)
    assert said.status == 0, said.err

    said = impact("report", public, "--document", "summary", "-o", out, "--unverified")

    assert said.status == 0, said.err
    text = " ".join(pages(out))
    assert "Names a number that a contract keeps secret" in text
    assert "45,111" not in text
    assert b"45111" not in attached(out, "record.json")
    theirs, ours = (json.loads(attached(pdf, "record.json"))["redaction"]["root"] for pdf in (public, out))
    assert theirs == ours
