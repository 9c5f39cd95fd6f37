"""Packs that somebody built to do harm: each is refused with a clear fault, in bounded time, reading nothing outside.

Every case runs under a watch on time and memory; the bounds are far above what was measured and far below what the
attack would take.
"""

from __future__ import annotations

import builtins
import io
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from impact.errors import ImpactError
from impact.questionnaire.inspection import inspect_pack
from impact.questionnaire.load import load_pack
from impact.resources import Resource, find, find_all
from impact.settings import Settings

SECRET = "canary-9a1f: a line that no message and no pack may show"
MOST_SECONDS = 60.0
MOST_MEGABYTES = 400

Tiny = Callable[..., Resource]
LAUGHS = "\n".join(['a0: &a0 ["x"]', *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))])
QUESTION = "  - {{id: {}, text: T, type: yesno, choices: [{{code: 'yes', label: Y}}, {{code: 'no', label: N}}]{}}}\n"


def many(count: int) -> str:
    """A section of questions each of which is shown by the one before it: a chain as long as the section."""
    head = "id: A\ntitle: Core\nquestions:\n"
    return head + "".join(QUESTION.format(f"A{i}", f", visible_if: 'A{i - 1}'" if i else "") for i in range(count))


def condition(text: str) -> tuple[str, str, str]:
    """The pack with another condition of appearance."""
    return ("sections/A.yaml", "'A1 == \"harsh\"'", f"'{text}'")


ROWS = "A3_rows.exists({0}, "
# What is put into the pack -> the codes it is refused with.
TEXTS = {
    "billion laughs": ("law.yaml", LAUGHS, "Q003"),
    "anchor that is never used": ("law.yaml", "law_as_at: &a x\n", "Q003"),
    "alias of itself": ("law.yaml", "a: &a [*a]\n", "Q003"),
    "tag that would run a program": ("law.yaml", "a: !!python/object/apply:os.system [id]\n", "Q003"),
    "merge key": ("law.yaml", "a: {b: 1}\nc: {<<: *a}\n", "Q003"),
    "nested lists": ("law.yaml", "a: " + "[" * 50_000 + "]" * 50_000, "Q004"),
    "nested block lists": ("law.yaml", "a:\n  " + "- " * 5_000 + "x\n", "Q004"),
    "nested mappings": ("law.yaml", "{a: " * 5_000 + "1" + "}" * 5_000, "Q004"),
    "doubled keys": ("law.yaml", "law_as_at: a\nlaw_as_at: b\nkeys: {}\n", "Q002"),
    "two documents": ("law.yaml", "a: 1\n---\nb: 2\n", "Q001"),
    "control characters": ("law.yaml", "a: \x00\x1b[2J\n", "Q001"),
    "control characters as escapes": ("law.yaml", 'law_as_at: "\\0\\e[2J"\nkeys: {}\n', "Q001"),
    "values without end": ("law.yaml", "a: [" + "[]," * 500_000 + "]", "Q004"),
    "text without end": ("law.yaml", "law_as_at: " + "x" * 6_000_000, "Q036"),
    "key without end": ("law.yaml", "x" * 200_000 + ": 1\n", "Q001"),
    "numbers that are none": ("scoring.yaml", "caps: {PRI: .inf, VEN: .nan}\n", "Q012"),
    "thousands of questions in a chain": ("sections/A.yaml", many(2_500), "Q036"),
}
BYTES = {
    "not UTF-8": (b"a: \xff\xfe\xfa\n", "Q001"),
    "UTF-16": ("a: 1".encode("utf-16"), "Q001"),
    "a program": (bytes(range(256)) * 100, "Q001"),
    "an empty file": (b"", "Q012"),
}
CONDITIONS = {
    "brackets inside each other": ("(" * 400 + "true" + ")" * 400, "Q018"),
    "lists inside each other": ("[" * 400 + "]" * 400 + " == []", "Q018"),
    "longer than allowed": ('A1 == "harsh" || ' * 100 + "true", "Q033"),
    "map of map": ("A3_rows.map(a, A3_rows.map(b, A3_rows.map(c, 1))).size() > 0", "Q036"),
    "rows of rows of rows": ("".join(ROWS.format(c) for c in "abcde") + "true" + ")" * 5, "Q036"),
    "a text added to itself": ("A1_note" + " + A1_note" * 25 + ' == ""', "Q036"),
    "a pattern that is too large": ('A1_note.matches("((a{100}){100}){100}")', "Q018"),
    "an unknown function": ('read("/etc/passwd") == ""', "Q018"),
}
NAMES = {
    "parent": "../canary.yaml",
    "parent from inside": "sections/../../canary.yaml",
    "absolute": "ABSOLUTE",
    "zero byte": '"canary.yaml\\0.yaml"',
    "home": "~/canary.yaml",
    "backslash": '"..\\\\canary.yaml"',
    "wide characters that look like dots": "\uff0e\uff0e/canary.yaml",
    "percent": "%2e%2e/canary.yaml",
    "address": "file:///etc/passwd",
    "folder": "sections",
}


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A secret beside the pack, and every path that is opened below the folder of this test."""
    (tmp_path / "canary.yaml").write_text(f"law_as_at: {SECRET}\nkeys: {{}}\n", encoding="utf-8")
    paths: list[str] = []
    real_os, real = os.open, io.open

    def note(path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            shown = os.fsdecode(path)
            if shown.startswith(str(tmp_path)):
                paths.append(os.path.realpath(shown))

    def watched_os(path: object, *args: object, **more: object) -> int:
        note(path)
        return real_os(path, *args, **more)  # type: ignore[arg-type]

    def watched(path: object, *args: object, **more: object) -> object:
        note(path)
        return real(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "open", watched_os)
    monkeypatch.setattr(io, "open", watched)
    monkeypatch.setattr(builtins, "open", watched)
    return paths


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - start < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEGABYTES * 1_000  # kB on Linux


def refused(folder: Path, opened: list[str]) -> set[str]:
    """The codes a pack is refused with, by check and by load alike; nothing outside was opened or shown."""
    opened.clear()
    try:
        faults = list(inspect_pack(find("questionnaires", str(folder), Settings())).faults)
        with pytest.raises(ImpactError) as raised:
            load_pack(find("questionnaires", str(folder), Settings()))
        faults += raised.value.faults
    except ImpactError as error:
        faults = list(error.faults)
    said = "\n".join(map(str, faults))
    codes = {fault.code for fault in faults}

    assert codes
    assert SECRET not in said
    assert said.replace("\n", "").isprintable()
    assert max(map(len, said.split("\n"))) < 2_000
    assert [path for path in opened if not path.startswith(os.path.realpath(folder) + os.sep)] == []
    return codes


@pytest.mark.parametrize("case", TEXTS)
def test_file_that_is_built_to_exhaust_or_to_run_something(case: str, tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    name, text, code = TEXTS[case]
    (folder / name).write_bytes(text.encode())

    assert code in refused(folder, opened)


@pytest.mark.parametrize("case", BYTES)
def test_file_that_is_no_text(case: str, tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    data, code = BYTES[case]
    (folder / "law.yaml").write_bytes(data)

    assert code in refused(folder, opened)


@pytest.mark.parametrize("case", CONDITIONS)
def test_condition_that_is_built_to_exhaust(case: str, tiny: Tiny, opened: list[str]) -> None:
    text, code = CONDITIONS[case]
    folder = tiny(condition(text)).folder

    assert code in refused(folder, opened)


@pytest.mark.parametrize("key", ["sections", "law", "examples"])
@pytest.mark.parametrize("case", NAMES)
def test_file_name_that_leads_out_of_the_pack(
    case: str, key: str, tiny: Tiny, opened: list[str], tmp_path: Path
) -> None:
    name = str(tmp_path / "canary.yaml") if case == "absolute" else NAMES[case]
    before, after = {
        "sections": ("sections: [sections/A.yaml, sections/M.yaml]", f"sections: [{name}, sections/M.yaml]"),
        "law": ("law: law.yaml", f"law: {name}"),
        "examples": ("retired: [A9]", f"retired: [A9]\nexamples: [{name}]"),
    }[key]
    folder = tiny(("pack.yaml", before, after)).folder

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        codes = refused(folder, opened) if key != "examples" else {f.code for f in _examined(folder)}

    assert codes & {"Q029", "Q001"}


def _examined(folder: Path) -> list[object]:
    return list(inspect_pack(find("questionnaires", str(folder), Settings())).faults)


@pytest.mark.parametrize("where", ["law.yaml", "sections/A.yaml", "pack.yaml", "more.txt", "sections/.hidden"])
def test_link_inside_a_pack(where: str, tiny: Tiny, opened: list[str], tmp_path: Path) -> None:
    folder = tiny().folder
    (folder / where).unlink(missing_ok=True)
    (folder / where).symlink_to(tmp_path / "canary.yaml")

    assert refused(folder, opened) == {"G012"}


def test_folder_inside_a_pack_that_is_a_link(tiny: Tiny, opened: list[str], tmp_path: Path) -> None:
    folder = tiny().folder
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "A.yaml").write_text(SECRET, encoding="utf-8")
    (folder / "more").symlink_to(tmp_path / "outside", target_is_directory=True)

    assert refused(folder, opened) == {"G012"}


def test_pack_folder_that_is_a_link(tiny: Tiny, tmp_path: Path) -> None:
    tiny()
    layer = tmp_path / "packs"
    layer.mkdir()
    (layer / "tiny").symlink_to(tmp_path / "tiny", target_is_directory=True)

    for search in (
        lambda: find("questionnaires", str(layer / "tiny"), Settings()),
        lambda: find("questionnaires", "tiny", Settings(packs=(layer,))),
        lambda: find_all("questionnaires", Settings(packs=(layer,))),
    ):
        with pytest.raises(ImpactError) as raised:
            search()
        assert [fault.code for fault in raised.value.faults] == ["G012"]


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_something_that_is_no_file(kind: str, tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    (folder / "law.yaml").unlink()
    if kind == "pipe":
        os.mkfifo(folder / "law.yaml")
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            made.bind("law.yaml")
    else:
        try:
            os.mknod(folder / "law.yaml", 0o20666, os.makedev(1, 5))  # /dev/zero never ends
        except PermissionError:
            pytest.skip("only the superuser makes devices")

    assert refused(folder, opened) == {"G012"}


def test_file_larger_than_any_pack_needs(tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    with (folder / "film.bin").open("wb") as file:
        file.truncate(30_000_000_000)  # a hole: it takes no room, and reading it would take 30 GB

    assert refused(folder, opened) == {"G013"}


def test_more_files_than_any_pack_needs(tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    for number in range(2_100):
        (folder / f"{number}.txt").touch()

    assert refused(folder, opened) == {"G013"}


@pytest.mark.parametrize(
    "name", [b"a\xff.txt", b"line\nend.txt", "\u202egpj.txt".encode()], ids=["bytes", "line end", "turn"]
)
def test_file_name_that_cannot_be_shown(name: bytes, tiny: Tiny, opened: list[str]) -> None:
    folder = tiny().folder
    (folder / os.fsdecode(name)).touch()

    assert refused(folder, opened) == {"G012"}


def test_file_that_is_exchanged_while_the_pack_is_read(tiny: Tiny) -> None:
    resource = tiny()
    (resource.folder / "law.yaml").write_text("law_as_at: x\nkeys: {}\n", encoding="utf-8")

    with pytest.raises(ImpactError) as raised:
        load_pack(resource)

    assert [fault.code for fault in raised.value.faults] == ["G012"]


def test_table_of_many_rows_stops_a_condition_instead_of_the_machine(tiny: Tiny) -> None:
    pack = load_pack(tiny(condition("A3_rows.exists(a, A3_rows.exists(b, a.kind != b.kind))")))
    rows = [{"kind": "staff", "people": 1.0} for _ in range(5_000)]
    start = time.process_time()

    with pytest.raises(ImpactError) as raised:
        pack.conditions["question", "A2"].decide({"A3_rows": rows})

    assert [fault.code for fault in raised.value.faults] == ["Q035"]
    assert time.process_time() - start < 10
