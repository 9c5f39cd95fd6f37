"""A council's own template set: what it may change, what it may not leave out or hide, and where sets are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from impact.canonical import canonical_json, digest
from impact.errors import RenderError, SettingsError
from impact.report import render
from impact.report.colours import contrast
from impact.report.logo import drawn_logo
from impact.report.pages import style_of
from impact.report.set_check import check_set
from impact.report.set_copy import begun
from impact.report.sets import open_set, templates_block
from impact.report.standalone import text_of
from impact.resources import find, find_all
from impact.settings import Settings

HEAD = 'id: council\ntitle: Ours\nversion: "1"\nextends: default\n'
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#0B5D4B"/></svg>'
LOGO = {"set.yaml": HEAD + "logo: {file: logo.svg, text: Fenmarsh council}\n", "logo.svg": SQUARE}


def faults_of(action) -> list[tuple[str, str]]:
    with pytest.raises((RenderError, SettingsError)) as caught:
        action()
    return [(fault.code, fault.found) for fault in caught.value.faults]


def codes_of(action) -> set[str]:
    return {code for code, _ in faults_of(action)}


def recorded(sample, resource):
    """A sample record that names this set, as ``impact build`` writes it."""
    return sample.full_record() | {"templates": templates_block(resource)}


def drafted(sample, resource):
    """The same of a short record that is stamped DRAFT."""
    record = sample.audit_only() | {"templates": templates_block(resource)}
    return record | {"assessment": {**record["assessment"], "status": "draft", "illustration": None}}


# What a set may change ------------------------------------------------------------------------------------------------


def test_words_colours_logo_and_one_block_differ_and_nothing_else_is_copied(sample, as_html, council):
    block = '{% extends "default:sections/cover.html.j2" %}{% block facts %}<p>Ask at the desk.</p>{% endblock %}'
    ours = council(
        {
            **LOGO,
            "set.yaml": LOGO["set.yaml"] + 'colours: {accent: "#0b5d4b"}\n',
            "words.yaml": "kicker: Our own kind of report\n",
            "extra.css": ".desk { color: var(--accent) }\n",
            "sections/cover.html.j2": block,
        }
    )
    page = as_html(recorded(sample, ours), templates=ours)

    assert "Our own kind of report" in page
    assert "Algorithmic impact and civil-liberties assessment</p>" not in page
    assert "<title>Fenmarsh council</title><rect" in page
    assert "Ask at the desk." in page
    assert ".desk { color: #0B5D4B }" in page
    assert "#1F4E79" not in style_of(ours, "html")
    assert "Version of this assessment" not in page  # the block that was replaced
    assert "Hard stops, red flags and contradictions" in page


def test_a_set_extends_another_that_extends_the_bundled_one(sample, as_html, council, tmp_path):
    council(
        {"words.yaml": "kicker: The region’s words\nat_a_glance: In brief\n", "extra.css": "p { color: #111111 }\n"}
    )
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "set.yaml").write_text('id: town\ntitle: T\nversion: "1"\nextends: council\n')
    (folder / "words.yaml").write_text("kicker: The town’s words\n")
    (folder / "extra.css").write_text("p { color: #222222 }\n")
    town = find("templates", "town", Settings(templates=(tmp_path,)))
    page = as_html(recorded(sample, town), templates=town)

    assert [part.name for part in open_set(town).chain] == ["town", "council", "default"]
    assert "The town’s words" in page
    assert "In brief" in page
    assert page.index("color: #111111") < page.index("color: #222222")


def test_a_set_called_default_extends_the_bundled_one(sample, as_html, tmp_path):
    folder = tmp_path / "default"
    folder.mkdir()
    (folder / "set.yaml").write_text('id: default\ntitle: D\nversion: "1"\nextends: default\n')
    (folder / "words.yaml").write_text("kicker: Nearer\n")
    ours = find("templates", "default", Settings(templates=(tmp_path,)))

    assert [part.layer for part in open_set(ours).chain] == ["settings", "bundled"]
    assert "Nearer" in as_html(recorded(sample, ours), templates=ours)


# What the record and the page say of it -------------------------------------------------------------------------------


def test_every_file_that_differs_is_printed_with_its_digest_and_so_is_what_it_extends(sample, as_html, council):
    ours = council({**LOGO, "sections/evidence.html.j2": "<p>Kept in room 4.</p>"})
    record = recorded(sample, ours)
    text = text_of(as_html(record, templates=ours))

    logo = digest(SQUARE.encode())
    assert {"file": "logo.svg", "digest": logo, "what": "its own"} in record["templates"]["changes"]
    assert f"logo.svg (its own), {logo}" in text
    assert "sections/evidence.html.j2 (instead of a file of the set below), sha256:" in text
    bundled = find("templates", "default", Settings())
    assert record["templates"]["bases"] == [{"set": "default", "digest": bundled.digest, "layer": "bundled"}]
    assert f"default, {bundled.digest}" in text


def test_the_bundled_set_has_no_changes_and_keeps_its_form_in_the_record(templates):
    assert templates_block(templates) == {
        "set": "default",
        "digest": templates.digest,
        "layer": "bundled",
        "changes": [],
    }


def test_a_document_without_an_annex_lists_local_changes_where_it_says_how_to_check(sample, as_html, council):
    ours = council(LOGO)
    record = recorded(sample, ours)
    record["templates"]["document"] = "summary"

    assert "logo.svg (its own), sha256:" in text_of(as_html(record, templates=ours))


def test_a_record_made_over_another_version_of_the_set_below_is_refused(sample, as_html, council):
    ours = council(LOGO)
    record = recorded(sample, ours)
    record["templates"]["bases"][0]["digest"] = "sha256:" + "00" * 32

    assert codes_of(lambda: as_html(record, templates=ours)) == {"R005"}


def test_a_pdf_of_an_own_set_is_the_same_in_every_run_and_holds_the_logo_as_a_figure_with_its_words(
    sample, council, problems, archive_problems
):
    ours = council(LOGO)
    data = canonical_json(drafted(sample, ours))
    first = render(data, cells=None, templates=ours)
    again = render(data, cells=None, templates=ours)

    assert first.pdf == again.pdf
    assert problems(first.pdf) == []
    assert archive_problems(first.pdf) == []
    assert b"Fenmarsh council" in first.pdf or "Fenmarsh council".encode("utf-16-be") in first.pdf


# What it may not leave out or hide ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"sections/provenance.html.j2": "<p></p>"}, "a local change"),
        ({"sections/limits.html.j2": "<p></p>", "sections/summary.html.j2": "<p></p>"}, "what was not done"),
        ({"sections/verifying.html.j2": "<p></p>"}, "the digest of the record"),
    ],
)
def test_what_a_reader_must_be_told_cannot_be_left_out(files, told, sample, as_html, council):
    ours = council(files)
    found = faults_of(lambda: as_html(recorded(sample, ours), templates=ours))

    assert {code for code, _ in found} == {"R080"}
    assert any(said.startswith(f"the page leaves out {told}") for _, said in found)


def test_stamps_and_fields_for_signatures_cannot_be_left_out_of_a_pdf(sample, council):
    cover = '{% extends "default:sections/cover.html.j2" %}'
    cover += "{% block stamps %}{% endblock %}{% block signatures %}{% endblock %}"
    ours = council({"sections/cover.html.j2": cover})

    found = faults_of(lambda: render(canonical_json(drafted(sample, ours)), cells=None, templates=ours))

    assert {code for code, _ in found} == {"R080"}
    assert [said for _, said in found] == [
        "the page leaves out a stamp: “DRAFT”",
        "the page leaves out the field for the signature of Assessor",
        "the page leaves out the field for the signature of Data protection officer",
        "the page leaves out the field for the signature of Senior responsible owner",
        "the page leaves out the field for the signature of Oversight body",
        "the page leaves out the field for the signature of Panel member 1",
        "the page leaves out the field for the signature of Panel member 2",
        "the page leaves out the field for the signature of Panel member who dissents and does not approve (1)",
    ]


@pytest.mark.parametrize(
    "style",
    [
        ".stamp { display: none }",
        ".banner { font-size: 1pt }",
        ".digest, dd { display: none }",
        "section { height: 0; overflow: hidden }",
        "@page { @top-left { content: none } }",
        "#cover { string-set: none }",
        ".banner { width: 400mm; text-align: right }",
        ".banner, .kicker { height: 0; border: 0; padding: 0; margin: 0 }",
    ],
)
def test_what_a_reader_must_be_told_cannot_be_hidden_by_a_style_sheet(style, sample, council):
    ours = council({"extra.css": style})

    assert codes_of(lambda: render(canonical_json(drafted(sample, ours)), cells=None, templates=ours)) == {"R080"}


@pytest.mark.parametrize(
    ("style", "code"),
    [
        (".banner { visibility: hidden }", "R081"),
        (".kicker { position: absolute; top: 0 }", "R081"),
        (".kicker { margin-top: -80mm }", "R081"),
        (".kicker { margin-top: calc(0mm - 80mm) }", "R081"),
        ("h1 { transform: translateY(-40mm) }", "R081"),
        ("h1 { z-index: 9 }", "R081"),
        ("p { line-height: 0.2 }", "R081"),
        (".stamp { opacity: 0.01 }", "R081"),
        ("@media print { p { letter-spacing: -2em } }", "R081"),
        (".stamp { color: #FFFFFF }", "R078"),
        (".stamp { color: rgba(0, 0, 0, 0.1) }", "R078"),
        (".banner { background: #111827 }", "R078"),
    ],
)
def test_a_style_sheet_that_paints_over_words_is_refused(style, code, sample, as_html, council):
    ours = council({"extra.css": style})

    assert codes_of(lambda: as_html(recorded(sample, ours), templates=ours)) == {code}


def test_a_style_in_a_template_is_looked_at_like_a_style_sheet(sample, as_html, council):
    ours = council({"sections/evidence.html.j2": "<style>.stamp { opacity: 0 }</style>"})

    assert codes_of(lambda: as_html(recorded(sample, ours), templates=ours)) == {"R081"}


# Colours --------------------------------------------------------------------------------------------------------------


def test_contrast_is_that_of_wcag():
    # Published pairs: WebAIM's contrast checker gives 4.54 for #767676 and 4.48 for #777777 on white, 3.28 for #E53935
    # on #000000 read the other way round is 21/… ; black on white is 21 by definition.
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(
    ("colours", "told"),
    [
        ('{accent: "#FFCC00"}', "“accent” (#FFCC00) on paper (#FFFFFF)"),
        ('{warning: "#FFFFFF"}', "“warning” (#FFFFFF) on paper (#FFFFFF)"),
        ('{panel: "#222222"}', "“text” (#111827) on panel (#222222)"),
    ],
)
def test_colours_that_cannot_be_read_are_refused(colours, told, council):
    ours = council({"set.yaml": f"{HEAD}colours: {colours}\n"})
    found = faults_of(lambda: open_set(ours))

    assert {code for code, _ in found} == {"R078"}
    assert any(said.startswith(told) for _, said in found)


# set.yaml and words.yaml ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"set.yaml": "id: council\n  title: x: y\n"}, "R075"),
        ({"set.yaml": "a: &a [1]\nb: *a\n"}, "R075"),
        ({"set.yaml": "- a\n"}, "R075"),
        ({"set.yaml": HEAD.replace("council", "other")}, "R076"),
        ({"set.yaml": HEAD + "colour: {}\n"}, "R076"),
        ({"set.yaml": HEAD + "colours: {acent: '#000000'}\n"}, "R076"),
        ({"set.yaml": HEAD + "colours: {accent: #000000}\n"}, "R075"),
        ({"set.yaml": HEAD + "colours: {accent: red}\n"}, "R076"),
        ({"words.yaml": "kickr: x\n"}, "R076"),
        ({"words.yaml": "kicker: ''\n"}, "R076"),
        ({"words.yaml": f"kicker: {'x' * 2000}\n"}, "R076"),
        ({"set.yaml": HEAD.replace("default", "nowhere")}, "R077"),
        ({"set.yaml": HEAD.replace("default", "council")}, "R077"),
        ({"set.yaml": HEAD.replace("default", "../../etc")}, "R077"),
        ({"set.yaml": HEAD.replace("default", "/etc")}, "R077"),
    ],
)
def test_a_head_that_cannot_be_used_is_refused_with_its_place(files, code, council):
    ours = council(files)
    with pytest.raises(RenderError) as caught:
        open_set(ours)

    assert caught.value.faults[0].code == code
    assert caught.value.faults[0].where.startswith(("council/set.yaml:", "council/words.yaml:"))


def test_sets_that_extend_each_other_are_refused(council, tmp_path):
    ours = council({"set.yaml": HEAD.replace("default", "other")})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "set.yaml").write_text('id: other\ntitle: T\nversion: "1"\nextends: council\n')

    assert codes_of(lambda: open_set(ours)) == {"R077"}


# Where sets are found -------------------------------------------------------------------------------------------------


def installed(site: Path, package: str, sets: dict[str, str], *, group: str = "impact.templates") -> None:
    """A distribution as an installer leaves it, with an entry point that names its package."""
    info = site / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{package} = {package}.sets\n")
    (site / package / "sets").mkdir(parents=True)
    for folder in (site / package, site / package / "sets"):
        (folder / "__init__.py").write_text("")
    for name, head in sets.items():
        (site / package / "sets" / name).mkdir()
        (site / package / "sets" / name / "set.yaml").write_text(head)


def test_a_set_of_an_installed_package_is_found_by_its_entry_point(sample, as_html, tmp_path, monkeypatch):
    head = 'id: county\ntitle: County\nversion: "1"\nextends: default\n'
    installed(tmp_path, "county_templates_a", {"county": head})
    monkeypatch.syspath_prepend(str(tmp_path))
    ours = find("templates", "county", Settings())

    assert ours.layer == "installed"
    assert ("county", "installed") in [(one.name, one.layer) for one in find_all("templates", Settings())]
    text = text_of(as_html(recorded(sample, ours), templates=ours))
    assert "The template set “county” is not the bundled one: it was taken from an installed package." in text


def test_a_set_of_ones_own_extends_that_of_an_installed_package(council, tmp_path, monkeypatch):
    head = 'id: county\ntitle: County\nversion: "1"\nextends: default\n'
    installed(tmp_path / "site", "county_templates_b", {"county": head})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    made = open_set(council({"set.yaml": HEAD.replace("default", "county")}))

    assert [(part.name, part.layer) for part in made.chain] == [
        ("council", "settings"),
        ("county", "installed"),
        ("default", "bundled"),
    ]


def test_two_installed_packages_with_one_name_are_refused(tmp_path, monkeypatch):
    head = 'id: county\ntitle: County\nversion: "1"\n'
    for package in ("county_templates_c", "county_templates_d"):
        installed(tmp_path, package, {"county": head})
    monkeypatch.syspath_prepend(str(tmp_path))

    assert codes_of(lambda: find("templates", "county", Settings())) == {"G041"}


def test_an_installed_package_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    installed(tmp_path, "county_packs", {}, group="impact.packs")
    (tmp_path / "county_packs" / "sets" / "__init__.py").write_text("raise RuntimeError('broken')\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert codes_of(lambda: find("questionnaires", "uk-policing", Settings())) == {"G040"}


# check and copy -------------------------------------------------------------------------------------------------------


def test_the_bundled_sets_and_a_begun_one_have_no_fault(templates, council):
    files = {name: data.decode() for name, data in begun(templates, "council", beside=Path.cwd()).items()}

    assert set(files) == {"set.yaml", "words.yaml", "extra.css"}
    found = check_set(council(files))
    assert found.notes == ()
    assert found.pages > 5
    assert check_set(find("templates", "verification", Settings())).notes == ()
    assert check_set(templates).templates[0] == "report.html.j2"


def test_a_wrong_name_is_found_wherever_it_stands(council):
    ours = council({"sections/bounds.html.j2": "{% if bounds.why %}{{ bounds.wyh }}{% endif %}"})

    assert codes_of(lambda: check_set(ours)) == {"R012"}


def test_a_file_that_nothing_uses_is_told_with_the_nearest_name(council):
    ours = council({"sections/summery.html.j2": "<p>x</p>"})
    with pytest.raises(RenderError) as caught:
        check_set(ours)

    assert [(fault.code, fault.remedy) for fault in caught.value.faults] == [
        ("R083", "Did you mean “sections/summary.html.j2”?")
    ]


def test_words_that_read_as_a_verdict_are_noted(council):
    ours = council({"words.yaml": "kicker: This system is compliant\n"})

    assert [(note.code, note.where) for note in check_set(ours).notes] == [("R082", "council/words.yaml:1")]


def test_a_copied_file_is_noted_until_it_is_changed(templates, council):
    files = begun(templates, "council", beside=Path.cwd(), wanted=("sections/law.html.j2",))
    notes = check_set(council({name: data.decode() for name, data in files.items()})).notes

    assert [(note.code, note.where) for note in notes] == [("R083", "council/sections/law.html.j2")]


@pytest.mark.parametrize("name", ["Fen marsh", "fenmarsh_", "", "a/b"])
def test_a_new_set_needs_a_name_that_can_be_an_id(name, templates):
    assert codes_of(lambda: begun(templates, name, beside=Path.cwd())) == {"R084"}


def test_a_file_to_copy_must_be_one_of_the_set(templates):
    assert codes_of(lambda: begun(templates, "x", beside=Path.cwd(), wanted=("sections/laws.html.j2",))) == {"R084"}


# The logo -------------------------------------------------------------------------------------------------------------


def test_a_logo_is_written_again_from_its_shapes():
    made = drawn_logo(
        b'<?xml version="1.0"?><!-- drawn by X -->'
        b'<svg xmlns="http://www.w3.org/2000/svg" width="20px" height="10" id="a">'
        b'<title>old</title><g transform="translate(1 2)"><path d="M0 0L9 9z" fill="#fff" class="b"/></g></svg>',
        text="A & B",
        where="x",
    )

    assert str(made) == (
        '<svg role="img" viewBox="0 0 20 10" preserveAspectRatio="xMinYMid meet"><title>A &amp; B</title>'
        '<g transform="translate(1 2)"><path d="M0 0L9 9z" fill="#fff"></path></g></svg>'
    )
    assert json.dumps(str(made))
