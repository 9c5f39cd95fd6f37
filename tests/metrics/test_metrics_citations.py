"""Sources: each is listed with how far it was checked, and no statement that needs one is printed without."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from impact.metrics.tools.methods import methods

# The word before a year, however many authors there are: “Clopper and Pearson 1934”, “Howard et al. 2022”.
_CITED = re.compile(r"(?:([\w’'-]+) et al\.|([A-ZŠ][\w’'éöšŠí-]+)),? \(?((?:18|19|20)\d\d)\b")
_NO_PUBLICATION = {"Act 2010", "EHRC 2010", "Procedures 1978"}  # law, and a document on law
_LIST = "## Citations\n"


def cited(text: str) -> set[str]:
    return {f"{one or other} {year}" for one, other, year in _CITED.findall(" ".join(text.split()))}


def test_every_source_stands_in_one_of_the_two_lists(repo: Path) -> None:
    """Whoever cites a new source looks it up, and adds it to one of the lists at the end of docs/statistics.md."""
    listed = (repo / "docs" / "statistics.md").read_text(encoding="utf-8").split(_LIST)[1]
    seen, open_ = (cited(part) for part in listed.split("**Citations not yet checked against the publication,**"))
    room = repo / "impact" / "metrics"
    code = [*room.glob("statistics/**/*.py"), *room.glob("tools/methods*.py"), *room.glob("analysis/*.py")]
    code.append(repo / "impact" / "claims" / "jumps.py")  # the claims room’s one statistic of its own

    found = set().union(*(cited(path.read_text(encoding="utf-8")) for path in code)) | cited(json.dumps(methods()))

    assert len(found) > 70
    assert found - _NO_PUBLICATION - seen - open_ == set()
    assert (seen & open_) - _NO_PUBLICATION == set()
    assert (seen | open_) - found - _NO_PUBLICATION == set(), "listed and cited nowhere"


def test_every_entry_of_the_methods_page_has_a_source() -> None:
    """A publication; or the entry says that it is a definition, arithmetic, software, or our own."""
    page = methods()
    without = [
        entry["key"]
        for entry in (*page["metrics"], *page["statistics"])
        if not _is_cited(entry["source"])
        and not re.match(r"this toolkit's own|definition$|arithmetic:|fairlearn, aif360$", entry["source"])
    ]

    assert without == []


# Statements that still need a source (metrics/design.md, section 19) -> how they would be recognised.
UNSOURCED = {
    "skew@k, NDKL, infeasible index, rND, rKL": r"skew@|NDKL|infeasible (?:index|count)|\brND\b|\brKL\b",
    "FA*IR": r"FA\*IR",
    "bounded group loss": r"bounded group loss",
    "MAIHDA": r"MAIHDA",
    "definitions of FPIR and FNIR": r"19795|\bFPIR\b|\bFNIR\b",
    "inequity ratios, GARBE, rule of 30": r"inequity|geometric mean|GARBE|rule of 30",
    "bars and bootstraps of other tools": r"Wilson-type|\bTFMA\b|Veritas",
    "CPR Part 35": r"\bCPR\b|Part 35",
    "Korn-Graubard": r"Korn",
    "limit at an area of 1; pROC": r"\bpROC\b|aSAH|area (?:is|of) (?:exactly )?1\b",
    "BinomialBayesMixedGLM": r"BinomialBayes",
    "Imbens-Manski; Begg-Greenes": r"Imbens|Begg",
    "surnames and inferred ethnicity": r"surname|special[- ]category",
    "impossibility results": r"Kleinberg|Chouldechova|impossib",
    "DKW band": r"\bDKW\b|Dvoretzky",
    "reliance": r"self[- ]reliance|AI reliance",
    "binomial CUSUM": r"CUSUM",
    "PPV differences by GEE": r"Leisenring|\bGEE\b",
    "OpenDP and floating-point attacks": r"OpenDP|floating[- ]point attack",
    "legal figures": r"Edwards|Seymour|Bridges|Hazelwood|Ministry of Justice",
    "mutation-testing tools": r"mutmut|cosmic-ray",
}
_SOURCE = re.compile(r"\[(?:19|20)\d\d\]|\b(?:1[89]|20)\d\d\b|\d+ CFR \d|arXiv:\d")


def _is_cited(text: str) -> bool:
    """Whether a text names where it is from: a year, a neutral citation, a section of a code."""
    return bool(_SOURCE.search(text))


def uncited(text: str) -> list[str]:
    """The statements of the list that a text makes without a source."""
    return [name for name, pattern in UNSOURCED.items() if re.search(pattern, text) and not _is_cited(text)]


def shipped(repo: Path) -> Iterator[tuple[str, str]]:
    """(where, text): each line of the templates and of standards and policies, each entry of the methods page."""
    folders = (
        repo / "templates",
        repo / "impact/metrics/plans/standards_data",
        repo / "impact/metrics/disclosure/policies_data",
    )
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.relative_to(repo)}:{number}", line
    page = methods()
    for entry in (*page["metrics"], *page["statistics"]):
        yield f"methods: {entry['key']}", json.dumps(entry, ensure_ascii=False)
    for part in ("signs", "reasons", "caveats"):
        for key, text in page[part].items():
            yield f"methods: {key}", text


def test_no_statement_that_needs_a_source_is_printed_without(repo: Path) -> None:
    texts = list(shipped(repo))

    assert {where: found for where, text in texts if (found := uncited(text))} == {}
    # Two of the list are printed, with their sources: the court's judgment and the scope of a standard.
    quoted = {name for _, text in texts for name, pattern in UNSOURCED.items() if re.search(pattern, text)}
    assert {"legal figures", "definitions of FPIR and FNIR"} <= quoted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As the court held in Bridges, the duty is continuing.", ["legal figures"]),
        ("R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058", []),
        ("GARBE weighs both error rates.", ["inequity ratios, GARBE, rule of 30"]),
        ("GARBE (Howard et al. 2022) weighs both error rates.", []),
        ("The rate is that of the known cases.", []),
    ],
)
def test_statement_without_a_source_would_be_found(text: str, expected: list[str]) -> None:
    assert uncited(text) == expected
