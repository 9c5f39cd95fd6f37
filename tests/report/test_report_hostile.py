"""Template sets, packs and answers built to escape: each is neutralised or refused, nothing is read, nothing is asked.

Vectors are those measured in the design (what WeasyPrint's own fetcher loads, bombs in CSS and SVG, escapes of Jinja's
sandbox), and ways in which a parser that forgives sees another page than a browser. A council's set is the attacker.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from impact.canonical import canonical_json
from impact.errors import ImpactError, RenderError
from impact.report import Limits, render
from impact.report import pages as pages_module
from impact.report.child import make
from impact.report.logo import drawn_logo
from impact.report.press import press
from impact.report.sets import open_set, templates_block
from impact.resources import find
from impact.settings import Settings

SECRET = "what-stands-outside-the-set"
HEAD = 'id: council\ntitle: Ours\nversion: "1"\nextends: default\n'


def codes_of(action) -> set[str]:
    with pytest.raises(ImpactError) as caught:
        action()
    assert SECRET not in str(caught.value)
    return {fault.code for fault in caught.value.faults}


@pytest.fixture
def outside(tmp_path):
    """A file beside the set that no template may reach."""
    path = tmp_path / "secret.html.j2"
    path.write_text(SECRET)
    return path


# Templates ------------------------------------------------------------------------------------------------------------

ESCAPES = [
    ("{{ lipsum(9) }}", "R012|R013"),
    ("{{ cycler('a').next() }}", "R012|R013"),
    ("{{ namespace(a=1) }}", "R012|R013"),
    ("{{ range(9) }}", "R012|R013"),
    ("{{ dict(a=1) }}", "R012|R013"),
    ("{{ self.__init__.__globals__ }}", "R013"),
    ("{{ ''|attr('__class__') }}", "R013"),
    ("{{ cover|map(attribute='__class__')|list }}", "R013"),
    ("{{ '%s' % cover }}", "R013"),
    ("{{ '{0.__class__.__mro__}'.format(cover) }}", "R013"),
    ("{{ '{:999999999}'.format(1) }}", "R013"),
    ("{{ 'x'.ljust(9999999999) }}", "R013"),
    ("{{ ''.join.__globals__ }}", "R012|R013"),
    ("{{ cover['__class__']['__subclasses__']() }}", "R012|R013"),
    ("{{ (cover.facts).append(1) }}", "R013"),
    ("{{ cover.pop('title') }}", "R013"),
    ("{{ cover.items }}", "R013"),
    ("{{ cover.facts }}", "R013"),
    ("{% for x in cover.items() %}{{ x }}{% endfor %}", "R013"),
    ("{% filter safe %}<b>{{ cover.title }}</b>{% endfilter %}", "R013"),
    ("{{ 9**9**9**9 }}", "R013"),
    ("{{ [0] * 999999999 }}", "R013"),
    ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "R011"),
    ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "R011"),
    ('{% include "report.html.j2" %}', "R011"),
    ('{% extends "report.html.j2" %}', "R011"),
    ('{% include "default:../../pyproject.toml" %}', "R010"),
    ('{% include "../secret.html.j2" %}', "R010"),
    ('{% import "OUTSIDE" as o %}', "R010"),
    ('{% include ["nowhere", "OUTSIDE"] %}', "R010|R011"),
    ('{% include "set.yaml" %}', "R010"),
    ("{% extends cover.title %}", "R010"),
    ("{% import 'os' as o %}{{ o.system('id') }}", "R010"),
    ("{% do cover.clear() %}", "R011"),
]


@pytest.mark.parametrize(("template", "code"), ESCAPES)
def test_a_template_does_not_leave_the_sandbox(template, code, sample, as_html, council, outside):
    ours = council({"report.html.j2": template.replace("OUTSIDE", str(outside))})

    assert codes_of(lambda: as_html(sample.audit_only(), templates=ours)) <= set(code.split("|"))


BOMBS = [
    "{% for a in view %}{% for b in view %}{% for c in view %}{% for d in view %}{% for e in view %}"
    "{% for f in view %}{% for g in view %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
    "{% endfor %}",
    "{% macro a(n) %}{% if n %}{{ a(n[1:]) }}{{ a(n[1:]) }}{% endif %}{% endmacro %}{{ a("
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }}",
    "{% set x = '0123456789' %}" + "{% set x = x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x %}" * 11,
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x|replace('a', 'aaaaaaaaaa') %}" * 11,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=["loops", "macros", "doubling", "replacing"])
def test_a_template_that_exhausts_the_machine_is_stopped(bomb, sample, as_html, council, monkeypatch):
    limits = pages_module.FillLimits(cpu_seconds=2, wall_seconds=30, memory_mib=512)
    monkeypatch.setattr(pages_module, "FillLimits", lambda: limits)
    ours = council({"report.html.j2": bomb.replace("view", "frame.style")})

    assert codes_of(lambda: as_html(sample.audit_only(), templates=ours)) <= {"R040", "R041"}


def test_a_page_that_grows_without_end_is_stopped(sample, as_html, council):
    ours = council({"report.html.j2": "{% set x = frame.style %}" + "{% set x = x ~ x %}" * 14 + "{{ x }}"})

    assert codes_of(lambda: as_html(sample.audit_only(), templates=ours)) == {"R014"}


# Markup ---------------------------------------------------------------------------------------------------------------

MARKUP = [
    "<!--><script>x</script>-->",
    "<!-- a comment -->",
    "<![CDATA[<script>x</script>]]>",
    "<?xml-stylesheet href='https://example.org/x.css'?>",
    "<title><style></title><script>x</script></style>",
    "<svg><style><script>x</script></style></svg>",
    "<svg><title><style></title></svg>",
    "<p a='<script>'>x</p>",
    "<p/onclick=x()>x</p>",
    '<p title="x"onclick="x()">x</p>',
    "<script\x0c>x</script>",
    "<sc<script>ript>",
    "<svg:script>x</svg:script>",
    '<style>@import "https://example.org/x.css";</style>',
    "<style>p { background: u\\72l(https://example.org/x.png) }</style>",
    '<base href="https://example.org/">',
    '<object data="https://example.org/x"></object>',
    '<embed src="https://example.org/x">',
    '<iframe srcdoc="x"></iframe>',
    '<video poster="https://example.org/x"></video>',
    '<img src="data:image/png;base64,AAAA">',
    '<input type="image" src="https://example.org/x">',
    '<svg><image href="file:///etc/hostname"/></svg>',
    '<svg><rect fill="url(https://example.org/x#y)"/></svg>',
    '<svg><use href="https://example.org/x#y"/></svg>',
    "<svg><foreignObject><p>x</p></foreignObject></svg>",
    '<svg><a href="#x"><animate attributeName="href" values="javascript:x()"/></a></svg>',
    '<svg><set attributeName="href" to="https://example.org/"/></svg>',
    '<a href="javascript:x()">x</a>',
    '<a href="&#106;avascript:x()">x</a>',
    '<a href="https://example.org" ping="https://example.org">x</a>',
    '<form action="https://example.org"><input type="checkbox" name="x"></form>',
    "<xmp><script>x</script></xmp>",
    "<noscript><p>x</p></noscript>",
    "<template><p>x</p></template>",
    '<p style="color: red">x</p>',
    '<link rel="attachment" href="set.yaml">',
    '<meta name="referrer" content="unsafe-url">',
]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_that_loads_runs_or_can_be_read_in_two_ways_is_refused(markup, sample, as_html, council):
    ours = council({"sections/evidence.html.j2": markup})

    assert codes_of(lambda: as_html(named(sample.audit_only(), ours), templates=ours)) == {"R016"}


def named(record, resource):
    return record | {"templates": templates_block(resource)}


@pytest.mark.parametrize(
    "style",
    [
        "p { background: u\\72 l(https://example.org/x.png) }",
        "@\\69mport 'https://example.org/x.css';",
        "p { cursor: URL(x), auto }",
        "p { content: url(x) }",
        "li { list-style-image: url(x) }",
        "p { background: -webkit-image-set('x.png' 1x) }",
        "p { background: image('x.png') }",
        "p { filter: url(#x) }",
        "@font-face { font-family: 'Source Sans Pro'; src: local('Impact') }",
        "@page { background: url(x) }",
        "@media print { @supports (color: red) { p { background: url(x) } } }",
        "p { --x: url(x); background: var(--accent) }",
        "p { color: var(--nothing) }",
    ],
)
def test_a_style_sheet_of_a_set_loads_nothing(style, sample, as_html, council):
    ours = council({"extra.css": style})

    assert codes_of(lambda: as_html(sample.audit_only(), templates=ours)) <= {"R015", "R081"}


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["secret.html.j2", "sections/cover.html.j2", "logo.svg", "extra.css"])
def test_a_link_out_of_the_set_is_refused(name, council, outside):
    council({"sections/law.html.j2": "x"})
    (outside.parent / "council" / name).symlink_to(outside)

    assert codes_of(lambda: find("templates", "council", Settings(templates=(outside.parent,)))) == {"G012"}


def test_a_folder_that_is_a_link_is_never_entered(council, outside):
    council({"x.html.j2": "x"})
    (outside.parent / "council" / "sections").symlink_to(outside.parent)

    assert codes_of(lambda: find("templates", "council", Settings(templates=(outside.parent,)))) == {"G012"}


def test_a_pipe_in_a_set_does_not_hang(council, tmp_path):
    council({"x.html.j2": "x"})
    os.mkfifo(tmp_path / "council" / "extra.css")

    assert codes_of(lambda: find("templates", "council", Settings(templates=(tmp_path,)))) == {"G012"}


def test_a_file_that_changed_after_it_was_hashed_is_not_used(sample, as_html, council, tmp_path):
    ours = council({"sections/evidence.html.j2": "<p>first</p>"})
    (tmp_path / "council" / "sections" / "evidence.html.j2").write_text("<p>then</p>")

    assert codes_of(lambda: as_html(sample.audit_only(), templates=ours)) == {"G012"}


@pytest.mark.parametrize(
    "file", ["../secret.html.j2", "/etc/hostname", "file:///etc/hostname", "https://example.org/x"]
)
def test_a_logo_is_a_file_of_the_set(file, council, outside):
    ours = council({"set.yaml": f"{HEAD}logo: {{file: '{file}', text: x}}\n"})

    assert codes_of(lambda: open_set(ours)) == {"R079"}


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {b} "&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True))
    + "]>"
)
LOGOS = [
    LAUGHS + SVG.format("<title>&l;</title>"),
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + SVG.format("<desc>&x;</desc>"),
    SVG.format("<script>x</script>"),
    SVG.format("<style>rect { fill: url(x) }</style>"),
    SVG.format('<image href="file:///etc/hostname"/>'),
    SVG.format('<use xlink:href="#a"/>'),
    SVG.format('<rect fill="url(https://example.org/x#y)"/>'),
    SVG.format('<rect style="fill: red"/>'),
    SVG.format('<rect onload="x()"/>'),
    SVG.format('<a href="https://example.org"><rect/></a>'),
    SVG.format('<animate attributeName="x"/>'),
    SVG.format("<foreignObject><p>x</p></foreignObject>"),
    SVG.format("<text>Level: low</text>"),
    SVG.format('<path d="M0 0L9 9&quot; onload=&quot;x()"/>'),
    SVG.format("<filter><feGaussianBlur/></filter>"),
    SVG.format("<g>" * 40 + "</g>" * 40),
    SVG.format("<rect/>" * 900),
    SVG.format('<path d="' + "M0 0" * 30_000 + '"/>'),
    SVG.format('<rect width="' + "1" * 5000 + "x" + '"/>'),
    "<html><svg/></html>",
    "no markup at all",
    "<svg",
]


@pytest.mark.parametrize("drawing", LOGOS)
def test_a_logo_that_is_more_than_shapes_is_refused(drawing):
    assert codes_of(lambda: drawn_logo(drawing.encode(), text="x", where="logo.svg")) == {"R079"}


def test_the_words_of_a_logo_are_words():
    made = drawn_logo(SVG.format("<rect/>").encode(), text='</title><script>"x"</script>', where="logo.svg")

    assert "<script" not in made
    assert "&lt;/title&gt;&lt;script&gt;" in made


# Words ----------------------------------------------------------------------------------------------------------------


def test_words_of_a_set_are_shown_as_typed(sample, as_html, council):
    hostile = "<script>x</script> {{ 7*7 }} \ufdd0en\ufdd1<b>\ufdd2 \ufdd3<i>x</i> \u202e"
    ours = council({"words.yaml": f"kicker: '{hostile}'\n"})
    page = as_html(named(sample.audit_only(), ours), templates=ours)

    assert "<script>" not in page
    assert "{{ 7*7 }}" in page
    assert "<i>x" not in page
    assert not {"\ufdd0", "\ufdd3", "\u202e"} & set(page)


def test_answers_cannot_pass_for_markup_on_the_way_to_a_process_of_its_own(sample, as_html, council):
    ours = council({"words.yaml": "kicker: Ours\n"})
    record = named(sample.full_record(), ours)
    hostile = "\ufdd3<script>x</script> \ufdd0en\ufdd1<b>x</b>\ufdd2 {% raw %} {{ cover }}"
    record["questionnaire"]["sections"][0]["questions"][0]["answer"]["labels"] = [hostile]
    record["assessment"]["title"] = record["assessment"]["system"]["name"] = hostile
    page = as_html(record, templates=ours)

    assert "<script" not in page
    assert "<b>x" not in page
    assert "&lt;script&gt;" in page
    assert "[U+FDD3]" in page


# The renderer: no file, no address ------------------------------------------------------------------------------------


class _Counting(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - one server at a time

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if "redirect" in self.path:
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A web server of this machine that writes down what it is asked for."""
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Counting)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


LOADING = [
    "<img src='AT/x.png' alt='x'>",
    "<img src='AT/redirect' alt='x'>",
    "<img srcset='AT/x.png 2x' alt='x'>",
    "<link rel=stylesheet href='AT/x.css'>",
    "<link rel=attachment href='AT/x'>",
    "<a rel=attachment href='AT/x'>x</a>",
    "<style>@import 'AT/x.css';</style>",
    "<style>@import url(AT/x.css) print;</style>",
    "<style>p { background: url(AT/x.png) }</style><p>x</p>",
    "<style>@page { background: url(AT/x.png) }</style>",
    "<style>p::before { content: url(AT/x.png) }</style><p>x</p>",
    "<style>li { list-style-image: url(AT/x.png) }</style><ul><li>x</li></ul>",
    "<style>p { border-image: url(AT/x.png) 1 }</style><p>x</p>",
    "<style>@font-face { font-family: q; src: url(AT/x.ttf) } p { font-family: q }</style><p>x</p>",
    "<style>@color-profile --x { src: url(AT/x.icc) }</style>",
    "<svg viewBox='0 0 9 9'><title>x</title><image width='9' height='9' href='AT/x.png'/></svg>",
    "<svg viewBox='0 0 9 9'><title>x</title><image width='9' height='9' xlink:href='AT/x.png'/></svg>",
    "<svg viewBox='0 0 9 9'><title>x</title><use href='AT/x.svg#a'/></svg>",
    "<svg viewBox='0 0 9 9'><title>x</title><rect width='9' height='9' fill='url(AT/x.svg#a)'/></svg>",
    "<svg viewBox='0 0 9 9'><style>@import url(AT/x.css); rect { fill: red }</style><title>x</title><rect/></svg>",
    "<object data='AT/x.svg' type='image/svg+xml'></object>",
    "<embed src='AT/x.svg' type='image/svg+xml'>",
    "<iframe src='AT/x'></iframe>",
    "<base href='AT/'><img src='x.png' alt='x'>",
    "<table background='AT/x.png'><tr><td>x</td></tr></table>",
    "<input type=image src='AT/x.png'>",
    "<video poster='AT/x.png' src='AT/x.mp4'></video>",
    "<meta http-equiv=refresh content='0;url=AT/x'>",
    "<img src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"AT/x\"/></svg>' alt='x'>",
    "<img src='file:///etc/hostname' alt='x'>",
    "<a rel=attachment href='file:///etc/passwd'>x</a>",
    "<style>@import 'file:///etc/hostname';</style>",
]


# WeasyPrint leaves a colour profile of its own open.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", LOADING)
def test_the_renderer_asks_nobody_and_reads_nothing(body, server, monkeypatch):
    # In this process, so that a connection or an open file would be seen; the child process runs the same function.
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    _Counting.asked.clear()
    page = (
        f"<!DOCTYPE html><html lang=en-GB><head><title>T</title></head><body>{body.replace('AT', server)}</body></html>"
    )
    order = {"html": page, "identifier": "x", "when": "2026-11-20T00:00:00+00:00", "attachments": []}
    try:
        answer, pdf = make({**order, "limits": {"pages": 9}, "must_show": None})
    except BaseException as error:
        assert type(error).__name__ == "FatalURLFetchingError", error  # noqa: PT017 - it is no Exception
        answer, pdf = {"refused": ["at once"]}, b""

    assert _Counting.asked == []
    assert b"root:" not in pdf
    # What WeasyPrint does not look at needs no refusal; then nothing but the words stands in the file.
    assert answer["refused"] or b"/EmbeddedFile" not in pdf


# The renderer: bounded ------------------------------------------------------------------------------------------------

SHORT = Limits(cpu_seconds=2, wall_seconds=60, memory_mib=700, pages=60, file_mib=8)
EXHAUSTING = {
    "flex": "<div style='display:flex'>" * 14 + "x",
    "grid": "<div style='display:grid'>" * 40 + "x",
    "depth": "<b>" * 3000 + "x",
    "table": "<table>" + ("<tr>" + "<td>x" * 60) * 2000 + "</table>",
    "colspan": "<table><tr><td colspan=1000000>x</table>",
    "text": "<p>" + "word " * 900_000,
    "word": "<p style='overflow-wrap:anywhere'>" + "W" * 2_000_000,
    "small pages": "<style>@page { size: 5mm; margin: 0 }</style><p>" + "a b c d " * 20_000,
    "pages": "<p style='break-after:page'>x</p>" * 500,
    "counters": "<style>p { counter-increment: a 2000000000 } p::after { content: counter(a, symbols('x')) "
    + "counter(a, lower-roman) counters(a, '"
    + "y" * 2000
    + "') }</style>"
    + "<p>x</p>" * 20_000,
    "variables": "<style>p { --a: x x x x x x x x x x; "
    + "".join(f"--{b}: {f'var(--{a}) ' * 10};" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + " font-family: var(--j) }</style><p>x</p>",
    "laughs": "<svg viewBox='0 0 9 9'><title>x</title><defs><g id='a0'><rect width='1' height='1'/></g>"
    + "".join(f"<g id='a{n}'>" + f"<use href='#a{n - 1}'/>" * 10 + "</g>" for n in range(1, 12))
    + "</defs><use href='#a11'/></svg>",
    "floats": "<div style='float:left;width:1px'>x</div>" * 40_000,
    "footnotes": "<style>b { float: footnote }</style>" + "<p>x<b>" + "y " * 2000 + "</b></p>" * 300,
}


@pytest.mark.parametrize("name", EXHAUSTING)
def test_a_page_built_to_exhaust_is_stopped_with_a_clear_message_or_fits(name):
    page = f"<!DOCTYPE html><html lang=en-GB><head><title>T</title></head><body>{EXHAUSTING[name]}</body></html>"
    try:
        made = press(page, identifier="x", when="2026-11-20T00:00:00+00:00", attachments=(), limits=SHORT)
    except RenderError as error:
        fault = error.faults[0]
        assert fault.code in {"R017", "R040", "R041", "R043", "R044", "R045"}
        assert str(SHORT.cpu_seconds) in fault.found or fault.remedy
    else:
        assert made.pages <= SHORT.pages
        assert len(made.pdf) <= SHORT.file_mib * 1024 * 1024


def test_hostile_answers_give_a_document_and_nothing_else(sample, templates):
    record = sample.audit_only()
    hostile = (
        "<img src=x onerror=x()> url(https://example.org) ]]> &#60;script&#62; {{ 7*7 }} data:text/html,<b> \x1b[31m"
    )
    record["assessment"] |= {"title": hostile * 20, "summary": hostile * 200, "organisation": "\u202e" + hostile}
    record["audit"]["tables"]["groups"] *= 60

    made = render(canonical_json(record), cells=None, templates=templates, limits=Limits(cpu_seconds=60))

    assert made.pages > 5
    assert "<img" not in made.html
    assert "&amp;#60;script&amp;#62;" in made.html
    assert b"/JavaScript" not in made.pdf
    assert b"/URI" not in made.pdf
