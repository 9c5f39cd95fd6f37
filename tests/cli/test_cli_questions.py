"""The commands that explain a figure and draft questions, as a person types them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PILOT = Path("examples") / "misconduct-pilot"


def test_figure_of_the_example_is_explained_in_words_and_as_data(impact: Any, repo: Path) -> None:
    text = impact("score", repo / PILOT, "--explain", "PRI")
    data = impact("score", repo / PILOT, "--explain", "pri", "--json")

    assert text.status == data.status == 0
    assert text.out.rstrip().endswith("Printed: 79.5  [35.2 to 82.2]  Very high")  # case-1 of the worked cases
    assert data.json["printed"] == "79.5"


def test_name_that_cannot_be_explained_is_wrong_use(impact: Any, repo: Path) -> None:
    result = impact("score", repo / PILOT, "--explain", "nothing")

    assert result.status == 2
    assert "[A147]" in result.err


def test_drafts_are_printed_for_both_readers(impact: Any, repo: Path) -> None:
    committee = impact("questions", repo / PILOT, "--most", "3")
    request = impact("questions", repo / PILOT, "--for", "foi", "--format", "md")
    data = impact("questions", repo / PILOT, "--format", "json")

    assert committee.status == request.status == data.status == 0
    assert committee.out.count("\n3. ") == 1
    assert "\n4. " not in committee.out
    assert request.out.startswith("# Draft request for information\n")
    assert len(data.json["drafts"]) > 50
    assert all(draft["foi"] in request.out for draft in data.json["drafts"])
