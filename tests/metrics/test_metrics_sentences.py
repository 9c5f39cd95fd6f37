"""Sentences: every verdict, effect and size in plain words, and words that are never used."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.caveats import CAVEATS
from impact.metrics.analysis.levels import group_label
from impact.metrics.plans.plan import METRIC_KEYS, AuditPlan
from impact.metrics.tables.cells import MISSING, Cells
from impact.metrics.words import at_least, percent, ratio, subject

Plans = Callable[..., AuditPlan]
Tables = Callable[..., Cells]

# style.md section 2, design 16.8 and framework.md part 2. "because of" is causal; "because" before a reason is not.
FORBIDDEN = re.compile(
    r"\b(un)?fair(ness|ly)?\b|\b(un|de)-?bias(ed)?\b|\bbias\b|\bpass(es|ed)?\b|\bfail(s|ed)?\b|\bproves?\b|\bproof\b|"
    r"because of|due to|\bcaus(e|es|ed)\b|no (significant )?difference\b(?! could)|\bsolved?\b|\bfixed\b|"
    r"\bcompliant\b|\blawful\b|\bguarantee|\bsignifican(t|ce)\b",
    re.IGNORECASE,
)

TABLES = {
    "far apart, many": {"Black": (3_000, 6_000, 1_000, 40_000), "White": (2_000, 3_000, 4_000, 400_000)},
    "a little apart": {"Black": (5_300, 5_300, 5_000, 90_000), "White": (50_000, 50_000, 50_000, 900_000)},
    "equal, many": {"Black": (5_000, 5_000, 5_000, 90_000), "White": (50_000, 50_000, 50_000, 900_000)},
    "few": {"Black": (3, 2, 1, 6), "White": (12, 30, 9, 300)},
    "none in the group": {"Black": (0, 0, 3, 20), "White": (2, 5, 9, 200)},
    "none among the others": {"Black": (2, 5, 9, 200), "White": (0, 0, 3, 20)},
    "rare": {"Black": (4, 8, 100, 1_000_000), "White": (3, 2, 100, 3_000_000)},
    "three groups": {"Black": (60, 40, 20, 80), "White": (50, 90, 20, 800), "Roma": (1, 1, 0, 3)},
    "nobody known": {"Black": (6, 4, 0, 0, 1, 90), "White": (5, 9, 0, 0, 2, 800), MISSING: (5, 5, 0, 0, 5, 500)},
}
EFFECTS = ("burden", "benefit", "identification", "neither")
MARGINS = (None, ("ratio", 1.25), ("difference", 0.05))


def texts(result: AuditResult) -> list[str]:
    lines = [text for f in result.findings for text in (f.title, f.sentence, *f.caveats)]
    lines += [text for _, _, text in result.not_computed]
    if result.identification:
        data = result.identification.to_json()
        lines += [*data["sentences"], *data["not_identified"]]
        lines += [data["break_even"]["sentence"]] if data["break_even"] else []
    return lines


@pytest.mark.parametrize("effect", EFFECTS)
def test_forbidden_words_are_in_no_sentence(effect: str, make_plan: Plans, confusion: Tables) -> None:
    """Every verdict, effect, margin and size; C03 ("association, not cause") is the one place that says cause."""
    verdicts = set()
    for table, margin in itertools.product(TABLES.values(), MARGINS):
        plan = make_plan(
            effect=effect,
            primary=METRIC_KEYS[:-1],
            margin=margin,
            comparator={"also": {"g": "White"}},
            identification={"exposure": "faces seen", "group": "g"} if effect == "identification" else None,
        )
        result = analyse(plan, confusion(table))
        verdicts |= {row.verdict.name for row in result.disparities}
        for text in texts(result):
            found = FORBIDDEN.search(text.replace("association, not cause", ""))
            assert found is None, text
            assert not re.search(r"\bnan\b|\binf\b|None,|\{|\}|  | ,|\.\.|1 were", text), text

    assert verdicts == {
        "disparity_shown",
        "difference_small",
        "equivalence_shown",
        "inconclusive",
        "undefined",
        "not_identified",
    }


def test_forbidden_words_would_be_found() -> None:
    for text in (
        "the model is fair",
        "unbiased",
        "no bias",
        "because of race",
        "no significant difference",
        "it passed",
    ):
        assert FORBIDDEN.search(text)
    assert not any(FORBIDDEN.search(text) for code, text in CAVEATS.items() if code != "C03")


@pytest.mark.parametrize("effect", EFFECTS)
def test_more_and_less_agree_with_the_sign(effect: str, make_plan: Plans, confusion: Tables) -> None:
    for name in ("far apart, many", "few", "rare", "three groups"):
        result = analyse(make_plan(effect=effect, primary=METRIC_KEYS[:-1]), confusion(TABLES[name]))
        for finding in result.findings:
            row = finding.disparity
            if row.verdict.name == "disparity_shown" and row.difference is not None:
                word = "more often" if row.difference[0] > 0 else "less often"
                assert word in finding.title, finding.title


def only(result: AuditResult, metric: str, group: str) -> tuple[str, str]:
    found = next(
        f
        for f in result.findings
        if f.disparity.comparison.metric == metric and f.disparity.comparison.group == (("g", group),)
    )
    return found.title, found.sentence


# The wording itself, so that a change is read before it is printed. Figures: the design's worked example, and counts
# small enough to check by hand.
def test_material_disparity_in_words(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False, unit={"row": "staff"}, margin=("ratio", 1.25))
    result = analyse(plan, selected({"Black": (3_021, 49_512), "White": (8_123, 372_110)}))

    assert only(result, "selection_rate", "Black") == (
        "Black staff were flagged more often",
        "Of every 1,000 Black staff 61 were flagged, against 22 of every 1,000 other staff: 2.8 times as many (95% "
        "interval 2.7 to 2.9). That is about 1,940 more than at the rate of other staff (1,835 to 2,049). The whole "
        "interval lies beyond the margin of 0.8 to 1.25 times that the plan declared.",
    )


def test_inconclusive_in_words(make_plan: Plans, selected: Tables) -> None:
    """The NPL-like table of the design, section 1: 7 of 24,000 against 0 of 12,000 (illustrative denominators)."""
    plan = make_plan(outcome=False, unit={"row": "face"})
    result = analyse(plan, selected({"minority": (7, 24_000), "white": (0, 12_000)}))

    assert only(result, "selection_rate", "minority") == (
        "This data cannot tell whether minority faces were flagged more or less often",
        "7 of 24,000 minority faces (1 in 3,429) were flagged, against none of 12,000 other faces. This data "
        "cannot tell whether the two rates differ: it is compatible with 0.91 times as many and anything above (95% "
        "interval). With 24,000 and 12,000 faces the smallest difference it had an 80% chance of finding is 5.1 "
        "times as many. None of 12,000 is not “never”: a rate of up to 1 in 3,125 fits the data.",
    )


def test_small_difference_and_equivalence_in_words(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False, margin=("ratio", 1.25))
    small = analyse(plan, selected({"Black": (5_300, 50_000), "White": (50_000, 500_000)}))
    equal = analyse(plan, selected({"Black": (5_000, 50_000), "White": (50_000, 500_000)}))

    title, text = only(small, "selection_rate", "Black")
    assert title == "Black people were flagged slightly more often"
    assert text == (
        "Of every 1,000 Black people 106 were flagged, against 100 of every 1,000 other people: 1.06 times as many "
        "(95% interval 1.03 to 1.09). The difference is real and lies within the margin of 0.8 to 1.25 times that the "
        "plan declared."
    )
    title, text = only(equal, "selection_rate", "Black")
    assert title == "Any difference is smaller than the declared margin: share flagged, Black people"
    assert text.endswith("Any difference is smaller than the margin of 0.8 to 1.25 times that the plan declared.")


def test_difference_margin_speaks_in_points(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False, margin=("difference", 0.02))
    result = analyse(plan, selected({"Black": (3_021, 49_512), "White": (8_123, 372_110)}))

    assert "3.9 percentage points more (95% interval 3.7 to 4.1)" in only(result, "selection_rate", "Black")[1]


def test_error_rates_in_words_by_effect(make_plan: Plans, confusion: Tables) -> None:
    table = {"Black": (60, 90, 40, 110), "White": (50, 30, 50, 370)}
    burden = analyse(make_plan(primary=("fpr", "ppv")), confusion(table))
    benefit = analyse(
        make_plan(effect="benefit", primary=("fnr",), label="shortlisted"),
        confusion({"Black": (120, 9, 80, 90), "White": (370, 9, 30, 90)}),
    )

    title, text = only(burden, "fpr", "Black")
    assert title == "Black people were wrongly flagged more often"
    assert text.startswith(
        "90 of 200 Black people whose recorded outcome was not “misconduct upheld” (45%) were flagged, against 30 of "
        "400 other such people (7.5%): 6.0 times as many (95% interval "
    )
    title, text = only(burden, "ppv", "Black")
    assert title == "A yes was right less often for Black people"
    assert "60 of 150 Black people who were flagged (40%) had the recorded outcome “misconduct upheld”" in text
    # For a benefit the denials of those who were entitled are the harm: 80 of 200 against 30 of 400.
    title, text = only(benefit, "fnr", "Black")
    assert title == "Black people were wrongly denied more often"
    assert "80 of 200 Black people whose recorded outcome was “misconduct upheld” (40%) were not shortlisted" in text


def test_named_reference_is_in_the_title(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False, comparator={"also": {"g": "White"}})
    table = {"Black": (300, 1_000), "White": (100, 1_000), "Roma": (3, 9)}
    titles = [finding.title for finding in analyse(plan, selected(table)).findings]

    assert "Black people were flagged more often than White people" in titles
    assert "This data cannot tell whether Roma people were flagged more or less often than White people" in titles


def test_group_values_that_are_no_adjectives_read_as_clauses(make_plan: Plans) -> None:
    plan = make_plan(groups=("age", "sex"))

    assert subject(plan, (("age", "25-34"),)) == "people with age 25-34"
    assert subject(plan, (("sex", "F"),)) == "people with sex F"
    assert subject(plan, (("age", "Over 65"), ("sex", "Female"))) == "Female people with age “Over 65”"
    # “Of every 1,000 under 25 people 30 were flagged” and “Other people against other people” say something else.
    assert subject(plan, (("age", "under 25"),)) == "people with age “under 25”"
    assert subject(plan, (("sex", "Other"),)) == "people with sex “Other”"
    assert subject(plan, (("sex", "Everyone"),)) == "people with sex “Everyone”"
    assert subject(plan, (("sex", "All other"),)) == "people with sex “All other”"
    assert subject(plan, (("sex", MISSING),)) == "people with sex not known"


def test_rounding_never_changes_what_a_figure_says() -> None:
    assert ratio(1.2, 1.004, 1.4) == ["1.200", "1.004", "1.400"]
    assert ratio(137.5, 20.2, 900.0) == ["138", "20", "900"]
    assert percent(0.99999) == "99.999%"
    assert percent(0.00004) == "0.0040%"
    assert percent((10**12 - 5) / 10**12) == "99.9999999995%"
    # 1,000,000,000,000 of …005 against …000,000 of …009: 1.000000000004 is not 1.
    assert ratio(1 + 4e-12, 1 + 1e-12, 1 + 9e-12)[0] == "1.000000000004"
    # Limits that differ are printed so that they differ.
    assert ratio(0.9906, 0.9896, 0.9912) == ["0.991", "0.990", "0.991"]


def test_lower_limit_is_rounded_down() -> None:
    """“At least 26 times” would be wrong of 25.6."""
    assert [at_least(value) for value in (25.6, 1.98, 1.0004, 1_234.9)] == ["25", "1.98", "1.0004", "1,234"]


def test_name_moves_no_cursor_and_turns_no_line(make_plan: Plans) -> None:
    plan = make_plan(groups=("sex",))
    hostile = "Blue\x1b[2J\nRed\u202e"

    for text in (subject(plan, (("sex", hostile),)), group_label((("sex", hostile),))):
        assert text.isprintable()
        assert "Blue" in text
        assert "\\u202e" in text


@pytest.mark.parametrize(("alpha", "said"), [(0.05, "95%"), (0.025, "97.5%"), (0.2, "80%"), (0.0005, "99.95%")])
def test_level_of_an_interval_is_printed_as_it_is(alpha: float, said: str, make_plan: Plans, selected: Tables) -> None:
    """97.5% was printed as 98%."""
    plan = make_plan(outcome=False, alpha=alpha)
    text = only(analyse(plan, selected({"Black": (300, 1_000), "White": (100, 1_000)})), "selection_rate", "Black")[1]

    assert f"({said} interval " in text


def test_power_says_nothing_about_lower_rates(make_plan: Plans, selected: Tables) -> None:
    """Against 95% nothing higher can be found among 20 people; a rate of 50% would be found nearly always."""
    plan = make_plan(outcome=False)
    text = only(analyse(plan, selected({"Black": (18, 20), "White": (4_750, 5_000)})), "selection_rate", "Black")[1]

    assert "it had no 80% chance of finding a higher rate in the group, however high" in text


def test_two_numbers_do_not_run_together(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False)
    result = analyse(plan, selected({"25-34": (300, 1_000), "35-44": (100, 1_000)}))

    assert "Of every 1,000 people with g 25-34, 300 were flagged" in only(result, "selection_rate", "25-34")[1]
