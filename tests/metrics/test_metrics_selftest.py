"""The self-test agrees on this machine, and would say so if it did not."""

from __future__ import annotations

from dataclasses import replace

from impact.metrics.tools.selftest import EXAMPLES, Example, selftest


def test_every_published_example_comes_out_again() -> None:
    found = selftest()

    assert [each.example.name for each in found.outcomes if not each.agrees] == []
    assert found.agrees
    assert len({each.example.name + each.example.source for each in found.outcomes}) == len(found.outcomes)


def test_examples_cover_functions_audits_and_the_second_opinion() -> None:
    names = " ".join(each.name for each in EXAMPLES)

    for word in (
        "Wilson",
        "Clopper",
        "Newcombe",
        "Koopman",
        "Holm",
        "Šidák",
        "verdict",
        "COMPAS",
        "recognition",
        "aif360",
    ):
        assert word in names
    assert all(each.source for each in EXAMPLES)


def test_one_wrong_digit_is_a_disagreement() -> None:
    wrong = replace(EXAMPLES[0], expected=(0.2553, 0.3663))

    found = selftest([wrong, EXAMPLES[1]])

    assert [each.agrees for each in found.outcomes] == [False, True]
    assert not found.agrees
    assert found.to_json()["examples"][0]["got"][1] < 0.36625


def test_whole_numbers_and_verdicts_agree_exactly_or_not_at_all() -> None:
    def example(expected: tuple[object, ...], got: tuple[object, ...]) -> Example:
        return Example("x", "by hand", expected, 0, lambda: got)

    cases = [
        example((4,), (4,)),
        example((4,), (4.4,)),
        example(("inconclusive",), ("equivalence_shown",)),
        example((None,), (0,)),
        example((1,), ()),
    ]

    assert [each.agrees for each in selftest(cases).outcomes] == [True, False, False, False, False]


def test_versions_of_everything_that_computes_are_named() -> None:
    versions = selftest([]).versions

    assert {"impact", "python", "numpy", "scipy", "duckdb", "fairlearn", "aif360", "machine"} <= set(versions)
    assert versions["aif360"] == "0.6.1"  # the only release the second opinion was measured against
