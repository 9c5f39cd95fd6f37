"""Every name that a template may use is in templates/CONTRACT.md, and every name there exists; charts and figures."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import pkgutil
import re
import types
import typing
from pathlib import Path

import jinja2
import pytest

import impact.report
from impact.report import figures, model
from impact.report.charts.bars import Bar, level_bars
from impact.report.charts.dots import Dot, dots
from impact.report.charts.drawing import ticks


def paths_of(kind: type, prefix: str = "") -> set[str]:
    """Dotted names below a model class; ``[]`` after a list."""
    found = set()
    for name, hint in typing.get_type_hints(kind).items():
        path = f"{prefix}{name}"
        options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
        for option in options:
            inner, listed = option, path
            while typing.get_origin(inner) is tuple:
                inner, listed = typing.get_args(inner)[0], f"{listed}[]"
            if dataclasses.is_dataclass(inner):
                # Shared parts are described once in the contract, by their class.
                found.add(f"{listed}: {inner.__name__}")
            elif inner is not type(None):
                found.add(listed)
    return found


def described(repo: Path) -> dict[str, set[str]]:
    """The contract: ``## Class`` followed by lines that begin with a name in backticks."""
    text = (repo / "templates" / "CONTRACT.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (\w+)$", text, flags=re.M)[1:]
    return {
        name: set(re.findall(r"^- `([^`]+)`", body, flags=re.M))
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def classes() -> dict[str, type]:
    return {
        name: found
        for name, found in vars(model).items()
        if dataclasses.is_dataclass(found) and isinstance(found, type)
    }


def test_contract_and_view_name_the_same_things(repo):
    assert described(repo) == {name: paths_of(found) for name, found in classes().items()}


def test_no_name_hides_behind_a_method_of_a_dictionary():
    names = {field.name for found in classes().values() for field in dataclasses.fields(found)}

    assert not names & set(dir(dict))


def test_the_bundled_templates_use_every_name_of_the_contract(repo):
    used: set[str] = set()
    for path in (repo / "templates" / "default").rglob("*.j2"):
        tree = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
        used |= {node.attr for node in tree.find_all(jinja2.nodes.Getattr)}
        used |= {node.name for node in tree.find_all(jinja2.nodes.Name)}
    unused = {f.name for found in classes().values() for f in dataclasses.fields(found)} - used

    assert unused == set()


@pytest.mark.parametrize(
    "name",
    sorted(f"impact.report.{m.name}" for m in pkgutil.walk_packages(impact.report.__path__))
    + [f"impact.report.view.{n}" for n in ("parts", "clean")],
)
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_a_share_never_rounds_to_nought_or_all():
    assert [figures.percent(value) for value in (0.00004, 0.9999, 1.0, 0.0)] == ["0.0040%", "99.99%", "100%", "0%"]


def test_an_open_interval_says_that_it_has_no_upper_limit():
    assert figures.interval([2.0, None], figures.multiple) == "2.00 to no upper limit"


def test_ticks_are_chosen_so_that_their_labels_are_exact():
    # The bug to avoid: even steps printed as 8 %, 10 %, 12 %, 15 % after rounding.
    assert ticks(0, 0.15) == [0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15]
    drawn = dots(
        [Dot(label="a", value=0.12, low=0.1, high=0.15)], title="t", axis="x", everyone=None, spell=figures.percent
    )
    assert re.findall(r">([\d.]+%)<", drawn) == ["0%", "2.5%", "5%", "7.5%", "10%", "12.5%", "15%"]


def test_a_chart_of_nothing_but_undefined_values_still_says_why():
    drawn = dots(
        [Dot(label="A & B", value=None, reason="undefined, because nobody is in the group")],
        title="Rate",
        axis="x",
        everyone=None,
        spell=figures.percent,
    )

    assert "A &amp; B: undefined, because nobody is in the group" in drawn
    assert "<circle" not in drawn


def test_points_lie_where_their_value_is():
    drawn = level_bars([Bar(label="d", point=50.0, low=25.0, high=75.0, band="High", floor=40.0)], title="t", bands=[])
    box = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    assert box is not None
    left, width = map(float, box.groups())
    middle = float(re.search(r'<path d="M([\d.]+)', drawn).group(1))

    assert middle == pytest.approx(left + width / 2, abs=0.1)
    assert "held up by a floor of 40" in drawn


def test_charts_use_presentation_attributes_only(full):
    for svg in re.findall(r"<svg.*?</svg>", full.html):
        assert " style=" not in svg
        assert " class=" not in svg
        assert "url(" not in svg
