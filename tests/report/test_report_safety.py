"""Hostile words, hostile templates and an exhausted renderer: nothing leaves, nothing runs, nothing hangs."""

from __future__ import annotations

import re

import pytest

from impact.canonical import canonical_json
from impact.errors import Exit, RenderError
from impact.report import Limits, render
from impact.report.press import press

BOUNDS = Limits(cpu_seconds=20, wall_seconds=60, memory_mib=1024)


def faults_of(action) -> list[tuple[str, str]]:
    with pytest.raises(RenderError) as caught:
        action()
    return [(fault.code, fault.found) for fault in caught.value.faults]


def press_page(body: str, limits: Limits = BOUNDS):
    page = f"<!DOCTYPE html><html lang=en-GB><head><title>T</title></head><body>{body}</body></html>"
    return press(page, identifier="sha256:0", when="2026-11-20T00:00:00+00:00", attachments=(), limits=limits)


# Words of a record ---------------------------------------------------------------------------------------------------


def test_markup_in_an_answer_is_shown_as_typed(sample, as_html):
    record = sample.full_record()
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} </style>"
    record["questionnaire"]["sections"][0]["questions"][0]["answer"]["labels"] = [hostile]
    record["audit"]["tables"]["rates"][1]["group"] = {"ethnicity": "<b>White</b>"}
    record["assessment"]["system"]["name"] = '"><script>x</script>'
    page = as_html(record)

    assert "<script" not in page
    assert "<img" not in page
    assert "<b>White" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }} {% raw %}" in page


def test_direction_controls_and_invisible_characters_are_written_out_everywhere(sample, as_html):
    record = sample.full_record()
    record["assessment"]["title"] = "Level \u202ewol\u202c is\u200b low"
    page = as_html(record)

    assert not re.findall("[\u202a-\u202e\u2066-\u2069\u200b]", page)
    assert "Level [U+202E]wol[U+202C] is[U+200B] low" in page
    assert "U+200B, U+202C, U+202E" in page


def test_a_script_that_the_typeface_lacks_is_written_out_on_paper_and_kept_on_screen(sample, templates):
    record = sample.audit_only()
    record["assessment"]["assessors"] = [{"name": "Łukasz Ŵyn 日本", "role": ""}]

    made = render(canonical_json(record), cells=None, templates=templates)

    assert "Łukasz Ŵyn 日本" in made.html
    assert b"/FontFile" in made.pdf  # rendered, no face substituted: test_report_pdf checks the fonts of a full report


def test_very_long_words_and_many_rows_do_not_stop_the_document(sample, templates):
    record = sample.audit_only()
    record["assessment"]["title"] = "W" * 3000
    record["assessment"]["system"]["name"] = "x" * 3000
    record["audit"]["tables"]["groups"] *= 40

    made = render(canonical_json(record), cells=None, templates=templates, limits=BOUNDS)

    assert made.pages > 10


# Records -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no json", "R001"),
        (b'{"schema":"impact/record/1", "a":1}', "R001"),
        (b"[]", "R002"),
        (b'{"schema":"impact/record/9"}', "R002"),
        (b'{"schema":"impact/record/1"}', "R003"),
        (b"[" * 100_000, "R001"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_with_a_code(data, code, templates):
    assert faults_of(lambda: render(data, cells=None, templates=templates))[0][0] == code


def test_a_record_that_names_another_template_set_is_refused(sample, templates):
    record = sample.audit_only() | {
        "templates": {"set": "other", "digest": "sha256:00", "layer": "bundled", "changes": []}
    }

    assert faults_of(lambda: render(canonical_json(record), cells=None, templates=templates))[0][0] == "R005"


# Template sets -------------------------------------------------------------------------------------------------------


def test_a_council_replaces_one_block_and_keeps_the_rest(sample, as_html, council):
    ours = council(
        {
            "report.html.j2": '{% extends "default:report.html.j2" %}{% block summary %}<h2 id="summary">Our own '
            "words</h2>{{ super() }}{% endblock %}"
        }
    )
    page = as_html(sample.full_record(), templates=ours)

    assert "Our own words" in page
    assert "Hard stops, red flags and contradictions" in page


def test_a_council_replaces_one_section_file(sample, as_html, council):
    page = as_html(sample.full_record(), templates=council({"sections/evidence.html.j2": "<p>Kept in room 4.</p>"}))

    assert "Kept in room 4." in page
    assert "Annex F How to check this document" in page


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{{ cover.titel }}", "R012"),
        ("{{ nothing }}", "R012"),
        ("{% if %}", "R011"),
        ("{{ cover.title|safe }}", "R013"),
        ("{% autoescape false %}{{ cover.title }}{% endautoescape %}", "R013"),
        ("{{ cover.__class__ }}", "R013"),
        ("{{ ''.__class__.__mro__ }}", "R013"),
        ("{{ cover.update(title='x') }}", "R013"),
        ("{{ frame.style.format(x=1) }}", "R013"),
        ('{% include "../../../../etc/hostname" %}', "R010"),
        ('{% include "/etc/hostname" %}', "R010"),
        ("{{ 'x' * 30000000 }}", "R013"),
        ("<script>x</script>", "R016"),
        ('<img src="https://example.org/x.png">', "R016"),
        ('<p onclick="x()">x</p>', "R016"),
        ('<a rel="attachment" href="https://example.org">x</a>', "R016"),
        ('<a href="file:///etc/hostname">x</a>', "R016"),
        ('<svg><use xlink:href="https://example.org"/></svg>', "R016"),
        ('<link rel="stylesheet" href="x.css">', "R016"),
        ('<meta http-equiv="refresh" content="0;https://example.org">', "R016"),
        ('<p style="background:url(x)">x</p>', "R016"),
        ("<div>" * 400, "R017"),
    ],
)
def test_a_template_that_reaches_out_is_refused_with_a_code(template, code, sample, as_html, council):
    ours = council({"report.html.j2": template})

    assert faults_of(lambda: as_html(sample.full_record(), templates=ours))[0][0] == code


@pytest.mark.parametrize(
    "style",
    [
        "p { background: url(https://example.org/x.png) }",
        'p { background: url("file:///etc/hostname") }',
        "@import 'https://example.org/x.css';",
        "@font-face { font-family: x; src: url(x) }",
        "@media screen { p { background: image-set('x.png' 1x) } }",
        "p { color: red } </style><script>x</script>",
    ],
)
def test_a_style_sheet_that_loads_or_escapes_is_refused(style, sample, as_html, council):
    ours = council({"common.css": style})

    assert {code for code, _ in faults_of(lambda: as_html(sample.full_record(), templates=ours))} == {"R015"}


def test_a_template_with_a_character_that_the_typeface_lacks_names_its_code_point(sample, council):
    ours = council({"sections/evidence.html.j2": "<p>\u2717</p>"})

    found = faults_of(lambda: render(canonical_json(sample.full_record()), cells=None, templates=ours))

    assert found == [("R020", "the typeface has no glyph for U+2717")]


def test_every_fault_of_a_template_set_is_reported_at_once(sample, as_html, council):
    ours = council({"report.html.j2": "{{ a|safe }}\n{{ b|tojson }}", "other.html.j2": "{% endfor %}"})

    assert [code for code, _ in faults_of(lambda: as_html(sample.full_record(), templates=ours))] == [
        "R011",
        "R013",
        "R013",
    ]


def test_html_for_a_browser_asks_for_nothing_and_has_landmarks(full):
    page = full.html

    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "url(" not in page
    assert "default-src 'none'" in page
    for landmark in ("<main>", '<nav id="contents"', '<header id="cover"', 'lang="en-GB"', "width=device-width"):
        assert landmark in page
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    assert len(re.findall(r'id="([^"]+)"', page)) == len(anchors)


# The renderer's own process ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.org/x.png" alt="a picture that is far away">',
        '<img src="file:///etc/hostname" alt="a file of this machine">',
        "<svg viewBox='0 0 9 9'><title>A picture in a picture</title><image href='file:///etc/hostname'/></svg>",
        '<style>@import url("https://example.org/x.css");</style>',
        '<p style="background:url(file:///etc/hostname)">x</p>',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
    ],
)
def test_the_renderer_refuses_every_file_and_address(body):
    assert faults_of(lambda: press_page(body))[0][0] == "R046"


def test_a_page_nested_too_deep_is_refused_by_the_renderer():
    assert faults_of(lambda: press_page("<div>" * 3000))[0][0] in ("R017", "R040")


def test_too_many_pages_are_refused():
    limits = Limits(cpu_seconds=20, wall_seconds=60, pages=3)

    found = faults_of(lambda: press_page("<p style='break-after:page'>x</p>" * 6, limits))

    assert found == [("R044", "the document has 6 pages; at most 3 are allowed")]


def test_a_page_that_never_ends_is_stopped_by_the_processor_limit():
    limits = Limits(cpu_seconds=2, wall_seconds=60)
    boxes = "<div style='display:flex'>" * 14 + "x"

    assert faults_of(lambda: press_page(boxes, limits)) == [
        ("R040", "rendering took more than 2 seconds of processor time")
    ]


def test_the_wall_clock_stops_what_the_processor_limit_does_not():
    limits = Limits(cpu_seconds=60, wall_seconds=1)
    boxes = "<div style='display:flex'>" * 14 + "x"

    assert faults_of(lambda: press_page(boxes, limits)) == [("R042", "rendering took more than 1 seconds")]


def test_memory_is_bounded():
    limits = Limits(cpu_seconds=20, wall_seconds=60, memory_mib=200)
    rows = ("<tr>" + "<td>word word</td>" * 10 + "</tr>") * 1500

    # Pango's libraries may crash where Python would raise, so either code is the bound at work.
    assert faults_of(lambda: press_page(f"<table>{rows}</table>", limits))[0][0] in ("R041", "R045")


def test_a_file_that_grows_too_large_is_refused():
    limits = Limits(cpu_seconds=20, wall_seconds=60, file_mib=0)

    assert faults_of(lambda: press_page("<p>x</p>", limits)) == [("R043", "the file would be larger than 0 MiB")]


def test_a_missing_pango_is_said_with_the_command_that_installs_it(monkeypatch, tmp_path):
    # A folder that shadows WeasyPrint with what cffi raises where the library is not installed.
    shadow = tmp_path / "weasyprint"
    shadow.mkdir()
    (shadow / "__init__.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    monkeypatch.setattr("impact.report.bounded._environment", lambda own: {"PYTHONPATH": f"{tmp_path}:{_package()}"})

    with pytest.raises(RenderError) as caught:
        press_page("<p>x</p>")

    fault = caught.value.faults[0]
    assert (fault.code, fault.exit) == ("R030", Exit.MISSING)
    assert "sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in fault.remedy
    assert "brew install pango" in fault.remedy


def _package() -> str:
    from pathlib import Path

    import impact

    return str(Path(impact.__file__).parent.parent)
