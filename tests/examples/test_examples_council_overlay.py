"""The council with its own questionnaire and its own look: what the folders say is what the signed document holds."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from impact.cli.app import run
from impact.questionnaire.inspection import inspect_pack
from impact.questionnaire.short import ShortHead
from impact.report.set_check import check_set
from impact.report.standalone import text_of
from impact.resources import bundled_folder, find
from impact.settings import load_settings
from impact.yamlfile import load

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "council-overlay"
SET, PACK = FOLDER / "templates" / "fenmarsh", FOLDER / "packs" / "fenmarsh-short"


def said(capsys: Any, *words: object) -> tuple[int, Any]:
    """Exit status and the JSON of a command."""
    with pytest.raises(SystemExit) as ended:
        run([*map(str, words), "--json"])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("overlay") / "out"
    with pytest.raises(SystemExit) as ended:
        run(["build", str(FOLDER), "-o", str(out), "--templates", "fenmarsh", "--practice", "--quiet"])
    assert ended.value.code == 0
    return out


@pytest.fixture(scope="module")
def record(built: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((built / "record.json").read_bytes())
    return found


def test_set_and_pack_have_no_fault() -> None:
    settings = load_settings(FOLDER)

    assert check_set(find("templates", "fenmarsh", settings)).notes == ()
    found = inspect_pack(find("questionnaires", "fenmarsh-short", settings))
    assert (found.faults, found.examples) == ((), 1)


def test_the_set_holds_only_what_differs() -> None:
    bundled = {path.read_bytes() for path in (bundled_folder("templates") / "default").rglob("*") if path.is_file()}
    ours = [path for path in SET.rglob("*") if path.is_file()]

    assert len(ours) == 5
    assert not [path for path in ours if path.read_bytes() in bundled]


def test_the_pack_asks_one_question_more_than_the_bundled_short_form() -> None:
    ours = ShortHead(**load(PACK / "pack.yaml").data).subset_of
    theirs = ShortHead(**load(bundled_folder("questionnaires") / "uk-council-short" / "pack.yaml").data).subset_of

    assert set(ours.questions) - set(theirs.questions) == {"B2"}
    assert set(theirs.questions) <= set(ours.questions)


def test_every_local_file_is_in_the_record_and_on_a_page_with_the_digest_that_sha256sum_gives(
    built: Path, record: dict[str, Any]
) -> None:
    text = text_of((built / "report.html").read_text(encoding="utf-8"))
    for block, folder, names in (
        ("templates", SET, ["extra.css", "logo.svg", "sections/summary.html.j2", "set.yaml", "words.yaml"]),
        ("pack", PACK, ["examples/bin-routes.yaml", "pack.yaml"]),
    ):
        changes = {one["file"]: one["digest"] for one in record[block]["changes"]}
        assert list(changes) == names
        for name, found in changes.items():
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            assert found == f"sha256:{digest}"
            assert re.search(rf"{re.escape(name)} \([a-z ]+\), sha256:{digest}", text)


def test_the_document_has_the_councils_name_words_logo_and_block(built: Path) -> None:
    page = (built / "report.html").read_text(encoding="utf-8")

    assert "<title>Fenmarsh Borough Council</title>" in page
    assert "Impact assessment of an algorithmic tool" in page
    assert "For councillors." in page
    assert "#0B5D4B" in page
    assert "#1F4E79" not in page[: page.index("</style>")]
    with pikepdf.open(built / "report.pdf") as pdf:
        figures = [
            str(thing.get("/Alt", ""))
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
        ]
    assert "Fenmarsh Borough Council" in figures


def test_a_stranger_with_the_councils_folder_can_make_the_pages_again(
    built: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    words = ("verify", built / "report.pdf", "--trust", built / "practice-trust", "--rerender")
    status, found = said(capsys, *words)

    assert status == 0
    assert found["checks"]["page"]["holds"] is True
    assert "with “fenmarsh”, which is not the toolkit’s own set" in found["checks"]["page"]["text"]

    monkeypatch.chdir(built)  # without the council's folder the set is not known
    status, found = said(capsys, *words)

    assert status == 1
    assert "no template set has this name" in found["checks"]["page"]["text"]


def test_commands_list_show_check_and_copy(capsys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(FOLDER)
    status, listed = said(capsys, "templates", "list")
    assert (status, listed[0]["set"], listed[0]["layer"]) == (0, "fenmarsh", "settings")
    status, shown = said(capsys, "templates", "show", "fenmarsh")
    assert (status, shown["colours"]["accent"], shown["bases"][0]["set"]) == (0, "#0B5D4B", "default")
    status, checked = said(capsys, "templates", "check", "fenmarsh")
    assert (status, checked["ok"]) == (0, True)
    monkeypatch.chdir(tmp_path)
    status, refused = said(capsys, "templates", "copy", SET, "next")
    assert (status, refused["faults"][0]["code"]) == (2, "R084")  # beside “next” there is no “fenmarsh” to extend
    status, made = said(capsys, "templates", "copy", "default", "next", "--file", "sections/law.html.j2")
    assert (status, made["files"]) == (0, ["extra.css", "sections/law.html.j2", "set.yaml", "words.yaml"])


def test_every_name_is_invented_and_every_page_says_illustration(built: Path, record: dict[str, Any]) -> None:
    head = record["assessment"]

    assert "not an assessment of any real system" in head["illustration"]
    done = subprocess.run(["pdftotext", "-layout", str(built / "report.pdf"), "-"], capture_output=True, text=True)
    if done.returncode == 0:
        pages = done.stdout.rstrip("\f").split("\f")
        assert all("ILLUSTRATION" in page for page in pages)
    text = " ".join(path.read_text("utf-8") for path in FOLDER.rglob("*") if path.is_file())
    for word in ("Metropolitan", "Palantir", "MOPAC", "compliant", "unbiased"):
        assert word.lower() not in text.lower(), word
