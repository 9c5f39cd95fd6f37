"""``impact report --document``: signed and verified as the general report is, down to the bytes of its pages."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from impact.canonical import canonical_json, digest
from impact.report import Rendered, render
from impact.resources import find
from impact.settings import Settings

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["summary", "briefing", "dpia", "eqia", "fria"])
def test_another_document_of_a_record_is_signed_and_made_again_byte_for_byte(
    name: str, impact: Any, pilot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "practice")
    plain, signed = tmp_path / "plain.pdf", tmp_path / "signed.pdf"
    made = impact("report", REPO / "examples" / "met-lfr-2025", "-o", plain, "--document", name, "--json")
    keys = ("--signer", pilot.trust / "assessor.p12", "--timestamp", pilot.trust / "timestamp.p12")
    impact("sign", plain, "-o", signed, *keys, "--role", "Assessor")

    checked = impact("verify", signed, "--trust", pilot.trust, "--rerender", "--json")

    assert made.json["document"] == name
    assert ("reading age of its text" in made.err) is (name == "summary")
    assert checked.status == 0, checked.out
    assert {key: check["holds"] for key, check in checked.json["checks"].items()} == dict.fromkeys(
        ("intact", "valid", "trusted", "revocation", "whole_file", "roles", "record", "cells", "findings", "page"), True
    )


def test_other_forms_of_a_document_are_made_from_the_same_record(impact: Any, tmp_path: Path) -> None:
    folder, name = REPO / "examples" / "met-lfr-2025", ("--document", "atrs", "-q", "--without-second-opinion")
    for form in ("md", "data", "json"):
        assert impact("report", folder, "-o", tmp_path / form, "--format", form, *name).status == 0
    text = (tmp_path / "md").read_text("utf-8")
    data, record = json.loads((tmp_path / "data").read_bytes()), (tmp_path / "json").read_bytes()

    assert text.startswith("> This copy in Markdown carries no record and no signature.")
    assert "# Live facial recognition" in text
    assert data["record"] == digest(record)
    assert digest(record) in text


def test_a_form_that_a_document_lacks_is_refused_before_anything_is_read(impact: Any, tmp_path: Path) -> None:
    out = tmp_path / "summary.csv"
    done = impact("report", tmp_path / "nowhere", "-o", out, "--format", "csv", "--document", "summary")

    assert done.status == 2
    assert "[R091]" in done.err
    assert not out.exists()


def test_the_record_of_a_document_differs_from_the_general_one_in_its_name_alone(impact: Any, tmp_path: Path) -> None:
    records = []
    for name in ("general", "mopac-decision"):
        out = tmp_path / f"{name}.json"
        impact("report", REPO / "examples" / "met-lfr-2025", "-o", out, "--document", name, "--format", "json", "-q")
        records.append(json.loads(out.read_bytes()))
    general, other = records

    assert "document" not in general["templates"]
    assert other == {**general, "templates": {**general["templates"], "document": "mopac-decision"}}


def _of_pilot(pilot: Any, name: str) -> Rendered:
    """A document of the worked example, from the record that the chain built."""
    record = json.loads((pilot.out / "record.json").read_bytes())
    record["templates"]["document"] = name
    cells = (pilot.out / "cells.parquet").read_bytes()
    return render(canonical_json(record), cells=cells, templates=find("templates", "default", Settings()))


def _pages_of_headings(pdf: bytes) -> dict[str, int]:
    """Heading -> the page it stands on, counted from 1."""
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_outline() as outline:
        numbers = {page.objgen: index for index, page in enumerate(document.pages, 1)}
        names = document.Root.Names.Dests.Names
        places = {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}
        found = {}
        for item in outline.root:
            place = item.destination
            place = places[str(place)] if isinstance(place, pikepdf.String | str) else place
            found[str(item.title)] = numbers[place[0].objgen]
    return found


def test_the_briefing_of_the_pilot_has_four_pages_before_its_annexes(pilot: Any) -> None:
    pages = _pages_of_headings(_of_pilot(pilot, "briefing").pdf)

    assert pages["11 How this was made"] == 4
    assert pages["Annex A Findings that are named"] == 5
