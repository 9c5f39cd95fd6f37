"""The Python interface. Expected values by hand, or published (fairlearn's user guide; ProPublica 2016)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from impact import audit
from impact.errors import MetricError

REPO = Path(__file__).resolve().parents[2]


def people() -> pd.DataFrame:
    """Ten people: women 3 of 4 flagged, 2 rightly; men 1 of 6 flagged, rightly; one man missed."""
    return pd.DataFrame(
        {
            "sex": ["F"] * 4 + ["M"] * 6,
            "flag": [1, 1, 1, 0, 1, 0, 0, 0, 0, 0],
            "found": [1, 1, 0, 0, 1, 1, 0, 0, 0, 0],
            "note": ["<b>bold</b>"] * 10,
        }
    )


def of(frame: Any, **more: Any) -> audit.Audit:
    named = {"decision": "flag", "effect": "burden", "groups": ["sex"], "outcome": "found", "label": "flagged", **more}
    return audit.from_frame(frame, **named)


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, lambda f: pl.from_pandas(f).lazy()])
def test_frame_of_any_kind_gives_the_same_rates(make: Any) -> None:
    found = of(make(people()[["sex", "flag", "found"]]))

    rates = found.table("rates", by=["sex"]).set_index(["sex", "metric"])
    assert (rates.loc[("F", "selection_rate"), "k"], rates.loc[("F", "selection_rate"), "n"]) == (3, 4)
    assert rates.loc[("F", "fpr"), "value"] == 0.5
    assert rates.loc[("M", "fpr"), "value"] == 0.0
    assert rates.loc[("M", "tpr"), "value"] == 0.5


def test_undefined_rate_is_missing_with_its_reason() -> None:
    frame = people()
    frame.loc[frame["sex"] == "F", "found"] = 0

    row = of(frame).table("rates", by=["sex"]).set_index(["sex", "metric"]).loc[("F", "tpr")]

    assert pd.isna(row["value"])
    assert row["reason"] == "no_positives"


def test_effect_has_no_default() -> None:
    with pytest.raises(TypeError, match="effect"):
        audit.from_frame(people(), decision="flag", groups=["sex"])  # type: ignore[call-arg]


def test_unknown_column_is_a_fault_with_a_suggestion() -> None:
    with pytest.raises(MetricError) as caught:
        of(people(), decision="flagg")

    assert caught.value.faults[0].code == "D03"
    assert "flag" in str(caught.value)


def test_notebook_page_escapes_what_it_shows() -> None:
    frame = people()
    frame["sex"] = frame["sex"].replace("F", "<script>alert(1)</script>")

    page = of(frame)._repr_html_()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "10 counted" in page


def test_unknown_table_is_a_fault() -> None:
    with pytest.raises(MetricError) as caught:
        of(people()).table("ratse")

    assert caught.value.faults[0].code == "M104"


def test_plan_file_gives_the_published_rates() -> None:
    found = audit.from_plan(REPO / "examples" / "compas-counts" / "audit.yaml")

    assert round(found.result.rate("fpr", race="African-American").value or 0, 4) == 0.4485
    assert round(found.result.rate("fpr", race="Caucasian").value or 0, 4) == 0.2345


def test_metric_frame_on_cells_is_that_of_the_user_guide(shared_data: Path) -> None:
    """The printed example of fairlearn's user guide: 18 rows, selection rate and error rates by group."""
    example = json.loads((shared_data / "fairlearn" / "doc_example.json").read_text())
    frame = pd.DataFrame({"g": example["group"], "y": example["y_true"], "d": example["y_pred"]})
    found = audit.from_frame(frame, decision="d", effect="benefit", groups=["g"], outcome="y")

    table = audit.metric_frame(found.cells, "g").by_group

    for group, expected in example["by_group"].items():
        assert table.loc[group, "selection_rate"] == pytest.approx(expected["sel"], abs=1e-6)
        assert table.loc[group, "true_positive_rate"] == pytest.approx(expected["tpr"], abs=1e-6)
        assert table.loc[group, "false_positive_rate"] == pytest.approx(expected["fpr"], abs=1e-6)


def test_aif360_datasets_carry_counts_as_weights() -> None:
    outcomes, decisions = audit.aif360_datasets(of(people()).cells, "sex", "F")

    assert outcomes.instance_weights.sum() == decisions.instance_weights.sum() == 10


def test_frames_refuse_what_the_cells_do_not_hold() -> None:
    for ask in (lambda c: audit.metric_frame(c, "age"), lambda c: audit.aif360_datasets(c, "age", "old")):
        with pytest.raises(MetricError) as caught:
            ask(of(people()).cells)
        assert caught.value.faults[0].code == "M105"


def test_every_table_of_an_audit_becomes_a_frame() -> None:
    """The pilot asks about periods, reviewers and review times; some rows are about no group (docs/record.md)."""
    found = audit.from_plan(REPO / "examples" / "misconduct-pilot" / "audit.yaml")

    tables = {name: rows for name, rows in found.json["tables"].items() if name != "identification"}  # a sheet
    assert len(tables) > 15
    for name, rows in tables.items():
        assert len(found.table(name)) == len(rows), name
    assert list(found.table("timeline", by=())["period"]) == ["2025-11", "2025-12", "2026-01"]
    assert len(found.table("timeline", by=["sex"])) == 0
    assert set(found.table("periods", by=["sex"])["sex"]) == {"Female", "Male"}


def test_examples_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    text = (REPO / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)

    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), {})
