"""YAML 1.2 with places: what is text stays text, and every fault has a line and a column."""

from __future__ import annotations

import os
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


def told(text: str) -> list[tuple[str, str]]:
    with pytest.raises(YamlFaults) as caught:
        parse(text, name="f.yaml", family="A")
    return [(fault.where.removeprefix("f.yaml:"), fault.found) for fault in caught.value.faults]


INDENT = "the line does not stand under the lines it belongs to"
COLON = "a colon and a space inside a value"


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("a:\n  A7: x\n   A9: 4\n", "3:4", INDENT),
        ("a:\n  A7: x\n A9: 4\n", "3:2", INDENT),
        ("a:\n\tA7: x\n", "2:1", "a tab stands here"),
        ("a:\n  A2: The system: it scans\n", "2:17", COLON),
        ("a: 'It's it'\n", "1:8", "the value goes on behind what “'” began"),
        ("a: [note] and more\n", "1:11", "the value goes on behind what “[” began"),
        ("a: @force\n", "1:4", "a value cannot begin with “@”"),
        ("a: > 50 people\n", "1:6", "a value cannot begin with “>”"),
        ("a:\n  A7: x\n  A9:45000\n", "3:3", "a line that is not a key with a value"),
        ('a:\n  b: "open\n  c: d\n', "4:1", "the quotation mark opened in line 2 is not closed before this"),
        ("a: [one\nb: c\n", "2:2", "the bracket opened in line 1 is not closed before this"),
        ("a: {reason: Legal: advice}\n", "1:4", "a bracket begins here, and what follows does not fit it"),
        ("a:\n\u00a0\u00a0A9: 4\n", "2:1", "a no-break space where an ordinary space must stand"),
        ("a: x\x0by\n", "1:5", "a control character (U+000B)"),
        ("a: x\n---\nb: y\n", "2:1", "“---” begins a second document"),
    ],
)
def test_mistake_of_somebody_who_does_not_know_yaml_is_told_in_words(text: str, place: str, found: str) -> None:
    assert told(text) == [(place, found)]


def test_mistakes_behind_the_first_are_told_with_it() -> None:
    text = "a:\n  A2: The system: it scans\n  A3: @x\n\tA4: y\n   A5: z\n  A6: fine\n  A7: to: do\n"

    assert told(text) == [
        ("2:17", COLON),
        ("3:7", "a value cannot begin with “@”"),
        ("4:1", "a tab stands here"),
        ("5:4", INDENT),
        ("7:9", COLON),
    ]


def test_curly_quotes_are_named_where_they_did_not_quote() -> None:
    with pytest.raises(YamlFaults) as caught:
        parse("a: “Some: words”\n", name="f.yaml", family="A")

    assert "Curly quotes" in caught.value.faults[0].remedy


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16_is_refused_and_what_to_do_is_said(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "wide.yaml").write_bytes("a: café\n".encode(encoding))

    with pytest.raises(YamlFaults) as caught:
        load(tmp_path / "wide.yaml", family="A")

    assert {fault.code for fault in caught.value.faults} == {"A001"}


def test_byte_that_is_not_utf8_has_a_line_and_a_column(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("é: 1\nb: ".encode() + b"caf\xe9\n")

    with pytest.raises(YamlFaults) as caught:
        load(tmp_path / "latin.yaml")

    assert caught.value.faults[0].where.endswith("latin.yaml:2:7")


def test_path_that_the_system_refuses_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(YamlFaults) as caught:
        load(tmp_path / ("a" * 300), family="A")

    assert caught.value.faults[0].code == "A001"


def test_windows_line_endings_give_the_same_places() -> None:
    text = "a: 1\nb: [x, y]\nc: {d: e}\n"

    assert parse(text.replace("\n", "\r\n"), name="f").places == parse(text, name="f").places


def test_control_character_as_an_escape_is_refused_in_packs_and_answers_alone() -> None:
    text = 'a: "x\\u001by"\n'

    for family in "QA":
        with pytest.raises(YamlFaults) as caught:
            parse(text, name="f", family=family)
        assert [(fault.where, fault.code) for fault in caught.value.faults] == [("f:1:4", f"{family}001")]
    assert parse(text, name="f", family="E").data == {"a": "x\x1by"}


def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    with pytest.raises(YamlFaults) as caught:
        load(tmp_path / "pipe.yaml", name="pipe.yaml", family="A")

    assert str(caught.value.faults[0]).startswith("pipe.yaml: the file is a pipe or a device")
