"""``impact audit publish``: a copy that may be published, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from impact.cli.app import run as impact_command
from impact.metrics.tables.aggregates import Aggregate

REPO = Path(__file__).resolve().parents[2]
PILOT = REPO / "examples" / "misconduct-pilot" / "audit.yaml"


@pytest.fixture(scope="session")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exact audit of the pilot."""
    out = tmp_path_factory.mktemp("exact") / "out"
    with pytest.raises(SystemExit) as stopped:
        impact_command(["audit", "run", str(PILOT), "-o", str(out), "--without-second-opinion", "--quiet"])
    assert not stopped.value.code
    return out


@pytest.fixture(scope="session")
def copy(audit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("public") / "copy"
    with pytest.raises(SystemExit) as stopped:
        impact_command(["audit", "publish", str(audit), "-o", str(out), "--quiet"])
    assert not stopped.value.code
    return out


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_copy_has_the_form_of_an_audit(audit: Path, copy: Path) -> None:
    """The same files; of the further count tables those that could be protected with the cells."""
    further = {f"{name}.parquet" for name in json.loads((audit / "findings.json").read_text())["aggregates"]}
    shown = {f"{name}.parquet" for name in json.loads((copy / "findings.json").read_text())["aggregates"]}
    assert shown == {"periods.parquet", "strata.parquet"}
    assert {path.name for path in copy.iterdir()} == {path.name for path in audit.iterdir()} - (further - shown)
    assert set(json.loads((copy / "findings.json").read_text())) == set(
        json.loads((audit / "findings.json").read_text())
    )


def test_page_says_what_was_protected_and_has_no_stamp_of_small_counts(audit: Path, copy: Path) -> None:
    page = (copy / "audit.html").read_text()

    assert "CONTAINS SMALL COUNTS" in (audit / "audit.html").read_text()
    assert "CONTAINS SMALL COUNTS" not in page
    assert "Suppressed to protect people: 49 of 256 counts." in page
    assert "rounded to the nearest multiple of 5" in page


def test_no_digest_of_exact_counts_or_of_the_data_is_in_the_copy(audit: Path, copy: Path) -> None:
    """A digest of a small table confirms a guess of it."""
    exact = json.loads((audit / "findings.json").read_text())
    published = everything(copy) + (copy.parent / "releases.jsonl").read_bytes()

    for digest in (exact["cells_digest"], *(file["digest"] for file in exact["source_fingerprint"])):
        assert digest.removeprefix("sha256:").encode() not in published


def test_every_printed_count_of_the_copy_is_rounded_and_none_is_small(copy: Path) -> None:
    findings = json.loads((copy / "findings.json").read_text())
    counts = [findings["people"], *(row["n"] for row in findings["tables"]["groups"])]
    for row in findings["tables"]["rates"]:
        counts += [row["k"], row["n"]]
    for row in findings["tables"]["disparities"]:
        counts += [row[side][item] for side in ("group_rate", "comparator_rate") for item in ("k", "n")]

    shown = [count for count in counts if count is not None]
    assert len(shown) > 200
    assert min(shown) >= 10
    assert [count for count in shown if count % 5] == []


def test_release_log_and_a_second_policy_for_the_same_people(impact: Any, audit: Path, tmp_path: Path) -> None:
    first = impact("audit", "publish", audit, "-o", tmp_path / "copy", "-q")
    again = impact("audit", "publish", audit, "-o", tmp_path / "copy", "-q", "--force", "--json")
    second = impact("audit", "publish", audit, "-o", tmp_path / "exact", "--policy", "suppress-10", "-q")

    assert (first.status, again.status, second.status) == (0, 0, 6)
    assert again.json == json.loads((tmp_path / "copy" / "findings.json").read_text())
    assert "[D94]" in second.err
    assert not (tmp_path / "exact").exists()
    assert len((tmp_path / "releases.jsonl").read_text().splitlines()) == 1


def test_what_cannot_be_published_ends_with_status_6_and_writes_nothing(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("g,d\n" + "a,1\na,0\nb,0\nb,1\n" * 4)
    (tmp_path / "audit.yaml").write_text(
        "version: 1\ntitle: Few\nquestion: Who?\npool: Sixteen people\nsource: {kind: csv, path: few.csv}\n"
        "columns:\n  decision: {name: d, yes: [1], no: [0], effect: burden, label: flagged}\n"
        "groups: {g: {name: g}}\nplan: {primary: [selection_rate]}\n"
    )
    assert impact("audit", "run", tmp_path / "audit.yaml", "-o", tmp_path / "out", "-q").status == 0

    said = impact("audit", "publish", tmp_path / "out", "-o", tmp_path / "copy", "-q")

    assert said.status == 6
    assert "[D93]" in said.err
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "releases.jsonl").exists()


def test_wrong_folders_and_policies_are_named(impact: Any, audit: Path, copy: Path, tmp_path: Path) -> None:
    nothing = impact("audit", "publish", tmp_path, "-o", tmp_path / "copy", "-q")
    public = impact("audit", "publish", copy, "-o", tmp_path / "copy", "-q")
    policy = impact("audit", "publish", audit, "-o", tmp_path / "copy", "--policy", "none", "-q")
    taken = impact("audit", "publish", audit, "-o", copy, "-q")

    assert [
        (said.status, code in said.err) for said, code in ((nothing, "D98"), (public, "D98"), (policy, "E140"))
    ] == [(2, True)] * 3
    assert (taken.status, "G020" in taken.err) == (2, True)


def test_counts_that_do_not_belong_to_the_findings_are_refused(impact: Any, audit: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    findings = json.loads((audit / "findings.json").read_text())
    (mixed / "findings.json").write_text(json.dumps({**findings, "cells_digest": "sha256:" + "0" * 64}))
    (mixed / "cells.parquet").write_bytes((audit / "cells.parquet").read_bytes())

    said = impact("audit", "publish", mixed, "-o", tmp_path / "copy", "-q")

    assert said.status == 5
    assert "[D98]" in said.err


SCORED = """version: 1
title: A scored audit
question: Does the score treat groups alike?
pool: everybody scored
source: {kind: parquet, path: people.parquet}
columns:
  decision: {from: risk, threshold: 0.5, rule: ">=", effect: burden, label: flagged}
  outcome: {name: found, yes: [1], no: [0], label: upheld}
  score: {name: risk, higher_means: more likely to be flagged, probability: true}
groups: {g: {name: g}}
plan: {primary: [selection_rate, fpr], thresholds: [0.3, 0.5]}
"""


def test_no_exact_figure_of_the_score_is_in_the_copy_and_the_page_says_what_is(tmp_path: Path, impact: Any) -> None:
    """Every figure of the exact tables is looked for in the copy, whose own come from rounded counts in wide bins."""
    rng = np.random.default_rng(1)
    risk = rng.integers(0, 101, 2_000) / 100
    people = {"g": rng.choice(["a", "b"], 2_000), "risk": risk, "found": (rng.random(2_000) < risk).astype(int)}
    pd.DataFrame(people).to_parquet(tmp_path / "people.parquet")
    (tmp_path / "audit.yaml").write_text(SCORED)
    out, public = tmp_path / "out", tmp_path / "public"
    assert impact("audit", "run", tmp_path / "audit.yaml", "-o", out, "-q", "--without-second-opinion").status == 0
    assert impact("audit", "publish", out, "-o", public, "-q").status == 0

    exact, copy_ = (json.loads((folder / "findings.json").read_text()) for folder in (out, public))
    page = (public / "audit.html").read_text()
    text = json.dumps(copy_) + page

    for row in exact["tables"]["scores"]:
        assert repr(row["auc"]["value"]) not in text
        assert row["group"] or repr(row["brier"]["value"]) not in text
    assert exact["aggregates"]["scores"] not in text
    table = Aggregate.from_parquet((public / "scores.parquet").read_bytes())
    assert copy_["aggregates"] == {"scores": table.digest}
    assert (table.measures["n"] % 5 == 0).all()
    assert table.measures["n"].min() >= 10
    assert len(table.about["edges"]) <= 23  # twenty bins and the two thresholds
    near = [row["auc"]["value"] for row in exact["tables"]["scores"] if not row["group"]]
    shown = [row["auc"] for row in copy_["tables"]["scores"] if not row["group"]]
    assert abs(near[0] - shown[0]["value"]) < shown[0]["binning"] + 0.01
    assert not copy_["tables"]["calibration"]
    assert "Protected together with the groups" in page
