"""``impact report --document``: signed and verified as the general report is, down to the bytes of its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]


def test_another_document_of_a_record_is_signed_and_made_again_byte_for_byte(
    impact: Any, pilot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "practice")
    plain, signed = tmp_path / "summary.pdf", tmp_path / "signed.pdf"
    made = impact("report", REPO / "examples" / "met-lfr-2025", "-o", plain, "--document", "summary", "--json")
    keys = ("--signer", pilot.trust / "assessor.p12", "--timestamp", pilot.trust / "timestamp.p12")
    impact("sign", plain, "-o", signed, *keys, "--role", "Assessor")

    checked = impact("verify", signed, "--trust", pilot.trust, "--rerender", "--json")

    assert made.json["document"] == "summary"
    assert "reading age of its text" in made.err
    assert checked.status == 0, checked.out
    assert {key: check["holds"] for key, check in checked.json["checks"].items()} == dict.fromkeys(
        ("intact", "valid", "trusted", "revocation", "whole_file", "roles", "record", "cells", "findings", "page"), True
    )


def test_the_record_of_a_document_differs_from_the_general_one_in_its_name_alone(impact: Any, tmp_path: Path) -> None:
    records = []
    for name in ("general", "mopac-decision"):
        out = tmp_path / f"{name}.json"
        impact("report", REPO / "examples" / "met-lfr-2025", "-o", out, "--document", name, "--format", "json", "-q")
        records.append(json.loads(out.read_bytes()))
    general, other = records

    assert "document" not in general["templates"]
    assert other == {**general, "templates": {**general["templates"], "document": "mopac-decision"}}
