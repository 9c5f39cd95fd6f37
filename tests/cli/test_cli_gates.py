"""Gates of ``impact audit run`` as a pipeline runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PLAN = """version: 1
title: Referrals
question: Were people of one group referred more often?
pool: Everybody scored
source: {kind: counts, path: counts.csv, count: people}
columns:
  decision: {name: referred, yes: ["yes"], no: ["no"], effect: burden, label: referred}
groups:
  sex: {name: sex}
plan: {primary: [selection_rate], margin: {kind: ratio, value: 1.25, reason: agreed with the panel}}
"""


def folder(place: Path, a: tuple[int, int], b: tuple[int, int]) -> Path:
    """Counts of two groups: referred, and not."""
    place.mkdir(parents=True)
    rows = [("F", "yes", a[0]), ("F", "no", a[1]), ("M", "yes", b[0]), ("M", "no", b[1])]
    text = "sex,referred,people\n" + "".join(f"{sex},{decision},{n}\n" for sex, decision, n in rows)
    (place / "counts.csv").write_text(text, encoding="utf-8")
    (place / "audit.yaml").write_text(PLAN, encoding="utf-8")
    return place


def audit(impact: Any, place: Path, *words: object) -> Any:
    return impact("audit", "run", place / "audit.yaml", "-o", place / "out", "-q", "--without-second-opinion", *words)


@pytest.fixture
def spring(tmp_path: Path, impact: Any) -> Path:
    place = folder(tmp_path / "spring", (400, 1600), (1000, 9000))
    assert audit(impact, place).status == 0
    assert not (place / "out" / "gates.json").exists()
    return place / "out" / "findings.json"


def test_tripped_gate_ends_with_1_and_all_files_are_there(tmp_path: Path, impact: Any) -> None:
    place = folder(tmp_path / "now", (700, 1300), (1000, 9000))
    said = audit(impact, place, "--fail-on", "severity>=high, verdict=disparity_shown", "--json")

    assert said.status == 1
    assert [one["state"] for one in said.json["gates"]["conditions"]] == ["tripped", "tripped"]
    assert said.json["gates"]["conditions"][0]["trips"][0]["finding"] == said.json["findings"][0]["id"]
    out = place / "out"
    assert {"findings.json", "cells.parquet", "audit.html", "gates.json"} <= {path.name for path in out.iterdir()}
    assert json.loads((out / "gates.json").read_text()) == said.json["gates"]
    assert "gates" not in json.loads((out / "findings.json").read_text())


def test_words_say_which_condition_tripped_where_and_why(tmp_path: Path, impact: Any) -> None:
    place = folder(tmp_path / "now", (700, 1300), (1000, 9000))
    said = audit(impact, place, "--fail-on", "metric:selection_rate ratio.lower>1.25", "--fail-on", "inconclusive")

    text = " ".join(said.out.split())
    assert said.status == 1
    assert "TRIPPED: metric:selection_rate ratio.lower>1.25 F-0001: " in text
    assert "the lower limit of the ratio is 3." in text
    assert "not tripped: inconclusive" in text
    assert "Exit status 1: a condition tripped." in text


def test_too_little_evidence_ends_with_4(tmp_path: Path, impact: Any) -> None:
    place = folder(tmp_path / "few", (6, 34), (9, 51))

    assert audit(impact, place, "--fail-on", "inconclusive").status == 4
    assert audit(impact, place, "--force", "--require-power").status == 4
    assert audit(impact, place, "--force", "--fail-on", "severity>=low").status == 0
    assert audit(impact, place, "--force").status == 0
    assert not (place / "out" / "gates.json").exists()


def test_all_faults_come_before_anything_is_counted(tmp_path: Path, impact: Any) -> None:
    place = folder(tmp_path / "now", (1, 1), (1, 1))
    (place / "counts.csv").unlink()
    said = audit(impact, place, "--fail-on", "severty>=high,worse", "--fail-on", "metric:fpr ratio.lower>1", "--json")

    assert said.status == 2
    assert [fault["code"] for fault in said.json["faults"]] == ["E170", "E171", "E171"]
    assert "Did you mean" in said.err
    assert not (place / "out").exists()


def test_worse_than_the_baseline_ends_with_1(tmp_path: Path, impact: Any, spring: Path) -> None:
    place = folder(tmp_path / "summer", (700, 1300), (1000, 9000))
    said = audit(impact, place, "--baseline", spring, "--fail-on", "worse")

    text = " ".join(said.out.split())
    assert said.status == 1
    assert "the ratio was 2.00 and is 3.50: 1.75 times what it was" in text
    assert "must count different people" in text


def test_no_worse_than_chance_ends_with_0(tmp_path: Path, impact: Any, spring: Path) -> None:
    place = folder(tmp_path / "summer", (420, 1580), (980, 9020))
    said = audit(impact, place, "--baseline", spring.parent, "--fail-on", "worse", "--json")

    assert said.status == 0
    assert [each["state"] for each in said.json["gates"]["baseline"]["changes"]] == ["not_shown", "not_shown"]


def test_a_baseline_of_another_effect_is_refused(tmp_path: Path, impact: Any, spring: Path) -> None:
    place = folder(tmp_path / "summer", (420, 1580), (980, 9020))
    text = (place / "audit.yaml").read_text().replace("effect: burden", "effect: benefit")
    (place / "audit.yaml").write_text(text)
    said = audit(impact, place, "--baseline", spring, "--fail-on", "worse")

    assert said.status == 2
    assert "columns.decision.effect was burden and is benefit" in said.err
    assert "[E172]" in said.err
