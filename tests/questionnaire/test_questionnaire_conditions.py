"""What this release of CEL does, pinned, and three-valued decisions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from impact.errors import PackError
from impact.questionnaire.conditions import Condition, Conditions, conditions_in, names_in
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.resources import Resource


@pytest.fixture(scope="module")
def compiled() -> Callable[[str], Condition]:
    from cel_expr_python import cel

    environment = cel.NewEnv(
        variables={
            "p": cel.Type.BOOL,
            "q": cel.Type.BOOL,
            "n": cel.Type.DOUBLE,
            "t": cel.Type.STRING,
            "m": cel.Type.List(cel.Type.STRING),
            "rows": cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
        }
    )
    return lambda text: Condition(text, names_in(text), environment.compile(text))


# Kleene's strong tables (Kleene 1952, Introduction to Metamathematics, section 64); None is undecided.
KLEENE_AND = {(True, True): True, (True, None): None, (None, True): None, (None, None): None}
KLEENE_OR = {(False, False): False, (False, None): None, (None, False): None, (None, None): None}


@pytest.mark.parametrize("q", [True, False, None])
@pytest.mark.parametrize("p", [True, False, None])
def test_and_and_or_follow_kleene(compiled: Callable[[str], Condition], p: bool | None, q: bool | None) -> None:
    known = {name: value for name, value in (("p", p), ("q", q)) if value is not None}

    assert compiled("p && q").decide(known) is KLEENE_AND.get((p, q), False)
    assert compiled("p || q").decide(known) is KLEENE_OR.get((p, q), True)


@pytest.mark.parametrize(("p", "expected"), [(True, False), (False, True), (None, None)])
def test_not_follows_kleene(compiled: Callable[[str], Condition], p: bool | None, expected: bool | None) -> None:
    assert compiled("!p").decide({} if p is None else {"p": p}) is expected


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ('t == "x"', {}, None),
        ("n > 5.0", {"n": 5}, False),  # a whole number may be bound to a double
        ('"x" in m', {"m": []}, False),
        ("rows.exists(r, r.flag)", {"rows": [{"flag": True}]}, True),
        ("rows.exists(r, r.flag)", {"rows": [{}]}, None),  # a blank cell is something nobody has told us
        ("rows.exists(r, r.flag)", {"rows": [{}, {"flag": True}]}, True),
        ("rows.exists(r, r.flag)", {"rows": []}, False),
        ("p || 1.0 / 0.0 > n", {"p": True}, True),
    ],
)
def test_decisions(
    compiled: Callable[[str], Condition], text: str, known: dict[str, object], expected: bool | None
) -> None:
    assert compiled(text).decide(known) is expected


def test_text_of_an_unbound_name_and_of_a_missing_cell_is_as_pinned(compiled: Callable[[str], Condition]) -> None:
    unbound = compiled('t == "x"').compiled.eval(data={})
    blank = compiled("rows.exists(r, r.flag)").compiled.eval(data={"rows": [{}]})

    assert str(unbound.value()) == 'UNKNOWN: No value with name "t" found in Activation'
    assert str(blank.value()) == 'NOT_FOUND: Key not found in map : "flag"'


def test_any_other_failure_is_an_error_and_not_undecided(compiled: Callable[[str], Condition]) -> None:
    with pytest.raises(PackError) as raised:
        compiled("1 / int(n) > 0").decide({"n": 0.0})

    assert raised.value.faults[0].code == "Q035"


def test_every_condition_of_the_pack_compiles_to_true_or_false(pack: Pack) -> None:
    assert pack.conditions.faults == ()
    assert set(pack.conditions.compiled) == {key for key, _ in conditions_in(pack)}


def test_no_condition_of_the_pack_is_decided_by_knowing_nothing(pack: Pack) -> None:
    decided = {key for key, condition in pack.conditions.compiled.items() if condition.decide({}) is not None}

    assert decided == set()


def test_long_condition_is_refused(tiny: Callable[..., Resource]) -> None:
    long = " || ".join(['A1 == "harsh"'] * 80)

    with pytest.raises(PackError) as raised:
        load_pack(tiny(("sections/A.yaml", "'A1 == \"harsh\"'", f"'{long}'")))

    assert [(fault.code, fault.where) for fault in raised.value.faults] == [("Q033", "tiny/sections/A.yaml:15:18")]


def test_names_leave_out_text_and_fields() -> None:
    assert names_in("A5 == \"B5\" && C1_rows.exists(r, r.basis == 'D5')") == ("A5", "C1_rows", "r")


def test_compiling_again_gives_the_same_conditions(pack: Pack) -> None:
    assert set(Conditions.of(pack).compiled) == set(pack.conditions.compiled)
