"""Events against residents, from a CSV file to the printed page. Expected values by hand or by scipy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json, digest
from impact.errors import MetricError
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tools.export import tables_as_csv
from impact.report import audit_page
from impact.resources import find
from impact.settings import Settings

STOPS = """\
ethnicity,area,searched,stops
White,North,yes,40
White,North,no,60
White,South,yes,20
White,South,no,30
Black,North,yes,30
Black,North,no,20
Black,South,yes,24
Black,South,no,6
Asian,North,yes,5
Asian,South,no,5
Not stated,North,yes,3
"""
CENSUS = """\
ethnicity,area,population
White,North,8000
White,South,2000
Black,North,500
Black,South,500
Asian,North,1000
Asian,South,0
"""
BY_ETHNICITY = "ethnicity,population\nWhite,10000\nBlack,1000\nAsian,1000\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder with the stops and a census."""

    def make(census: str = CENSUS, stops: str = STOPS) -> Path:
        (tmp_path / "stops.csv").write_text(stops, encoding="utf-8")
        (tmp_path / "census.csv").write_text(census, encoding="utf-8")
        return tmp_path

    return make


def plan(by: tuple[str, ...] = ("ethnicity", "area"), **more: Any) -> audit.AuditPlan:
    population = {
        "file": "census.csv",
        "by": list(by),
        "label": "usual residents in 2021",
        **more.pop("population", {}),
    }
    ethnicity = {"name": "ethnicity", "unknown_values": ["Not stated"], **more.pop("ethnicity", {})}
    return plan_of(
        {
            "version": 1,
            "title": "Stops",
            "question": "q",
            "pool": "all stops",
            "source": {"kind": "counts", "path": "stops.csv", "count": "stops"},
            "unit": {"row": "stop"},
            "columns": {
                "decision": {"name": "searched", "yes": ["yes"], "no": ["no"], "effect": "burden", "label": "searched"}
            },
            "groups": {"ethnicity": ethnicity, "area": {"name": "area"}},
            "comparator": {"also": {"ethnicity": "White"}},
            "plan": {"primary": ["selection_rate"]},
            "population": population,
            **more,
        }
    )


def findings(base: Path, made: audit.AuditPlan) -> dict[str, Any]:
    counted = audit.count(made, base=base)
    # As a verifier has it: from the bytes that are attached.
    tables = {name: Aggregate.from_parquet(table.to_parquet()) for name, table in counted.aggregates.items()}
    result = audit.analyse(made, counted.cells, checks=counted.checks, aggregates=tables)
    data: dict[str, Any] = json.loads(
        json.dumps(result.to_json(created="", tool_version="", fingerprint=counted.fingerprint))
    )
    return data


def row(data: dict[str, Any], event: str = "yes", reference: str | None = None, **group: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in data["tables"]["disproportion"]
        if each["group"] == group and each["event"] == event and each["comparator"].get("value") == reference
    )
    return found


def codes(caught: Any) -> list[str]:
    return [fault.code for fault in caught.value.faults]


def test_rates_per_thousand_and_their_ratio(folder: Callable[..., Path]) -> None:
    """54 searches of 1,000 Black residents against 60 of 10,000 White ones: 54 and 6 for each 1,000, 9 times."""
    data = findings(folder(), plan())

    found = row(data, reference="White", ethnicity="Black")

    assert (found["events"], found["residents"]) == (54, 1000)
    assert (found["comparator_events"], found["comparator_residents"]) == (60, 10_000)
    assert found["rate"]["value"] == pytest.approx(54.0)
    assert found["comparator_rate"]["value"] == pytest.approx(6.0)
    assert found["ratio"]["value"] == pytest.approx(9.0)
    # Garwood's limits are those of scipy's chi-squared; given 114 events, 54 are binomial under any ratio.
    assert found["rate"]["ci"] == pytest.approx([stats.chi2.ppf(0.025, 108) / 2, stats.chi2.ppf(0.975, 110) / 2])
    exact = stats.binomtest(54, 114).proportion_ci(method="exact")
    assert found["ratio"]["ci"] == pytest.approx([p / (1 - p) * 10 for p in (exact.low, exact.high)])
    assert (found["excess"], found["break_even"]) == (pytest.approx(54 - 6), pytest.approx(9000))


def test_the_rest_are_all_others_whose_group_is_known(folder: Callable[..., Path]) -> None:
    found = row(findings(folder(), plan()), ethnicity="Black")

    assert (found["comparator_events"], found["comparator_residents"]) == (65, 11_000)


def test_all_rows_are_events_of_their_own(folder: Callable[..., Path]) -> None:
    found = row(findings(folder(), plan()), event="counted", reference="White", ethnicity="Black")

    assert (found["events"], found["comparator_events"]) == (80, 150)


def test_the_first_key_is_compared_within_the_others(folder: Callable[..., Path]) -> None:
    found = row(findings(folder(), plan()), ethnicity="Black", area="South")

    assert found["comparator"] == {"kind": "not_sharing", "within": {"area": "South"}}
    assert (found["events"], found["residents"]) == (24, 500)
    assert (found["comparator_events"], found["comparator_residents"]) == (20, 2000)
    assert found["ratio"]["value"] == pytest.approx(4.8)


def test_nobody_lives_there_is_a_reason_and_not_a_rate(folder: Callable[..., Path]) -> None:
    found = row(findings(folder(), plan()), event="counted", ethnicity="Asian", area="South")

    assert (found["events"], found["residents"]) == (5, 0)
    assert (found["rate"]["value"], found["rate"]["reason"]) == (None, "empty_cell")
    assert found["ratio"]["reason"] == "empty_cell"


def test_events_of_unknown_group_are_counted_apart(folder: Callable[..., Path]) -> None:
    (about,) = findings(folder(), plan())["tables"]["population"]

    assert about["people"] == 12_000
    assert about["events"] == {"yes": 119, "counted": 240}
    assert about["events_without_residents"] == {"yes": 3, "counted": 3}


def test_a_group_without_residents_in_the_file_is_stated_and_in_no_rate(folder: Callable[..., Path]) -> None:
    without = "ethnicity,population\nWhite,10000\nBlack,1000\n"

    data = findings(folder(without), plan(("ethnicity",)))

    found = row(data, ethnicity="Asian")
    assert (found["events"], found["rate"], found["reason"]) == (5, None, "no_population")
    assert row(data, ethnicity="Black")["comparator_events"] == 60
    assert data["tables"]["population"][0]["levels_without_residents"] == {"ethnicity": ["Asian"]}
    (check,) = (check for check in data["checks"] if check["code"] == "D69")
    assert check["text"] == (
        "The population file has no number for “Asian” of “ethnicity” (10 stops counted): there is no rate for them, "
        "and they are in no rate of others."
    )
    assert "no rate, because the file has no number of residents" in page(data)


def test_more_events_than_residents_are_said_to_be_so(folder: Callable[..., Path]) -> None:
    data = findings(folder(BY_ETHNICITY.replace("Black,1000", "Black,50")), plan(("ethnicity",)))

    (check,) = (check for check in data["checks"] if check["code"] == "D70")
    assert check["text"].startswith(
        "More was counted than there are residents in “Black”: visitors, and repeats, count."
    )


@pytest.mark.parametrize(
    ("census", "code", "said"),
    [
        ("ethnicity,population\nWhite,9\nBlack Caribbean,5\n", "D69", "“ethnicity” has “Black Caribbean”"),
        ("ethnicity,population\nWhite,9\nWhite,8\nBlack,7\nAsian,1\n", "D69", "“White”"),
        ("ethnicity,population\nWhite,9\nBlack,7\nAsian,1\n,17\n", "D69", "1 rows without a value of “ethnicity”"),
        ("ethnicity,population\nWhite,9\nBlack,*\nAsian,1\n", "D68", "1 suppressed numbers"),
        ('ethnicity,population\nWhite,"9,000"\nBlack,7\nAsian,1\n', "D67", "1 numbers that are no whole numbers"),
        ("ethnicity,population\nWhite,-9\nBlack,7\nAsian,1\n", "D67", "1 numbers that are no whole numbers"),
        ("ethnicity,population\nWhite,\nBlack,7\nAsian,1\n", "D67", "1 rows without a number"),
        ("ethnicity,population\nWhite,0\nBlack,0\nAsian,0\n", "D67", "all numbers of residents are 0"),
        ("ethnicity,people\nWhite,9\n", "D03", "no column “population”"),
        ("ethnicity;population\nWhite;9\n", "D08", "only one column found"),
        ("ethnicity,population\nWhite,9\nBlack,7,8\n", "D09", "line 3 has 3 fields, 2 expected"),
        ("ethnicity,population\n", "D02", "0 rows"),
        ("", "D01", "empty"),
    ],
)
def test_a_population_that_does_not_fit_is_refused(
    folder: Callable[..., Path], census: str, code: str, said: str
) -> None:
    base = folder(census)

    with pytest.raises(MetricError) as caught:
        audit.count(plan(("ethnicity",)), base=base)

    assert codes(caught) == [code]
    assert said in caught.value.faults[0].found
    assert caught.value.faults[0].where.startswith("census.csv")


def test_names_that_fit_nowhere_are_listed_on_both_sides(folder: Callable[..., Path]) -> None:
    base = folder("ethnicity,population\nWhite,9\nAsiann,5\nBlack,4\n")

    with pytest.raises(MetricError) as caught:
        audit.count(plan(("ethnicity",)), base=base)

    (fault,) = caught.value.faults
    assert fault.found == (
        "“ethnicity” has “Asiann”, which nobody in the table has; the table has “Asian”, which this file has not"
    )
    assert fault.remedy.startswith("Did you mean “Asian” by “Asiann”?")


def test_a_declared_group_without_an_event_fits(folder: Callable[..., Path]) -> None:
    base = folder(BY_ETHNICITY + "Mixed,400\n")
    declared = plan(("ethnicity",), ethnicity={"values": ["White", "Black", "Asian", "Mixed"]})

    found = row(findings(base, declared), ethnicity="Mixed")

    assert (found["events"], found["residents"], found["rate"]["value"]) == (0, 400, 0.0)


def test_a_missing_combination_is_refused(folder: Callable[..., Path]) -> None:
    base = folder(CENSUS.replace("Asian,South,0\n", ""))

    with pytest.raises(MetricError) as caught:
        audit.count(plan(), base=base)

    assert codes(caught) == ["D69"]
    assert caught.value.faults[0].found == "1 combinations of ethnicity, area have no row: “Asian, South”"


def test_the_file_is_among_those_that_were_counted(folder: Callable[..., Path]) -> None:
    base = folder()

    data = findings(base, plan())

    assert [each["file"] for each in data["source_fingerprint"]] == ["stops.csv", "census.csv"]
    assert data["source_fingerprint"][1]["digest"] == digest((base / "census.csv").read_bytes())
    assert set(data["aggregates"]) == {"population"}


def test_populations_are_not_added_up(folder: Callable[..., Path]) -> None:
    one = audit.count(plan(), base=folder()).aggregates["population"]
    other = audit.count(plan(), base=folder(CENSUS.replace("8000", "8001"))).aggregates["population"]

    assert one.merge(one) == one
    with pytest.raises(MetricError) as caught:
        one.merge(other)
    assert codes(caught) == ["D92"]


def test_a_population_of_another_plan_is_refused(folder: Callable[..., Path]) -> None:
    counted = audit.count(plan(), base=folder())
    other = audit.count(plan(("ethnicity",)), base=folder(BY_ETHNICITY)).aggregates
    result = audit.analyse(plan(), counted.cells, aggregates=other)

    with pytest.raises(MetricError) as caught:
        result.to_json(created="", tool_version="")

    assert codes(caught) == ["D92"]


@pytest.mark.parametrize(
    ("population", "code"),
    [
        ({"by": ["ethnicty"]}, "E114"),
        ({"by": ["area", "area"]}, "E114"),
        ({"by": ["area"], "count": "area"}, "E115"),
        ({"by": []}, "E100"),
        ({"delimiter": ";;"}, "E100"),
        ({"encoding": "ebcdic"}, "E100"),
        ({"year": 2021}, "E102"),
    ],
)
def test_a_plan_says_what_is_wrong_with_its_population(population: dict[str, Any], code: str) -> None:
    with pytest.raises(MetricError) as caught:
        plan(population=population)

    assert codes(caught) == [code]


def test_a_frame_has_no_population_file() -> None:
    frame = pa.table({"ethnicity": ["White", "Black"], "area": ["N", "N"], "searched": ["yes", "no"], "stops": [1, 2]})

    with pytest.raises(MetricError) as caught:
        audit.count_frame(plan(), frame)

    assert codes(caught) == ["D78"]


def test_exact_intervals_cover_as_often_as_they_say() -> None:
    """Poisson events at known rates; exact limits never cover less than their level (by simulation, seed 0)."""
    from impact.metrics.statistics.disproportion import disproportion

    rng = np.random.default_rng(0)
    covered = [
        low <= 3.0 <= high
        for k1, k2 in zip(rng.poisson(12, 800), rng.poisson(40, 800), strict=True)
        for low, high in [disproportion(float(k1), 1000, float(k2), 10_000).ratio.interval or (0.0, 0.0)]
    ]

    assert np.mean(covered) >= 0.94


def page(data: dict[str, Any]) -> str:
    text: str = audit_page(data, templates=find("templates", "default", Settings())).html
    return text


def test_page_says_what_residents_cannot_show(folder: Callable[..., Path]) -> None:
    text = page(findings(folder(), plan()))

    assert "Residents are not the people who were there" in text
    assert "gives 12,000 people, described in the plan as: usual residents in 2021." in text
    assert "54 / 1,000" in text
    assert "54.0 (40.6 to 70.5)" in text
    assert "9.00 (6.11 to 13.22)" in text


def test_rates_against_residents_are_exported(folder: Callable[..., Path]) -> None:
    made = tables_as_csv(findings(folder(), plan()))

    assert "rate.value,rate.ci_low,rate.ci_high" in made["disproportion"].splitlines()[0]
    assert len(made["population"].splitlines()) == 2


def test_a_changed_figure_or_population_is_noticed_by_a_verifier(folder: Callable[..., Path]) -> None:
    """Recomputed from nothing but the record and the attached tables, in canonical form."""
    made = plan(strata={"kind": {"name": "kind", "role": "proxy_risk"}})
    kinds = ["kind", *("a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "")]
    stops = "".join(f"{line},{kind}\n" for line, kind in zip(STOPS.splitlines(), kinds, strict=True))
    base = folder(stops=stops)
    counted = audit.count(made, base=base)
    block = json.loads(canonical_json(findings(base, made)))
    cells, tables = counted.cells.to_parquet(), {k: each.to_parquet() for k, each in counted.aggregates.items()}
    other = audit.count(made, base=folder(CENSUS.replace("8000", "8001"), stops=stops))

    def states(audited: dict[str, Any], held: dict[str, bytes]) -> dict[str, bool | None]:
        return {
            each.what: each.same for each in recompute({"audit": audited}, cells, settings=Settings(), aggregates=held)
        }

    assert states(block, tables) == {"cells": True, "findings": True}
    forged = json.loads(canonical_json(block))
    forged["tables"]["disproportion"][0]["ratio"]["value"] += 0.001
    assert states(forged, tables) == {"cells": True, "findings": False}
    forged = json.loads(canonical_json(block))
    forged["tables"]["stratified"][0]["people_unknown"] += 1
    assert states(forged, tables) == {"cells": True, "findings": False}
    assert states(block, {**tables, "population": other.aggregates["population"].to_parquet()}) == {"cells": False}
    assert states(block, {"strata": tables["strata"]}) == {"cells": False}
