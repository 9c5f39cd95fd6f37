"""Claims of the examples: data are what generate.py makes, and each check says what the answer key says it ought to.

The keys were written from what generate.py plants, before the tool was asked; the counts below are worked out here with
pandas.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from impact.assessment.claims_folder import claims_of_folder
from impact.settings import load_settings
from impact.yamlfile import load

REPO = Path(__file__).resolve().parents[2]
PILOT = REPO / "examples" / "misconduct-pilot"
CLAIMED = Path(__file__).parent / "data" / "misconduct-claims"
CHECKS = [f"CK-{number:02}" for number in range(1, 39)]


def key_of(folder: Path) -> dict[str, dict[str, str]]:
    key: dict[str, dict[str, str]] = load(folder / "answer-key.yaml").data["checks"]
    return key


def told(folder: Path) -> dict[str, dict[str, Any]]:
    found = claims_of_folder(folder, settings=load_settings(folder), step=lambda _: None)
    return {entry["check"]: entry for entry in found.block["checks"]}


def verdict(entry: dict[str, Any]) -> str:
    if entry["ruling"] is not None:
        return str(entry["ruling"]["verdict"])
    return "not claimed" if entry["made"] is False else "not answered"


def generator(folder: Path) -> ModuleType:
    name = f"generate_{folder.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def assert_made_again(folder: Path, tmp_path: Path) -> None:
    """Every file of data/ is what generate.py writes; Parquet by content, since libraries differ in bytes."""
    generator(folder).write(tmp_path / "decision-log.parquet")
    names = {file.name for file in (folder / "data").iterdir()}
    assert {file.name for file in tmp_path.iterdir()} == names
    for name in names:
        if name.endswith(".parquet"):
            assert pq.read_table(tmp_path / name).equals(pq.read_table(folder / "data" / name)), name
        else:
            assert (tmp_path / name).read_text("utf-8") == (folder / "data" / name).read_text("utf-8"), name


def assert_as_in_the_key(found: dict[str, dict[str, Any]], key: dict[str, dict[str, str]]) -> None:
    assert list(key) == CHECKS
    assert all(entry["why"] for entry in key.values())
    wanted = {name: entry["verdict"] for name, entry in key.items()}
    assert {name: verdict(found[name]) for name in CHECKS} == wanted


def measured(entry: dict[str, Any], label: str) -> tuple[int, int]:
    (one,) = [each for each in entry["ruling"]["measures"] if each["label"].startswith(label)]
    return one["count"], one["of"]


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The pilot's log against answers that promise everything."""
    folder = tmp_path_factory.mktemp("claimed")
    shutil.copytree(PILOT / "data", folder / "data")
    shutil.copy(PILOT / "claims.yaml", folder)
    shutil.copy(CLAIMED / "assessment.yaml", folder)
    return told(folder)


@cache
def log() -> pd.DataFrame:
    people = pq.read_table(PILOT / "data" / "people.parquet").to_pandas()
    return pq.read_table(PILOT / "data" / "decision-log.parquet").to_pandas().merge(people, on="subject_key")


# ---- the pilot


def test_pilot_data_are_what_the_generator_makes(tmp_path: Path) -> None:
    assert_made_again(PILOT, tmp_path)


def test_pilot_data_stay_small() -> None:
    assert sum(file.stat().st_size for file in (PILOT / "data").iterdir()) < 1_500_000


def test_pilot_gives_the_verdicts_of_its_key() -> None:
    key = key_of(PILOT)
    assert_as_in_the_key(told(PILOT), key)
    # As README.md counts them.
    assert Counter(entry["verdict"] for entry in key.values()) == {
        "contradicted": 2,
        "supported": 1,
        "not enough data": 3,
        "not claimed": 11,
        "not answered": 21,
    }


def test_with_every_claim_made_every_planted_fault_is_found(claimed: dict[str, dict[str, Any]]) -> None:
    assert_as_in_the_key(claimed, key_of(CLAIMED))


def test_planted_faults_have_the_counts_of_the_readme(claimed: dict[str, dict[str, Any]]) -> None:
    rows = log()
    flags, graver, acted = rows[rows.flag], rows[rows.action_severity >= 2], rows[rows.ts_action.notna()]
    days = (acted.ts_notified - acted.ts_action).dt.days
    plain = rows[~rows.flag]
    referred = flags.action.isin(["misconduct assessment", "formal step", "suspension"])
    high = flags.rank_grade == "inspector and above"
    outside = rows[rows.config_hash != "c7d1a0"]
    counts = {
        "C1": (int(flags.reviewer_decision.isna().sum()), len(flags)),
        "C3": (int(referred[high].sum()), int(high.sum())),
        "C3 others": (int(referred[~high].sum()), int((~high).sum())),
        "C4": (int((graver.corroboration == "none").sum()), len(graver)),
        "C5": tuple(outside.groupby("ts_scored").size()),
        "C6": (int(plain.ts_deleted.isna().sum()), len(plain)),
        "C7": (int(acted.ts_notified.isna().sum()), len(acted), int((days <= 28).sum())),
        "C8": (int(flags.protected_disclosure.sum()), int(rows.protected_disclosure.sum())),
    }
    assert counts == {
        "C1": (140, 5626),
        "C3": (88, 289),
        "C3 others": (4009, 5337),
        "C4": (75, 842),
        "C5": (2000, 900),
        "C6": (631, 39374),
        "C7": (798, 5339, 1110),
        "C8": (101, 368),
    }
    assert measured(claimed["CK-01"], "Alerts without a review") == counts["C1"]
    assert measured(claimed["CK-04"], "Actions on the output alone") == counts["C4"]
    assert measured(claimed["CK-17"], "Rows outside") == (2900, 45_000)
    assert measured(claimed["CK-20"], "Records kept too long") == (631, 45_000)
    assert measured(claimed["CK-27"], "Cases in which the person affected was told within 28 days, all") == (1110, 5339)
    text = (PILOT / "README.md").read_text(encoding="utf-8")
    for words in ("140 of 5,626", "88 of 289", "4,009 of 5,337", "75 of 842", "631 of 39,374", "798 of 5,339"):
        assert words in text
