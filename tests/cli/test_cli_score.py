"""A score, and searches of a list, through the whole chain: counted, attached to the signed document, recomputed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HEAD = """version: 1
assessment:
  id: scored
  title: A scored audit
  version: "1"
  date: 2026-11-20
  status: draft
  organisation: Example body
  system: {name: Example score}
  assessors: [{name: A. Person, role: auditor}]
"""
PLAN = """version: 1
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


def test_score_is_counted_signed_and_recomputed(tmp_path: Path, impact: Any) -> None:
    folder = tmp_path / "scored"
    folder.mkdir()
    rng = np.random.default_rng(1)
    risk = rng.integers(0, 101, 2_000) / 100
    frame = pd.DataFrame(
        {"g": rng.choice(["a", "b"], 2_000), "risk": risk, "found": (rng.random(2_000) < risk).astype(int)}
    )
    frame.to_parquet(folder / "people.parquet")
    (folder / "assessment.yaml").write_text(HEAD)
    (folder / "audit.yaml").write_text(PLAN)

    built = impact("build", folder, "-o", tmp_path / "out", "--practice", "--json")
    trust = tmp_path / "out" / "practice-trust"
    checked = impact("verify", tmp_path / "out" / "report.pdf", "--trust", trust, "--rerender", "--json")

    assert built.status == 0, built.err
    assert (tmp_path / "out" / "scores.parquet").is_file()
    assert checked.status == 0, checked.out
    assert checked.json["checks"]["findings"]["holds"] is True
    assert checked.json["checks"]["page"]["holds"] is True
    page = (tmp_path / "out" / "report.html").read_text()
    assert "The score behind the decision" in page
    assert "Calibration by band of scores" in page


SEARCHES = """version: 1
title: Searches of a list
question: Are people of some groups wrongly matched more often?
pool: everybody who walked past
source: {kind: csv, path: searches.csv}
unit: {row: search, person_id: who}
columns:
  decision: {name: alert, yes: [1], no: [0], effect: identification, label: matched}
  outcome: {name: on_list, yes: [1], no: [0], label: on the list}
groups: {g: {name: g}}
plan: {primary: [selection_rate]}
searches:
  mated: {name: on_list, yes: [1], no: [0]}
  candidates: back
  rank: rank
  threshold: 0.64, as set by the force
"""


def test_searches_are_counted_signed_and_recomputed(tmp_path: Path, impact: Any) -> None:
    folder = tmp_path / "searched"
    folder.mkdir()
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(120), 6)
    on, wrong = (who % 4 == 0).astype(int), rng.random(720) < 0.1
    back = np.where(wrong, 1 - on, on)
    rank = pd.Series(np.where((on == 1) & (back == 1), 1, 0)).replace(0, None)
    frame = pd.DataFrame({"g": np.where(who % 2, "a", "b"), "on_list": on, "alert": back, "back": back})
    frame.assign(rank=rank, who=[f"v{each}" for each in who]).to_csv(folder / "searches.csv", index=False)
    (folder / "assessment.yaml").write_text(HEAD.replace("id: scored", "id: searched"))
    (folder / "audit.yaml").write_text(SEARCHES)

    built = impact("build", folder, "-o", tmp_path / "out", "--practice", "--json")
    trust = tmp_path / "out" / "practice-trust"
    checked = impact("verify", tmp_path / "out" / "report.pdf", "--trust", trust, "--rerender", "--json")

    assert built.status == 0, built.err
    assert (tmp_path / "out" / "searches.parquet").is_file()
    assert (tmp_path / "out" / "search_clusters.parquet").is_file()
    assert checked.status == 0, checked.out
    assert checked.json["checks"]["findings"]["holds"] is True
    assert checked.json["checks"]["page"]["holds"] is True
    assert "Searches of the watch list" in (tmp_path / "out" / "report.html").read_text()
