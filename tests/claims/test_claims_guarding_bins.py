"""Bins of a baseline (CK-16) attacked with linear programming, by whoever has the record and knows who lives where.

The attacker shares no code with what protects: he reads the labels of the bins as they are printed, has the sizes of
the groups that CK-10 prints, and tries each bin and each group of one to nine people.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from impact.claims import guarding
from impact.claims.check import Claim, Ruling
from impact.claims.checks import catalogue
from impact.claims.examine import ON_ALL_COUNTS, ask, judge
from impact.metrics.logs.opening import DecisionLog
from tests.claims.conftest import context_of

Logs = Callable[..., DecisionLog]
WIDTH = 4  # whole numbers above the smallest that must stay possible

# Group, bin and how many people: bins of words, or of numbers in their order.
People = Mapping[tuple[str, str], int]
WORDS: dict[str, People] = {
    "a rare word": {("A", "x"): 300, ("A", "y"): 150, ("A", "z"): 3, ("B", "x"): 100, ("B", "y"): 90, ("B", "w"): 20},
    "two rare words": {("A", "x"): 300, ("B", "x"): 200, ("A", "y"): 4, ("B", "z"): 3, ("B", "w"): 60},
    "groups by another name": {("A", "n"): 500, ("B", "s"): 300, ("C", "e"): 40, ("D", "w"): 6},
    "a word of two groups": {("A", "n"): 500, ("B", "s"): 300, ("C", "e"): 40, ("D", "s"): 6, ("C", "w"): 30},
    # No bin is small; A and B are shown, so that what is left of “n” is D.
    "a group among others": {("A", "n"): 500, ("B", "n"): 300, ("C", "s"): 40, ("D", "n"): 6},
}
NUMBERS: dict[str, People] = {
    "a long tail": {("A", "0"): 400, ("A", "1"): 90, ("B", "0"): 200, ("B", "2"): 20, ("A", "3"): 3, ("B", "3"): 1},
    "a gap before the tail": {("A", "0"): 400, ("B", "0"): 200, ("A", "3"): 3, ("B", "1"): 50},
    # Groups hidden: D and the next smallest, C. Neighbours: D and A. So A, who is shown, gives D away.
    "groups by another name": {("D", "0"): 6, ("A", "1"): 500, ("C", "2"): 40, ("B", "3"): 300},
    # Hidden: 70 and over, and under 30. Joined: 70 and over with 50 to 69, who are shown.
    "ages beside age bands": {("18-29", "0"): 20, ("30-49", "1"): 300, ("50-69", "2"): 40, ("70+", "3"): 6},
}
CASES = [("word", name) for name in WORDS] + [("number", name) for name in NUMBERS]


def people_of(kind: str, name: str) -> People:
    return WORDS[name] if kind == "word" else NUMBERS[name]


def asked(logs: Logs, kind: str, people: People, *, before: Mapping[str, int] | None = None) -> tuple[Any, Ruling]:
    """Answers of CK-10 and CK-16 on a log of these people, each with an input; half of everybody is flagged."""
    listed = [pair for pair, n in people.items() for _ in range(n)]
    rows = [{"case_id": f"c{i}", "ethnicity": g, "flag": i % 2} for i, (g, _) in enumerate(listed)]
    inputs = [{"case_id": f"c{i}", "code": value} for i, (_, value) in enumerate(listed)]
    bins = sorted({value for _, value in people} | ({"0", "1", "2", "3"} if kind == "number" else set()))
    at = [{"bin": each} if kind == "word" else {"low": each, "high": int(each) + 1} for each in bins]
    base = [
        {"measure": "code", **place, **({"count": before[each]} if before else {"share": 1 / len(bins)})}
        for each, place in zip(bins, at, strict=True)
    ]
    log = logs(rows, inputs=inputs, baseline=base)
    checks = [catalogue()[name] for name in ("CK-10", "CK-16")]
    figures = {"CK-10": {"margin": 0.1}}
    contexts = {
        each.id: context_of(log, parameters=figures.get(each.id, {}), reference={}, as_at=date(2026, 11, 20))
        for each in checks
    }
    answers = json.loads(json.dumps(ask(checks, contexts, log), allow_nan=False))
    found = judge(checks, contexts, {each.id: Claim(each.id, True, "") for each in checks}, answers)
    (ruling,) = [each.ruling for each in found if each.check.id == "CK-16"]
    assert ruling is not None
    return answers, ruling


def covers(label: str | None, bins: Sequence[str], labels: Sequence[str | None]) -> set[str]:
    """The bins that a printed label stands for, read as anybody would."""
    names = {f"{each}.0 to {int(each) + 1}.0": each for each in bins if each.isdigit()} | {each: each for each in bins}
    if label in names:
        return {names[label]}
    assert label is not None
    if " … " in label:
        first, last = (names[part] for part in label.split(" … "))
        return {each for each in bins if first <= each <= last}
    named = {names[part] for part in label.replace(" and ", ", ").split(", ") if part in names}
    others = {each for other in labels if other != label for each in covers(other, bins, [])}
    return named if " more" not in label else set(bins) - others


def found_out(answers: Any, people: People) -> Iterator[str]:
    """Bins and groups of one to nine people that are narrowed to fewer than five values."""
    pairs = sorted(people)
    bins, groups = sorted({b for _, b in pairs}), sorted({g for g, _ in pairs})
    known: list[tuple[list[float], float]] = [([1.0] * len(pairs), float(sum(people.values())))]
    rows = [row for row in answers["CK-16"]["input code"] if row["n"]]
    labels = [row["bin"] for row in rows]
    every = sorted({*bins, *(str(i) for i in range(4))}) if all(each.isdigit() for each in bins) else bins
    for row in rows:
        own = covers(row["bin"], every, labels)
        known.append(([float(b in own) for _, b in pairs], row["n"]))
    sizes = [row for row in answers["CK-10"]["by ethnicity"] if row["share"] == "flagged"]
    hidden = {row["g"] for row in sizes if row["role"] == "withheld"}
    for row in sizes:
        if row["role"] in ("shown", "merged"):
            own = {row["g"]} if row["role"] == "shown" else hidden
            known.append(([float(g in own) for g, _ in pairs], row["n"]))
    left, right = np.array([each for each, _ in known]), np.array([value for _, value in known])
    assert left @ np.array([people[pair] for pair in pairs]) == pytest.approx(right), "what is printed is not true"
    for what, at, names in (("bin", 1, bins), ("group", 0, groups)):
        for name in names:
            value = sum(n for pair, n in people.items() if pair[at] == name)
            if 0 < value < 10:
                aim = np.array([float(pair[at] == name) for pair in pairs])
                ends = [linprog(sign * aim, A_eq=left, b_eq=right, method="highs") for sign in (1, -1)]
                assert all(each.success for each in ends)
                low, high = ceil(ends[0].fun - 1e-6), floor(-ends[1].fun + 1e-6)
                if high - low < WIDTH:
                    yield f"{what} {name}: {low} to {high}, and it is {value}"


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_no_bin_and_no_group_of_few_people_can_be_worked_out(logs: Logs, kind: str, name: str) -> None:
    people = people_of(kind, name)
    answers, ruling = asked(logs, kind, people)
    assert list(found_out(answers, people)) == []
    assert not any(0 < (row["n"] or 0) < 10 for row in answers["CK-16"]["input code"])
    for table in ruling.tables:
        assert not any(cells[-1].isdigit() and 0 < int(cells[-1]) < 10 for cells in table.rows)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_without_the_rule_the_attack_succeeds(
    logs: Logs, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "kept_bins", lambda rows, *_: list(rows))
    people = people_of(kind, name)
    assert list(found_out(asked(logs, kind, people)[0], people)) != []


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_withholding_bins_moves_no_verdict(logs: Logs, kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, ruling = asked(logs, kind, people_of(kind, name))
    assert ON_ALL_COUNTS in answers["CK-16"]
    monkeypatch.setattr(guarding, "kept_bins", lambda rows, *_: list(rows))
    plain, exact = asked(logs, kind, people_of(kind, name))
    assert ON_ALL_COUNTS not in plain["CK-16"]
    assert ruling.verdict == exact.verdict


def test_joining_alone_would_not_do(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the logs are why an input is not shown at all where it is a characteristic under another name."""
    from impact.claims import bins

    for name in ("groups by another name", "ages beside age bands"):
        answers, _ = asked(logs, "number", NUMBERS[name])
        assert [row["n"] for row in answers["CK-16"]["input code"]] == [None]
    monkeypatch.setattr(bins, "_tells", lambda *_: False)
    for name in ("groups by another name", "ages beside age bands"):
        answers, _ = asked(logs, "number", NUMBERS[name])
        assert [each for each in found_out(answers, NUMBERS[name]) if each.startswith("group")]


def test_an_input_that_has_nothing_to_do_with_a_hidden_group_is_shown(logs: Logs) -> None:
    rng = np.random.default_rng(7)
    drawn = Counter(
        (str(rng.choice(["A", "B", "C", "D"], p=[0.6, 0.3, 0.09, 0.01])), str(rng.integers(0, 4))) for _ in range(600)
    )
    assert 0 < sum(n for (g, _), n in drawn.items() if g == "D") < 10
    answers, ruling = asked(logs, "number", drawn)
    assert [row["bin"] for row in answers["CK-16"]["input code"]] == [*(f"{i}.0 to {i + 1}.0" for i in range(4)), None]
    assert ON_ALL_COUNTS not in answers["CK-16"]
    assert len(ruling.tables[0].rows) == 4


def test_few_people_at_approval_are_few_people(logs: Logs) -> None:
    people = {("A", str(i)): 50 for i in range(4)}
    answers, _ = asked(logs, "number", people, before={"0": 500, "1": 4, "2": 300, "3": 2})
    rows = answers["CK-16"]["input code"]
    assert [(row["bin"], row["before"], row["n"]) for row in rows] == [
        ("0.0 to 1.0", 500, 50),
        ("1.0 to 2.0 … 3.0 to 4.0", 306, 150),
        (None, None, 0),
    ]
