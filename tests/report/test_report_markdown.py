"""Markdown of documents: read back by a real parser it says what the page says, and a record’s text stays text."""

from __future__ import annotations

import copy
import html
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from impact.canonical import canonical_json
from impact.report import DOCUMENTS, render_html, to_markdown
from impact.report.markdown import COPY, DRAWN

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = (
    "<script>alert(1)</script> | a|b | `code` ``` [x](javascript:alert(1)) ![i](http://e.org/x.png) <b>bold</b> &copy; "
    "*em* **strong** _under_ ~~gone~~ \\| \\ # head [ref]: x $1+1$ <http://e.org> -- end\\"
)
STARTS = ("# no heading", "1. no list", "12) no list", "- no list", "+ no list", "* no list", "> no quote", "---",
          "===", "    no code", "``` no fence", "| no | table |", "[no]: reference", "~~~ no fence")  # fmt: skip


def inline_text(token: Token) -> str:
    return "".join(
        " " if part.type in ("softbreak", "hardbreak") else part.content
        for part in token.children or ()
        if part.type in ("text", "code_inline", "softbreak", "hardbreak", "text_special")
    )


def said(markdown: str) -> list[str]:
    """Every piece of text that the parser finds, without what the converter adds of its own."""
    found = []
    for token in READER.parse(markdown):
        if token.type == "inline":
            found.append(inline_text(token))
        elif token.type in ("fence", "code_block", "html_block"):
            found.append(token.content)
    return [text.removeprefix(DRAWN) for text in found if text != COPY]


def squeezed(texts: Any) -> str:
    return re.sub(r"\s+", "", "".join(texts))


def shown(page: str) -> str:
    """The text of a page, by another reader than the converter’s."""
    tree = lxml_html.document_fromstring(page)
    body = tree.find("body")
    for each in body.xpath(".//a[@class='skip']"):
        each.drop_tree()
    for svg in body.xpath(".//*[local-name()='svg']"):
        title = svg.xpath("./*[local-name()='title']")[0].text_content()
        for part in list(svg):
            svg.remove(part)
        svg.text = title
    return squeezed(body.text_content())


@pytest.fixture(scope="module")
def pages(sample, templates) -> dict[str, str]:
    """Each document for a browser, of a record whose texts try everything."""
    record = sample.full_record()
    for section in record["questionnaire"]["sections"]:
        for number, question in enumerate(section["questions"]):
            if question.get("answer"):
                question["answer"]["note"] = STARTS[number % len(STARTS)]
    first = record["questionnaire"]["sections"][0]["questions"]
    first.append(sample.question("A2", HOSTILE, type="text", answer=sample.answer("text", HOSTILE)))
    record["assessment"] |= {"title": HOSTILE, "summary": STARTS[1], "organisation": STARTS[3]}
    block = {"set": templates.name, "digest": templates.digest, "layer": templates.layer, "changes": []}
    found = {}
    for name in DOCUMENTS:
        named = {**block, **({} if name == "general" else {"document": name})}
        data = canonical_json({**copy.deepcopy(record), "templates": named})
        found[name] = render_html(data, cells=None, templates=templates)
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_markdown_of_a_document_says_what_its_page_says(name, pages):
    made = to_markdown(pages[name])

    assert squeezed(said(made)) == shown(pages[name])
    assert to_markdown(pages[name]) == made


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_text_of_a_record_becomes_markup(name, pages):
    tokens = READER.parse(to_markdown(pages[name]))
    inside = [part for token in tokens for part in token.children or ()]

    assert not [token for token in tokens if token.type in ("html_block", "code_block", "hr")]
    assert not [part for part in inside if part.type in ("html_inline", "image", "code_inline", "em_open", "s_open")]
    assert all(str(part.attrs["href"]).startswith("#") for part in inside if part.type == "link_open")
    assert {token.content.split()[0] for token in tokens if token.type == "fence"} <= {
        "impact",
        "pdfdetach",
        "sha256sum",
        "pdfsig",
    }


def slugs(tokens: list[Token]) -> list[str]:
    """Anchors as GitHub gives them: lower case, no punctuation, hyphens for spaces, a number for one that was there."""
    found: list[str] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            plain = "".join(c for c in inline_text(inline).lower() if c.isalnum() or c in "_- ").replace(" ", "-")
            times = sum(each == plain or re.fullmatch(rf"{re.escape(plain)}-\d+", each) is not None for each in found)
            found.append(f"{plain}-{times}" if times else plain)
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_headings_and_tables_have_the_rows_of_the_page(name, pages):
    tokens = READER.parse(to_markdown(pages[name]))
    tree = lxml_html.document_fromstring(pages[name])
    links = {
        str(part.attrs["href"])[1:] for token in tokens for part in token.children or () if part.type == "link_open"
    }

    assert links <= set(slugs(tokens))
    assert sum(token.type == "tr_open" for token in tokens) == len(tree.xpath("//tr"))
    assert sum(token.type in ("td_open", "th_open") for token in tokens) == len(tree.xpath("//td|//th"))
    assert sum(token.type == "heading_open" for token in tokens) == len(tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6"))


def test_gaps_stand_apart_and_drawings_are_words(pages):
    summary, general = to_markdown(pages["summary"]), to_markdown(pages["general"])

    assert re.search(r"^> \*\*Share not suspected\.\*\* Not stated in the record: nobody has answered\.", summary, re.M)
    assert re.search(rf"^> {DRAWN}", general, re.M)
    assert re.search(r"^\*\*Figure 1\. ", general, re.M)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")) | st.just(" "), max_size=60
)
SIGNS = st.text(st.sampled_from(" \\`*_{}[]()#+-.!|<>&~=:;\"'$1aé/"), max_size=30)


@settings(deadline=None, max_examples=150)
@given(first=TEXT | SIGNS, second=SIGNS)
def test_any_text_comes_back_as_it_was(first, second):
    one, two = html.escape(first), html.escape(second)
    page = (
        f"<p>{one}</p><p><strong>L{two}.</strong> {one}</p><ul><li>{two}</li><li>x</li></ul>"
        f"<table><thead><tr><th>{two}</th><th>B</th></tr></thead><tbody><tr><th>{one}</th><td>{two}</td></tr></tbody></table>"
        f"<dl><dt>D</dt><dd>{two}</dd></dl>"
    )
    found = said(to_markdown(page))
    filled = "" if second.strip() else "–"  # an empty point of a list gets a dash

    assert squeezed(found) == squeezed(
        [first, f"L{second}.", first, second or "", filled, "x", second, "B", first, second, "D", second]
    )
