"""Pages for a browser have no violation that axe-core can see, and never become wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from impact.canonical import canonical_json
from impact.report import DOCUMENTS, render
from tests.report.browser import WIDTHS, axe, browser, judge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        axe() is None or browser() is None, reason="needs Chromium and axe-core: .ci/run has a stage for it"
    ),
]
_BUILT = [Path(name) for name in os.environ.get("IMPACT_TEST_PAGES", "").split(os.pathsep) if name]


@pytest.fixture(scope="module")
def pages(sample, templates) -> dict[str, str]:
    """Every document of a sample that uses every section, as a page."""
    found = {}
    for name in DOCUMENTS:
        named = {"set": templates.name, "digest": templates.digest, "layer": templates.layer, "changes": []}
        record = sample.full_record() | {"templates": named | ({} if name == "general" else {"document": name})}
        found[name] = render(canonical_json(record), cells=None, templates=templates, practice=True).html
    return found


def held(page: str, width: int) -> None:
    found = judge(page, width)

    assert found["violations"] == []
    assert int(str(found["rules"])) > 15  # axe did look
    assert found["screen"] == width
    assert int(str(found["wide"])) <= width


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_violates_a_rule_of_accessibility_in_a_browser(name, width, pages):
    held(pages[name], width)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("page", _BUILT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_page_that_was_built_violates_a_rule_of_accessibility_in_a_browser(page, width):
    held(page.read_text(encoding="utf-8"), width)


def test_the_judge_sees_what_is_wrong(pages):
    """A picture without words, an empty heading and a part that no screen holds, put into a sound page."""
    bad = '<main id="text"><img src="data:,"><h2></h2><div style="width:3000px">wide</div>'
    found = judge(pages["summary"].replace('<main id="text">', bad), WIDTHS["telephone"])

    assert {str(line).split()[0] for line in list(found["violations"])} >= {"image-alt", "empty-heading"}  # type: ignore[call-overload]
    assert int(str(found["wide"])) >= 3000
