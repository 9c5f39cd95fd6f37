"""Public versions of every document: what is withheld is said to be withheld wherever the full document shows it.

Each part is withheld in turn from a rich record, and every document is held against the same document of the full
record, line by line. So no test knows which block reads what: a block that is added later is looked at too.
"""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.assessment.redaction.decisions import read_decisions
from impact.assessment.redaction.public import make_public
from impact.assessment.redaction.recheck import barred_rightly, belongs, sealed
from impact.canonical import canonical_json
from impact.errors import AnswerError
from impact.report import DOCUMENTS, export, render, render_html, to_markdown
from impact.report.sets import templates_block
from impact.resources import find
from impact.settings import Settings

NAMES = [name for name in DOCUMENTS if name != "review"]  # a review has no public version
REASON, GROUND = "Told by sevenfold agreement", "FOIA 2000 s.31"
SECRET = "5f" * 32


@dataclass(frozen=True)
class Case:
    """What is withheld, and words of the full documents that are then nowhere."""

    example: str
    ids: tuple[str, ...]
    words: tuple[str, ...]


CASES = {
    # An answer that makes promises, gives contracts their days, and earns credit.
    "an answer of contracts": Case("misconduct-pilot", ("B10",), ("Pilot and its extensions", "650.0%")),
    "a check of the log": Case("misconduct-pilot", ("CK-01",), ("no review that was opened before",)),
    "the audit": Case("misconduct-pilot", ("audit",), ("F-0001", "Of every 1,000 Black people", "duckdb")),
    "a further table": Case("misconduct-pilot", ("reviewers",), ("24 reviewers decided",)),
    "levels": Case(
        "misconduct-pilot", ("levels", "summary", "assessors"), ("Outcome: Hold", "What a level of Very high asks for")
    ),
    # Answers that other lines are drawn from: who accepted what, what was advised, what was read before a decision.
    "answers that name people": Case(
        "misconduct-rerun", ("R2", "R4"), ("A flag may still end in dismissal", "Read no sickness")
    ),
    "an answer with dates": Case(
        "misconduct-rerun", ("P3", "H1"), ("“Equality analysis” is dated", "“Decision notice with conditions” is dated")
    ),
    # Which law is cited depends on where the system is used.
    "where it is used": Case("misconduct-rerun", ("A11", "I4"), ("means that nobody has yet compared the entry",)),
    "suppliers": Case(
        "misconduct-rerun", ("suppliers",), ("Open-source option, run by the service", "evidence/offers.md")
    ),
    "contracts": Case("misconduct-rerun", ("procurement",), ("Offer of 10 March 2026", "Example Casework LLP")),
}


class Lines(HTMLParser):
    """A page as (section, part of the section, line), where a row of a table is a line."""

    _LINE = frozenset(("p", "li", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "figcaption", "caption"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self._section = self._part = ""
        self._text: list[str] = []
        self._style = False
        self.feed(page)
        self._end()

    def _end(self) -> str:
        text, self._text = " ".join("".join(self._text).split()), []
        if text:
            self.found.append((self._section, self._part, text))
        return text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        if tag in self._LINE:
            self._end()
        elif tag in ("td", "th"):
            self._text.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        text = self._end() if tag in self._LINE else ""
        if tag == "h2":
            self._section = self._part = text
        elif tag == "h3":
            self._part = text

    def handle_data(self, data: str) -> None:
        if not self._style:
            self._text.append(data)


def plain(text: str) -> str:
    """A line without what another number of sections, tables or annexes changes."""
    text = re.sub(r"(Table|Figure|section|Annex) [A-Z]?[\d.]*|sha256:[0-9a-f]+", "§", text)
    return re.sub(r"^\d+ (?=[A-Z])", "", text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repo):
    """An example with a seal, and decisions on everything that any case withholds."""
    made: dict[str, Path] = {}

    def of(example: str) -> Path:
        if example not in made:
            made[example] = tmp_path_factory.mktemp("withheld") / example
            shutil.copytree(repo / "examples" / example, made[example])
            (made[example] / "seal.yaml").write_text(f'version: 1\nsecret: "{SECRET}"\n', encoding="utf-8")
            ids = sorted({name for case in CASES.values() if case.example == example for name in case.ids})
            entry = f"reason: {REASON}, ground: {GROUND}, decided_by: R. Officer, decided_on: 2026-11-21"
            listed = "\n".join(f"  - {{id: {name}, {entry}, stands_elsewhere: an example}}" for name in ids)
            text = f"version: 1\nwithheld:\n{listed}\nsmall_counts_public: an example\n"
            (made[example] / "withhold.yaml").write_text(text, encoding="utf-8")
        return made[example]

    return of


@pytest.fixture(scope="module")
def built(folder):
    """The full record of an example, as a reader of record.json has it, and its counts."""
    made: dict[str, Any] = {}

    def of(example: str) -> Any:
        if example not in made:
            full = build_record(folder(example), settings=Settings(), step=lambda _: None, second_opinion=False)
            made[example] = (json.loads(canonical_json(full.record)), full.cells, full.aggregates)
        return made[example]

    return of


@pytest.fixture(scope="module")
def public(folder, built):
    """The public version of a case."""
    made: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in made:
            case = CASES[name]
            record, cells, tables = built(case.example)
            decisions = read_decisions(folder(case.example), case.ids)
            made[name] = make_public(record, cells, tables, decisions=decisions, where="here", settings=Settings())
        return made[name]

    return of


def named(record: dict[str, Any], document: str) -> dict[str, Any]:
    block = templates_block(find("templates", "default", Settings()))
    return {
        **copy.deepcopy(record),
        "templates": block | ({} if document == "general" else {"document": document}),
        "render": {},
        "practice": False,
    }


def page(record: dict[str, Any], document: str, cells: bytes | None = None) -> str:
    templates = find("templates", "default", Settings())
    return render_html(canonical_json(named(record, document)), cells=cells, templates=templates)


@pytest.fixture(scope="module")
def full_lines(built):
    made: dict[tuple[str, str], list[tuple[str, str, str]]] = {}

    def of(example: str, document: str) -> list[tuple[str, str, str]]:
        if (example, document) not in made:
            record, cells, _ = built(example)
            made[example, document] = Lines(page(record, document, cells)).found
        return made[example, document]

    return of


# What a line says that finds nothing: of something withheld it would be untrue.
ABSENT = re.compile(
    r"not stated|not measured|not answered|not counted|not audited|not tested|not in the record|not in this record"
    r"|nobody|no draft|no comparison|no dated|no evidence|no question(naire)? (was|asks)|holds (none|nothing)"
    r"|leave nothing open|answered as not engaged|hold no reason|none (has|of those) |\bgap\b",
    re.IGNORECASE,
)
# Lines that differ in every public version, whatever is withheld.
ALWAYS = ("What is withheld", "How to check this document")
TOLD = re.compile(r"withheld|withhold|that (is|are) shown|what this version shows", re.IGNORECASE)


def untrue(full: list[tuple[str, str, str]], shown: list[tuple[str, str, str]], hidden: set[str]) -> Iterator[str]:
    """Lines that are not in the full document and call something missing without saying that it is withheld.

    A line of open questions may be shorter than in the full document, and then names none that is withheld.
    """
    known = {plain(line) for *_, line in full}
    for section, part, line in shown:
        if plain(line) in known or any(one in section for one in ALWAYS) or TOLD.search(line):
            continue
        open_ids = set(re.findall(r"\b[A-Z]{1,2}-?\d{1,2}\b", line))
        if ABSENT.search(line) and (not open_ids or open_ids & hidden):
            yield f"[{part}] {line[:300]}"


def silent(full: list[tuple[str, str, str]], shown: list[tuple[str, str, str]]) -> Iterator[str]:
    """Parts of the full document of which something is left out here, and that do not say so.

    Annexes that follow what a document names are no such parts: what is withheld names nothing.
    """
    kept, told = {plain(line) for *_, line in shown}, {""}
    for section, part, line in shown:
        if TOLD.search(line):
            told |= {plain(section), plain(part)}
    for section, part, line in full:
        if "that are named" in (section + line) or plain(line) in kept or any(one in section for one in ALWAYS):
            continue
        if not {plain(section), plain(part)} & told and not (
            _of_audit(section, full) and "Findings of the audit" in told
        ):
            yield f"[{part}] {line[:200]}"


def _of_audit(section: str, full: list[tuple[str, str, str]]) -> bool:
    """Whether a section of the general assessment stands between the findings and what it does not show."""
    order = list(dict.fromkeys(one for one, *_ in full))
    ends = [at for at, one in enumerate(order) if one.endswith(("Findings of the audit", "does not show"))]
    return len(ends) == 2 and ends[0] <= order.index(section) < ends[1]


@pytest.mark.parametrize("document", NAMES)
@pytest.mark.parametrize("name", CASES)
def test_what_is_withheld_is_said_to_be_withheld_wherever_the_full_document_shows_it(
    name: str, document: str, public, full_lines
):
    case, record = CASES[name], public(name).record
    made = page(record, document, public(name).cells)
    shown = Lines(made).found
    hidden = {leaf.rpartition("/")[2] for leaf in record["redaction"]["withheld"]}

    assert list(untrue(full_lines(case.example, document), shown, hidden)) == []
    assert list(silent(full_lines(case.example, document), shown)) == []
    assert [word for word in case.words if word in made or word in to_markdown(made)] == []
    assert REASON in made
    assert all(one["digest"] in made for one in record["redaction"]["decisions"])


@pytest.mark.parametrize("name", CASES)
def test_the_words_that_are_looked_for_stand_in_the_full_documents(name: str, full_lines):
    """So that their absence says something."""
    lines = [line for document in NAMES for *_, line in full_lines(CASES[name].example, document)]

    assert [word for word in CASES[name].words if not any(word in line for line in lines)] == []


@pytest.mark.parametrize("name", CASES)
def test_each_version_belongs_to_its_record_and_is_computed_again(name: str, public, built):
    record, made = public(name).record, public(name)
    full, *_ = built(CASES[name].example)
    again = recompute(copy.deepcopy(record), made.cells, settings=Settings(), aggregates=made.aggregates)

    assert sealed(record).same
    assert belongs(record, full).same
    assert barred_rightly(record, full, Settings()).same
    assert [one.what for one in again if one.same is False] == []


@pytest.mark.parametrize("name", ["an answer of contracts", "answers that name people", "levels", "the audit"])
def test_fields_as_data_have_bars_and_no_gaps_for_what_is_withheld(name: str, public):
    record = named(public(name).record, "atrs")
    hidden = {leaf[7:] for leaf in record["redaction"]["withheld"] if leaf.startswith("answer/")}
    made = {form: export(record, form).decode() for form in ("csv", "data", "nl-register")}
    lines = [line for field in json.loads(made["data"])["fields"] for line in field["lines"]]

    assert [word for word in CASES[name].words for text in made.values() if word in text] == []
    assert [line for line in lines if "gap" in line and set(str(line["source"]).split()) & hidden] == []
    for line in lines:
        assert ("withheld" in line) == bool(set(str(line["source"]).split()) & hidden) or "text" in line


def test_a_field_that_is_withheld_is_no_gap_and_no_text_of_a_register(folder, built):
    """A3 is the phase of the tool, which each of the three forms asks for."""
    record, *_ = built("misconduct-pilot")
    path = folder("misconduct-pilot") / "withhold.yaml"
    entry = f"{{id: A3, reason: {REASON}, ground: {GROUND}, decided_by: R. Officer, decided_on: 2026-11-21}}"
    own = folder("misconduct-pilot").parent / "phase"
    own.mkdir()
    (own / path.name).write_text(
        f"version: 1\nwithheld: [{entry}]\nsmall_counts_public: an example\n", encoding="utf-8"
    )
    made = make_public(record, None, {}, decisions=read_decisions(own, ["A3"]), where="here", settings=Settings())
    shown = named(made.record, "atrs")
    phase = next(one for one in json.loads(export(shown, "data"))["fields"] if one["key"] == "phase_of_tool")
    dutch = json.loads(export(shown, "nl-register"))
    status = next(one for one in dutch["fields"] if one["key"] == "status")

    assert phase["state"] == "withheld"
    assert REASON in phase["lines"][0]["withheld"]
    assert phase["lines"][0]["text"] is None
    assert (status["value"], status["gaps"]) == (None, [])
    assert REASON in status["withheld"][0]
    assert "status" not in dutch["required_and_not_stated"]
    assert ",yes\r\n" in export(shown, "csv").decode().split("phase_of_tool")[1].split("\n")[0] + "\n"


def test_a_file_beside_the_answers_goes_with_its_digest_and_its_own_evidence(public, built):
    full, *_ = built("misconduct-rerun")
    record = public("suppliers").record
    text = json.dumps(record)
    mine = [one for one in full["inputs"] if one["file"] in ("suppliers.yaml", "evidence/offers.md")]

    assert record["suppliers"] is None
    assert len(mine) == 2
    assert [one["file"] for one in mine if one["digest"] in text] == []
    assert record["procurement"] == full["procurement"]
    assert {"what": "suppliers", "same": None} in [
        {"what": one.what, "same": one.same} for one in recompute(copy.deepcopy(record), None, settings=Settings())
    ]


def test_a_name_in_a_file_that_is_withheld_is_refused_elsewhere(built, folder):
    """An offer is named in an answer that is shown."""
    full, cells, _ = built("misconduct-rerun")
    altered = copy.deepcopy(full)
    offer = altered["suppliers"]["declared"]["offers"][0]["name"]
    question = next(q for s in altered["questionnaire"]["sections"] for q in s["questions"] if q["id"] == "G4")
    question["answer"]["note"] = f"Written with {offer}"
    decisions = read_decisions(folder("misconduct-rerun"), ["suppliers"])
    strict = type(decisions)(tuple(one.model_copy(update={"stands_elsewhere": None}) for one in decisions.chosen))

    with pytest.raises(AnswerError) as caught:
        make_public(altered, cells, {}, decisions=strict, where="here", settings=Settings())

    assert "A167" in [fault.code for fault in caught.value.faults]
    assert any("suppliers.yaml" in fault.found and "answer/G4" in fault.found for fault in caught.value.faults)


@pytest.mark.parametrize("document", ["dpia", "comparison"])
def test_what_is_withheld_is_nowhere_in_the_bytes_of_the_pdf(document: str, public):
    """Pages, bookmarks, alternatives, metadata and attachments: every stream and every string of the file."""
    name = {"dpia": "an answer of contracts", "comparison": "suppliers"}[document]
    record = named(public(name).record, document)
    pdf = render(canonical_json(record), cells=None, templates=find("templates", "default", Settings())).pdf
    held = [_text_of(pdf)]
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for item in opened.objects:
            if isinstance(item, pikepdf.Stream):
                held.append(item.read_bytes().decode("latin-1"))
            held += list(_strings(item))
    everything = "\n".join(held)

    assert REASON in everything
    assert [word for word in CASES[name].words if word in everything] == []


def _text_of(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        return ""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def _strings(item: Any) -> Iterator[str]:
    if isinstance(item, pikepdf.String):
        yield str(item)
    elif isinstance(item, pikepdf.Dictionary):
        for key in item.keys():  # noqa: SIM118 - a dictionary of pikepdf is no mapping
            part = item[key]
            if not getattr(part, "is_indirect", False):
                yield from _strings(part)
    elif isinstance(item, pikepdf.Array):
        for part in item:
            if not getattr(part, "is_indirect", False):
                yield from _strings(part)
