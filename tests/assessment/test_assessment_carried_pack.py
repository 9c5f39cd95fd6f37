"""The questionnaire inside a document: the same bytes every time, and what a stranger's archive may not do."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.carried_pack import carried_in, opened, packed
from impact.resources import find
from impact.settings import Settings


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as held:
        for name, data in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            held.writestr(entry, data)
    return made.getvalue()


def listed(data: bytes | None) -> list[str] | None:
    with opened(data) as folder:
        if folder is None:
            return None
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_is_opened_has_the_digest_of_what_was_packed() -> None:
    resource = find("questionnaires", "uk-policing", Settings())

    data = packed([resource])
    again = packed([resource])

    assert data == again
    with opened(data) as folder:
        assert folder is not None
        assert find("questionnaires", "uk-policing", Settings(packs=(folder,))).digest == resource.digest
    assert not folder.exists()


def test_another_program_can_unpack_it(tmp_path: Path) -> None:
    data = packed([find("questionnaires", "uk-council-short", Settings())])
    assert data is not None

    with zipfile.ZipFile(io.BytesIO(data)) as held:
        assert held.testzip() is None
        held.extractall(tmp_path)

    assert (tmp_path / "uk-council-short" / "pack.yaml").is_file()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        b"no archive",
        archive(("../outside.yaml", b"x")),
        archive(("/p/outside.yaml", b"x")),
        archive(("p/../../outside.yaml", b"x")),
        archive(("p\\..\\outside.yaml", b"x")),
        archive(("C:/p/x.yaml", b"x")),
        archive(("loose.yaml", b"x")),
        archive(("p/a\nb.yaml", b"x")),
        archive(("p/a\u202eb.yaml", b"x")),
        archive(("p/pack.yaml", b"x" * 1000), method=zipfile.ZIP_DEFLATED),
        archive(*[(f"p/{number}.yaml", b"") for number in range(2_001)]),
        archive(("p/large.yaml", bytes(8_000_001))),
        archive(("p/a", b"x"), ("p/a/b.yaml", b"x")),
        archive(("p/pack.yaml", b"whole"))[:40],
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_an_archive_of_another_kind_is_not_used(data: bytes) -> None:
    assert listed(data) in (None, [])


def test_a_link_in_an_archive_is_written_as_a_file() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held:
        entry = zipfile.ZipInfo("p/pack.yaml")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        held.writestr(entry, "/etc/passwd")

    with opened(made.getvalue()) as folder:
        assert folder is not None
        assert not (folder / "p" / "pack.yaml").is_symlink()
        assert (folder / "p" / "pack.yaml").read_bytes() == b"/etc/passwd"


def test_twice_the_same_name_is_not_used() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(("p/pack.yaml", b"one"), ("p/pack.yaml", b"two"))

    assert listed(data) is None


@pytest.mark.parametrize("pack", [None, "x", [], {}, {"attached": "other.zip"}])
def test_a_record_of_any_content_may_be_asked(pack: Any) -> None:
    assert not carried_in({"pack": pack})
    assert not carried_in({})
