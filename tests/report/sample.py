"""Records in the form of docs/record.md, invented from end to end, for the tests of the report room.

Every figure is made up but consistent with its counts where a test looks at it. Nothing here is computed by the code
under test.
"""

from __future__ import annotations

import copy
from typing import Any

SHA = "sha256:" + "ab12" * 16

LAW = {
    "ukgdpr.35": {
        "citation": "UK GDPR art 35 (impact assessment)",
        "kind": "statute",
        "extent": ["E", "W", "S", "NI"],
        "verified": False,
        "duty": "Assess processing that is likely to be of high risk before it starts.",
        "check": "Article text",
        "url": "https://www.legislation.gov.uk/eur/2016/679/article/35",
    },
    "eqa.149": {
        "citation": "Equality Act 2010 s.149",
        "kind": "statute",
        "extent": ["E", "W", "S"],
        "verified": True,
        "duty": "Have due regard to equality when deciding.",
        "check": None,
        "url": "https://www.legislation.gov.uk/ukpga/2010/15/section/149",
    },
    "eu.27": {
        "citation": "EU AI Act art 27",
        "kind": "comparison",
        "extent": ["EU"],
        "verified": True,
        "duty": "Assess the effect on fundamental rights before use.",
        "check": None,
        "url": "https://eur-lex.europa.eu/eli/reg/2024/1689",
    },
    "pending.bill": {
        "citation": "A Bill before Parliament",
        "kind": "pending",
        "extent": ["E"],
        "verified": True,
        "duty": "Would ask for a register.",
        "check": None,
        "url": "https://bills.parliament.uk",
    },
}


def question(number: str, text: str, **more: Any) -> dict[str, Any]:
    plain = {
        "id": number,
        "text": text,
        "guidance": "Answer for the system as it is now.",
        "type": "single",
        "unit": None,
        "kind": None,
        "state": "answered",
        "reason": None,
        "answer": None,
        "value": None,
        "credit": None,
        "evidence_kind": None,
        "evidence": [],
        "author": "Ada Assessor",
        "date": "2026-11-01",
        "drafted_by": None,
        "change_reason": None,
        "refs": [],
        "tested_by": [],
    }
    return {**plain, **more}


def answer(value: Any, *labels: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "labels": list(labels), "rows": None, "note": None, "judged": None, **more}


def questionnaire() -> dict[str, Any]:
    return {
        "sections": [
            {
                "id": "A",
                "title": "System and purpose",
                "shown": True,
                "questions": [
                    question(
                        "A1",
                        "What is the system for?",
                        type="text",
                        answer=answer("", "To find patterns in staff records."),
                    ),
                    question(
                        "A9",
                        "How many people does it process in a year?",
                        type="number",
                        unit="people",
                        kind="risk",
                        answer=answer(45000.0, "45,000"),
                        value=0.8,
                        refs=["ukgdpr.35", "eu.27"],
                        tested_by=["CK-01"],
                    ),
                    question(
                        "A10", "What share of them is suspected of nothing?", kind="risk", state="unanswered", value=0.7
                    ),
                    question("A11", "Where does it apply?", state="hidden", reason="hidden by its condition"),
                ],
            },
            {
                "id": "C",
                "title": "Legal basis",
                "shown": True,
                "questions": [
                    question(
                        "C7",
                        "Is there a data protection impact assessment?",
                        kind="mitigation",
                        answer=answer(
                            "yes-full",
                            "Yes, and it covers this use",
                            note="Made in October.\nRevised in November.",
                            judged={"value": 0.6, "reason": "it leaves out the extension"},
                        ),
                        value=0.6,
                        credit={
                            "strength": 0.6,
                            "evidence": 0.6,
                            "freshness": 1.0,
                            "contradiction": 1.0,
                            "credit": 0.36,
                        },
                        evidence_kind="doc",
                        evidence=[
                            {
                                "file": "evidence/dpia.md",
                                "url": None,
                                "title": "Impact assessment",
                                "date": "2026-10-03",
                                "published": False,
                                "digest": SHA,
                            }
                        ],
                        drafted_by="a language model",
                        change_reason="the extension was added",
                        refs=["ukgdpr.35"],
                    ),
                    question("C8", "Was the regulator consulted?", state="not_known", kind="mitigation", value=0.0),
                    question(
                        "C9",
                        "What does the contract say?",
                        state="refused",
                        reason="commercially confidential",
                        refs=["pending.bill"],
                    ),
                    question(
                        "C10",
                        "Who was asked?",
                        type="table",
                        answer=answer(
                            "some",
                            "Some were asked",
                            rows={
                                "columns": [{"code": "who", "label": "Who"}, {"code": "when", "label": "When"}],
                                "rows": [["Staff association", "2026-09"], ["Trade union", ""]],
                            },
                        ),
                    ),
                ],
            },
            {"id": "T", "title": "Biometrics", "shown": None, "questions": []},
            {"id": "V", "title": "Council services", "shown": False, "questions": []},
        ]
    }


def dimension(code: str, label: str, kind: str, point: float, low: float, high: float, band: str, **more: Any) -> Any:
    names = {"low": "Low", "moderate": "Moderate", "high": "High", "very-high": "Very high"}
    plain = {
        "code": code,
        "label": label,
        "level_kind": kind,
        "cap": 0.6,
        "inherent": 86.1,
        "mitigation": 0.128,
        "point": point,
        "low": low,
        "high": high,
        "band": band,
        "band_label": names[band],
        "floor": None,
        "driven_by_unknowns": high - low > 30,
        "drivers": [],
    }
    return {**plain, **more}


def scoring() -> dict[str, Any]:
    return {
        "claims": "untested",
        "dimensions": [
            dimension(
                "PRI",
                "Privacy",
                "rights",
                79.5,
                35.2,
                82.2,
                "very-high",
                drivers=[
                    {"question": "A9", "effect": "raises", "points": 4.1, "text": "45,000 people a year"},
                    {"question": "C7", "effect": "lowers", "points": 2.0, "text": "an impact assessment exists"},
                ],
            ),
            dimension("EQU", "Equality", "rights", 63.9, 26.0, 68.0, "high"),
            dimension("LIB", "Liberty and physical integrity", "rights", 45.0, 29.0, 46.0, "moderate"),
            dimension("FAI", "Fair process", "rights", 71.0, 28.0, 74.0, "high"),
            dimension("EXP", "Expression, belief and assembly", "rights", 51.0, 33.0, 53.0, "high"),
            dimension(
                "EMP",
                "Working life",
                "rights",
                40.0,
                40.0,
                40.0,
                "moderate",
                floor={"id": "FL-3", "value": 40, "text": "whole-workforce scanning", "binds": True},
            ),
            dimension("VEN", "Vendor dependence", "stewardship", 71.0, 36.0, 76.0, "high"),
            dimension("PUB", "Public money", "stewardship", 22.0, 20.0, 24.0, "low"),
        ],
        "rights_level": {"level": "very-high", "label": "Very high", "dimension": "PRI"},
        "stewardship_level": {"level": "high", "label": "High", "dimension": "VEN"},
        "high_dimensions": 5,
        "index": 64.8,
        "completeness": 0.4678,
        "evidenced": 0.48,
        "verified": 0.0,
        "confidence": {"value": 35.65, "label": "very weak"},
        "incomplete": True,
        "outcome": {
            "code": "do-not-proceed",
            "label": "Do not proceed",
            "reasons": ["HS-09 No equality analysis before a decision from procurement onward"],
        },
        "hard_stops": [
            {
                "id": "HS-09",
                "kind": "stop",
                "state": "fired",
                "text": "No equality analysis before a decision from procurement onward",
                "basis": "Equality Act 2010 s.149",
                "refs": ["eqa.149"],
                "questions": ["H1"],
                "missing": [],
                "parts": [{"question": "H1", "state": "fired"}],
            },
            {
                "id": "HS-05",
                "kind": "stop",
                "state": "unresolved",
                "text": "No published policy on who, where, when and why",
                "basis": "Bridges",
                "refs": [],
                "questions": ["C6", "X1"],
                "missing": ["X1"],
                "parts": [{"question": "C6", "state": "clear"}, {"question": "X1", "state": "unresolved"}],
            },
            {
                "id": "HS-06",
                "kind": "stop",
                "state": "clear",
                "text": "Impact assessment missing and processing started",
                "basis": "UK GDPR art 35",
                "refs": ["ukgdpr.35"],
                "questions": ["C7"],
                "missing": [],
                "parts": [{"question": "C7", "state": "clear"}],
            },
            {
                "id": "HS-13",
                "kind": "stop",
                "state": "not-applicable",
                "text": "Open-ended watchlist",
                "basis": "Bridges",
                "refs": [],
                "questions": ["T2"],
                "missing": [],
                "parts": [],
            },
        ],
        "flags": [
            {
                "id": "RF-B6",
                "question": "B6",
                "state": "fired",
                "text": "Fewer than two suppliers seriously evaluated",
                "missing": [],
            },
            {"id": "RF-N3", "question": "N3", "state": "unresolved", "text": "No exit plan", "missing": ["N3"]},
            {"id": "RF-G3", "question": "G3", "state": "clear", "text": "No alternatives looked at", "missing": []},
        ],
        "floors": [
            {
                "id": "FL-3",
                "dimension": "EMP",
                "floor": 40,
                "state": "fired",
                "text": "whole-workforce scanning",
                "binds": True,
            },
            {
                "id": "FL-5",
                "dimension": "VEN",
                "floor": 50,
                "state": "unresolved",
                "text": "supplier owns the data model",
                "binds": False,
            },
            {
                "id": "FL-1",
                "dimension": "PRI",
                "floor": 55,
                "state": "clear",
                "text": "live biometric scanning",
                "binds": False,
            },
        ],
        "contradictions": [
            {
                "id": "XC-01",
                "between": ["S2", "D4"],
                "text": "Sickness is scanned but health is not ticked",
                "state": "fired",
            },
            {"id": "XC-02", "between": ["F1", "F4"], "text": "The output decides alone", "state": "clear"},
            {
                "id": "XC-09",
                "between": ["Q1", "B10"],
                "text": "Approval ends after the contract",
                "state": "unresolved",
            },
        ],
        "sensitivity": [
            {
                "question": "C8",
                "text": "Was the regulator consulted?",
                "from": "very-high",
                "to": "high",
                "dimension": "PRI",
                "change": "answered yes, with evidence",
            }
        ],
        "sensitivity_further": {
            "pairs": [
                {
                    "questions": ["A9", "C8"],
                    "end": "best",
                    "kind": "rights",
                    "from": "very-high",
                    "to": "high",
                    "sentence": "both at their best: the rights level would be High instead of Very high",
                }
            ],
            "evidence": [
                {
                    "question": "C7",
                    "points": {"PRI": 76.7},
                    "confidence": 42.3,
                    "moves": {},
                    "sentence": "Privacy 79.5 to 76.7; no level moves",
                }
            ],
            "all_evidence": {
                "question": "",
                "points": {"PRI": 75.6},
                "confidence": 78.7,
                "moves": {},
                "sentence": "Privacy 79.5 to 75.6; no level moves",
            },
            "held": [
                {
                    "kind": "stewardship",
                    "dimension": "VEN",
                    "by": "floor",
                    "floor": "FL-5",
                    "reached": 40.0,
                    "sentence": "Vendor dependence stays High: FL-5 holds it at 50 or above",
                }
            ],
        },
        "demands": {
            "level": "very-high",
            "decision_maker": "the oversight body, in public",
            "before_go_live": "Independent audit and a scrutiny hearing",
            "longest_approval_months": 6,
            "review": None,
            "publication": "All, with the results of log checks",
        },
        "counted": 142,
    }


def rate(
    group: dict[str, str], metric: str, k: int, n: int, value: float | None, ci: Any, reason: str | None = None
) -> Any:
    return {
        "group": group,
        "metric": metric,
        "k": k,
        "n": n,
        "value": value,
        "ci": ci,
        "method": "wilson",
        "reason": reason,
    }


def findings() -> dict[str, Any]:
    # Rates and 95% Wilson limits of the counts below were worked out by hand with the closed form (Wilson 1927).
    rates = [
        rate({}, "selection_rate", 600, 45000, 0.013333, [0.012316, 0.014434]),
        rate({"ethnicity": "White"}, "selection_rate", 340, 34000, 0.01, [0.008996, 0.011115]),
        rate({"ethnicity": "Black"}, "selection_rate", 200, 4000, 0.05, [0.043672, 0.057191]),
        rate({"ethnicity": "Asian"}, "selection_rate", 60, 6000, 0.01, [0.007777, 0.012849]),
        rate({"ethnicity": "Traveller"}, "selection_rate", 0, 12, 0.0, [0.0, 0.242494]),
        rate({"ethnicity": "__missing__"}, "selection_rate", 0, 988, 0.0, [0.0, 0.003873]),
        rate({}, "tpr", 0, 0, None, None, "outcome_not_observed"),
        rate({"ethnicity": "White"}, "fdr", 240, 340, 0.705882, [0.655379, 0.751791]),
        rate({"ethnicity": "Black"}, "fdr", 170, 200, 0.85, [0.794000, 0.892891]),
        rate({"ethnicity": "Traveller"}, "fdr", 0, 0, None, None, "nobody_flagged"),
        rate({"ethnicity": "Black", "sex": "Female"}, "selection_rate", 90, 1500, 0.06, [0.049087, 0.073154]),
    ]
    compared = {
        "group": {"k": 200, "n": 4000, "value": 0.05, "ci": [0.043672, 0.057191], "method": "wilson"},
        "comparator": {"k": 400, "n": 40012, "value": 0.009997, "ci": [0.009069, 0.011019], "method": "wilson"},
        "difference": {"value": 0.040003, "ci": [0.033596, 0.047248], "method": "newcombe"},
        "ratio": {"value": 5.0015, "ci": [4.2305, 5.9115], "method": "koopman", "open": None},
        "other_side_ratio": {"value": 0.9596, "note": "share not flagged"},
        "excess": {"value": 160.0, "ci": [134.0, 189.0]},
    }
    return {
        "schema": "impact/findings/1",
        "tool_version": "0.1.0",
        "created": "2026-11-20",
        "plan": {
            "version": 1,
            "title": "Flags by ethnicity",
            "question": "Are people of some groups flagged more often, or wrongly?",
            "pool": "everybody employed on 1 November 2026",
            "source": {"kind": "csv", "path": "data/flags.csv"},
            "columns": {
                "decision": {
                    "effect": "burden",
                    "label": "flagged for investigation",
                    "from": "score",
                    "threshold": 0.62,
                    "rule": ">=",
                },
                "outcome": {
                    "label": "misconduct upheld",
                    "observed_when": "decision_yes",
                    "recorded_by": "the investigators, who saw the flag",
                },
                "human": None,
            },
            "groups": {"ethnicity": {"name": "eth", "label": "Ethnicity"}, "sex": {"name": "sex", "label": None}},
            "plan": {
                "primary": ["selection_rate", "fdr"],
                "margin": {"kind": "ratio", "value": 1.25, "reason": "agreed with the staff association"},
                "alpha": 0.05,
            },
            "disclosure": {"min_cell": 10, "base": 5},
        },
        "plan_digest": "sha256:" + "11" * 32,
        "plan_registered": {"at": "2026-11-02T09:30:00+00:00", "digest": "sha256:" + "11" * 32, "matches": True},
        "cells_digest": "sha256:" + "22" * 32,
        "people": 45000,
        "unit": "person",
        "source_fingerprint": [{"file": "data/flags.csv", "digest": SHA, "bytes": 123456}],
        "checks": [{"code": "D28", "level": "warning", "text": "Ethnicity is missing for 2.2% of rows."}],
        "findings": [
            {
                "id": "F-0001",
                "role": "primary",
                "title": "Black staff were flagged more often",
                "sentence": "Of every 1,000 Black staff 50 were flagged, against 10 of every 1,000 others: 5.0 times "
                "as many (95% interval 4.2 to 5.9).",
                "verdict": "disparity_shown",
                "severity": "high",
                "metric": {
                    "key": "selection_rate",
                    "label": "share flagged",
                    "formula": "(TP+FP)/n",
                    "definition": "flagged / everybody",
                },
                "group": {"ethnicity": "Black"},
                "comparator": {"kind": "not_sharing"},
                "estimate": compared,
                "test": {"log10_p": -131.0, "log10_p_adjusted": -130.2, "adjust": "holm", "family_size": 6},
                "margin": {"kind": "ratio", "value": 1.25, "reason": "agreed"},
                "power": {"mdd_ratio": 1.4, "power": 0.8},
                "caveats": ["C03 association, not cause", "C11 ethnicity missing for 2.2%"],
            },
            {
                "id": "F-0002",
                "role": "primary",
                "title": "The data cannot say whether Travellers were flagged more often",
                "sentence": "None of 12 Travellers was flagged; the interval is 0% to 24.2%.",
                "verdict": "inconclusive",
                "severity": "unknown",
                "metric": {"key": "selection_rate", "label": "share flagged", "definition": "flagged / everybody"},
                "group": {"ethnicity": "Traveller"},
                "comparator": {"kind": "reference", "value": "White"},
                "estimate": {
                    "group": {"k": 0, "n": 12, "value": 0.0, "ci": [0.0, 0.242494], "method": "wilson"},
                    "comparator": {"k": 340, "n": 34000, "value": 0.01, "ci": [0.008996, 0.011115], "method": "wilson"},
                    "difference": {"value": -0.01, "ci": [-0.0111, 0.2325], "method": "newcombe"},
                    "ratio": {"value": None, "ci": None, "method": "koopman", "open": None, "reason": "empty_cell"},
                },
                "test": None,
                "margin": None,
                "power": None,
                "caveats": [],
            },
            {
                "id": "F-0003",
                "role": "exploratory",
                "title": "Flags of Black women",
                "sentence": "Six in a hundred Black women were flagged.",
                "verdict": "disparity_shown",
                "severity": "low",
                "metric": {"key": "selection_rate", "label": "share flagged"},
                "group": {"ethnicity": "Black", "sex": "Female"},
                "comparator": {"kind": "not_sharing"},
                "estimate": None,
                "caveats": ["C03 association, not cause"],
            },
        ],
        "tables": {
            "groups": [
                {"group": {"ethnicity": "White"}, "label": "White", "n": 34000, "share": 0.755556, "unknown": False},
                {"group": {"ethnicity": "Black"}, "label": "Black", "n": 4000, "share": 0.088889, "unknown": False},
                {"group": {"ethnicity": "Asian"}, "label": "Asian", "n": 6000, "share": 0.133333, "unknown": False},
                {
                    "group": {"ethnicity": "Traveller"},
                    "label": "Traveller",
                    "n": 12,
                    "share": 0.000267,
                    "unknown": False,
                },
                {
                    "group": {"ethnicity": "__missing__"},
                    "label": "not known",
                    "n": 988,
                    "share": 0.021956,
                    "unknown": True,
                },
            ],
            "coverage": [
                {"group": {}, "decision": 1, "n": 600, "known": 590, "share": 0.983333},
                {"group": {}, "decision": 0, "n": 44400, "known": 0, "share": 0.0},
            ],
            "rates": rates,
            "bounds": [
                {
                    "group": {"ethnicity": "Black"},
                    "metric": "tpr",
                    "low": 0.0079,
                    "high": 1.0,
                    "reason": "outcome_not_observed",
                    "unknown": 3800,
                }
            ],
            "disparities": [
                {
                    "group": {"ethnicity": "Black"},
                    "comparator": {"kind": "not_sharing"},
                    "metric": "selection_rate",
                    "label": "share flagged",
                    "group_rate": compared["group"],
                    "comparator_rate": compared["comparator"],
                    "difference": compared["difference"],
                    "ratio": compared["ratio"],
                    "verdict": "disparity_shown",
                    "direction": "worse",
                    "severity": "high",
                    "reason": None,
                    "role": "primary",
                    "finding": "F-0001",
                },
                {
                    "group": {"ethnicity": "Traveller"},
                    "comparator": {"kind": "reference", "value": "White"},
                    "metric": "fdr",
                    "label": "share of flags that were wrong",
                    "group_rate": None,
                    "comparator_rate": None,
                    "difference": None,
                    "ratio": None,
                    "verdict": "undefined",
                    "direction": None,
                    "severity": None,
                    "reason": "nobody_flagged",
                    "role": "exploratory",
                    "finding": None,
                },
            ],
            "identification": {
                "quantities": [
                    {
                        "key": "alerts_per_exposure",
                        "label": "alerts for each face seen",
                        "k": 10,
                        "n": 3147436,
                        "value": 10 / 3147436,
                        "ci": [1.7e-06, 5.8e-06],
                        "method": "wilson",
                        "one_in": [314744],
                        "reason": None,
                    },
                    {
                        "key": "missed",
                        "label": "people missed",
                        "k": None,
                        "n": None,
                        "value": None,
                        "ci": None,
                        "method": None,
                        "one_in": None,
                        "reason": "outcome_not_observed",
                    },
                ],
                "shares": [
                    {
                        "group": {"ethnicity": "Black"},
                        "label": "Black",
                        "k": 8,
                        "n": 10,
                        "value": 0.8,
                        "ci": [0.4902, 0.9433],
                        "method": "wilson",
                    }
                ],
                "break_even": {
                    "group": {"ethnicity": "Black"},
                    "value": 0.49,
                    "ci": [0.3, 0.6],
                    "method": "clopper_pearson",
                    "sentence": "If under 49% of faces seen were Black, false alerts fell on Black people more often.",
                },
                "not_identified": ["How many faces of each group were seen was not counted."],
            },
        },
        "second_opinion": {
            "status": "agrees",
            "tolerance": 1e-9,
            "fairlearn": {
                "version": "0.13.0",
                "compared": 40,
                "max_abs_diff": 0.0,
                "not_compared": [{"group": {"ethnicity": "Traveller"}, "metric": "fdr", "reason": "nobody_flagged"}],
            },
            "aif360": {"version": "0.6.1", "compared": 12, "max_abs_diff": 1.1e-16, "not_compared": []},
        },
        "labels": {
            "selection_rate": "share flagged",
            "fdr": "share of flags that were wrong",
            "tpr": "share of misconduct that was flagged",
        },
        "not_computed": [
            {
                "metric": "fpr",
                "reason": "outcome_not_observed",
                "text": "Nobody knows what the people who were not flagged had done.",
            }
        ],
        "reproducibility": {
            "engine": "duckdb 1.4",
            "python": "3.11",
            "seed": 0,
            "methods": ["wilson", "newcombe", "koopman"],
        },
    }


def duty(question: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "question": question,
        "text": text,
        "subject": "",
        "due": None,
        "standing": False,
        "owner": None,
        "source": "answer",
        "done": None,
        "overdue": False,
        **more,
    }


def promises() -> dict[str, Any]:
    return {
        "duties": [
            duty("Q1", "End the use unless a new approval has been given", due="2027-07-26"),
            duty("R5", "Meet the condition", subject="Publish the log", due="2026-09-30", owner="SRO", overdue=True),
            duty("O6", "Secure the money for use after the pilot"),
            duty("R4", "Answer for the residual risk that was accepted", standing=True, owner="SRO"),
        ],
        "prior": {
            "id": "invented-pilot-2025",
            "date": "2025-11-20",
            "digest": SHA,
            "duties": [
                duty("C7", "Finish the DPIA", due="2026-06-30", overdue=True, state="met", due_now=None),
                duty("R5", "Meet the condition", due="2026-09-30", overdue=True, state="not-reported", due_now=None),
                duty("Q1", "End the use", due="2026-12-31", state="moved", due_now="2027-07-26"),
            ],
        },
    }


def enquiries() -> dict[str, Any]:
    return {
        "drafts": [
            {
                "id": f"B{number}",
                "kind": "unanswered",
                "stops": ["HS-02"],
                "points": 4.5,
                "dimension": "PRI",
                "dimension_label": "Privacy",
                "why": "The assessment leaves this open.",
                "weight": "The assessment leaves this open. Hard stop HS-02 waits for it.",
                "committee": f"On what day was contract {number} signed?",
                "foi": f"Contract {number}.",
            }
            for number in range(1, 13)
        ],
        "committee_opening": "Draft questions on Pattern Finder. A gap is no accusation.",
        "foi_opening": "I ask for the records below.",
        "foi_closing": [],
        "foi_note": "",
    }


def review() -> dict[str, Any]:
    """What was approved half a year before, and what happened since."""
    nobody = {"state": "unanswered", "reason": None, "labels": [], "rows": None, "note": None, "judged": None}
    told = {**nobody, "state": "answered", "labels": ["45,000 people a year"], "note": "Counted in May"}
    point = {"point": 61.0, "low": 30.0, "high": 80.0, "band": "high", "band_label": "High"}
    measure = {"label": "overturned", "value": 0.03, "unit": "share", "low": 0.01, "high": 0.08, "level": 0.95}
    duty = {
        "question": "Q1",
        "text": "End the use",
        "subject": "",
        "due": "2026-09-30",
        "standing": False,
        "owner": None,
    }
    return {
        "told": {
            "version": 1,
            "approved": "../approved/report.pdf",
            "record_digest": None,
            "between": [],
            "decided": "2026-05-20",
            "months": 6,
            "period": {"begin": "2026-05-20", "end": "2026-11-19"},
            "conditions": [
                {"text": "Every flag is read by a person", "actual": "12 were not", "met": "no", "evidence": "CK-01"},
                {"text": "A test is published", "actual": None, "met": "not known", "evidence": None},
            ],
            "incidents": [
                {"date": "2026-08-03", "what": "A list went astray", "people": 12, "done": None, "closed": False}
            ],
            "complaints": {"received": 4, "upheld": 1, "open": None, "note": "By letter"},
        },
        "earlier": [
            {
                "attached": "approved.json",
                "read_from": "record",
                "record_digest": SHA,
                "id": "invented-pilot-2025",
                "title": "The pilot",
                "version": "1.0",
                "date": "2026-05-01",
                "status": "final",
            }
        ],
        "changes": {
            "packs": "same",
            "outcome": {
                "from": None,
                "to": {"code": "hold", "label": "Hold", "reasons": []},
                "incomplete": [False, True],
            },
            "levels": [{"level": "rights_level", "from": None, "to": {"label": "High", "dimension": "PRI"}}],
            "shares": [
                {"what": "completeness", "from": 0.5, "to": 0.62},
                {"what": "confidence", "from": None, "to": 31},
            ],
            "scores": [
                {"code": "PRI", "label": "Privacy", "from": point, "to": point, "change": 0.0, "overlap": True},
                {"code": "EQU", "label": "Equality", "from": None, "to": point, "change": None, "overlap": None},
            ],
            "stops": [{"id": "HS-09", "text": "No equality analysis", "from": None, "to": "fired"}],
            "flags": [],
            "answers": [
                {
                    "question": "A9",
                    "text": "How many people?",
                    "kind": "risk",
                    "from": nobody,
                    "to": told,
                    "reason": "Counted again",
                    "author": "B. Person",
                    "date": "2026-11-02",
                    "reworded": True,
                    "asked_in": "both",
                }
            ],
            "evidence": [],
            "claims": [],
            "points": None,
            "audit": {
                "from": None,
                "to": {"title": "T", "people": 44012, "unit": "person", "findings": 3, "verdicts": {}},
            },
        },
        "checks": [
            {
                "check": "CK-02",
                "title": "Review is meaningful",
                "points": [None, {"verdict": "contradicted", "measure": {**measure, "count": 3, "of": 100}}],
            }
        ],
        "promised": [
            {**duty, "now": None},
            {**duty, "question": "P3", "now": {"due": "2026-09-30", "done": None, "overdue": True}},
        ],
        "proposal": {
            "code": "stop",
            "stop": ["HS-09: No equality analysis before a decision from procurement onward"],
            "change": ["Condition not met: Every flag is read by a person"],
            "unknown": ["The answers are incomplete"],
        },
    }


def full_record() -> dict[str, Any]:
    """A record with every part that docs/record.md names."""
    return copy.deepcopy(
        {
            "schema": "impact/record/1",
            "tool": {"name": "impact", "version": "0.1.0"},
            "assessment": {
                "id": "invented-pilot-2026",
                "title": "Assessment of the Northshire staff pattern pilot",
                "version": "1.0",
                "date": "2026-11-20",
                "status": "draft",
                "organisation": "Northshire Example Police",
                "oversight_body": "Northshire Example Commissioner",
                "system": {
                    "name": "Pattern Finder",
                    "version": "3.2",
                    "also_known_as": ["Staff Lens", "Project Heron"],
                },
                "assessors": [{"name": "Ada Assessor", "role": "data scientist"}],
                "prior_assessment": "invented-pilot-2025",
                "illustration": "Invented from end to end. It describes no real system.",
                "summary": "We looked at the pilot for six weeks.",
                "processing_started": "2025-11-03",
            },
            "pack": {
                "id": "uk-policing",
                "version": "1.0",
                "title": "UK policing and public bodies",
                "law_as_at": "2026-11",
                "digest": "sha256:" + "33" * 32,
                "layer": "settings",
                "changes": ["question A9 reworded"],
            },
            "questionnaire": questionnaire(),
            "law": LAW,
            "scoring": scoring(),
            "scoring_untested": scoring(),
            "promises": promises(),
            "enquiries": enquiries(),
            "review": review(),
            "audit": findings(),
            "evidence": [
                {
                    "file": "evidence/dpia.md",
                    "digest": SHA,
                    "bytes": 20480,
                    "title": "Impact assessment",
                    "cited_by": ["C7"],
                }
            ],
            "inputs": [
                {"file": "assessment.yaml", "digest": SHA, "bytes": 5120, "role": "answers"},
                {"file": "audit.yaml", "digest": SHA, "bytes": 1024, "role": "plan"},
                {"file": "data/flags.csv", "digest": SHA, "bytes": 123456, "role": "data"},
            ],
            "profile": {"approval_threshold": 500000.0, "approval_threshold_source": "to be checked"},
            "render": {"weasyprint": "70.0", "pydyf": "0.13.0", "pango": "1.50.12"},
        }
    )


def audit_only() -> dict[str, Any]:
    """With boxes for a panel and for a dissent, which the others lack."""
    record = full_record()
    return {
        **record,
        "assessment": {**record["assessment"], "signatures": {"panel": 2, "dissent": 1}},
        "pack": None,
        "questionnaire": None,
        "law": {},
        "scoring": None,
        "scoring_untested": None,
        "promises": None,
        "enquiries": None,
        "evidence": [],
    }


def questionnaire_only() -> dict[str, Any]:
    return {**full_record(), "audit": None}
