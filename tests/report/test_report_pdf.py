"""The PDF: standards it claims, what is attached, fields, stamps, and that the same record gives the same bytes."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from impact.canonical import canonical_json, digest
from impact.report import Rendered, render, versions

CELLS = b"PAR1 stands for counts; this room attaches bytes and never reads them"
PRACTICE = "PRACTICE SIGNATURE – NOT A REAL ONE"
INCOMPLETE = "INCOMPLETE – NOT FOR DECISION"


def page_texts(pdf: bytes, tmp_path: Path) -> list[str]:
    """Text of each page, as a program of the machine that is not ours extracts it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


@pytest.mark.parametrize("which", ["full", "audit_only", "questionnaire_only"])
def test_no_accessibility_problem_is_found(which, request, problems):
    rendered: Rendered = request.getfixturevalue(which)

    assert problems(rendered.pdf) == []


@pytest.mark.parametrize("which", ["full", "audit_only", "questionnaire_only"])
def test_no_problem_of_archiving_is_found(which, request, archive_problems):
    rendered: Rendered = request.getfixturevalue(which)

    assert archive_problems(rendered.pdf) == []


def test_boxes_that_were_asked_for_are_on_the_page_tagged_and_labelled(audit_only, full):
    def boxes(pdf):
        with pikepdf.open(io.BytesIO(pdf)) as document:
            fields = list(document.Root.AcroForm.Fields)
            assert all(field.FT == "/Sig" and "/StructParent" in field for field in fields)
            return {str(field.T): str(field.TU) for field in fields}

    usual = {
        "Assessor": "Signature of the assessor",
        "DPO": "Signature of the data protection officer",
        "SRO": "Signature of the senior responsible owner",
        "Oversight": "Signature of the oversight body",
    }
    assert boxes(full.pdf) == usual
    assert boxes(audit_only.pdf) == {
        **usual,
        "Panel1": "Signature of the panel member 1",
        "Panel2": "Signature of the panel member 2",
        "Dissent1": "Signature of the panel member who dissents and does not approve (1)",
    }


def test_the_archive_check_itself_finds_what_it_looks_for(full, archive_problems):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        document.docinfo["/Title"] = "Another title"
        document.Root["/OpenAction"] = document.make_indirect(
            pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")
        )
        del document.Root["/OutputIntents"]
        document.Root.AF[0]["/AFRelationship"] = pikepdf.Name("/Other")
        document.pages[1].Annots[0]["/F"] = 2
        broken = io.BytesIO()
        document.save(broken)

    assert archive_problems(broken.getvalue()) == [
        "/Title and dc:title differ (6.6.2.3)",
        "an action /JavaScript (6.5.1)",
        "attachment record.json has no relationship (6.8)",
        "no output intent with a profile (6.2.3)",
        "page 2: an annotation that does not print (6.3.2)",
        "the catalogue has /OpenAction (6.4, 6.5)",
    ]


def test_the_accessibility_check_finds_wrong_nesting_empty_elements_and_unequal_rows(full, problems):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        elements = [e for e in document.objects if isinstance(e, pikepdf.Dictionary) and "/P" in e and "/S" in e]
        next(e for e in elements if e.S == "/TR")["/S"] = pikepdf.Name("/P")
        row = [e for e in elements if e.S == "/TR"][-1]
        row["/K"] = pikepdf.Array(list(row.K)[:-1])
        next(e for e in elements if e.S == "/L")["/K"] = pikepdf.Array([])
        broken = io.BytesIO()
        document.save(broken)

    found = problems(broken.getvalue())
    assert {"/P in /THead", "/TH in /P", "table with rows of different lengths", "empty /L"} <= set(found)


def test_a_list_that_ends_with_a_page_leaves_no_empty_list_behind(sample, templates, problems):
    record = sample.questionnaire_only()
    section = record["questionnaire"]["sections"][0]
    section["questions"] = [
        {**question, "id": f"{question['id']}.{turn}"} for turn in range(60) for question in section["questions"]
    ]

    assert problems(render(canonical_json(record), cells=None, templates=templates).pdf) == []


def test_no_table_shows_a_single_row_of_several_on_a_page(sample, templates, tmp_path):
    record = sample.audit_only()
    record["audit"]["tables"]["groups"] = [
        {"group": {"ethnicity": f"G{at}"}, "label": f"Number {at}", "n": 5, "share": 0.01, "unknown": False}
        for at in range(70)
    ]
    fewest = []
    for spare in range(10):  # moves the table down the page, line by line
        record["audit"]["plan"]["question"] = "Whom? " * (1 + 20 * spare)
        made = render(canonical_json(record), cells=None, templates=templates)
        rows = [len(re.findall(r"Number \d+", text)) for text in page_texts(made.pdf, tmp_path)]
        fewest += [count for count in rows if count]

    assert min(fewest) >= 2


def test_the_check_itself_finds_a_missing_label_language_and_scope(full, problems):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        del document.Root["/Lang"]
        del document.Root.AcroForm.Fields[0]["/TU"]
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/TH":
                del thing["/A"]["/Scope"]
                break
        broken = io.BytesIO()
        document.save(broken)

    assert problems(broken.getvalue()) == [
        "header cell without scope",
        "no document language",
        "page 2: form field without a label",
    ]


def test_record_and_cells_are_attached_byte_for_byte_with_their_relationship(full, full_bytes):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        names = document.attachments
        found = {name: names[name].get_file().read_bytes() for name in names}
        kinds = {name: str(names[name].obj.AFRelationship) for name in names}
        dates = {str(names[name].obj.EF.F.Params.CreationDate) for name in names}
        listed = [str(entry.UF) for entry in document.Root.AF]

    assert found == {"record.json": full_bytes, "cells.parquet": CELLS}
    assert kinds == {"record.json": "/Source", "cells.parquet": "/Data"}
    assert {date[:16] for date in dates} == {"D:20261120000000"}
    assert sorted(listed) == ["cells.parquet", "record.json"]


def test_without_counts_only_the_record_is_attached(questionnaire_only):
    with pikepdf.open(io.BytesIO(questionnaire_only.pdf)) as document:
        assert list(document.attachments) == ["record.json"]


def test_metadata_claims_both_standards_and_names_the_record(full, full_bytes):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        metadata = document.open_metadata()
        claims = [metadata[key] for key in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part", "dc:identifier")]
        information = (str(document.docinfo["/Title"]), str(document.docinfo["/CreationDate"])[:10])

    assert claims == ["3", "A", "1", digest(full_bytes)]
    assert information == ("Assessment of the Northshire staff pattern pilot", "D:20261120")


def test_four_empty_signature_fields_have_names_labels_and_a_place_on_the_page(full):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        fields = list(document.Root.AcroForm.Fields)
        shown = [(str(f.T), str(f.TU), str(f.FT), "/V" in f) for f in fields]
        rectangles = [[float(v) for v in f.Rect] for f in fields]

    assert shown == [
        ("Assessor", "Signature of the assessor", "/Sig", False),
        ("DPO", "Signature of the data protection officer", "/Sig", False),
        ("SRO", "Signature of the senior responsible owner", "/Sig", False),
        ("Oversight", "Signature of the oversight body", "/Sig", False),
    ]
    assert all(x2 - x1 > 150 and y2 - y1 > 30 for x1, y1, x2, y2 in rectangles)


def test_every_font_is_embedded_and_is_the_report_s_typeface(full):
    with pikepdf.open(io.BytesIO(full.pdf)) as document:
        fonts = [
            (str(thing.FontName), any(key in thing for key in ("/FontFile2", "/FontFile3")))
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        ]

    assert fonts
    assert all(embedded and "Source-Sans-Pro" in name.replace(" ", "-") for name, embedded in fonts), fonts


@pytest.mark.tools
def test_stamps_system_version_and_date_stand_on_every_page(full, tmp_path):
    pages = page_texts(full.pdf, tmp_path)

    assert len(pages) == full.pages > 5
    for number, text in enumerate(pages, start=1):
        flat = " ".join(text.split())
        for wanted in ("PRACTICE SIGNATURE", "ILLUSTRATION", "DRAFT", "INCOMPLETE", "NOT FOR DECISION"):
            assert wanted in flat, (number, wanted)
        assert "Pattern Finder, version 3.2 (also known as Staff Lens and Project Heron)" in flat, number
        assert "invented-pilot-2026, version 1.0, 20 November 2026" in flat, number
        assert f"Page {number} of {full.pages}" in flat, number


@pytest.mark.tools
def test_text_extracts_as_whole_words_without_ligatures(full, tmp_path):
    text = "".join(page_texts(full.pdf, tmp_path))

    assert "officer" in text
    assert not re.findall("[\ufb00-\ufb06]", text)


def test_the_same_record_gives_the_same_bytes_in_another_process(full, full_bytes, tmp_path):
    (tmp_path / "record.json").write_bytes(full_bytes)
    program = (
        "import sys; from pathlib import Path; from impact.report import render; "
        "from impact.resources import find; from impact.settings import Settings; "
        "data = Path(sys.argv[1]).read_bytes(); "
        f"made = render(data, cells={CELLS!r}, templates=find('templates', 'default', Settings()), practice=True); "
        "sys.stdout.buffer.write(made.pdf)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "record.json")],
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )

    assert digest(done.stdout) == digest(full.pdf)


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault_in_the_file(full, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(full.pdf)

    done = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("verapdf") is None, reason="veraPDF is not installed; releases are judged with it")
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_verapdf_finds_the_standard_met(flavour, full, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(full.pdf)

    done = subprocess.run(
        ["verapdf", "-f", flavour, "--format", "text", str(file)], capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("PASS"), done.stdout


def test_versions_name_everything_that_decides_the_bytes():
    found = versions()

    assert list(found) == ["weasyprint", "pydyf", "pango", "font-source-sans-pro"]
    assert all(re.fullmatch(r"\d+(\.\d+)+", text) for text in found.values()), found
