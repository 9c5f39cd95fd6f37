"""YAML 1.2 with places: what is text stays text, and every fault has a line and a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from impact.yamlfile import MAX_BYTES, YamlFaults, load, nearest, parse


def test_yes_no_and_times_stay_text() -> None:
    data = parse("a: yes\nb: no\nc: 12:30\nd: on\n", name="f.yaml").data

    assert data == {"a": "yes", "b": "no", "c": "12:30", "d": "on"}


def test_places_are_those_an_editor_shows() -> None:
    located = parse("first: 1\nlist:\n  - x\n  - {deep: y}\n", name="f.yaml")

    assert located.place_of(("first",)) == "f.yaml:1:8"
    assert located.place_of(("first",), key=True) == "f.yaml:1:1"
    assert located.place_of(("list", 1, "deep")) == "f.yaml:4:12"
    assert located.place_of(("list", 1, "not there")) == "f.yaml:4:5"


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("a: 1\na: 2\n", "f.yaml:2:1", "E002"),
        ("x: {b: 1, b: 2}\n", "f.yaml:1:11", "E002"),
        ("a: &n 1\nb: *n\n", "f.yaml:1:4", "E003"),
        ("a: !!python/object x\n", "f.yaml:1:4", "E003"),
        ("a: [1, 2\n", "f.yaml:2:1", "E001"),
        ("a: b: c\n", "f.yaml:1:5", "E001"),
    ],
)
def test_fault_names_its_place(text: str, place: str, code: str) -> None:
    with pytest.raises(YamlFaults) as caught:
        parse(text, name="f.yaml", family="E")

    assert caught.value.faults[0].where == place
    assert caught.value.faults[0].code == code


def test_alias_bomb_is_refused_before_it_is_composed() -> None:
    lines = ['a0: &a0 ["x"]'] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]

    with pytest.raises(YamlFaults) as caught:
        parse("\n".join(lines), name="bomb.yaml")

    assert {fault.code for fault in caught.value.faults} == {"Q003"}


@pytest.mark.parametrize("depth", [100, 100_000])
def test_deep_nesting_is_a_fault_and_not_a_crash(depth: int) -> None:
    with pytest.raises(YamlFaults) as caught:
        parse("[" * depth + "]" * depth, name="deep.yaml")

    assert caught.value.faults[0].code == "Q004"


def test_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a" * (MAX_BYTES + 1))

    with pytest.raises(YamlFaults) as caught:
        load(path)

    assert caught.value.faults[0].code == "Q004"


def test_link_and_folder_and_wrong_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a: 1\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: caf\xe9\n")

    for name, found in (
        ("link.yaml", "symbolic link"),
        (".", "folder"),
        ("none", "does not exist"),
        ("latin.yaml", "byte 6"),
    ):
        with pytest.raises(YamlFaults) as caught:
            load(tmp_path / name)
        assert found in caught.value.faults[0].found


def test_byte_order_mark_is_read_as_such(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes("\ufeffa: 1\n".encode())

    assert load(tmp_path / "bom.yaml").data == {"a": 1}


def test_nearest_word_is_offered_only_when_near() -> None:
    assert nearest("desicion", ["decision", "outcome"]) == "decision"
    assert nearest("zzz", ["decision", "outcome"]) is None
