"""Small counts across all checks: an attacker with linear programming, who has everything that is kept and printed.

The attacker shares no code with what protects: he knows what each share counts in words of his own (``SHARES``), every
row of the record, every share of everybody, and which kinds of cases there are at all. He tries each count of one to
nine people of one group.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from impact.claims import examine
from impact.claims.check import Claim, Ruling
from impact.claims.checks import catalogue
from impact.claims.contract import PEOPLE
from impact.claims.examine import ON_ALL_COUNTS, ask, judge
from impact.claims.own import own_check
from impact.metrics.logs.opening import DecisionLog
from tests.claims.conftest import Rule, context_of

Logs = Callable[..., DecisionLog]
Row = dict[str, Any]
CHECKS = ("CK-09", "CK-10", "CK-11", "CK-12", "CK-15", "CK-37", "CK-38")
FIGURES = {name: {"margin": 0.1} for name in CHECKS}
WIDTH = 4  # whole numbers above the smallest that must stay possible

# What a share counts, of a case (flag, outcome, reviewed, severity), as the documents say it: at risk, hit.
SHARES: dict[str, tuple[Callable[..., bool], Callable[..., bool]]] = {
    "flagged": (lambda f, y, r, a: True, lambda f, y, r, a: f),
    "share": (lambda f, y, r, a: True, lambda f, y, r, a: f),
    "fpr": (lambda f, y, r, a: y is False, lambda f, y, r, a: f),
    "fnr": (lambda f, y, r, a: y is True, lambda f, y, r, a: not f),
    "ppv": (lambda f, y, r, a: f and y is not None, lambda f, y, r, a: y is True),
    "review": (lambda f, y, r, a: f, lambda f, y, r, a: r),
    "action": (lambda f, y, r, a: f and r, lambda f, y, r, a: a >= 1),
    "sanction": (lambda f, y, r, a: f and r and a >= 1, lambda f, y, r, a: a >= 3),
    "whole": (lambda f, y, r, a: f, lambda f, y, r, a: r and a >= 3),
    "found": (lambda f, y, r, a: a >= 2 and y is not None, lambda f, y, r, a: y is True),
    "known": (lambda f, y, r, a: a >= 2, lambda f, y, r, a: y is not None),
}
Kind = tuple[bool, bool | None, bool, int]


def case(group: str | None, kind: Kind, score: float = 0.5) -> Row:
    flag, outcome, reviewed, severity = kind
    return {
        "ethnicity": group,
        "flag": int(flag),
        "outcome_label": None if outcome is None else int(outcome),
        "reviewer_decision": "agree" if reviewed else None,
        "action_severity": severity,
        "score": score,
    }


def drawn(seed: int, sizes: Mapping[str | None, int]) -> list[tuple[str | None, Kind]]:
    """Cases as they come: of those flagged most are reviewed, many acted on; outcomes are known of most."""
    rng = np.random.default_rng(seed)
    found: list[tuple[str | None, Kind]] = []
    for group, size in sizes.items():
        for _ in range(size):
            flag = bool(rng.random() < 0.4)
            outcome = None if rng.random() < 0.1 else bool(rng.random() < 0.5)
            reviewed = bool(flag and rng.random() < 0.95)
            severity = int(rng.integers(1, 4)) if reviewed and rng.random() < 0.5 else 0
            found.append((group, (flag, outcome, reviewed, severity)))
    return found


def six_of_62() -> list[tuple[str | None, Kind]]:
    """Large groups; of C 6 of 62 acts were sanctions, of A and B many: sanctions minus finds give the six away."""
    found: list[tuple[str | None, Kind]] = []
    for group, sanctions, acts, flags, others in (
        ("A", 90, 200, 260, 400),
        ("B", 40, 90, 120, 300),
        ("C", 6, 62, 80, 90),
    ):
        found += [(group, (True, True, True, 3))] * sanctions
        found += [(group, (True, False, True, 1))] * (acts - sanctions)
        found += [(group, (True, False, True, 0))] * (flags - acts)
        found += [(group, (False, False, False, 0))] * others
    return found


LOGS: dict[str, list[tuple[str | None, Kind]]] = {
    "six of 62": six_of_62(),
    "one small group": drawn(1, {"A": 900, "B": 500, "C": 300, "D": 40}),
    "small where acted on": drawn(2, {"A": 1500, "B": 700, "C": 60, "D": 55, None: 20}),
    "all small at the end": drawn(3, {"A": 120, "B": 90, "C": 80}),
    "two groups": drawn(4, {"A": 700, "B": 75}),
    "a person": drawn(5, {"A": 800, "B": 600, "C": 1}),
}


def asked(log: DecisionLog, names: Sequence[str] = CHECKS) -> tuple[dict[str, Any], dict[str, Ruling]]:
    checks = [catalogue()[name] for name in names]
    contexts = {
        check.id: context_of(log, parameters=FIGURES.get(check.id, {}), reference={}, as_at=date(2026, 11, 20))
        for check in checks
    }
    answers = json.loads(json.dumps(ask(checks, contexts, log), allow_nan=False))
    found = judge(checks, contexts, {check.id: Claim(check.id, True, "") for check in checks}, answers)
    return answers, {each.check.id: each.ruling for each in found if each.ruling is not None}


class Attacker:
    """Counts of each kind of case in each group are unknown; everything printed is a sum of them."""

    def __init__(self, cases: Sequence[tuple[str | None, Kind]]) -> None:
        self.cases = cases
        self.kinds = sorted({kind for _, kind in cases}, key=str)
        self.groups = sorted({group for group, _ in cases if group is not None})
        self.known: dict[tuple[float, ...], float] = {}
        for share in SHARES:  # of everybody
            for of in ("n", "k"):
                value = sum(self.true(group, share, of) for group in self.groups)
                self.learn(self.vector(self.groups, share, of), value)
        self.before = dict(self.known)

    def vector(self, groups: Sequence[str], share: str, of: str) -> tuple[float, ...]:
        risk, hit = SHARES[share]
        does = {
            "n": risk,
            "k": lambda *kind: risk(*kind) and hit(*kind),
            "rest": lambda *kind: risk(*kind) and not hit(*kind),
        }
        return tuple(float(group in groups and does[of](*kind)) for group in self.groups for kind in self.kinds)

    def true(self, group: str, share: str, of: str) -> int:
        risk, hit = SHARES[share]
        own = [kind for each, kind in self.cases if each == group and risk(*kind)]
        hits = sum(hit(*kind) for kind in own)
        return {"n": len(own), "k": hits, "rest": len(own) - hits}[of]

    def learn(self, vector: tuple[float, ...], value: float) -> None:
        if any(vector):
            assert self.known.setdefault(vector, value) == value, "two rows of the record contradict each other"

    def read(self, answers: Mapping[str, Any]) -> None:
        for queries in answers.values():
            for rows in queries.values():
                for share in {row["share"] for row in rows if "share" in row}:
                    own = [row for row in rows if row["share"] == share]
                    hidden = [row["g"] for row in own if row["role"] == "withheld"]
                    for row in own:
                        of = {"shown": [row["g"]], "merged": hidden}.get(row["role"])
                        if of is not None:
                            self.learn(self.vector(of, share, "n"), row["n"])
                            self.learn(self.vector(of, share, "k"), row["k"])
                if rows and "bin" in rows[0]:  # scores: those with an outcome, by group
                    for group in {row["g"] for row in rows if row["n"] is not None and row["g"] in self.groups}:
                        own = [row for row in rows if row["g"] == group]
                        n, k = sum(row["n"] for row in own), sum(row["k"] for row in own)
                        of_all = self.vector([group], "flagged", "n")
                        known = [kind[1] for _ in self.groups for kind in self.kinds]
                        self.learn(tuple(x * (y is not None) for x, y in zip(of_all, known, strict=True)), n)
                        self.learn(tuple(x * (y is True) for x, y in zip(of_all, known, strict=True)), k)

    def range_of(self, vector: tuple[float, ...], known: Mapping[tuple[float, ...], float]) -> tuple[int, int]:
        aim, left, right = np.array(vector), np.array(list(known)), np.array(list(known.values()))
        ends = [linprog(sign * aim, A_eq=left, b_eq=right, method="highs") for sign in (1, -1)]
        assert all(each.success for each in ends)
        return ceil(ends[0].fun - 1e-6), floor(-ends[1].fun + 1e-6)

    def found_out(self) -> Iterator[str]:
        """Counts of one to nine people of one group that what is printed narrows to fewer than five values."""
        for group in self.groups:
            for share in SHARES:
                for of in ("n", "k", "rest"):
                    value = self.true(group, share, of)
                    if 0 < value < 10:
                        vector = self.vector([group], share, of)
                        low, high = self.range_of(vector, self.known)
                        if high - low < WIDTH and (low, high) != self.range_of(vector, self.before):
                            yield f"{of} of {share}, group {group}: {low} to {high}, and it is {value}"


@pytest.mark.parametrize("name", LOGS)
def test_no_small_count_of_a_group_is_printed_or_can_be_worked_out(logs: Logs, name: str) -> None:
    cases = LOGS[name]
    answers, rulings = asked(logs([case(*each, score=(i % 97) / 97) for i, each in enumerate(cases)]))
    attacker = Attacker(cases)
    attacker.read(answers)
    assert list(attacker.found_out()) == []
    for check, ruling in rulings.items():
        printed = [" ".join(cells) for table in ruling.tables for cells in table.rows]
        for k, n in re.findall(r"([\d,]+) of ([\d,]+)", "; ".join(printed + [ruling.sentence] * (check == "CK-38"))):
            hits, size = int(k.replace(",", "")), int(n.replace(",", ""))
            assert not 0 < hits < 10, (check, k, n)
            assert not 0 < size - hits < 10, (check, k, n)


@pytest.mark.parametrize("name", LOGS)
def test_withholding_moves_no_verdict_and_the_record_rules_again(
    logs: Logs, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs([case(*each, score=(i % 97) / 97) for i, each in enumerate(LOGS[name])])
    answers, rulings = asked(log)
    monkeypatch.setattr(examine, "withhold", lambda *_: {})
    plain, exact = asked(log)
    assert {check: each.verdict for check, each in rulings.items()} == {c: each.verdict for c, each in exact.items()}
    told = {check for check in answers if ON_ALL_COUNTS in answers[check]}
    assert told == {check for check in answers if answers[check] != plain[check]}
    assert told or name == "a person"  # there each check hides every group by itself
    for check in told:
        assert "Counts of fewer than 10 people are not shown" in " ".join(rulings[check].cautions)


def test_a_verdict_on_withheld_counts_is_a_word_and_says_no_number(logs: Logs) -> None:
    # Of A 400 of 2,000 are flagged, of B 6 of 1,000: 20% against 0.6%, with a margin of 10 points contradicted.
    rows = [{"sex": g, "flag": int(i < k)} for g, k, n in (("A", 400, 2000), ("B", 6, 1000)) for i in range(n)]
    answers, rulings = asked(logs(rows), ("CK-10",))
    ruling = rulings["CK-10"]
    assert ruling.verdict == "contradicted"
    assert (
        ruling.sentence == "On all counts, some of which are too small to be shown here, the log contradicts the claim."
    )
    assert (ruling.measures, ruling.tables) == ((), ())
    assert answers["CK-10"][ON_ALL_COUNTS] == [{"verdict": "contradicted", "holds_back": []}]


def test_a_forged_word_does_not_lift_what_is_shown(logs: Logs) -> None:
    rows = [{"sex": g, "flag": int(i < k)} for g, k, n in (("A", 400, 2000), ("B", 60, 1000)) for i in range(n)]
    check, log = catalogue()["CK-10"], logs(rows)
    context = context_of(log, parameters={"margin": 0.05}, reference={}, as_at=date(2026, 11, 20))
    answers = ask([check], {"CK-10": context}, log)
    answers["CK-10"][ON_ALL_COUNTS] = [{"verdict": "supported", "holds_back": []}]
    (found,) = judge([check], {"CK-10": context}, {"CK-10": Claim("CK-10", True, "")}, answers)
    assert found.ruling is not None
    assert found.ruling.verdict == "contradicted"


def test_a_group_hidden_in_one_check_is_hidden_in_all(logs: Logs) -> None:
    answers, _ = asked(logs([case(*each) for each in LOGS["one small group"]]))
    # Of D 40 were looked at, and fewer than ten were acted on: so neither D nor the group beside it is shown anywhere.
    named = [
        row["g"] for check in answers.values() for rows in check.values() for row in rows if row.get("role") == "shown"
    ]
    assert "D" not in named
    assert {"A", "B"} <= set(named)
    assert "C" not in named


def test_ages_are_not_counted_out_where_an_age_band_is_hidden(rule: Rule, logs: Logs) -> None:
    bands = {"10-17": 12, "18-24": 4, "25-34": 200, "35-44": 300}
    rows = [{"age_band": band, "flag": int(i < n // 2)} for band, n in bands.items() for i in range(n)]
    answers, rulings = asked(logs(rows), ("CK-10", "CK-34"))
    # 504 grown-up people less 200 and 300 would be the four; so the record says that there are children, not how many.
    assert answers["CK-34"]["ages"] == [{"some": True, "children": None, "either": 0, "unknown": 0, "adults": None}]
    assert rulings["CK-34"].verdict == "contradicted"
    assert rulings["CK-34"].sentence == "Some rows in the log are under 18."
    assert rule("CK-34", rows).sentence == "12 rows in the log are under 18."  # alone there is nothing to subtract


def test_few_flags_of_people_who_spoke_out_are_not_counted_out(rule: Rule) -> None:
    people = [{"subject_key": f"p{i}", "protected_disclosure": int(i < 62), "rank_grade": "PC"} for i in range(1000)]
    log = [{"subject_key": f"p{i}", "flag": int(i < 6 or i >= 900)} for i in range(1000)]
    ruling = rule("CK-30", log, people=people)
    assert "6 of 62" not in str(ruling)
    assert not any(each.count == 6 for each in ruling.measures)
    assert "their counts are not shown" in ruling.sentence + " ".join(ruling.cautions)


def test_a_check_of_a_packs_own_over_a_group_is_guarded_like_the_others(logs: Logs) -> None:
    assert "ethnicity" in PEOPLE
    entry = {
        "id": "OWN-01", "title": "No one of D is flagged", "rule": {"never": True},
        "count": {"of": [{"column": "ethnicity", "in": ["D"]}], "things": "people of D were flagged",
                  "hits": [{"column": "flag", "is": True}]},
    }  # fmt: skip
    check = own_check(entry)
    rows = [{"ethnicity": g, "flag": int(i < 6)} for g in "AD" for i in range(62)]
    log = logs(rows)
    context = context_of(log, parameters={}, reference={}, as_at=date(2026, 11, 20))
    answers = ask([check], {"OWN-01": context}, log)
    assert [row["n"] for row in answers["OWN-01"]["count"]] == [None]
    (found,) = judge([check], {"OWN-01": context}, {"OWN-01": Claim("OWN-01", True, "")}, answers)
    assert found.ruling is not None
    assert found.ruling.verdict == "contradicted"
    assert "6" not in found.ruling.sentence


def test_bins_of_scores_of_a_group_hold_ten_of_either_kind(logs: Logs) -> None:
    # Of 300 rows of each group the outcome is rare where scores are low: bins are joined until ten have it.
    rows = [
        {"sex": g, "flag": 1, "score": (i + 0.5) / 300, "outcome_label": int((i * 7) % 300 < i)}
        for g in "FM"
        for i in range(300)
    ]
    answers, _ = asked(logs(rows), ("CK-09",))
    bins = [row for row in answers["CK-09"]["by sex"] if row["n"] is not None]
    assert sum(row["n"] for row in bins) == 600
    assert all(row["k"] >= 10 and row["n"] - row["k"] >= 10 for row in bins)
    assert len(bins) > 2
