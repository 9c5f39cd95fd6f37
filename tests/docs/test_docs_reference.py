"""Reference pages say what the program does: every command, option and error code is documented, and nothing else."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CODE = re.compile(r'"(D\d{2}|[QAEKDMRSG]\d{3})"')  # codes of two digits are the data's alone; “A10” is a question


FROM_YAML = {f"{family}00{number}" for family in "QAEKS" for number in (1, 2, 3, 4)}  # made in yamlfile.py


def generated(name: str) -> str:
    spec = importlib.util.spec_from_file_location("docs_generate", REPO / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page: str = getattr(module, name)()
    return page


def codes_in_the_program() -> set[str]:
    return {code for path in (REPO / "impact").rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}


def codes_in_the_manual() -> set[str]:
    text = (REPO / "docs" / "errors.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(D\d{2}|[QAEKDMRSG]\d{3})` \|", text, flags=re.MULTILINE))


def test_commands_page_is_current() -> None:
    assert (REPO / "docs" / "commands.md").read_text(encoding="utf-8") == generated("page"), "run docs/generate.py"


def test_errors_page_is_current() -> None:
    assert (REPO / "docs" / "errors.md").read_text(encoding="utf-8") == generated("errors_page"), "run docs/generate.py"


def test_log_page_is_current() -> None:
    text = (REPO / "docs" / "decision-log.md").read_text(encoding="utf-8")
    assert text == generated("log_page"), "run docs/generate.py"


def test_every_error_code_is_documented() -> None:
    assert codes_in_the_program() - codes_in_the_manual() == set()


def test_every_error_code_has_a_text() -> None:
    text = (REPO / "docs" / "errors.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)` \|\s*\|$", text, flags=re.MULTILINE) == []


def test_no_error_code_is_documented_that_cannot_occur() -> None:
    assert codes_in_the_manual() - codes_in_the_program() - FROM_YAML == set()


def test_every_decision_record_has_a_status_and_a_cost() -> None:
    for path in sorted((REPO / "docs" / "adr").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^Status: (accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}$", text, flags=re.MULTILINE), (
            path.name
        )
        assert "**What gets worse.**" in text, path.name


def test_links_between_pages_lead_somewhere() -> None:
    pages = [REPO / "README.md", REPO / "CONTRIBUTING.md", *(REPO / "docs").rglob("*.md")]
    named = re.compile(
        r"(?<![\w/.-])((?:docs|templates|examples|questionnaires|benchmarks|impact|tests)/[\w./-]*\w\.(?:md|py|yaml|png))"
    )
    missing = {
        f"{page.relative_to(REPO)}: {name}"
        for page in pages
        for name in named.findall(page.read_text(encoding="utf-8"))
        if not (REPO / name).exists()
    }

    assert missing == set()
